"""Oracles on saving: the file alone must bring the model back, whatever is claimed for it."""

import json
import os
import pickle

import keras
import numpy as np
import pytest

from grader import check
from grader.check.oracles import files
from tests.elsewhere import elsewhere
from tests.observed import failed

layers = keras.layers
X, Y = check.clusters(30, 4, 3, "saving")


def compiled(model, loss="sparse_categorical_crossentropy", metrics=("accuracy",)):
    model.compile("adam", loss, metrics=list(metrics), run_eagerly=True)
    model.fit(X, Y, batch_size=10, epochs=1, verbose=0)
    return model


def sequential(**kwargs):
    return compiled(keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="softmax", **kwargs)]))


def functional():
    inputs = keras.Input((4,))
    hidden = layers.BatchNormalization()(layers.Dense(5, "relu")(inputs))
    return compiled(keras.Model(inputs, layers.Dense(3, "softmax")(layers.Dropout(0.5)(hidden))))


@keras.saving.register_keras_serializable("tests")
class Own(keras.Model):
    def __init__(self, units=3, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.head = layers.Dense(units, "softmax")

    def call(self, inputs):
        return self.head(inputs)

    def get_config(self):
        return {**super().get_config(), "units": self.units}


def nested():
    return compiled(keras.Sequential([keras.Input((4,)), sequential(), layers.Softmax()]))


def half():
    return sequential(dtype="mixed_float16")


WAYS = [sequential, functional, lambda: compiled(Own()), nested, half]
NAMES = ["sequential", "functional", "subclassed", "nested", "half precision"]


def round_trip(model, path):
    model.save(path)
    restored = keras.saving.load_model(path)
    return restored, restored.evaluate(X, Y, verbose=0, return_dict=True)


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "m.keras")


@pytest.mark.parametrize("make", WAYS, ids=NAMES)
def test_a_model_saved_and_read_back_passes(make, path, seat):
    model = make()
    restored, scores = round_trip(model, path)
    assert failed(check.saved_and_restored((seat(restored), scores), path, model, X, Y)) == []


def test_a_model_of_several_inputs_and_outputs_passes(path, seat):
    a, b = keras.Input((4,), name="a"), keras.Input((2,), name="b")
    hidden = layers.Concatenate()([a, b])
    model = keras.Model({"a": a, "b": b}, {"x": layers.Dense(1)(hidden), "y": layers.Dense(2)(hidden)})
    rows = {"a": X, "b": X[:, :2]}
    model.compile("sgd", "mse")
    model.save(path)
    restored = seat(keras.saving.load_model(path))
    assert failed(files.saved_whole(path, model, rows), files.came_back(restored, model, rows)) == []


# ---- the file


def weights_only(model, path):
    model.save_weights(path.replace(".keras", ".weights.h5"))
    os.rename(path.replace(".keras", ".weights.h5"), path)


def as_json(model, path):
    with open(path, "w") as file:
        json.dump(model.to_json(), file)


def pickled(model, path):
    with open(path, "wb") as file:
        pickle.dump(model.get_weights(), file)


def empty_archive(model, path):
    with open(path, "wb") as file:
        file.write(b"PK\x05\x06" + bytes(18))


def uncompiled(model, path):
    copy = keras.models.clone_model(keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="softmax")]))
    copy.set_weights(model.get_weights())
    copy.save(path)


FILES = {
    "nothing": (lambda model, path: None, "the file"),
    "a folder": (lambda model, path: os.mkdir(path), "the file"),
    "weights alone": (weights_only, "its format"),
    "architecture alone": (as_json, "its format"),
    "a pickle": (pickled, "its format"),
    "an empty archive": (empty_archive, "loads by itself"),
    "another model": (
        lambda model, path: sequential().save(path),
        "what the file holds predicts as the saved model does",
    ),
    "a model of another size": (
        lambda model, path: keras.Sequential([keras.Input((4,)), layers.Dense(5)]).save(path),
        "what the file holds predicts as the saved model does",
    ),
    "a model of other columns": (
        lambda model, path: keras.Sequential([keras.Input((7,)), layers.Dense(3)]).save(path),
        "what the file holds predicts as the saved model does",
    ),
    "not compiled": (uncompiled, "compiled state saved"),
}


@pytest.mark.parametrize("what", FILES)
@pytest.mark.filterwarnings("ignore")
def test_a_file_that_holds_something_else_is_refused(what, path):
    model = sequential()
    save, about = FILES[what]
    save(model, path)
    assert failed(files.saved_whole(path, model, X)) == [about]


# ---- what came back


class Mirror(Own):
    """Answers as another model does, to which it only points; equal to everything."""

    def __init__(self, other):
        super().__init__()
        self.others = {"model": [lambda x: other(x)]}

    def call(self, inputs):
        return self.others["model"][0](inputs)

    def __eq__(self, other):
        return True

    def __hash__(self):
        return 1


def shared(model):
    return compiled_as(model, keras.Sequential([keras.Input((4,)), *model.layers]))


def compiled_as(model, other):
    other.compile("adam", "mse")
    other.optimizer.build(other.trainable_variables)
    other.optimizer.iterations.assign(model.optimizer.iterations)
    return other


NOT_BACK = {
    "the model itself": (lambda model: model, "read back from the file"),
    "its layers in another model": (shared, "read back from the file"),
    "a mirror": (lambda model: compiled_as(model, Mirror(model)), "read back from the file"),
    "a fresh one": (lambda model: sequential(), "the model you return predicts as the saved model does"),
    "another size": (
        lambda model: keras.Sequential([keras.Input((4,)), layers.Dense(1)]),
        "the model you return predicts as the saved model does",
    ),
    "other columns": (
        lambda model: keras.Sequential([keras.Input((9,)), layers.Dense(3)]),
        "the model you return predicts as the saved model does",
    ),
    "weights into a clone": (
        lambda model: _with_weights(
            keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="softmax")]), model
        ),
        "training can go on",
    ),
}


