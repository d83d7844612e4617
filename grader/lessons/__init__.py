"""From a lesson's text to its notebooks. Each function takes the lesson's folder and checks the lesson first.

All raise UserError when the lesson breaks a rule. nbgrader takes seconds to import, so it is imported inside.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from grader.lessons.lesson import Lesson


def read_lesson(folder: Path) -> Lesson:
    """The lesson in `folder`, after all rules have been checked."""
    from grader.lessons import lesson, rules

    return rules.check(lesson.parse(folder))


def instructor_notebook(folder: Path) -> NotebookNode:
    """What nbgrader calls the source: solutions in their regions and hidden tests."""
    from grader.lessons import notebooks

    return notebooks.instructor_notebook(read_lesson(folder))


def student_notebook(folder: Path) -> NotebookNode:
    """The lab as a student gets it, with nbgrader's checksums."""
    from grader.lessons import notebooks

    return notebooks.student_notebook(read_lesson(folder))


def solution_notebook(folder: Path) -> NotebookNode:
    """The solution, not executed."""
    from grader.lessons import notebooks

    return notebooks.solution_notebook(read_lesson(folder))


def write_source(folder: Path, course_root: Path) -> Path:
    """Writes the instructor's notebook into `source/` of a course directory and returns its path."""
    from grader.lessons import publish

    return publish.write_source(folder, course_root)
