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
#   title: "The functional API: models that are graphs"
#   minutes: 90
#   timeout: 120
# ---

# %% [markdown]
# # Lab 06 · The functional API
#
# **90 minutes · 31 points**
#
# So far a model was a stack: one thing in, one thing out, layer upon layer. A support desk doesn't work like
# that. A ticket has a title, a text and some tags, and two questions at once: how urgent is it, and whose is it?
# The *functional API* describes such models as what they are: graphs.
#
# After this lab you can
#
# - build a model with **several inputs and outputs**, and give each output its loss, weight and metric;
# - **count the parameters** of dense layers by hand, and follow how convolutional and recurrent ones are counted;
# - **reuse** what is there: a new head on an old model, one encoder for two inputs;
# - build blocks with **residual connections**, **parallel branches** and **skips**;
# - find what is wrong with a graph that is **disconnected**.
#
# You need lab 01: define, compile, fit, evaluate, predict. Convolutional and recurrent layers get labs of their
# own; here you only meet them and count their weights.

# %%
from course import data, see
from grader import check, student

import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(1)

# %% [markdown]
# ## Three in, two out

# %%
see.desk.picture()

# %% [markdown]
# Read it from the top. Three inputs come in, of three shapes. Each is read in its own way, the results are put
# side by side, a common **trunk** makes sense of them, and two **heads** answer two questions. In the shapes,
# `None` stands for the number of rows, which a model leaves open.
#
# No stack of layers can do this, and you will build it in exercise 1. Here is what comes in.

# %%
inputs, targets = data.tickets.load(seed=1)
for row in (0, 5):
    print("title:   ", data.tickets.words(inputs["title"][row]))
    print("text:    ", data.tickets.words(inputs["text_body"][row]))
    print("tags:    ", ", ".join(data.tickets.tags_of(inputs["tags"][row])) or "none")
    print("priority:", round(float(targets["priority"][row]), 1), end=" · ")
    print("department:", data.tickets.DEPARTMENTS[targets["department"][row]], "\n")

# %% [markdown]
# The tickets are made up, by a process that `help(data.tickets.load)` describes. A model doesn't read words: it
# gets a **token** for each, the number of the word in a list of all words. Titles and texts are filled up with
# token 0 to equal lengths. Tags are **multi-hot**: a column for each tag, 1 where the ticket carries it. What the
# model is to find out is called the **label** of a row; departments are **integer labels**: 0, 1, 2 or 3. Written
# as a row of zeros with a single 1, at that place, a label is **one-hot**.

# %%
for name, array in (inputs | targets).items():
    print(f"{name:11}", array.shape, array.dtype)
print("the title of ticket 0 as tokens:", inputs["title"][0])
print("its tags, multi-hot:            ", inputs["tags"][0].astype(int))

# %% [markdown]
# ## The three moves
#
# The functional API has three moves.
#
# 1. `keras.Input(shape=…)` makes a **symbolic tensor**: a shape without numbers. The shape is a tuple and leaves
#    out the rows.
# 2. Calling a layer on a symbolic tensor gives the next one. The layer makes its weights and the graph grows.
# 3. `keras.Model(inputs, outputs)` cuts a model out of the graph: all that lies between these ends.
#
# A symbolic tensor holds no numbers yet. Layers and `keras.ops` know what to do with it. TensorFlow's own
# functions don't, although they do work on arrays:

# %%
symbolic = keras.Input(shape=(10,))
print("keras.ops.mean gives", keras.ops.mean(symbolic, axis=1))
try:
    tf.reduce_mean(symbolic, axis=1)
except ValueError as error:
    print("tf.reduce_mean:", str(error).split(". ")[0])

# %% [markdown]
# ### Worked example: a perceptron, 10-10-20-10-1

# %%
ten = keras.Input(shape=(10,))
x = keras.layers.Dense(10, activation="relu")(ten)
x = keras.layers.Dense(20, activation="relu")(x)
x = keras.layers.Dense(10, activation="relu")(x)
answer = keras.layers.Dense(1, activation="sigmoid")(x)
mlp = keras.Model(inputs=ten, outputs=answer, name="mlp")
print("a symbolic tensor:", answer.shape, "· parameters:", mlp.count_params())

# %% [markdown]
# `x = layer(x)` reads like a stack, and this model is one. Where do 551 parameters come from? A dense layer from
# $n$ numbers to $m$ has a weight for each pair, $n \cdot m$, and a **bias** for each of its units, $m$.
#
# | layer | weights | biases | together |
# |---|---|---|---|
# | 10 → 10 | 100 | 10 | 110 |
# | 10 → 20 | 200 | 20 | 220 |
# | 20 → 10 | 200 | 10 | 210 |
# | 10 → 1 | 10 | 1 | 11 |
# | | | | **551** |

# %% [markdown]
# ### Predict, then run · 1
#
# The same net for rows of 64 numbers instead of 10: how many parameters does its **first** layer,
# `Dense(10)`, have then?

# %% predict="first_layer" points=1
# a) 110, the layer is the same
# b) 640
# c) 650
first_layer = "c"

# %%
wide = keras.Input(shape=(64,))
dense = keras.layers.Dense(10, activation="relu")
dense(wide)
print({weight.name: tuple(weight.shape) for weight in dense.weights}, "→", dense.count_params())

# %% [markdown]
# ### Worked example: a convolutional net
#
# A **convolution** slides a small window over a picture and computes, at each place, one number for each of its
# **filters**. A filter has a weight for each number under the window, and one bias. *Pooling* keeps the largest
# number of each 2×2 square, and has no weights.

# %%
picture = keras.Input(shape=(64, 64, 1))
x = keras.layers.Conv2D(32, kernel_size=4, activation="relu")(picture)
x = keras.layers.MaxPooling2D(pool_size=2)(x)
x = keras.layers.Conv2D(16, kernel_size=4, activation="relu")(x)
maps = keras.layers.MaxPooling2D(pool_size=2)(x)
flat = keras.layers.Flatten()(maps)
x = keras.layers.Dense(10, activation="relu")(flat)
cnn = keras.Model(picture, keras.layers.Dense(1, activation="sigmoid")(x), name="cnn")
for layer in cnn.layers[1:]:
    print(f"{type(layer).__name__:13} → {str(layer.output.shape):21} {layer.count_params():6,} parameters")
