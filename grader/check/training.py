"""Oracles on training: what `fit` was given, what the History says, and what the model has learned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from grader.check import asking, probe
from grader.check.asking import Arrays, kind_of, members
from grader.check.compiling import is_compiled, steps_like_sgd
from grader.check.models import (
    all_can_learn,
    head_range,
    is_model,
    is_pair,
    is_triple,
    loss_fits_head,
    most_probable,
    output_shape,
)
from grader.check.predicting import labels_are
from grader.check.spying import Fit, shared
from grader.check.verb import verb
from grader.verdict import Measure, Observation

Observations = Iterator[Observation]
SEEN_SELDOM = 0.1
"""A class of which a smaller share is found was hardly trained on."""


def training(
    answer: Any,
    fits: Sequence[Fit],
    x: np.ndarray,
    y: np.ndarray,
    epochs: int,
    learning_rate: float,
    at_least: float,
) -> Observations:
    """`answer` is (model, history) of an honest training, judged on new rows (x, y).

    `fits` is what was seen of it, `task.fits`. The optimizer is left to the student.
    """
    yield from is_pair(answer, "model", "history")
    model, history = members(answer)
    yield from is_model(model)
    yield from is_compiled(model)
    yield from output_shape(model, x, len(np.unique(y)))
    yield from all_can_learn(model)
    yield from loss_fits_head(model, x[:64], "multiclass", targets=("integer", "one-hot"))
    yield from history_of(history, epochs, [fit for fit in fits if fit.model is model])
    yield from fitted(model, fits, epochs)
    yield from held_back(model, fits)
    yield from learning_rate_is(model, fits, learning_rate)
    yield from beats_baseline(model, x, y, at_least)


def experiment(
    answer: Any,
    fits: Sequence[Fit],
    x: np.ndarray,
    y: np.ndarray,
    epochs: int,
    learning_rate: float,
    at_least: float,
) -> Observations:
    """`answer` is (model, history, labels of the test rows x) of an experiment done right throughout: softmax,
    plain SGD at this rate, validated on training rows held back."""
    yield from is_triple(answer, "model", "history", "labels")
    model, history, labels = members(answer)
    yield from is_model(model)
    yield from is_compiled(model)
    yield from output_shape(model, x, len(np.unique(y)))
    yield from head_range(model, x, "multiclass")
    yield from all_can_learn(model)
    yield from loss_fits_head(model, x[:64], "multiclass", targets=("integer", "one-hot"))
    yield from steps_like_sgd(model, learning_rate, momentum=0.0)
    yield from history_of(history, epochs, [fit for fit in fits if fit.model is model])
    yield from fitted(model, fits, epochs)
    yield from held_back(model, fits, x)
    yield from beats_baseline(model, x, y, at_least)
    yield from labels_are(labels, most_probable(model, x), "softmax")


def history_of(history: Any, epochs: int, fits: Sequence[Fit] = ()) -> Observations:
    """`history` is what `fit` returned: a training and a validation loss for each of the epochs asked for.

    With `fits` of this model, the losses are those that were seen while it trained.
    """
    recorded = curves(history)
    losses = (recorded or {}).get("loss")
    yield Observation(
        about="history",
        ok=losses is not None,
        seen="a loss for each epoch" if losses is not None else kind_of(history),
        expected="the History that `fit` returns",
        why="It holds the curves that tell you how training went.",
        next="Keep it: `history = model.fit(…)`.",
        stop=True,
    )
    seen, curve = len(losses), recorded.get("val_loss", [])
    yield Observation(
        about="epochs",
        ok=seen == epochs,
        seen=f"{seen} epoch{'s' * (seen != 1)}",
        expected=f"{epochs}, the number asked for",
        why="Whoever calls your function decides how long it trains.",
        next="Hand the argument on, `fit(…, epochs=epochs)`, and let nothing stop training early.",
    )
    yield Observation(
        about="validation curve",
        ok=len(curve) == seen > 0,
        seen="a validation loss for each epoch" if len(curve) == seen else f"{len(curve)} validation losses",
        expected=f"{seen}, one after each epoch",
        why="Only the loss on rows outside training tells learning from memorising.",
        next="Hold some training rows back and pass them as `validation_data`.",
    )
    finite = bool(np.all(np.isfinite([*losses, *curve])))
    yield Observation(
        about="losses are finite",
        ok=finite,
        seen="all" if finite else "not a number somewhere along the curve",
        expected="finite numbers",
        next="A loss that explodes usually means unscaled input or too high a learning rate.",
    )
    found = [loss for fit in fits for loss in fit.losses or ()]
    if finite and len(found) == seen:
        own = np.allclose(losses, found, rtol=1e-3, atol=1e-6)
        yield Observation(
            about="losses are this training's",
            ok=own,
            seen="yes" if own else f"they begin with {losses[0]:.4g}, and `fit` found {found[0]:.4g}",
            expected="what `fit` found",
            why="A curve that belongs to another training says nothing about this model.",
            next="Return what `fit` returns, as it is.",
        )


@verb
def curves(history: Any) -> dict[str, list[float]] | None:
    """What a History (or its dict) holds, by name; curves that aren't lists of numbers are left out.

    None where there is no dict. Read by dict's and list's own methods, whatever a subclass makes of them.
    """
    recorded = getattr(history, "history", history)
    if not isinstance(recorded, dict):
        return None
    found = {str(name): _curve(values) for name, values in dict.items(recorded)}
    return {name: values for name, values in found.items() if values is not None}


def _curve(values: Any) -> list[float] | None:
    entries = members(values)
    if entries is None and isinstance(values, np.ndarray) and values.ndim:
        entries = list(np.asarray(values))
    try:
        numbers = None if entries is None else [probe.array(entry) for entry in entries]
    except TypeError:
        return None
    return [float(n) for n in numbers] if numbers is not None and all(n.ndim == 0 for n in numbers) else None


def fitted(model: Any, fits: Sequence[Fit], epochs: int) -> Observations:
    """The model that was returned is the one that was trained, for as many epochs as were asked for."""
    steps = asking.optimizer_steps(model)
    own = [fit for fit in fits if fit.model is model]
    trained = sum(fit.epochs for fit in own)
    ok = trained == epochs if fits else bool(steps and steps >= epochs)
    yield Observation(
        about="the model you return",
        ok=bool(ok and steps),
        seen="was never trained: its optimizer made no step"
        if not steps
        else "isn't the model on which `fit` was called"
        if fits and not own
        else f"trained for {trained} epochs"
        if fits
        else f"trained for {steps} steps",
        expected=f"trained for {epochs} epochs",
        why="The History must tell the whole story of this very model.",
        next="Call `fit` once, and return the model on which you called it.",
    )


def held_back(model: Any, fits: Sequence[Fit], x_test: Arrays | None = None) -> Observations:
    """The model was validated on rows that it wasn't trained on; and on none of `x_test`, nor trained on them."""
    own = [fit for fit in fits if fit.model is model]
    twice = sum(shared(fit.validation, fit.rows) for fit in own)
    validated = all(fit.validated for fit in own)
    yield Observation(
        about="validation rows",
        ok=twice == 0 and validated,
        seen=f"{twice} of them were trained on as well"
        if twice
        else "held back from training"
        if validated
        else "none: this model was fitted without any",
        expected="rows that training doesn't see",
        why="On rows it was fitted to, a model looks better than it is.",
        next="Pass to `fit` only the part that is left after the validation rows are cut off.",
    )
    if x_test is None:
        return
    trained = sum(shared(fit.rows, x_test) for fit in own)
    validated = sum(shared(fit.validation, x_test) for fit in own)
    used = " and ".join(f"{n} were {what}" for n, what in ((trained, "trained on"), (validated, "validated on")) if n)
    yield Observation(
        about="test rows kept for the end",
        ok=not used,
        seen=f"of the test rows {used}" if used else "used for nothing but the labels",
        expected="a validation part cut from the training rows",
        why="Whatever you tune by looking at the test rows is fitted to them; no honest number is left to report.",
        next="Split the training rows once more, and validate on that part.",
    )


