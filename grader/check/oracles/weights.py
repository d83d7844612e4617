"""Oracles on weights: how many there are, which are shared, frozen or tracked, and how they are initialized."""

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
    """The layer has trainable weights of these shapes, in any order, non-trainable ones of the shapes in `state`, and
    no others.

    A whole number in place of a shape means a weight of that many numbers, whatever its axes. With `stop`, wrong
    weights end the check. The layer must have been called before.
    """
    found = weights(layer)
    loose = untracked(layer)
    kinds = (("trainable weights", trainable, True), ("non-trainable weights", state, False))
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
            stop=stop and all(right[place + 1 :]),  # if both kinds are wrong, show both
        )


def _astray(
    shapes: Sequence[Sequence[Shape]], wanted: Sequence[Sequence[Shape | int]], loose: Sequence[str]
) -> tuple[str, str]:
    """Why the weights matter and what to try, if the trainable or the non-trainable ones are wrong."""
    counts, due = [len(each) for each in shapes], [len(each) for each in wanted]
    if loose:
        next = f"Create `self.{loose[0]}` with `self.add_weight(…)`: Keras doesn't track this variable."
    elif counts == due:
        vector = any(isinstance(one, int) and one > 1 for one in (*wanted[0], *wanted[1]))
        next = "Check the shapes: "
        next += (
            "a weight with one number for each column has `shape=(input_shape[-1],)`."
            if vector
            else "the `shape` that `add_weight` gets, or the number of units of each layer."
        )
        return "The computation needs exactly this many numbers.", next
    elif sum(counts) == sum(due) and counts[0] > due[0]:
        next = "Set `trainable=False` in `self.add_weight(…)` for a weight that is state."
        return "If the optimizer updates a weight that is state, it no longer holds what the layer stored there.", next
    elif sum(counts) == sum(due):
        return "A frozen weight never learns.", "Remove `trainable=False` from the weights that should learn."
    else:
        next = "Create each weight with `self.add_weight(shape=…)` in `build`, and state with `trainable=False`."
    return "Keras trains and saves only the weights that it tracks.", next


def _are_these(shapes: Sequence[Shape], wanted: Sequence[Shape | int]) -> bool:
    """Whether the shapes match the wanted ones, in any order."""
    left = list(shapes)
    for one in sorted(wanted, key=lambda one: isinstance(one, int)):  # full shapes first: they leave no choice
        fits = [s for s in left if (int(np.prod(s)) == one if isinstance(one, int) else s == tuple(one))]
        if not fits:
            return False
        left.remove(fits[0])
    return not left


def _shape_in_words(wanted: Shape | int) -> str:
    if isinstance(wanted, int):
        return "a single number" if wanted == 1 else f"a weight of {wanted} numbers"
    return str(tuple(wanted))


@oracle
def starts_random(layer: Any) -> Observations:
    """Each trainable weight of two axes or more starts with different numbers. The layer was called, not trained."""
    alike = [
        w for w in weights(layer) if w["trainable"] and w["array"].ndim > 1 and w["array"].size > 1
        and np.ptp(w["array"]) == 0
    ]  # fmt: skip
    yield Observation(
        about="initial weights",
        ok=not alike,
        seen=f"{alike[0]['array'].flat[0]:g} everywhere in `{alike[0]['path']}`" if alike else "random numbers",
        expected="different numbers in each kernel",
        why="Units with equal weights get equal gradients, so they stay equal forever.",
        next='Leave out `initializer` for the kernel, or use `"glorot_uniform"`; zeros are for the bias.',
    )


