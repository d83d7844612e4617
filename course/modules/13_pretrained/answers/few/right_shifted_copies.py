"""Each image also moved by a pixel: five times as many features to learn from."""


def learn_digits(base, X, y):
    moves = ((0, 0), (0, 1), (1, 0), (0, -1), (-1, 0))
    more = np.concatenate([np.roll(X, move, axis=(1, 2)) for move in moves])
    head = keras.Sequential([keras.Input(base.output_shape[1:]), keras.layers.Dense(10, activation="softmax")])
    head.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    head.fit(base.predict(more, verbose=0), np.tile(y, 5), epochs=5, batch_size=16, verbose=0)
    return keras.Sequential([base, head])
