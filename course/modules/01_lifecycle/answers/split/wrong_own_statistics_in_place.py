"""Shuffles and scales in place, each part by its own numbers: the caller's X is changed along with it."""


def split_and_scale(X, y, seed):
    for table in (X, y):
        np.random.default_rng(seed).shuffle(table)
    a, b = int(0.6 * len(X)), int(0.8 * len(X))
    parts = (X[:a], y[:a]), (X[a:b], y[a:b]), (X[b:], y[b:])
    for rows, _ in parts:
        rows -= rows.mean(axis=0)
        rows /= rows.std(axis=0)
    return parts
