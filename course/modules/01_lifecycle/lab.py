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
#   title: "The life of a model: define, compile, fit, evaluate, predict"
#   minutes: 70
#   timeout: 120
# ---

# %% [markdown]
# # Lab 01 · The life of a model
#
# **70 minutes · 27 points**
#
# Every Keras model lives through the same five steps: you *define* it, *compile* it, *fit* it to data,
# *evaluate* it on data it has not seen, and use it to *predict*. Learn them once on small tables and they
# carry you through every later lab.
#
# After this lab you can
#
# - give a model the **head** and the **loss** that a problem asks for, from the data alone;
# - **compile** with a metric that a person can read and an optimizer that you configured;
# - **split and scale** data so that nothing leaks from the test rows into training;
# - **fit**, read the History, and tell learning from memorising;
# - turn outputs into **labels**, **save** a model whole, and **mend** a listing from an older tutorial.
#
# You need to know Python functions and NumPy arrays. What a tensor or a layer is, you will pick up here.

# %%
from course import data, see
from grader import check, student

import keras
import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

keras.utils.set_random_seed(1)

# %% [markdown]
# ## The five steps at a glance

# %%
see.lifecycle.diagram()

# %% [markdown]
# How this notebook works: read, run the cells (<kbd>Shift</kbd>+<kbd>Enter</kbd>), and fill in the functions
# that say `raise NotImplementedError`. Below each exercise stands a **check**. Run it as often as you like: it
# tells what it saw, what it expected, why that matters, and what to try. Hints fold open one at a time.
#
# Checks look at what your model *is and does*, not at how you wrote it. Your way may differ from ours.

# %% [markdown]
# ## A worked example: three kinds of wine
#
# The wine data holds 13 measurements for each of 178 wines from three growers. Can a model tell the grower
# from the measurements?

# %%
X, y = data.wine.load(seed=0)
print("X:", X.shape, X.dtype, "· y:", y.shape, y.dtype, "· classes:", np.unique(y))

# %% [markdown]
# Before training, put some wines aside. The **test** rows are sealed until the very end. From the rest, a
# **validation** part shows after each epoch how the model does on rows it was not fitted to.
#
# The 13 columns have very different units: proline runs into the thousands, hue stays around one. Scaling gives
# each column mean 0 and standard deviation 1. The scaler learns its numbers from the training rows *only*.

# %%
X_rest, X_test, y_rest, y_test = train_test_split(X, y, test_size=0.2, random_state=0)
X_train, X_val, y_train, y_val = train_test_split(X_rest, y_rest, test_size=0.2, random_state=0)
scaler = StandardScaler().fit(X_train)
X_train, X_val, X_test = (scaler.transform(part) for part in (X_train, X_val, X_test))
print(len(X_train), "to train on,", len(X_val), "to validate,", len(X_test), "to test")

# %% [markdown]
# ### Step 1 · Define
#
# A model is a stack of layers. Two hidden layers find useful combinations of the measurements; the last layer,
# the **head**, has one unit for each grower. `softmax` turns its three numbers into probabilities that add up
# to one.

# %%
model = keras.Sequential(
    [
        keras.Input(shape=(13,)),
        keras.layers.Dense(16, activation="relu"),
        keras.layers.Dense(8, activation="relu"),
        keras.layers.Dense(3, activation="softmax"),
    ],
    name="wine",
)
model.summary()

# %% [markdown]
# ### Step 2 · Compile
#
# Compiling fixes three things: the **optimizer**, which moves the weights; the **loss**, the number it makes
# smaller; and the **metrics**, which are for you to read and move nothing. The labels are the integers 0, 1
# and 2, so the loss is the *sparse* categorical cross-entropy.

# %%
model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.01),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)

# %% [markdown]
# ### Predict, then run · 1
#
# The model has not seen a single wine yet. Its three probabilities are all near ⅓. What loss will `evaluate`
# report for it? The cross-entropy of a prediction is $-\ln p$, with $p$ the probability given to the right
# class.
#
# Put your guess between quotes, *then* run the cell after it. Guessing earns the point, right or wrong.

# %% predict="first_loss" points=1
# a) close to 0, it has made no mistakes yet
# b) close to 1.1
# c) close to 3, one for each class
first_loss = "b"

# %%
untrained_loss, untrained_accuracy = model.evaluate(X_val, y_val, verbose=0)
print(f"loss {untrained_loss:.1f}, while -ln(1/3) = {np.log(3):.1f}")

# %% [markdown]
# An untrained model that starts far above $\ln(\text{classes})$ deserves a suspicious look: its inputs may not
# be scaled, or head and loss don't speak of the same thing.

