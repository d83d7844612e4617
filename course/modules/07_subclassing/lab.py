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
#   title: "Models as classes: when a graph is not enough"
#   minutes: 90
#   timeout: 120
# ---

# %% [markdown]
# # Lab 07 · Models as classes
#
# **90 minutes · 30 points**
#
# A functional model is a graph, drawn once and then fixed. Some models want to decide while they run: go round
# once more, stop early, train in a way of their own. For these you write a class, and say in Python what happens
# to the rows. You gain freedom, and you lose the graph. This lab is about both.
#
# After this lab you can
#
# - write a model as a **class**, and show that it computes what its functional twin computes;
# - hand **training** on, so that Dropout drops inside `fit` and nowhere else;
# - get back what subclassing costs: the **summary with shapes**, `.output`, the inner layers;
# - **override `train_step`** and still have the loss, the metrics and the regularisers right;
# - **save and load** a class of your own, and let a model's **depth follow its data**.
#
# You need labs 01 and 06, and to have seen a Python class: what `__init__`, `self` and `super()` are.

# %%
from course import data, see
from grader import check, student

import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(7)

# %% [markdown]
# ## Twins that aren't

# %%
see.twins.picture()

# %% [markdown]
# Two people wrote the ticket desk of lab 06, one as a graph, the other as a class. The picture lays the second
# over the first: what is missing stands in dashed blue, what is other in orange (here nothing is). The author of
# the class forgot a line. There was no error message, and the class trains; it never reads the tags.
#
# In a class nothing is drawn for you. So you need a way to *show* that it computes what you meant. One way is this
# picture. Another one works with numbers, and you will use it in a moment.

# %% [markdown]
# ## A worked example: a model in two methods
#
# How urgent is a ticket, told from its tags alone? A model written as a class is made from `keras.Model` and has
# two methods:
#
# | method | when it runs | what belongs there |
# |---|---|---|
# | `__init__` | once, when you write `TagDesk(16)` | make the layers, and keep each one in an attribute |
# | `call` | for every batch | use the layers: from `inputs` to what the model returns |


