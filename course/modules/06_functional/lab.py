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
# In lab 01 every model was a stack of layers, with one input and one output. The data of a support desk don't fit that
# pattern. A ticket has a title, a text and some tags, and there are two things to predict: how urgent is the ticket,
# and which department should get it? The *functional API* describes such a model as a graph.
#
# After this lab you can
#
# - build a model with **several inputs and outputs**, and choose a loss, a loss weight and a metric for each output;
# - **count the parameters** of dense layers by hand, and follow the count for convolutional and recurrent layers;
# - **reuse** existing layers: put a new head on an old model, or use one encoder for two inputs;
# - build blocks with **residual connections**, **parallel branches** and **skip connections**;
# - find the mistake in a graph that is **disconnected**.
#
# You need lab 01: define, compile, fit, evaluate, predict. This lab introduces convolutional and recurrent layers only
# as far as you need to count their parameters.

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
# Read the diagram from top to bottom. There are three inputs, of three different shapes. The model processes each in
# its own way and concatenates the results. A shared part, the **trunk**, combines them, and two **heads** produce the
# two outputs. In the shapes, `None` is the number of samples, which a model leaves open.
#
# You can't build this model as a stack of layers. You will build it in exercise 1. Here is the data that it takes.

# %%
inputs, targets = data.tickets.load(seed=1)
for row in (0, 5):
    print("title:   ", data.tickets.words(inputs["title"][row]))
    print("text:    ", data.tickets.words(inputs["text_body"][row]))
    print("tags:    ", ", ".join(data.tickets.tags_of(inputs["tags"][row])) or "none")
    print("priority:", round(float(targets["priority"][row]), 1), end=" · ")
    print("department:", data.tickets.DEPARTMENTS[targets["department"][row]], "\n")

# %% [markdown]
# The tickets are artificial; `help(data.tickets.load)` describes how they are generated. A model doesn't read words.
# Each word is replaced by a **token**, its index in a list of all words. Titles and texts are padded with token 0 to
# equal lengths. Tags are **multi-hot**: there is one column for each tag, with 1 if the ticket has that tag and 0 if
# not. The class that the model should predict is the **label** of a sample. Departments are **integer labels**: 0, 1,
# 2 or 3. A **one-hot** label is a row of zeros with a single 1 at the position of the class.

# %%
for name, array in (inputs | targets).items():
    print(f"{name:11}", array.shape, array.dtype)
print("the title of ticket 0 as tokens:", inputs["title"][0])
print("its tags, multi-hot:            ", inputs["tags"][0].astype(int))

# %% [markdown]
# ## The three steps
#
# You build a functional model in three steps.
#
# 1. `keras.Input(shape=…)` creates a **symbolic tensor**: it has a shape but no values. The shape is a tuple and
#    leaves out the number of samples.
# 2. Calling a layer on a symbolic tensor returns the next symbolic tensor. The layer creates its weights, and the
#    graph grows.
# 3. `keras.Model(inputs, outputs)` creates a model from the part of the graph between these inputs and outputs.
#
# A symbolic tensor has no values yet. Layers and the functions of `keras.ops` accept it. TensorFlow's own functions
# don't, although they do accept arrays:

# %%
symbolic = keras.Input(shape=(10,))
print("keras.ops.mean returns", keras.ops.mean(symbolic, axis=1))
try:
    tf.reduce_mean(symbolic, axis=1)
except ValueError as error:
    print("tf.reduce_mean:", str(error).split(". ")[0])

# %% [markdown]
# ### Worked example: a multilayer perceptron, 10-10-20-10-1

# %%
ten = keras.Input(shape=(10,))
x = keras.layers.Dense(10, activation="relu")(ten)
x = keras.layers.Dense(20, activation="relu")(x)
x = keras.layers.Dense(10, activation="relu")(x)
answer = keras.layers.Dense(1, activation="sigmoid")(x)
mlp = keras.Model(inputs=ten, outputs=answer, name="mlp")
print("a symbolic tensor:", answer.shape, "· parameters:", mlp.count_params())

