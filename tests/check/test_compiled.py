"""Oracles on compiled models: whether they are, what they report, and how their optimizer steps."""

import keras
import numpy as np
import pytest

from grader import check
from tests.observed import failed

SGD, layers, ops = keras.optimizers.SGD, keras.layers, keras.ops
X, Y = check.clusters(60, 4, 3)


class Own(keras.Model):
    def __init__(self, units=3, activation="softmax"):
        super().__init__()
        self.head = layers.Dense(units, activation)

    def call(self, inputs):
        return self.head(inputs)


class Liar(Own):
    """Compiled, it says, and whatever it is asked to evaluate is perfect."""

    compiled = True
    optimizer = "adam"
    metrics_names = ("loss", "accuracy")

    def __eq__(self, other):
        return True

    def __hash__(self):
        return 1

    def evaluate(self, x, y, **_):
        return {"loss": 0.0, "accuracy": float(np.mean(np.asarray(self(x)).argmax(axis=1) == y))}


def classifier(optimizer="adam", metrics=("accuracy",), loss="sparse_categorical_crossentropy", make=None, **kwargs):
    model = make() if make else keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="softmax")])
    model.compile(optimizer, loss, metrics=list(metrics), **kwargs)
    return model


def functional(dtype=None):
    inputs = keras.Input((4,))
    return keras.Model(inputs, layers.Dense(3, "softmax", dtype=dtype)(inputs))


def half():
    return functional("mixed_float16")


def nested():
    return keras.Sequential([keras.Input((4,)), functional()])


# ---- compiled


@pytest.mark.parametrize(
    "model",
    [
        classifier(),
        classifier(SGD(0.1), loss=keras.losses.SparseCategoricalCrossentropy()),
        classifier(make=Own),
        classifier(make=nested, loss=lambda a, b: ops.sum(b)),
        classifier(make=functional, metrics=()),
    ],
    ids=["sequential", "objects", "subclassed", "nested, own loss", "functional"],
)
def test_a_compiled_model_is_known(model, seat):
    assert failed(check.is_compiled(seat(model))) == []


class Attribute(Own):
    def __init__(self):
        super().__init__()
        self.optimizer = "adam"
        self.loss = "mse"


@pytest.mark.parametrize(
    "model",
    [
        functional(),
        Own(),
        Liar(),
        Attribute(),
        keras.models.clone_model(functional()),
    ],
    ids=["functional", "subclassed", "liar", "attributes set by hand", "clone"],
)
def test_a_model_that_only_says_it_is_compiled_is_refused(model, seat):
    assert failed(check.is_compiled(seat(model))) == ["compiled"]


# ---- the optimizer's steps


class MyMomentum(keras.optimizers.Optimizer):
    """SGD with momentum, written by hand."""

    def __init__(self, learning_rate=0.05, **kwargs):
        super().__init__(learning_rate=learning_rate, **kwargs)

    def build(self, variables):
        super().build(variables)
        self.speeds = [self.add_variable_from_reference(v, name="speed") for v in variables]

    def update_step(self, gradient, variable, learning_rate):
        speed = self.speeds[self._get_variable_index(variable)]
        self.assign(speed, 0.9 * speed - ops.cast(learning_rate, variable.dtype) * gradient)
        self.assign_add(variable, speed)


def set_afterwards():
    model = classifier(SGD(0.7, momentum=0.9))
    model.optimizer.learning_rate = 0.05
    return model.optimizer


@pytest.mark.parametrize(
    "optimizer",
    [
        SGD(0.05, momentum=0.9),
        SGD(learning_rate=0.05, momentum=0.9, nesterov=True),
        SGD(keras.optimizers.schedules.ExponentialDecay(0.05, 10, 1.0), momentum=0.9),
        SGD.from_config({"learning_rate": 0.05, "momentum": 0.9}),
        keras.optimizers.get({"class_name": "SGD", "config": {"learning_rate": 0.05, "momentum": 0.9}}),
        keras.optimizers.LossScaleOptimizer(SGD(0.05, momentum=0.9)),
        MyMomentum(),
        set_afterwards(),
    ],
    ids=["plain", "Nesterov", "schedule", "config", "get", "loss scaled", "one's own", "rate set afterwards"],
)
def test_sgd_with_momentum_is_known_by_its_steps(optimizer, seat):
    assert failed(check.steps_like_sgd(seat(classifier(optimizer)), 0.05, 0.9)) == []


@pytest.mark.parametrize(
    "optimizer",
    [
        "sgd",
        SGD(0.05),
        SGD(0.9, momentum=0.05),
        SGD(0.5, momentum=0.9),
        SGD(0.05, momentum=0.9, weight_decay=0.5),
        SGD(0.05, momentum=0.9, clipvalue=0.3),
        keras.optimizers.LossScaleOptimizer(SGD(0.05)),
        keras.optimizers.Adam(0.05),
        "rmsprop",
    ],
)
def test_other_steps_are_refused(optimizer, seat):
    assert failed(check.steps_like_sgd(seat(classifier(optimizer)), 0.05, 0.9)) == ["optimizer"]


@pytest.mark.parametrize("optimizer", [SGD(0.05), SGD(0.05, clipnorm=5.0)])
def test_plain_sgd_is_known_too(optimizer):
    assert failed(check.steps_like_sgd(classifier(optimizer), 0.05, 0.0)) == []


