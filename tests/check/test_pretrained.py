"""Oracles on pretrained models: prepared photos, the most probable classes, features computed once, fine-tuning."""

import keras
import numpy as np
import pytest

from grader import check
from grader.check.oracles import pretrained
from tests.elsewhere import elsewhere
from tests.observed import failed

WHERE = pytest.mark.parametrize("where", [lambda thing: thing, elsewhere], ids=["live", "elsewhere"])
MODULES = {
    "ResNet50": keras.applications.resnet50,
    "VGG16": keras.applications.vgg16,
    "MobileNetV2": keras.applications.mobilenet_v2,
    "InceptionV3": keras.applications.inception_v3,
    "Xception": keras.applications.xception,
    "DenseNet121": keras.applications.densenet,
    "EfficientNetB0": keras.applications.efficientnet,
}

# ---- the contract


def resized(photos, side, method="bilinear"):
    photos = np.repeat(photos, 3, axis=-1) if photos.shape[-1] == 1 else photos
    return np.array(keras.ops.image.resize(photos.astype("float32"), (side, side), interpolation=method))


@pytest.mark.parametrize("application", pretrained.APPLICATIONS)
@pytest.mark.parametrize("method", ["nearest", "bilinear", "bicubic", "lanczos3"])
@pytest.mark.parametrize("channels", [1, 3])
def test_what_keras_prepares_is_right(application, method, channels):
    photos = check.patchwork(1, 120, 60, channels, application)
    side, _ = pretrained.APPLICATIONS[application]
    made = MODULES[application].preprocess_input(resized(photos, side, method))
    assert failed(check.prepared(made, photos, application)) == []
    assert failed(check.prepared(keras.ops.convert_to_tensor(made), photos, application)) == []


def test_the_sides_are_those_that_keras_builds():
    for application, (side, _) in pretrained.APPLICATIONS.items():
        if application in ("MobileNetV2", "EfficientNetB0"):
            built = getattr(keras.applications, application)(weights=None)
            assert built.input_shape == (None, side, side, 3)


def into_the_array(x):
    keras.applications.resnet50.preprocess_input(x)
    return keras.applications.resnet50.preprocess_input(x)


def seen_in(oracle):
    return [observation.seen for observation in oracle if not observation.ok]


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        (lambda x: x / 255, "from 0 to 1"),
        (lambda x: x, "0 to 255"),
        (lambda x: x[..., ::-1].copy(), "0 to 255, blue first"),
        (lambda x: x / 127.5 - 1, "-1 to 1"),
        (lambda x: x - np.array([103.939, 116.779, 123.68]), "red first"),
        (
            lambda x: keras.applications.resnet50.preprocess_input(keras.applications.resnet50.preprocess_input(x)),
            "twice",
        ),
        (into_the_array, "prepared twice, because the first call"),
        (lambda x: keras.applications.resnet50.preprocess_input(x / 255), "divided by 255, and then"),
        (lambda x: keras.applications.resnet50.preprocess_input(x * [1, 0, 0]), "zeros for green and blue"),
        (
            lambda x: keras.applications.resnet50.preprocess_input(x.mean(axis=-1, keepdims=True).repeat(3, axis=-1)),
            "converted to gray",
        ),
        (lambda x: np.zeros_like(x), "different values"),
    ],
)
def test_other_pixels_are_named(mistake, words):
    photos = check.patchwork(1, 96, 96, salt="mistakes")
    (seen,) = seen_in(check.prepared(mistake(resized(photos, 224)), photos, "ResNet50"))
    assert words in seen


def test_whole_numbers_that_run_over_are_named():
    photos = check.patchwork(1, 96, 96, salt="mistakes")
    tensor = keras.ops.convert_to_tensor(resized(photos, 224).round().astype("uint8"))
    found = keras.applications.resnet50.preprocess_input(tensor)
    dtype, pixels = seen_in(check.prepared(found, photos, "ResNet50"))
    assert dtype == "uint8" and "overflowed" in pixels


