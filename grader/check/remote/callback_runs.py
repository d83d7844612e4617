"""Remote calls that run callbacks with made-up logs: all events of a training run in milliseconds, without `fit`."""

from __future__ import annotations

import inspect
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from grader.check.core import arrays, guarded
from grader.check.core.register import export
from grader.check.core.remote_calls import remote_call
from grader.verdict import StudentError

Logs = Sequence[dict[str, float] | None]
"""The logs at the end of each epoch; None if the callback is called without logs."""

EVENTS = ("train_begin", "epoch_begin", "train_batch_begin", "train_batch_end", "epoch_end", "train_end")


@export
def logs(**curves: Sequence[float]) -> list[dict[str, float]]:
    """The logs of each epoch from curves by name: `logs(loss=[3, 2], val_loss=[3, 4])`."""
    return [dict(zip(curves, map(float, values), strict=True)) for values in zip(*curves.values(), strict=True)]


@remote_call
def driven(
    callback: Any,
    epochs: list,
    batches: list[list],
    learning_rate: float,
    folder: str | None = None,
    arguments: Sequence[Any] = (),
    interrupted: bool = False,
    attributes: Sequence[str] = (),
    fits: int = 1,
) -> dict[str, Any]:
    """The record that `drive` returns, as a dict. With several `fits`, the callback goes through that many training
    runs, each with a model of its own; the record is of the last one."""
    found = _callbacks(callback, arguments)
    for _ in range(fits):
        record = _training(found, epochs, batches, learning_rate, interrupted)
    events = {} if folder is None else _events(folder)
    return record | {
        "files": {} if folder is None else {name: _held(os.path.join(folder, name)) for name in _names(folder)},
        "events": {tag: [number for _, number in values] for tag, values in events.items()},
        "steps": {tag: [step for step, _ in values] for tag, values in events.items()},
        "held": {name: guarded.as_plain_data(_attribute(found, name)) for name in attributes},
    }


def _attribute(found: list[Any], name: str) -> Any:
    """The attribute of the first callback that has it; None if none does."""
    return next((getattr(c, name) for c in found if getattr(c, name, None) is not None), None)


def _training(found: list[Any], epochs: list, batches: list[list], learning_rate: float, interrupted: bool) -> dict:
    """Send the events of one training run; return the record of its effects."""
    import keras

    model = _tiny_model(learning_rate, _metrics(epochs))
    optimizer = model.optimizer
    parts = [_Part(c) for c in found]

    def every(event: str, *given: Any) -> None:
        for part in parts:
            part.send(event, *given)

    for part in parts:
        part.attach(model, {"epochs": len(epochs), "steps": len(batches[0]) if batches else 0, "verbose": 0})
    begun, stopped, rates = 0, None, []
    model.stop_training = False
    every("train_begin", {})
    for epoch, log in enumerate(epochs):
        begun += 1
        rates.append([])
        every("epoch_begin", epoch, _copy(log and {}))
        for batch, inner in enumerate(batches[epoch]):
            every("train_batch_begin", batch, _copy(inner and {}))
            rates[-1].append(_rate(optimizer))
            _mark(model, epoch)
            every("train_batch_end", batch, _copy(inner))
            if model.stop_training:
                stopped = stopped or [epoch, batch]
                break
        every("epoch_end", epoch, _copy(log))
        if model.stop_training:
            stopped = stopped or [epoch, -1]
            break
    if not interrupted:
        every("train_end", _copy(log if epochs else None))
    return {
        "epochs": begun,
        "stopped": stopped,
        "weights": _marked(keras.Model.get_weights(model)),
        "rates": rates,
        "rate": _rate(optimizer),
    }


def _rate(optimizer: Any) -> float:
    return float(np.mean(guarded.array(optimizer.learning_rate)))


class _Part:
    """One callback, called in the same way as by Keras."""

    def __init__(self, callback: Any):
        self.callback = callback

    def attach(self, model: Any, params: dict[str, Any]) -> None:
        for name, value in (("set_params", params), ("set_model", model)):
            method = getattr(self.callback, name, None)
            if method is not None:
                guarded.attempt(method, value)

    def send(self, event: str, *given: Any) -> None:
        method = getattr(self.callback, f"on_{event}", None)
        if method is not None:
            guarded.attempt(method, *given)


def _is_callback(subject: Any) -> bool:
    return not isinstance(subject, type) and any(hasattr(subject, f"on_{event}") for event in EVENTS)


