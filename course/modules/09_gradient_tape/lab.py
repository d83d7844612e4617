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
#   title: "Gradients by hand: the tape, and a training loop of your own"
#   minutes: 90
#   timeout: 120
# ---

# %% [markdown]
# # Lab 09 · Gradients by hand: the tape, and a training loop of your own
#
# **90 minutes · 32 points**
#
# `model.fit` is a loop of some ten lines. In this lab you write it yourself, line by line, until it does to the
# last decimal place what `fit` does. Then you make it do things that `fit` has no argument for.
#
# After this lab you can
#
# - take **gradients** with `tf.GradientTape`, and say why one of them is `None`;
# - write the whole **training loop**, with the weights and the loss curve that `fit` would give;
# - do what `fit` does without saying: **training mode**, **penalties**, an **evaluation** that changes nothing;
# - turn a step into a **graph** and count how often it is traced;
# - **clip** and **accumulate** gradients, and turn a gradient on the **input** instead of the weights.
#
# You need lab 01: defining a model, `compile` and `fit`, batches and epochs, loss and optimizer.

# %%
from course import see
from grader import check, student

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(9)

# %% [markdown]
# ## Walking downhill
#
# Someone hung weights on a spring and measured how long it became. Which line fits the forty points? Every line
# has a slope `w` and a height `b`, so every line is a point on a map, and each point of the map has a height of
# its own: the loss of that line. Fitting means walking downhill, to the star. The path overshoots and zigzags
# because the valley is narrow: a step that suits its long floor carries too far across it, to the other wall.

# %%
rng = np.random.default_rng(0)
force = rng.uniform(0, 2, 40).astype("float32")
length = (1.5 * force + 1 + rng.normal(0, 0.15, 40)).astype("float32")
see.landscape.descent(force, length, names=("force in newtons", "length in centimetres"))

# %% [markdown]
# Which way is downhill? The **gradient** answers: for each parameter one number, how much the loss changes when
# that parameter is increased by a little. A step *against* the gradient goes down.

# %% [markdown]
# ## A worked example: one line, by tape
#
# A **tensor** is TensorFlow's array: numbers with a shape and a *dtype*, the type of the numbers, such as float32.
# A **variable** (`tf.Variable`) is a tensor that may be changed in place. What a model learns lives in variables.

# %%
X, y = tf.constant(force[:, None]), tf.constant(length[:, None])
w, b = tf.Variable([[-0.5]]), tf.Variable([2.0])
print("X", X.shape, "· y", y.shape, "· w", w.shape, "· b", b.shape)

# %% [markdown]
# A **tape** records. Inside its `with` block you compute the loss; every operation on a variable is noted down.
# Afterwards `tape.gradient(loss, [w, b])` goes through the notes backwards and returns a gradient for each
# variable, in its shape. `tf.matmul(X, w)` is NumPy's `X @ w`, `tf.reduce_mean` its `np.mean`.

# %%
with tf.GradientTape() as tape:
    predicted = tf.matmul(X, w) + b
    loss = tf.reduce_mean((predicted - y) ** 2)
slopes = tape.gradient(loss, [w, b])
print(f"loss {float(loss):.3f}, its gradient: {float(slopes[0][0, 0]):.3f} for w, {float(slopes[1][0]):.3f} for b")

# %% [markdown]
# Don't believe it: measure. Nudge `w` by a thousandth and see what the loss does.


# %%
def loss_at(slope, height):
    return float(tf.reduce_mean((X * slope + height - y) ** 2))


nudged = (loss_at(-0.5 + 0.001, 2.0) - loss_at(-0.5 - 0.001, 2.0)) / 0.002
print(f"measured slope along w: {nudged:.2f}")

# %% [markdown]
# The gradient for `w` is negative: a larger slope lowers the loss. So `w` grows in the step
# $w \leftarrow w - \text{learning rate} \times \text{gradient}$. `assign_sub` subtracts in place, and the
# variable stays the same variable. Two hundred such steps:

# %%
for step in range(201):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((tf.matmul(X, w) + b - y) ** 2)
    slope_w, slope_b = tape.gradient(loss, [w, b])
    w.assign_sub(0.2 * slope_w)
    b.assign_sub(0.2 * slope_b)
    if step % 50 == 0:
        print(f"step {step:3d}  loss {float(loss):.3f}")
print(f"the tape's line: {w.numpy().item():.2f} x + {b.numpy().item():.2f}")
print("the best line:   {:.2f} x + {:.2f}".format(*np.polyfit(force, length, 1)))

# %% [markdown]
# All this is **eager execution**: each line of Python computes at once and gives numbers that you can print.
#
# ### Predict, then run · 1
#
# Above, `y` was given the shape `(40, 1)` with care. Files and functions mostly hand you `(40,)`. What shape does
# `predicted - length` have, with `predicted` of shape `(40, 1)` and `length` of shape `(40,)`?
#
# Put the letter of your guess between the quotes, *then* run the cell after it. Guessing earns the point, right or
# wrong.

# %% predict="shape_of_errors" points=1
# a) (40,)
# b) (40, 1)
# c) (40, 40)
shape_of_errors = "c"

# %%
errors = predicted - length
print("errors:", errors.shape)
print(f"mean of their squares: {float(tf.reduce_mean(errors**2)):.2f}, no error message, and the wrong number")

# %% [markdown]
# This is **broadcasting**: an axis of length 1 is stretched to match, and a missing axis is added in front. Every
# prediction was held against every measurement. The loss then pulls all predictions towards the *mean* of `y`,
# and nothing crashes. Whenever a regression learns nothing but the mean, print this shape first.

# %% [markdown]
# ## Exercise 1 · One step (2 points)
#
# Complete `linear_step(w, b, X, y, learning_rate)`: one step of gradient descent on the mean squared error of the
# predictions `X @ w + b`.
#
# - All arrive as NumPy arrays of float32: `w` (features, 1), `b` (1,), `X` (N, features), and **`y` (N,)**.
# - Return the new `w` and the new `b`, in the shapes that they came in, as arrays, tensors or variables.

