"""A frozen base and a head, trained together."""


def learn_digits(base, X, y):
    base.trainable = False
    model = keras.Sequential([keras.Input(X.shape[1:]), base, keras.layers.Dense(10, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    model.fit(X, y, epochs=10, batch_size=10, verbose=0)
    return model
