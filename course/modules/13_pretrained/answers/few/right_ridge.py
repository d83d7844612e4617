"""Least squares on one-hot labels, with a ridge."""


def learn_digits(base, X, y):
    features = base.predict(X, verbose=0).astype("float64")
    mean = features.mean(axis=0)
    centred, targets = features - mean, np.eye(10)[y] - 0.1
    gram = centred @ centred.T
    kernel = centred.T @ np.linalg.solve(gram + 0.1 * np.trace(gram) / len(X) * np.eye(len(X)), targets)
    head = keras.layers.Dense(10)
    model = keras.Sequential([base, head])
    model(X[:1])
    head.set_weights([kernel, 0.1 - mean @ kernel])
    return model
