"""How long does grading a class take? `nbgrader autograde` and `grader grade`, by turns, on the same submissions.

Beside them the floor: what the submissions' and the checks' own code needs, run bare in a process that has Keras
imported. No grader can be faster without computing less. And whether both came to the same points.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import nbformat
from rich.console import Console
from rich.table import Table

if not __package__:  # run as a file: the repository's root isn't on the path
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import measure
from bench.measure import Used
from grader import demo, paths
from grader.audit import bank
from grader.grade.gradebook import Course, grades
from grader.grade.lab import load_lab
from grader.grade.recorder import Recorder
from grader.lessons import notebooks, read_lesson
from grader.lessons.lesson import Lesson

RIGHT = 0.7
"""Share of the exercises that a made-up student has right."""
SECONDS_A_CELL = 60


def make_class(lesson: Lesson, size: int, seed: int) -> list[demo.Submission]:
    """Students who answer each exercise as somebody in the answer bank does."""
    rng = random.Random(seed)
    choice = {}
    for cell in bank.exercises(lesson):
        found = [answer for answer in bank.answers(lesson, cell) if answer.name not in bank.OWN]
        right = [a for a in found if a.deserves is bank.Label.RIGHT]
        choice[cell.id] = (right, [a for a in found if a.deserves is bank.Label.WRONG])
    students = []
    for number in range(size):
        sources = {
            exercise: demo.without_docstring(rng.choice(right if rng.random() < RIGHT else wrong).source)
            for exercise, (right, wrong) in choice.items()
        }
        students.append(demo.submission(lesson, f"student{number:04d}", sources, {}))
    return students


# ---- the two


def nbgrader(lab: str, folder: Path, students: Sequence[demo.Submission]) -> Used:
    """Stock `nbgrader autograde`, which grades one submission after the other."""
    for student in students:
        _hand_in(folder / "submitted" / student.student / lab, lab, student)
    # It takes one pattern of names: what was graded before lies elsewhere.
    used = measure.run([_program("nbgrader"), "autograde", lab], _environment(folder))
    shutil.rmtree(folder / "submitted")
    return used


def prepare_nbgrader(lesson: Lesson, folder: Path) -> None:
    source = folder / "source" / lesson.name
    source.mkdir(parents=True)
    nbformat.write(notebooks.instructor_notebook(lesson), source / f"{lesson.name}.ipynb")
    measure.run([_program("nbgrader"), "generate_assignment", lesson.name], _environment(folder))


def _environment(folder: Path) -> dict[str, str]:
    return {
        "JUPYTER_CONFIG_PATH": str(paths.ROOT / "course"),
        "COURSE_ROOT": str(folder),
        "COURSE_RELEASE": str(folder / "release"),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONPATH": str(paths.ROOT),
    }


def prepare_ours(lesson: Lesson, folder: Path) -> None:
    """A gradebook that knows the lab, as nbgrader has one before it autogrades."""
    with Recorder(Course.open(folder / "classroom"), load_lab(paths.find_lesson(lesson.name))) as recorder:
        recorder.register()


def ours(lab: str, folder: Path, students: Sequence[demo.Submission], options: argparse.Namespace) -> Used:
    handed_in = folder / "handed_in"
    shutil.rmtree(handed_in, ignore_errors=True)
    for student in students:
        _hand_in(handed_in / student.student, lab, student)
    argv = [_program("grader"), "grade", lab, "--submissions", handed_in, "--course-dir", folder / "classroom"]
    argv += ["--timeout", SECONDS_A_CELL, "--workers", options.workers] if options.workers else []
    argv += ["--allow-unsandboxed"] if options.allow_unsandboxed else []
    return measure.run([str(word) for word in argv])


def _hand_in(folder: Path, lab: str, student: demo.Submission) -> None:
    folder.mkdir(parents=True)
    (folder / f"{lab}.ipynb").write_text(student.text, encoding="utf-8")


def _program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


# ---- the floor

FLOOR = """
import json, os, sys, time
from grader.audit import warm
warm.warm_up()
for source in json.load(open(sys.argv[1])):
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        os.chdir(sys.argv[2])
        os.environ["GRADER_SEED"], os.environ["NBGRADER_EXECUTION"] = "0", "autograde"
        sys.stdout = sys.stderr = open(os.devnull, "w")
        from grader.check.tasks import listeners
        listeners[:] = [lambda verdict: None]
        import __main__
        for cell in source:
            try:
                exec(compile(cell, "<cell>", "exec"), vars(__main__))
            except BaseException:
                pass
        os._exit(0)
    _, _, used = os.wait4(child, 0)
    print(json.dumps([time.monotonic() - started, used.ru_utime + used.ru_stime]), flush=True)
