"""Oracles on coming back: a copy made from the configuration, or read from a file, answers as the original."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
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
from grader.check.verdict import Measure, Observation, StudentError

Observations = Iterator[Observation]


@verb
def rebuilt_answer(layer: Any, x: Any, way: str, arrays: list) -> dict[str | int, np.ndarray]:
    """What a copy answers to `x`, made from the object's configuration ("config") or its `.keras` file ("file").

    The weights `arrays` are given to the object before it is saved, and to a copy that has only the configuration.
    """
    import keras

    own = {type(part).__name__: type(part) for part in layers_within(layer)}
    own = {name: kind for name, kind in own.items() if not kind.__module__.startswith("keras.")}
    with quietly(), keras.saving.custom_object_scope(own):  # the student's classes, whether they registered them or not
        if way == "file" and asking.is_a_model(layer):
            with asking.restored_weights(layer):
                asking.assign(layer, arrays)
                return answers(_through_a_file(layer), [x])[0]
        copy = type(layer).from_config(layer.get_config())
        copy(x)
        asking.assign(copy, arrays)
        return answers(copy if way == "config" else _through_a_file(_as_model(copy, x)), [x])[0]


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


@oracle
def round_trip(layer: Any, x: Any, ways: Sequence[str] = ("config", "file")) -> Observations:
    """A layer or model comes back from its configuration, and from a `.keras` file, with the same numbers.

    All weights are redrawn first, state included. Give the layer arguments that aren't its defaults: what
    `get_config` leaves out then shows.
    """
    x = rows(x)
    steady(layer, x)
    rng = probe.rng("round_trip")
    arrays = [drawn(w["array"], rng) if w["trainable"] else shifted(w["array"], rng) for w in weights(layer)]
    wanted = only_numbers(answers(layer, [x], arrays)[0])
    exact = numbers.tolerance(compute_dtype(layer))
    for way in ways:
        try:
            found = only_numbers(rebuilt_answer(layer, x, way, arrays))
            off = largest(changes(found, wanted))
            seen = "the same numbers" if off <= exact else "other numbers than before"
            hint = "Is every argument of `__init__` in `get_config`, and all state in weights?"
        except StudentError as error:
            off, seen, hint = np.inf, raised(error), error.hint
        yield Observation(
            about=WAYS[way],
            ok=off <= exact,
            seen=seen,
            expected="a copy that answers as the original",
            why="A file holds the configuration and the weights; whatever is in neither is lost.",
            next=hint
            or "`__init__(self, …, **kwargs)` hands `kwargs` to `super()`; `get_config` returns "
            "`super().get_config() | {…}` with every argument.",
            measured=Measure(off, exact, at_least=False),
        )