# %% exercise="step"
def linear_step(w, b, X, y, learning_rate):
    """Return (w, b) after one step of gradient descent on the mean squared error."""
    ### BEGIN SOLUTION
    w, b = tf.Variable(w), tf.Variable(b)
    with tf.GradientTape() as tape:
        predicted = tf.matmul(X, w) + b
        loss = tf.reduce_mean((predicted[:, 0] - y) ** 2)
    slope_w, slope_b = tape.gradient(loss, [w, b])
    return w - learning_rate * slope_w, b - learning_rate * slope_b
    ### STUB
    # raise NotImplementedError("Delete this line and complete the lines below.")
    # w, b = tf.Variable(w), tf.Variable(b)
    # with tf.GradientTape() as tape:
    #     predicted = tf.matmul(X, w) + b
    #     loss = ...
    # slope_w, slope_b = tape.gradient(..., [w, b])
    # return ...
    ### END SOLUTION


# %% test="step" points=2
with check.task("One step, against the formula") as task:
    rows, targets = check.measurements(12, 2, "step")
    start = check.normal((2, 1), "w"), check.normal((1,), "b")
    given = (*start, rows, targets + 1, 0.1)
    task.expect(check.linear_descent(student.linear_step, given, start, rows, targets + 1, 0.1))
### BEGIN HIDDEN TESTS
for features in (1, check.sizes(1, 3, 7)[0]):
    with check.task(f"Rows you have not seen (features: {features})") as task:
        rows, targets = check.measurements(features + 9, features, "another step")
        start = check.normal((features, 1), "w again"), check.normal((1,), "b again")
        given = (*start, rows, targets - 2, 0.25)
        task.expect(check.linear_descent(student.linear_step, given, start, rows, targets - 2, 0.25))
### END HIDDEN TESTS

# %% [markdown] hint="step"
# Look at the two shapes that are subtracted from each other. Predict 1 showed what `(N, 1)` minus `(N,)` gives.

# %% [markdown] hint="step"
# `predicted[:, 0]` has the shape of `y`. The loss is `tf.reduce_mean((predicted[:, 0] - y) ** 2)`, its gradient
# is taken for `[w, b]`, and what you return is `w - learning_rate * slope_w` and the same for `b`.

# %% [markdown]
# ## What a tape sees
#
# Three rules. You will need each of them before the lab is over.
#
# 1. It follows **variables** by itself. Any other tensor has to be announced: `tape.watch(x)`. After `w = w - …`
#    the name `w` stands for a plain tensor; `assign_sub` keeps the variable.
# 2. It notes **TensorFlow's operations on floating-point numbers**. Keras layers and losses run on TensorFlow
#    here, so they count. A detour through NumPy or integers leaves no note.
# 3. It answers **once**, for what happened inside the `with` block. A second `tape.gradient` needs
#    `tf.GradientTape(persistent=True)`.
#
# Where it finds no path from the result back to what you ask about, it returns `None`.

# %%
x = tf.constant([1.0, 2.0, 3.0])
with tf.GradientTape(persistent=True) as tape:
    unwatched = tf.reduce_sum(x**2)
    tape.watch(x)
    watched = tf.reduce_sum(x**2)
print("not watched:", tape.gradient(unwatched, x))
print("watched:    ", tape.gradient(watched, x).numpy())

# %% [markdown]
# ## From two numbers to a model
#
# A model holds its variables in a list, `model.trainable_variables`. You call it like a function. The subtraction
# is the optimizer's work: `optimizer.apply(gradients, variables)` makes one step, in the way it was made for. The
# one below has **momentum**: a part of each step is carried over into the next, as by a ball that rolls.
#
# Loss objects are functions, too: `loss(y, predicted)`, the truth first, returns one number for the batch.

# %%
model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(8, activation="tanh"), keras.layers.Dense(1)])
optimizer = keras.optimizers.SGD(learning_rate=0.1, momentum=0.9)
mean_squared_error = keras.losses.MeanSquaredError()

with tf.GradientTape() as tape:
    value = mean_squared_error(y, model(X))
gradients = tape.gradient(value, model.trainable_variables)
optimizer.apply(gradients, model.trainable_variables)
for variable, gradient in zip(model.trainable_variables, gradients, strict=True):
    print(f"{variable.path:24} {variable.shape!s:8} gradient {gradient.shape}")

# %% [markdown]
# ## Exercise 2 · The whole loop (4 points)
#
# Write `train(model, data, optimizer, loss, epochs)`. It does what `fit` does, `epochs` times through the data:
# for each batch the loss on a tape, the gradients, one step of the optimizer.
#
# - `data` is a `tf.data.Dataset` of batches: `for x, y in data` goes through them once, always in the same order.
# - `loss(y, predicted)` returns one number for a batch. The models here are of `Dense` layers alone.
# - Return `{"loss": [...]}`, **one float an epoch: the mean over the rows of that epoch**, each batch's loss as
#   it was before its step. The last batch may be smaller; its rows count like all others, so the batch counts
#   less. `keras.metrics.Mean()` averages: `update_state(number, sample_weight=n)` lets a number count `n` times,
#   and `result()` is the mean so far.
#
# The check trains a twin of your model, with the same weights and batches, as `fit` would, and compares. It
# allows a difference of a thousandth of the way that the weights have moved. (`fit` itself would pass, but don't
# use it: the loop is what you are here for.)

# %% exercise="loop"
def train(model, data, optimizer, loss, epochs):
    """Train `model` on the batches of `data`; return {"loss": [mean loss of each epoch]}."""
    ### BEGIN SOLUTION
    curve = []
    for _ in range(epochs):
        mean = keras.metrics.Mean()
        for x, y in data:
            with tf.GradientTape() as tape:
                value = loss(y, model(x))
            gradients = tape.gradient(value, model.trainable_variables)
            optimizer.apply(gradients, model.trainable_variables)
            mean.update_state(value, sample_weight=len(x))
        curve.append(float(mean.result()))
    return {"loss": curve}
    ### STUB
    # raise NotImplementedError("Delete this line and complete the lines below.")
    # curve = []
    # for _ in range(epochs):
    #     mean = keras.metrics.Mean()
    #     for x, y in data:
    #         with tf.GradientTape() as tape:
    #             value = ...
    #         ...
    #         mean.update_state(value, sample_weight=...)
    #     curve.append(float(mean.result()))
    # return {"loss": curve}
    ### END SOLUTION


