"""Checks on a choice: a prediction made before running a cell, or an answer to a quiz."""

from __future__ import annotations

from typing import Any

from grader.check.core.register import export
from grader.check.remote.queries import kind_of
from grader.check.tasks import Task
from grader.verdict import NoChoice, Observation


@export
def choice(name: str, given: Any, options: str, answer: str | None = None) -> None:
    """Check that `given` is one of the letters in `options` and, with `answer`, the right one.

    A visible check leaves `answer` out: it only says that the choice was noted.
    """
    letter = str.lower(str.strip(given)) if isinstance(given, str) else given
    with Task(name.replace("_", " ").capitalize(), passed_as="noted" if answer is None else "") as task:
        if letter is ... or letter is None or (isinstance(letter, str) and not letter):
            raise NoChoice(name)
        task.expect([_noted(letter, options)])
        if answer is not None:
            task.expect([_right(letter, answer)])


def _noted(letter: Any, options: str) -> Observation:
    return Observation(
        about="your choice",
        ok=isinstance(letter, str) and len(letter) == 1 and letter in options,
        seen=repr(letter) if isinstance(letter, str) else kind_of(letter),
        expected="one of " + ", ".join(f'"{option}"' for option in options),
        next='Write the letter in quotes, for example `"a"`.',
        stop=True,
    )


def _right(letter: str, answer: str) -> Observation:
    return Observation(
        about="right choice",
        ok=letter == answer,
        seen=f'"{letter}"',
        expected="a different letter",
        next="Read the section that this question is about again.",
    )
