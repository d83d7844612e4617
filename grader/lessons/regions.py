"""The marked regions of a cell: what replaces a solution in the lab, and what the lab leaves out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

SOLUTION, HIDDEN, SCHEME = "SOLUTION", "HIDDEN TESTS", "MARK SCHEME"
STUB, BROKEN = "### STUB", "### BROKEN"
DEFAULT_STUB = ["# YOUR CODE HERE", "raise NotImplementedError()"]  # nbgrader's own
MEND = 'raise NotImplementedError("Fix the lines below, then delete this one.")'
SHOWN_TESTS = "# Hidden tests: the lines below run when a submission is graded."
SHOWN_SCHEME = "**How it is marked**"
_MARK = re.compile(r"\s*### (BEGIN|END) (SOLUTION|HIDDEN TESTS|MARK SCHEME)\s*")
_LOOKS_LIKE_MARK = re.compile(r"(BEGIN|END) (SOLUTION|HIDDEN TESTS|MARK SCHEME)")
_GIVES_UP = re.compile(r"\s*raise NotImplementedError\b.*")


@dataclass(frozen=True)
class Region:
    """A solution region. `begin` and `end` are its marker lines, `given_at` is the line of `### STUB` (all from 1)."""

    begin: int
    end: int
    indent: str
    solution: list[str]
    given: list[str] | None = None
    given_at: int = 0
    broken: bool = False

    @property
    def replacement(self) -> list[str]:
        """The lines in the student's copy."""
        if self.given is None:
            return [self.indent + line for line in DEFAULT_STUB]
        if self.broken and not any(map(gives_up, self.given)):
            return [self.indent + MEND, *self.given]
        return self.given


def gives_up(line: str) -> bool:
    """Whether the line raises NotImplementedError, which a check reports as *not attempted yet*."""
    return bool(_GIVES_UP.fullmatch(line))


def mistakes(source: str) -> Iterator[tuple[int, str]]:
    """What is wrong with the markers of a cell: the line (from 1) and a description of each mistake."""
    open_name, opened = None, 0
    for number, line in enumerate(source.split("\n"), 1):
        mark = _MARK.fullmatch(line)
        if mark is None:
            if found := _LOOKS_LIKE_MARK.search(line):
                yield number, f'a marker must be on a line of its own, "### {found[0]}"'
            if line.strip() in (STUB, BROKEN) and open_name != SOLUTION:
                yield number, f'"{line.strip()}" is outside a solution region'
        elif mark[1] == "BEGIN":
            if open_name:
                yield number, f'"### BEGIN {mark[2]}" inside the region that begins on line {opened} of the cell'
            open_name, opened = mark[2], number
        elif open_name != mark[2]:
            yield number, f'"### END {mark[2]}" without its "### BEGIN {mark[2]}"'
        else:
            open_name = None
    if open_name:
        yield opened, f'"### BEGIN {open_name}" without its "### END {open_name}"'


def holds(source: str, name: str) -> bool:
    """Whether the cell has a region of this name."""
    return f"### BEGIN {name}" in source


def solutions(source: str) -> list[Region]:
    """The solution regions of a cell whose markers have no mistakes."""
    lines = source.split("\n")
    begins = [number for number, line in enumerate(lines, 1) if line.strip() == f"### BEGIN {SOLUTION}"]
    ends = [number for number, line in enumerate(lines, 1) if line.strip() == f"### END {SOLUTION}"]
    return [_region(lines[begin - 1 : end], begin) for begin, end in zip(begins, ends, strict=True)]


def _region(lines: list[str], begin: int = 1) -> Region:
    """The region that consists of these lines, markers included."""
    end, indent, inside = begin + len(lines) - 1, _indent(lines[0]), lines[1:-1]
    for at, line in enumerate(inside):
        if line.strip() in (STUB, BROKEN):
            given = [_uncommented(line) for line in inside[at + 1 :]]
            return Region(begin, end, indent, inside[:at], given, begin + at + 1, line.strip() == BROKEN)
    return Region(begin, end, indent, inside)


def fill_stubs(source: str) -> str:
    """The cell with each region that has its own stub replaced by that stub. nbgrader replaces the other regions."""

    def stub(region: list[str]) -> list[str]:
        return region if _region(region).given is None else _region(region).replacement

    return _replaced(source, SOLUTION, stub)


def student_copy(source: str) -> str:
    """The cell as a student gets it. For checks only: in the notebooks, nbgrader makes the replacements."""
    filled = _replaced(source, SOLUTION, lambda lines: _region(lines).replacement)
    return visible_part(filled)


def solved(source: str) -> str:
    """The cell without markers, its solutions and hidden tests visible."""
    source = _replaced(source, SOLUTION, lambda lines: _region(lines).solution)
    source = _replaced(source, HIDDEN, lambda lines: ["", _indent(lines[0]) + SHOWN_TESTS, *lines[1:-1]])
    return _replaced(source, SCHEME, lambda lines: [SHOWN_SCHEME, "", *lines[1:-1]])


def visible_part(source: str) -> str:
    """The cell without its hidden tests."""
    return _replaced(source, HIDDEN, lambda lines: [])


def tidy_hidden(source: str) -> str:
    """The cell without blank lines around its hidden tests, which would remain in the student's copy."""
    source = re.sub(rf"\n(?:[ \t]*\n)+(?=[ \t]*### BEGIN {HIDDEN})", "\n", source)
    return re.sub(rf"(### END {HIDDEN})\s*\Z", r"\1", source)


def _replaced(source: str, name: str, new: Callable[[list[str]], list[str]]) -> str:
    """`source` with each region of this name, markers included, replaced by the lines that `new` returns for it."""
    result: list[str] = []
    region: list[str] | None = None
    for line in source.split("\n"):
        if line.strip() == f"### BEGIN {name}":
            region = []
        (result if region is None else region).append(line)
        if region is not None and line.strip() == f"### END {name}":
            result.extend(new(region))
            region = None
    return "\n".join(result)


def _uncommented(line: str) -> str:
    return re.sub(r"^(\s*)# ?", r"\1", line).rstrip()


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