# %% test="loop/weights" points=3
with check.task("The weights after two epochs: three classes") as task:
    rows, labels = check.clusters(12, 4, 3, "loop")
    layers = [keras.layers.Dense(5, activation="tanh"), keras.layers.Dense(3, activation="softmax")]
    network = keras.Sequential([keras.Input((4,)), *layers])
    cross_entropy = "sparse_categorical_crossentropy"
    task.expect(check.steps_like_fit(student.train, network, rows, labels, loss=cross_entropy))
### BEGIN HIDDEN TESTS
with check.task("The weights after three epochs: a measurement, another optimizer") as task:
    rows, targets = check.measurements(13, 6, "loop")
    network = keras.Sequential([keras.Input((6,)), keras.layers.Dense(4, activation="relu"), keras.layers.Dense(1)])
    nesterov = keras.optimizers.SGD(0.05, momentum=0.8, nesterov=True)
    how = {"batch_size": 7, "epochs": 3, "optimizer": nesterov}
    task.expect(check.steps_like_fit(student.train, network, rows, targets[:, None], **how))
### END HIDDEN TESTS

# %% test="loop/curve" points=1
with check.task("The loss of each epoch") as task:
    rows, labels = check.clusters(12, 4, 3, "curve")
    layers = [keras.layers.Dense(5, activation="tanh"), keras.layers.Dense(3, activation="softmax")]
    network = keras.Sequential([keras.Input((4,)), *layers])
    how = {"loss": "sparse_categorical_crossentropy", "curves": ["loss"]}
    task.expect(check.steps_like_fit(student.train, network, rows, labels, **how))
### BEGIN HIDDEN TESTS
with check.task("The loss of each epoch: other rows, other batches") as task:
    rows, targets = check.measurements(10, 3, "curve")
    network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, activation="tanh"), keras.layers.Dense(1)])
    how = {"batch_size": 7, "optimizer": keras.optimizers.SGD(0.05), "curves": ["loss"]}
    task.expect(check.steps_like_fit(student.train, network, rows, targets[:, None], **how))
### END HIDDEN TESTS

# %% [markdown] hint="loop"
# Inside the tape stands all that leads from the weights to the loss: the call of the model *and* the loss. What
# happens with the gradients stands outside.

# %% [markdown] hint="loop"
# `value = loss(y, model(x))` inside; then `gradients = tape.gradient(value, model.trainable_variables)` and
# `optimizer.apply(gradients, model.trainable_variables)`. A `keras.metrics.Mean` made anew for each epoch starts
# at zero; `update_state(value, sample_weight=len(x))` lets a batch count by its rows.

# %% [markdown]
# ## What `fit` does without saying
#
# **Training mode.** Some layers behave in one way while training and in another in use, which is called
# *inference*. *Dropout* silences random units in training only. *BatchNormalization* scales each column by the
# mean and variance of the present batch in training, and keeps a moving average of both, its *statistics*; at
# inference, where a row may come alone, it takes these. You say which is meant: `model(x, training=True)` or
# `training=False`. Without it a plain call like `model(x)` is in inference mode.

# %%
norm = keras.layers.BatchNormalization()
rows = tf.constant(rng.normal(5, 2, (32, 1)), "float32")
for training in (False, True, True):
    norm(rows, training=training)
    print(f"after a call with training={training!s:5}  moving mean {norm.moving_mean.numpy().item():.3f}")

# %% [markdown]
# The moving mean is among `norm.weights`, but not among its `trainable_variables`: no gradient moves it, calls in
# training mode do. An evaluation in training mode therefore changes the model that it judges.
#
# **Penalties.** A regulariser adds something to the loss for large weights, so that training prefers small ones;
# L2 adds a factor times the sum of their squares. `model.losses` is a list of these penalties, worked out from the
# present weights whenever you ask for it. `fit` adds their sum to the loss of the data. A loop of your own has to
# do so too, and has to ask *inside* the tape: otherwise the regulariser is decoration.

# %%
shrunk = keras.layers.Dense(3, kernel_regularizer=keras.regularizers.L2(0.1))
shrunk(tf.ones((1, 4)))
by_hand = 0.1 * tf.reduce_sum(shrunk.kernel**2)
print(f"{len(shrunk.losses)} penalty: {float(sum(shrunk.losses)):.4f}, by hand {float(by_hand):.4f}")

# %% [markdown]
# ## Exercise 3 · A step for every model (4 points)
#
# Write two functions from these descriptions.
#
# `train_step(model, x, y, optimizer, loss)` makes one step on one batch, as `fit` would for *any* model: in
# training mode, with the penalties added to the loss. It returns the loss with its penalties, as it was before
# the step.
#
# `evaluate(model, data, loss)` goes through a `tf.data.Dataset` once and returns the mean loss over its **rows**,
# as one number. It leaves the model as it is: no weight moves, no statistic either. (Whether you add penalties
# here is up to you: the check's models have none.)

# %% exercise="complete"
def train_step(model, x, y, optimizer, loss):
    """Make one step on the batch (x, y); return the loss before it, penalties included."""
    ### BEGIN SOLUTION
    with tf.GradientTape() as tape:
        value = loss(y, model(x, training=True)) + sum(model.losses)
    gradients = tape.gradient(value, model.trainable_variables)
    optimizer.apply(gradients, model.trainable_variables)
    return value
    ### END SOLUTION


def evaluate(model, data, loss):
    """Return the mean loss over all rows of `data`, and leave the model as it is."""
    ### BEGIN SOLUTION
    mean = keras.metrics.Mean()
    for x, y in data:
        mean.update_state(loss(y, model(x, training=False)), sample_weight=len(x))
    return float(mean.result())
    ### END SOLUTION


