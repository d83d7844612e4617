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
# `model.fit` is a loop of some ten lines. In this lab you write this loop yourself, line by line, until it gives the
# same weights as `fit`. Then you change what happens between the gradients and the step. Keras has arguments for some
# of these changes: `global_clipnorm` and `gradient_accumulation_steps` of an optimizer. Here you build them, to see
# how they work.
#
# After this lab you can
#
# - compute **gradients** with `tf.GradientTape`, and say why one of them is `None`;
# - write the whole **training loop**, with the weights and the loss curve that `fit` would give;
# - do what `fit` does behind the scenes: **training mode**, **penalties**, and an **evaluation** that changes
#   nothing;
# - turn a step into a **graph**, and count how often it is traced;
# - **clip** and **accumulate** gradients, and take the gradient with respect to the **input** instead of the weights.
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
# Someone hung masses from a spring and measured its length. Which line fits the forty points? Every line has a slope
# `w` and an intercept `b` (its height at 0), so every line is a point on a map. The height of the map at that point
# is the loss of the line. Fitting means walking downhill, to the star. The path overshoots and zigzags because the
# valley is narrow: a step that is right for its long floor is too long across it, and ends on the opposite wall.

# %%
rng = np.random.default_rng(0)
force = rng.uniform(0, 2, 40).astype("float32")
length = (1.5 * force + 1 + rng.normal(0, 0.15, 40)).astype("float32")
see.landscape.descent(force, length, names=("force in newtons", "length in centimeters"))

# %% [markdown]
# Which way is downhill? The **gradient** answers this. It has one number for each parameter: how fast the loss
# changes as that parameter increases. A step *against* the gradient goes downhill, if the step is small enough.

# %% [markdown]
# ## A worked example: one line, by tape
#
# A **tensor** is TensorFlow's array: numbers with a shape and a *dtype*, the type of the numbers, such as float32. A
# **variable** (`tf.Variable`) is a tensor that can be changed in place. A model stores what it learns in variables.

# %%
X, y = tf.constant(force[:, None]), tf.constant(length[:, None])
w, b = tf.Variable([[-0.5]]), tf.Variable([2.0])
print("X", X.shape, "· y", y.shape, "· w", w.shape, "· b", b.shape)

# %% [markdown]
# A **tape** records operations. You compute the loss inside its `with` block, and the tape records every operation
# that involves a trainable variable. Afterwards `tape.gradient(loss, [w, b])` goes through the recorded operations
# backwards. It returns one gradient for each variable, in the variable's shape. `tf.matmul(X, w)` is NumPy's `X @ w`,
# and `tf.reduce_mean` is `np.mean`.

# %%
with tf.GradientTape() as tape:
    predicted = tf.matmul(X, w) + b
    loss = tf.reduce_mean((predicted - y) ** 2)
slopes = tape.gradient(loss, [w, b])
print(f"loss {float(loss):.3f}, its gradient: {float(slopes[0][0, 0]):.3f} for w, {float(slopes[1][0]):.3f} for b")

# %% [markdown]
# Don't take the tape's word for it: measure the slope. Change `w` by a thousandth and see what happens to the loss.


# %%
def loss_at(slope, height):
    return float(tf.reduce_mean((X * slope + height - y) ** 2))


nudged = (loss_at(-0.5 + 0.001, 2.0) - loss_at(-0.5 - 0.001, 2.0)) / 0.002
print(f"measured slope along w: {nudged:.2f}")

# %% [markdown]
# The gradient for `w` is negative: a larger slope of the line lowers the loss. So the step
# $w \leftarrow w - \text{learning rate} \times \text{gradient}$ increases `w`. `assign_sub` subtracts in place, and
# `w` is still the same variable. Here are 201 such steps:

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
# All this is **eager execution**: Python computes each line immediately, and you can print the values.
#
# ### Predict, then run · 1
#
# Above, `y` was given the shape `(40, 1)` on purpose. Files and functions usually give you the shape `(40,)`. What is
# the shape of `predicted - length`, if `predicted` has the shape `(40, 1)` and `length` has the shape `(40,)`?
#
# Put the letter of your guess between the quotes, *then* run the next cell. A guess earns the point, right or wrong.

# %% predict="shape_of_errors" points=1
# a) (40,)
# b) (40, 1)
# c) (40, 40)
shape_of_errors = "c"

# %%
errors = predicted - length
print("errors:", errors.shape)
print(f"mean of their squares: {float(tf.reduce_mean(errors**2)):.2f}, which is wrong, and there is no error message")

