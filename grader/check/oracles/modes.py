"""Oracles on training and inference mode: dropout, statistics, and the flag on its way through a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from grader.check.core import numbers, seeds
from grader.check.core.register import Observations, oracle
from grader.check.measure.perturbing import (
    MOVED,
    changes,
    each,
    largest,
    only_numbers,
    other,
    raised,
    redraws,
    rows,
    shifted,
    steady,
)
from grader.check.oracles import values
from grader.check.remote.answers import answered_by_hand, answers, answers_in_turn, weights, weights_after_call
from grader.check.remote.layer_spy import seen_by_spy
from grader.verdict import Observation, StudentError


@oracle
def drops_in_training_only(model: Any, x: Any) -> Observations:
    """Two calls with `training=True` differ, two at inference don't, and no output itself is dropped.

    The last shows in zeros, and in equal numbers within a row, that inference doesn't have.
    """
    x = rows(x, 32)
    steady(model, x)
    random, calm, noisy = False, [], []
    for arrays in redraws(model, "dropout", 2):
        calm += [only_numbers(answer) for answer in answers(model, [x, *_far_away(x)], arrays)]
        noisy += [only_numbers(answer) for answer in answers(model, [x, x], arrays, training=True)]
        random = random or largest(changes(noisy[-1], noisy[-2])) > MOVED
    whole = not any(_dropped([a[key] for a in noisy], [a[key] for a in calm]) for key in calm[0])
    yield Observation(
        about="drops in training",
        ok=random,
        seen="two calls with `training=True` differ" if random else "two calls with `training=True` answer the same",
        expected="another random choice at each call in training",
        why="Units that can't rely on one another learn features that hold by themselves.",
        next="Is there a `Dropout` on the way, and does it get `training`?",
    )
    yield Observation(
        about="the output itself is kept",
        ok=whole,
        seen="whole" if whole else "outputs set to zero in training",
        expected="dropout between the layers, not on what they end in",
        why="A probability that is set to zero by lot is no probability; the loss would chase the lot.",
        next="Put `Dropout` before the last layer.",
    )


def _far_away(x: Any) -> list:
    """Inputs of both signs far from 0, under which a head of relu shows itself; tokens are exchanged for others."""
    rng = seeds.rng("far away")
    return [each(x, lambda part, by=by: by * part if part.dtype.kind == "f" else other(part, rng)) for by in (10, -10)]


def _dropped(noisy: list[np.ndarray], calm: list[np.ndarray]) -> bool:
    """Whether training makes outputs exactly 0, or equal within a row, as probabilities are whose logits were dropped.

    More of them than by chance, and not for a head of relu, of which nothing can be said: it is 0 by itself.
    """
    relu = any(np.any(part == 0) for part in calm) and max(part.max() for part in calm) > 1.001
    shares = [(share(noisy), share(calm)) for share in (_zeros, _ties)]
    return not relu and any(now > 0.02 + 2 * before for now, before in shares)


def _zeros(parts: list[np.ndarray]) -> float:
    return float(np.mean(np.concatenate([part.ravel() for part in parts]) == 0))


def _ties(parts: list[np.ndarray]) -> float:
    """The share of rows that hold a number twice."""
    in_order = np.sort(np.concatenate([part.reshape(-1, part.shape[-1] if part.ndim > 1 else 1) for part in parts]))
    return float(np.mean(np.any(np.diff(in_order, axis=-1) == 0, axis=-1))) if in_order.shape[-1] > 1 else 0.0


@oracle
def drops_inverted(layer: Any, x: np.ndarray, rate: float) -> Observations:
    """A layer of inverted dropout (Srivastava et al. 2014): in training it sets a share `rate` of the numbers to zero,
    each by itself and others at each call, and divides what it keeps by 1 − rate. Otherwise it changes nothing.

    `x` holds no zeros, and a thousand numbers or more. How many are dropped may be off by five standard deviations:
    by chance that happens once in a million. A traced call has to draw anew as well.
    """
    x = np.asarray(x)
    for about, seen in (
        ("with `training=False`", only_numbers(answers(layer, [x])[0])),
        ("called by hand, without `training`", only_numbers(answered_by_hand(layer, x))),
    ):
        yield _unchanged(about, next(iter(seen.values())), x)
    noisy = [next(iter(only_numbers(a).values())) for a in answers(layer, [x, x], training=True)]
    yield _same_shape(noisy[0], x)
    yield _kept(noisy[0], x, rate)
    yield from _share_dropped(noisy[0] == 0, rate)
    if rate:
        traced = [next(iter(only_numbers(a).values())) for a in answers(layer, [x, x], training=True, graph=True)]
        yield _drawn_anew(*(np.array_equal(a == 0, b == 0) for a, b in (noisy, traced)))


def _unchanged(about: str, seen: np.ndarray, x: np.ndarray) -> Observation:
    ok = numbers.close(seen, x)
    return Observation(
        about=about,
        ok=ok,
        seen="the inputs as they were"
        if ok
        else f"shape {seen.shape}"
        if seen.shape != x.shape
        else f"{np.mean(seen == 0):.0%} of the numbers are zero"
        if np.any(seen == 0)
        else "other numbers than went in",
        expected="the inputs as they were",
        why="Chance is for training. A prediction uses all that was learned.",
        next="`if not training: return inputs`, and `training=None` in the signature of `call`.",
    )


def _same_shape(seen: np.ndarray, x: np.ndarray) -> Observation:
    return Observation(
        about="shape in training",
        ok=seen.shape == x.shape,
        seen=f"{seen.shape}",
        expected=f"{x.shape}, as it went in",
        why="The layers after it count on these axes.",
        next="Multiply by a mask of zeros and ones: nothing is cut out.",
        stop=True,
    )


def _kept(seen: np.ndarray, x: np.ndarray, rate: float) -> Observation:
    kept, factor = seen != 0, 1 / (1 - rate)
    ok = bool(kept.any()) and numbers.close(seen[kept], (x * factor)[kept])
    ratio = np.median(seen[kept] / x[kept]) if kept.any() else 0.0
    return Observation(
        about="what is kept",
        ok=ok,
        seen=f"the inputs times {factor:.4g}"
        if ok
        else f"about {ratio:.4g} times the inputs"
        if kept.any()
        else "nothing: all numbers are zero",
        expected=f"{factor:.4g} times the inputs, which is 1 / (1 − {rate:g})",
        why="The sum that the next layer gets then stays as large as at inference, on average.",
        next="Divide what is kept by the share that is kept, `1 - self.rate`.",
    )


def _share_dropped(dropped: np.ndarray, rate: float) -> Observations:
    share, n = float(dropped.mean()), dropped.size
    spread = 5 * np.sqrt(rate * (1 - rate) / n)
    yield Observation(
        about="how many are dropped",
        ok=abs(share - rate) <= spread,
        seen=f"{share:.0%} of {n:,} numbers",
        expected=f"about {rate:.0%}",
        why="The rate is how strongly the layer works against memorising.",
        next=f"That is the share that should be *kept*: drop where a draw from 0 to 1 is below {rate:g}."
        if rate != 0.5 and abs(share - 1 + rate) <= spread
        else "Draw a number from 0 to 1 for each place, and drop where it is below the rate.",
    )
    whole = [axis for axis in range(dropped.ndim) if np.mean(np.ptp(dropped.astype(int), axis=axis) == 0) > 0.5]
    if rate and dropped.any() and not dropped.all():
        yield Observation(
            about="each by itself",
            ok=not whole,
            seen="no whole row or column" if not whole else f"all numbers along axis {whole[0]} share one fate",
            expected="a draw for each number of each row",
            why="Rows of a batch that lose the same numbers are no different examples of what may be missing.",
            next="Draw a mask of the inputs' whole shape, `keras.ops.shape(inputs)`.",
        )


def _drawn_anew(repeated: bool, repeated_in_a_graph: bool) -> Observation:
    return Observation(
        about="other numbers at each call",
        ok=not repeated and not repeated_in_a_graph,
        seen="the same numbers are dropped at every call"
        if repeated
        else "inside `fit` the same numbers are dropped in every batch"
        if repeated_in_a_graph
        else "another draw each time, inside `fit` too",
        expected="another draw at every call",
        why="What is always dropped is only missing; nothing else learns to stand in for it.",
        next="A whole number as `seed` gives the same draw for ever: hand over a `keras.random.SeedGenerator`."
        if repeated
        else "`fit` traces `call` once, and NumPy's draw becomes a constant of the graph: use `keras.random`.",
    )


Update = Callable[[np.ndarray, np.ndarray], np.ndarray]


@oracle
def remembers(
    layer: Any, calls: Sequence[tuple[np.ndarray, bool | None]], start: np.ndarray, update: Update, answer: Update
) -> Observations:
    """Over some calls (x, training) the layer keeps a state as a NumPy function does: at each call in training it
    first becomes update(state, x), and every call returns answer(state, x).

    Its one weight holds the state, and is `start` to begin with. The calls are made once as written and once traced.
    """
    wanted = _in_turn(calls, start, update, answer)
    for about, graph in (("call after call", False), ("inside `fit`", True)):
        try:
            found = [next(iter(only_numbers(a).values())) for a in answers_in_turn(layer, list(calls), start, graph)]
        except StudentError as error:
            yield _forgotten(about, raised(error), error.hint or _after_error(str(error)))
            return
        off = [k for k, (a, b) in enumerate(zip(found, wanted, strict=True)) if not numbers.close(a, b)]
        if off:
            call = f"call {off[0] + 1} of {len(calls)}, {_flag(calls[off[0]][1])}"
            here = next(values.equal(found[off[0]], wanted[off[0]], about))
            seen, expected = f"{call}: {here.seen}", here.expected
            yield _forgotten(about, seen, _slip(found, calls, start, update, answer), expected)
            return
        yield Observation(about, True, f"all {len(calls)} answers as expected")


def _after_error(message: str) -> str:
    if "out of scope" in message:
        return ""  # the usual advice: a tensor of the graph was kept as an attribute
    if "NotNumbers" in message:
        return "Does `call` return the result in either case, in training and otherwise?"
    return "Make that call by hand, with `training=True`, and read the last line of the error."


def _in_turn(calls: Sequence, state: np.ndarray, update: Update, answer: Update, slip: str = "") -> list[np.ndarray]:
    """The answers that are expected, or those to which a slip leads."""
    found, first = [], state
    for x, training in calls:
        before = state
        if (training and slip != "never") or slip == "always":
            state = update(first if slip == "afresh" else state, x)
            state = before + _long_after(before, x, update) - state if slip == "swapped" else state
        found.append(answer(before if slip == "late" else state, x))
    return found


def _long_after(state: np.ndarray, x: np.ndarray, update: Update) -> np.ndarray:
    """The state after so many updates with `x` that a mean of old and new has come to the new."""
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(500):
            state = update(state, x)
    return state


SLIPS = {
    "late": "That is the answer from before the update: in training update first, then compute.",
    "never": "The state stays as it began: in training give it its new value with `assign`.",
    "always": "The state moves at inference too: update only `if training:`.",
    "afresh": "Each update begins from the first state again: begin from the one that is kept.",
    "swapped": "The two shares have changed places: the momentum belongs to the old mean, the rest to the batch.",
}


def _slip(found: list[np.ndarray], *setting: Any) -> str:
    for slip, advice in SLIPS.items():
        if all(numbers.close(a, b) for a, b in zip(found, _in_turn(*setting, slip), strict=True)):
            return advice
    return "Work the first two calls out by hand, with one row and one column."


def _forgotten(about: str, seen: str, advice: str, expected: str = "the answer that follows from the calls before"):
    return Observation(
        about=about,
        ok=False,
        seen=seen,
        expected=expected,
        why="What a layer remembers has to be right after every batch, and in `fit`, which runs a traced copy.",
        next=advice or "Keep it in a weight made with `add_weight(…, trainable=False)`, and change that by `assign`.",
    )


def _flag(training: bool | None) -> str:
    return "without `training`" if training is None else f"`training={training}`"


@oracle
def statistics_move_in_training_only(model: Any, x: Any) -> Observations:
    """A call with `training=True` moves weights that the optimizer leaves (running statistics); one at inference
    moves none, and reads them."""
    x = each(rows(x), lambda part: part if part.dtype.kind in "iub" else (3 * part + 2).astype(part.dtype))
    before = steady(model, x)
    found = weights(model)
    kept = [w["array"] for w in found]
    moved = {
        training: [
            k for k, now in enumerate(weights_after_call(model, x, training)) if not np.array_equal(now, kept[k])
        ]
        for training in (True, False)
    }
    statistics = [k for k in moved[True] if not found[k]["trainable"]]
    yield Observation(
        about="statistics move in training",
        ok=bool(statistics),
        seen=f"{len(statistics)} of {sum(not w['trainable'] for w in found)} that the optimizer leaves"
        if statistics
        else "a call with `training=True` leaves every weight as it was",
        expected="running statistics that follow the batches",
        why="At inference there may be a single row: mean and variance have to come from training.",
        next="Is there a `BatchNormalization`, or in your own layer an `assign` to a weight with `trainable=False`?",
    )
    yield Observation(
        about="and in training only",
        ok=not moved[False],
        seen="a call at inference leaves them"
        if not moved[False]
        else f"a call at inference moves `{found[moved[False][0]]['path']}`",
        expected="weights that a prediction leaves as they are",
        why="Otherwise each prediction depends on the ones before it.",
        next="Update only `if training:`.",
    )
    rng = seeds.rng("statistics")
    moved_on = [shifted(a, rng) if k in statistics else a for k, a in enumerate(kept)]
    read = not statistics or largest(changes(only_numbers(answers(model, [x], moved_on)[0]), before)) > MOVED
    yield Observation(
        about="read at inference",
        ok=read,
        seen="other statistics give other outputs" if read else "the statistics change no output",
        expected="outputs at inference that use the running statistics",
        why="They are kept for that.",
        next="At inference use the weights that were kept, not the batch's own mean and variance.",
    )


@oracle
def passes_training(build: Any, x: Any, arguments: dict[str, Any] | None = None) -> Observations:
    """The model that `build(layer, **arguments)` makes hands `training` on to that layer, and works without it.

    `build` is a class or function of the student's; the layer that it gets returns its input.
    """
    calls = {"training=True": True, "training=False": False, "no `training`": None}
    found = dict(zip(calls, seen_by_spy(build, x, list(calls.values()), arguments), strict=True))
    for words, flag in calls.items():
        seen = found[words]
        right = bool(seen) and all(flag is arrived or (not flag and not arrived) for arrived in seen)
        yield Observation(
            about=f"called with {words}",
            ok=right,
            seen=f"the layer inside gets {', '.join(map(str, seen))}" if seen else "the layer inside isn't called",
            expected=f"it gets {flag}" if flag is not None else "it gets None or False",
            why="Dropout and BatchNormalization do one thing in training and another afterwards.",
            next="`def call(self, inputs, training=None)`, and hand it on: `layer(x, training=training)`.",
        )


@oracle
def calls_layer(build: Any, x: Any, times: int, arguments: dict[str, Any] | None = None) -> Observations:
    """The model that `build(layer, **arguments)` makes calls that layer so many times for one input."""
    (seen,) = seen_by_spy(build, x, [False], arguments)
    given = ", ".join(f"{name}={value!r}" for name, value in (arguments or {}).items())
    yield Observation(
        about="calls of the layer" + (f" for {given}" if given else ""),
        ok=len(seen) == times,
        seen=f"{len(seen)}",
        expected=f"{times}",
        why="What is computed follows the argument, not a number written down.",
        next="Count in your head: once round the loop, how often is the layer called?",
    )
