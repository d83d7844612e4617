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
    """A function, layer or model can be traced, as in `fit`, and still returns the same numbers."""
    x = rows(x)
    wanted = steady(subject, x)
    exact = numbers.tolerance(compute_dtype(subject))
    try:
        off = largest(changes(only_numbers(answers(subject, [x], graph=True)[0]), wanted))
        seen, hint = "the same numbers" if off <= exact else "different numbers in a graph", ""
    except StudentError as error:
        off, seen, hint = np.inf, raised(error), error.hint
    yield Observation(
        about="use inside `fit`",
        ok=off <= exact,
        seen=seen,
        expected="the same numbers in a graph as when called directly",
        why="`fit` traces the model once, with tensors that have no values yet.",
        next=hint or "Use `keras.ops.where` or `keras.ops.cond`: a Python `if` can't test a tensor without a value.",
    )


@oracle
def traces_at_most(
    function: Any, calls: Sequence[Sequence[Any]], n: int, expected: Sequence[np.ndarray] | None = None
) -> Observations:
    """Over these calls, each a sequence of arguments, the student's tf.function is traced at most `n` times and returns
    the expected value of each call.

    A plain function around a tf.function counts as one. Python numbers and arrays are passed unchanged;
    ("tensor", array) is passed as a tensor.
    """
    found = traced_calls(function, [list(call) for call in calls])
    yield traced_seldom(found["traces"], n, len(calls))
    if expected is not None:
        yield from _returned(found["returned"], expected)


def traced_seldom(traces: int | None, n: int, calls: int) -> Observation:
    return Observation(
        about="traces",
        ok=traces is not None and traces <= n,
        seen="a plain Python function"
        if traces is None
        else f"a tf.function, traced {_times(traces)} over {calls} calls",
        expected=f"a tf.function, traced at most {_times(n)}",
        why="Each trace builds a new graph, which takes hundreds of times as long as running one.",
        next="Write `@tf.function` above the function that is called. A tf.function made inside it is new at each call."
        if traces is None
        else "Pass tensors, set an `input_signature`, or make the tf.function outside the loop: each new value of a "
        "Python number needs a new graph.",
    )


def _times(n: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(n, f"{n} times")


def _returned(returned: list[Any], expected: Sequence[np.ndarray]) -> Observations:
    """One observation: of the first call that returned wrong numbers, or else of the last call."""
    why = "Python code runs only while the graph is traced: lists, counters and random numbers stay fixed afterwards."
    next = "Use tensor operations and `tf.Variable` for everything that changes from call to call."
    for number, (seen, wanted) in enumerate(zip(returned, expected, strict=True)):
        if isinstance(seen, np.ndarray | int | float):
            seen, wanted = np.atleast_1d(seen), np.atleast_1d(wanted)
        observation = list(values.equal(seen, np.asarray(wanted), f"result of call {number + 1}", why, next))[-1]
        if not observation.ok or number == len(returned) - 1:
            yield observation
            return
