"""Reads the arguments of a call, and the settings of a layer that affect what it computes."""

from __future__ import annotations

import hashlib
import inspect
import json
import math
import re
from dataclasses import dataclass, field
from typing import Any

from course.see.graph.data import MAX_NAME, MAX_TEXT, Scalar


@dataclass
class CallArguments:
    """The arguments of a call: tensors by slot, weights, and constants. `complete` is false if one has no text form."""

    tensors: list[tuple[str, Any]] = field(default_factory=list)
    variables: list[Any] = field(default_factory=list)
    constants: dict[str, Scalar] = field(default_factory=dict)
    accepted: frozenset[str] = frozenset()
    complete: bool = True


def read_call(operation: Any, args: tuple, kwargs: dict) -> CallArguments:
    """The arguments of one call of a layer or operation."""
    import keras

    found = CallArguments()
    try:
        signature = inspect.signature(operation.call)
        arguments = signature.bind(*args, **kwargs).arguments
        found.accepted = frozenset(signature.parameters)
        defaults = {name: parameter.default for name, parameter in signature.parameters.items()}
    except (TypeError, ValueError):
        arguments, defaults = {"inputs": (args, kwargs)}, {}
    first = next(iter(arguments), "")
    plain = not isinstance(operation, keras.Layer)
    for name, value in arguments.items():
        leaves = keras.tree.flatten(value)
        tensors = [leaf for leaf in leaves if isinstance(leaf, keras.KerasTensor)]
        found.tensors += [("" if plain or name == first else name[:MAX_NAME], tensor) for tensor in tensors]
        found.variables += [leaf for leaf in leaves if isinstance(leaf, keras.Variable)]
        if name == "training" or value is None or value is defaults.get(name):
            continue
        rest = value if not tensors else [leaf for leaf in leaves if not isinstance(leaf, keras.KerasTensor)]
        if not tensors or rest:
            try:
                found.constants[name[:MAX_NAME]] = _scalar(rest)
            except TypeError:
                found.complete = False
    return found


LEFT_OUT = {
    *("name", "trainable", "dtype", "seed", "batch_shape", "build_config", "registered_name", "module", "optional"),
    *("query_shape", "key_shape", "value_shape", "activity_regularizer", "quantization_config", "lora_rank"),
    *("lora_alpha", "momentum", "epsilon", "renorm_momentum", "synchronized", "unroll", "approximate", "autocast"),
}
"""Settings that affect how a layer is initialized, trained, or stored, or change its outputs only slightly."""
LEFT_OUT_ENDS = ("_initializer", "_regularizer", "_constraint")
APPLY_AT_THE_END = re.compile(r"Dense|EinsumDense|Activation|(Depthwise|Separable)?Conv[123]D(Transpose)?")


def read_config(operation: Any) -> tuple[dict[str, Scalar], bool, Any]:
    """The settings of a Keras layer or operation, whether they are complete, and any custom activation.

    A student's own function may also be called `relu`, so the function itself is compared.
    """

    if type(operation).__module__.split(".")[0] != "keras":
        return {}, False, None
    try:
        config = dict(operation.get_config())
    except NotImplementedError:  # its arguments are not plain data
        return {}, False, None
    activation, own = config.get("activation"), None
    if APPLY_AT_THE_END.fullmatch(type(operation).__name__):
        if not _is_keras_function(activation, operation.activation):
            own = operation.activation
            config["activation"] = None
    elif activation is not None and not _is_keras_function(activation, getattr(operation, "activation", None)):
        return {}, False, None
    try:
        return {key: _scalar(value) for key, value in _kept(config).items()}, True, own
    except TypeError:
        return {}, False, own


def _is_keras_function(name: Any, function: Any) -> bool:
    import keras

    return isinstance(name, str) and getattr(keras.activations, name, None) is function


def _kept(config: dict) -> dict:
    return {
        str(key)[:MAX_NAME]: value
        for key, value in config.items()
        if key not in LEFT_OUT and not str(key).endswith(LEFT_OUT_ENDS)
    }


def _scalar(value: Any) -> Scalar:
    """A setting as a scalar, or as JSON text. Raises TypeError if it is not plain data."""
    value = _plain(value)
    if isinstance(value, list | dict):
        value = json.dumps(value, sort_keys=True)
    if isinstance(value, str) and len(value) > MAX_TEXT:
        return "sha256 " + hashlib.sha256(value.encode()).hexdigest()
    return value


def _plain(value: Any) -> Any:
    import keras

    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(value)
    if value is ...:
        return "..."
    if isinstance(value, slice):
        return (
            ":".join("" if part is None else str(part) for part in (value.start, value.stop, value.step)).rstrip(":")
            or ":"
        )
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        if value.get("class_name") == "function":
            raise TypeError("a function")
        return {key: _plain(item) for key, item in _kept(value).items()}
    if isinstance(value, keras.Variable):
        return "weight " + "×".join(map(str, value.shape))
    return _constant(value)


def _constant(value: Any) -> Scalar:
    """An array as a scalar: its value if it has a single element, otherwise its shape and a hash."""
    import keras

    if not hasattr(value, "shape") or not hasattr(value, "dtype"):
        raise TypeError(f"not plain: {type(value).__name__}")
    array = keras.ops.convert_to_numpy(value)
    if array.size == 1 and array.dtype.kind in "fiub":
        return _plain(array.item())
    digest = hashlib.sha256(array.astype("float64").tobytes()).hexdigest()[:12]
    return f"array {'×'.join(map(str, array.shape))} {digest}"
