"""What `fit` would have done: a plain loop over the same batches, and how a student's steps compare with it."""

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
"""Rounding adds up over a chain of steps: how many times the tolerance of one computation a movement may be off."""

LOOP = ("model", "dataset", "optimizer", "loss", "epochs")
"""What a training function takes, unless the exercise says otherwise. See `run_on`."""


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
    """The weights after a plain loop over the batches, and what was measured in each epoch on the way.

    Each step takes the gradient of the loss and `penalties` times the model's penalties, clips it and hands it to
    a fresh optimizer; both default to the compiled ones. `clip` is ("norm", c) for the global norm (Pascanu et al.
    2013), ("each", c) for that of each weight by itself, ("value", c) for each number. With `micro` it clips the
    gradients of so many equal parts of a batch, each by itself, and takes their mean.

    `{"after", "curves", "losses"}`; the curves are "loss" and, where they make sense, "accuracy" and "mae"; `losses`
    holds for each epoch those of its batches, each before its step. The model is left as it was.
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
    """One step; the loss and the predictions before it."""
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
    """A second optimizer in the state of the model's own."""
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
    """The student's weights after training beside ours, in the model's order."""

    model: Any
    batches: Batches
    options: dict[str, Any]
    parts: int
    before: list[np.ndarray]
    after: list[np.ndarray]
    ours: list[np.ndarray]
    trained: list[bool]

    def off(self, ours: list[np.ndarray] | None = None, trained: bool = True) -> float:
        """How far off the trained weights (or the others) are, relative to how far they should have moved."""
        sides = (self.after, self.ours if ours is None else ours, self.before)
        chosen = ([a for a, t in zip(side, self.trained, strict=True) if t == trained] for side in sides)
        return differ(*chosen, self.steps)

    @property
    def steps(self) -> int:
        return len(self.batches) * self.options["epochs"]

    def slipped(self, **slip: Any) -> bool:
        """Whether training with this slip ends where the student's did."""
        options = self.options | slip
        if options == self.options:
            return False
        there = reference_steps(self.model, self.batches, **options)["after"]
        return self.off(there) < min(0.01, 0.1 * self.off())

    def still(self, trained: bool = True) -> bool:
        pairs = zip(self.after, self.before, self.trained, strict=True)
        return all(np.array_equal(a, b) for a, b, t in pairs if t == trained)

    def moves(self, weights: list[np.ndarray]) -> np.ndarray:
        """How far these are from the start, all trained weights in one vector."""
        pairs = zip(weights, self.before, self.trained, strict=True)
        return np.concatenate([(a - b).ravel() for a, b, t in pairs if t])


def differ(seen: list[np.ndarray], expected: list[np.ndarray], before: list[np.ndarray], steps: int) -> float:
    """The largest difference, relative to how far the expected weight moved (or a thousandth of the farthest), beyond
    the unit in the last place that float32 may lose at each step."""
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
    """The observations, and whether the trained weights are where they should be."""
    trained = [bool(w["trainable"]) for w in queries.weights(model)]
    both = StepComparison(model, batches, options, parts, found["before"], found["after"], ours, trained)
    if options["clip"] is not None:
        unclipped = reference_steps(model, batches, **(options | {"clip": None}))["after"]
        if differ(unclipped, ours, both.before, both.steps) < 0.1:
            raise ValueError("there is nothing to clip: take a smaller limit")
    limit = CHAIN * numbers.tolerance()
    ok = both.off() <= limit
    yield Observation(
        about="the weights after training",
        ok=ok,
        seen="where `fit` takes them" if ok else _whereabouts(both),
        expected=f"those after {numbers.counted(both.steps, 'step')} of `fit` on the same batches",
        why="A loop of your own is worth its lines once you know that it does what `fit` does.",
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
        seen="where `fit` takes them" if ok else "they stayed as they were" if still else "elsewhere",
        expected="moving means and variances that follow the training batches, as in `fit`",
        why="BatchNormalization gathers its statistics in training and relies on them afterwards.",
        next="Call the model once for each batch, with `training=True`.",
    )


def _whereabouts(both: StepComparison) -> str:
    if both.still():
        return "no weight has moved"
    mine, ours = (np.linalg.norm(both.moves(weights)) for weights in (both.after, both.ours))
    if not np.isfinite(mine):
        return "some are no longer numbers (NaN)"
    off = both.off()
    far = f"{100 * off:.3g} % of" if off < 1 else f"{min(off, 999):.3g} times"
    return f"they moved by {mine:.3g} (`fit`: {ours:.3g}); one of them is off by {far} its way"


def _no_number(returned: Sequence[Any]) -> str:
    """What to say of a loss to which an empty list was added: it has no numbers, and no gradient."""
    if not isinstance(returned[0], np.ndarray) or returned[0].size:
        return ""
    return f"What it returns has the shape {returned[0].shape}: `model.losses` is a list, `sum(model.losses)` a number."


