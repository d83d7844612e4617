"""nbgrader's own fixtures, notebooks that nobody here wrote, graded by us: with nbgrader's results, or better ones.

What nbgrader makes of them is what its own tests assert (nbgrader/tests/apps/test_nbgrader_autograde.py and
nbgrader/tests/preprocessors); where ours differs, a comment says why. Submissions are taken as they come. In an
instructor's notebook a first cell is put that imports `student`, and since tests run in a process of their own, where
the student's names aren't, they say `student.squares` for `squares`, and `except Exception` for `except ValueError`:
what the student's code raises comes to them as a StudentError.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
import nbgrader
import pytest
from nbformat.v4 import new_code_cell
from rich.console import Console

from grader.grade import outcome as outcomes
from grader.grade.command import Options, grade_lab
from grader.grade.gradebook import Course
from grader.grade.lab import Lab, grade_id, is_test, nbgrader_of
from grader.grade.outcome import Outcome, Submission
from grader.lessons import preprocessors
from grader.verdict import Status
from tests.submissions.graded import grades

FILES = Path(nbgrader.__file__).parent / "tests"
APPS, PARTS = FILES / "apps" / "files", FILES / "preprocessors" / "files"
STEPS = [step for step in preprocessors.GENERATE if step.__name__ not in ("SaveCells", "CheckCellMetadata")]

pytestmark = pytest.mark.skipif(not APPS.is_dir(), reason="this nbgrader comes without its tests' files")


def lab(source: Path, names: str, timeout: float = 20, without: tuple[str, ...] = ()) -> Lab:
    """The lab that an instructor's fixture makes. `names` are those of the student's objects that its tests use."""
    instructor = nbformat.read(source, as_version=4)
    instructor.nbformat_minor = 5
    instructor.cells.insert(0, new_code_cell("import os\n\nfrom grader import student", id="setup"))
    instructor.cells = [cell for cell in instructor.cells if grade_id(cell) not in without]
    pattern = re.compile(rf"\b({names})\b(?! returns| raises| relies)") if names else None
    for number, cell in enumerate(instructor.cells):
        cell.id = cell.get("id") or f"cell-{number}"
        if is_test(cell) and pattern:
            cell.source = pattern.sub(r"student.\1", cell.source).replace("except ValueError", "except Exception")
        if metadata := nbgrader_of(cell):
            metadata.setdefault("locked", False)
    released = preprocessors.apply(nbformat.from_dict(instructor), STEPS)
    return Lab("ps1", source.stem, timeout, nbformat.from_dict(instructor), released)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("fixtures")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def grade(lab: Lab, submissions: dict[str, Path | None], root: Path) -> tuple[Course, dict[str, Outcome]]:
    """Hand the files in as nbgrader's `submitted/` and grade them; None hands in an empty folder."""
    root.mkdir(exist_ok=True)
    course = Course.open(root)
    for student, path in submissions.items():
        folder = course.submission(student, lab.name)
        folder.mkdir(parents=True)
        if path:
            shutil.copyfile(path, folder / f"{lab.name}.ipynb")
    with open(root / "said", "w") as said:
        code = grade_lab(lab, None, root, None, None, 7, None, Console(file=said, width=150), Options(workers=0))
    assert code == 0, (root / "said").read_text()
    return course, {student: outcomes.read(course.outcome(student, lab.name)) for student in submissions}


def points(outcome: Outcome) -> dict[str, float]:
    return {part.id: part.points for task in outcome.tasks for part in task.parts}


def statuses(outcome: Outcome) -> dict[str, str]:
    return {part.id: str(part.status) for task in outcome.tasks for part in task.parts}


# ---- apps/files: what test_nbgrader_autograde.py grades