# %% [markdown]
# The lines `x = layer(x)` describe a stack, and this model is one. Where do its 551 parameters come from? A dense
# layer with $n$ inputs and $m$ units has one weight for each pair of an input and a unit, $n \cdot m$ in all, and one
# **bias** for each unit, $m$ in all.
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
# Suppose the same network takes samples with 64 features instead of 10. How many parameters does its **first** layer,
# `Dense(10)`, have then?

# %% predict="first_layer" points=1
# a) 110, because the layer is the same
# b) 640
# c) 650
first_layer = "c"

# %%
wide = keras.Input(shape=(64,))
dense = keras.layers.Dense(10, activation="relu")
dense(wide)
print({weight.name: tuple(weight.shape) for weight in dense.weights}, "→", dense.count_params())

# %% [markdown]
# ### Worked example: a convolutional network
#
# A **convolution** slides a small window over an image. At each position of the window, it computes one number for
# each of its **filters**. A filter has one weight for each number in the window, and one bias. *Max pooling* keeps the
# largest number of each 2×2 square and has no weights.

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
# In the first convolution, each of the 32 filters has $4 \cdot 4 \cdot 1$ weights and one bias: $17 \cdot 32 = 544$
# parameters. In the second, each position in the window holds 32 numbers: $(4 \cdot 4 \cdot 32 + 1) \cdot 16 = 8208$.
# A window of size 4 has 61 positions along a side of 64, so each convolution removes three rows and three columns.
#
# **Older versions of this network left out `Flatten`.** That layer turns the 13×13 positions with 16 numbers each into
# one vector of 2704 numbers, and the dense layer after it has $2704 \cdot 10 + 10 = 27\,050$ parameters. Without
# `Flatten`, the dense layers are applied to each position separately:

# %%
no_flatten = keras.layers.Dense(1, activation="sigmoid")(keras.layers.Dense(10, activation="relu")(maps))
print("with Flatten, one output per image:", cnn.output.shape)
print("without it, 13 × 13 outputs:       ", no_flatten.shape)

# %% [markdown]
# ### Worked example: a recurrent network
#
# An **LSTM** reads a sequence step by step and keeps an internal state. In each step it computes four vectors: three
# gates, which control what to forget, what to store and what to output, and the new values that it may store. Each of
# the four vectors has 10 numbers, one per unit. Each number depends on the input of the step (1 number) and on the
# previous output (10 numbers), and it has a bias: $4 \cdot 10 \cdot (1 + 10 + 1) = 480$ parameters.

# %%
sequence = keras.Input(shape=(100, 1))
x = keras.layers.LSTM(10)(sequence)
x = keras.layers.Dense(10, activation="relu")(x)
rnn = keras.Model(sequence, keras.layers.Dense(1, activation="sigmoid")(x), name="rnn")
print([layer.count_params() for layer in rnn.layers[1:]], "→", rnn.count_params())

# %% [markdown]
# The length of the sequence, 100 steps, doesn't affect the count: every step uses the same 480 parameters.

# %% [markdown]
# ### Worked example: two branches
#
# The next model is not a stack. It predicts the price of an apartment (a flat) from 64 numbers that describe the
# apartment and 128 numbers that describe its neighborhood. Each group gets its own **branch**, and `Concatenate` joins
# the results side by side.
#
# ### Predict, then run · 2
#
# Each of the branches below ends in 4 numbers per sample. What is the shape of `both`?

# %% predict="merged" points=1
# a) (None, 4), the two are added
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
# If a model has several inputs, pass `fit` either a list of arrays in the order of the inputs, or a dict with the
# names of the inputs as keys. We recommend the dict, because it doesn't depend on the order.

