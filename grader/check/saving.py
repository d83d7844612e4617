"""Oracles on saving: the file alone brings the model back, weights, architecture and training state."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from grader.check import asking, probe
from grader.check.asking import Arrays, kind_of, members
from grader.check.models import is_model, is_pair
from grader.verdict import Observation, StudentError

Observations = Iterator[Observation]
SAME = 1e-5
"""Relative to the largest output: the same weights in the same operations, perhaps in another order."""


def saved_whole(path: str, model: Any, x: Arrays) -> Observations:
    """The file at `path` is one from which Keras alone restores a model that predicts as `model` does."""
    import keras

    exists = os.path.isfile(path)
    yield Observation(
        about="the file",
        ok=exists,
        seen=f"`{os.path.basename(path)}`, {os.path.getsize(path):,} bytes" if exists else "nothing at the path given",
        expected=f"a file `{os.path.basename(path)}`",
        why="Whoever loads the model later has only the file.",
        next="`model.save(path)`, with the path as it was handed to you.",
        stop=True,
    )
    with open(path, "rb") as file:
        archive = file.read(2) == b"PK"
    yield Observation(
        about="its format",
        ok=archive,
        seen="a `.keras` archive" if archive else "something else under a name that ends in `.keras`",
        expected="a `.keras` archive, which is a zip file",
        why="`load_model` goes by the ending, and so does whoever gets the file.",
        next="`model.save(path)`: the whole model, not its weights, its JSON or a pickle.",
        stop=True,
    )
    try:
        loaded = probe.attempt(keras.saving.load_model, path)
    except StudentError as error:
        yield Observation(
            about="loads by itself",
            ok=False,
            seen=str(error).splitlines()[0],
            expected="`keras.saving.load_model(path)` restores the model, without your code",
            why="Weights without the architecture are numbers without a meaning.",
            next="Save the model, not its weights: `model.save(path)`.",
            stop=True,
        )
        return
    yield from _predicts_as("what the file holds", loaded, model, x)
    yield Observation(
        about="compiled state saved",
        ok=asking.compiled(loaded),
        seen="optimizer and loss are in the file" if asking.compiled(loaded) else "a model without optimizer and loss",
        expected="a model that can be evaluated and trained on",
        next="Compile before you save, and leave `save`'s defaults as they are.",
    )


def _predicts_as(what: str, loaded: Any, model: Any, x: Arrays) -> Observations:
    problem = _difference(loaded, model, x)
    yield Observation(
        about=f"{what} predicts as the model saved",
        ok=not problem,
        seen=problem or "the same outputs",
        expected="the same outputs",
        next="Was the model saved after training?",
        stop=True,
    )


def _difference(loaded: Any, model: Any, x: Arrays) -> str:
    """How far the outputs of two models lie apart, in words; empty where they are the same."""
    wanted = _flat(asking.outputs(model, x))
    try:
        found = _flat(asking.outputs(loaded, x))
    except StudentError as error:
        return f"it can't be called on these rows: {str(error).splitlines()[0]}"
    if [part.shape for part in found] != [part.shape for part in wanted]:
        return "outputs of shape " + ", ".join(str(part.shape) for part in found)
    gap = max(float(np.max(np.abs(a - b), initial=0.0)) for a, b in zip(found, wanted, strict=True))
    size = max(float(np.max(np.abs(part), initial=1.0)) for part in wanted)
    return "" if gap < SAME * size else f"outputs differ by up to {gap:.3g}"


def _flat(found: Arrays) -> list[np.ndarray]:
    """All outputs in one list, those of a dict in the order of their names."""
    if isinstance(found, dict):
        return [part for name in sorted(found) for part in _flat(found[name])]
    return [part for item in found for part in _flat(item)] if isinstance(found, list) else [found.astype("float64")]


def came_back(restored: Any, model: Any, x: Arrays) -> Observations:
    """`restored` is another model with the same answers: changing the one leaves the other as it was."""
    yield from _predicts_as("the model you return", restored, model, x)
    before = _flat(asking.outputs(restored, x))
    with asking.restored_weights(model):
        asking.redraw(model, probe.seed("came_back"), 2.0)
        after = _flat(asking.outputs(restored, x))
    separate = restored is not model and all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    yield Observation(
        about="read back from the file",
        ok=separate,
        seen="a model of its own" if separate else "the model you return is, or shares weights with, the one you saved",
        expected="a second model, made from the file",
        why="Evaluating the old object again proves nothing about the file.",
        next="`restored = keras.saving.load_model(path)`, and return that.",
    )
    steps = [asking.optimizer_steps(m) for m in (restored, model)]
    yield Observation(
        about="training can go on",
        ok=steps[0] == steps[1],
        seen="it has no optimizer" if steps[0] is None else f"its optimizer has made {steps[0]} steps",
        expected=f"{steps[1]} steps, as the optimizer of the model saved",
        why="The file holds the optimizer's state as well; a copy made in memory starts from nothing.",
        next="Return the very model that `load_model` gives you, without compiling it again.",
    )


def was_evaluated(model: Any) -> Observations:
    """`model` itself has been evaluated since it was read: its own metrics have counted something."""
    counted = asking.counted(model)
    yield Observation(
        about="the model evaluated",
        ok=counted,
        seen="the one you read back" if counted else "the model you return has never been evaluated",
        expected="scores of the model that was read from the file",
        why="Scores of the old model say nothing about the file.",
        next="`restored.evaluate(…)`, not `model.evaluate(…)`.",
    )


def saved_and_restored(answer: Any, path: str, model: Any, x: Arrays, y: np.ndarray) -> Observations:
    """`answer` is (the model read back from `path`, its scores on (x, y)) for the `model` that was saved."""
    yield from is_pair(answer, "restored", "scores")
    restored, scores = members(answer)
    yield from is_model(restored, "what you return first")
    if restored is not model:
        yield from was_evaluated(restored)
    yield from saved_whole(path, model, x)
    yield from came_back(restored, model, x)
    yield from scores_equal(scores, model, x, y)


def scores_equal(scores: Any, model: Any, x: Arrays, y: Arrays) -> Observations:
    """`scores` is what `model` scores on (x, y): a dict by metric name, as `evaluate(return_dict=True)` gives it."""
    wanted = asking.scores(model, x, y)
    found = _numbers(scores)
    ok = found is not None and set(found) == set(wanted) and all(abs(found[k] - wanted[k]) < 1e-4 for k in wanted)
    yield Observation(
        about="scores",
        ok=ok,
        seen=kind_of(scores) if found is None else _shown(found),
        expected=_shown(wanted),
        why="Names say which number is which; positions in a list depend on how the model was compiled.",
        next="`restored.evaluate(X, y, return_dict=True)`.",
    )


def _numbers(scores: Any) -> dict[str, float] | None:
    """A dict of numbers, read by dict's own methods and NaN for what is no number; None for anything else."""
    if not isinstance(scores, dict):
        return None
    found = {}
    for name, value in dict.items(scores):
        try:
            number = probe.array(value)
        except TypeError:
            number = np.array(np.nan)
        found[str(name)] = float(number) if number.ndim == 0 else float("nan")
    return found


def _shown(scores: dict[str, float]) -> str:
    return ", ".join(f"`{name}` = {value:.4f}" for name, value in scores.items()) or "an empty dict"
