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
# Every Keras model goes through the same five steps: you *define* it, *compile* it, *fit* it to data, *evaluate* it on
# data that it has not seen, and use it to *predict*. You will practice the steps here on small tables. Every later lab
# uses them.
#
# After this lab you can
#
# - choose the **head** and the **loss** for a problem by looking at the data;
# - **compile** a model with a metric that is easy to interpret and an optimizer that you configured;
# - **split and scale** data so that nothing leaks from the test set into training;
# - **fit** a model, read its History, and tell learning from memorizing;
# - turn outputs into **labels**, **save** a whole model, and **fix** code from an older tutorial.
#
# You need to know Python functions and NumPy arrays. This lab explains what tensors and layers are as you meet them.

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
# How to use this notebook: read the text, run the cells (<kbd>Shift</kbd>+<kbd>Enter</kbd>), and complete the
# functions that contain `raise NotImplementedError`. Below each exercise is a **check**. Run it as often as you like:
# it shows what it observed, what it expected, why that matters, and what to try next. You can open the hints one at a
# time.
#
# Checks look at what your model *is and does*, not at how you wrote it. Your solution may differ from ours.

# %% [markdown]
# ## A worked example: three kinds of wine
#
# The wine data set contains 13 measurements of each of 178 wines from three growers. Can a model identify the grower
# from the measurements?

# %%
X, y = data.wine.load(seed=0)
print("X:", X.shape, X.dtype, "· y:", y.shape, y.dtype, "· classes:", np.unique(y))

# %% [markdown]
# Before training, set some of the wines aside. You don't touch the **test set** until the very end. Another part of
# the rows becomes the **validation set**: after each epoch it shows how well the model predicts rows that it was not
# fitted to. The rest is the **training set**.
#
# The 13 columns have very different units: values of proline exceed a thousand, while hue stays near one. Scaling
# gives each column mean 0 and standard deviation 1. The scaler computes its means and standard deviations from the
# training set *only*.

# %%
X_rest, X_test, y_rest, y_test = train_test_split(X, y, test_size=0.2, random_state=0)
X_train, X_val, y_train, y_val = train_test_split(X_rest, y_rest, test_size=0.2, random_state=0)
scaler = StandardScaler().fit(X_train)
X_train, X_val, X_test = (scaler.transform(part) for part in (X_train, X_val, X_test))
print(len(X_train), "to train on,", len(X_val), "to validate,", len(X_test), "to test")

# %% [markdown]
# ### Step 1 · Define
#
# A model is a stack of layers. The two hidden layers learn useful combinations of the measurements. The last layer,
# the **head**, has one unit for each grower. `softmax` turns the three numbers that the head computes into
# probabilities that add up to one.

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
# `compile` sets three things: the **optimizer**, which updates the weights; the **loss**, the number that training
# minimizes; and the **metrics**, which are reported to you and have no effect on training. The labels are the integers
# 0, 1 and 2, so the loss is the *sparse* categorical cross-entropy.

# %%
model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.01),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)

# %% [markdown]
# ### Predict, then run · 1
#
# The model has not seen any wines yet. On average, each of its three probabilities is near ⅓. What loss will
# `evaluate` report? The cross-entropy of one prediction is $-\ln p$, where $p$ is the predicted probability of the
# correct class.
#
# Write your guess between the quotes, *then* run the next cell. Every guess earns the point, right or wrong.

# %% predict="first_loss" points=1
# a) close to 0, because it has made no mistakes yet
# b) close to 1.1
# c) close to 3, because each class adds 1
first_loss = "b"

# %%
untrained_loss, untrained_accuracy = model.evaluate(X_val, y_val, verbose=0)
print(f"loss {untrained_loss:.1f}, while -ln(1/3) = {np.log(3):.1f}")

# %% [markdown]
# If an untrained model starts far above $\ln(\text{number of classes})$, look for the reason: the inputs may not be
# scaled, or the head and the loss may not match.

# %% [markdown]
# ### Predict, then run · 2
#
# `fit` goes through the training set in batches of 32 samples and updates the weights once after each batch. One pass
# over the whole training set is an **epoch**. How many updates does `fit` make in one epoch on our 113 training
# samples?

