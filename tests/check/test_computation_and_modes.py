"""Oracles on layers and functions: numbers, dropout, statistics, tracking, saving, graphs, and the spy."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from grader import check
from grader.check.oracles import files
from tests.models import Model, run
from tests.observed import failed

layers, ops = keras.layers, keras.ops
RNG = np.random.default_rng(0)
X = RNG.normal(size=(10, 5)).astype("float32")
HALF = "mixed_float16"


class Liar:
    """Mixed into a layer: what one could ask it is a lie."""

    def __eq__(self, other):
        return True

    __hash__ = layers.Layer.__hash__

    def __len__(self):
        return 0

    def count_params(self):
        return 0


class DenseReLU(layers.Layer):
    """The exercise's layer, by `call`; `wrong` in some way."""

    def __init__(self, units=3, wrong="", **kwargs):
        super().__init__(**kwargs)
        self.units, self.wrong = units, wrong

    def build(self, shape):
        size = (self.units, shape[-1]) if self.wrong == "turned" else (shape[-1], self.units)
        if self.wrong == "untracked":
            self.w = tf.Variable(tf.random.normal(size))
        else:
            self.w = self.add_weight(shape=size, initializer="glorot_uniform")
        self.b = self.add_weight(shape=(self.units,), trainable=self.wrong != "bias not trained")
        if self.wrong == "third":
            self.extra = self.add_weight(shape=(1,))

    def call(self, x):
        w = ops.transpose(self.w) if self.wrong == "turned" else self.w
        y = ops.matmul(x, ops.convert_to_tensor(w))
        y = y if self.wrong == "no bias" else y + self.b
        return y if self.wrong == "no relu" else ops.abs(y) if self.wrong == "abs" else ops.relu(y)

    def get_config(self):
        return super().get_config() | {"units": self.units, "wrong": self.wrong}


class BiasFirst(DenseReLU):
    def build(self, shape):
        self.b = self.add_weight(shape=(self.units,))
        self.w = self.add_weight(shape=(shape[-1], self.units))


class LyingReLU(Liar, DenseReLU):
    pass


def dense_relu(x, kernel, bias):
    return np.maximum(x @ kernel + bias, 0)


# ---- numbers


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(DenseReLU, id="a layer of one's own"),
        pytest.param(BiasFirst, id="its weights in another order"),
        pytest.param(LyingReLU, id="with lies"),
        pytest.param(lambda: keras.Sequential([layers.Dense(3), layers.ReLU()]), id="sequential"),
        pytest.param(lambda: Model(run, [keras.Sequential([layers.Dense(3, "relu")])]), id="subclassed, nested"),
        pytest.param(lambda: layers.Dense(3, "relu", dtype="mixed_float16"), id="mixed precision"),
    ],
)
def test_the_same_numbers(make, seat):
    inputs = [X, 3 * X[:4], X[:1] - 1]
    assert failed(check.equals(seat(make()), dense_relu, inputs)) == []


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: DenseReLU(wrong="no relu"), id="no relu"),
        pytest.param(lambda: DenseReLU(wrong="abs"), id="the absolute value"),
        pytest.param(lambda: DenseReLU(wrong="no bias"), id="no bias"),
        pytest.param(lambda: LyingReLU(wrong="no relu"), id="with lies"),
        pytest.param(lambda: keras.Sequential([layers.Dense(3), layers.Activation("gelu")]), id="gelu"),
        pytest.param(lambda: layers.Dense(3, dtype="mixed_float16"), id="mixed precision"),
        pytest.param(lambda: Model(lambda p, x: [p[0](x)] * 2, [DenseReLU()]), id="twice"),
    ],
)
def test_other_numbers_are_told(make, seat):
    assert failed(check.equals(seat(make()), dense_relu, [X, 3 * X])) == ["numbers"]


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def attention(q, k, v):
    weights = softmax(q @ k.transpose(0, 2, 1) / np.sqrt(q.shape[-1]))
    return weights @ v, weights


def scaled(q, k, v, by=None, axis=-1):
    scores = ops.matmul(q, ops.transpose(k, (0, 2, 1))) / (by or q.shape[-1] ** 0.5)
    weights = ops.softmax(scores, axis=axis)
    return ops.matmul(weights, v), weights


QKV = [tuple(RNG.normal(size=(2, n, 4)).astype("float32") for _ in range(3)) for n in (3, 5)]


