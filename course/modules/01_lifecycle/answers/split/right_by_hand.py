"""NumPy alone: a permutation, two cuts, mean and standard deviation of the training part."""


def split_and_scale(X, y, seed):
    order = np.random.default_rng(seed).permutation(len(X))
    first, second = int(0.6 * len(X)), int(0.8 * len(X))
    train, val, test = order[:first], order[first:second], order[second:]
    mean, std = X[train].mean(axis=0), X[train].std(axis=0)
    return tuple(((X[part] - mean) / std, y[part]) for part in (train, val, test))