# %% [markdown]
# This is **broadcasting**: a missing axis is added in front, and an axis of length 1 is stretched to match. So every
# prediction was compared with every measurement. The loss then pulls all predictions toward the *mean* of `y`, and
# there is no error. Whenever a regression model learns nothing but the mean, print this shape first.

# %% [markdown]
# ## Exercise 1 · One step (2 points)
#
# Complete `linear_step(w, b, X, y, learning_rate)`. It makes one step of gradient descent on the mean squared error
# of the predictions `X @ w + b`.
#
# - All inputs are NumPy arrays of float32: `w` with shape (features, 1), `b` (1,), `X` (N, features), and **`y`
#   (N,)**.
# - Return the new `w` and the new `b` in their original shapes, as arrays, tensors or variables.

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
    with check.task(f"One step on new data (features: {features})") as task:
        rows, targets = check.measurements(features + 9, features, "another step")
        start = check.normal((features, 1), "w again"), check.normal((1,), "b again")
        given = (*start, rows, targets - 2, 0.25)
        task.expect(check.linear_descent(student.linear_step, given, start, rows, targets - 2, 0.25))
### END HIDDEN TESTS

# %% [markdown] hint="step"
# Look at the shapes of the two arrays that you subtract. Prediction 1 showed what `(N, 1)` minus `(N,)` gives.

# %% [markdown] hint="step"
# `predicted[:, 0]` has the shape of `y`, so the loss is `tf.reduce_mean((predicted[:, 0] - y) ** 2)`. Take its
# gradient with respect to `[w, b]`. Return `w - learning_rate * slope_w`, and the same for `b`.

# %% [markdown]
# ## What a tape sees
#
# There are three rules. You will need each of them in this lab.
#
# 1. The tape follows **trainable variables** automatically. For anything else, such as a constant, you have to call
#    `tape.watch(x)`. After `w = w - …`, the name `w` refers to a plain tensor; `assign_sub` keeps the variable.
# 2. It records **TensorFlow operations on floating-point numbers**. Keras layers and losses run on TensorFlow here,
#    so they count. A detour through NumPy or integers leaves no record.
# 3. It returns gradients **once**, for what happened inside the `with` block. A second `tape.gradient` needs
#    `tf.GradientTape(persistent=True)`.
#
# If the tape finds no path from the result back to the tensor that you ask about, it returns `None`.

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
# A model holds its trainable variables in a list, `model.trainable_variables`. You call the model like a function.
# The optimizer does the subtraction: `optimizer.apply(gradients, variables)` makes one step, by the rule of that
# optimizer. The optimizer below has **momentum**: it carries part of each step over into the next, like a rolling
# ball.
#
# Loss objects are functions, too: `loss(y, predicted)`, with the targets first, returns one number for the batch.

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
# Write `train(model, data, optimizer, loss, epochs)`. It does what `fit` does, for `epochs` passes over the data. For
# each batch it computes the loss on a tape, then the gradients, and makes one step of the optimizer.
#
# - `data` is a `tf.data.Dataset` of batches: `for x, y in data` goes through them once, always in the same order.
# - `loss(y, predicted)` returns one number for a batch. The models here consist of `Dense` layers only.
# - Return `{"loss": [...]}`, with **one float per epoch: the mean over the samples of that epoch**. Take each batch's
#   loss before its step. The last batch may be smaller; each of its samples counts as much as any other, so the batch
#   counts less. `keras.metrics.Mean()` averages: `update_state(number, sample_weight=n)` makes a number count `n`
#   times, and `result()` is the mean so far.
#
# The check trains an identical model, with the same initial weights and the same batches, as `fit` would, and
# compares. The weights may differ by at most a thousandth of the amount by which training changed them. (`fit` itself
# would pass, but don't use it: the loop is what this exercise is about.)

# %% exercise="loop"
def train(model, data, optimizer, loss, epochs):
    """Train `model` on the batches of `data` and return {"loss": [mean loss of each epoch]}."""
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
with check.task("Weights after two epochs: three classes") as task:
    rows, labels = check.clusters(12, 4, 3, "loop")
    layers = [keras.layers.Dense(5, activation="tanh"), keras.layers.Dense(3, activation="softmax")]
    network = keras.Sequential([keras.Input((4,)), *layers])
    cross_entropy = "sparse_categorical_crossentropy"
    task.expect(check.steps_like_fit(student.train, network, rows, labels, loss=cross_entropy))
