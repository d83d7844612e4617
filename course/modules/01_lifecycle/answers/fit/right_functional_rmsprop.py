"""A functional model and RMSprop."""


def train(X, y, epochs, learning_rate):
    X_fit, X_held, y_fit, y_held = train_test_split(X, y, test_size=0.2, stratify=y, random_state=0)
    inputs = keras.Input(shape=X.shape[1:])
    x = keras.layers.Dense(16, activation="tanh")(inputs)
    outputs = keras.layers.Dense(int(y.max()) + 1, activation="softmax")(x)
    model = keras.Model(inputs, outputs)
    model.compile(
        optimizer=keras.optimizers.RMSprop(learning_rate=learning_rate),
        loss=keras.losses.SparseCategoricalCrossentropy(),
        metrics=[keras.metrics.SparseCategoricalAccuracy()],
    )
    history = model.fit(X_fit, y_fit, epochs=epochs, validation_data=(X_held, y_held), verbose=0)
    return model, history
