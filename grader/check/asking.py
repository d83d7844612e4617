"""Verbs about models and layers that the oracles share: calling, weights, gradients, losses, a few steps of training.

Each takes a live object or a `Handle` and deals in plain data (`grader.check.verb`). `Arrays` is one array,
or a list or dict of arrays, as the model takes or returns them. A model that was never called has no weights yet:
call it once (`outputs`) before asking for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from grader.check import arrays
from grader.check.arrays import Arrays
from grader.check.probe import array, message
from grader.check.verb import verb
from grader.compat.keras import layer_property
from grader.verdict import StudentError

# ---- what it is


@verb
def type_name(subject: Any) -> str:
    """The name of the object's class, for messages only."""
    return type(subject).__name__


@verb
def seed_beside(subject: Any, number: int) -> None:
    """Seed Python, NumPy and Keras where the object lives."""
    import keras

    keras.utils.set_random_seed(number)


def kind_of(value: Any) -> str:
    """What a value is, in words for a message: "`None`", "`...`", "a `list`"."""
    if value is None:
        return "`None`"
    if value is ...:
        return "`...`"
    return f"a `{type_name(value)}`"


def members(value: Any) -> list | None:
    """The members of a tuple or list, whatever a subclass makes of its length and order; None for anything else."""
    for kind in (tuple, list):
        if issubclass(type(value), kind):
            return list(kind.__iter__(value))
    return None


@verb
def is_a_model(subject: Any) -> bool:
    """Whether the object is a keras.Model, by its real class."""
    import keras

    return issubclass(type(subject), keras.Model)


@verb
def is_a_layer(subject: Any) -> bool:
    """Whether the object is a keras Layer (a model is one), by its real class."""
    import keras

    return issubclass(type(subject), keras.layers.Layer)


