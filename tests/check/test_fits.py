"""Oracles on training: honest ones of every kind pass, and what was not done, or done on the wrong rows, is seen."""

from collections import OrderedDict
from dataclasses import replace

import keras
import numpy as np
import pytest

from grader import check
from grader.check.measure.head_outputs import most_probable
from grader.check.remote import fit_spy
from grader.verdict import Measure
from tests.observed import failed

layers = keras.layers
ROWS, LABELS = check.clusters(400, 5, 3, "trained")
OLD, NEW = (ROWS[:200], LABELS[:200]), (ROWS[200:], LABELS[200:])


# ---- models that know the answer: the class whose centre is nearest


def centres():
    kernel = np.stack([OLD[0][OLD[1] == k].mean(axis=0) for k in range(3)], axis=1)
    return [2 * kernel, -np.square(kernel).sum(axis=0)]


class Own(keras.Model):
    def __init__(self, units=3, activation="softmax"):
        super().__init__()
        self.head = layers.Dense(units, activation)

    def call(self, inputs):
        return self.head(inputs)


class Liar(Own):
    """Predicts and evaluates to please, whatever it has learned."""

    def __eq__(self, other):
        return True

    def __hash__(self):
        return 1

    def predict(self, x, **_):
        return np.eye(3)[NEW[1][: len(x)]]

    def evaluate(self, *_, **__):
        return {"loss": 0.0, "accuracy": 1.0}

    def count_params(self):
        return 10**6


def sequential(activation="softmax", dtype=None):
    return keras.Sequential([keras.Input((5,)), layers.Dense(3, activation, dtype=dtype)])


def functional():
    inputs = keras.Input((5,))
    return keras.Model(inputs, layers.Activation("softmax")(layers.Dense(3)(inputs)))


def nested():
    return keras.Sequential([keras.Input((5,)), functional()])


WAYS = {
    "sequential": sequential,
    "functional": functional,
    "subclassed": Own,
    "nested": nested,
    "logits": lambda: sequential(None),
    "half precision": lambda: sequential(dtype="mixed_float16"),
    "liar that is right": Liar,
}


def knowing(make, weights=None):
    model = make()
    model(OLD[0][:1])
    model.set_weights(weights or centres())
    return model


# ---- what was learned


@pytest.mark.parametrize("way", WAYS)
def test_a_model_that_knows_beats_the_baseline(way, seat):
    (observation,) = check.beats_baseline(seat(knowing(WAYS[way])), *NEW, 0.8)
    assert observation.ok and observation.measured == Measure(observation.measured.value, 0.8)
    assert 0.8 <= observation.measured.value <= 1


kernel, bias = centres()
IGNORANT = {
    "zeros": [kernel * 0, bias * 0],
    "classes in another order": [kernel[:, ::-1], bias[::-1]],
    "turned round": [-kernel, -bias],
    "a class never named": [kernel, bias + [0, 0, -1e6]],
    "one class for all": [kernel * 0, np.array([1.0, 0, 0])],
    "not a number": [kernel * np.nan, bias],
}


@pytest.mark.parametrize("what", IGNORANT)
@pytest.mark.parametrize("make", [sequential, Liar])
def test_a_model_that_does_not_know_is_refused(what, make, seat):
    model = seat(knowing(make, IGNORANT[what]))
    assert failed(check.beats_baseline(model, *NEW, 0.6)) == ["accuracy on new rows"]


def test_a_class_that_is_never_found_is_named(seat):
    blind = seat(keras.Sequential([keras.Input((5,)), layers.Dense(2, activation="softmax")]))
    (observation,) = check.beats_baseline(blind, *NEW, 0.9)
    assert not observation.ok and "class" in observation.seen and "2" in observation.seen


# ---- the History


def history(**curves):
    found = keras.callbacks.History()
    found.history = curves
    return found


CURVES = {"loss": [1.0, 0.5], "val_loss": [1.1, 0.7]}