# %% test="complete/statistics" points=1
with check.task("A model with BatchNormalization learns, and its statistics follow") as task:
    rows, labels = check.clusters(12, 4, 3, "statistics")
    middle = [keras.layers.Dense(5, use_bias=False), keras.layers.BatchNormalization(), keras.layers.ReLU()]
    network = keras.Sequential([keras.Input((4,)), *middle, keras.layers.Dense(3, activation="softmax")])
    how = {"given": ["model", "x", "y", "optimizer", "loss"], "epochs": 1, "loss": "sparse_categorical_crossentropy"}
    task.expect(check.steps_like_fit(student.train_step, network, rows, labels, **how))
### BEGIN HIDDEN TESTS
with check.task("Statistics at the input: a measurement") as task:
    rows, targets = check.measurements(10, 5, "statistics")
    layers = [keras.layers.BatchNormalization(), keras.layers.Dense(4, activation="relu"), keras.layers.Dense(1)]
    network = keras.Sequential([keras.Input((5,)), *layers])
    how = {"given": ["model", "x", "y", "optimizer", "loss"], "batch_size": 5, "epochs": 1}
    task.expect(check.steps_like_fit(student.train_step, network, 3 * rows + 1, targets[:, None], **how))
### END HIDDEN TESTS

# %% test="complete/penalties" points=1
with check.task("With L2 the weights shrink as they do in `fit`") as task:
    rows, labels = check.clusters(12, 4, 3, "penalties")
    penalised = keras.layers.Dense(5, activation="tanh", kernel_regularizer=keras.regularizers.L2(0.1))
    network = keras.Sequential([keras.Input((4,)), penalised, keras.layers.Dense(3, activation="softmax")])
    how = {"given": ["model", "x", "y", "optimizer", "loss"], "epochs": 1, "loss": "sparse_categorical_crossentropy"}
    task.expect(check.steps_like_fit(student.train_step, network, rows, labels, losses=True, **how))
### BEGIN HIDDEN TESTS
with check.task("Two penalties, and a layer that adds none") as task:
    rows, targets = check.measurements(9, 3, "penalties")
    first = keras.layers.Dense(6, activation="tanh", kernel_regularizer=keras.regularizers.L1(0.02))
    last = keras.layers.Dense(1, kernel_regularizer="l2", bias_regularizer=keras.regularizers.L2(0.3))
    network = keras.Sequential([keras.Input((3,)), first, keras.layers.Dense(4, activation="tanh"), last])
    how = {"given": ["model", "x", "y", "optimizer", "loss"], "batch_size": 5, "epochs": 1, "losses": True}
    task.expect(check.steps_like_fit(student.train_step, network, rows, targets[:, None], **how))
### END HIDDEN TESTS

# %% test="complete/evaluation" points=2
with check.task("An evaluation looks, and touches nothing") as task:
    rows, labels = check.clusters(20, 4, 3, "evaluation")
    middle = [keras.layers.Dense(5, use_bias=False), keras.layers.BatchNormalization(), keras.layers.ReLU()]
    network = keras.Sequential([keras.Input((4,)), *middle, keras.layers.Dense(3, activation="softmax")])
    cross_entropy = "sparse_categorical_crossentropy"
    task.expect(check.leaves_weights(student.evaluate, network, 2 * rows + 1, labels, loss=cross_entropy))
    task.expect(check.mean_loss_is(student.evaluate, network, 2 * rows + 1, labels, loss=cross_entropy))
### BEGIN HIDDEN TESTS
with check.task("An evaluation of another model, in other batches") as task:
    rows, targets = check.measurements(17, 3, "evaluation")
    middle = [keras.layers.Dense(8, activation="relu"), keras.layers.Dropout(0.5), keras.layers.BatchNormalization()]
    network = keras.Sequential([keras.Input((3,)), *middle, keras.layers.Dense(1)])
    task.expect(check.leaves_weights(student.evaluate, network, rows + 2, targets[:, None], batch_size=7))
    task.expect(check.mean_loss_is(student.evaluate, network, rows + 2, targets[:, None], batch_size=7))
### END HIDDEN TESTS

# %% [markdown] hint="complete"
# Two things have changed since exercise 2: *how* the model is called, and *what* is made small. For the
# evaluation: which of the two modes is that of a model in use?

# %% [markdown] hint="complete"
# In the tape: `value = loss(y, model(x, training=True)) + sum(model.losses)`. The evaluation needs no tape and no
# optimizer: a `keras.metrics.Mean` over `loss(y, model(x, training=False))`, with `sample_weight=len(x)`.

# %% [markdown]
# ## Eager against graph
#
# Eager code is easy to read and slow: for each small operation Python asks TensorFlow anew. `tf.function` turns a
# function into a **graph**. At the first call Python runs through your function once, with *symbols*, stand-ins
# without a value, in the place of numbers, and TensorFlow notes the operations down. This is called **tracing**.
# From then on the noted operations run, and your Python doesn't.

# %%
def eager_step(x, y):
    print(f"    Python is here, with {x.shape[0]} rows: {type(x).__name__}")
    with tf.GradientTape() as tape:
        value = mean_squared_error(y, model(x, training=True)) + sum(model.losses)
    optimizer.apply(tape.gradient(value, model.trainable_variables), model.trainable_variables)
    return value


graph_step = tf.function(eager_step)

for number in range(2):
    print(f"eager, call {number + 1}")
    eager_step(X[:32], y[:32])
for number in range(2):
    print(f"graph, call {number + 1}")
    graph_step(X[:32], y[:32])

# %% [markdown]
# The second call of the graph printed nothing: Python wasn't there. And at the first one `x` was no tensor with
# numbers, but a symbol. Everything that Python does in a step, such as printing, appending to a list or counting,
# happens while tracing, and never again.
#
# ### Predict, then run · 2
#
# A graph is noted down for one shape and dtype of its arguments. Here is a fresh one, called with batches of 32,
# 32, 20, 32 and 20 rows. How often does the line *Python is here* appear?

# %% predict="lines_printed" points=1
# a) once
# b) twice
# c) five times
lines_printed = "b"

# %%
fresh_step = tf.function(eager_step)
for count in (32, 32, 20, 32, 20):
    fresh_step(X[:count], y[:count])
print("traces:", fresh_step.experimental_get_tracing_count())