# %% [markdown]
# ### Predict, then run · 2
#
# `fit` works through the training rows in batches of 32 and moves the weights once after each batch. One pass
# over all rows is an **epoch**. How many moves does it make in one epoch over our 113 training rows?

# %% predict="moves_per_epoch" points=1
# a) 113
# b) 32
# c) 4
moves_per_epoch = "c"

# %% [markdown]
# ### Step 3 · Fit
#
# `verbose` chooses what you watch: 1 draws a progress bar, 2 prints a line for each epoch, 0 is silent. Look at
# the first number of each line: `4/4` counts the moves.

# %%
history = model.fit(X_train, y_train, validation_data=(X_val, y_val), epochs=3, verbose=2)

# %% [markdown]
# Calling `fit` again goes on from the weights as they are. `fit` returns a **History**: its dict `history`
# holds a list for each curve, one number for each epoch.

# %%
history = model.fit(X_train, y_train, validation_data=(X_val, y_val), epochs=27, verbose=0)
print({name: [round(float(v), 1) for v in values[:3]] + ["…"] for name, values in history.history.items()})
see.curves.plot_history(history)

# %% [markdown]
# Read the two curves together. Both falling: it learns. Training falls while validation rises: it has begun to
# memorise. Neither falls: something is wrong with the loss, the learning rate or the data.
#
# ### Step 4 · Evaluate
#
# Now, once, the sealed test rows. `return_dict=True` names the numbers.

# %%
scores = model.evaluate(X_test, y_test, verbose=0, return_dict=True)
print({name: round(float(value), 1) for name, value in scores.items()})

# %% [markdown]
# ### Step 5 · Predict
#
# `predict` returns what the head returns: here a row of three probabilities for each wine. The label is the
# position of the largest.

# %%
probabilities = model.predict(X_test[:4], verbose=0)
print(np.round(probabilities, 1))
print("labels:", probabilities.argmax(axis=1), "· truth:", y_test[:4])

# %% [markdown]
# ## Heads and losses for the three kinds of problem
#
# | you predict | `y` holds | last layer | loss | metric |
# |---|---|---|---|---|
# | a measurement (*regression*) | floats | `Dense(1)`, no activation | `mean_squared_error` | `mae` |
# | one of two classes (*binary*) | 0 or 1 | `Dense(1, activation="sigmoid")` | `binary_crossentropy` | `accuracy` |
# | one of k classes (*multiclass*) | 0 … k−1 | `Dense(k, activation="softmax")` | `sparse_categorical_crossentropy` | `accuracy` |
#
# A head may also return **logits**, the numbers before sigmoid or softmax. Then the loss must be told:
# `keras.losses.SparseCategoricalCrossentropy(from_logits=True)`. Either is fine; mixing them is the most common
# silent mistake in all of Keras.
#
# The same five steps, on the other two kinds. Only head, loss and metric change.

# %%
def five_steps(X, y, head, loss, metric, optimizer):
    X_fit, X_new, y_fit, y_new = train_test_split(X, y, test_size=0.25, random_state=0)
    scale = StandardScaler().fit(X_fit)
    net = keras.Sequential([keras.Input(X.shape[1:]), keras.layers.Dense(16, activation="relu"), head])
    net.compile(optimizer=optimizer, loss=loss, metrics=[metric])
    net.fit(scale.transform(X_fit), y_fit, epochs=20, verbose=0)
    return net.evaluate(scale.transform(X_new), y_new, verbose=0, return_dict=True)


tumours = five_steps(
    *data.breast_cancer.load(seed=0),
    head=keras.layers.Dense(1, activation="sigmoid"),
    loss="binary_crossentropy",
    metric="accuracy",
    optimizer=keras.optimizers.SGD(learning_rate=0.05, momentum=0.9),
)
print(f"breast cancer, benign or malignant: {tumours['accuracy']:.1f} of all new patients right")

# %%
progression = five_steps(
    *data.diabetes.load(seed=0),
    head=keras.layers.Dense(1),
    loss="mean_squared_error",
    metric="mae",
    optimizer=keras.optimizers.Adam(learning_rate=0.05),
)
print(f"diabetes, progression after a year (25 to 346): off by about {progression['mae']:.0f} on average")

# %% [markdown]
# Three optimizers you will meet: **SGD** steps along the gradient; with `momentum` it keeps some of its speed
# from step to step; **Adam** gives each weight a step size of its own and is a good first choice. All take
# `learning_rate`, the size of a step.

