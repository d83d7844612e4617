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
#   title: "Layers of your own: weights, chance, state and penalties"
#   minutes: 90
#   timeout: 120
# ---

# %% [markdown]
# # Lab 08 · Layers of your own
#
# **90 minutes · 28 points**
#
# Keras brings some hundred layers. The day you need one that isn't there, a paper's normalisation or a penalty of
# your own, you write it: four short methods, and it trains, saves and loads like the others.
#
# After this lab you can
#
# - write a **layer**: its choices in `__init__`, its weights in `build`, its computation in `call`;
# - make Keras **track** its weights, so that they are trained and saved, and see when it doesn't;
# - tell **training from inference**: chance that is drawn anew for each batch, state that moves in training only;
# - add a **penalty** to the loss from inside a layer;
# - bring a layer back **from a `.keras` file**, and mend one from an older tutorial.
#
# You need lab 01, and to have seen a Python class: what `__init__`, `self` and `super()` are.

# %%
from course import see
from grader import check, student

import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(8)

# %% [markdown]
# ## What a layer makes of its inputs

# %%
see.surface.folds()

# %% [markdown]
# Each picture shows a layer with two inputs, $x_1$ and $x_2$, and how high its output is above each pair of them.
# A single **unit** multiplies each input by a number, adds them up, and adds one number more: a tilted plane.
# The multipliers are the unit's part of the **kernel**, the last number is its **bias**.
#
# **ReLU** then keeps what is above zero and replaces the rest by zero: the plane is folded along a line (orange).
# A function that is bent like this one, or curved, is called **non-linear**. Twelve folded planes, added up by the
# next layer, make a landscape. That is all a dense network does.
#
# A layer, then, is *a function with numbers inside*. The numbers are its **weights**; training moves them. Soon
# you will drag them by hand. First, how Keras wants a layer to be written.

# %% [markdown]
# ## A worked example: a number for each column
#
# `ScaleColumns` multiplies each column of its input by a weight of its own. It is a class made from
# `keras.layers.Layer`, with four methods:
#
# | method | when it runs | what belongs there |
# |---|---|---|
# | `__init__` | once, when you write `ScaleColumns(…)` | the choices of whoever uses the layer |
# | `build` | once, when the first input comes | the weights, whose shape depends on that input |
# | `call` | for every batch | the computation |
# | `get_config` | when a model is saved | the choices as a dict, to make the layer again |

# %%
@keras.saving.register_keras_serializable(package="lab08")
class ScaleColumns(keras.layers.Layer):
    """Multiplies each column by a number of its own, which is learned."""

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
# - `**kwargs` are settings that every layer has, such as `name` and `trainable`. They are handed on to
#   `super().__init__`, which knows what to do with them.
# - `input_shape` is a tuple such as `(None, 3)`: any number of rows, 3 columns. `input_shape[-1]` is the last.
# - `add_weight` makes a weight and tells Keras about it: from then on it is **tracked**, which means trained and
#   saved. An **initializer** says with which numbers it begins.
# - `get_config` takes what the base class remembers (`super().get_config()`: name, `trainable`, type of numbers)
#   and adds the layer's own choices. The bar `|` joins two dicts.
# - The line with `@` gives Keras the class's name, so that it is found when a file is loaded.
#
# ### Predict, then run · 1
#
# You write `layer = ScaleColumns(start=2.0)` and nothing else. How many weights does it have now?

# %% predict="weights_before" points=1
# a) none
# b) one
# c) as many as there are columns
weights_before = "a"

# %%
layer = ScaleColumns(start=2.0)
print("weights before the first call:", len(layer.weights))
print("the answer:", layer(np.array([[1.0, 10.0, 100.0]])).numpy())
print("weights after it:", [(weight.name, tuple(weight.shape)) for weight in layer.weights])

# %% [markdown]
# The layer can't know how many columns there will be, so `build` waits for the first input. One weight may hold
# many numbers: here a single one of shape `(3,)`.
#
# Now in a model. The targets are the three columns times 3, −1 and ½. Does the layer find these numbers?

# %%
examples = np.random.default_rng(0).normal(size=(64, 3)).astype("float32")
model = keras.Sequential([keras.Input((3,)), ScaleColumns()])
model.compile(keras.optimizers.SGD(learning_rate=0.5), "mean_squared_error")
model.fit(examples, examples * np.array([3.0, -1.0, 0.5]), epochs=20, verbose=0)
print("learned:", (model.layers[0].scale.numpy() + 0.0).round(1))

