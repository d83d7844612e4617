"""The spy on data: the rows that a model was scored on, how often, and how long `fit` really trained."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

import numpy as np

from grader.check.core import guarded
from grader.check.core.remote_calls import remote_call
from grader.check.remote.fit_spy import flat, watch, watch_validation
from grader.compat.keras import model_methods_replaced

SCORING = ("evaluate", "predict", "predict_on_batch", "test_on_batch", "__call__")


@dataclass(frozen=True)
class Look:
    """One use of a model: `what` it was ("fit", "validate", or one of `SCORING`), which `model` (numbered from 0), and
    the `rows`, (N, numbers in a row) float32, or None if they are unknown. For "fit", also the number of `epochs` and
    `batches` that it really trained."""

    what: str
    model: int
    rows: np.ndarray | None
    epochs: int = 0
    batches: int = 0


@dataclass(frozen=True)
class Seen:
    """The value that a function `returned`, and every use of a model during the call."""

    returned: Any
    looks: Sequence[Look] = field(repr=False)

    @property
    def fits(self) -> list[Look]:
        return [look for look in self.looks if look.what == "fit"]


@remote_call
def looked_on(function: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
    """The data of a `Seen`: `{"returned", "looks"}`, each look as a dict."""
    with _looking() as looks:
        returned = guarded.attempt(function, *args, **kwargs)
    return {"returned": returned, "looks": looks}


@contextmanager
def _looking() -> Iterator[list[dict[str, Any]]]:
    """A list to which each use of a keras.Model inside the block is added."""
    import keras

    looker = _Looker()
    watched = {name: looker.looking(name, getattr(keras.Model, name)) for name in ("fit", *SCORING)}
    with model_methods_replaced(**watched):
        yield looker.looks


class _Looker:
    """Records the data given to models, but not the calls that a model makes while it runs."""

    def __init__(self):
        self.looks: list[dict[str, Any]] = []
        self._models: list[Any] = []
        self._busy = False

    def looking(self, name: str, original: Any) -> Any:
        @wraps(original)
        def method(model: Any, *args: Any, **kwargs: Any) -> Any:
            if self._busy:
                return original(model, *args, **kwargs)
            self._busy = True
            try:
                return self._use(name, original, model, args, kwargs)
            finally:
                self._busy = False

        return method

    def _use(self, name: str, original: Any, model: Any, args: tuple, kwargs: dict) -> Any:
        if name in ("__call__", "predict_on_batch", "test_on_batch"):
            given = args[0] if args else kwargs.get("x", kwargs.get("inputs"))
            self._note(name, model, _eager_rows(given))
            return original(model, *args, **kwargs)
        try:
            bound = inspect.signature(original).bind(model, *args, **kwargs)
        except TypeError:
            return original(model, *args, **kwargs)  # raises Keras's own error
        bound.apply_defaults()
        given = dict(list(bound.arguments.items())[1:])
        given |= given.pop("kwargs", {})
        return self._fit(original, model, given) if name == "fit" else self._score(name, original, model, given)

    def _score(self, name: str, original: Any, model: Any, given: dict[str, Any]) -> Any:
        data, given["x"] = watch(given["x"])
        try:
            return original(model, **given)
        finally:
            self._note(name, model, data.read())

    def _fit(self, original: Any, model: Any, given: dict[str, Any]) -> Any:
        import keras

        class Count(keras.callbacks.Callback):
            epochs = batches = 0

            def on_epoch_end(self, epoch, logs=None):
                self.epochs += 1

            def on_train_batch_end(self, batch, logs=None):
                self.batches += 1

        count = Count()
        data, given["x"] = watch(given["x"])
        validation, given["validation_data"] = watch_validation(given["validation_data"])
        given["callbacks"] = _with(given["callbacks"], count)
        try:
            return original(model, **given)
        finally:
            rows, share = data.read(), given["validation_split"]
            held = None if given["validation_data"] is None else validation.read()
            if share and held is None and rows is not None:
                rows, held = np.split(rows, [int(len(rows) * (1 - share))])
            self._note("fit", model, rows, epochs=count.epochs, batches=count.batches)
            if held is not None:
                self._note("validate", model, held)

    def _note(self, what: str, model: Any, rows: np.ndarray | None, **counts: int) -> None:
        number = next((i for i, known in enumerate(self._models) if known is model), len(self._models))
        if number == len(self._models):
            self._models.append(model)
        self.looks.append({"what": what, "model": number, "rows": rows} | counts)


def _with(callbacks: Any, count: Any) -> Any:
    import keras

    if isinstance(callbacks, keras.callbacks.CallbackList):
        callbacks.append(count)
        return callbacks
    return [*(callbacks if isinstance(callbacks, list | tuple) else [callbacks] if callbacks else []), count]


def _eager_rows(given: Any) -> np.ndarray | None:
    try:
        return flat(given)
    except Exception:  # a symbolic tensor, or an object without rows
        return None
