"""The second cut counts from the wrong end: the validation part is empty."""


def split_and_scale(X, y, seed):
    order = np.random.default_rng(seed).permutation(len(X))
    a, b = int(0.6 * len(X)), int(0.2 * len(X))
    train, val, test = order[:a], order[a:b], order[-b:]
    mean, std = X[train].mean(axis=0), X[train].std(axis=0)
    return tuple(((X[rows] - mean) / std, y[rows]) for rows in (train, val, test))
