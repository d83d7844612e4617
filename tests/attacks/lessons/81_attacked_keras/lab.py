# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# lesson:
#   title: Models to be attacked
#   minutes: 5
#   timeout: 20
# ---

# %% [markdown]
# # Models to be attacked
#
# A model, a layer and a training that takes a second, for the tests of grading.

# %%
import keras
import numpy as np

from grader import check, student

keras.utils.set_random_seed(1)

# %% [markdown]
# ## A model


# %% exercise="build"
def build(inputs, units):
    """An uncompiled model: one hidden layer of 4 units, then `units` linear outputs."""
    ### BEGIN SOLUTION
    layers = keras.layers
    return keras.Sequential([keras.Input((inputs,)), layers.Dense(4, activation="relu"), layers.Dense(units)])
    ### END SOLUTION


# %% test="build" points=2
with check.task("A model") as task:
    model = task.run(student.build, 3, 2)
    rows = check.normal((8, 3), "build")
    task.expect(check.is_model(model), check.output_shape(model, rows, 2), check.parameters(model, equal=26))
    task.expect(check.all_can_learn(model))
### BEGIN HIDDEN TESTS
with check.task("A wider model") as task:
    hidden_marker_width = int(check.rng("width").integers(5, 9))
    model = task.run(student.build, hidden_marker_width, 3)
    rows = check.normal((8, hidden_marker_width), "build again")
    size = 4 * hidden_marker_width + 4 + 15
    task.expect(check.is_model(model), check.output_shape(model, rows, 3), check.parameters(model, equal=size))
    task.expect(check.all_can_learn(model))
### END HIDDEN TESTS

# %% [markdown] hint="build"
# Three lines.

# %% [markdown] hint="build"
# Two `Dense` layers.

# %% [markdown]
# ## A layer


# %% exercise="layer"
class Shifted(keras.layers.Layer):
    """Adds one learned number to each column."""

    def build(self, shape):
        ### BEGIN SOLUTION
        self.shift = self.add_weight(shape=(shape[-1],), initializer="zeros")
        ### END SOLUTION

    def call(self, inputs):
        ### BEGIN SOLUTION
        return inputs + self.shift
        ### END SOLUTION


# %% test="layer" points=2
with check.task("A layer") as task:
    layer = task.run(student.Shifted)
    task.expect(check.equals(layer, lambda x, shift: x + shift, [check.normal((4, 3), "layer")]))
### BEGIN HIDDEN TESTS
with check.task("A wider layer") as task:
    hidden_marker_layer = task.run(student.Shifted)
    task.expect(check.equals(hidden_marker_layer, lambda x, shift: x + shift, [check.normal((4, 6), "layer again")]))
### END HIDDEN TESTS

# %% [markdown] hint="layer"
# One weight.

# %% [markdown] hint="layer"
# `self.add_weight`.

# %% [markdown]
# ## A training


# %% exercise="train"
def train(x, y, epochs, learning_rate):
    """A classifier of two classes fitted to (x, y), validated on rows held back, and its History."""
    ### BEGIN SOLUTION
    layers = keras.layers
    model = keras.Sequential([keras.Input((x.shape[1],)), layers.Dense(8, "relu"), layers.Dense(2, "softmax")])
    model.compile(keras.optimizers.Adam(learning_rate), "sparse_categorical_crossentropy", run_eagerly=True)
    held = np.arange(len(x)) % 5 == 0
    kept = (x[held], y[held])
    return model, model.fit(x[~held], y[~held], validation_data=kept, batch_size=16, epochs=epochs, verbose=0)
    ### END SOLUTION


# %% test="train" points=3
with check.task("A training", watch_fit=True) as task:
    rows, labels = check.clusters(320, 4, 2, "train")
    answer = task.run(student.train, rows[::2], labels[::2], epochs=2, learning_rate=0.05)
    task.expect(check.training(answer, task.fits, rows[1::2], labels[1::2], 2, learning_rate=0.05, at_least=0.8))

# %% [markdown] hint="train"
# Compile, fit.

# %% [markdown] hint="train"
# Return what `fit` returns.
