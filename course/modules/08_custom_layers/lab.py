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
#   title: "Layers of your own: weights, randomness, state and penalties"
#   minutes: 90
#   timeout: 120
# ---

# %% [markdown]
# # Lab 08 · Layers of your own
#
# **90 minutes · 28 points**
#
# Keras provides well over a hundred layers. If you need one that it doesn't have, such as a normalization from a new
# paper or a penalty of your own, you can write it: it takes four short methods, and the result trains, saves and loads
# like any other layer.
#
# After this lab you can
#
# - write a **layer**: its settings in `__init__`, its weights in `build`, its computation in `call`;
# - make Keras **track** its weights, so that they are trained and saved, and notice if Keras doesn't track them;
# - separate **training from inference**: random numbers that are drawn again for each batch, and state that is updated
#   in training mode only;
# - add a **penalty** to the loss from inside a layer;
# - load a layer **from a `.keras` file**, and fix one from an older tutorial.
#
# You need lab 01, and you should have seen a Python class: what `__init__`, `self` and `super()` are.

# %%
from course import see
from grader import check, student

import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(8)

# %% [markdown]
# ## What a layer computes from its inputs

# %%
see.surface.folds()

# %% [markdown]
# Each panel shows a layer with two inputs, $x_1$ and $x_2$. The height is the layer's output for each pair of inputs.
# A single **unit** multiplies each input by a number, adds up the products, and adds one more number. The result is a
# tilted plane. The multipliers are the unit's part of the **kernel**, and the number added at the end is its **bias**.
#
# **ReLU** keeps positive values and replaces negative values by zero: the plane is folded along a line (orange). A
# function whose graph is bent like this or curved is called **nonlinear**. The next layer adds up twelve folded
# planes, each with a weight, and the result is a landscape. A dense network with ReLU builds its output from such
# folded planes, layer by layer.
#
# A layer, then, is *a function that contains numbers*. The numbers are its **weights**, and training updates them.
# Later in this lab you will change them by hand. But first, here is how to write a layer for Keras.

# %% [markdown]
# ## A worked example: one number per column
#
# `ScaleColumns` multiplies each column of its input by a separate weight. It is a subclass of `keras.layers.Layer`,
# with four methods:
#
# | method | when it runs | what belongs there |
# |---|---|---|
# | `__init__` | once, when you write `ScaleColumns(…)` | the settings that the caller chooses |
# | `build` | once, when the layer gets its first input | the weights, whose shapes depend on that input |
# | `call` | for every batch | the computation |
# | `get_config` | when a model is saved | the settings as a dict, to create the layer again |

# %%
@keras.saving.register_keras_serializable(package="lab08")
class ScaleColumns(keras.layers.Layer):
    """Multiplies each column by a separate number, which is learned."""

    def __init__(self, start=1.0, **kwargs):
        super().__init__(**kwargs)
        self.start = start

    def build(self, input_shape):
        start = keras.initializers.Constant(self.start)
        self.scale = self.add_weight(shape=(input_shape[-1],), initializer=start, name="scale")

    def call(self, inputs):
        return inputs * self.scale

    def get_config(self):
        return super().get_config() | {"start": self.start}


# %% [markdown]
# Line by line:
#
# - `**kwargs` are settings that every layer has, such as `name` and `trainable`. Pass them to `super().__init__`,
#   which processes them.
# - `input_shape` is a tuple such as `(None, 3)`: any number of rows, 3 columns. `input_shape[-1]` is the number of
#   columns.
# - `add_weight` creates a weight and registers it with Keras. From then on, the weight is **tracked**: Keras trains it
#   and saves it. An **initializer** sets its initial values.
# - `get_config` takes the settings that the base class stores (`super().get_config()`: name, `trainable`, data type)
#   and adds the layer's own settings. The operator `|` merges two dicts.
# - The line that starts with `@` registers the class under its name, so that Keras finds it when it loads a file.
#
# ### Predict, then run · 1
#
# You write `layer = ScaleColumns(start=2.0)` and nothing else. How many weights does the layer have now?

# %% predict="weights_before" points=1
# a) none
# b) one
# c) one for each column
weights_before = "a"

# %%
layer = ScaleColumns(start=2.0)
print("weights before the first call:", len(layer.weights))
print("output:", layer(np.array([[1.0, 10.0, 100.0]])).numpy())
print("weights after the first call:", [(weight.name, tuple(weight.shape)) for weight in layer.weights])

# %% [markdown]
# Before the first input, the layer can't know how many columns there will be, so `build` waits for that input. One
# weight may hold many numbers: here, a single weight has the shape `(3,)`.
#
# Now use the layer in a model. The targets are the three columns multiplied by 3, −1 and ½. Does the layer learn these
# numbers?

# %%
examples = np.random.default_rng(0).normal(size=(64, 3)).astype("float32")
model = keras.Sequential([keras.Input((3,)), ScaleColumns()])
model.compile(keras.optimizers.SGD(learning_rate=0.5), "mean_squared_error")
model.fit(examples, examples * np.array([3.0, -1.0, 0.5]), epochs=20, verbose=0)
print("learned:", (model.layers[0].scale.numpy() + 0.0).round(1))

# %% [markdown]
# Now save and load the model. `load_model` reads the configuration, creates the layer again as
# `ScaleColumns(start=1.0, name=…, …)`, and restores the saved weights.

# %%
path = check.scratch_path("scaled.keras")  # in a folder that is removed when the notebook stops
model.save(path)
loaded = keras.saving.load_model(path)
print("loaded:", (loaded.layers[0].scale.numpy() + 0.0).round(1))
print("same outputs:", np.allclose(model(examples), loaded(examples)))