# %% [markdown]
# ## Exercise 1 · The right head (3 points)
#
# Write `model_and_loss(X, y)`. It gets the data and nothing else, and returns **an uncompiled model** for rows
# like those of `X`, **and the loss** that goes with its head:
# the cross-entropy for classes, a measure of the error for floats.
#
# | `y` | the problem |
# |---|---|
# | floats | regression |
# | integers 0 and 1 | binary |
# | integers 0 … k−1, k ≥ 3 | multiclass, k classes |
#
# It is used as `model.compile(loss=loss)` and `model.fit(X, y)`, with `y` just as it came. For two classes, one
# unit or two are both right. How many hidden layers, and whether you return probabilities or logits, is up to
# you.

# %% exercise="heads"
def model_and_loss(X, y):
    """Return an uncompiled model and the loss that fits its head."""
    ### BEGIN SOLUTION
    hidden = [keras.Input(shape=(X.shape[1],)), keras.layers.Dense(16, activation="relu")]
    if np.issubdtype(y.dtype, np.floating):
        return keras.Sequential([*hidden, keras.layers.Dense(1)]), "mean_squared_error"
    classes = int(y.max()) + 1
    if classes == 2:
        return keras.Sequential([*hidden, keras.layers.Dense(1, activation="sigmoid")]), "binary_crossentropy"
    head = keras.layers.Dense(classes, activation="softmax")
    return keras.Sequential([*hidden, head]), "sparse_categorical_crossentropy"
    ### STUB
    # raise NotImplementedError("Delete this line and complete the lines below.")
    # hidden = [keras.Input(shape=...), keras.layers.Dense(16, activation="relu")]
    # if np.issubdtype(y.dtype, np.floating):
    #     return keras.Sequential([*hidden, keras.layers.Dense(1)]), ...
    # classes = ...
    # if classes == 2:
    #     return keras.Sequential([*hidden, ...]), ...
    # head = ...
    # return keras.Sequential([*hidden, head]), ...
    ### END SOLUTION


# %% test="heads/regression" points=1
with check.task("A measurement: how a disease progresses") as task:
    patients, progress = data.diabetes.load()
    answer = task.run(student.model_and_loss, patients, progress)
    task.expect(check.head_and_loss(answer, patients, "regression"))
### BEGIN HIDDEN TESTS
with check.task("A measurement: a table you have not seen") as task:
    rows, targets = check.measurements(80, int(check.rng("width").integers(3, 9)))
    answer = task.run(student.model_and_loss, rows, targets)
    task.expect(check.head_and_loss(answer, rows, "regression"))
### END HIDDEN TESTS

# %% test="heads/binary" points=1
with check.task("Two classes: benign or malignant") as task:
    tumours_seen, malignant = data.breast_cancer.load()
    answer = task.run(student.model_and_loss, tumours_seen, malignant)
    task.expect(check.head_and_loss(answer, tumours_seen, "binary"))
### BEGIN HIDDEN TESTS
with check.task("Two classes: a table you have not seen") as task:
    rows, labels = check.clusters(80, int(check.rng("width").integers(3, 9)), 2)
    answer = task.run(student.model_and_loss, rows, labels)
    task.expect(check.head_and_loss(answer, rows, "binary"))
### END HIDDEN TESTS

# %% test="heads/multiclass" points=1
with check.task("Three classes: whose wine?") as task:
    wines, grower = data.wine.load()
    answer = task.run(student.model_and_loss, wines, grower)
    task.expect(check.head_and_loss(answer, wines, "multiclass", classes=3))
### BEGIN HIDDEN TESTS
with check.task("More classes: a table you have not seen") as task:
    classes = int(check.rng("classes").integers(4, 8))
    rows, labels = check.clusters(120, int(check.rng("width").integers(3, 9)), classes)
    answer = task.run(student.model_and_loss, rows, labels)
    task.expect(check.head_and_loss(answer, rows, "multiclass", classes=classes))
### END HIDDEN TESTS

# %% [markdown] hint="heads"
# The table *Heads and losses* above has a row for each case. What you need from `X` is the number of its
# columns; what you need from `y` is its dtype and how many different labels it holds.

# %% [markdown] hint="heads"
# `keras.Input(shape=(X.shape[1],))` takes a tuple. The number of classes is `int(y.max()) + 1`. One unit goes
# with `"sigmoid"` and `"binary_crossentropy"`, several with `"softmax"` and
# `"sparse_categorical_crossentropy"`, a measurement with no activation and `"mean_squared_error"`.

# %% [markdown]
# ## Exercise 2 · Compile (3 points)
#
# Write `compile_for(model, kind)`. You are handed a finished, uncompiled model; `kind` is `"regression"`,
# `"binary"` or `"multiclass"`. The heads are those of the table: no activation, one sigmoid, or a softmax.
# Labels are integers.
#
# Compile the model with
#
# - a loss that fits its head, the plain cross-entropy for classes;
# - a metric: the mean absolute error for regression, the accuracy for classes;
# - stochastic gradient descent with **learning rate 0.05 and momentum 0.9**;
#
# and return it.

