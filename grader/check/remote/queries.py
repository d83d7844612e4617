"""Remote calls about any object: its kind, signature, configuration, outputs, weights and state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from grader.check.core import guarded
from grader.check.core.arrays import Arrays
from grader.check.core.guarded import array, message
from grader.check.core.remote_calls import remote_call
from grader.compat.keras import layer_property
from grader.verdict import StudentError


@remote_call
def type_name(subject: Any) -> str:
    """The name of the object's class, for messages only."""
    return type(subject).__name__


@remote_call
def seed_beside(subject: Any, number: int) -> None:
    """Seed Python, NumPy and Keras where the object lives."""
    import keras

    keras.utils.set_random_seed(number)


def kind_of(value: Any) -> str:
    """The kind of a value, in words for a message: "`None`", "`...`", "a `list`"."""
    if value is None:
        return "`None`"
    if value is ...:
        return "`...`"
    return f"a `{type_name(value)}`"


def members(value: Any) -> list | None:
    """The members of a tuple or list, even if a subclass redefines its length or order; None for anything else."""
    for kind in (tuple, list):
        if issubclass(type(value), kind):
            return list(kind.__iter__(value))
    return None


@remote_call
def is_a_model(subject: Any) -> bool:
    """Whether the object is a keras.Model, by its real class."""
    import keras

    return issubclass(type(subject), keras.Model)


@remote_call
def is_a_layer(subject: Any) -> bool:
    """Whether the object is a Keras layer (a model is one, too), by its real class."""
    import keras

    return issubclass(type(subject), keras.layers.Layer)


@remote_call
def signature(model: Any) -> dict[str, Any] | None:
    """The model's inputs and outputs; None for a model that doesn't define them (subclassed, or not yet built).

    `{"inputs": side, "outputs": side}`, each side `{"kind": "single" | "list" | "dict", "names": […],
    "shapes": [(None, 5), …], "dtypes": ["float32", …]}`. For a dict the names are its keys, otherwise those of the
    inputs and of the output layers.
    """
    import keras

    if issubclass(type(model), keras.Sequential):
        names = [layer.name for layer in model.layers[-1:]]
        if not model.built or not names:
            return None
        return {"inputs": _side(model.inputs, None), "outputs": _side(model.outputs, names)}
    names, ends = getattr(model, "output_names", None), (getattr(model, "input", None), getattr(model, "output", None))
    if not isinstance(names, list) or not all(isinstance(t, keras.KerasTensor) for end in ends for t in _parts(end)):
        return None
    return {"inputs": _side(ends[0], None), "outputs": _side(ends[1], [str(name) for name in names])}


def _parts(tensors: Any) -> list[Any]:
    """The members of a graph's inputs or outputs; a list within a list stays one member, which is not a tensor."""
    if isinstance(tensors, dict):
        return list(tensors.values())
    return list(tensors) if isinstance(tensors, list | tuple) else [tensors]


def _side(tensors: Any, names: list[str] | None) -> dict[str, Any]:
    kind = "dict" if isinstance(tensors, dict) else "list" if isinstance(tensors, list | tuple) else "single"
    if kind == "dict":
        names = [str(key) for key in tensors]
    flat = _parts(tensors)
    if kind == "list" and len(flat) == 1:
        kind = "single"
    return {
        "kind": kind,
        "names": names or [tensor.name for tensor in flat],
        "shapes": [tuple(tensor.shape) for tensor in flat],
        "dtypes": [str(tensor.dtype) for tensor in flat],
    }


@remote_call
def configuration(subject: Any) -> dict | None:
    """The result of `get_config` as plain data (objects in it by the name of their class); None if there is none."""
    try:
        found = subject.get_config()
    except NotImplementedError:
        return None
    return plain(found) if isinstance(found, dict) else None


@remote_call
def outputs(model: Any, x: Arrays, training: bool = False) -> Arrays:
    """The outputs of the model (or layer) for `x`, at inference by default. bfloat16 becomes float32."""
    return as_arrays(forward(model, x, training))


def forward(model: Any, x: Arrays, training: bool) -> Any:
    """Call the model, without `training` if it doesn't accept that. Raises StudentError if it doesn't accept `x`."""
    try:
        return model(x, training=training)
    except TypeError as error:
        if error.__traceback__.tb_next is not None:
            raise  # from inside the call
    try:
        return model(x)
    except TypeError as error:
        if error.__traceback__.tb_next is not None:
            raise
        raise StudentError(message(error), [], "Write the computation in the method `call(self, inputs)`.") from None