# %%
rng = np.random.default_rng(1)
flats, arounds = rng.normal(size=(1500, 64)).astype("float32"), rng.normal(size=(1500, 128)).astype("float32")
prices = (flats[:, :4].sum(axis=1) + arounds[:, :4].sum(axis=1)).astype("float32")
two_branches.compile(optimizer="adam", loss="mean_squared_error", metrics=["mae"])
history = two_branches.fit(
    {"flat": flats, "around": arounds}, prices, validation_split=0.2, epochs=20, batch_size=64, verbose=0
)
naive = np.abs(prices[1200:] - prices[:1200].mean()).mean()
print(f"validation mae: {history.history['val_mae'][-1]:.1f}; when always predicting the mean: {naive:.1f}")

# %% [markdown]
# ## See the paths
#
# The figure shows the graph of this model. In the still image, the paths from one input are highlighted. In a running
# notebook, an interactive version follows: **hover** over a layer to see its shapes, and **click** it to highlight
# everything that leads to it and everything that depends on it. Which layers can `price` no longer use if you remove
# `around`?

# %%
see.paths.explore(two_branches, lit="around")

# %% [markdown]
# `see.paths.explore(model)` works for any model in this lab, including yours. If a check reports a missing path, look
# here first.

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
# - The model learns. Our check trains it with Adam for 300 steps. After that, on new tickets, it makes at most half as
#   many mistakes about the department as always predicting the largest department. Its mean squared error for the
#   priority is smaller than that of always predicting the mean.
#
# You can use two layers to process tokens. `keras.layers.Embedding(words, 16)` replaces each token by 16 numbers,
# which are trained like any other weights: (None, 8) becomes (None, 8, 16). `keras.layers.GlobalAveragePooling1D()`
# takes their mean over the tokens: (None, 16). Any other way of processing tokens is fine, too, and so is
# `mask_zero=True`, which leaves token 0 out of the mean.
#
# An output gets its name from the layer that produces it, `Dense(…, name="priority")`, or from the key of a dict:
# `keras.Model(inputs, {"priority": …, "department": …})`.

# %% exercise="graph"
def ticket_model(words, tags, departments):
    """Return a model that predicts priority and department from title, text_body and tags."""
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
with check.task("Paths from each input to each output") as task:
    rows = check.ticket_rows(8, words=40, tags=5)
    desk = task.run(student.ticket_model, words=40, tags=5, departments=3)
    all_three = ["title", "text_body", "tags"]
    task.expect(check.is_model(desk), check.has_inputs(desk, rows))
    task.expect(check.depends(desk, rows, {"priority": all_three, "department": all_three}))
    task.expect(check.every_weight_counts(desk, rows), check.all_can_learn(desk))
### BEGIN HIDDEN TESTS
with check.task("Paths from each input to each output: other sizes") as task:
    words, tags, departments = check.sizes(3, 9, 30, "paths")
    words = 10 * words  # with few words, every text has all of them, and their maximum is constant
    rows = check.ticket_rows(8, words, tags)
    desk = task.run(student.ticket_model, words=words, tags=tags, departments=departments)
    task.expect(check.is_model(desk))
    task.expect(check.depends(desk, rows, {"priority": all_three, "department": all_three}))
### END HIDDEN TESTS

# %% test="graph/learns" points=1
with check.task("Learning from tickets") as task:
    desk = task.run(student.ticket_model, len(data.tickets.VOCABULARY), len(data.tickets.TAGS), 4)
    task.expect(check.is_model(desk))
    seen, wanted = data.tickets.load(check.seed("seen tickets"), n=1400)
    new, new_wanted = data.tickets.load(check.seed("new tickets"), n=300)
    heads = {"priority": "mean_squared_error", "department": "sparse_categorical_crossentropy"}
    wanted, new_wanted = ({name: part[name] for name in heads} for part in (wanted, new_wanted))
    enough = {"priority": 0.01, "department": 0.5}
    task.expect(check.learns(desk, seen, wanted, new, new_wanted, at_least=enough, loss=heads, seeds=1, rate=0.006))

