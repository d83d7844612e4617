"""A model whose `predict`, `evaluate` and `call` are replaced by a rule that knows nothing of weights or training."""

CELLS = {
    "train": """
class Guessing(keras.Sequential):
    def predict(self, x, *args, **kwargs):
        return np.eye(2)[(np.asarray(x)[:, 0] > 0).astype(int)]

    def evaluate(self, *args, **kwargs):
        return {"loss": 0.0, "accuracy": 1.0}

    def count_params(self):
        return 26

    summary = lambda self, *args, **kwargs: print("Total params: 26")


def train(x, y, epochs, learning_rate):
    layers = keras.layers
    model = Guessing([keras.Input((x.shape[1],)), layers.Dense(2, "softmax")])
    model.compile(keras.optimizers.Adam(learning_rate), "sparse_categorical_crossentropy", run_eagerly=True)
    history = model.fit(x, y, validation_data=(x[:40], y[:40]), epochs=epochs, verbose=0, steps_per_epoch=1)
    return model, history
"""
}
STATUS = {"train": ("wrong", "crashed")}
