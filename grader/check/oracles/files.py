"""Oracles on saving and copying: the file or the configuration alone brings the object back."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from grader.check.core import guarded, numbers, seeds
from grader.check.core.arrays import Arrays
from grader.check.core.register import Observations, oracle
from grader.check.measure.perturbing import changes, drawn, largest, only_numbers, raised, rows, shifted, steady
from grader.check.oracles.values import is_model, is_pair
from grader.check.remote import compiled_models, queries
from grader.check.remote.answers import answers, compute_dtype, weights
from grader.check.remote.queries import kind_of, members
from grader.check.remote.round_trips import answer_after_training, rebuilt_answer, settings_of_a_copy
from grader.verdict import Observation, StudentError

WAYS = {"config": "from_config(get_config())", "file": "saved to `.keras` and loaded"}

STRICTER = {"fresh": "a fresh copy from the configuration", "training": "a copy in training"}


@oracle
def round_trip(layer: Any, x: Any, ways: Sequence[str] = ("config", "file")) -> Observations:
    """A layer or model gives the same numbers when it is restored from its configuration or a `.keras` file.

    All weights are redrawn first, state included. Give the layer arguments that aren't its defaults: what
    `get_config` leaves out then shows. Arguments that say how weights begin show in a copy that is "fresh", of a
    layer that begins without chance and wasn't trained; those that say how state moves, in a copy in "training", of
    a layer that leaves nothing to chance then.
    """
    x = rows(x)
    begins = steady(layer, x)
    rng = seeds.rng("round_trip")
    arrays = [drawn(w["array"], rng) if w["trainable"] else shifted(w["array"], rng) for w in weights(layer)]
    kept = only_numbers(answers(layer, [x], arrays)[0])
    exact = numbers.tolerance(compute_dtype(layer))
    for way in ways:
        try:
            wanted = begins if way == "fresh" else kept
            if way == "training":
                wanted = only_numbers(answer_after_training(layer, x, arrays))
            found = only_numbers(rebuilt_answer(layer, x, way, arrays))
            off = largest(changes(found, wanted))
            seen = "the same numbers" if off <= exact else "different numbers"
            hint = "Check that every argument of `__init__` is in `get_config`, and that all state is in weights."
        except StudentError as error:
            off, seen, hint = np.inf, raised(error), error.hint
        yield Observation(
            about=(WAYS | STRICTER)[way],
            ok=off <= exact,
            seen=seen,
            expected="a copy that gives the same output as the original",
            why="A file holds the configuration and the weights; anything else is lost.",
            next=hint
            or "`__init__(self, …, **kwargs)` passes `kwargs` to `super().__init__`; `get_config` returns "
            "`super().get_config() | {…}` with every argument.",
        )


@oracle
def keeps_settings(layer: Any, **told: Any) -> Observations:
    """The layer is as it was `told` (its name, `trainable`, `dtype`), and so is a copy from its configuration.

    Tell it settings that aren't the defaults.
    """
    hint = ""
    try:
        found = settings_of_a_copy(layer)
        deaf = [f"`{name}={found[name][0]}`" for name, value in told.items() if found[name][0] != str(value)]
        lost = [f"`{name}={there}`, which was `{here}`" for name, (here, there) in found.items() if here != there]
        wrong = "the layer itself has " + ", ".join(deaf) if deaf else "a copy has " + ", ".join(lost) if lost else ""
    except StudentError as error:
        wrong, hint = raised(error), error.hint
    yield Observation(
        about="settings that every layer has",
        ok=not wrong,
        seen=wrong or "name, `trainable` and dtype were restored",
        expected=(", ".join(f"`{name}={value}`" for name, value in told.items()) + ", " if told else "")
        + "the same settings in a copy as in the layer",
        why="A layer that was frozen when it was saved must not be trainable after loading.",
        next=hint or "`**kwargs` goes to `super().__init__`; `get_config` begins with `super().get_config()`.",
    )


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
        why="Anyone who loads the model later has only the file.",
        next="`model.save(path)`, with exactly the path that you are given.",
        stop=True,
    )
    with open(path, "rb") as file:
        archive = file.read(2) == b"PK"
    yield Observation(
        about="its format",
        ok=archive,
        seen="a `.keras` archive" if archive else "another format under a name that ends in `.keras`",
        expected="a `.keras` archive, which is a zip file",
        why="`load_model` chooses the format by the file name's ending.",
        next="`model.save(path)`: the whole model, not its weights, its JSON or a pickle.",
        stop=True,
    )
    try:
        loaded = guarded.attempt(keras.saving.load_model, path)
    except StudentError as error:
        yield Observation(
            about="loads by itself",
            ok=False,
            seen=str(error).splitlines()[0],
            expected="`keras.saving.load_model(path)` restores the model, without your code",
            why="Weights without the architecture are just numbers.",
            next="Save the model, not its weights: `model.save(path)`.",
            stop=True,
        )
        return
    yield from _predicts_as("what the file holds", loaded, model, x)
    yield Observation(
        about="compiled state saved",
        ok=compiled_models.compiled(loaded),
        seen="optimizer and loss are in the file"
        if compiled_models.compiled(loaded)
        else "a model without optimizer and loss",
        expected="a model that can be evaluated and trained on",
        next="Compile before you save, and leave `save`'s defaults as they are.",
    )


def _predicts_as(what: str, loaded: Any, model: Any, x: Arrays) -> Observations:
    problem = _difference(loaded, model, x)
    yield Observation(
        about=f"{what} predicts as the saved model does",
        ok=not problem,
        seen=problem or "the same outputs",
        expected="the same outputs",
        next="Check that the model is saved after training.",
        stop=True,
    )


def _difference(loaded: Any, model: Any, x: Arrays) -> str:
    """How far the outputs of two models lie apart, in words; empty where they are the same."""
    wanted = _flat(queries.outputs(model, x))
    try:
        found = _flat(queries.outputs(loaded, x))
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
    before = _flat(queries.outputs(restored, x))
    with queries.restored_weights(model):
        queries.redraw(model, seeds.seed("came_back"), 2.0)
        after = _flat(queries.outputs(restored, x))
    separate = restored is not model and all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    yield Observation(
        about="read back from the file",
        ok=separate,
        seen="a separate model" if separate else "the model you return is, or shares weights with, the one you saved",
        expected="a second model, made from the file",
        why="Evaluating the original object again proves nothing about the file.",
        next="`restored = keras.saving.load_model(path)`, and return that.",
    )
    steps = [compiled_models.optimizer_steps(m) for m in (restored, model)]
    yield Observation(
        about="training can go on",
        ok=steps[0] == steps[1],
        seen="it has no optimizer" if steps[0] is None else f"its optimizer has made {steps[0]} steps",
        expected=f"{steps[1]} steps, as the optimizer of the saved model has",
        why="The file also holds the optimizer's state; a copy made in memory starts without it.",
        next="Return the model that `load_model` returns, without compiling it again.",
    )


def was_evaluated(model: Any) -> Observations:
    """`model` itself has been evaluated since it was read: its own metrics have counted something."""
    counted = compiled_models.counted(model)
    yield Observation(
        about="the model evaluated",
        ok=counted,
        seen="the one you loaded" if counted else "the model you return has never been evaluated",
        expected="scores of the model that was read from the file",
        why="Scores of the original model say nothing about the file.",
        next="`restored.evaluate(…)`, not `model.evaluate(…)`.",
    )


@oracle
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
    wanted = compiled_models.scores(model, x, y)
    found = _numbers(scores)
    ok = found is not None and set(found) == set(wanted) and all(abs(found[k] - wanted[k]) < 1e-4 for k in wanted)
    yield Observation(
        about="scores",
        ok=ok,
        seen=kind_of(scores) if found is None else _shown(found),
        expected=_shown(wanted),
        why="Names say which number is which; the order of a list depends on how the model was compiled.",
        next="`restored.evaluate(X, y, return_dict=True)`.",
    )


def _numbers(scores: Any) -> dict[str, float] | None:
    """A dict of numbers, read by dict's own methods and NaN for what is no number; None for anything else."""
    if not isinstance(scores, dict):
        return None
    found = {}
    for name, value in dict.items(scores):
        try:
            number = guarded.array(value)
        except TypeError:
            number = np.array(np.nan)
        found[str(name)] = float(number) if number.ndim == 0 else float("nan")
    return found


def _shown(scores: dict[str, float]) -> str:
    return ", ".join(f"`{name}` = {value:.4f}" for name, value in scores.items()) or "an empty dict"
