"""Oracles on models written as classes: layers made once, the mode that `fit` announces, models around models."""

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
    """The model's layers are made before its first answer: it has weights then, and no call makes new ones.

    A layer made anew at each call begins with other numbers each time, and training never finds it. Stops the check.
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
            else "two calls on the same rows answer differently"
            if moved
            else f"{numbers.counted(counts[0], 'weight')}, the same at each call"
        )
        ok, hint = counts[0] == counts[1] > 0 and not moved, ""
    except StudentError as error:
        ok, seen, hint = False, raised(error), error.hint or _made_advice(raised(error))
        if hint:
            yield Observation("your model ran", False, seen, "two calls that answer", next=hint, stop=True)
            return
    yield Observation(
        about="layers are made once",
        ok=ok,
        seen=seen,
        expected="weights that are there from the first call on, and stay",
        why="Keras trains and saves the layers that it finds in the model's attributes; others begin anew each time.",
        next=hint
        or (
            "Is a layer made in `call`, which begins anew each time? Or does one draw by lot in use as well, as with "
            "`training=True` written out?"
            if len(counts) == 2 and counts[0] == counts[1] > 0
            else TOO_LATE
        ),
        stop=True,
    )


def _made_advice(seen: str) -> str:
    """What to try where the first calls raise an error; nothing for layers that are made too late."""
    if "super().__init__" in seen:
        return "Begin `__init__` with `super().__init__(**kwargs)`."
    if "add new elements of state" in seen:
        return ""
    if "too many positional arguments" in seen:
        return "A layer such as `Concatenate` takes one list: `layer([a, b, c])`."
    if re.search(r"indices\[.*is not in \[0, \d+\)", seen):
        return "A token is larger than the table has rows: `Embedding(words, 16)`, words first."
    return "Call your model on a few rows yourself, and read the last line of the error."


@oracle
def told_in_fit(build: Any, x: Any, arguments: dict[str, Any] | None = None) -> Observations:
    """`fit` reaches the layer that `build(layer, **arguments)` gets with training=True, and `evaluate` without.

    Keras hands `training` over in `fit` only to a `call` that has an argument of this name. Called by hand, Keras
    may tell the inner layers all the same, which `passes_training` sees.
    """
    found = modes_in_fit(build, x, arguments)
    for name, right in (("fit", True), ("evaluate", False)):
        flags = found.get(name) or []
        ok = bool(flags) and all(flag is True if right else not flag for flag in flags)
        yield Observation(
            about=f"inside `{name}`",
            ok=ok,
            seen=f"the layer inside gets {', '.join(map(str, flags))}" if flags else "the layer inside isn't called",
            expected="it gets True" if right else "it gets False",
            why="`fit` says `training=True` to a model whose `call` has an argument `training`, and to no other."
            if right
            else "A score is measured on the model as it will be used.",
            next="`def call(self, inputs, training=None)`, and hand it on: `layer(x, training=training)`.",
        )


@oracle
def drops_in_fit(model: Any, x: Any, y: Any, loss: str = "sparse_categorical_crossentropy") -> Observations:
    """A model with dropout drops inside `fit`, each time other numbers, and not inside `evaluate`. It must have been
    called. For a layer that can be handed over, `told_in_fit` sees more."""
    found = losses_of_steps(model, x, y, loss)
    for name, differ in (("fit", True), ("evaluate", False)):
        first, second = (found.get(name) or [0.0, 0.0])[:2]
        ok = (abs(first - second) > 1e-6) is differ
        yield Observation(
            about=f"dropout inside `{name}`",
            ok=ok,
            seen="drops, another draw each time" if first != second else "nothing is dropped",
            expected="another draw for each batch" if differ else "nothing is dropped",
            why="`fit` says `training=True` to a model whose `call` has an argument `training`, and to no other."
            if differ
            else "A score is measured on the model as it will be used.",
            next="`def call(self, inputs, training=None)`, and hand it on: `layer(x, training=training)`.",
        )


LEFT = (
    "What stays has no part in the loss. Is it used in the answer, and is nothing between them that stops gradients: "
    "`stop_gradient`, rounding, `argmax`, a way through NumPy?"
)

TOO_LATE = "Make each layer in `__init__` and keep it, `self.trunk = keras.layers.Dense(…)`; `call` only uses it."


@oracle
def works_in_fit(model: Any, x: Any, y: Any, loss: str = "sparse_categorical_crossentropy") -> Observations:
    """A real `fit` runs, and moves every trainable weight. The model must have been called."""
    found = queries.weights(model)
    try:
        moved = moved_by_fit(model, x, y, loss, 0.5)
        left = [w["path"] for w, m in zip(found, moved, strict=True) if w["trainable"] and not m]
        paths = ", ".join(f"`{path}`" for path in left[:3])
        seen = f"runs, but leaves {paths} as it was" if left else "runs, and learns"
        ok = bool(found) and not left
        seen, hint = (seen, LEFT) if found else ("there is nothing to train", TOO_LATE)
    except StudentError as error:
        ok, seen, hint = False, raised(error), error.hint
    yield Observation(
        about="inside `fit`",
        ok=ok,
        seen=seen,
        expected="a `fit` that runs, and moves each weight",
        why="`fit` notes the operations of `call` down once, with tensors that have no values yet.",
        next=hint
        or "On such a tensor a Python `if` can't decide, and `float` or NumPy can't read it: `keras.ops.where` chooses "
        "for each row, `keras.ops.cond` for all of them at once.",
    )


def open_setting(plain: bool, names: Sequence[str], salt: str = "") -> dict[str, Any]:
    """A subclassed model for `opened`, and rows for it. Sizes are drawn."""
    rng = seeds.rng("open", plain, tuple(names), salt)
    words, tags, departments = (int(rng.integers(low, low + 5)) for low in (10, 3, 3))
    tag_rows = rng.normal(size=(6, tags)).astype("float32")
    x = tag_rows if plain else {"text_body": rng.integers(1, words, (6, 6)).astype("int32"), "tags": tag_rows}
    return {"words": words, "tags": tags, "departments": departments, "plain": plain, "names": list(names), "x": x}


@oracle
def wraps(
    function: Any, plain: bool = False, names: Sequence[str] = ("trunk", "middle", "department"), of: str | None = None
) -> Observations:
    """`function(model, inputs)` returns a functional model around a subclassed one of ours: the same answers, by the
    same weights, with shapes that can be asked for. With `of`, a layer's name, `function(model, inputs, of)` returns
    one that gives what this layer puts out.

    `plain` chooses a model that takes an array instead of a dict; `names` are those of its three dense layers.
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
        why="What comes after is built on this symbolic tensor.",
        next="The model ends in what the model that you were given returns."
        if of is None
        else f"It ends in the tensor that the layer `{of}` puts out, `get_layer(name).output` of the opened model.",
    )
    yield Observation(
        about="its answers" if of is None else f"what `{of}` puts out",
        ok=first,
        seen=_what_instead(found, seen[0], of, names)
        if not first
        else "those of the model itself"
        if of is None
        else "those of that layer",
        expected="the numbers of the model that you were given" if of is None else f"the numbers of its layer `{of}`",
        why="The functional model is another view of the same model.",
        next=""
        if first
        else "Build nothing anew: call the model, or its `call`, on the inputs."
        if of is None
        else "Make a graph with `model.call(inputs)`, ask it for the layer by the name that you were given, and end in "
        "its `.output`. Make no layer anew.",
    )
    if first:
        yield Observation(
            about="the same weights",
            ok=later and not found["gained"],
            seen="they follow when the model's weights change" if later else "copies: they stay when the model learns",
            expected="the very weights of the model that you were given",
            why="What the one learns the other knows at once.",
            next="A clone, or a layer made anew, has weights of its own.",
        )


def _functional(found: dict[str, Any]) -> Observation:
    ok = bool(found["model"]) and found.get("ends") is not None
    return Observation(
        about="a functional model",
        ok=ok,
        seen="yes, with inputs and outputs that can be asked for"
        if ok
        else "a model that doesn't know its inputs and outputs"
        if found["model"]
        else found["kind"],
        expected="a model made by `keras.Model(inputs, outputs)`",
        why="Only a functional model knows its graph: shapes, `.output`, paths.",
        next="This is the tensor: wrap it, `keras.Model(inputs, …)`."
        if "KerasTensor" in str(found["kind"])
        else "Call the model on `inputs`: that gives a symbolic tensor. Then cut out `keras.Model(inputs, …)`.",
        stop=True,
    )


def _what_instead(found: dict[str, Any], seen: np.ndarray | None, of: str | None, names: Sequence[str]) -> str:
    if seen is None:
        return f"{len(found['answers'][0])} outputs"
    for name in names:
        value = found["wanted"][0][name]
        if name != (of or names[-1]) and seen.shape == value.shape and numbers.close(seen, value):
            return f"the numbers of `{name}`"
    return f"shape {seen.shape}" if seen.shape != found["wanted"][0][of or names[-1]].shape else "other numbers"