# %% [markdown]
# Two shapes, two traces. That is why the smaller last batch of an epoch costs one trace more, and only once.
#
# With Python numbers it is worse: a Python number is part of the noted program, so each new *value* is a new
# trace. Hand numbers over as tensors. (TensorFlow may warn of retracing below: that is the point.)


# %%
@tf.function
def scaled(x, factor):
    return x * factor


for factor in (0.1, 0.2, 0.3, 0.4):
    scaled(X, factor)
print("four Python numbers:", scaled.experimental_get_tracing_count(), "traces")
for factor in (0.1, 0.2, 0.3, 0.4):
    scaled(X, tf.constant(factor))
print("four tensors:", scaled.experimental_get_tracing_count() - 4, "trace more")

# %% [markdown]
# What is it worth? The same step, thirty times each, without the line that prints. How long it takes depends on
# the machine; the bars below are those of the machine on which the cell was run last.

# %%
import time


def quiet_step(x, y):
    with tf.GradientTape() as tape:
        value = mean_squared_error(y, model(x, training=True))
    optimizer.apply(tape.gradient(value, model.trainable_variables), model.trainable_variables)
    return value


def milliseconds(step, calls=30):
    step(X, y)  # the first call traces: not counted
    began = time.perf_counter()
    for _ in range(calls):
        step(X, y)
    return 1000 * (time.perf_counter() - began) / calls


steps = {"eager": quiet_step, "graph": tf.function(quiet_step)}
figure, axes = plt.subplots(figsize=(7, 1.4), layout="constrained")
bars = axes.barh(list(steps), [milliseconds(step) for step in steps.values()], color=["tab:orange", "tab:blue"])
axes.bar_label(bars, fmt="%.1f", padding=3)
axes.invert_yaxis()
axes.margins(x=0.1)  # room for the numbers
axes.set_xlabel("milliseconds for one step")
plt.show()

# %% [markdown]
# Debug eagerly, then trace. `fit` traces, too: `model.compile(…, run_eagerly=True)` is how you look inside.

# %% [markdown]
# ## Exercise 4 · The step as a graph (3 points)
#
# Write `make_step(model, optimizer, loss)`. It returns a function `step(x, y)` which is a `tf.function` and makes
# the step of exercise 3: training mode, penalties, one step of the optimizer. The step returns the loss of its
# batch, penalties included, as it was before the weights moved.
#
# However often it is called, it may be traced once for each *size* of batch, no more. The check's epochs end in a
# smaller batch, so that makes two.

# %% exercise="graph"
def make_step(model, optimizer, loss):
    """Return a tf.function `step(x, y)` that makes one step and returns the loss before it."""
    ### BEGIN SOLUTION

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            value = loss(y, model(x, training=True)) + sum(model.losses)
        gradients = tape.gradient(value, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)
        return value

    return step
    ### END SOLUTION


# %% test="graph" points=3
with check.task("Four steps on two sizes of batch") as task:
    rows, labels = check.clusters(12, 4, 3, "graph")
    penalised = keras.layers.Dense(5, activation="tanh", kernel_regularizer=keras.regularizers.L2(0.05))
    head = keras.layers.Dense(3, activation="softmax", kernel_regularizer="l2")
    network = keras.Sequential([keras.Input((4,)), penalised, keras.layers.BatchNormalization(), head])
    how = {"given": ["model", "optimizer", "loss"], "then": ["x", "y"], "losses": True, "traces": 2}
    cross_entropy = "sparse_categorical_crossentropy"
    task.expect(check.steps_like_fit(student.make_step, network, rows, labels, loss=cross_entropy, **how))
### BEGIN HIDDEN TESTS
with check.task("Another model, more epochs, no more traces") as task:
    rows, targets = check.measurements(7, 3, "graph")
    penalised = keras.layers.Dense(4, activation="relu", kernel_regularizer=keras.regularizers.L1(0.01))
    network = keras.Sequential([keras.Input((3,)), penalised, keras.layers.Dense(1)])
    how = {"given": ["model", "optimizer", "loss"], "then": ["x", "y"], "losses": True, "traces": 2}
    slow = keras.optimizers.SGD(0.03)
    how |= {"batch_size": 4, "epochs": 3, "optimizer": slow}
    task.expect(check.steps_like_fit(student.make_step, network, rows, targets[:, None], **how))
### END HIDDEN TESTS

# %% [markdown] hint="graph"
# A function may be defined inside a function and returned. It sees `model`, `optimizer` and `loss` of the one
# around it. Where does `@tf.function` stand, so that it is made once and not at each call?

# %% [markdown] hint="graph"
# Write `@tf.function` above `def step(x, y):`, and in it the four lines of `train_step`. End `make_step` with
# `return step`, without brackets: the function itself, not a call.

# %% [markdown]
# ## Gradients are numbers: do something with them
#
# Between `tape.gradient` and `optimizer.apply` you hold the gradients in your hands. Two things are often done
# there.
#
# **Clipping.** One odd batch can give a gradient a hundred times as long as the others, and one step that
# destroys a day's training. The **global norm** is the length of all gradients together, the root of the sum of
# all their squares. Where it is above a limit $c$, all gradients are multiplied by $c$ / norm: the direction
# stays, the length becomes $c$. Where it is below, nothing happens.

# %%
long = [tf.constant([3.0, 0.0]), tf.constant([[4.0]])]
clipped, norm_before = tf.clip_by_global_norm(long, 1.0)
norm_after = tf.linalg.global_norm(clipped)
print(f"global norm {float(norm_before):.1f} → {float(norm_after):.1f}:", *(g.numpy().round(1) for g in clipped))

# %% [markdown]
# **Accumulation.** A batch of 256 rows doesn't fit into memory? Go through it in **micro-batches**, add up their
# gradients, and make *one* step. The loss of a batch is a *mean* over its rows. So for $k$ micro-batches of equal
# size the gradient of the whole is the mean of the $k$ gradients.
#
# Gradients come as a list, and `+` on lists puts one after the other. Adding element by element goes through both:

# %%
first, second = [tf.constant([1.0, 2.0]), tf.constant([[3.0]])], [tf.constant([10.0, 20.0]), tf.constant([[30.0]])]
both = [a + b for a, b in zip(first, second, strict=True)]
print("lists + lists:", len(first + second), "tensors; element by element:", *(g.numpy() for g in both))

# %% [markdown]
# ## Exercise 5 · Many small batches, one step (4 points)
#
# Write `accumulated_step(model, batches, optimizer, loss, clip_norm=None)`.
#
# - `batches` is a list of pairs `(x, y)`, all with the same number of rows. `loss(y, predicted)` is the mean over
#   the rows.
# - It makes **one** step of the optimizer: the step that one large batch of all the rows would make.
# - With a number for `clip_norm`, the gradient *of that large batch* is clipped to this global norm first.
#
# Don't put the micro-batches together again: the check wouldn't mind, but the memory would be full. The models are
# of `Dense` layers without penalties. Nothing has to be returned.

# %% exercise="accumulate"
def accumulated_step(model, batches, optimizer, loss, clip_norm=None):
    """Make the one step that all micro-batches together would make, clipped to `clip_norm` if there is one."""
    ### BEGIN SOLUTION
    weights = model.trainable_variables
    total = [tf.zeros(weight.shape) for weight in weights]
    for x, y in batches:
        with tf.GradientTape() as tape:
            value = loss(y, model(x, training=True))
        gradients = tape.gradient(value, weights)
        total = [t + g for t, g in zip(total, gradients, strict=True)]
    mean = [t / len(batches) for t in total]
    if clip_norm is not None:
        mean, _ = tf.clip_by_global_norm(mean, clip_norm)
    optimizer.apply(mean, weights)
    ### END SOLUTION


# %% test="accumulate/mean" points=2
with check.task("Four micro-batches make one large step") as task:
    rows, labels = check.clusters(24, 4, 3, "accumulate")
    layers = [keras.layers.Dense(5, activation="tanh"), keras.layers.Dense(3, activation="softmax")]
    network = keras.Sequential([keras.Input((4,)), *layers])
    how = {"given": ["model", "batches", "optimizer", "loss"], "batch_size": 6, "parts": 4, "epochs": 1}
    how |= {"optimizer": keras.optimizers.SGD(0.5), "loss": "sparse_categorical_crossentropy"}
    task.expect(check.steps_like_fit(student.accumulated_step, network, rows, labels, **how))
### BEGIN HIDDEN TESTS
for parts in (1, *check.sizes(1, 3, 6)):
    with check.task(f"Another model (micro-batches: {parts})") as task:
        rows, targets = check.measurements(5 * parts, 3, "accumulate")
        network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, activation="tanh"), keras.layers.Dense(1)])
        how = {"given": ["model", "batches", "optimizer", "loss"], "batch_size": 5, "parts": parts, "epochs": 1}
        task.expect(check.steps_like_fit(student.accumulated_step, network, rows, targets[:, None], **how))
### END HIDDEN TESTS

# %% test="accumulate/clip" points=2
with check.task("The large batch's gradient, clipped") as task:
    rows, labels = check.clusters(24, 4, 3, "clip")
    layers = [keras.layers.Dense(5, activation="tanh"), keras.layers.Dense(3, activation="softmax")]
    network = keras.Sequential([keras.Input((4,)), *layers])
    how = {"given": ["model", "batches", "optimizer", "loss", 0.05], "clip": ("norm", 0.05), "batch_size": 6}
    how |= {"parts": 4, "epochs": 1, "optimizer": keras.optimizers.SGD(0.5)}
    cross_entropy = "sparse_categorical_crossentropy"
    task.expect(check.steps_like_fit(student.accumulated_step, network, rows, labels, loss=cross_entropy, **how))
with check.task("A gradient below the limit stays as it is") as task:
    how |= {"given": ["model", "batches", "optimizer", "loss", 1000.0], "clip": None}
    task.expect(check.steps_like_fit(student.accumulated_step, network, rows, labels, loss=cross_entropy, **how))
### BEGIN HIDDEN TESTS
with check.task("Another limit, another model") as task:
    rows, targets = check.measurements(15, 3, "clip")
    network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, activation="tanh"), keras.layers.Dense(1)])
    how = {"given": ["model", "batches", "optimizer", "loss", 0.02], "clip": ("norm", 0.02), "batch_size": 5}
    how |= {"parts": 3, "epochs": 1}
    task.expect(check.steps_like_fit(student.accumulated_step, network, rows, targets[:, None] + 3, **how))
### END HIDDEN TESTS

# %% [markdown] hint="accumulate"
# Three things, one after the other: gather over all micro-batches, then turn the sum into what a large batch
# would give, then clip. Only the first stands in the loop.

# %% [markdown] hint="accumulate"
# Begin with `total = [tf.zeros(w.shape) for w in model.trainable_variables]` and add each micro-batch's
# gradients. After the loop divide by `len(batches)`; `tf.clip_by_global_norm(mean, clip_norm)` returns a pair,
# the clipped gradients and the norm. One `optimizer.apply(mean, …)` at the very end.

# %% [markdown]
# ## Exercise 6 · Debug this (3 points)
#
# The listing below should fit a line, `X @ w + b`, to `y` by gradient descent from zero, and return `w` and `b`
# after `steps` steps, as arrays, tensors or variables. `X` (N, features) and `y` (N,) are NumPy arrays of float32;
# `w` has the shape (features, 1), `b` (1,). It is gradient descent on the mean squared error, as in exercise 1.
#
# It stops at `w = w - …`, because `slope_w` is `None`. **Four different mistakes** each lead to a `None`, now or
# later; `w = w - …` and `b = b - …` are one of them. Go back to *What a tape sees* and find them all.

