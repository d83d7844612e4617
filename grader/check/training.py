"""Oracles on training: what the History says, what the optimizer was given, and what the model has learned."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from grader.check import probe
from grader.check.compiling import steps_like_sgd
from grader.check.models import (
    _a,
    head_range,
    is_model,
    loss_fits_head,
    most_probable,
)
from grader.check.predicting import labels_are
from grader.check.verdict import Observation

Observations = Iterator[Observation]


def history_of(history: Any, epochs: int) -> Observations:
    """`history` is what `fit` returned: a training and a validation loss for each of the epochs asked for."""
    recorded = getattr(history, "history", history)
    if not isinstance(recorded, dict) or "loss" not in recorded:
        yield Observation(
            about="history",
            ok=False,
            seen=_a(history),
            expected="the History that `fit` returns",
            why="It holds the curves that tell you how training went.",
            next="Keep it: `history = model.fit(…)`.",
            stop=True,
        )
        return
    seen = len(recorded["loss"])
    yield Observation(
        about="epochs",
        ok=seen == epochs,
        seen=f"{seen} epochs",
        expected=f"{epochs}, the number asked for",
        why="Whoever calls your function decides how long it trains.",
        next="Hand the argument on: `fit(…, epochs=epochs)`.",
    )
    curve = recorded.get("val_loss", [])
    yield Observation(
        about="validation curve",
        ok=len(curve) == seen,
        seen="a validation loss for each epoch" if len(curve) == seen else f"{len(curve)} validation losses",
        expected=f"{seen}, one after each epoch",
        why="Only the loss on rows outside training tells learning from memorising.",
        next="Hold some training rows back and pass them as `validation_data`.",
    )
    finite = bool(np.all(np.isfinite([*recorded["loss"], *curve])))
    yield Observation(
        about="losses are finite",
        ok=finite,
        seen="all" if finite else "not a number somewhere along the curve",
        expected="finite numbers",
        next="A loss that explodes usually means unscaled input or too high a learning rate.",
    )


def learning_rate_is(model: Any, learning_rate: float) -> Observations:
    """The optimizer's learning rate is the one asked for."""
    seen = probe.attempt(lambda: float(probe.array(model.optimizer.learning_rate)))
    yield Observation(
        about="learning rate",
        ok=bool(np.isclose(seen, learning_rate, rtol=1e-3)),
        seen=f"{seen:g}",
        expected=f"{learning_rate:g}, the one asked for",
        why="An optimizer given by name takes its own default and never hears of your argument.",
        next="Pass an object: `keras.optimizers.Adam(learning_rate=learning_rate)`.",
    )


def trained_on(model: Any, rows: int, epochs: int) -> Observations:
    """The optimizer has made at least one step an epoch: the History tells of this model's own training."""
    steps = probe.attempt(lambda: int(probe.array(model.optimizer.iterations)))
    yield Observation(
        about="weights were updated",
        ok=epochs <= steps <= epochs * rows,
        seen=f"{steps} optimizer steps",
        expected=f"at least one in each of {epochs} epochs",
        why="A model that isn't the one you fitted knows nothing.",
        next="Return the very model on which you called `fit`.",
    )


def beats_baseline(model: Any, x: np.ndarray, y: np.ndarray, at_least: float) -> Observations:
    """On rows that nobody has seen, the accuracy is at least `at_least`; the majority class is told beside it."""
    hits = most_probable(model, x) == y
    reached, majority = float(hits.mean()), float(np.bincount(y).max() / len(y))
    blind = [int(label) for label in np.unique(y) if hits[y == label].mean() < 0.1]
    yield Observation(
        about="has learned",
        ok=reached >= at_least,
        seen=f"{reached:.0%} right on new rows"
        + (f", but class {', '.join(map(str, blind))} is hardly ever found" if blind and reached < at_least else ""),
        expected=f"{at_least:.0%} or more; always naming the largest class gives {majority:.0%}",
        why="A falling training loss proves little: new rows show what was learned.",
        next="The rows arrive sorted by class: `validation_split` cuts off the last ones, a whole class of them. "
        "Shuffle before you split."
        if blind
        else "Is the loss right for the labels, the data scaled, the training long enough?",
    )


def kept_sealed(model: Any, history: Any, x_test: np.ndarray, y_test: np.ndarray) -> Observations:
    """The validation curve was not measured on the test rows: its last value differs from the loss there."""
    recorded = getattr(history, "history", history)
    curve = recorded.get("val_loss") or [float("nan")]
    loss = probe.scores(model, x_test, y_test)["loss"]
    ok = not np.isclose(curve[-1], loss, rtol=1e-4)
    yield Observation(
        about="test rows kept for the end",
        ok=bool(ok),
        seen="validated on other rows" if ok else f"the last validation loss, {loss:.4f}, is the loss on the test rows",
        expected="a validation part cut from the training rows",
        why="Whatever you tune by looking at the test rows is fitted to them; no honest number is left to report.",
        next="Split the training rows once more, and validate on that part.",
    )


def experiment(
    answer: Any, x_test: np.ndarray, y_test: np.ndarray, epochs: int, learning_rate: float, at_least: float
) -> Observations:
    """`answer` is (model, history, labels of the test rows) of an experiment that was done right throughout."""
    three = isinstance(answer, tuple | list) and len(answer) == 3
    yield Observation(
        about="what you return",
        ok=three,
        seen="three values" if three else _a(answer),
        expected="three values: model, history, labels",
        next="End with `return model, history, labels`.",
        stop=True,
    )
    model, history, labels = answer
    yield from is_model(model)
    yield from head_range(model, x_test.shape[1], "multiclass")
    yield from loss_fits_head(model, x_test[:64], "multiclass")
    yield from history_of(history, epochs)
    yield from steps_like_sgd(model, learning_rate, momentum=0.0)
    yield from kept_sealed(model, history, x_test, y_test)
    yield from beats_baseline(model, x_test, y_test, at_least)
    yield from labels_are(labels, most_probable(model, x_test), "softmax")
