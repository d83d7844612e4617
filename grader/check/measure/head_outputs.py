"""The possible outputs of a model's head, from random weights and inputs: probabilities, logits or neither."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import ref

import numpy as np

from grader.check.core import seeds
from grader.check.core.arrays import Arrays
from grader.check.remote import queries
from grader.verdict import StudentError

AT_ONCE, ENOUGH, MOST = 2, 6, 18
"""Draws of random weights to examine a head: `AT_ONCE` at a time, until it turns out to be what it must be. Deciding
that its outputs have a limit takes more of them, `ENOUGH`. If the layer before the head is bounded, the sign of the
outputs is almost a coin flip for each draw: without a limit, drawing continues until both signs have appeared, up to
`MOST` draws (by then 1 in 100 000 right heads has not shown both)."""

MODEST = (0.7, 3.0)

LARGE = (30.0, 300.0)
"""Scales of the random weights: two used in turn, and two so large that every bounded activation saturates."""

GROWTH = 3.0
"""Unbounded outputs grow about tenfold from one of `LARGE` to the next; those of a bounded head don't."""

CERTAIN = 0.95
"""A head whose probabilities never reach this value is squeezed. Two softmaxes in a row reach e/(e + k - 1): 0.73 for
two classes, 0.58 for three; a softmax of tanh reaches 0.88 for two. With large weights a plain softmax reaches 1, as
does one of soft-capped logits."""

FAR = float(np.log(1 - CERTAIN) - np.log(CERTAIN))
"""The logit of 1 - `CERTAIN`, -2.9: logits must get below it. The outputs of ELU end at -1, those of SELU at -1.8."""

ROW_SUM = 0.02
"""Tolerance for a row of probabilities that should add up to 1: bfloat16 has eight bits."""


@dataclass(frozen=True)
class Head:
    """The kind of outputs that a head can have.

    `meaning` is "probabilities", "squeezed" (probabilities that never get near 0 and 1), "logits" (negative and
    positive, and large enough for near certainty) or "unscaled". `up` and `down` say whether each column grows without
    bound on that side as weights and inputs grow. `seen` describes the outputs.
    """

    meaning: str
    up: bool
    down: bool
    seen: str

    @property
    def logits(self) -> bool:
        return self.meaning == "logits"

    @property
    def means_classes(self) -> bool:
        return self.meaning in ("probabilities", "logits")


def head_of(model: Any, x: Arrays, kind: str, output: str | int | None = None) -> Head:
    """The head of the model for rows like those of `x`, examined once for each model.

    `kind` is the problem: for "regression" it matters whether the outputs are bounded, for classes whether they
    can be certain. The model's weights are restored afterwards. Raises StudentError if the model can't be called.
    """
    key = (id(model), kind == "regression", output)
    known = _known.get(key)
    if known is None or known[0]() is not model:  # by identity: a student's model may define its own equality
        _known[key] = known = ref(model, lambda _: _known.pop(key, None)), _look(model, x, kind, output)
    return known[1]


_known: dict[tuple, tuple[ref, Head]] = {}


def _look(model: Any, x: Arrays, kind: str, output: str | int | None) -> Head:
    levels: list[list[np.ndarray]] = [[], [], []]
    head = None
    for tried in range(AT_ONCE, MOST + 1, AT_ONCE):
        draws = [draw for turn in range(tried - AT_ONCE, tried) for draw in _draws(turn, x)]
        found = queries.outputs_redrawn(model, [draw for _, draw in draws])
        for (level, _), values in zip(draws, found, strict=True):
            levels[level].append(_columns(the_output(values, output)))
        together = [np.concatenate(values) for values in levels]
        head = _head(together)
        right = head.up and head.down if kind == "regression" else head.means_classes
        if right or (tried >= ENOUGH and _at_a_limit(together[1], together[2], kind, at_zero=tried >= 2 * ENOUGH)):
            break
    return head


def _draws(turn: int, x: Arrays) -> list[tuple[int, tuple[int, float, Arrays]]]:
    """The same random weights and inputs at a modest and the two large scales, with the level of each."""
    seed = seeds.seed("head", turn)
    rows = rows_like(x, np.random.default_rng(seed), 32)
    draws = [(0, (seed, MODEST[turn % 2], rows))] if turn < ENOUGH else []
    return draws + [(1, (seed, LARGE[0], _grown(rows, 10.0))), (2, (seed, LARGE[1], _grown(rows, 100.0)))]