def _callbacks(subject: Any, arguments: Sequence[Any]) -> list[Any]:
    """The callback itself, or the callbacks that a student's class or function returns."""
    if not _is_callback(subject) and callable(subject):
        subject = guarded.attempt(subject, *arguments)
    found = list(subject) if isinstance(subject, list | tuple) else [subject]
    if not all(map(_is_callback, found)):
        raise StudentError(f"expected a callback, got {_kinds(found)}", [])
    return found


def _kinds(found: list[Any]) -> str:
    return ", ".join(f"a `{type(c).__name__}`" for c in found)


def _tiny_model(learning_rate: float, metrics: Sequence[str] = ()) -> Any:
    """A model with two inputs and one output, compiled with these metrics: some callbacks use a metric to find out
    whether higher is better."""
    import keras

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(learning_rate), "mse", metrics=list(metrics))
    model.optimizer.build(model.trainable_variables)
    if metrics:
        row = keras.ops.ones((1, 1))
        model.compute_metrics(x=None, y=row, y_pred=row, sample_weight=None)  # Keras creates metrics on first use
        model.reset_metrics()
    model.set_weights([np.full((2, 1), BLANK, "float32"), np.full(1, BLANK, "float32")])
    return model


def _metrics(logs: Sequence[dict | None]) -> list[str]:
    """The names in the logs that are metrics of Keras."""
    names = dict.fromkeys(name.removeprefix("val_") for log in logs if log for name in log)
    return [name for name in names if name in ("accuracy", "acc") or _is_metric(name)]


def _is_metric(name: str) -> bool:
    import keras

    try:
        return callable(keras.metrics.get(name))
    except ValueError:
        return False


BLANK = -1.0
"""The value of the tiny model's weights before the first epoch."""


def _mark(model: Any, epoch: int) -> None:
    """Set the weights to the number of the epoch, in place, as a real training run updates them."""
    for weight in model.weights:
        weight.assign(np.full(weight.shape, float(epoch), "float32"))


def _marked(weights: list[np.ndarray]) -> float | None:
    """The epoch to which these weights belong; None for any others."""
    values = np.unique(np.concatenate([np.asarray(w).ravel() for w in weights])) if weights else np.array(())
    return float(values[0]) if len(values) == 1 else None


def _copy(log: dict | None) -> dict | None:
    """A copy for the callback: some callbacks write into their logs, including Keras's own."""
    return None if log is None else dict(log)


def _names(folder: str) -> list[str]:
    if not os.path.isdir(folder):
        return []
    return sorted(os.path.relpath(os.path.join(at, name), folder) for at, _, names in os.walk(folder) for name in names)


def _held(path: str) -> float | None:
    """The epoch of the weights in a `.keras` or `.weights.h5` file; None for any other file."""
    import keras

    try:
        if path.endswith(".weights.h5"):
            model = _tiny_model(0.1)
            model.load_weights(path)
        else:
            model = keras.saving.load_model(path)
        return _marked(model.get_weights())
    except Exception:  # the file isn't a model, or Keras can't read it
        return None


def event_values(folder: str) -> dict[str, list[float]]:
    """The numbers in TensorBoard's event files under a folder, by tag, in the order of their steps."""
    return {tag: [number for _, number in values] for tag, values in _events(folder).items()}


def _events(folder: str) -> dict[str, list[tuple[int, float]]]:
    """The step and number of every entry, by tag, in the order of the steps."""
    import tensorflow as tf

    found: dict[str, list[tuple[int, float]]] = {}
    for name in _names(folder):
        if ".tfevents." not in os.path.basename(name):
            continue
        for record in tf.data.TFRecordDataset(os.path.join(folder, name)):
            event = tf.compat.v1.Event.FromString(record.numpy())
            for value in event.summary.value:
                number = _number(value)
                if number is not None:
                    found.setdefault(value.tag, []).append((int(event.step), number))
    return {tag: sorted(values) for tag, values in found.items()}


def _number(value: Any) -> float | None:
    """The scalar in an event's value: a tensor in current summaries, a simple value in older ones."""
    import tensorflow as tf

    if value.HasField("simple_value"):
        return float(value.simple_value)
    array = tf.make_ndarray(value.tensor) if value.HasField("tensor") else np.array(())
    return float(array) if array.dtype.kind in "fiu" and array.size == 1 else None


