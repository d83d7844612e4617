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
# A functional model is a graph: you build it once, and then it is fixed. Some models need to decide while they run:
# repeat a step, stop early, or train in their own way. For these you write a class and describe in Python how the
# outputs are computed. You gain freedom, and you lose the graph. This lab covers both.
#
# After this lab you can
#
# - write a model as a **class**, and show that it computes the same as an equivalent functional model;
# - pass the **training** flag to the layers, so that Dropout drops values inside `fit` and nowhere else;
# - recover what subclassing costs: the **summary with shapes**, `.output` and the inner layers;
# - **override `train_step`** and still get the loss, the metrics and the regularizers right;
# - **save and load** a class of your own, and let a model's **depth depend on its data**.
#
# You need labs 01 and 06, and some experience with Python classes: what `__init__`, `self` and `super()` are for.

# %%
from course import data, see
from grader import check, student

import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(7)

# %% [markdown]
# ## Two models that should be the same

# %%
see.twins.picture()

# %% [markdown]
# Two people wrote the ticket desk of lab 06, one as a graph and the other as a class. The picture overlays the two:
# missing parts are dashed blue, and different parts are orange (here there are none). The author of the class forgot
# a line. The class raises no error, and it trains, but it never reads the tags.
#
# A class does not draw its graph for you. So you need a way to *show* that it computes what you meant. This picture
# is one way. Another way compares numbers, and you will use it in a moment.

# %% [markdown]
# ## A worked example: a model in two methods
#
# How urgent is a ticket, judging by its tags alone? A model written as a class inherits from `keras.Model` and has
# two methods:
#
# | method | when it runs | what belongs there |
# |---|---|---|
# | `__init__` | once, when you write `TagDesk(16)` | create the layers, and keep each one in an attribute |
# | `call` | for every batch | use the layers to compute the outputs from `inputs` |


