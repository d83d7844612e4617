"""Oracles on learning: whether a model trained from scratch memorizes a batch and beats a baseline."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.check.core import arrays, guarded
from grader.check.core.arrays import BATCH, Arrays
from grader.check.core.register import Observations, oracle
from grader.check.core.seeds import seed
from grader.check.measure.head_outputs import most_probable
from grader.check.measure.retraining import (
    RATE,
    STEPS,
    Loss,
    loss_fell,
    output_part,
    output_places,
    retrain,
    training_needs,
)
from grader.check.remote import compiled_models
from grader.verdict import Measure, Observation


@oracle
def memorises(
    subject: Any,
    x: Arrays,
    y: Arrays,
    loss: Loss = None,
    share: float = 0.1,
    steps: int = 2 * STEPS,
    rate: float = RATE,
    about: str = "fit to a single batch",
) -> Observations:
    """Trained from scratch on only the first 32 rows, the model's loss falls to `share` of its initial value or less.

    A model that can't memorize 32 rows is connected wrongly. At least one of three initializations must succeed.
    Penalties are left out, because their purpose is to prevent memorization.
    """
    yield from _trainable(subject, x, loss)
    x, y = arrays.rows(x, slice(0, BATCH)), arrays.rows(y, slice(0, BATCH))
    seeds = [seed("memorises", number) for number in range(3)]
    runs = retrain(subject, x, y, seeds, None, loss, steps, BATCH, rate, penalties=False, enough=share)
    best = min(runs, key=loss_fell)
    yield Observation(
        about=about,
        ok=loss_fell(best) <= share,
        seen=f"a loss of {best['end']:.3g} after up to {steps} steps, from {best['start']:.3g} at the start",
        expected=f"a loss of {share * best['start']:.3g} or less on its {arrays.count(y)} training rows",
        why="A model that works can memorize a handful of rows.",
        next=_memory_advice(best),
        measured=Measure(loss_fell(best), share, at_least=False),
    )


def _memory_advice(run: dict[str, Any]) -> str:
    if not np.isfinite(run["end"]):
        return "Look for a logarithm or a division without an epsilon: the loss is no longer a finite number."
    if loss_fell(run) > 0.9:
        return (
            "Check whether a gradient reaches every weight, and whether the output depends on every input: "
            "the loss hardly changed."
        )
    return "Check for a layer that is too narrow, an activation that limits the head, or a very high dropout rate."


@oracle
def learns(
    subject: Any,
    x: Arrays,
    y: Arrays,
    x_new: Arrays,
    y_new: Arrays,
    at_least: float | dict[str, float] = 0.5,
    loss: Loss = None,
    baseline: Arrays | None = None,
    seeds: int = 3,
    steps: int = STEPS,
    batch_size: int = BATCH,
    rate: float = RATE,
) -> Observations:
    """Trained from scratch on (x, y), the model beats the baseline on new rows, in the median over several seeds.

    Integer targets are labels, and their error is the share of wrong predictions; for other targets it is the mean
    squared error. The baseline is the best constant (the largest class, or the mean), or the predictions `baseline`
    for the new rows. `at_least` is the share by which the model must reduce the baseline's error; a dict gives one
    for each output.
    """
    yield from _trainable(subject, x, loss)
    salts = [seed("learns", number) for number in range(seeds)]
    runs = retrain(subject, x, y, salts, x_new, loss, steps, batch_size, rate)
    for place in output_places(y_new):
        target, naive = (
            guarded.array(output_part(y_new, place)),
            None if baseline is None else output_part(baseline, place),
        )
        asked = at_least[place] if isinstance(at_least, dict) else at_least
        yield _learned([output_part(run["outputs"], place) for run in runs], target, naive, asked, runs, place)


def _learned(
    outputs: list[np.ndarray],
    target: np.ndarray,
    naive: np.ndarray | None,
    at_least: float,
    runs: list[dict[str, Any]],
    place: Any,
) -> Observation:
    labels = target.dtype.kind in "iub"
    base = _baseline_error(target, naive)
    errors = [_error(found, target) for found in outputs]
    error = float(np.median(errors))
    gone = 1 - error / max(base, 1e-12) if np.isfinite(error) else -np.inf
    allowed = (1 - at_least) * base
    name = "" if place is None else f"`{place}`: " if isinstance(place, str) else f"output {place}: "
    return Observation(
        about=f"{name}{'accuracy' if labels else 'error'} on new rows",
        ok=gone >= at_least,
        seen=f"{_scored(error, labels)}, "
        + (f"the median of our {len(runs)} training runs" if len(runs) > 1 else "after a training run of ours"),
        expected=f"{_scored(allowed, labels)} or better; {_baseline_name(labels, naive)} reaches "
        f"{_scored(base, labels)}",
        why="Only rows that were not used in training can tell learning from memorizing.",
        next=_learning_advice(runs, gone),
        measured=Measure(gone, at_least),
    )


def _error(found: np.ndarray, target: np.ndarray) -> float:
    """The share of wrong labels, or the mean squared error; infinite if the shapes don't match."""
    if len(found) != len(target):
        return np.inf
    values = np.asarray(found, "float64").reshape(len(found), -1)
    if target.dtype.kind in "iub":
        labels = target.reshape(len(target), -1)
        if labels.shape[1] > 1:  # one label for each position of a sequence or an image
            values, labels = np.asarray(found, "float64").reshape(labels.size, -1), labels.reshape(-1, 1)
        return float(np.mean(_decided(values) != labels[:, 0]))
    if values.size != target.size:
        return np.inf
    return float(np.mean((values.ravel() - target.ravel()) ** 2))


