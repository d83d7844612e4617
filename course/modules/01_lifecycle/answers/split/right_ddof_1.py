"""The sample's standard deviation, divided by n - 1."""


def split_and_scale(X, y, seed):
    n = len(y)
    index = np.arange(n)
    np.random.RandomState(seed).shuffle(index)
    train, val, test = np.split(index, [round(0.6 * n), round(0.8 * n)])
    m = np.mean(X[train], axis=0)
    s = np.std(X[train], axis=0, ddof=1)
    X = (X - m) / s
    return (X[train], y[train]), (X[val], y[val]), (X[test], y[test])
