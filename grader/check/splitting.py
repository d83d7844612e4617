"""Oracles on a split into training, validation and test part, and on who was scaled with whose statistics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from grader.check import probe
from grader.check.verdict import Observation

Observations = Iterator[Observation]
NAMES = ("training", "validation", "test")
SIZE_TOLERANCE = 0.02
"""A split may round either way and stratify; two rows in a hundred are room enough for both."""


def three_parts(value: Any) -> Observations:
    """`value` is three pairs (X, y) of equally many rows. Stops the check when it isn't."""
    ok, seen = _three_pairs(value)
    yield Observation(
        about="what you return",
        ok=ok,
        seen=seen,
        expected="three pairs: (X_train, y_train), (X_val, y_val), (X_test, y_test)",
        why="The check takes the parts in this order.",
        next="End with `return (X_train, y_train), (X_val, y_val), (X_test, y_test)`.",
        stop=True,
    )


def _three_pairs(value: Any) -> tuple[bool, str]:
    if not isinstance(value, tuple | list) or len(value) != 3:
        count = f" of {len(value)}" if isinstance(value, tuple | list) else ""
        return False, f"a `{type(value).__name__}`{count}"
    for name, pair in zip(NAMES, value, strict=True):
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            return False, f"a {name} part that isn't a pair"
        if len(probe.array(pair[0])) != len(probe.array(pair[1])):
            return False, f"a {name} part of {len(pair[0])} rows and {len(pair[1])} targets"
    return True, "three pairs"


def disjoint_parts(parts: Sequence, y: np.ndarray, fractions: Sequence[float]) -> Observations:
    """Each row of the data is in exactly one part, and the parts have the sizes asked for.

    `y` holds a different value for every row, which makes it the row's name.
    """
    names = [probe.array(target).ravel() for _, target in parts]
    sizes = [len(name) for name in names]
    wanted = [round(fraction * len(y)) for fraction in fractions]
    yield Observation(
        about="sizes",
        ok=all(abs(a - b) <= SIZE_TOLERANCE * len(y) + 1 for a, b in zip(sizes, wanted, strict=True)),
        seen=" + ".join(map(str, sizes)) + f" of {len(y)} rows",
        expected=" + ".join(map(str, wanted)),
        why="Too little to train on costs accuracy, too little to test on costs certainty.",
        next="Split off the test part first; then the fraction for validation is of what is left.",
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
    strangers = len(np.setdiff1d(together, y))
    yield Observation(
        about="no row lost",
        ok=missing == 0 and strangers == 0,
        seen="all there" if not missing + strangers else f"{missing} rows missing, {strangers} targets changed",
        expected="every row, with its own target",
        next="Targets are split, never scaled; and nothing is dropped.",
    )


def shuffled(parts: Sequence, y: np.ndarray) -> Observations:
    """Rows that arrive sorted by target are spread over the parts: each part spans the whole range."""
    spread = np.ptp(y)
    middles = [float(np.mean(probe.array(target))) for _, target in parts]
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


def scaled_by_training(parts: Sequence, X: np.ndarray, y: np.ndarray) -> Observations:
    """The training part has mean 0 and standard deviation 1 in every column, and the others were shifted and
    scaled by the training part's numbers, not by their own. Dividing by n or by n − 1 is both right."""
    rows = {float(name): row for name, row in zip(y, X, strict=True)}
    raw = [
        np.array([rows.get(float(n), np.full(X.shape[1], np.nan)) for n in probe.array(t).ravel()]) for _, t in parts
    ]
    given = [probe.array(x).astype("float64") for x, _ in parts]
    if any(a.shape != b.shape for a, b in zip(given, raw, strict=True)):
        yield Observation("columns", False, f"shape {given[0].shape}", f"{X.shape[1]} columns as in X", stop=True)
    mean, std = raw[0].mean(axis=0), raw[0].std(axis=0)
    errors = [float(np.nanmax(np.abs(g - (r - mean) / std))) for g, r in zip(given, raw, strict=True)]
    limit = _tolerance(raw)
    yield Observation(
        about="training part scaled",
        ok=errors[0] < limit,
        seen="mean 0, standard deviation 1 in every column" if errors[0] < limit else _moments(given[0]),
        expected="mean 0 and standard deviation 1 in every column",
        why="Statistics of more than the training part carry what the model should not know into its input.",
        next="Compute mean and standard deviation after the split, from the training part alone.",
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
    if np.allclose(values.mean(axis=0), 0, atol=1e-3) and np.allclose(values.std(axis=0), 1, atol=1e-2):
        return f"the {name} part has mean 0 and standard deviation 1 itself: it was scaled with its own numbers"
    return f"another scaling: {_moments(values)}"


def follows_seed(first: Sequence, again: Sequence, other: Sequence) -> Observations:
    """The same seed gives the same split (`first`, `again`), another seed another one (`other`)."""
    names = [[probe.array(target).ravel() for _, target in parts] for parts in (first, again, other)]
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
