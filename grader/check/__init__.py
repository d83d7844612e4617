"""Checks on what a model is and does, never on how it was written.

A test reads as a specification: `with check.task(title) as task:` runs the student's code with `task.run` and hands
oracles to `task.expect`. An oracle is a function that yields observations; `course/authoring.md` lists them by group.

    tasks.py     a task: runs the student's code, gathers observations, shows the verdict
    choices.py   a task on a choice: a prediction or an answer to a quiz
    core/        what everything else rests on: the register, remote calls, guarded calls, seeds, numbers, display
    remote/      remote calls and spies, which run where the student's object lives; what a live object is asked
    measure/     how oracles measure: perturbed inputs and weights, heads, retraining, reference steps
    oracles/     the oracles, one module for each group
    fixtures/    data and models that checks hand over

Names are looked up in the register (`core/register.py`) when they are first asked for: importing this package loads no
oracle.
"""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    from grader.check.core import register

    if not name.startswith("_"):
        register.load()
        if name in register.PUBLIC:
            return register.PUBLIC[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    from grader.check.core import register

    register.load()
    return sorted(register.PUBLIC)