# %% [markdown] hint="graph"
# Work from the inputs down. Create three `keras.Input`, each with its name and with a tuple as its shape. Then compute
# one tensor from each input. Which of them does the trunk need? All three: pass them to `Concatenate` as a list.

# %% [markdown] hint="graph"
# Use `keras.layers.Concatenate()([title_read, text_read, tag_row])`; the tags are numbers already and need no
# embedding. Call both heads on `trunk`: `Dense(1, activation="sigmoid", name="priority")` and
# `Dense(departments, activation="softmax", name="department")`. Pass the three inputs to the model as a list.

# %% [markdown]
# ## Exercise 2 · A loss for each output (3 points)
#
# Each of the two outputs has its own loss. `fit` minimizes a single number: the sum over the outputs of **weight ×
# loss**. The losses may differ in scale: here, the cross-entropy starts near 1.4, and the squared error of the
# priorities near 0.04. Without loss weights, the loss with the larger gradients has the larger influence on the shared
# layers.
#
# `loss`, `loss_weights` and `metrics` each accept a dict with the names of the outputs as keys, or a list in the order
# of the outputs. With a dict you can see which entry belongs to which output.
#
# Write `compile_desk(model, priority_weight)`. The function is given a complete, uncompiled model of a ticket desk.
# The model may be smaller than yours, without titles. It returns a list of two outputs, `priority` (one sigmoid unit)
# and `department` (a softmax), from layers with these names. Compile the model with an optimizer of your choice and
# return it:
#
# | output | loss | its weight | metric |
# |---|---|---|---|
# | `priority` | mean squared error | `priority_weight` | mean absolute error |
# | `department` | cross-entropy for integer labels | 1 | accuracy |

# %% exercise="compile"
def compile_desk(model, priority_weight):
    """Compile the desk with a loss, a loss weight and a metric for each output, and return it."""
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
# Use three dicts with the same two keys. As in lab 01, integer labels need the *sparse* cross-entropy. A loss weight
# is a number.

# %% [markdown] hint="compile"
# Use `loss_weights={"priority": priority_weight, "department": 1.0}` and
# `metrics={"priority": ["mae"], "department": ["accuracy"]}`. Check the spelling of the keys, and return `model`.

# %% [markdown]
# When exercises 1 and 2 pass, combine them in a new cell. After a few seconds of training, about 93% of new tickets go
# to the right department, and the mean absolute error of the priorities is 0.09:
#
# ```python
# desk = compile_desk(ticket_model(len(data.tickets.VOCABULARY), len(data.tickets.TAGS), 4), priority_weight=5.0)
# wanted = {name: targets[name] for name in ("priority", "department")}
# desk.fit(inputs, wanted, epochs=4, validation_split=0.2, verbose=2)
# see.paths.explore(desk, lit="tags")
# ```
#
# ## Exercise 3 · Another output (3 points)
#
# The model of the desk is trained. Now you also want to predict how *difficult* a ticket is. The trunk already
# computes useful features of tickets, so you don't need to build a new model from scratch: every layer of a functional
# model keeps its output as a symbolic tensor, and you can call a new head on that tensor.
#
# Write `with_difficulty(model, levels)`. `model` is a trained desk with a layer named `"trunk"`, and it returns a
# list, `[priority, department]`. Return **a new model** with the same inputs, the same two outputs, and a third output
# named `difficulty`: a probability for each of `levels` levels, computed **from the output of the trunk**. The check
# passes a smaller desk, without titles.
#
# `model.get_layer(name)` finds a layer, and `.output` is its output tensor; `model.inputs` and `model.outputs` are
# lists. To try your function on your own desk, give its trunk `name="trunk"` in exercise 1 and run
# `see.paths.explore(with_difficulty(desk, 3))`.