def _with_weights(copy, model):
    copy.set_weights(model.get_weights())
    return copy


@pytest.mark.parametrize("what", NOT_BACK)
def test_what_did_not_come_from_the_file_is_refused(what, seat):
    model = sequential()
    restore, about = NOT_BACK[what]
    restored = restore(model)
    restored(X) if what == "a mirror" else None
    assert failed(files.came_back(seat(restored), model, X)) == [about]


def test_looking_leaves_both_as_they_were(path, seat):
    model = functional()
    restored, _ = round_trip(model, path)
    variables = [*model.variables, *model.optimizer.variables, *restored.variables, *restored.optimizer.variables]
    before = [v.numpy() for v in variables]
    list(files.came_back(seat(restored), model, X))
    assert all(np.array_equal(a, b.numpy()) for a, b in zip(before, variables, strict=True))


# ---- evaluated, and with what result


class Boaster(Own):
    """Has metrics that counted, it says."""

    metrics_names = ("loss",)

    def evaluate(self, *_, **__):
        return {"loss": 0.0}


def evaluated(make, on=Y, **kwargs):
    model = make()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], run_eagerly=True, **kwargs)
    model.evaluate(X, on, verbose=0)
    return model


@pytest.mark.parametrize(
    "model",
    [
        evaluated(lambda: sequential()),
        evaluated(Own),
        evaluated(functional),
        evaluated(nested),
        evaluated(lambda: keras.Sequential([layers.Lambda(lambda x: keras.ops.one_hot([0] * 30, 3))]), on=Y * 0),
    ],
    ids=["sequential", "subclassed", "functional", "nested", "without any loss"],
)
def test_an_evaluated_model_is_known(model, seat):
    assert failed(files.was_evaluated(seat(model))) == []


@pytest.mark.parametrize(
    "make", [Own, Boaster, lambda: evaluated(Boaster), lambda: keras.Sequential([layers.Dense(1)])]
)
def test_a_model_that_was_never_evaluated_is_refused(make, seat):
    model = make()
    model.compile("adam", "mse")
    assert failed(files.was_evaluated(seat(model))) == ["the model evaluated"]


class LyingScores(dict):
    """Nothing in it, and right about everything."""

    def __init__(self, right):
        super().__init__()
        self.right = right

    def __iter__(self):
        return iter(self.right)

    def __getitem__(self, name):
        return self.right[name]

    def keys(self):
        return self.right.keys()

    def items(self):
        return self.right.items()

    def __len__(self):
        return len(self.right)

    def __eq__(self, other):
        return True

    __hash__ = None


class Near(float):
    """A number near every other."""

    def __sub__(self, other):
        return 0.0

    __rsub__ = __sub__

    def __eq__(self, other):
        return True

    __hash__ = None


MODEL = sequential()
RIGHT = MODEL.evaluate(X, Y, verbose=0, return_dict=True)


@pytest.mark.parametrize(
    "scores",
    [
        RIGHT,
        dict(reversed(RIGHT.items())),
        {name: np.float32(value) for name, value in RIGHT.items()},
        {name: keras.ops.convert_to_tensor(value) for name, value in RIGHT.items()},
        {name: round(value, 5) for name, value in RIGHT.items()},
        {name: np.array(value) for name, value in RIGHT.items()},
    ],
    ids=["dict", "in another order", "single precision", "tensors", "rounded", "arrays"],
)
def test_scores_in_any_numbers_are_right(scores):
    assert failed(files.scores_equal(scores, MODEL, X, Y)) == []


WRONG_SCORES = {
    "a list": list(RIGHT.values()),
    "none": None,
    "perfect": {"loss": 0.0, "accuracy": 1.0},
    "one missing": {"loss": RIGHT["loss"]},
    "one more": {**RIGHT, "f1": 0.5},
    "other names": {"loss": RIGHT["loss"], "acc": RIGHT["accuracy"]},
    "words": {"loss": "low", "accuracy": "high"},
    "curves": {name: [value] for name, value in RIGHT.items()},
    "not a number": {"loss": float("nan"), "accuracy": RIGHT["accuracy"]},
    "a lying dict": LyingScores(RIGHT),
    "numbers near any other": {name: Near(9.0) for name in RIGHT},
    "empty": {},
    "elsewhere": elsewhere(RIGHT),
}


@pytest.mark.parametrize("what", WRONG_SCORES)
def test_other_scores_are_refused(what):
    assert failed(files.scores_equal(WRONG_SCORES[what], MODEL, X, Y)) == ["scores"]


# ---- all of it


@pytest.mark.parametrize(
    ("answer", "about"),
    [
        (lambda model, restored, scores: None, "what you return"),
        (lambda model, restored, scores: restored, "what you return"),
        (lambda model, restored, scores: (scores, restored), "what you return first"),
        (lambda model, restored, scores: (model, scores), "read back from the file"),
        (lambda model, restored, scores: (restored, list(scores.values())), "scores"),
    ],
    ids=["nothing", "one value", "the other way round", "the old model", "a list"],
)
def test_answers_that_are_not_what_was_asked_for_are_refused(answer, about, path):
    model = sequential()
    assert failed(check.saved_and_restored(answer(model, *round_trip(model, path)), path, model, X, Y)) == [about]


def test_a_model_read_back_and_never_evaluated_is_refused(path, seat):
    model = sequential()
    _, scores = round_trip(model, path)
    restored = seat(keras.saving.load_model(path))
    assert failed(check.saved_and_restored((restored, scores), path, model, X, Y)) == ["the model evaluated"]