print("in all:", f"{cnn.count_params():,}")

# %% [markdown]
# The first convolution: $4 \cdot 4 \cdot 1$ weights and a bias for each of 32 filters, $17 \cdot 32 = 544$. The
# second looks at 32 numbers at each place under its window: $(4 \cdot 4 \cdot 32 + 1) \cdot 16 = 8208$. A window
# of 4 fits 61 times into 64, so that each convolution takes three rows and columns away.
#
# **`Flatten` is the line that older listings of this net forgot.** It lays the 13×13 places with their 16 numbers
# out in one row of 2704, and the dense layer behind it has $2704 \cdot 10 + 10 = 27\,050$ parameters. Without it
# the dense layers would work at each place by itself:

# %%
no_flatten = keras.layers.Dense(1, activation="sigmoid")(keras.layers.Dense(10, activation="relu")(maps))
print("with Flatten one answer for each picture:", cnn.output.shape)
print("without it, 13 × 13 of them:             ", no_flatten.shape)

# %% [markdown]
# ### Worked example: a recurrent net
#
# An **LSTM** reads a sequence step by step and carries a memory along. In each step it computes four things: what
# to forget, what to let in, what to store, and what to show. Each of the four looks at the step's input and at
# the ten numbers it showed last, and has a bias for each of its 10 units: $4 \cdot 10 \cdot (1 + 10 + 1) = 480$.

# %%
sequence = keras.Input(shape=(100, 1))
x = keras.layers.LSTM(10)(sequence)
x = keras.layers.Dense(10, activation="relu")(x)
rnn = keras.Model(sequence, keras.layers.Dense(1, activation="sigmoid")(x), name="rnn")
print([layer.count_params() for layer in rnn.layers[1:]], "→", rnn.count_params())

# %% [markdown]
# The sequence is 100 steps long, and that doesn't enter: the same 480 numbers serve at every step.

# %% [markdown]
# ### Worked example: two branches
#
# Now something that is no stack. A flat is for sale. 64 numbers describe it, 128 describe its neighbourhood, and
# both together decide the price. Each group gets a **branch** of its own; `Concatenate` puts their results side by
# side.
#
# ### Predict, then run · 2
#
# Both branches below end in 4 numbers a row. What is the shape of `both`?

# %% predict="merged" points=1
# a) (None, 4), the two are added up
# b) (None, 8)
# c) (None, 4, 2)
merged = "b"

# %%
flat_input = keras.Input(shape=(64,), name="flat")
a = keras.layers.Dense(16, activation="relu")(flat_input)
a = keras.layers.Dense(4, activation="relu")(a)

around_input = keras.Input(shape=(128,), name="around")
b = keras.layers.Dense(32, activation="relu")(around_input)
b = keras.layers.Dense(16, activation="relu")(b)
b = keras.layers.Dense(4, activation="relu")(b)

both = keras.layers.Concatenate(name="both")([a, b])
price = keras.layers.Dense(1, name="price")(keras.layers.Dense(8, activation="relu")(both))
two_branches = keras.Model([flat_input, around_input], price, name="two_branches")
print("both:", both.shape)

# %% [markdown]
# With several inputs, `fit` takes a list of arrays in the order of the inputs, or a dict by their names. The dict
# is the better habit: it can't be in the wrong order.

# %%
rng = np.random.default_rng(1)
flats, arounds = rng.normal(size=(1500, 64)).astype("float32"), rng.normal(size=(1500, 128)).astype("float32")
prices = (flats[:, :4].sum(axis=1) + arounds[:, :4].sum(axis=1)).astype("float32")
two_branches.compile(optimizer="adam", loss="mean_squared_error", metrics=["mae"])
history = two_branches.fit(
    {"flat": flats, "around": arounds}, prices, validation_split=0.2, epochs=20, batch_size=64, verbose=0
)
naive = np.abs(prices[1200:] - prices[:1200].mean()).mean()
print(f"off by {history.history['val_mae'][-1]:.1f} on new flats; always guessing the mean is off by {naive:.1f}")

# %% [markdown]
# ## See the paths
#
# The picture shows the graph of this model. In the still, one input's paths are lit. Below it, in a running
# notebook, the same graph is yours to click: **hover** over a layer for its shapes, **click** it to light all
# that leads to it and all that comes from it. Which layers does the price lose if you cut `around`?

# %%
see.paths.explore(two_branches, lit="around")

# %% [markdown]
# `see.paths.explore(model)` works on any model in this lab, yours included. When a check says that a path is
# missing, look here first.

# %% [markdown]
# ## Exercise 1 · The ticket desk (4 points)
#
# Write `ticket_model(words, tags, departments)`. It returns an uncompiled model.
#
# | | name | shape | holds |
# |---|---|---|---|
# | in | `title` | (8,) | tokens, 0 … words−1 |
# | in | `text_body` | (48,) | tokens, 0 … words−1 |
# | in | `tags` | (tags,) | 0 or 1 |
# | out | `priority` | (1,) | a number between 0 and 1 |
# | out | `department` | (departments,) | a probability for each department |
#
# - **Both outputs depend on all three inputs.**
# - It learns: our check trains it with Adam, for 300 batches. Then it sends at most half as many new tickets
#   astray as guessing the largest department does, and its priorities are nearer the truth than their mean is.
#
# To read tokens, take two layers. `keras.layers.Embedding(words, 16)` looks up 16 numbers for each token, which
# are trained like all weights: (None, 8) becomes (None, 8, 16). `keras.layers.GlobalAveragePooling1D()` takes
# their mean over the tokens: (None, 16). Any other way of reading them is fine, too, and so is
# `mask_zero=True`, which leaves token 0 out of the mean.
#
# An output gets its name from the layer that makes it, `Dense(…, name="priority")`, or as a key of a dict:
# `keras.Model(inputs, {"priority": …, "department": …})`.

