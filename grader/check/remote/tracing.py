"""Remote calls that count how often `tf.function` traces a graph."""

from __future__ import annotations

import dis
import functools
import inspect
import types
from typing import Any

from grader.check.core import guarded
from grader.check.core.remote_calls import remote_call

LIBRARIES = ("keras", "tensorflow", "numpy")


@remote_call
def traced_calls(function: Any, calls: list[list[Any]]) -> dict[str, Any]:
    """`{"traces", "returned"}`: the number of graphs traced in these calls, None without a tf.function, and the result
    of each call."""

    before = traces_of(function)
    returned = [guarded.as_plain_data(guarded.attempt(function, *map(_argument, call))) for call in calls]
    after = traces_of(function)
    return {"traces": None if after is None else after - (before or 0), "returned": returned}


def _argument(value: Any) -> Any:
    import keras

    tensor = isinstance(value, tuple) and len(value) == 2 and value[0] == "tensor"
    return keras.ops.convert_to_tensor(value[1]) if tensor else value


def traces_of(function: Any) -> int | None:
    """The number of traces of `function` and of the tf.functions that it can call. None if there is no tf.function."""
    graphs = _graph_functions(function, set())
    return sum(int(graph.experimental_get_tracing_count()) for graph in graphs) if graphs else None


def _graph_functions(subject: Any, seen: set[int]) -> list[Any]:
    """The tf.functions that a callable can reach: itself, the function it wraps, its closure, the globals it uses, and
    the attributes of an object with `__call__`."""
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
    """The functions that a student's callable may call, as far as this is known without calling it."""
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
    """Whether the object comes from Keras, TensorFlow or NumPy; a student's model or layer counts as Keras's."""
    import keras

    home = subject if isinstance(subject, types.FunctionType | type) else type(subject)
    return home.__module__.partition(".")[0] in LIBRARIES or isinstance(subject, keras.layers.Layer)


def _filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False
