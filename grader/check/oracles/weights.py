"""Oracles on weights: how many, which are shared, frozen or tracked, and how they start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from grader.check.core import seeds
from grader.check.core.arrays import Shape
from grader.check.core.register import Observations, oracle
from grader.check.measure.perturbing import MOVED, changes, common_weights, drawn, largest, only_numbers, rows, steady
from grader.check.remote import queries
from grader.check.remote.answers import answers, untracked, weights
from grader.verdict import Observation


@oracle
def tracks(
    layer: Any, trainable: Sequence[Shape | int], state: Sequence[Shape | int] = (), stop: bool = False
) -> Observations:
    """The layer has trainable weights of these shapes, in any order, and `state` that training leaves; no other.

    A whole number in a shape's place is a weight of so many numbers, whatever its axes. With `stop` nothing that
    comes after it is looked at where the weights are others. The layer must have been called.
    """
    found = weights(layer)
    loose = untracked(layer)
    kinds = (("trainable weights", trainable, True), ("weights that are state", state, False))
    shapes = [[tuple(w["array"].shape) for w in found if w["trainable"] is moving] for _, _, moving in kinds]
    right = [_are_these(seen, wanted) for seen, (_, wanted, _) in zip(shapes, kinds, strict=True)]
    why, advice = _astray(shapes, (trainable, state), loose)
    for place, (about, wanted, _) in enumerate(kinds):
        yield Observation(
            about=about,
            ok=right[place],
            seen=", ".join(str(shape) if shape else "a single number" for shape in shapes[place]) or "none",
            expected=", ".join(_shape_in_words(shape) for shape in wanted) or "none",
            why=why,
            next=advice,
            stop=stop and all(right[place + 1 :]),  # of two that are wrong both are worth seeing
        )


def _astray(
    shapes: Sequence[Sequence[Shape]], wanted: Sequence[Sequence[Shape | int]], loose: Sequence[str]
) -> tuple[str, str]:
    """Why the weights matter and what to try, where the trainable ones or the state are others than wanted."""
    counts, due = [len(each) for each in shapes], [len(each) for each in wanted]
    if loose:
        next = f"`self.{loose[0]}` is a variable that Keras doesn't know: make it with `self.add_weight(…)`."
    elif counts == due:
        vector = any(isinstance(one, int) and one > 1 for one in (*wanted[0], *wanted[1]))
        next = "They are tracked, and of another shape: "
        next += (
            "one number for each column is `shape=(input_shape[-1],)`."
            if vector
            else "which `shape` does `add_weight` get, or how many units has each layer?"
        )
        return "The computation needs as many numbers as are asked for, no more and no fewer.", next
    elif sum(counts) == sum(due) and counts[0] > due[0]:
        next = "It is tracked, but trained: state gets `trainable=False` in `self.add_weight(…)`."
        return "What training moves is no state: it would hold what the optimizer wants, not what was seen.", next
    elif sum(counts) == sum(due):
        return "What is frozen never learns.", "It is tracked, but frozen: was `trainable=False` set where it learns?"
    else:
        next = "Make each weight with `self.add_weight(shape=…)` in `build`, state with `trainable=False`."
    return "What isn't tracked isn't trained, and isn't saved.", next


def _are_these(shapes: Sequence[Shape], wanted: Sequence[Shape | int]) -> bool:
    """Whether these are the shapes that are wanted, one for each, in any order."""
    left = list(shapes)
    for one in sorted(wanted, key=lambda one: isinstance(one, int)):  # those that leave no choice first
        fits = [s for s in left if (int(np.prod(s)) == one if isinstance(one, int) else s == tuple(one))]
        if not fits:
            return False
        left.remove(fits[0])
    return not left


def _shape_in_words(wanted: Shape | int) -> str:
    if isinstance(wanted, int):
        return "a single number" if wanted == 1 else f"one of {wanted} numbers"
    return str(tuple(wanted))


@oracle
def starts_random(layer: Any) -> Observations:
    """Each trainable weight of two axes or more begins with numbers that differ. The layer was called, not trained."""
    alike = [
        w for w in weights(layer) if w["trainable"] and w["array"].ndim > 1 and w["array"].size > 1
        and np.ptp(w["array"]) == 0
    ]  # fmt: skip
    yield Observation(
        about="how it begins",
        ok=not alike,
        seen=f"`{alike[0]['path']}` is {alike[0]['array'].flat[0]:g} throughout" if alike else "with random numbers",
        expected="a kernel whose numbers differ",
        why="Units that begin alike get the same gradient, and stay alike for ever.",
        next='Leave `initializer` out for the kernel, or take `"glorot_uniform"`; zeros are for the bias.',
    )


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
    with queries.restored_weights(part):
        queries.assign(part, [drawn(w["array"], seeds.rng("shares")) for w in weights(part)])
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
