"""Remote calls that copy an object through its configuration or a file, and call the copy."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from grader.check.core.remote_calls import remote_call
from grader.check.remote import queries
from grader.check.remote.answers import answers, layers_within, quietly, weights
from grader.verdict import StudentError


@remote_call
def rebuilt_answer(layer: Any, x: Any, way: str, arrays: list) -> dict[str | int, np.ndarray]:
    """The answer to `x` of a copy made from the object's configuration ("config") or its `.keras` file ("file").

    The object gets the weights `arrays` before it is saved; a copy from the configuration gets them afterwards. With
    "fresh", the copy keeps its initial weights. For "training", see `answer_after_training`.
    """
    with quietly(), own_classes(layer):
        if way == "file" and queries.is_a_model(layer):
            with queries.restored_weights(layer):
                queries.assign(layer, arrays)
                return answers(_through_a_file(layer), [x])[0]
        copy = type(layer).from_config(layer.get_config())
        copy(x)
        if way == "fresh":
            return answers(copy, [x])[0]
        _same_shapes(copy, arrays)
        queries.assign(copy, arrays)
        if way == "training":
            return answer_after_training(copy, x, arrays)
        return answers(copy if way == "config" else _through_a_file(_as_model(copy, x)), [x])[0]


def _same_shapes(copy: Any, arrays: list) -> None:
    """Raises StudentError if the weights of the copy have different shapes from the original's."""
    found, wanted = [w["array"].shape for w in weights(copy)], [np.shape(a) for a in arrays]
    if found != wanted:
        there, here = (", ".join(map(str, shapes)) or "none" for shapes in (found, wanted))
        raise StudentError(f"the copy has weights of shape {there}, but the original has {here}", [])


@remote_call
def answer_after_training(layer: Any, x: Any, arrays: list) -> dict[str | int, np.ndarray]:
    """The answer to `x` at inference with the weights `arrays`, after a call with `training=True`."""
    with quietly(), queries.restored_weights(layer):
        queries.assign(layer, arrays)
        layer(x, training=True)
        return answers(layer, [x])[0]


@contextmanager
def own_classes(layer: Any) -> Iterator[None]:
    """Let Keras find the student's classes by name inside the block, whether they are registered or not."""
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


@remote_call
def settings_of_a_copy(layer: Any) -> dict[str, list[str]]:
    """The settings that every layer has, by name, of the object and of a copy from its configuration: [here, there]."""

    def of(one: Any) -> list[str]:
        return [str(one.name), str(one.trainable), str(one.dtype_policy.name)]

    with quietly(), own_classes(layer):
        copy = type(layer).from_config(layer.get_config())
    return {name: [a, b] for name, a, b in zip(("name", "trainable", "dtype"), of(layer), of(copy), strict=True)}