# %% exercise="difficulty"
def with_difficulty(model, levels):
    """Return a model with the outputs of `model`, and `difficulty`, computed from its layer "trunk"."""
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
with check.task("Reuse of the trained layers") as task:
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
with check.task("Reuse of the trained layers of another desk") as task:
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
# Three lines are enough: get the tensor, call a new head on it, and create a new model. The layers in between are the
# existing ones, with their trained weights.

# %% [markdown] hint="difficulty"
# The tensor is `model.get_layer("trunk").output`. The head is
# `keras.layers.Dense(levels, activation="softmax", name="difficulty")`. The new model goes from `model.inputs` to
# `[*model.outputs, difficulty]`.

# %% [markdown]
# ## Exercise 4 · A residual block (3 points)
#
# Very deep stacks are hard to train: every layer transforms its input, and the gradient has to pass through all of
# these transformations on its way back to the first layers. A **residual block** adds a shortcut. A branch computes a
# *change*, and the block adds this change to its input:
#
# $$\text{out} = x + \text{branch}(x)$$
#
# The gradient flows back through the sum directly to $x$, as well as through the branch. This is the main reason why
# deep stacks of residual blocks can be trained.
#
# If the weights and biases of the branch's last layer are zero, the block returns its input unchanged (if there is no
# relu after the sum, and if the sizes agree). A block with this initialization starts as the identity. Keras's default
# initializer doesn't do this: the outputs then grow from block to block, and a stack of a hundred such blocks may fail
# to train.
#
# Write `residual_block(features, units)`. It returns a model from (features,) to (units,).
#
# - The branch has two dense layers of `units` units, with an activation **between** them, and preferably none after
#   the second.
# - If `features` equals `units`, add the input itself (with `keras.layers.Add`, or `+`).
# - If they differ, you can't add the input itself. First map it to `units` numbers with a separate dense layer without
#   an activation (a **projection**).
# - You may apply a `relu` after the sum, or nothing.

# %% exercise="residual"
def residual_block(features, units):
    """Return a model from (features,) to (units,): the input plus the output of a branch."""
    ### BEGIN SOLUTION
    x = keras.Input(shape=(features,))
    branch = keras.layers.Dense(units, activation="relu")(x)
    branch = keras.layers.Dense(units)(branch)
    shortcut = x if features == units else keras.layers.Dense(units)(x)
    return keras.Model(x, keras.layers.Add()([shortcut, branch]))
    ### END SOLUTION


# %% test="residual" points=3
with check.task("Equal input and output sizes") as task:
    vectors = check.normal((8, 6))
    block = task.run(student.residual_block, 6, 6)
    task.expect(check.is_model(block), check.has_inputs(block, vectors), check.has_outputs(block, vectors, [(6,)]))
    task.expect(check.residual(block, vectors, projected=False), check.every_weight_counts(block, vectors))
    task.expect(check.depth(block, vectors), check.parameters(block, at_least=2 * 6 * 6), check.all_can_learn(block))
with check.task("A projection for different sizes") as task:
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
# Keep the input in a variable of its own: the branch starts from it, and you need it again for the sum. An activation
# such as relu after the second layer would allow the branch only to add, never to subtract.

# %% [markdown] hint="residual"
# Use `keras.layers.Add()([shortcut, branch])`, where `shortcut` is `x` itself if `features == units`, and
# `keras.layers.Dense(units)(x)` otherwise. `Concatenate` joins tensors side by side; it doesn't add them.