@pytest.fixture(scope="module")
def ps1(root: Path) -> tuple[Course, dict[str, Outcome]]:
    """The class of nbgrader's `test_grade` and `test_showtraceback_exploit`, and what else was made from its lab."""
    handed_in = {
        "foo": APPS / "submitted-unchanged.ipynb",
        "bar": APPS / "submitted-changed.ipynb",
        "spam": APPS / "submitted-cheat-attempt.ipynb",
        "eggs": APPS / "submitted-cheat-attempt-alternative.ipynb",
        "grade_changed": APPS / "submitted-grade-cell-changed.ipynb",
        "locked_changed": APPS / "submitted-locked-cell-changed.ipynb",
        "locked_changed_4_1": PARTS / "submitted-locked-cell-changed.ipynb",
        "grade_retyped": PARTS / "submitted-grade-cell-type-changed.ipynb",
        "answer_retyped": PARTS / "submitted-answer-cell-type-changed.ipynb",
        "changed_4_1": PARTS / "submitted-changed.ipynb",
        "too_new": APPS / "too-new.ipynb",
        "old_schema": FILES / "ui-tests" / "files" / "old-schema.ipynb",
        "twice_one_id": PARTS / "duplicate-grade-ids.ipynb",
        "no_cell_type": PARTS / "no-cell-type.ipynb",
        "another_lab": APPS / "test.ipynb",
        "recursive": PARTS / "infinite-recursion.ipynb",
        "long_output": PARTS / "long-output.ipynb",
        "missing": None,
    }
    return grade(lab(APPS / "submitted-unchanged.ipynb", "a"), handed_in, root / "ps1")


@pytest.mark.parametrize(
    ("student", "score", "waits"),
    [
        ("foo", 1, False),
        ("bar", 2, True),
        # A patched `showtraceback` gave 2 points once; nbgrader mended it, and asserts 1.
        ("spam", 1, True),
        ("eggs", 1, True),
        # OverwriteCells puts the source, the type and the points of locked and graded cells back.
        ("grade_changed", 1, False),
        ("locked_changed", 1, False),
        ("locked_changed_4_1", 1, False),
        ("grade_retyped", 1, False),
        ("answer_retyped", 1, False),
        ("changed_4_1", 2, True),
    ],
)
def test_scores_are_nbgraders(ps1, student, score, waits):
    course, found = ps1
    assert found[student].status is Submission.GRADED and not found[student].has_fault
    assert (found[student].score, found[student].max_score) == (score, 7)
    cells = grades(course, "ps1", student).cells
    assert any(cell.waits for cell in cells.values()) == waits
    assert sum(cell.score for cell in cells.values()) == score


def test_each_cell_gets_what_nbgrader_gives_it(ps1):
    _, found = ps1
    assert points(found["foo"]) == {"foo": 1, "bar": 0, "baz": 0, "quux": 0}
    assert points(found["bar"]) == {"foo": 1, "bar": 1, "baz": 0, "quux": 0}
    # nbgrader: 0 points and an error in the notebook. We tell an answer that isn't there from a wrong one.
    assert statuses(found["foo"])["bar"] == Status.NOT_ATTEMPTED
    assert statuses(found["spam"])["bar"] == Status.NOT_ATTEMPTED
    assert statuses(found["bar"])["baz"] == statuses(found["bar"])["quux"] == Status.TO_GRADE


def test_nothing_was_answered_is_said_as_nbgrader_does(ps1):
    """nbgrader's comment is "No response." on each answer that is still the stub."""
    course, _ = ps1
    with course.gradebook() as gradebook:
        for student, comment in (("foo", "No response."), ("bar", None)):
            for cell in ("set_a", "baz", "quux"):
                assert gradebook.find_comment(cell, "ps1", "ps1", student).comment == comment


@pytest.mark.parametrize("student", ["too_new", "old_schema", "twice_one_id", "no_cell_type", "another_lab"])
def test_what_nbgrader_refuses_stops_nobody(ps1, student):
    """A schema too new or too old, an id that occurs twice, a cell of no type: nbgrader stops with an error, and wants
    the file mended or `nbgrader update`. Metadata is the instructor's here, so there is nothing to refuse: what the
    submission does not answer earns nothing, and the others are graded."""
    _, found = ps1
    assert found[student].status is Submission.GRADED and not found[student].has_fault
    assert found[student].notes
    assert points(found[student]) == {"foo": 1, "bar": 0, "baz": 0, "quux": 0}


def test_errors_and_floods_in_own_cells_cost_nothing(ps1):
    """nbgrader cuts long outputs and tracebacks (LimitOutput); here they are cut while they come in."""
    course, found = ps1
    for student in ("recursive", "long_output"):
        assert points(found[student]) == {"foo": 1, "bar": 0, "baz": 0, "quux": 0}
        notebook = nbformat.read(course.autograded(student, "ps1"), as_version=4)
        assert sum(len(str(cell.get("outputs", ""))) for cell in notebook.cells) < 200_000