@pytest.mark.parametrize(
    "function, off",
    [
        pytest.param(scaled, [], id="ops"),
        pytest.param(lambda q, k, v: list(scaled(q, k, v)), [], id="a list"),
        pytest.param(lambda q, k, v: attention(*map(np.asarray, (q, k, v))), [], id="numpy"),
        pytest.param(lambda q, k, v: scaled(*map(tf.constant, (q, k, v))), [], id="tensorflow"),
        pytest.param(lambda q, k, v: attention(*(a.astype("float64") for a in (q, k, v))), [], id="float64"),
        pytest.param(lambda q, k, v: scaled(q, k, v, by=4), ["numbers"], id="divided by d"),
        pytest.param(lambda q, k, v: scaled(q, k, v, axis=1), ["numbers"], id="another axis"),
        pytest.param(lambda q, k, v: scaled(q, k, v)[0], ["numbers"], id="one result"),
        pytest.param(lambda q, k, v: scaled(k, q, v), ["numbers"], id="queries for keys"),
        pytest.param(lambda q, k, v: None, ["what it returns"], id="nothing"),
        pytest.param(lambda q, k, v: "done", ["what it returns"], id="text"),
    ],
)
def test_functions_of_several_arguments(function, off, seat):
    assert failed(check.equals(seat(function), attention, QKV)) == off


def test_a_function_cannot_change_the_checks_data():
    def spoils(x):
        x[:] = 0
        return x

    x = X.copy()
    assert failed(check.equals(spoils, lambda x: x, [x])) == ["numbers"]
    assert np.array_equal(x, X)


def norm(x, gamma, beta):
    return gamma * (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-3) + beta


def test_weights_of_one_shape_may_stand_in_any_order(seat):
    class BetaFirst(layers.Layer):
        def build(self, shape):
            self.beta = self.add_weight(shape=shape[-1:], initializer="zeros")
            self.gamma = self.add_weight(shape=shape[-1:], initializer="ones")

        def call(self, x):
            mean, variance = ops.moments(x, axes=[-1], keepdims=True)
            return self.gamma * (x - mean) / ops.sqrt(variance + 1e-3) + self.beta

    assert failed(check.equals(seat(layers.LayerNormalization()), norm, [X])) == []
    assert failed(check.equals(seat(BetaFirst()), norm, [X])) == []
    assert failed(check.equals(seat(layers.LayerNormalization(axis=0)), norm, [X[:5]])) == ["numbers"]


# ---- inverses and rows that sum to one

HEADS = 2
TOKENS = RNG.normal(size=(3, 4, 6)).astype("float32")


def split(x):
    return ops.transpose(ops.reshape(x, (*x.shape[:2], HEADS, -1)), (0, 2, 1, 3))


def merge(x):
    n, heads, steps, size = x.shape
    return ops.reshape(ops.transpose(x, (0, 2, 1, 3)), (n, steps, heads * size))


@pytest.mark.parametrize(
    "outer, inner, off",
    [
        pytest.param(merge, split, [], id="ops"),
        pytest.param(lambda x: tf.convert_to_tensor(merge(x)), lambda x: tf.constant(split(x)), [], id="tensorflow"),
        pytest.param(lambda x: np.asarray(merge(x)), lambda x: np.asarray(split(x)), [], id="numpy"),
        pytest.param(lambda x: merge(x[:, ::-1]), lambda x: split(x)[:, ::-1], [], id="heads in another order"),
        pytest.param(layers.Lambda(merge), layers.Lambda(split), [], id="layers"),
        pytest.param(
            lambda x: ops.reshape(x, (3, 4, 6)), split, ["there and back"], id="reshape without transpose"
        ),
        pytest.param(lambda x: x, lambda x: x, ["the first step"], id="nothing done"),
        pytest.param(
            lambda x: ops.reshape(x, (3, 4, 6)), lambda x: ops.reshape(x, (3, 4, 2, 3)), ["the first step"], id="axes"
        ),
        pytest.param(lambda x: merge(x) * 2, split, ["there and back"], id="doubled"),
        pytest.param(lambda x: merge(x)[:, ::-1], split, ["there and back"], id="turned round"),
        pytest.param(lambda x: None, split, ["what it returns"], id="nothing returned"),
    ],
)  # fmt: skip
def test_there_and_back(outer, inner, off, seat):
    oracle = check.inverse(seat(outer), seat(inner), TOKENS, shape=(3, HEADS, None, 3))
    assert failed(oracle) == off


