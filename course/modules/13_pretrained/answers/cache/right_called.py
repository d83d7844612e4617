"""Called once at inference, joined functionally."""


def train_on_features(base, head, X, y, epochs):
    features = keras.ops.convert_to_numpy(base(X, training=False))
    head.fit(features, y, epochs=epochs, verbose=0)
    return keras.Model(base.input, head(base.output))
