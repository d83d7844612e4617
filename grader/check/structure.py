"""Oracles on what a model is made of, seen from outside: paths, parameters, shared and frozen weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from grader.check import asking, probe
from grader.check.interface import called, keyed, names_are
from grader.check.perturbing import (
    MOVED,
    Answer,
    answers,
    answers_with,
    changes,
    drawn,
    finite,
    largest,
    named,
    only_numbers,
    oracle,
    other,
    redraws,
    replaced,
    rows,
    steady,
    weights,
)
from grader.verdict import Observation

Observations = Iterator[Observation]

PATIENCE = 10
"""Random weights under which a path may fail to show before it counts as missing: a relu may be dead under some."""


# ---- paths


@oracle
def depends(model: Any, x: Any, paths: dict[str | int, Sequence[str | int]]) -> Observations:
    """Each output in `paths` depends on the inputs named for it, and on no other.

    Inputs go by their key or place in `x`; outputs by name, or by place. One input is changed at a time, under
    random weights and up to `PATIENCE` times, so that a relu that happens to be dead decides nothing.
    """
    x = rows(x)
    outputs = list(keyed(model, steady(model, x), list(paths)))
    yield names_are("outputs", outputs, list(paths))
    wanted = {(output, key) for output, keys in paths.items() for key in keys}
    effects, rng = {(output, key): 0.0 for output in outputs for key in named(x)}, probe.rng("depends")
    for turn, arrays in enumerate(redraws(model, "depends", PATIENCE)):
        if turn > 1 and all(effects.get(path, 0.0) > MOVED for path in wanted):
            break
        perturbed = {key: replaced(x, key, other(part, rng)) for key, part in named(x).items()}
        before, *after = answers(model, [x, *perturbed.values()], arrays)
        for key, answer in zip(perturbed, after, strict=True):
            for output, change in zip(outputs, changes(only_numbers(answer), before).values(), strict=False):
                if finite(before):
                    effects[output, key] = max(effects[output, key], change)
    yield from _connected(wanted, effects, x, outputs)


def _connected(wanted: set, effects: dict, x: Any, outputs: list) -> Observations:
    found = {path for path, change in effects.items() if change > MOVED}
    yield Observation(
        about="every path asked for",
        ok=wanted <= found,
        seen=_paths(wanted - found, "doesn't depend on", x, outputs) or f"{len(wanted)} of {len(wanted)}",
        expected=_paths(wanted - found, "to depend on", x, outputs),
        why="Nothing can be learned from what isn't connected.",
        next="Follow that input through the model: where is it left out?",
    )
    yield Observation(
        about="no other path",
        ok=found <= wanted,
        seen=_paths(found - wanted, "depends on", x, outputs) or "none",
        expected="outputs that read nothing else",
        why="It would learn from what it shouldn't see.",
        next="Which tensor did you hand to that head?",
    )


def _paths(paths: set, words: str, x: Any, outputs: list) -> str:
    ends = sorted(paths, key=str)
    shown = [
        f"{called(output, 'output', len(outputs))} {words} {called(key, 'input', len(named(x)))}"
        for output, key in ends[:3]
    ]
    return "; ".join(shown) + (f" and {len(ends) - 3} more" if len(ends) > 3 else "")


@oracle
def every_weight_counts(model: Any, x: Any) -> Observations:
    """Each trainable weight moves some output: there is no branch that leads nowhere.

    Weights are redrawn one by one. Any change counts, down to the last bit, as a weight may be without effect but
    for rounding and still be connected: the bias of an attention's keys cancels in the softmax.
    """
    x = rows(x)
    steady(model, x)
    found = weights(model)
    idle = [k for k, weight in enumerate(found) if weight["trainable"]]
    total, rng = len(idle), probe.rng("every_weight_counts")
    for arrays in redraws(model, "every_weight_counts", PATIENCE):
        if not idle:
            break
        changed = [{}, *({k: drawn(arrays[k], rng, 2.0)} for k in idle)]
        before, *after = answers_with(model, x, arrays, changed)
        if not finite(only_numbers(before)):
            continue
        idle = [k for k, answer in zip(idle, after, strict=True) if not _differ(before, answer)]
    shown = ", ".join(f"`{found[k]['path']}` {found[k]['array'].shape}" for k in idle[:3])
    yield Observation(
        about="every weight counts",
        ok=total > 0 and not idle,
        seen=f"no output depends on {shown}" if idle else f"all {total} move an output" if total else "no weights",
        expected="weights that all change some output" if total else "weights that training can move",
        why="A branch that leads nowhere gets no gradient and never learns.",
        next="Is the result of that layer used? Something may be overwritten, or left out where branches merge.",
    )


def _differ(before: Answer, after: Answer) -> bool:
    return any(not np.array_equal(after[key], before[key]) for key in before)


# ---- parameters


@oracle
def parameters(
    model: Any,
    equal: int | None = None,
    at_least: int | None = None,
    at_most: int | None = None,
    trainable: bool | None = None,
) -> Observations:
    """How many numbers the model's weights hold; shared ones count once.

    `trainable` counts only those that training moves (True) or leaves (False). The model must have been called.
    """
    found = [w for w in weights(model) if trainable is None or w["trainable"] is trainable]
    n = sum(w["array"].size for w in found)
    low, high = (equal, equal) if equal is not None else (at_least, at_most)
    terms = " + ".join(str(w["array"].shape) for w in found[:8]) + (" + …" if len(found) > 8 else "")
    yield Observation(
        about={None: "parameters", True: "trainable parameters", False: "parameters that training leaves"}[trainable],
        ok=(low is None or n >= low) and (high is None or n <= high),
        seen=f"{n:,}" + (f" in {terms}" if terms else ""),
        expected=_range(low, high),
        why="With fewer there is less to learn with than was asked for."
        if low is not None and n < low
        else "Each parameter is one more number that the data have to determine.",
        next=_parameter_advice(found, n, low, high),
    )


def _range(low: int | None, high: int | None) -> str:
    if low == high:
        return f"{low:,}"
    bounds = (("at least", low), ("at most", high))
    return " and ".join(f"{words} {bound:,}" for words, bound in bounds if bound is not None)


def _parameter_advice(found: list[dict], n: int, low: int | None, high: int | None) -> str:
    if not found:
        return "There are no weights yet: has the model been called?"
    vectors = sum(w["array"].size for w in found if w["array"].ndim == 1)
    if low == high and n - vectors == low:
        return "Without the biases it is as many."
    if any(w["array"].ndim == 4 for w in found):
        return (
            "A convolution has height · width · channels weights and a bias for each of its filters. Are these the "
            "filters asked for?"
        )
    return "A dense layer from n to m units has n·m weights and m biases. Is a layer missing, or there twice?"


@oracle
def has_layers(model: Any, at_least: int) -> Observations:
    """At least so many layers have a matrix of weights; one that is used twice counts once. The model must have been
    called."""
    shapes = [w["array"].shape for w in weights(model) if w["array"].ndim > 1]
    yield Observation(
        about="layers with weights",
        ok=len(shapes) >= at_least,
        seen=f"{len(shapes)}" + (f", of shapes {', '.join(map(str, shapes[:8]))}" if shapes else ""),
        expected=f"{at_least}, or more",
        why="Each of them was asked for, and has something of its own to learn.",
        next="Go through the steps of the exercise one by one: which layer is missing, or made and not used?",
    )


# ---- shared and frozen weights


def common_weights(model: Any, part: Any) -> list[int]:
    """The places in `weights(model)` of weights that `part` has too: `part`'s are overwritten, and looked for."""
    rng = probe.rng("common_weights")
    with asking.restored_weights(part):
        asking.assign(part, [_mark(w["array"], rng) for w in weights(part)])
        # Read back, as a weight in half precision holds less of a number than was written.
        marks, now = ([w["array"] for w in weights(holder)] for holder in (part, model))
    return [k for k, array in enumerate(now) if any(np.array_equal(array, mark) for mark in marks)]