def test_a_missing_notebook(ps1):
    """nbgrader leaves the student out (`test_missing_files`), and an older score stays. Here it is an outcome: 0."""
    course, found = ps1
    assert found["missing"].status is Submission.NO_NOTEBOOK
    assert found["missing"].score == grades(course, "ps1", "missing").score == 0
    assert grades(course, "ps1", "missing").cells["baz"].waits is False


def test_cheating_is_shown_as_what_it_is(ps1):
    """nbgrader shows no error below the test that failed, since `showtraceback` was patched; ours has one."""
    course, _ = ps1
    for student in ("spam", "eggs"):
        notebook = nbformat.read(course.autograded(student, "ps1"), as_version=4)
        (test,) = (cell for cell in notebook.cells if grade_id(cell) == "bar")
        assert any(output.output_type == "error" for output in test.outputs)


# ---- hidden tests


def test_hidden_tests(root):
    """`test_hidden_tests_single_notebook`: what is released passes the visible tests, fails hidden ones in two cells,
    and earns 1.5 of 3.

    Here it earns 0.5 less: `sum_of_squares_uses_squares` deletes the student's function and looks whether the other one
    fails. No test can reach into the student's process here, so this one is left out of the lab (grader.lessons refuses
    it: tests reach the student's objects through `student` alone). What it asks for is how an answer was written.
    """
    source = APPS / "test-hidden-tests.ipynb"
    made = lab(source, "squares|sum_of_squares", without=("sum_of_squares_uses_squares",))
    for cell in made.released.cells:  # `c.ClearSolutions.code_stub=dict(python="# YOUR CODE HERE")`
        cell.source = cell.source.replace("raise NotImplementedError()", "")
    handed_in = root / "released.ipynb"
    nbformat.write(made.released, handed_in)
    assert "HIDDEN" not in handed_in.read_text()
    course, found = grade(made, {"foo": handed_in}, root / "hidden")
    assert points(found["foo"]) == {"correct_squares": 0, "squares_invalid_input": 1, "correct_sum_of_squares": 0}
    assert statuses(found["foo"])["correct_squares"] == Status.WRONG
    assert "BEGIN HIDDEN TESTS" in course.autograded("foo", "ps1").read_text()


# ---- side effects, time, the environment


def test_side_effects(root):
    """nbgrader keeps a file that a cell writes beside the autograded notebook. What a submission leaves behind is as
    hostile as the submission: here it goes with the sandbox, and neither folder holds it."""
    course, found = grade(lab(APPS / "side-effects.ipynb", ""), {"foo": APPS / "side-effects.ipynb"}, root / "side")
    assert found["foo"].status is Submission.GRADED
    for folder in (course.submission("foo", "ps1"), course.autograded("foo", "ps1").parent):
        assert not (folder / "side-effect.txt").exists()


def test_the_variable_by_which_a_test_knows_that_it_is_graded(root):
    """`test_grade_with_validating_envvar`: NBGRADER_EXECUTION is set, so the test fails, and the score is 0."""
    source = APPS / "validating-environment-variable.ipynb"
    _, found = grade(lab(source, ""), {"foo": source}, root / "variable")
    assert (found["foo"].score, found["foo"].max_score) == (0, 1)
    assert found["foo"].tasks[0].status is Status.WRONG


@pytest.mark.parametrize(("timeout", "score"), [(20, 1), (2, 0)])
def test_time_limits(root, timeout, score):
    """`test_autograde_timeout`: a test that takes 5 seconds passes by default, and fails with a limit of 2."""
    made = lab(APPS / "timeout.ipynb", "foo", timeout)
    _, found = grade(made, {"foo": APPS / "timeout.ipynb"}, root / f"timeout{timeout}")
    assert found["foo"].score == score
    assert found["foo"].tasks[0].status is (Status.PASSED if score else Status.TIMED_OUT)


@pytest.mark.parametrize("name", ["infinite-loop", "infinite-loop-with-output"])
def test_endless_loops(root, name):
    """nbgrader grades the first (`test_infinite_loop`) and skips its own test of the second, which "takes too long to
    run and consumes a LOT of memory", and leaves no autograded notebook. Here both are stopped and kept."""
    made = lab(APPS / f"{name}.ipynb", "", timeout=1)
    course, found = grade(made, {"foo": APPS / f"{name}.ipynb"}, root / name)
    assert found["foo"].status is Submission.GRADED and not found["foo"].has_fault
    assert course.autograded("foo", "ps1").is_file()