# %% exercise="debug"
def fit_line(X, y, learning_rate, steps):
    """Return (w, b) after `steps` steps of gradient descent from zero."""
    ### BEGIN SOLUTION
    w = tf.Variable(np.zeros((X.shape[1], 1), "float32"))
    b = tf.Variable(np.zeros(1, "float32"))
    for _ in range(steps):
        with tf.GradientTape() as tape:
            predicted = tf.matmul(X, w) + b
            errors = predicted[:, 0] - y
            loss = tf.reduce_mean(tf.square(errors))
        slope_w, slope_b = tape.gradient(loss, [w, b])
        w.assign_sub(learning_rate * slope_w)
        b.assign_sub(learning_rate * slope_b)
    return w, b
    ### BROKEN
    # raise NotImplementedError("Delete this line, then mend the listing below.")
    # w = tf.constant(np.zeros((X.shape[1], 1), "float32"))
    # b = tf.Variable(np.zeros(1, "int32"))
    # for _ in range(steps):
    #     with tf.GradientTape() as tape:
    #         predicted = tf.matmul(X, w) + tf.cast(b, "float32")
    #         errors = predicted.numpy()[:, 0] - y
    #         loss = tf.reduce_mean(tf.square(errors))
    #     slope_w, slope_b = tape.gradient(loss, [w, b])
    #     w = w - learning_rate * slope_w
    #     b = b - learning_rate * slope_b
    # return w, b
    ### END SOLUTION


# %% test="debug" points=3
with check.task("Three steps of the mended listing") as task:
    rows, targets = check.measurements(15, 2, "debug")
    zero = np.zeros((2, 1), "float32"), np.zeros(1, "float32")
    given = (rows + 1, targets + 2, 0.1, 3)
    task.expect(check.linear_descent(student.fit_line, given, zero, rows + 1, targets + 2, 0.1, steps=3))
### BEGIN HIDDEN TESTS
for features, steps in ((1, 2), (check.sizes(1, 3, 6)[0], 7)):
    with check.task(f"{steps} steps on rows you have not seen") as task:
        rows, targets = check.measurements(features + 14, features, "debug again")
        zero = np.zeros((features, 1), "float32"), np.zeros(1, "float32")
        given = (rows - 1, targets - 1, 0.05, steps)
        task.expect(check.linear_descent(student.fit_line, given, zero, rows - 1, targets - 1, 0.05, steps=steps))
### END HIDDEN TESTS

# %% [markdown] hint="debug"
# Follow the way back from `loss` to `w`, and from `loss` to `b`. At each line ask: is this TensorFlow, is it
# floating-point, and is the tape watching? The fourth reason shows only in the *second* round of the loop: what
# is `w` then?

# %% [markdown] hint="debug"
# A constant isn't followed: make it a `tf.Variable`. Integers have no gradient: `"float32"`. `.numpy()` leaves
# TensorFlow: drop it. And `w = w - …` replaces the variable by a plain tensor: `w.assign_sub(…)` changes it in
# place.

# %% [markdown]
# ## Turning the gradient round
#
# The tape doesn't care what you ask about. Ask for the gradient of the loss with respect to the *input*, and you
# learn which numbers of a row the answer hangs on. For an image, drawn pixel by pixel as magnitudes, this is
# called a **saliency map**.
#
# Now walk *up*. Training changes the weights to lower the loss on an input; an **adversarial example** is an
# input that was changed a little to raise the loss under fixed weights. How little is enough was shown by
# Goodfellow, Shlens and Szegedy (2015): move every number by the same tiny $\varepsilon$, each in its own worst
# direction. For a small step the gradient $g$ predicts that the loss rises by $\sum_i \varepsilon\,|g_i|$.

# %% [markdown]
# ## Exercise 7 · Challenge: fool the model (4 points)
#
# `x` is a tensor of float32, one row (or image) for each of the labels `y`. The model stays as it is and is
# called in inference mode. `loss(y, predicted)` is the mean over the rows.
#
# `input_gradient(model, x, y, loss)` returns the gradient of the loss with respect to `x`: an array or tensor of
# its shape.
#
# `attack(model, x, y, loss, epsilon)` returns changed inputs. **No number may be farther than `epsilon` from
# where it was, and the loss has to rise by at least half of what the gradient predicts for the best such step.**
# How you do it is up to you.

# %% exercise="attack"
def input_gradient(model, x, y, loss):
    """Return how the mean loss changes with each number of `x`."""
    ### BEGIN SOLUTION
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = loss(y, model(x, training=False))
    return tape.gradient(value, x)
    ### END SOLUTION


def attack(model, x, y, loss, epsilon):
    """Return inputs at most `epsilon` away from `x` on which the loss is higher."""
    ### BEGIN SOLUTION
    return x + epsilon * tf.sign(input_gradient(model, x, y, loss))
    ### END SOLUTION


# %% test="attack/gradient" points=2
with check.task("What the loss hangs on: small images") as task:
    images, labels = check.normal((4, 5, 5, 1), "images"), np.array([0, 2, 1, 2])
    layers = [keras.layers.Flatten(), keras.layers.BatchNormalization(), keras.layers.Dense(3, activation="softmax")]
    network = keras.Sequential([keras.Input((5, 5, 1)), *layers])
    cross_entropy = "sparse_categorical_crossentropy"
    task.expect(check.input_gradient_is(student.input_gradient, network, images, labels, loss=cross_entropy))
### BEGIN HIDDEN TESTS
with check.task("What the loss hangs on: rows") as task:
    rows, targets = check.measurements(6, 5, "saliency")
    network = keras.Sequential([keras.Input((5,)), keras.layers.Dense(8, activation="tanh"), keras.layers.Dense(1)])
    task.expect(check.input_gradient_is(student.input_gradient, network, rows, targets[:, None]))
### END HIDDEN TESTS

# %% test="attack/attack" points=2
with check.task("A step too small to see") as task:
    rows, labels = check.clusters(8, 5, 3, "attack")
    layers = [keras.layers.Dense(8, activation="tanh"), keras.layers.Dense(3, activation="softmax")]
    network = keras.Sequential([keras.Input((5,)), *layers])
    how = {"given": ["model", "x", "y", "loss", 0.05], "loss": "sparse_categorical_crossentropy"}
    task.expect(check.attacks(student.attack, network, rows, labels, 0.05, **how))