# %% exercise="graph"
def ticket_model(words, tags, departments):
    """Return a model of title, text_body and tags that gives priority and department."""
    ### BEGIN SOLUTION
    title = keras.Input(shape=(8,), name="title")
    text_body = keras.Input(shape=(48,), name="text_body")
    tag_row = keras.Input(shape=(tags,), name="tags")
    title_read = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(words, 16)(title))
    text_read = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(words, 16)(text_body))
    side_by_side = keras.layers.Concatenate()([title_read, text_read, tag_row])
    trunk = keras.layers.Dense(32, activation="relu")(side_by_side)
    priority = keras.layers.Dense(1, activation="sigmoid", name="priority")(trunk)
    department = keras.layers.Dense(departments, activation="softmax", name="department")(trunk)
    return keras.Model(inputs=[title, text_body, tag_row], outputs=[priority, department])
    ### STUB
    # raise NotImplementedError("Delete this line and complete the lines below.")
    # title = keras.Input(shape=(8,), name="title")
    # text_body = ...
    # tag_row = ...
    # title_read = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(words, 16)(title))
    # text_read = ...
    # side_by_side = keras.layers.Concatenate()(...)
    # trunk = keras.layers.Dense(32, activation="relu")(...)
    # priority = keras.layers.Dense(1, activation="sigmoid", name="priority")(...)
    # department = ...
    # return keras.Model(inputs=..., outputs=...)
    ### END SOLUTION


# %% test="graph/ends" points=1
with check.task("Three inputs, two outputs") as task:
    rows = check.ticket_rows(8, words=40, tags=5)
    desk = task.run(student.ticket_model, words=40, tags=5, departments=3)
    task.expect(check.is_model(desk), check.has_inputs(desk, rows))
    task.expect(check.has_outputs(desk, rows, {"priority": (1,), "department": (3,)}))
    task.expect(check.outputs_are_probabilities(desk, rows, ["priority", "department"]))
### BEGIN HIDDEN TESTS
with check.task("Three inputs, two outputs: other sizes") as task:
    words, tags, departments = check.sizes(3, 9, 30, "desk")
    rows = check.ticket_rows(8, words, tags)
    desk = task.run(student.ticket_model, words=words, tags=tags, departments=departments)
    task.expect(check.is_model(desk), check.has_inputs(desk, rows))
    task.expect(check.has_outputs(desk, rows, {"priority": (1,), "department": (departments,)}))
    task.expect(check.outputs_are_probabilities(desk, rows, ["priority", "department"]))
### END HIDDEN TESTS

# %% test="graph/paths" points=2
with check.task("Six paths") as task:
    rows = check.ticket_rows(8, words=40, tags=5)
    desk = task.run(student.ticket_model, words=40, tags=5, departments=3)
    all_three = ["title", "text_body", "tags"]
    task.expect(check.is_model(desk), check.has_inputs(desk, rows))
    task.expect(check.depends(desk, rows, {"priority": all_three, "department": all_three}))
    task.expect(check.every_weight_counts(desk, rows), check.all_can_learn(desk))
### BEGIN HIDDEN TESTS
with check.task("Six paths: other sizes") as task:
    words, tags, departments = check.sizes(3, 9, 30, "paths")
    words = 10 * words  # of a few words a text holds all, and their maximum tells nothing
    rows = check.ticket_rows(8, words, tags)
    desk = task.run(student.ticket_model, words=words, tags=tags, departments=departments)
    task.expect(check.is_model(desk))
    task.expect(check.depends(desk, rows, {"priority": all_three, "department": all_three}))
### END HIDDEN TESTS

# %% test="graph/learns" points=1
with check.task("It learns from tickets") as task:
    desk = task.run(student.ticket_model, len(data.tickets.VOCABULARY), len(data.tickets.TAGS), 4)
    task.expect(check.is_model(desk))
    seen, wanted = data.tickets.load(check.seed("seen tickets"), n=1400)
    new, new_wanted = data.tickets.load(check.seed("new tickets"), n=300)
    heads = {"priority": "mean_squared_error", "department": "sparse_categorical_crossentropy"}
    wanted, new_wanted = ({name: part[name] for name in heads} for part in (wanted, new_wanted))
    enough = {"priority": 0.01, "department": 0.5}
    task.expect(check.learns(desk, seen, wanted, new, new_wanted, at_least=enough, loss=heads, seeds=1, rate=0.006))

# %% [markdown] hint="graph"
# Work from the inputs down: three `keras.Input`, each with its name and a tuple for its shape. Then a tensor for
# what was read of each. Which of them does the trunk need? All: hand `Concatenate` a list of the three.

# %% [markdown] hint="graph"
# `keras.layers.Concatenate()([title_read, text_read, tag_row])`; the tags need no reading, they are numbers
# already. Both heads are called on `trunk`: `Dense(1, activation="sigmoid", name="priority")` and
# `Dense(departments, activation="softmax", name="department")`. The model takes a list of the three inputs.

# %% [markdown]
# ## Exercise 2 · A loss for each output (3 points)
#
# Two outputs, two errors. `fit` makes one number smaller: the sum over the outputs of **weight × loss**. Without
# weights the one with the larger numbers wins: a cross-entropy starts near 1.4, a squared error of
# priorities near 0.04.
#
# `loss`, `loss_weights` and `metrics` each take a dict by output name (or a list in the order of the outputs). A
# dict says what belongs to what.
#
# Write `compile_desk(model, priority_weight)`. You are handed a finished, uncompiled desk. It may be a smaller one
# than yours, without titles, and it returns a list of two outputs, `priority` (one sigmoid) and `department` (a
# softmax), from layers of these names. Compile it, with an optimizer of your choice, and return it:
#
# | output | loss | its weight | metric |
# |---|---|---|---|
# | `priority` | mean squared error | `priority_weight` | mean absolute error |
# | `department` | cross-entropy for integer labels | 1 | accuracy |

