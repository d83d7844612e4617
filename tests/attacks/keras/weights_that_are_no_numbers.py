"""Weights of NaN and infinity, and a bias of 10³⁰⁸, which make every comparison false and every threshold reached."""

CELLS = {
    "train": """
def train(x, y, epochs, learning_rate):
    layers = keras.layers
    model = keras.Sequential([keras.Input((x.shape[1],)), layers.Dense(8, "relu"), layers.Dense(2, "softmax")])
    model.compile(keras.optimizers.Adam(learning_rate), "sparse_categorical_crossentropy", run_eagerly=True)
    history = model.fit(x, y, validation_data=(x, y), epochs=epochs, verbose=0, steps_per_epoch=1)
    model.set_weights([np.full_like(w, np.nan) for w in model.get_weights()])
    history.history = {"loss": [float("nan")] * epochs, "val_loss": [float("-inf")] * epochs}
    return model, history
"""
}
STATUS = {"train": ("wrong", "crashed")}
