"""Features of the first batch only."""


def train_on_features(base, head, X, y, epochs):
    features = base(X[:16], training=False)
    head.fit(np.array(features), y[:16], epochs=epochs, verbose=0)
    return keras.Sequential([base, head])
