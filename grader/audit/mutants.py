"""Mutants: an exercise's reference solution with one systematic mistake each, and those that are right nevertheless."""

from __future__ import annotations

import ast
import tomllib
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from grader.audit import overfitted
from grader.audit.bank import Answer, Label
from grader.audit.edits import Edit, Source
from grader.audit.operators import OPERATORS
from grader.audit.trial import Run, halves, run_visible
from grader.errors import UserError
from grader.lessons.lesson import Cell, Kind, Lesson
from grader.lessons.regions import solved

LISTED = "equivalent.toml"
MOST = 60
"""The most mutants of one exercise that are run; the selection is spread over the operators."""
LONGEST = 56
"""The longest piece of code, in characters, in a mutant's name."""


@dataclass(frozen=True)
class Mutant:
    """A solution with one edit. `what` identifies it within the exercise: operator, before → after."""

    exercise: str
    operator: str
    what: str
    line: int
    source: str = field(repr=False)
    original: str = field(repr=False)

    @property
    def is_fitted(self) -> bool:
        """Whether it passes the visible tests on purpose. What hidden tests pass to it is drawn again for each seed."""
        return self.operator == overfitted.OPERATOR

    def as_answer(self) -> Answer:
        return Answer(self.exercise, self.what, Label.WRONG, self.source, f"<mutant of {self.exercise}>", self.what)


@dataclass(frozen=True)
class MutantResult:
    """The result of a mutant: its run, which ends at the first part that it loses; `died` as in a Trial."""

    mutant: Mutant
    run: Run | None = None
    died: str = ""

    @property
    def fault(self) -> bool:
        """Whether the check itself failed. That doesn't count as killed: a student would be asked to report it."""
        return bool(self.run and self.run.faults) or self.died.startswith("Traceback")

    @property
    def killed(self) -> bool:
        return not self.fault and (self.run is None or not self.run.full)


def chosen(cell: Cell, seen: overfitted.Seen) -> list[Mutant]:
    """The exercise's mutants that are run: a selection of all edits, and all that are fitted to the visible tests,
    which passed its functions what was `seen`."""
    return [*selected(made(cell)), *fitted_to_the_tests(cell, seen)]


def seen_in_the_tests(lesson: Lesson, cell: Cell, seeds: Sequence[int] = (0, 1)) -> overfitted.Seen:
    """What the visible tests pass to the exercise's functions. Meant to run in a process of its own."""
    visible = [halves(test.source)[0] for test in lesson.of(Kind.TEST) if test.id == cell.id]
    source = overfitted.noting(solved(cell.source), visible)
    answer = Answer(cell.id, "solution", Label.RIGHT, source, f"<solution of {cell.id}>", "notes what it is given")
    for seed in seeds:
        run_visible(lesson, answer, seed)
    return overfitted.noted()


def fitted_to_the_tests(cell: Cell, seen: overfitted.Seen) -> list[Mutant]:
    """The exercise's solution, each time with one argument fixed at the value that all visible tests pass."""
    original = solved(cell.source)
    source = Source(original)
    return [
        Mutant(
            cell.id,
            overfitted.OPERATOR,
            f"{overfitted.OPERATOR}: {fixed.called}({fixed.name}) → {fixed.value}",
            source.line(fixed.edit.start),
            source.edited(fixed.edit),
            original,
        )
        for fixed in overfitted.arguments(source, seen)
    ]


def made(cell: Cell) -> list[Mutant]:
    """All edits of the exercise's solution, in the order of its text; each compiles, and no two are the same."""
    original = solved(cell.source)
    source = Source(original)
    seen, found = {ast.dump(source.tree)}, []
    times: Counter[str] = Counter()
    for node in source.inside_functions():
        for operator, edits in OPERATORS.items():
            for edit in edits(node, source):
                text = source.edited(edit)
                tree = _tree(text)
                if tree is None or ast.dump(tree) in seen:
                    continue
                seen.add(ast.dump(tree))
                what = f"{operator}: {_change(source, node, edit)}"
                times[what] += 1
                nth = f" #{times[what]}" if times[what] > 1 else ""
                found.append(Mutant(cell.id, operator, what + nth, source.line(edit.start), text, original))
    return found


