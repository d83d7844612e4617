"""Only what stopped it by its name is mended; loss and validation rows are left."""


def wine_experiment(X_train, y_train, X_test, y_test, epochs):
    classes = int(y_train.max()) + 1
    model = keras.Sequential()
    model.add(keras.Input(shape=(X_train.shape[1],)))
    model.add(keras.layers.Dense(24, activation="relu"))
    model.add(keras.layers.Dense(classes, activation="softmax"))
    optimizer = keras.optimizers.SGD(learning_rate=0.05)
    model.compile(optimizer=optimizer, loss="categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(X_train, y_train, validation_data=(X_test, y_test), epochs=epochs, verbose=0)
    labels = model.predict(X_test, verbose=0).argmax(axis=1)
    return model, history, labels