"""


def floor(lesson: Lesson, students: Sequence[demo.Submission], folder: Path) -> Used:
    """What the cells alone take, tests included, one submission after the other: the sum over all."""
    tests = {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in notebooks.instructor_notebook(lesson).cells
        if "nbgrader" in cell.metadata and cell.metadata.nbgrader.get("grade")
    }
    cells = []
    for student in students:
        notebook = nbformat.reads(student.text, as_version=4)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        cells.append([tests.get(c.metadata.get("nbgrader", {}).get("grade_id"), c.source) for c in code])
    file = folder / "cells.json"
    file.write_text(json.dumps(cells))
    work = folder / "floor"
    work.mkdir()
    argv = [sys.executable, "-c", FLOOR, str(file), str(work)]
    used = subprocess.run(argv, capture_output=True, text=True, check=True, cwd=paths.ROOT, env=_quiet())
    measured = [json.loads(line) for line in used.stdout.splitlines()]
    return Used(sum(wall for wall, _ in measured), sum(cpu for _, cpu in measured), 0)


def _quiet() -> dict[str, str]:
    return {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}


# ---- what came out


def disagreements(lab: str, folder: Path, students: Sequence[demo.Submission]) -> list[str]:
    """Cells that the two gradebooks give different points."""
    theirs, mine = folder / "nbgrader", folder / "grader" / "classroom"
    books = [Course(root, f"sqlite:///{root / 'gradebook.db'}") for root in (theirs, mine)]
    found = []
    for student in students:
        one, other = (points(book, lab, student.student) for book in books)
        found += [
            f"{student.student}, {cell}: nbgrader {one.get(cell)}, grader {other.get(cell)}"
            for cell in sorted(one.keys() | other.keys())
            if one.get(cell) != other.get(cell)
        ]
    return found


def points(book: Course, lab: str, student: str) -> dict[str, float]:
    """By cell; nothing where the gradebook doesn't know the submission."""
    with book.gradebook() as gradebook:
        kept = grades(gradebook, lab, student)
    return {name: cell.score for name, cell in kept.cells.items()} if kept else {}


def report(console: Console, lab: str, n: int, found: dict[str, Used], cores: int) -> None:
    table = Table(title=f"{n} submissions of {lab} on {cores} cores", title_justify="left")
    for column in ("", "a minute", "seconds", "CPU s each", "peak memory"):
        table.add_column(column, justify="left" if not column else "right")
    for name, used in found.items():
        memory = f"{used.memory / 2**20:,.0f} MB" if used.memory else "–"
        table.add_row(name, f"{60 * n / used.wall:.1f}", f"{used.wall:.0f}", f"{used.cpu / n:.1f}", memory)
    console.print(table)
    theirs, mine, least = (found[name] for name in ("nbgrader", "grader", "floor"))
    console.print(f"grader is {theirs.wall / mine.wall:.1f} times as fast as nbgrader.")
    console.print(f"It uses {mine.cpu / least.cpu - 1:+.0%} more processor time than the submissions and checks alone,")
    console.print(f"and {theirs.cpu / mine.cpu:.1f} times less than nbgrader.")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lab", default="01", help="by name, number or topic")
    parser.add_argument("--students", type=int, default=20)
    parser.add_argument("--turns", type=int, default=2, help="the class is cut into as many parts, graded by turns")
    parser.add_argument("--workers", type=int, default=0, help="of grader; its own choice by default")
    parser.add_argument("--seed", type=int, default=0, help="which answers the students gave")
    parser.add_argument("--allow-unsandboxed", action="store_true")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    lesson = read_lesson(paths.find_lesson(options.lab))
    students = make_class(lesson, options.students, options.seed)
    console = Console(highlight=False, soft_wrap=True)
    found: dict[str, Used] = {}
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        prepare_nbgrader(lesson, folder / "nbgrader")
        prepare_ours(lesson, folder / "grader")
        for turn in range(options.turns):
            part = students[turn :: options.turns]
            for who, used in (
                ("nbgrader", nbgrader(lesson.name, folder / "nbgrader", part)),
                ("grader", ours(lesson.name, folder / "grader", part, options)),
            ):
                console.print(f"turn {turn + 1}: {who} {len(part)} submissions in {used.wall:.0f} s")
                found[who] = found[who] + used if who in found else used
        started = time.monotonic()
        found["floor"] = floor(lesson, students, folder)
        console.print(f"the floor, one submission after the other: {time.monotonic() - started:.0f} s")
        differ = disagreements(lesson.name, folder, students)
    report(console, lesson.name, len(students), found, len(os.sched_getaffinity(0)))
    console.print(f"Cells with other points: {len(differ)}.", *differ, sep="\n")
    if options.json:
        data = {who: {"wall": u.wall, "cpu": u.cpu, "memory": u.memory} for who, u in found.items()}
        data["differ"] = differ
        options.json.write_text(json.dumps({"students": len(students)} | data, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
