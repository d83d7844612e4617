"""Trains on the first half of the rows, sorted by digit."""


def learn_digits(base, X, y):
    order = np.argsort(y)[: len(y) // 2]
    head = keras.Sequential([keras.Input(base.output_shape[1:]), keras.layers.Dense(10, activation="softmax")])
    head.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    head.fit(base.predict(X[order], verbose=0), y[order], epochs=12, batch_size=5, verbose=0)
    return keras.Sequential([base, head])
