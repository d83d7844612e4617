"""Learning judged by training afresh: what counts is the model, never what the student says it has learned."""

import keras
import numpy as np
import pytest

from grader import check
from grader.verdict import StudentError
from tests.elsewhere import elsewhere
from tests.observed import failed

layers = keras.layers
FEATURES, CLASSES = 6, 3
X, Y = check.clusters(280, FEATURES, CLASSES, "learning")
TRAIN, NEW = (X[:200], Y[:200]), (X[200:], Y[200:])


def compiled(model, loss="sparse_categorical_crossentropy"):
    model.compile("sgd", loss)
    return model


def sequential(*hidden, head="softmax"):
    last = layers.Dense(CLASSES, activation=head)
    return compiled(keras.Sequential([keras.Input((FEATURES,)), *hidden, last]))


def functional():
    inputs = keras.Input((FEATURES,))
    left, right = (layers.Dense(8, activation="tanh")(inputs) for _ in range(2))
    return compiled(keras.Model(inputs, layers.Dense(CLASSES, activation="softmax")(layers.Add()([left, right]))))


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(16, activation="relu")
        self.head = layers.Dense(CLASSES, activation="softmax")

    def call(self, inputs):
        return self.head(self.hidden(inputs))


class NoConfig(layers.Layer):
    """A custom layer that can't be made again from a config."""

    def __init__(self, units, numbers):
        super().__init__()
        self.units, self.numbers = units, numbers

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], self.units), name="kernel")
        self.scale = self.add_weight(shape=(self.units,), initializer="ones", name="scale")

    def call(self, inputs):
        return keras.ops.relu(inputs @ self.kernel) * self.scale


class Lying(Subclassed):
    """Claims much, and computes as it should."""

    def __eq__(self, other):
        return True

    __hash__ = keras.Model.__hash__

    def count_params(self):
        return 0

    def summary(self, *args, **kwargs):
        raise RuntimeError("none of your business")

    @property
    def layers(self):
        raise RuntimeError("none of your business")


def list_of_one():
    inputs = keras.Input((FEATURES,))
    return compiled(keras.Model(inputs, [layers.Dense(CLASSES, activation="softmax")(inputs)]))


LEARNERS = {
    "sequential": lambda: sequential(layers.Dense(16, activation="relu")),
    "linear": lambda: sequential(),
    "functional": functional,
    "subclassed": lambda: compiled(Subclassed()),
    "nested": lambda: sequential(keras.Sequential([keras.Input((FEATURES,)), layers.Dense(12, activation="gelu")])),
    "logits": lambda: compiled(
        keras.Sequential([keras.Input((FEATURES,)), layers.Dense(CLASSES)]),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    ),
    "mixed precision": lambda: sequential(layers.Dense(16, activation="relu", dtype="mixed_float16")),
    "bfloat16": lambda: sequential(layers.Dense(16, activation="relu", dtype="mixed_bfloat16")),
    "normalised, with dropout": lambda: sequential(
        layers.Dense(16), layers.BatchNormalization(), layers.ReLU(), layers.Dropout(0.3)
    ),
    "regularised": lambda: sequential(layers.Dense(16, activation="relu", kernel_regularizer="l2")),
    "recurrent": lambda: sequential(layers.Reshape((FEATURES, 1)), layers.LSTM(12)),
    "custom layer without a config": lambda: sequential(NoConfig(16, np.ones(3))),
    "lies about what it is": lambda: compiled(Lying()),
    "a list of one output": list_of_one,
}


class StopGradient(layers.Layer):
    def call(self, inputs):
        return keras.ops.stop_gradient(inputs) * 0


class Untracked(layers.Layer):
    """Its weight is a NumPy array, so that nothing of the layer is trained, and the input is thrown away."""

    def call(self, inputs):
        return inputs @ np.zeros((FEATURES, 4), "float32")


class Oracle(Subclassed):
    """Says what one wants to hear, and computes nothing of it."""

    def call(self, inputs):
        return self.head(self.hidden(inputs * 0))

    def predict(self, x, **kwargs):
        return np.eye(CLASSES)[Y[-len(x) :]]

    def evaluate(self, *args, **kwargs):
        return {"loss": 0.0, "accuracy": 1.0}

    def fit(self, *args, **kwargs):
        history = keras.callbacks.History()
        history.history = {"loss": [1.0, 0.0]}
        return history


