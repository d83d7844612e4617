"""Measurements of a model from outside: change its inputs or weights, and compare the outputs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from grader.check.core import numbers, seeds
from grader.check.core.arrays import named, replaced
from grader.check.core.register import StopOracle
from grader.check.remote import queries
from grader.check.remote.answers import Answer, answers, weights
from grader.verdict import Observation, StudentError

MOVED = 1e-5
"""Relative change of an output that counts as a change. An output that doesn't depend on an input is computed from the
same numbers in the same order, so it stays equal to the last bit; a path with a smaller effect doesn't count."""

SCALES = (1.0, 0.4, 2.0)
"""Scales of redrawn weights, used in turn: an activation that saturates with large weights doesn't with small ones."""

ROWS = 8
"""Number of rows to use: more make a check slower, not more reliable."""


def raised(error: StudentError) -> str:
    """An error's message as one line for `seen`, without the text that Keras adds around it."""
    kind, colon, text = str(error).partition(": ")
    if not (colon and kind.isidentifier()):  # a message of the grader's, without an error's name before it
        return str(error)
    text = re.sub(r"\\n|\x1b\[[0-9;]*m|\\x1b\[[0-9;]*m", "\n", text).split("Exception encountered:")[-1]
    lines = [line.strip(' "') for line in text.splitlines() if "Exception encountered when calling" not in line]
    return f"it raises {kind}: " + next((line for line in lines if line), "no message")


def only_numbers(answer: dict[str | int, Any]) -> Answer:
    """`answer`, if it is made of numbers. Raises StopOracle if it isn't."""
    odd = {key: part for key, part in answer.items() if isinstance(part, str)}
    if answer and not odd:
        return answer
    where = "".join(f" under `{key}`" for key in list(odd)[:1] if isinstance(key, str))
    seen = next(iter(odd.values()), "nothing: an empty list or dict") + where
    nested = len(answer) > 1 and not where and seen in ("a `list`", "a `tuple`")
    raise StopOracle(
        Observation(
            about="what it returns",
            ok=False,
            seen=seen + " in a list" * nested,
            expected="numbers: a tensor or an array, or a list or dict of them",
            why="The next steps use the outputs as numbers.",
            next="Put all outputs into one list, with the star: `[*model.outputs, another]`."
            if nested
            else "End `call`, or your function, with `return` and the result.",
            stop=True,
        )
    )


def steady(subject: Any, x: Any) -> Answer:
    """The answer to `x` at inference. Raises StopOracle if it isn't finite, or differs from call to call."""
    first, second = (only_numbers(answer) for answer in answers(subject, [x, x]))
    if not finite(first):
        raise StopOracle(
            Observation(
                about="finite outputs",
                ok=False,
                seen="outputs that are NaN or infinite",
                expected="finite numbers",
                why="A single NaN makes the loss and then all weights NaN.",
                next="Check for a division by zero, the logarithm of 0, or a mask over a whole row.",
                stop=True,
            )
        )
    if largest(changes(first, second)) > MOVED:
        raise StopOracle(
            Observation(
                about="output at inference",
                ok=False,
                seen="different outputs in two calls with the same input and `training=False`",
                expected="the same output in each call",
                why="Dropout and noise are for training; a prediction must not be random.",
                next="Pass on the argument `training` that `call` gets, in place of `training=True`. Create layers in "
                "`__init__`: a layer created in `call` has new weights at each call.",
                stop=True,
            )
        )
    return first


def finite(answer: Answer) -> bool:
    return all(bool(np.all(np.isfinite(part))) for part in answer.values())


def redraws(subject: Any, salt: str, n: int) -> Iterator[list[np.ndarray] | None]:
    """`n` sets of random weights for an object that was called before.

    If nothing is trainable, its weights, unchanged, once; if it has none, None, once.
    """
    found = weights(subject)
    if not any(weight["trainable"] for weight in found):
        yield [weight["array"] for weight in found] or None
        return
    rng = seeds.rng("redraws", salt)
    for turn in range(n):
        scale = SCALES[turn % len(SCALES)]
        yield [drawn(w["array"], rng, scale) if w["trainable"] else w["array"] for w in found]


def drawn(array: np.ndarray, rng: np.random.Generator, scale: float = 1.0) -> np.ndarray:
    """A random value for a weight: matrices from N(0, scale²/fan_in), vectors and scalars within 0.5 of 0 or 1.

    Weights that multiply, such as the scale of a normalization, are drawn around 1: those whose mean is nearer to 1.
    Whole numbers stay. Fan-ins above 256 count as 256, or the rows of a large embedding would almost vanish.
    """
    if array.dtype.kind != "f":
        return array
    if array.ndim > 1:
        fan_in = min(int(np.prod(array.shape[:-1])), 256)
        return rng.normal(0.0, scale / np.sqrt(max(fan_in, 1)), array.shape).astype("float32")
    return (scales(array) + rng.uniform(-0.5, 0.5, array.shape)).astype("float32")