# %%
class TagDesk(keras.Model):
    """The priority of a ticket, 0 to 1, from its tags."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.hidden = keras.layers.Dense(units, activation="relu")
        self.head = keras.layers.Dense(1, activation="sigmoid")

    def call(self, inputs):
        return self.head(self.hidden(inputs["tags"]))


# %% [markdown]
# `super().__init__(**kwargs)` comes first: it prepares the model to notice the layers that you put into `self`.
# What is in `kwargs` are settings that every model has, such as `name`.
#
# `inputs` is what you hand to the model, here a dict by name, as in lab 06. `call` may pick what it wants.

# %%
inputs, targets = data.tickets.load(seed=1)
tag_desk = TagDesk(16, name="tag_desk")
print("weights before the first call:", len(tag_desk.weights))
first = tag_desk({"tags": inputs["tags"][:3]})
print("weights after it:", len(tag_desk.weights), "· answers:", first.shape)

# %% [markdown]
# Nobody said how many tags there are. The layers learn it from the first rows, and then make their weights. From
# there on, it is the life of lab 01: compile, fit, predict.

# %%
tag_desk.compile(keras.optimizers.Adam(learning_rate=0.01), "mean_squared_error", metrics=["mae"])
tag_desk.fit({"tags": inputs["tags"]}, targets["priority"], epochs=8, verbose=0)
scores = tag_desk.evaluate({"tags": inputs["tags"]}, targets["priority"], verbose=0, return_dict=True)
naive = np.abs(targets["priority"] - targets["priority"].mean()).mean()
print(f"off by {scores['mae']:.2f} on average; always guessing the mean is off by {naive:.2f}")

# %% [markdown]
# ### The functional twin
#
# Here is the same computation as a graph. Is it really the same? Two models that compute alike must answer alike
# **whenever they have the same weights**. So copy the weights over, and compare.

# %%
tags = keras.Input(shape=(12,), name="tags")
tag_twin = keras.Model(
    {"tags": tags}, keras.layers.Dense(1, activation="sigmoid")(keras.layers.Dense(16, activation="relu")(tags))
)
some_rows = {"tags": inputs["tags"][:100]}
before = np.abs(tag_desk(some_rows) - tag_twin(some_rows)).max()
tag_twin.set_weights(tag_desk.get_weights())
after = np.abs(tag_desk(some_rows) - tag_twin(some_rows)).max()
print(f"largest difference before copying: {'some' if before > 0.01 else 'none'}; afterwards: {after:.4f}")

# %% [markdown]
# `get_weights` lists the arrays in the order in which the layers were made, so the copy needs both models to make
# them in one order. That is all there is to proving a twin.

# %% [markdown]
# ### Predict, then run · 1
#
# This class has no `__init__`. It makes its layer right where it is used. Asked twice about the same row, what
# does it answer?

# %% predict="asked_twice" points=1
# a) the same number both times
# b) two different numbers
# c) the second call raises an error, the layer is there already
asked_twice = "b"


# %%
class Forgetful(keras.Model):
    def call(self, inputs):
        return keras.layers.Dense(1)(inputs["tags"])


forgetful = Forgetful()
row = {"tags": inputs["tags"][:1]}
print("the same answer twice:", bool(np.allclose(forgetful(row), forgetful(row))))
print("weights that Keras knows of:", len(forgetful.weights))

# %% [markdown]
# `call` runs for every batch, and each time a new layer begins with new random numbers. Keras finds none of them:
# it looks in the model's **attributes**, in lists and dicts there too, and nowhere else. What it doesn't find it
# can neither train nor save.

# %% [markdown]
# ## Exercise 1 · The ticket desk as a class (4 points)
#
# Complete `TicketDesk(words, departments)`. It computes what the desk of lab 06 computes:
#
# | | what happens |
# |---|---|
# | `title` | an `Embedding` of `words` tokens into 16 numbers, then the mean over the tokens |
# | `text_body` | the same, with an `Embedding` **of its own** |
# | beside each other | title, text, and the `tags` as they are, in this order |
# | trunk | a dense layer of 32 units with relu |
# | `priority` | a dense layer of 1 unit with sigmoid, from the trunk |
# | `department` | a dense layer of `departments` units with softmax, from the trunk |
#
# `inputs` is a dict of `title`, `text_body` and `tags`; `call` returns a dict of `priority` and `department`. In
# which attributes you keep the layers is up to you: one for each, a list, a dict. Only don't call one `layers` or
# `output`: such names Keras uses itself.


# %% exercise="desk"
class TicketDesk(keras.Model):
    """Priority and department of a ticket, from its title, text and tags."""

    def __init__(self, words, departments, **kwargs):
        super().__init__(**kwargs)
        ### BEGIN SOLUTION
        self.title_table = keras.layers.Embedding(words, 16)
        self.text_table = keras.layers.Embedding(words, 16)
        self.mean = keras.layers.GlobalAveragePooling1D()
        self.beside = keras.layers.Concatenate()
        self.trunk = keras.layers.Dense(32, activation="relu")
        self.priority = keras.layers.Dense(1, activation="sigmoid")
        self.department = keras.layers.Dense(departments, activation="softmax")
        ### STUB
        # raise NotImplementedError("Delete this line and complete the lines below.")
        # self.title_table = keras.layers.Embedding(words, 16)
        # self.text_table = ...
        # self.mean = keras.layers.GlobalAveragePooling1D()
        # self.beside = keras.layers.Concatenate()
        # self.trunk = ...
        # self.priority = ...
        # self.department = ...
        ### END SOLUTION

    def call(self, inputs):
        ### BEGIN SOLUTION
        title = self.mean(self.title_table(inputs["title"]))
        text = self.mean(self.text_table(inputs["text_body"]))
        trunk = self.trunk(self.beside([title, text, inputs["tags"]]))
        return {"priority": self.priority(trunk), "department": self.department(trunk)}
        ### STUB
        # raise NotImplementedError("Delete this line and complete the lines below.")
        # title = self.mean(self.title_table(inputs["title"]))
        # text = ...
        # trunk = self.trunk(...)
        # return {"priority": ..., "department": ...}
        ### END SOLUTION


# %% test="desk/ends" points=1
with check.task("A class that answers") as task:
    rows = check.ticket_rows(8, words=40, tags=5)
    desk = task.run(student.TicketDesk, words=40, departments=3)
    task.expect(check.is_model(desk), check.layers_made_once(desk, rows))
    task.expect(check.has_outputs(desk, rows, {"priority": (1,), "department": (3,)}))
### BEGIN HIDDEN TESTS
with check.task("A class that answers, for other sizes") as task:
    words, tags, departments = check.sizes(3, 9, 30, "class")
    rows = check.ticket_rows(8, words, tags)
    desk = task.run(student.TicketDesk, words=words, departments=departments)
    task.expect(check.is_model(desk), check.layers_made_once(desk, rows))
    task.expect(check.has_outputs(desk, rows, {"priority": (1,), "department": (departments,)}))
    task.expect(check.outputs_are_probabilities(desk, rows, ["priority", "department"]))
### END HIDDEN TESTS

# %% test="desk/twin" points=3
with check.task("It computes what its functional twin computes") as task:
    desk = task.run(student.TicketDesk, words=40, departments=3)
    title, text_body = keras.Input((8,), name="title"), keras.Input((48,), name="text_body")
    tag_row = keras.Input((5,), name="tags")
    read = [keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(40, 16)(x)) for x in (title, text_body)]
    trunk = keras.layers.Dense(32, "relu")(keras.layers.Concatenate()([*read, tag_row]))
    ends = {"priority": keras.layers.Dense(1, "sigmoid")(trunk), "department": keras.layers.Dense(3, "softmax")(trunk)}
    twin = keras.Model({"title": title, "text_body": text_body, "tags": tag_row}, ends)
    task.expect(check.is_model(desk), check.layers_made_once(desk, check.ticket_rows(8, words=40, tags=5)))
    task.expect(check.same_graph(desk, twin))
### BEGIN HIDDEN TESTS
with check.task("It computes what its functional twin computes, for other sizes") as task:
    words, tags, departments = check.sizes(3, 9, 30, "twin")
    desk = task.run(student.TicketDesk, words=words, departments=departments)
    title, text_body = keras.Input((8,), name="title"), keras.Input((48,), name="text_body")
    tag_row = keras.Input((tags,), name="tags")
    read = [keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(words, 16)(x)) for x in (title, text_body)]
    trunk = keras.layers.Dense(32, "relu")(keras.layers.Concatenate()([*read, tag_row]))
    ends = {
        "priority": keras.layers.Dense(1, "sigmoid")(trunk),
        "department": keras.layers.Dense(departments, "softmax")(trunk),
    }
    twin = keras.Model({"title": title, "text_body": text_body, "tags": tag_row}, ends)
    task.expect(check.is_model(desk), check.layers_made_once(desk, check.ticket_rows(8, words=words, tags=tags)))
    task.expect(check.same_graph(desk, twin))
### END HIDDEN TESTS

# %% [markdown] hint="desk"
# `__init__` makes, `call` uses. Each layer that has weights is made once and kept in `self`. The mean and the
# concatenation have none: they may be layers, or `keras.ops.mean` and `keras.ops.concatenate` right in `call`.

# %% [markdown] hint="desk"
# `self.trunk(self.beside([title, text, inputs["tags"]]))`: a list of three. Both heads are called on the trunk's
# result. The names of the outputs are the keys of the dict that you return.

# %% [markdown]
# ## See the slips
#
# Six people wrote the desk as a class, and five of them slipped. The still shows the first; in a running notebook,
# choose another one above the picture. Before you read what the line below says: **which** of them would train
# without complaint, and which would you have noticed from the loss alone?

# %%
see.twins.explore()

# %% [markdown]
# All six run and train. When exercise 1 passes, lay your own over the twin, and break it on purpose:
#
# ```python
# see.twins.explore(TicketDesk(len(data.tickets.VOCABULARY), 4))
# ```

# %% [markdown]
# ## Training, and afterwards
#
# **Dropout** sets some of the numbers that pass through it to zero, by lot, while the model is trained, and lets
# all of them through afterwards. So a layer must be told which it is. The word is `training`: `fit` calls the
# model with `training=True`, `evaluate` and `predict` with `training=False`, and `call` may have an argument of
# this name:
#
# ```python
# def call(self, inputs, training=None):
#     hidden = self.drop(self.hidden(inputs), training=training)
# ```
#
# `None` means that nobody said anything; layers take it for *not training*.
#
# ### Predict, then run · 2
#
# The `call` of this model knows nothing of `training`. Its Dropout should drop half of the numbers. What happens
# inside `fit`?

# %% predict="drops_in_fit" points=1
# a) half of the numbers are dropped: Keras tells each layer by itself
# b) none are dropped
# c) `fit` raises an error: the argument is missing
drops_in_fit = "b"


# %%
class Untold(keras.Model):
    """Counts which share of the numbers its Dropout lets through."""

    def __init__(self):
        super().__init__()
        self.drop = keras.layers.Dropout(0.5)
        self.head = keras.layers.Dense(1)
        self.let_through = []

    def call(self, inputs):
        kept = self.drop(inputs)
        self.let_through.append(float(np.mean(kept != 0)))
        return self.head(kept)


ones = np.ones((64, 20), "float32")
untold = Untold()
untold.compile("sgd", "mse", run_eagerly=True)
untold.fit(ones, np.zeros((64, 1)), verbose=0)
print("let through inside `fit`:", set(untold.let_through))

# %% [markdown]
# All numbers are let through, without a warning. `fit` looks at the signature of `call`: a model that has the
# argument `training` is told, any other is not, and nor are its layers. Write the argument, and write `=None`, so
# that the model can be called without it. With the argument there, Keras tells the layers inside by itself;
# written out, `training=training`, it can be seen.

# %% [markdown]
# ## Exercise 2 · Hand it on (3 points)
#
# Write `guarded(inner, units)`. `inner` is a finished layer that acts in training, such as `Dropout(0.5)` or
# `BatchNormalization()`. Return a model of three steps:
#
# 1. a dense layer of `units` units with relu,
# 2. `inner`,
# 3. a dense layer of 1 unit, without an activation.
#
# In `fit` the inner layer must be told that it is training; in `evaluate`, `predict`, and in a call by hand that
# says nothing, it must not. The class stands inside the function here, so that the signature of `call` is yours to
# write.


# %% exercise="training"
def guarded(inner, units):
    """Return a model: dense, relu → inner → dense."""

    ### BEGIN SOLUTION
    class Guarded(keras.Model):
        def __init__(self):
            super().__init__()
            self.hidden = keras.layers.Dense(units, activation="relu")
            self.inner = inner
            self.head = keras.layers.Dense(1)

        def call(self, inputs, training=None):
            hidden = self.hidden(inputs)
            return self.head(self.inner(hidden, training=training))

    return Guarded()
    ### STUB
    # raise NotImplementedError("Delete this line and complete the lines below.")
    #
    # class Guarded(keras.Model):
    #     def __init__(self):
    #         super().__init__()
    #         self.hidden = ...
    #         self.inner = inner
    #         self.head = keras.layers.Dense(1)
    #
    #     # Write the method `call` here.
    #
    # return Guarded()
    ### END SOLUTION


# %% test="training/numbers" points=1
with check.task("Dense, inner, dense") as task:
    rows = check.normal((12, 4), "guarded")
    inner = keras.Sequential([keras.layers.Rescaling(2.0, offset=1.0), keras.layers.Dropout(0.5)])
    model = task.run(student.guarded, inner, 5)
    task.expect(check.is_model(model), check.layers_made_once(model, rows), check.has_outputs(model, rows, [(1,)]))
    task.expect(check.tracks(model, trainable=[(4, 5), (5,), (5, 1), (1,)], stop=True))
    task.expect(check.two_dense(model, rows, units=5, between=(2.0, 1.0)))
### BEGIN HIDDEN TESTS
with check.task("Dense, inner, dense: other sizes") as task:
    columns, units = check.sizes(2, 3, 9, "guarded", without=(5,))
    rows = check.normal((9, columns), "guarded again")
    inner = keras.Sequential([keras.layers.Rescaling(-1.5, offset=0.5), keras.layers.Dropout(0.5)])
    model = task.run(student.guarded, inner, units)
    task.expect(check.is_model(model), check.layers_made_once(model, rows))
    task.expect(check.tracks(model, trainable=[(columns, units), (units,), (units, 1), (1,)], stop=True))
    task.expect(check.two_dense(model, rows, units=units, between=(-1.5, 0.5)))
### END HIDDEN TESTS

# %% test="training/flag" points=2
with check.task("What the inner layer is told") as task:
    rows = check.normal((12, 4), "told")
    task.expect(check.is_model(task.run(student.guarded, keras.layers.Dropout(0.5), 5)))
    task.expect(check.told_in_fit(student.guarded, rows, {"units": 5}))
    task.expect(check.passes_training(student.guarded, rows, {"units": 5}))
### BEGIN HIDDEN TESTS
with check.task("Dropout drops, statistics move") as task:
    columns, units = check.sizes(2, 3, 9, "told", without=(5,))
    rows = check.normal((16, columns), "told again")
    task.expect(check.told_in_fit(student.guarded, rows, {"units": units}))
    task.expect(check.passes_training(student.guarded, rows, {"units": units}))
    model = task.run(student.guarded, keras.layers.BatchNormalization(), units)
    task.expect(check.is_model(model), check.layers_made_once(model, rows))
    task.expect(check.statistics_move_in_training_only(model, rows))
### END HIDDEN TESTS

# %% [markdown] hint="training"
# Two places: the signature of `call`, so that Keras has somewhere to put the word; and the call of `inner`, so
# that the word goes on. What should the argument be if nobody says anything?

# %% [markdown] hint="training"
# `def call(self, inputs, training=None):`, and in it `self.inner(hidden, training=training)`. With `True` written
# there the model would drop numbers in use as well; with `False` never.

# %% [markdown]
# ## What subclassing costs
#
# A functional model can be asked for its shapes, its inner layers and their outputs, since it *is* its graph. A
# class is Python, and Python doesn't tell beforehand what it will do. Compare:


# %%
def asked(name, question):
    """Print what a model answers, or which kind of error it raises."""
    try:
        print(f"{name:34}", question())
    except (AttributeError, ValueError) as error:
        print(f"{name:34}", type(error).__name__)


asked_desk = TagDesk(16, name="asked_desk")
asked_desk.summary()
asked_desk({"tags": inputs["tags"][:3]})
asked_desk.summary()
asked("functional, .output.shape:", lambda: tag_twin.output.shape)
asked("subclassed, .output.shape:", lambda: asked_desk.output.shape)
asked("functional, an inner layer's shape:", lambda: tag_twin.layers[1].output.shape)
asked("subclassed, an inner layer's shape:", lambda: asked_desk.hidden.output.shape)

# %% [markdown]
# Question marks and zeros: before its first call nobody knows the shapes. Afterwards the summary shows the shapes
# of that one call, with the number of rows that happened to be there, here 3. `.output` doesn't exist until the
# model is called on a **symbolic tensor**, such as a `keras.Input`: a tensor that has a shape, and no numbers.
#
# **The way back** is to do that once, and to cut a functional model out of the graph that comes of it:

# %%
tags = keras.Input(shape=(12,), name="tags")
one_box = keras.Model({"tags": tags}, tag_desk({"tags": tags}), name="one_box")
one_box.summary()
print("output:", one_box.output.shape)

# %% [markdown]
# That gives shapes and `.output`, and the whole class is one box in the graph. To see *into* it, call its method
# `call` yourself. Then each layer inside is put on the symbolic tensor, and becomes part of the graph:

# %%
opened = keras.Model({"tags": tags}, tag_desk.call({"tags": tags}), name="opened")
opened.summary()
print("what the hidden layer puts out:", tag_desk.hidden.output.shape)

# %% [markdown]
# No weight was made or copied. `one_box` and `opened` are views of `tag_desk`, the same weights seen in another
# way: train one, and all three learn.
#
# ## Exercise 3 · Open it (3 points)
#
# A colleague hands you a trained model, written as a class. Write two functions. `inputs` is what the model takes,
# made of symbolic tensors: a single one, or a dict of them.
#
# - `as_functional(model, inputs)` returns a functional model around it: the same answers, by the same weights, and
#   `.output` can be asked for.
# - `output_of(model, inputs, name)` returns a functional model that gives **what its layer called `name` puts
#   out**.


# %% exercise="open"
def as_functional(model, inputs):
    """Return a functional model of these inputs that computes as `model` does, with its weights."""
    ### BEGIN SOLUTION
    return keras.Model(inputs, model(inputs))
    ### STUB
    # raise NotImplementedError("Delete this line and complete the next.")
    # return keras.Model(inputs, ...)
    ### END SOLUTION


def output_of(model, inputs, name):
    """Return a functional model that gives what the layer called `name` inside `model` puts out."""
    ### BEGIN SOLUTION
    opened = keras.Model(inputs, model.call(inputs))
    return keras.Model(inputs, opened.get_layer(name).output)
    ### STUB
    # raise NotImplementedError("Delete this line and complete the lines below.")
    # opened = keras.Model(inputs, ...)
    # return keras.Model(inputs, ...)
    ### END SOLUTION


# %% test="open/whole" points=1
with check.task("A view with an output") as task:
    task.expect(check.wraps(student.as_functional))
### BEGIN HIDDEN TESTS
with check.task("A view of a model that takes an array") as task:
    task.expect(check.wraps(student.as_functional, plain=True, names=("first", "second", "answer")))
### END HIDDEN TESTS

# %% test="open/inside" points=2
with check.task("What the trunk puts out") as task:
    task.expect(check.wraps(student.output_of, of="trunk"))
### BEGIN HIDDEN TESTS
with check.task("What other layers put out") as task:
    task.expect(check.wraps(student.output_of, of="middle"))
    names = ("alpha", "beta", "gamma")
    task.expect(check.wraps(student.output_of, plain=True, names=names, of="beta"))
    task.expect(check.wraps(student.output_of, plain=True, names=names, of="gamma"))
### END HIDDEN TESTS

# %% [markdown] hint="open"
# Both functions end in `keras.Model(inputs, …)`. For the first one any way from the inputs to the answer will do.
# For the second, the inner layers must have seen the symbolic tensors themselves.

# %% [markdown] hint="open"
# `model(inputs)` makes one box of the model. `model.call(inputs)` puts each inner layer on the graph; after that,
# `get_layer(name).output` is the symbolic tensor that you need.

# %% [markdown]
# ## A step of your own
#
# What is `fit`, after all? For each batch it calls one method, `train_step`, and what that returns goes into the
# progress bar and the History. Override it, and `fit` does what you want, with its epochs, callbacks and
# validation as before. First, Keras **traces** it: it runs your Python once, on tensors without numbers, notes
# down what is computed, and runs these notes for every batch. Here is a `train_step` that does what Keras' own
# does, but for one detail:


# %%
class PlainStep(keras.Model):
    """A model around a net, with a training step that is written out."""

    def __init__(self, net, **kwargs):
        super().__init__(**kwargs)
        self.net = net

    def call(self, inputs, training=None):
        return self.net(inputs, training=training)

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(x=x, y=y, y_pred=y_pred)
        weights = self.trainable_variables
        gradients = tape.gradient(loss, weights)
        self.optimizer.apply(gradients, weights)
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, y_pred)
        return {metric.name: metric.result() for metric in self.metrics}


# %% [markdown]
# Four parts, always the same.
#
# - The **tape** notes down what is computed inside its block. `compute_loss` is the loss that you compiled **plus
#   the model's penalties**, which `model.losses` holds: a **regulariser**, such as `keras.regularizers.L2(0.01)`,
#   adds a hundredth of the squares of a layer's weights, so that they stay small.
# - The **gradient** says for each weight how the loss changes with it. The tape works it out.
# - The **optimizer** makes its step from the gradients.
# - The **metrics** are told about the batch. `self.metrics` holds one called `loss`, which takes the loss, and one
#   that holds those that you compiled, which takes targets and predictions.
#
# The detail: in the mean over an epoch the last, smaller batch counts as much as a full one here. Keras hands the
# number of rows to the metric `loss`, as `sample_weight`.

# %%
rng = np.random.default_rng(7)
X = rng.normal(size=(256, 4)).astype("float32")
y = (X @ np.array([2.0, -1.0, 0.5, 0.0]) + 1).astype("float32")
line = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, kernel_regularizer=keras.regularizers.L2(0.01))])
plain = PlainStep(line)
plain.compile(keras.optimizers.SGD(learning_rate=0.05), "mse", metrics=["mae"])
history = plain.fit(X, y, epochs=5, verbose=0)
print({name: [round(value, 1) for value in curve] for name, curve in history.history.items()})

# %% [markdown]
# ## Exercise 4 · Clip the gradients (4 points)
#
# Now and then a strange batch has gradients a thousand times as long as usual, and one step throws the weights far
# away. **Clipping** limits the length of the step. Take all gradients together as one long list of numbers $g$,
# with its length, the **norm**
#
# $$\lVert g \rVert = \sqrt{\textstyle\sum_i g_i^2}\,.$$
#
# Where the norm is larger than `limit`, every gradient is multiplied by the same factor,
# $\text{limit} / \lVert g \rVert$. The direction stays, the length becomes `limit`. Where it isn't larger, nothing
# changes.
#
# Write the `train_step` of `ClippedStep(net, limit)`:
#
# - it steps as `fit` would, with clipped gradients;
# - the loss is the compiled one with the penalties, each counted **once**;
# - loss and metrics stand in the History, as they would without it;
# - it works inside `fit`, which traces it as a graph.


# %% exercise="train_step"
class ClippedStep(keras.Model):
    """A model around a net that is trained with gradients of a norm of at most `limit`."""

    def __init__(self, net, limit, **kwargs):
        super().__init__(**kwargs)
        self.net = net
        self.limit = limit

    def call(self, inputs, training=None):
        return self.net(inputs, training=training)

    def train_step(self, data):
        ### BEGIN SOLUTION
        x, y = data
        with tf.GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self.compute_loss(x=x, y=y, y_pred=y_pred)
        weights = self.trainable_variables
        gradients = tape.gradient(loss, weights)
        norm = keras.ops.sqrt(sum(keras.ops.sum(g**2) for g in gradients))
        factor = self.limit / keras.ops.maximum(norm, self.limit)
        self.optimizer.apply([g * factor for g in gradients], weights)
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, y_pred)
        return {metric.name: metric.result() for metric in self.metrics}
        ### END SOLUTION


# %% test="train_step/update" points=2
with check.task("The step that is worked out by hand") as task:
    rows, wanted = check.measurements(24, 4, "clipped")
    layers = [
        keras.layers.Dense(5, "tanh", kernel_regularizer=keras.regularizers.L2(0.05)),
        keras.layers.BatchNormalization(),
        keras.layers.Dense(1),
    ]
    model = task.run(student.ClippedStep, keras.Sequential([keras.Input((4,)), *layers]), 0.5)
    task.expect(check.is_model(model))
    check.compile_with(model, learning_rate=0.2)
    task.expect(check.steps_clipped(model, rows, 4 * wanted, learning_rate=0.2, limit=0.5))
with check.task("With a large limit nothing is clipped") as task:
    rows, wanted = check.measurements(16, 4, "not clipped")
    model = task.run(student.ClippedStep, keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)]), 500.0)
    task.expect(check.is_model(model))
    check.compile_with(model, learning_rate=0.05)
    task.expect(check.steps_clipped(model, rows, wanted, learning_rate=0.05, limit=None))
### BEGIN HIDDEN TESTS
with check.task("The step of another net, by hand") as task:
    columns, units = check.sizes(2, 3, 8, "clipped")
    rows, wanted = check.measurements(24, columns, "clipped again")
    layers = [
        keras.layers.Dense(units, "relu", bias_regularizer=keras.regularizers.L2(0.1)),
        keras.layers.BatchNormalization(),
        keras.layers.Dense(1, kernel_regularizer=keras.regularizers.L2(0.2)),
    ]
    model = task.run(student.ClippedStep, keras.Sequential([keras.Input((columns,)), *layers]), 0.3)
    task.expect(check.is_model(model))
    check.compile_with(model, learning_rate=0.1)
    task.expect(check.steps_clipped(model, rows, 4 * wanted, learning_rate=0.1, limit=0.3))
    task.expect(check.statistics_move_in_training_only(model, rows))
### END HIDDEN TESTS

# %% test="train_step/history" points=2
with check.task("What the History holds") as task:
    rows, wanted = check.measurements(24, 4, "history")
    layers = [keras.layers.Dense(5, "tanh", kernel_regularizer=keras.regularizers.L2(0.05)), keras.layers.Dense(1)]
    model = task.run(student.ClippedStep, keras.Sequential([keras.Input((4,)), *layers]), 0.5)
    task.expect(check.is_model(model))
    check.compile_with(model, learning_rate=0.2, metrics=["mae"])
    task.expect(check.fit_reports(model, rows, 4 * wanted, ["loss", "mae"], learning_rate=0.2, limit=0.5))
### BEGIN HIDDEN TESTS
with check.task("What the History of another net holds") as task:
    rows, labels = check.clusters(24, 5, 3, "history")
    layers = [keras.layers.Dense(6, "tanh", kernel_regularizer=keras.regularizers.L2(0.1)), keras.layers.Dense(3)]
    net = keras.Sequential([keras.Input((5,)), *layers, keras.layers.Softmax()])
    model = task.run(student.ClippedStep, net, 0.2)
    task.expect(check.is_model(model))
    check.compile_with(model, learning_rate=0.2, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    task.expect(check.trains_like_fit(model, rows, labels, clip=("norm", 0.2), curves=["loss", "accuracy"]))
### END HIDDEN TESTS

# %% [markdown] hint="train_step"
# Begin with the `train_step` of `PlainStep`. Only between the gradients and the optimizer something is new. A
# Python `if norm > limit` can't decide in a graph, where the norm has no value yet: `keras.ops.maximum` or
# `keras.ops.minimum` can.

# %% [markdown] hint="train_step"
# `norm = keras.ops.sqrt(sum(keras.ops.sum(g**2) for g in gradients))`, and the factor is `self.limit /
# keras.ops.maximum(norm, self.limit)`: 1 while the norm is small. `tf.clip_by_global_norm` does both.
# `compute_loss` has the penalties in it already; don't add `self.losses`.

# %% [markdown]
# ## From a file
#
# A `.keras` file holds the weights, and a **configuration**: the arguments with which the model is to be made
# again. `model.get_config()` returns it as a dict, and `load_model` calls `TheClass.from_config(config)`, which
# calls `TheClass(**config)`. Which of your arguments are to be remembered, Keras can't know; you say so in
# `get_config`.


# %%
@keras.saving.register_keras_serializable(package="lab07")
class Around(keras.Model):
    """A net whose answer is multiplied by a number."""

    def __init__(self, net, factor=1.0, **kwargs):
        super().__init__(**kwargs)
        self.net, self.factor = net, factor

    def call(self, inputs, training=None):
        return self.factor * self.net(inputs, training=training)

    def get_config(self):
        net = keras.saving.serialize_keras_object(self.net)
        return super().get_config() | {"net": net, "factor": self.factor}

    @classmethod
    def from_config(cls, config):
        net = keras.saving.deserialize_keras_object(config.pop("net"))
        return cls(net, **config)


around = Around(line, factor=3.0, name="threefold")
around(X[:2])
path = check.scratch_path("around.keras")  # in a folder that is removed when the notebook stops
around.save(path)
loaded = keras.saving.load_model(path)
print(type(loaded).__name__, loaded.name, loaded.factor, "· same answers:", np.allclose(loaded(X), around(X)))

# %% [markdown]
# - `super().get_config()` holds what every model has: its name, `trainable`, the `dtype` of its numbers. The bar
#   `|` joins two dicts. On the way back these settings arrive in `**kwargs`, which `__init__` hands to
#   `super().__init__`.
# - Numbers and words go into the configuration as they are. An argument that is itself a layer or a model has to
#   be made plain first (`serialize_keras_object`) and made again in `from_config`. That is a `@classmethod`: it is
#   called on the class instead of a model, and the class is its first argument, `cls`.
# - The line above the class, with `@`, tells Keras its name, so that it is found when a file is loaded.
#
# ## Exercise 5 · Debug this (3 points)
#
# The class below comes from an older tutorial. It reads the tags and returns a probability for each department;
# the **temperature** says how sure it speaks, dividing the scores before the softmax. **Five things are wrong.**
# Some show at the first call, one when it is trained, the rest the day somebody loads the file.
#
# `tag_reader(units, departments, temperature=1.0, name=…, …)` returns a new model. Mended, it
#
# - works with `training` and without, and drops numbers in training only;
# - has the four weights of its two dense layers from the first call on;
# - comes back from its configuration and from a file as it was: arguments, name and all.
#
# That the class isn't registered is not one of the five: the check hands it to `load_model`. When you load a file
# yourself, add `custom_objects={"TagReader": type(model)}`.
#
# The class stands inside a function, so that its errors wait until you call it.


# %% exercise="config"
def tag_reader(units, departments, temperature=1.0, **settings):
    """Return a model: softmax(scores / temperature) for each department, from the tags."""

    ### BEGIN SOLUTION
    class TagReader(keras.Model):
        def __init__(self, units, departments, temperature, **kwargs):
            super().__init__(**kwargs)
            self.units = units
            self.departments = departments
            self.temperature = temperature
            self.hidden = keras.layers.Dense(units, activation="relu")
            self.drop = keras.layers.Dropout(0.5)
            self.head = keras.layers.Dense(departments)

        def call(self, inputs, training=None):
            x = self.hidden(inputs)
            x = self.drop(x, training=training)
            scores = self.head(x)
            return keras.ops.softmax(scores / self.temperature)

        def get_config(self):
            own = {"units": self.units, "departments": self.departments, "temperature": self.temperature}
            return super().get_config() | own

    return TagReader(units, departments, temperature, **settings)
    ### BROKEN
    # raise NotImplementedError("Delete this line, then mend the listing below.")
    #
    # class TagReader(keras.Model):
    #     def __init__(self, units, departments, temperature):
    #         super().__init__()
    #         self.units = units
    #         self.departments = departments
    #         self.temperature = temperature
    #         self.hidden = keras.layers.Dense(units, activation="relu")
    #         self.drop = keras.layers.Dropout(0.5)
    #
    #     def call(self, inputs, training):
    #         x = self.hidden(inputs)
    #         x = self.drop(x, training=True)
    #         scores = keras.layers.Dense(self.departments)(x)
    #         return keras.ops.softmax(scores / self.temperature)
    #
    #     def get_config(self):
    #         own = {"units": self.units, "departments": self.departments}
    #         return super().get_config() | own
    #
    # return TagReader(units, departments, temperature, **settings)
    ### END SOLUTION


# %% test="config/works" points=1
with check.task("The mended model at work") as task:
    rows = check.normal((12, 6), "tags")
    model = task.run(student.tag_reader, 8, 3, temperature=2.5)
    task.expect(check.is_model(model), check.layers_made_once(model, rows), check.has_outputs(model, rows, [(3,)]))
    task.expect(check.tracks(model, trainable=[(6, 8), (8,), (8, 3), (3,)], stop=True))
    by_hand = task.run(model, rows)  # without a word about training
    task.expect(check.rows_sum_to_one(by_hand, about="called by hand: probabilities"))
    task.expect(check.two_dense(model, rows, units=8, temperature=2.5))
    task.expect(check.drops_in_fit(model, rows, np.arange(12) % 3), check.drops_in_training_only(model, rows))
### BEGIN HIDDEN TESTS
with check.task("The mended model at work, in other sizes") as task:
    columns, units, departments = check.sizes(3, 4, 10, "reader", without=(6, 8))
    rows = check.normal((16, columns), "tags again")
    model = task.run(student.tag_reader, units, departments, temperature=0.6)
    task.expect(check.is_model(model), check.layers_made_once(model, rows))
    shapes = [(columns, units), (units,), (units, departments), (departments,)]
    task.expect(check.tracks(model, trainable=shapes, stop=True))
    by_hand = task.run(model, rows)
    task.expect(check.rows_sum_to_one(by_hand, about="called by hand: probabilities"))
    task.expect(check.two_dense(model, rows, units=units, temperature=0.6))
    task.expect(check.works_in_a_graph(model, rows))
    task.expect(check.drops_in_fit(model, rows, np.arange(16) % departments))
### END HIDDEN TESTS

# %% test="config/file" points=2
with check.task("Made again, from its configuration and from a file") as task:
    rows = check.normal((12, 6), "file")
    model = task.run(student.tag_reader, 8, 3, temperature=2.5)
    task.expect(check.is_model(model), check.layers_made_once(model, rows))
    task.expect(check.round_trip(model, rows))
    task.expect(check.keeps_settings(task.run(student.tag_reader, 8, 3, name="reader"), name="reader"))
### BEGIN HIDDEN TESTS
with check.task("Another one made again") as task:
    columns, units, departments = check.sizes(3, 4, 10, "copied", without=(6, 8))
    rows = check.normal((12, columns), "copied")
    model = task.run(student.tag_reader, units, departments, temperature=0.4)
    task.expect(check.is_model(model), check.layers_made_once(model, rows), check.round_trip(model, rows))
    named = task.run(student.tag_reader, units, departments, 3.0, name="again")
    task.expect(check.keeps_settings(named, name="again"))
### END HIDDEN TESTS

# %% [markdown] hint="config"
# Call `tag_reader(8, 3)` on a few rows, read the last line of the error, mend that one thing, run again. Then look
# at `len(model.weights)`, call it twice, and try `fit`. At each line of `call`, ask: is this right in training
# *and* afterwards? And at each argument of `__init__`: how does it come back from a file?

# %% [markdown] hint="config"
# `__init__` takes `**kwargs` and hands them on to `super().__init__`; the head is made there, and kept;
# `training=None` in the signature of `call`, `training=training` for the dropout; and `own` holds all three
# arguments.

# %% [markdown]
# ## Depth that follows the data
#
# In a class `call` is Python, so it may hold a loop. A loop over a Python number is run through once, when `fit`
# traces the model: `for _ in range(self.times)` leaves so many layers in the notes, one after the other. An `if`
# on a Python value is decided then, once and for all.
#
# An `if` on a **tensor** is another matter. Called by hand, the tensor has a number and Python looks at it. Inside
# `fit` it has none yet:


# %%
class Undecided(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(1)

    def call(self, inputs):
        if keras.ops.mean(inputs) > 0:
            inputs = -inputs
        return self.head(inputs)


undecided = Undecided()
print("called by hand:", undecided(X[:2]).shape)
undecided.compile("sgd", "mse")
try:
    undecided.fit(X, y, verbose=0)
except Exception as error:
    print("inside `fit`:", type(error).__name__)

# %% [markdown]
# Two operations decide inside the graph:
#
# - `keras.ops.where(condition, a, b)` computes both, and takes from each what the condition says, **row by row**;
# - `keras.ops.cond(condition, f, g)` calls one of two functions, for the whole batch at once.

# %%
h = np.array([[1.0, 5.0], [2.0, -5.0]], "float32")
small = keras.ops.max(h, axis=1, keepdims=True) < 3
print("which rows are small:", small.numpy().ravel())
print(keras.ops.where(small, 10 * h, h).numpy())

# %% [markdown]
# ## Exercise 6 · Challenge: easy rows leave early (5 points)
#
# Some tickets are settled at a glance, others need a second thought. Write a model that thinks as often as it has
# to.
#
# `EarlyExit(block, classes, most, limit)` gets a finished layer `block`, which takes rows and returns rows of the
# same size. It has one **head**, a dense layer of `classes` units with softmax. All rows are handed to `block` at
# once, one call for each round; which of them take what it returns is decided for each row by itself. The head is
# asked before the first round, too:
#
# > As long as none of the head's probabilities reaches `limit`, the row goes through `block` once more, `most`
# > times at most. Then the head's probabilities are the answer.
#
# - The same `block` and the same head serve in every round.
# - The depth follows the argument: when no row is ever sure, `block` is called exactly `most` times.
# - It works inside `fit`, and both `block` and head learn there.
#
# How you do it is up to you.


# %% exercise="exit"
class EarlyExit(keras.Model):
    """Sends each row through `block` until the head is sure of it, `most` times at most."""

    def __init__(self, block, classes, most=3, limit=0.9, **kwargs):
        super().__init__(**kwargs)
        ### BEGIN SOLUTION
        self.block, self.most, self.limit = block, most, limit
        self.head = keras.layers.Dense(classes, activation="softmax")
        ### END SOLUTION

    def call(self, inputs):
        ### BEGIN SOLUTION
        h = inputs
        for _ in range(self.most):
            unsure = keras.ops.max(self.head(h), axis=1, keepdims=True) < self.limit
            h = keras.ops.where(unsure, self.block(h), h)
        return self.head(h)
        ### END SOLUTION


# %% test="exit/rows" points=3
with check.task("Each row by itself") as task:
    rows = check.normal((8, 5), "exit")
    model = task.run(student.EarlyExit, keras.layers.Dense(5, activation="tanh"), 3, 3, 0.7)
    task.expect(check.is_model(model), check.layers_made_once(model, rows), check.has_outputs(model, rows, [(3,)]))
    task.expect(check.exits_early(model, features=5, classes=3, most=3, limit=0.7))
### BEGIN HIDDEN TESTS
with check.task("Each row by itself, with other rounds and another limit") as task:
    rows = check.normal((8, 6), "exit again")
    model = task.run(student.EarlyExit, keras.layers.Dense(6, activation="tanh"), 4, 2, 0.55)
    task.expect(check.is_model(model), check.layers_made_once(model, rows))
    task.expect(check.exits_early(model, features=6, classes=4, most=2, limit=0.55))
### END HIDDEN TESTS

# %% test="exit/depth" points=2
with check.task("The depth follows the argument, and it learns") as task:
    rows = check.normal((8, 5), "depth")
    task.expect(check.calls_layer(student.EarlyExit, rows, 4, {"classes": 3, "most": 4, "limit": 2.0}))
    model = task.run(student.EarlyExit, keras.layers.Dense(5, activation="tanh"), 3, 2, 0.95)
    task.expect(check.is_model(model), check.layers_made_once(model, rows))
    task.expect(check.all_can_learn(model), check.works_in_fit(model, rows, np.arange(8) % 3))
### BEGIN HIDDEN TESTS
with check.task("Another depth, and it learns") as task:
    rows = check.normal((8, 5), "depth again")
    most = int(check.rng("most").integers(5, 9))
    task.expect(check.calls_layer(student.EarlyExit, rows, most, {"classes": 4, "most": most, "limit": 2.0}))
    task.expect(check.calls_layer(student.EarlyExit, rows, 1, {"classes": 4, "most": 1, "limit": 2.0}))
    model = task.run(student.EarlyExit, keras.layers.Dense(5, activation="tanh"), 4, 3, 0.95)
    task.expect(check.is_model(model), check.layers_made_once(model, rows))
    task.expect(check.works_in_a_graph(model, rows))
### END HIDDEN TESTS

# %% [markdown] hint="exit"
# Begin without the exit: a loop over `range(self.most)` that sends all rows through `block`. Then ask the head in
# each round, and let only the unsure rows take what the block returns.

# %% [markdown] hint="exit"
# `unsure = keras.ops.max(self.head(h), axis=1, keepdims=True) < self.limit` has a row for each row. With
# `keepdims=True` its shape is (rows, 1), so that `keras.ops.where(unsure, self.block(h), h)` chooses whole rows. A
# row that is sure keeps its `h`, so it stays sure.

# %% [markdown]
# ## Quiz (3 points)
#
# One letter between quotes. The check notes your choice; it is graded when you hand in.

# %% [markdown]
# **1.** You keep ten layers in a list, `self.blocks = [keras.layers.Dense(8) for _ in range(10)]`. Does Keras
# train them?

# %% quiz="layers_in_a_list" points=1
# a) yes: it looks into lists and dicts that are attributes of the model
# b) no: each layer needs an attribute of its own
# c) only the last one
layers_in_a_list = "a"

# %% [markdown]
# **2.** A `train_step` computes `loss = self.compute_loss(…) + sum(self.losses)`. The model has an L2 regulariser
# of 0.01. As what does the regulariser act?

# %% quiz="regulariser_twice" points=1
# a) as none: the two cancel
# b) as one of 0.01
# c) as one of 0.02
regulariser_twice = "c"

# %% [markdown]
# **3.** A trained class was saved by `model.save("m.keras")`. Loading it raises an error about an unexpected
# argument `name`. What is missing?

# %% quiz="unexpected_name" points=1
# a) `get_config`
# b) `**kwargs` in `__init__`, handed on to `super().__init__`
# c) `training=None` in `call`
unexpected_name = "b"

# %% [markdown]
# ## Reflection (3 points, read by your instructor)
#
# Your team builds a model with two inputs and a plain chain of layers between, nothing else. A colleague wants to
# write it as a class, "because it's more flexible". Name **two things** that the team would lose, and **one change
# of the task** after which you would agree to a class. Four to six sentences.

# %% [markdown] manual="reflection" points=3
# As a graph the model can be asked: `summary` knows all shapes before the first row comes, and wrong shapes raise
# an error while the model is built instead of in training. Inner outputs are there by name, so that a new head can
# begin at the trunk, and the file needs no code of ours to be loaded. A class would lose both, and `get_config`
# would be one more thing to keep right. I would agree once the path of a row depends on the row, for example when
# easy tickets should leave early, or when a training step of its own is needed.
#
# ### BEGIN MARK SCHEME
# One point for each real loss (shapes and summary before the first call, `.output` and inner layers, errors when
# the model is built, loading without the class, drawing and comparing the graph), one for a change that needs
# Python at run time (loops or exits that depend on data, recursion, a step of its own); "more flexible" alone
# earns none.
# ### END MARK SCHEME

# %% [markdown]
# ## What older tutorials still say
#
# | you read | today | what happens otherwise |
# |---|---|---|
# | `super(MyModel, self).__init__()` | `super().__init__(**kwargs)` | works, but refuses a name |
# | `call(self, inputs, training)` | `training=None` | an error where nobody says it |
# | `call(self, inputs)` around a Dropout | an argument `training` | inside `fit` nothing is dropped |
# | `self.optimizer.minimize(loss, …)` | a tape, then `optimizer.apply(gradients, weights)` | an error |
# | `self.compiled_loss`, `self.compiled_metrics` | `compute_loss`, `self.metrics` | a warning, or an error |
# | `loss + sum(self.losses)` beside `compute_loss` | `compute_loss` alone | penalties counted twice |
# | no `get_config` in a model | `super().get_config() \| {…}` | arguments lost, or an error when loaded |
# | `model.save("folder")` | `model.save("m.keras")` | an error |
# | `model.layers[3].output` of a class | wrap it: `keras.Model(inputs, model.call(inputs))` | an error |
# | `if tf.reduce_mean(x) > 0:` | `keras.ops.where`, `keras.ops.cond` | works by hand, an error in `fit` |

# %% [markdown]
# ## Take-away
#
# `__init__` makes the layers and keeps them, `call` uses them, `training=None` stands in its signature. Show with
# equal weights that a class computes what you meant. Wrap it, and shapes and inner outputs come back. `train_step`
# changes what one step does; `get_config` makes a file worth having. And when a graph is enough, take the graph.
# Next: layers of your own.
