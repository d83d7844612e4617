"""Oracles on penalties that are added to the loss."""

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
    """In a model, the layer adds `penalty` of its input to the loss that `fit` minimizes, once and with a gradient.

    `penalty` is a NumPy function. With `copied`, a copy made from the layer's configuration is tested instead.
    """
    returned = queries.outputs(layer, x)
    if not isinstance(returned, np.ndarray):
        yield Observation(
            about="value that `call` returns",
            ok=False,
            seen=f"{len(returned)} results",
            expected="only the inputs, with the penalty added to the loss",
            why="`fit` adds the values passed to `add_loss` to the loss; the next layer gets what `call` returns.",
            next="Pass the penalty to `self.add_loss(…)`, and `return inputs`.",
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
        seen=f"{extra:.4g} more than the loss on the data, {found['data']:.4g}",
        expected=f"{expected:.4g} more than the loss on the data",
        why="A penalty has an effect only if it is part of the loss that training minimizes.",
        next=_adding_advice(extra, expected, x),
    )
    if copied or not ok:
        return
    slope = numbers.numerical_gradient(penalty, x)
    gradient = penalty_gradient(layer, x)
    right = gradient is not None and numbers.relative_error(gradient, slope) <= numbers.GRADIENT
    yield Observation(
        about="gradient of the penalty",
        ok=right,
        seen="the gradient with respect to each input value"
        if right
        else "no gradient"
        if gradient is None
        else "a gradient that differs from the penalty's",
        expected="the gradient with respect to each input value",
        why="Without a gradient, the penalty increases the reported loss but has no effect on the weights.",
        next="Compute the penalty from the inputs of `call` with `keras.ops`: NumPy and `float` block the gradient.",
    )


def _adding_advice(extra: float, expected: float, x: np.ndarray) -> str:
    ratio = extra / expected if expected else 0.0
    if abs(ratio) < 0.01:
        return "Pass the penalty to `self.add_loss(…)` in `call`: returning or storing it adds nothing to the loss."
    if abs(ratio - 2) < 0.02:
        return (
            "Check whether the penalty is added twice: by a second `add_loss`, or to the loss on the outputs as well."
        )
    for size, what in ((x.size, "values"), (len(x), "rows"), (x[0].size, "columns")):
        if abs(ratio / size - 1) < 0.01:
            return f"Use a mean instead of a sum: the penalty is {size} times too large, once for each of the {what}."
    return "Check whether you take the mean over all values of the input, and use the rate passed to the layer."


@oracle
def adds_to_loss(
    model: Any, x: np.ndarray, y: np.ndarray, expected: float, loss: Any = "mse", about: str = "loss in training"
) -> Observations:
    """The loss that the compiled model minimizes is the loss on the data plus `expected`, counted once.

    `loss` is the name of the loss on the data; `expected` is the value that regularizers or `add_loss` should add.
    """
    queries.outputs(model, arrays.rows(x, slice(0, 1)))
    found = own_steps(model, [(x, y)], 1)["curves"].get("loss", [np.nan])[0]
    data = mean_loss(model, x, y, loss, training=True)
    extra = found - data
    ok = abs(extra - expected) <= CHAIN * numbers.tolerance() * max(abs(data), abs(expected))
    yield Observation(
        about=about,
        ok=ok,
        seen=f"{found:.5g}: {data:.5g} for the data and {extra:.5g} for penalties",
        expected=f"{data + expected:.5g}: {data:.5g} for the data and {expected:.5g} for penalties",
        why="A penalty has an effect only through the gradient of the loss that training minimizes.",
        next=_penalty_advice(extra, expected),
    )


def _penalty_advice(extra: float, expected: float) -> str:
    if abs(extra) < 0.01 * abs(expected):
        return "Pass the penalty to `self.add_loss(…)` in `call`: returning it adds nothing to the loss."
    if abs(extra - 2 * expected) < 0.02 * abs(expected):
        return "Add the penalty only once: the loss of `fit` already includes `add_loss` and regularizers."
    return "Check whether you use a sum instead of a mean, or a wrong factor."
