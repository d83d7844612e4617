"""Oracles on a `train_step` or `fit` of a model's own."""

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
    """A compiled model with a `train_step` of its own moves its weights as the plain one does, `clip` apart, and
    reports the same `curves`.

    The plain step is ours, on the model's own forward pass, compiled loss and optimizer.
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
    """The optimizer of `compile_with` as data: whatever the student's code has made of the compiled one."""
    import keras

    return keras.optimizers.serialize(keras.optimizers.SGD(learning_rate))


@oracle
def steps_clipped(
    model: Any, x: np.ndarray, y: np.ndarray, learning_rate: float, limit: float | None, epochs: int = 1
) -> Observations:
    """The `train_step` of a model that `compile_with` compiled steps as `fit`'s, with gradients of a common norm of
    `limit` at most (Pascanu et al. 2013): batches of 8, every step worked out by hand. With None nothing is to be
    clipped. An optimizer that was told to clip is fine."""
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
    how = f" with gradients of a norm of {limit:g} at most" if limit is not None else ", as the limit isn't reached"
    for observation in reference_loop.compare_steps(model, batches, found, ours, options, 1):
        if observation.about == "the weights after training":
            wanted = f"those after {steps} of `fit`{how}"
            observation = replace(observation, expected=wanted, next=_step_advice(observation.next, limit))
        yield observation


ODD_STEPS = (
    (
        r"None values not supported|convert a value \(None\)",
        "Is each handed to `compute_loss` by name, `x=x, y=y, y_pred=y_pred`? Or is a gradient `None`, as the loss was "
        "computed outside the tape?",
    ),
    (
        r"Shapes of all inputs must match|Shapes must be equal rank",
        "The gradients have different shapes: take one sum of squares for each of them, and combine these. Or is this "
        "the pair that `tf.clip_by_global_norm` returns? The gradients are the first of the two.",
    ),
    (r"symbolic tf\.Tensor .* to a numpy array", "Use `keras.ops` instead of NumPy: a tensor has no numbers yet here."),
)
"""What errors of a student's `train_step` say, and what to try."""


def _odd_step(seen: str, hint: str) -> str:
    return next((better for pattern, better in ODD_STEPS if re.search(pattern, seen)), hint)


def _step_advice(advice: str, limit: float | None) -> str:
    """What to try, for a `train_step`: `compute_loss` is there for the penalties, and a limit may lie far away."""
    if "regularisers are missing" in advice:
        return "The penalties are missing: `self.compute_loss(…)` has them in it, beside the compiled loss."
    if not advice.startswith("Try one step"):
        return advice
    if limit is None:
        return "Where the norm is below the limit the gradients stay as they are: the factor is 1 there, never more."
    return (
        "Try one step on one batch: is your norm that of `tf.linalg.global_norm(gradients)`, and your factor the limit "
        "divided by it?"
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
    """The real `fit` of a model that `compile_with` compiled, in a graph, writes these curves into the History: those
    of `names` that a plain loop measures ("loss", "mae", "accuracy"), with its numbers. Batches of 8, and a number of
    rows that 8 divides; `limit` as for `steps_clipped`."""
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
            why="`fit` calls `train_step` once, with tensors that have no values yet, and runs what it noted down.",
            next=_odd_step(str(error), error.hint)
            or "Compute with `keras.ops` or `tf`; a Python `if` can't decide on a tensor.",
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
            why="Whoever calls `fit` reads from its History how training goes.",
            next="" if ok else STRAYS if strays and len(seen) else _history_advice(name, seen, curve),
        )


STRAYS = "The weights go another way than they should, and the numbers with them: mend the step first."


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _history_advice(name: str, seen: np.ndarray, curve: np.ndarray) -> str:
    if not len(seen):
        return "`train_step` returns a dict of all of them: `{m.name: m.result() for m in self.metrics}`."
    if not seen.any():
        return "A metric that is never updated stays at 0: `metric.update_state(…)` for each batch."
    if name == "loss" and len(curve) > 1 and np.isclose(seen[0], curve[0] * 2, rtol=0.05):
        return "Twice as much: is something counted twice?"
    return "Update each metric once for each batch: the one called `loss` with the loss, the others with `y, y_pred`."
