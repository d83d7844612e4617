"""Batches from a generator that never ends; the validation rows as arrays."""


def batches(X, y, size, seed):
    rng = np.random.default_rng(seed)
    while True:
        order = rng.permutation(len(X))
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            yield X[rows], y[rows]


def train(X, y, epochs, learning_rate):
    X_fit, X_held, y_fit, y_held = train_test_split(X, y, test_size=0.2, stratify=y, random_state=3)
    model = keras.Sequential(
        [
            keras.Input(shape=(X.shape[1],)),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(int(y.max()) + 1, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(learning_rate=learning_rate), "sparse_categorical_crossentropy")
    history = model.fit(
        batches(X_fit, y_fit, 32, seed=0),
        steps_per_epoch=-(-len(X_fit) // 32),
        validation_data=(X_held, y_held),
        epochs=epochs,
        verbose=0,
    )
    return model, history