@remote_call
def callback_kinds(subject: Any, arguments: Sequence[Any] = ()) -> dict[str, list]:
    """The kinds of the objects returned, in words, and whether each is a callback."""
    if not _is_callback(subject) and callable(subject):
        subject = guarded.attempt(subject, *arguments)
    found = list(subject) if isinstance(subject, list | tuple) else [subject]
    names = ["`None`" if c is None else f"a `{type(c).__name__}`" for c in found]
    return {
        "kinds": ["a `type`" if isinstance(c, type) else name for c, name in zip(found, names, strict=True)],
        "answers": [_is_callback(c) for c in found],
    }


@remote_call
def rates_of(
    subject: Any, steps: int, per: str, learning_rate: float, arguments: Sequence[Any] = (), fits: int = 1
) -> list[float]:
    """The learning rate at each step: from a schedule, from a function of the step, or set by a callback.

    An epoch for a callback has two batches; if their rates differ, the second one counts.
    """
    import keras

    schedule = keras.optimizers.schedules.LearningRateSchedule
    makes = bool(arguments) or inspect.isclass(subject) or _takes_none(subject)
    if makes and not isinstance(subject, schedule) and not _is_callback(subject):
        subject = guarded.attempt(subject, *arguments)
    if _is_callback(subject) or isinstance(subject, list | tuple):
        epochs, batches = (steps, 2) if per == "epoch" else (1, steps)
        log = {"loss": 1.0}
        seen = driven(subject, [log] * epochs, [[log] * batches] * epochs, learning_rate, fits=fits)["rates"]
        return [rates[-1] for rates in seen] if per == "epoch" else [rate for rates in seen for rate in rates]
    rates, rate = [], learning_rate
    takes_rate = not isinstance(subject, schedule) and _takes_two(subject)
    for step in range(steps):
        rate = float(np.mean(guarded.array(guarded.attempt(subject, *((step, rate) if takes_rate else (step,))))))
        rates.append(rate)
    return rates


def _takes_none(function: Any) -> bool:
    """Whether a function has no parameters."""
    try:
        return not inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False


def _takes_two(function: Any) -> bool:
    """Whether a function takes the epoch and the current rate, the arguments from `LearningRateScheduler`."""
    try:
        inspect.signature(function).bind(0, 0.1)
        return True
    except (TypeError, ValueError):
        return False


@remote_call
def trained_beside(callback: Any, arguments: Sequence[Any], seeds: Sequence[int]) -> dict[str, Any]:
    """A small training run with BatchNormalization and dropout, and with the callback, if any: `{"weights", "epochs"}`.
    All its random numbers come from the three seeds."""
    import keras

    found = [] if callback is None else _callbacks(callback, arguments)
    rng = np.random.default_rng(seeds[0])
    x, y = rng.normal(0, 1, (16, 2)).astype("float32"), rng.normal(0, 1, (16, 1)).astype("float32")
    first, last = (keras.initializers.GlorotUniform(seed) for seed in seeds[1:])
    hidden = [keras.layers.BatchNormalization(), keras.layers.Dropout(0.5, seed=seeds[0])]
    model = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(4, kernel_initializer=first), *hidden]
        + [keras.layers.Dense(1, kernel_initializer=last)]
    )
    model.compile(keras.optimizers.Adam(0.01), "mse")
    model.optimizer.build(model.trainable_variables)
    parts = [_Part(c) for c in found]
    for part in parts:
        part.attach(model, {"epochs": 2, "steps": 2, "verbose": 0})
    epochs = _train_along(model, [(x[:8], y[:8]), (x[8:], y[8:])], 2, parts)
    return {"weights": [guarded.array(w) for w in model.weights], "epochs": epochs}


def _train_along(model: Any, batches: Sequence[tuple], epochs: int, parts: Sequence[_Part]) -> int:
    """Train in the same way as an eager `fit`, with callbacks; return the number of epochs."""

    def every(event: str, *given: Any) -> None:
        for part in parts:
            part.send(event, *given)

    model.stop_training = False
    every("train_begin", {})
    for epoch in range(epochs):
        every("epoch_begin", epoch, {})
        for number, (x, y) in enumerate(batches):
            every("train_batch_begin", number, {})
            logs = model.train_step((arrays.tensors(x), arrays.tensors(y)))
            loss = float(guarded.array(logs["loss"]))
            every("train_batch_end", number, {"loss": loss})
        every("epoch_end", epoch, {"loss": loss, "val_loss": loss})
        if model.stop_training:
            break
    every("train_end", {"loss": loss, "val_loss": loss})
    return epoch + 1
