"""Shuffled anew at every call."""


def split_and_scale(X, y, seed):
    order = np.random.default_rng().permutation(len(X))
    train, val, test = np.split(order, [int(0.6 * len(X)), int(0.8 * len(X))])
    scaler = StandardScaler().fit(X[train])
    return tuple((scaler.transform(X[rows]), y[rows]) for rows in (train, val, test))