# %% [markdown]
# And through a file. `load_model` reads the configuration, makes the layer again as
# `ScaleColumns(start=1.0, name=…, …)`, and puts the saved weights in.

# %%
path = check.scratch_path("scaled.keras")  # in a folder that is removed when the notebook stops
model.save(path)
loaded = keras.saving.load_model(path)
print("from the file:", (loaded.layers[0].scale.numpy() + 0.0).round(1))
print("same answers:", np.allclose(model(examples), loaded(examples)))

# %% [markdown]
# Loading has to find the class `ScaleColumns`. Either you register it, as above, or you hand it over:
# `load_model(path, custom_objects={"ScaleColumns": ScaleColumns})`. Both are right. In the exercises the checks
# hand your class over: you need neither.

# %% [markdown]
# ## The same without `add_weight`
#
# Older code makes its weights by hand, as a `tf.Variable`. This layer adds a number that is to be learned; the
# targets are the inputs plus 5.
#
# ### Predict, then run · 2
#
# What is `shift` after training?

# %% predict="shift_after" points=1
# a) close to 5
# b) still exactly 0
# c) there is none: `fit` stops with an error
shift_after = "b"


# %%
class LostShift(keras.layers.Layer):
    """Adds a number to all its inputs."""

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
print("shift:", lost.shift.numpy(), "· weights that Keras knows of:", [weight.name for weight in model.weights])
print("the loss rises or falls:", "falls" if losses[-1] < losses[0] else "rises")

# %% [markdown]
# No error, no warning, and the loss even falls, as the other layer does what it can. Keras trains what it tracks,
# and it doesn't track a variable that it didn't make. **Look at `layer.weights`** whenever you write a layer.

# %% [markdown]
# ## Exercise 1 · A dense layer with ReLU (3 points)
#
# Complete `DenseReLU(units)`, the layer that tutorials call `CustomDense`. For rows $x$ it returns
#
# $$\operatorname{relu}(x K + b), \qquad \operatorname{relu}(z) = \max(z, 0)$$
#
# - $K$, the kernel, has shape (columns of the input, `units`) and begins with random numbers of a suitable size,
#   which is what the initializer `"glorot_uniform"` draws;
# - $b$, the bias, has shape `(units,)` and begins at zero;
# - both are trained, and there is no other weight;
# - `get_config` holds what is needed to make the layer again, its name included.
#
# `keras.ops` has what you compute with: `matmul`, `relu`, `mean`, `sqrt` and the other functions of NumPy. They
# work on the tensors that `call` gets. NumPy's own may work when you call the layer by hand, and stop with an
# error in `fit`. Functions of `tf` are fine as well.

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
with check.task("Four columns in, three units out") as task:
    rows = check.normal((16, 4), "dense")
    layer = task.run(student.DenseReLU, 3)
    at_zero = task.run(layer, np.zeros((2, 4), "float32"))
    task.expect(check.tracks(layer, trainable=[(4, 3), (3,)], stop=True))
    task.expect(check.starts_random(layer))
    task.expect(
        check.equal(
            at_zero,
            np.zeros((2, 3)),
            about="a new layer, where all inputs are 0",
            why="There the kernel says nothing, and what is left is the bias: it begins at zero.",
            next='Has the bias the initializer `"zeros"`? Without one it begins with random numbers.',
        )
    )
    task.expect(
        check.equals(
            layer,
            lambda x, kernel, bias: np.maximum(x @ kernel + bias, 0),
            [rows, 5 * rows[:1]],
            why="The next layer relies on what this one says it computes: relu(x · kernel + bias).",
            advice="First the product, then the bias, then relu, which replaces what is below zero by zero.",
        )
    )
    task.expect(check.gradients_reach(layer, rows))
### BEGIN HIDDEN TESTS
with check.task("Other columns, other units") as task:
    columns, units = check.sizes(2, 2, 9, without=(3, 4))
    rows = check.normal((9, columns), "dense again")
    layer = task.run(student.DenseReLU, units)
    at_zero = task.run(layer, np.zeros((2, columns), "float32"))
    task.expect(check.tracks(layer, trainable=[(columns, units), (units,)], stop=True))
    task.expect(check.equal(at_zero, np.zeros((2, units)), "a new layer, where all inputs are 0"))
    task.expect(check.equals(layer, lambda x, kernel, bias: np.maximum(x @ kernel + bias, 0), [rows, 5 * rows]))
    task.expect(check.works_in_a_graph(layer, rows))
