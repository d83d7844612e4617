"""The spy on `fit`: records its arguments while the student's code runs."""

from __future__ import annotations

import inspect
import math
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from functools import wraps
from types import GeneratorType
from typing import Any

import numpy as np

from grader.check.core.guarded import attempt
from grader.check.core.remote_calls import remote_call
from grader.compat.keras import model_methods_replaced
from grader.verdict import StudentError

ROWS, BATCHES = 20_000, 2_000
"""Limits on what is recorded of data that come in batches: a data set that repeats never ends."""


@dataclass(frozen=True)
class Fit:
    """One call of `fit`.

    The model; the number of epochs requested; the rows of the training and validation data, (N, numbers in a row)
    float32, or None if they are unknown; the learning rate at the start; whether there was validation data; and the
    losses from `fit`, one for each epoch.
    """

    model: Any
    epochs: int
    rows: np.ndarray | None
    validation: np.ndarray | None
    learning_rate: float | None
    validated: bool = True
    losses: tuple[float, ...] | None = None


@contextmanager
def fits() -> Iterator[list[Fit]]:
    """A list to which each call of `keras.Model.fit` inside the block is added."""
    seen: list[Fit] = []
    keras = sys.modules.get("keras")
    if keras is None:
        yield seen
        return
    original = keras.Model.fit

    @wraps(original)
    def fit(self, *args, **kwargs):
        try:
            bound = inspect.signature(original).bind(self, *args, **kwargs)
        except TypeError:
            return original(self, *args, **kwargs)  # raises Keras's own error
        bound.apply_defaults()
        return _watched(original, self, bound.arguments, seen)

    with model_methods_replaced(fit=fit):
        yield seen


@remote_call
def spied(function: Any, /, *args: Any, **kwargs: Any) -> dict[str, Any]:
    """The value that the function `returned`, and its calls of `fit`, each as a dict."""
    with fits() as seen:
        returned = attempt(function, *args, **kwargs)
    return {"returned": returned, "fits": [vars(fit) for fit in seen]}


def beside(function: Any, /, *args: Any, **kwargs: Any) -> tuple[Any, list[Fit]]:
    """The value that a function in another process returns, and its calls of `fit` there."""
    found = spied(function, *args, **kwargs)
    sent = found.get("fits")
    if "returned" not in found or type(sent) is not list or not all(map(_is_valid, sent)):
        raise StudentError("the calls of `fit` in your notebook can't be read", [])
    return found["returned"], [Fit(**fit) for fit in sent]


def _is_valid(fit: Any) -> bool:
    """Whether this is valid data for a `Fit`: the student's process may have sent anything."""
    kinds = {"epochs": int, "validated": bool}
    if type(fit) is not dict or set(fit) != {part.name for part in fields(Fit)}:
        return False
    rows, losses = (fit["rows"], fit["validation"]), fit["losses"]
    return (
        all(type(fit[name]) is kind for name, kind in kinds.items())
        and all(part is None or (type(part) is np.ndarray and part.ndim == 2) for part in rows)
        and all(part is None or part.dtype == "float32" for part in rows)
        and (fit["learning_rate"] is None or type(fit["learning_rate"]) is float)
        and (losses is None or (type(losses) is tuple and all(type(loss) is float for loss in losses)))
    )


def _watched(original: Any, model: Any, given: dict[str, Any], seen: list[Fit]) -> Any:
    """Call `fit`, and record its arguments even if it raises an error."""
    given = dict(given)
    rows, given["x"] = watch(given["x"])
    validation, given["validation_data"] = watch_validation(given["validation_data"])
    rate = _learning_rate(model)
    losses = None
    del given["self"]
    try:
        history = original(model, **given)
        losses = tuple(float(loss) for loss in history.history.get("loss", ()))
        return history
    finally:
        noted = Fit(
            model,
            _epochs(given),
            rows.read(),
            validation.read(),
            rate,
            given["validation_data"] is not None or bool(given["validation_split"]),
            losses,
        )
        seen.append(_split(noted, given["validation_split"]))


def _split(fit: Fit, share: float) -> Fit:
    """The call with its rows split by `validation_split`: Keras takes the last rows, before it shuffles. Explicit
    validation data take precedence."""
    if not share or fit.validation is not None or fit.rows is None:
        return fit
    rows, validation = np.split(fit.rows, [math.floor(len(fit.rows) * (1 - share))])
    return replace(fit, rows=rows, validation=validation)


