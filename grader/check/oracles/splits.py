"""Oracles on splitting data into training, validation and test sets, and on scaling by the training set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from grader.check.core import guarded
from grader.check.core.register import Observations, oracle
from grader.check.remote.queries import kind_of, members
from grader.verdict import Observation

NAMES = ("training", "validation", "test")

SIZE_TOLERANCE = 0.02
"""A split may round up or down and may stratify; 2% of the rows allow for both."""


@oracle
def three_parts(value: Any) -> Observations:
    """`value` is three pairs (X, y), each with as many rows as targets. Stops the check if it isn't."""
    problem = _problem_of_parts(value)
    yield Observation(
        about="what you return",
        ok=not problem,
        seen=problem or "three pairs",
        expected="three pairs: (X_train, y_train), (X_val, y_val), (X_test, y_test)",
        why="The code that calls your function unpacks the pairs in this order.",
        next="Return the rows from the scaler's `transform`: its `fit` returns the scaler."
        if "Scaler" in problem
        else "End with `return (X_train, y_train), (X_val, y_val), (X_test, y_test)`.",
        stop=True,
    )


def _problem_of_parts(value: Any) -> str:
    pairs = members(value)
    if pairs is None or len(pairs) != 3:
        return kind_of(value) + ("" if pairs is None else f" of {len(pairs)}")
    for name, pair in zip(NAMES, pairs, strict=True):
        both = members(pair)
        if both is None or len(both) != 2:
            return f"a {name} part that isn't a pair"
        for what, data in zip(("X", "y"), both, strict=True):
            try:
                guarded.array(data)
            except TypeError:
                return f"a {name} part whose {what} is {kind_of(data)}, not rows of numbers"
        rows, targets = (guarded.array(data) for data in both)
        if rows.ndim != 2:
            return f"a {name} part whose X has shape {rows.shape}, which is not that of rows with columns"
        if targets.size != len(rows) or targets.ndim == 0:
            return f"a {name} part with {len(rows)} rows and {targets.size} targets"
    return ""


Parts = list[tuple[np.ndarray, np.ndarray]]


def _parts(value: Any) -> Parts:
    """The parts as arrays: rows (N, columns), unchanged, and targets (N,)."""
    pairs = [[guarded.array(data) for data in members(pair)] for pair in members(value)]
    return [(rows, targets.ravel()) for rows, targets in pairs]


@oracle
def disjoint_parts(parts: Sequence, y: np.ndarray, fractions: Sequence[float]) -> Observations:
    """Each row of the data is in exactly one part, and the parts have the requested sizes.

    `y` has a different value for every row, so that a target identifies its row.
    """
    names = [targets for _, targets in _parts(parts)]
    sizes = [len(name) for name in names]
    wanted = [round(fraction * len(y)) for fraction in fractions]
    strangers = len(np.setdiff1d(np.concatenate(names), y))
    yield Observation(
        about="targets",
        ok=strangers == 0,
        seen="the values of `y`, unchanged" if not strangers else f"{strangers} values that are not in `y`",
        expected="the values of `y`, unchanged",
        why="Targets are what the model has to predict: this split scales the inputs only.",
        next="Split `y` without changing its values.",
        stop=True,
    )
    yield Observation(
        about="sizes",
        ok=all(abs(a - b) <= SIZE_TOLERANCE * len(y) + 1 for a, b in zip(sizes, wanted, strict=True)),
        seen=" + ".join(map(str, sizes)) + f" of {len(y)} rows",
        expected=" + ".join(map(str, wanted)),
        why="With too few training rows the model is less accurate; with too few test rows its score is less certain.",
        next="Return the parts in this order: training, validation, test."
        if sorted(sizes) == sorted(wanted)
        else "Check the fraction of the second split: it applies to the rows left by the first, not to all rows.",
    )
    together = np.concatenate(names)
    repeated = len(together) - len(np.unique(together))
    missing = len(np.setdiff1d(y, together))
    yield Observation(
        about="rows in two parts",
        ok=repeated == 0,
        seen="no rows" if not repeated else f"{repeated} rows in more than one part",
        expected="no rows in more than one part",
        why="A model tested on its training rows can score well by memorizing their targets.",
        next="Cut the validation part from the training part, not from the test part or from all rows.",
    )
    yield Observation(
        about="lost rows",
        ok=missing == 0,
        seen="no rows" if not missing else f"{missing} rows in no part",
        expected="no rows, since each belongs to one of the parts",
        why="The model can't learn from rows that are thrown away.",
        next="Check that the three parts together have as many rows as `X`.",
    )


@oracle
def shuffled(parts: Sequence, y: np.ndarray) -> Observations:
    """Rows that are sorted by target are spread over the parts: each part spans the whole range."""
    spread = np.ptp(y)
    middles = [float(np.mean(targets)) if len(targets) else np.inf for _, targets in _parts(parts)]
    off = max(abs(middle - float(np.mean(y))) for middle in middles) / spread if spread else 0.0
    yield Observation(
        about="shuffled",
        ok=off < 0.2,
        seen="small and large targets in each part"
        if off < 0.2
        else "mean targets of " + ", ".join(f"{middle:.3g}" for middle in middles) + " in the three parts",
        expected=f"a mean target of about {np.mean(y):.3g} in each part, although `y` is sorted",
        why="If sorted rows are cut in order, the test part is unlike anything that the model is trained on.",
        next="Shuffle before you cut: `train_test_split` does so, slicing doesn't.",
    )


