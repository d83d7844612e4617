"""Everything in float32, scaled by a Normalization layer and turned back into arrays."""


def split_and_scale(X, y, seed):
    X = X.astype("float32")
    X_rest, X_test, y_rest, y_test = train_test_split(X, y, test_size=0.2, shuffle=True, random_state=seed)
    X_train, X_val, y_train, y_val = train_test_split(X_rest, y_rest, test_size=0.25, shuffle=True, random_state=seed)
    layer = keras.layers.Normalization()
    layer.adapt(X_train)
    X_train = keras.ops.convert_to_numpy(layer(X_train))
    X_val = keras.ops.convert_to_numpy(layer(X_val))
    X_test = keras.ops.convert_to_numpy(layer(X_test))
    return (X_train, y_train), (X_val, y_val), (X_test, y_test)