### END HIDDEN TESTS

# %% test="dense_relu/round_trip" points=1
with check.task("Made again, from its configuration and from a file") as task:
    rows = check.normal((8, 4), "dense")
    layer = task.run(student.DenseReLU, 3)
    task.expect(check.round_trip(layer, rows))
    named = task.run(student.DenseReLU, 3, name="hidden", trainable=False)
    task.expect(check.keeps_settings(named, name="hidden", trainable=False))
### BEGIN HIDDEN TESTS
with check.task("Another one made again") as task:
    columns, units = check.sizes(2, 2, 9, "file", without=(3, 4))
    layer = task.run(student.DenseReLU, units)
    task.expect(check.round_trip(layer, check.normal((8, columns), "file")))
### END HIDDEN TESTS

# %% [markdown] hint="dense_relu"
# Think of the shapes: `inputs` is (rows, columns), the result has to be (rows, units). Which shape must the
# kernel have for `matmul(inputs, kernel)` to give that? And which argument of `__init__` can't be worked out
# from the input, so that `get_config` has to hold it?

# %% [markdown] hint="dense_relu"
# The kernel's shape is `(input_shape[-1], self.units)`, the bias's `(self.units,)`, with the initializer
# `"zeros"`. `call` returns `keras.ops.relu(keras.ops.matmul(inputs, self.kernel) + self.bias)`, and the
# configuration gets `{"units": self.units}`.

# %% [markdown]
# ## Drag the weights, see the surface
#
# One unit with ReLU. Its kernel is $w = (w_1, 1)$, its bias $b$. Four choices of them are printed; in a running
# notebook two sliders and two pictures follow. Move the sliders, and look at the picture on the right, the surface
# from above: along its orange line $w \cdot x + b$ is zero. What turns that line, what shifts it, and which way
# does the arrow $w$ always point?

# %%
unit = keras.layers.Dense(1, activation="relu")
see.surface.explore(see.surface.Sweep(unit))

# %% [markdown]
# The kernel turns the fold and sets how steep the slope beside it is; the bias shifts the fold; the kernel points
# uphill, at a right angle to the fold. When your `DenseReLU` is ready, put `DenseReLU(1)` in the place of `unit`:
# any layer of one unit will do. Try `keras.layers.Dense(1, activation="tanh")`.

# %% [markdown]
# ## Chance, for training only
#
# A layer may do one thing in training and another afterwards. Keras tells it which: `fit` calls it with
# `training=True`, `evaluate` and `predict` with `training=False`. Called by hand it gets what you say, and
# `None` if you say nothing, which counts as *not training*:
#
# ```python
# def call(self, inputs, training=None):
#     if training:
#         …
# ```
#
# **Dropout** is such a layer. In training it sets some of the numbers that pass through it to zero, by lot, so
# that no unit can rely on a single other one. What is left is made larger, and so the sum that the next layer
# gets stays as large as it was, on average. Here a row of ones, with a rate of ½:

# %%
ones = np.ones((1, 12), "float32")
dropping = keras.layers.Dropout(0.5, seed=2)
print("in training: ", dropping(ones, training=True).numpy()[0])
print("another time:", dropping(ones, training=True).numpy()[0])
print("at inference:", dropping(ones, training=False).numpy()[0])

# %% [markdown]
# Chance comes from `keras.random`: `keras.random.uniform(shape, seed=…)` draws numbers between 0 and 1. As its
# seed it takes a `keras.random.SeedGenerator`, which moves on with every draw. The shape of the inputs is
# `keras.ops.shape(inputs)`: in `fit`, `inputs.shape` may hold None for the number of rows.
#
# A comparison such as `draws < 0.3` gives booleans, which are no numbers to compute with:
# `keras.ops.where(condition, a, b)` takes $a$ where the condition holds and $b$ elsewhere, and
# `keras.ops.cast(condition, "float32")` makes ones and zeros.
#
# Why not NumPy? When `fit` begins, it calls your layer *once* and writes down the operations (it **traces** the
# layer); that record, the **graph**, is what runs for every batch. What NumPy draws at that moment is written down
# as a constant.

