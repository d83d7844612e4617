"""X and y are shuffled one after the other: no row keeps its own target."""


def split_and_scale(X, y, seed):
    rng = np.random.default_rng(seed)
    X, y = rng.permutation(X), rng.permutation(y)
    a, b = int(0.6 * len(X)), int(0.8 * len(X))
    scaler = StandardScaler().fit(X[:a])
    X = scaler.transform(X)
    return (X[:a], y[:a]), (X[a:b], y[a:b]), (X[b:], y[b:])
