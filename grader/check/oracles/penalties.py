"""Oracles on penalties that are added to a loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.check.core import arrays, numbers
from grader.check.core.register import Observations, oracle
from grader.check.measure.reference_loop import CHAIN, mean_loss
from grader.check.remote import queries
from grader.check.remote.gradients import loss_of_fit, penalty_gradient
from grader.check.remote.steps import own_steps
from grader.verdict import Observation


@oracle
def adds_loss(layer: Any, x: np.ndarray, penalty: Callable[[np.ndarray], float], copied: bool = False) -> Observations:
    """In a model, the layer adds `penalty` of its input, a NumPy function, to the loss that `fit` makes smaller: once,
    and with a gradient. With `copied`, so does a copy from its configuration."""
    returned = queries.outputs(layer, x)
    if not isinstance(returned, np.ndarray):
        yield Observation(
            about="where the penalty goes",
            ok=False,
            seen=f"`call` returns {len(returned)} results",
            expected="the inputs alone, and the penalty in the loss",
            why="`fit` adds to the loss what `add_loss` was given. What `call` returns goes to the next layer.",
            next="Hand the penalty to `self.add_loss(…)`, and `return inputs`.",
            stop=True,
        )
        return
    expected = float(penalty(x.astype("float64")))
    found = loss_of_fit(layer, x, copied)
    extra = found["loss"] - found["data"]
    ok = abs(extra - expected) <= CHAIN * numbers.tolerance() * max(abs(found["data"]), abs(expected))
    yield Observation(
        about="the loss of `fit`" + (", with a copy from the configuration" if copied else ""),
        ok=ok,
        seen=f"the data's {found['data']:.4g} and {extra:.4g} more",
        expected=f"{expected:.4g} more than the loss of the data",
        why="A penalty works only through the one loss that training makes smaller.",
        next=_adding_advice(extra, expected, x),
    )
    if copied or not ok:
        return
    slope = numbers.numerical_gradient(penalty, x)
    gradient = penalty_gradient(layer, x)
    right = gradient is not None and numbers.relative_error(gradient, slope) <= numbers.GRADIENT
    yield Observation(
        about="it has a gradient",
        ok=right,
        seen="it leads to smaller penalties" if right else "none" if gradient is None else "another one",
        expected="the gradient of the penalty, for each number of the input",
        why="Without it the penalty is added to the number that you read, and changes no weight.",
        next="Compute it with `keras.ops` from the tensor that `call` gets; NumPy and `float` cut the path.",
    )


def _adding_advice(extra: float, expected: float, x: np.ndarray) -> str:
    ratio = extra / expected if expected else 0.0
    if abs(ratio) < 0.01:
        return "It isn't in there: hand it to `self.add_loss(…)` in `call`. Returned or kept, it adds nothing."
    if abs(ratio - 2) < 0.02:
        return "It is counted twice: is there a second `add_loss`, or was it added to the outputs' loss as well?"
    for size, what in ((x.size, "numbers"), (len(x), "rows"), (x[0].size, "columns")):
        if abs(ratio / size - 1) < 0.01:
            return f"That is {size} times as much, the number of {what}: a sum where a mean belongs."
    return "Is it the mean over all numbers of the input, and the rate that the layer was given?"


@oracle
def adds_to_loss(
    model: Any, x: np.ndarray, y: np.ndarray, expected: float, loss: Any = "mse", about: str = "loss in training"
) -> Observations:
    """What the compiled model makes smaller in training is the loss of the data plus `expected`, counted once.

    `loss` is that of the data, by name; `expected` what regularisers or `add_loss` amount to, worked out by hand.
    """
    queries.outputs(model, arrays.rows(x, slice(0, 1)))
    found = own_steps(model, [(x, y)], 1)["curves"].get("loss", [np.nan])[0]
    data = mean_loss(model, x, y, loss, training=True)
    extra = found - data
    ok = abs(extra - expected) <= CHAIN * numbers.tolerance() * max(abs(data), abs(expected))
    yield Observation(
        about=about,
        ok=ok,
        seen=f"{found:.5g}, which is {extra:.5g} above the loss of the data",
        expected=f"{data + expected:.5g}: {data:.5g} of the data and {expected:.5g} of penalties",
        why="A penalty works only through the gradient of the one loss that training makes smaller.",
        next=_penalty_advice(extra, expected),
    )


def _penalty_advice(extra: float, expected: float) -> str:
    if abs(extra) < 0.01 * abs(expected):
        return "It isn't in there: hand it to `self.add_loss(…)` in `call`; returning it alone adds nothing."
    if abs(extra - 2 * expected) < 0.02 * abs(expected):
        return "It is counted twice: what `add_loss` or a regulariser was given is in `fit`'s loss already."
    return "Is it a sum where a mean belongs, or the factor another?"