@pytest.mark.parametrize(
    "mistake",
    [
        lambda photos: None,
        lambda photos: "photos",
        lambda photos: photos.astype("float32"),
        lambda photos: resized(photos, 299),
        lambda photos: resized(photos, 224)[..., :1],
        lambda photos: resized(photos, 224)[0],
    ],
    ids=["nothing", "text", "as large as it was", "another side", "grey", "one photo"],
)
def test_other_shapes_are_refused(mistake):
    photos = check.patchwork(2, 96, 48)
    assert failed(check.prepared(mistake(photos), photos, "EfficientNetB0")) == ["EfficientNetB0: size and channels"]


@pytest.mark.parametrize("turn", [lambda x: x[:, ::-1], lambda x: x[:, :, ::-1], lambda x: np.roll(x, 56, axis=2)])
def test_photos_that_are_turned_or_moved_are_seen(turn):
    photos = check.patchwork(1, 96, 96, salt="turned")
    oracle = check.prepared(turn(resized(photos, 224)), photos, "EfficientNetB0")
    (observation,) = [found for found in oracle if not found.ok]
    assert "wrong places" in observation.seen and "without cropping" in observation.next


# ---- the most probable classes

NAMES = ["otter", "heron", "newt", "vole"]
SHARES = np.array([[0.1, 0.2, 0.4, 0.3], [0.25, 0.25, 0.3, 0.2]], "float32")
RIGHT = [[("newt", 0.4), ("vole", 0.3), ("heron", 0.2)], [("newt", 0.3), ("otter", 0.25), ("heron", 0.25)]]


@pytest.mark.parametrize(
    "answer",
    [
        RIGHT,
        [[list(pair) for pair in row] for row in RIGHT],
        tuple(tuple(row) for row in RIGHT),
        [[(np.str_(name), np.float32(value)) for name, value in row] for row in RIGHT],
        [[(name, keras.ops.convert_to_tensor(value)) for name, value in row] for row in RIGHT],
    ],
    ids=["tuples", "lists", "all tuples", "NumPy", "tensors"],
)
def test_the_most_probable_in_any_form(answer):
    assert failed(check.top_classes(answer, SHARES, NAMES, 3)) == []


@pytest.mark.parametrize(
    ("answer", "about", "advice"),
    [
        (None, "form of the result", "Build a list"),
        (RIGHT[:1], "form of the result", "rows of `probabilities`"),
        ([[name for name, _ in row] for row in RIGHT], "form of the result", "list of pairs"),
        ([[(value, name) for name, value in row] for row in RIGHT], "form of the result", "list of pairs"),
        ([row[:2] for row in RIGHT], "form of the result", "first `top`"),
        ([row[::-1] for row in RIGHT], "the 3 most probable", "starts with the smallest"),
        ([RIGHT[0], [RIGHT[1][0], RIGHT[1][2], RIGHT[1][1]]], "the 3 most probable", "in the order of `names`"),
        ([[("otter", value) for _, value in row] for row in RIGHT], "the 3 most probable", "don't match"),
        ([[(name, 100 * value) for name, value in row] for row in RIGHT], "the 3 most probable", "between 0 and 1"),
        ([[RIGHT[0][1], RIGHT[0][0], RIGHT[0][2]], RIGHT[1]], "the 3 most probable", "Sort the whole row"),
    ],
    ids=["nothing", "one row", "names", "turned", "two", "ascending", "ties", "one name", "percent", "unsorted"],
)
def test_other_answers_are_told_what_is_wrong(answer, about, advice):
    assert failed(check.top_classes(answer, SHARES, NAMES, 3)) == [about]
    wrong = next(found for found in check.top_classes(answer, SHARES, NAMES, 3) if not found.ok)
    assert advice in wrong.next


# ---- features, computed once

ROWS, LABELS = check.clusters(30, 64, 3, "test features")
IMAGES = ROWS.reshape(-1, 8, 8, 1)


def head():
    return keras.Sequential([keras.Input((6,)), keras.layers.Dense(3, activation="softmax")])


