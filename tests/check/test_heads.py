"""Oracles on heads and losses: the same verdict for every way of writing a model, another one for another model."""

from typing import NamedTuple

import keras
import numpy as np
import pytest

from grader import check
from grader.check.measure import head_outputs
from grader.check.oracles import values
from tests.elsewhere import elsewhere
from tests.observed import failed

FEATURES = 5
X = np.random.default_rng(0).normal(size=(40, FEATURES)).astype("float32")


def sequential(head):
    return keras.Sequential([keras.Input((FEATURES,)), keras.layers.Dense(8, activation="relu"), *head()])


def functional(head):
    inputs = keras.Input((FEATURES,))
    outputs = keras.layers.Dense(8, activation="relu")(inputs)
    for layer in head():
        outputs = layer(outputs)
    return keras.Model(inputs, outputs)


class Subclassed(keras.Model):
    def __init__(self, *head):
        super().__init__()
        self.hidden = keras.layers.Dense(8, activation="relu")
        self.head = list(head)

    def call(self, inputs):
        outputs = self.hidden(inputs)
        for layer in self.head:
            outputs = layer(outputs)
        return outputs


class Liar(Subclassed):
    """Equal to everything, of no size, compiled and always right, it says."""

    compiled = True
    output_shape = (None, 1)

    def __eq__(self, other):
        return True

    def __hash__(self):
        return 1

    def count_params(self):
        return 0

    def predict(self, x, **_):
        return np.zeros((len(x), 1))

    def evaluate(self, *_, **__):
        return {"loss": 0.0}


def subclassed(head):
    return Subclassed(*head())


def nested(head):
    inner = sequential(lambda: [keras.layers.Dense(6)])
    return keras.Sequential([keras.Input((FEATURES,)), inner, *head()])


def half_precision(head):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        return functional(head)
    finally:
        keras.config.set_dtype_policy("float32")


def far_away(head):
    return elsewhere(Liar(*head()))


WAYS = [sequential, functional, subclassed, nested, half_precision, far_away]


def dense(units, activation=None):
    return lambda: [keras.layers.Dense(units, activation=activation)]


def apart(units, activation):
    return lambda: [keras.layers.Dense(units), keras.layers.Activation(activation)]


