"""Oracles on learning: whether a model trained afresh memorizes a batch and beats a baseline."""

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
    about: str = "memorises a batch",
) -> Observations:
    """Trained afresh on the first 32 rows alone, the model's loss falls to `share` of its start or below.

    A model that can't learn 32 rows by heart is wired wrongly; of three initialisations one has to get there.
    Penalties are left out: they are there to prevent it.
    """
    yield from _trainable(subject, x, loss)
    x, y = arrays.rows(x, slice(0, BATCH)), arrays.rows(y, slice(0, BATCH))
    seeds = [seed("memorises", number) for number in range(3)]
    runs = retrain(subject, x, y, seeds, None, loss, steps, BATCH, rate, penalties=False, enough=share)
    best = min(runs, key=loss_fell)
    yield Observation(
        about=about,
        ok=loss_fell(best) <= share,
        seen=f"a loss of {best['start']:.3g} at first, {best['end']:.3g} after up to {steps} steps",
        expected=f"{share * best['start']:.3g} or less on the {arrays.count(y)} rows it is trained on",
        why="Whatever else it does later, a model has to be able to learn a handful of rows by heart.",
        next=_memory_advice(best),
        measured=Measure(loss_fell(best), share, at_least=False),
    )


def _memory_advice(run: dict[str, Any]) -> str:
    if not np.isfinite(run["end"]):
        return "The loss is no longer a number: look for a logarithm or a division without an epsilon."
    if loss_fell(run) > 0.9:
        return "It hardly moved: does a gradient reach every weight, and does the output depend on every input?"
    return "Is there a layer too narrow on the way, an activation that cuts the head off, or very strong dropout?"


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
    """Trained afresh on (x, y), the model beats the baseline on new rows: the median of several seeds.

    Targets that are integers are labels, and what counts is the share of wrong ones; others are numbers, and it is
    the mean squared error. The baseline is the best constant (the largest class, the mean), or what `baseline`
    predicts for the new rows. `at_least` is the share of the baseline's error that must be gone, by output where
    there are several.
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
    name = "" if place is None else f"`{place}` " if isinstance(place, str) else f"output {place} "
    return Observation(
        about=f"{name}learns",
        ok=gone >= at_least,
        seen=f"{_scored(error, labels)}, "
        + (f"the median of {len(runs)} trainings of ours" if len(runs) > 1 else "after a training of ours"),
        expected=f"{_scored(allowed, labels)} or better; {_baseline_name(labels, naive)} gives {_scored(base, labels)}",
        why="Only rows that training hasn't seen tell learning from memorising.",
        next=_learning_advice(runs, gone),
        measured=Measure(gone, at_least),
    )


def _error(found: np.ndarray, target: np.ndarray) -> float:
    """The share of wrong labels, or the mean squared error; infinite where the shapes don't fit."""
    if len(found) != len(target):
        return np.inf
    values = np.asarray(found, "float64").reshape(len(found), -1)
    if target.dtype.kind in "iub":
        labels = target.reshape(len(target), -1)
        if labels.shape[1] > 1:  # one label for each place of a sequence or a picture
            values, labels = np.asarray(found, "float64").reshape(labels.size, -1), labels.reshape(-1, 1)
        return float(np.mean(_decided(values) != labels[:, 0]))
    if values.size != target.size:
        return np.inf
    return float(np.mean((values.ravel() - target.ravel()) ** 2))


def _decided(values: np.ndarray) -> np.ndarray:
    """The most probable label; a single column is a probability where it stays between 0 and 1, else a logit."""
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
        return "no usable numbers on new rows"
    return f"{1 - error:.0%} right on new rows" if labels else f"a mean squared error of {error:.3g} on new rows"


def _baseline_name(labels: bool, naive: Any) -> str:
    return "the baseline" if naive is not None else "the largest class alone" if labels else "the mean alone"


def _learning_advice(runs: list[dict[str, Any]], gone: float) -> str:
    if not all(np.isfinite(run["end"]) for run in runs):
        return "The loss is no longer a number: look for a logarithm or a division without an epsilon."
    if np.median([loss_fell(run) for run in runs]) > 0.9:
        return (
            "The training loss hardly fell either: do inputs and gradients reach every layer? Do loss and head agree?"
        )
    if gone < 0.1:
        return "It fits its training rows and knows nothing of new ones: does it see what the labels depend on?"
    return "It learns too little: is a layer too narrow, an input unused, or the regularisation too strong?"


def _trainable(subject: Any, x: Arrays, loss: Loss) -> Observations:
    """There is something to train, and a loss to train with. Stops the check where there isn't."""
    found = training_needs(subject, x)
    if loss is None:
        yield Observation(
            about="compiled",
            ok=found["compiled"],
            seen="yes" if found["compiled"] else "the model has no loss yet",
            expected="a model on which `compile` was called",
            why="Without a loss there is nothing to make smaller.",
            next="Call `model.compile(…)` and return the same model.",
            stop=True,
        )
    yield Observation(
        about="something to train",
        ok=found["trainable"] > 0,
        seen=f"{found['trainable']:,} trainable numbers" if found["trainable"] else "no trainable weight",
        expected="weights that training may move",
        why="Only what Keras knows as a trainable weight is moved.",
        next="Is everything frozen (`trainable = False`), or are weights made where Keras doesn't see them? "
        "`add_weight` and layers kept as attributes are seen.",
        stop=True,
    )


SEEN_SELDOM = 0.1
"""A class of which a smaller share is found was hardly trained on."""


@oracle
def beats_baseline(model: Any, x: Arrays, y: np.ndarray, at_least: float) -> Observations:
    """On rows that nobody has seen, the accuracy is at least `at_least` and no class is overlooked."""
    hits = most_probable(model, x) == y
    reached, majority = float(hits.mean()), float(np.bincount(y).max() / len(y))
    blind = [int(label) for label in np.unique(y) if hits[y == label].mean() < SEEN_SELDOM]
    ok = reached >= at_least and not blind
    yield Observation(
        about="has learned",
        ok=ok,
        seen=f"{reached:.0%} right on new rows"
        + (f", but class {', '.join(map(str, blind))} is hardly ever found" if blind else ""),
        expected=f"{at_least:.0%} or more, every class among them; the largest class alone gives {majority:.0%}",
        why="A falling training loss proves little: new rows show what was learned.",
        next=_baseline_advice(model, blind, int(y.max())),
        measured=Measure(reached, at_least),
    )


def _baseline_advice(model: Any, blind: list[int], last: int) -> str:
    if blind == [last] and compiled_models.optimizer_steps(model):
        return (
            "The last class alone is missing: were its rows cut off for validation? "
            "`validation_split` takes the last rows before it shuffles. Shuffle before you split."
        )
    return "Is the data scaled, the loss the right one for the labels, the training long enough?"
