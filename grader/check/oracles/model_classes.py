"""Oracles on models written as classes: layers created once, the mode that `fit` passes, and wrapped models."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from grader.check.core import numbers, seeds
from grader.check.core.arrays import Arrays
from grader.check.core.register import Observations, oracle
from grader.check.measure.perturbing import MOVED, changes, largest, only_numbers, raised, rows
from grader.check.remote import queries
from grader.check.remote.answers import answers
from grader.check.remote.fits import losses_of_steps, modes_in_fit, moved_by_fit, opened
from grader.verdict import Observation, StudentError


@oracle
def layers_made_once(model: Any, x: Arrays) -> Observations:
    """The model creates its layers before its first call returns: it has weights then, and no later call adds any.

    A layer created inside each call has new random weights each time, and training never updates it. Stops the check.
    """
    x, counts = rows(x), [0, 0]
    try:
        first, counts = answers(model, [x])[0], []
        for _ in range(2):
            counts.append(len(queries.weights(model)))
            again = answers(model, [x])[0]
        moved = largest(changes(only_numbers(again), only_numbers(first))) > MOVED
        seen = (
            f"{numbers.counted(counts[0], 'weight')} after the first call, {counts[1]} after the second"
            if counts[0] != counts[1]
            else "different outputs from two calls on the same rows"
            if moved
            else f"{numbers.counted(counts[0], 'weight')}, the same at each call"
        )
        ok, hint = counts[0] == counts[1] > 0 and not moved, ""
    except StudentError as error:
        ok, seen, hint = False, raised(error), error.hint or _made_advice(raised(error))
        if hint:
            yield Observation("calls of the model", False, seen, "two calls without an error", next=hint, stop=True)
            return
    yield Observation(
        about="layers created once",
        ok=ok,
        seen=seen,
        expected="weights that exist from the first call on and stay the same",
        why="Keras trains and saves the layers that it finds in the model's attributes; a layer created inside `call` "
        "has new random weights each time.",
        next=hint
        or (
            "Check whether `call` creates a layer, which then has new weights each time, or whether a layer is random "
            "at inference too, for example because `call` passes it `training=True`."
            if len(counts) == 2 and counts[0] == counts[1] > 0
            else TOO_LATE
        ),
        stop=True,
    )


def _made_advice(seen: str) -> str:
    """Advice if the first calls raise an error; empty for layers that are created too late."""
    if "super().__init__" in seen:
        return "Begin `__init__` with `super().__init__(**kwargs)`."
    if "add new elements of state" in seen:
        return ""
    if "too many positional arguments" in seen:
        return "Pass a layer such as `Concatenate` a single list: `layer([a, b, c])`."
    if re.search(r"indices\[.*is not in \[0, \d+\)", seen):
        return "Make the first argument of `Embedding(words, 16)` the number of words: a token exceeds its rows."
    return "Call your model on a few rows yourself, and read the last line of the error."


@oracle
def told_in_fit(build: Any, x: Any, arguments: dict[str, Any] | None = None) -> Observations:
    """The layer passed to `build(layer, **arguments)` gets training=True inside `fit`, and not inside `evaluate`.

    In `fit`, Keras passes `training` only to a `call` that has an argument of this name. If the model is called by
    hand, Keras may pass it to the inner layers nevertheless; `passes_training` checks that case.
    """
    found = modes_in_fit(build, x, arguments)
    for name, right in (("fit", True), ("evaluate", False)):
        flags = found.get(name) or []
        ok = bool(flags) and all(flag is True if right else not flag for flag in flags)
        yield Observation(
            about=f"inside `{name}`",
            ok=ok,
            seen=f"`training` is {', '.join(map(str, flags))} in the inner layer"
            if flags
            else "no call of the inner layer",
            expected=f"`training` is {right} in the inner layer",
            why="`fit` passes `training=True` only to a model whose `call` has an argument `training`."
            if right
            else "A score measures the model in the mode in which it will be used.",
            next="Write `def call(self, inputs, training=None)`, and pass the flag on: `layer(x, training=training)`.",
        )


@oracle
def drops_in_fit(model: Any, x: Any, y: Any, loss: str = "sparse_categorical_crossentropy") -> Observations:
    """A model with dropout drops values inside `fit`, different ones each time, and none inside `evaluate`.

    The model must have been called. Where the layer can be passed in, `told_in_fit` checks more.
    """
    found = losses_of_steps(model, x, y, loss)
    for name, differ in (("fit", True), ("evaluate", False)):
        first, second = (found.get(name) or [0.0, 0.0])[:2]
        ok = (abs(first - second) > 1e-6) is differ
        yield Observation(
            about=f"dropout inside `{name}`",
            ok=ok,
            seen="a new random mask for each batch" if first != second else "no dropped values",
            expected="a new random mask for each batch" if differ else "no dropped values",
            why="`fit` passes `training=True` only to a model whose `call` has an argument `training`."
            if differ
            else "A score measures the model in the mode in which it will be used.",
            next="Write `def call(self, inputs, training=None)`, and pass the flag on: `layer(x, training=training)`.",
        )


LEFT = (
    "Check whether the output uses these weights, and whether anything in between blocks the gradient: "
    "`stop_gradient`, rounding, `argmax` or NumPy."
)

TOO_LATE = "Create each layer in `__init__` and store it, `self.trunk = keras.layers.Dense(…)`; only use it in `call`."


@oracle
def works_in_fit(model: Any, x: Any, y: Any, loss: str = "sparse_categorical_crossentropy") -> Observations:
    """A real `fit` runs, and updates every trainable weight. The model must have been called."""
    found = queries.weights(model)
    try:
        moved = moved_by_fit(model, x, y, loss, 0.5)
        left = [w["path"] for w, m in zip(found, moved, strict=True) if w["trainable"] and not m]
        paths = ", ".join(f"`{path}`" for path in left[:3])
        seen = f"a `fit` that runs, but doesn't update {paths}" if left else "a `fit` that runs and updates each weight"
        ok = bool(found) and not left
        seen, hint = (seen, LEFT) if found else ("a model without weights", TOO_LATE)
    except StudentError as error:
        ok, seen, hint = False, raised(error), error.hint
    yield Observation(
        about="inside `fit`",
        ok=ok,
        seen=seen,
        expected="a `fit` that runs and updates each weight",
        why="`fit` traces the operations of `call` once, with symbolic tensors that have no values yet.",
        next=hint
        or "Replace a Python `if` on such a tensor by `keras.ops.where` (a choice for each row) or `keras.ops.cond` "
        "(one choice for the whole batch), and don't pass the tensor to `float` or NumPy.",
    )


def open_setting(plain: bool, names: Sequence[str], salt: str = "") -> dict[str, Any]:
    """The settings of a subclassed model for `opened`, and rows for it. The sizes are random."""
    rng = seeds.rng("open", plain, tuple(names), salt)
    words, tags, departments = (int(rng.integers(low, low + 5)) for low in (10, 3, 3))
    tag_rows = rng.normal(size=(6, tags)).astype("float32")
    x = tag_rows if plain else {"text_body": rng.integers(1, words, (6, 6)).astype("int32"), "tags": tag_rows}
    return {"words": words, "tags": tags, "departments": departments, "plain": plain, "names": list(names), "x": x}


@oracle
def wraps(
    function: Any, plain: bool = False, names: Sequence[str] = ("trunk", "middle", "department"), of: str | None = None
) -> Observations:
    """`function(model, inputs)` returns a functional model around a subclassed model of ours.

    The functional model has the same outputs and the same weights, and its shapes can be read. With `of`, the name of
    a layer, `function(model, inputs, of)` returns a model whose output is the output of that layer.

    `plain` selects a model that takes an array instead of a dict; `names` are the names of its three dense layers.
    """
    setting = open_setting(plain, names, of or "")
    found = opened(function, setting, [] if of is None else [of])
    yield _functional(found)
    wanted_of = of or names[-1]
    seen = [np.asarray(next(iter(a.values()))) if len(a) == 1 else None for a in found["answers"]]
    wanted = [w[wanted_of] for w in found["wanted"]]
    first, later = (
        s is not None and s.shape == w.shape and numbers.close(s, w) for s, w in zip(seen, wanted, strict=True)
    )
    shape = tuple(found["ends"]["outputs"]["shapes"][0]) if found["ends"] else ()
    yield Observation(
        about="`.output`",
        ok=shape[1:] == wanted[0].shape[1:] and len(found["ends"]["outputs"]["shapes"]) == 1,
        seen=f"shape {shape}",
        expected=f"shape {(None, *wanted[0].shape[1:])}",
        why="Any further layers are built on this symbolic tensor.",
        next="Use what the given model returns as the output of the new one."
        if of is None
        else f"Use the output of the layer `{of}`: `get_layer(name).output` of the opened model.",
    )
    yield Observation(
        about="its outputs" if of is None else f"the output of `{of}`",
        ok=first,
        seen=_what_instead(found, seen[0], of, names)
        if not first
        else "the values of the given model"
        if of is None
        else f"the values of its layer `{of}`",
        expected="the values of the given model" if of is None else f"the values of its layer `{of}`",
        why="The functional model is a different view of the same model.",
        next=""
        if first
        else "Create no new layers: call the given model, or its `call`, on the inputs."
        if of is None
        else "Build a graph with `model.call(inputs)`, get the layer from it by the given name, and use its `.output`. "
        "Create no new layers.",
    )
    if first:
        yield Observation(
            about="the same weights",
            ok=later and not found["gained"],
            seen="weights that change with those of the given model"
            if later
            else "copies, which stay the same when the given model's weights change",
            expected="the weights of the given model itself",
            why="Training one of the two models then updates the other as well.",
            next="Use the given model's own layers: a clone or a new layer has separate weights.",
        )


def _functional(found: dict[str, Any]) -> Observation:
    ok = bool(found["model"]) and found.get("ends") is not None
    return Observation(
        about="a functional model",
        ok=ok,
        seen="a functional model"
        if ok
        else "a model without symbolic inputs and outputs"
        if found["model"]
        else found["kind"],
        expected="a model made by `keras.Model(inputs, outputs)`",
        why="Only a functional model stores its graph: shapes, `.output` and the paths between layers.",
        next="Wrap this tensor in a model: `keras.Model(inputs, …)`."
        if "KerasTensor" in str(found["kind"])
        else "Call the model on `inputs` to get a symbolic tensor, and build `keras.Model(inputs, …)` from it.",
        stop=True,
    )


def _what_instead(found: dict[str, Any], seen: np.ndarray | None, of: str | None, names: Sequence[str]) -> str:
    if seen is None:
        return f"{len(found['answers'][0])} outputs"
    for name in names:
        value = found["wanted"][0][name]
        if name != (of or names[-1]) and seen.shape == value.shape and numbers.close(seen, value):
            return f"the values of `{name}`"
    return f"shape {seen.shape}" if seen.shape != found["wanted"][0][of or names[-1]].shape else "different values"
