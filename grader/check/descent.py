"""Oracle on gradient descent by hand: a line, fitted step by step, against the closed form of its gradient."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from grader.check import asking, numbers, probe
from grader.check.stepping import explained
from grader.check.verb import verb
from grader.verdict import Observation

Observations = Iterator[Observation]


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
        why="A step changes the numbers, never their shapes.",
        next="End with `return w, b`, the new ones. A shape that grew on the way is broadcasting.",
        stop=True,
    )
    ok = all(map(numbers.close, seen, ours))
    yield Observation(
        about=f"the line after {numbers.counted(steps, 'step')}",
        ok=ok,
        seen="that of the closed form" if ok else _line(*seen),
        expected=_line(*ours),
        why="The gradient of a mean squared error can be worked out by hand: tape and formula have to agree.",
        next="" if ok else _descent_advice(seen, start, x, y, learning_rate, steps),
    )


@verb
def told_by(function: Any, arguments: list[Any]) -> Any:
    """What the function returns for these arguments, as plain data."""
    return probe.told(probe.attempt(function, *arguments))


def _returned_instead(returned: Any) -> str:
    if isinstance(returned, list):
        shapes = [f"shape {v.shape}" if isinstance(v, np.ndarray) else asking.kind_of(v) for v in returned]
        return f"{numbers.counted(len(returned), 'value')}: {', '.join(shapes)}"
    return f"shape {returned.shape}" if isinstance(returned, np.ndarray) else asking.kind_of(returned)


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
    crossed = "`(N, 1)` minus `(N,)` makes a table of N × N differences: bring both to one shape first."
    slips: list[tuple[dict[str, Any], str]] = [
        ({"errors": _errors_crossed}, crossed),
        ({"factors": (-1.0, -1.0)}, "The loss goes up: a step is *minus* the learning rate times the gradient."),
        ({"factors": (0.0, 0.0)}, "Nothing has moved: return the new `w` and `b`; and `None` is no zero."),
        ({"factors": (1.0, 0.0)}, "The bias hasn't moved: it needs its own gradient and its own step."),
        ({"factors": (0.0, 1.0)}, "The weight hasn't moved: it needs its own gradient and its own step."),
        ({"factors": (n, n)}, f"{n} times as far: the *mean* of the squared errors, not their sum."),
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
            return "That is the first gradient again and again: compute the loss anew in each step, on a new tape."
    here = [np.asarray(a, "float64") for a in start]
    slopes = [h - m for h, m in zip(here, _descended(start, x, y, 1.0, 1), strict=True)]
    if all(map(numbers.close, seen, slopes)):
        return "Those are the gradients: subtract them, times the learning rate, from `w` and `b`."
    return "Print the shape of the errors: it should be one number a row. Then compare the loss with NumPy's."
