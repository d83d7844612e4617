"""What a look over `fit`'s shoulder tells: every form of data, none used up, none without an end."""

import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf

from grader import check
from grader.check.remote import fit_spy

ROWS, LABELS = check.clusters(40, 5, 3, "spying")
TRAIN, HELD = slice(0, 30), slice(30, 40)


def classifier(eagerly=True):
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=eagerly)
    return model


def watched(*args, model=None, **kwargs):
    """The one Fit that is seen of this call of `fit`, and what it returned."""
    with fit_spy.fits() as fits:
        history = (model or classifier()).fit(*args, verbose=0, **kwargs)
    (fit,) = fits
    return fit, history


def batches(part, size=8, times=1):
    for _ in range(times):
        for start in range(part.start, part.stop, size):
            rows = slice(start, min(start + size, part.stop))
            yield ROWS[rows], LABELS[rows]


def dataset(part):
    return tf.data.Dataset.from_tensor_slices((ROWS[part], LABELS[part]))


class Indexed(keras.utils.PyDataset):
    """Slices never fail, so that going through it as a sequence has no end."""

    def __init__(self, part):
        super().__init__()
        self.part = part

    def __len__(self):
        return -(-(self.part.stop - self.part.start) // 8)

    def __getitem__(self, place):
        rows = slice(self.part.start + 8 * place, min(self.part.start + 8 * place + 8, self.part.stop))
        return ROWS[rows], LABELS[rows]


def one_shot(part):
    once = batches(part)
    kinds = tf.TensorSpec((None, 5), "float32"), tf.TensorSpec((None,), "int64")
    return tf.data.Dataset.from_generator(lambda: once, output_signature=kinds)


FORMS = {
    "arrays": lambda: ((ROWS[TRAIN], LABELS[TRAIN]), {"validation_data": (ROWS[HELD], LABELS[HELD])}),
    "tensors": lambda: (
        (keras.ops.convert_to_tensor(ROWS[TRAIN]), LABELS[TRAIN]),
        {"validation_data": [ROWS[HELD], LABELS[HELD]]},
    ),
    "double precision": lambda: (
        (ROWS[TRAIN].astype("float64"), LABELS[TRAIN]),
        {"validation_data": (ROWS[HELD], LABELS[HELD], np.ones(10))},
    ),
    "a share": lambda: ((ROWS, LABELS), {"validation_split": 0.25}),
    "data sets": lambda: ((dataset(TRAIN).batch(8),), {"validation_data": dataset(HELD).batch(8)}),
    "reshuffled": lambda: ((dataset(TRAIN).shuffle(30).batch(8),), {"validation_data": dataset(HELD).batch(4)}),
    "without an end": lambda: (
        (dataset(TRAIN).repeat().batch(10),),
        {"steps_per_epoch": 3, "validation_data": dataset(HELD).repeat().batch(10), "validation_steps": 1},
    ),
    "gone through once": lambda: ((one_shot(TRAIN),), {"validation_data": (ROWS[HELD], LABELS[HELD])}),
    "a generator": lambda: ((batches(TRAIN),), {"validation_data": batches(HELD), "validation_steps": 2}),
    "a generator without an end": lambda: (
        (batches(TRAIN, 10, 10**9),),
        {"steps_per_epoch": 3, "validation_data": (ROWS[HELD], LABELS[HELD])},
    ),
    "by index": lambda: ((Indexed(TRAIN),), {"validation_data": Indexed(HELD)}),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.filterwarnings("ignore")
def test_the_rows_of_a_fit_are_told_in_every_form(form):
    args, kwargs = FORMS[form]()
    fit, history = watched(*args, **kwargs)
    assert fit_spy.shared(ROWS[TRAIN], fit.rows) == 30 and fit_spy.shared(ROWS[HELD], fit.validation) == 10
    assert fit_spy.shared(fit.rows, ROWS[HELD]) == 0 and fit_spy.shared(fit.validation, fit.rows) == 0
    assert fit.validated and fit.epochs == 1 and fit.losses == tuple(history.history["loss"])
    assert np.isclose(fit.learning_rate, 0.01)


@pytest.mark.parametrize("form", ["data sets", "reshuffled", "without an end", "by index"])
@pytest.mark.filterwarnings("ignore")
def test_a_compiled_graph_is_looked_at_as_well(form):
    args, kwargs = FORMS[form]()
    fit, _ = watched(*args, model=classifier(eagerly=False), **kwargs)
    assert fit_spy.shared(ROWS[TRAIN], fit.rows) == 30 and fit_spy.shared(fit.rows, ROWS[HELD]) == 0


@pytest.mark.parametrize("form", ["a generator", "gone through once"])
@pytest.mark.filterwarnings("ignore")
def test_what_can_be_gone_through_once_is_left_to_fit(form):
    model = classifier()
    args, kwargs = FORMS[form]()
    watched(*args, model=model, **kwargs)
    assert int(model.optimizer.iterations) == 4


@pytest.mark.filterwarnings("ignore")
def test_rows_that_leak_through_reshuffling_are_seen():
    mixed = dataset(slice(0, 40)).shuffle(40, seed=1, reshuffle_each_iteration=True)
    fit, _ = watched(mixed.skip(10).batch(8), validation_data=mixed.take(10).batch(8), epochs=3)
    assert fit_spy.shared(fit.validation, fit.rows) > 0
    still = dataset(slice(0, 40)).shuffle(40, seed=1, reshuffle_each_iteration=False)
    fit, _ = watched(still.skip(10).batch(8), validation_data=still.take(10).batch(8), epochs=3)
    assert fit_spy.shared(fit.validation, fit.rows) == 0


@pytest.mark.filterwarnings("ignore")
def test_dropped_remainders_are_no_rows():
    fit, _ = watched(dataset(TRAIN).batch(8, drop_remainder=True))
    assert fit_spy.shared(ROWS[TRAIN], fit.rows) == 24


@pytest.mark.filterwarnings("ignore")
def test_no_more_is_noted_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(fit_spy, "ROWS", 16)
    fit, _ = watched(dataset(TRAIN).repeat().batch(8), steps_per_epoch=20)
    assert len(fit.rows) == 16
    monkeypatch.setattr(fit_spy, "BATCHES", 1)
    assert len(watched(batches(TRAIN, 8, 10**9), steps_per_epoch=20)[0].rows) == 8


def desk():
    title, tags = keras.Input((5,), name="title"), keras.Input((2,), name="tags")
    merged = keras.layers.Concatenate()([title, tags])
    model = keras.Model({"title": title, "tags": tags}, keras.layers.Dense(1)(merged))
    model.compile("sgd", "mse", run_eagerly=True)
    return model


@pytest.mark.parametrize("form", ["dict", "data set", "generator"])
@pytest.mark.filterwarnings("ignore")
def test_several_inputs_make_one_row(form):
    x, y = {"title": ROWS, "tags": ROWS[:, 3:]}, ROWS[:, 0]
    given = {
        "dict": (x, y),
        "data set": (tf.data.Dataset.from_tensor_slices((x, y)).batch(8),),
        "generator": (((x, y) for _ in range(1)),),
    }[form]
    fit, _ = watched(*given, model=desk())
    assert fit.rows.shape == (40, 7) and fit_spy.shared(x, fit.rows) == 40
    assert fit_spy.shared({"title": ROWS + 1, "tags": ROWS[:, 3:]}, fit.rows) == 0


def test_pictures_are_rows_too():
    pictures = ROWS.reshape(40, 5, 1)
    assert fit_spy.shared(pictures, ROWS[TRAIN]) == 30


def test_a_fit_without_validation_and_one_that_begins_later():
    assert not watched(ROWS, LABELS)[0].validated
    assert watched(ROWS, LABELS, epochs=5, initial_epoch=3)[0].epochs == 2


class Odd(keras.utils.PyDataset):
    def __len__(self):
        return 2

    def __getitem__(self, place):
        raise ZeroDivisionError("odd")


@pytest.mark.parametrize(
    ("args", "kwargs", "error"),
    [
        ((ROWS, LABELS), {"nb_epoch": 3}, TypeError),
        ((ROWS, LABELS), {"epochs": "three"}, Exception),
        ((ROWS, LABELS[:-1]), {}, ValueError),
        ((None,), {}, Exception),
        ((Odd(),), {}, Exception),
        (("rows",), {}, Exception),
    ],
    ids=["old argument", "epochs in words", "a label short", "nothing", "odd data", "words"],
)
@pytest.mark.filterwarnings("ignore")
def test_what_fit_refuses_is_refused_in_its_own_words(args, kwargs, error):
    with pytest.raises(error) as plain:
        classifier().fit(*args, verbose=0, **kwargs)
    with fit_spy.fits(), pytest.raises(error) as seen:
        classifier().fit(*args, verbose=0, **kwargs)
    assert type(plain.value) is type(seen.value)
    assert str(plain.value).splitlines()[:1] == str(seen.value).splitlines()[:1]


def test_fit_is_as_it_was_after_looking_over_its_shoulder():
    before = keras.Model.fit
    with fit_spy.fits(), pytest.raises(RuntimeError):
        raise RuntimeError
    assert keras.Model.fit is before


def test_two_looks_see_the_same_and_the_signature_stays():
    signature = inspect.signature(keras.Model.fit)
    with fit_spy.fits() as outer, fit_spy.fits() as inner:
        assert inspect.signature(keras.Model.fit) == signature
        classifier().fit(ROWS, LABELS, validation_split=0.25, verbose=0)
    assert len(outer) == len(inner) == 1 and np.array_equal(outer[0].rows, inner[0].rows)


class Chatty(keras.Model):
    """Overrides `fit`, and calls the one above."""

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(3, "softmax")

    def call(self, inputs):
        return self.dense(inputs)

    def fit(self, *args, **kwargs):
        return super().fit(*args, **kwargs)

    def __eq__(self, other):
        return True

    def __hash__(self):
        return 1


def test_a_fit_of_ones_own_is_seen_through():
    model = Chatty()
    model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
    fit, _ = watched(ROWS, LABELS, model=model, epochs=2)
    assert fit.model is model and fit.epochs == 2 and len(fit.rows) == 40
