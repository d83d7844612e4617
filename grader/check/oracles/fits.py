"""Oracles on calls of `fit`: what it was given, what the History says, which rows were scored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.check.core.arrays import Arrays
from grader.check.core.register import Observations, export, oracle
from grader.check.measure.head_outputs import most_probable
from grader.check.oracles.compiled import is_compiled, learning_rate_is, steps_like_sgd
from grader.check.oracles.heads import all_can_learn, head_range, loss_fits_head
from grader.check.oracles.interface import output_shape
from grader.check.oracles.labels import labels_are
from grader.check.oracles.learning import beats_baseline
from grader.check.oracles.values import is_model, is_pair, is_triple
from grader.check.remote import compiled_models
from grader.check.remote.data_spy import SCORING, Look, Seen, looked_on
from grader.check.remote.fit_spy import Fit, flat, shared
from grader.check.remote.queries import curves, kind_of, members
from grader.verdict import Observation


@export
def look_on(function: Any, *args: Any, **kwargs: Any) -> Seen:
    """Call the student's function and watch which data its models use.

    Written `task.run(check.look_on, student.search, x, y)`.
    """
    seen = looked_on(function, *args, **kwargs)
    return Seen(seen["returned"], [Look(**look) for look in seen["looks"]])


@dataclass(frozen=True)
class Uses:
    """How often the rows of a set were scored as a whole, and how many of them were validated or trained on."""

    scored: int
    validated: int
    trained: int


def uses_of(looks: Sequence[Look], x: Any) -> Uses:
    """What was done with the rows of `x`, as they are or as a whole changed column by column (scaled, say).

    Rows of which only a part was scored count as a whole time.
    """
    rows = flat(x)
    scored = [look for look in looks if look.what in SCORING and look.rows is not None]
    others = {what: [look for look in looks if look.what == what] for what in ("validate", "fit")}
    return Uses(
        scored=_times(scored, rows),
        validated=max((_known(look.rows, rows) for look in others["validate"]), default=0),
        trained=max((_known(look.rows, rows) for look in others["fit"]), default=0),
    )


def _times(looks: Sequence[Look], rows: np.ndarray) -> int:
    """How often the set was gone through: as often as that row of it which came by most often."""
    own, seen = Counter(_keys(rows)), Counter()
    changed: list[Look] = []
    for look in looks:
        found = Counter(key for key in _keys(look.rows) if key in own)
        seen += found
        if not found:
            changed.append(look)
    return max((-(-seen[key] // own[key]) for key in seen), default=0) + _changed_times(changed, rows)


def _keys(rows: np.ndarray) -> list[bytes]:
    return [row.tobytes() for row in rows + np.float32(0)]  # -0 becomes 0


def _changed_times(looks: Sequence[Look], rows: np.ndarray) -> int:
    """How often the whole set came by with other numbers in the same order, at once or batch after batch."""
    times = start = 0
    while start < len(looks):
        size, end = 0, start
        while end < len(looks) and size < len(rows) and _goes_on(looks[start], looks[end]):
            size += len(looks[end].rows)
            end += 1
        if size == len(rows) and _same_order(np.concatenate([look.rows for look in looks[start:end]]), rows):
            times, start = times + 1, end
        else:
            start += 1
    return times


def _goes_on(first: Look, then: Look) -> bool:
    return (first.what, first.model, first.rows.shape[1]) == (then.what, then.model, then.rows.shape[1])


def _known(some: np.ndarray | None, rows: np.ndarray) -> int:
    """How many of `rows` stand among `some`, as they are; all of them where `some` is the set with other numbers."""
    if some is None:
        return 0
    there = set(_keys(some))
    known = sum(key in there for key in _keys(rows))
    return len(rows) if not known and len(some) == len(rows) and _same_order(some, rows) else known


def _same_order(some: np.ndarray, rows: np.ndarray) -> bool:
    """Whether a column of `some` puts the rows in the order in which a column of `rows` does, upwards or downwards.

    Columns with few different numbers tell nothing; two sets of rows agree in one of the others by chance 1 in N!.
    """
    orders = {order.tobytes() for order in _orders(rows)}
    return any(order.tobytes() in orders for order in _orders(some)) or any(
        order.tobytes() in orders for order in _orders(-some)
    )


def _orders(rows: np.ndarray) -> Iterator[np.ndarray]:
    for column in rows.T:
        values, order = np.unique(column, return_inverse=True)
        if len(values) >= max(6, len(rows) // 2):
            yield order.astype("int64")


@oracle
def scored_once(seen: Seen, x: Any, about: str = "test rows") -> Observations:
    """The rows of `x` were scored exactly once, and neither trained nor validated on."""
    uses = uses_of(seen.looks, x)
    others = [
        f"{n} of them were {what}" for n, what in ((uses.trained, "trained on"), (uses.validated, "validated on")) if n
    ]
    yield Observation(
        about=about,
        ok=uses.scored == 1 and not others,
        seen="; ".join(["never scored" if not uses.scored else f"scored {_times_word(uses.scored)}", *others]),
        expected="scored once, at the very end, and used for nothing else",
        why="Anything you choose by the test rows is fitted to them, and leaves no honest number to report.",
        next="Choose by the validation rows, and evaluate only the chosen model on the test rows."
        if uses.scored != 0 or others
        else "End with one `evaluate` of the final model on the test rows.",
    )


def _times_word(n: int) -> str:
    return {1: "once", 2: "twice"}.get(n, f"{n} times")


@oracle
def epochs_run(
    seen: Seen, epochs: int, fits: int | None = None, batches: int | None = None, about: str = "epochs"
) -> Observations:
    """Every `fit` really trained for so many epochs, whatever was asked of it; `fits` is how many there had to be.
    `batches` is how many each epoch had to take."""
    ran = [look.epochs for look in seen.fits]
    other = next((n for n in ran if n != epochs), None)
    enough = len(ran) == fits if fits is not None else len(ran) > 0
    yield Observation(
        about=about,
        ok=other is None and enough,
        seen=_ran(ran, other, epochs),
        expected=(f"{fits} training runs" if fits is not None else "every training run") + f" of {_epochs(epochs)}",
        why="A model that was trained for fewer epochs than you think is judged unfairly.",
        next=_epochs_advice(ran, other, epochs),
    )
    if batches is not None and ran:
        took = [look.batches / max(look.epochs, 1) for look in seen.fits]
        odd = next((n for n in took if n != batches), None)
        yield Observation(
            about="batches",
            ok=odd is None,
            seen=f"{odd:g} per epoch" if odd is not None else f"{batches} per epoch",
            expected=f"{batches} per epoch",
            why="Rows that are in no batch are never learned from.",
            next="Pass the batch size on, and keep the last, smaller batch.",
        )


def _ran(ran: list[int], other: int | None, epochs: int) -> str:
    if not ran:
        return "no `fit` at all"
    if other is None:
        return f"{len(ran)} training run{'s' * (len(ran) != 1)} of {_epochs(epochs)}"
    return (
        f"{sum(n != epochs for n in ran)} of {len(ran)} training runs had another length, for example {_epochs(other)}"
    )


def _epochs(n: int) -> str:
    return f"{n} epoch{'s' * (n != 1)}"


def _epochs_advice(ran: list[int], other: int | None, epochs: int) -> str:
    if other == 1 and epochs != 1:
        return (
            "One epoch is `fit`'s default: the number you gave was lost. A search clones its estimator; "
            "pass it to the search's own `fit(X, y, epochs=…)`."
        )
    return (
        "Pass the number of epochs on to every `fit`." if other is not None else "Train as often as the exercise says."
    )


@oracle
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


@oracle
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


@oracle
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
        why="The caller of your function decides how long it trains.",
        next="Pass the argument on, `fit(…, epochs=epochs)`, and let nothing stop training early.",
    )
    yield Observation(
        about="validation curve",
        ok=len(curve) == seen > 0,
        seen="a validation loss for each epoch" if len(curve) == seen else f"{len(curve)} validation losses",
        expected=f"{seen}, one after each epoch",
        why="Only the loss on rows outside training distinguishes learning from memorizing.",
        next="Hold some training rows out and pass them as `validation_data`.",
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
            about="losses are from this training run",
            ok=own,
            seen="yes" if own else f"they begin with {losses[0]:.4g}, but `fit` computed {found[0]:.4g}",
            expected="what `fit` computed",
            why="A curve from another training run says nothing about this model.",
            next="Return what `fit` returns, unchanged.",
        )


@oracle
def fitted(model: Any, fits: Sequence[Fit], epochs: int) -> Observations:
    """The model that was returned is the one that was trained, for as many epochs as were asked for."""
    steps = compiled_models.optimizer_steps(model)
    own = [fit for fit in fits if fit.model is model]
    trained = sum(fit.epochs for fit in own)
    ok = trained == epochs if fits else bool(steps and steps >= epochs)
    yield Observation(
        about="the model you return",
        ok=bool(ok and steps),
        seen="was never trained: its optimizer made no step"
        if not steps
        else "is not the model on which `fit` was called"
        if fits and not own
        else f"trained for {trained} epochs"
        if fits
        else f"trained for {steps} steps",
        expected=f"trained for {epochs} epochs",
        why="The History must cover the whole training of this model.",
        next="Call `fit` once, and return the model on which you called it.",
    )


@oracle
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
        else "held out from training"
        if validated
        else "none: this model was fitted without any",
        expected="rows that are not used for training",
        why="A model looks better than it is on rows it was fitted to.",
        next="Pass to `fit` only the part that is left after the validation rows are cut off.",
    )
    if x_test is None:
        return
    trained = sum(shared(fit.rows, x_test) for fit in own)
    validated = sum(shared(fit.validation, x_test) for fit in own)
    used = " and ".join(f"{n} were {what}" for n, what in ((trained, "trained on"), (validated, "validated on")) if n)
    yield Observation(
        about="test rows kept until the end",
        ok=not used,
        seen=f"of the test rows {used}" if used else "used for nothing but the labels",
        expected="a validation part cut from the training rows",
        why="Anything you tune on the test rows is fitted to them, and leaves no honest number to report.",
        next="Split the training rows once more, and validate on that part.",
    )
