"""A student's file and the instructor's notebook give the notebook that is run, whatever the file holds."""

import json
from copy import deepcopy

import nbformat
import pytest

from grader.grade.lab import find_tasks, grade_id, is_test, nbgrader_of, task_of
from grader.grade.parse import parse
from grader.grade.reassemble import reassemble
from tests.submissions import tiny_lab as tiny

LAB = tiny.lab()


def assemble(notebook):
    content = notebook if isinstance(notebook, bytes) else tiny.as_bytes(notebook)
    result = reassemble(LAB, parse(content))
    nbformat.validate(result.notebook)
    return result


def ids(notebook):
    return [c.id for c in notebook.cells]


def sources(notebook):
    return {c.id: c.source for c in notebook.cells}


def assert_official(notebook):
    """Every test is the instructor's, once, with its points; every graded cell is there."""
    graded = {grade_id(c): c for c in notebook.cells if nbgrader_of(c)}
    assert len([c for c in notebook.cells if nbgrader_of(c)]) == len(graded)
    for official in LAB.official.cells:
        if nbgrader_of(official):
            ours = graded[grade_id(official)]
            assert nbgrader_of(ours) == nbgrader_of(official)
            assert ours.metadata == official.metadata
            assert ours.cell_type == official.cell_type
            if is_test(official):
                assert ours.source == official.source


def test_answers_come_from_the_student_and_tests_from_the_instructor():
    result = assemble(tiny.answered())
    assert result.notes == ()
    assert ids(result.notebook) == [c if c in ids(LAB.official) else c for c in _expected_ids()]
    assert sources(result.notebook)["double"] == tiny.RIGHT["double"]
    assert "hidden_marker" in sources(result.notebook)["test-double"]
    assert_official(result.notebook)


def _expected_ids():
    """Graded cells and the setup cell keep their ids, plain text is numbered."""
    kept = [c.id if nbgrader_of(c) or c.id == "setup" else None for c in LAB.official.cells]
    return [name or f"own-{i:04d}" for i, name in enumerate(kept)]


def test_an_untouched_lab_is_the_official_one():
    result = assemble(tiny.released())
    assert [c.source for c in result.notebook.cells] == [c.source for c in LAB.official.cells]
    assert result.notes == ()


def test_a_deleted_test_is_put_back_after_what_goes_before_it():
    result = assemble(tiny.without(tiny.answered(), "test-area", "test-area-zero"))
    order = ids(result.notebook)
    assert order.index("area") + 1 == order.index("test-area") == order.index("test-area-zero") - 1
    assert any("`test_area`" in note and "deleted" in note for note in result.notes)
    assert_official(result.notebook)


def test_deleted_solutions_and_the_deleted_setup_cell_are_put_back():
    result = assemble(tiny.without(tiny.answered(), "double", "setup", "reflection"))
    assert ids(result.notebook)[0] == "setup"
    assert tiny.STUB in sources(result.notebook)["double"]
    assert_official(result.notebook)


