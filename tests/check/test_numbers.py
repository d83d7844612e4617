"""Numbers: what counts as equal in each dtype, what is said where they differ, and gradients by finite differences."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader import check
from grader.check.core import numbers
from grader.check.core.guarded import NotNumbers, array

RNG = np.random.default_rng(0)
WANTED = RNG.normal(size=(5, 3)).astype("float32")


class AlwaysEqual:
    """An object that claims to be equal to anything."""

    def __eq__(self, other):
        return True

    __hash__ = None


class Liar(np.ndarray):
    """An array whose comparisons and differences claim to be right."""

    def __eq__(self, other):
        return np.ones(self.shape, bool)

    def __sub__(self, other):
        return np.zeros(self.shape)

    def __array_ufunc__(self, *args, **kwargs):
        return np.zeros(self.shape)


def of(observations):
    (found,) = list(observations)
    return found


ACCEPTED = {
    "the array itself": WANTED,
    "a Keras tensor": keras.ops.convert_to_tensor(WANTED),
    "a variable": keras.Variable(WANTED),
    "nested lists": WANTED.tolist(),
    "float64": WANTED.astype("float64"),
    "summed in another order": WANTED + np.float32(2e-6),
    "half precision": WANTED.astype("float16"),
    "bfloat16 computed, said so": keras.ops.cast(WANTED, "bfloat16"),
}
REFUSED = {
    "one number off": WANTED + 0.01 * (np.arange(15) == 7).reshape(5, 3).astype("float32"),
    "transposed": WANTED.T,
    "one column": WANTED[:, :1],
    "a batch axis too many": WANTED[None],
    "not a number": np.where(np.arange(15).reshape(5, 3) == 4, np.nan, WANTED),
    "infinite": WANTED + np.inf,
    "words": "the same numbers",
    "None": None,
    "equal to everything": AlwaysEqual(),
    "an array that lies": (WANTED + 1).view(Liar),
    "rows of different lengths": [[1.0], [1.0, 2.0]],
}


@pytest.mark.parametrize("seen", ACCEPTED.values(), ids=ACCEPTED)
def test_the_same_numbers_are_equal_in_whatever_form_they_come(seen):
    dtype = "bfloat16" if "bfloat16" in str(getattr(seen, "dtype", "")) else None
    assert of(check.equal(seen, WANTED, "result", dtype=dtype)).ok


@pytest.mark.parametrize("seen", REFUSED.values(), ids=REFUSED)
def test_other_numbers_are_not_equal_and_the_message_says_what_was_seen(seen):
    observation = of(check.equal(seen, WANTED, "result"))
    assert not observation.ok
    assert observation.seen and observation.expected


def test_the_message_shows_the_place_where_they_differ_most():
    seen = WANTED.copy()
    seen[3, 1] = 9.5
    observation = of(check.equal(seen, WANTED, "result"))
    assert observation.seen == "9.5 at [3, 1]"
    assert observation.expected.endswith("at [3, 1]")


def test_a_single_number_is_compared_like_any_other():
    assert of(check.equal(2.0, np.array(2.0), "loss")).ok
    observation = of(check.equal(2.5, np.array(2.0), "loss"))
    assert (observation.ok, observation.seen, observation.expected) == (False, "2.5", "2")


def test_whole_numbers_have_to_be_the_same():
    wanted = np.arange(6) + 10**6
    assert of(check.equal(wanted, wanted, "labels")).ok
    assert not of(check.equal(wanted + (np.arange(6) == 2), wanted, "labels")).ok


def test_the_sign_of_an_infinity_matters_and_infinities_in_place_are_equal():
    scores = np.array([[0.5, -np.inf], [1.0, 0.25]])
    assert of(check.equal(scores, scores, "masked scores")).ok
    assert not of(check.equal(-scores, scores, "masked scores")).ok


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
def test_a_sum_in_any_order_stays_within_the_tolerance_of_its_dtype(dtype):
    terms = RNG.normal(size=(400, 64)).astype("float32")
    exact = terms.astype("float64").sum(axis=0)
    for order in (np.arange(400), RNG.permutation(400), np.arange(400)[::-1]):
        rounded = array(keras.ops.cast(terms[order], dtype)).astype("float64").sum(axis=0)
        assert numbers.gap(rounded, exact) <= numbers.tolerance(dtype, gpu=False)


def test_a_coarser_dtype_and_a_gpu_are_given_more_room():
    steps = [numbers.tolerance(dtype, gpu=False) for dtype in ("float64", "float32", "float16", "bfloat16")]
    assert steps == sorted(steps)
    assert numbers.tolerance("float32", gpu=True) > numbers.tolerance("float32", gpu=False)
    assert numbers.tolerance("float64", gpu=True) == numbers.tolerance("float64", gpu=False)
    assert numbers.tolerance("int32") == 0


def test_a_dtype_that_no_layer_computes_in_is_an_error():
    with pytest.raises((KeyError, TypeError)):
        numbers.tolerance("complex64")


@settings(max_examples=50, deadline=None)
@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e3))
def test_the_gap_is_relative_so_units_don_t_matter(value, unit):
    seen, expected = np.array([value, 1.0, 2.0]), np.array([value, 1.0, 2.01])
    assert numbers.gap(seen * unit, expected * unit) == pytest.approx(numbers.gap(seen, expected), rel=1e-6, abs=1e-12)


# --- gradients

POINT = np.array([[0.3, -1.2], [0.8, 2.0]])


def cubic(x):
    return float(np.sum(x**3) + x[0, 0] * x[1, 1])


def slope(x):
    gradient = 3 * x**2
    gradient[0, 0] += x[1, 1]
    gradient[1, 1] += x[0, 0]
    return gradient


def test_central_differences_find_the_gradient_to_the_order_of_the_step_squared():
    rough, fine = (np.abs(numbers.numerical_gradient(cubic, POINT, h) - slope(POINT)).max() for h in (1e-2, 1e-3))
    assert fine < rough / 50


GRADIENTS = {
    "float64": slope(POINT),
    "float32": slope(POINT).astype("float32"),
    "a tensor": keras.ops.convert_to_tensor(slope(POINT)),
    "a list": slope(POINT).tolist(),
    "another difference quotient": numbers.numerical_gradient(cubic, POINT, 1e-3),
}
NO_GRADIENTS = {
    "None, not watched": (None, "watched"),
    "the other sign": (-slope(POINT), "sign"),
    "summed, not averaged": (4 * slope(POINT), "4 times"),
    "a term forgotten": (3 * POINT**2, "term"),
    "flattened": (slope(POINT).ravel(), "shape"),
    "not a number": (slope(POINT) * np.nan, ""),
    "equal to everything": (AlwaysEqual(), ""),
}


@pytest.mark.parametrize("seen", GRADIENTS.values(), ids=GRADIENTS)
def test_a_right_gradient_is_accepted(seen):
    assert of(check.gradient_is(seen, cubic, POINT)).ok


@pytest.mark.parametrize(("seen", "advice"), NO_GRADIENTS.values(), ids=NO_GRADIENTS)
def test_a_wrong_gradient_is_refused_with_what_to_try(seen, advice):
    observation = of(check.gradient_is(seen, cubic, POINT))
    assert not observation.ok
    assert advice in observation.next


def test_what_is_no_number_is_told_from_a_number():
    with pytest.raises(NotNumbers):
        array(object())
    assert array(keras.ops.cast([1.5], "bfloat16")).dtype == np.float32