# %% predict="moves_per_epoch" points=1
# a) 113
# b) 32
# c) 4
moves_per_epoch = "c"

# %% [markdown]
# ### Step 3 · Fit
#
# `verbose` sets how much `fit` prints: 1 shows a progress bar, 2 prints one line per epoch, and 0 prints nothing. Look
# at the first numbers of each epoch below: `4/4` counts the updates.

# %%
history = model.fit(X_train, y_train, validation_data=(X_val, y_val), epochs=3, verbose=2)

# %% [markdown]
# When you call `fit` again, training continues from the current weights. `fit` returns a **History**. Its attribute
# `history` is a dict with one list per curve, and each list has one number per epoch.

# %%
history = model.fit(X_train, y_train, validation_data=(X_val, y_val), epochs=27, verbose=0)
print({name: [round(float(v), 1) for v in values[:3]] + ["…"] for name, values in history.history.items()})
see.curves.plot_history(history)

# %% [markdown]
# Read the two curves together. If both fall, the model is learning. If the training loss falls while the validation
# loss rises, the model has begun to memorize the training set. If neither falls, something is wrong with the loss, the
# learning rate or the data.
#
# ### Step 4 · Evaluate
#
# Now use the test set, once. With `return_dict=True`, `evaluate` returns a dict with the name of each number.

# %%
scores = model.evaluate(X_test, y_test, verbose=0, return_dict=True)
print({name: round(float(value), 1) for name, value in scores.items()})

# %% [markdown]
# ### Step 5 · Predict
#
# `predict` returns the outputs of the head: here, three probabilities for each wine. The predicted label is the
# position of the largest.

# %%
probabilities = model.predict(X_test[:4], verbose=0)
print(np.round(probabilities, 1))
print("labels:", probabilities.argmax(axis=1), "· truth:", y_test[:4])

# %% [markdown]
# ## Heads and losses for the three kinds of problem
#
# | you predict | `y` contains | last layer | loss | metric |
# |---|---|---|---|---|
# | a measurement (*regression*) | floats | `Dense(1)`, no activation | `mean_squared_error` | `mae` |
# | one of two classes (*binary*) | 0 or 1 | `Dense(1, activation="sigmoid")` | `binary_crossentropy` | `accuracy` |
# | one of k classes (*multiclass*) | 0 … k−1 | `Dense(k, activation="softmax")` | `sparse_categorical_crossentropy` | `accuracy` |
#
# A head may also return **logits**, the scores before the sigmoid or softmax. In that case, set `from_logits=True` in
# the loss: `keras.losses.SparseCategoricalCrossentropy(from_logits=True)`. Both ways are fine, but the head and the
# loss must match. If the head returns logits and the loss expects probabilities, Keras raises no error and gives no
# warning. Also note that `"accuracy"` compares a single output with 0.5, which is the right threshold for a
# probability, not for a logit.
#
# The next two cells take the same five steps for the other two kinds of problem. The head, the loss, the metric and
# the optimizer change.

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
print(f"breast cancer, benign or malignant: {tumours['accuracy']:.0%} of the test samples classified correctly")

# %%
progression = five_steps(
    *data.diabetes.load(seed=0),
    head=keras.layers.Dense(1),
    loss="mean_squared_error",
    metric="mae",
    optimizer=keras.optimizers.Adam(learning_rate=0.05),
)
print(f"diabetes, progression after a year (25 to 346): mean absolute error about {progression['mae']:.0f}")

# %% [markdown]
# You have met two of Keras's optimizers. **SGD** takes a step against the gradient; with `momentum`, it carries part
# of each step over into the next. **Adam** adapts the step size of each weight and is a good first choice. Both take a
# `learning_rate`, which scales the step.

# %% [markdown]
# ## Exercise 1 · The right head (3 points)
#
# Write `model_and_loss(X, y)`. The function is given only the data. It returns **an uncompiled model** for rows like
# those of `X`, **and the loss** that matches its head: the cross-entropy for classes, a measure of the error for
# floats.
#
# | `y` | the problem |
# |---|---|
# | floats | regression |
# | integers 0 and 1 | binary |
# | integers 0 … k−1, k ≥ 3 | multiclass, k classes |
#
# The check uses them as in `model.compile(loss=loss)` and `model.fit(X, y)`, with `y` unchanged. For two classes,
# either one unit or two units is right. You choose the number of hidden layers, and whether the model returns
# probabilities or logits.

