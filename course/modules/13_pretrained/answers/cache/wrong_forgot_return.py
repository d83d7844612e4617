"""Returns nothing."""


def train_on_features(base, head, X, y, epochs):
    head.fit(base.predict(X, verbose=0), y, epochs=epochs, verbose=0)
