"""`fit` in a loop, one epoch at a time: the History that is kept knows the last epoch alone."""


def train(X, y, epochs, learning_rate):
    X_fit, X_held, y_fit, y_held = train_test_split(X, y, test_size=0.2, stratify=y, random_state=0)
    model = keras.Sequential(
        [
            keras.Input(shape=(X.shape[1],)),
            keras.layers.Dense(24, activation="relu"),
            keras.layers.Dense(int(y.max()) + 1, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(learning_rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    for _ in range(epochs):
        history = model.fit(X_fit, y_fit, validation_data=(X_held, y_held), epochs=1, verbose=0)
    return model, history
