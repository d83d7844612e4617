"""Oracles on gradients: they reach every weight, and a student's own gradients are right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from grader.check.core import arrays, guarded, numbers, seeds
from grader.check.core.arrays import Arrays
from grader.check.core.numbers import GRADIENT, numerical_gradient, relative_error
from grader.check.core.register import Observations, oracle
from grader.check.measure.reference_loop import mean_loss
from grader.check.remote import compiled_models, queries
from grader.check.remote.gradients import input_gradient
from grader.check.remote.steps import by_value, explained, run_on, told_by
from grader.verdict import Measure, Observation


@oracle
def linear_descent(
    function: Any,
    given: Sequence[Any],
    start: tuple[np.ndarray, np.ndarray],
    x: np.ndarray,
    y: np.ndarray,
    learning_rate: float,
    steps: int = 1,
) -> Observations:
    """The student's function returns (w, b) after so many steps of gradient descent on the mean squared error of the
    line x @ w + b: those of the closed form, w − rate · 2/N · xᵀ(xw + b − y) and b − rate · 2 · mean(xw + b − y).

    It is called with `given`. `start` is (w, b) of shapes (features, 1) and (1,); x (N, features), y (N,).
    """
    copies = [value.copy() if isinstance(value, np.ndarray) else value for value in given]
    with explained():
        returned = told_by(function, copies)
    ours = _descended(start, x, y, learning_rate, steps)
    shapes = [value.shape for value in ours]
    two = isinstance(returned, list) and len(returned) == 2
    seen = [np.asarray(v) if isinstance(v, int | float | np.ndarray) else None for v in returned] if two else []
    shaped = two and [v.shape if v is not None else None for v in seen] == shapes
    yield Observation(
        about="what it returns",
        ok=shaped,
        seen="a weight and a bias" if shaped else _returned_instead(returned),
        expected=f"`w` of shape {shapes[0]} and `b` of shape {shapes[1]}",
        why="A step changes values, never shapes.",
        next="End with `return w, b`, the new ones. A shape that has grown is due to broadcasting.",
        stop=True,
    )
    ok = all(map(numbers.close, seen, ours))
    yield Observation(
        about=f"the line after {numbers.counted(steps, 'step')}",
        ok=ok,
        seen="the line from the closed form" if ok else _line(*seen),
        expected=_line(*ours),
        why="The gradient of a mean squared error can be derived by hand, so tape and formula must agree.",
        next="" if ok else _descent_advice(seen, start, x, y, learning_rate, steps),
    )


def _returned_instead(returned: Any) -> str:
    if isinstance(returned, list):
        shapes = [f"shape {v.shape}" if isinstance(v, np.ndarray) else queries.kind_of(v) for v in returned]
        return f"{numbers.counted(len(returned), 'value')}: {', '.join(shapes)}"
    return f"shape {returned.shape}" if isinstance(returned, np.ndarray) else queries.kind_of(returned)


def _line(w: np.ndarray, b: np.ndarray) -> str:
    return f"w = {numbers.series(w.ravel())}; b = {numbers.series(b.ravel())}"


def _errors(w: np.ndarray, b: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Of each row, (N,)."""
    return (x @ w + b)[:, 0] - y