def _epochs(given: dict[str, Any]) -> int:
    try:
        return int(given["epochs"]) - int(given["initial_epoch"])
    except (TypeError, ValueError):
        return 0  # `fit` has raised an error about them


class _Data:
    """Rows that were given to `fit`: those of an array before it runs, those of batches as `fit` takes them."""

    def __init__(self):
        self._parts: list[np.ndarray] = []
        self._size = 0
        self._known = True

    def note(self, inputs: Any) -> None:
        """Record a batch of inputs, up to the limits."""
        if not self._known or self._size >= ROWS or len(self._parts) >= BATCHES:
            return
        try:
            self._parts.append(flat(inputs))
            self._size += len(self._parts[-1])
        except Exception:  # if something is wrong with the student's data, `fit` itself reports it
            self._known = False

    def read(self) -> np.ndarray | None:
        if not self._known or len({part.shape[1] for part in self._parts}) != 1:
            return None
        return np.concatenate(self._parts)


def watch(x: Any) -> tuple[_Data, Any]:
    """The rows of `x`, and its replacement in the call: `x` itself if it can be read more than once, or else an object
    that records each batch and passes it on. Reading the data must not use up the batches meant for `fit`."""
    import keras

    data = _Data()
    if issubclass(type(x), GeneratorType):
        return data, _noting(x, data)
    if isinstance(x, keras.utils.PyDataset):
        _read_by_index(x, data)
    elif hasattr(x, "element_spec"):
        return data, _noting_dataset(x, data)
    elif hasattr(x, "shape") or isinstance(x, dict | list | tuple):
        data.note(x)
    return data, x


def watch_validation(given: Any) -> tuple[_Data, Any]:
    if isinstance(given, tuple | list) and given:
        return watch(given[0])[0], given
    return watch(given)


def _noting(batches: Iterable, data: _Data) -> Iterator:
    for batch in batches:
        data.note(_inputs(batch))
        yield batch


def _noting_dataset(dataset: Any, data: _Data) -> Any:
    """A tf.data.Dataset of the same elements that records them; the dataset itself if they aren't plain tensors."""
    import tensorflow as tf

    if not all(isinstance(spec, tf.TensorSpec) for spec in tf.nest.flatten(dataset.element_spec)):
        return dataset

    def note(*tensors: Any) -> None:
        data.note([tensor.numpy() for tensor in tensors])

    def passed_on(*parts: Any) -> Any:
        noted = tf.py_function(note, tf.nest.flatten(parts[0]), [])
        with tf.control_dependencies([noted]):
            parts = tf.nest.map_structure(tf.identity, parts)
        return parts if isinstance(dataset.element_spec, tuple) else parts[0]

    return dataset.map(passed_on)


def _read_by_index(dataset: Any, data: _Data) -> None:
    """Record a PyDataset up to its own number of batches: iterating over it may never end."""
    try:
        for place in range(min(int(dataset.num_batches or BATCHES), BATCHES)):
            data.note(_inputs(dataset[place]))
    except Exception:  # `fit` will raise the same error, and the student should see that one
        return


def _inputs(batch: Any) -> Any:
    return batch[0] if isinstance(batch, tuple) else batch


def flat(inputs: Any) -> np.ndarray:
    """A batch as (N, numbers in a row) float32, with its inputs side by side. Raises TypeError or ValueError if it
    isn't made of numbers."""
    if isinstance(inputs, dict):
        inputs = [inputs[name] for name in sorted(inputs)]
    if isinstance(inputs, list | tuple) and any(hasattr(part, "shape") for part in inputs):
        return np.concatenate([flat(part) for part in inputs], axis=1)
    rows = np.asarray(inputs)
    if rows.ndim == 0:
        raise ValueError("a single number has no rows")
    return rows.reshape(len(rows), -1).astype("float32")


def _learning_rate(model: Any) -> float | None:
    try:
        return float(np.asarray(model.optimizer.learning_rate))
    except (AttributeError, TypeError, ValueError):
        return None


def shared(some: Any, others: Any) -> int:
    """The number of different rows that `some` and `others` have in common; 0 if either is unknown.

    Each is None or an input for `fit`: an array, or a list or dict of arrays.
    """
    if some is None or others is None:
        return 0
    return len(_different(some) & _different(others))


def _different(rows: Any) -> set[bytes]:
    return {row.tobytes() for row in flat(rows) + np.float32(0)}  # -0 becomes 0
