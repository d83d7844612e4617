"""Oracles on callbacks, driven with made-up logs."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from grader.check.core import numbers
from grader.check.core.register import Observations, oracle
from grader.check.core.seeds import seed
from grader.check.measure.training_events import Drive, drive
from grader.check.remote.callback_runs import BLANK, Logs, callback_kinds, rates_of, trained_beside
from grader.verdict import Observation


@oracle
def is_callback(subject: Any, arguments: Sequence[Any] = ()) -> Observations:
    """The subject, or what the student's function returns for `arguments`, is a callback or a list of callbacks."""
    seen = callback_kinds(subject, list(arguments))
    good = bool(seen["kinds"]) and all(seen["answers"])
    yield Observation(
        about="what is returned",
        ok=good,
        seen=("a callback" if len(seen["kinds"]) == 1 else "callbacks")
        if good
        else ", ".join(seen["kinds"]) or "an empty list",
        expected="a callback",
        why="`fit` takes callbacks: objects with methods such as `on_epoch_end`, which it calls during training.",
        next=_callback_advice(seen["kinds"]),
        stop=True,
    )


def _callback_advice(kinds: list[str]) -> str:
    if kinds == ["`None`"]:
        return "Is the `return` missing?"
    if kinds == ["a `function`"]:
        return "`keras.callbacks.LearningRateScheduler(function)` turns a function of the epoch into a callback."
    if kinds == ["a `type`"]:
        return "This is the class itself. Call it, with parentheses, and return the object."
    return "Return a `keras.callbacks.Callback`: one of Keras's own, or an instance of your own subclass."


@oracle
def stops_at(
    callback: Any,
    epochs: Logs,
    at: int | tuple[int, int] | None,
    about: str = "",
    why: str = "A model stopped too early has not learned yet; one stopped too late overfits or wastes time.",
    next: str = "",
    **how: Any,
) -> Observations:
    """Driven with these logs, the callback ends training after this epoch, or (epoch, batch); None: it never does.

    Epochs and batches count from 0. `how` goes to `drive`. Without `next`, the advice is about patience.
    """
    seen = drive(callback, epochs, **how).stopped
    wanted = at if at is None or isinstance(at, tuple) else (at, -1)
    told = _told(epochs) if how.get("batches") is None else _told_batches(how["batches"])
    yield Observation(
        about=about or "stops",
        ok=seen == wanted,
        seen=_moment(seen),
        expected=f"{_moment(wanted)}; {told}",
        why=why,
        next=next or _stopping_advice(seen, wanted),
    )


def _told_batches(batches: Sequence[Logs]) -> str:
    """The batch logs of the first epochs, with a bar between epochs."""
    shown = [" ".join(_few_of(log) for log in epoch[:5]) + (" …" if len(epoch) > 5 else "") for epoch in batches[:4]]
    return "the batch logs were " + " | ".join(shown) + (" | …" if len(batches) > 4 else "")


def _few_of(log: dict[str, float] | None) -> str:
    if not log:
        return "`None`" if log is None else "`{}`"
    return f"{log['loss']:g}" if set(log) == {"loss"} else ", ".join(f"{name} {value:g}" for name, value in log.items())


def _moment(at: tuple[int, int] | None) -> str:
    if at is None:
        return "never stopped"
    return f"stopped after epoch {at[0] + 1}" if at[1] < 0 else f"stopped in epoch {at[0] + 1}, after batch {at[1] + 1}"


def _told(epochs: Logs) -> str:
    """The logs as a few short curves."""
    names = list(dict.fromkeys(name for log in epochs if log for name in log))
    if not names:
        return "the logs were `None`"
    curves = [f"`{name}` was {_series([log.get(name) for log in epochs if log])}" for name in names[:3]]
    return ", ".join(curves)


def _series(values: Sequence[float | None]) -> str:
    shown = ["–" if v is None else f"{v:g}" for v in values[:8]]
    return " ".join(shown) + (" …" if len(values) > 8 else "")


def _stopping_advice(seen: tuple[int, int] | None, wanted: tuple[int, int] | None) -> str:
    if seen is None:
        return "Check which name it looks up in `logs`, and that it sets `self.model.stop_training = True`."
    if wanted is None or seen < wanted:
        return (
            "It stops too early. Check whether higher or lower is better for the monitored value, and "
            "count the patience from the best epoch."
        )
    return "It stops too late. Check which value it monitors, and count the patience from the best epoch."