@pytest.mark.parametrize(
    "values, axis, ok",
    [
        (softmax(TOKENS), -1, True),
        (tf.constant(softmax(TOKENS)), -1, True),
        (softmax(TOKENS, 1), 1, True),
        (softmax(TOKENS).tolist(), -1, True),
        (ops.cast(softmax(TOKENS), "float16"), -1, True),
        (softmax(TOKENS, 1), -1, False),
        (TOKENS, -1, False),
        (softmax(TOKENS) - np.eye(6)[0] + np.eye(6)[1], -1, False),
        (None, -1, False),
        ("weights", -1, False),
        (1.0, -1, False),
    ],
)
def test_rows_that_sum_to_one(values, axis, ok):
    assert (failed(check.rows_sum_to_one(values, axis)) == []) is ok


# ---- dropout


def dropped(*end, rate=0.5, **kinds):
    return keras.Sequential([keras.Input((5,)), layers.Dense(16, "relu", **kinds), layers.Dropout(rate), *end])


class OwnDropout(layers.Layer):
    def __init__(self, always=False, never=False, **kwargs):
        super().__init__(**kwargs)
        self.always, self.never = always, never
        self.seeds = keras.random.SeedGenerator(3)

    def call(self, x, training=None):
        if (training or self.always) and not self.never:
            return keras.random.dropout(x, 0.5, seed=self.seeds)
        return x


class LyingDropout(Liar, OwnDropout):
    pass


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: dropped(layers.Dense(3, "softmax")), id="sequential, softmax"),
        pytest.param(lambda: dropped(layers.Dense(1)), id="one logit"),
        pytest.param(lambda: Model(run, [layers.Dense(16), OwnDropout(), layers.Dense(3)]), id="subclassed, own layer"),
        pytest.param(lambda: keras.Sequential([dropped(), layers.Dense(4, "sigmoid")]), id="nested"),
        pytest.param(lambda: dropped(layers.BatchNormalization(), layers.Dense(3, "relu")), id="a head of relu"),
        pytest.param(lambda: Model(run, [layers.Dense(16), LyingDropout(), layers.Dense(3)]), id="with lies"),
        pytest.param(lambda: dropped(layers.Dense(200, "softmax", dtype=HALF)), id="many classes, equal by rounding"),
        pytest.param(
            lambda: dropped(layers.Dense(3, "softmax"), rate=0.1, dtype="mixed_float16"), id="mixed precision"
        ),
    ],
)
def test_dropout_before_the_end(make, seat):
    assert failed(check.drops_in_training_only(seat(make()), X)) == []


KEPT = "outputs in training"


@pytest.mark.parametrize(
    "make, off",
    [
        pytest.param(lambda: dropped(layers.Dense(3, "softmax"), layers.Dropout(0.3)), [KEPT], id="after the softmax"),
        pytest.param(
            lambda: dropped(layers.Dense(4), layers.Dropout(0.5), layers.Softmax()), [KEPT], id="before the softmax"
        ),
        pytest.param(lambda: Model(run, [layers.Dense(3), OwnDropout()]), [KEPT], id="on the logits, subclassed"),
        pytest.param(lambda: dropped(layers.Dense(30, "softmax"), layers.Dropout(0.3)), [KEPT], id="thirty classes"),
        pytest.param(lambda: keras.Sequential([layers.Dense(3)]), ["dropout in training"], id="no dropout"),
        pytest.param(lambda: dropped(layers.Dense(3), rate=0.0), ["dropout in training"], id="a rate of 0"),
        pytest.param(
            lambda: Model(run, [layers.Dense(9), LyingDropout(never=True), layers.Dense(3)]), ["dropout in training"],
            id="never, with lies",
        ),
        pytest.param(
            lambda: Model(run, [layers.Dense(16), OwnDropout(always=True), layers.Dense(3)]),
            ["output at inference"], id="at inference as well",
        ),
    ],
)  # fmt: skip
def test_dropout_elsewhere_is_told(make, off, seat):
    assert failed(check.drops_in_training_only(seat(make()), X)) == off


# ---- statistics


class RunningMean(layers.Layer):
    """Subtracts a running mean; `wrong` in some way."""

    def __init__(self, wrong="", **kwargs):
        super().__init__(**kwargs)
        self.wrong = wrong

    def build(self, shape):
        self.mean = self.add_weight(shape=shape[-1:], initializer="zeros", trainable=False)
        self.attribute = 0.0

    def call(self, x, training=None):
        now = ops.mean(x, axis=0)
        if self.wrong == "attribute":
            self.attribute = self.attribute + (now if training else 0)
            return x - self.attribute
        if (training or self.wrong == "always") and self.wrong != "never":
            self.mean.assign(0.9 * self.mean + 0.1 * now)
        return x - (now if training or self.wrong == "batch" else self.mean)


