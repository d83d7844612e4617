"""What crosses between the student's process and the judge beyond plain data: Keras objects, Histories, handles, paths.

Both sides share these rules. An object that occurs twice in a message is one object again on the other side; so is one
that was handed over as an argument and comes back. Arrays, tensors, variables, series and frames all become arrays;
subclasses of tuples, lists, dicts, numbers and strings become what they are subclasses of.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from grader.judge import allow_list, keras_data
from grader.judge.wire import CannotTravel, Extension, Malformed

KERAS, SAME, ARGUMENT, HANDLE = "keras", "same", "argument", "handle"
PUBLIC, HISTORY, PATH = "public", "history", "path"
PLAIN_BASES = (str, int, float, bytes)
RANGE = 100_000


def plainer(value: Any) -> Any:
    """`value` as plain data, if that loses nothing that a check looks at. Raises CannotTravel otherwise."""
    kind = type(value)
    if name := allow_list.public_name(value):
        return Extension(PUBLIC, name)
    for base in PLAIN_BASES:
        if issubclass(kind, base):
            return base(base.__str__(value)) if base is str else base.__new__(base, value)
    if issubclass(kind, tuple):
        return tuple(tuple.__iter__(value))
    if issubclass(kind, list):
        return list(list.__iter__(value))
    if issubclass(kind, dict):
        return dict(dict.items(value))
    if kind is range and len(value) <= RANGE:
        return list(value)
    if _is_history(kind):
        return Extension(HISTORY, _curves(value))
    return _array(value)


def _is_history(kind: type) -> bool:
    import keras

    return kind is keras.callbacks.History


def _curves(history: Any) -> dict[str, Any]:
    found = {"history": getattr(history, "history", None), "epoch": getattr(history, "epoch", None)}
    return {name: part for name, part in found.items() if issubclass(type(part), dict | list)}


def _array(value: Any) -> np.ndarray:
    """A tensor, variable, series, data frame or matrix as an array. Raises CannotTravel for anything else."""
    import keras

    kind = type(value)
    if isinstance(value, keras.layers.Layer | keras.KerasTensor) or not hasattr(kind, "__array__"):
        raise CannotTravel(f"a `{kind.__name__}`")
    try:
        found = np.asarray(value)
    except Exception as error:  # a symbolic tensor, or an object of the student's own
        raise CannotTravel(f"a `{kind.__name__}` that is no array: {error}") from None
    if type(found) is not np.ndarray or found.dtype.kind == "O":
        raise CannotTravel(f"a `{kind.__name__}` of objects")
    return found


def parts(value: Any, depth: int = 0) -> Iterator[Any]:
    """`value` itself, and everything in tuples, lists and dicts within it."""
    if depth > 8:
        return
    yield value
    for base, inner in ((tuple, tuple.__iter__), (list, list.__iter__), (dict, dict.values)):
        if issubclass(type(value), base):
            for item in list(inner(value))[:1000]:
                yield from parts(item, depth + 1)


def variables(subject: Any) -> set[int]:
    """The ids of the variables of a layer or model."""
    import keras

    if not isinstance(subject, keras.layers.Layer):
        return set()
    try:
        return {id(variable) for variable in subject.weights}
    except Exception:  # a model of the student's own class may raise anything
        return set()


def with_paths(value: Any, folder: str) -> Any:
    """`value` with paths in `folder` made relative to it, so that they are valid on the other side."""
    if type(value) is str:
        inside = value == folder or value.startswith(folder + os.sep)
        return Extension(PATH, os.path.relpath(value, folder)) if inside else value
    if type(value) in (list, tuple):
        return type(value)(with_paths(item, folder) for item in value)
    if type(value) is dict:
        return {key: with_paths(item, folder) for key, item in value.items()}
    return value


def path_in(folder: str, relative: Any) -> str:
    """The full path of a relative path in this side's folder. Raises Malformed for one that leads out of it."""
    if type(relative) is not str or "\0" in relative or len(relative) > 1000:
        raise Malformed("no path")
    path = os.path.normpath(os.path.join(folder, relative))
    if path != folder and not path.startswith(folder + os.sep):
        raise Malformed("a path that leads elsewhere")
    return path


class Incoming:
    """Turns the values of one message into objects."""

    def __init__(self, folder: str):
        self.folder = folder
        self.objects: dict[int, Any] = {}
        self._states: list[tuple[Any, list[np.ndarray]]] = []

    def extend(self, kind: str, data: Any) -> Any:
        """The object that an extension represents. Raises Malformed."""
        if kind == KERAS:
            return self._keras(data)
        if kind == SAME:
            return known(self.objects, data)
        if kind == PUBLIC:
            return known(allow_list.public_functions(), data)
        if kind == HISTORY:
            return self._history(data)
        if kind == PATH:
            return path_in(self.folder, data)
        raise Malformed(f"a value of no known kind: {kind[:20]!r}")

    def _keras(self, data: Any) -> Any:
        if type(data) is not dict or type(data.get("ref")) is not int:
            raise Malformed("a Keras object without a number")
        made = keras_data.rebuild(data)
        keras_data.take_names(made)
        self.objects[data["ref"]] = made
        if data.get("variables"):
            self._states.append((made, data["variables"]))
        return made

    def _history(self, data: Any) -> Any:
        import keras

        if type(data) is not dict or not set(data) <= {"history", "epoch"}:
            raise Malformed("no History")
        made = keras.callbacks.History()
        for name, part in data.items():
            setattr(made, name, part)
        return made

    def finish(self) -> None:
        """Give optimizers that arrived together with a model their variables for its weights."""
        import keras

        models = [made for made in self.objects.values() if isinstance(made, keras.layers.Layer)]
        for made, arrays in self._states:
            if isinstance(made, keras.optimizers.Optimizer):
                keras_data.fill_optimizer(made, arrays, models)


def known(table: dict, key: Any) -> Any:
    """The entry for a key that the other side has sent. Raises Malformed if there is none."""
    try:
        return table[key]
    except (KeyError, TypeError):
        raise Malformed("something that was never sent") from None
