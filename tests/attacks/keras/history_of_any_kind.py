"""A History of 10⁶ epochs, of texts, of itself, and one that is equal to everything."""

SLOW = True
CELLS = {
    "train": """
class History(keras.callbacks.History):
    __eq__ = lambda self, other: True
    __len__ = lambda self: 2
    __hash__ = None


def train(x, y, epochs, learning_rate):
    layers = keras.layers
    model = keras.Sequential([keras.Input((x.shape[1],)), layers.Dense(2, "softmax")])
    model.compile(keras.optimizers.Adam(learning_rate), "sparse_categorical_crossentropy")
    history = History()
    history.history = {"loss": [0.1] * 1_000_000, "val_loss": "0.1", "own": None}
    history.history["own"] = history
    return model, history
"""
}
STATUS = {"train": ("wrong", "crashed", "timed out")}
