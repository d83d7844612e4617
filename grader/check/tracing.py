"""Oracles on tf.functions: how often a graph is traced over many calls, and whether the numbers are right."""

from __future__ import annotations

import dis
import functools
import inspect
import types
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from grader.check import numbers, probe
from grader.check.verb import verb
from grader.verdict import Observation

Observations = Iterator[Observation]

LIBRARIES = ("keras", "tensorflow", "numpy")


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


@verb
def traced_calls(function: Any, calls: list[list[Any]]) -> dict[str, Any]:
    """`{"traces", "returned"}`: how often graphs were traced in these calls, None where nothing is a tf.function,
    and what each call returned."""

    before = traces_of(function)
    returned = [probe.told(probe.attempt(function, *map(_argument, call))) for call in calls]
    after = traces_of(function)
    return {"traces": None if after is None else after - (before or 0), "returned": returned}


def _argument(value: Any) -> Any:
    import keras

    tensor = isinstance(value, tuple) and len(value) == 2 and value[0] == "tensor"
    return keras.ops.convert_to_tensor(value[1]) if tensor else value


def traces_of(function: Any) -> int | None:
    """How many traces the tf.functions hold that `function` is, or calls by a name it knows. None without any."""
    graphs = _graph_functions(function, set())
    return sum(int(graph.experimental_get_tracing_count()) for graph in graphs) if graphs else None


def _graph_functions(subject: Any, seen: set[int]) -> list[Any]:
    """The tf.functions within reach of a callable: itself, what it wraps, its closure, the globals it names, and the
    attributes of an object with `__call__`."""
    if id(subject) in seen or len(seen) > 1000:
        return []
    seen.add(id(subject))
    if callable(getattr(type(subject), "experimental_get_tracing_count", None)):
        return [subject]
    found = []
    for inner in _within(subject):
        found += _graph_functions(inner, seen)
    return found


def _within(subject: Any) -> list[Any]:
    """What a callable of the student's may call, as far as it can be told without calling it."""
    if isinstance(subject, types.MethodType):
        return [subject.__func__, subject.__self__]
    if _of_a_library(subject):
        return []
    if isinstance(subject, types.FunctionType):
        cells = [cell.cell_contents for cell in subject.__closure__ or () if _filled(cell)]
        loaded = {step.argval for step in dis.get_instructions(subject) if step.opname == "LOAD_GLOBAL"}
        named = [subject.__globals__[name] for name in loaded if name in subject.__globals__]
        return [value for value in (*cells, *named, getattr(subject, "__wrapped__", None)) if callable(value)]
    if isinstance(subject, functools.partial):
        return [subject.func]
    call = inspect.getattr_static(type(subject), "__call__", None)
    if callable(getattr(type(call), "experimental_get_tracing_count", None)):
        return [subject.__call__]  # a tf.function as a method: each object has its own
    if not isinstance(call, types.FunctionType):
        return []
    return [call, *(value for value in getattr(subject, "__dict__", {}).values() if callable(value))]


def _of_a_library(subject: Any) -> bool:
    """Whether it was made by Keras, TensorFlow or NumPy; a model or layer of the student's counts as made by Keras."""
    import keras

    home = subject if isinstance(subject, types.FunctionType | type) else type(subject)
    return home.__module__.partition(".")[0] in LIBRARIES or isinstance(subject, keras.layers.Layer)


def _filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


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
        observation = list(numbers.equal(seen, np.asarray(wanted), f"the numbers of call {number + 1}", why, next))[-1]
        if not observation.ok or number == len(returned) - 1:
            yield observation
            return
