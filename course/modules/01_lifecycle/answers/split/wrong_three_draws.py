"""Three independent draws of the right sizes: rows are shared and others lost."""


def split_and_scale(X, y, seed):
    rng = np.random.default_rng(seed)
    train, val, test = (rng.choice(len(X), int(share * len(X)), replace=False) for share in (0.6, 0.2, 0.2))
    scaler = StandardScaler().fit(X[train])
    return tuple((scaler.transform(X[rows]), y[rows]) for rows in (train, val, test))
