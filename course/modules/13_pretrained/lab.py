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
#   title: "Pretrained models: build on a network that is already trained"
#   minutes: 90
#   timeout: 120
# ---

# %% [markdown]
# # Lab 13 · Pretrained models
#
# **90 minutes · 31 points**
#
# You have only three examples of each class. A network that starts from random weights can memorize them without
# learning anything that helps with new images. But suppose someone has trained a network on a *related* task, with
# thousands of examples, and you can use its weights. Much of what it learned, such as edges, strokes and corners, is
# useful for your task too. Reusing it is called **transfer learning**.
#
# After this lab you can
#
# - keep a pretrained model's **contract**: give it images of the size, range and channels that it was trained on;
# - turn its outputs into **names**, the most probable first;
# - **freeze** what was learned, train a new head on it, and verify that nothing else changed;
# - **cache** what the frozen part computes, so that no epoch computes it again;
# - **fine-tune** the top layers without damaging them, and measure how much transfer helps, and where it does not.
#
# You need lab 01: define, compile, fit, evaluate, predict. The network here is convolutional; you use it without
# looking inside.

# %%
from course import data, see
from grader import check, student

import keras
import numpy as np

FULL_DATA = False  # True: download ImageNet weights where this lab can use them
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
# A network has been trained on thousands of letters of the first kind. It has never seen a digit. You will teach it
# digits of the second and the third kind, from three examples of each.
#
# All images have 16 × 16 pixels and one channel. Pixels are whole numbers from 0 (black) to 255 (white), as in image
# files.

# %% [markdown]
# ## A worked example: a network that is already trained
#
# The course comes with its own pretrained network, small enough to load in a moment. You use it like those in
# `keras.applications`, which Keras provides. They were trained on ImageNet: 1.3 million photos in 1000 classes.

# %%
reader = data.backbone.load()
print("input", reader.input_shape, "· output", reader.output_shape, f"· {reader.count_params():,} parameters")
print(" → ".join(layer.name for layer in reader.layers))

# %% [markdown]
# The last layer, `letters`, is its head: a probability for each of 26 letters. The layers before it turn an image
# into 256 **features**. The `pool` layers make the image smaller. `dropout` has an effect only during training; when
# the network is used, which is called *inference*, it does nothing.
#
# Apart from the weights you need one more thing: `preprocess_input`, the function that turns images into the kind of
# numbers that the network was trained on. Here it maps 0 … 255 to −1 … 1.

# %%
probabilities = reader.predict(data.backbone.preprocess_input(letters), verbose=0)
right = np.mean(probabilities.argmax(axis=1) == letter)
print("predicted:", " ".join(data.backbone.CLASSES[k] for k in probabilities[:14].argmax(axis=1)))
print(f"accuracy on all letters: {right:.0%} (none of these images was used for training)")

# %% [markdown]
# ### Predict, then run · 1
#
# Many tutorials divide pixels by 255, whatever the network. Suppose you do that with the same letters, instead of
# calling `preprocess_input`. Black is then 0 and white is 1, and any person could still read them. What happens with
# the network?

# %% predict="no_contract" points=1
# a) an error: the model rejects numbers that it was not trained on
# b) no error, and about the same accuracy: the shapes of the letters are still there
# c) no error, but most answers are wrong
no_contract = "c"

# %%
found = reader.predict(letters / 255, verbose=0)
print(f"accuracy on all letters: {np.mean(found.argmax(axis=1) == letter):.0%}; by guessing: {1 / 26:.0%}")
print(f"mean of the largest probability: {found.max(axis=1).mean():.1f}")

# %% [markdown]
# There is no warning. A model accepts any numbers of the right shape, and predicts with confidence. The size, range
# and channels that it was trained on are its **contract**, and only you can keep it.