# %% exercise="heads"
def model_and_loss(X, y):
    """Return an uncompiled model and the loss that matches its head."""
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
with check.task("Regression: progression of diabetes") as task:
    patients, progress = data.diabetes.load()
    answer = task.run(student.model_and_loss, patients, progress)
    task.expect(check.head_and_loss(answer, patients, "regression"))
### BEGIN HIDDEN TESTS
with check.task("Regression: a new table") as task:
    rows, targets = check.measurements(80, int(check.rng("width").integers(3, 9)))
    answer = task.run(student.model_and_loss, rows, targets)
    task.expect(check.head_and_loss(answer, rows, "regression"))
### END HIDDEN TESTS

# %% test="heads/binary" points=1
with check.task("Two classes: benign and malignant tumors") as task:
    tumours_seen, benign = data.breast_cancer.load()
    answer = task.run(student.model_and_loss, tumours_seen, benign)
    task.expect(check.head_and_loss(answer, tumours_seen, "binary"))
### BEGIN HIDDEN TESTS
with check.task("Two classes: a new table") as task:
    rows, labels = check.clusters(80, int(check.rng("width").integers(3, 9)), 2)
    answer = task.run(student.model_and_loss, rows, labels)
    task.expect(check.head_and_loss(answer, rows, "binary"))
### END HIDDEN TESTS

# %% test="heads/multiclass" points=1
with check.task("Three classes: the growers of wines") as task:
    wines, grower = data.wine.load()
    answer = task.run(student.model_and_loss, wines, grower)
    task.expect(check.head_and_loss(answer, wines, "multiclass", classes=3))
### BEGIN HIDDEN TESTS
with check.task("More classes: a new table") as task:
    classes = int(check.rng("classes").integers(4, 8))
    rows, labels = check.clusters(120, int(check.rng("width").integers(3, 9)), classes)
    answer = task.run(student.model_and_loss, rows, labels)
    task.expect(check.head_and_loss(answer, rows, "multiclass", classes=classes))
### END HIDDEN TESTS

# %% [markdown] hint="heads"
# The table *Heads and losses* above has a row for each case. From `X` you need the number of columns; from `y` you
# need the dtype and the number of different labels.

# %% [markdown] hint="heads"
# The shape in `keras.Input(shape=(X.shape[1],))` is a tuple. The number of classes is `int(y.max()) + 1`. Use
# `"sigmoid"` and `"binary_crossentropy"` with one unit, `"softmax"` and `"sparse_categorical_crossentropy"` with
# several, and no activation and `"mean_squared_error"` for a measurement.

# %% [markdown]
# ## Exercise 2 · Compile (3 points)
#
# Write `compile_for(model, kind)`. The function is given a complete, uncompiled model. `kind` is `"regression"`,
# `"binary"` or `"multiclass"`. The heads are those of the table: no activation, one sigmoid unit, or a softmax. Labels
# are integers.
#
# Compile the model with
#
# - a loss that matches its head: for classes, the plain cross-entropy;
# - a metric: the mean absolute error for regression, the accuracy for classes;
# - stochastic gradient descent with **learning rate 0.05 and momentum 0.9**;
#
# and return it.

# %% exercise="compile"
def compile_for(model, kind):
    """Compile `model` for this kind of problem and return it."""
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
    with check.task(f"Loss and metric of a new model: {kind}") as task:
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
    with check.task(f"Optimizer: SGD with momentum for {kind}") as task:
        bare = keras.Sequential([keras.Input((4,)), keras.layers.Dense(*head)])
        compiled = task.run(student.compile_for, bare, kind)
        task.expect(check.is_model(compiled), check.same_model(compiled, bare), check.is_compiled(compiled))
        task.expect(check.steps_like_sgd(compiled, learning_rate=0.05, momentum=0.9))
### END HIDDEN TESTS

# %% [markdown] hint="compile"
# `compile` takes `optimizer=`, `loss=` and `metrics=[…]`. A string such as `"sgd"` gives you an optimizer with default
# settings; an object lets you choose the settings.

