"""From a lesson's source, `lab.py`, to its notebooks: the student's lab and the executed solution.

    new.py              `grader new`: starts a lesson from the files in template/
    lesson.py           reads lab.py into cells that know their kind, their id and their line
    regions.py          the marked regions of a cell: solution, stub, hidden tests, mark scheme
    choices.py          predictions and quizzes: their options, and the tests written for them
    rules.py            the rules that a lesson must keep; rules_of_exercises.py and rules_of_tests.py hold the longer
                        ones, problem.py what they report, names.py which names a cell defines and uses
    notebooks.py        builds the instructor's notebook, the lab and the solution
    preprocessors.py    nbgrader's steps from the instructor's notebook to the lab
    execute.py          runs a solution; outputs.py removes from its outputs what varies from run to run
    publish.py          writes labs/ and solutions/, or reports where they are out of date

Importing this package imports none of them: nbgrader alone takes seconds to import.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grader.lessons.lesson import Lesson


def read_lesson(folder: Path) -> Lesson:
    """The lesson in `folder`, checked against the rules. Raises UserError when it breaks one."""
    from grader.lessons import lesson, rules

    return rules.check(lesson.parse(folder))
