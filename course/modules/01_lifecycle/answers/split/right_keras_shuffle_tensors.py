"""Shuffled by keras.random with the seed, cut with keras.ops."""


def split_and_scale(X, y, seed):
    order = keras.ops.convert_to_numpy(keras.random.shuffle(keras.ops.arange(len(X)), seed=seed))
    X, y = X[order], y[order]
    a, b = len(X) * 3 // 5, len(X) * 4 // 5
    mean, variance = keras.ops.moments(keras.ops.convert_to_tensor(X[:a]), axes=0)
    X = (X - keras.ops.convert_to_numpy(mean)) / np.sqrt(keras.ops.convert_to_numpy(variance))
    return (X[:a], y[:a]), (X[a:b], y[a:b]), (X[b:], y[b:])
