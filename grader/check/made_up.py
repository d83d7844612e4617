"""Data that checks make up: fresh for each GRADER_SEED, with answers that are known."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection

import numpy as np

from grader.check import probe


def clusters(
    n: int, features: int, classes: int, salt: str = "", by_class: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Gaussian clusters around well-separated centres: X (n, features) float32, standardised, and y (n,) int64.

    Classes are of (nearly) equal size. With `by_class` the rows are sorted by label, as many files are.
    """
    rng = probe.rng("clusters", n, features, classes, salt)
    centres = _apart(rng, features, classes)
    y = np.arange(n) * classes // n if by_class else rng.permutation(np.arange(n) % classes)
    x = centres[y] + rng.normal(0, 0.6, (n, features))
    return ((x - x.mean(axis=0)) / x.std(axis=0)).astype("float32"), y.astype("int64")


def _apart(rng: np.random.Generator, features: int, classes: int) -> np.ndarray:
    """Centres at least 2.4 apart, which is four standard deviations of a cluster."""
    while True:
        centres = rng.normal(0, 1.5, (classes, features))
        gaps = np.linalg.norm(centres[:, None] - centres[None], axis=-1)[~np.eye(classes, dtype=bool)]
        if gaps.min() > 2.4:
            return centres


def measurements(n: int, features: int, salt: str = "") -> tuple[np.ndarray, np.ndarray]:
    """A noisy linear relation: X (n, features) float32, y (n,) float32 around 0 with standard deviation 1."""
    rng = probe.rng("measurements", n, features, salt)
    x = rng.normal(0, 1, (n, features))
    y = x @ rng.normal(0, 1, features) + rng.normal(0, 0.3, n)
    return x.astype("float32"), ((y - y.mean()) / y.std()).astype("float32")


def named_rows(n: int, features: int, salt: str = "") -> tuple[np.ndarray, np.ndarray]:
    """Rows to be split: X (n, features) float64 of columns with very different scales, and y (n,) float64,
    sorted, all different, so that a target tells which row it belongs to."""
    rng = probe.rng("named_rows", n, features, salt)
    scales = 10.0 ** rng.uniform(-1, 3, features)
    x = rng.gamma(2.0, 1.0, (n, features)) * scales + scales * rng.normal(0, 5, features)
    return x, np.arange(n) * 0.5 + 20.0


def sizes(n: int, low: int = 2, high: int = 9, salt: str = "", without: Collection[int] = ()) -> list[int]:
    """`n` different whole numbers from `low` to `high`, both included: widths and lengths nobody can know before.

    None of them is one of `without`, those of the visible tests, to which an answer may have been fitted. Raises
    ValueError where there are fewer than `n`.
    """
    possible = np.setdiff1d(np.arange(low, high + 1), list(without))
    return [int(k) for k in probe.rng("sizes", n, low, high, salt).choice(possible, n, replace=False)]


def normal(shape: tuple[int, ...], salt: str = "", scale: float = 1.0) -> np.ndarray:
    """Draws from N(0, scale²) of this shape, float32."""
    return probe.rng("normal", shape, salt).normal(0.0, scale, shape).astype("float32")


_scratch: list[tempfile.TemporaryDirectory] = []


def scratch_path(name: str) -> str:
    """A path called `name` in a new, empty folder, which is removed when the process ends."""
    _scratch.append(tempfile.TemporaryDirectory(prefix="check-"))
    return os.path.join(_scratch[-1].name, name)
