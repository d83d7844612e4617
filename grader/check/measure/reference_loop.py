"""A plain training loop, equivalent to `fit`, over the same batches, and how a student's steps compare with it."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.check.core import arrays, guarded, numbers
from grader.check.core.arrays import Arrays
from grader.check.core.numbers import series
from grader.check.core.register import Observations
from grader.check.core.remote_calls import remote_call
from grader.check.remote import queries
from grader.check.remote.queries import forward, own
from grader.check.remote.steps import Batches
from grader.verdict import Observation

CHAIN = 10
"""Factor on the tolerance of a single computation: rounding errors add up over a chain of steps."""

LOOP = ("model", "dataset", "optimizer", "loss", "epochs")
"""The arguments of a training function, unless the exercise says otherwise. See `run_on`."""


@remote_call
def reference_steps(
    model: Any,
    batches: Batches,
    epochs: int = 1,
    optimizer: dict | str | None = None,
    loss: dict | str | None = None,
    clip: tuple[str, float] | None = None,
    penalties: float = 1.0,
    training: bool = True,
    micro: int = 1,
) -> dict[str, Any]:
    """The weights after a plain loop over the batches, and the curves measured in each epoch.

    Each step computes the gradient of the loss plus `penalties` times the model's penalties, clips it and passes it to
    a new optimizer; loss and optimizer default to the compiled ones. `clip` is ("norm", c) for the global norm (Pascanu
    et al. 2013), ("each", c) for the norm of each weight's gradient, ("value", c) for each number. With `micro`, each
    batch is cut into this number of equal parts; their gradients are clipped separately and then averaged.

    Returns `{"after", "curves", "losses"}`; the curves are "loss" and, where they make sense, "accuracy" and "mae";
    `losses` has the losses of each epoch's batches, each before its step. The model is restored afterwards.
    """
    import keras

    saved = queries.state(model)
    try:
        steps = keras.optimizers.get(optimizer) if optimizer is not None else _same_optimizer(model)
        measure = None if loss is None else keras.losses.get(loss)
        curves: dict[str, list[float]] = {}
        losses = []
        for _ in range(epochs):
            how = (steps, measure, clip, penalties, training, micro)
            seen = [_reference_step(model, x, y, *how) for x, y in batches]
            _record(curves, seen, [y for _, y in batches])
            losses.append([loss for loss, _ in seen])
        return {"after": [guarded.array(w) for w in own(model, "weights")], "curves": curves, "losses": losses}
    finally:
        queries.restore(model, saved)


def _reference_step(
    model: Any, x: Any, y: Any, optimizer: Any, measure: Any, clip: Any, penalties: float, training: bool, micro: int
) -> tuple[float, Arrays]:
    """Make one step; return the loss and the predictions before it."""
    how = (measure, penalties, training)
    value, predicted, gradients = _reference_gradients(model, x, y, *how)
    if micro > 1:
        parts = arrays.batches(x, y, arrays.count(x) // micro)
        parts = [_clipped(_reference_gradients(model, *part, *how)[-1], clip) for part in parts]
        gradients, clip = [sum(same) / micro for same in zip(*parts, strict=True)], None
    optimizer.apply(_clipped(gradients, clip), own(model, "trainable_weights"))
    return value, predicted


def _reference_gradients(
    model: Any, x: Any, y: Any, measure: Any, penalties: float, training: bool
) -> tuple[float, Arrays, list[Any]]:
    """The loss, the predictions, and a gradient for each trainable weight."""
    import keras
    import tensorflow as tf

    x, y = arrays.tensors(x), arrays.tensors(y)
    moving = own(model, "trainable_weights")
    with tf.GradientTape() as tape:
        predicted = forward(model, x, training)
        extra = sum(own(model, "losses"))
        if measure is None:
            data = guarded.attempt(model.compute_loss, x=x, y=y, y_pred=predicted) - extra
        else:
            data = keras.ops.mean(measure(y, predicted))
        value = data + penalties * extra
    gradients = tape.gradient(value, [weight.value for weight in moving])
    gradients = [keras.ops.zeros(w.shape) if g is None else g for g, w in zip(gradients, moving, strict=True)]
    return float(guarded.array(value)), queries.as_arrays(predicted), [tf.convert_to_tensor(g) for g in gradients]


def _clipped(gradients: list[Any], clip: tuple[str, float] | None) -> list[Any]:
    import keras

    if clip is None:
        return gradients
    how, limit = clip
    if how == "value":
        return [keras.ops.clip(g, -limit, limit) for g in gradients]
    norms = [float(np.linalg.norm(guarded.array(g))) for g in gradients]
    if how == "norm":
        norms = [float(np.linalg.norm(norms))] * len(norms)
    return [g * min(1.0, limit / max(norm, 1e-12)) for g, norm in zip(gradients, norms, strict=True)]


def _same_optimizer(model: Any) -> Any:
    """A second optimizer in the same state as the model's own."""
    twin = type(model.optimizer).from_config(model.optimizer.get_config())
    twin.build(own(model, "trainable_weights"))
    for variable, value in zip(twin.variables, model.optimizer.variables, strict=True):
        variable.assign(value)
    return twin


