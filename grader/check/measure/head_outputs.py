"""What a model's head can put out, seen under random weights and inputs: probabilities, logits or neither."""

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
"""Random weights under which a head is looked at: so many at a time, until it has shown that it can be what it must.
A limit takes more of them to believe in. Where the layer before it is bounded, the sign of the outputs is nearly a
coin flip for each: without a limit the look goes on until both signs were seen, or `MOST` were tried (1 in 100 000
then has not shown both)."""

MODEST = (0.7, 3.0)

LARGE = (30.0, 300.0)
"""Scales of the random weights: two in turn, and two at which whatever saturates has done so."""

GROWTH = 3.0
"""Outputs that can be any number grow about tenfold from one of `LARGE` to the next; those of a bounded head don't."""

CERTAIN = 0.95
"""A head that never gets this close to certainty is squeezed. Two softmaxes reach e/(e + k - 1): 0.73 for two classes,
0.58 for three; a softmax of tanh 0.88 for two. Plain ones reach 1 under large weights, soft-capped logits too."""

FAR = float(np.log(1 - CERTAIN) - np.log(CERTAIN))
"""The logit of 1 - `CERTAIN`, -2.9: logits must get below it. Those of ELU end at -1, of SELU at -1.8."""

ROW_SUM = 0.02
"""How far a row of probabilities may be from adding up to 1: bfloat16 has eight bits."""


@dataclass(frozen=True)
class Head:
    """What a head's outputs can be.

    `meaning` is "probabilities", "squeezed" (probabilities that never get near 0 and 1), "logits" (negative and
    positive, certain enough) or "unscaled". `up` and `down` tell whether each column grows beyond any bound on
    that side as weights and inputs grow. `seen` describes the outputs.
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
    """The head for rows like those of `x`, looked at once for each model: it follows from what the model is.

    `kind` is the problem: for "regression" it matters whether the outputs are bounded, for classes whether they
    can be certain. The model's weights are left as they were. Raises StudentError where it can't be called.
    """
    key = (id(model), kind == "regression", output)
    known = _known.get(key)
    if known is None or known[0]() is not model:  # by identity: a model of the student's may equal any other
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
    """`n` random rows of the shape of `x`: N(0, 10²) for real numbers, rows of `x` itself for integers."""
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
    """The model returns several outputs where one was expected, or none of the name asked for."""


def the_output(found: Arrays, output: str | int | None = None) -> np.ndarray:
    """The only output, or the one called `output` (its key in a dict, its place in a list).

    Raises NoSuchOutput where there is none of that name, or there are several and none is named.
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
    wanted = "one was expected" if output is None else f"none of them is `{output}`"
    raise NoSuchOutput(f"the model returns {len(found)} outputs{names}, and {wanted}", [])


def _columns(values: np.ndarray) -> np.ndarray:
    """Outputs as (rows, units), NaN for what overflowed: half precision ends at 65504."""
    values = values.astype("float64")
    values = values.reshape(-1, values.shape[-1] if values.ndim > 1 else 1)
    return np.where(np.isfinite(values), values, np.nan)


def _head(levels: Sequence[np.ndarray]) -> Head:
    usable = [values for values in levels if _usable(values)]
    if not usable:
        return Head("unscaled", False, False, "outputs that are not finite numbers")
    values = np.concatenate(usable)
    values = values[np.isfinite(values).all(axis=1)]
    up, down = (_grows([side * level for level in usable]) for side in (1, -1))
    meaning = _meaning(values)
    return Head(meaning, up, down, _seen(meaning, values, usable[0]))


def _grows(levels: Sequence[np.ndarray]) -> bool:
    """Whether the largest output of each column grows, and is positive."""
    tops = [_tops(level) for level in levels[-2:]]
    if len(tops) == 1:
        return bool(np.all(tops[0] > 1.001))
    return bool(np.all(tops[1] > GROWTH * np.maximum(tops[0], 0)) and np.all(tops[1] > 0))


def _at_a_limit(large: np.ndarray, larger: np.ndarray, kind: str, at_zero: bool) -> bool:
    """Whether the outputs end at the very same number at both large scales: no need to look any further.

    For classes not where that is 0 or 1, at which plain probabilities end as well, unless they are none. A limit
    of 0 counts with `at_zero` only: units that are off all at once give a 0 too.
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
    """The largest number of each column, -∞ where there is none."""
    return np.where(np.isnan(values), -np.inf, values).max(axis=0)


def _usable(values: np.ndarray) -> bool:
    return bool(np.isfinite(values).mean() > 0.5)


def _in_simplex(values: np.ndarray) -> bool:
    """Whether all rows are probabilities: between 0 and 1, and several adding up to 1."""
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
    """Probabilities of all classes, (N, classes), from a head of one unit or more; what is no number counts as 0."""
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
        return f"probabilities between {values.min():.2g} and {values.max():.2g}, whatever the weights"
    modest = modest[np.isfinite(modest).all(axis=1)]
    if not len(modest):
        return "outputs that are not finite numbers"
    low, high = modest.min(), modest.max()
    text = f"outputs between {low:.3g} and {high:.3g} over {len(modest)} random inputs"
    if modest.shape[1] > 1:
        sums = modest.sum(axis=1)
        text += f", rows adding up to {sums.min():.3g} … {sums.max():.3g}"
    return text + ": the same whatever goes in" * bool(high - low < 1e-6)


def predictions(model: Any, x: Arrays, output: str | int | None = None) -> np.ndarray:
    """The model's only output at inference, or the one called `output`. Raises StudentError where there is none."""
    return the_output(queries.outputs(model, x), output)


def take_rows(x: Arrays, rows: slice | int) -> Arrays:
    if isinstance(x, dict):
        return {name: take_rows(part, rows) for name, part in x.items()}
    if isinstance(x, list | tuple):
        return [take_rows(part, rows) for part in x]
    return x[rows]


def output_units(model: Any, x: Arrays, output: str | int | None = None) -> int:
    """How many numbers the model returns for a row."""
    shape = predictions(model, take_rows(x, slice(1)), output).shape
    return int(np.prod(shape[1:])) if len(shape) > 1 else 1


def most_probable(model: Any, x: Arrays, output: str | int | None = None) -> np.ndarray:
    """The most probable class of each row, (N,), for heads of probabilities or logits."""
    values = predictions(model, x, output).astype("float64")
    values = values.reshape(len(values), -1)
    # The largest logit is the most probable class, too: only a head of one unit has to be understood.
    logits = values.shape[1] == 1 and head_of(model, x, "classes", output).logits
    return probabilities(values, logits).argmax(axis=1)


def accuracy(model: Any, x: Arrays, y: np.ndarray, output: str | int | None = None) -> float:
    """Share of rows whose most probable class is the label."""
    return float(np.mean(most_probable(model, x, output) == y))