# %% [markdown]
# ## Exercise 5 · Branches and skip connections (4 points)
#
# In this exercise you build small versions of two well-known graphs. Both process images of shape (size, size,
# channels). All convolutions have `padding="same"`, which keeps the size of the image: at the edges, the image is
# padded with zeros.
#
# **Branches that merge.** How large are the patterns that you are looking for? If you don't know, use windows of
# several sizes at the same time. Write `inception(size, channels, filters)`: three convolutions **side by side**, with
# windows of 1×1, 3×3 and 5×5. Each has `filters` filters, with or without relu. Concatenate the results to (size,
# size, 3·filters).
#
# **A small U-Net.** Which pixels belong to the cat? Write `unet(size, channels, filters)`. The output has the size of
# the input and one channel, (size, size, 1). The steps are:
#
# | | size | what happens |
# |---|---|---|
# | down | size | convolution 3×3 → **keep**; then pooling by 2 |
# | down | size / 2 | convolution 3×3 → **keep**; then pooling by 2 |
# | bottom | size / 4 | convolution 3×3; then `UpSampling2D(2)` |
# | up | size / 2 | merge with the kept tensor of this size; convolution 3×3; then `UpSampling2D(2)` |
# | up | size | merge with the kept tensor of this size; convolution 3×3 |
# | head | size | convolution 1×1 with one filter; no activation, or a sigmoid |
#
# Each size is a **scale**, and each pooling goes down by one scale. `UpSampling2D(2)` turns each pixel into a 2×2
# square. All convolutions except the head have `filters` filters and an activation such as relu. At the bottom, a
# small window covers a large part of the image, but the exact positions are lost. The kept tensors restore them; the
# connections that carry them are the **skip connections**. `size` is divisible by 4; merge with `Concatenate` or
# `Add`.

# %% exercise="branches"
def inception(size, channels, filters):
    """Return a model with 1×1, 3×3 and 5×5 convolutions side by side: (size, size, 3 * filters)."""
    ### BEGIN SOLUTION
    picture = keras.Input(shape=(size, size, channels))
    branches = [
        keras.layers.Conv2D(filters, kernel, padding="same", activation="relu")(picture) for kernel in (1, 3, 5)
    ]
    return keras.Model(picture, keras.layers.Concatenate()(branches))
    ### END SOLUTION


def unet(size, channels, filters):
    """Return a model from images to one number per pixel, two scales down and up, with skip connections."""
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
with check.task("Three convolutions side by side") as task:
    pictures = check.normal((2, 12, 12, 3))
    block = task.run(student.inception, 12, 3, 4)
    task.expect(check.is_model(block), check.has_outputs(block, pictures, [(12, 12, 12)]))
    task.expect(check.sees(block, pictures, {1: 4, 3: 4, 5: 4}), check.every_weight_counts(block, pictures))
    task.expect(check.all_can_learn(block))
### BEGIN HIDDEN TESTS
with check.task("Other images, other numbers of filters") as task:
    channels, filters = check.sizes(2, 2, 7, "inception", without=(3, 4))
    pictures = check.normal((2, 16, 16, channels))
    block = task.run(student.inception, 16, channels, filters)
    task.expect(check.is_model(block), check.has_outputs(block, pictures, [(16, 16, 3 * filters)]))
    task.expect(check.sees(block, pictures, {1: filters, 3: filters, 5: filters}))
### END HIDDEN TESTS

# %% test="branches/unet" points=2
with check.task("Down, up, and a skip connection at each scale") as task:
    pictures = check.normal((2, 56, 56, 1))
    net = task.run(student.unet, 56, 1, 8)
    task.expect(check.is_model(net), check.has_outputs(net, pictures, [(56, 56, 1)]))
    task.expect(check.reaches_and_skips(net, pictures, reach=13, scales=2, at_most=48, layers=6))
with check.task("Six convolutions, with an activation after each except the head") as task:
    pictures = check.normal((4, 12, 12, 2))
    net = task.run(student.unet, 12, 2, 3)
    task.expect(check.is_model(net), check.has_outputs(net, pictures, [(12, 12, 1)]))
    task.expect(check.has_layers(net, at_least=6), check.parameters(net, at_least=380, at_most=1500))
    task.expect(check.every_weight_counts(net, pictures), check.activated(net, pictures), check.all_can_learn(net))
