"""Oracles on coming back: a copy made from the configuration, or read from a file, answers as the original."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from grader.check import asking, numbers, probe
from grader.check.perturbing import (
    answers,
    changes,
    compute_dtype,
    drawn,
    largest,
    layers_within,
    only_numbers,
    oracle,
    quietly,
    raised,
    rows,
    shifted,
    steady,
    weights,
)
from grader.check.verb import verb
from grader.verdict import Observation, StudentError

Observations = Iterator[Observation]


@verb
def rebuilt_answer(layer: Any, x: Any, way: str, arrays: list) -> dict[str | int, np.ndarray]:
    """What a copy answers to `x`, made from the object's configuration ("config") or its `.keras` file ("file").

    The weights `arrays` are given to the object before it is saved, and to a copy that has only the configuration.
    A copy that is "fresh" keeps the weights with which it begins. For "training" see `answer_after_training`.
    """
    with quietly(), own_classes(layer):
        if way == "file" and asking.is_a_model(layer):
            with asking.restored_weights(layer):
                asking.assign(layer, arrays)
                return answers(_through_a_file(layer), [x])[0]
        copy = type(layer).from_config(layer.get_config())
        copy(x)
        if way == "fresh":
            return answers(copy, [x])[0]
        _same_shapes(copy, arrays)
        asking.assign(copy, arrays)
        if way == "training":
            return answer_after_training(copy, x, arrays)
        return answers(copy if way == "config" else _through_a_file(_as_model(copy, x)), [x])[0]


def _same_shapes(copy: Any, arrays: list) -> None:
    """Raises StudentError where the copy has other weights than the original."""
    found, wanted = [w["array"].shape for w in weights(copy)], [np.shape(a) for a in arrays]
    if found != wanted:
        there, here = (", ".join(map(str, shapes)) or "none" for shapes in (found, wanted))
        raise StudentError(f"other weights: {there}, which were {here}", [])


@verb
def answer_after_training(layer: Any, x: Any, arrays: list) -> dict[str | int, np.ndarray]:
    """With the weights `arrays`: the answer to `x` at inference, after a call with `training=True`."""
    with quietly(), asking.restored_weights(layer):
        asking.assign(layer, arrays)
        layer(x, training=True)
        return answers(layer, [x])[0]


@contextmanager
def own_classes(layer: Any) -> Iterator[None]:
    """Inside, Keras finds the student's classes by their names, whether they were registered or not."""
    import keras

    own = {type(part).__name__: type(part) for part in layers_within(layer)}
    own = {name: kind for name, kind in own.items() if not kind.__module__.startswith("keras.")}
    with keras.saving.custom_object_scope(own):
        yield


def _as_model(layer: Any, x: Any) -> Any:
    import keras

    inputs = keras.Input(np.shape(x)[1:], dtype=str(np.asarray(x).dtype))
    return keras.Model(inputs, layer(inputs))


def _through_a_file(model: Any) -> Any:
    import keras

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.keras")
        model.save(path)
        return keras.saving.load_model(path)


WAYS = {"config": "from_config(get_config())", "file": "saved to `.keras` and loaded"}
STRICTER = {"fresh": "a fresh copy from the configuration", "training": "a copy in training"}


@oracle
def round_trip(layer: Any, x: Any, ways: Sequence[str] = ("config", "file")) -> Observations:
    """A layer or model comes back from its configuration, and from a `.keras` file, with the same numbers.

    All weights are redrawn first, state included. Give the layer arguments that aren't its defaults: what
    `get_config` leaves out then shows. Arguments that say how weights begin show in a copy that is "fresh", of a
    layer that begins without chance and wasn't trained; those that say how state moves, in a copy in "training", of
    a layer that leaves nothing to chance then.
    """
    x = rows(x)
    begins = steady(layer, x)
    rng = probe.rng("round_trip")
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
            seen = "the same numbers" if off <= exact else "other numbers than before"
            hint = "Is every argument of `__init__` in `get_config`, and all state in weights?"
        except StudentError as error:
            off, seen, hint = np.inf, raised(error), error.hint
        yield Observation(
            about=(WAYS | STRICTER)[way],
            ok=off <= exact,
            seen=seen,
            expected="a copy that answers as the original",
            why="A file holds the configuration and the weights; whatever is in neither is lost.",
            next=hint
            or "`__init__(self, …, **kwargs)` hands `kwargs` to `super()`; `get_config` returns "
            "`super().get_config() | {…}` with every argument.",
        )


@verb
def settings_of_a_copy(layer: Any) -> dict[str, list[str]]:
    """What every layer is told by name, of the object and of a copy from its configuration: [here, there]."""

    def of(one: Any) -> list[str]:
        return [str(one.name), str(one.trainable), str(one.dtype_policy.name)]

    with quietly(), own_classes(layer):
        copy = type(layer).from_config(layer.get_config())
    return {name: [a, b] for name, a, b in zip(("name", "trainable", "dtype"), of(layer), of(copy), strict=True)}


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
        about="what every layer is told",
        ok=not wrong,
        seen=wrong or "name, `trainable` and type of numbers came back",
        expected=(", ".join(f"`{name}={value}`" for name, value in told.items()) + ", " if told else "")
        + "the same in a copy as in the layer",
        why="A layer that was frozen before it was saved must not come back trainable.",
        next=hint or "`**kwargs` goes to `super().__init__`; `get_config` begins with `super().get_config()`.",
    )