def _record(curves: dict[str, list[float]], seen: list[tuple[float, Arrays]], targets: list[Arrays]) -> None:
    """Add an epoch's means over its rows to the curves."""
    sizes = [arrays.count(target) for target in targets]
    curves.setdefault("loss", []).append(float(np.average([loss for loss, _ in seen], weights=sizes)))
    predicted, y = arrays.joined([values for _, values in seen]), arrays.joined(targets)
    if isinstance(y, list | dict) or not isinstance(predicted, np.ndarray):
        return
    if y.dtype.kind in "iub" and predicted.ndim == 2 and y.size == len(predicted):
        labels = predicted.argmax(1) if predicted.shape[1] > 1 else predicted[:, 0] > 0.5
        curves.setdefault("accuracy", []).append(float(np.mean(labels == y.ravel())))
    elif y.size == predicted.size:
        curves.setdefault("mae", []).append(float(np.mean(np.abs(predicted.ravel() - y.ravel()))))


@dataclass(frozen=True)
class StepComparison:
    """The student's weights after training and those of the reference loop, in the model's order."""

    model: Any
    batches: Batches
    options: dict[str, Any]
    parts: int
    before: list[np.ndarray]
    after: list[np.ndarray]
    ours: list[np.ndarray]
    trained: list[bool]

    def off(self, ours: list[np.ndarray] | None = None, trained: bool = True) -> float:
        """The error of the trained weights (or the others), relative to how much they should have changed."""
        sides = (self.after, self.ours if ours is None else ours, self.before)
        chosen = ([a for a, t in zip(side, self.trained, strict=True) if t == trained] for side in sides)
        return differ(*chosen, self.steps)

    @property
    def steps(self) -> int:
        return len(self.batches) * self.options["epochs"]

    def slipped(self, **slip: Any) -> bool:
        """Whether the reference loop with this slip ends with the student's weights."""
        options = self.options | slip
        if options == self.options:
            return False
        there = reference_steps(self.model, self.batches, **options)["after"]
        return self.off(there) < min(0.01, 0.1 * self.off())

    def still(self, trained: bool = True) -> bool:
        pairs = zip(self.after, self.before, self.trained, strict=True)
        return all(np.array_equal(a, b) for a, b, t in pairs if t == trained)

    def moves(self, weights: list[np.ndarray]) -> np.ndarray:
        """The changes of these weights since the start, all trained weights in one vector."""
        pairs = zip(weights, self.before, self.trained, strict=True)
        return np.concatenate([(a - b).ravel() for a, b, t in pairs if t])


def differ(seen: list[np.ndarray], expected: list[np.ndarray], before: list[np.ndarray], steps: int) -> float:
    """The largest difference, relative to the change of the expected weight (but at least a thousandth of the largest
    change), less the unit in the last place that float32 may lose at each step."""
    far = [float(np.max(np.abs(e - b), initial=0.0)) for e, b in zip(expected, before, strict=True)]
    least = max(1e-3 * max(far, default=0.0), 1e-12)
    worst = 0.0
    for there, here, moved in zip(seen, expected, far, strict=True):
        rounding = steps * 2.0**-23 * float(np.max(np.abs(here), initial=0.0))
        off = float(np.max(np.abs(there - here), initial=0.0)) - rounding
        worst = max(worst, off / max(moved, least)) if np.isfinite(off) else np.inf
    return worst


def compare_steps(
    model: Any, batches: Batches, found: dict[str, Any], ours: list[np.ndarray], options: dict[str, Any], parts: int
) -> Generator[Observation, None, bool]:
    """Yield the observations and return whether the trained weights are right."""
    trained = [bool(w["trainable"]) for w in queries.weights(model)]
    both = StepComparison(model, batches, options, parts, found["before"], found["after"], ours, trained)
    if options["clip"] is not None:
        unclipped = reference_steps(model, batches, **(options | {"clip": None}))["after"]
        if differ(unclipped, ours, both.before, both.steps) < 0.1:
            raise ValueError("the limit clips nothing: use a smaller one")
    limit = CHAIN * numbers.tolerance()
    ok = both.off() <= limit
    yield Observation(
        about="weights after training",
        ok=ok,
        seen="the same weights as after `fit`" if ok else _whereabouts(both),
        expected=f"the weights after {numbers.counted(both.steps, 'step')} of `fit` on the same batches",
        why="You can build on a loop of your own once you know that it gives the same result as `fit`.",
        next="" if ok else _no_number(found.get("returned") or [None]) or _advice(both),
    )
    if ok and not all(trained):
        yield _statistics(both, limit)
    return ok


