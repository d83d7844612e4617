"""A History made up by hand for a model that was never fitted: curves that nobody has seen, and a model that has
learned nothing."""

CELLS = {
    "train": """
def train(x, y, epochs, learning_rate):
    layers = keras.layers
    model = keras.Sequential([keras.Input((x.shape[1],)), layers.Dense(8, "relu"), layers.Dense(2, "softmax")])
    model.compile(keras.optimizers.Adam(learning_rate), "sparse_categorical_crossentropy")
    history = keras.callbacks.History()
    history.set_model(model)
    history.epoch = list(range(epochs))
    curve = [0.5 / (n + 1) for n in range(epochs)]
    history.history = {"loss": curve, "val_loss": curve}
    return model, history
"""
}
STATUS = {"train": "wrong"}
