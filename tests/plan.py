"""How tests are spread over processes, and which of them concern one lab. A pytest plugin that conftest.py loads.

xdist keeps the tests of a file in one process (`--dist loadfile`), as they share what its fixtures have built. Files
that take long begin first, so that no process is left with one at the end. Groups of xdist's own (`--dist loadgroup`)
have no effect: pytest 9.2 ignores what xdist 3.8 adds to a test's id, and each test would go anywhere.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from grader import paths

FIRST = (
    "test_attacks.py",
    "test_fixtures.py",
    "audit/",
    "lessons/",
    "judge/",
    "grade/",
    "browser/",
    "sandbox/",
    "kernel/",
    "test_bench.py",
)
"""What takes longest, by the beginning of its path in tests/. While attacks exhaust the machine, nothing runs next to
them that has only seconds to answer: sandboxes, kernels and browsers come later."""
TESTS = Path(__file__).parent
LABS = frozenset(name for folder in paths.lessons() for name in (folder.name, folder.name.partition("_")[0]))
"""How a parameter of a test names a lab: `06_functional` or `06`."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--lab", action="append", default=[], help="only tests that concern this lab; may be repeated")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if labs := [paths.find_lesson(name).name for name in config.getoption("--lab")]:
        kept = [item for item in items if any(concerns(item, lab) for lab in labs)]
        config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
        items[:] = kept
    items.sort(key=lambda item: rank(place(item)))


def place(item: pytest.Item) -> str:
    """The item's file, from tests/ on."""
    return item.path.relative_to(TESTS).as_posix() if item.path.is_relative_to(TESTS) else str(item.path)


def rank(name: str) -> int:
    return next((number for number, start in enumerate(FIRST) if name.startswith(start)), len(FIRST))


def concerns(item: pytest.Item, lab: str) -> bool:
    """Whether a test is about this lab: it is a parameter of the test, or the test's file names it or its topic."""
    parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
    names = [value.name if isinstance(value, Path) else value for value in parameters]
    number, _, topic = lab.partition("_")
    if named := [name for name in names if isinstance(name, str) and name in LABS]:
        return lab in named or number in named
    return item.path.stem == f"test_{topic}" or _names(item.path, lab, number)


@cache
def _names(path: Path, lab: str, number: str) -> bool:
    return bool(re.search(rf'\b{lab}\b|find_lesson\("{number}"\)', path.read_text(encoding="utf-8")))