def asked(function, where=lambda thing: thing):
    base = check.made_up_base(salt="test features")
    return failed(
        check.trains_on_features(where(function), base, head(), IMAGES[:24], LABELS[:24], IMAGES[24:], epochs=3)
    )


def once(base, head, X, y, epochs):
    head.fit(base.predict(X, verbose=0), y, epochs=epochs, verbose=0)
    return keras.Sequential([base, head])


def by_hand(base, head, X, y, epochs):
    features = np.array(base(X, training=False))
    for _ in range(epochs):
        head.train_on_batch(features, y)
    return keras.Model(base.input, head(base.output))


def in_a_model_of_its_own(base, head, X, y, epochs):
    around = keras.Sequential([keras.Input((6,)), head])
    around.compile("adam", "sparse_categorical_crossentropy", run_eagerly=True)
    around.fit(base.predict(X, verbose=0), y, epochs=epochs, verbose=0)
    return keras.Sequential([base, head])


def in_a_graph(base, head, X, y, epochs):
    base.run_eagerly = False
    return once(base, head, X, y, epochs)


@pytest.mark.parametrize("function", [once, by_hand, in_a_model_of_its_own, in_a_graph])
@WHERE
def test_features_computed_once(function, where):
    assert asked(function, where) == []


def each_epoch(base, head, X, y, epochs):
    for _ in range(epochs):
        head.fit(base.predict(X, verbose=0), y, verbose=0)
    return keras.Sequential([base, head])


def in_training_mode(base, head, X, y, epochs):
    base.trainable = True
    head.fit(np.array(base(X, training=True)), y, epochs=epochs, verbose=0)
    return keras.Sequential([base, head])


def a_part(base, head, X, y, epochs):
    return once(base, head, X[:10], y[:10], epochs)


def untrained(base, head, X, y, epochs):
    base.predict(X, verbose=0)
    return keras.Sequential([base, head])


def head_alone(base, head, X, y, epochs):
    once(base, head, X, y, epochs)
    return head


def history(base, head, X, y, epochs):
    return head.fit(base.predict(X, verbose=0), y, epochs=epochs, verbose=0)


def wrong_labels(base, head, X, y, epochs):
    return once(base, head, X, (y + 1) % 3, epochs)


MISTAKES = {
    each_epoch: ["images through the backbone"],
    in_training_mode: ["weights of the backbone", "training data of the head"],
    a_part: ["images through the backbone", "training data of the head"],
    untrained: ["training of the head"],
    head_alone: ["outputs for new images"],
    history: ["returned value"],
    wrong_labels: ["loss of the head"],
}


@pytest.mark.parametrize(("function", "about"), MISTAKES.items(), ids=[f.__name__ for f in MISTAKES])
@WHERE
def test_other_trainings_on_features(function, about, where):
    assert asked(function, where) == about


# ---- fine-tuning


def test_the_parts_of_a_backbone_are_all_its_weights():
    base = check.made_up_base(salt="parts", tops=2)
    still, moving = check.parts(base, top=5)
    assert len(still) + len(moving) == len(base.weights) and len(moving) == 2
    assert np.array_equal(moving[0], base.layers[8].kernel)


@WHERE
def test_a_trained_head_has_to_be_compiled_again(where):
    base = check.made_up_base(salt="again")
    model = check.with_trained_head(base, 3, IMAGES, LABELS)
    before = base.get_weights()
    assert failed(check.compiled_again(where(model))) == ["compilation after the changes"]
    model.compile("adam", "sparse_categorical_crossentropy")
    assert failed(check.compiled_again(where(model))) == []
    assert all(np.array_equal(a, b) for a, b in zip(before, base.get_weights(), strict=True))
    assert failed(check.compiled_again(where(keras.Sequential([keras.layers.Dense(1)])))) == [
        "compilation after the changes"
    ]


def test_made_up_backbones_give_different_features_to_different_images():
    base = check.made_up_base(9, 2, 5, "features", tops=3)
    found = np.array(base(check.normal((8, 9, 9, 2), "images")))
    assert found.shape == (8, 5) and len(np.unique(found, axis=0)) == 8
    assert base.name == "backbone"
