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
#   title: "Pretrained models: standing on somebody's training"
#   minutes: 90
#   timeout: 120
# ---

# %% [markdown]
# # Lab 13 · Pretrained models
#
# **90 minutes · 31 points**
#
# Three examples of each class is all you have. A network that starts from random weights can learn them by heart
# and understand nothing. But somebody has trained a network on a *related* task, with thousands of examples, and
# you may have its weights. What it learned on the way, edges, strokes, corners, is of use to you. To reuse it is
# called **transfer learning**.
#
# After this lab you can
#
# - keep a pretrained model's **contract**: give it images of the size, range and channels that it was trained on;
# - turn its outputs into **names**, the most probable first;
# - **freeze** what was learned, train a new head on it, and know that nothing else moved;
# - **cache** what the frozen part computes, so that no epoch computes it again;
# - **fine-tune** the top without wrecking it, and measure how much transfer helps, and where it doesn't.
#
# You need lab 01: define, compile, fit, evaluate, predict. Convolutional networks have a lab of their own; here
# you use one without looking inside.

# %%
from course import data, see
from grader import check, student

import keras
import numpy as np

FULL_DATA = False  # True: download ImageNet's weights, where this lab has a use for them
keras.utils.set_random_seed(1)

# %% [markdown]
# ## Three worlds

# %%
letters, letter = data.glyphs.load(seed=1, n=400)
drawn, drawn_digit = data.glyphs.load(seed=1, n=600, kind="digits")
written, written_digit = data.digits.load(seed=1)
see.race.worlds(
    {
        "what was learned: letters, drawn with fonts": letters,
        "what we want to know: digits, drawn with fonts": drawn,
        "and, later: digits, written by hand": written,
    }
)

# %% [markdown]
# A network has been trained on thousands of letters of the first kind. It has never seen a digit. You are going to
# teach it digits, of the second kind and of the third, from three examples of each.
#
# All images are 16 × 16 pixels in one channel, whole numbers from 0 (black) to 255 (white), as image files hold
# them.

# %% [markdown]
# ## A worked example: somebody's network
#
# The course brings its own pretrained network along, small enough to load in a moment. It is used like those of
# `keras.applications`, which come with Keras and were trained on ImageNet, 1.3 million photos in 1000 classes.

# %%
reader = data.backbone.load()
print("takes", reader.input_shape, "· gives", reader.output_shape, f"· {reader.count_params():,} parameters")
print(" → ".join(layer.name for layer in reader.layers))

# %% [markdown]
# The last layer, `letters`, is its head: a probability for each of 26 letters. The layers before it turn an image
# into 256 **features**. The `pool` layers make it smaller on the way. `dropout` matters in training alone; in use,
# which is called *inference*, it does nothing.
#
# You need one more thing than the weights: `preprocess_input`, the function that turns images into what the
# network was trained on. Here it maps 0 … 255 to −1 … 1.

# %%
probabilities = reader.predict(data.backbone.preprocess_input(letters), verbose=0)
right = np.mean(probabilities.argmax(axis=1) == letter)
print("read:", " ".join(data.backbone.CLASSES[k] for k in probabilities[:14].argmax(axis=1)))
print(f"share of all letters read right: {right:.0%} (none of these images was in the training)")

# %% [markdown]
# ### Predict, then run · 1
#
# Many tutorials divide pixels by 255, whatever the network. You do that with the same letters, in place of
# `preprocess_input`. Black is 0 then and white is 1, and any person would still read them. The network?

# %% predict="no_contract" points=1
# a) an error: the model refuses numbers that it wasn't trained on
# b) no error, and about the same accuracy: the shapes of the letters are still there
# c) no error, and most answers are wrong
no_contract = "c"

# %%
found = reader.predict(letters / 255, verbose=0)
print(f"share of all letters read right: {np.mean(found.argmax(axis=1) == letter):.0%}; by guessing: {1 / 26:.0%}")
print(f"the largest probability, on average: {found.max(axis=1).mean():.1f}")

# %% [markdown]
# Nothing complains. A model takes any numbers of the right shape, and answers with confidence. What it was trained
# on, size, range, channels, is its **contract**, and nobody but you keeps it.

