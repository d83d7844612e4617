"""Hands the images themselves to the head."""


def train_on_features(base, head, X, y, epochs):
    head.fit(X.reshape(len(X), -1)[:, : head.input_shape[1]], y, epochs=epochs, verbose=0)
    base.predict(X, verbose=0)
    return keras.Sequential([base, head])