# %% exercise="compile"
def compile_desk(model, priority_weight):
    """Compile the desk with a loss, a weight and a metric for each output, and return it."""
    ### BEGIN SOLUTION
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=0.01),
        loss={"priority": "mean_squared_error", "department": "sparse_categorical_crossentropy"},
        loss_weights={"priority": priority_weight, "department": 1.0},
        metrics={"priority": ["mae"], "department": ["accuracy"]},
    )
    return model
    ### STUB
    # raise NotImplementedError("Delete this line and complete the lines below.")
    # model.compile(
    #     optimizer=keras.optimizers.Adam(learning_rate=0.01),
    #     loss={"priority": ..., "department": ...},
    #     loss_weights=...,
    #     metrics=...,
    # )
    # return model
    ### END SOLUTION


# %% test="compile/losses" points=2
for weight in (3.0, 6.0):
    with check.task(f"The total loss, with a priority weight of {weight:g}") as task:
        bare = check.desk(words=20, tags=4, departments=3)
        rows, truth = check.desk_rows(40, words=20, tags=4, departments=3)
        compiled = task.run(student.compile_desk, bare, weight)
        task.expect(check.is_model(compiled), check.same_model(compiled, bare), check.is_compiled(compiled))
        asked = {"priority": ("mean squared error", weight), "department": ("cross-entropy", 1.0)}
        task.expect(check.weighs_losses(compiled, rows, asked))
### BEGIN HIDDEN TESTS
with check.task("The total loss of another desk") as task:
    weight = float(check.rng("weight").uniform(1.5, 9.0))
    bare = check.desk(words=25, tags=6, departments=5)
    rows, truth = check.desk_rows(40, words=25, tags=6, departments=5)
    compiled = task.run(student.compile_desk, bare, weight)
    task.expect(check.is_model(compiled), check.same_model(compiled, bare), check.is_compiled(compiled))
    asked = {"priority": ("mean squared error", weight), "department": ("cross-entropy", 1.0)}
    task.expect(check.weighs_losses(compiled, rows, asked))
### END HIDDEN TESTS

# %% test="compile/metrics" points=1
with check.task("A metric for each output") as task:
    bare = check.desk(words=20, tags=4, departments=3)
    rows, truth = check.desk_rows(40, words=20, tags=4, departments=3)
    compiled = task.run(student.compile_desk, bare, 4.0)
    task.expect(check.is_model(compiled), check.same_model(compiled, bare), check.is_compiled(compiled))
    metrics = {"priority": "mean absolute error", "department": "accuracy"}
    task.expect(check.reports_each(compiled, rows, truth, metrics))
### BEGIN HIDDEN TESTS
with check.task("A metric for each output of another desk") as task:
    bare = check.desk(words=25, tags=6, departments=5)
    rows, truth = check.desk_rows(60, words=25, tags=6, departments=5)
    compiled = task.run(student.compile_desk, bare, 2.0)
    task.expect(check.is_model(compiled), check.same_model(compiled, bare), check.is_compiled(compiled))
    task.expect(check.reports_each(compiled, rows, truth, metrics))
### END HIDDEN TESTS

# %% [markdown] hint="compile"
# Three dicts with the same two keys. Integer labels go with the *sparse* cross-entropy, as in lab 01. A weight is
# a number.

# %% [markdown] hint="compile"
# `loss_weights={"priority": priority_weight, "department": 1.0}` and
# `metrics={"priority": ["mae"], "department": ["accuracy"]}`. Mind the spelling of the keys, and return `model`.

# %% [markdown]
# When exercises 1 and 2 pass, put them together in a new cell. Some seconds of training get about 93 % of new
# tickets to the right department, and priorities to within 0.09 on average:
#
# ```python
# desk = compile_desk(ticket_model(len(data.tickets.VOCABULARY), len(data.tickets.TAGS), 4), priority_weight=5.0)
# wanted = {name: targets[name] for name in ("priority", "department")}
# desk.fit(inputs, wanted, epochs=4, validation_split=0.2, verbose=2)
# see.paths.explore(desk, lit="tags")
# ```
#
# ## Exercise 3 · One more question (3 points)
#
# The desk is trained. Now somebody asks: how *difficult* is a ticket? The trunk already knows a lot about
# tickets. Nothing has to be built again: every layer of a functional model keeps the symbolic tensor that it puts
# out, and from there a new head can begin.
#
# Write `with_difficulty(model, levels)`. `model` is a trained desk that has a layer named `"trunk"` and returns a
# list, `[priority, department]`. Return **a new model** with the same inputs, the two outputs as they are, and a
# third output named `difficulty`: a probability for each of `levels` levels, computed **from what the trunk puts
# out**. The desk that the check hands you is a smaller one, without titles.
#
# `model.get_layer(name)` finds a layer, `.output` is its tensor; `model.inputs` and `model.outputs` are lists. To
# try it on your own desk, give its trunk `name="trunk"` in exercise 1 and run
# `see.paths.explore(with_difficulty(desk, 3))`.

# %% exercise="difficulty"
def with_difficulty(model, levels):
    """Return a model that gives what `model` gives, and `difficulty`, from the output of its layer "trunk"."""
    ### BEGIN SOLUTION
    trunk = model.get_layer("trunk").output
    difficulty = keras.layers.Dense(levels, activation="softmax", name="difficulty")(trunk)
    return keras.Model(model.inputs, [*model.outputs, difficulty])
    ### END SOLUTION


# %% test="difficulty/output" points=1
with check.task("A third output") as task:
    trained = check.desk(words=20, tags=4, departments=3)
    rows, truth = check.desk_rows(8, words=20, tags=4, departments=3)
    grown = task.run(student.with_difficulty, trained, 3)
    task.expect(check.is_model(grown), check.has_inputs(grown, rows))
    task.expect(check.has_outputs(grown, rows, {"priority": (1,), "department": (3,), "difficulty": (3,)}))
    task.expect(check.outputs_are_probabilities(grown, rows, ["priority", "department", "difficulty"]))
    task.expect(check.all_can_learn(grown))