# %% [markdown]
# ## Exercise 1 · The contract (4 points)
#
# Each Keras application has its own module, and the module contains the `preprocess_input` that belongs to it:
#
# | application | module | side | what its pixels become |
# |---|---|---|---|
# | `ResNet50` | `keras.applications.resnet50` | 224 | blue first, then the mean of each color subtracted |
# | `MobileNetV2` | `keras.applications.mobilenet_v2` | 224 | −1 … 1 |
# | `DenseNet121` | `keras.applications.densenet` | 224 | 0 … 1, then centered and scaled by color |
# | `EfficientNetB0` | `keras.applications.efficientnet` | 224 | 0 … 255: the scaling is inside the model |
# | `InceptionV3` | `keras.applications.inception_v3` | 299 | −1 … 1 |
#
# Write `prepare(photos, application)`. It gets photos as uint8 of shape `(n, height, width, 3)`, **or gray scans**
# of shape `(n, height, width, 1)`, and the name of an application from the table. It returns floats of shape
# `(n, side, side, 3)` in the form that this application expects:
#
# - gray scans get three equal channels;
# - photos are **stretched** to side × side, whatever their shape; nothing is cropped. `keras.ops.image.resize`
#   stretches by default; `np.resize` does not resize images. The *interpolation*, which computes the pixels in
#   between, is up to you;
# - pixels have the range and the channel order given in the table.
#
# There are two traps, neither with an error. First, `preprocess_input` expects *floats* from 0 to 255. Given whole
# numbers in a tensor, ResNet50's keeps whole numbers: with uint8, 3 − 103.939 comes out as 156. Second, given floats
# in a NumPy array, it writes into that same array: call it twice on one array, and the pixels are prepared twice.

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
with check.task("Gray scans") as task:
    for application in ("DenseNet121", "EfficientNetB0"):
        scans = check.patchwork(2, 96, 48, channels=1, salt=application)
        found = task.run(student.prepare, scans, application)
        task.expect(check.prepared(found, scans, application))
### BEGIN HIDDEN TESTS
with check.task("Other gray scans") as task:
    for application in ("ResNet50", "InceptionV3"):
        height, width = (12 * k for k in check.sizes(2, 5, 22, application))
        scans = check.patchwork(1, height, width, channels=1, salt=application + " again")
        found = task.run(student.prepare, scans, application)
        task.expect(check.prepared(found, scans, application))
### END HIDDEN TESTS

# %% [markdown] hint="prepare"
# The order matters: first floats, then three channels, then the size, and last the application's own
# `preprocess_input`. It is a function like any other: you can store it in a dict without calling it.

# %% [markdown] hint="prepare"
# `np.asarray(photos, dtype="float32")`; `np.repeat(pixels, 3, axis=-1)` for a single channel;
# `keras.ops.image.resize(pixels, (side, side))`. Each entry of the dict is a pair, such as `(224,
# applications.mobilenet_v2.preprocess_input)`.

# %% [markdown]
# ## Exercise 2 · From numbers to names (3 points)
#
# A thousand probabilities are not an answer that a person can read. `keras.applications` has `decode_predictions`,
# but it works only for ImageNet's classes. Your function works with any names.
#
# Write `top_names(probabilities, names, top)`. `probabilities` has shape (n, classes), and `names` holds the names of
# the classes in order. Return a list with one entry for each row: a list of the `top` most probable classes as pairs
# `(name, probability)`, **the most probable first**. If two classes are equally probable, the one that comes first in
# `names` goes first.

# %% exercise="decode"
def top_names(probabilities, names, top):
    """Return for each row a list of its `top` most probable classes, as pairs (name, probability)."""
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
with check.task("Other classes, and other numbers of classes") as task:
    for count in check.sizes(3, 4, 30, "decode"):
        shares = check.rng("decode", count).dirichlet(np.ones(count), 3).astype("float32")
        classes = [f"class {k}" for k in check.rng("names", count).permutation(count)]
        for top in (1, 4, count):
            found = task.run(student.top_names, shares, classes, top)
            task.expect(check.top_classes(found, shares, classes, top, about=f"{top} of {count}"))
### END HIDDEN TESTS

# %% test="decode/ties" points=1
with check.task("Equally probable classes") as task:
    shares = np.array([[0.1, 0.3, 0.3, 0.2, 0.1], [0.2, 0.2, 0.2, 0.2, 0.2]], "float32")
    animals = ["otter", "heron", "newt", "vole", "carp"]
    found = task.run(student.top_names, shares, animals, 4)
    task.expect(check.top_classes(found, shares, animals, 4))
### BEGIN HIDDEN TESTS
with check.task("Many equally probable classes") as task:
    for count in check.sizes(2, 20, 40, "ties"):
        shares = check.rng("ties", count).integers(1, 4, (3, count)).astype("float32")
        shares /= shares.sum(axis=1, keepdims=True)
        classes = [f"class {k}" for k in range(count)][::-1]
        found = task.run(student.top_names, shares, classes, 6)
        task.expect(check.top_classes(found, shares, classes, 6, about=f"6 of {count}"))
### END HIDDEN TESTS

