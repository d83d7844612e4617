"""The seam: a verb answers the same for a live object and for one elsewhere, and a handle has no value of its own."""

import keras
import numpy as np
import pytest

from grader.check.core import numbers, remote_calls
from grader.check.core.guarded import attempt
from grader.verdict import StudentError
from tests.elsewhere import elsewhere


def double(x):
    return 2 * x


def test_calling_reaches_the_object_wherever_it_is():
    for function in (double, elsewhere(double)):
        assert np.array_equal(remote_calls.call(function, np.arange(3.0)), [0, 2, 4])
        assert np.array_equal(function(np.arange(3.0)), [0, 2, 4])


def test_what_a_function_does_to_its_argument_stays_with_it():
    def spoil(x):
        x[:] = -1
        return x

    rows = np.ones(3)
    elsewhere(spoil)(rows)
    assert np.array_equal(rows, np.ones(3))


@pytest.mark.parametrize(
    "use",
    [
        lambda handle: handle == 1,
        lambda handle: handle != 1,
        lambda handle: bool(handle),
        lambda handle: len(handle),
        lambda handle: list(handle),
        lambda handle: 1 in handle,
        lambda handle: handle[0],
        lambda handle: float(handle),
        lambda handle: np.asarray(handle) + 1,
        lambda handle: handle < 1,
    ],
    ids=["eq", "ne", "bool", "len", "iter", "in", "item", "float", "array", "order"],
)
def test_a_handle_refuses_to_be_a_value(use):
    with pytest.raises(TypeError):
        use(elsewhere(3.0))


def test_nothing_of_the_object_is_an_attribute_of_its_handle():
    with pytest.raises(AttributeError):
        _ = elsewhere(keras.layers.Dense(3)).units


def test_an_error_of_the_students_comes_back_as_one_with_its_line():
    def broken(x):
        return x[7]

    for function in (broken, elsewhere(broken)):
        with pytest.raises(StudentError, match="IndexError") as caught:
            remote_calls.call(function, np.arange(3))
        assert "return x[7]" in caught.value.lines[-1]


def test_a_function_that_takes_other_arguments_is_the_students_error():
    for function in (double, elsewhere(double)):
        with pytest.raises(StudentError, match="TypeError"):
            remote_calls.call(function)


def test_an_error_of_ours_is_not_blamed_on_the_student():
    with pytest.raises(KeyError):
        attempt(lambda: numbers.tolerance("complex64", gpu=False))


def test_only_plain_data_crosses():
    with pytest.raises(AssertionError, match="cannot travel"):
        elsewhere(lambda: keras.layers.Dense(3))()
