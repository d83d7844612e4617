"""A Normalization layer adapted to the training part; what comes back are tensors."""


def split_and_scale(X, y, seed):
    X_train, X_rest, y_train, y_rest = train_test_split(X, y, test_size=0.4, random_state=seed)
    X_val, X_test, y_val, y_test = train_test_split(X_rest, y_rest, test_size=0.5, random_state=seed)
    scale = keras.layers.Normalization(axis=-1)
    scale.adapt(X_train)
    return (scale(X_train), y_train), (scale(X_val), y_val), (scale(X_test), y_test)
