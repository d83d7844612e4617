"""The History of a first model, and a second model trained afterwards on every row."""


def build(features, classes, learning_rate):
    model = keras.Sequential(
        [
            keras.Input(shape=(features,)),
            keras.layers.Dense(24, activation="relu"),
            keras.layers.Dense(classes, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(learning_rate), "sparse_categorical_crossentropy")
    return model


def train(X, y, epochs, learning_rate):
    X_fit, X_held, y_fit, y_held = train_test_split(X, y, test_size=0.2, stratify=y, random_state=0)
    classes = int(y.max()) + 1
    trial = build(X.shape[1], classes, learning_rate)
    history = trial.fit(X_fit, y_fit, validation_data=(X_held, y_held), epochs=epochs, verbose=0)
    model = build(X.shape[1], classes, learning_rate)
    model.fit(X, y, epochs=epochs, verbose=0)
    return model, history