def rows_like(x: Arrays, rng: np.random.Generator, n: int) -> Arrays:
    """`n` random rows of the shape of `x`: from N(0, 10²) for floats, rows of `x` itself for integers."""
    if isinstance(x, dict):
        return {name: rows_like(part, rng, n) for name, part in x.items()}
    if isinstance(x, list | tuple):
        return [rows_like(part, rng, n) for part in x]
    if x.dtype.kind == "f":
        return rng.normal(0.0, 10.0, (n, *x.shape[1:])).astype("float32")
    return x[rng.integers(0, len(x), n)]


def _grown(x: Arrays, factor: float) -> Arrays:
    if isinstance(x, dict):
        return {name: _grown(part, factor) for name, part in x.items()}
    if isinstance(x, list):
        return [_grown(part, factor) for part in x]
    return x * np.float32(factor) if x.dtype.kind == "f" else x


class NoSuchOutput(StudentError):
    """The model returns several outputs but one is expected, or has no output of the requested name."""


def the_output(found: Arrays, output: str | int | None = None) -> np.ndarray:
    """The only output, or the one called `output` (its key in a dict, its position in a list).

    Raises NoSuchOutput if there is no such output, or if there are several and `output` is None.
    """
    if isinstance(found, np.ndarray):
        return found
    if output is None and len(found) == 1:
        return the_output(next(iter(found.values() if isinstance(found, dict) else found)))
    if isinstance(found, dict) and output in found:
        return the_output(found[output])
    if isinstance(found, list) and type(output) is int and output < len(found):
        return the_output(found[output])
    names = ": " + ", ".join(f"`{name}`" for name in found) if isinstance(found, dict) else ""
    wanted = "one is expected" if output is None else f"none of them is `{output}`"
    raise NoSuchOutput(f"the model returns {len(found)} outputs{names}, but {wanted}", [])


def _columns(values: np.ndarray) -> np.ndarray:
    """Outputs as (rows, units), with NaN for overflows: half precision ends at 65504."""
    values = values.astype("float64")
    values = values.reshape(-1, values.shape[-1] if values.ndim > 1 else 1)
    return np.where(np.isfinite(values), values, np.nan)


def _head(levels: Sequence[np.ndarray]) -> Head:
    usable = [values for values in levels if _usable(values)]
    if not usable:
        return Head("unscaled", False, False, "outputs that are NaN or infinite")
    values = np.concatenate(usable)
    values = values[np.isfinite(values).all(axis=1)]
    up, down = (_grows([side * level for level in usable]) for side in (1, -1))
    meaning = _meaning(values)
    return Head(meaning, up, down, _seen(meaning, values, usable[0]))


def _grows(levels: Sequence[np.ndarray]) -> bool:
    """Whether the largest output of each column grows and is positive."""
    tops = [_tops(level) for level in levels[-2:]]
    if len(tops) == 1:
        return bool(np.all(tops[0] > 1.001))
    return bool(np.all(tops[1] > GROWTH * np.maximum(tops[0], 0)) and np.all(tops[1] > 0))


def _at_a_limit(large: np.ndarray, larger: np.ndarray, kind: str, at_zero: bool) -> bool:
    """Whether the outputs have the same limit at both large scales, so that more draws would show nothing new.

    For classes, 0 and 1 don't count as limits, as plain probabilities also end there, unless the outputs are not
    probabilities. A limit of 0 counts only with `at_zero`: units that are all inactive also return 0.
    """
    if not (_usable(large) and _usable(larger)):
        return False
    highs, lows = ([side * _tops(side * level) for level in (large, larger)] for side in (1, -1))
    stuck = [np.isclose(*ends, rtol=1e-6, atol=0) & ((ends[1] != 0) | at_zero) for ends in (lows, highs)]
    if kind == "regression":
        return bool(np.any(stuck))
    limits = np.concatenate([lows[1][stuck[0]], highs[1][stuck[1]]])
    if np.any((limits > 1 - CERTAIN) & (limits < CERTAIN)):
        return True
    floor = stuck[0].all() and lows[1].max() <= 0 and lows[1].min() > FAR
    return bool(floor and not _in_simplex(larger[np.isfinite(larger).all(axis=1)]))


