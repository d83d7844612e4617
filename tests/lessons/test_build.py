"""The builder as a specification: what a lesson becomes, what is refused, what stays the same."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_output

from grader import cli, paths, validate
from grader.errors import UserError
from grader.lessons import execute, lesson, notebooks, publish, read_lesson, regions
from grader.lessons.lesson import Kind
from grader.lessons.notebooks import to_text
from grader.lessons.outputs import WIDGET, scrub


def by_id(notebook: NotebookNode) -> dict[str, NotebookNode]:
    return {cell.id: cell for cell in notebook.cells}


def lab() -> Path:
    return paths.LABS / "01_sums" / "01_sums.ipynb"


def solution() -> Path:
    return paths.SOLUTIONS / "01_sums" / "01_sums.ipynb"


def rewrite(folder: Path, *edits: tuple[str, str]) -> str:
    """Changes the lesson's text and returns it; each old piece must be there."""
    path = folder / "lab.py"
    text = path.read_text()
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    path.write_text(text)
    return text


def line_of(text: str, piece: str) -> int:
    """The line of the first occurrence."""
    return text[: text.index(piece)].count("\n") + 1


# Reading


def test_a_lesson_is_read_into_cells_that_know_their_kind_and_line(sums: Path, lesson_text: str):
    read = read_lesson(sums)
    assert (read.name, read.title, read.minutes, read.timeout) == ("01_sums", "Sums and means", 5, 30)
    assert {cell.kind for cell in read.cells} == set(Kind)
    lines = lesson_text.split("\n")
    for cell in read.cells:
        assert lines[cell.line - 1].startswith("# %%")
        assert lines[cell.first - 1].endswith(cell.source.split("\n")[0])


def test_tests_know_their_exercise_their_part_and_their_grade_id(sums: Path):
    whole, scale, _ = read_lesson(sums).of(Kind.TEST)
    assert (whole.id, whole.part, whole.points, whole.grade_id) == ("mean", "", 2, "test_mean")
    assert (scale.id, scale.part, scale.points, scale.grade_id) == ("mean", "scale", 1.5, "test_mean_scale")


def test_a_cell_mark_inside_a_string_is_refused_because_lines_could_not_be_told(sums: Path):
    rewrite(sums, ("numbers = [1, 2, 3, 6]", 'numbers = """\n# %% here\n"""'))
    with pytest.raises(UserError, match="lines begin a cell"):
        lesson.parse(sums)


def test_a_header_that_is_not_yaml_is_refused(sums: Path, lesson_text: str):
    rewrite(sums, ("  title: Sums and means", "  title: Sums: and: means"))
    line = line_of(lesson_text, "#   title")
    with pytest.raises(UserError, match=rf"lab\.py:{line}: the header is not valid YAML"):
        lesson.parse(sums)


# Refusing