### BEGIN HIDDEN TESTS
with check.task("Another image size, more filters") as task:
    pictures = check.normal((2, 28, 28, 3))
    net = task.run(student.unet, 28, 3, 9)
    task.expect(check.is_model(net), check.has_outputs(net, pictures, [(28, 28, 1)]))
    task.expect(check.reaches_and_skips(net, pictures, reach=13, scales=2), check.parameters(net, at_least=3100))
### END HIDDEN TESTS

# %% [markdown] hint="branches"
# *Side by side* means that each branch starts at the input, and that one `Concatenate` joins all three. In the U-Net,
# give each tensor that you keep a name that shows its size, such as `full` and `half`.

# %% [markdown] hint="branches"
# On the way up, first use `UpSampling2D(2)`, then `Concatenate()([up, half])`: only tensors of equal size can be
# merged. A small function that creates a convolution and calls it shortens the code. Print `x.shape` after each step.

# %% [markdown]
# ## Exercise 6 · Challenge: do two tickets belong together? (3 points)
#
# Two customers each send a ticket. Do both tickets belong to the same department? `data.tickets.pairs()` returns pairs
# of titles, and 1 for each pair from the same department. A **Siamese** model processes both titles with *the same*
# encoder and then compares the results. What the encoder learns from a word in one title, it can use in the other.
#
# If you call a layer or a model twice, it becomes a **shared layer**: it appears at two places in the graph, with one
# set of weights.
#
# Write `matcher(words, length)`. Return **two models**, `model, encoder`:
#
# - `encoder` maps a title, (length,) tokens, to a vector of any size that you like;
# - `model` takes `first` and `second`, (length,) tokens each, and returns one number between 0 and 1;
# - `model` reads both titles through `encoder` only;
# - **swapping the two titles never changes the output**, whatever the weights are.
#
# You choose how to encode and how to compare. After a few seconds of training, a model can classify about 73% of new
# pairs correctly. One title in four carries no information about its department, so no model can do much better.

# %% exercise="siamese"
def matcher(words, length):
    """Return (model, encoder): the probability of two titles being from one department, and the shared encoder."""
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
with check.task("One shared encoder") as task:
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
with check.task("One shared encoder: other sizes") as task:
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
# Create `encoder` once and call it twice. Then look for an expression with the same value for (a, b) and (b, a). The
# difference a − b isn't symmetric, but you can compute something symmetric from it.

# %% [markdown] hint="siamese"
# `keras.ops.abs(encoder(first) - encoder(second))`, the product of the two vectors, and the cosine of the angle
# between them (which is 1 if both point in the same direction: `keras.layers.Dot(axes=1, normalize=True)`) are all
# symmetric. After that, `Dense(1, activation="sigmoid")` computes a probability. `Concatenate` isn't symmetric,
# because the dense layer has different weights for the two halves.

# %% [markdown]
# ## Exercise 7 · Debug this (3 points)
#
# The code below should route tickets by text and tags. **Four things are wrong with it.** Three of them raise an
# error, one after another. The fourth raises no error, but the model ignores one of its inputs.
#
# `router(words, tags, departments)` should return a model that takes `text_body`, (48,) tokens, and `tags`, (tags,),
# and returns a probability for each department. It computes the mean of the embedded tokens (16 numbers per word) and,
# from the tags, 8 numbers (a dense layer with relu). It concatenates both. Then come a dense layer of 32 units with
# relu, and the head.

# %% exercise="debug"
def router(words, tags, departments):
    """Return a model that predicts the department from text_body and tags."""
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
    # raise NotImplementedError("Delete this line, then fix the code below.")
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
with check.task("The fixed router") as task:
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
with check.task("The fixed router, other sizes") as task:
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
# Run the code, read the last line of the error, fix that one thing, and run it again. *Cannot be used as input to a
# TensorFlow function*: a symbolic tensor has no values yet, and only layers and `keras.ops` accept it. *Not
# connected*: the model's `inputs` contain an input that the graph was not built from.