def _decided(values: np.ndarray) -> np.ndarray:
    """The most probable label; a single column holds probabilities if it stays between 0 and 1, otherwise logits."""
    if values.shape[1] > 1:
        return values.argmax(axis=1)
    inside = values.min(initial=0) >= 0 and values.max(initial=0) <= 1
    return (values[:, 0] > (0.5 if inside else 0.0)).astype(int)


def _baseline_error(target: np.ndarray, naive: np.ndarray | None) -> float:
    if naive is not None:
        naive = np.asarray(naive)
        if target.dtype.kind in "iub" and naive.shape == target.shape:
            return float(np.mean(naive != target))
        return _error(naive, target)
    if target.dtype.kind in "iub":
        return 1 - float(np.unique(target, return_counts=True)[1].max() / target.size)
    return float(np.mean((target - target.mean(axis=0)) ** 2))


def _scored(error: float, labels: bool) -> str:
    if not np.isfinite(error):
        return "no finite outputs of the right shape on new rows"
    return f"{1 - error:.0%} right on new rows" if labels else f"a mean squared error of {error:.3g} on new rows"


def _baseline_name(labels: bool, naive: Any) -> str:
    return "the baseline" if naive is not None else "the largest class alone" if labels else "the mean alone"


def _learning_advice(runs: list[dict[str, Any]], gone: float) -> str:
    if not all(np.isfinite(run["end"]) for run in runs):
        return "Look for a logarithm or a division without an epsilon: the loss is no longer a finite number."
    if np.median([loss_fell(run) for run in runs]) > 0.9:
        return (
            "Check whether inputs and gradients reach every layer, and whether the loss matches the head: "
            "the training loss hardly fell either."
        )
    if gone < 0.1:
        return (
            "Check whether the model uses the inputs that the labels depend on: it fits the training rows, "
            "but does hardly better than the baseline on new ones."
        )
    return "Check whether a layer is too narrow, an input unused, or the regularization too strong."


def _trainable(subject: Any, x: Arrays, loss: Loss) -> Observations:
    """The model has trainable weights, and a loss to train with. Stops the check otherwise."""
    found = training_needs(subject, x)
    if loss is None:
        yield Observation(
            about="compilation",
            ok=found["compiled"],
            seen="a compiled model" if found["compiled"] else "a model without a loss",
            expected="a compiled model",
            why="Training needs a loss to minimize.",
            next="Call `model.compile(…)` and return the same model.",
            stop=True,
        )
    yield Observation(
        about="trainable weights",
        ok=found["trainable"] > 0,
        seen=f"{found['trainable']:,} trainable parameters" if found["trainable"] else "no trainable weights",
        expected="trainable weights",
        why="The optimizer updates only the weights that Keras tracks as trainable.",
        next="Check whether everything is frozen (`trainable = False`), and create weights where Keras tracks them: "
        "with `add_weight`, or in layers that are stored as attributes.",
        stop=True,
    )


SEEN_SELDOM = 0.1
"""A class of which the model recognizes a smaller share than this was hardly trained on."""


@oracle
def beats_baseline(model: Any, x: Arrays, y: np.ndarray, at_least: float) -> Observations:
    """On new rows, the accuracy is at least `at_least`, and the model recognizes some rows of every class."""
    hits = most_probable(model, x) == y
    reached, majority = float(hits.mean()), float(np.bincount(y).max() / len(y))
    blind = [int(label) for label in np.unique(y) if hits[y == label].mean() < SEEN_SELDOM]
    ok = reached >= at_least and not blind
    yield Observation(
        about="accuracy on new rows",
        ok=ok,
        seen=f"{reached:.0%} right on new rows"
        + (f", but class {', '.join(map(str, blind))} is hardly ever recognized" if blind else ""),
        expected=f"{at_least:.0%} or more right on new rows, with some right in every class; "
        f"predicting only the largest class gives {majority:.0%}",
        why="A falling training loss proves little: only new rows show what the model has learned.",
        next=_baseline_advice(model, blind, int(y.max())),
        measured=Measure(reached, at_least),
    )


def _baseline_advice(model: Any, blind: list[int], last: int) -> str:
    if blind == [last] and compiled_models.optimizer_steps(model):
        return (
            "Shuffle before you split. Only the last class is missing, and `validation_split` takes the last rows "
            "before it shuffles: check whether they are all of that class."
        )
    return "Check whether the data is scaled, the loss matches the labels, and the training run is long enough."
