"""Only the rows are shuffled, the targets stay in their old order."""


def split_and_scale(X, y, seed):
    X = np.random.default_rng(seed).permutation(X)
    a, b = int(0.6 * len(X)), int(0.8 * len(X))
    scaler = StandardScaler().fit(X[:a])
    X = scaler.transform(X)
    return (X[:a], y[:a]), (X[a:b], y[a:b]), (X[b:], y[b:])
