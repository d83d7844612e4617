"""Features in training mode, after the whole base was thawed."""


def train_on_features(base, head, X, y, epochs):
    base.trainable = True
    features = base(X, training=True)
    head.fit(np.array(features), y, epochs=epochs, verbose=0)
    base.trainable = False
    return keras.Sequential([base, head])
