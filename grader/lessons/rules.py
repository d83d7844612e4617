"""The rules that a lesson must keep. Every refusal names the line, what is wrong there, and the cure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from grader.errors import UserError
from grader.lessons import choices, regions
from grader.lessons.lesson import CHOICES, GRADED, ON_MARKDOWN, TAGGED, Cell, Kind, Lesson
from grader.lessons.lesson import test_id as grade_id_of_test
from grader.lessons.problem import Problem, called, readable, syntax_error
from grader.lessons.rules_of_exercises import solution_regions
from grader.lessons.rules_of_tests import tests

HINTS = 2
_ID = re.compile(r"[a-zA-Z0-9_\-]+")
_LONGEST_ID = 64  # the limit of the notebook format for cell ids
_HOME = {regions.SOLUTION: Kind.EXERCISE, regions.HIDDEN: Kind.TEST, regions.SCHEME: Kind.MANUAL}

Rule = Callable[[Lesson], Iterator[Problem]]


def problems(lesson: Lesson) -> list[Problem]:
    """Everything that is wrong with the lesson, in the order of the file."""
    return sorted({problem for rule in RULES for problem in rule(lesson)})


def check(lesson: Lesson) -> Lesson:
    """Returns the lesson. Raises UserError, which lists all problems, if there are any."""
    found = problems(lesson)
    if not found:
        return lesson
    told = [f"{lesson.where(p.line)}: {p.what}\n    cure: {p.cure}" for p in found]
    count = "1 problem" if len(found) == 1 else f"{len(found)} problems"
    raise UserError("\n".join([*told, f"{lesson.name} has {count}."]), "Fix the lines above and build again.")


def header(lesson: Lesson) -> Iterator[Problem]:
    """The YAML header has a title and a number of minutes. The time limit is optional, and a positive number."""
    kinds: dict[str, type[Any]] = {"title": str, "minutes": int, "timeout": int}
    for key in ("title", "minutes"):
        if key not in lesson.header:
            yield Problem(1, f"the header has no `{key}`", f"Add `{key}: …` under `lesson:` in the YAML header.")
    for key, value in lesson.header.items():
        if key not in kinds:
            known = ", ".join(kinds)
            yield Problem(1, f"the header's `{key}` is unknown", f"Remove it: the keys under `lesson:` are {known}.")
        elif not isinstance(value, kinds[key]) or (kinds[key] is int and value <= 0):
            wanted = "a string" if kinds[key] is str else "a whole number above 0"
            yield Problem(1, f"the header's `{key}` is {value!r}", f"Make it {wanted}.")


def tags(lesson: Lesson) -> Iterator[Problem]:
    """A cell has at most one kind, which suits its type, and no unknown tags."""
    written = ", ".join(sorted(TAGGED))
    for cell in lesson.cells:
        kinds = [tag for tag in cell.tags if tag in TAGGED]
        for tag in sorted(set(cell.tags) - TAGGED - {"points"}):
            yield _unknown_tag(cell, tag, written)
        if len(kinds) > 1:
            yield Problem(
                cell.line, f"the cell is {' and '.join(kinds)} at once", "Split it: a cell has only one of these tags."
            )
        elif kinds and cell.markdown != (cell.kind in ON_MARKDOWN):
            marker = "# %% [markdown]" if cell.kind in ON_MARKDOWN else "# %%"
            type_ = "code" if cell.kind in ON_MARKDOWN else "markdown"
            yield Problem(cell.line, f"`{cell.kind}` on a {type_} cell", f"Begin the cell with `{marker}`.")


def _unknown_tag(cell: Cell, tag: str, written: str) -> Problem:
    if tag == "incorrectly_encoded_metadata":
        return Problem(
            cell.line,
            f"the tags `{cell.tags[tag]}` cannot be read",
            'Write them as `tag="text"` and `points=number`, separated by one space.',
        )
    if tag == "title":
        return Problem(
            cell.line,
            f"unknown text `{cell.tags[tag]}` after `# %%`",
            "Remove it: text for the student belongs in a markdown cell.",
        )
    return Problem(cell.line, f"unknown tag `{tag}`", f"The tags are {written} and points.")


def ids(lesson: Lesson) -> Iterator[Problem]:
    """Every tagged cell has an id that nbgrader accepts, and no two cells share a grade_id."""
    seen: dict[str, Cell] = {}
    for cell in lesson.of(*TAGGED):
        given = cell.tags[cell.kind]
        example = f'`{cell.kind}="some_name"`'
        wanted = f"Write {example}: letters, digits, _ and -, at most {_LONGEST_ID - len('test_')} of them."
        if given in (None, ""):
            yield Problem(cell.line, f"{_a(cell.kind)} without an id", wanted)
        elif not isinstance(given, str) or not _is_id(cell):
            yield Problem(cell.line, f"`{given}` is not an id", wanted)
        elif cell.kind in CHOICES:
            yield from _twice(lesson, seen, cell, cell.id)
            yield from _twice(lesson, seen, cell, grade_id_of_test(cell.id))
        elif cell.grade_id:
            yield from _twice(lesson, seen, cell, cell.grade_id)


def _is_id(cell: Cell) -> bool:
    written = [cell.id, cell.part] if "/" in cell.tags[cell.kind] else [cell.id]
    short = len("test_" + cell.tags[cell.kind]) <= _LONGEST_ID
    return short and all(_ID.fullmatch(piece) for piece in written)


def _twice(lesson: Lesson, seen: dict[str, Cell], cell: Cell, grade_id: str) -> Iterator[Problem]:
    first = seen.setdefault(grade_id, cell)
    if first is not cell:
        yield Problem(
            cell.line,
            f'duplicate id "{grade_id}", first used in line {first.line}',
            'Give one of the two cells another id (several tests of one exercise: `test="id/part"`).',
        )


def points(lesson: Lesson) -> Iterator[Problem]:
    """Cells that are graded have points, finite and above 0; other cells have none."""
    for cell in lesson.cells:
        if cell.kind in GRADED and "points" not in cell.tags:
            yield Problem(cell.line, f"{called(cell)} has no points", "Add `points=1` (or more) after the id.")
        elif cell.kind in GRADED and cell.points is None:
            wrong = cell.tags["points"]
            yield Problem(cell.line, f"points={wrong!r} of {called(cell)}", "Write a finite number above 0.")
        elif cell.kind not in GRADED and "points" in cell.tags:
            yield Problem(
                cell.line,
                f"points on {_a(cell.kind)}",
                "Remove them: points belong on tests, predictions, quizzes and reflections.",
            )


def syntax(lesson: Lesson) -> Iterator[Problem]:
    """Every code cell is plain Python."""
    for cell in lesson.cells:
        if not cell.markdown and (error := syntax_error(cell.source)):
            cure = "Correct the line; magics and shell commands do not belong in a lesson."
            yield Problem(cell.line_of(error.lineno or 1), f"not valid Python: {error.msg}", cure)


def markers(lesson: Lesson) -> Iterator[Problem]:
    """Region markers come in pairs, and only in the kinds of cells that they are for."""
    for cell in lesson.cells:
        for number, what in regions.mistakes(cell.source):
            yield Problem(cell.line_of(number), what, "Pair the markers: BEGIN, then END, one region after another.")
        for name, kind in _HOME.items():
            if regions.holds(cell.source, name) and cell.kind is not kind:
                yield Problem(
                    cell.line_of(_line_with(cell.source, f"### BEGIN {name}")),
                    f"{name.lower()} region in a cell that is not `{kind}`",
                    f"Give the cell the tag `{kind}=…`, or remove the markers.",
                )


def pairing(lesson: Lesson) -> Iterator[Problem]:
    """Every exercise has a test after it and two hints; every test and every hint belongs to an exercise."""
    exercises = {cell.id: cell for cell in reversed(list(lesson.of(Kind.EXERCISE))) if cell.id}
    tested = {cell.id for cell in lesson.of(Kind.TEST)}
    hints = Counter(cell.id for cell in lesson.of(Kind.HINT))
    for name, cell in exercises.items():
        if name not in tested:
            cure = f'Add a cell `# %% test="{name}" points=1` after it.'
            yield Problem(cell.line, f'exercise "{name}" has no test', cure)
        if hints[name] < HINTS:
            yield Problem(
                cell.line,
                f'exercise "{name}" has {hints[name]} of {HINTS} hints',
                f'Add cells `# %% [markdown] hint="{name}"`: first a pointer, then nearly the code.',
            )
    for cell in lesson.of(Kind.TEST, Kind.HINT):
        if cell.id and cell.id not in exercises:
            known = ", ".join(sorted(exercises)) or "none yet"
            cure = f"Name one of the lesson's exercises: {known}."
            yield Problem(cell.line, f'{cell.kind} for an unknown exercise "{cell.id}"', cure)
        elif cell.kind is Kind.TEST and cell.id and cell.line < exercises[cell.id].line:
            yield Problem(cell.line, f'test "{cell.id}" comes before its exercise', "Move it below the exercise.")


def offered(lesson: Lesson) -> Iterator[Problem]:
    """A prediction or quiz lists its options and assigns one of them to each name."""
    for cell in lesson.of(*CHOICES):
        if not readable(cell):
            continue
        letters = choices.options(cell)
        if len(set(letters)) < 2 or len(set(letters)) < len(letters):
            cure = "List at least two, with different letters, as comment lines `# a) …`, `# b) …`."
            yield Problem(cell.line, f"{called(cell)} has no options to choose from", cure)
        try:
            answers = choices.answers(cell)
        except ValueError as error:
            what, number = error.args
            cure = 'Keep only the comments and lines like `answer = "b"`.'
            yield Problem(cell.line_of(number), f"{called(cell)}: {what}", cure)
            continue
        if not answers:
            yield Problem(cell.line, f"{called(cell)} has no answer", 'Add a line like `answer = "b"`.')
        for name, (value, number) in answers.items():
            if value not in tuple(letters):
                yield Problem(
                    cell.line_of(number),
                    f"the answer {name} = {value!r} is not among the options {', '.join(letters)}",
                    "Assign the letter of one of them, in quotes.",
                )


RULES: tuple[Rule, ...] = (
    header,
    tags,
    ids,
    points,
    syntax,
    markers,
    solution_regions,
    pairing,
    offered,
    tests,
)


def _line_with(source: str, text: str) -> int:
    return next(number for number, line in enumerate(source.split("\n"), 1) if text in line)


def _a(kind: Kind) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"