@oracle
def scaled_by_training(parts: Sequence, X: np.ndarray, y: np.ndarray) -> Observations:
    """The training part has mean 0 and standard deviation 1 in every column, and the other parts are scaled with the
    training part's mean and standard deviation, not with their own. Dividing by n or by n − 1 is right."""
    rows = {float(name): row for name, row in zip(y, X, strict=True)}
    names = [targets for _, targets in _parts(parts)]
    raw = [np.array([rows.get(float(n), np.full(X.shape[1], np.nan)) for n in part]) for part in names]
    given = [x.astype("float64") for x, _ in _parts(parts)]
    shapes = [part.shape for part in given]
    ok = all(len(part) and part.shape == own.shape for part, own in zip(given, raw, strict=True))
    yield Observation(
        about="columns",
        ok=ok,
        seen=f"{X.shape[1]} columns in each part" if ok else "shapes " + ", ".join(map(str, shapes)),
        expected=f"{X.shape[1]} columns in each part, as in `X`, and at least one row",
        next="Find the part that lost its rows or its columns.",
        stop=True,
    )
    mean, std = raw[0].mean(axis=0), raw[0].std(axis=0)
    wanted = [(part - mean) / std for part in raw]
    limit = _tolerance(raw)
    errors = [float(np.max(np.abs(g - w))) for g, w in zip(given, wanted, strict=True)]
    own_target = bool(np.isnan(errors[0]) or errors[0] < limit or not _standardised(given[0]))
    yield Observation(
        about="rows and targets",
        ok=own_target,
        seen="the same order in X and in y" if own_target else "rows of X whose targets are elsewhere in y",
        expected="the same order in X and in y",
        why="The model can't learn from rows that are paired with the targets of other rows.",
        next="Shuffle X and y with the same permutation.",
        stop=True,
    )
    yield Observation(
        about="scaling of the training part",
        ok=errors[0] < limit,
        seen="mean 0, standard deviation 1 in every column" if errors[0] < limit else _moments(given[0]),
        expected="mean 0 and standard deviation 1 in every column",
        why="Statistics of other rows would leak information about them into the training data.",
        next=_scaling_advice(given[0], raw[0]),
        stop=True,
    )
    for name, part, error in zip(NAMES[1:], given[1:], errors[1:], strict=True):
        yield Observation(
            about=f"scaling of the {name} part",
            ok=error < limit,
            seen="the training part's mean and standard deviation" if error < limit else _other_scaling(name, part),
            expected="the training part's: (x − training mean) / training standard deviation",
            why="In use, new rows arrive one at a time: they have no mean of their own to scale by.",
            next=f"Call `fit` (or `adapt`) on the training part only, then `transform` the {name} part.",
        )


def _standardised(values: np.ndarray) -> bool:
    return np.allclose(values.mean(axis=0), 0, atol=1e-3) and np.allclose(values.std(axis=0), 1, atol=1e-2)


def _scaling_advice(values: np.ndarray, raw: np.ndarray) -> str:
    means, spread = values.mean(axis=0), values.std(axis=0)
    if np.allclose(values, raw, equal_nan=True):
        return "Scale the rows: they are unchanged."
    if values.min() >= -1e-6 and values.max() <= 1 + 1e-6:
        return "Subtract the mean and divide by the standard deviation. Values from 0 to 1 come from min–max scaling."
    if np.allclose(means, 0, atol=1e-3):
        return "Divide by the standard deviation of each column, too: the means are right."
    if np.abs(means).max() < 0.6 and spread.min() > 0.5 and spread.max() < 1.7:
        return "Split first, then `fit` on the training part alone: these statistics seem to include other rows."
    return "Use one mean and one standard deviation for each column: `axis=0`."


def _tolerance(raw: Sequence[np.ndarray]) -> float:
    """A tolerance for n in place of n − 1, for float32, and for the ε that layers add to the variance."""
    largest = max(np.nanmax(np.abs((part - raw[0].mean(axis=0)) / raw[0].std(axis=0))) for part in raw)
    return float(largest) / len(raw[0]) + 2e-3


def _moments(values: np.ndarray) -> str:
    return (
        f"column means {values.mean(axis=0).min():.2g} … {values.mean(axis=0).max():.2g}, "
        f"standard deviations {values.std(axis=0).min():.2g} … {values.std(axis=0).max():.2g}"
    )


def _other_scaling(name: str, values: np.ndarray) -> str:
    if _standardised(values):
        return f"the {name} part's own mean and standard deviation"
    return f"different statistics: {_moments(values)}"


@oracle
def follows_seed(first: Sequence, again: Sequence, other: Sequence) -> Observations:
    """The same seed gives the same split (`first`, `again`), and a different seed a different one (`other`)."""
    names = [[targets for _, targets in _parts(parts)] for parts in (first, again, other)]
    same = all(np.array_equal(a, b) for a, b in zip(names[0], names[1], strict=True))
    yield Observation(
        about="two splits with the same seed",
        ok=same,
        seen="the same rows in each part" if same else "different rows in the parts",
        expected="the same rows in each part",
        why="A result that no one can reproduce is hard to trust.",
        next="Pass `seed` to the function that shuffles: `random_state=seed`, or `np.random.default_rng(seed)`.",
    )
    differs = not np.array_equal(names[0][2], names[2][2])
    yield Observation(
        about="two splits with different seeds",
        ok=differs,
        seen="different rows in the test part" if differs else "the same rows in the test part",
        expected="different rows in the test part",
        why="Repeating an experiment with several seeds shows how much of a score is due to chance.",
        next="Shuffle with the argument `seed`, not with a fixed number.",
    )