def test_an_empty_notebook_becomes_the_whole_lab():
    result = assemble({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    assert_official(result.notebook)


def test_a_copied_test_cell_is_left_out():
    notebook = tiny.answered()
    copy = deepcopy(tiny.cell(notebook, "test-double"))
    copy.id = "copy"
    notebook.cells.append(copy)
    result = assemble(notebook)
    assert any("more than once" in note for note in result.notes)
    assert_official(result.notebook)


def test_a_split_solution_runs_whole():
    notebook = tiny.answered(double="def double(x):\n    return helper(x)")
    second = deepcopy(tiny.cell(notebook, "double"))
    second.id, second.source = "second", "def helper(x):\n    return 2 * x"
    notebook.cells.insert(ids(notebook).index("double") + 1, second)
    result = assemble(notebook).notebook
    place = ids(result).index("double")
    assert result.cells[place + 1].source == second.source
    assert not nbgrader_of(result.cells[place + 1])


def test_of_a_stub_and_an_answer_with_the_same_id_the_answer_counts():
    notebook = tiny.released()
    answer = deepcopy(tiny.cell(notebook, "double"))
    answer.id, answer.source = "answer", tiny.RIGHT["double"]
    notebook.cells.insert(ids(notebook).index("double") + 1, answer)
    result = assemble(notebook)
    assert sources(result.notebook)["double"] == tiny.RIGHT["double"]
    assert any("untouched copy" in note for note in result.notes)


def test_points_tags_and_locks_never_come_from_the_student():
    notebook = tiny.answered()
    for c in notebook.cells:
        c.metadata["tags"] = ["skip-execution", "remove-cell"]
        if nbgrader_of(c):
            c.metadata.nbgrader["points"] = 200
            c.metadata.nbgrader["locked"] = False
            c.metadata.nbgrader["grade"] = False
    result = assemble(notebook).notebook
    assert_official(result)
    assert all("tags" not in c.metadata for c in result.cells)


def test_a_changed_test_is_restored_and_said():
    notebook = tiny.answered()
    tiny.cell(notebook, "test-double").source = "pass"
    result = assemble(notebook)
    assert any("`test_double`" in note and "changed" in note for note in result.notes)
    assert_official(result.notebook)


def test_white_space_that_editors_change_is_no_change():
    notebook = tiny.answered()
    test = tiny.cell(notebook, "test-double")
    test.source = test.source.replace("\n", "  \r\n") + "\n\n"
    assert assemble(notebook).notes == ()


def test_a_retyped_cell_is_graded_as_what_it_was():
    notebook = tiny.answered(reflection="I learned a lot.")
    for name, kind in (("double", "markdown"), ("test-area", "raw"), ("reflection", "code")):
        c = tiny.cell(notebook, name)
        c.cell_type = kind
    result = assemble(notebook)
    assert sources(result.notebook)["double"] == tiny.RIGHT["double"]
    assert sources(result.notebook)["reflection"] == "I learned a lot."
    assert sum("had become" in note for note in result.notes) == 3
    assert_official(result.notebook)


def test_own_cells_stay_where_they_are_without_metadata():
    notebook = tiny.with_cell_after(tiny.answered(), "double", "double(3)", metadata={"tags": ["x"]})
    result = assemble(notebook).notebook
    mine = result.cells[ids(result).index("double") + 1]
    assert mine.source == "double(3)"
    assert mine.metadata == {}


def test_more_imports_in_the_setup_cell_are_kept_beside_the_original():
    notebook = tiny.answered(setup=tiny.SETUP + "\nimport json")
    result = assemble(notebook).notebook
    place = ids(result).index("setup")
    assert result.cells[place].source == tiny.SETUP
    assert result.cells[place + 1].source.endswith("import json")


def test_cells_whose_metadata_an_editor_dropped_are_known_by_id():
    notebook = tiny.answered()
    for c in notebook.cells:
        c.metadata = {}
    result = assemble(notebook)
    assert sources(result.notebook)["double"] == tiny.RIGHT["double"]
    assert_official(result.notebook)


def test_a_foreign_kernel_and_schema_are_replaced():
    notebook = tiny.answered()
    notebook.metadata["kernelspec"] = {"name": "ir", "display_name": "R", "language": "R"}
    tiny.cell(notebook, "double").metadata.nbgrader["schema_version"] = 99
    result = assemble(notebook)
    assert result.notebook.metadata.kernelspec.name == "python3"
    assert any("“ir”" in note for note in result.notes)
    assert any("another version" in note for note in result.notes)
    assert_official(result.notebook)


def test_an_unknown_grade_id_makes_a_plain_cell():
    meta = {"nbgrader": {"grade_id": "bonus", "grade": True, "points": 100, "solution": False, "locked": True}}
    notebook = tiny.with_cell_after(tiny.answered(), "double", "1", metadata=meta)
    result = assemble(notebook)
    assert any("`bonus`" in note for note in result.notes)
    assert_official(result.notebook)


def test_old_formats_are_upgraded():
    notebook = tiny.answered()
    notebook.nbformat_minor = 0
    for c in notebook.cells:
        c.pop("id")
    assert_official(assemble(notebook).notebook)
    old = nbformat.convert(tiny.answered(), 3)
    result = assemble(old)
    assert sources(result.notebook)["double"] == tiny.RIGHT["double"]
    assert_official(result.notebook)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"   ",
        b'{"cells": [',
        b"<<<<<<< HEAD\n{}",
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b"[1, 2]",
        b"null",
        b'{"cells": 3}',
        b'{"nbformat": 4}',
        b'{"worksheets": [{"cells": 5}]}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_notebook_is_an_untouched_lab_with_a_note(content):
    result = assemble(content)
    assert [c.source for c in result.notebook.cells] == [c.source for c in LAB.official.cells]
    assert len(result.notes) == 1 and "could not be read" in result.notes[0]


@pytest.mark.parametrize(
    "broken",
    [
        None,
        7,
        {},
        {"cell_type": "code"},
        {"cell_type": "heading", "source": 3, "metadata": 5},
        {"cell_type": "code", "source": ["a", 1], "metadata": {"nbgrader": []}},
        {"cell_type": "code", "source": "\ud800\0", "metadata": {"nbgrader": {"grade_id": ["x"]}}, "id": 4},
    ],
)
def test_a_broken_cell_harms_no_other(broken):
    notebook = json.loads(tiny.as_bytes(tiny.answered()))
    notebook["cells"].insert(3, broken)
    result = assemble(json.dumps(notebook).encode())
    assert sources(result.notebook)["double"] == tiny.RIGHT["double"]
    nbformat.writes(result.notebook).encode("utf-8")
    assert_official(result.notebook)


def test_tasks_and_their_points_are_read_from_the_notebook():
    tasks = {task.id: task for task in find_tasks(LAB.official)}
    assert [t.id for t in tasks["area"].tests] == ["test_area", "test_area_zero"]
    assert {name: task.points for name, task in tasks.items()} == {
        "double": 2,
        "area": 2,
        "seeded": 1,
        "reflection": 3,
    }
    assert tasks["double"].title == "Exercise · Double"
    assert tasks["reflection"].manual and not tasks["double"].manual


def test_the_longest_exercise_owns_a_test():
    assert task_of("test_heads_deep_one", {"heads": None, "heads_deep": None}) == "heads_deep"
    assert task_of("test_heads_one", {"heads": None, "heads_deep": None}) == "heads"