@pytest.mark.parametrize(
    "value",
    [
        history(**CURVES),
        CURVES,
        OrderedDict(CURVES),
        {**CURVES, "accuracy": [0.3, 0.4], "lr": "fast"},
        {name: np.array(curve) for name, curve in CURVES.items()},
        {name: tuple(np.float32(v) for v in curve) for name, curve in CURVES.items()},
        {name: [keras.ops.convert_to_tensor(v) for v in curve] for name, curve in CURVES.items()},
    ],
    ids=["History", "dict", "ordered", "more curves", "arrays", "tuples", "tensors"],
)
def test_a_history_in_any_form_is_right(value, seat):
    assert failed(check.history_of(seat(value), 2)) == []


class LyingDict(dict):
    """Holds nothing of use, and says what pleases."""

    def get(self, name, default=None):
        return [1.0, 0.5]

    __getitem__ = get

    def __contains__(self, name):
        return True

    def __len__(self):
        return 2

    def items(self):
        return {"loss": [1.0, 0.5], "val_loss": [1.0, 0.5]}.items()

    def __eq__(self, other):
        return True

    __hash__ = None


class LyingList(list):
    def __len__(self):
        return 2

    def __iter__(self):
        return iter([1.0, 0.5])

    def __getitem__(self, place):
        return 0.5

    __hash__ = None


NOT_HISTORIES = {
    "nothing": (None, "history"),
    "a list": ([1.0, 0.5], "history"),
    "a model": (sequential(), "history"),
    "numbers": ({"loss": 0.3, "accuracy": 0.9}, "history"),
    "words": ({"loss": ["low", "lower"]}, "history"),
    "text": ({"loss": "ab", "val_loss": "ab"}, "history"),
    "lying dict": (LyingDict(), "history"),
    "lying dict in a History": (history() and LyingDict(accuracy=[1, 2]), "history"),
    "without validation": ({"loss": [1.0, 0.5]}, "validation curve"),
    "validated once": ({"loss": [1.0, 0.5], "val_loss": [1.0]}, "validation curve"),
    "lying list": ({"loss": LyingList([1.0, 0.5, 0.4]), "val_loss": [1.0, 1.0, 1.0]}, "epochs"),
    "empty": ({"loss": [], "val_loss": []}, "epochs"),
    "one epoch more": ({"loss": [1.0] * 3, "val_loss": [1.0] * 3}, "epochs"),
    "not a number": ({"loss": [1.0, np.nan], "val_loss": [1.0, 1.0]}, "losses are finite"),
    "no end": ({"loss": [1.0, 1.0], "val_loss": [np.inf, 1.0]}, "losses are finite"),
}


@pytest.mark.parametrize("what", NOT_HISTORIES)
def test_what_is_no_history_of_this_training_is_refused(what, seat):
    value, about = NOT_HISTORIES[what]
    assert failed(check.history_of(seat(value), 2))[0] == about


def test_losses_are_those_that_fit_found():
    fit = fit_spy.Fit(None, 2, None, None, 0.1, losses=(1.0, 0.5))
    assert failed(check.history_of(CURVES, 2, [fit])) == []
    assert failed(check.history_of({**CURVES, "loss": [0.9, 0.4]}, 2, [fit])) == ["losses are from this training run"]
    halves = [replace(fit, epochs=1, losses=(loss,)) for loss in (1.0, 0.5)]
    assert failed(check.history_of(CURVES, 2, halves)) == []
    assert failed(check.history_of({**CURVES, "loss": [0.5, 1.0]}, 2, halves)) == ["losses are from this training run"]


# ---- which model, which rows, which rate


def stepped(make=sequential, optimizer="adam"):
    """A compiled model that has made a few steps."""
    model = make()
    model.compile(optimizer, "sparse_categorical_crossentropy", run_eagerly=True)
    for _ in range(2):
        model.train_on_batch(OLD[0][:8], OLD[1][:8])
    return model


def fit_of(model, **kwargs):
    return fit_spy.Fit(
        model, **{"epochs": 4, "rows": OLD[0][:150], "validation": OLD[0][150:], "learning_rate": 0.001} | kwargs
    )


@pytest.mark.parametrize("make", [sequential, functional, Own, nested, Liar])
def test_the_model_that_was_trained_is_known(make, seat):
    model = seat(stepped(make))
    assert failed(check.fitted(model, [fit_of(model)], 4)) == []
    assert failed(check.fitted(model, [fit_of(model, epochs=3), fit_of(model, epochs=1)], 4)) == []
    assert failed(check.fitted(model, [fit_of(model), fit_of(Own(), epochs=9)], 4)) == []
    assert failed(check.fitted(model, [], 2)) == []  # trained batch by batch, where no `fit` was seen


