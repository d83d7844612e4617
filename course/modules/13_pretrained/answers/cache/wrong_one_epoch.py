"""Trains for one epoch, whatever was asked for."""


def train_on_features(base, head, X, y, epochs):
    head.fit(base.predict(X, verbose=0), y, verbose=0)
    return keras.Sequential([base, head])