def scales(array: np.ndarray) -> float:
    """1.0 for a vector that multiplies, 0.0 for one that is added, judged by its mean."""
    return 1.0 if array.size and np.mean(array) > 0.5 else 0.0


def shifted(array: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Statistics shifted to values that are valid as a mean and as a variance."""
    return (array + rng.uniform(0.5, 2.0, array.shape)).astype(array.dtype)


def each(x: Any, change: Callable[[np.ndarray], np.ndarray]) -> Any:
    """The input with `change` applied to each of its arrays."""
    for key, part in named(x).items():
        x = replaced(x, key, change(np.asarray(part)))
    return x


def rows(x: Any, n: int = ROWS) -> Any:
    """The first `n` rows of the input, repeated from the first if there are fewer."""
    return each(x, lambda part: part[np.arange(n) % len(part)])


def other(array: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Different values of the type and, for whole numbers, the range of `array`: different in every place, unless there
    is only one value. Among floats that are all 0 or 1, the two are swapped."""
    if array.dtype.kind == "b":
        return ~array
    if array.dtype.kind == "f" and set(np.unique(array)) == {0.0, 1.0}:  # yes or no: other values may be invalid
        return (1 - array).astype(array.dtype)
    if array.dtype.kind in "iu":
        low, span = int(array.min()), int(array.max()) - int(array.min()) + 1
        step = rng.integers(1, span, array.shape) if span > 1 else 0
        return (low + (array - low + step) % span).astype(array.dtype)
    return (array + rng.normal(0.0, max(float(array.std()), 1.0), array.shape)).astype(array.dtype)


def together(subject: Any, inputs: list, arrays: list | None = None) -> list[Answer]:
    """The answers to several inputs, computed in a single batch: faster if a call is slow, as for recurrent layers.

    The position of a row in the batch affects its last digits: compare such answers within a tolerance, not within
    `MOVED`. Raises StopOracle if an output doesn't have the batch's rows.
    """
    batch = inputs[0]
    for key in named(batch):
        batch = replaced(batch, key, np.concatenate([named(x)[key] for x in inputs]))
    ends = np.cumsum([len(next(iter(named(x).values()))) for x in inputs])
    answer = only_numbers(answers(subject, [batch], arrays)[0])
    for part in answer.values():
        if part.shape[:1] != (ends[-1],):
            raise StopOracle(_rows_lost(part.shape, int(ends[-1])))
    cut = {key: np.split(part, ends[:-1]) for key, part in answer.items()}
    return [{key: parts[k] for key, parts in cut.items()} for k in range(len(inputs))]


def _rows_lost(shape: tuple, n: int) -> Observation:
    return Observation(
        about="output for each row",
        ok=False,
        seen=f"shape {shape} for {n} rows",
        expected=f"shape ({n}, …)",
        why="The model makes a separate prediction for each row.",
        next="Find the layer or operation that sums or reshapes over the batch axis.",
        stop=True,
    )


def changes(seen: Answer, before: Answer) -> dict[str | int, float]:
    """The change of each output, relative to its largest magnitude before; infinite if its shape changed or it is no
    longer a number."""
    return {key: _change(seen.get(key), part) for key, part in before.items()}


def _change(seen: np.ndarray | None, before: np.ndarray) -> float:
    if seen is None or seen.shape != before.shape:
        return np.inf
    gap = numbers.gap(seen, before)
    return np.inf if np.isnan(gap) else gap


def largest(moved: dict[str | int, float]) -> float:
    return max(moved.values(), default=0.0)


def flat(answer: Answer) -> np.ndarray:
    """All numbers of an answer, with a row for each row of the batch: (rows, numbers), float64."""
    parts = [part.astype("float64").reshape(len(part), -1) for part in answer.values() if part.ndim]
    return np.concatenate(parts, axis=1) if parts else np.zeros((1, 0))


def common_weights(model: Any, part: Any) -> list[int]:
    """The places in `weights(model)` of weights that `part` has too, found by overwriting those of `part`."""
    rng = seeds.rng("common_weights")
    with queries.restored_weights(part):
        queries.assign(part, [_mark(w["array"], rng) for w in weights(part)])
        # Read back, because a weight in half precision stores fewer digits than were written.
        marks, now = ([w["array"] for w in weights(holder)] for holder in (part, model))
    return [k for k, array in enumerate(now) if any(np.array_equal(array, mark) for mark in marks)]


def _mark(array: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    if array.dtype.kind != "f":
        return rng.integers(0, 100 if array.dtype.itemsize == 1 else 2**15, array.shape).astype(array.dtype)
    return rng.normal(0.0, 1.0, array.shape).astype("float32")