CROSS_ENTROPY = "sparse_categorical_crossentropy"
RIGHT_HEADS = {
    "measurement": ("regression", 1, dense(1), "mse"),
    "measurement, absolute error": ("regression", 1, dense(1), "mae"),
    "measurement, Huber": ("regression", 1, dense(1), keras.losses.Huber()),
    "one sigmoid": ("binary", 2, dense(1, "sigmoid"), "binary_crossentropy"),
    "one sigmoid, apart": ("binary", 2, apart(1, "sigmoid"), "binary_crossentropy"),
    "one logit": ("binary", 2, dense(1), keras.losses.BinaryCrossentropy(from_logits=True)),
    "two-way softmax": ("binary", 2, dense(2, "softmax"), CROSS_ENTROPY),
    "softmax": ("multiclass", 4, dense(4, "softmax"), CROSS_ENTROPY),
    "softmax, apart": ("multiclass", 4, apart(4, "softmax"), CROSS_ENTROPY),
    "logits": ("multiclass", 4, dense(4), keras.losses.SparseCategoricalCrossentropy(from_logits=True)),
}
WRONG_HEADS = {
    "relu on a measurement": ("regression", 1, dense(1, "relu"), "mse"),
    "softplus on a measurement": ("regression", 1, dense(1, "softplus"), "mse"),
    "sigmoid on a measurement": ("regression", 1, dense(1, "sigmoid"), "mse"),
    "tanh on a measurement": ("regression", 1, dense(1, "tanh"), "mse"),
    "cross-entropy on a measurement": ("regression", 1, dense(1), "binary_crossentropy"),
    "softmax over one unit": ("binary", 2, dense(1, "softmax"), "binary_crossentropy"),
    "one logit, loss not told": ("binary", 2, dense(1), "binary_crossentropy"),
    "sigmoid, loss told logits": ("binary", 2, dense(1, "sigmoid"), keras.losses.BinaryCrossentropy(from_logits=True)),
    "squared error of a probability": ("binary", 2, dense(1, "sigmoid"), "mse"),
    "one sigmoid for four classes": ("multiclass", 4, dense(1, "sigmoid"), "binary_crossentropy"),
    "four sigmoids": ("multiclass", 4, dense(4, "sigmoid"), CROSS_ENTROPY),
    "relu for classes": ("multiclass", 4, dense(4, "relu"), CROSS_ENTROPY),
    "logits, loss not told": ("multiclass", 4, dense(4), CROSS_ENTROPY),
    "softmax, loss told logits": (
        "multiclass", 4, dense(4, "softmax"), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    ),
    "one-hot loss for integers": ("multiclass", 4, dense(4, "softmax"), "categorical_crossentropy"),
    "a class too few": ("multiclass", 4, dense(3, "softmax"), CROSS_ENTROPY),
    "softmax of softmax": ("multiclass", 4, lambda: [*dense(4, "softmax")(), keras.layers.Softmax()], CROSS_ENTROPY),
    "tanh, stretched": ("regression", 1, lambda: [*dense(1, "tanh")(), keras.layers.Rescaling(1000.0)], "mse"),
    "no loss": ("regression", 1, dense(1), None),
    "no such loss": ("binary", 2, dense(1, "sigmoid"), "binary_cross_entropy"),
    "dots for a loss": ("multiclass", 4, dense(4, "softmax"), ...),
}  # fmt: skip
RANGE, AGREE, SIZE = "range of the head", "match of loss and head", "output size"
FAILS = dict(
    zip(
        WRONG_HEADS,
        [RANGE] * 4
        + [AGREE, RANGE]
        + [AGREE] * 3
        + [SIZE]
        + [RANGE] * 2
        + [AGREE] * 3
        + [SIZE]
        + [RANGE] * 2
        + [AGREE] * 3,
        strict=True,
    )
)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("name", RIGHT_HEADS)
def test_accepts(name, way):
    kind, classes, head, loss = RIGHT_HEADS[name]
    assert failed(check.head_and_loss((way(head), loss), X, kind, classes)) == []


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("name", WRONG_HEADS)
@pytest.mark.filterwarnings("ignore:You are using a softmax over axis -1:UserWarning")
def test_refuses(name, way):
    kind, classes, head, loss = WRONG_HEADS[name]
    assert failed(check.head_and_loss((way(head), loss), X, kind, classes)) == [FAILS[name]]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_categorical_loss_is_right_where_targets_may_be_one_hot(way):
    model = way(dense(4, "softmax"))
    both = ("integer", "one-hot")
    assert failed(check.loss_fits_head(model, X, "multiclass", "categorical_crossentropy", both)) == []
    assert failed(check.loss_fits_head(model, X, "multiclass", "categorical_crossentropy")) == [AGREE]


def test_a_regulariser_does_not_count_as_the_loss(seat):
    penalty = keras.regularizers.L2(0.1)
    model = sequential(lambda: [keras.layers.Dense(3, activation="softmax", kernel_regularizer=penalty)])
    assert failed(check.loss_fits_head(seat(model), X, "multiclass", CROSS_ENTROPY)) == []
    model.compile("sgd", CROSS_ENTROPY)
    assert failed(check.loss_fits_head(seat(model), X, "multiclass")) == []


def test_looking_leaves_the_model_as_it_was(seat):
    model = sequential(dense(1))
    before = model.get_weights()
    list(check.head_and_loss((seat(model), "mse"), X, "regression"))
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    assert not model.compiled


# ---- losses in every form, on a compiled model or by themselves


def rmse(y_true, y_pred):
    return keras.ops.sqrt(keras.ops.mean(keras.ops.square(keras.ops.reshape(y_true, (-1, 1)) - y_pred)))


def broadcasting(y_true, y_pred):
    return keras.ops.mean(keras.ops.square(keras.ops.reshape(y_true, (-1,)) - y_pred))


def cross_entropy(y_true, y_pred):
    one_hot = keras.ops.one_hot(keras.ops.cast(keras.ops.reshape(y_true, (-1,)), "int32"), 3)
    return keras.losses.categorical_crossentropy(one_hot, y_pred)


