"""A class whose submissions need no kernel: verdicts are drawn from what was handed in and the seed.

    python -m tests.submissions.pretended COURSE DATABASE SEED WORKERS SECONDS [--regrade]

grades that class with the command's own code, each submission taking about SECONDS. In the folder `COURSE/began` each
beginning leaves a file, so that one sees what was graded, and how often.
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import sys
import time
import uuid
from functools import partial
from pathlib import Path

import nbformat
from rich.console import Console
from sqlalchemy import create_engine, text

from grader import sandbox
from grader.grade import batch
from grader.grade.command import Options, grade_lab
from grader.grade.gradebook import Course
from grader.grade.lab import grade_id, is_test
from grader.grade.run import Run
from grader.sandbox.backends import Unconfined
from grader.verdict import Status
from tests.submissions import tiny_lab as tiny
from tests.submissions.graded import judged

STEM = "# student "


def hand_in(course: Course, number: int) -> list[str]:
    """Submissions of so many students, of all kinds."""
    students = [f"s{index:04d}" for index in range(number)]
    for index, student in enumerate(students):
        folder = course.submission(student, tiny.NAME)
        folder.mkdir(parents=True)
        (folder / "timestamp.txt").write_text(f"2026-01-0{index % 5 + 1} 12:00:00 UTC")
        content = tiny.as_bytes(answered(student))
        if index % 10 == 8:
            content = content[:700]
        if index % 10 != 9:
            (folder / f"{tiny.NAME}.ipynb").write_bytes(content)
    return students


def answered(student: str, **answers: str) -> nbformat.NotebookNode:
    """A notebook that no other student hands in."""
    answers = {"area": tiny.RIGHT["area"], "reflection": f"I am {student}.", **answers}
    return tiny.answered({"double": f"{STEM}{student}\n{tiny.RIGHT['double']}", **answers})


def student_of(notebook: nbformat.NotebookNode) -> str:
    line = tiny.cell(notebook, "double").source.splitlines()[0]
    return line.removeprefix(STEM) if line.startswith(STEM) else "nobody"


def run(job, seconds: float = 0.0, began: Path | None = None) -> Run:
    """Runs nothing. Each test passes or not by a digest of the answers and the seed."""
    if began:
        (began / f"{student_of(job.notebook)}.{uuid.uuid4().hex}").touch()
    source = "".join(cell.source for cell in job.notebook.cells)
    draw = random.Random(hashlib.sha256(f"{job.seed}{source}".encode()).hexdigest())
    time.sleep(seconds * draw.uniform(0.5, 1.5))
    found = {}
    for cell in job.notebook.cells:
        if cell.cell_type == "code":
            cell.execution_count = 1
        if is_test(cell) and draw.random() < 0.4:
            statuses = [Status.WRONG, Status.CRASHED, Status.TIMED_OUT, Status.NOT_ATTEMPTED]
            found[grade_id(cell)] = draw.choice(statuses)
    return judged(job.notebook, found, seconds={grade_id(c): 0.25 for c in job.notebook.cells if is_test(c)})


def deadly(job, victim: str, signum: int = signal.SIGKILL, once: Path | None = None) -> Run:
    """Kills its own worker when it gets to this student; with `once`, only the first time."""
    if student_of(job.notebook) == victim and not (once and once.exists()):
        if once:
            once.touch()
        os.kill(os.getpid(), signum)
        time.sleep(10)
    return run(job)


def rows(database: str) -> dict[str, list[tuple]]:
    """All that the gradebook says of scores, without identities and times."""
    query = {
        "grades": "select s.student_id, b.name, g.auto_score, g.manual_score, g.extra_credit, g.needs_manual_grade "
        "from grade g join base_cell b on g.cell_id = b.id join submitted_notebook n on g.notebook_id = n.id "
        "join submitted_assignment s on n.assignment_id = s.id order by 1, 2",
        "comments": "select s.student_id, b.name, c.auto_comment, c.manual_comment "
        "from comment c join base_cell b on c.cell_id = b.id join submitted_notebook n on c.notebook_id = n.id "
        "join submitted_assignment s on n.assignment_id = s.id order by 1, 2",
        "notebooks": "select s.student_id, s.timestamp, n.late_submission_penalty from submitted_notebook n "
        "join submitted_assignment s on n.assignment_id = s.id order by 1",
        "students": "select id from student order by 1",
    }
    engine = create_engine(database)
    try:
        with engine.connect() as connection:
            found = {name: [tuple(row) for row in connection.execute(text(sql))] for name, sql in query.items()}
    finally:
        engine.dispose()
    # Each database has its own ways of writing a time and a truth.
    found["notebooks"] = [(student, str(time)[:19], penalty) for student, time, penalty in found["notebooks"]]
    found["grades"] = [(*row[:-1], bool(row[-1])) for row in found["grades"]]
    return found


def main(course: str, database: str, seed: str, workers: str, seconds: str, *more: str) -> int:
    began = Path(course, "began")
    began.mkdir(exist_ok=True)
    batch.Settings = partial(batch.Settings, run=partial(run, seconds=float(seconds), began=began))
    sandbox.choose = lambda **_: Unconfined()
    given = int(seed) if seed != "-" else None
    options = Options(workers=int(workers), regrade="--regrade" in more)
    return grade_lab(tiny.lab(), None, Path(course), database or None, None, given, None, Console(), options)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