@pytest.mark.parametrize("make", [sequential, Liar])
def test_another_model_or_another_training_is_refused(make, seat):
    model, fresh, other = seat(stepped(make)), make(), seat(stepped(make))
    fresh.compile("adam", "mse")
    fresh = seat(fresh)
    for subject, fits in (
        (fresh, [fit_of(model)]),
        (fresh, [fit_of(fresh)]),
        (seat(make()), [fit_of(model)]),
        (other, [fit_of(model)]),
        (model, [fit_of(model), fit_of(model)]),
        (model, [fit_of(model, epochs=3)]),
        (fresh, []),
    ):
        assert failed(check.fitted(subject, fits, 4)) == ["the model you return"]
    (observation,) = check.fitted(other, [fit_of(model)], 4)
    assert "is not the model" in observation.seen


@pytest.mark.parametrize(
    ("rows", "validation"),
    [
        (OLD[0][:150], OLD[0][150:]),
        (OLD[0][::2], OLD[0][1::2]),
        (OLD[0][:150].astype("float64"), OLD[0][150:]),
        (OLD[0][:150].reshape(150, 5, 1), OLD[0][150:]),
        (None, OLD[0][150:]),
    ],
    ids=["cut", "every other", "double precision", "pictures", "not told"],
)
def test_rows_held_back_are_right(rows, validation, seat):
    model = seat(stepped())
    assert failed(check.held_back(model, [fit_of(model, rows=rows, validation=validation)], NEW[0])) == []


@pytest.mark.parametrize(
    ("rows", "validation"),
    [
        (OLD[0], OLD[0][150:]),
        (OLD[0], OLD[0]),
        (OLD[0][:151], OLD[0][150:]),
        (OLD[0][:150], OLD[0][149:].astype("float64")),
        (OLD[0][:150][::-1], OLD[0][100:]),
    ],
    ids=["all rows", "the same", "one row", "one row in another precision", "in another order"],
)
def test_validation_rows_that_were_trained_on_are_seen(rows, validation, seat):
    model = seat(stepped())
    assert failed(check.held_back(model, [fit_of(model, rows=rows, validation=validation)])) == ["validation rows"]


def test_a_fit_without_validation_is_seen():
    model = stepped()
    assert failed(check.held_back(model, [fit_of(model, validation=None, validated=False)])) == ["validation rows"]


@pytest.mark.parametrize("part", ["rows", "validation"])
def test_test_rows_that_were_used_are_seen(part, seat):
    model = seat(stepped())
    leak = {part: ROWS[150:260] if part == "validation" else ROWS[:150:-1]}
    rest = {"rows": OLD[0][:100], "validation": OLD[0][100:150]} | leak
    found = [o for o in check.held_back(model, [fit_of(model, **rest)], NEW[0]) if not o.ok]
    assert [o.about for o in found] == ["test rows kept until the end"]
    assert ("trained on" if part == "rows" else "validated on") in found[0].seen


def fresh(optimizer):
    """One that belongs to no model yet."""
    return optimizer if isinstance(optimizer, str) else optimizer.from_config(optimizer.get_config())


Adam, Schedule = keras.optimizers.Adam, keras.optimizers.schedules.ExponentialDecay


@pytest.mark.parametrize(
    "optimizer",
    [
        Adam(0.03),
        "adam",
        keras.optimizers.SGD(Schedule(0.03, 10, 1.0)),
        keras.optimizers.LossScaleOptimizer(Adam(0.03)),
    ],
    ids=["object", "name", "schedule that stays", "loss scaled"],
)
@pytest.mark.parametrize("make", [sequential, Liar])
def test_the_learning_rate_is_read(optimizer, make, seat):
    rate = 0.001 if optimizer == "adam" else 0.03
    model = seat(stepped(make, fresh(optimizer)))
    assert failed(check.learning_rate_is(model, [fit_of(model, learning_rate=rate)], rate)) == []