MEAN_STUB = "    # total = ...\n    # raise NotImplementedError()\n"
REFUSALS = {
    # name: (edits, a piece of the line that is named, what is said, the cure)
    "no id": (
        [('# %% exercise="mean"', "# %% exercise")],
        "# %% exercise\n",
        "an exercise without an id",
        'Write `exercise="some_name"`',
    ),
    "an id that nbgrader does not accept": (
        [('hint="mean"', 'hint="the mean"')],
        "# %% [markdown] hint=",
        "`the mean` is not an id",
        'Write `hint="some_name"`: letters, digits, _ and -',
    ),
    "the id of another exercise": (
        [('exercise="largest"', 'exercise="mean"')],
        '# %% exercise="mean"\ndef largest',
        'duplicate id "mean", first used in line 48',
        "Give one of the two cells another id",
    ),
    "two tests of one name": (
        [('test="mean/scale"', 'test="mean"')],
        '# %% test="mean" points=1.5',
        'duplicate id "test_mean"',
        "several tests of one exercise",
    ),
    "no test": (
        [('# %% test="largest" points=1\n', "# %%\n"), ("assert student.largest([-3, -1, -2]) == -1", "1 + 1")],
        '# %% exercise="largest"',
        'exercise "largest" has no test',
        'Add a cell `# %% test="largest" points=1` after it.',
    ),
    "no points": (
        [('test="largest" points=1', 'test="largest"')],
        '# %% test="largest"',
        'test "largest" has no points',
        "Add `points=1`",
    ),
    "no points to be had": (
        [('test="largest" points=1', 'test="largest" points=0')],
        '# %% test="largest"',
        'points=0 of test "largest"',
        "Write a finite number above 0.",
    ),
    "points without end": (
        [('test="largest" points=1', 'test="largest" points=Infinity')],
        '# %% test="largest"',
        'points=inf of test "largest"',
        "Write a finite number above 0.",
    ),
    "points that are a word": (
        [('manual="reflection" points=3', 'manual="reflection" points="3"')],
        "# %% [markdown] manual",
        "points='3' of manual \"reflection\"",
        "Write a finite number above 0.",
    ),
    "points on an exercise": (
        [('exercise="mean"', 'exercise="mean" points=2')],
        "# %% exercise",
        "points on an exercise",
        "Remove them: points belong on tests",
    ),
    "a test of nothing": (
        [('test="mean/scale"', 'test="scale"')],
        '# %% test="scale"',
        'test for an unknown exercise "scale"',
        "Name one of the lesson's exercises: largest, mean.",
    ),
    "a hint for nothing": (
        [('hint="mean"\n# Add first', 'hint="maen"\n# Add first')],
        "# %% [markdown] hint",
        'hint for an unknown exercise "maen"',
        "Name one of the lesson's exercises",
    ),
    "one hint": (
        [('hint="largest"\n# Look', 'hint="mean"\n# Look')],
        '# %% exercise="largest"',
        'exercise "largest" has 1 of 2 hints',
        'Add cells `# %% [markdown] hint="largest"`',
    ),
    "a test above its exercise": (
        [
            (
                "# %%\nimport sys",
                '# %%\nimport sys\n\n# %% test="largest/early" points=1\nassert student.largest([1])\n\n# %%',
            )
        ],
        '# %% test="largest/early"',
        'test "largest" comes before its exercise',
        "Move it below the exercise.",
    ),
    "no solution region": (
        [
            ("    ### BEGIN SOLUTION\n    best = values[0]", "    best = values[0]"),
            ("    return best\n    ### BROKEN", "    return best\n\n\ndef unused():\n    pass\n"),
            ("    # best = 0\n    # for value in values:\n    #     if value < best:\n", ""),
            ("    #         best = value\n    # return best\n    ### END SOLUTION\n", ""),
        ],
        '# %% exercise="largest"',
        'exercise "largest" has no solution region',
        "`### BEGIN SOLUTION`",
    ),
    "a region around a whole function": (
        [
            ("def largest(values):\n    ### BEGIN SOLUTION\n", "### BEGIN SOLUTION\ndef largest(values):\n"),
        ],
        "### BEGIN SOLUTION\ndef largest",
        'the solution region of exercise "largest" is outside a function or method',
        "Move the region into a function's body",
    ),
    "a region in a class": (
        [
            (
                "    def __call__(self, values):\n        ### BEGIN SOLUTION\n",
                "    ### BEGIN SOLUTION\n    size = 3\n    ### END SOLUTION\n\n"
                "    def __call__(self, values):\n        ### BEGIN SOLUTION\n",
            )
        ],
        "    ### BEGIN SOLUTION\n    size",
        "is outside a function or method",
        "its stub would stop Run All",
    ),
    "a marker too far to the left": (
        [("        ### BEGIN SOLUTION\n        return [self", "### BEGIN SOLUTION\n        return [self")],
        "### BEGIN SOLUTION\n        return [self",
        "is outside a function or method",
        "Move the region into a function's body",
    ),
    "a region that cuts a statement": (
        [
            ("    return total / len(values)\n    ### STUB\n" + MEAN_STUB, "    if total:\n"),
            ("    ### END SOLUTION\n\n\nclass", "    ### END SOLUTION\n        return total / len(values)\n\n\nclass"),
        ],
        "    ### BEGIN SOLUTION\n    total",
        'the student\'s copy of exercise "mean" is not valid Python: unexpected indent',
        "Enclose whole statements in the region",
    ),
    "a stub that raises outside its function": (
        [("    # raise NotImplementedError()\n", "# raise NotImplementedError()\n")],
        "    ### BEGIN SOLUTION\n    total",
        'the student\'s copy of exercise "mean" raises outside a function',
        "otherwise it stops Run All",
    ),
    "a region that does not end": (
        [("    # return best\n    ### END SOLUTION\n", "    # return best\n")],
        "    ### BEGIN SOLUTION\n    best",
        '"### BEGIN SOLUTION" without its "### END SOLUTION"',
        "Pair the markers",
    ),
    "a region that does not begin": (
        [("    ### BEGIN SOLUTION\n    best", "    best")],
        "    ### BROKEN",
        '"### BROKEN" is outside a solution region',
        "Pair the markers",
    ),
    "a marker with a typing error": (
        [("### BEGIN HIDDEN TESTS", "## BEGIN HIDDEN TESTS")],
        "## BEGIN HIDDEN TESTS",
        'a marker must be on a line of its own, "### BEGIN HIDDEN TESTS"',
        "Pair the markers",
    ),
    "hidden tests in an exercise": (
        [("def mean(values):", "### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS\ndef mean(values):")],
        "### BEGIN HIDDEN TESTS",
        "hidden tests region in a cell that is not `test`",
        "Give the cell the tag `test=…`",
    ),
    "a solution in an ordinary cell": (
        [('print("sum", sum(numbers))', "### BEGIN SOLUTION\nprint(1)\n### END SOLUTION")],
        "### BEGIN SOLUTION\nprint",
        "solution region in a cell that is not `exercise`",
        "Give the cell the tag `exercise=…`",
    ),
    "a stub that no longer matches": (
        [("    # total = ...\n", "    # count = ...\n")],
        "    # count = ...",
        'the stub of exercise "mean" no longer matches its solution: `count = ...`',
        "Write the lines as in the solution, in its order",
    ),
    "a stub in another order": (
        [("    # total = ...\n", "    # return total / ...\n    # total = ...\n")],
        "    # total = ...",
        "no longer matches its solution: `total = ...`",
        "in its order",
    ),
    "a stub that does not give up": (
        [(MEAN_STUB, "    # total = ...\n")],
        "    ### STUB",
        'the stub of exercise "mean" does not raise NotImplementedError',
        "# raise NotImplementedError()",
    ),
    "a stub that runs in the lesson": (
        [("    # total = ...\n", "    total = ...\n")],
        "    total = ...",
        "`total = ...` in a stub is not a comment",
        "Write every line of a stub as a comment",
    ),
    "a broken listing that works": (
        [
            ("    # best = 0\n", "    # best = values[0]\n"),
            ("    #     if value < best:", "    #     if value > best:"),
        ],
        "    ### BROKEN",
        'the broken listing of exercise "largest" equals its solution',
        "Introduce an error",
    ),
    "a broken listing of something else": (
        [("    # for value in values:\n    #     if value < best:\n    #         best = value\n", "    # print(1)\n")],
        "    ### BROKEN",
        "does not resemble its solution (25% of the lines agree, at least 40% must)",
        "Update the two listings",
    ),
    "a hidden test without student": (
        [("assert student.mean(range(n))", "assert mean(range(n))")],
        "    assert mean(range(n))",
        'test "mean" names the student\'s mean without `student.`',
        "Write `student.mean`.",
    ),
    "a visible test without student": (
        [("assert student.largest(", "assert largest(")],
        "assert largest(",
        'test "largest" names the student\'s largest without `student.`',
        "Write `student.largest`.",
    ),
    "a test that uses another cell's data": (
        [('print("sum", sum(numbers))', "data = [1]"), ("student.Scale(3)(numbers)", "student.Scale(3)(data)")],
        "assert student.Scale(3)(data)",
        'test "mean/scale" uses data, which the set-up cell does not define',
        "Define it in the lesson's first code cell",
    ),
    "a test that asks for what nobody defines": (
        [("student.largest([-3", "student.biggest([-3")],
        "assert student.biggest",
        "asks for student.biggest, which no cell of the lesson defines",
        "Correct the name",
    ),
    "a visible test that leans on the hidden one": (
        [("student.mean([1, 2, 3]) == 2", "student.mean([1, 2, 3]) == two"), ("for n in", "two = 2\nfor n in")],
        '# %% test="mean" points=2',
        'the visible part of test "mean" uses two, which only its hidden part defines',
        "Define two above the hidden tests.",
    ),
    "a test with nothing to see": (
        [("assert student.mean([1, 2, 3]) == 2\n", "")],
        '# %% test="mean" points=2',
        'test "mean" has no visible part',
        "Add a visible test",
    ),
    "no setup cell": (
        [("# %%\nimport sys", '# %% quiz="first" points=1\n# a) x\n# b) y\nfirst = "a"\n\n# %%\nimport sys')],
        '# %% quiz="first"',
        "the first code cell is not the set-up cell",
        "Begin with an untagged cell that holds the imports",
    ),
    "a setup cell without check": (
        [("class check:", "class checks:")],
        "# %% predict",
        'predict "first_sum" uses check, which the set-up cell does not define',
        "Define it in the lesson's first code cell",
    ),
    "a choice that computes": (
        [('first_sum = "b"', "first_sum = str(12)")],
        "first_sum = str(12)",
        'predict "first_sum": only lines like `answer = "b"` are allowed here',
        'Keep only the comments and lines like `answer = "b"`.',
    ),
    "an answer that is not on offer": (
        [('robust = "b"', 'robust = "d"')],
        'robust = "d"',
        "the answer robust = 'd' is not among the options a, b, c",
        "Assign the letter of one of them",
    ),
    "a choice without options": (
        [("# a) 6\n# b) 12\n", "")],
        "# %% predict",
        'predict "first_sum" has no options to choose from',
        "# a) …",
    ),
    "a tag that does not exist": (
        [('exercise="mean"', 'exercise="mean" difficulty="high"')],
        '# %% exercise="mean"',
        "unknown tag `difficulty`",
        "The tags are exercise, hint, manual, predict, quiz, test and points.",
    ),
    "tags that cannot be read": (
        [('exercise="mean"', "exercise=mean")],
        "# %% exercise=mean",
        "the tags `exercise=mean` cannot be read",
        'Write them as `tag="text"`',
    ),
    "a title": (
        [('# %%\nprint("sum"', '# %% The sum\nprint("sum"')],
        "# %% The sum",
        "unknown text `The sum` after `# %%`",
        "Remove it",
    ),
    "two kinds at once": (
        [('# %% exercise="mean"', '# %% exercise="mean" test="mean"')],
        '# %% exercise="mean" test',
        "the cell is exercise and test at once",
        "a cell has only one of these tags",
    ),
    "a hint in a code cell": (
        [('# %% [markdown] hint="mean"', '# %% hint="mean"')],
        '# %% hint="mean"',
        "`hint` on a code cell",
        "Begin the cell with `# %% [markdown]`.",
    ),
    "a syntax error": (
        [('print("sum", sum(numbers))', 'print("sum", sum(numbers)')],
        'print("sum"',
        "not valid Python: '(' was never closed",
        "Correct the line",
    ),
    "a magic": (
        [('print("sum", sum(numbers))', "%matplotlib inline")],
        "%matplotlib",
        "not valid Python",
        "magics and shell commands do not belong in a lesson",
    ),
    "no minutes": (
        [("#   minutes: 5\n", "")],
        "# ---",
        "the header has no `minutes`",
        "Add `minutes: …` under `lesson:`",
    ),
    "a timeout in words": (
        [("timeout: 30", "timeout: soon")],
        "# ---",
        "the header's `timeout` is 'soon'",
        "Make it a whole number above 0.",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_lesson_is_refused_with_file_line_and_cure(sums: Path, case: str):
    edits, named, what, cure = REFUSALS[case]
    text = rewrite(sums, *edits)
    with pytest.raises(UserError) as refusal:
        read_lesson(sums)
    where = f"course/modules/01_sums/lab.py:{line_of(text, named)}: "
    told = [line for line in refusal.value.message.split("\n") if what in line]
    assert told, refusal.value.message
    assert told[0].startswith(where)
    assert cure in refusal.value.message


def test_all_problems_of_a_lesson_are_reported_at_once(sums: Path):
    rewrite(sums, ('exercise="mean"', 'exercise="mean" colour="red"'), ('robust = "b"', 'robust = "d"'))
    with pytest.raises(UserError) as refusal:
        read_lesson(sums)
    assert "unknown tag `colour`" in refusal.value.message
    assert "is not among the options" in refusal.value.message
    assert "01_sums has 2 problems." in refusal.value.message


@pytest.mark.parametrize(
    "test",
    [
        "values = [student.mean([n]) for n in numbers]\nassert values == numbers",
        "def close(a, b):\n    return abs(a - b) < 1e-9\n\n\nassert close(student.mean([1]), 1)",
        "import math\n\nassert math.isclose(student.mean([1]), len([1]))",
        'with open("x") as file:\n    assert [student.mean([i for i in file]) for _ in range(2)]',
    ],
)
def test_a_test_may_use_builtins_the_setup_cell_and_what_it_binds_itself(sums: Path, test: str):
    rewrite(sums, ("assert student.mean([1, 2, 3]) == 2", test))
    assert read_lesson(sums)


# The student's lab


def test_the_lab_shows_no_solution_no_hidden_test_and_no_output(sums: Path):
    notebook = notebooks.student_notebook(read_lesson(sums))
    text = to_text(notebook)
    nbformat.validate(notebook)
    for secret in ("SOLUTION", "HIDDEN", "MARK SCHEME", "STUB", "BROKEN", "sum(values)\\n", "outliers", "(n - 1) / 2"):
        assert secret not in text.replace("`sum(values)` adds", "")
    for cell in notebook.cells:
        assert set(cell.metadata) <= {"nbgrader", "deletable", "editable", "tags"}
        assert cell.cell_type == "markdown" or (cell.outputs, cell.execution_count) == ([], None)
    assert notebook.metadata == {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }


def test_each_stub_is_what_the_lesson_says(sums: Path):
    cells = by_id(notebooks.student_notebook(read_lesson(sums)))
    assert cells["mean"].source.startswith(
        'def mean(values):\n    """The arithmetic mean."""\n    total = ...\n    raise NotImplementedError()\n'
    )
    assert cells["mean"].source.endswith("        # YOUR CODE HERE\n        raise NotImplementedError()")
    assert cells["largest"].source.split("\n")[1:3] == [f"    {regions.MEND}", "    best = 0"]
    assert cells["first_sum"].source.endswith("# b) 12\nfirst_sum = ...")
    assert cells["robust"].source.endswith("robust = ...")
    assert cells["reflection"].source == "YOUR ANSWER HERE"


def test_a_choice_brings_its_own_test_and_only_a_quiz_hides_the_right_answer(sums: Path):
    lab_cells, full = (
        by_id(notebooks.student_notebook(read_lesson(sums))),
        by_id(notebooks.instructor_notebook(read_lesson(sums))),
    )
    asked = 'check.choice("robust", student.robust, options="abc")'
    assert lab_cells["test_robust"].source == asked
    assert full["test_robust"].source == (
        f'{asked}\n### BEGIN HIDDEN TESTS\n{asked[:-1]}, answer="b")\n### END HIDDEN TESTS'
    )
    assert full["test_first_sum"].source == 'check.choice("first_sum", student.first_sum, options="ab")'


def test_hints_are_numbered_and_folded_with_markdown_inside(sums: Path):
    folded = [cell.source for cell in notebooks.student_notebook(read_lesson(sums)).cells if "<details>" in cell.source]
    assert folded[0] == "<details><summary>Hint 1 · a nudge</summary>\n\nAdd first, *then* divide.\n\n</details>"
    titles = [re.search("<summary>(.*)</summary>", text)[1] for text in folded]
    assert titles == ["Hint 1 · a nudge", "Hint 2 · nearly there"] * 2


def test_metadata_are_what_nbgraders_toolbar_writes(sums: Path):
    cells = by_id(notebooks.student_notebook(read_lesson(sums)))
    kept = ("schema_version", "grade", "solution", "locked", "task")
    flags = {
        name: tuple(cells[name].metadata.nbgrader[key] for key in kept)
        for name in cells
        if name in ("mean", "test_mean", "reflection")
    }
    assert flags == {
        "mean": (3, False, True, False, False),
        "test_mean": (3, True, False, True, False),
        "reflection": (3, True, True, False, False),
    }
    assert "points" not in cells["mean"].metadata.nbgrader
    assert cells["test_mean_scale"].metadata.nbgrader.points == 1.5
    assert cells["reflection"].metadata.nbgrader.points == 3


def test_test_cells_are_read_only_and_let_run_all_go_on(sums: Path):
    cells = by_id(notebooks.student_notebook(read_lesson(sums)))
    tests = [cell for name, cell in cells.items() if name.startswith("test_")]
    assert len(tests) == 5
    for cell in tests:
        assert (cell.metadata.editable, cell.metadata.deletable) == (False, False)
        assert cell.metadata.tags == ["raises-exception"]
    assert "editable" not in cells["mean"].metadata
    assert all("tags" not in cell.metadata for cell in notebooks.solution_notebook(read_lesson(sums)).cells)


def test_two_builds_give_the_same_bytes(sums: Path):
    for make in (notebooks.instructor_notebook, notebooks.student_notebook, notebooks.solution_notebook):
        assert to_text(make(read_lesson(sums))) == to_text(make(read_lesson(sums)))


def test_cell_ids_do_not_move_when_cells_are_added_and_repeated_cells_differ(sums: Path):
    before = {cell.source: cell.id for cell in notebooks.student_notebook(read_lesson(sums)).cells}
    rewrite(
        sums,
        (
            "# %% [markdown]\n# # Sums",
            "# %% [markdown]\n# Again.\n\n# %% [markdown]\n# Again.\n\n# %% [markdown]\n# # Sums",
        ),
    )
    after = notebooks.student_notebook(read_lesson(sums)).cells
    assert len({cell.id for cell in after}) == len(after)
    assert {cell.source: cell.id for cell in after if cell.source in before} == before


# The solution, executed


def test_the_solution_shows_answers_and_hidden_tests_without_markers(sums: Path):
    cells = by_id(notebooks.solution_notebook(read_lesson(sums)))
    assert "    total = sum(values)\n    return total / len(values)\n" in cells["mean"].source
    assert "###" not in to_text(notebooks.solution_notebook(read_lesson(sums)))
    assert f"== 2\n\n{regions.SHOWN_TESTS}\nfor n in" in cells["test_mean"].source
    assert "**How it is marked**\n\nOne point" in cells["reflection"].source


def test_the_built_solution_is_executed_and_counted_from_one(built: Path):
    notebook = nbformat.read(solution(), as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert [out.text for cell in code for out in cell.outputs] == ["sum 12\n"]
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.language_info == {"name": "python"}


def test_a_solution_is_executed_again_only_when_its_code_changed(built: Path, monkeypatch):
    runs = []
    monkeypatch.setattr(publish, "execute", lambda notebook, _: runs.append(1) or notebook)
    assert publish.build(built) == publish.Build(publish.Written.SAME, publish.Written.SAME, False)
    rewrite(built, ("# When would you", "# Tell me: when would you"))
    assert publish.build(built) == publish.Build(publish.Written.NEW, publish.Written.NEW, False)
    assert "sum 12" in solution().read_text() and runs == []
    rewrite(built, ('print("sum"', 'print("their sum"'))
    assert publish.build(built, run=False).solution is publish.Written.LEFT
    assert "their sum" in lab().read_text() and "their sum" not in solution().read_text()
    assert publish.build(built).executed and publish.build(built, force=True).executed
    assert len(runs) == 2


@pytest.mark.parametrize(
    ("edit", "named", "what"),
    [
        (("    total = sum(values)", "    total = sum(values) + nothing"), "assert student.mean([1", "NameError"),
        (('print("sum", sum(numbers))', "numbers.sort()\n1 / 0"), "1 / 0", "ZeroDivisionError: division by zero"),
    ],
)
def test_a_failing_solution_is_refused_with_the_line_of_lab_py(sums: Path, edit, named: str, what: str):
    text = rewrite(sums, edit)
    with pytest.raises(UserError, match=rf"lab\.py:{line_of(text, named)}: the solution fails here: {what}"):
        publish.build(sums)
    assert not lab().exists() and not solution().exists()


def test_a_solution_that_takes_too_long_is_refused(sums: Path):
    edits = (
        ("timeout: 30", "timeout: 2"),
        ("import sys", "import sys\nimport time"),
        ("numbers = [", "time.sleep(9)\nnumbers = ["),
    )
    text = rewrite(sums, *edits)
    with pytest.raises(UserError, match=rf"lab\.py:{line_of(text, 'import sys')}: .* timeout of 2 s"):
        publish.build(sums)


# Writing and checking


def test_a_file_that_is_right_already_is_not_touched(tmp_path: Path):
    path = tmp_path / "a" / "b.txt"
    assert publish.write(path, "é") is publish.Written.NEW
    before = path.stat().st_mtime_ns
    assert publish.write(path, "é") is publish.Written.SAME
    assert path.stat().st_mtime_ns == before and path.read_text(encoding="utf-8") == "é"


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch):
    path = tmp_path / "b.txt"
    path.write_text("old")
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        publish.write(path, "new")
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def run(*arguments: str) -> int:
    """Runs the command line in this process and returns its exit code."""
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as stop:
        patch.setattr(sys, "argv", ["grader", *arguments])
        cli.main()
    return stop.value.code or 0


def test_check_passes_on_what_build_wrote(built: Path, capsys):
    assert run("build", "--check") == 0
    assert "agree with lab.py" in capsys.readouterr().out


def test_check_shows_each_stale_cell_with_the_cure_and_writes_nothing(built: Path, capsys):
    rewrite(
        built, ("# When would you", "# Tell me: when would you"), ("total / len(values)", "total / max(1, len(values))")
    )
    before = lab().read_bytes(), solution().read_bytes()
    assert run("build", "01", "--check") == 1
    told = capsys.readouterr().out
    assert "labs/01_sums/01_sums.ipynb · cell 17 (" in told
    assert "-When would you rather use the median?\n+Tell me: when would you rather use the median?" in told
    assert "solutions/01_sums/01_sums.ipynb · cell 6 (mean)" in told
    assert "-    return total / len(values)\n+    return total / max(1, len(values))" in told
    assert "Run `grader build 01` and commit." in told
    assert (lab().read_bytes(), solution().read_bytes()) == before


def test_check_sees_what_a_hand_changed_in_the_lab(built: Path, capsys):
    lab().write_text(lab().read_text().replace('"points": 2', '"points": 20'))
    assert run("build", "sums", "--check") == 1
    assert '"points": 20' in capsys.readouterr().out


def test_check_sees_a_lab_saved_by_another_program(built: Path, capsys):
    lab().write_text(lab().read_text().replace("\n  ", "\n    "))
    assert run("build", "--check") == 1
    assert "another program wrote the file" in capsys.readouterr().out


def test_check_sees_what_was_never_built(sums: Path, capsys):
    assert run("build", "--check") == 1
    assert "labs/01_sums/01_sums.ipynb · is missing" in capsys.readouterr().out


def test_check_does_not_look_at_outputs(built: Path):
    solution().write_text(solution().read_text().replace("sum 12", "sum 13"))
    assert publish.differences(built) == []


def test_the_command_line_tells_what_happened_and_what_to_do(sums: Path, capsys):
    assert run("build", "no_such_lab") == 2
    told = capsys.readouterr().err
    assert "There is no lab called 'no_such_lab'." in told and "The labs are: 01_sums." in told


# nbgrader agrees


COURSE = Path(__file__).parents[2] / "course"


def nbgrader(*arguments: str, **environment: str) -> str:
    """What a stock nbgrader command prints; it must end well."""
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=COURSE,
        env=execute.kernel_environment() | environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_stock_generate_assignment_gives_the_same_lab(built: Path, tmp_path: Path):
    root, release = tmp_path / "class", tmp_path / "release"
    source = to_text(notebooks.instructor_notebook(read_lesson(built)))
    publish.write(root / "source" / "01_sums" / "01_sums.ipynb", source)
    nbgrader("generate_assignment", "01_sums", COURSE_ROOT=str(root), COURSE_RELEASE=str(release))
    generated = release / "01_sums" / "01_sums.ipynb"
    theirs, ours = [nbformat.read(path, as_version=4) for path in (generated, lab())]
    assert checksums(theirs) == checksums(ours) and len(checksums(ours)) == 10
    assert generated.read_text(encoding="utf-8").rstrip("\n") == lab().read_text(encoding="utf-8").rstrip("\n")


def checksums(notebook: NotebookNode) -> dict[str, str]:
    entries = [cell.metadata.nbgrader for cell in notebook.cells if "nbgrader" in cell.metadata]
    return {entry.grade_id: entry.checksum for entry in entries}


def test_nbgrader_validates_the_solution_and_not_the_untouched_lab(built: Path):
    assert "Success!" in nbgrader("validate", str(solution()))
    told = nbgrader("validate", str(lab()))
    assert "VALIDATION FAILED ON 6 CELL(S)" in told and "NotImplementedError" in told


# What is compared when a solution is replayed


def stream(text: str, name: str = "stdout") -> NotebookNode:
    return new_output("stream", name=name, text=text)


BAR = "\x1b[1m{}/4\x1b[0m \x1b[32m━━━━\x1b[0m \x1b[1m{}\x1b[0m {}/step - loss: 0.{}"


@pytest.mark.parametrize("elapsed", [("0s", "3ms"), ("12s", "1s"), ("1:05", "812us")])
def test_a_progress_bar_becomes_its_last_line_with_fixed_times(elapsed):
    first, last = BAR.format(1, "4s", "1s", 9), BAR.format(4, *elapsed, 5)
    drawn = [stream(first), stream("\b" * 20 + "\r" + last + "   \n"), stream("done\n")]
    assert [out.text for out in scrub(drawn)] == [BAR.format(4, "0s", "0ms", 5) + "\ndone\n"]


def test_times_of_an_epoch_line_are_fixed_too():
    assert scrub([stream("4/4 - 1s - 271ms/step - loss: 0.5\n")])[0].text == "4/4 - 0s - 0ms/step - loss: 0.5\n"


def test_log_lines_of_tensorflow_are_dropped_and_warnings_stay():
    log = "2025-01-31 12:00:00.123456: I tensorflow/core/x.cc:1] hi\nI0000 00:00:1738335600.123456    42 x.cc:2] hi\n"
    assert scrub([stream(log, "stderr"), stream("a"), stream("b")]) == [stream("ab")]
    kept = scrub([stream(log + "UserWarning: look here\n", "stderr")])
    assert kept == [stream("UserWarning: look here\n", "stderr")]


def test_retracing_warnings_on_stdout_are_dropped_too():
    log = "WARNING:tensorflow:5 out of the last 5 calls to <function f at 0x7f> triggered tf.function retracing.\n"
    assert scrub([stream(log + "\n"), stream("\n")]) == []
    assert scrub([stream("loss 0.5\n" + log[:9]), stream(log[9:])]) == [stream("loss 0.5\n")]


def test_a_warning_names_no_folder_of_this_machine():
    text = (
        "/home/me/env/lib/python3.12/site-packages/keras/a.py:9: UserWarning\n/tmp/ipykernel_12/34.py:2: UserWarning\n"
    )
    shown = "site-packages/keras/a.py:9: UserWarning\n<cell>:2: UserWarning\n"
    assert scrub([stream(text, "stderr")]) == [stream(shown, "stderr")]


def test_widgets_are_dropped_and_the_static_frame_stays():
    frame = new_output("display_data", {"image/png": "AAAA", "text/plain": "<Figure>"})
    widget = new_output("display_data", {WIDGET: {"model_id": "1"}, "text/plain": "IntSlider(value=0)"})
    assert scrub([frame, widget]) == [frame]


def test_addresses_are_fixed_and_the_given_outputs_stay_as_they_are():
    output = new_output("execute_result", {"text/plain": "<History at 0x7f00ab>"}, execution_count=3)
    assert scrub([output])[0].data["text/plain"] == "<History at 0x0>"
    assert output.data["text/plain"] == "<History at 0x7f00ab>"


@pytest.mark.parametrize(
    ("new", "committed", "same"),
    [
        ("loss 0.49996", "loss 0.50001", True),
        ("loss 0.4712", "loss 0.5001", False),
        ("1001 parameters", "1000 parameters", False),
        ("loss 0.5001", "cost 0.5001", False),
        ("rate 0.1", "rate 0.2", False),
        ("rate 1e-05", "rate 1e-04", False),
        ("gap 3.1e-08", "gap -2.7e-08", True),
        ({"status": "passed", "seen": "0.93461"}, {"status": "passed", "seen": "0.93459"}, True),
        ({"status": "passed"}, {"status": "wrong"}, False),
        ([0.33333331, 2], [0.33333334, 2], True),
        ([1, 2], [1, 3], False),
    ],
)
def test_outputs_are_alike_when_only_last_digits_differ(new, committed, same: bool):
    assert validate.alike(new, committed) is same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("4/4 \x1b[1m1s\x1b[0m 12ms/step   ", "4/4 \x1b[1m0s\x1b[0m 0ms/step"),
        ("<X at 0x7f12>", "<X at 0x0>"),
        ("loss 0.123456", "loss 0.12349"),
        ("/job:localhost/replica:0/task:0/device:GPU:0", "/job:localhost/replica:0/task:0/device:CPU:0"),
        ("saved /tmp/tmpab12cd34/m.keras", "saved /tmp/tmpzz98yy76/m.keras"),
        ("2025-01-31 12:00:00.123: hi", "2026-02-01T01:02:03: hi"),
    ],
)
def test_the_sanitizing_file_hides_what_differs_between_machines(one: str, other: str):
    from nbval.plugin import get_sanitize_patterns

    patterns = get_sanitize_patterns(paths.SANITIZE.read_text())
    assert len(patterns) == paths.SANITIZE.read_text().count("\nregex: ")
    for pattern, replacement in patterns:
        one, other = (re.sub(pattern, replacement, text) for text in (one, other))
    assert one == other


def test_validate_replays_solutions_and_fails_on_another_output(built: Path, capfd):
    assert validate.replay([solution()], jobs=1) == validate.Replay(notebooks=1, cells=11, failed=0)
    solution().write_text(solution().read_text().replace("sum 12", "sum 13"))
    result = validate.replay([solution()], jobs=1)
    assert (result.ok, result.failed) == (False, 1)
    assert "sum 13" in capfd.readouterr().out
    assert "1 of 11 cells do not show what is committed" in result.summary


def test_validate_asks_for_solutions_that_were_never_built(sums: Path):
    assert run("validate") == 2