def _advice(both: StepComparison) -> str:
    """Which known slip ends just where the student's weights are."""
    if both.still():
        advice = "Is the loss computed inside the tape, and are the gradients handed to `optimizer.apply(…)`?"
        return advice + (" `+` on lists appends: add element by element." if both.parts > 1 else "")
    slips = [
        (
            {"training": False},
            "That is where `training=False` (or no `training`) leads: call the model with `training=True`.",
        ),
        ({"penalties": 0.0}, "The regularisers are missing: add `sum(model.losses)` to the loss."),
        ({"penalties": 2.0}, "The regularisers are counted twice: `compute_loss` adds `model.losses` already."),
        (
            {"training": False, "penalties": 0.0},
            "Training mode is missing, and so are the penalties: see `fit`'s step.",
        ),
        ({"epochs": 1}, "It went through the data once only: one pass for each of the epochs."),
    ]
    optimizer = both.options.get("optimizer")
    if isinstance(optimizer, dict) and optimizer["config"].get("momentum"):
        plain = {**optimizer, "config": {**optimizer["config"], "momentum": 0.0, "nesterov": False}}
        slips += [({"optimizer": plain}, "That is plain SGD: let the optimizer that you are given make the step.")]
    if both.options["clip"] is not None:
        limit = both.options["clip"][1]
        slips += [
            ({"clip": None}, "The gradients aren't clipped: clip them before they go to the optimizer."),
            ({"clip": ("each", limit)}, "Each was clipped by its own norm: the norm is that of all of them together."),
            (
                {"clip": ("value", limit)},
                "Each number was clipped, which bends the direction: scale all by one factor.",
            ),
            ({"clip": ("norm", limit)}, "They were scaled by their norm: clip each number instead."),
            ({"micro": both.parts}, "Each micro-batch was clipped by itself: take their mean first, and clip that."),
        ]
    if both.parts > 1 and (slip := _micro_slip(both)):
        return slip
    named = next((advice for slip, advice in slips if both.slipped(**slip)), None)
    return named or _ratio_advice(both)


def _micro_slip(both: StepComparison) -> str:
    """What happened to the micro-batches, where it can be told."""
    cut = [arrays.batches(x, y, arrays.count(x) // both.parts) for x, y in both.batches]
    slips = [
        ([part for parts in cut for part in parts], "A step for each micro-batch: add up first, then make one step."),
        ([parts[-1] for parts in cut], "Only the last micro-batch counts: add its gradients to those before."),
        ([parts[0] for parts in cut], "Only the first micro-batch counts: add up all of them, element by element."),
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
        return "Almost all of it is right. Is one weight left out, or one of several penalties?"
    if ratio < 0:
        return "The weights go uphill: the step is *minus* the learning rate times the gradient."
    if both.parts > 1 and abs(ratio / both.parts - 1) < 0.05:
        return f"{both.parts} times as far: divide the sum of the gradients by the number of micro-batches."
    if both.parts > 1 and abs(ratio * both.parts - 1) < 0.05:
        return f"1/{both.parts} as far: is the sum divided twice, or clipped before it is divided?"
    ratio = float(f"{ratio:.3g}")
    return f"{ratio:g} times as far, everywhere: a sum for a mean, another learning rate, or gradients rescaled?"


def curves_match(
    found: dict[str, Any], wanted: dict[str, list[float]], losses: Sequence[Sequence[float]] = ()
) -> Observations:
    """`losses` are those of each epoch's batches, so that another way to average them is recognised."""
    for name, curve in wanted.items():
        seen = np.asarray(found.get(name, ()), "float64")
        ok = seen.shape == (len(curve),) and numbers.gap(seen, np.array(curve)) <= CHAIN * numbers.tolerance()
        yield Observation(
            about=f"`{name}` of each epoch",
            ok=ok,
            seen=series(seen) if len(seen) else f"no `{name}`, only {_list(found)}" if found else f"no `{name}`",
            expected=series(curve),
            why="What is reported has to be the mean over the epoch's rows, as each batch found the weights.",
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
        about="what each step returns",
        ok=ok,
        seen=series(seen) if len(seen) else queries.kind_of(returned[0] if returned else None) + ", not a number",
        expected=f"the loss of each batch: {series(wanted)}",
        why="Whoever calls the step reads from it how training goes.",
        next="End the step with `return` and the loss."
        if not len(seen) and (not returned or returned[0] is None)
        else "Python runs while the graph is traced, not when it is run: a list holds what was there at that moment. "
        "Return the loss itself."
        if not len(seen) or (len(seen) == len(running) and np.allclose(seen, running, rtol=1e-3))
        else "Return the loss of this batch, penalties included, as it was before the weights moved.",
    )


def _curve_advice(seen: np.ndarray, curve: list[float], losses: Sequence[Sequence[float]] = ()) -> str:
    if not len(seen):
        return "Return it under this name, a number for each epoch."
    if len(seen) != len(curve):
        return "One number for each epoch: the mean over its batches."
    running = np.cumsum(curve) / np.arange(1, len(curve) + 1)
    if len(curve) > 1 and np.allclose(seen, running, rtol=1e-2):
        return "Each epoch still holds the ones before: `metric.reset_state()` at its beginning."
    ways = {
        "That is the plain mean over the batches: a smaller last batch counts less. `update_state(loss, "
        "sample_weight=…)` takes the number of rows.": np.mean,
        "That is the sum over the batches: take their mean.": np.sum,
        "That is the last batch alone: take the mean over all of the epoch.": lambda batch: batch[-1],
        "That is the first batch alone: take the mean over all of the epoch.": lambda batch: batch[0],
    }
    for advice, way in ways.items():
        if losses and np.allclose(seen, [way(batch) for batch in losses], rtol=1e-3):
            return advice
    return "Is it the mean over the rows of the epoch, each batch's loss taken *before* its step, with any penalties?"


def _list(found: dict[str, Any]) -> str:
    return ", ".join(f"`{name}`" for name in found)


def mean_loss(model: Any, x: Arrays, y: Arrays, loss: Any = "mse", training: bool = False) -> float:
    """The mean of a loss, given by name or config, over the model's output for `x`; no penalty in it."""
    import keras

    predicted = arrays.tensors(queries.outputs(model, arrays.each(np.asarray, x), training))
    return float(keras.ops.mean(keras.losses.get(loss)(arrays.tensors(y), predicted)))