# %% [markdown]
# `load_model` has to find the class `ScaleColumns`. You can register the class, as above, or pass it:
# `load_model(path, custom_objects={"ScaleColumns": ScaleColumns})`. Both are right. In the exercises you need neither,
# because the checks pass your class.

# %% [markdown]
# ## The same without `add_weight`
#
# Older code creates its weights directly, as a `tf.Variable`. The layer below adds a number that it should learn. The
# targets are the inputs plus 5.
#
# ### Predict, then run · 2
#
# What is the value of `shift` after training?

# %% predict="shift_after" points=1
# a) close to 5
# b) still exactly 0
# c) there is none, because `fit` raises an error
shift_after = "b"


# %%
class LostShift(keras.layers.Layer):
    """Adds the same number to all inputs."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.shift = tf.Variable(0.0)

    def call(self, inputs):
        return inputs + self.shift


lost = LostShift()
model = keras.Sequential([keras.Input((3,)), lost, ScaleColumns()])
model.compile(keras.optimizers.SGD(learning_rate=0.1), "mean_squared_error")
history = model.fit(examples, examples + 5, epochs=10, verbose=0)
losses = history.history["loss"]
print("shift:", lost.shift.numpy(), "· weights that Keras tracks:", [weight.name for weight in model.weights])
print("the loss", "falls" if losses[-1] < losses[0] else "rises")

# %% [markdown]
# There is no error and no warning. The loss even falls, because the other layer adapts as well as it can. Keras trains
# only what it tracks. It tracks weights from `add_weight`, and a `keras.Variable` that you store as an attribute, but
# not a `tf.Variable`. **Look at `layer.weights`** whenever you write a layer.

# %% [markdown]
# ## Exercise 1 · A dense layer with ReLU (3 points)
#
# Complete `DenseReLU(units)`, the layer that tutorials call `CustomDense`. For inputs $x$ it returns
#
# $$\operatorname{relu}(x K + b), \qquad \operatorname{relu}(z) = \max(z, 0)$$
#
# - $K$, the kernel, has the shape (columns of the input, `units`). Its initial values are random numbers of a suitable
#   size, drawn by the initializer `"glorot_uniform"`.
# - $b$, the bias, has the shape `(units,)`, and its initial values are zero.
# - Both are trained, and there is no other weight.
# - `get_config` returns what is needed to create the layer again, including its name.
#
# `keras.ops` has the functions that you need: `matmul`, `relu`, `mean`, `sqrt` and many others that you know from
# NumPy. They work on the tensors that `call` receives. NumPy's own functions may work if you call the layer directly,
# but raise an error in `fit`. Functions of `tf` are fine as well.

# %% exercise="dense_relu"
class DenseReLU(keras.layers.Layer):
    """relu(inputs · kernel + bias)"""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        ### BEGIN SOLUTION
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units), initializer="glorot_uniform", name="kernel")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")
        ### STUB
        # raise NotImplementedError("Delete this line and complete the lines below.")
        # self.kernel = self.add_weight(shape=..., initializer="glorot_uniform", name="kernel")
        # self.bias = self.add_weight(shape=..., initializer=..., name="bias")
        ### END SOLUTION

    def call(self, inputs):
        ### BEGIN SOLUTION
        return keras.ops.relu(keras.ops.matmul(inputs, self.kernel) + self.bias)
        ### STUB
        # raise NotImplementedError("Delete this line and complete the next.")
        # return keras.ops.relu(...)
        ### END SOLUTION

    def get_config(self):
        ### BEGIN SOLUTION
        return super().get_config() | {"units": self.units}
        ### STUB
        # raise NotImplementedError("Delete this line and complete the next.")
        # return super().get_config() | ...
        ### END SOLUTION


# %% test="dense_relu/numbers" points=2
with check.task("Weights and outputs: four columns, three units") as task:
    rows = check.normal((16, 4), "dense")
    layer = task.run(student.DenseReLU, 3)
    at_zero = task.run(layer, np.zeros((2, 4), "float32"))
    task.expect(check.tracks(layer, trainable=[(4, 3), (3,)], stop=True))
    task.expect(check.starts_random(layer))
    task.expect(
        check.equal(
            at_zero,
            np.zeros((2, 3)),
            about="outputs of a new layer for inputs of 0",
            why="For inputs of 0 the kernel has no effect: the output depends only on the bias, which starts at zero.",
            next='Initialize the bias with `"zeros"`. Without an initializer it starts with random numbers.',
        )
    )
    task.expect(
        check.equals(
            layer,
            lambda x, kernel, bias: np.maximum(x @ kernel + bias, 0),
            [rows, 5 * rows[:1]],
            why="The layer is defined as relu(x · kernel + bias).",
            advice="Compute the product, add the bias, then apply relu, which replaces negative values by zero.",
        )
    )
    task.expect(check.gradients_reach(layer, rows))
### BEGIN HIDDEN TESTS
with check.task("Weights and outputs: other sizes") as task:
    columns, units = check.sizes(2, 2, 9, without=(3, 4))
    rows = check.normal((9, columns), "dense again")
    layer = task.run(student.DenseReLU, units)
    at_zero = task.run(layer, np.zeros((2, columns), "float32"))
    task.expect(check.tracks(layer, trainable=[(columns, units), (units,)], stop=True))
    task.expect(check.equal(at_zero, np.zeros((2, units)), "outputs of a new layer for inputs of 0"))
    task.expect(check.equals(layer, lambda x, kernel, bias: np.maximum(x @ kernel + bias, 0), [rows, 5 * rows]))
    task.expect(check.works_in_a_graph(layer, rows))
### END HIDDEN TESTS

# %% test="dense_relu/round_trip" points=1
with check.task("Rebuilding from the configuration and from a file") as task:
    rows = check.normal((8, 4), "dense")
    layer = task.run(student.DenseReLU, 3)
    task.expect(check.round_trip(layer, rows))
    named = task.run(student.DenseReLU, 3, name="hidden", trainable=False)
    task.expect(check.keeps_settings(named, name="hidden", trainable=False))
### BEGIN HIDDEN TESTS
with check.task("Rebuilding another layer") as task:
    columns, units = check.sizes(2, 2, 9, "file", without=(3, 4))
    layer = task.run(student.DenseReLU, units)
    task.expect(check.round_trip(layer, check.normal((8, columns), "file")))
### END HIDDEN TESTS

# %% [markdown] hint="dense_relu"
# Think of the shapes: `inputs` has the shape (rows, columns), and the result should have the shape (rows, units).
# Which shape must the kernel have in `matmul(inputs, kernel)`? And which argument of `__init__` can't be computed from
# the input, so that `get_config` has to return it?

# %% [markdown] hint="dense_relu"
# The shape of the kernel is `(input_shape[-1], self.units)`. The shape of the bias is `(self.units,)`, with the
# initializer `"zeros"`. `call` returns `keras.ops.relu(keras.ops.matmul(inputs, self.kernel) + self.bias)`, and the
# configuration needs `{"units": self.units}`.

# %% [markdown]
# ## Change the weights, see the surface
#
# The figure shows one unit with ReLU. Its kernel is $w = (w_1, 1)$, and its bias is $b$. The still image shows four
# choices of $w_1$ and $b$. In a running notebook, an interactive version with two sliders and two panels follows. Move
# the sliders and look at the right panel, which shows the surface from above. Along the orange line, $w \cdot x + b$
# is zero. What turns that line, what shifts it, and in which direction does the arrow $w$ always point?

# %%
unit = keras.layers.Dense(1, activation="relu")
see.surface.explore(see.surface.Sweep(unit))

# %% [markdown]
# The kernel turns the fold and sets the steepness of the slope next to it. The bias shifts the fold. The kernel points
# uphill, at a right angle to the fold. When your `DenseReLU` is ready, replace `unit` with `DenseReLU(1)`: the figure
# works for any layer with one unit. Also try `keras.layers.Dense(1, activation="tanh")`.

# %% [markdown]
# ## Randomness in training only
#
# A layer may compute one thing in training mode and another in inference mode. Keras passes the mode to the layer:
# `fit` calls it with `training=True`, while `evaluate` and `predict` call it with `training=False`. If you call the
# layer directly, it gets the value that you pass. The default is `None`, which counts as *not training*:
#
# ```python
# def call(self, inputs, training=None):
#     if training:
#         …
# ```
#
# **Dropout** is such a layer. In training mode it sets some of its inputs to zero at random, so that no unit can rely
# on any single other unit. It scales up the remaining inputs, so the sum that reaches the next layer stays the same on
# average. Here is a row of ones with a rate of ½:

# %%
ones = np.ones((1, 12), "float32")
dropping = keras.layers.Dropout(0.5, seed=2)
print("in training: ", dropping(ones, training=True).numpy()[0])
print("another call:", dropping(ones, training=True).numpy()[0])
print("at inference:", dropping(ones, training=False).numpy()[0])

# %% [markdown]
# Draw random numbers with `keras.random`: `keras.random.uniform(shape, seed=…)` draws numbers between 0 and 1. Its
# seed can be a `keras.random.SeedGenerator`, which changes its state with every draw. Use `keras.ops.shape(inputs)`
# for the shape of the inputs: in `fit`, the number of rows in `inputs.shape` may be None.
#
# A comparison such as `draws < 0.3` returns booleans, which you can't use in arithmetic.
# `keras.ops.where(condition, a, b)` selects $a$ where the condition is true and $b$ where it is false, and
# `keras.ops.cast(condition, "float32")` converts booleans to ones and zeros.
#
# Why not NumPy? When `fit` starts, it calls your layer *once* and records the operations (it **traces** the layer).
# The record, the **graph**, then runs for every batch. Numbers that NumPy draws during tracing are recorded as
# constants.

# %% [markdown]
# ## Exercise 2 · Inverted dropout (3 points)
#
# Write `call` of `InvertedDropout(rate)`.
#
# - In training mode, each input value is set to zero with probability `rate`, independently of the others, with new
#   random draws in every call. The values that are kept are divided by `1 - rate`.
# - Otherwise, the inputs are returned unchanged.

# %% exercise="dropout"
class InvertedDropout(keras.layers.Layer):
    """Sets a share of its inputs to zero in training mode and scales up the others."""

    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate
        self.seeds = keras.random.SeedGenerator()

    def call(self, inputs, training=None):
        ### BEGIN SOLUTION
        if not training:
            return inputs
        draws = keras.random.uniform(keras.ops.shape(inputs), seed=self.seeds)
        kept = keras.ops.cast(draws >= self.rate, inputs.dtype)
        return inputs * kept / (1 - self.rate)
        ### END SOLUTION

    def get_config(self):
        return super().get_config() | {"rate": self.rate}


# %% test="dropout" points=3
with check.task("A dropout rate of 30%") as task:
    rows = check.normal((60, 40), "dropout")
    layer = task.run(student.InvertedDropout, 0.3)
    task.run(layer, rows)
    task.expect(check.drops_inverted(layer, rows, rate=0.3))
    task.expect(check.round_trip(layer, rows))
    named = task.run(student.InvertedDropout, 0.3, name="drops", trainable=False)
    task.expect(check.keeps_settings(named, name="drops", trainable=False))
### BEGIN HIDDEN TESTS
for rate in (0.15, 0.6):
    with check.task(f"A dropout rate of {rate:.0%}, inputs with three axes") as task:
        rows = check.normal((30, 8, 12), "dropout again")
        layer = task.run(student.InvertedDropout, rate)
        task.run(layer, rows)
        task.expect(check.drops_inverted(layer, rows, rate=rate))
### END HIDDEN TESTS

# %% [markdown] hint="dropout"
# There are two steps. First compute a **mask** with the shape of the inputs: 1 where a value is kept and 0 where it is
# dropped. Then multiply the inputs by the mask and divide by the share of values that is kept. A number drawn
# uniformly between 0 and 1 is less than `rate` with exactly that probability.

# %% [markdown] hint="dropout"
# Begin with `if not training: return inputs`. Then
# `draws = keras.random.uniform(keras.ops.shape(inputs), seed=self.seeds)`. `draws >= self.rate` contains True and
# False; `keras.ops.cast(…, inputs.dtype)` converts them to ones and zeros. Multiply the inputs by this mask, and
# divide by `1 - self.rate`.

# %% [markdown]
# ## Exercise 3 · Layer normalization (3 points)
#
# Write `LayerNorm(epsilon=0.001)` from this specification. The layer takes each row separately, shifts its values to
# mean 0 and scales them to standard deviation 1. Then it applies a scale and a shift that the model learns:
#
# $$y = \gamma \cdot \frac{x - m}{\sqrt{v + \varepsilon}} + \beta$$
#
# - $m$ and $v$ are the mean and the variance **along the last axis**; $v$ is the mean of the squared distances from
#   $m$.
# - Inputs may have two, three or more axes. The length of the last axis is always the same.
# - $\gamma$ and $\beta$ are trained; each has as many values as the last axis. The initial values are one for $\gamma$
#   and zero for $\beta$. There is no other weight.
# - $\varepsilon$ avoids a division by zero if a row is constant.
# - You can create the layer again from its configuration and from a `.keras` file, with the same name.

# %% exercise="layer_norm"
class LayerNorm(keras.layers.Layer):
    """Normalizes along the last axis, then scales and shifts."""

    def __init__(self, epsilon=0.001, **kwargs):
        ### BEGIN SOLUTION
        super().__init__(**kwargs)
        self.epsilon = epsilon
        ### END SOLUTION

    def build(self, input_shape):
        ### BEGIN SOLUTION
        self.gamma = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="gamma")
        self.beta = self.add_weight(shape=(input_shape[-1],), initializer="zeros", name="beta")
        ### END SOLUTION

    def call(self, inputs):
        ### BEGIN SOLUTION
        mean = keras.ops.mean(inputs, axis=-1, keepdims=True)
        variance = keras.ops.mean(keras.ops.square(inputs - mean), axis=-1, keepdims=True)
        return self.gamma * (inputs - mean) / keras.ops.sqrt(variance + self.epsilon) + self.beta
        ### END SOLUTION

    def get_config(self):
        ### BEGIN SOLUTION
        return super().get_config() | {"epsilon": self.epsilon}
        ### END SOLUTION


# %% test="layer_norm/numbers" points=2
with check.task("Inputs with two and with three axes") as task:
    rows = 2 + 3 * check.normal((12, 5), "norm")
    layer = task.run(student.LayerNorm, epsilon=0.1)
    new = task.run(layer, rows)
    plain = (rows - rows.mean(-1, keepdims=True)) / np.sqrt(rows.var(-1, keepdims=True) + 0.1)
    task.expect(check.tracks(layer, trainable=[5, 5], stop=True))
    task.expect(
        check.equal(
            new,
            plain,
            about="outputs of a new layer",
            why="Gamma starts at one and beta at zero, so each output row has mean 0 and standard deviation near 1.",
            next="Print mean, variance and divisor of one row, and check that epsilon is added before the square root.",
        )
    )
    task.expect(
        check.equals(
            layer,
            lambda x, gamma, beta: (
                gamma * (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 0.1) + beta
            ),
            [rows, rows[:1], rows / 10, check.normal((3, 4, 5), "norm")],
            about="outputs for any gamma and beta",
            why="Each row is normalized separately from the others, for any number of axes.",
            advice="If the outputs of a new layer are right, check that gamma and beta are both used, and check the "
            "axis: with three axes, axis 1 isn't the last.",
        )
    )
with check.task("A constant row") as task:
    layer = task.run(student.LayerNorm)
    constant = task.run(layer, np.full((2, 4), 7.0, "float32"))
    task.expect(
        check.equal(
            constant,
            np.zeros((2, 4)),
            about="outputs for a constant row",
            why="The variance of the row is zero: without epsilon, zero is divided by zero.",
            next="Add `self.epsilon` to the variance, before the square root.",
        )
    )
### BEGIN HIDDEN TESTS
with check.task("Inputs of another size, default epsilon") as task:
    (columns,) = check.sizes(1, 3, 9, "norm")
    rows = 0.05 * check.normal((10, columns), "norm again")
    layer = task.run(student.LayerNorm)
    new = task.run(layer, rows)
    plain = (rows - rows.mean(-1, keepdims=True)) / np.sqrt(rows.var(-1, keepdims=True) + 0.001)
    task.expect(check.tracks(layer, trainable=[columns, columns], stop=True))
    task.expect(check.equal(new, plain, "outputs of a new layer"))
    task.expect(
        check.equals(
            layer,
            lambda x, gamma, beta: (
                gamma * (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 0.001) + beta
            ),
            [rows, 20 * rows, check.normal((2, 3, 4, columns), "norm again")],
        )
    )
    task.expect(check.works_in_a_graph(layer, rows))
### END HIDDEN TESTS

# %% test="layer_norm/round_trip" points=1
with check.task("Rebuilding from the configuration and from a file") as task:
    rows = check.normal((8, 4), "norm file")
    layer = task.run(student.LayerNorm, epsilon=0.5)
    task.expect(check.round_trip(layer, rows))
    named = task.run(student.LayerNorm, name="norm", trainable=False)
    task.expect(check.keeps_settings(named, name="norm", trainable=False))
### BEGIN HIDDEN TESTS
with check.task("Rebuilding another layer") as task:
    layer = task.run(student.LayerNorm, epsilon=float(check.rng("epsilon").uniform(0.2, 0.9)))
    task.expect(check.round_trip(layer, check.normal((8, 3, 6), "norm file again")))
### END HIDDEN TESTS

# %% [markdown] hint="layer_norm"
# Write `__init__` and `get_config` as in the worked example, with a different name for the setting. In `call`, compute
# the mean and the variance with `axis=-1`. Their shapes must still be compatible with the inputs: which argument of
# `keras.ops.mean` keeps the axis, with length 1?

# %% [markdown] hint="layer_norm"
# The mean is `keras.ops.mean(inputs, axis=-1, keepdims=True)`, and the variance is the same function of
# `keras.ops.square(inputs - mean)`. Add epsilon *before* you take the square root. In `build`, create two weights of
# shape `(input_shape[-1],)`, with the initializers `"ones"` and `"zeros"`.

# %% [markdown]
# ## Exercise 4 · State that is not trained (3 points)
#
# Some values in a layer are stored but not learned, for example a running mean or a count. Such **state** is a weight
# with `trainable=False`. The optimizer doesn't update it, but it is saved in the file. The layer itself changes it in
# `call`: `self.mean.assign(…)` assigns a new value.
#
# Write `RunningMean(momentum=0.9)`, for inputs of shape (rows, columns). The layer subtracts from each column the
# running mean of that column.
#
# - The layer stores one number per column, with an initial value of zero. It has no other weights, and nothing is
#   trained.
# - In training mode, the stored mean **first** moves toward the mean of the batch: new mean = momentum · old mean + (1
#   − momentum) · mean of the column in the batch.
# - **Then**, in every mode, the layer returns the inputs minus the stored mean.
# - In inference mode, the stored mean doesn't change.
# - You can create the layer again from its configuration and from a file: with its name, its momentum and, from a
#   file, its stored mean.

# %% exercise="running_mean"
class RunningMean(keras.layers.Layer):
    """Subtracts from each column its running mean over the training batches."""

    def __init__(self, momentum=0.9, **kwargs):
        ### BEGIN SOLUTION
        super().__init__(**kwargs)
        self.momentum = momentum
        ### END SOLUTION

    def build(self, input_shape):
        ### BEGIN SOLUTION
        self.mean = self.add_weight(shape=(input_shape[-1],), initializer="zeros", trainable=False, name="mean")
        ### END SOLUTION

    def call(self, inputs, training=None):
        ### BEGIN SOLUTION
        if training:
            batch_mean = keras.ops.mean(inputs, axis=0)
            self.mean.assign(self.momentum * self.mean + (1 - self.momentum) * batch_mean)
        return inputs - self.mean
        ### END SOLUTION

    def get_config(self):
        ### BEGIN SOLUTION
        return super().get_config() | {"momentum": self.momentum}
        ### END SOLUTION


# %% test="running_mean/state" points=2
with check.task("Three batches in training mode, with inference in between") as task:
    first, second, third = (check.normal((6, 4), f"batch {k}") + k for k in (1, 2, 3))
    layer = task.run(student.RunningMean, momentum=0.8)
    new = task.run(layer, first)
    task.expect(check.tracks(layer, trainable=[], state=[4], stop=True))
    task.expect(
        check.equal(
            new,
            first,
            about="outputs of a new layer, without `training`",
            why="Nothing has passed in training mode yet, so the layer subtracts zero.",
            next="Check that the mean starts at zero, and that it doesn't change while `training` is None.",
        )
    )
    task.expect(
        check.remembers(
            layer,
            [(first, True), (second, True), (third, False), (third, True), (first, None)],
            start=np.zeros(4),
            update=lambda mean, x: 0.8 * mean + 0.2 * x.mean(axis=0),
            answer=lambda mean, x: x - mean,
        )
    )
### BEGIN HIDDEN TESTS
with check.task("Other batches, another momentum") as task:
    (columns,) = check.sizes(1, 2, 9, "mean")
    first, second, third = (check.normal((3 + k, columns), f"other batch {k}") - k for k in (1, 2, 3))
    layer = task.run(student.RunningMean)
    new = task.run(layer, first)
    task.expect(check.tracks(layer, trainable=[], state=[columns], stop=True))
    task.expect(check.equal(new, first, "outputs of a new layer in inference mode"))
    task.expect(
        check.remembers(
            layer,
            [(second, None), (first, True), (first, False), (second, True), (third, True), (third, False)],
            start=np.zeros(columns),
            update=lambda mean, x: 0.9 * mean + 0.1 * x.mean(axis=0),
            answer=lambda mean, x: x - mean,
        )
    )
    task.expect(check.statistics_move_in_training_only(layer, first))
### END HIDDEN TESTS

# %% test="running_mean/saved" points=1
with check.task("Rebuilding with the stored mean") as task:
    rows = check.normal((8, 4), "mean file")
    layer = task.run(student.RunningMean, momentum=0.6)
    task.run(layer, rows, training=True)
    task.expect(check.round_trip(layer, rows, ways=("config", "file", "training")))
    named = task.run(student.RunningMean, name="centre", trainable=False)
    task.expect(check.keeps_settings(named, name="centre", trainable=False))
### BEGIN HIDDEN TESTS
with check.task("Rebuilding another layer") as task:
    rows = check.normal((8, 5), "mean file again")
    layer = task.run(student.RunningMean, momentum=float(check.rng("momentum").uniform(0.2, 0.7)))
    task.run(layer, rows, training=True)
    task.expect(check.round_trip(layer, rows, ways=("config", "file", "training")))
### END HIDDEN TESTS

# %% [markdown] hint="running_mean"
# There are three things to do: `build` creates the state, `call` updates it if `training` is true, and the last line
# of `call` uses it. The mean of a column is taken over the rows: which axis is that? Don't write `self.mean = …` in
# `call`: it replaces the weight with a plain tensor, which Keras doesn't track.

# %% [markdown] hint="running_mean"
# In `build`, use `self.add_weight(shape=(input_shape[-1],), initializer="zeros", trainable=False)`. In `call`, after
# `if training:`, compute `keras.ops.mean(inputs, axis=0)` and call
# `self.mean.assign(self.momentum * self.mean + (1 - self.momentum) * batch_mean)`. Then return `inputs - self.mean`.

# %% [markdown]
# ## Exercise 5 · A penalty from inside (2 points)
#
# Training minimizes a single number, the loss. A layer may add to it, by calling `self.add_loss(number)` in `call`.
# `fit` adds these numbers from all layers to the loss of the predictions. The **gradient** of the sum says how the sum
# changes with each weight, and the optimizer updates the weights so that the sum falls. **Regularizers**, which are
# penalties on large weights or large activations, work like this.
#
# Write `call` of `ActivityPenalty(rate)`. It returns its inputs unchanged, and adds `rate` times **the mean of the
# squares of all its inputs** to the loss. As a result, the preceding layer learns to produce small outputs.

# %% exercise="penalty"
class ActivityPenalty(keras.layers.Layer):
    """Returns its inputs unchanged and adds a penalty on large values to the loss."""

    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate

    def call(self, inputs):
        ### BEGIN SOLUTION
        self.add_loss(self.rate * keras.ops.mean(keras.ops.square(inputs)))
        return inputs
        ### END SOLUTION

    def get_config(self):
        return super().get_config() | {"rate": self.rate}


# %% test="penalty" points=2
with check.task("A rate of 0.3") as task:
    rows = check.normal((6, 4), "penalty", scale=2.0)
    layer = task.run(student.ActivityPenalty, 0.3)
    task.run(layer, rows)
    task.expect(
        check.equals(
            layer,
            lambda x: x,
            [rows],
            about="outputs of the layer",
            why="The layer returns its inputs unchanged, so that you can use it anywhere in a model.",
            advice="End `call` with `return inputs`.",
        )
    )
    task.expect(check.adds_loss(layer, rows, lambda x: 0.3 * np.mean(x**2)))
    task.expect(check.adds_loss(layer, rows, lambda x: 0.3 * np.mean(x**2), copied=True))
with check.task("Another rate") as task:
    layer = task.run(student.ActivityPenalty, 0.05)
    task.run(layer, rows)
    task.expect(check.adds_loss(layer, rows, lambda x: 0.05 * np.mean(x**2)))
### BEGIN HIDDEN TESTS
with check.task("Another rate, inputs with three axes") as task:
    rows = check.normal((5, 2, 3), "penalty again", scale=1.5)
    rate = float(check.rng("penalty rate").uniform(0.07, 0.2))
    layer = task.run(student.ActivityPenalty, rate, name="small", trainable=False)
    task.run(layer, rows)
    task.expect(check.equals(layer, lambda x: x, [rows, -rows], about="outputs of the layer"))
    task.expect(check.adds_loss(layer, rows, lambda x: rate * np.mean(x**2)))
    task.expect(check.keeps_settings(layer, name="small", trainable=False), check.works_in_a_graph(layer, rows))
### END HIDDEN TESTS

# %% [markdown] hint="penalty"
# You need two lines: one passes a single number to `self.add_loss`, and the other returns the inputs. Compute the
# number from `inputs` with `keras.ops`, so that its gradient reaches them.

# %% [markdown] hint="penalty"
# Write `self.add_loss(self.rate * keras.ops.mean(keras.ops.square(inputs)))`, then `return inputs`. Don't use a sum
# over the rows: the strength of the penalty would then depend on the batch size.

# %% [markdown]
# ## Exercise 6 · Debug this (3 points)
#
# This layer is a ReLU that isn't quite flat on its left side: positive inputs are returned unchanged, and negative
# inputs are multiplied by a small **slope**, which is learned. The code is in the style of an older tutorial. **Five
# things are wrong with it.** Three of them raise an error: two in any call, and the third if you pass a `name`. The
# other two raise no error. Because of one, the slope is never trained. Because of the other, the layer loses the
# settings that every layer has, such as its name, when a model is saved and loaded.
#
# `learnable_slope(start=0.25, name=…, …)` returns a new layer. After your fixes, the layer
#
# - has **one** weight, a single number, with the initial value `start`, which is trained;
# - works with and without `training`;
# - can be created again from its configuration and from a file, with the same settings.
#
# The class is defined inside a function, so its errors don't appear until you call the function.

# %% exercise="slope"
def learnable_slope(start=0.25, **settings):
    """Return a layer that computes its inputs where they are positive, and slope · inputs elsewhere."""
    ### BEGIN SOLUTION
    class LearnableSlope(keras.layers.Layer):
        def __init__(self, start, **kwargs):
            super().__init__(**kwargs)
            self.start = start

        def build(self, input_shape):
            start = keras.initializers.Constant(self.start)
            self.slope = self.add_weight(shape=(), initializer=start, name="slope")

        def call(self, inputs, training=None):
            right = keras.ops.maximum(inputs, 0.0)
            left = keras.ops.minimum(inputs, 0.0)
            return right + self.slope * left

        def get_config(self):
            return super().get_config() | {"start": self.start}

    return LearnableSlope(start, **settings)
    ### BROKEN
    # raise NotImplementedError("Delete this line, then fix the code below.")
    #
    # class LearnableSlope(keras.layers.Layer):
    #     def __init__(self, start):
    #         super(LearnableSlope, self).__init__()
    #         self.start = start
    #
    #     def build(self, input_shape):
    #         self.slope = tf.Variable(self.start, name="slope")
    #
    #     def call(self, inputs, training):
    #         right = keras.backend.maximum(inputs, 0.0)
    #         left = keras.backend.minimum(inputs, 0.0)
    #         return right + self.slope * left
    #
    #     def get_config(self):
    #         return {"start": self.start}
    #
    # return LearnableSlope(start, **settings)
    ### END SOLUTION


# %% test="slope" points=3
with check.task("The fixed layer") as task:
    rows = check.normal((12, 4), "slope")
    layer = task.run(student.learnable_slope, 0.3)
    new = task.run(layer, rows)
    task.expect(
        check.equal(
            new,
            np.where(rows > 0, rows, 0.3 * rows),
            about="outputs of a new layer",
            why="Positive inputs are unchanged, and the others are multiplied by `start`, here 0.3.",
            next="Check which side has the slope, and that the initial value of the weight is `start`.",
        )
    )
    task.expect(check.tracks(layer, trainable=[1], stop=True))
    task.expect(
        check.equals(
            layer,
            lambda x, slope: np.where(x > 0, x, slope * x),
            [rows, -3 * rows],
            why="After training, the weight is the slope.",
            advice="Check that `call` multiplies by the weight, not by its initial value.",
        )
    )
    task.expect(check.moves_in_fit(layer, rows))
    task.expect(check.round_trip(layer, rows, ways=("config", "file", "fresh")))
    named = task.run(student.learnable_slope, 0.3, name="left", trainable=False)
    task.expect(check.keeps_settings(named, name="left", trainable=False))
### BEGIN HIDDEN TESTS
with check.task("The fixed layer, other inputs") as task:
    rows = check.normal((5, 3, 2), "slope again")
    start = float(check.rng("slope").uniform(0.05, 0.2))
    layer = task.run(student.learnable_slope, start)
    new = task.run(layer, rows)
    task.expect(check.equal(new, np.where(rows > 0, rows, start * rows), "outputs of a new layer"))
    task.expect(check.tracks(layer, trainable=[1], stop=True))
    task.expect(check.equals(layer, lambda x, slope: np.where(x > 0, x, slope * x), [rows, -3 * rows]))
    task.expect(check.round_trip(layer, rows, ways=("config", "fresh")), check.works_in_a_graph(layer, rows))
    new = task.run(task.run(student.learnable_slope), rows)
    task.expect(check.equal(new, np.where(rows > 0, rows, 0.25 * rows), "outputs of a new layer with default settings"))
### END HIDDEN TESTS

# %% [markdown] hint="slope"
# Create `learnable_slope(name="left")`, call it on a small array, read the last line of the error, fix that one thing,
# and try again. When there are no more errors, look at `layer.weights`, and compare `layer.name` with the name of a
# copy, `type(layer).from_config(layer.get_config())`.

# %% [markdown] hint="slope"
# Add `**kwargs` to `__init__` and pass it on with `super().__init__(**kwargs)`. Give `training` the default `None`, or
# remove it. `keras.backend.maximum` is now `keras.ops.maximum`. Create the slope with `self.add_weight(shape=(), …)`,
# and begin `get_config` with `super().get_config()`.

# %% [markdown]
# ## Exercise 7 · An open challenge: read a bag (3 points)
#
# Not all data has an order. The fish of one catch, the items of one purchase, the points of one laser scan: each is a
# **bag**, several items in no particular order, and the number of items varies from bag to bag. As an array, bags have
# the shape (bags, items, columns).
#
# Write a layer `BagReader(units)` that returns `units` numbers for each bag, shape (bags, `units`), such that
#
# - **the order** of the items in a bag makes no difference, but every item can affect the output;
# - the same layer accepts bags with **any number of items**;
# - bags whose items have **the same mean** can still get different outputs;
# - it **learns**: it has weights, and a gradient reaches each of them;
# - it can be created again from its configuration and from a file.
#
# You choose how. You may use Keras layers inside: create them in `__init__` and store them as attributes, and their
# weights are tracked. Keras builds them when they are first called. In your `build`, write `pass`, or build them
# yourself: `self.dense.build(input_shape)`. The check was written for sequences: in its messages, a position is an
# item of the bag, and the length is the number of items.

# %% exercise="bag"
class BagReader(keras.layers.Layer):
    """Maps a bag of items to `units` numbers, for any order and number of items."""

    def __init__(self, units, **kwargs):
        ### BEGIN SOLUTION
        super().__init__(**kwargs)
        self.units = units
        self.read_item = keras.layers.Dense(units, activation="tanh")
        ### END SOLUTION

    def build(self, input_shape):
        ### BEGIN SOLUTION
        self.read_item.build(input_shape)
        ### END SOLUTION

    def call(self, inputs):
        ### BEGIN SOLUTION
        return keras.ops.mean(self.read_item(inputs), axis=1)
        ### END SOLUTION

    def get_config(self):
        ### BEGIN SOLUTION
        return super().get_config() | {"units": self.units}
        ### END SOLUTION


# %% test="bag" points=3
with check.task("Bags of five items") as task:
    bags = check.normal((8, 5, 3), "bags")
    centred = bags - bags.mean(axis=1, keepdims=True)
    layer = task.run(student.BagReader, 4)
    task.run(layer, bags)
    task.expect(check.output_shape(layer, bags, 4), check.permutation_invariant(layer, bags))
    task.expect(check.any_length(layer, bags))
    task.expect(
        check.tells_apart(
            layer,
            centred,
            3 * centred,
            about="bags with the same mean",
            advice="A mean or a sum of the items is not enough: apply a nonlinear layer to each item first.",
        )
    )
    task.expect(check.gradients_reach(layer, bags), check.every_weight_counts(layer, bags))
    task.expect(check.round_trip(layer, bags))
    named = task.run(student.BagReader, 4, name="bag", trainable=False)
    task.expect(check.keeps_settings(named, name="bag", trainable=False))
### BEGIN HIDDEN TESTS
with check.task("Other bags, other units") as task:
    columns, units = check.sizes(2, 2, 7, "bag", without=(3, 4))
    bags = check.normal((8, 6, columns), "bags again")
    centred = bags - bags.mean(axis=1, keepdims=True)
    layer = task.run(student.BagReader, units)
    task.run(layer, bags)
    task.expect(check.output_shape(layer, bags, units), check.permutation_invariant(layer, bags))
    task.expect(check.any_length(layer, bags, lengths=(2, 9)))
    task.expect(check.tells_apart(layer, centred, 3 * centred, about="bags with the same mean"))
    task.expect(check.gradients_reach(layer, bags), check.round_trip(layer, bags))
### END HIDDEN TESTS

# %% [markdown] hint="bag"
# Which functions of several numbers don't depend on their order and accept any number of them? The mean, the sum and
# the maximum do. First apply a layer to each item separately, with the same weights for all items, and then use one of
# these functions.

# %% [markdown] hint="bag"
# `keras.layers.Dense(units, activation="tanh")` works along the last axis, on each item separately. Store it as an
# attribute, call it in `call`, and compute `keras.ops.mean(…, axis=1)` of its output: axis 1 holds the items. Because
# `tanh` is nonlinear and comes *before* the mean, bags with the same mean can get different outputs.

# %% [markdown]
# ## Quiz (3 points)
#
# Write one letter between the quotes. The check records your choice; it is graded after you submit.

# %% [markdown]
# **1.** Which of these can't be created before `build`?

# %% quiz="belongs_in_build" points=1
# a) the rate of a dropout layer
# b) a weight with one number for each column of the input
# c) the number of units
belongs_in_build = "b"

# %% [markdown]
# **2.** In a layer, `get_config` leaves out the argument `momentum`, which has a default value. You save and load a
# model that contains the layer. What happens?

# %% quiz="forgotten_argument" points=1
# a) saving raises an error
# b) loading raises an error
# c) there is no error, and the loaded layer uses the default value
forgotten_argument = "c"

# %% [markdown]
# **3.** A layer draws its dropout mask with `np.random`. When you call it directly, it drops different values each
# time. What does it do in `fit`?

# %% quiz="numpy_in_fit" points=1
# a) it drops different values in each batch
# b) it drops the same positions in every batch
# c) it drops nothing
numpy_in_fit = "b"

# %% [markdown]
# ## Reflection (3 points, read by your instructor)
#
# A classmate's layer stores the mean of each column as `self.mean`, a NumPy array, and assigns a new value to it in
# `call`. "It works", they say, and show you a cell in which they call the layer directly, twice. Name **two**
# situations in which it will not work, say **what you would observe** in each, and explain **how to write the layer
# instead**. Write four to six sentences.

# %% [markdown] manual="reflection" points=3
# In `fit` the layer's `call` is traced once, so the assignment happens during tracing and not for each batch: the mean
# stays as it was, or becomes a symbolic tensor that raises an error when it is used outside. After saving and loading,
# the mean has its initial value again, because Keras saves weights, and a NumPy attribute is not a weight: the loaded
# model gives different outputs than the saved one. If `call` ignores `training`, predictions change the mean too, and
# the same row gets two different outputs. The mean should be a weight created in `build` with
# `add_weight(…, trainable=False)`, and updated with `assign` if `training` is true.
#
# ### BEGIN MARK SCHEME
# One point for each situation with what you would observe (in `fit`: constant, or an error; after saving and loading:
# lost; in inference mode: changes; with two processes: each has its own), up to two. One point for the remedy: a
# weight with `trainable=False`, updated with `assign`, in training mode only.
# ### END MARK SCHEME

# %% [markdown]
# ## What older tutorials still say
#
# | you read | today | what happens otherwise |
# |---|---|---|
# | `from keras.engine.topology import Layer` | `keras.layers.Layer` | an error |
# | `super(CustomDense, self).__init__()` | `super().__init__(**kwargs)` | you can't name the layer, or load it |
# | `self.add_weight("kernel", shape=…)` | `add_weight(shape=…, name="kernel")` | an error |
# | `self.w = tf.Variable(…)` | `self.add_weight(…)` | neither trained nor saved, and no warning |
# | `def call(self, inputs, training)` | `training=None` | an error when you call the layer without it |
# | `keras.backend.dot`, `K.maximum` | `keras.ops.matmul`, `keras.ops.maximum` | an error |
# | `np.random…` in `call` | `keras.random` with a `SeedGenerator` | the same mask for all batches |
# | `self.add_update(…)` | `self.mean.assign(…)` | an error |
# | `self.built = True` at the end of `build` | nothing | nothing |
# | `compute_output_shape` everywhere | rarely needed: Keras infers it from `call` | a wrong one misleads the next layer |
# | "without `get_config` nothing is saved" | Keras saves plain arguments automatically | objects and arrays need it |

# %% [markdown]
# ## Take-away
#
# A layer is a function that contains numbers. Settings belong in `__init__` and `get_config`, weights in `build`, and
# the computation in `call`. Keras trains and saves what it tracks, and silently ignores the rest, so look at
# `layer.weights`. A layer has two modes, training and inference: randomness and changes of state belong to training.
# Next: the loop that trains it, written by you.