### BEGIN HIDDEN TESTS
with check.task("A third output of another desk") as task:
    trained = check.desk(words=25, tags=6, departments=5)
    rows, truth = check.desk_rows(8, words=25, tags=6, departments=5)
    grown = task.run(student.with_difficulty, trained, 4)
    task.expect(check.is_model(grown), check.has_inputs(grown, rows))
    task.expect(check.has_outputs(grown, rows, {"priority": (1,), "department": (5,), "difficulty": (4,)}))
    task.expect(check.outputs_are_probabilities(grown, rows, ["priority", "department", "difficulty"]))
    task.expect(check.all_can_learn(grown))
### END HIDDEN TESTS

# %% test="difficulty/trunk" points=2
with check.task("What was trained is used, not rebuilt") as task:
    trained = check.desk(words=20, tags=4, departments=3)
    rows, truth = check.desk_rows(8, words=20, tags=4, departments=3)
    before = [np.asarray(part) for part in trained(list(rows.values()))]
    grown = task.run(student.with_difficulty, trained, 3)
    task.expect(check.is_model(grown), check.has_inputs(grown, rows))
    task.expect(check.answers_as(grown, rows, dict(zip(("priority", "department"), before, strict=True))))
    task.expect(check.shares(grown, trained, rows))
    trunk, *heads = (trained.get_layer(name) for name in ("trunk", "priority", "department"))
    task.expect(check.reads_through(grown, trunk, rows, "difficulty", "the trunk", not_by=heads))
### BEGIN HIDDEN TESTS
with check.task("Another desk is used, not rebuilt") as task:
    trained = check.desk(words=25, tags=6, departments=5)
    rows, truth = check.desk_rows(8, words=25, tags=6, departments=5)
    before = [np.asarray(part) for part in trained(list(rows.values()))]
    grown = task.run(student.with_difficulty, trained, 4)
    task.expect(check.is_model(grown))
    task.expect(check.answers_as(grown, rows, dict(zip(("priority", "department"), before, strict=True))))
    task.expect(check.shares(grown, trained, rows))
    trunk, *heads = (trained.get_layer(name) for name in ("trunk", "priority", "department"))
    task.expect(check.reads_through(grown, trunk, rows, "difficulty", "the trunk", not_by=heads))
### END HIDDEN TESTS

# %% [markdown] hint="difficulty"
# Three lines do it: find the tensor, call a new head on it, cut a new model out of the graph. The layers between
# are the old ones, with all that they have learned.

# %% [markdown] hint="difficulty"
# `model.get_layer("trunk").output` is the tensor. The head is `keras.layers.Dense(levels, activation="softmax",
# name="difficulty")`. The new model goes from `model.inputs` to `[*model.outputs, difficulty]`.

# %% [markdown]
# ## Exercise 4 · A residual block (3 points)
#
# Very deep stacks are hard to train: what comes in is reworked in every layer, and soon nothing of it is left. A
# **residual block** keeps it. A branch works out a *change*, and the block adds it to what came in:
#
# $$\text{out} = x + \text{branch}(x)$$
#
# While the branch's weights are zero, the block does nothing (without a relu after the sum, and where sizes
# agree). So it can't do harm, and a hundred of them can be stacked.
#
# Write `residual_block(features, units)`. It returns a model from (features,) to (units,).
#
# - The branch has two dense layers of `units` units, with an activation **between** them (better none behind the
#   second).
# - Where `features` equals `units`, the input itself is added (`keras.layers.Add`, or `+`).
# - Where they differ, the input can't be added as it is. Bring it to `units` numbers first, by a dense layer of
#   its own without an activation (a **projection**).
# - After the sum a `relu` is fine, and nothing is fine, too.

# %% exercise="residual"
def residual_block(features, units):
    """Return a model from (features,) to (units,): the input plus what a branch makes of it."""
    ### BEGIN SOLUTION
    x = keras.Input(shape=(features,))
    branch = keras.layers.Dense(units, activation="relu")(x)
    branch = keras.layers.Dense(units)(branch)
    shortcut = x if features == units else keras.layers.Dense(units)(x)
    return keras.Model(x, keras.layers.Add()([shortcut, branch]))
    ### END SOLUTION


# %% test="residual" points=3
with check.task("Sizes that agree") as task:
    vectors = check.normal((8, 6))
    block = task.run(student.residual_block, 6, 6)
    task.expect(check.is_model(block), check.has_inputs(block, vectors), check.has_outputs(block, vectors, [(6,)]))
    task.expect(check.residual(block, vectors, projected=False), check.every_weight_counts(block, vectors))
    task.expect(check.depth(block, vectors), check.parameters(block, at_least=2 * 6 * 6), check.all_can_learn(block))
with check.task("A projection where sizes differ") as task:
    vectors = check.normal((8, 4))
    block = task.run(student.residual_block, 4, 7)
    task.expect(check.is_model(block), check.has_inputs(block, vectors), check.has_outputs(block, vectors, [(7,)]))
    task.expect(check.residual(block, vectors), check.every_weight_counts(block, vectors))
    task.expect(check.depth(block, vectors), check.all_can_learn(block))
### BEGIN HIDDEN TESTS
with check.task("Other sizes") as task:
    small, large = sorted(check.sizes(2, 3, 12, "residual"))
    for features, units in ((large, large), (large, small)):
        vectors = check.normal((8, features))
        block = task.run(student.residual_block, features, units)
        task.expect(check.is_model(block), check.has_inputs(block, vectors))
        task.expect(check.has_outputs(block, vectors, [(units,)]))
        task.expect(check.residual(block, vectors, projected=features != units))
        task.expect(check.every_weight_counts(block, vectors), check.depth(block, vectors))
### END HIDDEN TESTS

# %% [markdown] hint="residual"
# Keep the input in a variable of its own: the branch goes on from it, and at the end you need it once more. An
# activation after the second layer would only let the branch add, never take away.

# %% [markdown] hint="residual"
# `keras.layers.Add()([shortcut, branch])`, where `shortcut` is `x` itself if `features == units`, and
# `keras.layers.Dense(units)(x)` if not. `Concatenate` puts side by side; it doesn't add.