### BEGIN HIDDEN TESTS
with check.task("Weights after three epochs: regression, another optimizer") as task:
    rows, targets = check.measurements(13, 6, "loop")
    network = keras.Sequential([keras.Input((6,)), keras.layers.Dense(4, activation="relu"), keras.layers.Dense(1)])
    nesterov = keras.optimizers.SGD(0.05, momentum=0.8, nesterov=True)
    how = {"batch_size": 7, "epochs": 3, "optimizer": nesterov}
    task.expect(check.steps_like_fit(student.train, network, rows, targets[:, None], **how))
### END HIDDEN TESTS

# %% test="loop/curve" points=1
with check.task("Loss of each epoch") as task:
    rows, labels = check.clusters(12, 4, 3, "curve")
    layers = [keras.layers.Dense(5, activation="tanh"), keras.layers.Dense(3, activation="softmax")]
    network = keras.Sequential([keras.Input((4,)), *layers])
    how = {"loss": "sparse_categorical_crossentropy", "curves": ["loss"]}
    task.expect(check.steps_like_fit(student.train, network, rows, labels, **how))
### BEGIN HIDDEN TESTS
with check.task("Loss of each epoch: other data, other batches") as task:
    rows, targets = check.measurements(10, 3, "curve")
    network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, activation="tanh"), keras.layers.Dense(1)])
    how = {"batch_size": 7, "optimizer": keras.optimizers.SGD(0.05), "curves": ["loss"]}
    task.expect(check.steps_like_fit(student.train, network, rows, targets[:, None], **how))
### END HIDDEN TESTS

# %% [markdown] hint="loop"
# Everything between the weights and the loss belongs inside the tape: the call of the model *and* the loss. What you
# do with the gradients belongs outside.

# %% [markdown] hint="loop"
# Inside: `value = loss(y, model(x))`. Outside: `gradients = tape.gradient(value, model.trainable_variables)` and
# `optimizer.apply(gradients, model.trainable_variables)`. Create a new `keras.metrics.Mean` for each epoch, so that
# it starts from zero; `update_state(value, sample_weight=len(x))` weights a batch by its number of samples.

# %% [markdown]
# ## What `fit` does behind the scenes
#
# **Training mode.** Some layers behave differently in training and in use, which is called *inference*. *Dropout*
# sets some of its inputs to zero at random in training mode only. *BatchNormalization* normalizes each feature. In
# training mode it uses the mean and variance of the current batch, and keeps a moving average of both, its
# *statistics*. In inference mode, where a sample may come alone, it uses these statistics. You choose the mode with
# `model(x, training=True)` or `training=False`. Without the argument, a plain call like `model(x)` runs in inference
# mode.

# %%
norm = keras.layers.BatchNormalization()
rows = tf.constant(rng.normal(5, 2, (32, 1)), "float32")
for training in (False, True, True):
    norm(rows, training=training)
    print(f"after a call with training={training!s:5}  moving mean {norm.moving_mean.numpy().item():.3f}")

# %% [markdown]
# The moving mean is among `norm.weights`, but not among its `trainable_variables`: no gradient updates it, but calls
# in training mode do. So an evaluation in training mode changes the very model that it evaluates.
#
# **Penalties.** A regularizer adds a term to the loss for large weights, so that training prefers small ones; L2 adds
# a factor times the sum of their squares. `model.losses` is a list of these penalties, computed from the current
# weights each time you read it. `fit` adds their sum to the loss on the data. A loop of your own has to do so too,
# and it has to read the list *inside* the tape: otherwise the regularizer has no effect.

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
# `train_step(model, x, y, optimizer, loss)` makes one step on one batch, as `fit` would for *any* model: in training
# mode, with the penalties added to the loss. It returns the loss before the step, including the penalties.
#
# `evaluate(model, data, loss)` goes through a `tf.data.Dataset` once and returns the mean loss over its **samples**,
# as one number. It leaves the model unchanged: no weight changes, and no statistic either. (You may add penalties
# here or leave them out: the models in the check have none.)

# %% exercise="complete"
def train_step(model, x, y, optimizer, loss):
    """Make one step on the batch (x, y) and return the loss before the step, including the penalties."""
    ### BEGIN SOLUTION
    with tf.GradientTape() as tape:
        value = loss(y, model(x, training=True)) + sum(model.losses)
    gradients = tape.gradient(value, model.trainable_variables)
    optimizer.apply(gradients, model.trainable_variables)
    return value
    ### END SOLUTION


def evaluate(model, data, loss):
    """Return the mean loss over all samples of `data` without changing the model."""
    ### BEGIN SOLUTION
    mean = keras.metrics.Mean()
    for x, y in data:
        mean.update_state(loss(y, model(x, training=False)), sample_weight=len(x))
    return float(mean.result())
    ### END SOLUTION


