"""`shuffle=True` mixes the training rows only after `validation_split` has cut off the last class."""


def train(X, y, epochs, learning_rate):
    model = keras.Sequential(
        [
            keras.Input(shape=(X.shape[1],)),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(int(y.max()) + 1, activation="softmax"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    history = model.fit(X, y, validation_split=0.3, shuffle=True, epochs=epochs, verbose=0)
    return model, history
