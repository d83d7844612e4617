"""Oracles on a split into training, validation and test rows, and on scaling by the training rows."""

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
"""A split may round either way and stratify; two rows in a hundred are room enough for both."""


@oracle
def three_parts(value: Any) -> Observations:
    """`value` is three pairs (X, y) of equally many rows. Stops the check when it isn't."""
    problem = _problem_of_parts(value)
    yield Observation(
        about="what you return",
        ok=not problem,
        seen=problem or "three pairs",
        expected="three pairs: (X_train, y_train), (X_val, y_val), (X_test, y_test)",
        why="Whoever calls your function unpacks them in this order.",
        next="A scaler's `fit` returns the scaler; `transform` returns the rows."
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
            return f"a {name} part whose X has shape {rows.shape}: the rows come first, then the targets"
        if targets.size != len(rows) or targets.ndim == 0:
            return f"a {name} part of {len(rows)} rows and {targets.size} targets"
    return ""


Parts = list[tuple[np.ndarray, np.ndarray]]


def _parts(value: Any) -> Parts:
    """The parts as arrays: rows (N, columns) as they came and targets (N,)."""
    pairs = [[guarded.array(data) for data in members(pair)] for pair in members(value)]
    return [(rows, targets.ravel()) for rows, targets in pairs]


@oracle
def disjoint_parts(parts: Sequence, y: np.ndarray, fractions: Sequence[float]) -> Observations:
    """Each row of the data is in exactly one part, and the parts have the sizes asked for.

    `y` holds a different value for every row, which makes it the row's name.
    """
    names = [targets for _, targets in _parts(parts)]
    sizes = [len(name) for name in names]
    wanted = [round(fraction * len(y)) for fraction in fractions]
    strangers = len(np.setdiff1d(np.concatenate(names), y))
    yield Observation(
        about="targets",
        ok=strangers == 0,
        seen="unchanged" if not strangers else f"{strangers} values that `y` doesn't hold",
        expected="the values of `y`, as they came",
        why="A target is what was measured: the inputs are scaled, never the truth.",
        next="Split `y`, and leave its values alone.",
        stop=True,
    )
    yield Observation(
        about="sizes",
        ok=all(abs(a - b) <= SIZE_TOLERANCE * len(y) + 1 for a, b in zip(sizes, wanted, strict=True)),
        seen=" + ".join(map(str, sizes)) + f" of {len(y)} rows",
        expected=" + ".join(map(str, wanted)),
        why="Too little to train on costs accuracy, too little to test on costs certainty.",
        next="The parts are in another order: training, validation, test."
        if sorted(sizes) == sorted(wanted)
        else "A second split takes its fraction of what the first one left, not of all.",
    )
    together = np.concatenate(names)
    repeated = len(together) - len(np.unique(together))
    missing = len(np.setdiff1d(y, together))
    yield Observation(
        about="no row in two parts",
        ok=repeated == 0,
        seen="none" if not repeated else f"{repeated} rows are in more than one part",
        expected="each row in one part",
        why="A model tested on rows it has trained on is examined on the answers it was given.",
        next="Is the validation part cut from the training part, not from the test part or the whole?",
    )
    yield Observation(
        about="no row lost",
        ok=missing == 0,
        seen="all there" if not missing else f"{missing} rows are in no part",
        expected="every row in one of the parts",
        why="Rows that are thrown away teach nothing.",
        next="Together the three parts hold as many rows as `X`.",
    )


@oracle
def shuffled(parts: Sequence, y: np.ndarray) -> Observations:
    """Rows that arrive sorted by target are spread over the parts: each part spans the whole range."""
    spread = np.ptp(y)
    middles = [float(np.mean(targets)) if len(targets) else np.inf for _, targets in _parts(parts)]
    off = max(abs(middle - float(np.mean(y))) for middle in middles) / spread if spread else 0.0
    yield Observation(
        about="shuffled",
        ok=off < 0.2,
        seen="each part has its share of small and large targets"
        if off < 0.2
        else "mean targets of " + ", ".join(f"{middle:.3g}" for middle in middles) + " in the three parts",
        expected=f"about {np.mean(y):.3g} in each: the rows came in sorted",
        why="Sorted rows cut in order give a test part unlike anything the model was trained on.",
        next="Shuffle before you cut: `train_test_split` does, slicing doesn't.",
    )


@oracle
def scaled_by_training(parts: Sequence, X: np.ndarray, y: np.ndarray) -> Observations:
    """The training part has mean 0 and standard deviation 1 in every column, and the others were shifted and
    scaled by the training part's numbers, not by their own. Dividing by n or by n − 1 is both right."""
    rows = {float(name): row for name, row in zip(y, X, strict=True)}
    names = [targets for _, targets in _parts(parts)]
    raw = [np.array([rows.get(float(n), np.full(X.shape[1], np.nan)) for n in part]) for part in names]
    given = [x.astype("float64") for x, _ in _parts(parts)]
    shapes = [part.shape for part in given]
    ok = all(len(part) and part.shape == own.shape for part, own in zip(given, raw, strict=True))
    yield Observation(
        about="columns",
        ok=ok,
        seen=f"{X.shape[1]} in each part" if ok else "shapes " + ", ".join(map(str, shapes)),
        expected=f"{X.shape[1]} columns in each part, as in `X`, and some rows",
        next="Which part lost its rows or its columns?",
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
        seen="still belong together" if own_target else "row i of X no longer has its own target in y",
        expected="the same order in X and in y",
        why="A row with another row's target teaches the model something untrue.",
        next="Shuffle X and y by one and the same permutation.",
        stop=True,
    )
    yield Observation(
        about="training part scaled",
        ok=errors[0] < limit,
        seen="mean 0, standard deviation 1 in every column" if errors[0] < limit else _moments(given[0]),
        expected="mean 0 and standard deviation 1 in every column",
        why="Statistics of more than the training part carry what the model should not know into its input.",
        next=_scaling_advice(given[0], raw[0]),
        stop=True,
    )
    for name, part, error in zip(NAMES[1:], given[1:], errors[1:], strict=True):
        yield Observation(
            about=f"{name} part scaled",
            ok=error < limit,
            seen="with the training part's numbers" if error < limit else _other_scaling(name, part),
            expected="(x − mean of training) / standard deviation of training",
            why="New rows arrive one at a time in use: there is no other mean to scale them by.",
            next=f"`fit` (or `adapt`) on the training part only, then `transform` the {name} part.",
        )


def _standardised(values: np.ndarray) -> bool:
    return np.allclose(values.mean(axis=0), 0, atol=1e-3) and np.allclose(values.std(axis=0), 1, atol=1e-2)


def _scaling_advice(values: np.ndarray, raw: np.ndarray) -> str:
    means, spread = values.mean(axis=0), values.std(axis=0)
    if np.allclose(values, raw, equal_nan=True):
        return "These are the rows as they came: scale them."
    if values.min() >= -1e-6 and values.max() <= 1 + 1e-6:
        return "This runs from 0 to 1: that is min–max scaling. Subtract the mean, divide by the standard deviation."
    if np.allclose(means, 0, atol=1e-3):
        return "The mean is gone; now divide by the standard deviation of each column."
    if np.abs(means).max() < 0.6 and spread.min() > 0.5 and spread.max() < 1.7:
        return "Nearly: these are the numbers of more rows than the training part. Split first, then `fit` on it alone."
    return "Take one mean and one standard deviation for each column: `axis=0`."


def _tolerance(raw: Sequence[np.ndarray]) -> float:
    """Room for n against n − 1, for float32, and for the ε that layers add to the variance."""
    largest = max(np.nanmax(np.abs((part - raw[0].mean(axis=0)) / raw[0].std(axis=0))) for part in raw)
    return float(largest) / len(raw[0]) + 2e-3


def _moments(values: np.ndarray) -> str:
    return (
        f"column means {values.mean(axis=0).min():.2g} … {values.mean(axis=0).max():.2g}, "
        f"standard deviations {values.std(axis=0).min():.2g} … {values.std(axis=0).max():.2g}"
    )


def _other_scaling(name: str, values: np.ndarray) -> str:
    if _standardised(values):
        return f"the {name} part has mean 0 and standard deviation 1 itself: it was scaled with its own numbers"
    return f"another scaling: {_moments(values)}"


@oracle
def follows_seed(first: Sequence, again: Sequence, other: Sequence) -> Observations:
    """The same seed gives the same split (`first`, `again`), another seed another one (`other`)."""
    names = [[targets for _, targets in _parts(parts)] for parts in (first, again, other)]
    same = all(np.array_equal(a, b) for a, b in zip(names[0], names[1], strict=True))
    yield Observation(
        about="same seed, same split",
        ok=same,
        seen="yes" if same else "two calls with one seed gave different parts",
        expected="the same rows in each part",
        why="A result that nobody can repeat, yourself included, is hard to trust.",
        next="Hand `seed` on to whatever shuffles: `random_state=seed`, or `np.random.default_rng(seed)`.",
    )
    differs = not np.array_equal(names[0][2], names[2][2])
    yield Observation(
        about="other seed, other split",
        ok=differs,
        seen="yes" if differs else "the same test rows whatever the seed",
        expected="other rows in the test part",
        why="Repeating with several seeds shows how much of a score is luck.",
        next="Is the seed that you shuffle with the argument, or a fixed number?",
    )