@oracle
def restores_best(callback: Any, epochs: Logs, best: int, about: str = "", **how: Any) -> Observations:
    """Driven with these logs, the callback leaves the model with the weights of epoch `best` (from 0)."""
    seen = drive(callback, epochs, **how)
    yield Observation(
        about=about or "final weights",
        ok=seen.weights == best,
        seen=_whose(seen.weights),
        expected=f"those of epoch {best + 1}; {_told(epochs)}",
        why="You know the best epoch only when later ones turn out worse, so its weights must be kept.",
        next="`EarlyStopping` has the argument `restore_best_weights` for this. In your own callback, keep a copy "
        "(`model.get_weights()`) at every improvement, and set it when training ends, stopped or not.",
    )


def _whose(epoch: float | None) -> str:
    if epoch is None:
        return "weights of no single epoch"
    return "those from before training" if epoch == BLANK else f"those of epoch {epoch + 1:g}"


@oracle
def restores_start(
    callback: Any, epochs: Logs, about: str = "", learning_rate: float = 0.1, **how: Any
) -> Observations:
    """Driven with these logs, the callback leaves weights and learning rate as they were before training."""
    seen = drive(callback, epochs, learning_rate=learning_rate, **how)
    weights = seen.weights == BLANK
    rate = seen.rate is not None and abs(seen.rate - learning_rate) <= numbers.tolerance() * learning_rate
    yield Observation(
        about=about or "final weights",
        ok=weights,
        seen=_whose(seen.weights),
        expected="those from before training",
        why="A trial must leave no trace: the training run that follows should start as if there had been none.",
        next="Keep `self.model.get_weights()` when training begins, and set them when it ends. `model.weights` "
        "holds no copies: these are the variables themselves, and training changes them.",
    )
    yield Observation(
        about="final learning rate",
        ok=rate,
        seen=f"{seen.rate:.4g}",
        expected=f"{learning_rate:.4g}, as before",
        why="The optimizer is used for the real training run next, and would continue with the last rate "
        "that was tried.",
        next="Store `float(self.model.optimizer.learning_rate)` when training begins, and restore it when "
        "training ends.",
    )


@oracle
def holds(
    callback: Any, epochs: Logs, name: str, values: Sequence[float], why: str, next: str, **how: Any
) -> Observations:
    """Driven with these logs, the callback holds these numbers in its attribute `name` when training has ended."""
    found = drive(callback, epochs, attributes=[name], **how).held.get(name)
    wanted = np.asarray(list(values), "float64")
    try:
        seen = np.asarray(found, "float64").ravel() if found is not None else None
    except (TypeError, ValueError):
        seen = None
    sized = seen is not None and seen.shape == wanted.shape
    with np.errstate(invalid="ignore"):
        same = sized and bool(np.all(np.abs(seen - wanted) <= numbers.tolerance() * np.abs(wanted)))
    yield Observation(
        about=f"`{name}`",
        ok=same,
        seen=f"{len(wanted)} numbers, as expected" if same else _few(seen),
        expected=_few(wanted),
        why=why,
        next=next,
    )


def _few(values: np.ndarray | None) -> str:
    if values is None:
        return "no list of numbers in this attribute"
    shown = ", ".join(f"{v:.4g}" for v in values[:4])
    return f"{len(values)} numbers: {shown}" + (", …" if len(values) > 4 else "")


