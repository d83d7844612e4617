"""Gradient descent on a line: the closed form decides, whatever way the step was written."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from grader import check
from grader.verdict import StudentError
from tests.elsewhere import elsewhere
from tests.observed import failed

X, Y = check.measurements(14, 2, "descent")
Y = Y + 1
START = check.normal((2, 1), "w"), check.normal((1,), "b")
RATE = 0.1
WHERE = pytest.mark.parametrize("where", [lambda f: f, elsewhere], ids=["live", "elsewhere"])


def step(w, b, x, y, rate, steps=1, crossed=False, factor=1.0, bias=True):
    """With a place for every slip."""
    w, b = tf.Variable(w), tf.Variable(b)
    for _ in range(steps):
        with tf.GradientTape() as tape:
            predicted = tf.matmul(x, w) + b
            loss = factor * tf.reduce_mean(((predicted if crossed else predicted[:, 0]) - y) ** 2)
        slopes = tape.gradient(loss, [w, b])
        w.assign_sub(rate * slopes[0])
        b.assign_sub(rate * slopes[1] * (1.0 if bias else 0.0))
    return w, b


def with_an_optimizer(w, b, x, y, rate):
    variables, sgd = [keras.Variable(w), keras.Variable(b)], keras.optimizers.SGD(rate)
    with tf.GradientTape() as tape:
        loss = keras.losses.MeanSquaredError()(y[:, None], tf.matmul(x, variables[0]) + variables[1])
    sgd.apply(tape.gradient(loss, variables), variables)
    return variables


def in_place(w, b, x, y, rate):
    """The very arrays that were handed over are changed."""
    off = (x @ w + b)[:, 0] - y
    w -= (rate * 2 * x.T @ off[:, None] / len(x)).astype("float32")
    b -= np.float32(rate * 2 * off.mean())
    return w, b


def looked_at(function, steps=1, **given):
    return check.linear_descent(function, (*START, X, Y, RATE), START, X, Y, RATE, steps)


@pytest.mark.parametrize("function", [step, with_an_optimizer, in_place])
@WHERE
def test_a_right_step(function, where):
    kept = [a.copy() for a in START]
    assert not failed(looked_at(where(function)))
    assert all(np.array_equal(a, b) for a, b in zip(kept, START, strict=True))


def test_several_steps():
    assert not failed(looked_at(lambda *a: step(*a, steps=5), steps=5))


SLIPS = {
    "broadcast": ({"crossed": True}, "N × N"),
    "uphill": ({"factor": -1.0}, "*minus* the learning rate"),
    "a sum": ({"factor": float(len(X))}, "14 times as far"),
    "half": ({"factor": 0.5}, "factor ½"),
    "no learning rate": ({"factor": 1 / RATE}, "without the learning rate"),
    "no step": ({"steps": 0}, "Nothing has changed"),
    "no bias": ({"bias": False}, "The bias has not changed"),
    "another loss": ({"factor": 1.7}, "Print the shape"),
}


@pytest.mark.parametrize(("slip", "advice"), SLIPS.values(), ids=SLIPS)
@WHERE
def test_a_step_that_slipped(slip, advice, where):
    found = [o for o in looked_at(where(lambda *a: step(*a, **slip))) if not o.ok]
    assert [o.about for o in found] == ["the line after 1 step"] and advice in found[0].next


def test_the_number_of_steps_is_told():
    found = [o for o in looked_at(lambda *a: step(*a, steps=2), steps=3) if not o.ok]
    assert "after 2 steps" in found[0].next


def test_gradients_in_the_place_of_numbers():
    def slopes(w, b, x, y, rate):
        w, b = tf.Variable(w), tf.Variable(b)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(((x @ w + b)[:, 0] - y) ** 2)
        return tape.gradient(loss, [w, b])

    assert "Those are the gradients" in next(o for o in looked_at(slopes) if not o.ok).next


@pytest.mark.parametrize(
    ("returned", "seen"),
    [
        (lambda w, b, *a: None, "`None`"),
        (lambda w, b, *a: w, "shape (2, 1)"),
        (lambda w, b, *a: (w, b, 0.5), "3 values"),
        (lambda w, b, *a: (w[:, 0], b), "2 values: shape (2,), shape (1,)"),
        (lambda w, b, *a: (None, b), "`None`, shape (1,)"),
    ],
)
def test_something_else_is_returned(returned, seen):
    first = next(looked_at(returned))
    assert not first.ok and first.stop and seen in first.seen


@WHERE
def test_a_gradient_of_none_is_explained(where):
    def unwatched(w, b, x, y, rate):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(((x @ w + b)[:, 0] - y) ** 2)
        return w - rate * tape.gradient(loss, tf.constant(w)), b

    with pytest.raises(StudentError, match="NoneType") as raised:
        failed(looked_at(where(unwatched)))
    assert "no path" in raised.value.hint


def test_other_errors_keep_their_words():
    with pytest.raises(StudentError, match="division") as raised:
        failed(looked_at(lambda *a: 1 / 0))
    assert not raised.value.hint
