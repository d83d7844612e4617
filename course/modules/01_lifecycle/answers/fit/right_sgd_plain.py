"""Plain SGD, "whatever optimizer you like", in batches of 16."""


def train(X, y, epochs, learning_rate):
    X_fit, X_held, y_fit, y_held = train_test_split(X, y, test_size=0.2, stratify=y)
    model = keras.Sequential(
        [
            keras.Input((X.shape[1],)),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(int(y.max() + 1), activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.SGD(learning_rate), "sparse_categorical_crossentropy")
    history = model.fit(X_fit, y_fit, batch_size=16, epochs=epochs, validation_data=(X_held, y_held), verbose=0)
    return model, history
