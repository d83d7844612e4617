"""Oracles on a compiled model: what it measures, and how its optimizer steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from grader.check import arrays, asking, probe
from grader.check.arrays import Arrays
from grader.check.models import accuracy, predictions
from grader.check.probe import array
from grader.check.verb import verb
from grader.check.verdict import Observation, StudentError

Observations = Iterator[Observation]


def is_compiled(model: Any) -> Observations:
    """The model was compiled. Stops the check when it wasn't."""
    compiled = asking.compiled(model)
    yield Observation(
        about="compiled",
        ok=compiled,
        seen="yes" if compiled else "the model has no optimizer and no loss yet",
        expected="a model on which `compile` was called",
        why="`fit` and `evaluate` refuse a model that isn't compiled.",
        next="Call `model.compile(…)` and return the same model.",
        stop=True,
    )


ROWS = 500
"""Drawn to ask once more: two metrics may agree on a few rows by chance."""


def reports(model: Any, x: Arrays, y: np.ndarray, kind: str) -> Observations:
    """`evaluate` reports the mean absolute error (regression) or the accuracy, under whatever name.

    The number is worked out by hand and looked for among the reported ones, for these rows and for `ROWS` drawn from
    them with targets dealt out anew.
    """
    metric = "mean absolute error" if kind == "regression" else "accuracy"
    names: set[str] | None = None
    for rows, targets in _dealt_anew(x, y):
        by_hand = accuracy(model, rows, targets) if metric == "accuracy" else _mean_error(model, rows, targets)
        try:
            scores = asking.scores(model, rows, targets, batch_size=len(targets))
        except StudentError as error:
            yield Observation(
                about=f"reports the {metric}",
                ok=False,
                seen=f"`evaluate` raises {str(error).splitlines()[0]}",
                expected=f"`evaluate` to return the {metric}",
                why="What was compiled can't be used on these rows.",
                next=error.hint or "Does the loss take the labels in their form? Are all arguments passed by name?",
            )
            return
        scores = {name: value for name, value in scores.items() if name != "loss"}
        fitting = {name for name, value in scores.items() if abs(value - by_hand) < 1e-3 * max(1.0, abs(by_hand))}
        if names is None or not names & fitting:  # the rows of the first time, or those that tell them apart
            shown = ", ".join(f"`{name}` = {value:.3f}" for name, value in scores.items()) or "only the loss"
            expected = f"a metric equal to {by_hand:.3f}, the {metric} worked out by hand"
        names = fitting if names is None else names & fitting
        if not names:
            break
    yield Observation(
        about=f"reports the {metric}",
        ok=bool(names),
        seen=shown,
        expected=expected,
        why="The loss drives training; the metric is what a person reads.",
        next=_METRIC_ADVICE[metric],
    )


def _dealt_anew(x: Arrays, y: np.ndarray) -> Iterator[tuple[Arrays, np.ndarray]]:
    yield x, y
    rng = probe.rng("dealt anew")
    yield arrays.rows(x, rng.integers(len(y), size=ROWS)), y[rng.integers(len(y), size=ROWS)]


def _mean_error(model: Any, x: Arrays, y: np.ndarray) -> float:
    return float(np.mean(np.abs(predictions(model, x).reshape(y.shape).astype("float64") - y)))


_METRIC_ADVICE = {
    "accuracy": 'Use `metrics=["accuracy"]`: the plain word picks the form that fits the head; '
    "`Accuracy()` compares exact values.",
    "mean absolute error": 'Use `metrics=["mae"]`. Accuracy counts exact hits, which measurements don\'t have.',
}


GRADIENTS = (1.0, 0.5, -0.25, 0.8)
"""What a weight is moved along: of changing size and sign, as Adam takes equal steps along an unchanging gradient."""


def steps_like_sgd(model: Any, learning_rate: float, momentum: float) -> Observations:
    """The optimizer steps as SGD with this learning rate and momentum does, Nesterov's form included.

    A fresh optimizer of the same configuration moves one weight along `GRADIENTS`. Then v ← m·v − η·g and
    w ← w + v (Sutskever et al. 2013), so that each step is known in closed form.
    """
    steps = optimizer_moves(model, list(GRADIENTS))
    if steps is None:
        yield Observation("optimizer", False, "none", "SGD", next="Call `model.compile(…)` first.")
        return
    plain, nesterov = (_sgd_steps(learning_rate, momentum, form) for form in (False, True))
    ok = any(np.allclose(steps, expected, rtol=1e-3) for expected in (plain, nesterov))
    used = asking.optimizer_name(model)
    name = f"SGD with learning rate {learning_rate:g} and " + (f"momentum {momentum:g}" if momentum else "no momentum")
    yield Observation(
        about="optimizer",
        ok=ok,
        seen=name if ok else f"{used}: steps of {_shown(steps)}",
        expected=f"{name}: steps of {_shown(plain)} for gradients of {_shown(GRADIENTS)}",
        why="The step is the learning rate times the gradient; momentum adds a part of the step before.",
        next=_optimizer_advice(used, steps, learning_rate, momentum).strip(),
    )


def _optimizer_advice(used: str | None, steps: np.ndarray, learning_rate: float, momentum: float) -> str:
    options = f"learning_rate={learning_rate:g}" + (f", momentum={momentum:g}" if momentum else "")
    if momentum and np.allclose(steps, _sgd_steps(learning_rate, 0.0, False), rtol=1e-3):
        return f"The learning rate is right, the momentum is missing: pass `momentum={momentum:g}`."
    if momentum and np.allclose(steps, _sgd_steps(momentum, learning_rate, False), rtol=1e-3):
        return "Learning rate and momentum are in each other's place."
    if np.allclose(steps, _sgd_steps(0.01, 0.0, False), rtol=1e-3):
        return f'The word "sgd" alone takes the defaults: pass `keras.optimizers.SGD({options})`.'
    return "`SGD` was given other numbers." * (used == "SGD") + f" Use `keras.optimizers.SGD({options})`."


@verb
def optimizer_moves(model: Any, gradients: list[float]) -> np.ndarray | None:
    """What each gradient in turn moves a weight by, with a fresh optimizer of the same class and configuration.

    None for a model without an optimizer.
    """
    import keras

    optimizer = getattr(model, "optimizer", None)
    if not isinstance(optimizer, keras.optimizers.Optimizer):
        return None
    fresh = type(optimizer).from_config(optimizer.get_config())
    weight = keras.Variable([0.0])
    path = [0.0]
    for gradient in gradients:
        # With mixed_float16, `compile` wraps the optimizer in one that expects gradients of a scaled loss.
        fresh.apply([fresh.scale_loss(keras.ops.full((1,), gradient))], [weight])
        path.append(float(array(weight)[0]))
    return np.diff(path)


def _sgd_steps(rate: float, momentum: float, nesterov: bool) -> np.ndarray:
    velocity, steps = 0.0, []
    for gradient in GRADIENTS:
        velocity = momentum * velocity - rate * gradient
        steps.append(momentum * velocity - rate * gradient if nesterov else velocity)
    return np.array(steps)


def _shown(numbers: Any) -> str:
    return ", ".join(f"{number:.3g}" for number in numbers)