# %% [markdown] hint="decode"
# `np.argsort(row)` returns positions, not values, and starts with the smallest. Negate the *numbers* instead of
# reversing the result, and use a sort that keeps the order of equal values.

# %% [markdown] hint="decode"
# `best = np.argsort(-row, kind="stable")[:top]` holds the positions of the largest values. For each position `k`,
# the pair is `(names[k], float(row[k]))`.

# %% [markdown]
# ### Your two functions on a real photo
#
# `keras.applications.MobileNetV2(weights=None)` builds the network with random weights, without a download: the
# layers and shapes are real, but the answers mean nothing. With `weights="imagenet"`, Keras downloads the trained
# weights. Set `FULL_DATA = True` at the top to try it; if you are offline, the cell says what is missing. Complete
# exercises 1 and 2 before you run it.

# %%
from sklearn.datasets import load_sample_image


def answer_to(photo):
    """The classes that a network predicts for the photo, in words."""
    application = "ResNet50" if FULL_DATA else "MobileNetV2"  # a download of 100 MB, or none
    if FULL_DATA:
        network, names = data.full.application(application), data.full.class_names()
    else:
        network, names = keras.applications.MobileNetV2(weights=None), [f"class {k}" for k in range(1000)]
    outputs = network(prepare(photo[None], application), training=False)
    pairs = top_names(np.array(outputs), names, 3)[0]
    if not FULL_DATA:
        return f"{len(pairs)} of {len(names)} names; the weights are random, so these mean nothing"
    return ", ".join(f"{name} {value:.2f}" for name, value in pairs)


try:
    answer = answer_to(load_sample_image("china.jpg"))
except NotImplementedError:
    answer = "Complete exercises 1 and 2 first; then this cell names what is in the photo."
except data.full.Unavailable as missing:
    answer = missing
print(answer)

# %% [markdown]
# ## Without its head
#
# To reuse a network for other classes, you remove its head. The rest is called a **backbone**: it turns an image
# into features. In `keras.applications`, you get it with `include_top=False`; `pooling="avg"` returns one row of
# features for each image. (`alpha=0.25` below keeps a quarter of MobileNet's channels, to make it small.) The
# course's own network works in the same way.

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
# Every layer and every model has an attribute `trainable`. `backbone.trainable = False` **freezes** the backbone and
# all layers in it: `fit` does not change their weights. One kind of layer needs a closer look. **BatchNormalization**
# scales its inputs by their mean and variance. It collects these *statistics* during training, without any
# gradient. In Keras, freezing such a layer also stops the collecting, and makes it use the statistics that it has.
#
# Setting `trainable` back to `True` **unfreezes** a layer.
#
# `fit` reads `trainable` when it is called for the **first time after `compile`**. It then builds the training step,
# the function that updates the weights for one batch, and keeps using it.
#
# ### Predict, then run · 2
#
# You compile a model and fit it for one epoch. *Then* you set `backbone.trainable = False` and call `fit` again.

# %% predict="toggled_late" points=1
# a) from then on, the backbone does not change
# b) an error: the model is already compiled
# c) the backbone continues to learn, without a warning
toggled_late = "c"