def _mark(array: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    if array.dtype.kind != "f":
        return rng.integers(0, 100 if array.dtype.itemsize == 1 else 2**15, array.shape).astype(array.dtype)
    return rng.normal(0.0, 1.0, array.shape).astype("float32")


@oracle
def shares(model: Any, part: Any, x: Any, expected: bool = True) -> Observations:
    """`model` computes with the very weights of `part`, a layer or another model: not with copies of them.

    With `expected=False` the two have no weight in common. `x` is an input of `model`; both must have been called.
    """
    x = rows(x)
    before = steady(model, x)
    total = len(weights(part))
    if not total:
        yield _nothing_to_share()
        return
    common = len(common_weights(model, part))
    yield Observation(
        about="shared weights" if expected else "weights of its own",
        ok=common == (total if expected else 0),
        seen=f"{common} of {total} weights are the same",
        expected=f"all {total} to be the same, not copies" if expected else "no weight in common",
        why="What the one learns the other knows only where both hold the very same weights."
        if expected
        else "Training the one would change the other.",
        next="Use the layer, or the tensor, that is already there; a layer made anew has weights of its own."
        if expected
        else "Make the layers anew, or use `keras.models.clone_model`.",
    )
    if not expected or not common:
        return
    with asking.restored_weights(part):
        asking.assign(part, [drawn(w["array"], probe.rng("shares")) for w in weights(part)])
        moved = largest(changes(only_numbers(answers(model, [x])[0]), before)) > MOVED
    yield Observation(
        about="computes with them",
        ok=moved,
        seen="its outputs follow" if moved else "its outputs stay when the shared weights change",
        expected="outputs that change with the shared weights",
        why="A layer that is only kept in an attribute does nothing.",
        next="Is it on the way from input to output?",
    )


def _nothing_to_share() -> Observation:
    return Observation(
        about="shared weights",
        ok=False,
        seen="a part that has no weights",
        expected="one that has been used, and so has made its weights",
        why="A layer makes its weights when it is first called.",
        next="Is it used anywhere?",
        stop=True,
    )


@oracle
def frozen(model: Any, part: Any = None) -> Observations:
    """Training leaves the weights of `part` alone, as they stand in `model`; and something is left to train.

    Without `part`, all weights of the model. What is looked at is which weights training would move; that they stay
    as they are shows in training. Both must have been called.
    """
    found = weights(model)
    held = set(range(len(found))) if part is None else set(common_weights(model, part))
    loose = [found[k] for k in sorted(held) if found[k]["trainable"]]
    yield Observation(
        about="frozen",
        ok=bool(held) and not loose,
        seen=f"{len(loose)} of {len(held)} would be trained, `{loose[0]['path']}` first"
        if loose
        else f"{len(held)} weights, none of them trained",
        expected="weights that training leaves as they are",
        why="The large gradients of a fresh head would wash out what the part has learned.",
        next="Set `trainable = False` on it, before you compile."
        if held
        else "The part isn't in the model: is it a copy, or not used?",
    )
    if part is not None:
        rest = [w for k, w in enumerate(found) if k not in held and w["trainable"]]
        yield Observation(
            about="something left to train",
            ok=bool(rest),
            seen=f"{sum(w['array'].size for w in rest):,} parameters",
            expected="trainable weights outside the frozen part",
            why="Otherwise `fit` changes nothing.",
            next="Freeze the part alone, not the whole model.",
        )
