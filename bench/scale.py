"""How does grading grow, with workers and with the size of the class? A lab that computes next to nothing."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

if not __package__:  # run as a file: the repository's root isn't on the path
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import measure
from grader import demo
from grader.audit import bank
from grader.lessons import read_lesson
from grader.lessons.lesson import Lesson

LESSON = Path(__file__).resolve().parent / "lessons" / "00_light"
WRONG = "def squares(values):\n    return values.sum() ** 2"

GRADE = """
import sys
from pathlib import Path
from rich.console import Console
from grader.grade.command import Options, grade_lab
from grader.grade.lab import load_lab
lesson, handed_in, course, workers, anyhow = sys.argv[1:]
options = Options(workers=int(workers) or None, allow_unsandboxed=bool(anyhow))
sys.exit(grade_lab(load_lab(Path(lesson)), Path(handed_in), Path(course), None, None, 0, None, Console(), options))
"""
"""`grader grade` of a lesson that is none of the course's."""


def make_class(lesson: Lesson, size: int, folder: Path) -> None:
    """So many students, every third of whom has one exercise wrong."""
    solution = {cell.id: bank.answers(lesson, cell)[0].source for cell in bank.exercises(lesson)}
    for number in range(size):
        sources = solution | ({"squares": WRONG} if number % 3 == 0 else {})
        student = demo.submission(lesson, f"student{number:04d}", sources, {})
        place = folder / student.student
        place.mkdir(parents=True)
        (place / f"{lesson.name}.ipynb").write_text(student.text, encoding="utf-8")


def grade(lesson: Lesson, size: int, workers: int, unsandboxed: bool) -> measure.Used:
    """A class of this size graded by so many workers; 0 is as many as the machine bears."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        handed_in, course = Path(name) / "handed_in", Path(name) / "class"
        make_class(lesson, size, handed_in)
        arguments = [LESSON, handed_in, course, workers, "yes" if unsandboxed else ""]
        return measure.run([sys.executable, "-c", GRADE, *map(str, arguments)])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=[10, 100, 1000])
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2, 4], help="with the middle one of the sizes")
    parser.add_argument("--allow-unsandboxed", action="store_true")
    options = parser.parse_args(arguments)
    lesson = read_lesson(LESSON)
    console = Console(highlight=False, soft_wrap=True)
    table = Table(title="Submissions of a light lab", title_justify="left")
    for column in ("submissions", "workers", "seconds", "a minute", "CPU s each", "peak memory"):
        table.add_column(column, justify="right")
    runs = [(size, 0) for size in options.sizes]
    runs += [(options.sizes[len(options.sizes) // 2], workers) for workers in options.workers] if options.sizes else []
    for size, workers in runs:
        used = grade(lesson, size, workers, options.allow_unsandboxed)
        figures = (f"{used.wall:.0f}", f"{60 * size / used.wall:.0f}", f"{used.cpu / size:.2f}")
        table.add_row(str(size), str(workers or "its choice"), *figures, f"{used.memory / 2**20:,.0f} MB")
        console.print(f"{size} submissions, {workers or 'its own choice of'} workers: {used.wall:.0f} s")
    console.print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
