"""Oracles on `tf.function`: how often a graph is traced, and whether it computes the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from grader.check.core import numbers
from grader.check.core.register import Observations, oracle
from grader.check.measure.perturbing import changes, largest, only_numbers, raised, rows, steady
from grader.check.oracles import values
from grader.check.remote.answers import answers, compute_dtype
from grader.check.remote.tracing import traced_calls
from grader.verdict import Observation, StudentError


@oracle
def works_in_a_graph(subject: Any, x: Any) -> Observations:
    """A function, layer or model can be traced, as `fit` does it, and gives the same numbers then."""
    x = rows(x)
    wanted = steady(subject, x)
    exact = numbers.tolerance(compute_dtype(subject))
    try:
        off = largest(changes(only_numbers(answers(subject, [x], graph=True)[0]), wanted))
        seen, hint = "the same numbers" if off <= exact else "other numbers than when called directly", ""
    except StudentError as error:
        off, seen, hint = np.inf, raised(error), error.hint
    yield Observation(
        about="works inside `fit`",
        ok=off <= exact,
        seen=seen,
        expected="the same numbers in a graph as when called directly",
        why="`fit` traces the model once, with tensors that have no values yet.",
        next=hint or "A Python `if` can't decide on such a tensor: `keras.ops.where` or `keras.ops.cond` can.",
    )


@oracle
def traces_at_most(
    function: Any, calls: Sequence[Sequence[Any]], n: int, expected: Sequence[np.ndarray] | None = None
) -> Observations:
    """Over these calls, each a sequence of arguments, the student's tf.function is traced `n` times at most, and
    returns what is expected of each call.

    A plain function around a tf.function counts as one. Arguments are handed over as they are: Python numbers,
    arrays; ("tensor", array) is handed over as a tensor.
    """
    found = traced_calls(function, [list(call) for call in calls])
    yield traced_seldom(found["traces"], n, len(calls))
    if expected is not None:
        yield from _returned(found["returned"], expected)


def traced_seldom(traces: int | None, n: int, calls: int) -> Observation:
    return Observation(
        about="traces",
        ok=traces is not None and traces <= n,
        seen="this is not a tf.function: it runs as plain Python"
        if traces is None
        else f"{_times(traces)} over {calls} calls",
        expected=f"a tf.function, traced {_times(n)} at most",
        why="Each trace builds a new graph, which takes hundreds of times as long as running one.",
        next="Write `@tf.function` above the function that is called. Inside it, it would be made anew at each call."
        if traces is None
        else "A Python number makes a new graph for each value: hand over tensors, give an `input_signature`, or "
        "make the function outside the loop.",
    )


def _times(n: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(n, f"{n} times")


def _returned(returned: list[Any], expected: Sequence[np.ndarray]) -> Observations:
    """One observation: of the first call that returned other numbers, else of the last."""
    why = "A graph keeps what Python did while it was traced: a list, a counter, a random number stay as they were."
    next = "Use tensor operations and tf.Variables for all that changes from call to call."
    for number, (seen, wanted) in enumerate(zip(returned, expected, strict=True)):
        if isinstance(seen, np.ndarray | int | float):
            seen, wanted = np.atleast_1d(seen), np.atleast_1d(wanted)
        observation = list(values.equal(seen, np.asarray(wanted), f"the numbers of call {number + 1}", why, next))[-1]
        if not observation.ok or number == len(returned) - 1:
            yield observation
            return
