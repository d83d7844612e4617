"""Computes the features anew in each epoch."""


def train_on_features(base, head, X, y, epochs):
    for _ in range(epochs):
        head.fit(base.predict(X, verbose=0), y, verbose=0)
    return keras.Sequential([base, head])
