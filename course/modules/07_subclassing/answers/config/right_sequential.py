"""A Sequential, which needs no configuration of its own."""


def tag_reader(units, departments, temperature=1.0, **settings):
    trainable = settings.pop("trainable", True)
    layers = [
        keras.layers.Dense(units, activation="relu"),
        keras.layers.Dropout(0.5),
        keras.layers.Dense(departments),
        keras.layers.Rescaling(1 / temperature),
        keras.layers.Softmax(),
    ]
    model = keras.Sequential(layers, **settings)
    model.trainable = trainable
    return model
