"""Which of a lab's own examples are run when it is graded: those that something of the student's needs."""

from copy import deepcopy

import pytest
from nbformat.v4 import new_code_cell

from grader import paths
from grader.grade.dependencies import left_out, missed
from grader.grade.lab import Lab, load_lab
from grader.grade.parse import parse
from grader.grade.reassemble import reassemble
from tests.submissions import tiny_lab as tiny

EXAMPLES = {
    "data": "table = [3, 1, 2]",
    "sorted": "table.sort()\nfirst = table[0]",
    "helper": "def helper(x):\n    return offset + x",
    "offset": "offset = 5",
    "demo": "print(double(2), first)",
    "apart": "import math\nfigure = [math.pi * n for n in range(3)]\nfor _ in range(2):\n    print(figure)",
    "magic": "%timeit 1 + 1",
}
INDEX = {name: place for place, name in enumerate(EXAMPLES, start=2)}


def with_examples(notebook):
    notebook = deepcopy(notebook)
    notebook.cells[2:2] = [new_code_cell(source, id=f"example-{name}") for name, source in EXAMPLES.items()]
    return notebook


def lab() -> Lab:
    return Lab(tiny.NAME, "Tiny lab", 2, with_examples(tiny.instructor()), with_examples(tiny.released()))


def run(own: str = "", **answers: str) -> set[str]:
    """The examples that are run for a submission with these answers and a cell of the student's own at its end."""
    handed_in = with_examples(tiny.answered(**answers))
    if own:
        handed_in.cells.append(new_code_cell(own))
    notebook = reassemble(lab(), parse(tiny.as_bytes(handed_in))).notebook
    out = left_out(notebook, lab())
    return {name for name, place in INDEX.items() if place not in out}


def test_no_example_is_run_that_nothing_needs_but_one_that_cannot_be_seen_through():
    assert run() == {"magic"}


@pytest.mark.parametrize(
    ("answer", "needs"),
    [
        ("def double(x):\n    return 2 * x + 0 * offset", {"offset", "helper"}),
        ("def double(x):\n    return helper(x) + x - offset", {"offset", "helper"}),
        ("def double(x):\n    table = [x]\n    return 2 * table[0]", set()),
        ("def double(x):\n    def inner():\n        return first\n    return 2 * x", {"data", "sorted", "demo"}),
        ("def double(x):\n    return [2 * x for figure in range(1)][0]", set()),
        ("class A:\n    size = figure\n\n\ndef double(x):\n    return 2 * x", {"apart"}),
        ("def double(x):\n    global first\n    first = 2 * x\n    return first", {"data", "sorted", "demo"}),
    ],
    ids=["a variable", "a function", "a local of that name", "in a function in it", "a loop's", "in a class", "global"],
)
def test_an_answer_that_uses_an_example_has_it_run_with_what_shares_its_names(answer, needs):
    assert run(double=answer) == needs | {"magic"}


@pytest.mark.parametrize(
    "answer",
    [
        "def double(x):\n    return eval('2 * x')",
        "def double(x):\n    return globals()['offset']",
        "import sys\n\n\ndef double(x):\n    return sys.modules['__main__'].offset",
        "import sys as s\n\n\ndef double(x):\n    return 2 * x",
        "from __main__ import offset\n\n\ndef double(x):\n    return 2 * x",
        "from math import *\n\n\ndef double(x):\n    return 2 * x",
        "def double(x):\n    return get_ipython().user_ns['offset']",
        "%time print(1)\ndef double(x):\n    return 2 * x",
        "def double(x) return 2 * x",
    ],
)
def test_where_names_may_be_reached_unseen_all_are_run(answer):
    assert run(double=answer) == set(EXAMPLES)


def test_a_cell_of_their_own_counts_like_an_answer():
    assert run("print(first)") == {"data", "sorted", "demo", "magic"}
    assert run("print(42)") == {"magic"}


def test_an_example_that_was_changed_is_their_own():
    handed_in = with_examples(tiny.answered())
    handed_in.cells[INDEX["data"]].source = "table = [9]"
    notebook = reassemble(lab(), parse(tiny.as_bytes(handed_in))).notebook
    kept = set(INDEX.values()) - left_out(notebook, lab()).keys()
    assert {INDEX["data"], INDEX["sorted"], INDEX["demo"]} <= kept


def test_what_lacks_a_name_after_all_is_seen():
    notebook = tiny.answered()
    notebook.cells[1].outputs = [{"output_type": "error", "evalue": "name 'offset' is not defined"}]
    assert missed(notebook, ["offset"]) and not missed(notebook, ["off", "first"])


@pytest.mark.parametrize("folder", paths.lessons(), ids=lambda folder: folder.name)
def test_the_labs_examples_are_none_of_the_gradings_business(folder):
    """They train models; a submission that keeps to its answers is graded without."""
    lab = load_lab(folder)
    free = [c for c in lab.official.cells if c.cell_type == "code" and not c.metadata.get("nbgrader")]
    assert len(left_out(lab.official, lab)) >= 0.6 * (len(free) - 1)
