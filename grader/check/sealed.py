"""Looking on while the student's code uses models: which rows were scored how often, how long `fit` really trained.

A test set that is handed over as arrays is sealed by looking on: an array that counted would be a plain one again after
the first `np.asarray`, `train_test_split` or scaler. Seen is what goes through Keras' models, eagerly or by
`fit`, `evaluate` and `predict`; not what goes through other estimators, or a tf.function of the student's own.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

import numpy as np

from grader.check import probe
from grader.check.spying import flat, watch, watch_validation
from grader.check.verb import verb
from grader.compat.keras import model_methods_replaced
from grader.verdict import Observation

Observations = Iterator[Observation]

SCORING = ("evaluate", "predict", "predict_on_batch", "test_on_batch", "__call__")


@dataclass(frozen=True)
class Look:
    """One use of a model: `what` it was ("fit", "validate", or one of `SCORING`), which `model` (numbered from 0), and
    the `rows`, (N, numbers in a row) float32, or None where they can't be told. For "fit" how many `epochs` and
    `batches` it really trained."""

    what: str
    model: int
    rows: np.ndarray | None
    epochs: int = 0
    batches: int = 0


@dataclass(frozen=True)
class Seen:
    """What a function `returned`, and every use of a model on the way."""

    returned: Any
    looks: Sequence[Look] = field(repr=False)

    @property
    def fits(self) -> list[Look]:
        return [look for look in self.looks if look.what == "fit"]


def look_on(function: Any, *args: Any, **kwargs: Any) -> Seen:
    """Call the student's function and look on. Written `task.run(check.look_on, student.search, x, y)`."""
    seen = looked_on(function, *args, **kwargs)
    return Seen(seen["returned"], [Look(**look) for look in seen["looks"]])


@verb
def looked_on(function: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
    """What `look_on` tells: `{"returned", "looks"}`, each look as a dict."""
    with _looking() as looks:
        returned = probe.attempt(function, *args, **kwargs)
    return {"returned": returned, "looks": looks}


@contextmanager
def _looking() -> Iterator[list[dict[str, Any]]]:
    """A list that grows by each use of a keras.Model inside the block."""
    import keras

    looker = _Looker()
    watched = {name: looker.looking(name, getattr(keras.Model, name)) for name in ("fit", *SCORING)}
    with model_methods_replaced(**watched):
        yield looker.looks


class _Looker:
    """Notes what models are given, but not what they give each other while one of them works."""

    def __init__(self):
        self.looks: list[dict[str, Any]] = []
        self._models: list[Any] = []
        self._busy = False

    def looking(self, name: str, original: Any) -> Any:
        @wraps(original)
        def method(model: Any, *args: Any, **kwargs: Any) -> Any:
            if self._busy:
                return original(model, *args, **kwargs)
            self._busy = True
            try:
                return self._use(name, original, model, args, kwargs)
            finally:
                self._busy = False

        return method

    def _use(self, name: str, original: Any, model: Any, args: tuple, kwargs: dict) -> Any:
        if name in ("__call__", "predict_on_batch", "test_on_batch"):
            given = args[0] if args else kwargs.get("x", kwargs.get("inputs"))
            self._note(name, model, _eager_rows(given))
            return original(model, *args, **kwargs)
        try:
            bound = inspect.signature(original).bind(model, *args, **kwargs)
        except TypeError:
            return original(model, *args, **kwargs)  # which says what is wrong with the arguments
        bound.apply_defaults()
        given = dict(list(bound.arguments.items())[1:])
        given |= given.pop("kwargs", {})
        return self._fit(original, model, given) if name == "fit" else self._score(name, original, model, given)

    def _score(self, name: str, original: Any, model: Any, given: dict[str, Any]) -> Any:
        data, given["x"] = watch(given["x"])
        try:
            return original(model, **given)
        finally:
            self._note(name, model, data.read())

    def _fit(self, original: Any, model: Any, given: dict[str, Any]) -> Any:
        import keras

        class Count(keras.callbacks.Callback):
            epochs = batches = 0

            def on_epoch_end(self, epoch, logs=None):
                self.epochs += 1

            def on_train_batch_end(self, batch, logs=None):
                self.batches += 1

        count = Count()
        data, given["x"] = watch(given["x"])
        validation, given["validation_data"] = watch_validation(given["validation_data"])
        given["callbacks"] = _with(given["callbacks"], count)
        try:
            return original(model, **given)
        finally:
            rows, share = data.read(), given["validation_split"]
            held = None if given["validation_data"] is None else validation.read()
            if share and held is None and rows is not None:
                rows, held = np.split(rows, [int(len(rows) * (1 - share))])
            self._note("fit", model, rows, epochs=count.epochs, batches=count.batches)
            if held is not None:
                self._note("validate", model, held)

    def _note(self, what: str, model: Any, rows: np.ndarray | None, **counts: int) -> None:
        number = next((i for i, known in enumerate(self._models) if known is model), len(self._models))
        if number == len(self._models):
            self._models.append(model)
        self.looks.append({"what": what, "model": number, "rows": rows} | counts)


def _with(callbacks: Any, count: Any) -> Any:
    import keras

    if isinstance(callbacks, keras.callbacks.CallbackList):
        callbacks.append(count)
        return callbacks
    return [*(callbacks if isinstance(callbacks, list | tuple) else [callbacks] if callbacks else []), count]


def _eager_rows(given: Any) -> np.ndarray | None:
    try:
        return flat(given)
    except Exception:  # a symbolic tensor, or nothing that has rows
        return None


# ---- whose rows they are


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


# ---- oracles


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
        why="Whatever you choose by looking at the test rows is fitted to them: no honest number is left to report.",
        next="Choose by the validation rows; evaluate the one model that is left on the test rows."
        if uses.scored != 0 or others
        else "End with one `evaluate` of the final model on the test rows.",
    )


def _times_word(n: int) -> str:
    return {1: "once", 2: "twice"}.get(n, f"{n} times")


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
        expected=(f"{fits} trainings" if fits is not None else "every training") + f" of {_epochs(epochs)}",
        why="A model that was trained for less than you think is judged for what it isn't.",
        next=_epochs_advice(ran, other, epochs),
    )
    if batches is not None and ran:
        took = [look.batches / max(look.epochs, 1) for look in seen.fits]
        odd = next((n for n in took if n != batches), None)
        yield Observation(
            about="batches",
            ok=odd is None,
            seen=f"{odd:g} an epoch" if odd is not None else f"{batches} an epoch",
            expected=f"{batches} an epoch",
            why="Rows that no batch holds are never learned from.",
            next="Is the batch size handed on, and is the last, smaller batch kept?",
        )


def _ran(ran: list[int], other: int | None, epochs: int) -> str:
    if not ran:
        return "no `fit` at all"
    if other is None:
        return f"{len(ran)} training{'s' * (len(ran) != 1)} of {_epochs(epochs)}"
    return f"{sum(n != epochs for n in ran)} of {len(ran)} trainings were of another length, e.g. of {_epochs(other)}"


def _epochs(n: int) -> str:
    return f"{n} epoch{'s' * (n != 1)}"


def _epochs_advice(ran: list[int], other: int | None, epochs: int) -> str:
    if other == 1 and epochs != 1:
        return (
            "One epoch is `fit`'s default: the number you gave was lost on the way. A search clones its estimator; "
            "pass it to the search's own `fit(X, y, epochs=…)`."
        )
    return (
        "Hand the number of epochs on to every `fit`." if other is not None else "Train as often as the exercise says."
    )