# %% [markdown] hint="debug"
# A tuple with one number needs a comma: `(tags,)`. Replace `tf.reduce_mean` with `keras.ops.mean`. The `inputs` of the
# model must contain the same tensor `text_body` that the graph was built from. Then look for a variable that is
# assigned but never used.

# %% [markdown]
# ## Quiz (3 points)
#
# Write one letter between the quotes. The check records your choice; it is graded after you submit.

# %% [markdown]
# **1.** You call `layer = keras.layers.Dense(10)` on two tensors of shape (None, 5). How many parameters do the two
# calls have in total?

# %% quiz="shared_count" points=1
# a) 60
# b) 120
# c) none: a layer can be called only once, so there is an error
shared_count = "a"

# %% [markdown]
# **2.** You double the loss weight of `priority` and leave everything else unchanged. What is the effect?

# %% quiz="weight_doubled" points=1
# a) the metric of `priority` doubles
# b) the gradients of the priority loss double, so it has more influence on training
# c) none: loss weights change only the reported loss
weight_doubled = "b"

# %% [markdown]
# **3.** `keras.Model(inputs, outputs)` raises an error: an output is *not connected* to the inputs. What do you look
# for?

# %% quiz="not_connected" points=1
# a) a layer without an activation
# b) two outputs with the same name
# c) an `Input` in the graph that is not in `inputs`, such as one that was created twice
not_connected = "c"

# %% [markdown]
# ## Reflection (3 points, read by your instructor)
#
# Should the ticket desk use one model with two heads, or two models with one head each? Give **one reason for** and
# **one reason against** the shared trunk, and describe **what you would measure** to decide. Write four to six
# sentences.

# %% [markdown] manual="reflection" points=3
# For: both predictions need the same information from the words, so one trunk learns it from both losses, has fewer
# parameters, and computes both outputs in one pass. Against: the two tasks may pull the trunk in different directions,
# and the one with the larger gradients then dominates, so the loss weights have to be tuned. I would train three
# models on the same samples, one with both heads and one for each head, with several random seeds. I would compare
# accuracy and mean absolute error on the same validation set, and also the number of parameters and the time per
# prediction.
#
# ### BEGIN MARK SCHEME
# One point for a reason for (shared features, fewer parameters, one pass, one task helps the other), one for a reason
# against (tasks that compete, loss weights to tune, one head can't be changed alone), one for a fair comparison: same
# samples, several seeds, both metrics on samples not used for training.
# ### END MARK SCHEME

# %% [markdown]
# ## What older tutorials still say
#
# | you read | today | what happens otherwise |
# |---|---|---|
# | `Input(shape=(n))` | a tuple, `(n,)` | an error: `(n)` is the number n |
# | a CNN without `Flatten` | `Flatten`, or pooling over all positions, before the head | one output for each position |
# | `keras.layers.merge`, `merge(mode="concat")` | `Concatenate`, `Add`, `Dot` | an error |
# | `keras.layers.convolutional`, `.recurrent` | `keras.layers` | an error |
# | `Model(input=x, output=y)` | `inputs=`, `outputs=` | an error |
# | `tf.reduce_mean(x)` on a symbolic tensor | `keras.ops.mean(x)` | an error |
# | `layer.output_shape` | `layer.output.shape` | an error |
# | `metrics=["accuracy"]` for two outputs | a dict or list with an entry for each | an error |
# | `evaluate` returning a list | `return_dict=True` | five numbers without names |
# | `model.layers[4]` | `model.get_layer("trunk")` | a different layer, once you add one |
# | `plot_model`, which needs Graphviz | `see.diagram.diagram(model)` here | in a notebook without Graphviz, a message, no figure |

# %% [markdown]
# ## Take-away
#
# `Input`, call, `Model`: a functional model is the graph between its inputs and its outputs. Name the inputs and
# outputs, give each output its loss, and look at the paths. A layer that you call twice is shared, and you can reuse
# any tensor of the graph. Next: what to do if a graph is not enough.
