"""The same network from scratch."""


def learn_digits(base, X, y):
    base = keras.models.clone_model(base)
    model = keras.Sequential([base, keras.layers.Dense(10, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.001), "sparse_categorical_crossentropy", run_eagerly=True)
    model.fit(X, y, epochs=4, batch_size=30, verbose=0)
    return model
