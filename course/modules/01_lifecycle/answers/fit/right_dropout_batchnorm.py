"""Batch normalisation and dropout between the layers."""


def build(features, classes):
    return keras.Sequential(
        [
            keras.Input((features,)),
            keras.layers.Dense(48, activation="relu"),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(classes, activation="softmax"),
        ]
    )


def train(X, y, epochs, learning_rate):
    X_fit, X_held, y_fit, y_held = train_test_split(X, y, test_size=0.15, stratify=y, random_state=3)
    model = build(X.shape[1], int(y.max()) + 1)
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    history = model.fit(
        X_fit, y_fit, validation_data=(X_held, y_held), epochs=epochs, batch_size=16, shuffle=True, verbose=0
    )
    return model, history
