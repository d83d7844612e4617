"""Checks on what a model is and does, never on how its code is written.

A test reads as a specification: `with check.task(title) as task:` runs the student's code with `task.run` and passes
oracles to `task.expect`. An oracle is a function that yields observations; `course/authoring.md` lists them by group.

    tasks.py     a task: runs the student's code, collects observations, shows the verdict
    choices.py   a task on a choice: a prediction or an answer to a quiz
    core/        the basis of everything else: the register, remote calls, guarded calls, seeds, numbers, display
    remote/      remote calls and spies, which run in the process where the student's object lives
    measure/     how oracles measure: perturbed inputs and weights, heads, retraining, reference steps
    oracles/     the oracles, one module for each group
    fixtures/    data and models that checks pass to a student's code

Names are looked up in the register (`core/register.py`) on first use: importing this package loads no oracle.
"""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    from grader.check.core import register

    if name not in register.PUBLIC and not name.startswith("_"):
        register.load()
    if name in register.PUBLIC:
        return register.PUBLIC[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    from grader.check.core import register

    register.load()
    return sorted(register.PUBLIC)