# %% [markdown]
# ## Exercise 1 · The contract (4 points)
#
# Each application of Keras lives in a module of its own, and the module has the `preprocess_input` that goes with
# it:
#
# | application | module | side | what its pixels become |
# |---|---|---|---|
# | `ResNet50` | `keras.applications.resnet50` | 224 | blue first, then each colour's mean taken away |
# | `MobileNetV2` | `keras.applications.mobilenet_v2` | 224 | −1 … 1 |
# | `DenseNet121` | `keras.applications.densenet` | 224 | 0 … 1, then centred and scaled by colour |
# | `EfficientNetB0` | `keras.applications.efficientnet` | 224 | 0 … 255: the scaling is inside the model |
# | `InceptionV3` | `keras.applications.inception_v3` | 299 | −1 … 1 |
#
# Write `prepare(photos, application)`. It gets photos as uint8 of shape `(n, height, width, 3)`, **or grey scans**
# of shape `(n, height, width, 1)`, and the name of an application from the table. It returns floats of shape
# `(n, side, side, 3)`, as that application wants them:
#
# - grey scans get three equal channels;
# - photos are **squeezed** to side × side, whatever their shape; nothing is cut off. `keras.ops.image.resize`
#   stretches by default; `np.resize` doesn't resize images. How the pixels in between are worked out (the
#   *interpolation*) is up to you;
# - pixels have the range and the order of the table.
#
# Two traps, both without an error. `preprocess_input` expects *floats* from 0 to 255: ResNet50's, given whole
# numbers in a tensor, stays with whole numbers; with uint8, 3 − 104 becomes 155. And given floats in a NumPy array,
# it writes into that very array: call it twice on the same one, and you have prepared twice.

# %% exercise="prepare"
def prepare(photos, application):
    """Return `photos` as floats of the size, range and channels that `application` was trained on."""
    ### BEGIN SOLUTION
    applications = keras.applications
    side, preprocess = {
        "ResNet50": (224, applications.resnet50.preprocess_input),
        "MobileNetV2": (224, applications.mobilenet_v2.preprocess_input),
        "DenseNet121": (224, applications.densenet.preprocess_input),
        "EfficientNetB0": (224, applications.efficientnet.preprocess_input),
        "InceptionV3": (299, applications.inception_v3.preprocess_input),
    }[application]
    pixels = np.asarray(photos, dtype="float32")
    if pixels.shape[-1] == 1:
        pixels = np.repeat(pixels, 3, axis=-1)
    pixels = keras.ops.image.resize(pixels, (side, side))
    return preprocess(pixels)
    ### STUB
    # raise NotImplementedError("Delete this line and complete the lines below.")
    # applications = keras.applications
    # side, preprocess = {
    #     "ResNet50": (224, applications.resnet50.preprocess_input),
    #     "MobileNetV2": ...,
    #     "DenseNet121": ...,
    #     "EfficientNetB0": ...,
    #     "InceptionV3": ...,
    # }[application]
    # pixels = np.asarray(photos, dtype=...)
    # if pixels.shape[-1] == 1:
    #     pixels = ...
    # pixels = ...
    # return preprocess(pixels)
    ### END SOLUTION


# %% test="prepare/photos" points=3
for application in ("ResNet50", "MobileNetV2", "DenseNet121", "EfficientNetB0", "InceptionV3"):
    with check.task(f"Photos for {application}") as task:
        photos = check.patchwork(1, 96, 192, salt=application)
        found = task.run(student.prepare, photos, application)
        task.expect(check.prepared(found, photos, application))
### BEGIN HIDDEN TESTS
for application in ("ResNet50", "MobileNetV2", "DenseNet121", "EfficientNetB0", "InceptionV3"):
    with check.task(f"Other photos for {application}") as task:
        height, width = (12 * k for k in check.sizes(2, 5, 22, application))
        photos = check.patchwork(2, height, width, salt=application + " again")
        found = task.run(student.prepare, photos, application)
        task.expect(check.prepared(found, photos, application))
### END HIDDEN TESTS

# %% test="prepare/grey" points=1
with check.task("Grey scans") as task:
    for application in ("DenseNet121", "EfficientNetB0"):
        scans = check.patchwork(2, 96, 48, channels=1, salt=application)
        found = task.run(student.prepare, scans, application)
        task.expect(check.prepared(found, scans, application))
### BEGIN HIDDEN TESTS
with check.task("Other grey scans") as task:
    for application in ("ResNet50", "InceptionV3"):
        height, width = (12 * k for k in check.sizes(2, 5, 22, application))
        scans = check.patchwork(1, height, width, channels=1, salt=application + " again")
        found = task.run(student.prepare, scans, application)
        task.expect(check.prepared(found, scans, application))
### END HIDDEN TESTS

# %% [markdown] hint="prepare"
# Order matters: floats first, then three channels, then the size, and the application's own `preprocess_input`
# last. It is a function like any other: you can keep it in a dict without calling it.

# %% [markdown] hint="prepare"
# `np.asarray(photos, dtype="float32")`; `np.repeat(pixels, 3, axis=-1)` for a single channel;
# `keras.ops.image.resize(pixels, (side, side))`. In the dict each entry is a pair, such as `(224,
# applications.mobilenet_v2.preprocess_input)`.

# %% [markdown]
# ## Exercise 2 · From numbers to names (3 points)
#
# A thousand probabilities are no answer. `keras.applications` has `decode_predictions`, which knows ImageNet's
# classes and no others. Yours takes any names.
#
# Write `top_names(probabilities, names, top)`. `probabilities` has shape (n, classes), and `names` holds the name
# of each class in order. Return a list with one entry for each row: a list of the `top` most probable classes, as
# pairs `(name, probability)`, **the most probable first**. Of two that are equally probable, the one that comes
# first in `names` goes first.

