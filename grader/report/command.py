"""`grader feedback LAB`: writes a feedback page for each graded student."""

from __future__ import annotations

import shutil
from pathlib import Path

from rich.console import Console

from grader import paths
from grader.errors import UserError
from grader.grade.command import DEFAULT_COURSE


def feedback(
    lab: str,
    course_dir: Path = DEFAULT_COURSE,
    db: str | None = None,
    only: list[str] | None = None,
    console: Console | None = None,
) -> int:
    """Write feedback for a lab; returns the exit code. Raises UserError when nothing has been graded yet."""
    from grader.grade.lab import load_lab  # nbgrader takes seconds to import

    written = feedback_lab(load_lab(paths.find_lesson(lab)), course_dir, db, only)
    console = console or Console()
    console.print(f"{len(written)} pages of feedback, in {written[0].parents[2]}/STUDENT/{written[0].parent.name}/")
    return 0


def feedback_lab(lab, course_dir: Path, db: str | None = None, only: list[str] | None = None) -> list[Path]:
    """Write the pages for a loaded lab. Returns their paths, which are nbgrader's own for feedback."""
    from grader.grade.gradebook import Course, explained

    course = Course.open(course_dir, db)
    written = sorted(course.outcome("*", lab.name).parent.glob("*.json"))
    outcomes = [_read(path, lab.name) for path in written if not only or path.stem in only]
    if not outcomes:
        raise UserError(f"Nothing has been graded yet for {lab.name} in {course.root}.", f"grader grade {lab.name}")
    with explained(), course.gradebook() as gradebook:
        return [_write(course, gradebook, lab, outcome) for outcome in outcomes]


def _read(path: Path, lab: str):
    from grader.grade import outcome as o

    try:
        return o.read(path)
    except ValueError:
        raise UserError(
            f"{path} can't be read: it is damaged, or another version wrote it.",
            f"Grade it again: grader grade {lab} --only {path.stem}",
        ) from None


def _write(course, gradebook, lab, outcome) -> Path:
    import nbformat

    from grader.grade.gradebook import grades
    from grader.grade.outcome import write_text
    from grader.report.feedback import page, render

    student, name = outcome.student, lab.name
    autograded = course.autograded(student, name)
    notebook = nbformat.read(autograded, as_version=4) if autograded.exists() else None
    path = course.feedback(student, name)
    write_text(path, render(page(lab, outcome, grades(gradebook, name, student), notebook)))
    for needed in ("timestamp.txt", "submission_secret.txt"):  # nbgrader's release_feedback looks for them
        if (source := course.submission(student, name) / needed).is_file():
            shutil.copyfile(source, path.parent / needed)
    return path
