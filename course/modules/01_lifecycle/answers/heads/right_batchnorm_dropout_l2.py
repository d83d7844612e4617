"""Batch normalisation, dropout and an L2 penalty, none of which belongs to the loss of the head."""


def model_and_loss(X, y):
    def block(x, units):
        x = keras.layers.Dense(units, kernel_regularizer=keras.regularizers.L2(0.01))(x)
        x = keras.layers.BatchNormalization()(x)
        x = keras.layers.ReLU()(x)
        return keras.layers.Dropout(0.3)(x)

    inputs = keras.Input(shape=(X.shape[1],))
    x = block(block(inputs, 32), 16)
    if y.dtype.kind == "f":
        return keras.Model(inputs, keras.layers.Dense(1, kernel_regularizer="l2")(x)), "mse"
    k = len(set(y.tolist()))
    if k == 2:
        return keras.Model(inputs, keras.layers.Dense(1, "sigmoid", kernel_regularizer="l2")(x)), "binary_crossentropy"
    outputs = keras.layers.Dense(k, "softmax", kernel_regularizer="l2", activity_regularizer="l1")(x)
    return keras.Model(inputs, outputs), "sparse_categorical_crossentropy"
