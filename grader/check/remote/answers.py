"""Remote calls for the answers of a model, layer or function: to new inputs, with new weights, in either mode.

Here an *input* is an array, a list or dict of arrays, or a tuple of arguments for a function of several. An *answer* is
what the object returns as a dict of arrays: by key for a dict, by position for a list, under 0 for a single array.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np

from grader.check.core import guarded, numbers
from grader.check.core.remote_calls import remote_call
from grader.check.remote import queries


@remote_call
def answered_by_hand(layer: Any, x: Any) -> dict[str | int, Any]:
    """The layer's answer when it is called without `training`. Its state is restored."""
    with quietly(), queries.restored_weights(layer):
        return {0: queries.as_arrays(layer(x))}


@remote_call
def answers_in_turn(layer: Any, calls: list, start: np.ndarray, graph: bool = False) -> list[dict]:
    """The answers to several calls (x, training) in a row, each with the state that the previous call left.

    A layer with one weight starts from `start`. With `graph`, each call is traced, as in `fit`. The state is restored
    afterwards.
    """
    import tensorflow as tf

    def called(x: Any, training: bool | None) -> Any:
        return layer(x) if training is None else layer(x, training=training)

    traced = tf.function(called, autograph=False) if graph else called
    with quietly(), queries.restored_weights(layer):
        for weight in queries.own(layer, "weights")[:1]:
            if int(np.prod(weight.shape)) == start.size:
                weight.assign(start.reshape(weight.shape).astype("float32"))
        return [{0: queries.as_arrays(traced(x, training))} for x, training in calls]


@remote_call
def weights_after_call(layer: Any, x: Any, training: bool) -> list[np.ndarray]:
    """The weights after a call; they are restored afterwards."""
    with quietly(), queries.restored_weights(layer):
        layer(x, training=training)
        return [weight["array"] for weight in queries.weights(layer)]


@remote_call
def untracked(layer: Any) -> list[str]:
    """The names of attributes that are variables but not among the object's weights."""
    own = {id(weight) for weight in queries.own(layer, "variables")}
    found = {name: value for name, value in vars(layer).items() if hasattr(value, "assign") and hasattr(value, "shape")}
    return [name for name, value in found.items() if id(value) not in own]


Answer = dict[str | int, np.ndarray]


@remote_call
def answers(
    subject: Any, inputs: list, arrays: list | None = None, training: bool = False, graph: bool = False
) -> list[dict]:
    """The answers of a model, a layer or a function to several inputs, at inference by default.

    `arrays` are the weights to use; with `graph`, the call is traced, as in `fit`. A part of an answer that isn't an
    array of numbers is replaced by text that names its type. Weights, statistics and seeds are restored afterwards, so
    the object must have been called before.
    """
    layer = queries.is_a_layer(subject)
    changing = layer and (training or arrays is not None)
    with quietly(), queries.restored_weights(subject) if changing else nullcontext():
        if layer and arrays is not None:
            queries.assign(subject, arrays)
        options = {"training": training} if layer else {}
        called = _traced(subject) if graph else subject
        return [_answer(called(*_arguments(x), **options)) for x in inputs]


@remote_call
def answers_with(subject: Any, x: Any, arrays: list, changed: list[dict[int, np.ndarray]]) -> list[dict]:
    """The answers of a model or layer to one input with the weights `arrays`, changed by each of `changed` in turn:
    {place in the weights: array}. Otherwise like `answers`."""
    with quietly(), queries.restored_weights(subject):
        queries.assign(subject, arrays)
        own, found = queries.own(subject, "weights"), []
        for change in changed:
            for place, array in change.items():
                own[place].assign(array)
            found.append(_answer(subject(*_arguments(x), training=False)))
            for place in change:
                own[place].assign(arrays[place])
        return found


@contextmanager
def quietly() -> Iterator[None]:
    """Suppress warnings: a check provokes them on purpose, and a line on stderr costs points in nbgrader."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _traced(subject: Any) -> Callable:
    import tensorflow as tf

    return tf.function(lambda *args, **options: subject(*args, **options), autograph=False)


def _arguments(x: Any) -> tuple:
    """Copies of the arguments, so that changes in place by the student's code don't affect the check's data."""
    return tuple(_copy(part) for part in x) if isinstance(x, tuple) else (_copy(x),)


def _copy(x: Any) -> Any:
    if isinstance(x, dict):
        return {key: _copy(part) for key, part in x.items()}
    if isinstance(x, list):
        return [_copy(part) for part in x]
    return x.copy() if isinstance(x, np.ndarray) else x


def _answer(value: Any) -> dict[str | int, Any]:
    if issubclass(type(value), dict):
        return {str(key): _leaf(part) for key, part in dict.items(value)}
    parts = queries.members(value)
    return {place: _leaf(part) for place, part in enumerate([value] if parts is None else parts)}


def _leaf(value: Any) -> np.ndarray | str:
    try:
        return guarded.array(value)
    except Exception:  # converting an unknown object may raise anything: it isn't an array, so name its type
        return queries.kind_of(value)


@remote_call
def compute_dtype(subject: Any) -> str:
    """The coarsest dtype in which the object, or a layer inside it, computes; "float32" for a function."""
    found = {layer.compute_dtype for layer in layers_within(subject)} or {"float32"}
    return max(found, key=lambda name: numbers.RELATIVE.get(name, 0.0))


def layers_within(subject: Any) -> list[Any]:
    """The live object's layers at any depth, including itself: in models, attributes, lists and dicts."""
    import keras

    found, waiting = {}, [subject]
    while waiting:
        value = waiting.pop()
        if id(value) in found:
            continue
        if isinstance(value, keras.layers.Layer):
            found[id(value)] = value
            waiting += vars(value).values()
        elif isinstance(value, list | tuple):
            waiting.extend(value)  # `+=` fails on TensorFlow's wrappers of a layer's tuples
        elif isinstance(value, dict):
            waiting += value.values()
    return list(found.values())


def weights(subject: Any) -> list[dict[str, Any]]:
    """Like `queries.weights`, but an empty list for an object that isn't a layer."""
    return queries.weights(subject) if queries.is_a_layer(subject) else []