# %% test="complete/statistics" points=1
with check.task("Weights and statistics with BatchNormalization") as task:
    rows, labels = check.clusters(12, 4, 3, "statistics")
    middle = [keras.layers.Dense(5, use_bias=False), keras.layers.BatchNormalization(), keras.layers.ReLU()]
    network = keras.Sequential([keras.Input((4,)), *middle, keras.layers.Dense(3, activation="softmax")])
    how = {"given": ["model", "x", "y", "optimizer", "loss"], "epochs": 1, "loss": "sparse_categorical_crossentropy"}
    task.expect(check.steps_like_fit(student.train_step, network, rows, labels, **how))
### BEGIN HIDDEN TESTS
with check.task("BatchNormalization at the input: regression") as task:
    rows, targets = check.measurements(10, 5, "statistics")
    layers = [keras.layers.BatchNormalization(), keras.layers.Dense(4, activation="relu"), keras.layers.Dense(1)]
    network = keras.Sequential([keras.Input((5,)), *layers])
    how = {"given": ["model", "x", "y", "optimizer", "loss"], "batch_size": 5, "epochs": 1}
    task.expect(check.steps_like_fit(student.train_step, network, 3 * rows + 1, targets[:, None], **how))
### END HIDDEN TESTS

# %% test="complete/penalties" points=1
with check.task("Weights with an L2 penalty, compared with `fit`") as task:
    rows, labels = check.clusters(12, 4, 3, "penalties")
    penalised = keras.layers.Dense(5, activation="tanh", kernel_regularizer=keras.regularizers.L2(0.1))
    network = keras.Sequential([keras.Input((4,)), penalised, keras.layers.Dense(3, activation="softmax")])
    how = {"given": ["model", "x", "y", "optimizer", "loss"], "epochs": 1, "loss": "sparse_categorical_crossentropy"}
    task.expect(check.steps_like_fit(student.train_step, network, rows, labels, losses=True, **how))
### BEGIN HIDDEN TESTS
with check.task("Two layers with penalties and one without") as task:
    rows, targets = check.measurements(9, 3, "penalties")
    first = keras.layers.Dense(6, activation="tanh", kernel_regularizer=keras.regularizers.L1(0.02))
    last = keras.layers.Dense(1, kernel_regularizer="l2", bias_regularizer=keras.regularizers.L2(0.3))
    network = keras.Sequential([keras.Input((3,)), first, keras.layers.Dense(4, activation="tanh"), last])
    how = {"given": ["model", "x", "y", "optimizer", "loss"], "batch_size": 5, "epochs": 1, "losses": True}
    task.expect(check.steps_like_fit(student.train_step, network, rows, targets[:, None], **how))
### END HIDDEN TESTS

# %% test="complete/evaluation" points=2
with check.task("Evaluation without side effects") as task:
    rows, labels = check.clusters(20, 4, 3, "evaluation")
    middle = [keras.layers.Dense(5, use_bias=False), keras.layers.BatchNormalization(), keras.layers.ReLU()]
    network = keras.Sequential([keras.Input((4,)), *middle, keras.layers.Dense(3, activation="softmax")])
    cross_entropy = "sparse_categorical_crossentropy"
    task.expect(check.leaves_weights(student.evaluate, network, 2 * rows + 1, labels, loss=cross_entropy))
    task.expect(check.mean_loss_is(student.evaluate, network, 2 * rows + 1, labels, loss=cross_entropy))
### BEGIN HIDDEN TESTS
with check.task("Evaluation of another model, other batches") as task:
    rows, targets = check.measurements(17, 3, "evaluation")
    middle = [keras.layers.Dense(8, activation="relu"), keras.layers.Dropout(0.5), keras.layers.BatchNormalization()]
    network = keras.Sequential([keras.Input((3,)), *middle, keras.layers.Dense(1)])
    task.expect(check.leaves_weights(student.evaluate, network, rows + 2, targets[:, None], batch_size=7))
    task.expect(check.mean_loss_is(student.evaluate, network, rows + 2, targets[:, None], batch_size=7))
### END HIDDEN TESTS

# %% [markdown] hint="complete"
# Two things have changed since exercise 2: *how* you call the model, and *what* you minimize. For the evaluation: in
# which mode is a model that is in use?

# %% [markdown] hint="complete"
# Inside the tape: `value = loss(y, model(x, training=True)) + sum(model.losses)`. The evaluation needs no tape and no
# optimizer: use a `keras.metrics.Mean` of `loss(y, model(x, training=False))`, with `sample_weight=len(x)`.

