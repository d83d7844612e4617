"""A layer that records its calls: inside a student's model, it shows which flags reach it and how often."""

from __future__ import annotations

from functools import cache
from typing import Any

from grader.check.core.remote_calls import remote_call
from grader.check.remote.answers import quietly


@cache
def spy_class() -> type:
    """The class of the spy; created on first use, as importing Keras takes seconds."""
    import keras

    @keras.saving.register_keras_serializable("grader")
    class Spy(keras.layers.Layer):
        """Returns its inputs, and records the `training` flag of every call in `seen`."""

        def __init__(self, **kwargs: Any):
            super().__init__(**kwargs)
            self.seen: list = []

        def call(self, inputs: Any, training: bool | None = None) -> Any:
            self.seen.append(training)
            return inputs

    return Spy


@remote_call
def seen_by_spy(build: Any, x: Any, flags: list, arguments: dict[str, Any] | None = None) -> list[list]:
    """The flags that reach a spy in `build(spy, **arguments)` when the result is called on `x` with each of `flags`.

    A flag is True, False, or None for a call without the argument. Returns, for each of these calls, the list of flags
    that reached the spy, one for each time it was called.
    """
    spy, found = spy_class()(), []
    with quietly():
        model = build(spy, **(arguments or {}))
        model(x)  # flags seen while building don't count
        for flag in flags:
            spy.seen.clear()
            model(x) if flag is None else model(x, training=flag)
            found.append([seen if seen is None or isinstance(seen, bool) else type(seen).__name__ for seen in spy.seen])
    return found