LOSSES = {
    "name": ("regression", "mse"),
    "class": ("regression", keras.losses.MeanSquaredError),
    "function": ("regression", keras.losses.mean_absolute_error),
    "one's own": ("regression", rmse),
    "list": ("regression", ["log_cosh"]),
    "sparse": ("multiclass", CROSS_ENTROPY),
    "object": ("multiclass", keras.losses.SparseCategoricalCrossentropy()),
    "one's own cross-entropy": ("multiclass", cross_entropy),
}
WRONG_LOSSES = {
    "blind below": ("regression", "mean_squared_logarithmic_error"),
    "one side": ("regression", lambda a, b: keras.ops.mean(keras.ops.relu(keras.ops.reshape(a, (-1, 1)) - b))),
    "never 0": ("regression", lambda a, b: 1 + keras.losses.mean_squared_error(keras.ops.reshape(a, (-1, 1)), b)),
    "a table": ("regression", broadcasting),
    "told logits": ("multiclass", keras.losses.SparseCategoricalCrossentropy(from_logits=True)),
    "smoothed away": ("multiclass", lambda a, b: keras.ops.mean(b)),
    "squared": ("multiclass", "mse"),
}


def head_for(kind):
    return dense(1) if kind == "regression" else dense(3, "softmax")


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_is_taken_in_any_form(name, seat):
    kind, loss = LOSSES[name]
    model = subclassed(head_for(kind))
    assert failed(check.loss_fits_head(seat(model), X, kind, seat(loss) if callable(loss) else loss)) == []
    model.compile("sgd", loss)
    assert failed(check.loss_fits_head(seat(model), X, kind)) == []


@pytest.mark.parametrize("name", WRONG_LOSSES)
@pytest.mark.filterwarnings("ignore:.*received `from_logits=True`:UserWarning")
def test_another_loss_is_refused_in_any_form(name, seat):
    kind, loss = WRONG_LOSSES[name]
    model = subclassed(head_for(kind))
    assert failed(check.loss_fits_head(seat(model), X, kind, seat(loss) if callable(loss) else loss)) == [AGREE]
    model.compile("sgd", loss)
    assert failed(check.loss_fits_head(seat(model), X, kind)) == [AGREE]


@pytest.mark.parametrize("structure", [lambda t: [t], lambda t: {"y": t}], ids=["list", "dict"])
def test_one_output_may_stand_in_a_structure(structure, seat):
    inputs = keras.Input((FEATURES,))
    model = keras.Model(inputs, structure(keras.layers.Dense(1, name="y")(inputs)))
    assert failed(check.head_and_loss((seat(model), "mse"), X, "regression")) == []
    assert failed(check.head_and_loss((seat(model), {"y": "mae"}), X, "regression")) == []
    model.compile("sgd", {"y": "mse"})
    assert failed(check.loss_fits_head(seat(model), X, "regression")) == []
    assert failed(check.head_and_loss((seat(model), {"y": "mse"}), X, "multiclass", 3)) == [SIZE]


def test_outputs_without_a_meaning_have_no_likelihood(seat):
    model = sequential(dense(3, "sigmoid"))
    model.compile("sgd", CROSS_ENTROPY)
    assert failed(check.loss_fits_head(seat(model), X, "multiclass")) == [RANGE]


# ---- what is returned


class Pretender:
    """No model, but says it is."""

    __class__ = keras.Model


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_model_is_known_however_it_was_written(way):
    assert failed(check.is_model(way(dense(1)))) == []


