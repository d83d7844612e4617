"""Rules for tests: they reach the student's objects through `student`, and everything else through the set-up cell."""

from __future__ import annotations

from collections.abc import Iterator

from grader.lessons import choices, names, regions
from grader.lessons.lesson import CHOICES, SOLVED, Cell, Kind, Lesson
from grader.lessons.problem import Problem, called, readable, syntax_error


def tests(lesson: Lesson) -> Iterator[Problem]:
    """Tests reach the student's objects only through `student`, and everything else through the set-up cell."""
    setup = lesson.setup
    if setup is None or setup.kind is not Kind.CODE:
        line = setup.line if setup else 1
        cure = "Begin with an untagged cell that holds the imports and the seed: tests may use only what it defines."
        yield Problem(line, "the first code cell is not the set-up cell", cure)
        return
    if not readable(setup):
        return
    world = _World(lesson, setup)
    for cell in lesson.of(Kind.TEST):
        if not readable(cell):
            continue
        visible = regions.visible_part(cell.source)
        if not visible.strip():
            cure = "Add a visible test above the hidden ones."
            yield Problem(cell.line, f"{called(cell)} has no visible part", cure)
        elif error := syntax_error(visible):
            cure = "Enclose whole statements in the hidden region, and leave visible ones in their block."
            yield Problem(cell.line, f"{called(cell)} without its hidden part: {error.msg}", cure)
        else:
            yield from world.undefined(cell, cell.source)
            yield from world.hidden_names(cell, visible)
    for cell in lesson.of(*CHOICES):
        if readable(cell) and _has_answers(cell):
            yield from world.undefined(cell, choices.test_source(cell), at=cell.line)


class _World:
    """The names that the lesson's cells bind, as a test may use them."""

    def __init__(self, lesson: Lesson, setup: Cell):
        code = [c for c in lesson.cells if readable(c)]
        self.setup = names.bound(setup.source)
        self.students = {n for c in code if c.kind in SOLVED for n in names.bound(c.source)}
        self.all = {n for c in code if c.kind is not Kind.TEST for n in names.bound(c.source)}

    def undefined(self, cell: Cell, source: str, at: int | None = None) -> Iterator[Problem]:
        for name, number in names.free(source).items():
            if name in self.setup:
                continue
            if name in self.students:
                what = f"{called(cell)} names the student's {name} without `student.`"
                cure = f"Write `student.{name}`."
            else:
                what = f"{called(cell)} uses {name}, which the set-up cell does not define"
                cure = "Define it in the lesson's first code cell, or in the test itself: it sees no other cell."
            yield Problem(at or cell.line_of(number), what, cure)
        for name, number in names.attributes(source, "student").items():
            if name not in self.all:
                what = f"{called(cell)} asks for student.{name}, which no cell of the lesson defines"
                cure = "Correct the name, or define it in the exercise."
                yield Problem(at or cell.line_of(number), what, cure)

    def hidden_names(self, cell: Cell, visible: str) -> Iterator[Problem]:
        for name in sorted(set(names.free(visible)) - set(names.free(cell.source))):
            what = f"the visible part of {called(cell)} uses {name}, which only its hidden part defines"
            yield Problem(cell.line, what, f"Define {name} above the hidden tests.")


def _has_answers(cell: Cell) -> bool:
    try:
        return bool(choices.answers(cell))
    except ValueError:
        return False