# %% [markdown]
# ## Exercise 2 · Inverted dropout (3 points)
#
# Write `call` of `InvertedDropout(rate)`.
#
# - In training each number of the inputs is set to zero with probability `rate`, each by itself, and drawn anew at
#   every call. What is kept is divided by `1 - rate`.
# - Otherwise the inputs come back as they are.

# %% exercise="dropout"
class InvertedDropout(keras.layers.Layer):
    """Sets a share of the numbers to zero in training, and makes the others larger."""

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
with check.task("Three numbers in ten are dropped") as task:
    rows = check.normal((60, 40), "dropout")
    layer = task.run(student.InvertedDropout, 0.3)
    task.run(layer, rows)
    task.expect(check.drops_inverted(layer, rows, rate=0.3))
    task.expect(check.round_trip(layer, rows))
    named = task.run(student.InvertedDropout, 0.3, name="drops", trainable=False)
    task.expect(check.keeps_settings(named, name="drops", trainable=False))
### BEGIN HIDDEN TESTS
for rate in (0.15, 0.6):
    with check.task(f"A rate of {rate:.0%}, and inputs with three axes") as task:
        rows = check.normal((30, 8, 12), "dropout again")
        layer = task.run(student.InvertedDropout, rate)
        task.run(layer, rows)
        task.expect(check.drops_inverted(layer, rows, rate=rate))
### END HIDDEN TESTS

# %% [markdown] hint="dropout"
# Two steps: a **mask** of the inputs' shape that is 1 where a number is kept and 0 where it is dropped; then the
# inputs times the mask, divided by the share that is kept. A number drawn evenly between 0 and 1 is below `rate`
# with exactly that probability.

# %% [markdown] hint="dropout"
# First `if not training: return inputs`. Then
# `draws = keras.random.uniform(keras.ops.shape(inputs), seed=self.seeds)`. `draws >= self.rate` holds True and
# False; `keras.ops.cast(…, inputs.dtype)` makes ones and zeros of them. Multiply, and divide by `1 - self.rate`.

# %% [markdown]
# ## Exercise 3 · Layer normalisation (3 points)
#
# Write `LayerNorm(epsilon=0.001)`, from this specification alone. It takes each row by itself, shifts its numbers
# to mean 0 and scales them to standard deviation 1; then it lets the model learn another scale and shift:
#
# $$y = \gamma \cdot \frac{x - m}{\sqrt{v + \varepsilon}} + \beta$$
#
# - $m$ and $v$ are mean and variance **along the last axis**; $v$ is the mean of the squared distances from $m$.
# - Inputs may have two axes, or three, or more. The last one always has the same length.
# - $\gamma$ and $\beta$ are trained; each has as many numbers as the last axis. $\gamma$ begins at one, $\beta$ at
#   zero. There is no other weight.
# - $\varepsilon$ keeps the layer from dividing by zero where a row is constant.
# - The layer comes back from its configuration and from a `.keras` file, with its name.

# %% exercise="layer_norm"
class LayerNorm(keras.layers.Layer):
    """Normalises along the last axis, then scales and shifts."""

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
with check.task("Rows of five numbers, with two axes and with three") as task:
    rows = 2 + 3 * check.normal((12, 5), "norm")
    layer = task.run(student.LayerNorm, epsilon=0.1)
    new = task.run(layer, rows)
    plain = (rows - rows.mean(-1, keepdims=True)) / np.sqrt(rows.var(-1, keepdims=True) + 0.1)
    task.expect(check.tracks(layer, trainable=[5, 5], stop=True))
    task.expect(
        check.equal(
            new,
            plain,
            about="a new layer",
            why="Gamma is one and beta zero to begin with: each row comes out with mean 0 and standard deviation 1.",
            next="Take one row, and print its mean, its variance and the divisor. Does epsilon come before the root?",
        )
    )
    task.expect(
        check.equals(
            layer,
            lambda x, gamma, beta: (
                gamma * (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 0.1) + beta
            ),
            [rows, rows[:1], rows / 10, check.normal((3, 4, 5), "norm")],
            about="with any gamma and beta",
            why="Each row is normalised by itself, whatever stands in the others, and however many axes there are.",
            advice="If a new layer is right by now: are gamma and beta both used, and which axis is it? With three "
            "axes, 1 isn't the last.",
        )
    )
