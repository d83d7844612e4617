"""Oracles on heads and losses: the same verdict for every way of writing a model, another one for another model."""

import keras
import numpy as np
import pytest

from grader import check

FEATURES = 5
X = np.random.default_rng(0).normal(size=(40, FEATURES)).astype("float32")


def sequential(*head):
    return keras.Sequential([keras.Input((FEATURES,)), keras.layers.Dense(8, activation="relu"), *head])


def functional(*head):
    inputs = keras.Input((FEATURES,))
    outputs = keras.layers.Dense(8, activation="relu")(inputs)
    for layer in head:
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


def subclassed(*head):
    model = Subclassed(*head)
    model(X[:1])
    return model


def nested(*head):
    return keras.Sequential([keras.Input((FEATURES,)), sequential(keras.layers.Dense(6)), *head])


def mixed_precision(*head):
    hidden = keras.layers.Dense(8, activation="relu", dtype="mixed_float16")
    return keras.Sequential([keras.Input((FEATURES,)), hidden, *head])


WAYS = [sequential, functional, subclassed, nested, mixed_precision]


def dense(units, activation=None):
    return lambda: [keras.layers.Dense(units, activation=activation)]


def apart(units, activation):
    return lambda: [keras.layers.Dense(units), keras.layers.Activation(activation)]


def passes(oracle) -> bool:
    return all(observation.ok for observation in oracle)


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
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("name", RIGHT_HEADS)
def test_accepts(name, way):
    kind, classes, head, loss = RIGHT_HEADS[name]
    answer = way(*head()), loss
    failed = [o for o in check.head_and_loss(answer, X, kind, classes) if not o.ok]
    assert not failed


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("name", WRONG_HEADS)
@pytest.mark.filterwarnings("ignore:You are using a softmax over axis -1:UserWarning")
def test_refuses(name, way):
    kind, classes, head, loss = WRONG_HEADS[name]
    assert not check_all((way(*head()), loss), kind, classes)


def check_all(answer, kind, classes) -> bool:
    """Whether the check, which stops where it must, would pass."""
    for observation in check.head_and_loss(answer, X, kind, classes):
        if not observation.ok:
            assert observation.seen and observation.expected and observation.next, observation
            return False
    return True


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_categorical_loss_is_right_where_targets_may_be_one_hot(way):
    model = way(keras.layers.Dense(4, activation="softmax"))
    oracle = check.loss_fits_head(model, X, "multiclass", "categorical_crossentropy", ("integer", "one-hot"))
    assert passes(oracle)


def test_a_regulariser_does_not_count_as_the_loss():
    head = keras.layers.Dense(3, activation="softmax", kernel_regularizer=keras.regularizers.L2(0.1))
    assert passes(check.loss_fits_head(sequential(head), X, "multiclass", CROSS_ENTROPY))


def test_looking_leaves_the_weights_as_they_were():
    model = sequential(keras.layers.Dense(1))
    before = model.get_weights()
    list(check.head_and_loss((model, "mse"), X, "regression"))
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


@pytest.mark.parametrize("value", [None, ..., "model", keras.layers.Dense(1), 3, [keras.layers.Dense(1)]])
def test_what_is_no_model_is_refused_and_named(value):
    (observation,) = check.is_model(value)
    assert not observation.ok and observation.stop and observation.seen


class Flat(keras.Model):
    """Returns (N,) instead of (N, 1)."""

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(1)

    def call(self, inputs):
        return keras.ops.squeeze(self.dense(inputs), -1)


def test_one_number_a_row_may_come_without_its_axis():
    model = Flat()
    model(X[:1])
    assert check_all((model, "mse"), "regression", 1)
