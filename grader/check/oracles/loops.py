"""Oracles on training and evaluation loops written by hand, compared with `fit` and `evaluate`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from grader.check.core import arrays, numbers
from grader.check.core.register import Observations, oracle
from grader.check.measure.reference_loop import (
    CHAIN,
    LOOP,
    compare_steps,
    curves_match,
    losses_match,
    mean_loss,
    reference_steps,
)
from grader.check.oracles.tracing import traced_seldom
from grader.check.remote import queries
from grader.check.remote.queries import curves
from grader.check.remote.steps import by_value, run_on
from grader.verdict import Observation


@oracle
def steps_like_fit(
    function: Any,
    model: Any,
    x: np.ndarray,
    y: np.ndarray,
    given: Sequence[Any] = LOOP,
    then: Sequence[Any] | None = None,
    batch_size: int | None = 8,
    epochs: int = 2,
    optimizer: Any = None,
    loss: Any = "mse",
    metric: Any = None,
    clip: tuple[str, float] | None = None,
    parts: int = 1,
    curves: Sequence[str] = (),
    losses: bool = False,
    traces: int | None = None,
) -> Observations:
    """The student's training function updates the weights of a model of ours as `fit` would: same rows, same order.

    `given` and `then` describe how to call the function (`run_on`). The changes of all weights are compared, including
    BatchNormalization statistics. `clip` requires clipped gradients, and `parts` is the number of batches that make
    one step together (gradient accumulation). `curves` names the values that the function returns for each epoch: a
    dict of lists, or a list if there is only one. With `losses`, each call of a step returns the loss of its batch from
    before the step. `traces` is how often the function may be traced, if it must be a tf.function.
    """
    import keras

    optimizer = keras.optimizers.SGD(0.1, momentum=0.5) if optimizer is None else optimizer
    setting = by_value(model, x, y, batch_size, epochs, optimizer, loss, metric)
    if parts > 1 and len(x) % (setting["batch_size"] * parts):
        raise ValueError(f"{len(x)} rows can't be divided into {parts} equal micro-batches of {setting['batch_size']}")
    found = run_on(function, setting, tuple(given), None if then is None else tuple(then))
    batches = arrays.batches(x, y, setting["batch_size"] * parts)
    options = {"epochs": epochs, "optimizer": setting["optimizer"], "loss": setting["loss"], "clip": clip}
    reference = reference_steps(model, batches, **options)
    right = yield from compare_steps(model, batches, found, reference["after"], options, parts)
    if curves and right:  # wrong weights lead to wrong losses
        returned = found["returned"][0] if len(found["returned"]) == 1 else found["returned"]
        wanted = {name: reference["curves"][name] for name in curves}
        yield from curves_match(_curves(returned), wanted, reference["losses"])
    if losses and right:
        yield losses_match(found["returned"], [loss for epoch in reference["losses"] for loss in epoch])
    if traces is not None:
        yield traced_seldom(found["traces"], traces, len(batches) * epochs)


def _curves(returned: Any) -> dict[str, list[float]]:
    """The returned values by name: the first dict of lists, or a list of numbers under the name "loss"."""
    if isinstance(returned, list):
        named = next((item for item in returned if isinstance(item, dict)), None)
        returned = named if named is not None else {"loss": returned}
    return curves(returned if isinstance(returned, dict) else {"loss": returned}) or {}


@oracle
def mean_loss_is(
    function: Any,
    model: Any,
    x: np.ndarray,
    y: np.ndarray,
    given: Sequence[Any] = ("model", "dataset", "loss"),
    batch_size: int | None = 8,
    loss: Any = "mse",
) -> Observations:
    """The student's function returns the mean loss of a model of ours over all rows, at inference, without penalties.

    `given` describes how to call the function (`run_on`). Use `weight_updates.leaves_weights` to check that it changes
    no weights.
    """
    setting = by_value(model, x, y, batch_size, loss=loss)
    returned = run_on(function, setting, tuple(given))["returned"][0]
    expected = mean_loss(model, x, y, loss)
    seen = np.asarray(returned, "float64") if isinstance(returned, int | float | np.ndarray) else np.array(())
    single = seen.size == 1
    ok = single and numbers.gap(seen.reshape(()), np.array(expected)) <= CHAIN * numbers.tolerance()
    yield Observation(
        about="the mean loss",
        ok=ok,
        seen=f"{seen.item():.5g}" if single else queries.kind_of(returned),
        expected=f"{expected:.5g}, the mean over all {len(x)} rows" if single else "a single number",
        why="An evaluation estimates how well the model will do in use, so it runs in inference mode and weights every "
        "row equally.",
        next="" if ok else _evaluation_advice(seen, model, x, y, setting["batch_size"], loss),
    )


def _evaluation_advice(seen: np.ndarray, model: Any, x: Any, y: Any, batch_size: int, loss: Any) -> str:
    if seen.size != 1:
        return "Return the mean loss: one number for all batches together."
    batches = arrays.batches(x, y, batch_size)
    with queries.restored_weights(model):
        training = [mean_loss(model, *batch, loss, training=True) for batch in batches]
    each = [mean_loss(model, *batch, loss) for batch in batches]
    sizes = [len(batch) for batch, _ in batches]
    slips = [
        (np.average(training, weights=sizes), "Call the model with `training=False`: this is the training-mode loss."),
        (np.mean(training), "Call the model with `training=False`: this is the training-mode loss."),
        (np.mean(each), "Weight each batch by its number of rows: this is the plain mean over the batches."),
        (np.sum(each), "Take the mean: this is the sum over the batches."),
        (each[-1], "Use all batches: this is the loss of the last batch alone."),
        (each[0], "Check whether `return` is inside the loop: this is the loss of the first batch alone."),
    ]
    named = (advice for value, advice in slips if np.isclose(seen.item(), value, rtol=1e-3))
    return next(named, "Average the loss over all batches, and weight each batch by its number of rows.")