@oracle
def writes_best(
    callback: Any, epochs: Logs, path: str, best: int, about: str = "", whole: bool = False, **how: Any
) -> Observations:
    """Driven with these logs, the callback leaves a file at `path` with the weights of epoch `best` (from 0).

    `whole` asks for a `.keras` file, the model and not its weights alone. The folder of `path` must hold nothing else.
    """
    folder, name = os.path.split(path)
    seen = drive(callback, epochs, folder=folder, **how)
    cut = how.get("interrupted", False)
    there = name in seen.files
    right = there and seen.files[name] == best and (not whole or name.endswith(".keras"))
    others = ", ".join(f"`{other}`" for other in list(seen.files)[:3])
    yield Observation(
        about=about or "the file",
        ok=right,
        seen=f"holds {'no weights that Keras can read' if seen.files[name] is None else _whose(seen.files[name])}"
        if there
        else f"not written; there is {others or 'nothing'}",
        expected=f"`{name}` with the weights of epoch {best + 1}; {_told(epochs)}",
        why="The checkpoint is what you return to, so it must hold the best epoch, not the last.",
        next="Save only when the monitored value is the best so far. Keras's callback has `save_best_only` for this; "
        "set `monitor`, and `mode` if higher is better."
        if there
        else "Save as soon as an epoch is the best so far: after a crash, training never reaches its end."
        if cut
        else "Save to exactly the path that you are given.",
    )


@oracle
def writes_events(
    callback: Any,
    epochs: Logs,
    folder: str,
    tag: str | None = None,
    count: int | None = None,
    values: Sequence[float] | None = None,
    **how: Any,
) -> Observations:
    """Driven with these logs, the callback writes finite numbers for TensorBoard into `folder`, `count` of them (one
    an epoch by default), under `tag` or, without it, under some tag.

    With `values`, one per epoch, a second observation tells whether these are the numbers, each at the step that its
    epoch has, from 0.
    """
    driving = drive(callback, epochs, folder=folder, **how)
    seen = driving.events
    count = len(epochs) if count is None else count
    tags = [tag] if tag is not None else list(seen)
    fit = [t for t in tags if len(seen.get(t, ())) == count and np.all(np.isfinite(seen[t]))]
    listed = ", ".join(f"{len(values)} × `{name}`" for name, values in list(seen.items())[:4])
    yield Observation(
        about=f"`{tag}` for TensorBoard" if tag else "numbers for TensorBoard",
        ok=bool(fit),
        seen=f"{count} entries, `{fit[0]}`" if fit else listed or "no event file with a number in it",
        expected=f"{count} finite numbers" + (f" under `{tag}`" if tag else "") + ", one per epoch",
        why="TensorBoard shows only what is in the file.",
        next=_writing_advice(seen, tag, count),
        stop=values is not None,
    )
    if values is not None and fit:
        yield _written(fit[0], driving, np.asarray(list(values), "float64"))


def _writing_advice(seen: dict[str, list[float]], tag: str | None, count: int) -> str:
    if tag is not None and tag not in seen and any(len(values) == count for values in seen.values()):
        return f"The numbers are there under another name. Use the tag `{tag}` exactly as written."
    if tag is not None and len(seen.get(tag, ())) > count:
        return "Write once, at the end of each epoch, not at every batch."
    if tag is not None and len(seen.get(tag, ())) == count:
        return "Some of them are NaN or infinite. Check for a division by zero or the logarithm of zero."
    return (
        "Make one writer, `tf.summary.create_file_writer(folder)`, and write in `on_epoch_end`, with `step=epoch`, "
        "within `with writer.as_default():`. When that block ends, the numbers are in the file."
    )


def _written(tag: str, driving: Drive, wanted: np.ndarray) -> Observation:
    seen, steps = np.asarray(driving.events[tag]), driving.steps[tag]
    right = steps == list(range(len(wanted)))
    limit = 10 * numbers.tolerance() * np.abs(wanted)
    same = seen.shape == wanted.shape and bool(np.all(np.abs(seen - wanted) <= limit))
    return Observation(
        about=f"the numbers under `{tag}`",
        ok=same and right,
        seen=f"steps {', '.join(map(str, steps[:5]))}" if not right else _few(seen),
        expected=f"steps 0 to {len(wanted) - 1}, one per epoch" if not right else _few(wanted),
        why="A curve is useful only if its numbers are what its name says, each at its own epoch.",
        next="Pass the epoch as `step`." if not right else _ratio_advice(seen, wanted),
    )


def _ratio_advice(seen: np.ndarray, wanted: np.ndarray) -> str:
    if seen.shape != wanted.shape:
        return "Write one number per epoch."
    if np.allclose(seen, wanted**2, rtol=1e-3):
        return "These are the squares of the right numbers. Take the square root."
    ratio = seen[wanted != 0] / wanted[wanted != 0]
    if len(ratio) and np.ptp(ratio) < 1e-3 * abs(ratio.mean()):
        return (
            f"Your numbers are {ratio.mean():.3g} times as large. Check for a term counted twice, or a "
            "division that should not be there."
        )
    return (
        "The norm is the square root of the sum of the squares of *all* gradients, of every kernel and bias, for "
        "the loss on exactly the rows that you are given."
    )


