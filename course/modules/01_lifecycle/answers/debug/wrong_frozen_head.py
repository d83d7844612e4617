"""All five errors are mended, and the head is frozen."""


def wine_experiment(X_train, y_train, X_test, y_test, epochs):
    classes = int(y_train.max()) + 1
    model = keras.Sequential()
    model.add(keras.Input(shape=(X_train.shape[1],)))
    model.add(keras.layers.Dense(24, activation="relu"))
    model.add(keras.layers.Dense(classes, activation="softmax", trainable=False))
    optimizer = keras.optimizers.SGD(learning_rate=0.05)
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    X_fit, X_val, y_fit, y_val = train_test_split(X_train, y_train, test_size=0.2, random_state=0)
    history = model.fit(X_fit, y_fit, validation_data=(X_val, y_val), epochs=epochs, verbose=0)
    labels = model.predict(X_test, verbose=0).argmax(axis=1)
    return model, history, labels