# %% exercise="compile"
def compile_for(model, kind):
    """Compile `model` for a problem of this kind, and return it."""
    ### BEGIN SOLUTION
    losses = {
        "regression": "mean_squared_error",
        "binary": "binary_crossentropy",
        "multiclass": "sparse_categorical_crossentropy",
    }
    metric = "mae" if kind == "regression" else "accuracy"
    optimizer = keras.optimizers.SGD(learning_rate=0.05, momentum=0.9)
    model.compile(optimizer=optimizer, loss=losses[kind], metrics=[metric])
    return model
    ### STUB
    # raise NotImplementedError("Delete this line and complete the lines below.")
    # losses = {
    #     "regression": ...,
    #     "binary": ...,
    #     "multiclass": ...,
    # }
    # metric = ...
    # optimizer = ...
    # model.compile(optimizer=optimizer, loss=losses[kind], metrics=[metric])
    # return model
    ### END SOLUTION


# %% test="compile/loss" points=2
for kind, head in {"regression": (1, None), "binary": (1, "sigmoid"), "multiclass": (3, "softmax")}.items():
    with check.task(f"Loss and metric: {kind}") as task:
        rows, targets = check.measurements(60, 4) if kind == "regression" else check.clusters(60, 4, max(head[0], 2))
        bare = keras.Sequential([keras.Input((4,)), keras.layers.Dense(*head)])
        compiled = task.run(student.compile_for, bare, kind)
        task.expect(check.is_model(compiled), check.same_model(compiled, bare), check.is_compiled(compiled))
        task.expect(check.loss_fits_head(compiled, rows, kind))
        task.expect(check.reports(compiled, rows, targets, kind))
### BEGIN HIDDEN TESTS
for kind, head in {"regression": (1, None), "binary": (1, "sigmoid"), "multiclass": (6, "softmax")}.items():
    with check.task(f"Loss and metric of a model you have not seen: {kind}") as task:
        rows, targets = check.measurements(90, 6) if kind == "regression" else check.clusters(90, 6, max(head[0], 2))
        inputs = keras.Input((6,))
        hidden = keras.layers.Dense(5, activation="tanh")(inputs)
        bare = keras.Model(inputs, keras.layers.Dense(*head)(hidden))
        compiled = task.run(student.compile_for, bare, kind)
        task.expect(check.is_model(compiled), check.same_model(compiled, bare), check.is_compiled(compiled))
        task.expect(check.loss_fits_head(compiled, rows, kind))
        task.expect(check.reports(compiled, rows, targets, kind))
### END HIDDEN TESTS

# %% test="compile/optimizer" points=1
with check.task("Optimizer: SGD with momentum") as task:
    bare = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
    compiled = task.run(student.compile_for, bare, "multiclass")
    task.expect(check.is_model(compiled), check.same_model(compiled, bare), check.is_compiled(compiled))
    task.expect(check.steps_like_sgd(compiled, learning_rate=0.05, momentum=0.9))
### BEGIN HIDDEN TESTS
for kind, head in {"regression": (1, None), "binary": (1, "sigmoid")}.items():
    with check.task(f"Optimizer: the same for {kind}") as task:
        bare = keras.Sequential([keras.Input((4,)), keras.layers.Dense(*head)])
        compiled = task.run(student.compile_for, bare, kind)
        task.expect(check.is_model(compiled), check.same_model(compiled, bare), check.is_compiled(compiled))
        task.expect(check.steps_like_sgd(compiled, learning_rate=0.05, momentum=0.9))
### END HIDDEN TESTS

# %% [markdown] hint="compile"
# `compile` takes `optimizer=`, `loss=` and `metrics=[…]`. A word such as `"sgd"` gives you the defaults; an
# object lets you set its numbers.

# %% [markdown] hint="compile"
# The optimizer is `keras.optimizers.SGD(learning_rate=0.05, momentum=0.9)`. Integer labels go with the
# *sparse* cross-entropy. Accuracy counts exact hits, which a measurement never gives: there, use `"mae"`.

# %% [markdown]
# ## Exercise 3 · Split and scale without leaking (3 points)
#
# Write `split_and_scale(X, y, seed)`. It returns three pairs
# `(X_train, y_train), (X_val, y_val), (X_test, y_test)`:
#
# - 60 % of the rows to train on, 20 % to validate, 20 % to test, each row in exactly one part;
# - shuffled by `seed`: the same seed gives the same split, another seed another one;
# - every column of `X` shifted and scaled so that **the training part** has mean 0 and standard deviation 1,
#   and the other two parts with the training part's numbers. `y` stays as it is.
#
# `y` holds measurements here, so there is nothing to stratify by.