@pytest.mark.parametrize(
    ("optimizer", "began"),
    [
        (Adam(0.01), 0.01),
        ("adam", 0.001),
        (Adam(0.03), 0.01),
        (Adam(0.01), 0.03),
        (keras.optimizers.SGD(Schedule(0.03, 1, 0.5)), 0.03),
    ],
    ids=["fixed", "default", "set afterwards", "set back", "decays"],
)
def test_another_learning_rate_is_refused(optimizer, began, seat):
    model = seat(stepped(optimizer=fresh(optimizer)))
    assert failed(check.learning_rate_is(model, [fit_of(model, learning_rate=began)], 0.03)) == ["learning rate"]


def test_a_model_without_an_optimizer_has_no_rate(seat):
    assert failed(check.learning_rate_is(seat(Own()), [], 0.03)) == ["learning rate"]


# ---- whole trainings


def trained(make, seat, optimizer=Adam, rate=0.03, from_logits=False, epochs=2):
    """A training done right: (model, history) and what was seen of `fit`."""
    model = knowing(make)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=from_logits)
    model.compile(optimizer(rate), loss, run_eagerly=True)
    with fit_spy.fits() as fits:
        found = model.fit(
            OLD[0][:150], OLD[1][:150], validation_data=(OLD[0][150:], OLD[1][150:]), epochs=epochs, verbose=0
        )
    handle = seat(model)
    return handle, seat(found), [replace(fit, model=handle) for fit in fits]


@pytest.mark.parametrize("way", WAYS)
def test_an_honest_training_passes(way, seat):
    model, found, fits = trained(WAYS[way], seat, from_logits=way == "logits")
    assert failed(check.training((model, found), fits, *NEW, 2, 0.03, 0.8)) == []


@pytest.mark.parametrize("way", [way for way in WAYS if way != "logits"])
def test_an_honest_experiment_passes(way, seat):
    model, found, fits = trained(WAYS[way], seat, keras.optimizers.SGD)
    labels = most_probable(model, NEW[0])
    assert failed(check.experiment([model, found, labels], fits, *NEW, 2, 0.03, 0.8)) == []
    assert failed(check.experiment([model, found, 2 - labels], fits, *NEW, 2, 0.03, 0.8)) == [
        "labels from a softmax head"
    ]


class Sly(tuple):
    """Two values, it says, and equal to any."""

    def __len__(self):
        return 2

    def __eq__(self, other):
        return True

    __hash__ = tuple.__hash__


def test_trainings_that_are_not_what_was_asked_for_are_refused(seat):
    model, found, fits = trained(sequential, seat)
    judged = lambda answer, fits=fits, epochs=2, rate=0.03, at_least=0.8: failed(  # noqa: E731
        check.training(answer, fits, *NEW, epochs, rate, at_least)
    )
    assert judged((model, found)) == []
    assert judged(model) == ["what you return"]
    assert judged(Sly((model, found, 1))) == ["what you return"]
    assert judged((found, model)) == ["the model"]
    assert judged((seat(sequential()), found)) == ["compiled"]
    assert judged((model, None)) == ["history"]
    assert judged((model, found), epochs=3) == ["epochs", "the model you return"]
    assert judged((model, found), rate=0.02) == ["learning rate"]
    assert judged((model, found), at_least=1.01) == ["accuracy on new rows"]
    assert judged((model, {"loss": [0.2, 0.1], "val_loss": [0.2, 0.1]})) == ["losses are from this training run"]
    assert judged((model, found), fits=[replace(fits[0], rows=OLD[0])]) == ["validation rows"]
    assert judged((seat(keras.Sequential([keras.Input((5,)), layers.Dense(3, "sigmoid")])), found)) == ["compiled"]


@pytest.mark.parametrize(
    ("make", "from_logits", "about"),
    [
        (lambda: sequential(None), False, "match of loss and head"),
        (sequential, True, "match of loss and head"),
        (lambda: sequential("sigmoid"), False, "range of the head"),
        (lambda: keras.Sequential([sequential(), layers.Softmax()]), False, "range of the head"),
    ],
    ids=["logits not told", "told of logits that are none", "a sigmoid for each", "softmax of softmax"],
)
def test_a_training_whose_loss_and_head_disagree_is_refused(make, from_logits, about, seat):
    model, found, fits = trained(make, seat, from_logits=from_logits)
    assert about in failed(check.training((model, found), fits, *NEW, 2, 0.03, 0.5))