# %% [markdown]
# ## Eager execution and graphs
#
# Eager code is easy to follow but slow: Python has to call TensorFlow for each small operation. `tf.function` turns a
# function into a **graph**. At the first call, Python runs through your function once, with *symbolic tensors*, which
# stand in for tensors but have no values, and TensorFlow records the operations. This is called **tracing**. From
# then on, TensorFlow runs the recorded operations, and your Python code does not run.

# %%
def eager_step(x, y):
    print(f"    Python runs, with {x.shape[0]} samples: {type(x).__name__}")
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
# The second call of the graph printed nothing, because your Python code did not run. And at the first call, `x` was a
# symbolic tensor without values. Everything that Python does in a step, such as printing, appending to a list or
# counting, happens only while TensorFlow traces the function.
#
# ### Predict, then run · 2
#
# A graph is recorded for one shape and dtype of its arguments. Here is a new `tf.function`, called with batches of
# 32, 32, 20, 32 and 20 samples. How often does the line *Python runs* appear?

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
# There are two shapes, and so two traces. That is why the smaller last batch of an epoch costs one extra trace, but
# only one.
#
# Python numbers are worse: a Python number becomes part of the recorded graph, so each new *value* causes a new
# trace. Pass numbers as tensors. (TensorFlow may warn of retracing below: that is the point.)


# %%
@tf.function
def scaled(x, factor):
    return x * factor


for factor in (0.1, 0.2, 0.3, 0.4):
    scaled(X, factor)
print("four Python numbers:", scaled.experimental_get_tracing_count(), "traces")
for factor in (0.1, 0.2, 0.3, 0.4):
    scaled(X, tf.constant(factor))
print("four tensors:", scaled.experimental_get_tracing_count() - 4, "more trace")

# %% [markdown]
# How much time does a graph save? The next cell runs the same step thirty times each way, without the line that
# prints. The times depend on the machine; the bars below show those of the machine on which the cell was last run.

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
# Debug eagerly, then trace. `fit` traces, too: to look inside, use `model.compile(…, run_eagerly=True)`.

# %% [markdown]
# ## Exercise 4 · The step as a graph (3 points)
#
# Write `make_step(model, optimizer, loss)`. It returns a function `step(x, y)` that is a `tf.function` and makes the
# step of exercise 3: training mode, penalties, one step of the optimizer. The step returns the loss of its batch
# before the update, including the penalties.
#
# However often you call the step, TensorFlow may trace it only once for each *size* of batch. In the check, each
# epoch ends with a smaller batch, so there may be two traces.

# %% exercise="graph"
def make_step(model, optimizer, loss):
    """Return a tf.function `step(x, y)` that makes one step and returns the loss before the step."""
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
with check.task("Four steps, two batch sizes") as task:
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
# You may define a function inside another function and return it. The inner function can use `model`, `optimizer` and
# `loss` of the outer one. Where does `@tf.function` belong, so that the graph function is created once and not at
# each call?

# %% [markdown] hint="graph"
# Write `@tf.function` above `def step(x, y):`, and in it the four lines of `train_step`. End `make_step` with
# `return step`, without parentheses: return the function itself, not the result of a call.

# %% [markdown]
# ## Gradients are numbers: do something with them
#
# Between `tape.gradient` and `optimizer.apply` you have the gradients and can change them. Two changes are common.
#
# **Clipping.** One unusual batch can give a gradient a hundred times as large as the others, and a single step that
# ruins a day's training. The **global norm** is the length of all gradients together: the square root of the sum of
# all their squares. If it is above a limit $c$, all gradients are multiplied by $c$ / norm: the direction is
# unchanged, and the norm becomes $c$. If it is below the limit, nothing changes. Optimizers have an argument for
# this, `global_clipnorm`.

# %%
long = [tf.constant([3.0, 0.0]), tf.constant([[4.0]])]
clipped, norm_before = tf.clip_by_global_norm(long, 1.0)
norm_after = tf.linalg.global_norm(clipped)
print(f"global norm {float(norm_before):.1f} → {float(norm_after):.1f}:", *(g.numpy().round(1) for g in clipped))

# %% [markdown]
# **Accumulation.** What if a batch of 256 samples doesn't fit into memory? Go through it in **micro-batches**, add up
# their gradients, and make *one* step. The loss of a batch is a *mean* over its samples. So for $k$ micro-batches of
# equal size, the gradient of the whole batch is the mean of the $k$ gradients. Optimizers have an argument for this,
# too: `gradient_accumulation_steps`. With BatchNormalization the result is not that of one large batch, because each
# micro-batch is normalized with its own mean and variance.
#
# Gradients come as a list, and `+` joins two lists end to end. To add them element by element, go through both:

# %%
first, second = [tf.constant([1.0, 2.0]), tf.constant([[3.0]])], [tf.constant([10.0, 20.0]), tf.constant([[30.0]])]
both = [a + b for a, b in zip(first, second, strict=True)]
print("lists + lists:", len(first + second), "tensors; element by element:", *(g.numpy() for g in both))

# %% [markdown]
# ## Exercise 5 · Many small batches, one step (4 points)
#
# Write `accumulated_step(model, batches, optimizer, loss, clip_norm=None)`.
#
# - `batches` is a list of pairs `(x, y)`, all with the same number of samples. `loss(y, predicted)` is the mean over
#   the samples.
# - The function makes **one** step of the optimizer: the step that one large batch of all the samples would make.
# - If `clip_norm` is a number, the gradient *of that large batch* is first clipped to this global norm.
#
# Don't join the micro-batches into one batch: the check would accept it, but it would use the memory that you want to
# save. The models consist of `Dense` layers without penalties. The function need not return anything.

# %% exercise="accumulate"
def accumulated_step(model, batches, optimizer, loss, clip_norm=None):
    """Make the one step that all micro-batches together would make, clipped to `clip_norm` if it is given."""
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
with check.task("One step from four micro-batches") as task:
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
with check.task("Clipped gradient of the large batch") as task:
    rows, labels = check.clusters(24, 4, 3, "clip")
    layers = [keras.layers.Dense(5, activation="tanh"), keras.layers.Dense(3, activation="softmax")]
    network = keras.Sequential([keras.Input((4,)), *layers])
    how = {"given": ["model", "batches", "optimizer", "loss", 0.05], "clip": ("norm", 0.05), "batch_size": 6}
    how |= {"parts": 4, "epochs": 1, "optimizer": keras.optimizers.SGD(0.5)}
    cross_entropy = "sparse_categorical_crossentropy"
    task.expect(check.steps_like_fit(student.accumulated_step, network, rows, labels, loss=cross_entropy, **how))
with check.task("Gradient below the limit") as task:
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
# There are three steps: add up the gradients over all micro-batches, turn the sum into what one large batch would
# give, then clip. Only the first step belongs in the loop.

# %% [markdown] hint="accumulate"
# Begin with `total = [tf.zeros(w.shape) for w in model.trainable_variables]`, and add each micro-batch's gradients.
# After the loop, divide by `len(batches)`. `tf.clip_by_global_norm(mean, clip_norm)` returns a pair: the clipped
# gradients, and the norm before clipping. Call `optimizer.apply(mean, …)` once, at the very end.

# %% [markdown]
# ## Exercise 6 · Debug this (3 points)
#
# The listing below should fit a line, `X @ w + b`, to `y` by gradient descent from zero, and return `w` and `b` after
# `steps` steps, as arrays, tensors or variables. `X` (N, features) and `y` (N,) are NumPy arrays of float32; `w` has
# the shape (features, 1), and `b` has the shape (1,). It minimizes the mean squared error, as in exercise 1.
#
# It stops at `w = w - …`, because `slope_w` is `None`. **Four different mistakes** each lead to a `None`, now or
# later; `w = w - …` and `b = b - …` together are one of them. Go back to *What a tape sees* and find all four.

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
    # raise NotImplementedError("Delete this line, then fix the listing below.")
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
with check.task("Three steps of the fixed listing") as task:
    rows, targets = check.measurements(15, 2, "debug")
    zero = np.zeros((2, 1), "float32"), np.zeros(1, "float32")
    given = (rows + 1, targets + 2, 0.1, 3)
    task.expect(check.linear_descent(student.fit_line, given, zero, rows + 1, targets + 2, 0.1, steps=3))
### BEGIN HIDDEN TESTS
for features, steps in ((1, 2), (check.sizes(1, 3, 6)[0], 7)):
    with check.task(f"{steps} steps on new data") as task:
        rows, targets = check.measurements(features + 14, features, "debug again")
        zero = np.zeros((features, 1), "float32"), np.zeros(1, "float32")
        given = (rows - 1, targets - 1, 0.05, steps)
        task.expect(check.linear_descent(student.fit_line, given, zero, rows - 1, targets - 1, 0.05, steps=steps))
### END HIDDEN TESTS

# %% [markdown] hint="debug"
# Follow the path back from `loss` to `w`, and from `loss` to `b`. At each line ask: is this a TensorFlow operation,
# is it floating-point, and is the tape watching? The fourth mistake has an effect only in the *second* pass through
# the loop: what is `w` then?