def _statistics(both: StepComparison, limit: float) -> Observation:
    ok, still = both.off(trained=False) <= limit, both.still(trained=False)
    return Observation(
        about="statistics",
        ok=ok,
        seen="the statistics after `fit`" if ok else "unchanged statistics" if still else "different statistics",
        expected="moving means and variances of the training batches, as in `fit`",
        why="BatchNormalization collects its statistics in training mode and uses them in inference mode.",
        next="Call the model once for each batch, with `training=True`.",
    )


def _whereabouts(both: StepComparison) -> str:
    if both.still():
        return "unchanged weights"
    mine, ours = (np.linalg.norm(both.moves(weights)) for weights in (both.after, both.ours))
    if not np.isfinite(mine):
        return "NaN in some weights"
    off = both.off()
    far = f"{100 * off:.3g}% of" if off < 1 else f"{min(off, 999):.3g} times"
    return f"a change of {mine:.3g} (`fit`: {ours:.3g}), with one weight off by {far} its change in `fit`"


def _no_number(returned: Sequence[Any]) -> str:
    """Advice for a loss to which an empty list was added: such a loss has no numbers and no gradient."""
    if not isinstance(returned[0], np.ndarray) or returned[0].size:
        return ""
    return f"Add `sum(model.losses)`, a number, not the list `model.losses`: the result has shape {returned[0].shape}."


def _advice(both: StepComparison) -> str:
    """What to try: the known slip that ends with exactly the student's weights."""
    if both.still():
        advice = "Compute the loss inside the tape, and pass the gradients to `optimizer.apply(…)`."
        return advice + (" Add lists element by element: `+` appends one to the other." if both.parts > 1 else "")
    slips = [
        (
            {"training": False},
            "Call the model with `training=True`: these are the weights of training in inference mode.",
        ),
        ({"penalties": 0.0}, "Add the missing penalties of the regularizers to the loss: `sum(model.losses)`."),
        ({"penalties": 2.0}, "Add the penalties only once, not twice: `compute_loss` already adds `model.losses`."),
        (
            {"training": False, "penalties": 0.0},
            "Call the model with `training=True`, and add `sum(model.losses)` to the loss.",
        ),
        ({"epochs": 1}, "Go through the data once in each epoch: the loop makes only one pass."),
    ]
    optimizer = both.options.get("optimizer")
    if isinstance(optimizer, dict) and optimizer["config"].get("momentum"):
        plain = {**optimizer, "config": {**optimizer["config"], "momentum": 0.0, "nesterov": False}}
        slips += [({"optimizer": plain}, "Let the optimizer that you are given make the step: this is plain SGD.")]
    if both.options["clip"] is not None:
        limit = both.options["clip"][1]
        slips += [
            ({"clip": None}, "Clip the gradients before you pass them to the optimizer: they aren't clipped."),
            ({"clip": ("each", limit)}, "Clip by the norm of all gradients together, not by the norm of each."),
            (
                {"clip": ("value", limit)},
                "Scale all gradients by one factor: clipping each number changes their direction.",
            ),
            ({"clip": ("norm", limit)}, "Clip each number by itself: these gradients are scaled by their norm."),
            ({"micro": both.parts}, "Take the mean over the micro-batches first, then clip it: each is clipped now."),
        ]
    if both.parts > 1 and (slip := _micro_slip(both)):
        return slip
    named = next((advice for slip, advice in slips if both.slipped(**slip)), None)
    return named or _ratio_advice(both)