@oracle
def parameters(
    model: Any,
    equal: int | None = None,
    at_least: int | None = None,
    at_most: int | None = None,
    trainable: bool | None = None,
) -> Observations:
    """The number of parameters of the model; shared weights count once.

    With `trainable`, only trainable (True) or non-trainable (False) ones count. The model must have been called before.
    """
    found = [w for w in weights(model) if trainable is None or w["trainable"] is trainable]
    n = sum(w["array"].size for w in found)
    low, high = (equal, equal) if equal is not None else (at_least, at_most)
    terms = " + ".join(str(w["array"].shape) for w in found[:8]) + (" + …" if len(found) > 8 else "")
    yield Observation(
        about={None: "parameters", True: "trainable parameters", False: "non-trainable parameters"}[trainable],
        ok=(low is None or n >= low) and (high is None or n <= high),
        seen=f"{n:,}" + (f" in {terms}" if terms else ""),
        expected=_range(low, high),
        why="With fewer parameters the model can learn less than the exercise asks for."
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
        return "Check whether the model has been called: it has no weights yet."
    vectors = sum(w["array"].size for w in found if w["array"].ndim == 1)
    if low == high and n - vectors == low:
        return "Leave out the biases: without them the number is right."
    if any(w["array"].ndim == 4 for w in found):
        return (
            "Check the number and size of the filters: a convolution has height · width · channels weights and one "
            "bias for each filter."
        )
    return "Check whether a layer is missing or doubled: a dense layer from n to m units has n·m weights and m biases."


@oracle
def has_layers(model: Any, at_least: int) -> Observations:
    """At least this many layers have a kernel; a layer that is used twice counts once. The model must have been called
    before."""
    shapes = [w["array"].shape for w in weights(model) if w["array"].ndim > 1]
    yield Observation(
        about="layers with weights",
        ok=len(shapes) >= at_least,
        seen=f"{len(shapes)}" + (f", of shapes {', '.join(map(str, shapes[:8]))}" if shapes else ""),
        expected=f"{at_least} or more",
        why="The exercise asks for each of these layers, and each has weights of its own to learn.",
        next="Go through the steps of the exercise, and find the layer that is missing or created but not used.",
    )


@oracle
def shares(model: Any, part: Any, x: Any, expected: bool = True) -> Observations:
    """`model` computes with the very weights of `part`, a layer or a model, not with copies of them.

    With `expected=False`, the two must have no weight in common. `x` is an input of `model`; both must have been called
    before.
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
        seen=f"{common} of {total} weights in common",
        expected=f"all {total} weights in common, not copies" if expected else "no weights in common",
        why="Training one of the two also changes the other only if both use the same weights."
        if expected
        else "If the two share weights, training one also changes the other.",
        next="Use the existing layer or tensor: a new layer has weights of its own."
        if expected
        else "Create new layers, or use `keras.models.clone_model`.",
    )
    if not expected or not common:
        return
    with queries.restored_weights(part):
        queries.assign(part, [drawn(w["array"], seeds.rng("shares")) for w in weights(part)])
        moved = largest(changes(only_numbers(answers(model, [x])[0]), before)) > MOVED
    yield Observation(
        about="use of the shared weights",
        ok=moved,
        seen="outputs that change with the shared weights" if moved else "outputs that ignore the shared weights",
        expected="outputs that change with the shared weights",
        why="A layer that is only stored in an attribute has no effect.",
        next="Use the layer on the path from the input to the output.",
    )


def _nothing_to_share() -> Observation:
    return Observation(
        about="shared weights",
        ok=False,
        seen="a part without weights",
        expected="a part that has been called and so has weights",
        why="A layer creates its weights when it is first called.",
        next="Call this layer in the model.",
        stop=True,
    )


@oracle
def frozen(model: Any, part: Any = None) -> Observations:
    """All weights of `part` are frozen in `model`, and the model still has trainable weights.

    Without `part`, all weights of the model must be frozen. This checks which weights are trainable; for what training
    really does, see `only_moves`. Both must have been called before.
    """
    found = weights(model)
    held = set(range(len(found))) if part is None else set(common_weights(model, part))
    loose = [found[k] for k in sorted(held) if found[k]["trainable"]]
    yield Observation(
        about="frozen weights",
        ok=bool(held) and not loose,
        seen=f"{len(loose)} of {len(held)} weights trainable, such as `{loose[0]['path']}`"
        if loose
        else f"{len(held)} weights, none of them trainable",
        expected="no trainable weights",
        why="The large gradients of a new head would destroy what the frozen part has learned.",
        next="Set `trainable = False` on the part before you compile."
        if held
        else "Use the part itself in the model, not a copy: none of its weights are in the model.",
    )
    if part is not None:
        rest = [w for k, w in enumerate(found) if k not in held and w["trainable"]]
        yield Observation(
            about="weights left to train",
            ok=bool(rest),
            seen=f"{sum(w['array'].size for w in rest):,} trainable parameters outside the frozen part",
            expected="at least one trainable parameter outside the frozen part",
            why="Without trainable weights `fit` changes nothing.",
            next="Freeze the part alone, not the whole model.",
        )
