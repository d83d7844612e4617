"""A body that is a model, inside a model, with a head put on."""


def body_for(columns):
    return keras.Sequential(
        [
            keras.Input((columns,)),
            keras.layers.Dense(24, activation="selu"),
            keras.layers.LayerNormalization(),
            keras.layers.Dense(12, activation="selu"),
        ],
        name="body",
    )


def head_for(y):
    if y.dtype.kind == "f":
        return keras.layers.Dense(1, name="head"), keras.losses.MeanAbsoluteError()
    if y.max() == 1:
        return keras.layers.Dense(1, activation="sigmoid", name="head"), keras.losses.BinaryCrossentropy()
    head = keras.layers.Dense(int(y.max()) + 1, activation="softmax", name="head")
    return head, keras.losses.SparseCategoricalCrossentropy()


def model_and_loss(X, y):
    head, loss = head_for(y)
    inputs = keras.Input((X.shape[1],))
    return keras.Model(inputs, head(body_for(X.shape[1])(inputs))), loss
