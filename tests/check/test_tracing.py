"""Traces of tf.functions, counted over many calls."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

from grader import check
from grader.verdict import StudentError
from tests.elsewhere import elsewhere
from tests.observed import failed

NUMBERS = [(float(i),) for i in range(6)]
TENSORS = [(("tensor", np.float32(i)),) for i in range(6)]
SQUARES = [float(i * i) for i in range(6)]
WHERE = pytest.mark.parametrize("where", [lambda function: function, elsewhere], ids=["live", "elsewhere"])


def square(x):
    return x * x


def plain_graph():
    return tf.function(square)


def with_a_signature():
    return tf.function(square, input_signature=[tf.TensorSpec((), tf.float32)])


in_a_global = tf.function(square)


def around_a_global():
    return lambda x: in_a_global(tf.constant(x, tf.float32))


def around_a_closure():
    inner = tf.function(square)

    def function(x):
        return inner(tf.convert_to_tensor(x, tf.float32))

    return function


def wrapped():
    inner = around_a_closure()

    @functools.wraps(inner)
    def function(*args):
        return inner(*args)

    return function


def partial():
    return functools.partial(tf.function(lambda factor, x: factor * x * x), tf.constant(1.0))


class Squares:
    """An object with `__call__`, which keeps its tf.function as an attribute."""

    def __init__(self):
        self.graph = tf.function(square)

    def __call__(self, x):
        return self.graph(tf.constant(x, tf.float32))

    def __eq__(self, other):
        return True

    __hash__ = object.__hash__


class Method:
    @tf.function
    def squared(self, x):
        return x * x


def of_a_method():
    return Method().squared


class Called:
    @tf.function
    def __call__(self, x):
        return x * x


FOR_NUMBERS = [with_a_signature, around_a_global, around_a_closure, wrapped, Squares]
FOR_TENSORS = [plain_graph, with_a_signature, partial, of_a_method, Called]


@pytest.mark.parametrize("make", FOR_NUMBERS)
@WHERE
def test_traced_once_for_all_numbers(make, where):
    assert not failed(check.traces_at_most(where(make()), NUMBERS, 1, SQUARES))


@pytest.mark.parametrize("make", FOR_TENSORS)
@WHERE
def test_traced_once_for_all_tensors(make, where):
    assert not failed(check.traces_at_most(where(make()), TENSORS, 1, SQUARES))


def around_its_value():
    inner = tf.function(square)
    return lambda x: inner(float(x))


def made_each_time():
    return lambda x: tf.function(square)(x)


def in_numpy():
    return lambda x: np.square(x)


class FittedModel:
    """Keeps a fitted model, whose tf.functions are Keras' own."""

    def __init__(self):
        self.model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        self.model.compile("sgd", "mse")
        self.model.fit(np.ones((2, 1)), np.ones((2, 1)), verbose=0)

    def __call__(self, x):
        return x * x


REFUSED = {
    "Python numbers": plain_graph,
    "reduce_retracing, which Python numbers escape": lambda: tf.function(square, reduce_retracing=True),
    "a wrapper that hands numbers on": around_its_value,
    "plain Python": lambda: square,
    "NumPy": in_numpy,
    "a tf.function for each call": made_each_time,
    "numbers to a graph that is a method": Called,
    "a class that isn't one": FittedModel,
}


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED)
@WHERE
def test_traced_each_time_or_never(make, where):
    assert failed(check.traces_at_most(where(make()), NUMBERS, 2, SQUARES)) == ["traces"]


def counted_in_python():
    calls = []

    @tf.function
    def function(x):
        calls.append(1)
        return x * 0 + len(calls)

    return function


def frozen_noise():
    return tf.function(lambda x: x + np.random.default_rng().normal())


def list_in_a_graph():
    kept = []

    @tf.function
    def function(x):
        kept.append(x)
        return kept

    return function


@pytest.mark.parametrize(
    "make", [counted_in_python, frozen_noise, list_in_a_graph, lambda: tf.function(lambda x: None)]
)
def test_other_numbers(make):
    expected = [float(i + 1) for i in range(6)]
    found = failed(check.traces_at_most(make(), TENSORS, 1, expected))
    assert len(found) == 1 and found[0].startswith("result of call")


def test_a_counter_in_a_variable_is_right():
    count = tf.Variable(0.0)
    function = tf.function(lambda x: x * 0 + count.assign_add(1.0))
    assert not failed(check.traces_at_most(function, TENSORS, 1, [float(i + 1) for i in range(6)]))


def test_earlier_traces_do_not_count():
    function = plain_graph()
    for number in range(5):
        function(number)
    assert not failed(check.traces_at_most(function, TENSORS, 1, SQUARES))


@WHERE
def test_what_it_raises_is_the_students(where):
    with pytest.raises(StudentError, match="missing 1 required positional"):
        failed(check.traces_at_most(where(lambda x, y: x), NUMBERS, 1))
