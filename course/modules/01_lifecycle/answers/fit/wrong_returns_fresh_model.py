"""One model is fitted, another one, fresh from the builder, is returned."""


def build(features, classes, learning_rate):
    model = keras.Sequential(
        [
            keras.Input(shape=(features,)),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(classes, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(learning_rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def train(X, y, epochs, learning_rate):
    X_fit, X_held, y_fit, y_held = train_test_split(X, y, test_size=0.2, stratify=y, random_state=0)
    classes = int(y.max()) + 1
    history = build(X.shape[1], classes, learning_rate).fit(
        X_fit, y_fit, validation_data=(X_held, y_held), epochs=epochs, verbose=0
    )
    return build(X.shape[1], classes, learning_rate), history