class LyingMean(Liar, RunningMean):
    pass


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: keras.Sequential([layers.Dense(4), layers.BatchNormalization()]), id="sequential"),
        pytest.param(RunningMean, id="a layer of one's own"),
        pytest.param(lambda: Model(run, [layers.Dense(3), RunningMean()]), id="subclassed"),
        pytest.param(
            lambda: keras.Sequential([keras.Sequential([layers.BatchNormalization(), layers.ReLU()]), layers.Dense(2)]),
            id="nested",
        ),
        pytest.param(LyingMean, id="with lies"),
        pytest.param(
            lambda: keras.Sequential([layers.BatchNormalization(dtype="mixed_float16")]), id="mixed precision"
        ),
    ],
)
def test_statistics_follow_training(make, seat):
    assert failed(check.statistics_move_in_training_only(seat(make()), X)) == []


@pytest.mark.parametrize(
    "make, off",
    [
        pytest.param(lambda: layers.Dense(3), ["statistics in training"], id="no normalisation"),
        pytest.param(lambda: RunningMean("never"), ["statistics in training"], id="never updated"),
        pytest.param(lambda: RunningMean("always"), ["output at inference"], id="updated at inference"),
        pytest.param(lambda: RunningMean("attribute"), ["statistics in training"], id="a Python attribute"),
        pytest.param(lambda: RunningMean("batch"), ["statistics at inference"], id="the batch's mean at inference"),
        pytest.param(lambda: LyingMean("never"), ["statistics in training"], id="with lies"),
        pytest.param(
            lambda: layers.LayerNormalization(dtype="mixed_float16"), ["statistics in training"],
            id="layer norm, mixed precision",
        ),
    ],
)  # fmt: skip
def test_other_statistics_are_told(make, off, seat):
    assert failed(check.statistics_move_in_training_only(seat(make()), X)) == off


# ---- tracking


def called(layer):
    layer(X)
    return layer


@pytest.mark.parametrize(
    "make, trainable, state",
    [
        pytest.param(DenseReLU, [(5, 3), (3,)], [], id="a layer of one's own"),
        pytest.param(BiasFirst, [(5, 3), (3,)], [], id="in another order"),
        pytest.param(LyingReLU, [(5, 3), (3,)], [], id="with lies"),
        pytest.param(
            lambda: Model(run, [DenseReLU(), DenseReLU(2)]), [(3,), (3, 2), (2,), (5, 3)], [], id="subclassed"
        ),
        pytest.param(lambda: keras.Sequential([keras.Sequential([RunningMean()])]), [], [(5,)], id="nested, state"),
        pytest.param(layers.BatchNormalization, [(5,), (5,)], [(5,), (5,)], id="batch norm"),
        pytest.param(lambda: layers.Dense(3, dtype="mixed_float16"), [(5, 3), (3,)], [], id="mixed precision"),
    ],
)
def test_tracked_weights(make, trainable, state, seat):
    assert failed(check.tracks(seat(called(make())), trainable, state)) == []


@pytest.mark.parametrize(
    "make, off",
    [
        pytest.param(lambda: DenseReLU(wrong="untracked"), ["trainable weights"], id="a tf.Variable"),
        pytest.param(lambda: DenseReLU(wrong="third"), ["trainable weights"], id="one too many"),
        pytest.param(lambda: DenseReLU(wrong="turned"), ["trainable weights"], id="turned"),
        pytest.param(
            lambda: DenseReLU(wrong="bias not trained"), ["trainable weights", "non-trainable weights"], id="frozen"
        ),
        pytest.param(lambda: LyingReLU(wrong="untracked"), ["trainable weights"], id="with lies"),
        pytest.param(lambda: Model(run, [DenseReLU(wrong="untracked")]), ["trainable weights"], id="inside a model"),
        pytest.param(lambda: layers.Flatten(), ["trainable weights"], id="no weights"),
    ],
)  # fmt: skip
def test_untracked_weights_are_told(make, off, seat):
    assert failed(check.tracks(seat(called(make())), [(5, 3), (3,)])) == off