with check.task("A row that is constant") as task:
    layer = task.run(student.LayerNorm)
    constant = task.run(layer, np.full((2, 4), 7.0, "float32"))
    task.expect(
        check.equal(
            constant,
            np.zeros((2, 4)),
            about="a constant row",
            why="Its variance is zero: without epsilon, zero is divided by zero.",
            next="Add `self.epsilon` to the variance, before the square root.",
        )
    )
### BEGIN HIDDEN TESTS
with check.task("Rows of another length, and the usual epsilon") as task:
    (columns,) = check.sizes(1, 3, 9, "norm")
    rows = 0.05 * check.normal((10, columns), "norm again")
    layer = task.run(student.LayerNorm)
    new = task.run(layer, rows)
    plain = (rows - rows.mean(-1, keepdims=True)) / np.sqrt(rows.var(-1, keepdims=True) + 0.001)
    task.expect(check.tracks(layer, trainable=[columns, columns], stop=True))
    task.expect(check.equal(new, plain, "a new layer"))
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
with check.task("Made again, from its configuration and from a file") as task:
    rows = check.normal((8, 4), "norm file")
    layer = task.run(student.LayerNorm, epsilon=0.5)
    task.expect(check.round_trip(layer, rows))
    named = task.run(student.LayerNorm, name="norm", trainable=False)
    task.expect(check.keeps_settings(named, name="norm", trainable=False))
### BEGIN HIDDEN TESTS
with check.task("Another one made again") as task:
    layer = task.run(student.LayerNorm, epsilon=float(check.rng("epsilon").uniform(0.2, 0.9)))
    task.expect(check.round_trip(layer, check.normal((8, 3, 6), "norm file again")))
### END HIDDEN TESTS

# %% [markdown] hint="layer_norm"
# `__init__` and `get_config` are those of the worked example, with another name. In `call`, mean and variance need
# `axis=-1`. Their shape must still fit the inputs: which argument of `keras.ops.mean` keeps the axis, with
# length 1?

# %% [markdown] hint="layer_norm"
# `mean = keras.ops.mean(inputs, axis=-1, keepdims=True)`, and the variance is the same function of
# `keras.ops.square(inputs - mean)`. Add epsilon *before* the square root. `build` makes two weights of shape
# `(input_shape[-1],)`, with the initializers `"ones"` and `"zeros"`.

# %% [markdown]
# ## Exercise 4 · State that is not trained (3 points)
#
# Some numbers are remembered, not learned: a mean of all that went by, a count. Such **state** is a weight with
# `trainable=False`. The optimizer, which moves what is trained, doesn't touch it, a file keeps it, and the layer
# itself changes it in `call`: `self.mean.assign(…)` gives it a new value.
#
# Write `RunningMean(momentum=0.9)`, for inputs of shape (rows, columns). It subtracts from each column the mean
# that it has seen there so far.
#
# - It remembers one number for each column, which begins at zero. Nothing else is a weight; nothing is trained.
# - In training, **first** the remembered mean moves a little towards that of the batch:
#   new mean = momentum · old mean + (1 − momentum) · mean of the batch's column.
# - **Then**, in training and otherwise, the layer returns the inputs minus the remembered mean.
# - At inference the mean stays as it is.
# - The layer comes back from its configuration and from a file: name, momentum, and what it remembers.

