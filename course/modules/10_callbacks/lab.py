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
#   title: "Callbacks and training history: watch, stop, save, diagnose"
#   minutes: 90
#   timeout: 120
# ---

# %% [markdown]
# # Lab 10 · Callbacks and training history
#
# **90 minutes · 32 points**
#
# Training takes minutes, or days. You don't want to watch the whole run, and you don't want to find out at the end
# that the best epoch was long ago. A **callback** watches for you. It is an object whose methods `fit` calls at
# certain moments. It can record numbers, save the model, change the learning rate, or end the training run.
#
# After this lab you can
#
# - **stop** a training run in time and keep the **best** epoch, in memory and in a file;
# - **schedule** the learning rate over the epochs, and **search** for a good one before training begins;
# - **write callbacks** of your own: a guard against broken losses, and a logger whose numbers TensorBoard can read;
# - **plot** a training history and find its best epoch, whether lower or higher is better;
# - **diagnose** six problems of training from their curves, by rules that a program can follow.
#
# You need lab 01: `compile`, `fit`, the History, training and validation sets.

# %%
from course import data, see
from grader import check, student

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(1)

# %% [markdown]
# ## Forty epochs without supervision
#
# The data is two half-moons of points, with only sixty points to train on. The network is far too large for so few
# points. The callback `see.monitor.Live()` draws the curves during training. It comes with the course, and you can use
# it in every lab: pass it to `fit`, together with `verbose=0`, which turns off Keras's own progress bar.

# %%
points, side = data.moons.load(seed=2, n=160, noise=0.3)
X_train, y_train, X_val, y_val = points[:60], side[:60], points[60:], side[60:]