# %% [markdown] hint="compile"
# The optimizer is `keras.optimizers.SGD(learning_rate=0.05, momentum=0.9)`. Use the *sparse* cross-entropy with
# integer labels. Accuracy counts exact matches, which hardly ever occur with measurements: use `"mae"` for those.

# %% [markdown]
# ## Exercise 3 · Split and scale without leaking (3 points)
#
# Write `split_and_scale(X, y, seed)`. It returns three pairs `(X_train, y_train), (X_val, y_val), (X_test, y_test)`:
#
# - 60% of the rows are for training, 20% for validation and 20% for testing; each row is in exactly one part;
# - `seed` controls the shuffling: the same seed gives the same split, and a different seed gives a different one;
# - every column of `X` is shifted and scaled so that **the training part** has mean 0 and standard deviation 1; the
#   other two parts are scaled with the training part's means and standard deviations. `y` is unchanged.
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
with check.task("Three parts with each row in exactly one") as task:
    rows, names = check.named_rows(200, 5, "visible")
    parts = task.run(student.split_and_scale, rows, names, seed=3)
    task.expect(check.three_parts(parts), check.disjoint_parts(parts, names, (0.6, 0.2, 0.2)))
    task.expect(check.shuffled(parts, names))
### BEGIN HIDDEN TESTS
with check.task("Three parts of another table, with new seeds") as task:
    rows, names = check.named_rows(int(check.rng("rows").integers(120, 260)), 4, "hidden")
    parts, again, other = (task.run(student.split_and_scale, rows, names, seed=number) for number in (11, 11, 12))
    task.expect(check.three_parts(parts), check.three_parts(again), check.three_parts(other))
    task.expect(check.disjoint_parts(parts, names, (0.6, 0.2, 0.2)), check.shuffled(parts, names))
    task.expect(check.follows_seed(parts, again, other))
### END HIDDEN TESTS

# %% test="split/scale" points=2
with check.task("Scaling by the training part alone") as task:
    rows, names = check.named_rows(200, 5, "visible")
    parts = task.run(student.split_and_scale, rows, names, seed=3)
    task.expect(check.three_parts(parts), check.scaled_by_training(parts, rows, names))
### BEGIN HIDDEN TESTS
with check.task("Scaling by the training part alone: another table") as task:
    rows, names = check.named_rows(int(check.rng("rows").integers(120, 260)), 7, "hidden scale")
    parts = task.run(student.split_and_scale, rows, names, seed=8)
    task.expect(check.three_parts(parts), check.scaled_by_training(parts, rows, names))
    task.expect(check.disjoint_parts(parts, names, (0.6, 0.2, 0.2)))
### END HIDDEN TESTS

# %% [markdown] hint="split"
# Order matters. First split the rows. Then compute the mean and standard deviation of each column of the training
# part. Finally, apply these numbers to all three parts.

# %% [markdown] hint="split"
# `train_test_split(X, y, test_size=0.2, random_state=seed)` separates the test part. The validation part is 20% *of
# all rows*, which is 25% of the remaining ones. `StandardScaler().fit(X_train)` computes the means and standard
# deviations, and `.transform(part)` applies them.

# %% [markdown]
# ## Exercise 4 · Fit, and keep the History (3 points)
#
# Write `train(X, y, epochs, learning_rate)`. `X` is already scaled, and `y` holds the integers 0 … k−1. Build a
# classifier, compile it, fit it, and return **the model and its History**.
#
# - Train the model for `epochs` epochs, with `learning_rate` throughout. You choose the optimizer: Adam, or SGD with
#   momentum, learns fast enough.
# - After each epoch, validate the model on rows that are held back from training.
# - **The rows are sorted by class**, as they are in many files. Consider what this does to a validation set taken from
#   the end.

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
# `validation_split=0.2` takes the *last* fifth of the rows, before any shuffling. With five or more classes of equal
# size, sorted by class, that includes every row of the last class: the model never trains on it.

# %% [markdown] hint="fit"
# Hold rows back with `train_test_split(X, y, test_size=0.2, stratify=y)` and pass them to `fit` as
# `validation_data=(…, …)`. Pass `learning_rate=learning_rate` to the optimizer and `epochs=epochs` to `fit`. Return
# the model together with what `fit` returns.

