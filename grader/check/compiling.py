"""Oracles on a compiled model: what it measures, and how its optimizer steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from grader.check import probe
from grader.check.models import accuracy
from grader.check.verdict import Observation, StudentError

Observations = Iterator[Observation]


def is_compiled(model: Any) -> Observations:
    """The model was compiled. Stops the check when it wasn't."""
    yield Observation(
        about="compiled",
        ok=bool(getattr(model, "compiled", False)),
        seen="yes" if getattr(model, "compiled", False) else "the model has no optimizer and no loss yet",
        expected="a model on which `compile` was called",
        why="`fit` and `evaluate` refuse a model that isn't compiled.",
        next="Call `model.compile(…)` and return the same model.",
        stop=True,
    )


def reports(model: Any, x: np.ndarray, y: np.ndarray, kind: str) -> Observations:
    """`evaluate` reports the mean absolute error (regression) or the accuracy, under whatever name.

    The number is worked out by hand and looked for among the reported ones.
    """
    metric = "mean absolute error" if kind == "regression" else "accuracy"
    values = probe.outputs(model, x).reshape(len(x), -1)
    expected = accuracy(model, x, y) if metric == "accuracy" else float(np.mean(np.abs(values[:, 0] - y)))
    try:
        scores = probe.scores(model, x, y)
    except StudentError as error:
        yield Observation(
            about=f"reports the {metric}",
            ok=False,
            seen=f"`evaluate` raises {str(error).splitlines()[0]}",
            expected=f"`evaluate` to return the {metric}",
            next="Does the loss take the labels in the form they have?",
        )
        return
    scores = {name: value for name, value in scores.items() if name != "loss"}
    ok = any(abs(value - expected) < 1e-3 * max(1.0, abs(expected)) for value in scores.values())
    shown = ", ".join(f"`{name}` = {value:.3f}" for name, value in scores.items()) or "only the loss"
    yield Observation(
        about=f"reports the {metric}",
        ok=ok,
        seen=shown,
        expected=f"a metric equal to {expected:.3f}, the {metric} worked out by hand",
        why="The loss drives training; the metric is what a person reads.",
        next=_METRIC_ADVICE[metric],
    )


_METRIC_ADVICE = {
    "accuracy": 'Add `metrics=["accuracy"]`, and check that `from_logits` and the threshold fit the head.',
    "mean absolute error": 'Add `metrics=["mae"]`. Accuracy counts exact hits; measurements have none.',
}


def steps_like_sgd(model: Any, learning_rate: float, momentum: float) -> Observations:
    """The optimizer steps as SGD with this learning rate and momentum does, Nesterov's form included.

    A fresh optimizer of the same configuration takes four steps on one weight along a constant gradient of 1.
    Then v ← m·v − η and w ← w + v (Sutskever et al. 2013), so w after t steps is known in closed form.
    """
    path = probe.attempt(lambda: _walk(model.optimizer, 4))
    plain, nesterov = (
        _sgd_walk(learning_rate, momentum, 4, False),
        _sgd_walk(learning_rate, momentum, 4, True),
    )
    rate_ok = np.isclose(path[0], plain[0], rtol=1e-3) or np.isclose(path[0], nesterov[0], rtol=1e-3)
    ok = np.allclose(path, plain, rtol=1e-3) or np.allclose(path, nesterov, rtol=1e-3)
    steps = ", ".join(f"{step:.4f}" for step in np.diff([0.0, *path]))
    yield Observation(
        about="optimizer",
        ok=ok,
        seen=f"SGD with learning rate {learning_rate:g} and momentum {momentum:g}" if ok else f"four steps of {steps}",
        expected="steps of " + ", ".join(f"{step:.4f}" for step in np.diff([0.0, *plain])),
        why="Momentum makes each step longer while the gradient keeps its direction; the first one is the rate alone.",
        next=(
            f"The first step is right, the others don't grow: pass `momentum={momentum:g}`."
            if rate_ok
            else f"Use `keras.optimizers.SGD(learning_rate={learning_rate:g}, momentum={momentum:g})`: "
            'the word "sgd" alone takes the defaults.'
        ),
    )


def _walk(optimizer: Any, steps: int) -> list[float]:
    import keras

    fresh = type(optimizer).from_config(optimizer.get_config())
    weight = keras.Variable([0.0])
    path = []
    for _ in range(steps):
        fresh.apply([keras.ops.ones(1)], [weight])
        path.append(float(probe.array(weight)[0]))
    return path


def _sgd_walk(rate: float, momentum: float, steps: int, nesterov: bool) -> list[float]:
    weight = velocity = 0.0
    path = []
    for _ in range(steps):
        velocity = momentum * velocity - rate
        weight += momentum * velocity - rate if nesterov else velocity
        path.append(weight)
    return path
