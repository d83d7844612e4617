"""`keras.Model.fit` replaced by a function that trains nothing and returns good curves."""

CELLS = {
    "train": """
def fit(self, x, y, *args, epochs=1, **kwargs):
    history = keras.callbacks.History()
    history.history = {"loss": [0.1] * epochs, "val_loss": [0.1] * epochs}
    return history


keras.Model.fit = keras.Sequential.fit = fit


def train(x, y, epochs, learning_rate):
    layers = keras.layers
    model = keras.Sequential([keras.Input((x.shape[1],)), layers.Dense(8, "relu"), layers.Dense(2, "softmax")])
    model.compile(keras.optimizers.Adam(learning_rate), "sparse_categorical_crossentropy")
    return model, model.fit(x, y, validation_data=(x, y), epochs=epochs, verbose=0)
"""
}
STATUS = {"train": "wrong"}