# %% [markdown] hint="debug"
# The tape doesn't follow a constant: make it a `tf.Variable`. Integers have no gradient: use `"float32"`. `.numpy()`
# leaves TensorFlow: remove it. And `w = w - …` replaces the variable with a plain tensor, while `w.assign_sub(…)`
# changes the variable in place.

# %% [markdown]
# ## Gradients with respect to the input
#
# You can ask the tape for any gradient. Take the gradient of the loss with respect to the *input*, and you see to
# which features of a sample the loss is most sensitive. For an image, you can draw the magnitude for each pixel. Such
# a drawing is a **saliency map**; it usually shows the gradient of the score of one class instead of the loss.
#
# Now walk *up*. Training changes the weights to lower the loss on an input; an **adversarial example** is an input
# that was changed a little to raise the loss while the weights are fixed. Goodfellow, Shlens and Szegedy (2015)
# showed how small the change can be. Their **fast gradient sign method** (FGSM) changes every number by the same tiny
# $\varepsilon$, each in the direction that raises the loss. For a small step, the gradient $g$ predicts that the loss
# rises by $\sum_i \varepsilon\,|g_i|$.

# %% [markdown]
# ## Exercise 7 · Challenge: fool the model (4 points)
#
# `x` is a tensor of float32, with one sample (a row or an image) for each of the labels `y`. The model does not
# change, and you call it in inference mode. `loss(y, predicted)` is the mean over the samples.
#
# `input_gradient(model, x, y, loss)` returns the gradient of the loss with respect to `x`: an array or tensor of the
# same shape as `x`.
#
# `attack(model, x, y, loss, epsilon)` returns changed inputs. **No number may change by more than `epsilon`, and the
# loss has to rise by at least half of what the gradient predicts for the best such step.** How you do it is up to
# you.

# %% exercise="attack"
def input_gradient(model, x, y, loss):
    """Return the gradient of the mean loss with respect to `x`."""
    ### BEGIN SOLUTION
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = loss(y, model(x, training=False))
    return tape.gradient(value, x)
    ### END SOLUTION


def attack(model, x, y, loss, epsilon):
    """Return inputs with a higher loss, each number at most `epsilon` away from that in `x`."""
    ### BEGIN SOLUTION
    return x + epsilon * tf.sign(input_gradient(model, x, y, loss))
    ### END SOLUTION


# %% test="attack/gradient" points=2
with check.task("Gradient with respect to the input: small images") as task:
    images, labels = check.normal((4, 5, 5, 1), "images"), np.array([0, 2, 1, 2])
    layers = [keras.layers.Flatten(), keras.layers.BatchNormalization(), keras.layers.Dense(3, activation="softmax")]
    network = keras.Sequential([keras.Input((5, 5, 1)), *layers])
    cross_entropy = "sparse_categorical_crossentropy"
    task.expect(check.input_gradient_is(student.input_gradient, network, images, labels, loss=cross_entropy))
### BEGIN HIDDEN TESTS
with check.task("Gradient with respect to the input: five features") as task:
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
    inner = [keras.layers.Cropping2D(1), keras.layers.Flatten()]  # the outermost pixels have no effect
    layers = [*inner, keras.layers.Dense(9, activation="tanh"), keras.layers.Dense(4, activation="softmax")]
    network = keras.Sequential([keras.Input((6, 6, 1)), *layers])
    how = {"given": ["model", "x", "y", "loss", 0.02], "loss": "sparse_categorical_crossentropy"}
    task.expect(check.attacks(student.attack, network, images, labels, 0.02, **how))
### END HIDDEN TESTS

# %% [markdown] hint="attack"
# `x` is not a variable, so rule 1 of *What a tape sees* applies. For the attack: if each number may change by the
# same amount, in which direction should each one go?

# %% [markdown] hint="attack"
# Call `tape.watch(x)` inside the `with` block, then `tape.gradient(value, x)`. The best step of this kind is
# `epsilon * tf.sign(gradient)`, and you *add* it; training subtracts.

# %% [markdown]
# ## See them race
#
# Back to the spring and its map. Three optimizers start from the same point: plain SGD, SGD with momentum, and
# **Adam**, which divides each parameter's step by the size of that parameter's recent gradients. Each makes thirty
# steps at each of twelve learning rates. In the notebook, move the slider from left to right.
#
# Look for three things. At which rate does SGD begin to jump from one wall of the valley to the other? What does
# momentum do when it reaches the bottom? And why does Adam's first step change both parameters by the same amount,
# whichever is steeper?