@pytest.mark.parametrize(
    "value",
    [None, ..., "model", keras.layers.Dense(1), 3, [keras.layers.Dense(1)], keras.Model, Pretender(), print],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_model_is_refused_and_named(value, seat):
    (observation,) = check.is_model(seat(value) if callable(value) else value)
    assert not observation.ok and observation.stop and observation.seen


def test_the_same_model_is_the_same_object_only():
    model, liar = sequential(dense(1)), Liar(*dense(1)())
    assert failed(check.same_model(model, model)) == failed(check.same_model(liar, liar)) == []
    for other in (keras.models.clone_model(model), liar, None, keras.Sequential(model.layers), elsewhere(model)):
        assert failed(check.same_model(other, model)) == ["the model you return"]


class Sly(tuple):
    def __len__(self):
        return 2

    def __iter__(self):
        return iter((sequential(dense(1)), "mse"))

    def __eq__(self, other):
        return True

    __hash__ = tuple.__hash__


class Named(NamedTuple):
    model: object
    loss: object


@pytest.mark.parametrize("value", [(1, 2), [1, 2], Named(1, 2), (None, None), ([], ...)], ids=str)
def test_pairs(value):
    assert failed(check.is_pair(value, "model", "loss")) == []
    assert failed(values.is_triple([*value, 3], "a", "b", "c")) == []


@pytest.mark.parametrize(
    "value", [None, ..., 2, "ab", {1: 2, 3: 4}, {1, 2}, (1,), (1, 2, 3, 4), Sly((1, 2, 3, 4)), np.zeros(2), iter("ab")],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_is_no_pair_is_refused(value):
    (observation,) = check.is_pair(value, "model", "loss")
    assert not observation.ok and observation.stop
    assert failed(values.is_triple(value, "a", "b", "c")) == ["what you return"]


# ---- sizes


class Flat(keras.Model):
    """Returns (N,) instead of (N, 1)."""

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(1)

    def call(self, inputs):
        return keras.ops.squeeze(self.dense(inputs), -1)


def test_one_number_a_row_may_come_without_its_axis(seat):
    assert failed(check.head_and_loss((seat(Flat()), "mse"), X, "regression", 1)) == []


class Squeezed(Flat):
    """Loses the batch as well, where it is one row."""

    def call(self, inputs):
        return keras.ops.squeeze(self.dense(inputs))


class Summed(Flat):
    def call(self, inputs):
        return keras.ops.sum(self.dense(inputs))


SIZES = {
    "one": (1, lambda: sequential(dense(1))),
    "one, flat": (1, Flat),
    "three": (3, lambda: functional(dense(3))),
    "three, half precision": (3, lambda: half_precision(dense(3))),
    "two, liar": (2, lambda: Liar(*dense(2)())),
    "four, nested": (4, lambda: nested(dense(4))),
}
OTHER_SIZES = {
    "one too few": (3, lambda: sequential(dense(2))),
    "one too many": (1, lambda: subclassed(dense(2))),
    "liar": (1, lambda: Liar(*dense(2)())),
    "a row loses its batch": (1, Squeezed),
    "one number for all": (1, Summed),
    "an axis too many": (3, lambda: functional(lambda: [keras.layers.Dense(3), keras.layers.Reshape((1, 3))])),
    "three flat": (3, lambda: functional(lambda: [keras.layers.Dense(1), keras.layers.Reshape(())])),
}


@pytest.mark.parametrize("name", SIZES)
def test_output_sizes_are_counted(name, seat):
    units, make = SIZES[name]
    assert failed(check.output_shape(seat(make()), X, units)) == []
    assert head_outputs.output_units(seat(make()), X) == units


@pytest.mark.parametrize("name", OTHER_SIZES)
def test_other_sizes_are_refused(name, seat):
    units, make = OTHER_SIZES[name]
    (observation,) = check.output_shape(seat(make()), X, units)
    assert not observation.ok and observation.stop and "shape" in observation.seen


# ---- accuracy


@pytest.mark.parametrize(
    ("activation", "units"), [("softmax", 3), (None, 3), ("log_softmax", 3), ("sigmoid", 1), (None, 1)]
)
def test_accuracy_is_the_share_of_most_probable_classes(activation, units, seat):
    model = Liar(*dense(units, activation)())
    values = np.asarray(model(X))
    wanted = values.argmax(axis=1) if units > 1 else (values[:, 0] > (0.5 if activation else 0)).astype(int)
    assert np.array_equal(head_outputs.most_probable(seat(model), X), wanted)
    assert head_outputs.accuracy(seat(model), X, wanted) == 1 and head_outputs.accuracy(seat(model), X, wanted + 1) < 1