# %% exercise="decode"
def top_names(probabilities, names, top):
    """Return for each row a list of its `top` most probable classes: pairs (name, probability)."""
    ### BEGIN SOLUTION
    found = []
    for row in probabilities:
        best = np.argsort(-row, kind="stable")[:top]
        found.append([(names[k], float(row[k])) for k in best])
    return found
    ### END SOLUTION


# %% test="decode/order" points=2
with check.task("The three most probable of five") as task:
    shares = check.rng("decode").permuted(np.array([[50, 25, 13, 8, 4]] * 4), axis=1).astype("float32") / 100
    animals = ["otter", "heron", "newt", "vole", "carp"]
    found = task.run(student.top_names, shares, animals, 3)
    task.expect(check.top_classes(found, shares, animals, 3))
### BEGIN HIDDEN TESTS
with check.task("Other classes, other numbers of them") as task:
    for count in check.sizes(3, 4, 30, "decode"):
        shares = check.rng("decode", count).dirichlet(np.ones(count), 3).astype("float32")
        classes = [f"class {k}" for k in check.rng("names", count).permutation(count)]
        for top in (1, 4, count):
            found = task.run(student.top_names, shares, classes, top)
            task.expect(check.top_classes(found, shares, classes, top, about=f"{top} of {count}"))
### END HIDDEN TESTS

# %% test="decode/ties" points=1
with check.task("Equally probable ones") as task:
    shares = np.array([[0.1, 0.3, 0.3, 0.2, 0.1], [0.2, 0.2, 0.2, 0.2, 0.2]], "float32")
    animals = ["otter", "heron", "newt", "vole", "carp"]
    found = task.run(student.top_names, shares, animals, 4)
    task.expect(check.top_classes(found, shares, animals, 4))
### BEGIN HIDDEN TESTS
with check.task("Many equally probable ones") as task:
    for count in check.sizes(2, 20, 40, "ties"):
        shares = check.rng("ties", count).integers(1, 4, (3, count)).astype("float32")
        shares /= shares.sum(axis=1, keepdims=True)
        classes = [f"class {k}" for k in range(count)][::-1]
        found = task.run(student.top_names, shares, classes, 6)
        task.expect(check.top_classes(found, shares, classes, 6, about=f"6 of {count}"))
### END HIDDEN TESTS

# %% [markdown] hint="decode"
# `np.argsort(row)` gives places, not values, and begins with the smallest. Turn the *numbers* round, not the
# result, and ask for a sort that leaves equal ones as they stand.

# %% [markdown] hint="decode"
# `best = np.argsort(-row, kind="stable")[:top]` are the places of the best. For each place `k` the pair is
# `(names[k], float(row[k]))`.

# %% [markdown]
# ### Your two functions on a real photo
#
# `keras.applications.MobileNetV2(weights=None)` builds the network with random weights, without a download: the
# real layers, the real shapes, and answers that mean nothing. With `weights="imagenet"` Keras fetches what was
# trained. Set `FULL_DATA = True` at the top to try it; offline, the cell says what is missing. Until
# both exercises are done, the cell tells you.

# %%
from sklearn.datasets import load_sample_image


def answer_to(photo):
    """What a network takes the photo for, in words."""
    application = "ResNet50" if FULL_DATA else "MobileNetV2"  # 100 MB, or nothing at all
    if FULL_DATA:
        network, names = data.full.application(application), data.full.class_names()
    else:
        network, names = keras.applications.MobileNetV2(weights=None), [f"class {k}" for k in range(1000)]
    outputs = network(prepare(photo[None], application), training=False)
    pairs = top_names(np.array(outputs), names, 3)[0]
    if not FULL_DATA:
        return f"{len(pairs)} of {len(names)} names; random weights, so which ones says nothing"
    return ", ".join(f"{name} {value:.2f}" for name, value in pairs)


try:
    answer = answer_to(load_sample_image("china.jpg"))
except NotImplementedError:
    answer = "Exercises 1 and 2 first: then this cell names what is on the photo."
except data.full.Unavailable as missing:
    answer = missing
print(answer)

# %% [markdown]
# ## Without its head
#
# To reuse a network for other classes you cut its head off. What is left is called a **backbone**: it turns an
# image into features. In `keras.applications` you get it by `include_top=False`, and `pooling="avg"` makes one row
# of features for each image. (`alpha=0.25` below takes a quarter of MobileNet's channels, to keep it small.) The
# course's own does it the same way.

# %%
backbone = data.backbone.load(include_top=False)
features = backbone.predict(data.backbone.preprocess_input(drawn), verbose=0)
print("images", drawn.shape, "→ features", features.shape)
application = keras.applications.MobileNet(
    include_top=False, weights=None, pooling="avg", alpha=0.25, input_shape=(32, 32, 3)
)
print("MobileNet without its head:", application.input_shape, "→", application.output_shape)

