"""Moons: two interleaving half circles, sampled at random; two features, so that a boundary can be plotted."""

import numpy as np

SIZE = 400
CLASSES = ("upper moon", "lower moon")


def load(seed: int = 0, n: int | None = None, noise: float = 0.2) -> tuple[np.ndarray, np.ndarray]:
    """`n` points (400 by default) along two half circles of radius 1, shifted by `noise`, sampled with `seed`.

    X: float32 (n, 2), the coordinates, without a unit: about −1 to 2 horizontally and −0.5 to 1 vertically.
    y: int64 (n,): 0 the upper moon, 1 the lower one; ⌈n/2⌉ and ⌊n/2⌋ points.
    noise: the standard deviation of the normal noise on both coordinates.

    Raises ValueError if `n` is below 1 or `noise` is negative.
    Source: the shape of scikit-learn's `make_moons`; here the angles are sampled, not evenly spaced.
    """
    n = SIZE if n is None else n
    if n < 1:
        raise ValueError(f"n={n}, but a set has at least one point. Ask for n=1 or more (n=None: {SIZE}).")
    if noise < 0:
        raise ValueError(f"noise={noise}, but a standard deviation is not negative. Ask for noise=0 or more.")
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(n) % 2)
    angle = rng.uniform(0, np.pi, n)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    lower = np.stack([1 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
    X = np.where(y[:, None] == 0, upper, lower) + rng.normal(0, noise, (n, 2))
    return X.astype("float32"), y.astype("int64")