def test_the_untracked_variable_is_named():
    off = next(o for o in check.tracks(called(DenseReLU(wrong="untracked")), [(5, 3), (3,)]) if not o.ok)
    assert "`self.w`" in off.next


# ---- round trips


@keras.saving.register_keras_serializable("tests")
class Registered(DenseReLU):
    pass


class Saved(keras.Model):
    """A subclassed model with a configuration; `lost` leaves the depth out."""

    def __init__(self, depth=1, lost=False, **kwargs):
        super().__init__(**kwargs)
        self.depth, self.lost = depth, lost
        self.hidden = [DenseReLU(5) for _ in range(depth)]

    def build(self, shape):
        for layer in self.hidden:
            layer.build(shape)

    def call(self, x):
        return run(self.hidden, x)

    def get_config(self):
        return super().get_config() | ({} if self.lost else {"depth": self.depth})


class NoKwargs(DenseReLU):
    def __init__(self, units=3):
        super().__init__(units)

    def get_config(self):
        return layers.Layer.get_config(self) | {"units": self.units}


class Forgets(DenseReLU):
    def get_config(self):
        return layers.Layer.get_config(self) | {"units": self.units}


class LyingForgets(Liar, Forgets):
    pass


class NoConfig(layers.Layer):
    def __init__(self, function, **kwargs):
        super().__init__(**kwargs)
        self.function = function

    def call(self, x):
        return self.function(x)


class Odd(DenseReLU):
    def get_config(self):
        return "units=3"


CONFIG, FILE = files.WAYS.values()


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: DenseReLU(4, wrong="abs"), id="a layer of one's own"),
        pytest.param(lambda: Registered(4), id="registered"),
        pytest.param(lambda: Saved(3), id="subclassed"),
        pytest.param(lambda: keras.Sequential([keras.Input((5,)), DenseReLU(4), layers.Dense(2)]), id="sequential"),
        pytest.param(
            lambda: keras.Sequential([keras.Sequential([layers.Dense(4)]), RunningMean()]), id="nested, state"
        ),
        pytest.param(lambda: RunningMean(), id="state"),
        pytest.param(lambda: layers.Dense(4, "gelu", dtype="mixed_float16"), id="mixed precision"),
    ],
)
def test_round_trips(make, seat):
    assert failed(check.round_trip(seat(make()), X)) == []


@pytest.mark.parametrize(
    "make, off",
    [
        pytest.param(lambda: NoKwargs(4), [CONFIG, FILE], id="no **kwargs"),
        pytest.param(lambda: Forgets(4, wrong="abs"), [CONFIG, FILE], id="an argument forgotten"),
        pytest.param(lambda: NoConfig(ops.tanh), [CONFIG, FILE], id="no get_config"),
        pytest.param(lambda: Saved(3, lost=True), [CONFIG, FILE], id="the depth forgotten, subclassed"),
        pytest.param(lambda: DenseReLU(4, wrong="untracked"), [CONFIG, FILE], id="a weight that isn't tracked"),
        pytest.param(lambda: Odd(4), [CONFIG, FILE], id="a configuration that is text"),
        pytest.param(lambda: LyingForgets(4, wrong="abs"), [CONFIG, FILE], id="an argument forgotten, with lies"),
        pytest.param(lambda: Forgets(4, wrong="abs", dtype="mixed_float16"), [CONFIG, FILE], id="mixed precision"),
    ],
)
def test_what_doesnt_come_back_is_told(make, off, seat):
    assert failed(check.round_trip(seat(make()), X)) == off


# ---- graphs