# %%
def spring_loss(slopes, heights):
    """Return the losses of many lines: one number for each pair of slope and intercept."""
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
# The steeper the walls of the valley rise, the faster the slope changes from one side to the other; this is called
# **curvature**. Plain SGD is stable as long as the learning rate stays below 2 divided by the largest curvature (here
# 4.72, so below about 0.42). Above that, each jump ends higher than it began. Along the flat floor of the valley, the
# same rate makes slow progress. Momentum and Adam are two answers to this: momentum carries speed over from earlier
# steps, and Adam gives each parameter a step size of its own. A step size for each parameter helps most when the
# valley runs along an axis. This valley runs diagonally, and Adam can't straighten it.

# %% [markdown]
# ## Quiz (3 points)
#
# Write one letter between the quotes. The check records your choice; it is graded after you submit.

# %% [markdown]
# **1.** `tape.gradient(loss, w)` returns `None`. What does this mean?

# %% quiz="none_gradient" points=1
# a) the gradient is zero, because `w` is at a minimum
# b) the tape found no path from `w` to `loss`
# c) the learning rate is too small for `w` to change
none_gradient = "b"

# %% [markdown]
# **2.** You process a batch in four micro-batches of equal size, *add up* their gradients and forget to divide. With
# plain SGD, how does the step compare with that of the whole batch?

# %% quiz="undivided" points=1
# a) it has the same direction and length
# b) it has the same direction and is four times as long
# c) it has a different direction and length
undivided = "b"

# %% [markdown]
# **3.** A step inside a `tf.function` runs `losses.append(value)`, where `losses` is a Python list. What does the
# list hold after a hundred calls with batches of one size?

# %% quiz="list_in_graph" points=1
# a) a hundred numbers, one for each call
# b) a single number, from the last call
# c) a single symbolic tensor, without a value
list_in_graph = "c"

# %% [markdown]
# ## Reflection (3 points, read by your instructor)
#
# A classmate has replaced `fit` with their own loop. On the *same* model and data, its training loss falls lower than
# that of `fit` ever did, but the model does worse on new data. Name **two** mistakes in a loop that would have this
# effect, and for each one say **what you would print or compare** to find out. Write four to six sentences.

# %% [markdown] manual="reflection" points=3
# The loop may call the model with `training=False`. Then dropout never drops anything, and the training loss looks
# better while the model overfits; the statistics of BatchNormalization also keep their initial values. I would print
# the moving means before and after an epoch: they should have changed. Or the loop may not add `model.losses`, so
# that a regularizer has no effect. I would train for ten steps with the loop and for ten steps with `fit`, from the
# same weights, and compare the norms of the weights: with the penalty they are smaller. A reported loss without
# penalties would also be lower by `sum(model.losses)`, which I would print.
#
# ### BEGIN MARK SCHEME
# One point for each of two plausible mistakes (inference mode during training, penalties left out, the penalty left
# out of the report only, an evaluation in training mode that changes the statistics, samples used twice, training on
# validation samples). One point for a comparison with `fit`, or a printed quantity, that would reveal the mistake.
# ### END MARK SCHEME

# %% [markdown]
# ## What older tutorials still say
#
# `K` is `keras.backend`, under the name by which older tutorials import it.
#
# | you read | today | what happens otherwise |
# |---|---|---|
# | `tf.enable_eager_execution()` | eager is the default | an error |
# | `tf.placeholder`, `Session().run(train_op, feed_dict=…)` | call your function with tensors | an error |
# | `tf.gradients(loss, w)`, `K.gradients` | `tape.gradient(loss, w)` | an error in eager code |
# | `optimizer.minimize(loss, var_list)` | a tape, then `optimizer.apply(gradients, variables)` | an error |
# | `optimizer.apply_gradients(zip(gradients, variables))` | `optimizer.apply(gradients, variables)` | still fine |
# | `K.set_learning_phase(1)` | `model(x, training=True)` | an error |
# | `metric.reset_states()` | `metric.reset_state()` | an error |
# | `model.predict(x)` inside a tape | `model(x)`: `predict` returns NumPy arrays | gradients are `None` |
# | `experimental_relax_shapes=True` | `reduce_retracing=True` | the old name still works |
# | "`reduce_retracing` cures retracing" | only for *shapes*; pass numbers as tensors | a trace for each number |
# | "a loop of your own gives control" | `fit` first; a loop for what `fit` can't do | bugs of your own |

# %% [markdown]
# ## Take-away
#
# Compute the loss inside the tape and the gradients outside, then make one step of the optimizer: that is the core of
# training. The details make it *right*: training mode, penalties, means over samples, matching shapes of predictions
# and targets. Once the step is right, a graph makes it fast. And you can clip the gradients, add them up, or take
# them with respect to the input.