# %% [markdown]
# ## Exercise 5 · From outputs to labels (2 points)
#
# Write `predict_labels(model, X, from_logits=False)`. It returns the predicted label of each row, as **one integer per
# row**, shape (N,). The model's output may be
#
# - one probability (from a sigmoid), with shape (N, 1) or (N,);
# - one logit, if `from_logits=True`;
# - one column per class, holding probabilities or logits.

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
with check.task("Outputs with one column per class") as task:
    for head in ("softmax", "logits"):
        planted, rows, labels = check.planted_model(head, classes=3, seed_=1)
        predicted = task.run(student.predict_labels, planted, rows, from_logits=head == "logits")
        task.expect(check.labels_are(predicted, labels, head))
### BEGIN HIDDEN TESTS
with check.task("Outputs with one column per class: new models") as task:
    for head, classes in (("softmax", 2), ("softmax", 5), ("logits", 2), ("logits", 4)):
        planted, rows, labels = check.planted_model(head, classes, check.seed("columns", head, classes))
        predicted = task.run(student.predict_labels, planted, rows, from_logits=head == "logits")
        task.expect(check.labels_are(predicted, labels, f"{classes}-column {head}"))
### END HIDDEN TESTS

# %% test="labels/one_number" points=1
with check.task("Outputs with one number per row") as task:
    for head in ("sigmoid", "one logit"):
        planted, rows, labels = check.planted_model(head, classes=2, seed_=2)
        predicted = task.run(student.predict_labels, planted, rows, from_logits=head == "one logit")
        task.expect(check.labels_are(predicted, labels, head))
### BEGIN HIDDEN TESTS
with check.task("Outputs with one number per row: new models") as task:
    for head in ("sigmoid", "flat sigmoid", "one logit"):
        planted, rows, labels = check.planted_model(head, 2, check.seed("one", head))
        predicted = task.run(student.predict_labels, planted, rows, from_logits=head == "one logit")
        task.expect(check.labels_are(predicted, labels, head))
        single = task.run(student.predict_labels, planted, rows[:1], from_logits=head == "one logit")
        task.expect(check.labels_are(single, labels[:1], head))
### END HIDDEN TESTS

# %% [markdown] hint="labels"
# Look at `outputs.shape` first. With several columns, the label is the position of the largest output. It doesn't
# matter whether the columns hold probabilities or logits: why?

# %% [markdown] hint="labels"
# For several columns, use `outputs.argmax(axis=1)`. For one column, flatten the outputs with `.reshape(-1)`, compare
# them with 0.5, or with 0 for logits (the sigmoid of 0 is ½), and convert the result with `.astype(int)`.

# %% [markdown]
# ## Exercise 6 · Save, load, evaluate again (2 points)
#
# Write `save_load_evaluate(model, path, X, y)`. Save the whole compiled model to `path`, which ends in `.keras`. Load
# a model **from the file**, evaluate the loaded model on `(X, y)`, and return **the loaded model and its scores**, as
# a dict with the names of the metrics as keys.

# %% exercise="save"
def save_load_evaluate(model, path, X, y):
    """Save `model`, load it, and return (the loaded model, its scores as a dict)."""
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
with check.task("A model with a different head, metric and depth") as task:
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
# A `.keras` file contains the architecture, the weights, the settings from `compile` and the state of the optimizer. A
# method of the model writes the file, and a function in `keras.saving` reads it.

# %% [markdown] hint="save"
# Call `model.save(path)`, then `restored = keras.saving.load_model(path)`. `evaluate` returns a dict only with
# `return_dict=True`. Return the model that you *loaded*, not the one passed to your function.

# %% [markdown]
# ## Exercise 7 · Debug this (3 points)
#
# The code below is in the style of an older tutorial. **Five things are wrong with it.** Four of them raise an error,
# one after another. The fifth raises none, but it makes the reported results look too good.
#
# `wine_experiment(X_train, y_train, X_test, y_test, epochs)` takes scaled rows and integer labels. It should train a
# softmax classifier with plain SGD at learning rate 0.05 and validate it after each epoch. It returns the model, its
# History and the predicted label of each test row (integers, shape (N,)).

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
    # raise NotImplementedError("Delete this line, then fix the code below.")
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
with check.task("The fixed code on made-up wines", watch_fit=True) as task:
    rows, labels = check.clusters(960, 6, 3, "debug")
    answer = task.run(student.wine_experiment, rows[::2], labels[::2], rows[1::2], labels[1::2], epochs=4)
    task.expect(check.experiment(answer, task.fits, rows[1::2], labels[1::2], 4, learning_rate=0.05, at_least=0.65))