def early_exit(parts, x):
    return parts[0](x) if float(ops.sum(x)) > 1e9 else x


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: keras.Sequential([layers.Dense(3)]), id="sequential"),
        pytest.param(DenseReLU, id="a layer of one's own"),
        pytest.param(lambda: Model(lambda p, x: ops.where(ops.sum(x) > 0, x, -x)), id="where"),
        pytest.param(
            lambda: Model(lambda p, x: ops.cond(ops.sum(x) > 0, lambda: x, lambda: 2 * x)), id="cond, subclassed"
        ),
        pytest.param(lambda: lambda x: ops.relu(x), id="a function"),
        pytest.param(lambda: layers.Dense(3, dtype="mixed_float16"), id="mixed precision"),
        pytest.param(LyingReLU, id="with lies"),
    ],
)
def test_works_in_a_graph(make, seat):
    assert failed(check.works_in_a_graph(seat(make()), X)) == []


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: Model(early_exit, [layers.Dense(5)]), id="float of a tensor"),
        pytest.param(lambda: Model(lambda p, x: x if ops.sum(x) > 0 else -x), id="a Python if"),
        pytest.param(lambda: lambda x: tf.constant(x.numpy() * 2) if hasattr(x, "numpy") else x * 2, id="fine"),
        pytest.param(lambda: Model(lambda p, x: ops.convert_to_tensor(np.tanh(x.numpy()))), id="numpy inside"),
        pytest.param(
            lambda: Model(lambda p, x: x * (2.0 if tf.executing_eagerly() else 3.0)), id="another thing in a graph"
        ),
        pytest.param(lambda: lambda x: [r for r in ops.unstack(x) if float(r[0]) > -9e9], id="rows picked by value"),
    ],
)
def test_what_fails_in_a_graph_is_told(make, seat, request):
    expected = [] if "fine" in request.node.name else ["use inside `fit`"]
    assert failed(check.works_in_a_graph(seat(make()), X)) == expected


# ---- the spy


class Wrapper(keras.Model):
    """Calls the layer it is given; `how` the flag is handed on."""

    def __init__(self, inner, how="explicit", depth=1, **kwargs):
        super().__init__(**kwargs)
        self.inner, self.how, self.depth = inner, how, depth

    def call(self, x, training=None):
        for _ in range(self.depth):
            if self.how == "explicit":
                x = self.inner(x, training=training)
            elif self.how == "keras":
                x = self.inner(x)
            elif self.how == "skip":
                return x
            else:
                x = self.inner(x, training={"always": True, "never": False, "not": not training}[self.how])
        return x


class Required(Wrapper):
    def call(self, x, training):
        return self.inner(x, training=training)


class LyingWrapper(Liar, Wrapper):
    pass


def functional(inner):
    inputs = keras.Input((5,))
    return keras.Model(inputs, layers.Dense(2)(inner(inputs)))


@pytest.mark.parametrize(
    "build, arguments",
    [
        pytest.param(Wrapper, {}, id="handed on"),
        pytest.param(Wrapper, {"how": "keras"}, id="left to Keras"),
        pytest.param(LyingWrapper, {}, id="with lies"),
        pytest.param(functional, {}, id="functional"),
        pytest.param(lambda inner: keras.Sequential([layers.Dense(5), inner]), {}, id="sequential"),
        pytest.param(lambda inner: Wrapper(keras.Sequential([inner])), {}, id="nested"),
        pytest.param(lambda inner: Wrapper(inner, dtype="mixed_float16"), {}, id="mixed precision"),
    ],
)
def test_training_is_handed_on(build, arguments, seat):
    assert failed(check.passes_training(seat(build), X, arguments)) == []


@pytest.mark.parametrize(
    "how, off",
    [
        ("always", ["call with `training=False`", "call with no `training`"]),
        ("never", ["call with `training=True`"]),
        ("not", ["call with `training=True`", "call with `training=False`", "call with no `training`"]),
        ("skip", ["call with `training=True`", "call with `training=False`", "call with no `training`"]),
    ],
)
@pytest.mark.parametrize("kind", [Wrapper, LyingWrapper])
def test_a_flag_that_is_lost_is_told(how, off, kind, seat):
    assert failed(check.passes_training(seat(kind), X, {"how": how})) == off


@pytest.mark.parametrize("build", [Wrapper, LyingWrapper, lambda inner, depth: keras.Sequential([inner] * depth)])
def test_calls_are_counted(build, seat):
    for depth in (1, 3):
        assert failed(check.calls_layer(seat(build), X, depth, {"depth": depth})) == []
        assert failed(check.calls_layer(seat(build), X, depth + 1, {"depth": depth})) != []


# ---- what oracles leave behind


def test_layers_are_left_as_they_were():
    model = keras.Sequential([layers.Dense(4), layers.BatchNormalization(), layers.Dropout(0.5), layers.Dense(2)])
    model(X)
    before = [ops.convert_to_numpy(v) for v in model.variables]
    for oracle in (
        check.drops_in_training_only(model, X),
        check.statistics_move_in_training_only(model, X),
        check.round_trip(model, X),
        check.works_in_a_graph(model, X),
        check.equals(model, lambda x, *weights: x, [X]),
    ):
        list(oracle)
    assert all(np.array_equal(a, ops.convert_to_numpy(b)) for a, b in zip(before, model.variables, strict=True))