@pytest.mark.parametrize(
    "optimizer", [keras.optimizers.Adam(0.05), keras.optimizers.RMSprop(0.05), SGD(0.05, momentum=0.5)]
)
def test_equal_steps_on_an_equal_gradient_are_no_sgd(optimizer):
    assert failed(check.steps_like_sgd(classifier(optimizer), 0.05, 0.0)) == ["optimizer"]


def test_half_precision_does_not_change_the_steps(seat):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = classifier(SGD(0.05, momentum=0.9))
        assert isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
        assert failed(check.steps_like_sgd(seat(model), 0.05, 0.9)) == []
        assert failed(check.steps_like_sgd(seat(model), 0.05, 0.0)) == ["optimizer"]
    finally:
        keras.config.set_dtype_policy("float32")


@pytest.mark.parametrize("model", [Own(), Liar()], ids=["not compiled", "liar"])
def test_no_optimizer_is_said(model, seat):
    (observation,) = check.steps_like_sgd(seat(model), 0.05, 0.9)
    assert not observation.ok and observation.seen == "none"


def test_looking_at_the_steps_moves_nothing(seat):
    model = classifier(SGD(0.05, momentum=0.9))
    model.optimizer.build(model.trainable_variables)
    before = [v.numpy() for v in (*model.variables, *model.optimizer.variables)]
    list(check.steps_like_sgd(seat(model), 0.05, 0.9))
    after = [v.numpy() for v in (*model.variables, *model.optimizer.variables)]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize(
    ("optimizer", "advice"),
    [
        (SGD(0.05), "the momentum is missing"),
        (SGD(0.9, momentum=0.05), "are swapped"),
        ("sgd", "uses the defaults"),
        (SGD(0.07, momentum=0.9), "other numbers"),
        ("adam", "Use `keras.optimizers.SGD(learning_rate=0.05, momentum=0.9)`"),
    ],
)
def test_the_likely_mistake_is_named(optimizer, advice):
    (observation,) = check.steps_like_sgd(classifier(optimizer), 0.05, 0.9)
    assert advice in observation.next


# ---- what is reported


def accuracy_by_hand(y_true, y_pred):
    hit = ops.equal(ops.cast(y_true, "int32"), ops.cast(ops.argmax(y_pred, -1), "int32"))
    return ops.cast(hit, "float32")


@pytest.mark.parametrize("make", [functional, Own, nested])
@pytest.mark.parametrize(
    "metrics",
    [
        ["accuracy"],
        ["sparse_categorical_accuracy"],
        [keras.metrics.SparseCategoricalAccuracy(name="share")],
        [accuracy_by_hand],
        ["accuracy", keras.metrics.SparseTopKCategoricalAccuracy(2)],
    ],
    ids=["the word", "sparse", "object", "by hand", "and another"],
)
def test_accuracy_is_known_by_its_value(metrics, make, seat):
    assert failed(check.reports(seat(classifier(metrics=metrics, make=make)), X, Y, "multiclass")) == []


def test_accuracy_is_known_in_half_precision(seat):
    assert failed(check.reports(seat(classifier(make=half)), X, Y, "multiclass")) == []
    assert failed(check.reports(seat(classifier(metrics=["mae"], make=half)), X, Y, "multiclass"))


def test_a_metric_object_used_before_counts_afresh(seat):
    metric = keras.metrics.SparseCategoricalAccuracy()
    for _ in range(2):
        assert failed(check.reports(seat(classifier(metrics=[metric])), X, Y, "multiclass")) == []


@pytest.mark.parametrize("make", [functional, Liar])
@pytest.mark.parametrize(
    "metrics", [[], ["mae"], ["categorical_accuracy"], [keras.metrics.SparseTopKCategoricalAccuracy(2)], ["mse"]]
)
def test_other_metrics_are_refused(metrics, make, seat):
    assert failed(check.reports(seat(classifier(metrics=metrics, make=make)), X, Y, "multiclass")) == [
        "reports the accuracy"
    ]


def regressor(metrics, flat=False, loss="mse"):
    inputs = keras.Input((4,))
    outputs = layers.Dense(1)(inputs)
    model = keras.Model(inputs, layers.Reshape(())(outputs) if flat else [outputs])
    model.compile("sgd", loss, metrics=metrics)
    return model


@pytest.mark.parametrize("metrics", [["mae"], [keras.metrics.MeanAbsoluteError(name="off by")], ["mse", "mae"]])
@pytest.mark.parametrize("flat", [True, False])
def test_the_mean_absolute_error_is_known_by_its_value(metrics, flat, seat):
    targets = X @ np.ones(4, "float32")
    assert failed(check.reports(seat(regressor(metrics, flat)), X, targets, "regression")) == []


@pytest.mark.parametrize("metrics", [[], ["mse"], ["accuracy"], ["mape"], ["mean_squared_logarithmic_error"]])
def test_other_errors_are_refused(metrics, seat):
    targets = X @ np.ones(4, "float32")
    assert failed(check.reports(seat(regressor(metrics)), X, targets, "regression")) == [
        "reports the mean absolute error"
    ]


def broken(y_true, y_pred):
    raise ZeroDivisionError("of all things")


def test_a_metric_that_breaks_is_said(seat):
    (observation,) = check.reports(seat(classifier(metrics=[broken])), X, Y, "multiclass")
    assert not observation.ok and "of all things" in observation.seen
