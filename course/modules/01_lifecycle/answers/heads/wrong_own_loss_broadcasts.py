"""A loss class of one's own, in which (N,) minus (N, 1) becomes (N, N) without a murmur."""


class Squares(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return keras.ops.mean(keras.ops.square(keras.ops.reshape(y_true, (-1,)) - y_pred), axis=-1)


def model_and_loss(X, y):
    hidden = [keras.Input(shape=(X.shape[1],)), keras.layers.Dense(16, activation="relu")]
    if np.issubdtype(y.dtype, np.floating):
        return keras.Sequential([*hidden, keras.layers.Dense(1)]), Squares()
    k = int(y.max()) + 1
    return keras.Sequential([*hidden, keras.layers.Dense(k, activation="softmax")]), "sparse_categorical_crossentropy"