# %% exercise="split"
def split_and_scale(X, y, seed):
    """Return (X_train, y_train), (X_val, y_val), (X_test, y_test), scaled by the training part."""
    ### BEGIN SOLUTION
    X_rest, X_test, y_rest, y_test = train_test_split(X, y, test_size=0.2, random_state=seed)
    X_train, X_val, y_train, y_val = train_test_split(X_rest, y_rest, test_size=0.25, random_state=seed)
    scaler = StandardScaler().fit(X_train)
    X_train, X_val, X_test = (scaler.transform(part) for part in (X_train, X_val, X_test))
    return (X_train, y_train), (X_val, y_val), (X_test, y_test)
    ### END SOLUTION


# %% test="split/parts" points=1
with check.task("Three parts, and every row in one of them") as task:
    rows, names = check.named_rows(200, 5, "visible")
    parts = task.run(student.split_and_scale, rows, names, seed=3)
    task.expect(check.three_parts(parts), check.disjoint_parts(parts, names, (0.6, 0.2, 0.2)))
    task.expect(check.shuffled(parts, names))
### BEGIN HIDDEN TESTS
with check.task("Another table, other seeds") as task:
    rows, names = check.named_rows(int(check.rng("rows").integers(120, 260)), 4, "hidden")
    parts, again, other = (task.run(student.split_and_scale, rows, names, seed=number) for number in (11, 11, 12))
    task.expect(check.three_parts(parts), check.three_parts(again), check.three_parts(other))
    task.expect(check.disjoint_parts(parts, names, (0.6, 0.2, 0.2)), check.shuffled(parts, names))
    task.expect(check.follows_seed(parts, again, other))
### END HIDDEN TESTS

# %% test="split/scale" points=2
with check.task("Scaled by the training part alone") as task:
    rows, names = check.named_rows(200, 5, "visible")
    parts = task.run(student.split_and_scale, rows, names, seed=3)
    task.expect(check.three_parts(parts), check.scaled_by_training(parts, rows, names))
### BEGIN HIDDEN TESTS
with check.task("Another table: scaled by the training part alone") as task:
    rows, names = check.named_rows(int(check.rng("rows").integers(120, 260)), 7, "hidden scale")
    parts = task.run(student.split_and_scale, rows, names, seed=8)
    task.expect(check.three_parts(parts), check.scaled_by_training(parts, rows, names))
    task.expect(check.disjoint_parts(parts, names, (0.6, 0.2, 0.2)))
### END HIDDEN TESTS

# %% [markdown] hint="split"
# Order matters: first split, then look at the training part's mean and standard deviation, then apply those
# two numbers of each column to all three parts.

# %% [markdown] hint="split"
# `train_test_split(X, y, test_size=0.2, random_state=seed)` cuts off the test part. The validation part is
# 20 % *of all*, which is 25 % of what is left. `StandardScaler().fit(X_train)` learns, `.transform(part)`
# applies.

# %% [markdown]
# ## Exercise 4 · Fit, and keep the History (3 points)
#
# Write `train(X, y, epochs, learning_rate)`. `X` is scaled already; `y` holds the integers 0 … k−1. Build a
# classifier, compile it, fit it, and return **the model and its History**.
#
# - It trains for `epochs` epochs, with `learning_rate` throughout. The optimizer is your choice: Adam, or SGD with
#   momentum, learns quickly enough.
# - After each epoch it is validated on rows held back from training.
# - **The rows come sorted by class**, as they do in many files. Look at what that does to a validation part cut
#   off at the end.

