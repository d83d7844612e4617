"""Gradients: they reach every weight, and those of the input are right."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from grader import check
from grader.verdict import StudentError
from tests.check.test_learning import NoConfig
from tests.elsewhere import elsewhere
from tests.observed import failed

layers = keras.layers
FEATURES = 5
X = check.normal((24, FEATURES), "gradients")
Y = check.normal((24, 1), "targets of gradients")
WHERE = pytest.mark.parametrize("where", [lambda subject: subject, elsewhere], ids=["live", "elsewhere"])


def sequential(*hidden, units=3, activation="softmax"):
    return keras.Sequential([keras.Input((FEATURES,)), *hidden, layers.Dense(units, activation=activation)])


def functional(use_both=True):
    a, b = keras.Input((FEATURES,), name="a"), keras.Input((2,), name="b")
    inner = layers.Dense(4)(b)
    joined = layers.Concatenate()([layers.Dense(4)(a), inner if use_both else layers.Rescaling(0.0)(inner)])
    return keras.Model({"a": a, "b": b}, {"one": layers.Dense(1)(joined), "two": layers.Dense(2)(joined)})


class Slope(layers.Layer):
    """A learnable slope, or one that Keras is never told of, or told of and not used."""

    def __init__(self, used=True, variable=True):
        super().__init__()
        self.used = used
        self.slope = self.add_weight(shape=(), initializer="ones") if variable else tf.Variable(1.0)

    def call(self, inputs):
        return inputs * self.slope if self.used else inputs


class Subclassed(keras.Model):
    def __init__(self, *hidden):
        super().__init__()
        self.hidden, self.head = list(hidden), layers.Dense(2)

    def call(self, inputs):
        for layer in self.hidden:
            inputs = layer(inputs)
        return self.head(inputs)

    def __eq__(self, other):
        return True

    __hash__ = keras.Model.__hash__
    count_params = lambda self: 12  # noqa: E731


REACHED = {
    "sequential": (lambda: sequential(layers.Dense(8, activation="relu")), X),
    "functional, two in, two out": (functional, {"a": X, "b": X[:, :2]}),
    "subclassed": (lambda: Subclassed(layers.Dense(6, activation="relu")), X),
    "nested": (lambda: sequential(keras.Sequential([keras.Input((FEATURES,)), layers.Dense(4)])), X),
    "mixed precision": (lambda: sequential(layers.Dense(8, dtype="mixed_float16")), X),
    "normalised, with dropout": (
        lambda: sequential(layers.Dense(8, use_bias=False), layers.BatchNormalization(), layers.Dropout(0.5)),
        X,
    ),
    "a learnable slope": (lambda: sequential(Slope()), X),
    "a custom layer": (lambda: sequential(NoConfig(6, np.ones(2))), X),
    "begun at zero": (lambda: sequential(layers.Dense(4, kernel_initializer="zeros")), X),
    "recurrent": (lambda: sequential(layers.Reshape((FEATURES, 1)), layers.GRU(4)), X),
    "an embedding": (
        lambda: keras.Sequential(
            [keras.Input((4,), dtype="int32"), layers.Embedding(50, 3), layers.Flatten(), layers.Dense(1)]
        ),
        np.arange(24).reshape(6, 4),
    ),
    "a bias before normalisation": (lambda: sequential(layers.Dense(8), layers.BatchNormalization()), X),
    "six sigmoids deep": (lambda: sequential(*[layers.Dense(8, activation="sigmoid") for _ in range(6)]), X),
    "frozen in part": (lambda: sequential(layers.Dense(4, trainable=False)), X),
}


class Numpy(layers.Layer):
    def call(self, inputs):
        return tf.numpy_function(np.tanh, [inputs], "float32")


class Rounded(layers.Layer):
    def call(self, inputs):
        return keras.ops.round(inputs)


def unused_branch():
    inputs = keras.Input((FEATURES,))
    branch = layers.Rescaling(0.0)(layers.Dense(3)(inputs))
    return keras.Model(inputs, layers.Dense(2)(layers.Add()([branch, layers.Dense(3)(inputs)])))


UNREACHED = {
    "stop_gradient": (lambda: sequential(layers.Dense(4), layers.Lambda(keras.ops.stop_gradient)), X, "`None`"),
    "a detour through NumPy": (lambda: Subclassed(layers.Dense(4), Numpy()), X, "`None`"),
    "rounded": (lambda: sequential(layers.Dense(4), Rounded()), X, "`None`"),
    "a branch times zero": (unused_branch, X, "zero"),
    "an input times zero": (lambda: functional(False), {"a": X, "b": X[:, :2]}, "zero"),
    "a softmax of one number": (lambda: sequential(layers.Dense(4), units=1), X, "zero"),
    "a weight that isn't used": (lambda: sequential(Slope(used=False)), X, "`None`"),
}


@pytest.mark.parametrize(("build", "x"), REACHED.values(), ids=REACHED)
@WHERE
def test_gradients_that_reach_every_weight(build, x, where):
    model = build()
    before = [w.numpy() for w in model.weights]
    assert not failed(check.gradients_reach(where(model), x))
    assert all(np.array_equal(a, w.numpy()) for a, w in zip(before, model.weights, strict=False))


@pytest.mark.parametrize(("build", "x", "how"), UNREACHED.values(), ids=UNREACHED)
@WHERE
def test_gradients_that_are_lost(build, x, how, where):
    found = [o for o in check.gradients_reach(where(build()), x) if not o.ok]
    assert [o.about for o in found] == ["gradients"] and how in found[0].seen


@WHERE
def test_no_weights_at_all(where):
    model = sequential()
    model.trainable = False
    assert failed(check.gradients_reach(where(model), X)) == ["something to train"]


def test_a_variable_that_keras_knows_nothing_of_is_not_among_the_weights():
    seen = next(o for o in check.gradients_reach(sequential(Slope(variable=False)), X)).seen
    assert seen.startswith("2 trainable")


# ---- the student's gradient of the input


def saliency(model, x, y, loss):
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = loss(y, model(x))
    return tape.gradient(value, x)


def from_a_variable(model, x, y, loss):
    x = tf.Variable(x)
    with tf.GradientTape() as tape:
        value = loss(y, model(x, training=False))
    return tape.gradient(value, x).numpy()


def in_a_graph(model, x, y, loss):
    return tf.function(saliency, autograph=False)(model, x, y, loss)


def by_differences(model, x, y, loss):
    """Right, and slow: each number moved a little by itself. In float32 that leaves three digits."""
    x, slope = np.array(x, "float32"), np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        ends = []
        for side in (0.05, -0.05):
            moved = x.copy()
            moved[place] += side
            ends.append(float(loss(y, model(moved))))
        slope[place] = (ends[0] - ends[1]) / 0.1
    return slope


def row_by_row(model, x, y, loss):
    parts = [saliency(model, x[i : i + 1], y[i : i + 1], loss) / len(x) for i in range(len(x))]
    return tf.concat(parts, 0)


def unwatched(model, x, y, loss):
    with tf.GradientTape() as tape:
        value = loss(y, model(x))
    return tape.gradient(value, x)


def of_the_output(model, x, y, loss):
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = tf.reduce_sum(model(x))
    return tape.gradient(value, x)


def of_the_weights(model, x, y, loss):
    with tf.GradientTape() as tape:
        value = loss(y, model(x))
    return tape.gradient(value, model.trainable_variables[0])


def of_all_weights(model, x, y, loss):
    with tf.GradientTape() as tape:
        value = loss(y, model(x))
    return tape.gradient(value, model.trainable_variables)


def small(activation="tanh", units=1):
    return sequential(layers.Dense(6, activation=activation), units=units, activation=None)


RIGHT = [saliency, from_a_variable, in_a_graph, by_differences, row_by_row]
WRONG = {
    "not watched": (unwatched, "tape.watch"),
    "of the output": (of_the_output, "which number"),
    "of the weights": (of_the_weights, "for each number of the input"),
    "downhill": (lambda *a: -saliency(*a), "is reversed"),
    "a sum for a mean": (lambda *a: 4 * saliency(*a), "4 times as large"),
    "magnitudes": (lambda *a: abs(saliency(*a)), "which number"),
    "of all weights": (of_all_weights, "not to the weights"),
    "text": (lambda *a: "steep", "for each number of the input"),
}


@pytest.mark.parametrize("function", RIGHT)
def test_the_gradient_of_the_input(function):
    assert not failed(check.input_gradient_is(function, small(), X[:4], Y[:4], at_most=5e-3))


@pytest.mark.parametrize(("function", "advice"), WRONG.values(), ids=WRONG)
@WHERE
def test_another_gradient(function, advice, where):
    found = [o for o in check.input_gradient_is(where(function), small(), X[:4], Y[:4]) if not o.ok]
    assert [o.about for o in found] == ["the gradient of the input"] and advice in found[0].next


@WHERE
def test_a_gradient_in_training_mode_is_told(where):
    def in_training(model, x, y, loss):
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = loss(y, model(x, training=True))
        return tape.gradient(value, x)

    model = sequential(layers.BatchNormalization(), layers.Dense(4, activation="tanh"), units=1, activation=None)
    before = [w.numpy() for w in model.weights]
    found = [o for o in check.input_gradient_is(where(in_training), model, X[:4], Y[:4]) if not o.ok]
    assert "`training=False`" in found[0].next
    assert all(np.array_equal(w, b) for w, b in zip(model.weights, before, strict=True))


def test_a_saliency_map_of_the_class():
    labels = np.array([0, 2, 1, 1])

    def map_of(model, x, labels, magnitude=True):
        with tf.GradientTape() as tape:
            tape.watch(x)
            score = tf.gather(model(x), labels, axis=1, batch_dims=1)
        slope = tape.gradient(score, x)
        return tf.abs(slope) if magnitude else slope

    how = {"given": ("model", "x", "y"), "of": "score", "absolute": True}
    assert not failed(check.input_gradient_is(map_of, small(units=3), X[:4], labels, **how))
    signed = check.input_gradient_is(lambda *a: map_of(*a, False), small(units=3), X[:4], labels, **how)
    assert "absolute value" in next(o for o in signed if not o.ok).next


# ---- fast gradient sign

EPSILON = 0.02
GIVEN = ("model", "x", "y", "loss", EPSILON)


def fgsm(model, x, y, loss, epsilon):
    return x + epsilon * tf.sign(saliency(model, x, y, loss))


def in_two_steps(model, x, y, loss, epsilon):
    return fgsm(model, fgsm(model, x, y, loss, epsilon / 2), y, loss, epsilon / 2)


def clipped(model, x, y, loss, epsilon):
    return tf.clip_by_value(fgsm(model, x, y, loss, epsilon), -1.0, 1.0)


ATTACKS = {
    "fast gradient sign": fgsm,
    "in two steps": in_two_steps,
    "NumPy": lambda *a: np.asarray(fgsm(*a)),
    "Keras' ops": lambda model, x, y, loss, e: (
        x + e * keras.ops.sign(keras.ops.convert_to_tensor(saliency(model, x, y, loss)))
    ),
    "a little less": lambda model, x, y, loss, e: fgsm(model, x, y, loss, 0.9 * e),
}
FAILED_ATTACKS = {
    "downhill": (lambda model, x, y, loss, e: fgsm(model, x, y, loss, -e), ["the loss"]),
    "drifts away": (lambda m, x, y, loss, e: fgsm(m, fgsm(m, x, y, loss, e), y, loss, e), ["the step"]),
    "no sign": (lambda model, x, y, loss, e: x + e * saliency(model, x, y, loss), ["the loss"]),
    "too far": (lambda model, x, y, loss, e: fgsm(model, x, y, loss, 3 * e), ["the step"]),
    "at random": (
        lambda model, x, y, loss, e: x + e * np.sign(np.random.default_rng(0).normal(size=x.shape)),
        ["the loss"],
    ),
    "the step alone": (lambda model, x, y, loss, e: e * tf.sign(saliency(model, x, y, loss)), ["the step"]),
    "unchanged": (lambda model, x, y, loss, e: x, ["the loss"]),
    "none": (lambda *a: None, ["what it returns"]),
    "NaN": (lambda model, x, *a: x * np.nan, ["what it returns"]),
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_an_attack_that_the_gradient_predicts(attack):
    assert not failed(check.attacks(attack, small(), X, Y, EPSILON, GIVEN))


@pytest.mark.parametrize(("attack", "about"), FAILED_ATTACKS.values(), ids=FAILED_ATTACKS)
@WHERE
def test_an_attack_that_fails(attack, about, where):
    found = failed(check.attacks(where(attack), small(), X, Y, EPSILON, GIVEN))
    assert found[:1] == about


def test_bounds_are_kept():
    x = np.clip(X, -1, 1)
    assert not failed(check.attacks(clipped, small(), x, Y, EPSILON, GIVEN, bounds=(-1, 1)))
    assert failed(check.attacks(fgsm, small(), x, Y, EPSILON, GIVEN, bounds=(-1, 1)))[0] == "the step"


def test_an_error_in_the_function_is_the_students():
    with pytest.raises(StudentError, match="ZeroDivisionError"):
        failed(check.attacks(lambda *a: 1 / 0, small(), X, Y, EPSILON, GIVEN))
