"""SGD with momentum; a part drawn by `train_test_split` is held back."""


def train(X, y, epochs, learning_rate):
    X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.25, random_state=42)
    model = keras.Sequential()
    model.add(keras.Input(shape=(X.shape[1],)))
    model.add(keras.layers.Dense(24, activation="relu"))
    model.add(keras.layers.Dense(len(np.unique(y)), activation="softmax"))
    model.compile(
        optimizer=keras.optimizers.SGD(learning_rate=learning_rate, momentum=0.9),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    history = model.fit(X_train, y_train, epochs=epochs, validation_data=(X_val, y_val), verbose=0)
    return model, history
