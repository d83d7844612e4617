"""A scaler class of one's own, and the seed through keras.utils.set_random_seed."""


class Scaler:
    def __init__(self, rows):
        self.mean = rows.mean(axis=0, keepdims=True)
        self.std = rows.std(axis=0, keepdims=True) + 1e-7

    def __call__(self, rows):
        return (rows - self.mean) / self.std


def split_and_scale(X, y, seed):
    keras.utils.set_random_seed(seed)
    order = np.random.permutation(len(X))
    test, val, train = np.split(order, [len(X) // 5, 2 * (len(X) // 5)])
    scale = Scaler(X[train])
    return (scale(X[train]), y[train]), (scale(X[val]), y[val]), (scale(X[test]), y[test])
