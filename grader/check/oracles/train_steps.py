"""Oracles on a model's own `train_step`, and on `fit` with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from grader.check.core import arrays, numbers
from grader.check.core.register import Observations, oracle
from grader.check.measure import reference_loop
from grader.check.measure.perturbing import raised
from grader.check.measure.reference_loop import CHAIN, compare_steps, curves_match, reference_steps
from grader.check.oracles.compiled import is_compiled
from grader.check.remote import queries
from grader.check.remote.fits import own_fit
from grader.check.remote.steps import own_steps
from grader.verdict import Observation, StudentError


@oracle
def trains_like_fit(
    model: Any,
    x: np.ndarray,
    y: np.ndarray,
    batch_size: int | None = 8,
    epochs: int = 2,
    clip: tuple[str, float] | None = None,
    curves: Sequence[str] = ("loss",),
) -> Observations:
    """A compiled model with a `train_step` of its own updates its weights as the default one does, except for `clip`,
    and reports the same `curves`.

    The grader computes the default step, from the model's own forward pass, compiled loss and optimizer.
    """
    yield from is_compiled(model)
    queries.outputs(model, arrays.rows(x, slice(0, 1)))
    batches = arrays.batches(x, y, batch_size)
    found = own_steps(model, batches, epochs)
    options = {"epochs": epochs, "clip": clip}
    reference = reference_steps(model, batches, **options)
    right = yield from compare_steps(model, batches, found, reference["after"], options, 1)
    if right:
        yield from curves_match(found["curves"], {name: reference["curves"][name] for name in curves})


def _sgd(learning_rate: float) -> dict[str, Any]:
    """The optimizer of `compile_with` as data, unaffected by changes that the student's code makes to it."""
    import keras

    return keras.optimizers.serialize(keras.optimizers.SGD(learning_rate))


@oracle
def steps_clipped(
    model: Any, x: np.ndarray, y: np.ndarray, learning_rate: float, limit: float | None, epochs: int = 1
) -> Observations:
    """The `train_step` of a model compiled by `compile_with` makes the same steps as `fit`, with gradients clipped to a
    global norm of `limit` (Pascanu et al. 2013). The grader computes each step by itself, on batches of 8. With a limit
    of None nothing may be clipped. The student may also let the optimizer clip."""
    yield from is_compiled(model)
    queries.outputs(model, x[:1])
    batches = arrays.batches(x, y, 8)
    clip = None if limit is None else ("norm", limit)
    try:
        found = own_steps(model, batches, epochs)
    except StudentError as error:
        raise StudentError(str(error), error.lines, _odd_step(str(error), error.hint)) from None
    options = {"epochs": epochs, "clip": clip, "optimizer": _sgd(learning_rate)}
    ours = reference_steps(model, batches, **options)["after"]
    steps = numbers.counted(len(batches) * epochs, "step")
    how = f" with gradients of norm {limit:g} at most" if limit is not None else ", without clipping"
    for observation in reference_loop.compare_steps(model, batches, found, ours, options, 1):
        if observation.about == "weights after training":
            wanted = f"the weights after {steps} of `fit`{how}"
            observation = replace(observation, expected=wanted, next=_step_advice(observation.next, limit))
        yield observation


ODD_STEPS = (
    (
        r"None values not supported|convert a value \(None\)",
        "Check whether `compute_loss` gets its arguments by name, `x=x, y=y, y_pred=y_pred`, and whether the loss is "
        "computed inside the tape: outside it, gradients are `None`.",
    ),
    (
        r"Shapes of all inputs must match|Shapes must be equal rank",
        "Compute one sum of squares for each gradient and add these up: the gradients have different shapes. Or check "
        "whether this is the pair from `tf.clip_by_global_norm`: the gradients are its first member.",
    ),
    (r"symbolic tf\.Tensor .* to a numpy array", "Use `keras.ops` in place of NumPy: this tensor has no numbers yet."),
)
"""Patterns of errors in a student's `train_step`, and what to try."""


def _odd_step(seen: str, hint: str) -> str:
    return next((better for pattern, better in ODD_STEPS if re.search(pattern, seen)), hint)


def _step_advice(advice: str, limit: float | None) -> str:
    """The advice for a `train_step`, where `compute_loss` adds the penalties and the limit may be out of reach."""
    if "the missing penalties" in advice:
        return "Use `self.compute_loss(…)`: it adds the missing penalties to the compiled loss."
    if not advice.startswith("Try one step"):
        return advice
    if limit is None:
        return "Leave the gradients unchanged if their norm is below the limit: the factor is then 1, never more."
    return (
        "Try one step on one batch: compare your norm with `tf.linalg.global_norm(gradients)`, and your factor with "
        "the limit divided by that norm."
    )


@oracle
def fit_reports(
    model: Any,
    x: np.ndarray,
    y: np.ndarray,
    names: Sequence[str],
    learning_rate: float,
    limit: float | None = None,
    epochs: int = 2,
) -> Observations:
    """The real `fit`, traced, of a model compiled by `compile_with` records the curves `names` in the History ("loss",
    "mae", "accuracy"), with the numbers that a plain loop measures. Batches have 8 rows, and the number of rows must be
    a multiple of 8; `limit` as for `steps_clipped`."""
    batches = arrays.batches(x, y, 8)
    queries.outputs(model, x[:1])
    try:
        found = own_fit(model, batches, epochs)
    except StudentError as error:
        yield Observation(
            about="inside `fit`",
            ok=False,
            seen=raised(error),
            expected="a step that `fit` can trace",
            why="`fit` calls `train_step` once, with tensors that have no values yet, and then runs the graph.",
            next=_odd_step(str(error), error.hint)
            or "Compute with `keras.ops` or `tf`; a Python `if` can't test a tensor.",
        )
        return
    clip = None if limit is None else ("norm", limit)
    wanted = reference_steps(model, batches, epochs=epochs, clip=clip, optimizer=_sgd(learning_rate))
    off = reference_loop.differ(found["after"], wanted["after"], found["before"], len(batches) * epochs)
    strays = off > CHAIN * numbers.tolerance()
    for name in names:
        curve, seen = np.array(wanted["curves"][name]), np.asarray(found["curves"].get(name, ()), "float64")
        ok = seen.shape == curve.shape and numbers.gap(seen, curve) <= CHAIN * numbers.tolerance()
        yield Observation(
            about=f"`{name}` in the History",
            ok=ok,
            seen=numbers.series(seen) if len(seen) else f"no `{name}`, only {_quoted(found['curves']) or 'nothing'}",
            expected=numbers.series(curve),
            why="The History shows how training went.",
            next="" if ok else STRAYS if strays and len(seen) else _history_advice(name, seen, curve),
        )


STRAYS = "Fix the training step first: it updates the weights differently, which changes these numbers too."


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _history_advice(name: str, seen: np.ndarray, curve: np.ndarray) -> str:
    if not len(seen):
        return "Return a dict of all metrics from `train_step`: `{m.name: m.result() for m in self.metrics}`."
    if not seen.any():
        return "Call `metric.update_state(…)` for each batch: a metric that is never updated stays at 0."
    if name == "loss" and len(curve) > 1 and np.isclose(seen[0], curve[0] * 2, rtol=0.05):
        return "Check whether something is counted twice: the loss is twice as large as expected."
    return "Update each metric once for each batch: the one called `loss` with the loss, the others with `y, y_pred`."
