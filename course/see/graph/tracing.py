"""Calls a layer on symbolic tensors, to find the operations it is made of."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable
from typing import Any

from course.see.graph.canonical import is_random
from course.see.graph.data import NoGraph


class Mode:
    """The value of `training` while a model is read, which can be distinguished from a constant in the code."""

    def __init__(self, on: bool):
        self.on = on

    def __bool__(self) -> bool:
        return self.on

    def __eq__(self, other: object) -> bool:
        return self.on == bool(other)

    __hash__ = None


def is_stock(model: Any) -> bool:
    """Whether the model is Functional or Sequential, has known inputs, and uses Keras's own `call`."""
    import keras

    tensor = keras.Input((1,))
    functional = type(keras.Model(tensor, tensor))
    for written in (functional, keras.Sequential):
        if isinstance(model, written):
            own = "call" in vars(model) or type(model).__call__ is not keras.Layer.__call__
            return type(model).call is written.call and not own and bool(getattr(model, "inputs", None))
    return False


def constant_mode(operation: Any, kwargs: dict, around: bool | None) -> bool | None:
    """The value of `training` if this call or one around it fixes it. Keras records defaults as if they were passed."""
    given = kwargs.get("training")
    if not isinstance(given, bool):
        return around
    parameter = inspect.signature(operation.call).parameters.get("training")
    return around if parameter is not None and parameter.default is given else given


def stand_in(operation: Any) -> Any:
    """An operation that is called symbolically in place of another, so that the other does not record the call."""
    import keras

    class StandIn(keras.Operation):
        def compute_output_spec(self, *args, **kwargs):
            outputs = operation.compute_output_spec(*args, **kwargs)
            return keras.tree.map_structure(
                lambda tensor: None if tensor is None else keras.KerasTensor(tensor.shape, dtype=tensor.dtype), outputs
            )

    return StandIn()


def input_like(own: Any, spec: Any) -> Any:
    import keras

    shape = spec.shape if len(spec.shape) == len(own.shape) else own.shape
    return keras.Input(batch_shape=shape, dtype=own.dtype)


def contents(operation: Any, args: tuple, kwargs: dict, training: bool | None) -> Any:
    """The contents of `operation` as a functional model, or None for a Keras layer or operation."""
    import keras

    if isinstance(operation, keras.Model) and is_stock(operation):
        return keras.Model(operation.inputs, operation.outputs)
    keras_own = type(operation).__module__.split(".")[0] == "keras" and "call" not in vars(operation)
    if keras_own and not isinstance(operation, keras.Model | keras.layers.Lambda):
        return None
    return unfolded(operation, args, kwargs, training)[0]


def unfolded(layer: Any, args: tuple, kwargs: dict, training: bool | None) -> tuple[Any, Any]:
    """What the layer's `call` does in training mode, as a functional model, and what it returns.

    Raises NoGraph if inference differs by more than the layers that act only in training.
    """
    if training is not None:
        kwargs = {"training": training} | kwargs
    if "training" in kwargs or "training" not in inspect.signature(layer.call).parameters:
        return traced(layer.call, args, kwargs, layer)
    learning, inference = (traced(layer.call, args, kwargs | {"training": Mode(on)}, layer) for on in (True, False))
    if _census(learning[0]) != _census(inference[0]):
        raise NoGraph("it computes something different in training than in inference")
    return learning


def traced(call: Callable, args: tuple, kwargs: dict, layer: Any = None) -> tuple[Any, Any]:
    """What `call` does with symbolic tensors like its arguments, as a functional model, and what it returns.

    Variables that `call` assigns to keep their values.
    """
    import keras

    fresh = []

    def like(value: Any) -> Any:
        if not isinstance(value, keras.KerasTensor):
            return value
        floats = "float" in str(value.dtype)  # a layer casts floats to its compute dtype
        dtype = floats and getattr(layer, "compute_dtype", None) or value.dtype
        fresh.append(keras.Input(batch_shape=value.shape, dtype=dtype))
        return fresh[-1]

    args, kwargs = keras.tree.map_structure(like, (args, kwargs))
    with keras.StatelessScope():
        outputs = call(*args, **kwargs)
    tensors = [value for value in keras.tree.flatten(outputs) if value is not None]
    if not tensors or not all(isinstance(tensor, keras.KerasTensor) for tensor in tensors):
        raise NoGraph("it returns something that is not computed from its input tensors")
    return keras.Model(fresh, tensors), outputs


def _census(functional: Any) -> Counter:
    """The operations of a functional model, except those that act only in training."""
    kinds = [(type(operation).__name__, operation) for operation in functional.operations]
    return Counter((kind, id(op) if getattr(op, "weights", ()) else 0) for kind, op in kinds if not is_random(kind))


def tensors_in(structure: Any) -> list[Any]:
    import keras

    return [value for value in keras.tree.flatten(structure) if isinstance(value, keras.KerasTensor)]