def _tree(text: str) -> ast.AST | None:
    """The text's syntax tree; None for text that isn't Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "'int' object is not callable": that is the point
            compile(text, "<mutant>", "exec")
            return ast.parse(text)
    except SyntaxError:
        return None


def _change(source: Source, node: ast.AST | None, edit: Edit) -> str:
    """`test_size=0.2 → test_size=2.0`: the largest short piece around the edit, before and after."""
    before, after = source.between(edit.start, edit.end), edit.text
    if not before and node:
        before, after = source.text(node), "… " + edit.text.strip(", ")
    while isinstance(node, ast.expr | ast.keyword) or (isinstance(node, ast.stmt) and not hasattr(node, "body")):
        start, end = source.start(node), source.end(node)
        wider = source.between(start, end)
        changed = source.between(start, edit.start) + edit.text + source.between(edit.end, end)
        if start <= edit.start and edit.end <= end and max(map(len, (_line(wider), _line(changed)))) <= LONGEST:
            before, after = wider, changed
        node = source.parent(node)
    return f"{_short(before)} → {_short(after) or '(nothing)'}"


def _line(text: str) -> str:
    return " ".join(text.split()).strip(", ")


def _short(text: str) -> str:
    line = _line(text)
    return line if len(line) <= LONGEST else line[: LONGEST - 2] + " …"


def selected(mutants: Sequence[Mutant], most: int = MOST) -> list[Mutant]:
    """At most `most` of them, spread over the operators and over the text."""
    by_operator = [[m for m in mutants if m.operator == name] for name in OPERATORS]
    rounds = zip_longest(*(_scattered(some) for some in by_operator))
    chosen = [mutant for turn in rounds for mutant in turn if mutant][:most]
    return [mutant for mutant in mutants if mutant in chosen]


def _scattered(items: Sequence[Mutant]) -> list[Mutant]:
    """The first, the last, the middle, and so on: any beginning of the list is spread over the whole."""
    order, step = [0, *range(len(items) - 1, 0, -max(1, len(items) - 1))], len(items) // 2
    while step:
        order += range(step, len(items), step)
        step //= 2
    return [items[i] for i in dict.fromkeys(order) if i < len(items)]


Equivalents = Mapping[str, Mapping[str, str]]
"""By exercise: a mutant's name → why it is a right answer nevertheless."""


def equivalents(lesson: Lesson) -> Equivalents:
    """The mutants that the lesson lists as right answers, each with its reason.

    Raises UserError for a file of a different form.
    """
    path = lesson.path.parent / LISTED
    if not path.exists():
        return {}
    try:
        listed = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{path}: {error}", "Write [exercise] and below it lines 'mutant' = \"reason\".") from None
    for exercise, entries in listed.items():
        if not isinstance(entries, dict) or not all(isinstance(why, str) and why for why in entries.values()):
            raise UserError(f"{path}: [{exercise}] is not a table of reasons.", "Write 'mutant' = \"reason\".")
    return listed


def stale(listed: Equivalents, lesson: Lesson, others: Sequence[Mutant] = ()) -> Iterator[tuple[str, str]]:
    """Exercise and name of each listed mutant that is neither an edit of a solution nor one of the `others`."""
    known = {(cell.id, mutant.what) for cell in lesson.of(Kind.EXERCISE) for mutant in made(cell)}
    known |= {(mutant.exercise, mutant.what) for mutant in others}
    for exercise, entries in listed.items():
        yield from ((exercise, what) for what in entries if (exercise, what) not in known)


def toml_line(mutant: Mutant) -> str:
    """The line that lists a mutant, with its reason left open."""
    quote = "'" if "'" not in mutant.what else '"'
    what = mutant.what if quote == "'" else mutant.what.replace("\\", "\\\\").replace('"', '\\"')
    return f'{quote}{what}{quote} = "…"'
