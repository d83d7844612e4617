"""No training at all: the nearest of ten mean features, written as a dense layer."""


def learn_digits(base, X, y):
    features = base.predict(X, verbose=0)
    means = np.stack([features[y == digit].mean(axis=0) for digit in range(10)])
    head = keras.layers.Dense(10)
    model = keras.Sequential([base, head])
    model(X[:1])
    head.set_weights([means.T, -0.5 * np.sum(means**2, axis=1)])
    return model
