"""Oracles on layers of one's own: dropout, state, penalties, how a layer begins, what a copy of it keeps."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from grader import check
from grader.check.core import guarded
from grader.check.oracles import files
from grader.check.remote import fit_spy
from grader.verdict import Stub, StudentError
from tests.elsewhere import elsewhere
from tests.observed import failed

layers, ops = keras.layers, keras.ops
RNG = np.random.default_rng(1)
X = RNG.normal(size=(10, 5)).astype("float32")


def called(layer, x=X):
    layer(x)
    return layer


def advice(oracle):
    return " ".join(o.next for o in oracle if not o.ok)


# ---- which weights there are


class Weights(layers.Layer):
    """Weights of these shapes; the last one may be random, or state."""

    def __init__(self, *shapes, initializer="glorot_uniform", trainable=True, **kwargs):
        super().__init__(**kwargs)
        self.own = [self.add_weight(shape=shape, initializer=initializer, trainable=trainable) for shape in shapes]

    def call(self, x):
        return x + sum(ops.sum(weight) for weight in self.own)


@pytest.mark.parametrize(
    "shapes, wanted, off",
    [
        ([()], [1], []),
        ([(1,)], [1], []),
        ([(1, 1)], [1], []),
        ([(5,), (1, 5)], [5, 5], []),
        ([(5,), (3, 5)], [5, (3, 5)], []),
        ([(5,), (5,)], [(5,), 5], []),
        ([(5,)], [1], ["trainable weights"]),
        ([(5,)], [5, 5], ["trainable weights"]),
        ([(5,), (5,)], [5], ["trainable weights"]),
        ([(2, 5)], [5], ["trainable weights"]),
    ],
)
def test_a_weight_may_be_asked_for_by_its_size(shapes, wanted, off, seat):
    assert failed(check.tracks(seat(called(Weights(*shapes))), wanted)) == off


def test_what_stops_shows_both_kinds_of_weights():
    frozen, none = called(Weights((5,), trainable=False)), called(Weights())
    both = ["trainable weights", "non-trainable weights"]
    assert failed(check.tracks(frozen, [5], stop=True), check.tracks(none, [5])) == both
    assert failed(check.tracks(none, [5], stop=True), check.tracks(none, [5])) == both[:1]
    assert failed(check.tracks(none, [5]), check.tracks(none, [], [5])) == both


@pytest.mark.parametrize(
    "make, off",
    [
        pytest.param(lambda: layers.Dense(3), [], id="glorot"),
        pytest.param(lambda: Weights((3,), initializer="zeros"), [], id="a vector of zeros"),
        pytest.param(lambda: Weights((4, 3), initializer="zeros", trainable=False), [], id="state"),
        pytest.param(lambda: Weights((1, 1), initializer="ones"), [], id="a single number"),
        pytest.param(lambda: layers.Dense(3, kernel_initializer="zeros"), ["initial weights"], id="zeros"),
        pytest.param(lambda: layers.Dense(3, kernel_initializer="ones"), ["initial weights"], id="ones"),
    ],
)
def test_how_a_layer_begins(make, off, seat):
    assert failed(check.starts_random(seat(called(make())))) == off


# ---- dropout

NUMBERS = RNG.normal(size=(60, 40)).astype("float32")
KEPT, SHARE, EACH, ANEW = (
    "values that are kept",
    "share of dropped values",
    "independence of the values",
    "mask of each call",
)
INFERENCE, BY_HAND = "call with `training=False`", "call without `training`"


class Drops(layers.Layer):
    """Inverted dropout at a rate of 0.3, `wrong` in some way."""

    def __init__(self, wrong="", **kwargs):
        super().__init__(**kwargs)
        self.wrong, self.seeds = wrong, keras.random.SeedGenerator(5)

    def call(self, x, training=None):
        if self.wrong == "by hand" and training is None:
            training = True
        if not training and self.wrong != "always":
            return 0.7 * x if self.wrong == "older form" else x
        shape = {"rows": (ops.shape(x)[0], 1), "columns": x.shape[1:]}.get(self.wrong, ops.shape(x))
        if self.wrong == "numpy":
            draws = np.random.uniform(size=x.shape).astype("float32")
        else:
            draws = keras.random.uniform(shape, seed=1 if self.wrong == "one seed" else self.seeds)
        kept = ops.cast(draws < 0.3 if self.wrong == "swapped" else draws >= 0.3, x.dtype)
        factor = 1.0 if self.wrong in ("not scaled", "older form") else 1 / 0.7
        y = x * kept * factor
        return y[:, :-1] if self.wrong == "cut" else y


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(Drops, id="a layer of one's own"),
        pytest.param(lambda: layers.Dropout(0.3), id="Keras'"),
        pytest.param(lambda: keras.Sequential([layers.Dropout(0.3)]), id="in a model"),
        pytest.param(lambda: layers.Lambda(lambda x, training=None: tf.nn.dropout(x, 0.3) if training else x), id="tf"),
    ],
)
def test_inverted_dropout(make, seat):
    assert failed(check.drops_inverted(seat(called(make(), NUMBERS)), NUMBERS, 0.3)) == []


@pytest.mark.parametrize(
    "wrong, off",
    [
        ("not scaled", [KEPT]),
        ("older form", [INFERENCE, BY_HAND, KEPT]),
        ("always", [INFERENCE, BY_HAND]),
        ("by hand", [BY_HAND]),
        ("swapped", [SHARE]),
        ("numpy", [ANEW]),
        ("one seed", [ANEW]),
        ("cut", ["shape in training"]),
    ],
)
def test_other_dropout_is_told(wrong, off, seat):
    assert failed(check.drops_inverted(seat(called(Drops(wrong), NUMBERS)), NUMBERS, 0.3)) == off


@pytest.mark.parametrize("wrong", ["rows", "columns"])
def test_numbers_that_fall_together_are_told(wrong, seat):
    off = failed(check.drops_inverted(seat(called(Drops(wrong), NUMBERS)), NUMBERS, 0.3))
    assert EACH in off and set(off) <= {EACH, SHARE}  # the share of so few draws is anything


def test_dropping_nothing_and_dropping_all():
    assert failed(check.drops_inverted(layers.Dropout(0.0), NUMBERS, 0.0)) == []
    assert failed(check.drops_inverted(layers.Dropout(0.0), NUMBERS, 0.3)) == [KEPT, SHARE, ANEW]
    nothing = layers.Lambda(lambda x, training=None: 0 * x if training else x)
    assert failed(check.drops_inverted(nothing, NUMBERS, 0.3)) == [KEPT, SHARE, ANEW]


def test_the_advice_tells_numpy_from_a_fixed_seed():
    numpy, seed = (advice(check.drops_inverted(called(Drops(w), NUMBERS), NUMBERS, 0.3)) for w in ("numpy", "one seed"))
    assert "constants of the graph" in numpy and "SeedGenerator" in seed
    assert "kept" in advice(check.drops_inverted(called(Drops("swapped"), NUMBERS), NUMBERS, 0.3))


# ---- state


class Mean(layers.Layer):
    """Subtracts a running mean; `wrong` in some way."""

    def __init__(self, wrong="", momentum=0.9, **kwargs):
        super().__init__(**kwargs)
        self.wrong, self.momentum = wrong, momentum

    def build(self, shape):
        self.mean = self.add_weight(shape=shape[-1:], initializer="zeros", trainable=False)
        self.tensor = ops.zeros(shape[-1:])

    def call(self, x, training=None):
        old = 0.0 + (self.tensor if self.wrong == "attribute" else self.mean)
        begin = 0 * old if self.wrong == "afresh" else old
        new = self.momentum * begin + (1 - self.momentum) * ops.mean(x, axis=0)
        if self.wrong == "swapped":
            new = (1 - self.momentum) * begin + self.momentum * ops.mean(x, axis=0)
        if not (training or self.wrong == "always") or self.wrong == "never":
            return x - old
        if self.wrong == "attribute":
            self.tensor = new
        else:
            self.mean.assign(new)
        return x - (old if self.wrong == "late" else new)

    def get_config(self):
        kept = {} if self.wrong == "forgets" else {"momentum": self.momentum}
        return super().get_config() | {"wrong": self.wrong} | kept


BATCHES = [RNG.normal(k, 1.0, (6, 5)).astype("float32") for k in range(3)]
CALLS = [(BATCHES[0], True), (BATCHES[1], False), (BATCHES[1], True), (BATCHES[2], True), (BATCHES[0], None)]


def follows(layer, calls=CALLS):
    return check.remembers(
        layer, calls, np.zeros(5), lambda mean, x: 0.9 * mean + 0.1 * x.mean(axis=0), lambda mean, x: x - mean
    )


def test_a_state_that_is_kept(seat):
    assert failed(follows(seat(called(Mean())))) == []


@pytest.mark.parametrize(
    "wrong, off, words",
    [
        ("late", "state over several calls", "from before the update"),
        ("never", "state over several calls", "keeps its initial value"),
        ("always", "state over several calls", "at inference too"),
        ("afresh", "state over several calls", "from the initial state"),
        ("swapped", "state over several calls", "old mean"),
        ("attribute", "state inside `fit`", "add_weight"),
    ],
)
def test_a_state_that_goes_astray_is_told(wrong, off, words, seat):
    layer = seat(called(Mean(wrong)))
    assert failed(follows(layer)) == [off]
    assert words in advice(follows(seat(called(Mean(wrong)))))


def test_earlier_calls_are_no_matter(seat):
    layer = called(Mean())
    layer(X, training=True)
    assert failed(follows(seat(layer))) == []


def test_the_state_is_put_back():
    layer = called(Mean())
    list(follows(layer))
    assert np.array_equal(layer.mean, np.zeros(5))


# ---- telling apart


@pytest.mark.parametrize(
    "make, off",
    [
        pytest.param(lambda: keras.Sequential([layers.Dense(3, "tanh")]), [], id="bent"),
        pytest.param(lambda: layers.Lambda(lambda x: ops.sum(x, axis=1)), ["pairs"], id="a sum"),
        pytest.param(lambda: layers.Lambda(lambda x: ops.max(x, axis=1)), [], id="the largest"),
        pytest.param(lambda: keras.Sequential([layers.Dense(3, use_bias=False), layers.UnitNormalization()]), ["pairs"],
                     id="only the direction"),
    ],
)  # fmt: skip
def test_what_is_told_apart(make, off, seat):
    centred = X - X.mean(axis=1, keepdims=True)
    layer = called(make(), centred)
    assert failed(check.tells_apart(seat(layer), centred, 3 * centred, "pairs")) == off


# ---- copies

FRESH, TRAINING = files.STRICTER.values()


class Slope(layers.Layer):
    """A learned slope; `lost` leaves its start out of the configuration."""

    def __init__(self, start=0.25, lost=False, **kwargs):
        super().__init__(**kwargs)
        self.start, self.lost = start, lost

    def build(self, shape):
        self.slope = self.add_weight(shape=(), initializer=keras.initializers.Constant(self.start))

    def call(self, x):
        return ops.maximum(x, 0) + self.slope * ops.minimum(x, 0)

    def get_config(self):
        return super().get_config() | ({} if self.lost else {"start": self.start})


def test_a_fresh_copy_begins_as_the_layer_did(seat):
    ways = ("config", "file", "fresh")
    assert failed(check.round_trip(seat(called(Slope(0.4))), X, ways)) == []
    assert failed(check.round_trip(seat(called(Slope(0.4, lost=True))), X, ways)) == [FRESH]


def test_a_copy_trains_as_the_layer_does(seat):
    ways = ("config", "training")
    assert failed(check.round_trip(seat(called(Mean(momentum=0.6))), X, ways)) == []
    assert failed(check.round_trip(seat(called(Mean("forgets", momentum=0.6))), X, ways)) == [TRAINING]


class OnlyStart(Slope):
    def get_config(self):
        return {"start": self.start}


class Deaf(Slope):
    def __init__(self, start=0.25, **kwargs):
        super().__init__(start)


class Narrow(Slope):
    def __init__(self, start=0.25):
        super().__init__(start)


TOLD = {"name": "left", "trainable": False}


@pytest.mark.parametrize(
    "make, off",
    [
        pytest.param(lambda: Slope(**TOLD), [], id="as told"),
        pytest.param(lambda: Slope(trainable=False), ["settings that every layer has"], id="another name"),
        pytest.param(lambda: Deaf(**TOLD), ["settings that every layer has"], id="settings dropped"),
        pytest.param(lambda: OnlyStart(**TOLD), ["settings that every layer has"], id="lost on the way"),
    ],
)
def test_settings_that_were_handed_over(make, off, seat):
    assert failed(check.keeps_settings(seat(make()), **TOLD)) == off


@pytest.mark.parametrize(
    "make, off",
    [
        pytest.param(lambda: Slope(name="left"), [], id="named"),
        pytest.param(lambda: Slope(trainable=False, dtype="mixed_float16"), [], id="frozen, half precision"),
        pytest.param(lambda: layers.Dense(3, name="hidden", trainable=False), [], id="Keras'"),
        pytest.param(lambda: OnlyStart(name="left"), ["settings that every layer has"], id="no super().get_config()"),
        pytest.param(lambda: OnlyStart(trainable=False), ["settings that every layer has"], id="comes back trainable"),
        pytest.param(lambda: OnlyStart(dtype="float16"), ["settings that every layer has"], id="comes back in float32"),
        pytest.param(lambda: Deaf(name="left"), ["settings that every layer has"], id="settings dropped"),
        pytest.param(lambda: Narrow(), ["settings that every layer has"], id="no settings taken"),
    ],
)
def test_what_every_layer_is_told(make, off, seat):
    assert failed(check.keeps_settings(seat(make()))) == off


# ---- learning and penalties


class Loose(Slope):
    def build(self, shape):
        self.slope = tf.Variable(self.start)


class Idle(Slope):
    def call(self, x):
        return x + ops.stop_gradient(self.slope)


@pytest.mark.parametrize(
    "make, off",
    [
        pytest.param(Slope, [], id="a slope"),
        pytest.param(lambda: layers.Dense(3), [], id="dense"),
        pytest.param(layers.BatchNormalization, [], id="statistics are no matter"),
        pytest.param(Loose, ["weights updated by `fit`"], id="a variable that isn't tracked"),
        pytest.param(Idle, ["weights updated by `fit`"], id="no gradient"),
        pytest.param(layers.ReLU, ["weights updated by `fit`"], id="no weights"),
        pytest.param(lambda: Slope(trainable=False), ["weights updated by `fit`"], id="frozen"),
    ],
)
def test_what_learns_in_fit(make, off, seat):
    layer = called(make())
    before = [np.array(w) for w in layer.weights]
    assert failed(check.moves_in_fit(seat(layer), X)) == off
    assert all(np.array_equal(a, b) for a, b in zip(before, layer.weights, strict=True))


def test_the_untracked_variable_is_named():
    assert "`self.slope`" in advice(check.moves_in_fit(called(Loose()), X))


class Penalty(layers.Layer):
    """0.3 times the mean square, `wrong` in some way."""

    def __init__(self, rate=0.3, wrong="", **kwargs):
        super().__init__(**kwargs)
        self.rate, self.wrong = rate, wrong

    def call(self, x):
        squares = ops.square(ops.stop_gradient(x) if self.wrong == "no gradient" else x)
        loss = self.rate * (ops.sum(squares) if self.wrong == "sum" else ops.mean(squares))
        if self.wrong != "none":
            self.add_loss(loss)
        if self.wrong == "twice":
            self.add_loss(loss)
        return x

    def get_config(self):
        return super().get_config() | {"wrong": self.wrong} | ({} if self.wrong == "forgets" else {"rate": self.rate})


def penalty(x):
    return 0.2 * np.mean(x**2)


FIT, COPY, SLOPE = (
    "the loss of `fit`",
    "the loss of `fit`, with a copy from the configuration",
    "gradient of the penalty",
)


@pytest.mark.parametrize(
    "wrong, off, words",
    [
        ("", [], ""),
        ("forgets", [COPY], ""),
        ("none", [FIT, COPY], "add_loss"),
        ("twice", [FIT, COPY], "twice"),
        ("sum", [FIT, COPY], "a mean instead of a sum"),
        ("no gradient", [SLOPE], "block the gradient"),
    ],
)
def test_penalties(wrong, off, words, seat):
    layer = seat(called(Penalty(0.2, wrong)))
    seen = [o for copied in (False, True) for o in check.adds_loss(layer, X, penalty, copied)]
    assert failed(seen) == off and words in advice(seen)


def test_a_penalty_of_keras():
    layer = called(layers.ActivityRegularization(l2=0.2 / X[0].size))
    assert failed(check.adds_loss(layer, X, penalty)) == []


# ---- what is not attempted


class InNumpy(layers.Layer):
    def call(self, x):
        return np.maximum(x, 0)


class NotBegun(layers.Layer):
    def call(self, x):
        raise NotImplementedError()


def test_numpy_in_a_graph_is_no_stub():
    with pytest.raises(StudentError, match="symbolic tf.Tensor"):
        guarded.attempt(tf.function(InNumpy(), autograph=False), X)
    with pytest.raises(Stub):
        guarded.attempt(NotBegun(), X)


def test_a_function_elsewhere_may_be_handed_any_name():
    def told(units, **settings):
        return [units, sorted(settings)]

    names = dict.fromkeys(("name", "subject", "function", "args"), 1)
    for called in (elsewhere(told), lambda *args, **kwargs: fit_spy.beside(elsewhere(told), *args, **kwargs)[0]):
        assert called(3, **names) == [3, sorted(names)]
