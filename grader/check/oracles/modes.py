"""Oracles on training and inference mode: dropout, running statistics, and passing on the `training` flag."""

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
    """Two calls with `training=True` differ, two at inference don't, and the outputs themselves are not dropped.

    Dropped outputs show as zeros, or as equal numbers within a row, that don't occur at inference.
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
        about="dropout in training",
        ok=random,
        seen=f"{'different' if random else 'the same'} outputs from two calls with `training=True`",
        expected="different outputs from two calls with `training=True`",
        why="With dropout, units can't rely on one another, and each learns features that are useful by themselves.",
        next="Check whether the model calls a `Dropout` layer, and whether that layer gets `training`.",
    )
    yield Observation(
        about="outputs in training",
        ok=whole,
        seen="outputs without dropout" if whole else "outputs set to zero in training",
        expected="outputs without dropout, which belongs between the layers",
        why="A probability that is set to zero at random is meaningless, and so is its loss.",
        next="Put `Dropout` before the last layer.",
    )


def _far_away(x: Any) -> list:
    """Inputs of both signs far from 0, which reveal a relu on the head; tokens are replaced by different ones."""
    rng = seeds.rng("far away")
    return [each(x, lambda part, by=by: by * part if part.dtype.kind == "f" else other(part, rng)) for by in (10, -10)]


def _dropped(noisy: list[np.ndarray], calm: list[np.ndarray]) -> bool:
    """Whether training makes outputs exactly 0, or equal within a row, as dropped logits make probabilities.

    There must be more of them than happen by chance. A relu head returns exact zeros anyway, so it is never reported.
    """
    relu = any(np.any(part == 0) for part in calm) and max(part.max() for part in calm) > 1.001
    shares = [(share(noisy), share(calm)) for share in (_zeros, _ties)]
    return not relu and any(now > 0.02 + 2 * before for now, before in shares)


def _zeros(parts: list[np.ndarray]) -> float:
    return float(np.mean(np.concatenate([part.ravel() for part in parts]) == 0))


def _ties(parts: list[np.ndarray]) -> float:
    """The share of rows in which some number occurs twice."""
    in_order = np.sort(np.concatenate([part.reshape(-1, part.shape[-1] if part.ndim > 1 else 1) for part in parts]))
    return float(np.mean(np.any(np.diff(in_order, axis=-1) == 0, axis=-1))) if in_order.shape[-1] > 1 else 0.0


@oracle
def drops_inverted(layer: Any, x: np.ndarray, rate: float) -> Observations:
    """A layer of inverted dropout (Srivastava et al. 2014): in training it sets a share `rate` of the values to zero,
    independently and with a new mask for each call, and divides the rest by 1 − rate. At inference it changes nothing.

    `x` holds no zeros, and at least a thousand numbers. The number of dropped values may differ from the rate by five
    standard deviations, which a right layer exceeds once in a million. A traced call must use a new mask as well.
    """
    x = np.asarray(x)
    for about, seen in (
        ("call with `training=False`", only_numbers(answers(layer, [x])[0])),
        ("call without `training`", only_numbers(answered_by_hand(layer, x))),
    ):
        yield _unchanged(about, next(iter(seen.values())), x)
    noisy = [next(iter(only_numbers(a).values())) for a in answers(layer, [x, x], training=True)]
    yield _same_shape(noisy[0], x)
    yield _kept(noisy[0], x, rate)
    yield from _share_dropped(noisy[0] == 0, rate)
    if rate:
        traced = [next(iter(only_numbers(a).values())) for a in answers(layer, [x, x], training=True, graph=True)]
        yield _new_masks(*(np.array_equal(a == 0, b == 0) for a, b in (noisy, traced)))


def _unchanged(about: str, seen: np.ndarray, x: np.ndarray) -> Observation:
    ok = numbers.close(seen, x)
    return Observation(
        about=about,
        ok=ok,
        seen="the inputs unchanged"
        if ok
        else f"shape {seen.shape}"
        if seen.shape != x.shape
        else f"outputs of which {np.mean(seen == 0):.0%} are zero"
        if np.any(seen == 0)
        else "values that differ from the inputs",
        expected="the inputs unchanged",
        why="Dropout is for training; a prediction uses every unit.",
        next="Write `if not training: return inputs`, with `training=None` in the signature of `call`.",
    )


def _same_shape(seen: np.ndarray, x: np.ndarray) -> Observation:
    return Observation(
        about="shape in training",
        ok=seen.shape == x.shape,
        seen=f"{seen.shape}",
        expected=f"{x.shape}, the shape of the input",
        why="The layers that follow expect the same axes.",
        next="Multiply by a mask of zeros and ones, which removes no values from the array.",
        stop=True,
    )


def _kept(seen: np.ndarray, x: np.ndarray, rate: float) -> Observation:
    kept, factor = seen != 0, 1 / (1 - rate)
    ok = bool(kept.any()) and numbers.close(seen[kept], (x * factor)[kept])
    ratio = np.median(seen[kept] / x[kept]) if kept.any() else 0.0
    return Observation(
        about="values that are kept",
        ok=ok,
        seen=f"the inputs times {factor:.4g}"
        if ok
        else f"the inputs times about {ratio:.4g}"
        if kept.any()
        else "no values kept: all are zero",
        expected=f"the inputs times {factor:.4g}, which is 1 / (1 − {rate:g})",
        why="This keeps the next layer's weighted sums as large, on average, as they are at inference.",
        next="Divide the kept values by the share that is kept, `1 - self.rate`.",
    )


def _share_dropped(dropped: np.ndarray, rate: float) -> Observations:
    share, n = float(dropped.mean()), dropped.size
    spread = 5 * np.sqrt(rate * (1 - rate) / n)
    yield Observation(
        about="share of dropped values",
        ok=abs(share - rate) <= spread,
        seen=f"{share:.0%} of {n:,} values",
        expected=f"about {rate:.0%}",
        why="The rate sets how strongly the layer counteracts memorization.",
        next=f"Drop where a random number from 0 to 1 is below {rate:g}: this is the share that should be *kept*."
        if rate != 0.5 and abs(share - 1 + rate) <= spread
        else "Draw a random number from 0 to 1 for each value, and drop the value if the number is below the rate.",
    )
    whole = [axis for axis in range(dropped.ndim) if np.mean(np.ptp(dropped.astype(int), axis=axis) == 0) > 0.5]
    if rate and dropped.any() and not dropped.all():
        yield Observation(
            about="independence of the values",
            ok=not whole,
            seen="an independent mask for each value"
            if not whole
            else f"the same mask for all values along axis {whole[0]}",
            expected="an independent mask for each value",
            why="If values are always dropped together, the layers that follow see fewer different combinations.",
            next="Draw a mask with the full shape of the inputs, `keras.ops.shape(inputs)`.",
        )


def _new_masks(repeated: bool, repeated_in_a_graph: bool) -> Observation:
    return Observation(
        about="mask of each call",
        ok=not repeated and not repeated_in_a_graph,
        seen="the same mask for every call"
        if repeated
        else "the same mask for every batch inside `fit`"
        if repeated_in_a_graph
        else "a new mask for every call, inside `fit` too",
        expected="a new mask for every call, inside `fit` too",
        why="With a fixed mask the same values are always missing, and the layers that follow learn to ignore them.",
        next="Pass a `keras.random.SeedGenerator` as `seed`: an integer gives the same random numbers at every call."
        if repeated
        else "Use `keras.random`: `fit` traces `call` once, and NumPy's random numbers become constants of the graph.",
    )


Update = Callable[[np.ndarray, np.ndarray], np.ndarray]


@oracle
def remembers(
    layer: Any, calls: Sequence[tuple[np.ndarray, bool | None]], start: np.ndarray, update: Update, answer: Update
) -> Observations:
    """Over a series of calls (x, training), the layer keeps its state as a reference in NumPy does: a call in training
    mode first sets the state to update(state, x), and every call returns answer(state, x).

    The layer's only weight holds the state, which is `start` at the beginning. The calls run once eagerly, once traced.
    """
    wanted = _in_turn(calls, start, update, answer)
    for about, graph in (("state over several calls", False), ("state inside `fit`", True)):
        try:
            found = [next(iter(only_numbers(a).values())) for a in answers_in_turn(layer, list(calls), start, graph)]
        except StudentError as error:
            yield _wrong_state(about, raised(error), error.hint or _after_error(str(error)))
            return
        off = [k for k, (a, b) in enumerate(zip(found, wanted, strict=True)) if not numbers.close(a, b)]
        if off:
            call = f"call {off[0] + 1} of {len(calls)}, {_flag(calls[off[0]][1])}"
            here = next(values.equal(found[off[0]], wanted[off[0]], about))
            seen, expected = f"{call}: {here.seen}", here.expected
            yield _wrong_state(about, seen, _slip(found, calls, start, update, answer), expected)
            return
        yield Observation(about, True, f"the expected outputs from all {len(calls)} calls")


def _after_error(message: str) -> str:
    if "out of scope" in message:
        return ""  # the usual advice: a tensor of the graph was stored as an attribute
    if "NotNumbers" in message:
        return "Check whether `call` returns the result in both modes, training and inference."
    return "Call the layer yourself with `training=True`, and read the last line of the error."


def _in_turn(calls: Sequence, state: np.ndarray, update: Update, answer: Update, slip: str = "") -> list[np.ndarray]:
    """The expected answers, or those that a given slip leads to."""
    found, first = [], state
    for x, training in calls:
        before = state
        if (training and slip != "never") or slip == "always":
            state = update(first if slip == "restarted" else state, x)
            state = before + _long_after(before, x, update) - state if slip == "swapped" else state
        found.append(answer(before if slip == "late" else state, x))
    return found


def _long_after(state: np.ndarray, x: np.ndarray, update: Update) -> np.ndarray:
    """The state after enough updates with `x` that a running mean has reached the new value."""
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(500):
            state = update(state, x)
    return state


SLIPS = {
    "late": "Update the state before you compute the output: this is the output from before the update.",
    "never": "Set the new value with `assign` in training: the state keeps its initial value.",
    "always": "Update only `if training:`; the state changes at inference too.",
    "restarted": "Start each update from the stored state: every one starts from the initial state.",
    "swapped": "Swap the two factors: the momentum belongs to the old mean, the remaining share to the batch.",
}


def _slip(found: list[np.ndarray], *setting: Any) -> str:
    for slip, advice in SLIPS.items():
        if all(numbers.close(a, b) for a, b in zip(found, _in_turn(*setting, slip), strict=True)):
            return advice
    return "Work out the first two calls by hand, with one row and one column."


def _wrong_state(about: str, seen: str, advice: str, expected: str = "the output that follows from the earlier calls"):
    return Observation(
        about=about,
        ok=False,
        seen=seen,
        expected=expected,
        why="A layer's state must be right after every batch, also inside `fit`, which runs `call` as a traced graph.",
        next=advice
        or "Store the state in a weight from `add_weight(…, trainable=False)`, and change it with `assign`.",
    )


def _flag(training: bool | None) -> str:
    return "without `training`" if training is None else f"`training={training}`"


@oracle
def statistics_move_in_training_only(model: Any, x: Any) -> Observations:
    """A call with `training=True` updates non-trainable weights (running statistics); a call at inference uses them
    and updates no weights."""
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
        about="statistics in training",
        ok=bool(statistics),
        seen=f"updates to {len(statistics)} of {sum(not w['trainable'] for w in found)} non-trainable weights"
        if statistics
        else "no update of any non-trainable weight by a call with `training=True`",
        expected="running statistics that are updated with each batch",
        why="An inference batch may be a single row, so the mean and variance must come from training.",
        next="Use a `BatchNormalization`, or in your own layer `assign` to a weight with `trainable=False`.",
    )
    yield Observation(
        about="weights at inference",
        ok=not moved[False],
        seen="no update by a call at inference"
        if not moved[False]
        else f"an update of `{found[moved[False][0]]['path']}` by a call at inference",
        expected="no update by a call at inference",
        why="Otherwise each prediction depends on the ones before it.",
        next="Update only `if training:`.",
    )
    rng = seeds.rng("statistics")
    moved_on = [shifted(a, rng) if k in statistics else a for k, a in enumerate(kept)]
    read = not statistics or largest(changes(only_numbers(answers(model, [x], moved_on)[0]), before)) > MOVED
    yield Observation(
        about="statistics at inference",
        ok=read,
        seen=f"outputs that {'' if read else 'do not '}depend on the running statistics",
        expected="outputs that depend on the running statistics",
        why="The running statistics replace the batch's own at inference.",
        next="At inference, use the stored mean and variance, not those of the batch.",
    )


@oracle
def passes_training(build: Any, x: Any, arguments: dict[str, Any] | None = None) -> Observations:
    """The model from `build(layer, **arguments)` passes `training` on to that layer, and works without the argument.

    `build` is a class or function of the student's; the layer passed to it returns its input.
    """
    calls = {"`training=True`": True, "`training=False`": False, "no `training`": None}
    found = dict(zip(calls, seen_by_spy(build, x, list(calls.values()), arguments), strict=True))
    for words, flag in calls.items():
        seen = found[words]
        right = bool(seen) and all(flag is arrived or (not flag and not arrived) for arrived in seen)
        yield Observation(
            about=f"call with {words}",
            ok=right,
            seen=f"`training` is {', '.join(map(str, seen))} in the inner layer"
            if seen
            else "no call of the inner layer",
            expected=f"`training` is {'None or False' if flag is None else flag} in the inner layer",
            why="Dropout and BatchNormalization behave differently in training and at inference.",
            next="Write `def call(self, inputs, training=None)`, and pass the flag on: `layer(x, training=training)`.",
        )


@oracle
def calls_layer(build: Any, x: Any, times: int, arguments: dict[str, Any] | None = None) -> Observations:
    """The model from `build(layer, **arguments)` calls that layer `times` times for one input."""
    (seen,) = seen_by_spy(build, x, [False], arguments)
    given = ", ".join(f"{name}={value!r}" for name, value in (arguments or {}).items())
    yield Observation(
        about="calls of the layer" + (f" for {given}" if given else ""),
        ok=len(seen) == times,
        seen=f"{len(seen)}",
        expected=f"{times}",
        why="The number of calls depends on the argument, not on a constant in the code.",
        next="Check how often one pass through the loop calls the layer, and how many passes there are.",
    )