@oracle
def learning_rate_trace(
    subject: Any,
    formula: Callable[[int], float] | Sequence[float],
    steps: int | None = None,
    per: str = "epoch",
    learning_rate: float = 0.1,
    arguments: Sequence[Any] = (),
    about: str = "learning rate",
    fits: int = 1,
    next: str = "Compute this rate by hand. Count steps from 0, and start the decay where the warm-up ends.",
) -> Observations:
    """A schedule, a function of the epoch (and the rate before), or a callback sets the rate that the formula gives.

    `formula` is a function of the step (or epoch), from 0, or the list of rates. A callback is driven from
    `learning_rate`, `per` "epoch" or "batch"; what a student's function makes of `arguments` is judged in its place.
    With several `fits`, one callback goes through as many trainings, and the last is looked at. `next` is the advice
    where the rates themselves give no better one.
    """
    steps = len(formula) if steps is None else steps
    wanted = np.array([formula(i) for i in range(steps)] if callable(formula) else list(formula)[:steps], "float64")
    seen = np.asarray(rates_of(subject, steps, per, float(learning_rate), list(arguments), fits), "float64")
    short = len(seen) != steps
    limit = numbers.tolerance() * np.maximum(np.abs(wanted), 1e-3 * np.abs(wanted).max())
    with np.errstate(invalid="ignore"):
        off = np.array([0]) if short else np.flatnonzero(~(np.abs(seen - wanted) <= limit))
    first = int(off[0]) if len(off) else None
    yield Observation(
        about=about,
        ok=first is None,
        seen=f"follows the formula over {steps} {_plural(per)}"
        if first is None
        else f"{len(seen)} rates"
        if short
        else f"first departs at {per} {first}: {seen[first]:.6g}",
        expected=f"{steps} rates" if short else f"{wanted[first]:.6g} there" if first is not None else "the formula",
        why="Warm-up and decay work only if every step gets the rate planned for it.",
        next="" if first is None else _rate_advice(seen, wanted, first, short, learning_rate) or next,
    )


def _plural(per: str) -> str:
    return "batches" if per == "batch" else f"{per}s"


def _rate_advice(seen: np.ndarray, wanted: np.ndarray, first: int, short: bool, before: float) -> str:
    if short:
        return "Return one rate for each."
    if np.allclose(seen, before):
        return (
            "The rate never changes. Set `self.model.optimizer.learning_rate`; assigning to `.lr` only "
            "creates an attribute."
        )
    if len(seen) > 2 and np.allclose(seen[1:], wanted[:-1], rtol=1e-3):
        return "It is one step late. Steps count from 0, and the rate must be set when the step begins."
    if len(seen) > 2 and np.allclose(seen[:-1], wanted[1:], rtol=1e-3):
        return "It is one step early. Steps count from 0."
    if not np.isfinite(seen[first]):
        return "Check for a division by zero there."
    return ""


@oracle
def leaves_training_alone(callback: Any, arguments: Sequence[Any] = (), about: str = "training") -> Observations:
    """Training ends with the same weights with and without the callback, to the last bit."""
    seeds = [seed("trained_beside", number) for number in range(3)]  # the other process may draw others
    alone, along = trained_beside(None, [], seeds), trained_beside(callback, list(arguments), seeds)
    same = all(np.array_equal(a, b) for a, b in zip(alone["weights"], along["weights"], strict=True))
    epochs = along["epochs"] == alone["epochs"]
    yield Observation(
        about=about,
        ok=same and epochs,
        seen="the same with your callback and without it"
        if same and epochs
        else f"{along['epochs']} of {alone['epochs']} epochs"
        if not epochs
        else "other weights than without your callback",
        expected="the same weights as without it, to the last bit",
        why="A callback that only observes must not change the training run.",
        next="Check whether it assigns weights or the learning rate, draws random numbers, or runs the model "
        "in training mode.",
    )