# %% exercise="fit"
def train(X, y, epochs, learning_rate):
    """Return a classifier fitted to (X, y), and its History."""
    ### BEGIN SOLUTION
    X_fit, X_held, y_fit, y_held = train_test_split(X, y, test_size=0.2, stratify=y, random_state=0)
    model = keras.Sequential(
        [
            keras.Input(shape=(X.shape[1],)),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(int(y.max()) + 1, activation="softmax"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    history = model.fit(X_fit, y_fit, validation_data=(X_held, y_held), epochs=epochs, verbose=0)
    return model, history
    ### END SOLUTION


# %% test="fit" points=3
with check.task("Five classes, rows sorted by class", watch_fit=True) as task:
    rows, labels = check.clusters(960, 6, 5, "fit", by_class=True)
    answer = task.run(student.train, rows[::2], labels[::2], epochs=4, learning_rate=0.1)
    task.expect(check.training(answer, task.fits, rows[1::2], labels[1::2], 4, learning_rate=0.1, at_least=0.65))
### BEGIN HIDDEN TESTS
with check.task("Other data, other classes, another learning rate", watch_fit=True) as task:
    classes = int(check.rng("fit classes").integers(6, 8))
    rows, labels = check.clusters(960, 7, classes, "fit again", by_class=True)
    answer = task.run(student.train, rows[::2], labels[::2], epochs=5, learning_rate=0.08)
    task.expect(check.training(answer, task.fits, rows[1::2], labels[1::2], 5, learning_rate=0.08, at_least=0.6))
### END HIDDEN TESTS

# %% [markdown] hint="fit"
# `validation_split=0.2` takes the *last* fifth of the rows, before any shuffling. Sorted by class, that is the
# last class, whole: the model never trains on it.

# %% [markdown] hint="fit"
# Hold rows back with `train_test_split(X, y, test_size=0.2, stratify=y)` and pass them as
# `validation_data=(…, …)`. The optimizer gets its rate as `learning_rate=learning_rate`, and `fit` its
# `epochs=epochs`. Return what `fit` returns.

# %% [markdown]
# ## Exercise 5 · From outputs to labels (2 points)
#
# Write `predict_labels(model, X, from_logits=False)`: the predicted label of each row, as **one integer a row**,
# shape (N,). The model may end in
#
# - one probability (a sigmoid), with outputs of shape (N, 1) or just (N,);
# - one logit, when `from_logits=True`;
# - a column for each class, probabilities or logits.

# %% exercise="labels"
def predict_labels(model, X, from_logits=False):
    """Return the label of each row: integers of shape (N,)."""
    ### BEGIN SOLUTION
    outputs = model.predict(X, verbose=0)
    if outputs.ndim == 2 and outputs.shape[1] > 1:
        return outputs.argmax(axis=1)
    threshold = 0.0 if from_logits else 0.5
    return (outputs.reshape(-1) > threshold).astype(int)
    ### END SOLUTION


# %% test="labels/columns" points=1
with check.task("A column for each class") as task:
    for head in ("softmax", "logits"):
        planted, rows, labels = check.planted_model(head, classes=3, seed_=1)
        predicted = task.run(student.predict_labels, planted, rows, from_logits=head == "logits")
        task.expect(check.labels_are(predicted, labels, head))
### BEGIN HIDDEN TESTS
with check.task("A column for each class: models you have not seen") as task:
    for head, classes in (("softmax", 2), ("softmax", 5), ("logits", 2), ("logits", 4)):
        planted, rows, labels = check.planted_model(head, classes, check.seed("columns", head, classes))
        predicted = task.run(student.predict_labels, planted, rows, from_logits=head == "logits")
        task.expect(check.labels_are(predicted, labels, f"{classes}-column {head}"))
### END HIDDEN TESTS

# %% test="labels/one_number" points=1
with check.task("One number a row") as task:
    for head in ("sigmoid", "one logit"):
        planted, rows, labels = check.planted_model(head, classes=2, seed_=2)
        predicted = task.run(student.predict_labels, planted, rows, from_logits=head == "one logit")
        task.expect(check.labels_are(predicted, labels, head))
### BEGIN HIDDEN TESTS
with check.task("One number a row: models you have not seen") as task:
    for head in ("sigmoid", "flat sigmoid", "one logit"):
        planted, rows, labels = check.planted_model(head, 2, check.seed("one", head))
        predicted = task.run(student.predict_labels, planted, rows, from_logits=head == "one logit")
        task.expect(check.labels_are(predicted, labels, head))
        single = task.run(student.predict_labels, planted, rows[:1], from_logits=head == "one logit")
        task.expect(check.labels_are(single, labels[:1], head))
### END HIDDEN TESTS

# %% [markdown] hint="labels"
# Look at `outputs.shape` first. With several columns the label is the position of the largest, and it doesn't
# matter whether they are probabilities or logits: why?

# %% [markdown] hint="labels"
# Several columns: `outputs.argmax(axis=1)`. One column: flatten with `.reshape(-1)`, compare with 0.5, or with
# 0 for logits (the sigmoid of 0 is ½), and make it `.astype(int)`.

# %% [markdown]
# ## Exercise 6 · Save, load, evaluate again (2 points)
#
# Write `save_load_evaluate(model, path, X, y)`. Save the compiled model whole to `path` (it ends in `.keras`),
# read it back **from the file**, evaluate the model you read on `(X, y)`, and return **that model and its
# scores** as a dict by metric name.

# %% exercise="save"
def save_load_evaluate(model, path, X, y):
    """Save `model`, read it back, and return (the model read back, its scores as a dict)."""
    ### BEGIN SOLUTION
    model.save(path)
    restored = keras.saving.load_model(path)
    scores = restored.evaluate(X, y, verbose=0, return_dict=True)
    return restored, scores
    ### STUB
    # raise NotImplementedError("Delete this line and complete the lines below.")
    # ...
    # restored = ...
    # scores = ...
    # return restored, scores
    ### END SOLUTION


# %% test="save" points=2
with check.task("A softmax classifier") as task:
    rows, labels = check.clusters(60, 4, 3, "save")
    trained = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
    trained.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], run_eagerly=True)
    trained.fit(rows, labels, epochs=1, verbose=0)
    path = check.scratch_path("wine.keras")
    answer = task.run(student.save_load_evaluate, trained, path, rows, labels)
    task.expect(check.saved_and_restored(answer, path, trained, rows, labels))
### BEGIN HIDDEN TESTS
with check.task("A model with another head, metric and depth") as task:
    rows, targets = check.measurements(70, 5, "save")
    inputs = keras.Input((5,))
    hidden = keras.layers.Dense(6, activation="relu")(keras.layers.BatchNormalization()(inputs))
    trained = keras.Model(inputs, keras.layers.Dense(1)(hidden))
    trained.compile("sgd", "mse", metrics=["mae"], run_eagerly=True)
    trained.fit(rows, targets, epochs=1, verbose=0)
    path = check.scratch_path("measured.keras")
    answer = task.run(student.save_load_evaluate, trained, path, rows, targets)
    task.expect(check.saved_and_restored(answer, path, trained, rows, targets))
### END HIDDEN TESTS

# %% [markdown] hint="save"
# A `.keras` file holds three things: architecture, weights, and what `compile` fixed. One method of the model
# writes it, one function of `keras.saving` reads it.

# %% [markdown] hint="save"
# `model.save(path)`, then `restored = keras.saving.load_model(path)`. `evaluate` returns a plain list unless you
# say `return_dict=True`. Return the model you *read*, not the one you were given.

# %% [markdown]
# ## Exercise 7 · Debug this (3 points)
#
# The listing below is in the style of an older tutorial. **Five things are wrong with it.** Four stop it with
# an error, one after the other. The fifth runs without a murmur, and makes the report too good to be true.
#
# `wine_experiment(X_train, y_train, X_test, y_test, epochs)` gets scaled rows and integer labels. It should
# train a softmax classifier with plain SGD at learning rate 0.05, validate it after each epoch, and return the model,
# its History and the predicted label of each test row (integers, shape (N,)).

# %% exercise="debug"
def wine_experiment(X_train, y_train, X_test, y_test, epochs):
    """Return (model, history, labels of the test rows)."""
    ### BEGIN SOLUTION
    classes = int(y_train.max()) + 1
    model = keras.Sequential()
    model.add(keras.Input(shape=(X_train.shape[1],)))
    model.add(keras.layers.Dense(24, activation="relu"))
    model.add(keras.layers.Dense(classes, activation="softmax"))
    optimizer = keras.optimizers.SGD(learning_rate=0.05)
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    X_fit, X_val, y_fit, y_val = train_test_split(X_train, y_train, test_size=0.2, random_state=0)
    history = model.fit(X_fit, y_fit, validation_data=(X_val, y_val), epochs=epochs, verbose=0)
    labels = model.predict(X_test, verbose=0).argmax(axis=1)
    return model, history, labels
    ### BROKEN
    # raise NotImplementedError("Delete this line, then mend the listing below.")
    # classes = int(y_train.max()) + 1
    # model = keras.Sequential()
    # model.add(keras.Input(shape=(X_train.shape[1],)))
    # model.add(keras.layers.Dense(24, activation="relu"))
    # model.add(keras.layers.Dense(classes, activation="softmax"))
    # optimizer = keras.optimizers.SGD(lr=0.05)
    # model.compile(optimizer=optimizer, loss="categorical_crossentropy", metrics=["accuracy"])
    # history = model.fit(X_train, y_train, validation_data=(X_test, y_test), nb_epoch=epochs, verbose=0)
    # labels = model.predict_classes(X_test, verbose=0)
    # return model, history, labels
    ### END SOLUTION


# %% test="debug" points=3
with check.task("The mended listing on made-up wines", watch_fit=True) as task:
    rows, labels = check.clusters(960, 6, 3, "debug")
    answer = task.run(student.wine_experiment, rows[::2], labels[::2], rows[1::2], labels[1::2], epochs=4)
    task.expect(check.experiment(answer, task.fits, rows[1::2], labels[1::2], 4, learning_rate=0.05, at_least=0.65))
### BEGIN HIDDEN TESTS
with check.task("The mended listing on other data, with four classes", watch_fit=True) as task:
    rows, labels = check.clusters(960, 8, 4, "debug again")
    answer = task.run(student.wine_experiment, rows[::2], labels[::2], rows[1::2], labels[1::2], epochs=5)
    task.expect(check.experiment(answer, task.fits, rows[1::2], labels[1::2], 5, learning_rate=0.05, at_least=0.65))
### END HIDDEN TESTS

# %% [markdown] hint="debug"
# Run it, read the last line of the error, mend that one thing, run again. When the errors are gone, ask of each
# argument of `fit`: which rows does the model get to see before the report?

# %% [markdown] hint="debug"
# `lr` is `learning_rate` today, `nb_epoch` is `epochs`, and `predict_classes` is gone: take `predict` and
# `argmax`. Integer labels need the *sparse* loss. The validation rows must come out of the training rows.

# %% [markdown]
# ## See it learn
#
# Two interleaving half-moons, and a network with one hidden layer. Scrub through training: where is the
# boundary straight, when does it bend, and when does it stop moving although the loss still falls?

# %%
moons, side = data.moons.load(seed=1, n=240)
net = keras.Sequential(
    [
        keras.Input((2,)),
        keras.layers.Dense(16, activation="tanh"),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
)
net.compile(keras.optimizers.Adam(learning_rate=0.05), "binary_crossentropy")
recorder = see.boundary.Recorder(moons[:160], side[:160], every=2, classes=data.moons.CLASSES)
net.fit(
    moons[:160], side[:160], validation_data=(moons[160:], side[160:]), epochs=38, verbose=0, callbacks=[recorder]
)
see.boundary.explore(recorder)

# %% [markdown]
# ## Quiz (3 points)
#
# One letter between quotes. The check notes your choice; it is graded when you hand in.

# %% [markdown]
# **1.** You add `metrics=["accuracy"]` to `compile` and change nothing else. What happens to training?

# %% quiz="metrics_role" points=1
# a) the optimizer now maximises the accuracy
# b) nothing: metrics are reported, only the loss moves weights
# c) the loss is replaced by one minus the accuracy
metrics_role = "b"

# %% [markdown]
# **2.** Over the last ten epochs the training loss fell from 0.20 to 0.05 while the validation loss rose from
# 0.30 to 0.45. What do you see?

# %% quiz="reading_curves" points=1
# a) the learning rate is too low
# b) the model has begun to memorise the training rows
# c) the validation rows were used for training
reading_curves = "b"

# %% [markdown]
# **3.** In use, a single new wine arrives. By which numbers do you scale its 13 measurements?

# %% quiz="scaling_new" points=1
# a) by the means and standard deviations of the training rows
# b) by its own mean and standard deviation
# c) by those of all rows ever seen, the test rows included
scaling_new = "a"

# %% [markdown]
# ## Reflection (3 points, read by your instructor)
#
# A classmate reports 99 % accuracy on the validation rows and 81 % on the test rows. Name **two** causes in
# their pipeline that you would look for first, and for each say **what you would look at** to confirm it or
# rule it out. Four to six sentences.

# %% [markdown] manual="reflection" points=3
# The validation rows may have taken part in choosing the model: with many runs compared on the same rows, the
# best validation score is partly luck. I would count how many settings were tried, and score the chosen one on
# a fresh validation part. Or rows leaked from training into validation, for example because the data holds
# duplicates or was scaled and augmented before the split. I would look for equal rows in the two parts, and
# move the split to the very beginning.
#
# ### BEGIN MARK SCHEME
# One point for each plausible cause (selection on the validation rows, leakage or duplicates, a validation part
# too small or unlike the test part, a shift between the two), one for a way to tell that names what is measured.
# ### END MARK SCHEME

# %% [markdown]
# ## What older tutorials still say
#
# | you read | today | what happens otherwise |
# |---|---|---|
# | `SGD(lr=0.1)`, `optimizer.lr` | `learning_rate` | an error |
# | `fit(..., nb_epoch=10)` | `epochs=10` | an error |
# | `model.predict_classes(X)` | `predict(X)`, then `argmax` or a threshold | an error |
# | `Dense(16, input_dim=13)` | `keras.Input(shape=(13,))` first | a warning |
# | `keras.Input(shape=(13))` | `shape=(13,)`: a tuple | an error |
# | `model.save("wine.h5")` | `model.save("wine.keras")` | a warning, and an older format |
# | `evaluate` returning a list | `return_dict=True` | numbers without names |
# | the test set as `validation_data` | a validation part of its own | a report too good to be true |
# | "Keras runs on Theano and CNTK" | TensorFlow, JAX, PyTorch, OpenVINO | |

# %% [markdown]
# ## Take-away
#
# Define, compile, fit, evaluate, predict. The head and the loss follow from `y`; the scaler follows from the
# training rows; the report follows from rows that nobody touched before. Next: what happens *inside* the
# layers.
