"""Every row is dealt a number from 0 to 4: 3 means validation, 4 means test."""


def split_and_scale(X, y, seed):
    dealt = np.random.default_rng(seed).permutation(np.arange(len(X)) % 5)
    parts = [dealt < 3, dealt == 3, dealt == 4]
    train = X[parts[0]]
    centre, width = train.mean(0), train.std(0)
    return [((X[mask] - centre) / width, y[mask]) for mask in parts]