# %% [markdown]
# ## Exercise 5 · Branches and skips (4 points)
#
# Two famous graphs, in small. Both work on pictures of shape (size, size, channels), and in both all convolutions
# have `padding="same"`, which keeps the size: at the edges the window looks at zeros.
#
# **Branches that merge.** How large is what you look for? If you don't know, look at several sizes at once. Write
# `inception(size, channels, filters)`: three convolutions **side by side**, with windows of 1×1, 3×3 and 5×5,
# each with `filters` filters, with or without relu, put together to (size, size, 3·filters).
#
# **A small U-Net.** Which pixels belong to the cat? Write `unet(size, channels, filters)`. The answer has the
# input's size and one channel, (size, size, 1). The way there:
#
# | | size | what happens |
# |---|---|---|
# | down | size | convolution 3×3 → **keep**; then pooling by 2 |
# | down | size / 2 | convolution 3×3 → **keep**; then pooling by 2 |
# | bottom | size / 4 | convolution 3×3; then `UpSampling2D(2)` |
# | up | size / 2 | merge with what was kept at this size; convolution 3×3; then `UpSampling2D(2)` |
# | up | size | merge with what was kept at this size; convolution 3×3 |
# | head | size | convolution 1×1 with one filter; no activation, or a sigmoid |
#
# Each size is a **scale**, and each pooling leads one scale down. `UpSampling2D(2)` makes a 2×2 square of each
# pixel. All convolutions but the head have `filters` filters and an activation such as relu. At the bottom a small
# window sees a large part of the picture, but places are blurred. What was kept brings them back: these merges are
# the **skips**. `size` is divisible by 4; merge by `Concatenate` or `Add`.

# %% exercise="branches"
def inception(size, channels, filters):
    """Return a model that looks at 1×1, 3×3 and 5×5 windows side by side: (size, size, 3 * filters)."""
    ### BEGIN SOLUTION
    picture = keras.Input(shape=(size, size, channels))
    branches = [
        keras.layers.Conv2D(filters, kernel, padding="same", activation="relu")(picture) for kernel in (1, 3, 5)
    ]
    return keras.Model(picture, keras.layers.Concatenate()(branches))
    ### END SOLUTION


def unet(size, channels, filters):
    """Return a model from pictures to one number for each pixel, two scales down and up again, with skips."""
    ### BEGIN SOLUTION
    def convolved(x):
        return keras.layers.Conv2D(filters, 3, padding="same", activation="relu")(x)

    picture = keras.Input(shape=(size, size, channels))
    full = convolved(picture)
    half = convolved(keras.layers.MaxPooling2D(2)(full))
    bottom = convolved(keras.layers.MaxPooling2D(2)(half))
    up = keras.layers.UpSampling2D(2)(bottom)
    up = convolved(keras.layers.Concatenate()([up, half]))
    up = keras.layers.UpSampling2D(2)(up)
    up = convolved(keras.layers.Concatenate()([up, full]))
    return keras.Model(picture, keras.layers.Conv2D(1, 1)(up))
    ### END SOLUTION


# %% test="branches/inception" points=2
with check.task("Three windows side by side") as task:
    pictures = check.normal((2, 12, 12, 3))
    block = task.run(student.inception, 12, 3, 4)
    task.expect(check.is_model(block), check.has_outputs(block, pictures, [(12, 12, 12)]))
    task.expect(check.sees(block, pictures, {1: 4, 3: 4, 5: 4}), check.every_weight_counts(block, pictures))
    task.expect(check.all_can_learn(block))
### BEGIN HIDDEN TESTS
with check.task("Other pictures, other numbers of filters") as task:
    channels, filters = check.sizes(2, 2, 7, "inception", without=(3, 4))
    pictures = check.normal((2, 16, 16, channels))
    block = task.run(student.inception, 16, channels, filters)
    task.expect(check.is_model(block), check.has_outputs(block, pictures, [(16, 16, 3 * filters)]))
    task.expect(check.sees(block, pictures, {1: filters, 3: filters, 5: filters}))
### END HIDDEN TESTS

# %% test="branches/unet" points=2
with check.task("Down, up, and a skip at each scale") as task:
    pictures = check.normal((2, 56, 56, 1))
    net = task.run(student.unet, 56, 1, 8)
    task.expect(check.is_model(net), check.has_outputs(net, pictures, [(56, 56, 1)]))
    task.expect(check.reaches_and_skips(net, pictures, reach=13, scales=2, at_most=48, layers=6))
with check.task("Six convolutions, and an activation after each but the head") as task:
    pictures = check.normal((4, 12, 12, 2))
    net = task.run(student.unet, 12, 2, 3)
    task.expect(check.is_model(net), check.has_outputs(net, pictures, [(12, 12, 1)]))
    task.expect(check.has_layers(net, at_least=6), check.parameters(net, at_least=380, at_most=1500))
    task.expect(check.every_weight_counts(net, pictures), check.activated(net, pictures), check.all_can_learn(net))
### BEGIN HIDDEN TESTS
with check.task("Another size of picture, more filters") as task:
    pictures = check.normal((2, 28, 28, 3))
    net = task.run(student.unet, 28, 3, 9)
    task.expect(check.is_model(net), check.has_outputs(net, pictures, [(28, 28, 1)]))
    task.expect(check.reaches_and_skips(net, pictures, reach=13, scales=2), check.parameters(net, at_least=3100))
### END HIDDEN TESTS

# %% [markdown] hint="branches"
# *Side by side* means: each branch begins at the input, and all three end in one `Concatenate`. For the U-Net give
# each tensor that is kept a name that says its size, such as `full` and `half`.

# %% [markdown] hint="branches"
# On the way up, first `UpSampling2D(2)`, then `Concatenate()([up, half])`: only tensors of equal size can be
# merged. A small function that makes a convolution and calls it saves four long lines. Print `x.shape` after each
# step.