def network(width=64):
    return keras.Sequential(
        [
            keras.Input(shape=(2,)),
            keras.layers.Dense(width, activation="relu"),
            keras.layers.Dense(width, activation="relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )


model = network()
model.compile(keras.optimizers.Adam(learning_rate=0.02), loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(
    X_train,
    y_train,
    validation_data=(X_val, y_val),
    epochs=40,
    batch_size=20,
    verbose=0,
    callbacks=[see.monitor.Live()],
)

# %% [markdown]
# The training loss falls until the end. The validation loss reaches its minimum early and then rises. From there on,
# the network memorizes the sixty points: it **overfits**. You asked `fit` for forty epochs, so `fit` trained for
# forty, and the model now has the weights of the *last* one. The weights with the lowest validation loss are gone.
# This lab is about preventing that.
#
# Which epoch is the *best* depends on the number that you look at. The validation accuracy may well be highest in a
# different epoch.

# %% [markdown]
# ## When `fit` calls a callback
#
# A callback is an object of a class that you derive from `keras.callbacks.Callback`. You write only the methods that
# you need, and `fit` calls them by name.
#
# | method | when | arguments |
# |---|---|---|
# | `on_train_begin` | once, before the first epoch | `logs` |
# | `on_epoch_begin` | before each epoch | `epoch, logs` |
# | `on_train_batch_begin` | before each batch | `batch, logs` |
# | `on_train_batch_end` | after each batch, when the weights have been updated | `batch, logs` |
# | `on_epoch_end` | after each epoch and its validation | `epoch, logs` |
# | `on_train_end` | once, after the last epoch | `logs` |
#
# `epoch` and `batch` count from 0. `logs` is a dict of the numbers known at that moment. After an epoch it holds the
# `loss`, the metrics, and also `val_loss` and the like. After a batch it holds the `loss` and the metrics, each as the
# **mean over the epoch so far**: if the first two batches have the losses 4 and 2, the second call gets 3. The caller
# may also pass `logs=None`, so your method has to work without numbers.
#
# Inside a method, `self.model` is the model in training. Two of its attributes let you control training:
#
# - `self.model.stop_training = True` ends the training run. If you set it in a batch method, no further batch is
#   trained, but `fit` still runs the validation and calls `on_epoch_end`. If you set it in `on_epoch_end`, training
#   ends after that epoch.
# - `self.model.optimizer.learning_rate = 0.01` sets the learning rate of the next steps. (If the optimizer was created
#   with a learning-rate schedule, the assignment raises an error.)
#
# ### A complete callback
#
# This callback keeps a diary.

# %%
class Diary(keras.callbacks.Callback):
    """Records every call, and prints one line for each epoch."""

    def on_train_begin(self, logs=None):
        self.calls = ["train begins"]

    def on_train_batch_end(self, batch, logs=None):
        self.calls.append(f"batch {batch}")

    def on_epoch_end(self, epoch, logs=None):
        logs = logs or {}
        self.calls.append(f"epoch {epoch} ends")
        print(f"epoch {epoch}: the logs hold {', '.join(logs)}")

    def on_train_end(self, logs=None):
        self.calls.append("train ends")


# %% [markdown]
# ### Predict, then run · 1
#
# We train on the 60 points for 2 epochs, in batches of 25. How many times does `fit` call `on_train_batch_end`?
#
# Put the letter of your guess between the quotes, *then* run the next cell. A guess earns the point, right or wrong.

# %% predict="batch_calls" points=1
# a) 2
# b) 4
# c) 6
batch_calls = "c"

# %%
diary = Diary()
model.fit(
    X_train,
    y_train,
    validation_data=(X_val, y_val),
    epochs=2,
    batch_size=25,
    verbose=0,
    callbacks=[diary],
)
print(" · ".join(diary.calls))

# %% [markdown]
# The batches have 25, 25 and 10 samples: three per epoch. `callbacks=[…]` takes a list, and `fit` calls the callbacks
# in that order.

# %% [markdown]
# ## Testing a callback without `fit`
#
# A callback only needs method calls and numbers. So you can test a callback without `fit`: call its methods yourself,
# with made-up numbers, and look at what the callback does. A whole training run then takes a moment. The checks of
# this lab work like this. `check.logs` turns curves into the logs of each epoch; `check.drive` calls the methods of
# the callback with these logs and returns what happened. Its model is tiny, and no training takes place: in each
# epoch, `drive` sets every weight to the number of the epoch, from 0. So the weights at the end show which epoch they
# come from.
#
# The first example is Keras's own `EarlyStopping`. It watches one of the numbers in the logs, its **monitor**
# (`see.monitor` from above has nothing to do with it). It ends training when the monitor has not improved for a number
# of epochs in a row, the **patience**.
#
# ### Predict, then run · 2
#
# The validation losses of six epochs are 5, 3, 2, 4, 3, 6, and the patience is 2. After which epoch does training end,
# counting from 1?

# %% predict="stops_after" points=1
# a) after epoch 4, the first that is worse than the one before
# b) after epoch 5, the second in a row that is no better than the best
# c) after epoch 6, the second that is worse than the one before
stops_after = "b"

# %%
stopper = keras.callbacks.EarlyStopping(monitor="val_loss", patience=2)
seen = check.drive(stopper, check.logs(loss=[6, 5, 4, 3, 2, 1], val_loss=[5, 3, 2, 4, 3, 6]))
print(f"{seen.epochs} epochs ran; at the end, the model has the weights of epoch {int(seen.weights) + 1}")

# %% [markdown]
# `EarlyStopping` compares each epoch with the *best so far*, not with the one before. A loss of 3 after a loss of 4 is
# better than the previous epoch, but no better than the best loss, which is 2.
#
# Look at the second half of the line, too. The best epoch was the third, but the model has the weights of the fifth:
# by default, `EarlyStopping` ends training and leaves the weights unchanged. One argument changes that. You will need
# it in a minute.
#
# The monitor has to be a name that is in the logs. If it is misspelled, the effect depends on `mode`. With
# `mode="min"` or `mode="max"`, `EarlyStopping` only warns after each epoch, and never stops. With the default mode,
# `EarlyStopping` raises an error, because it can't tell whether lower or higher is better; so does `ModelCheckpoint`
# when it saves only the best epoch. And `val_loss` without validation data only leads to a warning, whatever the mode.
#
# | callback in Keras | what it does |
# |---|---|
# | `EarlyStopping` | ends training when the monitor no longer improves |
# | `ModelCheckpoint` | saves the model after each epoch, or only after an improvement |
# | `LearningRateScheduler` | sets the learning rate of each epoch with a function of yours |
# | `ReduceLROnPlateau` | lowers the learning rate when the monitor no longer improves |
# | `TerminateOnNaN` | ends training when the loss is `nan` or infinite |
# | `CSVLogger` | writes the numbers of each epoch to a file (a new file, unless you set `append=True`) |
# | `TensorBoard` | writes curves, and more, for the program TensorBoard |
# | `LambdaCallback` | turns functions into a callback |

# %% [markdown]
# ## Exercise 1 · Stop in time (3 points)
#
# Write `stop_in_time(monitor, mode, patience)`. It returns a callback that
#
# - watches the number called `monitor`, where `mode` is `"min"` if lower is better and `"max"` if higher is better
#   (pass `mode` on: Keras may not know the score, and then it can't infer the mode);
# - ends training when `patience` epochs in a row were no better than the best one before them;
# - leaves the model with **the weights of the best epoch**, even if training ran for all its epochs.

# %% exercise="stopping"
def stop_in_time(monitor, mode, patience):
    """Return a callback that ends training in time and restores the best weights."""
    ### BEGIN SOLUTION
    return keras.callbacks.EarlyStopping(monitor=monitor, mode=mode, patience=patience, restore_best_weights=True)
    ### STUB
    # raise NotImplementedError("Delete this line and complete the next.")
    # return keras.callbacks.EarlyStopping(...)
    ### END SOLUTION


# %% test="stopping/moment" points=2
with check.task("Epoch in which training ends") as task:
    made_up = check.logs(
        loss=[9, 8, 7, 6, 5, 4, 3], val_loss=[5, 3, 4, 2, 4, 3, 6], val_score=[0.2, 0.5, 0.6, 0.9, 0.7, 0.8, 0.6]
    )
    task.expect(check.is_callback(student.stop_in_time, ("val_loss", "min", 2)))
    for about, last, arguments in (
        ("loss, patience 2", 5, ("val_loss", "min", 2)),
        ("score, patience 1", 4, ("val_score", "max", 1)),
        ("score, patience 4", None, ("val_score", "max", 4)),
    ):
        task.expect(check.stops_at(student.stop_in_time, made_up, last, about=about, arguments=arguments))
### BEGIN HIDDEN TESTS
with check.task("Epoch in which training ends: other curves") as task:
    for turn, waits in zip(check.sizes(3, 3, 9), check.sizes(3, 2, 4), strict=True):
        steps = check.rng("steps", turn).uniform(0.1, 1.0, turn + 1).cumsum()
        curve = [*(20 - steps), *(20 - steps[-1] + check.rng("after", turn).uniform(0.1, 3, 6))]
        curve[1:1] = [25.0] * (waits - 1)  # worse for a while, but not for long enough
        loss, score = check.logs(val_loss=curve), check.logs(val_f1=[30 - value for value in curve])
        last = turn + 2 * waits - 1
        for logs, name, mode in ((loss, "val_loss", "min"), (score, "val_f1", "max")):
            about = f"{name}, {mode}, patience {waits}"
            task.expect(check.stops_at(student.stop_in_time, logs, last, about=about, arguments=(name, mode, waits)))
### END HIDDEN TESTS

# %% test="stopping/weights" points=1
with check.task("Weights after training") as task:
    made_up = check.logs(loss=[9, 8, 7, 6, 5], val_loss=[5, 3, 2, 4, 3], val_score=[0.2, 0.9, 0.6, 0.5, 0.7])
    task.expect(check.is_callback(student.stop_in_time, ("val_loss", "min", 2)))
    for about, best, arguments in (
        ("weights, stopped early", 2, ("val_loss", "min", 1)),
        ("weights, by score", 1, ("val_score", "max", 2)),
        ("weights, never stopped", 2, ("val_loss", "min", 9)),
    ):
        task.expect(check.restores_best(student.stop_in_time, made_up, best, about=about, arguments=arguments))
### BEGIN HIDDEN TESTS
with check.task("Weights after training: other curves") as task:
    for epochs, waits in zip(check.sizes(2, 5, 9, "weights"), (2, 20), strict=True):
        curve = check.rng("weights", epochs).permutation(epochs) + 1.0
        _, best = see.curves.stops(curve, waits)
        loss, score = check.logs(val_loss=curve), check.logs(val_f1=10 - curve)
        task.expect(check.restores_best(student.stop_in_time, loss, best - 1, arguments=("val_loss", "min", waits)))
        task.expect(check.restores_best(student.stop_in_time, score, best - 1, arguments=("val_f1", "max", waits)))
### END HIDDEN TESTS

# %% [markdown] hint="stopping"
# `EarlyStopping` has an argument for each of these points. You are given the values of three. The fourth is a switch;
# its documentation (`keras.callbacks.EarlyStopping?`) describes it as *whether to restore model weights from the epoch
# with the best value*.

# %% [markdown] hint="stopping"
# `EarlyStopping(monitor=monitor, mode=mode, patience=patience, restore_best_weights=…)`. Pass all of them by name:
# without `monitor`, the callback watches `val_loss`, whatever name your function was given.

# %% [markdown]
# ## How much patience?
#
# Look at the forty epochs from above again. With little patience, a random fluctuation ends training. With a lot of
# patience, you pay for epochs that only make the model worse. Move the slider: from which patience on do you get the
# best weights, and what does each further epoch of patience cost?

# %%
see.curves.explore_patience(history)

# %% [markdown]
# ## Exercise 2 · Keep the best on disk (2 points)
#
# Weights in memory are gone when the kernel dies. Write `keep_best(path, monitor, mode)`. It returns a callback that
# saves **the whole model** to `path`, which ends in `.keras`, **whenever** `monitor` has improved. So the file always
# holds the best epoch so far, even if training crashes.

# %% exercise="checkpoint"
def keep_best(path, monitor, mode):
    """Return a callback that saves the best model so far in the file `path`."""
    ### BEGIN SOLUTION
    return keras.callbacks.ModelCheckpoint(path, monitor=monitor, mode=mode, save_best_only=True)
    ### END SOLUTION


# %% test="checkpoint" points=2
with check.task("Epoch saved in the file") as task:
    made_up = check.logs(loss=[5, 4, 3, 2], val_loss=[5, 2, 4, 3], val_score=[0.2, 0.5, 0.9, 0.7])
    task.expect(check.is_callback(student.keep_best, (check.scratch_path("any.keras"), "val_loss", "min")))
    for about, best, watched in (
        ("the file, by loss", 1, ("val_loss", "min")),
        ("the file, by score", 2, ("val_score", "max")),
    ):
        path = check.scratch_path("best.keras")
        task.expect(
            check.writes_best(
                student.keep_best, made_up, path, best, about=about, whole=True, arguments=(path, *watched)
            )
        )
    path = check.scratch_path("crashed.keras")
    task.expect(
        check.writes_best(
            student.keep_best,
            made_up[:3],
            path,
            1,
            about="the file after a crash",
            whole=True,
            arguments=(path, "val_loss", "min"),
            interrupted=True,
        )
    )
### BEGIN HIDDEN TESTS
with check.task("Epoch saved in the file: another monitor, other curves") as task:
    for epochs, last in zip(check.sizes(2, 4, 6, "checkpoint"), (0.5, 9.0), strict=True):
        curve = [*(check.rng("checkpoint", epochs).permutation(epochs - 1) + 1.0), last]
        for watched, values in ((("val_loss", "min"), curve), (("val_f1", "max"), 10 - np.array(curve))):
            path = check.scratch_path(f"epochs_{epochs}.keras")
            task.expect(
                check.writes_best(
                    student.keep_best,
                    check.logs(**{watched[0]: values}),
                    path,
                    int(np.argmin(curve)),
                    whole=True,
                    arguments=(path, *watched),
                    interrupted=watched[1] == "max",
                )
            )
### END HIDDEN TESTS

# %% [markdown] hint="checkpoint"
# The table above names the callback. By default it saves after *every* epoch and overwrites the file. The file then
# holds the last epoch, not the best one.

# %% [markdown] hint="checkpoint"
# `keras.callbacks.ModelCheckpoint(path, monitor=…, mode=…, save_best_only=…)`. Leave `save_weights_only` at its
# default: to use a file of weights, you also need the code that built the model.

# %% [markdown]
# ## A schedule for the learning rate
#
# Large steps make fast progress; small steps let the model settle. At the very beginning, while the weights are still
# random and the loss is steep, large steps do harm. So many training runs **warm up** first and then **decay**:

# %%
see.curves.warm_up_and_cosine(peak=0.1, warm_up=5, total=30)

# %% [markdown]
# With epochs $e = 0, 1, 2, …$ counted from 0, as callbacks do, and $w$ epochs of warm-up among $n$ in total:
#
# $$
# \text{rate}(e) = \begin{cases}
# \text{peak} \cdot \dfrac{e + 1}{w} & \text{for } e < w \\[2ex]
# \text{peak} \cdot \dfrac{1}{2}\left(1 + \cos\left(\pi\,\dfrac{e - w}{n - w}\right)\right) & \text{for } e \ge w
# \end{cases}
# $$
#
# The peak lasts for two epochs: the last of the warm-up, $e = w - 1$, and the first of the decay, $e = w$. In the
# figure these are epochs 4 and 5.
#
# ## Exercise 3 · Warm-up and cosine (3 points)
#
# Write `warm_up_cosine(peak, warm_up, total)`. It returns a **callback** that sets this rate before the first batch of
# each epoch and leaves it unchanged until the next epoch. `warm_up` is at least 1 and less than `total`. The same
# callback may be used in a second call of `fit`, which starts the schedule from the beginning.

# %% exercise="schedule"
def warm_up_cosine(peak, warm_up, total):
    """Return a callback that sets the learning rate: up in `warm_up` epochs, then down along half a cosine."""
    ### BEGIN SOLUTION
    def rate(epoch):
        if epoch < warm_up:
            return peak * (epoch + 1) / warm_up
        return 0.5 * peak * (1 + np.cos(np.pi * (epoch - warm_up) / (total - warm_up)))

    return keras.callbacks.LearningRateScheduler(rate)
    ### STUB
    # raise NotImplementedError("Delete this line and complete the lines below.")
    # def rate(epoch):
    #     if epoch < warm_up:
    #         return ...
    #     return ...
    #
    # return ...
    ### END SOLUTION


# %% test="schedule" points=3
with check.task("Learning rates: four epochs of warm-up, eight of decay") as task:
    planned = np.concatenate([0.2 * np.arange(1, 5) / 4, 0.1 * (1 + np.cos(np.pi * np.arange(8) / 8))])
    task.expect(check.is_callback(student.warm_up_cosine, (0.2, 4, 12)))
    task.expect(
        check.learning_rate_trace(student.warm_up_cosine, list(planned), arguments=(0.2, 4, 12), learning_rate=0.07)
    )
### BEGIN HIDDEN TESTS
with check.task("Learning rates: other schedules, and a second call of `fit`") as task:
    for warm, falling in zip(check.sizes(3, 1, 6, "warm"), check.sizes(3, 3, 12, "falling"), strict=True):
        top = float(check.rng("peak", warm).uniform(0.001, 0.5))
        planned = [top * (e + 1) / warm for e in range(warm)]
        planned += [top * (1 + np.cos(np.pi * e / falling)) / 2 for e in range(falling)]
        task.expect(
            check.learning_rate_trace(
                student.warm_up_cosine,
                planned,
                arguments=(top, warm, warm + falling),
                about=f"learning rate, warm-up {warm}, total {warm + falling}",
            )
        )
    task.expect(
        check.learning_rate_trace(
            student.warm_up_cosine,
            planned,
            arguments=(top, warm, warm + falling),
            about="learning rate in a second call of `fit`",
            fits=2,
        )
    )
### END HIDDEN TESTS

# %% [markdown] hint="schedule"
# `LearningRateScheduler(function)` calls the function with the number of each epoch, from 0, and sets the rate that it
# returns. Define the function inside yours, so that it can use `peak`, `warm_up` and `total`.

# %% [markdown] hint="schedule"
# The warm-up is `peak * (epoch + 1) / warm_up`. The decay is `0.5 * peak * (1 + np.cos(np.pi * …))`, with the fraction
# of the decay that has passed: `(epoch - warm_up) / (total - warm_up)`. `LearningRateScheduler(…)` turns the function
# into a callback: return that callback.

# %% [markdown]
# ## Exercise 4 · A guard against broken losses (2 points)
#
# One batch with a bad value, or one step that is too large, and the loss is `nan` (*not a number*) or infinite. From
# then on, all weights are useless, and so are the remaining hours of training.
#
# Complete the class `NaNGuard`: it ends training **at the first batch** whose `loss` in the logs is `nan` or infinite.
# It ignores everything else: logs that are `None`, logs without a `loss`, other metrics that are `nan`.

# %% exercise="guard"
class NaNGuard(keras.callbacks.Callback):
    """Ends training at the first batch whose loss is not a finite number."""

    def on_train_batch_end(self, batch, logs=None):
        ### BEGIN SOLUTION
        loss = (logs or {}).get("loss")
        if loss is not None and not np.isfinite(loss):
            self.model.stop_training = True
        ### END SOLUTION


# %% test="guard" points=2
with check.task("Batch at which training ends") as task:
    fine = check.logs(loss=[1, 1, 1])
    told = {
        "why": "After a loss that is not finite, every further batch is useless; otherwise, training has to continue.",
        "next": "Set `self.model.stop_training = True` in `on_train_batch_end`, but only if the logs hold a `loss` "
        "that is not a finite number.",
    }
    for about, value in (("nan", np.nan), ("infinity", np.inf)):
        broken = [[{"loss": 1.0}, {"loss": 0.5}], [{"loss": 0.7}, {"loss": value}], [{"loss": 0.5}] * 2]
        task.expect(check.stops_at(student.NaNGuard, fine, (1, 1), about=about, batches=broken, **told))
    sound = [[{"loss": 1.0}, {"loss": 0.0}], [{"loss": 0.5, "accuracy": np.nan}] * 2, [{"loss": 0.5}] * 2]
    task.expect(check.stops_at(student.NaNGuard, fine, None, about="finite losses", batches=sound, **told))
    empty = [[None, {}]] * 2
    task.expect(check.stops_at(student.NaNGuard, [None] * 2, None, about="logs without numbers", batches=empty, **told))
### BEGIN HIDDEN TESTS
with check.task("Batch at which training ends: other logs") as task:
    four = check.logs(loss=[1, 1, 1, 1])
    for epoch, batch, value in ((0, 0, np.nan), (2, 3, -np.inf), (3, 1, np.inf)):
        broken = [[{"loss": 2.0, "accuracy": 0.5} for _ in range(4)] for _ in range(4)]
        broken[epoch][batch]["loss"] = float(value)
        task.expect(check.stops_at(student.NaNGuard, four, (epoch, batch), about=f"{value}", batches=broken, **told))
    for about, log in (
        ("another metric that is nan", {"loss": 1.0, "accuracy": np.nan}),
        ("logs without a loss", {"accuracy": 0.5}),
        ("logs that are `None`", None),
        ("a loss of 1e30", {"loss": 1e30}),
        ("a loss below 0", {"loss": -5.0}),
    ):
        task.expect(check.stops_at(student.NaNGuard, four, None, about=about, batches=[[log] * 2] * 4, **told))
### END HIDDEN TESTS

# %% [markdown] hint="guard"
# `nan` is not equal to anything, not even to itself, so `loss == np.nan` is never true. `np.isfinite(value)` is false
# for `nan` and for both infinities.

# %% [markdown] hint="guard"
# `loss = (logs or {}).get("loss")` is `None` if there is no such number. If there is one and it isn't finite, set
# `self.model.stop_training = True`.

# %% [markdown]
# ## Numbers for TensorBoard
#
# TensorBoard is a program that draws curves in the browser during training, and can compare many training runs. It
# reads **event files**, which TensorFlow writes. A *writer* belongs to a folder. Each number is stored under a name,
# the **tag**, together with its **step**. (`check.scratch_path` returns a path in a new temporary folder.)

# %%
folder = check.scratch_path("events")
writer = tf.summary.create_file_writer(folder)
with writer.as_default():
    for step, value in enumerate([0.75, 0.5, 0.25]):
        see.events.scalar("loss", value, step=step)
print(see.events.read(folder))  # step and number

# %% [markdown]
# Numbers stay in memory until the writer is **flushed**. That happens when the `with` block ends, and only then are
# they in the file. `see.events.scalar` does what `tf.summary.scalar` does. `tf.summary.scalar` needs the package
# `tensorboard`, which used to be installed with TensorFlow and no longer is; without the package, it raises an error.
# So does `keras.callbacks.TensorBoard(folder)`, which writes all losses and metrics after each epoch.
# `pip install tensorboard` makes both work, and `tensorboard --logdir FOLDER` shows files like the one above.
#
# What would you like to see that Keras doesn't write? The **gradient** of the loss has one number for each weight: how
# fast the loss changes as that weight increases. Its **norm**, the square root of the sum of all squares, measures how
# strongly the loss depends on the weights at this point. The norm often falls as training settles, and often grows
# very large before training breaks down.
#
# `tf.GradientTape` records what is computed inside its block, and then returns the gradient. Lab 09 explains it; here
# you need only these lines.

# %%
with tf.GradientTape() as tape:
    outputs = model(X_train, training=False)
    value = model.compute_loss(x=X_train, y=y_train, y_pred=outputs)
gradients = tape.gradient(value, model.trainable_variables)
print(len(gradients), "arrays, of the shapes", [tuple(g.shape) for g in gradients])
print("a norm above 0:", bool(tf.linalg.global_norm(gradients) > 0))

# %% [markdown]
# `model.compute_loss` computes the loss that you passed to `compile`, and `tf.linalg.global_norm` takes the square
# root of the sum of squares over all arrays together. Some layers behave differently in training mode, and some update
# statistics of the data that passes through them. `training=False` calls the model in inference mode, which changes
# nothing.
#
# ## Exercise 5 · A logger for the gradient (3 points)
#
# Write the callback `GradientNorm(folder, X, y)`. **After each epoch** it
#
# - computes the gradient of the model's loss on exactly the samples `(X, y)`, with respect to all trainable weights,
#   and its norm: one number for all of them together;
# - writes the norm to an event file in `folder`, under the tag `gradient_norm`, with the epoch (from 0) as its step.
#   The number has to be in the file (flushed) when the method returns: then TensorBoard can show it during training,
#   and it is there even if training is interrupted.
#
# The callback only observes: training ends with the same weights with and without it.

# %% exercise="gradient"
class GradientNorm(keras.callbacks.Callback):
    """Writes the norm of the gradient on (X, y) to an event file after each epoch."""

    def __init__(self, folder, X, y):
        ### BEGIN SOLUTION
        super().__init__()
        self.X, self.y = X, y
        self.writer = tf.summary.create_file_writer(folder)
        ### END SOLUTION

    def on_epoch_end(self, epoch, logs=None):
        ### BEGIN SOLUTION
        with tf.GradientTape() as tape:
            outputs = self.model(self.X, training=False)
            loss = self.model.compute_loss(x=self.X, y=self.y, y_pred=outputs)
        gradients = tape.gradient(loss, self.model.trainable_variables)
        with self.writer.as_default():
            see.events.scalar("gradient_norm", tf.linalg.global_norm(gradients), step=epoch)
        ### END SOLUTION


# %% test="gradient/numbers" points=2
with check.task("Gradient norms in the event file of an interrupted training run") as task:
    rows, targets = check.normal((16, 2), "rows"), check.normal((16, 1), "targets")
    # The model is linear, and in epoch e each of its three weights is e: its gradient can be computed by hand.
    errors = [epoch * (rows.sum(axis=1, keepdims=True) + 1) - targets for epoch in range(3)]
    slopes = [[*(2 * (error * rows).mean(axis=0)), 2 * error.mean()] for error in errors]
    folder = check.scratch_path("events")
    task.expect(
        check.writes_events(
            student.GradientNorm,
            check.logs(loss=[3, 2, 1]),
            folder,
            "gradient_norm",
            values=[np.linalg.norm(slope) for slope in slopes],
            arguments=(folder, rows, targets),
            interrupted=True,
        )
    )
### BEGIN HIDDEN TESTS
with check.task("Gradient norms: other samples, more epochs") as task:
    for count, epochs in zip(check.sizes(2, 5, 40, "rows"), check.sizes(2, 4, 7, "epochs"), strict=True):
        rows, targets = check.normal((count, 2), "more rows"), check.normal((count, 1), "more targets")
        errors = [epoch * (rows.sum(axis=1, keepdims=True) + 1) - targets for epoch in range(epochs)]
        slopes = [[*(2 * (error * rows).mean(axis=0)), 2 * error.mean()] for error in errors]
        folder = check.scratch_path("events")
        task.expect(
            check.writes_events(
                student.GradientNorm,
                check.logs(loss=np.ones(epochs)),
                folder,
                "gradient_norm",
                values=[np.linalg.norm(slope) for slope in slopes],
                arguments=(folder, rows, targets),
            )
        )
### END HIDDEN TESTS

# %% test="gradient/looks_on" points=1
with check.task("Training with and without the callback") as task:
    rows, targets = check.normal((12, 2), "looking"), check.normal((12, 1), "on")
    folder = check.scratch_path("events")
    made = check.logs(loss=[2, 1])
    task.expect(
        check.writes_events(student.GradientNorm, made, folder, "gradient_norm", arguments=(folder, rows, targets))
    )
    task.expect(
        check.leaves_training_alone(student.GradientNorm, arguments=(check.scratch_path("training"), rows, targets))
    )
### BEGIN HIDDEN TESTS
with check.task("Training with and without the callback: other samples") as task:
    rows, targets = check.normal((7, 2), "hidden looking"), check.normal((7, 1), "hidden on")
    task.expect(
        check.leaves_training_alone(student.GradientNorm, arguments=(check.scratch_path("hidden"), rows, targets))
    )
### END HIDDEN TESTS

# %% [markdown] hint="gradient"
# Create the writer once, in `__init__`, and store it together with the samples: `self.X, self.y, self.writer`. The
# `__init__` of a callback begins with `super().__init__()`. The rest belongs in `on_epoch_end`, where the model is
# `self.model`.

# %% [markdown] hint="gradient"
# The two code cells before this exercise contain every line that you need: the block of the tape with
# `self.model(self.X, training=False)`, `tape.gradient` with `self.model.trainable_variables`, and
# `tf.linalg.global_norm`. Then write `with self.writer.as_default():` and, inside it,
# `see.events.scalar("gradient_norm", norm, step=epoch)`.

# %% [markdown]
# ## Exercise 6 · Plot a history, find its best epoch (4 points)
#
# `fit` returns a History. Its dict `history.history` holds a list for each curve, such as `loss`, `accuracy`, and,
# with validation data, `val_loss` and `val_accuracy`. Write two functions.
#
# `plot_history(history)` **returns a matplotlib figure** with
#
# - separate axes for each metric (each name without `val_`), with the name of the metric in the title or as an axis
#   label;
# - on these axes the training curve and, *if there is one*, the validation curve;
# - the epochs along x, **counted from 1**, as Keras prints them;
# - where there are two curves, a legend that says which one is *training* and which one is *validation*.
#
# `best_epoch(history, metric, mode)` **returns the number of the best epoch, counted from 1**: the one with the lowest
# value of `metric` for `mode="min"`, with the highest for `mode="max"`, and the first one if several are equally good.
# An epoch whose value is `nan` is never the best.

# %% exercise="history"
def plot_history(history):
    """Return a figure with axes for each metric: training and validation curves over the epochs, from 1."""
    ### BEGIN SOLUTION
    names = [name for name in history.history if not name.startswith("val_")]
    figure, axes = plt.subplots(1, len(names), squeeze=False, layout="constrained")
    for panel, name in zip(axes[0], names, strict=True):
        for key, label in ((name, "training"), (f"val_{name}", "validation")):
            if key in history.history:
                values = history.history[key]
                panel.plot(range(1, len(values) + 1), values, label=label)
        panel.set_title(name)
        panel.legend()
    return figure
    ### END SOLUTION


def best_epoch(history, metric, mode):
    """Return the best epoch of a metric, counted from 1; lower is better for "min", higher for "max"."""
    ### BEGIN SOLUTION
    values = np.array(history.history[metric])
    best = np.nanargmin(values) if mode == "min" else np.nanargmax(values)
    return int(best) + 1
    ### END SOLUTION


# %% test="history/figure" points=2
for about, names in (("with validation", ["loss", "accuracy", "val_loss", "val_accuracy"]), ("without", ["loss"])):
    with check.task(f"Figure of a history ({about})") as task:
        recorded = keras.callbacks.History()
        recorded.history = {name: check.rng(about, name).uniform(0, 1, 6).round(3).tolist() for name in names}
        task.expect(check.draws_history(student.plot_history, recorded, recorded.history))
### BEGIN HIDDEN TESTS
for names in (["loss", "mae", "mse"], ["accuracy", "loss", "val_accuracy", "val_loss"], ["loss", "val_loss"]):
    with check.task(f"Figure of a history: {', '.join(names)}") as task:
        recorded = keras.callbacks.History()
        epochs = int(check.rng("epochs", *names).integers(2, 30))
        recorded.history = {name: check.rng("hidden", name).uniform(0, 3, epochs).tolist() for name in names}
        task.expect(check.draws_history(student.plot_history, recorded, recorded.history))
### END HIDDEN TESTS

# %% test="history/best" points=2
with check.task("Best epoch") as task:
    recorded = keras.callbacks.History()
    recorded.history = {
        "loss": [0.9, 0.6, 0.4, 0.3],
        "val_loss": [0.8, 0.5, 0.6, 0.7],
        "val_accuracy": [0.6, 0.7, 0.9, 0.9],
        "mae": [3.0, float("nan"), 1.0, 2.0],
    }
    for metric, mode, best in (
        ("val_loss", "min", 2),
        ("val_accuracy", "max", 3),
        ("loss", "min", 4),
        ("mae", "min", 3),
    ):
        found = task.run(student.best_epoch, recorded, metric, mode)
        task.expect(
            check.equal(
                found,
                best,
                f"`{metric}`, {mode}",
                why="This is the epoch to restore: if the number is off by one, you get different weights.",
                next=f"Check your function with the values {recorded.history[metric]}: epochs count from 1, positions "
                "in a list and NumPy's `argmin` from 0, and `nan` is never the best.",
            )
        )
### BEGIN HIDDEN TESTS
with check.task("Best epoch: other curves") as task:
    for epochs in check.sizes(3, 5, 30, "best"):
        values = check.rng("best", epochs).permutation(epochs) / 10
        values[int(check.rng("nan", epochs).integers(epochs))] = np.nan
        twice = check.rng("twice", epochs).integers(0, 3, epochs).astype(float)
        recorded = keras.callbacks.History()
        recorded.history = {"val_f1": values.tolist(), "auc": twice.tolist()}
        for metric, curve in (("val_f1", values), ("auc", twice)):
            for mode, best in (("min", np.nanargmin(curve)), ("max", np.nanargmax(curve))):
                found = task.run(student.best_epoch, recorded, metric, mode)
                task.expect(check.equal(found, best + 1, f"`{metric}`, {mode}, {epochs} epochs"))
### END HIDDEN TESTS

# %% [markdown] hint="history"
# The metrics are the keys of `history.history` that don't start with `val_`. The validation curve of `name` is
# `"val_" + name`, if that key exists. `plt.subplots(1, count, squeeze=False)` returns the figure and a two-dimensional
# array of axes with one row, even for a single metric.

# %% [markdown] hint="history"
# `panel.plot(range(1, len(values) + 1), values, label="training")`, then `panel.set_title(name)` and `panel.legend()`,
# and at the end `return figure`. For the best epoch, `np.nanargmin` and `np.nanargmax` skip `nan`; they count from 0.

# %% [markdown]
# ## Exercise 7 · Debug this: a learning-rate finder (3 points)
#
# Which learning rate should you use? Try many of them in one short training run: begin with a tiny rate, multiply it
# by the same *factor* at every batch, and record the losses. Where the loss falls fastest, the rate is good; where it
# shoots up, the rate is too high. Then everything is restored, and the real training begins.
#
# The listing is in the style of an older tutorial. `rate_finder(low, high, steps)` should return a callback that
#
# - trains `steps` batches, over as many epochs as that takes, and then **trains no further batch**;
# - sets the rate before each batch: `low` for the first, `high` for the last, **each larger than the previous one by
#   the same factor** (the numbers of `np.geomspace(low, high, steps)`);
# - stores these rates in its list `rates`, and `logs["loss"]` after each batch in its list `losses`;
# - leaves the model, when training ends, with **the weights and the learning rate that it had before**.
#
# `logs["loss"]` is the mean over the epoch so far, so it reacts late to a jump: batches with the losses 0, 4, 16 and
# 36 are reported as 0, 2, 6.7 and 14. This finder stores what the logs hold. With few batches per epoch, as below, each
# mean covers only a few losses. With many, recover the loss of a batch from two successive means: if all batches have
# the same size, batch $k$ (from 0) had the loss $(k + 1)\,m_k - k\,m_{k-1}$, where $m_k$ is the mean after batch $k$.
#
# **Six things are wrong.** Two of them raise an error; four are silent. They break the first, the second and the
# fourth of these points; the lines that append to the two lists need no change.

# %% exercise="finder"
def rate_finder(low, high, steps):
    """Return a callback that tries learning rates from `low` to `high`, one per batch, and restores the model."""
    ### BEGIN SOLUTION
    class Finder(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.rates, self.losses = [], []
            self.saved = self.model.get_weights()
            self.before = float(self.model.optimizer.learning_rate)

        def on_train_batch_begin(self, batch, logs=None):
            rate = low * (high / low) ** (len(self.rates) / (steps - 1))
            self.model.optimizer.learning_rate = rate
            self.rates.append(rate)

        def on_train_batch_end(self, batch, logs=None):
            self.losses.append(logs["loss"])
            if len(self.losses) == steps:
                self.model.stop_training = True

        def on_train_end(self, logs=None):
            self.model.set_weights(self.saved)
            self.model.optimizer.learning_rate = self.before

    return Finder()
    ### BROKEN
    # raise NotImplementedError("Delete this line, then fix the listing below.")
    # class Finder(keras.callbacks.Callback):
    #     def on_train_begin(self, logs=None):
    #         self.rates, self.losses = [], []
    #         self.saved = self.model.weights
    #         self.before = float(self.model.optimizer.lr)
    #
    #     def on_train_batch_begin(self, batch, logs=None):
    #         rate = low + (high - low) * len(self.rates) / (steps - 1)
    #         keras.backend.set_value(self.model.optimizer.learning_rate, rate)
    #         self.rates.append(rate)
    #
    #     def on_train_batch_end(self, batch, logs=None):
    #         self.losses.append(logs["loss"])
    #         if len(self.losses) == steps:
    #             self.stop_training = True
    #
    #     def on_train_end(self, logs=None):
    #         self.model.set_weights(self.saved)
    #
    # return Finder()
    ### END SOLUTION


# %% test="finder/search" points=2
with check.task("Nine rates from 0.0001 to 1, four batches per epoch") as task:
    batches = [[{"loss": 5.0 - 0.5 * (4 * epoch + batch)} for batch in range(4)] for epoch in range(4)]
    made_up, arguments = check.logs(loss=[4, 3, 2, 1]), (1e-4, 1.0, 9)
    task.expect(check.is_callback(student.rate_finder, arguments))
    task.expect(
        check.learning_rate_trace(
            student.rate_finder,
            list(np.geomspace(1e-4, 1.0, 9)),
            per="batch",
            arguments=arguments,
            next="Multiply each rate by the same factor to get the next one.",
        )
    )
    task.expect(
        check.stops_at(
            student.rate_finder,
            made_up,
            (2, 0),
            about="the end",
            batches=batches,
            arguments=arguments,
            why="Each further batch would be trained with a rate that is far too high.",
            next="After `steps` batches, set `self.model.stop_training = True`: on the model, and after the batch.",
        )
    )
    for name, values, words in (
        ("rates", np.geomspace(1e-4, 1.0, 9), "Append the rate that was set, as a number, before each batch."),
        ("losses", 5.0 - 0.5 * np.arange(9), 'Append `logs["loss"]` after each batch, up to the last that is trained.'),
    ):
        task.expect(
            check.holds(
                student.rate_finder,
                made_up,
                name,
                values,
                why="The figure shows these two lists: the loss over the rate.",
                next=words,
                batches=batches,
                arguments=arguments,
            )
        )
### BEGIN HIDDEN TESTS
with check.task("Other rates, other epochs") as task:
    for count, length in zip(check.sizes(2, 5, 12, "steps"), check.sizes(2, 2, 6, "length"), strict=True):
        least = float(10 ** check.rng("least", count).uniform(-6, -3))
        most = least * float(10 ** check.rng("most", count).uniform(2, 4))
        arguments = (least, most, count)
        values = check.rng("losses", count).uniform(0.1, 3, 8 * length).round(3)
        batches = [[{"loss": float(v)} for v in values[e * length : (e + 1) * length]] for e in range(8)]
        made_up = check.logs(loss=np.ones(8))
        ladder = np.geomspace(least, most, count)
        last = divmod(count - 1, length)
        how = {"batches": batches, "arguments": arguments}
        told = {"why": "The figure shows these two lists.", "next": "Append one entry for each batch."}
        task.expect(check.learning_rate_trace(student.rate_finder, list(ladder), per="batch", arguments=arguments))
        task.expect(check.stops_at(student.rate_finder, made_up, last, about="the end", **how))
        task.expect(check.holds(student.rate_finder, made_up, "rates", ladder, **told, **how))
        task.expect(check.holds(student.rate_finder, made_up, "losses", values[:count], **told, **how))
### END HIDDEN TESTS

# %% test="finder/undone" points=1
with check.task("Weights and learning rate after the search") as task:
    task.expect(check.is_callback(student.rate_finder, (1e-4, 1.0, 5)))
    task.expect(
        check.restores_start(
            student.rate_finder, check.logs(loss=[3, 2, 1]), learning_rate=0.03, arguments=(1e-4, 1.0, 5)
        )
    )
### BEGIN HIDDEN TESTS
with check.task("Weights and learning rate after other searches") as task:
    for count in check.sizes(2, 4, 9, "undone"):
        before = float(check.rng("before", count).uniform(0.001, 0.3))
        task.expect(
            check.restores_start(
                student.rate_finder, check.logs(loss=np.ones(6)), learning_rate=before, arguments=(1e-5, 2.0, count)
            )
        )
### END HIDDEN TESTS

# %% [markdown] hint="finder"
# Run the check, fix what the error names, and run it again. `optimizer.lr` and `keras.backend.set_value` no longer
# exist: the attribute is `learning_rate`, and you assign to it. For the four silent mistakes, read the points one by
# one, and ask of each line what it does.

# %% [markdown] hint="finder"
# Equal *factors*: `low * (high / low) ** (k / (steps - 1))`. `model.weights` are the variables themselves, which
# training keeps updating; `get_weights()` returns copies. `stop_training` is an attribute of the *model*. And at the
# end, the value stored in `before` has to be assigned again.

# %% [markdown]
# Here is your finder at work: after sixty batches, a second or so, you know where to begin. An epoch has three batches
# here, so each loss in the figure is a mean over at most three batches. If exercise 7 isn't finished, the cell says
# so.

# %%
try:
    finder = rate_finder(1e-4, 10.0, 60)
    searched = network()
    searched.compile(keras.optimizers.SGD(learning_rate=0.01), loss="binary_crossentropy")
    searched.fit(X_train, y_train, epochs=100, batch_size=20, verbose=0, callbacks=[finder])
    finding = see.curves.rate_search(finder.rates, finder.losses)
except Exception as error:
    finding = f"Finish exercise 7; then this cell draws the loss over the learning rate ({type(error).__name__})."
finding

# %% [markdown]
# ## Six problems
#
# The curves of a training run can show what is wrong with it. Here are six histories, made up so that each shows one
# problem clearly. The problems are, in a different order: *dead*, *underfitting*, *learning rate too high*, *noisy
# validation*, *overfitting* and *leak* (information about the validation targets reached training). Look at each pair
# of curves, and guess which problem it shows before you read on.

# %%
ailing, diseases = data.histories.load(seed=4)
see.curves.gallery(ailing, ["A", "B", "C", "D", "E", "F"])

# %% [markdown]
# | problem | what the curves do | what to try |
# |---|---|---|
# | dead | the training loss stays within 3% of its initial value | larger learning rate; is anything trainable? |
# | underfitting | training falls by less than a third, then stays there, close to validation | a larger model |
# | learning rate too high | the *training* loss jumps by over a quarter, every other epoch | a tenth of it |
# | noisy validation | training is smooth, *validation* jumps by over a quarter, again and again | more samples there |
# | overfitting | validation ends over 40% above its minimum; training keeps falling | stop early |
# | leak | the validation loss is less than half of the training loss, in every epoch | look for shared samples |
#
# A **leak** means that information about the validation targets reached training: the same rows are in both sets, or a
# column reveals the target. The curves alone don't prove a leak. In these made-up histories, a validation loss below
# half of the training loss marks one, and exercise 8 uses that sign. In real training, strong regularization such as
# dropout, which is active in training mode only, or easier validation samples can have the same effect. And with a
# real leak, the validation loss often stays above that half. So treat a validation loss far below the training loss as
# a reason to look, then compare the rows of the two sets.
#
# <details><summary>Which is which?</summary>
#
# A underfitting · B learning rate too high · C dead · D leak · E overfitting · F noisy validation
#
# </details>
#
# ## Exercise 8 · Challenge: diagnose the curves (4 points)
#
# Write `diagnose(loss, val_loss)`. It gets the two curves as lists of 20 values or more, and returns the problem: one
# of the six names in the table, as a string. The check begins with the six histories above, and continues with others
# that you can't see. Each shows the sign of its own problem and of no other. How you turn the signs into rules is up
# to you.

# %% exercise="diagnose"
def diagnose(loss, val_loss):
    """Return the problem that the two curves show, by its name in the table."""
    ### BEGIN SOLUTION
    loss, val_loss = np.array(loss), np.array(val_loss)

    def leaps(curve):
        return np.sum(curve[1:] > 1.25 * curve[:-1]) > 2

    if leaps(loss):
        return "learning rate too high"
    if leaps(val_loss):
        return "noisy validation"
    if np.all(val_loss < 0.5 * loss):
        return "leak"
    if val_loss[-1] > 1.3 * val_loss.min():
        return "overfitting"
    if loss[-1] > 0.95 * loss[0]:
        return "dead"
    return "underfitting"
    ### END SOLUTION


# %% test="diagnose/seen" points=2
with check.task("Problems in the figure") as task:
    curves, truth = data.histories.load(seed=4)
    pairs = [((both[0].tolist(), both[1].tolist()), str(name)) for both, name in zip(curves, truth, strict=True)]
    why = "With a wrong diagnosis, you choose the wrong remedy."
    task.expect(check.names(student.diagnose, pairs, advice=data.histories.SIGNS, why=why))
### BEGIN HIDDEN TESTS
with check.task("Problems in six new histories") as task:
    curves, truth = data.histories.load(seed=check.seed("six"), n=6, epochs=30)
    pairs = [((both[0].tolist(), both[1].tolist()), str(name)) for both, name in zip(curves, truth, strict=True)]
    task.expect(check.names(student.diagnose, pairs, advice=data.histories.SIGNS))
### END HIDDEN TESTS

# %% test="diagnose/unseen" points=2
with check.task("Problems in twelve more histories") as task:
    curves, truth = data.histories.load(seed=12, n=12, epochs=25)
    pairs = [((both[0].tolist(), both[1].tolist()), str(name)) for both, name in zip(curves, truth, strict=True)]
    why = "With a wrong diagnosis, you choose the wrong remedy."
    task.expect(check.names(student.diagnose, pairs, advice=data.histories.SIGNS, why=why))
### BEGIN HIDDEN TESTS
with check.task("Problems in short and long histories") as task:
    pairs = []
    for epochs in (20, *check.sizes(2, 24, 60, "epochs")):
        curves, truth = data.histories.load(seed=check.seed("many", epochs), n=24, epochs=epochs)
        pairs += [((both[0].tolist(), both[1].tolist()), str(name)) for both, name in zip(curves, truth, strict=True)]
    task.expect(check.names(student.diagnose, pairs, advice=data.histories.SIGNS))
### END HIDDEN TESTS

# %% [markdown] hint="diagnose"
# Turn each sign into a number. How often is the loss of an epoch more than 1.25 times the loss of the epoch before?
# How far is the last validation loss above the lowest? Print the numbers for the six histories above, and see where
# they differ. Begin with the jumps: the last value of a curve that jumps is random.

# %% [markdown] hint="diagnose"
# With arrays, `np.sum(curve[1:] > 1.25 * curve[:-1])` counts jumps, `np.all(val_loss < 0.5 * loss)` is the sign of the
# leak, `val_loss[-1] / val_loss.min()` measures overfitting, and `loss[-1] / loss[0]` separates *dead* (about 1) from
# *underfitting* (0.7 to 0.9). Test for them in this order, and `return` after each.

# %% [markdown]
# ## Quiz (3 points)
#
# Write one letter between the quotes. The check records your choice; it is graded after you submit.

# %% [markdown]
# **1.** `EarlyStopping(patience=5)`, with no other argument, has ended a training run. Which weights does the model
# have?

# %% quiz="after_stopping" points=1
# a) those of the best epoch
# b) those of the last epoch
# c) those from before training
after_stopping = "b"

# %% [markdown]
# **2.** The callback is `EarlyStopping(monitor="val_acc", mode="max", patience=3)`, but the name in the logs is
# `val_accuracy`. What happens in `fit`?

# %% quiz="wrong_name" points=1
# a) it warns after each epoch, and training runs for all epochs
# b) it watches the validation loss instead
# c) it ends training after three epochs
wrong_name = "a"

# %% [markdown]
# **3.** Early stopping chose the epoch with the lowest loss on the validation set. You report that loss as the loss to
# expect on new data. How good is this estimate?

# %% quiz="honest_report" points=1
# a) exact: the model was never trained on these samples
# b) a little too good: the epoch was chosen on these very samples
# c) a little too bad: the best weights were not used
honest_report = "b"

# %% [markdown]
# ## Reflection (3 points, read by your instructor)
#
# A colleague trains with 30 validation samples, `EarlyStopping(monitor="val_loss", patience=1)` and a learning rate at
# which the training loss jumps. Training ends after four epochs, and they conclude that the model is too small. Say
# **which two things** you would change first, **in which order and why**, and **what you would look at** to see
# whether it helped. Write four to six sentences.

# %% [markdown] manual="reflection" points=3
# I would change the learning rate first: while the training loss jumps, no other curve means anything. I would run a
# learning-rate search, or divide the rate by ten, and check whether the training loss then falls smoothly. Then I
# would change the stopping: with 30 validation samples, the validation loss fluctuates at random, and a patience of 1
# ends training at the first fluctuation. I would raise it to about ten with `restore_best_weights=True`, and use more
# validation samples, or average over several splits. The validation curve shows whether it helped: it should fall
# smoothly to a clear minimum before training ends. Only if both curves then stay flat, high and close together is the
# model too small.
#
# ### BEGIN MARK SCHEME
# One point for two sensible changes (learning rate; patience, restored weights or more validation samples). One point
# for an order with a reason (the jumping training loss first, since it hides every other sign). One point for an
# observation that shows whether it helped (which curve, and what it should look like).
# ### END MARK SCHEME

# %% [markdown]
# ## What older tutorials still say
#
# `K` is `keras.backend`, under the name by which older tutorials import it.
#
# | you read | today | what happens otherwise |
# |---|---|---|
# | `float(optimizer.lr)`, `K.get_value(optimizer.lr)` | `float(optimizer.learning_rate)` | an error |
# | `optimizer.lr = 0.01` | `optimizer.learning_rate = 0.01` | no effect: it only creates an attribute |
# | `K.set_value(optimizer.lr, rate)` | assign to `optimizer.learning_rate` | an error |
# | `monitor="val_acc"`, `history.history["acc"]` | `val_accuracy`, `accuracy` | an error, or a warning and no stop |
# | `ModelCheckpoint("best.h5")` | a path that ends in `.keras` | a warning, and an older format |
# | `ModelCheckpoint(..., period=5)` | `save_freq`, counted in batches | an error |
# | `on_batch_end` | `on_train_batch_end` | still works |
# | `TensorBoard(write_grads=True)` | a callback like yours | an error |
# | `tf.summary.FileWriter(folder)` | `tf.summary.create_file_writer(folder)` | an error |
# | load the checkpoint after stopping | `restore_best_weights=True` | works, with more code |

# %% [markdown]
# ## Take-away
#
# `fit` calls the methods of a callback with the numbers that it has so far, and a callback can end training and set
# the learning rate. Let one callback stop training and restore the best epoch, let another save it to disk, and let a
# third guard the loss. Look at both curves before you change anything, and use `see.monitor.Live()` in every training
# run from now on.