# %%
def moved_by(fit_before, compile_again):
    """Whether a second `fit` changes a backbone that was frozen just before it."""
    base = check.made_up_base(salt="toggle")  # a small one, BatchNormalization included
    model = keras.Sequential([base, keras.layers.Dense(2, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    rows, labels = check.clusters(32, 64, 2)
    images = rows.reshape(32, 8, 8, 1)  # random numbers in the shape of images
    if fit_before:
        model.fit(images, labels, verbose=0)
    base.trainable = False
    if compile_again:
        model.compile("sgd", "sparse_categorical_crossentropy")
    before = base.get_weights()
    model.fit(images, labels, verbose=0)
    return any(np.any(one != other) for one, other in zip(before, base.get_weights(), strict=True))


print("compile, freeze, fit:               changes", moved_by(fit_before=False, compile_again=False))
print("compile, fit, freeze, fit:          changes", moved_by(fit_before=True, compile_again=False))
print("compile, fit, freeze, compile, fit: changes", moved_by(fit_before=True, compile_again=True))

# %% [markdown]
# The second line is the trap: there is no error, in Keras 3.15 not even a warning, and training overwrites a backbone
# that you believe to be frozen. A rule that always works: **change `trainable`, then compile.**

# %% [markdown]
# ## Exercise 3 · Freeze the backbone and add a head (4 points)
#
# Write `with_new_head(base, classes)`. `base` is a pretrained model that turns an image into a row of features.
# Return a **compiled** model that takes the same images and distinguishes `classes` classes:
#
# - it uses `base` itself, with its present weights, **frozen**: training leaves all its weights and statistics
#   unchanged, to the last bit;
# - a new head follows, for labels that are integers 0 … classes − 1. It returns probabilities or logits (the numbers
#   before the softmax), and the loss is the cross-entropy that fits them;
# - the head can learn. The optimizer is your choice.

# %% exercise="freeze"
def with_new_head(base, classes):
    """Return a compiled model: `base`, frozen, and a new head for this number of classes."""
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
with check.task("Changes in three training steps") as task:
    images, digits = data.glyphs.load(seed=6, n=24, kind="digits")
    images, base = data.backbone.preprocess_input(images), data.backbone.load(include_top=False)
    model = task.run(student.with_new_head, base, 10)
    task.expect(check.is_model(model), check.only_moves(model, images, digits, still=base.get_weights()))
### BEGIN HIDDEN TESTS
with check.task("Changes with another backbone") as task:
    rows, labels = check.clusters(32, 8 * 8 * 2, 4, "still")
    base = check.made_up_base(8, 2, salt="still", tops=2)
    kept = base.get_weights()
    model = task.run(student.with_new_head, base, 4)
    task.expect(check.is_model(model), check.only_moves(model, rows.reshape(-1, 8, 8, 2), labels, still=kept))
### END HIDDEN TESTS

# %% [markdown] hint="freeze"
# Do three things in this order: freeze the base, combine base and head, compile. A model can be a layer of another
# model.

# %% [markdown] hint="freeze"
# `base.trainable = False`, then `keras.Sequential([base, keras.layers.Dense(classes, activation="softmax")])`,
# then `model.compile(…, loss="sparse_categorical_crossentropy")`. `keras.models.clone_model(base)` would discard the
# learned weights.

# %% [markdown]
# ## Exercise 4 · Compute the features once (4 points)
#
# A frozen backbone returns the same features for the same image in every epoch. Computing them is nearly all of the
# work: our backbone takes about 700 times as many multiplications as a head for ten classes. So compute the features
# **once**, keep them, and train the head on them.
#
# Write `train_on_features(base, head, X, y, epochs)` from this specification. It gets
#
# - `base`, a frozen backbone; `X`, images prepared for it; and `y`, their labels;
# - `head`, a **compiled** model that takes a row of features and returns probabilities.
#
# It passes each image through `base` exactly once, in inference mode. It trains `head` on the features of all images
# with `fit`, for `epochs` epochs. It returns **one model that takes images**: the backbone and the trained head.

# %% exercise="cache"
def train_on_features(base, head, X, y, epochs):
    """Train `head` on the features of `X`, computed once. Return a model that maps images to probabilities."""
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
# The features are an array like any other, with one row for each image. Which method of a model computes its outputs
# in batches, in inference mode, and returns a NumPy array? And what does the head's `fit` expect as its `X`?

# %% [markdown] hint="cache"
# `features = base.predict(X, verbose=0)`, then `head.fit(features, y, epochs=epochs, verbose=0)`.
# `keras.Sequential([base, head])` combines both: it contains the layers that you trained.

# %% [markdown]
# ## Exercise 5 · Debug this: fine-tune the top (4 points)
#
# When the head is trained, you can let the *last* layers of the backbone learn too, in small steps. This is called
# **fine-tuning**. The head is trained first because a random head sends large random gradients into the backbone.
# The first layers detect strokes and corners, which other images also have; they stay frozen. The last layers have
# specialized in letters.
#
# `fine_tune(model, top, learning_rate)` gets a model whose first part is a frozen backbone, a layer named
# `"backbone"`, and whose head returns probabilities and has been trained with `fit`. The function should
#
# - unfreeze the last `top` layers of the backbone, **except any BatchNormalization**: a few images give poor
#   statistics;
# - keep all other layers of the backbone frozen, and leave the head trainable;
# - compile the model: with a new optimizer, such as Adam, at `learning_rate`, the cross-entropy for integer labels,
#   and accuracy as a metric (Keras 3.15 keeps the loss and the metrics of the last `compile` if you give none, so
#   leaving them out passes; do not rely on it);
# - return that model, without calling `fit`.
#
# The code below runs without an error. **It contains four mistakes**; one line can fix two of them.

# %% exercise="debug"
def fine_tune(model, top, learning_rate):
    """Unfreeze the last `top` layers of the backbone, compile `model` and return it."""
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
    # raise NotImplementedError("Delete this line, then fix the code below.")
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
# `base.layers[top:]` are the layers *from* number `top` on. Which ones should stay frozen? What is a layer's `name`,
# and what is its class? And what did *Predict, then run · 2* show about changing `trainable` on a model that has
# been fitted?

# %% [markdown] hint="debug"
# All but the last `top` layers are `base.layers[:-top]`. Test `isinstance(layer, keras.layers.BatchNormalization)`.
# `optimizer.lr = …` only creates an attribute that nothing reads; a new
# `model.compile(optimizer=keras.optimizers.Adam(learning_rate=learning_rate), …)` sets the learning rate and builds
# a new training step.

# %% [markdown]
# ## The race
#
# Which is best when there are few examples: a frozen backbone with a new head, a backbone that is fully unfrozen from
# the start, also with a new head, or the same network trained from scratch? Compare three networks of the same
# architecture:

# %%
DIGITS = 10
RATES = {"frozen": 0.01, "all thawed": 0.001, "scratch": 0.006}  # found by trial, one for each


def contestant(kind):
    """A compiled network for digits: "frozen" (a head for cached features), "all thawed" (unfrozen) or "scratch"."""
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
# Each network learns from 1, 3 or 10 examples of each digit and is tested on 400 new images; then its weights are
# reset. The frozen one learns from cached features, as in exercise 4. To save time, the examples are repeated
# `epochs` times within one epoch. This is about the same as `epochs` epochs, without the overhead of each. Below the
# figure are buttons for the two worlds and a slider for the number of examples: try them.

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

print("three drawn examples of each digit, best first:", ", ".join(race.order("drawn digits", 3)))
lead = {world: race.rounds[world, 3]["frozen"] - race.rounds[world, 3]["scratch"] for world in race.worlds}
print("frozen beats scratch there by more than 25 points:", lead["drawn digits"] > 0.25)
print("on handwritten digits, by less than half of that:", lead["handwritten digits"] < lead["drawn digits"] / 2)
see.race.explore(race)

# %% [markdown]
# Your figure shows a single random run: another run differs by several percentage points, even depending on the
# random numbers that your answers to the exercises drew before. The numbers below are means over three seeds.
#
# **On drawn digits**, the frozen backbone wins clearly when there are few examples. With three of each digit, its
# accuracy is about 83%, compared with 64% for *all thawed* (fully unfrozen) and 37% from scratch. Only the head's
# weights have to be learned, and the features already describe strokes. If you unfreeze *everything* at once, thirty
# images change every weight. There are two more possible causes: the head is still random, whereas exercise 5 trains
# it first; and BatchNormalization, also unfrozen, computes its statistics from few images.
#
# **On handwritten digits**, with three of each, the lead shrinks: 85%, 83% and 79%. With one of each, transfer still
# leads clearly: 62% frozen, 62% with all thawed, 23% from scratch. With ten of each, the three reach about 94%, 92%
# and 88%. In a single run, the order can differ, and *all thawed* can lead: that is chance.
#
# Compare the two worlds with three examples of each. The frozen network is about as good in both; *scratch* is more
# than twice as good on handwritten digits. A likely reason: the drawn digits come from twenty fonts, rotated and
# slanted, so thirty of them say little about the next one. The handwritten ones are upright and of one size, so thirty
# of them say a lot.
#
# The value of a pretrained start is therefore not a property of the backbone alone. It also depends on how much your
# own few examples can teach. And it depends on the distance between the tasks: handwriting is blurred and thick,
# unlike any font that this backbone was trained on. When the data in use differ from the training data, this is
# called **domain shift**. It can greatly reduce the accuracy of a frozen backbone. Here it has little effect, and you
# know this only because you ran the comparison on your own data.

# %% [markdown]
# ## Exercise 6 · Challenge: three of each (4 points)
#
# Now enter the race yourself, with any method. Write `learn_digits(base, X, y)`. `base` is the pretrained backbone,
# `X` holds three drawn examples of each of the ten digits, prepared for it, and `y` holds their labels. Return a
# model that takes such images and returns ten numbers for each; the largest is its answer.
#
# You pass with **55% of 200 new drawn digits correct**; the whole training should take seconds. The check draws
# different examples from those you have seen, so the method decides, not chance.

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
# Look at the race again: which network won with three examples of each, and how many weights did it have to learn?
# You have already written most of the code in exercise 4.

# %% [markdown] hint="few"
# Compute the features with `base.predict(X, verbose=0)`. Use a head of a single `Dense(10, activation="softmax")`,
# compiled with Adam at 0.01, and train it for about ten epochs in batches of five.

# %% [markdown]
# ## Quiz (3 points)
#
# Put one letter between the quotes. The check records your choice; it is graded when you hand in the lab.

# %% [markdown]
# **1.** You freeze a backbone with `backbone.trainable = False`. What do its BatchNormalization layers do in
# `fit`?

# %% quiz="frozen_statistics" points=1
# a) they continue to collect statistics, since that needs no gradient
# b) they use the statistics that they have, and do not change them
# c) they scale each batch by the mean and variance of that batch
frozen_statistics = "b"

# %% [markdown]
# **2.** A colleague passes photos divided by 255 to a ResNet50. What will they see?

# %% quiz="wrong_range" points=1
# a) an error that names the expected range
# b) predictions that are as good, but slower
# c) poor predictions, without any explanation
wrong_range = "c"

# %% [markdown]
# **3.** Why do you train the head first, and unfreeze the top of the backbone only afterwards?

# %% quiz="head_first" points=1
# a) a head with random weights sends large, random gradients into the backbone
# b) Keras cannot train two parts of a model in the same training run
# c) the weights of the head are lost when the backbone is unfrozen
head_first = "a"

# %% [markdown]
# ## Reflection (3 points, read by your instructor)
#
# Look at the race in both worlds again. A hospital wants to find fractures in X-ray images. It has forty labeled
# images of each kind, and someone proposes a frozen ResNet50 that was trained on ImageNet's photos. Give **arguments
# for and against it** based on the race, say **what you would compare it with**, and **how many images you would
# hold out to decide** (with 40 test images, one answer is 2.5 percentage points). Write five to seven sentences.

# %% [markdown] manual="reflection" points=3
# An argument for it is that forty images of each kind are few: in the race, the frozen backbone was far ahead on
# drawn digits, because only the head's weights had to be learned, and it did equally well on handwriting, which it
# had never seen. One argument against it is that its lead over a network from scratch was much smaller there. Another
# is domain shift: X-rays are gray, and a fracture shows as a fine line, not as the color and shape of an object, so
# they are further from photos than handwriting is from fonts. I would compare three networks on the same split: the
# frozen backbone with a new head, the same with its top layers fine-tuned at a low learning rate, and a small network
# from scratch. A backbone trained on other X-rays would be even better. To decide, I would hold out images that none
# of them has seen, about a quarter of each kind. Since twenty images leave much to chance, I would repeat the
# comparison over several splits and look at the spread.
#
# ### BEGIN MARK SCHEME
# One point for an argument on either side that uses the race (few weights to learn; domain shift); one for a fair
# comparison (at least frozen against scratch or fine-tuned, on the same data); one for held-out images and the remark
# that the result on a few of them depends on chance (repeats, spread, cross-validation).
# ### END MARK SCHEME

# %% [markdown]
# ## What older tutorials still say
#
# | you read | today | what happens otherwise |
# |---|---|---|
# | `from keras.applications.resnet50 import …` | the same, or `keras.applications.resnet50.…` | works |
# | `x / 255` for every application | the module's own `preprocess_input` | poor predictions, no error |
# | `image.load_img` of `keras.preprocessing` | `keras.utils.load_img` | still works |
# | `for layer in model.layers: layer.trainable = False` after `fit` | set it, then `compile` | no effect |
# | "freezing leaves BatchNormalization running" | it freezes the layer, which runs in inference mode | true in TensorFlow 1 |
# | `Adam(lr=1e-5)` | `Adam(learning_rate=1e-5)` | an error |
# | `optimizer.lr = 1e-5` | `optimizer.learning_rate = 1e-5` | no effect, no error |
# | `model.predict_generator`, `fit_generator` for features | `predict`, `fit` | an error |
# | `np.argsort(p)[::-1][:5]` | `np.argsort(-p, kind="stable")[:5]` | ties in reverse order |
# | TensorFlow Hub | Kaggle Models, KerasHub | old addresses redirect to Kaggle |

# %% [markdown]
# ## Take-away
#
# Weights come with a contract: size, range, channels. Freeze, then compile. Train the head on features that are
# computed once. Unfreeze the top in small steps, and leave the statistics unchanged. If your few examples say little
# about new ones, keep the backbone frozen. In every case, compare, also with training from scratch, before you rely
# on transfer.