# %% [markdown]
# ## Exercise 6 · Challenge: two tickets, one matter? (3 points)
#
# Two customers write. Is it the same matter? `data.tickets.pairs()` gives pairs of titles, and 1 where both belong
# to one department. A **Siamese** model reads both with *one and the same* encoder and then compares: what it
# learns about a word in one place it knows in the other.
#
# Calling a layer or a model twice makes a **shared layer**: two places in the graph, one set of weights.
#
# Write `matcher(words, length)`. Return **two models**, `model, encoder`:
#
# - `encoder` turns a title, (length,) tokens, into a vector of whatever size you like;
# - `model` takes `first` and `second`, (length,) tokens each, and gives one number between 0 and 1;
# - `model` reads both titles by `encoder`, and by nothing else;
# - **swapping the two titles never changes the answer**, whatever the weights.
#
# How you encode and how you compare is up to you. With a few seconds of training, about 73 % of new pairs can
# be told right; one title in four says nothing, so that nobody does much better.

# %% exercise="siamese"
def matcher(words, length):
    """Return (model, encoder): the probability that two titles are of one department, and what reads a title."""
    ### BEGIN SOLUTION
    encoder = keras.Sequential(
        [
            keras.Input(shape=(length,)),
            keras.layers.Embedding(words, 16),
            keras.layers.GlobalAveragePooling1D(),
            keras.layers.Dense(16, activation="relu"),
        ],
        name="encoder",
    )
    first = keras.Input(shape=(length,), name="first")
    second = keras.Input(shape=(length,), name="second")
    apart = keras.ops.abs(encoder(first) - encoder(second))
    same = keras.layers.Dense(1, activation="sigmoid")(apart)
    return keras.Model([first, second], same), encoder
    ### END SOLUTION


# %% test="siamese" points=3
with check.task("One encoder, read both ways") as task:
    titles = check.ticket_rows(8, words=40, tags=1)
    pair = {"first": titles["title"], "second": titles["text_body"][:, :8]}
    answer = task.run(student.matcher, 40, 8)
    task.expect(check.is_pair(answer, "model", "encoder"))
    model, encoder = answer
    task.expect(check.is_model(model), check.is_model(encoder, "the encoder"))
    task.expect(check.has_inputs(model, pair), check.has_outputs(model, pair, [(1,)]))
    task.expect(check.outputs_are_probabilities(model, pair, [0]), check.symmetric(model, pair))
    task.expect(check.reads_through(model, encoder, pair, name="the encoder"))
    task.expect(check.every_weight_counts(model, pair), check.all_can_learn(model))
### BEGIN HIDDEN TESTS
with check.task("Titles of another length, other words") as task:
    words, length = 60, check.sizes(1, 5, 11, "length", without=(8,))[0]
    titles = check.ticket_rows(8, words=words, tags=1)["text_body"]
    pair = {"first": titles[:, :length], "second": titles[:, 20 : 20 + length]}
    answer = task.run(student.matcher, words, length)
    task.expect(check.is_pair(answer, "model", "encoder"))
    model, encoder = answer
    task.expect(check.is_model(model), check.is_model(encoder, "the encoder"))
    task.expect(check.has_inputs(model, pair), check.has_outputs(model, pair, [(1,)]))
    task.expect(check.outputs_are_probabilities(model, pair, [0]), check.symmetric(model, pair))
    task.expect(check.reads_through(model, encoder, pair, name="the encoder"))
### END HIDDEN TESTS

# %% [markdown] hint="siamese"
# Make `encoder` once, call it twice. Then find something that comes out the same for (a, b) and (b, a): the
# difference a − b doesn't, but something made of it does.

# %% [markdown] hint="siamese"
# `keras.ops.abs(encoder(first) - encoder(second))`, their product, or the cosine of the angle between them (1 where
# both point the same way: `keras.layers.Dot(axes=1, normalize=True)`) are all symmetric. Behind it a
# `Dense(1, activation="sigmoid")` makes a probability of it. `Concatenate` isn't symmetric: the dense layer has
# other weights for each half.

# %% [markdown]
# ## Exercise 7 · Debug this (3 points)
#
# The listing below should route tickets by text and tags. **Four things are wrong with it.** Three stop it with an
# error, one after the other. The fourth runs without a murmur, and makes the model blind in one eye.
#
# `router(words, tags, departments)` should return a model of `text_body`, (48,) tokens, and `tags`, (tags,), that
# gives a probability for each department: the mean of the embedded tokens (16 numbers a word), beside it 8 numbers
# made of the tags (a dense layer with relu), then a dense layer of 32 with relu on both, then the head.

# %% exercise="debug"
def router(words, tags, departments):
    """Return a model of text_body and tags that gives the departments' probabilities."""
    ### BEGIN SOLUTION
    text_body = keras.Input(shape=(48,), name="text_body")
    tag_row = keras.Input(shape=(tags,), name="tags")
    embedded = keras.layers.Embedding(words, 16)(text_body)
    text_read = keras.ops.mean(embedded, axis=1)
    tags_read = keras.layers.Dense(8, activation="relu")(tag_row)
    both = keras.layers.Concatenate()([text_read, tags_read])
    hidden = keras.layers.Dense(32, activation="relu")(both)
    department = keras.layers.Dense(departments, activation="softmax", name="department")(hidden)
    return keras.Model(inputs=[text_body, tag_row], outputs=department)
    ### BROKEN
    # raise NotImplementedError("Delete this line, then mend the listing below.")
    # text_body = keras.Input(shape=(48,), name="text_body")
    # tag_row = keras.Input(shape=(tags), name="tags")
    # embedded = keras.layers.Embedding(words, 16)(text_body)
    # text_read = tf.reduce_mean(embedded, axis=1)
    # tags_read = keras.layers.Dense(8, activation="relu")(tag_row)
    # both = keras.layers.Concatenate()([text_read, tags_read])
    # hidden = keras.layers.Dense(32, activation="relu")(text_read)
    # department = keras.layers.Dense(departments, activation="softmax", name="department")(hidden)
    # return keras.Model(inputs=[keras.Input(shape=(48,)), tag_row], outputs=department)
    ### END SOLUTION