def _micro_slip(both: StepComparison) -> str:
    """What to try about the micro-batches, if their slip is a known one."""
    cut = [arrays.batches(x, y, arrays.count(x) // both.parts) for x, y in both.batches]
    slips = [
        ([part for parts in cut for part in parts], "Add up the gradients first, then make one step for the batch."),
        ([parts[-1] for parts in cut], "Add up the gradients of all micro-batches: only the last one counts."),
        ([parts[0] for parts in cut], "Add up the gradients of all micro-batches: only the first one counts."),
    ]
    for batches, advice in slips:
        there = reference_steps(both.model, batches, **both.options)["after"]
        if both.off(there) < min(0.01, 0.1 * both.off()):
            return advice
    return ""


def _ratio_advice(both: StepComparison) -> str:
    mine, ours = both.moves(both.after), both.moves(both.ours)
    ratio = float(mine @ ours / max(ours @ ours, 1e-30))
    if not np.linalg.norm(mine - ratio * ours) < 0.02 * np.linalg.norm(mine):
        return "Try one step on one batch first: loss inside the tape, gradients of all trainable weights, one `apply`."
    if abs(ratio - 1) < 0.02:
        return "Check whether one weight or one of several penalties is left out: almost all of it is right."
    if ratio < 0:
        return "Subtract the learning rate times the gradient: the weights are updated in the opposite direction."
    if both.parts > 1 and abs(ratio / both.parts - 1) < 0.05:
        return (
            f"Divide the sum of the gradients by the number of micro-batches: steps are {both.parts} times too large."
        )
    if both.parts > 1 and abs(ratio * both.parts - 1) < 0.05:
        return (
            "Check whether the sum of the gradients is divided twice, or clipped before it is divided: each step has "
            f"1/{both.parts} of the right size."
        )
    ratio = float(f"{ratio:.3g}")
    return (
        "Check for a sum in place of a mean, a different learning rate, or rescaled gradients: all changes are "
        f"{ratio:g} times as large as in `fit`."
    )


def curves_match(
    found: dict[str, Any], wanted: dict[str, list[float]], losses: Sequence[Sequence[float]] = ()
) -> Observations:
    """Observations on each curve; `losses` are those of each epoch's batches, to recognize a different average."""
    for name, curve in wanted.items():
        seen = np.asarray(found.get(name, ()), "float64")
        ok = seen.shape == (len(curve),) and numbers.gap(seen, np.array(curve)) <= CHAIN * numbers.tolerance()
        yield Observation(
            about=f"`{name}` of each epoch",
            ok=ok,
            seen=series(seen) if len(seen) else f"no `{name}`, only {_list(found)}" if found else f"no `{name}`",
            expected=series(curve),
            why="The value for an epoch is the mean over its rows, each with the weights before its batch's step.",
            next="" if ok else _curve_advice(seen, curve, losses if name == "loss" else ()),
        )


def losses_match(returned: list[Any], wanted: list[float]) -> Observation:
    try:
        seen = np.array([float(np.asarray(value).reshape(())) for value in returned])
    except (TypeError, ValueError):
        seen = np.array(())
    ok = len(seen) == len(wanted) and numbers.gap(seen, np.array(wanted)) <= CHAIN * numbers.tolerance()
    running = np.cumsum(wanted) / np.arange(1, len(wanted) + 1)
    return Observation(
        about="return value of each step",
        ok=ok,
        seen=series(seen) if len(seen) else queries.kind_of(returned[0] if returned else None) + ", not a number",
        expected=f"the loss of each batch: {series(wanted)}",
        why="The returned losses show how training goes.",
        next="End the step with `return` and the loss."
        if not len(seen) and (not returned or returned[0] is None)
        else "Return the loss itself, without a Python list: Python code runs only while the graph is traced."
        if not len(seen) or (len(seen) == len(running) and np.allclose(seen, running, rtol=1e-3))
        else "Return the loss of this batch before the update, including the penalties.",
    )


def _curve_advice(seen: np.ndarray, curve: list[float], losses: Sequence[Sequence[float]] = ()) -> str:
    if not len(seen):
        return "Return this curve under its name, with one number for each epoch."
    if len(seen) != len(curve):
        return "Record one number for each epoch: the mean over its batches."
    running = np.cumsum(curve) / np.arange(1, len(curve) + 1)
    if len(curve) > 1 and np.allclose(seen, running, rtol=1e-2):
        return "Call `metric.reset_state()` at the start of each epoch: the metric still includes earlier epochs."
    ways = {
        "Weight each batch by its number of rows, as a smaller last batch counts less: `update_state(loss, "
        "sample_weight=…)`. This is the plain mean over the batches.": np.mean,
        "Take the mean: this is the sum over the batches.": np.sum,
        "Take the mean over all batches of the epoch: this is the last batch alone.": lambda batch: batch[-1],
        "Take the mean over all batches of the epoch: this is the first batch alone.": lambda batch: batch[0],
    }
    for advice, way in ways.items():
        if losses and np.allclose(seen, [way(batch) for batch in losses], rtol=1e-3):
            return advice
    return "Take the mean over the rows of the epoch, with each batch's loss *before* its step and with any penalties."


def _list(found: dict[str, Any]) -> str:
    return ", ".join(f"`{name}`" for name in found)


def mean_loss(model: Any, x: Arrays, y: Arrays, loss: Any = "mse", training: bool = False) -> float:
    """The mean of a loss, given by name or config, over the model's output for `x`, without penalties."""
    import keras

    predicted = arrays.tensors(queries.outputs(model, arrays.each(np.asarray, x), training))
    return float(keras.ops.mean(keras.losses.get(loss)(arrays.tensors(y), predicted)))
