"""Everything thawed, at a high rate: what was learned is washed out."""


def learn_digits(base, X, y):
    model = keras.Sequential([base, keras.layers.Dense(10, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy", run_eagerly=True)
    model.fit(X, y, epochs=4, batch_size=30, verbose=0)
    return model