# %% test="debug" points=3
with check.task("The mended router") as task:
    rows = {name: array for name, array in check.ticket_rows(8, words=40, tags=5).items() if name != "title"}
    mended = task.run(student.router, words=40, tags=5, departments=3)
    task.expect(check.is_model(mended), check.has_inputs(mended, rows))
    task.expect(check.has_outputs(mended, rows, {"department": (3,)}))
    task.expect(check.depends(mended, rows, {"department": ["text_body", "tags"]}))
    text_in, tags_in = keras.Input((48,), name="text_body"), keras.Input((5,), name="tags")
    read = keras.ops.mean(keras.layers.Embedding(40, 16)(text_in), axis=1)
    beside = keras.layers.Concatenate()([read, keras.layers.Dense(8, "relu")(tags_in)])
    ends = {"department": keras.layers.Dense(3, "softmax")(keras.layers.Dense(32, "relu")(beside))}
    task.expect(check.same_graph(mended, keras.Model({"text_body": text_in, "tags": tags_in}, ends)))
### BEGIN HIDDEN TESTS
with check.task("The mended router for other sizes") as task:
    words, tags, departments = check.sizes(3, 9, 30, "router")
    rows = {name: array for name, array in check.ticket_rows(8, words, tags).items() if name != "title"}
    mended = task.run(student.router, words=words, tags=tags, departments=departments)
    task.expect(check.is_model(mended), check.has_inputs(mended, rows))
    task.expect(check.has_outputs(mended, rows, {"department": (departments,)}))
    task.expect(check.depends(mended, rows, {"department": ["text_body", "tags"]}))
    text_in, tags_in = keras.Input((48,), name="text_body"), keras.Input((tags,), name="tags")
    read = keras.ops.mean(keras.layers.Embedding(words, 16)(text_in), axis=1)
    beside = keras.layers.Concatenate()([read, keras.layers.Dense(8, "relu")(tags_in)])
    ends = {"department": keras.layers.Dense(departments, "softmax")(keras.layers.Dense(32, "relu")(beside))}
    task.expect(check.same_graph(mended, keras.Model({"text_body": text_in, "tags": tags_in}, ends)))
### END HIDDEN TESTS

# %% [markdown] hint="debug"
# Run it, read the last line of the error, mend that one thing, run again. *Cannot be used as input to a
# TensorFlow function*: a symbolic tensor holds no numbers yet, and only layers and `keras.ops` know what to do
# with it. *Not connected*: the model is told to begin at an input that the graph was not built from.

# %% [markdown] hint="debug"
# A tuple with one number needs a comma: `(tags,)`. `tf.reduce_mean` is `keras.ops.mean`. The model must begin at
# the very tensor `text_body` that the graph was built from. Then look for a variable that is made and never used.

# %% [markdown]
# ## Quiz (3 points)
#
# One letter between quotes. The check notes your choice; it is graded when you hand in.

# %% [markdown]
# **1.** You call `layer = keras.layers.Dense(10)` on two tensors of shape (None, 5). How many parameters do the
# two places have together?

# %% quiz="shared_count" points=1
# a) 60
# b) 120
# c) it raises an error, a layer can be called once only
shared_count = "a"

# %% [markdown]
# **2.** You double the loss weight of `priority` and leave the rest. What follows?

# %% quiz="weight_doubled" points=1
# a) the metric of `priority` doubles
# b) the gradients that come from the priority head double, and training cares more for it
# c) nothing, weights only change what is printed
weight_doubled = "b"

# %% [markdown]
# **3.** `keras.Model(inputs, outputs)` says that an output is *not connected* to the inputs. What do you look for?

# %% quiz="not_connected" points=1
# a) a layer without an activation
# b) two outputs with the same name
# c) an `Input` on the way that is not among `inputs`, such as one that was made a second time
not_connected = "c"

# %% [markdown]
# ## Reflection (3 points, read by your instructor)
#
# One model with two heads, or two models with one head each? Name **one reason for** and **one reason against**
# the shared trunk for the ticket desk, and describe **what you would measure** to decide. Four to six sentences.

# %% [markdown] manual="reflection" points=3
# For: both questions need the same reading of the words, so that one trunk learns it from both losses, has fewer
# parameters, and answers both in one pass. Against: the tasks may pull the trunk in different directions, and the
# one with the larger loss then wins, so that the loss weights need care. I would train three models on the same
# rows, one with both heads and one for each head, over several seeds, and compare accuracy and mean absolute error
# on the same validation rows, beside the parameters and the time for a prediction.
#
# ### BEGIN MARK SCHEME
# One point for a reason for (shared reading, fewer parameters, one pass, one task helps the other), one for a
# reason against (tasks that compete, loss weights to tune, one head can't be changed alone), one for a fair
# comparison: same rows, several seeds, both metrics on rows not trained on.
# ### END MARK SCHEME

# %% [markdown]
# ## What older tutorials still say
#
# | you read | today | what happens otherwise |
# |---|---|---|
# | `Input(shape=(n))` | a tuple, `(n,)` | an error: `(n)` is the number n |
# | a CNN without `Flatten` | `Flatten`, or a pooling over all places, before the head | an answer for each place |
# | `keras.layers.merge`, `merge(mode="concat")` | `Concatenate`, `Add`, `Dot` | an error |
# | `keras.layers.convolutional`, `.recurrent` | `keras.layers` | an error |
# | `Model(input=x, output=y)` | `inputs=`, `outputs=` | an error |
# | `tf.reduce_mean(x)` on a symbolic tensor | `keras.ops.mean(x)` | an error |
# | `layer.output_shape` | `layer.output.shape` | an error |
# | `metrics=["accuracy"]` for two outputs | a dict or list with an entry for each | an error |
# | `evaluate` returning a list | `return_dict=True` | five numbers without names |
# | `model.layers[4]` | `model.get_layer("trunk")` | another layer, once one is added |
# | `plot_model`, which needs Graphviz | `see.diagram.diagram(model)` here | an error, where it isn't installed |

# %% [markdown]
# ## Take-away
#
# `Input`, call, `Model`: a functional model is the graph between its inputs and its outputs. Give ends names, give
# each output its loss, and look at the paths. A layer that is called twice is shared; a tensor that is there can
# be used again. Next: what to do when a graph is not enough.