# %%
class TagDesk(keras.Model):
    """Predict the priority of a ticket, 0 to 1, from its tags."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.hidden = keras.layers.Dense(units, activation="relu")
        self.head = keras.layers.Dense(1, activation="sigmoid")

    def call(self, inputs):
        return self.head(self.hidden(inputs["tags"]))


# %% [markdown]
# `super().__init__(**kwargs)` comes first: it prepares the model to track the layers that you assign to attributes of
# `self`. `kwargs` holds settings that every model has, such as `name`.
#
# `inputs` is what you pass to the model: here a dict with a key for each input, as in lab 06. `call` may use only
# some of them.

# %%
inputs, targets = data.tickets.load(seed=1)
tag_desk = TagDesk(16, name="tag_desk")
print("weights before the first call:", len(tag_desk.weights))
first = tag_desk({"tags": inputs["tags"][:3]})
print("weights after it:", len(tag_desk.weights), "· outputs:", first.shape)

# %% [markdown]
# No one specified the number of tags. Each layer takes the number of its inputs from the first batch, and then
# creates its weights. From here on, everything works as in lab 01: compile, fit, predict.

# %%
tag_desk.compile(keras.optimizers.Adam(learning_rate=0.01), "mean_squared_error", metrics=["mae"])
tag_desk.fit({"tags": inputs["tags"]}, targets["priority"], epochs=8, verbose=0)
scores = tag_desk.evaluate({"tags": inputs["tags"]}, targets["priority"], verbose=0, return_dict=True)
naive = np.abs(targets["priority"] - targets["priority"].mean()).mean()
print(f"mean absolute error: {scores['mae']:.2f}; when always predicting the mean: {naive:.2f}")

# %% [markdown]
# ### The functional twin
#
# Here is the same computation as a graph, the class's *functional twin*. Is it really the same? Two models that
# compute the same function return the same outputs **whenever they have the same weights**. So copy the weights, and
# compare.

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
# The order of the arrays in `get_weights` depends on how the model was made. In a class it is the order in which you
# assigned the layers to attributes; in a functional model it is the order of the layers in the graph. The copy needs
# the same order in both models. Agreement on a hundred samples is strong evidence rather than a proof, and it covers
# inference mode only.

# %% [markdown]
# ### Predict, then run · 1
#
# This class has no `__init__`. It creates its layer inside `call`, where it uses the layer. You call the model twice
# on the same sample. What does it return?

# %% predict="asked_twice" points=1
# a) the same number both times
# b) a different number each time
# c) an error at the second call, because the layer already exists
asked_twice = "b"


# %%
class Forgetful(keras.Model):
    def call(self, inputs):
        return keras.layers.Dense(1)(inputs["tags"])


forgetful = Forgetful()
row = {"tags": inputs["tags"][:1]}
print("the same output twice:", bool(np.allclose(forgetful(row), forgetful(row))))
print("weights that Keras tracks:", len(forgetful.weights))

# %% [markdown]
# `call` runs for every batch, and each run creates a new layer with new random weights. Keras tracks none of these
# layers: it looks only at the model's **attributes**, including lists and dicts stored there. Keras can neither train
# nor save a layer that it does not track.

# %% [markdown]
# ## Exercise 1 · The ticket desk as a class (4 points)
#
# Complete `TicketDesk(words, departments)`. It computes what the desk of lab 06 computes:
#
# | part | what it does |
# |---|---|
# | `title` | an `Embedding` of `words` tokens with 16 numbers each, then the mean over the tokens |
# | `text_body` | the same, with an `Embedding` **of its own** |
# | concatenation | title, text and the unchanged `tags`, in this order |
# | trunk | a dense layer of 32 units with relu |
# | `priority` | a dense layer of 1 unit with sigmoid, applied to the trunk |
# | `department` | a dense layer of `departments` units with softmax, applied to the trunk |
#
# `inputs` is a dict of `title`, `text_body` and `tags`; `call` returns a dict of `priority` and `department`. You
# choose the attributes in which you keep the layers: one for each layer, a list or a dict. Don't name an attribute
# `layers` or `output`, because Keras uses these names itself.


# %% exercise="desk"
class TicketDesk(keras.Model):
    """Predict the priority and department of a ticket from its title, text and tags."""

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
with check.task("Outputs of the class") as task:
    rows = check.ticket_rows(8, words=40, tags=5)
    desk = task.run(student.TicketDesk, words=40, departments=3)
    task.expect(check.is_model(desk), check.layers_made_once(desk, rows))
    task.expect(check.has_outputs(desk, rows, {"priority": (1,), "department": (3,)}))
### BEGIN HIDDEN TESTS
with check.task("Outputs of the class, other sizes") as task:
    words, tags, departments = check.sizes(3, 9, 30, "class")
    rows = check.ticket_rows(8, words, tags)
    desk = task.run(student.TicketDesk, words=words, departments=departments)
    task.expect(check.is_model(desk), check.layers_made_once(desk, rows))
    task.expect(check.has_outputs(desk, rows, {"priority": (1,), "department": (departments,)}))
    task.expect(check.outputs_are_probabilities(desk, rows, ["priority", "department"]))
### END HIDDEN TESTS

# %% test="desk/twin" points=3
with check.task("Comparison with the functional twin") as task:
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
with check.task("Comparison with the functional twin, other sizes") as task:
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
# `__init__` creates the layers, and `call` uses them. Create each layer that has weights once, and keep it in an
# attribute of `self`. The mean and the concatenation have no weights: they may be layers, or you can write
# `keras.ops.mean` and `keras.ops.concatenate` in `call`.

# %% [markdown] hint="desk"
# Concatenate a list of three tensors, then apply the trunk: `self.trunk(self.beside([title, text, inputs["tags"]]))`.
# Call both heads on the result. The keys of the dict that you return are the names of the outputs.

# %% [markdown]
# ## See the mistakes
#
# Six people wrote the desk as a class, and five of them made a mistake. The still image shows the first mistake; in a
# running notebook, choose another one above the picture. Before you read the line below the picture, ask yourself:
# **which** of these classes would train without an error, and which mistake would you have noticed from the loss
# alone?

# %%
see.twins.explore()

# %% [markdown]
# All six run and train. When your exercise 1 passes, overlay your own class on the functional twin, and break it on
# purpose:
#
# ```python
# see.twins.explore(TicketDesk(len(data.tickets.VOCABULARY), 4))
# ```

# %% [markdown]
# ## Training mode and inference mode
#
# **Dropout** sets some of its inputs to zero at random in training mode, and passes all of them on unchanged in
# inference mode. So a layer needs to know the mode. The argument `training` carries this flag: `fit` calls the model
# with `training=True`, `evaluate` and `predict` call it with `training=False`, and your `call` may have an argument
# of this name:
#
# ```python
# def call(self, inputs, training=None):
#     hidden = self.drop(self.hidden(inputs), training=training)
# ```
#
# `None` means that the caller did not choose a mode; layers then use inference mode.
#
# ### Predict, then run · 2
#
# The `call` of this model has no `training` argument. Its Dropout is meant to drop half of the values. What happens
# inside `fit`?

# %% predict="drops_in_fit" points=1
# a) half of the values are dropped, because Keras passes the flag to each layer
# b) no values are dropped, and there is no error
# c) `fit` raises an error, because the argument is missing
drops_in_fit = "b"


# %%
class Untold(keras.Model):
    """Record the share of values that Dropout lets through."""

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
print("share let through inside `fit`:", set(untold.let_through))

# %% [markdown]
# Dropout passes all values on, and there is no warning. `fit` looks at the signature of `call`: it passes the flag
# only to a model whose `call` has the argument `training`. Without the argument, neither the model nor its layers get
# the flag. Write the argument as `training=None`, so that the model can also be called without it. Once the argument
# is there, Keras passes the flag on to the layers inside; writing `training=training` makes this visible.

# %% [markdown]
# ## Exercise 2 · Pass the flag on (3 points)
#
# Write `guarded(inner, units)`. `inner` is a layer that behaves differently in training mode, such as `Dropout(0.5)`
# or `BatchNormalization()`. Return a model of three steps:
#
# 1. a dense layer of `units` units with relu,
# 2. `inner`,
# 3. a dense layer of 1 unit, without an activation.
#
# In `fit`, `inner` must run in training mode. In `evaluate`, in `predict`, and when you call the model without
# `training`, it must run in inference mode. Here the class is defined inside the function, and you write the
# signature of `call` yourself.


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
with check.task("The three steps: dense, inner, dense") as task:
    rows = check.normal((12, 4), "guarded")
    inner = keras.Sequential([keras.layers.Rescaling(2.0, offset=1.0), keras.layers.Dropout(0.5)])
    model = task.run(student.guarded, inner, 5)
    task.expect(check.is_model(model), check.layers_made_once(model, rows), check.has_outputs(model, rows, [(1,)]))
    task.expect(check.tracks(model, trainable=[(4, 5), (5,), (5, 1), (1,)], stop=True))
    task.expect(check.two_dense(model, rows, units=5, between=(2.0, 1.0)))
### BEGIN HIDDEN TESTS
with check.task("The three steps, other sizes") as task:
    columns, units = check.sizes(2, 3, 9, "guarded", without=(5,))
    rows = check.normal((9, columns), "guarded again")
    inner = keras.Sequential([keras.layers.Rescaling(-1.5, offset=0.5), keras.layers.Dropout(0.5)])
    model = task.run(student.guarded, inner, units)
    task.expect(check.is_model(model), check.layers_made_once(model, rows))
    task.expect(check.tracks(model, trainable=[(columns, units), (units,), (units, 1), (1,)], stop=True))
    task.expect(check.two_dense(model, rows, units=units, between=(-1.5, 0.5)))
### END HIDDEN TESTS

# %% test="training/flag" points=2
with check.task("The training flag at the inner layer") as task:
    rows = check.normal((12, 4), "told")
    task.expect(check.is_model(task.run(student.guarded, keras.layers.Dropout(0.5), 5)))
    task.expect(check.told_in_fit(student.guarded, rows, {"units": 5}))
    task.expect(check.passes_training(student.guarded, rows, {"units": 5}))
### BEGIN HIDDEN TESTS
with check.task("Dropout and moving statistics") as task:
    columns, units = check.sizes(2, 3, 9, "told", without=(5,))
    rows = check.normal((16, columns), "told again")
    task.expect(check.told_in_fit(student.guarded, rows, {"units": units}))
    task.expect(check.passes_training(student.guarded, rows, {"units": units}))
    model = task.run(student.guarded, keras.layers.BatchNormalization(), units)
    task.expect(check.is_model(model), check.layers_made_once(model, rows))
    task.expect(check.statistics_move_in_training_only(model, rows))
### END HIDDEN TESTS

# %% [markdown] hint="training"
# Look at the signature of `call`: Keras passes the flag only if the signature has an argument for it. What should the
# default be when the caller passes nothing? Then pass the flag on to `inner`; Keras would do this for you, but an
# explicit argument makes it visible.

# %% [markdown] hint="training"
# Write `def call(self, inputs, training=None):`, and in it `self.inner(hidden, training=training)`. With
# `training=True` there, the model would drop values at inference too; with `training=False`, it would never drop any.

# %% [markdown]
# ## What subclassing costs
#
# You can ask a functional model for its shapes, its inner layers and their outputs, because the model *is* its graph.
# A class contains Python code, and Keras can't know what the code does before it runs. Compare:


# %%
def asked(name, question):
    """Print the result of a question, or the type of error that it raises."""
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
# The first summary shows question marks and zeros, because the shapes are unknown before the first call. The second
# summary shows the shapes of that one call, including its number of samples, here 3. `.output` doesn't exist until
# you call the model on a **symbolic tensor**, such as a `keras.Input`: a tensor that has a shape but no values.
#
# **The way back** is to make such a call once, and to build a functional model from the resulting graph:

# %%
tags = keras.Input(shape=(12,), name="tags")
one_box = keras.Model({"tags": tags}, tag_desk({"tags": tags}), name="one_box")
one_box.summary()
print("output:", one_box.output.shape)

# %% [markdown]
# This model has shapes and an `.output`, but the whole class is a single box in the graph. To see *inside*, call the
# model's method `call` yourself. Then each inner layer is applied to the symbolic tensor and becomes part of the
# graph:

# %%
opened = keras.Model({"tags": tags}, tag_desk.call({"tags": tags}), name="opened")
opened.summary()
print("output of the hidden layer:", tag_desk.hidden.output.shape)

# %% [markdown]
# This created no weights and copied none. `one_box` and `opened` are views of `tag_desk`: they share its weights.
# Train one of the three models, and the other two change as well.
#
# ## Exercise 3 · Open it (3 points)
#
# A colleague gives you a trained model that is written as a class. Write two functions. `inputs` has the structure
# that the model takes, made of symbolic tensors: a single one or a dict of them.
#
# - `as_functional(model, inputs)` returns a functional model that wraps it: the same outputs, computed with the same
#   weights, and with an `.output`.
# - `output_of(model, inputs, name)` returns a functional model that outputs **the output of the inner layer called
#   `name`**.


# %% exercise="open"
def as_functional(model, inputs):
    """Return a functional model of these inputs that computes the same as `model`, with its weights."""
    ### BEGIN SOLUTION
    return keras.Model(inputs, model(inputs))
    ### STUB
    # raise NotImplementedError("Delete this line and complete the next.")
    # return keras.Model(inputs, ...)
    ### END SOLUTION


def output_of(model, inputs, name):
    """Return a functional model that outputs the output of the layer called `name` inside `model`."""
    ### BEGIN SOLUTION
    opened = keras.Model(inputs, model.call(inputs))
    return keras.Model(inputs, opened.get_layer(name).output)
    ### STUB
    # raise NotImplementedError("Delete this line and complete the lines below.")
    # opened = keras.Model(inputs, ...)
    # return keras.Model(inputs, ...)
    ### END SOLUTION


# %% test="open/whole" points=1
with check.task("A functional view with an output") as task:
    task.expect(check.wraps(student.as_functional))
### BEGIN HIDDEN TESTS
with check.task("A functional view of a model with a single input") as task:
    task.expect(check.wraps(student.as_functional, plain=True, names=("first", "second", "answer")))
### END HIDDEN TESTS

# %% test="open/inside" points=2
with check.task("Output of the trunk") as task:
    task.expect(check.wraps(student.output_of, of="trunk"))
### BEGIN HIDDEN TESTS
with check.task("Outputs of other layers") as task:
    task.expect(check.wraps(student.output_of, of="middle"))
    names = ("alpha", "beta", "gamma")
    task.expect(check.wraps(student.output_of, plain=True, names=names, of="beta"))
    task.expect(check.wraps(student.output_of, plain=True, names=names, of="gamma"))
### END HIDDEN TESTS

# %% [markdown] hint="open"
# Both functions end with `keras.Model(inputs, …)`. For the first, any way of calling the model on the inputs will do.
# For the second, the inner layers themselves have to be called on the symbolic tensors.

# %% [markdown] hint="open"
# `model(inputs)` turns the model into one box. `model.call(inputs)` puts each inner layer into the graph; after that,
# `get_layer(name).output` is the symbolic tensor that you need.

# %% [markdown]
# ## A training step of your own
#
# What does `fit` do? For each batch it calls one method, `train_step`; the values that `train_step` returns appear in
# the progress bar and in the History. If you override `train_step`, `fit` runs your step and keeps its epochs,
# callbacks and validation. Before it trains, Keras **traces** the step: it runs your Python code on tensors without
# values, records the operations, and then runs the recorded operations for every batch. Here is a `train_step` that
# does almost what Keras's own does:


# %%
class PlainStep(keras.Model):
    """Wrap a network in a model whose training step is written out."""

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
# It always has the same four parts.
#
# - The **tape** records what is computed inside its block. `compute_loss` returns the loss that you compiled **plus
#   the model's penalties**, which `model.losses` holds. A **regularizer** adds such a penalty:
#   `keras.regularizers.L2(0.01)` adds 0.01 times the sum of the squares of a layer's weights, which keeps them small.
# - The **gradient** gives, for each weight, how fast the loss changes as that weight increases. The tape computes it.
# - The **optimizer** takes a step based on the gradients.
# - The **metrics** are updated with the batch. `self.metrics` holds one metric called `loss`, which takes the loss,
#   and one that contains the metrics that you compiled, which takes targets and predictions.
#
# Keras's own step differs in three ways. It passes the number of samples to the metric `loss` as `sample_weight`;
# here a smaller last batch counts as much as a full one in the mean over an epoch. It accepts sample weights in
# `data`. And it lets the optimizer scale the loss, which training in float16 needs.

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
# Now and then an unusual batch has gradients a thousand times as large as usual, and a single step throws the weights
# far off. **Clipping** limits the size of the gradients. Treat all gradients together as one long list of numbers
# $g$. Its length is the **norm**
#
# $$\lVert g \rVert = \sqrt{\textstyle\sum_i g_i^2}\,.$$
#
# If the norm is larger than `limit`, every gradient is multiplied by the same factor,
# $\text{limit} / \lVert g \rVert$. The direction is unchanged, and the norm becomes `limit`. Otherwise nothing
# changes.
#
# Write the `train_step` of `ClippedStep(net, limit)`:
#
# - it makes the same step as `fit` would, but with clipped gradients;
# - the loss is the compiled loss plus the penalties, each counted **once**;
# - the loss and the metrics appear in the History, as they would without your step;
# - it works inside `fit`, which traces it as a graph.


# %% exercise="train_step"
class ClippedStep(keras.Model):
    """Wrap a network in a model that trains with gradients clipped to a norm of at most `limit`."""

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
with check.task("One clipped step, against the formula") as task:
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
with check.task("One step with a norm below the limit") as task:
    rows, wanted = check.measurements(16, 4, "not clipped")
    model = task.run(student.ClippedStep, keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)]), 500.0)
    task.expect(check.is_model(model))
    check.compile_with(model, learning_rate=0.05)
    task.expect(check.steps_clipped(model, rows, wanted, learning_rate=0.05, limit=None))
### BEGIN HIDDEN TESTS
with check.task("One clipped step of another network, against the formula") as task:
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
with check.task("Contents of the History") as task:
    rows, wanted = check.measurements(24, 4, "history")
    layers = [keras.layers.Dense(5, "tanh", kernel_regularizer=keras.regularizers.L2(0.05)), keras.layers.Dense(1)]
    model = task.run(student.ClippedStep, keras.Sequential([keras.Input((4,)), *layers]), 0.5)
    task.expect(check.is_model(model))
    check.compile_with(model, learning_rate=0.2, metrics=["mae"])
    task.expect(check.fit_reports(model, rows, 4 * wanted, ["loss", "mae"], learning_rate=0.2, limit=0.5))
### BEGIN HIDDEN TESTS
with check.task("Contents of the History, another network") as task:
    rows, labels = check.clusters(24, 5, 3, "history")
    layers = [keras.layers.Dense(6, "tanh", kernel_regularizer=keras.regularizers.L2(0.1)), keras.layers.Dense(3)]
    net = keras.Sequential([keras.Input((5,)), *layers, keras.layers.Softmax()])
    model = task.run(student.ClippedStep, net, 0.2)
    task.expect(check.is_model(model))
    check.compile_with(model, learning_rate=0.2, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    task.expect(check.trains_like_fit(model, rows, labels, clip=("norm", 0.2), curves=["loss", "accuracy"]))
### END HIDDEN TESTS

# %% [markdown] hint="train_step"
# Start from the `train_step` of `PlainStep`. The only new code goes between the gradients and the optimizer. A Python
# `if norm > limit` can't decide in a graph, because the norm has no value yet while Keras traces the step. Use
# `keras.ops.maximum` or `keras.ops.minimum` instead.

# %% [markdown] hint="train_step"
# `norm = keras.ops.sqrt(sum(keras.ops.sum(g**2) for g in gradients))`, and the factor is
# `self.limit / keras.ops.maximum(norm, self.limit)`, which is 1 while the norm is small. `tf.clip_by_global_norm`
# does both. `compute_loss` already includes the penalties; don't add `self.losses`.

# %% [markdown]
# ## Save and load
#
# A `.keras` file holds the weights, the optimizer's state, and a **configuration**: the arguments needed to create
# the model again. `model.get_config()` returns the configuration as a dict, and `load_model` calls
# `TheClass.from_config(config)`, which calls `TheClass(**config)`. Keras can't know which of your arguments belong in
# the configuration; you say so in `get_config`.


# %%
@keras.saving.register_keras_serializable(package="lab07")
class Around(keras.Model):
    """Multiply the output of a network by a number."""

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
path = check.scratch_path("around.keras")  # in a folder that is removed when the kernel stops
around.save(path)
loaded = keras.saving.load_model(path)
print(type(loaded).__name__, loaded.name, loaded.factor, "· same outputs:", np.allclose(loaded(X), around(X)))

# %% [markdown]
# - `super().get_config()` holds what every model has: its name, `trainable`, the `dtype` of its numbers. The operator
#   `|` merges two dicts. When the model is loaded, these settings arrive in `**kwargs`, which `__init__` passes to
#   `super().__init__`.
# - Numbers and strings go into the configuration unchanged. An argument that is itself a layer or a model has to be
#   converted to plain data first (`serialize_keras_object`), and created again in `from_config`. `from_config` is a
#   `@classmethod`: you call it on the class instead of on a model, and its first argument, `cls`, is the class.
# - The decorator above the class (the line with `@`) registers it with Keras under a name, so that Keras finds the
#   class when it loads a file.
#
# ## Exercise 5 · Debug this (3 points)
#
# The class below comes from an older tutorial. It takes the tags and returns a probability for each department. The
# scores are divided by the **temperature** before the softmax: the higher it is, the less confident the predictions.
# **Five things are wrong.** Some of them show at the first call, one during training, and the rest when the model is
# saved and loaded.
#
# `tag_reader(units, departments, temperature=1.0, name=…, …)` returns a new model. Once it is fixed, the model
#
# - works with and without `training`, and drops values in training mode only;
# - has the four weights of its two dense layers from the first call on;
# - can be created again from its configuration and from a file, with the same arguments, name and other settings.
#
# One thing is not among the five: the class isn't registered. The check passes the class to `load_model`. When you
# load a file yourself, add `custom_objects={"TagReader": type(model)}`.
#
# The class is defined inside a function, so its errors don't appear until you call the function.


# %% exercise="config"
def tag_reader(units, departments, temperature=1.0, **settings):
    """Return a model that computes softmax(scores / temperature) over the departments from the tags."""

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
    # raise NotImplementedError("Delete this line, then fix the listing below.")
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
with check.task("The fixed model in use") as task:
    rows = check.normal((12, 6), "tags")
    model = task.run(student.tag_reader, 8, 3, temperature=2.5)
    task.expect(check.is_model(model), check.layers_made_once(model, rows), check.has_outputs(model, rows, [(3,)]))
    task.expect(check.tracks(model, trainable=[(6, 8), (8,), (8, 3), (3,)], stop=True))
    by_hand = task.run(model, rows)  # without `training`
    task.expect(check.rows_sum_to_one(by_hand, about="called by hand: probabilities"))
    task.expect(check.two_dense(model, rows, units=8, temperature=2.5))
    task.expect(check.drops_in_fit(model, rows, np.arange(12) % 3), check.drops_in_training_only(model, rows))
### BEGIN HIDDEN TESTS
with check.task("The fixed model in use, other sizes") as task:
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
with check.task("Rebuilding from the configuration and from a file") as task:
    rows = check.normal((12, 6), "file")
    model = task.run(student.tag_reader, 8, 3, temperature=2.5)
    task.expect(check.is_model(model), check.layers_made_once(model, rows))
    task.expect(check.round_trip(model, rows))
    task.expect(check.keeps_settings(task.run(student.tag_reader, 8, 3, name="reader"), name="reader"))
### BEGIN HIDDEN TESTS
with check.task("Rebuilding another model") as task:
    columns, units, departments = check.sizes(3, 4, 10, "copied", without=(6, 8))
    rows = check.normal((12, columns), "copied")
    model = task.run(student.tag_reader, units, departments, temperature=0.4)
    task.expect(check.is_model(model), check.layers_made_once(model, rows), check.round_trip(model, rows))
    named = task.run(student.tag_reader, units, departments, 3.0, name="again")
    task.expect(check.keeps_settings(named, name="again"))
### END HIDDEN TESTS

# %% [markdown] hint="config"
# Call `tag_reader(8, 3)` and apply the model to a few samples. Read the last line of the error, fix that one thing,
# and run it again. Then look at `len(model.weights)`, call the model twice, and try `fit`. For each line of `call`,
# ask: is it right in training mode *and* in inference mode? For each argument of `__init__`, ask: how does it get its
# value when the model is loaded from a file?

# %% [markdown] hint="config"
# `__init__` takes `**kwargs` and passes them to `super().__init__`. It also creates the head and keeps it in an
# attribute. The signature of `call` has `training=None`, and the dropout gets `training=training`. `own` holds all
# three arguments.

# %% [markdown]
# ## Depth that depends on the data
#
# `call` is Python code, so it may contain a loop. A loop over a Python number runs while `fit` traces the model:
# `for _ in range(self.times)` adds that many layer calls to the graph, one after another. An `if` on a Python value
# is also decided during tracing, once and for all.
#
# An `if` on a **tensor** is different. When you call the model yourself, the tensor has a value that Python can look
# at. Inside `fit` it has no value yet:


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
print("called directly:", undecided(X[:2]).shape)
undecided.compile("sgd", "mse")
try:
    undecided.fit(X, y, verbose=0)
except Exception as error:
    print("inside `fit`:", type(error).__name__)

# %% [markdown]
# Two operations can decide inside the graph:
#
# - `keras.ops.where(condition, a, b)` computes both `a` and `b`, and chooses between them, **row by row** if the
#   condition has one value per row;
# - `keras.ops.cond(condition, f, g)` calls one of two functions, for the whole batch.

# %%
h = np.array([[1.0, 5.0], [2.0, -5.0]], "float32")
small = keras.ops.max(h, axis=1, keepdims=True) < 3
print("rows that are small:", small.numpy().ravel())
print(keras.ops.where(small, 10 * h, h).numpy())

# %% [markdown]
# ## Exercise 6 · Challenge: easy samples leave early (5 points)
#
# Some tickets are clear after a glance, and others need a second thought. Write a model that processes each ticket as
# many times as the ticket needs.
#
# `EarlyExit(block, classes, most, limit)` gets a layer `block`, which takes a batch of samples and returns samples of
# the same size. The model has one **head**, a dense layer of `classes` units with softmax. In each round you call
# `block` once on all samples, and decide for each sample separately whether it takes the result. (So leaving early
# saves no computation here.) The model applies the head before the first round, too:
#
# > As long as none of the head's probabilities reaches `limit`, the sample goes through `block` again, at most `most`
# > times in all. Then the head's probabilities are the output.
#
# - Every round uses the same `block` and the same head.
# - The depth depends on the argument: when no sample ever reaches the limit, `block` is called exactly `most` times.
# - The model works inside `fit`, and both `block` and the head learn there.
#
# How you do it is up to you.


# %% exercise="exit"
class EarlyExit(keras.Model):
    """Send each sample through `block` until the head is confident, at most `most` times."""

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
with check.task("Early exit, sample by sample") as task:
    rows = check.normal((8, 5), "exit")
    model = task.run(student.EarlyExit, keras.layers.Dense(5, activation="tanh"), 3, 3, 0.7)
    task.expect(check.is_model(model), check.layers_made_once(model, rows), check.has_outputs(model, rows, [(3,)]))
    task.expect(check.exits_early(model, features=5, classes=3, most=3, limit=0.7))
### BEGIN HIDDEN TESTS
with check.task("Early exit, with other rounds and another limit") as task:
    rows = check.normal((8, 6), "exit again")
    model = task.run(student.EarlyExit, keras.layers.Dense(6, activation="tanh"), 4, 2, 0.55)
    task.expect(check.is_model(model), check.layers_made_once(model, rows))
    task.expect(check.exits_early(model, features=6, classes=4, most=2, limit=0.55))
### END HIDDEN TESTS

# %% test="exit/depth" points=2
with check.task("Depth and learning") as task:
    rows = check.normal((8, 5), "depth")
    task.expect(check.calls_layer(student.EarlyExit, rows, 4, {"classes": 3, "most": 4, "limit": 2.0}))
    model = task.run(student.EarlyExit, keras.layers.Dense(5, activation="tanh"), 3, 2, 0.95)
    task.expect(check.is_model(model), check.layers_made_once(model, rows))
    task.expect(check.all_can_learn(model), check.works_in_fit(model, rows, np.arange(8) % 3))
### BEGIN HIDDEN TESTS
with check.task("Depth and learning, another depth") as task:
    rows = check.normal((8, 5), "depth again")
    most = int(check.rng("most").integers(5, 9))
    task.expect(check.calls_layer(student.EarlyExit, rows, most, {"classes": 4, "most": most, "limit": 2.0}))
    task.expect(check.calls_layer(student.EarlyExit, rows, 1, {"classes": 4, "most": 1, "limit": 2.0}))
    model = task.run(student.EarlyExit, keras.layers.Dense(5, activation="tanh"), 4, 3, 0.95)
    task.expect(check.is_model(model), check.layers_made_once(model, rows))
    task.expect(check.works_in_a_graph(model, rows))
### END HIDDEN TESTS

# %% [markdown] hint="exit"
# Begin without the exit: a loop over `range(self.most)` that sends all samples through `block`. Then apply the head
# in each round, and let only the samples below the limit take the output of `block`.

# %% [markdown] hint="exit"
# `unsure = keras.ops.max(self.head(h), axis=1, keepdims=True) < self.limit` has one value for each sample. With
# `keepdims=True` its shape is (samples, 1), so `keras.ops.where(unsure, self.block(h), h)` chooses whole rows. A
# sample that has reached the limit keeps its `h`, so it stays at the limit or above.

# %% [markdown]
# ## Quiz (3 points)
#
# Write one letter between the quotes. The check records your choice; it is graded after you submit.

# %% [markdown]
# **1.** You keep ten layers in a list, `self.blocks = [keras.layers.Dense(8) for _ in range(10)]`. Does Keras train
# them?

# %% quiz="layers_in_a_list" points=1
# a) yes: it also tracks layers in a list that is an attribute
# b) no: it tracks a layer only if it has an attribute of its own
# c) in part: it tracks only the last layer in a list
layers_in_a_list = "a"

# %% [markdown]
# **2.** A `train_step` computes `loss = self.compute_loss(…) + sum(self.losses)`. The model has an L2 regularizer
# with a factor of 0.01. What is the effective strength of the regularizer?

# %% quiz="regulariser_twice" points=1
# a) 0: the two penalties cancel
# b) 0.01: the penalty counts once
# c) 0.02: the penalty counts twice
regulariser_twice = "c"

# %% [markdown]
# **3.** You saved a trained model of your own class with `model.save("m.keras")`. Loading the file raises an error
# about an unexpected argument `name`. What is missing from the class?

# %% quiz="unexpected_name" points=1
# a) the method `get_config`
# b) `**kwargs` in `__init__`, passed to `super().__init__`
# c) the argument `training=None` in `call`
unexpected_name = "b"

# %% [markdown]
# ## Reflection (3 points, read by your instructor)
#
# Your team builds a model with two inputs and a plain chain of layers between them and the output. A colleague wants
# to write it as a class, "because it's more flexible". Name **two things** that the team would lose, and **one change
# to the task** after which you would agree to a class. Write four to six sentences.

# %% [markdown] manual="reflection" points=3
# A functional model is a graph that we can inspect: `summary` shows all shapes before any data arrives, and wrong
# shapes raise an error while we build the model instead of during training. We can reach inner outputs by name, for
# example to attach a new head to the trunk, and loading the file needs none of our code. With a class we would lose
# both, and we would also have to keep `get_config` correct. I would agree to a class once the computation for a
# sample depends on the sample, for example when easy tickets should leave early, or when the model needs its own
# training step.
#
# ### BEGIN MARK SCHEME
# One point for each of two real losses (shapes and summary before the first call, `.output` and inner layers, errors
# while the model is built, loading without the class, drawing and comparing the graph). One point for a change that
# needs Python at run time (loops or exits that depend on data, recursion, a training step of its own); "more
# flexible" alone earns no point.
# ### END MARK SCHEME

# %% [markdown]
# ## What older tutorials still say
#
# | you read | today | what happens otherwise |
# |---|---|---|
# | `super(MyModel, self).__init__()` | `super().__init__(**kwargs)` | works, but the class accepts no `name` |
# | `call(self, inputs, training)` | `training=None` | an error when you call the model without it |
# | `call(self, inputs)` with a Dropout inside | an argument `training` | nothing is dropped inside `fit` |
# | `self.optimizer.minimize(loss, …)` | a tape, then `optimizer.apply(gradients, weights)` | an error |
# | `self.compiled_loss`, `self.compiled_metrics` | `compute_loss`, `self.metrics` | a warning, or an error |
# | `loss + sum(self.losses)` with `compute_loss` | `compute_loss` alone | penalties counted twice |
# | no `get_config` in a model with arguments | `super().get_config() \| {…}` | an error when you save the model |
# | `model.save("folder")` | `model.save("m.keras")` | an error |
# | `model.layers[3].output` of a class | wrap it: `keras.Model(inputs, model.call(inputs))` | an error |
# | `if tf.reduce_mean(x) > 0:` | `keras.ops.where`, `keras.ops.cond` | works in a direct call, an error in `fit` |

# %% [markdown]
# ## Take-away
#
# `__init__` creates the layers and keeps them, `call` uses them, and its signature has `training=None`. Use equal
# weights to show that a class computes what you meant. Wrap the class in a functional model to get shapes and inner
# outputs back. `train_step` defines what one step does; `get_config` makes it possible to save and load the model.
# And when a graph is enough, use the graph. Next: layers of your own.