def _tops(values: np.ndarray) -> np.ndarray:
    """The largest number of each column, or -∞ for a column without numbers."""
    return np.where(np.isnan(values), -np.inf, values).max(axis=0)


def _usable(values: np.ndarray) -> bool:
    return bool(np.isfinite(values).mean() > 0.5)


def _in_simplex(values: np.ndarray) -> bool:
    """Whether all rows are probabilities: between 0 and 1 and, with several columns, adding up to 1."""
    if not len(values) or values.min() < 0:
        return False
    return bool(values.max() <= 1 if values.shape[1] == 1 else np.allclose(values.sum(axis=1), 1, atol=ROW_SUM))


def _meaning(values: np.ndarray) -> str:
    if not len(values):
        return "unscaled"
    low, high, one_unit = values.min(), values.max(), values.shape[1] == 1
    if _in_simplex(values):
        if high - low < 1e-6:
            return "unscaled"
        return "probabilities" if high >= CERTAIN and (low <= 1 - CERTAIN or not one_unit) else "squeezed"
    implied = probabilities(values, logits=True)
    certain = (implied[:, 1] if one_unit else implied).max() >= CERTAIN
    return "logits" if certain and low < FAR else "unscaled"


def probabilities(values: np.ndarray, logits: bool) -> np.ndarray:
    """Probabilities of all classes, (N, classes), from a head with one unit or more; NaN counts as 0."""
    values = np.nan_to_num(values, nan=0.0, posinf=1e30, neginf=-1e30)
    if values.shape[1] == 1:
        p = 0.5 + 0.5 * np.tanh(0.5 * values) if logits else values  # the logistic function, without overflow
        return np.hstack([1 - p, p])
    if not logits:
        return values
    from scipy.special import softmax  # Keras loads it; without Keras it would take half a second

    return softmax(values, axis=1)


def _seen(meaning: str, values: np.ndarray, modest: np.ndarray) -> str:
    if meaning == "squeezed":
        return f"probabilities between {values.min():.2g} and {values.max():.2g} for all weights"
    modest = modest[np.isfinite(modest).all(axis=1)]
    if not len(modest):
        return "outputs that are NaN or infinite"
    low, high = modest.min(), modest.max()
    text = f"outputs between {low:.3g} and {high:.3g} over {len(modest)} random inputs"
    if modest.shape[1] > 1:
        sums = modest.sum(axis=1)
        text += f", rows adding up to {sums.min():.3g} … {sums.max():.3g}"
    return text + ": the same for all inputs" * bool(high - low < 1e-6)


def predictions(model: Any, x: Arrays, output: str | int | None = None) -> np.ndarray:
    """The model's only output at inference, or the one called `output`. Raises StudentError if there is none."""
    return the_output(queries.outputs(model, x), output)


def take_rows(x: Arrays, rows: slice | int) -> Arrays:
    if isinstance(x, dict):
        return {name: take_rows(part, rows) for name, part in x.items()}
    if isinstance(x, list | tuple):
        return [take_rows(part, rows) for part in x]
    return x[rows]


def output_units(model: Any, x: Arrays, output: str | int | None = None) -> int:
    """The number of values that the model returns for each row."""
    shape = predictions(model, take_rows(x, slice(1)), output).shape
    return int(np.prod(shape[1:])) if len(shape) > 1 else 1


def most_probable(model: Any, x: Arrays, output: str | int | None = None) -> np.ndarray:
    """The most probable class of each row, (N,), for heads of probabilities or logits."""
    values = predictions(model, x, output).astype("float64")
    values = values.reshape(len(values), -1)
    # The largest logit also marks the most probable class: only for a single unit does the kind of head matter.
    logits = values.shape[1] == 1 and head_of(model, x, "classes", output).logits
    return probabilities(values, logits).argmax(axis=1)


def accuracy(model: Any, x: Arrays, y: np.ndarray, output: str | int | None = None) -> float:
    """The share of rows whose most probable class is the label."""
    return float(np.mean(most_probable(model, x, output) == y))
