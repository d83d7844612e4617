"""Returns the History."""


def train_on_features(base, head, X, y, epochs):
    return head.fit(base.predict(X, verbose=0), y, epochs=epochs, verbose=0)