# %% exercise="running_mean"
class RunningMean(keras.layers.Layer):
    """Subtracts from each column the mean that it has seen in training so far."""

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
with check.task("Three batches in training, two looks in between") as task:
    first, second, third = (check.normal((6, 4), f"batch {k}") + k for k in (1, 2, 3))
    layer = task.run(student.RunningMean, momentum=0.8)
    new = task.run(layer, first)
    task.expect(check.tracks(layer, trainable=[], state=[4], stop=True))
    task.expect(
        check.equal(
            new,
            first,
            about="a new layer, without `training`",
            why="It has seen nothing in training yet: what it subtracts is zero.",
            next="Does the mean begin at zero, and stay there while `training` is None?",
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
    task.expect(check.equal(new, first, "a new layer, at inference"))
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
with check.task("Made again, with what it remembers") as task:
    rows = check.normal((8, 4), "mean file")
    layer = task.run(student.RunningMean, momentum=0.6)
    task.run(layer, rows, training=True)
    task.expect(check.round_trip(layer, rows, ways=("config", "file", "training")))
    named = task.run(student.RunningMean, name="centre", trainable=False)
    task.expect(check.keeps_settings(named, name="centre", trainable=False))
### BEGIN HIDDEN TESTS
with check.task("Another one made again") as task:
    rows = check.normal((8, 5), "mean file again")
    layer = task.run(student.RunningMean, momentum=float(check.rng("momentum").uniform(0.2, 0.7)))
    task.run(layer, rows, training=True)
    task.expect(check.round_trip(layer, rows, ways=("config", "file", "training")))
### END HIDDEN TESTS

# %% [markdown] hint="running_mean"
# Three places: `build` makes the state, `call` changes it where `training` is true, and the last line of `call`
# reads it. The mean of each column runs over the rows: which axis is that? A line such as `self.mean = …` in
# `call` puts another thing in the weight's place: Keras loses sight of it.

# %% [markdown] hint="running_mean"
# `self.add_weight(shape=(input_shape[-1],), initializer="zeros", trainable=False)` in `build`. In `call`,
# `if training:` take `keras.ops.mean(inputs, axis=0)`, and
# `self.mean.assign(self.momentum * self.mean + (1 - self.momentum) * batch_mean)`. Then return
# `inputs - self.mean`.

# %% [markdown]
# ## Exercise 5 · A penalty from inside (2 points)
#
# What training makes smaller is one number, the loss. A layer may add to it: `self.add_loss(number)` in `call`.
# `fit` adds what all layers added for the batch to the error of the predictions. The **gradient** of that sum says
# for each weight which way makes it smaller, and training moves the weights that way. **Regularisers**, penalties
# on large weights or large answers, work like this.
#
# Write `call` of `ActivityPenalty(rate)`. It returns its inputs unchanged, and adds
# `rate` times **the mean of the squares of all its inputs** to the loss, so that the layer before it learns to
# answer with small numbers.

# %% exercise="penalty"
class ActivityPenalty(keras.layers.Layer):
    """Lets its inputs pass, and makes large ones expensive."""

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
with check.task("Three tenths of the mean square") as task:
    rows = check.normal((6, 4), "penalty", scale=2.0)
    layer = task.run(student.ActivityPenalty, 0.3)
    task.run(layer, rows)
    task.expect(
        check.equals(
            layer,
            lambda x: x,
            [rows],
            about="what comes out",
            why="The layer only looks at what passes, so that it can stand anywhere in a model.",
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
with check.task("Any rate, and inputs with three axes") as task:
    rows = check.normal((5, 2, 3), "penalty again", scale=1.5)
    rate = float(check.rng("penalty rate").uniform(0.07, 0.2))
    layer = task.run(student.ActivityPenalty, rate, name="small", trainable=False)
    task.run(layer, rows)
    task.expect(check.equals(layer, lambda x: x, [rows, -rows], about="what comes out"))
    task.expect(check.adds_loss(layer, rows, lambda x: rate * np.mean(x**2)))
    task.expect(check.keeps_settings(layer, name="small", trainable=False), check.works_in_a_graph(layer, rows))
### END HIDDEN TESTS

# %% [markdown] hint="penalty"
# Two lines: one hands a single number to `self.add_loss`, the other returns. The number must be computed from
# `inputs` with `keras.ops`, so that its gradient leads back to them.

# %% [markdown] hint="penalty"
# `self.add_loss(self.rate * keras.ops.mean(keras.ops.square(inputs)))`, then `return inputs`. No sum over the
# rows: a penalty that grows with the size of the batch would change meaning with it.

# %% [markdown]
# ## Exercise 6 · Debug this (3 points)
#
# A ReLU that isn't quite flat on its left side: inputs above zero pass, those below are multiplied by a small
# **slope**, and the slope is learned. The listing is in the style of an older tutorial. **Five things are wrong
# with it.** Three stop it with an error, two of them in any call, the third when the layer is given a `name`. Two
# run without a murmur: one keeps the slope from ever learning, the other loses what every layer is told, its name
# for example, on the way through a file.
#
# `learnable_slope(start=0.25, name=…, …)` returns a new layer. Mended, the layer
#
# - has **one** weight, a single number, which begins at `start` and is trained;
# - works with `training` and without it;
# - comes back from its configuration and from a file as it was.
#
# The class stands inside a function here, so that its errors wait until you call it.

# %% exercise="slope"
def learnable_slope(start=0.25, **settings):
    """Return a layer: inputs where they are above zero, slope · inputs elsewhere."""
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
    # raise NotImplementedError("Delete this line, then mend the listing below.")
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
with check.task("The mended layer") as task:
    rows = check.normal((12, 4), "slope")
    layer = task.run(student.learnable_slope, 0.3)
    new = task.run(layer, rows)
    task.expect(
        check.equal(
            new,
            np.where(rows > 0, rows, 0.3 * rows),
            about="a new layer",
            why="What is above zero passes, the rest is multiplied by `start`, here 0.3.",
            next="Which side has the slope, and does the weight begin at `start`?",
        )
    )
    task.expect(check.tracks(layer, trainable=[1], stop=True))
    task.expect(
        check.equals(
            layer,
            lambda x, slope: np.where(x > 0, x, slope * x),
            [rows, -3 * rows],
            why="Once it is trained, the weight is the slope.",
            advice="Is it the weight that multiplies in `call`, and not the number it began with?",
        )
    )
    task.expect(check.moves_in_fit(layer, rows))
    task.expect(check.round_trip(layer, rows, ways=("config", "file", "fresh")))
    named = task.run(student.learnable_slope, 0.3, name="left", trainable=False)
    task.expect(check.keeps_settings(named, name="left", trainable=False))
### BEGIN HIDDEN TESTS
with check.task("The mended layer on other inputs") as task:
    rows = check.normal((5, 3, 2), "slope again")
    start = float(check.rng("slope").uniform(0.05, 0.2))
    layer = task.run(student.learnable_slope, start)
    new = task.run(layer, rows)
    task.expect(check.equal(new, np.where(rows > 0, rows, start * rows), "a new layer"))
    task.expect(check.tracks(layer, trainable=[1], stop=True))
    task.expect(check.equals(layer, lambda x, slope: np.where(x > 0, x, slope * x), [rows, -3 * rows]))
    task.expect(check.round_trip(layer, rows, ways=("config", "fresh")), check.works_in_a_graph(layer, rows))
    new = task.run(task.run(student.learnable_slope), rows)
    task.expect(check.equal(new, np.where(rows > 0, rows, 0.25 * rows), "a layer that is told nothing"))
### END HIDDEN TESTS

# %% [markdown] hint="slope"
# Make `learnable_slope(name="left")`, call it on a small array, read the last line of the error, mend that one
# thing, try again.
# When the errors are gone, look at `layer.weights`, and compare `layer.name` with the name of a copy,
# `type(layer).from_config(layer.get_config())`.

# %% [markdown] hint="slope"
# `**kwargs` goes into `__init__` and on to `super().__init__(**kwargs)`. `training=None` has a default, or goes
# away. `keras.backend.maximum` is `keras.ops.maximum` today. The slope is made by `self.add_weight(shape=(), …)`,
# and `get_config` begins with `super().get_config()`.

# %% [markdown]
# ## Exercise 7 · An open challenge: read a bag (3 points)
#
# Not everything comes in a row. The fish of one catch, the items of one order, the points that a scanner sees:
# each is a **bag**, several items in no order, and the next bag has more or fewer. As an array, bags have the
# shape (bags, items, columns).
#
# Write a layer `BagReader(units)` that answers each bag with `units` numbers, shape (bags, `units`), such that
#
# - **the order** of a bag's items makes no difference, and every item can make one;
# - the same layer takes bags of **any number of items**;
# - bags whose items have **the same mean** can still get different answers;
# - it **learns**: it has weights, and a gradient reaches each of them;
# - it comes back from its configuration and from a file.
#
# How it does so is yours. Layers of Keras inside it are welcome: make them in `__init__` and keep them as
# attributes, and their weights are tracked. Keras builds them when they are first called; in your `build`, write
# `pass`, or build them there: `self.dense.build(input_shape)`. The check is one for sequences: what it calls their
# positions are the items of a bag, and their length is the number of items.

# %% exercise="bag"
class BagReader(keras.layers.Layer):
    """Answers a bag of items, whatever their order and number."""

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
            about="bags of one mean",
            advice="A mean, or a sum, of the items themselves says too little: do something bent to each item first.",
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
    task.expect(check.tells_apart(layer, centred, 3 * centred, about="bags of one mean"))
    task.expect(check.gradients_reach(layer, bags), check.round_trip(layer, bags))
### END HIDDEN TESTS

# %% [markdown] hint="bag"
# Which functions of several numbers don't ask for their order, and take any number of them? The mean, the sum, the
# largest. Do something with each item by itself first, with the same weights for all, and put one of these after.

# %% [markdown] hint="bag"
# `keras.layers.Dense(units, activation="tanh")` works along the last axis, on each item by itself. Keep it as an
# attribute, call it in `call`, and take `keras.ops.mean(…, axis=1)` of what it returns: axis 1 are the items. The
# bend of `tanh` *before* the mean is what tells bags of one mean apart.

# %% [markdown]
# ## Quiz (3 points)
#
# One letter between quotes. The check notes your choice; it is graded when you hand in.

# %% [markdown]
# **1.** Which of these must wait for `build`?

# %% quiz="belongs_in_build" points=1
# a) the rate of a dropout
# b) a weight with one number for each column of the input
# c) the number of units
belongs_in_build = "b"

# %% [markdown]
# **2.** `get_config` of a layer forgets its argument `momentum`, which has a default value. A model with this
# layer is saved and loaded. What happens?

# %% quiz="forgotten_argument" points=1
# a) saving stops with an error
# b) loading stops with an error
# c) no error: the loaded layer works with the default value
forgotten_argument = "c"

# %% [markdown]
# **3.** A layer draws its dropout mask with `np.random`. Called by hand it drops other numbers each time. What
# does it do in `fit`?

# %% quiz="numpy_in_fit" points=1
# a) the same: other numbers for each batch
# b) it drops the same places in every batch
# c) it drops nothing
numpy_in_fit = "b"

# %% [markdown]
# ## Reflection (3 points, read by your instructor)
#
# A classmate's layer keeps the mean of each column as `self.mean`, a NumPy array, and gives it a new value in
# `call`. "It works", they say, and show you a cell in which they call it by hand, twice. Name **two** situations
# in which it will not work, say **what one would see** in each, and **how the layer should be written**. Four to
# six sentences.

# %% [markdown] manual="reflection" points=3
# In `fit` the layer's `call` is traced once, so the assignment happens while the graph is written and not for each
# batch: the mean stays as it was, or becomes a symbolic tensor that raises an error when it is used outside. And
# after saving and loading the mean is back at its first value, because Keras saves weights, and an attribute is
# none: the loaded model answers otherwise than the one that was saved. If `call` doesn't look at `training`,
# predictions move the mean too, and the same row gets two answers. The mean should be a weight made in `build`
# with `add_weight(…, trainable=False)`, changed by `assign` where `training` is true.
#
# ### BEGIN MARK SCHEME
# One point for each situation with what one would see (in `fit`: constant or an error; through a file: lost; at
# inference: moves; two processes: each its own), up to two. One for the remedy: a weight with `trainable=False`,
# changed by `assign`, in training only.
# ### END MARK SCHEME

# %% [markdown]
# ## What older tutorials still say
#
# | you read | today | what happens otherwise |
# |---|---|---|
# | `from keras.engine.topology import Layer` | `keras.layers.Layer` | an error |
# | `super(CustomDense, self).__init__()` | `super().__init__(**kwargs)` | a layer can't be named, nor loaded |
# | `self.add_weight("kernel", shape=…)` | `add_weight(shape=…, name="kernel")` | an error |
# | `self.w = tf.Variable(…)` | `self.add_weight(…)` | never trained, never saved, no word of it |
# | `def call(self, inputs, training)` | `training=None` | an error when it is called by hand |
# | `keras.backend.dot`, `K.maximum` | `keras.ops.matmul`, `keras.ops.maximum` | an error |
# | `np.random…` in `call` | `keras.random` with a `SeedGenerator` | one mask for all batches |
# | `self.add_update(…)` | `self.mean.assign(…)` | an error |
# | `self.built = True` at the end of `build` | nothing | nothing |
# | `compute_output_shape` everywhere | seldom: Keras works it out from `call` | a wrong one misleads the next layer |
# | "without `get_config` nothing is saved" | Keras notes plain arguments by itself | objects and arrays need it |

# %% [markdown]
# ## Take-away
#
# A layer is a function with numbers inside. Choices go into `__init__` and `get_config`, weights into `build`, the
# computation into `call`. What Keras tracks is trained and saved; what it doesn't know stays behind in silence, so
# look at `layer.weights`. And a layer has two lives, in training and after: chance and moving state belong to the
# first. Next: the loop that trains it, written by you.
