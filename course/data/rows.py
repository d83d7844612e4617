"""Sampling rows: `load(seed, n)` for every dataset that is stored as a table."""

import numpy as np


def draw(X: np.ndarray, y: np.ndarray, seed: int, n: int | None) -> tuple[np.ndarray, np.ndarray]:
    """The first `n` rows of (X, y), or all of them, after shuffling with `seed`.

    Raises ValueError if `n` is not between 1 and the number of rows.
    """
    size = len(X)
    if n is not None and not 1 <= n <= size:
        raise ValueError(f"n={n}, but this set has {size} rows. Ask for n=1 to n={size}, or n=None for all.")
    order = np.random.default_rng(seed).permutation(size)[:n]
    return X[order], y[order]