@verb
def signature(model: Any) -> dict[str, Any] | None:
    """What the model says of its inputs and outputs; None for one that doesn't know (subclassed, or not yet built).

    `{"inputs": side, "outputs": side}`, each side `{"kind": "single" | "list" | "dict", "names": […],
    "shapes": [(None, 5), …], "dtypes": ["float32", …]}`. In a dict the names are its keys, elsewhere those of the
    inputs and of the layers that end the graph.
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
    """What stands at an end of a graph; a list within a list stays one part, which is no tensor."""
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


@verb
def configuration(subject: Any) -> dict | None:
    """What `get_config` returns, as plain data (objects in it by their class's name); None where it has none."""
    try:
        found = subject.get_config()
    except NotImplementedError:
        return None
    return plain(found) if isinstance(found, dict) else None


# ---- calling it


@verb
def outputs(model: Any, x: Arrays, training: bool = False) -> Arrays:
    """What the model (or layer) returns for `x`, at inference unless told otherwise. bfloat16 comes as float32."""
    return as_arrays(forward(model, x, training))


def forward(model: Any, x: Arrays, training: bool) -> Any:
    """A `__call__` of the student's own may know no `training`, or not even `x`."""
    try:
        return model(x, training=training)
    except TypeError as error:
        if error.__traceback__.tb_next is not None:
            raise  # from within the call
    try:
        return model(x)
    except TypeError as error:
        if error.__traceback__.tb_next is not None:
            raise
        raise StudentError(message(error), [], "A layer or model computes in `call(self, inputs)`.") from None


def as_arrays(value: Any) -> Arrays:
    """`value` as an array, or a list or dict (keys as text) of them. Raises NotNumbers where something is no number."""
    if isinstance(value, dict):
        return {str(key): as_arrays(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_arrays(item) for item in value]
    return array(value)


# ---- weights


def own(layer: Any, name: str) -> list:
    """Keras' own `weights`, `trainable_weights`, `variables` or `losses` of a live layer, whatever a subclass puts
    in their place. For use within verbs."""
    if name == "trainable_weights":
        return [weight for weight in own(layer, "weights") if weight.trainable] if layer.trainable else []
    return layer_property(layer, name)


@verb
def weights(layer: Any) -> list[dict[str, Any]]:
    """All weights in Keras' order: `{"name", "path", "array", "trainable"}` each.

    `trainable` is whether training may move it: False as well for a weight in a frozen layer.
    """
    moving = {id(weight) for weight in own(layer, "trainable_weights")}
    return [
        {"name": str(w.name), "path": str(w.path), "array": array(w), "trainable": id(w) in moving}
        for w in own(layer, "weights")
    ]


@verb
def assign(layer: Any, arrays: Sequence[np.ndarray]) -> None:
    """Set all weights, in the order of `weights`."""
    _set_all(own(layer, "weights"), arrays)


def _set_all(variables: Sequence[Any], arrays: Sequence[np.ndarray]) -> None:
    """Raises StudentError where number or shapes changed: that happens when `call` makes new weights. Without
    arrays there was nothing yet, and nothing is set."""
    if not arrays:
        return
    shapes = [tuple(v.shape) for v in variables], [np.shape(a) for a in arrays]
    if shapes[0] != shapes[1]:
        raise StudentError(
            f"the model had {len(shapes[1])} weights and has {len(shapes[0])} now, or they changed their shapes",
            [],
            "Make layers and weights in `__init__` or `build`: `call` runs for every batch.",
        )
    for variable, value in zip(variables, arrays, strict=True):
        variable.assign(value)


@verb
def redraw(layer: Any, seed: int, scale: float = 0.7) -> None:
    """Overwrite all trainable weights with draws from N(0, scale²/fan_in) and biases from N(0, scale²).

    What a layer *is* shows under any weights; what it happens to be after one initialisation doesn't.
    """
    rng = np.random.default_rng(seed)
    for weight in own(layer, "trainable_weights"):
        fan_in = weight.shape[-2] if len(weight.shape) > 1 else 1
        weight.assign(rng.normal(0.0, scale / np.sqrt(fan_in), tuple(weight.shape)).astype("float32"))


@verb
def state(model: Any) -> dict[str, list[np.ndarray]]:
    """All that training and calling change: weights, seeds, and the optimizer's variables. For `restore`."""
    optimizer = _optimizer(model)
    if optimizer is not None and not optimizer.built and model.built and own(model, "weights"):
        optimizer.build(own(model, "trainable_weights"))  # as `fit` would; without it there is nothing to go back to
    kept = {"variables": own(model, "variables"), "optimizer": optimizer.variables if optimizer is not None else []}
    return {name: [np.asarray(v.numpy()) if _is_text(v) else array(v) for v in vs] for name, vs in kept.items()}


@verb
def restore(model: Any, saved: dict[str, list[np.ndarray]]) -> None:
    """Put back what `state` returned."""
    _set_all(own(model, "variables"), saved["variables"])
    optimizer = _optimizer(model)
    if optimizer is not None:
        _set_all(optimizer.variables, saved["optimizer"])


def _is_text(variable: Any) -> bool:
    return str(variable.dtype) == "string"


@verb
def outputs_redrawn(model: Any, draws: Sequence[tuple[int, float, Arrays]]) -> list[Arrays]:
    """The outputs at inference for each (seed, scale, x) of `draws`, under weights that `redraw` made for it.

    The weights are then put back as they were.
    """
    found = []
    outputs(model, draws[0][2])  # a model that was never called has no weights to go back to
    with restored_weights(model):
        for seed, scale, x in draws:
            redraw(model, seed, scale)
            found.append(outputs(model, x))
    return found


@contextmanager
def restored_weights(model: Any) -> Iterator[None]:
    """Put the model's weights, its seeds and its optimizer's state back as they were, whatever happens inside."""
    saved = state(model)
    try:
        yield
    finally:
        restore(model, saved)


# ---- loss and gradients


@verb
def loss_of(
    model: Any, x: Arrays, y: Arrays, predicted: Arrays | None = None, training: bool = False, penalties: bool = False
) -> float:
    """The compiled model's own loss for targets `y`: of its outputs for `x`, or of made-up predictions.

    Without `penalties`, less what regularisers and `add_loss` add to it.
    """
    y_pred = forward(model, x, training) if predicted is None else _tensors(predicted)
    total = float(array(model.compute_loss(x=_tensors(x), y=_tensors(y), y_pred=y_pred)))
    return total if penalties else total - sum(float(array(penalty)) for penalty in own(model, "losses"))


@verb
def gradients(
    model: Any, x: Arrays, y: Arrays, loss: str | None = None, training: bool = False
) -> list[np.ndarray | None]:
    """The gradient of the loss for each trainable weight, in the order of `weights`; None where none reaches it.

    `loss` is a Keras name, applied to each output and added up; None for the compiled loss with its penalties;
    "dot" for Σ outputs · y, with which `y` is any direction of the outputs' shape.
    """
    import tensorflow as tf

    if not own(model, "weights"):
        forward(model, x, False)
    moving = own(model, "trainable_weights")
    with tf.GradientTape() as tape:
        predicted = forward(model, x, training)
        value = _total(model, x, y, predicted, loss)
    found = tape.gradient(value, [weight.value for weight in moving])
    return [None if g is None else array(tf.convert_to_tensor(g)) for g in found]


def _total(model: Any, x: Arrays, y: Arrays, predicted: Any, loss: str | None) -> Any:
    import keras

    if loss is None:
        return model.compute_loss(x=_tensors(x), y=_tensors(y), y_pred=predicted)
    flat = keras.tree.flatten(predicted), keras.tree.flatten(_tensors(y))
    pairs = list(zip(*flat, strict=True))
    if loss == "dot":
        return sum(keras.ops.sum(p * keras.ops.cast(t, p.dtype)) for p, t in pairs)
    measure = keras.losses.get(loss)
    return sum(keras.ops.mean(measure(t, p)) for p, t in pairs)


def _tensors(data: Arrays) -> Any:
    import keras

    return keras.tree.map_structure(keras.ops.convert_to_tensor, data)


# ---- compiled models


def _optimizer(model: Any) -> Any:
    import keras

    found = getattr(model, "optimizer", None)
    return found if isinstance(found, keras.optimizers.Optimizer) else None


@verb
def compiled(model: Any) -> bool:
    """Whether the model has an optimizer, as `compile` gives it one. A `compiled` of the student's own is not asked."""
    return _optimizer(model) is not None


@verb
def optimizer_name(model: Any) -> str | None:
    """The class of the model's optimizer, for messages only; None where it has none."""
    optimizer = _optimizer(model)
    return None if optimizer is None else type(optimizer).__name__


@verb
def optimizer_steps(model: Any) -> int | None:
    """How many steps the model's optimizer has made; None where it has none."""
    optimizer = _optimizer(model)
    return None if optimizer is None else int(array(optimizer.iterations))


@verb
def learning_rate(model: Any) -> float | None:
    """The optimizer's learning rate now, a schedule's at the step it has reached; None where there is none."""
    optimizer = _optimizer(model)
    return None if optimizer is None else float(array(optimizer.learning_rate))


@verb
def counted(model: Any) -> bool:
    """Whether the model's own metrics hold anything: it was evaluated or trained since it was made or reset."""
    return any(bool(np.any(array(v))) for metric in model.metrics for v in metric.variables)


@verb
def scores(model: Any, x: Arrays, y: Arrays, batch_size: int | None = None) -> dict[str, float]:
    """What the compiled model scores on (x, y), by metric name, as `evaluate` finds it.

    Over several batches a metric of outputs of shape (N,) is the mean of the batches' means: `batch_size` says how
    many rows go into one, Keras' 32 without it.
    """
    import keras

    if not compiled(model):
        keras.Model.evaluate(model, x, y, verbose=0)  # which says so
    batches = arrays.batches(arrays.tensors(x), arrays.tensors(y), batch_size or 32)
    found: dict[str, Any] = {}
    # Without `evaluate` itself, which takes longer to begin than a few batches do. Twice where that makes metrics
    # known: before its first batch Keras doesn't know a metric object, and leaves in it what it counted elsewhere.
    for _ in range(2):
        known = _counters(model)
        model.reset_metrics()
        for batch in batches:
            found = model.test_step(batch)
        if _counters(model) == known:
            break
    return {str(name): float(array(value)) for name, value in found.items()}


def _counters(model: Any) -> int:
    """How many variables the metrics count with that the model knows of."""
    return sum(len(metric.variables) for metric in model.metrics)


# ---- losses


@verb
def loss_values(loss: Any, pairs: Sequence[tuple[Arrays, Arrays]], output: str | None = None) -> list[float]:
    """What `compile(loss=loss)` makes of each (targets, predictions): for a name, a function, a class or an object.

    `output` is the name of the model's output, for a loss that is given by name in a dict.
    """
    import keras

    stand_in = keras.Model()
    if isinstance(loss, dict):
        inputs = keras.Input((1,))
        stand_in = keras.Model(inputs, keras.layers.Dense(1, name=output)(inputs))
    stand_in.compile(loss=loss)
    return [float(array(stand_in.compute_loss(y=_tensors(y), y_pred=_tensors(predicted)))) for y, predicted in pairs]


# ---- plain data


def plain(value: Any) -> Any:
    """`value` as plain data: arrays stay, other sequences become lists, and what is no data its class's name."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray | np.generic):
        return np.asarray(value) if np.ndim(value) else value.item()
    return type(value).__name__