NON_LEARNERS = {
    "input thrown away": lambda: sequential(StopGradient(), layers.Dense(8, activation="relu")),
    "weights that nobody trains": lambda: sequential(Untracked(), layers.Dense(4, activation="tanh")),
    "all weights zero": lambda: sequential(layers.Dense(16, activation="relu", kernel_initializer="zeros")),
    "dead before the head": lambda: sequential(
        layers.Dense(
            16, activation="relu", kernel_initializer="zeros", bias_initializer=keras.initializers.Constant(-9.0)
        )
    ),
    "a softmax of one number": lambda: sequential(layers.Dense(1, activation="softmax")),
    "a predict that lies": lambda: compiled(Oracle()),
}
WHERE = pytest.mark.parametrize("where", [lambda model: model, elsewhere], ids=["live", "elsewhere"])


@pytest.mark.parametrize("build", LEARNERS.values(), ids=LEARNERS)
def test_what_can_learn_is_accepted(build):
    model = build()
    assert not failed(check.memorises(model, *TRAIN))
    assert not failed(check.learns(model, *TRAIN, *NEW, seeds=1, steps=200))


@pytest.mark.parametrize("build", NON_LEARNERS.values(), ids=NON_LEARNERS)
def test_what_cannot_learn_is_refused(build):
    model = build()
    assert failed(check.memorises(model, *TRAIN)) == ["fit to a single batch"]
    assert failed(check.learns(model, *TRAIN, *NEW, seeds=1, steps=200)) == ["accuracy on new rows"]


def test_a_verdict_is_the_same_elsewhere():
    for build, ok in ((LEARNERS["normalised, with dropout"], True), (NON_LEARNERS["a predict that lies"], False)):
        model = build()
        here, there = (list(check.learns(m, *TRAIN, *NEW, seeds=1, steps=100)) for m in (model, elsewhere(model)))
        assert here == there and here[-1].ok == ok


def test_the_model_is_left_as_it_was():
    model = LEARNERS["normalised, with dropout"]()
    model.optimizer.build(model.trainable_variables)
    before = [v.numpy() for v in (*model.variables, *model.optimizer.variables)]
    assert not failed(check.learns(model, *TRAIN, *NEW, seeds=1, steps=50, at_least=0.2))
    after = [v.numpy() for v in (*model.variables, *model.optimizer.variables)]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def test_what_was_trained_before_counts_for_nothing():
    trained = sequential(layers.Dense(16, activation="relu"))
    measured = []
    for _ in range(2):
        measured.append(list(check.learns(trained, *TRAIN, *NEW, seeds=1, steps=75))[-1].measured)
        trained.fit(*NEW, epochs=5, verbose=0)
    assert measured[0] == measured[1]


def test_frozen_weights_stay_as_they_are():
    """A backbone of noise that is frozen teaches nothing that one of its own weights could."""
    backbone = keras.Sequential([keras.Input((FEATURES,)), layers.Dense(4)])
    backbone.trainable = False
    backbone.set_weights([np.zeros((FEATURES, 4)), np.zeros(4)])
    assert failed(check.learns(sequential(backbone), *TRAIN, *NEW, seeds=1, steps=100)) == ["accuracy on new rows"]


@WHERE
def test_nothing_to_train_stops_the_check(where):
    model = sequential(layers.Dense(4))
    model.trainable = False
    assert failed(check.memorises(where(model), *TRAIN)) == ["trainable weights"]
    assert failed(check.learns(where(model), *TRAIN, *NEW)) == ["trainable weights"]


@WHERE
def test_without_a_loss_nothing_is_trained(where):
    model = keras.Sequential([keras.Input((FEATURES,)), layers.Dense(CLASSES, activation="softmax")])
    assert failed(check.memorises(where(model), *TRAIN)) == ["compilation"]
    assert not failed(check.memorises(where(model), *TRAIN, loss="sparse_categorical_crossentropy"))


@WHERE
def test_a_function_that_builds_a_model_is_as_good_as_the_model(where):
    assert not failed(check.memorises(where(LEARNERS["sequential"]), *TRAIN))
    with pytest.raises(StudentError, match="expected a keras.Model"):
        failed(check.memorises(where(lambda: "a model"), *TRAIN))


# ---- numbers, several inputs and outputs, baselines


def two_in_two_out(use_second=True, outputs=dict):
    a, b = keras.Input((FEATURES,), name="a"), keras.Input((2,), name="b")
    joined = layers.Concatenate()([a, b if use_second else layers.Rescaling(0.0)(b)])
    hidden = layers.Dense(24, activation="tanh")(joined)
    kind = layers.Dense(CLASSES, activation="softmax", name="kind")(hidden)
    size = layers.Dense(1, name="size")(hidden)
    return keras.Model({"a": a, "b": b}, {"kind": kind, "size": size} if outputs is dict else [kind, size])