### BEGIN HIDDEN TESTS
with check.task("A step too small to see: small images") as task:
    images, labels = check.normal((5, 6, 6, 1), "attacked"), np.array([0, 1, 1, 3, 2])
    inner = [keras.layers.Cropping2D(1), keras.layers.Flatten()]  # the outermost pixels count for nothing
    layers = [*inner, keras.layers.Dense(9, activation="tanh"), keras.layers.Dense(4, activation="softmax")]
    network = keras.Sequential([keras.Input((6, 6, 1)), *layers])
    how = {"given": ["model", "x", "y", "loss", 0.02], "loss": "sparse_categorical_crossentropy"}
    task.expect(check.attacks(student.attack, network, images, labels, 0.02, **how))
### END HIDDEN TESTS

# %% [markdown] hint="attack"
# `x` is no variable, so rule 1 of *What a tape sees* applies. For the attack: which direction does each number
# go, if all may go equally far?

# %% [markdown] hint="attack"
# `tape.watch(x)` inside the `with`, then `tape.gradient(value, x)`. The best step of this kind is `epsilon *
# tf.sign(gradient)`, and it is *added*: training subtracts.

# %% [markdown]
# ## See them race
#
# Back to the spring and its map. From one start run plain SGD, SGD with momentum, and **Adam**, which divides each
# parameter's step by the size of its recent gradients: thirty steps each, at twelve learning rates. In the
# notebook, move the slider from the left to the right.
#
# Look for three things. At which rate does SGD begin to jump from wall to wall of the valley? What does momentum
# do when it reaches the bottom? And why does Adam not care where the valley is steep?

# %%
def spring_loss(slopes, heights):
    """The loss of many lines at once: one number for each pair of slope and height."""
    predicted = slopes[:, None] * force + heights[:, None]
    return tf.reduce_mean((predicted - length) ** 2, axis=1)


race = see.landscape.Race(
    spring_loss,
    start=(-0.5, 2.5),
    across=(-1.5, 3.5),
    up=(-1.5, 3.5),
    rates=np.geomspace(0.005, 1, 12),
    steps=30,
)
see.landscape.explore(race)

# %% [markdown]
# The steeper the walls of the valley, the more quickly the slope changes from one side to the other; this is
# called **curvature**. Plain SGD is stable as long as the learning rate stays below 2 divided by the largest
# curvature (here 4.72, so below about 0.42); above, each jump lands higher than it began. Along the flat floor of
# the valley the same rate is far too small. Momentum and Adam are two answers to this: one remembers its speed,
# the other gives each parameter a step size of its own.

# %% [markdown]
# ## Quiz (3 points)
#
# One letter between quotes. The check notes your choice; it is graded when you hand in.

# %% [markdown]
# **1.** `tape.gradient(loss, w)` returns `None`. What does that tell you?

# %% quiz="none_gradient" points=1
# a) the gradient is zero: `w` is at the bottom
# b) the tape saw no way from `w` to `loss`
# c) the learning rate is too small
none_gradient = "b"

# %% [markdown]
# **2.** You go through a batch in four micro-batches, *add up* their gradients and forget to divide. With plain
# SGD the step is

# %% quiz="undivided" points=1
# a) the same as that of the whole batch
# b) in the same direction, four times as long
# c) in another direction
undivided = "b"

# %% [markdown]
# **3.** Inside a `tf.function`, a step does `losses.append(value)`, with `losses` a Python list. After a hundred
# calls with batches of one size the list holds

# %% quiz="list_in_graph" points=1
# a) a hundred numbers
# b) the last number
# c) a single symbol without a number
list_in_graph = "c"

# %% [markdown]
# ## Reflection (3 points, read by your instructor)
#
# A classmate has replaced `fit` by a loop of their own. On the *same* model and data its training loss falls
# lower than `fit`'s ever did, but on new rows the model does worse. Name **two** slips in a loop that would look
# like this, and for each say **what you would print or compare** to find out. Four to six sentences.

# %% [markdown] manual="reflection" points=3
# The loop may call the model with `training=False`: then dropout never drops and the training loss looks better,
# while the model overfits and the statistics of BatchNormalization stay at their start. I would print the moving
# means before and after an epoch: they should have changed. Or `model.losses` isn't added, so that a regulariser
# has no effect. I would compare the norm of the weights after ten steps with that after ten steps of `fit` from
# the same weights: with the penalty they are smaller. A reported loss without penalties would also be lower by
# `sum(model.losses)`, which I would print.
#
# ### BEGIN MARK SCHEME
# One point for each plausible slip (inference mode while training, penalties left out, the penalty left out of
# the report only, an evaluation in training mode that changes the statistics, rows seen twice or validation rows
# trained on), one for a comparison with `fit` or a printed quantity that would tell.
# ### END MARK SCHEME

# %% [markdown]
# ## What older tutorials still say
#
# `K` is `keras.backend`, as they used to import it.
#
# | you read | today | what happens otherwise |
# |---|---|---|
# | `tf.enable_eager_execution()` | eager is the default | an error |
# | `tf.placeholder`, `Session().run(train_op, feed_dict=…)` | call your function with tensors | an error |
# | `tf.gradients(loss, w)`, `K.gradients` | `tape.gradient(loss, w)` | an error outside a graph |
# | `optimizer.minimize(loss, var_list)` | a tape, then `optimizer.apply(gradients, variables)` | an error |
# | `optimizer.apply_gradients(zip(gradients, variables))` | `optimizer.apply(gradients, variables)` | still fine |
# | `K.set_learning_phase(1)` | `model(x, training=True)` | an error |
# | `metric.reset_states()` | `metric.reset_state()` | an error |
# | `model.predict(x)` inside a tape | `model(x)`: `predict` returns NumPy | gradients of `None` |
# | `experimental_relax_shapes=True` | `reduce_retracing=True` | the old name is still taken |
# | "`reduce_retracing` cures retracing" | of *shapes*; numbers go in as tensors | a trace for each number |
# | "a loop of your own gives control" | `fit` first; your own where it has no argument for it | bugs of your own |

# %% [markdown]
# ## Take-away
#
# Loss inside the tape, gradients outside, one step of the optimizer: that is all of training. What makes it
# *right* is small: training mode, penalties, means over rows, one shape for errors. Once it is right, a graph
# makes it quick, and the gradients in your hands are yours to clip, add up, or point at the input.
