"""Means again, compared by their angle."""


def learn_digits(base, X, y):
    features = base.predict(X, verbose=0)
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    means = np.stack([features[y == digit].mean(axis=0) for digit in range(10)])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    head = keras.layers.Dense(10, use_bias=False)
    model = keras.Sequential([base, keras.layers.UnitNormalization(), head])
    model(X[:1])
    head.set_weights([means.T])
    return model