B = check.normal((len(X), 2), "learning")
BOTH = {"a": X, "b": B}
TARGETS = {"kind": Y, "size": (B[:, 0] - B[:, 1]).astype("float32")}
LOSSES = {"kind": "sparse_categorical_crossentropy", "size": "mse"}


def parts(data, rows):
    return {name: values[rows] for name, values in data.items()}


@pytest.mark.parametrize("outputs", [dict, list])
@WHERE
def test_each_output_has_to_learn(outputs, where):
    old, new = slice(0, 200), slice(200, None)
    data = [parts(d, rows) for rows in (old, new) for d in (BOTH, TARGETS)]
    how = {"loss": LOSSES, "seeds": 1}
    assert not failed(check.learns(where(two_in_two_out(outputs=outputs)), *data, **how))
    assert failed(check.learns(where(two_in_two_out(False, outputs)), *data, **how)) == ["`size`: error on new rows"]


def test_other_outputs_than_the_targets_are_told():
    model = two_in_two_out(outputs=list)
    one = keras.Model(model.inputs, model.outputs[0])
    with pytest.raises(StudentError, match="the targets are for 2 outputs"):
        failed(check.learns(one, BOTH, TARGETS, BOTH, TARGETS, loss=LOSSES))


def regression(*hidden):
    return compiled(keras.Sequential([keras.Input((4,)), *hidden, layers.Dense(1)]), "mse")


def test_numbers_are_held_against_their_mean():
    x, y = check.measurements(300, 4, "learning")
    data = x[:200], y[:200], x[200:], y[200:]
    assert not failed(check.learns(regression(layers.Dense(16, activation="relu")), *data, seeds=1))
    clipped = regression(layers.Dense(1, activation="relu"), layers.ReLU(max_value=0.0))
    assert failed(check.learns(clipped, *data, seeds=1)) == ["error on new rows"]


def test_a_naive_forecast_may_be_the_baseline():
    """A series that goes on much as it was: beating its mean is easy, beating its last value is not."""
    noise, series = check.normal((500,), "series"), np.zeros(500, "float32")
    for now in range(1, 500):
        series[now] = 0.9 * series[now - 1] + noise[now] / 2
    x, y = np.stack([series[i : i + 4] for i in range(490)]), series[4:494]
    data = x[:340], y[:340], x[340:], y[340:]
    assert not failed(check.learns(regression(), *data, at_least=0.4, seeds=1, steps=600))
    assert failed(check.learns(regression(), *data, at_least=0.4, baseline=x[340:, -1], seeds=1, steps=600)) == [
        "error on new rows"
    ]


def test_the_threshold_is_measured():
    measured = list(check.learns(LEARNERS["linear"](), *TRAIN, *NEW, at_least=0.4, steps=50))[-1].measured
    assert measured.threshold == 0.4 and measured.at_least and measured.ok == (measured.value >= 0.4)


def test_a_loss_that_is_no_number_says_so():
    model = compiled(keras.Sequential([keras.Input((FEATURES,)), layers.Dense(1)]), lambda y, p: keras.ops.log(-p * p))
    observation = list(check.memorises(model, *TRAIN))[-1]
    assert not observation.ok and "no longer a finite number" in observation.next


def test_what_the_model_raises_is_the_students():
    model = compiled(keras.Sequential([keras.Input((FEATURES,)), layers.Dense(1)]), "categorical_crossentropy")
    model.compile("sgd", lambda y, p: 1 / 0)
    with pytest.raises(StudentError, match="ZeroDivisionError"):
        failed(check.memorises(model, *TRAIN))


# ---- finite


def history(**curves):
    made = keras.callbacks.History()
    made.history = curves
    return made


@pytest.mark.parametrize(
    "values",
    [[1.0, 0.5], np.ones(3), {"loss": [1, 2], "val_loss": [3]}, history(loss=[0.1]), keras.ops.ones(2), 3.0],
    ids=["list", "array", "dict", "History", "tensor", "number"],
)
def test_finite_numbers(values):
    assert not failed(check.finite(values))


@pytest.mark.parametrize(
    "values",
    [
        [1.0, np.nan],
        [np.inf],
        {"loss": [1, 2], "val_loss": [np.nan]},
        history(loss=[]),
        [],
        "1.0",
        None,
        {"loss": None},
    ],
    ids=["NaN", "infinite", "in one curve", "no epoch", "nothing", "text", "None", "no curve"],
)
@WHERE
def test_numbers_that_are_none(values, where):
    assert failed(check.finite(where(values))) == ["losses are finite"]