### BEGIN HIDDEN TESTS
with check.task("The fixed code on other data, with four classes", watch_fit=True) as task:
    rows, labels = check.clusters(960, 8, 4, "debug again")
    answer = task.run(student.wine_experiment, rows[::2], labels[::2], rows[1::2], labels[1::2], epochs=5)
    task.expect(check.experiment(answer, task.fits, rows[1::2], labels[1::2], 5, learning_rate=0.05, at_least=0.65))
### END HIDDEN TESTS

# %% [markdown] hint="debug"
# Run the code, read the last line of the error, fix that one thing, and run it again. When there are no more errors,
# look at each argument of `fit`. `fit` doesn't train on its validation data, but you use that data to choose the
# epochs and the settings. Which rows must play no part in any choice?

# %% [markdown] hint="debug"
# `lr` is now `learning_rate`, and `nb_epoch` is now `epochs`. `predict_classes` was removed: use `predict` and
# `argmax`. Integer labels need the *sparse* loss. The validation rows must come from the training rows.

# %% [markdown]
# ## See it learn
#
# The data are two interleaving half-moons, and the network has one hidden layer. Move through training with the
# slider. When is the boundary straight, when does it bend, and when does it stop changing although the loss still
# falls?

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
# Write one letter between the quotes. The check records your choice; it is graded after you submit.

# %% [markdown]
# **1.** You add `metrics=["accuracy"]` to `compile` and change nothing else. What happens to training?

# %% quiz="metrics_role" points=1
# a) the optimizer now maximizes the accuracy
# b) nothing: metrics are reported, and only the loss drives the updates
# c) the loss is replaced by one minus the accuracy
metrics_role = "b"

# %% [markdown]
# **2.** Over the last ten epochs the training loss fell from 0.20 to 0.05, while the validation loss rose from 0.30 to
# 0.45. What does this show?

# %% quiz="reading_curves" points=1
# a) the learning rate is too low
# b) the model has begun to memorize the training set
# c) the validation set was used for training
reading_curves = "b"

# %% [markdown]
# **3.** Your trained model is in use, and a single new wine arrives. Which means and standard deviations do you use to
# scale its 13 measurements?

# %% quiz="scaling_new" points=1
# a) those of the training set
# b) its own mean and standard deviation
# c) those of all wines so far, including the test set
scaling_new = "a"

# %% [markdown]
# ## Reflection (3 points, read by your instructor)
#
# A classmate reports 99% accuracy on the validation set and 81% on the test set. Name **two** possible causes in their
# pipeline that you would check first. For each, say **what you would look at** to confirm it or rule it out. Write
# four to six sentences.

# %% [markdown] manual="reflection" points=3
# The validation set may have been used to choose the model: if many runs are compared on the same rows, the best
# validation score is partly luck. I would count how many settings were tried, and evaluate the chosen one on new
# validation rows. Or rows leaked from the training set into the validation set, for example because the data contains
# duplicates, or because it was scaled and augmented before the split. I would look for identical rows in the two sets,
# and make the split the very first step.
#
# ### BEGIN MARK SCHEME
# One point for each plausible cause (selection on the validation set, leakage or duplicates, a validation set that is
# too small or unlike the test set, a shift between the two), up to two. One point for a way to confirm or rule out a
# cause that names what is measured.
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
# | the test set as `validation_data` | a separate validation set | a result that looks too good if you choose by it |
# | "Keras runs on Theano and CNTK" | TensorFlow, JAX and PyTorch; OpenVINO for inference only | |

# %% [markdown]
# ## Take-away
#
# Define, compile, fit, evaluate, predict. The head and the loss depend on `y`. The scaler is fitted to the training
# set. The final result comes from a test set that played no part in any choice.
