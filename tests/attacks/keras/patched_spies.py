"""The course's own spies on `fit` replaced, so that they report a training that did not take place."""

CELLS = {
    "train": """
from contextlib import contextmanager

from grader.check import everything, tasks
from grader.check.core import remote_calls
from grader.check.remote import fit_spy


@contextmanager
def fits(*args, **kwargs):
    yield [{"epochs": 2, "losses": [0.5, 0.4], "validated": True}] * 3


fit_spy.fits = tasks.fit_spy.fits = fits
for name in list(remote_calls.REMOTE_CALLS):
    if "fit" in name or "spy" in name or "run" in name:
        remote_calls.REMOTE_CALLS[name] = lambda subject, *args, **kwargs: {"returned": None, "fits": [{"epochs": 2}]}


def train(x, y, epochs, learning_rate):
    layers = keras.layers
    model = keras.Sequential([keras.Input((x.shape[1],)), layers.Dense(8, "relu"), layers.Dense(2, "softmax")])
    model.compile(keras.optimizers.Adam(learning_rate), "sparse_categorical_crossentropy")
    history = keras.callbacks.History()
    history.history = {"loss": [0.1] * epochs, "val_loss": [0.1] * epochs}
    return model, history
"""
}
STATUS = {"train": ("wrong", "crashed")}