# %% [markdown]
# ### What `trainable` does, and when
#
# Every layer and every model has an attribute `trainable`. `backbone.trainable = False` **freezes** it, with all
# layers in it: `fit` leaves its weights alone. One kind of layer needs a second look. **BatchNormalization**
# scales its inputs by their mean and variance. It gathers these *statistics* while it trains, without any
# gradient. In Keras, freezing such a layer also stops that, and makes it use what it has gathered.
#
# To set `trainable` back to `True` is to **thaw** (or unfreeze) a layer.
#
# `fit` looks at `trainable` when it is called for the **first time after `compile`**: then it puts together the
# training step, the function that updates the weights for one batch, and uses it from there on.
#
# ### Predict, then run · 2
#
# A model is compiled and fitted for one epoch. *Then* you set `backbone.trainable = False`, and call `fit` again.

# %% predict="toggled_late" points=1
# a) the backbone stays as it is from now on
# b) an error: the model has been compiled already
# c) the backbone goes on learning, without a word
toggled_late = "c"


# %%
def moved_by(fit_before, compile_again):
    """Whether a second `fit` moves a backbone that was frozen just before."""
    base = check.made_up_base(salt="toggle")  # a small one, BatchNormalization included
    model = keras.Sequential([base, keras.layers.Dense(2, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    rows, labels = check.clusters(32, 64, 2)
    images = rows.reshape(32, 8, 8, 1)  # numbers without a meaning
    if fit_before:
        model.fit(images, labels, verbose=0)
    base.trainable = False
    if compile_again:
        model.compile("sgd", "sparse_categorical_crossentropy")
    before = base.get_weights()
    model.fit(images, labels, verbose=0)
    return any(np.any(one != other) for one, other in zip(before, base.get_weights(), strict=True))


print("compile, freeze, fit:               moves", moved_by(fit_before=False, compile_again=False))
print("compile, fit, freeze, fit:          moves", moved_by(fit_before=True, compile_again=False))
print("compile, fit, freeze, compile, fit: moves", moved_by(fit_before=True, compile_again=True))

# %% [markdown]
# The second line is the trap: no error, in Keras 3.15 not even a warning, and a backbone that you believe to be
# frozen is being washed out. The rule that never fails: **change `trainable`, then compile.**

# %% [markdown]
# ## Exercise 3 · Freeze, and a new head (4 points)
#
# Write `with_new_head(base, classes)`. `base` is a pretrained model that turns an image into a row of features.
# Return a **compiled** model that takes the same images and tells `classes` classes apart:
#
# - it uses `base` itself, with the weights it has, **frozen**: training leaves every weight and every statistic of
#   it unchanged, to the last bit;
# - a new head follows, for labels that are integers 0 … classes − 1: probabilities or logits (the numbers before
#   the softmax), and the cross-entropy that fits them;
# - the head can learn. The optimizer is your choice.

# %% exercise="freeze"
def with_new_head(base, classes):
    """Return a compiled model: `base`, frozen, and a new head for so many classes."""
    ### BEGIN SOLUTION
    base.trainable = False
    head = keras.layers.Dense(classes, activation="softmax")
    model = keras.Sequential([base, head])
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=0.01),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model
    ### END SOLUTION


# %% test="freeze/head" points=1
with check.task("A head for ten classes") as task:
    images = check.normal((16, 8, 8, 1), "images")
    model = task.run(student.with_new_head, check.made_up_base(salt="ten"), 10)
    task.expect(check.is_model(model), check.is_compiled(model), check.output_shape(model, images, 10))
    task.expect(check.loss_fits_head(model, images, "multiclass"))
### BEGIN HIDDEN TESTS
with check.task("Other images, another number of classes") as task:
    side, classes = (*check.sizes(1, 7, 11, "side"), *check.sizes(1, 3, 9, "classes"))
    images = check.normal((16, side, side, 3), "head")
    model = task.run(student.with_new_head, check.made_up_base(side, 3, salt="head"), classes)
    task.expect(check.is_model(model), check.is_compiled(model), check.output_shape(model, images, classes))
    task.expect(check.loss_fits_head(model, images, "multiclass"))
### END HIDDEN TESTS

# %% test="freeze/still" points=3
with check.task("What three steps of training move") as task:
    images, digits = data.glyphs.load(seed=6, n=24, kind="digits")
    images, base = data.backbone.preprocess_input(images), data.backbone.load(include_top=False)
    model = task.run(student.with_new_head, base, 10)
    task.expect(check.is_model(model), check.only_moves(model, images, digits, still=base.get_weights()))
### BEGIN HIDDEN TESTS
with check.task("The same with another backbone") as task:
    rows, labels = check.clusters(32, 8 * 8 * 2, 4, "still")
    base = check.made_up_base(8, 2, salt="still", tops=2)
    kept = base.get_weights()
    model = task.run(student.with_new_head, base, 4)
    task.expect(check.is_model(model), check.only_moves(model, rows.reshape(-1, 8, 8, 2), labels, still=kept))
### END HIDDEN TESTS

# %% [markdown] hint="freeze"
# Three things in this order: freeze the base, put base and head together, compile. A model can be a layer of
# another model.

# %% [markdown] hint="freeze"
# `base.trainable = False`, then `keras.Sequential([base, keras.layers.Dense(classes, activation="softmax")])`,
# then `model.compile(…, loss="sparse_categorical_crossentropy")`. `keras.models.clone_model(base)` would throw the
# learned weights away.

# %% [markdown]
# ## Exercise 4 · Compute the features once (4 points)
#
# A frozen backbone gives the same features for the same image, in every epoch. Computing them is nearly all of the
# work: in our backbone about 700 times as many multiplications as in a head for ten classes. So compute them
# **once**, keep them, and train the head on them.
#
# Build it from this specification. `train_on_features(base, head, X, y, epochs)` gets
#
# - `base`, a frozen backbone, and `X`, images prepared for it; `y`, their labels;
# - `head`, a **compiled** model that takes a row of features and gives probabilities.
#
# It sends each image through `base` exactly once, at inference; trains `head` on the features of all the images
# with `fit`, for `epochs` epochs; and returns **one model that takes images**: the backbone and the trained head.

# %% exercise="cache"
def train_on_features(base, head, X, y, epochs):
    """Train `head` on the features of `X`, computed once; return a model from images to probabilities."""
    ### BEGIN SOLUTION
    features = base.predict(X, verbose=0)
    head.fit(features, y, epochs=epochs, verbose=0)
    return keras.Sequential([base, head])
    ### END SOLUTION


# %% test="cache" points=4
with check.task("Twenty-four images, four epochs") as task:
    rows, labels = check.clusters(30, 8 * 8, 3, "cache")
    images = rows.reshape(-1, 8, 8, 1)
    head = keras.Sequential([keras.Input((6,)), keras.layers.Dense(3, activation="softmax")])
    base = check.made_up_base(salt="cache")
    task.expect(
        check.trains_on_features(
            student.train_on_features, base, head, images[:24], labels[:24], images[24:], epochs=4
        )
    )
### BEGIN HIDDEN TESTS
with check.task("Other images, another backbone, another head") as task:
    epochs, classes = check.sizes(2, 3, 6, "cache")
    rows, labels = check.clusters(50, 9 * 9 * 2, classes, "cache again")
    images = rows.reshape(-1, 9, 9, 2)
    inputs = keras.Input((5,))
    hidden = keras.layers.Dense(7, activation="tanh")(inputs)
    head = keras.Model(inputs, keras.layers.Dense(classes, activation="softmax")(hidden))
    base = check.made_up_base(9, 2, 5, salt="cache again")
    task.expect(
        check.trains_on_features(
            student.train_on_features, base, head, images[:40], labels[:40], images[40:], epochs=epochs
        )
    )
### END HIDDEN TESTS

# %% [markdown] hint="cache"
# The features are an array like any other: one row for each image. Who can compute them in batches, at inference,
# and hand them back as NumPy? And what does the head's `fit` want as its `X`?

# %% [markdown] hint="cache"
# `features = base.predict(X, verbose=0)`, then `head.fit(features, y, epochs=epochs, verbose=0)`. A model of both
# is `keras.Sequential([base, head])`: it holds the very layers that you trained.

# %% [markdown]
# ## Exercise 5 · Debug this: fine-tune the top (4 points)
#
# When the head has been trained, you may let the *last* layers of the backbone learn too, in small steps. That is
# called **fine-tuning**. A random head sends large random gradients down, so it is trained first. The low layers
# see strokes and corners, which other images have as well, and stay frozen; the high ones have specialised in
# letters.
#
# `fine_tune(model, top, learning_rate)` gets a model whose first part is a frozen backbone, a layer of the model
# called `"backbone"`, and whose head gives probabilities and has been trained with `fit`. It should
#
# - thaw the last `top` layers of the backbone, **but no BatchNormalization among them**: few images make poor
#   statistics;
# - leave all the others frozen, and the head free to learn;
# - make the model ready to be fitted: a new optimizer, such as Adam, at `learning_rate`, the cross-entropy for
#   integer labels, and the accuracy as a metric (Keras 3.15 keeps the loss and the metrics of the last `compile`
#   where you name none, so leaving them out passes; don't rely on it);
# - return that model. It doesn't call `fit`.
#
# The listing runs without an error. **Four things are wrong with it**; one line can mend two.

# %% exercise="debug"
def fine_tune(model, top, learning_rate):
    """Thaw the last `top` layers of the backbone and make `model` ready to be fitted. Return it."""
    ### BEGIN SOLUTION
    base = model.get_layer("backbone")
    base.trainable = True
    for layer in base.layers[:-top]:
        layer.trainable = False
    for layer in base.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model
    ### BROKEN
    # raise NotImplementedError("Delete this line, then mend the listing below.")
    # base = model.get_layer("backbone")
    # base.trainable = True
    # for layer in base.layers[top:]:
    #     layer.trainable = False
    # for layer in base.layers:
    #     if layer.name == "BatchNormalization":
    #         layer.trainable = False
    # model.optimizer.lr = learning_rate
    # return model
    ### END SOLUTION


# %% test="debug" points=4
with check.task("The last five layers of a backbone") as task:
    rows, labels = check.clusters(24, 8 * 8, 3, "debug")
    images, base = rows.reshape(-1, 8, 8, 1), check.made_up_base(salt="debug", tops=2)
    model = check.with_trained_head(base, 3, images, labels)
    still, moving = check.parts(base, top=5)
    tuned = task.run(student.fine_tune, model, 5, 1e-4)
    task.expect(check.is_model(tuned), check.same_model(tuned, model), check.compiled_again(tuned))
    task.expect(check.learning_rate_is(tuned, [], 1e-4), check.loss_fits_head(tuned, images, "multiclass"))
    task.expect(check.reports(tuned, images, labels, "multiclass"))
    task.expect(check.only_moves(tuned, images, labels, still=still, moving=moving))
### BEGIN HIDDEN TESTS
with check.task("Another backbone, another number of layers") as task:
    rows, labels = check.clusters(24, 7 * 7 * 2, 4, "debug again")
    images, base = rows.reshape(-1, 7, 7, 2), check.made_up_base(7, 2, 5, salt="debug again", tops=3)
    model = check.with_trained_head(base, 4, images, labels)
    top = check.sizes(1, 6, 9, "debug")[0]  # with 4 the same weights move as with 5
    still, moving = check.parts(base, top)
    tuned = task.run(student.fine_tune, model, top, 3e-5)
    task.expect(check.is_model(tuned), check.same_model(tuned, model), check.compiled_again(tuned))
    task.expect(check.learning_rate_is(tuned, [], 3e-5))
    task.expect(check.only_moves(tuned, images, labels, still=still, moving=moving))
### END HIDDEN TESTS

# %% [markdown] hint="debug"
# `base.layers[top:]` are the layers *from* number `top` on: which ones are to stay frozen? What is a layer's
# `name`, and what is its class? And what did *Predict, then run · 2* say about changing `trainable` on a model
# that was fitted?

# %% [markdown] hint="debug"
# All but the last `top` are `base.layers[:-top]`. Ask `isinstance(layer, keras.layers.BatchNormalization)`.
# `optimizer.lr = …` only makes an attribute that nobody reads; a new
# `model.compile(optimizer=keras.optimizers.Adam(learning_rate=learning_rate), …)` brings the rate and a new
# training step.

# %% [markdown]
# ## The race
#
# Which is best when there are few examples: a frozen backbone with a new head, a backbone with everything thawed at
# once under a new head, or the same network from scratch? Three contestants of one build:

# %%
DIGITS = 10
RATES = {"frozen": 0.01, "all thawed": 0.001, "scratch": 0.006}  # tried beforehand: the one that suits each


def contestant(kind):
    """A compiled network for digits: "frozen" (a head for cached features), "all thawed" or "scratch"."""
    head = keras.layers.Dense(DIGITS, activation="softmax")
    if kind == "frozen":
        net = keras.Sequential([keras.Input((256,)), head])
    else:
        base = data.backbone.load(include_top=False)
        if kind == "scratch":
            base = keras.models.clone_model(base)  # the same layers, with fresh random weights
        net = keras.Sequential([keras.Input((16, 16, 1)), base, head])
    net.compile(keras.optimizers.Adam(RATES[kind]), "sparse_categorical_crossentropy")
    return net


# %% [markdown]
# Each learns from 1, 3 or 10 examples of each digit and is asked about 400 new ones; then it starts again as it
# was. The frozen one learns from cached features, as in exercise 4. To save time, the examples are repeated
# `epochs` times within one epoch: equals about `epochs` epochs, with one call's overhead. Under the picture there
# are buttons for the two worlds and a slider for the number of examples: use them.

# %%
def few_of(X, y, each):
    """The first `each` images of every digit, and their labels."""
    rows = np.concatenate([np.flatnonzero(y == digit)[:each] for digit in range(DIGITS)])
    return X[rows], y[rows]


def features_of(images):
    return np.array(backbone(images, training=False))


def variables_of(net):
    return [*net.variables, *net.optimizer.variables]


nets, starts = {kind: contestant(kind) for kind in RATES}, {}
for name, net in nets.items():
    net.optimizer.build(net.trainable_variables)
    starts[name] = [variable.numpy() for variable in variables_of(net)]

race = see.race.Race(chance=0.1)
for world, X, y in (("drawn digits", drawn, drawn_digit), ("handwritten digits", written, written_digit)):
    new, new_digit = data.backbone.preprocess_input(X[-400:]), y[-400:]
    new_features = features_of(new)
    for each, epochs in ((1, 20), (3, 15), (10, 6)):
        images, labels = few_of(X[:-400], y[:-400], each)
        race.begin(world, each, images, labels)
        images = data.backbone.preprocess_input(images)
        features = features_of(images)
        for name, net in nets.items():
            for variable, value in zip(variables_of(net), starts[name], strict=True):
                variable.assign(value)
            rows, new_rows = (features, new_features) if name == "frozen" else (images, new)
            copies = np.concatenate([rows] * epochs)  # about as many epochs, in one
            net.fit(copies, np.concatenate([labels] * epochs), batch_size=10, verbose=0)
            answers = np.array(net(new_rows, training=False)).argmax(axis=1)
            race.note(world, each, name, np.mean(answers == new_digit))

print("with three drawn examples of each, best first:", ", ".join(race.order("drawn digits", 3)))
lead = {world: race.rounds[world, 3]["frozen"] - race.rounds[world, 3]["scratch"] for world in race.worlds}
print("there frozen leads scratch by more than 25 points:", lead["drawn digits"] > 0.25)
print("on handwritten digits by less than half of that lead:", lead["handwritten digits"] < lead["drawn digits"] / 2)
see.race.explore(race)

# %% [markdown]
# Your picture is one draw of chance: its points differ by several percent from the next, even by what your answers
# to the exercises drew before. The numbers below are means over three seeds.
#
# **On drawn digits** the frozen backbone wins by far when examples are few. With three of each: about 83 % for the
# frozen one, 64 % with all thawed and 37 % from scratch. Only the head's weights have to be found, and the features
# know what a stroke is. Whoever thaws *everything* at once lets thirty images pull at every weight. Two more
# possible causes: the head is still random then, where exercise 5 trains it first; and BatchNormalization, thawed
# as well, takes its statistics from few images.
#
# **On handwritten digits**, with three of each, the lead melts: 85 %, 83 % and 79 %. With one of each, transfer
# still leads clearly: 62 % frozen, 62 % with all thawed, 23 % from scratch. With ten of each all three come to
# about 92 %. In a single picture six points or more may remain between the best and the last even there, and *all
# thawed* may lead: that is luck.
#
# Look at who has changed with three of each. The frozen one is as good as before; *scratch* has more than doubled.
# A likely reason: the drawn digits come in twenty fonts, turned and slanted, and thirty of them say little about
# the next one. The handwritten ones were brought to one size and stand upright: thirty of them say a lot.
#
# So how much a pretrained start is worth is no property of the backbone. It depends as well on what your own few
# examples can teach. And it depends on the distance: handwriting is blurred, thick, like no font that this backbone
# was trained on. That the data in use differ from those in training is called **domain shift**. It can cost a
# frozen backbone much. Here it hardly shows, and you know it only because you ran the race on your own data.

# %% [markdown]
# ## Exercise 6 · Challenge: three of each (4 points)
#
# Your turn to enter the race, by any means. Write `learn_digits(base, X, y)`. `base` is the backbone as it comes,
# `X` holds three drawn examples of each of the ten digits, prepared for it, and `y` their labels. Return a model
# that takes such images and gives ten numbers for each, the largest for its answer.
#
# It passes with **55 % of 200 new drawn digits right**; the whole training should take seconds. The check draws
# other examples than you have seen, so what counts is the way, not the luck.

# %% exercise="few"
def learn_digits(base, X, y):
    """Return a model that has learned ten digits from the thirty images X."""
    ### BEGIN SOLUTION
    head = keras.Sequential([keras.Input(base.output_shape[1:]), keras.layers.Dense(10, activation="softmax")])
    head.compile(keras.optimizers.Adam(learning_rate=0.01), "sparse_categorical_crossentropy")
    head.fit(base.predict(X, verbose=0), y, epochs=10, batch_size=5, verbose=0)
    return keras.Sequential([base, head])
    ### END SOLUTION


# %% test="few" points=4
with check.task("Thirty drawn digits to learn from, 200 to name") as task:
    images, digits = data.glyphs.load(seed=21, n=30, kind="digits")
    new, truth = data.glyphs.load(seed=22, n=200, kind="digits")
    base = data.backbone.load(include_top=False)
    model = task.run(student.learn_digits, base, data.backbone.preprocess_input(images), digits)
    new = data.backbone.preprocess_input(new)
    task.expect(check.is_model(model), check.output_shape(model, new, 10))
    task.expect(check.beats_baseline(model, new, truth, at_least=0.55))
### BEGIN HIDDEN TESTS
with check.task("Thirty others, and 200 others") as task:
    images, digits = data.glyphs.load(seed=check.seed("few"), n=30, kind="digits")
    new, truth = data.glyphs.load(seed=check.seed("new"), n=200, kind="digits")
    base = data.backbone.load(include_top=False)
    model = task.run(student.learn_digits, base, data.backbone.preprocess_input(images), digits)
    new = data.backbone.preprocess_input(new)
    task.expect(check.is_model(model), check.output_shape(model, new, 10))
    task.expect(check.beats_baseline(model, new, truth, at_least=0.55))
### END HIDDEN TESTS

# %% [markdown] hint="few"
# Look at the race once more: who won with three examples of each, and how many weights did it have to determine?
# You have written nearly all of it in exercise 4.

# %% [markdown] hint="few"
# Features by `base.predict(X, verbose=0)`; a head of a single `Dense(10, activation="softmax")`, compiled with
# Adam at 0.01; about ten epochs in batches of five; `keras.Sequential([base, head])`.

# %% [markdown]
# ## Quiz (3 points)
#
# One letter between quotes. The check notes your choice; it is graded when you hand in.

# %% [markdown]
# **1.** You freeze a backbone with `backbone.trainable = False`. What do its BatchNormalization layers do in
# `fit`?

# %% quiz="frozen_statistics" points=1
# a) they go on gathering statistics, since that takes no gradient
# b) they use the statistics that they have, and change nothing
# c) they scale each batch by its own mean and variance
frozen_statistics = "b"

# %% [markdown]
# **2.** A colleague feeds a ResNet50 with photos divided by 255. What will they see?

# %% quiz="wrong_range" points=1
# a) an error that names the range
# b) answers as good as before, a little slower
# c) poor answers, and no hint why
wrong_range = "c"

# %% [markdown]
# **3.** Why does one train the head first, and thaw the top of the backbone only afterwards?

# %% quiz="head_first" points=1
# a) a head of random weights sends large, random gradients into the backbone
# b) Keras can't train two parts of a model at once
# c) the head's weights are lost when the backbone is thawed
head_first = "a"

# %% [markdown]
# ## Reflection (3 points, read by your instructor)
#
# Look at the race in both worlds once more. A hospital wants to find fractures in X-ray images, with forty
# labelled images of each kind, and somebody proposes a frozen ResNet50 that was trained on ImageNet's photos. Say
# **what speaks for it and what against it** in the light of the race, **what you would compare it with**, and
# **how many images you would put aside to decide** (with 40 test images, one answer is 2.5 points). Five to seven
# sentences.

# %% [markdown] manual="reflection" points=3
# For it speaks that forty images of a kind are few: in the race the frozen backbone was far ahead on drawn digits,
# because only the head's weights had to be found, and it did as well on handwriting, which it had never seen.
# Against it speaks that there its lead over a network from scratch was much smaller, and the domain shift: X-rays
# are grey, and what tells a fracture is a fine line, not the colour and shape of an object, which is further from
# photos than handwriting is from fonts. I would compare three: the frozen backbone with a new head, the same with
# its top fine-tuned at a low rate, and a small network from scratch, all on the same split, and better still a
# backbone trained on other X-rays. Deciding takes images that none of them saw, say
# a quarter of each kind, and since twenty images decide by chance, I would repeat it over several splits and look
# at the spread.
#
# ### BEGIN MARK SCHEME
# One point for an argument on either side that uses the race (few weights to determine; domain shift), one for a
# fair comparison (at least frozen against scratch or fine-tuned, same data), one for validation images put aside
# and the remark that few of them decide by chance (repeats, spread, cross-validation).
# ### END MARK SCHEME

# %% [markdown]
# ## What older tutorials still say
#
# | you read | today | what happens otherwise |
# |---|---|---|
# | `from keras.applications.resnet50 import …` | the same, or `keras.applications.resnet50.…` | works |
# | `x / 255` for every application | the module's own `preprocess_input` | poor answers, no error |
# | `image.load_img` of `keras.preprocessing` | `keras.utils.load_img` | still works |
# | `for layer in model.layers: layer.trainable = False` after `fit` | set it, then `compile` | no effect |
# | "freezing leaves BatchNormalization running" | it stops as well: it runs at inference | true in TensorFlow 1 |
# | `Adam(lr=1e-5)` | `Adam(learning_rate=1e-5)` | an error |
# | `optimizer.lr = 1e-5` | `optimizer.learning_rate = 1e-5` | nothing at all |
# | `model.predict_generator`, `fit_generator` for features | `predict`, `fit` | an error |
# | `np.argsort(p)[::-1][:5]` | `np.argsort(-p, kind="stable")[:5]` | ties the wrong way round |
# | TensorFlow Hub | Kaggle Models, KerasHub | old addresses lead to Kaggle |

# %% [markdown]
# ## Take-away
#
# Weights come with a contract: size, range, channels. Freeze, then compile; train the head on features computed
# once; thaw the top in small steps, statistics left alone. Few examples that say little about the next one: freeze.
# And whatever the world: compare, with training from scratch too, before you believe in it. Next: looking inside a
# network, to see what it looks at.