def as_arrays(value: Any) -> Arrays:
    """`value` as an array, or a list or dict (keys as text) of arrays. Raises NotNumbers if a part isn't numbers."""
    if isinstance(value, dict):
        return {str(key): as_arrays(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_arrays(item) for item in value]
    return array(value)


def own(layer: Any, name: str) -> list:
    """Keras's own `weights`, `trainable_weights`, `variables` or `losses` of a live layer, even if a subclass redefines
    them. For use inside remote calls."""
    if name == "trainable_weights":
        return [weight for weight in own(layer, "weights") if weight.trainable] if layer.trainable else []
    return layer_property(layer, name)


@remote_call
def weights(layer: Any) -> list[dict[str, Any]]:
    """All weights in Keras's order: `{"name", "path", "array", "trainable"}` each.

    `trainable` says whether training may update the weight: it is also False for a weight in a frozen layer.
    """
    moving = {id(weight) for weight in own(layer, "trainable_weights")}
    return [
        {"name": str(w.name), "path": str(w.path), "array": array(w), "trainable": id(w) in moving}
        for w in own(layer, "weights")
    ]


@remote_call
def assign(layer: Any, arrays: Sequence[np.ndarray]) -> None:
    """Set all weights, in the order of `weights`."""
    _set_all(own(layer, "weights"), arrays)


def _set_all(variables: Sequence[Any], arrays: Sequence[np.ndarray]) -> None:
    """Set the variables, if there are arrays. Raises StudentError if their number or shapes changed, which happens when
    `call` creates new weights."""
    if not arrays:
        return
    shapes = [tuple(v.shape) for v in variables], [np.shape(a) for a in arrays]
    if shapes[0] != shapes[1]:
        raise StudentError(
            f"the model had {len(shapes[1])} weights and now has {len(shapes[0])}, or their shapes changed",
            [],
            "Create layers and weights in `__init__` or `build`: `call` runs for every batch.",
        )
    for variable, value in zip(variables, arrays, strict=True):
        variable.assign(value)


@remote_call
def redraw(layer: Any, seed: int, scale: float = 0.7) -> None:
    """Overwrite all trainable weights with draws from N(0, scale²/fan_in) and biases from N(0, scale²).

    A property of the layer itself holds for all weights, not only for those of one initialization.
    """
    rng = np.random.default_rng(seed)
    for weight in own(layer, "trainable_weights"):
        fan_in = weight.shape[-2] if len(weight.shape) > 1 else 1
        weight.assign(rng.normal(0.0, scale / np.sqrt(fan_in), tuple(weight.shape)).astype("float32"))


@remote_call
def state(model: Any) -> dict[str, list[np.ndarray]]:
    """Everything that training and calling change: weights, seeds, and the optimizer's variables. For `restore`."""
    optimizer = optimizer_of(model)
    if optimizer is not None and not optimizer.built and model.built and own(model, "weights"):
        optimizer.build(own(model, "trainable_weights"))  # as in `fit`; otherwise there is no state to restore
    kept = {"variables": own(model, "variables"), "optimizer": optimizer.variables if optimizer is not None else []}
    return {name: [np.asarray(v.numpy()) if _is_text(v) else array(v) for v in vs] for name, vs in kept.items()}


@remote_call
def restore(model: Any, saved: dict[str, list[np.ndarray]]) -> None:
    """Restore the state that `state` returned."""
    _set_all(own(model, "variables"), saved["variables"])
    optimizer = optimizer_of(model)
    if optimizer is not None:
        _set_all(optimizer.variables, saved["optimizer"])


def _is_text(variable: Any) -> bool:
    return str(variable.dtype) == "string"


@remote_call
def outputs_redrawn(model: Any, draws: Sequence[tuple[int, float, Arrays]]) -> list[Arrays]:
    """The outputs at inference for each (seed, scale, x) of `draws`, with weights from `redraw`.

    The weights are restored afterwards.
    """
    found = []
    outputs(model, draws[0][2])  # a model that was never called has no weights to restore
    with restored_weights(model):
        for seed, scale, x in draws:
            redraw(model, seed, scale)
            found.append(outputs(model, x))
    return found


@contextmanager
def restored_weights(model: Any) -> Iterator[None]:
    """Restore the model's weights, its seeds and its optimizer's state after the block, even after an exception."""
    saved = state(model)
    try:
        yield
    finally:
        restore(model, saved)


def optimizer_of(model: Any) -> Any:
    import keras

    found = getattr(model, "optimizer", None)
    return found if isinstance(found, keras.optimizers.Optimizer) else None


def plain(value: Any) -> Any:
    """`value` as plain data: arrays stay, other sequences become lists, and any other object its class's name."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray | np.generic):
        return np.asarray(value) if np.ndim(value) else value.item()
    return type(value).__name__


@remote_call
def numbers_in(values: Any) -> np.ndarray:
    """The numbers of an array, a list or a tensor as a vector, which is empty if it isn't made of numbers."""
    try:
        return guarded.array(values).ravel().astype("float64")
    except guarded.NotNumbers:
        return np.array(())


@remote_call
def curves(history: Any) -> dict[str, list[float]] | None:
    """The curves of a History (or its dict) by name; curves that aren't lists of numbers are left out.

    None if there is no dict. Read with the methods of dict and list themselves, as a subclass may redefine them.
    """
    recorded = getattr(history, "history", history)
    if not isinstance(recorded, dict):
        return None
    found = {str(name): _curve(values) for name, values in dict.items(recorded)}
    return {name: values for name, values in found.items() if values is not None}


def _curve(values: Any) -> list[float] | None:
    entries = members(values)
    if entries is None and isinstance(values, np.ndarray) and values.ndim:
        entries = list(np.asarray(values))
    try:
        numbers = None if entries is None else [guarded.array(entry) for entry in entries]
    except TypeError:
        return None
    return [float(n) for n in numbers] if numbers is not None and all(n.ndim == 0 for n in numbers) else None
