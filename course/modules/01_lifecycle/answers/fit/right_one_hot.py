"""One-hot targets with the loss that wants them."""


def train(X, y, epochs, learning_rate):
    classes = len(set(y))
    targets = keras.utils.to_categorical(y, classes)
    X_fit, X_held, t_fit, t_held = train_test_split(X, targets, test_size=0.2, stratify=y, random_state=1)
    model = keras.Sequential(
        [
            keras.Input((X.shape[1],)),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(classes, activation="softmax"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(learning_rate), loss="categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(X_fit, t_fit, validation_data=(X_held, t_held), epochs=epochs, verbose=0)
    return model, history
