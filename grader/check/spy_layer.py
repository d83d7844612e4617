"""A layer that notes how it is called: put into a student's model, it tells which flags reach it and how often."""

from __future__ import annotations

from functools import cache
from typing import Any

from grader.check.perturbing import Observations, oracle, quietly
from grader.check.verb import verb
from grader.verdict import Observation


@cache
def spy_class() -> type:
    """The class of the spy; made when it is first asked for, as Keras takes seconds to import."""
    import keras

    @keras.saving.register_keras_serializable("grader")
    class Spy(keras.layers.Layer):
        """Returns what it gets, and notes the `training` flag of every call in `seen`."""

        def __init__(self, **kwargs: Any):
            super().__init__(**kwargs)
            self.seen: list = []

        def call(self, inputs: Any, training: bool | None = None) -> Any:
            self.seen.append(training)
            return inputs

    return Spy


@verb
def seen_by_spy(build: Any, x: Any, flags: list, arguments: dict[str, Any] | None = None) -> list[list]:
    """What a spy in `build(spy, **arguments)` sees when the result is called on `x` with each of `flags`.

    A flag is True, False, or None for a call without the argument. For each such call the list of flags that came
    to the spy, one for each time it was called.
    """
    spy, found = spy_class()(), []
    with quietly():
        model = build(spy, **(arguments or {}))
        model(x)  # what building sees isn't asked
        for flag in flags:
            spy.seen.clear()
            model(x) if flag is None else model(x, training=flag)
            found.append([seen if seen is None or isinstance(seen, bool) else type(seen).__name__ for seen in spy.seen])
    return found


@oracle
def passes_training(build: Any, x: Any, arguments: dict[str, Any] | None = None) -> Observations:
    """The model that `build(layer, **arguments)` makes hands `training` on to that layer, and works without it.

    `build` is a class or function of the student's; the layer that it gets returns its input.
    """
    calls = {"training=True": True, "training=False": False, "no `training`": None}
    found = dict(zip(calls, seen_by_spy(build, x, list(calls.values()), arguments), strict=True))
    for words, flag in calls.items():
        seen = found[words]
        right = bool(seen) and all(flag is arrived or (not flag and not arrived) for arrived in seen)
        yield Observation(
            about=f"called with {words}",
            ok=right,
            seen=f"the layer inside gets {', '.join(map(str, seen))}" if seen else "the layer inside isn't called",
            expected=f"it gets {flag}" if flag is not None else "it gets None or False",
            why="Dropout and BatchNormalization do one thing in training and another afterwards.",
            next="`def call(self, inputs, training=None)`, and hand it on: `layer(x, training=training)`.",
        )


@oracle
def calls_layer(build: Any, x: Any, times: int, arguments: dict[str, Any] | None = None) -> Observations:
    """The model that `build(layer, **arguments)` makes calls that layer so many times for one input."""
    (seen,) = seen_by_spy(build, x, [False], arguments)
    given = ", ".join(f"{name}={value!r}" for name, value in (arguments or {}).items())
    yield Observation(
        about="calls of the layer" + (f" for {given}" if given else ""),
        ok=len(seen) == times,
        seen=f"{len(seen)}",
        expected=f"{times}",
        why="What is computed follows the argument, not a number written down.",
        next="Count in your head: once round the loop, how often is the layer called?",
    )
