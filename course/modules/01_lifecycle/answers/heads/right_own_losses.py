"""Losses written by hand: root mean square, and a cross-entropy that makes the labels one-hot itself."""


def rmse(y_true, y_pred):
    return keras.ops.sqrt(keras.ops.mean(keras.ops.square(y_true - y_pred)))


def model_and_loss(X, y):
    hidden = [keras.Input((X.shape[1],)), keras.layers.Dense(16, activation="relu")]
    if np.issubdtype(y.dtype, np.floating):
        return keras.Sequential([*hidden, keras.layers.Dense(1)]), rmse

    k = int(y.max()) + 1

    def cross_entropy(y_true, y_pred):
        one_hot = keras.ops.one_hot(keras.ops.cast(keras.ops.reshape(y_true, (-1,)), "int32"), k)
        return keras.losses.categorical_crossentropy(one_hot, y_pred)

    return keras.Sequential([*hidden, keras.layers.Dense(k, activation="softmax")]), cross_entropy
