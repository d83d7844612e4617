"""Nested structures of shapes and tensors, and the names people gave to them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from course.see.graph.data import MAX_NAME, NoGraph, Shape
from course.see.graph.tracing import is_stock


def arranged(model: Any, shapes: Any = None) -> Any:
    """The structure in which the model takes its inputs, with their numbers in the order of the graph's inputs."""
    import keras

    if is_stock(model):
        structure = model.inputs[0] if isinstance(model, keras.Sequential) else model.input
    else:
        structure = structure_of(shapes, lambda *_: 0)
    return keras.tree.pack_sequence_as(structure, list(range(len(keras.tree.flatten(structure)))))


def structure_of(shapes: Any, leaf: Callable[[Shape, str], Any]) -> Any:
    """The structure of `shapes` with `leaf(shape, dtype)` for each shape."""
    if is_shape(shapes):
        return leaf(tuple(shapes), "float32")
    if isinstance(shapes, list | tuple) and len(shapes) == 2 and isinstance(shapes[1], str) and is_shape(shapes[0]):
        return leaf(tuple(shapes[0]), shapes[1])
    if isinstance(shapes, dict):
        return {key: structure_of(value, leaf) for key, value in shapes.items()}
    if isinstance(shapes, list | tuple):
        return type(shapes)(structure_of(value, leaf) for value in shapes)
    raise NoGraph("its input shapes are unknown: call it once, or pass `shapes`")


def is_shape(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(size is None or isinstance(size, int) for size in value)


def keys_of(structure: Any) -> list[str]:
    """The keys of a dict of tensors in the order in which Keras flattens it; empty for other structures."""
    return ["/".join(map(str, path))[:MAX_NAME] for path in _paths(structure)] if isinstance(structure, dict) else []


def _paths(structure: Any, path: tuple = ()) -> Iterable[tuple]:
    if isinstance(structure, dict):
        for key in sorted(structure):
            yield from _paths(structure[key], (*path, key))
    elif isinstance(structure, list | tuple):
        for place, value in enumerate(structure):
            yield from _paths(value, (*path, place))
    else:
        yield path


def without_batch(shape: Any) -> Any:
    if isinstance(shape, dict):
        return {key: without_batch(value) for key, value in shape.items()}
    if is_shape(shape):
        return tuple(shape[1:])
    if isinstance(shape, list | tuple):
        return type(shape)(without_batch(value) for value in shape)
    return shape


AUTOMATIC = re.compile(r"(keras_tensor|input_layer|input)(_\d+)?(CLONE)?")


def own_name(name: Any) -> str:
    """A tensor's name, if a person chose it."""
    return "" if AUTOMATIC.fullmatch(str(name)) else str(name)[:MAX_NAME]


def given_name(operation: Any) -> str:
    """An operation's name, if a person chose it; Keras names operations after their class, with a number."""
    name = str(getattr(operation, "name", ""))
    base = re.sub(r"([a-z])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", type(operation).__name__)).lower()
    return "" if re.fullmatch(rf"{re.escape(base)}(_\d+)?", name) else name[:MAX_NAME]