def _errors_crossed(w: np.ndarray, b: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """What (N, 1) − (N,) makes of them: every row is held against the mean of all."""
    return (x @ w + b)[:, 0] - y.mean()


def _descended(
    start: tuple[np.ndarray, np.ndarray],
    x: np.ndarray,
    y: np.ndarray,
    rate: float,
    steps: int,
    errors: Any = _errors,
    factors: tuple[float, float] = (1.0, 1.0),
) -> list[np.ndarray]:
    """(w, b) after the steps. `factors` scale the movement of each."""
    w, b, x, y = (np.asarray(a, "float64") for a in (*start, x, y))
    for _ in range(steps):
        off = errors(w, b, x, y)
        slopes = 2 / len(x) * x.T @ off[:, None], np.array([2 * off.mean()])
        w, b = w - rate * factors[0] * slopes[0], b - rate * factors[1] * slopes[1]
    return [w, b]


def _descent_advice(
    seen: list[np.ndarray], start: tuple[np.ndarray, np.ndarray], x: np.ndarray, y: np.ndarray, rate: float, steps: int
) -> str:
    n = len(x)
    crossed = "`(N, 1)` minus `(N,)` makes a table of N × N differences: give both the same shape first."
    slips: list[tuple[dict[str, Any], str]] = [
        ({"errors": _errors_crossed}, crossed),
        ({"factors": (-1.0, -1.0)}, "The loss goes up: a step is *minus* the learning rate times the gradient."),
        ({"factors": (0.0, 0.0)}, "Nothing has changed: return the new `w` and `b`. A gradient of `None` is not zero."),
        ({"factors": (1.0, 0.0)}, "The bias has not changed: it needs its own gradient and its own step."),
        ({"factors": (0.0, 1.0)}, "The weight has not changed: it needs its own gradient and its own step."),
        ({"factors": (n, n)}, f"{n} times as far: use the *mean* of the squared errors, not their sum."),
        ({"factors": (0.5, 0.5)}, "Half as far: the mean squared error has no factor ½ in it."),
        ({"factors": (1 / rate, 1 / rate)}, "That is a step without the learning rate."),
    ]
    for slip, advice in slips:
        there = _descended(start, x, y, rate, steps, **slip)
        if all(map(numbers.close, seen, there)):
            return advice
    if steps > 1:
        for fewer in (1, steps - 1, steps + 1):
            if all(map(numbers.close, seen, _descended(start, x, y, rate, fewer))):
                return f"That is the line after {numbers.counted(fewer, 'step')}."
        if all(map(numbers.close, seen, _descended(start, x, y, steps * rate, 1))):
            return "This repeats the first gradient: compute the loss again in each step, on a new tape."
    here = [np.asarray(a, "float64") for a in start]
    slopes = [h - m for h, m in zip(here, _descended(start, x, y, 1.0, 1), strict=True)]
    if all(map(numbers.close, seen, slopes)):
        return "Those are the gradients: subtract them, times the learning rate, from `w` and `b`."
    return "Print the shape of the errors: it should be one number per row. Then compare the loss with NumPy's."


REDRAWS = 4
"""A unit with relu may be dead under one draw of the weights; a weight that no gradient reaches is so under all."""

ROWS = 16

NOISE = 1e-5
"""Below it nothing is learned at all: directions are of size 1, so that some gradient is, unless the output is fixed.
A single weight may well be there (a bias before BatchNormalization), but not at exactly 0 under every draw."""


@oracle
def gradients_reach(model: Any, x: Arrays, about: str = "gradients") -> Observations:
    """A gradient reaches every trainable weight from the outputs: none is `None`, none is zero throughout.

    Looked at under several draws of the weights, in training mode, for a random direction of the outputs: whatever
    the loss, its gradient comes that way. The model is left as it was.
    """
    x = arrays.rows(x, slice(0, ROWS))
    queries.outputs(model, x)
    described = [w for w in queries.weights(model) if w["trainable"]]
    yield Observation(
        about="something to train",
        ok=bool(described),
        seen=f"{len(described)} trainable weights" if described else "no trainable weight",
        expected="weights that training can update",
        why="Training updates only what Keras tracks as a trainable weight.",
        next="Check whether everything is frozen, or weights are made where Keras does not track them. Use "
        "`add_weight`, and keep layers as attributes.",
        stop=True,
    )
    largest = _largest_gradients(model, x)
    none = [w for w, g in zip(described, largest, strict=True) if g is None]
    nothing = max((g for g in largest if g is not None), default=0.0) < NOISE
    dead = [w for w, g in zip(described, largest, strict=True) if g is not None and (g == 0 or nothing)]
    yield Observation(
        about=about,
        ok=not none and not dead,
        seen=f"reach all {len(described)} trainable weights"
        if not none and not dead
        else "; ".join(_unreached(weights, how) for weights, how in ((none, "`None`"), (dead, "zero")) if weights),
        expected="a gradient for every trainable weight",
        why="A weight without a gradient keeps its random initial value, and no error says so.",
        next=_reach_advice(bool(none)),
    )


def _largest_gradients(model: Any, x: Arrays) -> list[float | None]:
    """For each trainable weight the largest gradient over all draws; None where there never was any."""
    saved = queries.state(model)
    largest: list[float | None] = []
    try:
        for draw in range(REDRAWS):
            queries.redraw(model, seeds.seed("gradients_reach", draw))
            directions = arrays.each(partial(_direction, draw), queries.outputs(model, x))
            found = [_size(g) for g in compiled_models.gradients(model, x, directions, loss="dot", training=True)]
            largest = [_larger(a, b) for a, b in zip(largest or found, found, strict=True)]
    finally:
        queries.restore(model, saved)
    return largest


def _direction(draw: int, outputs: np.ndarray) -> np.ndarray:
    return seeds.rng("direction", draw, outputs.shape).normal(0, 1, outputs.shape).astype("float32")


def _size(gradient: np.ndarray | None) -> float | None:
    return None if gradient is None else float(np.max(np.abs(np.nan_to_num(gradient)), initial=0.0))


def _larger(a: float | None, b: float | None) -> float | None:
    return b if a is None else a if b is None else max(a, b)


def _unreached(weights: Sequence[dict[str, Any]], how: str) -> str:
    names = ", ".join(f"`{w['path']}` {w['array'].shape}" for w in weights[:3]) + (", …" if len(weights) > 3 else "")
    return f"{how} for {names}"


def _reach_advice(none: bool) -> str:
    if none:
        return (
            "No path leads from the output to it. Check that the layer's result is used: NumPy, `stop_gradient`, "
            "rounding and comparisons cut the path."
        )
    return (
        "Something on the path is flat or multiplied by zero. Check for a saturated activation, a mask or "
        "a factor of 0."
    )


@oracle
def input_gradient_is(
    function: Any,
    model: Any,
    x: np.ndarray,
    y: np.ndarray,
    given: Sequence[Any] = ("model", "x", "y", "loss"),
    of: str = "loss",
    loss: Any = "mse",
    absolute: bool = False,
    at_most: float = GRADIENT,
) -> Observations:
    """The student's function returns the gradient of a number with respect to the rows of `x`, for a model of ours.

    `of` is "loss", the mean loss over the rows, or "score", each row's output in column `y` (its largest output
    where `y` is the label found). `absolute` asks for magnitudes, as a saliency map shows them. `given` says how the
    function is called (`remote.steps.run_on`).
    """
    found = run_on(function, by_value(model, x, y, loss=loss), tuple(given))["returned"]
    seen = found[0] if len(found) == 1 else found
    expected = input_gradient(model, x, y, of, loss)
    expected = np.abs(expected) if absolute else expected
    found = seen if isinstance(seen, np.ndarray) and seen.shape == expected.shape else None
    error = np.inf if found is None else relative_error(found, expected)
    ok, advice = error <= at_most, ""
    if not ok:
        with queries.restored_weights(model):
            in_training = input_gradient(model, x, y, of, loss, training=True)
        advice = _input_advice(seen, found, expected, absolute, in_training)
    yield Observation(
        about="the gradient of the input",
        ok=ok,
        seen="right" if ok else f"relative error {error:.1e}" if found is not None else _instead(seen),
        expected=f"an array of shape {expected.shape}, how fast the {of} changes with each number of `x`",
        why="It shows which part of the input the result depends on.",
        next=advice,
    )


def _instead(seen: Any) -> str:
    if seen is None:
        return "`None`: the tape recorded no path from the input to the result"
    if isinstance(seen, list):
        return f"a list of {len(seen)}"
    return f"shape {seen.shape}" if isinstance(seen, np.ndarray) else f"`{seen}`"[:80]


def _input_advice(
    seen: Any, array: np.ndarray | None, expected: np.ndarray, absolute: bool, in_training: np.ndarray
) -> str:
    if seen is None:
        return (
            "Call `tape.watch(x)` on the tensor that goes into the model: the tape watches only trainable "
            "variables automatically."
        )
    if array is None:
        return (
            "Return one number for each number of the input: take the gradient with respect to `x`, not to the weights."
        )
    if absolute and relative_error(np.abs(array), expected) < GRADIENT:
        return "The signs are still there: take the absolute value."
    if not absolute and relative_error(array, np.abs(expected)) < GRADIENT:
        return "These are magnitudes. Keep the signs: they show which numbers raise the loss and which lower it."
    if relative_error(-array, expected) < GRADIENT:
        return "The sign is reversed."
    if relative_error(array, np.abs(in_training) if absolute else in_training) < GRADIENT:
        return "This is the gradient in training mode: call the model with `training=False`."
    scale = float(np.vdot(array, expected) / max(np.vdot(array, array), 1e-30))
    if relative_error(scale * array, expected) < GRADIENT:
        return (
            f"Yours is {1 / scale:.4g} times as large everywhere. Check for a sum instead of a mean, or a "
            "rescaled input."
        )
    return "Check which number you differentiate: the gradients of the weights, or of the probabilities, are different."


@oracle
def attacks(
    function: Any,
    model: Any,
    x: np.ndarray,
    y: np.ndarray,
    epsilon: float,
    given: Sequence[Any] = ("model", "x", "y", "loss"),
    loss: Any = "mse",
    bounds: tuple[float, float] | None = None,
    at_least: float = 0.5,
) -> Observations:
    """The student's function moves every number of `x` by at most `epsilon`, and the loss of a model of ours rises.

    By at least half of what the gradient predicts for the best such step, ε·sign(∂loss/∂x) (fast gradient sign
    method, Goodfellow et al. 2015). `bounds` are those of the inputs, if the result is to stay within them. `given`
    says how the function is called; `epsilon` has to be among it as a number.
    """
    found = run_on(function, by_value(model, x, y, loss=loss), tuple(given))["returned"]
    moved = found[0] if isinstance(found[0], np.ndarray) else np.array(())
    shaped = moved.shape == x.shape and bool(np.all(np.isfinite(moved)))
    yield Observation(
        about="what it returns",
        ok=shaped,
        seen=f"inputs of shape {moved.shape}" if shaped else _instead(found[0]),
        expected=f"inputs of shape {x.shape}, finite numbers",
        next="Return the changed inputs, `x` plus the step.",
        stop=True,
    )
    farthest = float(np.max(np.abs(moved - x)))
    inside = bounds is None or (moved.min() >= bounds[0] - 1e-6 and moved.max() <= bounds[1] + 1e-6)
    yield Observation(
        about="the step",
        ok=farthest <= epsilon * 1.001 + 1e-6 and inside,
        seen=f"up to {farthest:.3g}" + ("" if inside else ", and out of bounds"),
        expected=f"at most {epsilon:g} for each number" + (f", within {bounds}" if bounds else ""),
        why="The point is that a change too small to see is sufficient.",
        next="This is the step alone: add it to `x`."
        if np.max(np.abs(moved)) <= epsilon * 1.001 < farthest
        else "The *sign* of the gradient, times ε, goes exactly as far as allowed. After several steps, clip each "
        "number to between `x - ε` and `x + ε`" + (", and within the bounds." if bounds else "."),
        stop=True,
    )
    gradient = input_gradient(model, x, y, "loss", loss)
    best = x + epsilon * np.sign(gradient)
    best = best if bounds is None else np.clip(best, *bounds)
    predicted = float(np.sum(gradient * (best - x)))
    rise = (mean_loss(model, moved, y, loss) - mean_loss(model, x, y, loss)) / max(predicted, 1e-12)
    yield Observation(
        about="the loss",
        ok=rise >= at_least,
        seen=f"rises by {rise:.0%} of what the gradient predicts"
        if rise > 0
        else "falls"
        if rise < 0
        else "does not change",
        expected=f"a rise of at least {at_least:.0%} of it",
        why="The gradient of the loss points in the direction in which it grows fastest.",
        next="Go *up* the gradient of the loss for these `y`: add the step that training would subtract."
        if rise < 0
        else "Check that you take the gradient of the loss with respect to the input, and its sign for every number.",
        measured=Measure(rise, at_least),
    )


@oracle
def gradient_is(
    seen: Any, f: Callable[[np.ndarray], float], x: np.ndarray, about: str = "gradient", at_most: float = GRADIENT
) -> Observations:
    """`seen` is the gradient of f at `x`: compared with central differences of f, a NumPy function in float64."""
    expected = numerical_gradient(f, x)
    try:
        found = guarded.array(seen)
    except guarded.NotNumbers:
        found = np.array(())
    shaped = found.shape == expected.shape
    error = relative_error(found, expected) if shaped else np.inf
    yield Observation(
        about=about,
        ok=error <= at_most,
        seen=f"relative error {error:.1e}" if shaped else _no_gradient(seen, found),
        expected=f"the slope measured by changing each number slightly, {_listed(expected)}",
        why="A wrong gradient sends every training step in the wrong direction.",
        next=_gradient_advice(seen, found, expected),
    )


def _no_gradient(seen: Any, found: np.ndarray) -> str:
    return "`None`: the tape recorded no path from the input to the result" if seen is None else f"shape {found.shape}"


def _gradient_advice(seen: Any, found: np.ndarray, expected: np.ndarray) -> str:
    if seen is None:
        return (
            "Check that the input is a variable or watched with `tape.watch`, and that everything in "
            "between is computed inside the tape."
        )
    if found.shape != expected.shape:
        return "A gradient has the shape of what it is taken with respect to."
    if relative_error(-found, expected) < 1e-2:
        return "The sign is reversed."
    ratio = _constant_ratio(found, expected)
    if ratio is not None:
        return (
            f"Yours is {ratio:.4g} times as large everywhere. Check for a sum instead of a mean, or a forgotten factor."
        )
    return "Check for a missing term in the derivative. Try an input with a single number."


def _constant_ratio(found: np.ndarray, expected: np.ndarray) -> float | None:
    large = np.abs(expected) > 1e-3 * np.abs(expected).max(initial=0.0)
    if not large.any():
        return None
    ratios = found[large] / expected[large]
    return float(ratios.mean()) if np.ptp(ratios) < 1e-2 * abs(ratios.mean()) else None


def _listed(values: Sequence[float] | np.ndarray) -> str:
    flat = np.asarray(values).ravel()
    return "[" + ", ".join(f"{v:.3g}" for v in flat[:4]) + (", …]" if flat.size > 4 else "]")
