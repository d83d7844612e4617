"""Turns the labels round, but not the features."""


def train_on_features(base, head, X, y, epochs):
    head.fit(base.predict(X, verbose=0), (y + 1) % (y.max() + 1), epochs=epochs, verbose=0)
    return keras.Sequential([base, head])