def learning_rate_is(model: Any, fits: Sequence[Fit], learning_rate: float) -> Observations:
    """The optimizer's learning rate is the one asked for, when training begins and when it is over."""
    last = asking.learning_rate(model)
    if last is None:
        yield Observation("learning rate", False, "the model has no optimizer", f"{learning_rate:g}")
        return
    rates = [fit.learning_rate for fit in fits if fit.model is model and fit.learning_rate is not None] + [last]
    other = next((rate for rate in rates if not np.isclose(rate, learning_rate, rtol=1e-3)), None)
    when = " when training began" if other is not None and np.isclose(last, learning_rate, rtol=1e-3) else ""
    name = asking.optimizer_name(model)
    yield Observation(
        about="learning rate",
        ok=other is None,
        seen=f"{learning_rate:g}" if other is None else f"{other:g}{when}",
        expected=f"{learning_rate:g}, the one asked for, throughout",
        why="Whoever calls your function chose it; an optimizer that isn't told takes its own default.",
        next=f"Hand the argument on: `keras.optimizers.{name}(learning_rate=learning_rate)`.",
    )


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
        next=_learning_advice(model, blind, int(y.max())),
        measured=Measure(reached, at_least),
    )


def _learning_advice(model: Any, blind: list[int], last: int) -> str:
    if blind == [last] and asking.optimizer_steps(model):
        return (
            "The last class alone is missing: were its rows cut off for validation? "
            "`validation_split` takes the last rows before it shuffles. Shuffle before you split."
        )
    return "Is the data scaled, the loss the right one for the labels, the training long enough?"
