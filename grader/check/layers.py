"""Oracles on what a layer or function does: numbers, dropout, statistics, tracked weights, tracing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, islice, permutations, product
from typing import Any

import numpy as np

from grader.check import asking, numbers, probe
from grader.check.perturbing import (
    MOVED,
    Answer,
    answers,
    changes,
    compute_dtype,
    drawn,
    each,
    largest,
    named,
    only_numbers,
    oracle,
    other,
    quietly,
    raised,
    redraws,
    rows,
    shifted,
    steady,
    weights,
)
from grader.check.verb import verb
from grader.verdict import Observation, StudentError

Observations = Iterator[Observation]
Shape = tuple[int, ...]


# ---- numbers


@oracle
def equals(
    subject: Any,
    expected: Callable[..., Any],
    inputs: Sequence[Any],
    about: str = "numbers",
    why: str = "",
    advice: str = "",
) -> Observations:
    """A function, layer or model gives the numbers of `expected`, a NumPy function, for each of `inputs`.

    An input is an array, a list or dict of arrays, or a tuple of arguments for both functions. A layer's trainable
    weights are redrawn and all of them handed to `expected` after the arguments: those with most axes first, those
    with equally many in the order that fits, as theirs is the student's choice.
    """
    only_numbers(answers(subject, list(inputs[:1]))[0])
    arrays = _all_redrawn(subject)
    found = [only_numbers(answer) for answer in answers(subject, list(inputs), arrays or None)]
    best: list[Observation] | None = None
    for order in islice(_orders(arrays), 24):
        seen = []
        for x, answer in zip(inputs, found, strict=True):
            wanted = expected(*(x if isinstance(x, tuple) else (x,)), *order)
            kinds = {np.asarray(part).dtype.name for part in named(x).values()} | {compute_dtype(subject)} - {"float32"}
            seen += _compared(answer, wanted, about, why, advice, kinds)
        if best is None or sum(o.ok for o in seen) > sum(o.ok for o in best):
            best = seen
        if all(o.ok for o in seen):
            break
    yield next((o for o in best or [] if not o.ok), best[0])


def _all_redrawn(subject: Any) -> list[np.ndarray]:
    rng = probe.rng("equals")
    return [drawn(w["array"], rng) if w["trainable"] else w["array"] for w in weights(subject)]


def _orders(arrays: list[np.ndarray]) -> Iterator[list[np.ndarray]]:
    """The weights, those with most axes first, with each order of those that have equally many."""
    ranked = sorted(arrays, key=lambda a: -a.ndim)
    groups = [list(group) for _, group in groupby(ranked, key=lambda a: a.ndim)]
    for choice in product(*(permutations(group) for group in groups)):
        yield [array for group in choice for array in group]


def _compared(answer: Answer, wanted: Any, about: str, why: str, advice: str, kinds: set[str]) -> list[Observation]:
    """`kinds` are the types of what went in: numbers are as exact as the coarsest type on the way."""
    parts = named(wanted)
    if len(parts) != len(answer):
        advice = advice or "Return all that is asked."
        return [Observation(about, False, f"{len(answer)} results", f"{len(parts)}", why, advice)]
    seen = []
    for (key, part), value in zip(parts.items(), answer.values(), strict=True):
        value, part = answer.get(key, value), np.asarray(part)
        kind = max({value.dtype.name, part.dtype.name} | kinds, key=numbers.tolerance)
        seen += numbers.equal(value, part, about, why, advice, kind)
    return seen


@oracle
def inverse(outer: Any, inner: Any, x: np.ndarray, shape: Shape | None = None) -> Observations:
    """outer(inner(x)) = x; and inner(x) has the `shape`, where one is given, of which None is any size."""
    middle = only_numbers(answers(inner, [x])[0])
    first = next(iter(middle.values()))
    if shape is not None:
        fits = len(first.shape) == len(shape) and all(b in (None, a) for a, b in zip(first.shape, shape, strict=True))
        yield Observation(
            about="the step there",
            ok=fits,
            seen=f"shape {first.shape}",
            expected=f"shape {shape}",
            why="What comes next counts on these axes.",
            next="Write the axes down by name, before and after.",
            stop=True,
        )
    back = only_numbers(answers(outer, [first if len(middle) == 1 else list(middle.values())])[0])
    yield from numbers.equal(
        next(iter(back.values())),
        x,
        "there and back",
        why="The way back has to put every number where it came from.",
        next="`reshape` keeps the order in memory: swapping axes takes `transpose`, on both ways.",
    )


@oracle
def rows_sum_to_one(values: Any, axis: int = -1, about: str = "weights add up to 1") -> Observations:
    """`values` are ≥ 0 and add up to 1 along `axis`: what a softmax over that axis returns."""
    found = only_numbers({0: _numbers(values)})[0]
    at_one = [k for k in range(found.ndim) if np.allclose(found.sum(axis=k), 1.0, atol=1e-3)]
    ok = found.ndim > 0 and axis % found.ndim in at_one and found.min() >= 0
    low = f"the smallest is {found.min():.3g}" if found.size and found.min() < 0 else ""
    elsewhere = f"they do so along axis {at_one[0]}" if at_one and not ok else ""
    sums = f"sums between {found.sum(axis=axis).min():.3g} and {found.sum(axis=axis).max():.3g}" if found.ndim else ""
    yield Observation(
        about=about,
        ok=ok,
        seen="they do" if ok else low or elsewhere or sums or "a single number",
        expected=f"numbers from 0 to 1 that add up to 1 along axis {axis}",
        why="Each output is a weighted mean: its weights share out 1.",
        next=f"`softmax(…, axis={axis})`, after any mask.",
    )


def _numbers(values: Any) -> Any:
    try:
        return probe.array(values)
    except probe.NotNumbers:
        return f"a `{type(values).__name__}`"


# ---- training and inference


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
    rng = probe.rng("far away")
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


@verb
def answered_by_hand(layer: Any, x: Any) -> dict[str | int, Any]:
    """What the layer answers when it is called without `training`. Its state is put back."""
    with quietly(), asking.restored_weights(layer):
        return {0: asking.as_arrays(layer(x))}


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


@verb
def answers_in_turn(layer: Any, calls: list, start: np.ndarray, graph: bool = False) -> list[dict]:
    """The answers to some calls (x, training) made one after the other, each on the state that the one before left.

    A layer with one weight begins from `start`. With `graph` each call is traced, as `fit` does it. The state is put
    back afterwards.
    """
    import tensorflow as tf

    def called(x: Any, training: bool | None) -> Any:
        return layer(x) if training is None else layer(x, training=training)

    traced = tf.function(called, autograph=False) if graph else called
    with quietly(), asking.restored_weights(layer):
        for weight in asking.own(layer, "weights")[:1]:
            if int(np.prod(weight.shape)) == start.size:
                weight.assign(start.reshape(weight.shape).astype("float32"))
        return [{0: asking.as_arrays(traced(x, training))} for x, training in calls]


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
            here = next(numbers.equal(found[off[0]], wanted[off[0]], about))
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
def tells_apart(subject: Any, x: np.ndarray, others: np.ndarray, about: str, advice: str = "") -> Observations:
    """Under some random weights, the answer to each row of `x` differs from that to the same row of `others`."""
    steady(subject, x)
    exact, alike = numbers.tolerance(compute_dtype(subject)), np.ones(len(x), bool)
    for arrays in redraws(subject, "tells_apart", 4):
        here, there = (only_numbers(answer) for answer in answers(subject, [x, others], arrays))
        for key, part in here.items():
            apart = np.abs(part.astype("float64") - there[key]).reshape(len(part), -1).max(axis=1)
            alike &= apart <= 10 * exact * max(float(np.abs(part).max()), 1e-6)
    yield Observation(
        about=about,
        ok=not alike.any(),
        seen="answered differently" if not alike.any() else f"{alike.sum()} of {len(x)} pairs get the same answer",
        expected="different answers, under some weights at least",
        why="What a layer can't tell apart, no training teaches the layers after it.",
        next=advice,
    )


@verb
def weights_after_call(layer: Any, x: Any, training: bool) -> list[np.ndarray]:
    """The weights as a call leaves them; they are put back."""
    with quietly(), asking.restored_weights(layer):
        layer(x, training=training)
        return [weight["array"] for weight in asking.weights(layer)]


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
    rng = probe.rng("statistics")
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


# ---- weights


@verb
def untracked(layer: Any) -> list[str]:
    """Attributes of the object that are variables and not among its weights."""
    own = {id(weight) for weight in asking.own(layer, "variables")}
    found = {name: value for name, value in vars(layer).items() if hasattr(value, "assign") and hasattr(value, "shape")}
    return [name for name, value in found.items() if id(value) not in own]


@oracle
def tracks(
    layer: Any, trainable: Sequence[Shape | int], state: Sequence[Shape | int] = (), stop: bool = False
) -> Observations:
    """The layer has trainable weights of these shapes, in any order, and `state` that training leaves; no other.

    A whole number in a shape's place is a weight of so many numbers, whatever its axes. With `stop` nothing that
    comes after it is looked at where the weights are others. The layer must have been called.
    """
    found = weights(layer)
    loose = untracked(layer)
    kinds = (("trainable weights", trainable, True), ("weights that are state", state, False))
    shapes = [[tuple(w["array"].shape) for w in found if w["trainable"] is moving] for _, _, moving in kinds]
    right = [_are_these(seen, wanted) for seen, (_, wanted, _) in zip(shapes, kinds, strict=True)]
    why, advice = _astray(shapes, (trainable, state), loose)
    for place, (about, wanted, _) in enumerate(kinds):
        yield Observation(
            about=about,
            ok=right[place],
            seen=", ".join(str(shape) if shape else "a single number" for shape in shapes[place]) or "none",
            expected=", ".join(_shape_in_words(shape) for shape in wanted) or "none",
            why=why,
            next=advice,
            stop=stop and all(right[place + 1 :]),  # of two that are wrong both are worth seeing
        )


def _astray(
    shapes: Sequence[Sequence[Shape]], wanted: Sequence[Sequence[Shape | int]], loose: Sequence[str]
) -> tuple[str, str]:
    """Why the weights matter and what to try, where the trainable ones or the state are others than wanted."""
    counts, due = [len(each) for each in shapes], [len(each) for each in wanted]
    if loose:
        next = f"`self.{loose[0]}` is a variable that Keras doesn't know: make it with `self.add_weight(…)`."
    elif counts == due:
        vector = any(isinstance(one, int) and one > 1 for one in (*wanted[0], *wanted[1]))
        next = "They are tracked, and of another shape: "
        next += (
            "one number for each column is `shape=(input_shape[-1],)`."
            if vector
            else "which `shape` does `add_weight` get, or how many units has each layer?"
        )
        return "The computation needs as many numbers as are asked for, no more and no fewer.", next
    elif sum(counts) == sum(due) and counts[0] > due[0]:
        next = "It is tracked, but trained: state gets `trainable=False` in `self.add_weight(…)`."
        return "What training moves is no state: it would hold what the optimizer wants, not what was seen.", next
    elif sum(counts) == sum(due):
        return "What is frozen never learns.", "It is tracked, but frozen: was `trainable=False` set where it learns?"
    else:
        next = "Make each weight with `self.add_weight(shape=…)` in `build`, state with `trainable=False`."
    return "What isn't tracked isn't trained, and isn't saved.", next


def _are_these(shapes: Sequence[Shape], wanted: Sequence[Shape | int]) -> bool:
    """Whether these are the shapes that are wanted, one for each, in any order."""
    left = list(shapes)
    for one in sorted(wanted, key=lambda one: isinstance(one, int)):  # those that leave no choice first
        fits = [s for s in left if (int(np.prod(s)) == one if isinstance(one, int) else s == tuple(one))]
        if not fits:
            return False
        left.remove(fits[0])
    return not left


def _shape_in_words(wanted: Shape | int) -> str:
    if isinstance(wanted, int):
        return "a single number" if wanted == 1 else f"one of {wanted} numbers"
    return str(tuple(wanted))


@oracle
def starts_random(layer: Any) -> Observations:
    """Each trainable weight of two axes or more begins with numbers that differ. The layer was called, not trained."""
    alike = [
        w for w in weights(layer) if w["trainable"] and w["array"].ndim > 1 and w["array"].size > 1
        and np.ptp(w["array"]) == 0
    ]  # fmt: skip
    yield Observation(
        about="how it begins",
        ok=not alike,
        seen=f"`{alike[0]['path']}` is {alike[0]['array'].flat[0]:g} throughout" if alike else "with random numbers",
        expected="a kernel whose numbers differ",
        why="Units that begin alike get the same gradient, and stay alike for ever.",
        next='Leave `initializer` out for the kernel, or take `"glorot_uniform"`; zeros are for the bias.',
    )


# ---- graphs


@oracle
def works_in_a_graph(subject: Any, x: Any) -> Observations:
    """A function, layer or model can be traced, as `fit` does it, and gives the same numbers then."""
    x = rows(x)
    wanted = steady(subject, x)
    exact = numbers.tolerance(compute_dtype(subject))
    try:
        off = largest(changes(only_numbers(answers(subject, [x], graph=True)[0]), wanted))
        seen, hint = "the same numbers" if off <= exact else "other numbers than when called directly", ""
    except StudentError as error:
        off, seen, hint = np.inf, raised(error), error.hint
    yield Observation(
        about="works inside `fit`",
        ok=off <= exact,
        seen=seen,
        expected="the same numbers in a graph as when called directly",
        why="`fit` traces the model once, with tensors that have no values yet.",
        next=hint or "A Python `if` can't decide on such a tensor: `keras.ops.where` or `keras.ops.cond` can.",
    )
