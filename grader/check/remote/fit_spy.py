"""The spy on `fit`: what it was given, noted while the student's code runs."""

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
"""How much is noted of data that come in batches: a data set that repeats itself never ends."""


@dataclass(frozen=True)
class Fit:
    """One call of `fit`.

    The model; how many epochs it was to run; the rows trained and validated on, (N, numbers in a row) float32, None
    where they can't be told; the learning rate when training began; whether it was validated at all; and the
    losses that `fit` found, one for each epoch.
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
    """A list that grows by each call of `keras.Model.fit` inside the block."""
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
            return original(self, *args, **kwargs)  # which says what is wrong with the arguments
        bound.apply_defaults()
        return _watched(original, self, bound.arguments, seen)

    with model_methods_replaced(fit=fit):
        yield seen


@remote_call
def spied(function: Any, /, *args: Any, **kwargs: Any) -> dict[str, Any]:
    """What the function `returned`, and each of the `fits` meanwhile, as a dict."""
    with fits() as seen:
        returned = attempt(function, *args, **kwargs)
    return {"returned": returned, "fits": [vars(fit) for fit in seen]}


def beside(function: Any, /, *args: Any, **kwargs: Any) -> tuple[Any, list[Fit]]:
    """What a function in another process returns, and what is told there of `fit`."""
    found = spied(function, *args, **kwargs)
    told = found.get("fits")
    if "returned" not in found or type(told) is not list or not all(map(_is_told, told)):
        raise StudentError("what `fit` was given in your notebook can't be told", [])
    return found["returned"], [Fit(**fit) for fit in told]


def _is_told(fit: Any) -> bool:
    """Whether this is a `Fit` as data: whoever told it may have told anything."""
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
    """Call `fit`, and note what it was given even where it raises an error."""
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
    """With `validation_split` Keras takes the last rows, before it shuffles. Data given apart go before it."""
    if not share or fit.validation is not None or fit.rows is None:
        return fit
    rows, validation = np.split(fit.rows, [math.floor(len(fit.rows) * (1 - share))])
    return replace(fit, rows=rows, validation=validation)


def _epochs(given: dict[str, Any]) -> int:
    try:
        return int(given["epochs"]) - int(given["initial_epoch"])
    except (TypeError, ValueError):
        return 0  # `fit` has said what it thinks of them


class _Data:
    """Rows that were given to `fit`: an array's before it runs, of what comes in batches those that it takes."""

    def __init__(self):
        self._parts: list[np.ndarray] = []
        self._size = 0
        self._told = True

    def note(self, inputs: Any) -> None:
        """Note a batch of inputs, as long as there is room."""
        if not self._told or self._size >= ROWS or len(self._parts) >= BATCHES:
            return
        try:
            self._parts.append(flat(inputs))
            self._size += len(self._parts[-1])
        except Exception:  # whatever is odd about the student's data is not for the look to say
            self._told = False

    def read(self) -> np.ndarray | None:
        if not self._told or len({part.shape[1] for part in self._parts}) != 1:
            return None
        return np.concatenate(self._parts)


def watch(x: Any) -> tuple[_Data, Any]:
    """The rows of `x`, and what takes its place in the call: `x` itself where it can be read more than once, else
    something that passes each batch on and notes it. A look of ours must not use up what `fit` is to have."""
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
    """A tf.data.Dataset of the same elements; the dataset itself where they aren't plain tensors."""
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
    """Note a PyDataset by its own count: gone through as a sequence, one whose slices never fail has no end."""
    try:
        for place in range(min(int(dataset.num_batches or BATCHES), BATCHES)):
            data.note(_inputs(dataset[place]))
    except Exception:  # `fit` will meet it too, and its words are the student's to read
        return


def _inputs(batch: Any) -> Any:
    return batch[0] if isinstance(batch, tuple) else batch


def flat(inputs: Any) -> np.ndarray:
    """A batch as (N, numbers in a row) float32, its inputs side by side. Raises TypeError or ValueError where it
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
    """How many different rows of `some` stand among `others`; 0 where either can't be told.

    Each is None, or what `fit` may be given: an array, or a list or dict of arrays.
    """
    if some is None or others is None:
        return 0
    return len(_different(some) & _different(others))


def _different(rows: Any) -> set[bytes]:
    return {row.tobytes() for row in flat(rows) + np.float32(0)}  # -0 becomes 0
