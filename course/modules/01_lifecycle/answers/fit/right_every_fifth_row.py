"""Every fifth row is held back: of sorted rows that is a fifth of each class."""


def train(X, y, epochs, learning_rate):
    held = np.arange(len(X)) % 5 == 0
    model = keras.Sequential(
        [
            keras.Input((X.shape[1],)),
            keras.layers.Dense(20, activation="relu"),
            keras.layers.Dense(int(y.max()) + 1, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adamax(learning_rate=learning_rate), "sparse_categorical_crossentropy")
    history = model.fit(X[~held], y[~held], epochs=epochs, validation_data=(X[held], y[held]), verbose=0)
    return model, history
