"""A class is graded: every way of handing in gets its status, and none stops or changes another."""

import csv
import json
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.plugins import CsvExportPlugin
from rich.console import Console

from grader import paths
from grader.errors import UserError
from grader.grade import batch, outcome, work
from grader.grade import lab as labs
from grader.grade.command import Options, grade_lab
from grader.grade.gradebook import Course, patient
from grader.grade.judged import CELL_TIMEOUT, KERNEL_DIED, NOTEBOOK_TIMEOUT, Judged, show, stopped
from grader.grade.lab import grade_id, load_lab
from grader.grade.outcome import Outcome, Submission
from grader.grade.parse import parse
from grader.grade.reassemble import reassemble
from grader.grade.run import Job, Run, RunLimits, run
from grader.grade.score import combine, score
from grader.grade.submissions import extract, find, open_submission, safe_id, take_in, unique_ids
from grader.grade.table import describe, table
from grader.lessons import notebooks, read_lesson
from grader.report.command import feedback_lab
from grader.verdict import CAPS, Observation, Status, Verdict
from tests.submissions import tiny_class
from tests.submissions import tiny_lab as tiny
from tests.submissions.graded import grade_class, grade_one, grades, judged, register

LIMITS = RunLimits(cell_seconds=3, grace_seconds=2, notebook_seconds=60)
REFLECTION = "reflection"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """A course in which the lab is registered. A new database costs seconds, a copy of this one none."""
    course = Course.open(tmp_path_factory.mktemp("fresh"))
    register(course, tiny.lab())
    return course.root


@pytest.fixture(scope="module")
def graded(fresh, tmp_path_factory):
    """The class, graded once: the course and its outcomes by student."""
    course = Course.open(shutil.copytree(fresh, tmp_path_factory.mktemp("class") / "course"))
    tiny_class.hand_in(course.submitted)
    settings = batch.Settings(LIMITS, seed=7)
    students = sorted(path.name for path in course.submitted.iterdir())
    outcomes = {o.student: o for o in grade_class(course, tiny.lab(), students, settings)}
    return course, outcomes


def statuses(result):
    return {task.id: str(task.status) for task in result.tasks if task.id != REFLECTION}


def points(result):
    return {task.id: task.points for task in result.tasks if task.id != REFLECTION}


@pytest.mark.parametrize(
    ("student", "double", "area", "seeded", "score"),
    [
        ("full", "passed", "passed", "passed", 5),
        ("partly", "passed", "partly", "passed", 4),
        ("wrong", "wrong", "wrong", "passed", 1),
        ("untouched", "not attempted", "not attempted", "not attempted", 0),
        ("crashing", "crashed", "crashed", "passed", 1),
        ("dying", "crashed", "passed", "passed", 3),
        ("dying_early", "passed", "crashed", "passed", 3),
        ("dying_often", "crashed", "crashed", "crashed", 0),
        ("leaving", "passed", "passed", "passed", 5),
        ("looping", "passed", "timed out", "passed", 3),
        ("looping_early", "passed", "timed out", "passed", 3),
        ("deaf", "timed out", "passed", "passed", 3),
        ("copied", "passed", "passed", "passed", 5),
        ("deleted", "passed", "passed", "passed", 5),
        ("noisy", "passed", "passed", "passed", 5),
        ("flood", "passed", "passed", "passed", 5),
        ("forger", "passed", "wrong", "passed", 3),
        ("shadow", "passed", "passed", "passed", 5),
        ("misnamed", "passed", "passed", "passed", 5),
        ("broken", "not attempted", "not attempted", "not attempted", 0),
        ("image", "not attempted", "not attempted", "not attempted", 0),
        ("report_only", "not attempted", "not attempted", "not attempted", 0),
    ],
)
def test_status_and_points(graded, student, double, area, seeded, score):
    result = graded[1][student]
    assert statuses(result) == {"double": double, "area": area, "seeded": seeded}, result.fault
    assert result.score == score
    assert not result.has_fault, result


def test_every_submission_has_an_outcome(graded):
    course, outcomes = graded
    assert {o.status for o in outcomes.values()} == {
        Submission.GRADED,
        Submission.UNREADABLE,
        Submission.NO_NOTEBOOK,
    }
    assert outcomes["broken"].status is outcomes["image"].status is Submission.UNREADABLE
    assert outcomes["report_only"].status is Submission.NO_NOTEBOOK
    for student, result in outcomes.items():
        assert outcome.read(course.outcome(student, tiny.NAME)) == result
        assert result.max_score == 8


def test_what_was_put_right_is_said(graded):
    notes = {student: " ".join(result.notes) for student, result in graded[1].items()}
    assert "more than once" in notes["copied"]
    assert "deleted" in notes["deleted"]
    assert "could not be read" in notes["broken"]
    assert "`report.docx`" in notes["report_only"]
    assert "`Untitled3.ipynb`" in notes["misnamed"]
    assert "`grader.py` was not used" in notes["misnamed"]
    assert notes["full"] == ""


def test_observations_are_kept(graded):
    double = graded[1]["wrong"].tasks[0]
    assert [v.title for v in double.verdicts] == ["Double", "Double, other numbers"][: len(double.verdicts)]
    result = graded[1]["partly"].tasks[1]
    seen = result.verdicts[-1].observations[-1]
    assert (seen.ok, seen.seen, seen.expected, seen.next) == (False, "-1", "0", "next of area(0)")


def test_the_error_of_the_students_own_cell_is_kept(graded):
    assert "ZeroDivisionError" in graded[1]["crashing"].tasks[1].problem
    assert graded[1]["full"].tasks[0].problem == ""


def test_a_record_says_what_the_grade_was_made_with(graded):
    made = graded[1]["full"].versions
    assert (made.seed, made.timeout) == (7, 3)
    assert made.engine and made.nbgrader and made.keras
    assert len(graded[1]["full"].submission) == 64


def test_output_is_cut_but_errors_and_verdicts_stay(graded):
    course, outcomes = graded
    notebook = nbformat.read(course.autograded("flood", tiny.NAME), as_version=4)
    cell = tiny.cell(notebook, "test-double")
    assert sum(len(o.get("text", "")) for o in cell.outputs) < 2_100_000
    assert len(outcomes["flood"].tasks[0].verdicts) == 2


def test_the_gradebook_has_the_same_scores(graded):
    course, outcomes = graded
    with course.gradebook() as gradebook:
        for student, result in outcomes.items():
            submission = gradebook.find_submission(tiny.NAME, student)
            assert submission.score == result.score, student
            assert submission.max_score == result.max_score
            for task in result.tasks:
                for part in task.parts:
                    grade = gradebook.find_grade(part.id, tiny.NAME, tiny.NAME, student)
                    assert 0 <= grade.score <= grade.max_score
                    assert grade.score == part.points, (student, part.id)


def test_written_answers_wait_for_a_person_and_stubs_do_not(graded):
    course, _ = graded
    full, untouched = (grades(course, tiny.NAME, s).cells[REFLECTION] for s in ("full", "untouched"))
    assert full.waits and not untouched.waits
    assert graded[1]["full"].tasks[-1].status is Status.TO_GRADE
    assert graded[1]["untouched"].tasks[-1].status is Status.NOT_ATTEMPTED


def test_formgrader_sees_the_same(graded):
    course, outcomes = graded
    api = NbGraderAPI(course.folders(tiny.NAME))
    rows = {row["student"]: row for row in api.get_submissions(tiny.NAME)}
    assert {s: row["score"] for s, row in rows.items()} == {s: o.score for s, o in outcomes.items()}
    assert all(row["autograded"] for row in rows.values())
    assert tiny.NAME in api.get_source_assignments()


def test_nbgrader_exports_the_same(graded, tmp_path):
    course, outcomes = graded
    with course.gradebook() as gradebook:
        plugin = CsvExportPlugin()
        plugin.to = str(tmp_path / "grades.csv")
        plugin.export(gradebook)
    with open(plugin.to, newline="") as file:
        rows = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert rows == {student: result.score for student, result in outcomes.items()}


def test_the_autograded_notebook_holds_the_whole_tests_and_the_answers(graded):
    course, _ = graded
    notebook = nbformat.read(course.autograded("wrong", tiny.NAME), as_version=4)
    sources = {grade_id(cell): cell.source for cell in notebook.cells if grade_id(cell)}
    assert sources["double"] == "def double(x):\n    return x + 2"
    assert "hidden_marker" in sources["test_double"]


def test_a_notebook_has_so_much_time_in_all(monkeypatch):
    lab = tiny.lab()
    notebook = reassemble(lab, parse(tiny_class.notebooks()["looping"])).notebook
    result = run(Job(notebook, RunLimits(cell_seconds=90, notebook_seconds=20), seed=7, setup=tiny.SETUP))
    errors = {
        grade_id(c): [o.ename for o in c.get("outputs", []) if o.output_type == "error"]
        for c in result.notebook.cells
        if grade_id(c)
    }
    assert errors["test_double"] == []
    assert "CellTimeoutError" in errors["test_area"]
    assert errors["test_seeded"] == ["NotebookTimeout"]


# One submission, graded again


def pretend(*failing, status=Status.WRONG, fault=""):
    """A runner that runs nothing: the named tests fail, the others pass."""

    def pretended(job):
        for cell in job.notebook.cells:
            if cell.cell_type == "code":
                cell.execution_count = 1
        return judged(job.notebook, {name: Judged(status, fault=fault) for name in failing})

    return pretended


def settings(*failing, **more):
    return batch.Settings(LIMITS, run=pretend(*failing, **more))


@pytest.fixture
def course(fresh, tmp_path):
    """A course with one student's finished lab."""
    course = Course.open(shutil.copytree(fresh, tmp_path / "course"))
    hand_in(course, tiny.as_bytes(tiny.answered(reflection="I learned.")))
    return course


def hand_in(course, content):
    folder = course.submission("ada", tiny.NAME)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    if content is not None:
        (folder / f"{tiny.NAME}.ipynb").write_bytes(content)


def score_of(course):
    return grades(course, tiny.NAME, "ada").score


@pytest.mark.parametrize(
    ("content", "failing", "left"),
    [
        (tiny.as_bytes(tiny.answered()), ("test_double",), 3),
        (tiny.as_bytes(tiny.without(tiny.answered(), *(c.id for c in tiny.released().cells))), tiny.TESTS, 0),
        (b'{"cells": [', (), 0),
        (None, (), 0),
    ],
    ids=["worse", "empty", "unreadable", "missing"],
)
def test_a_resubmission_loses_the_old_score(course, content, failing, left):
    grade_one(course, tiny.lab(), "ada", settings())
    set_manual(course, REFLECTION, 3)
    set_manual(course, "test_double", 2)
    assert score_of(course) == 8
    hand_in(course, content)
    result = grade_one(course, tiny.lab(), "ada", settings(*failing))
    assert result.score == left
    assert score_of(course) == (left + 2 if failing == ("test_double",) else left)  # double itself is unchanged


def set_manual(course, cell, points):
    with course.gradebook() as gradebook:
        grade = gradebook.find_grade(cell, tiny.NAME, tiny.NAME, "ada")
        grade.manual_score, grade.needs_manual_grade = points, False
        gradebook.db.commit()


def test_grading_the_same_again_keeps_a_manual_grade(course):
    grade_one(course, tiny.lab(), "ada", settings())
    set_manual(course, REFLECTION, 2)
    grade_one(course, tiny.lab(), "ada", settings())
    assert score_of(course) == 7


def test_a_fault_in_a_test_is_reported_and_waits(course):
    result = grade_one(
        course, tiny.lab(), "ada", settings("test_area", status=Status.FAULT, fault="ValueError: of ours")
    )
    assert result.status is Submission.FAULT and result.has_fault
    assert statuses(result) == {"double": "passed", "area": "grader fault", "seeded": "passed"}
    assert "ValueError" in result.tasks[1].parts[0].fault
    cell = grades(course, tiny.NAME, "ada").cells["test_area"]
    assert cell.waits and cell.score == 0


def test_a_fault_in_the_grader_stops_no_other_and_takes_no_points(course):
    grade_one(course, tiny.lab(), "ada", settings())

    def fails(job):
        raise OSError("the disk is full")

    broken = replace(settings(), run=fails)
    results = list(grade_class(course, tiny.lab(), ["ada", "nobody"], broken))
    assert [r.status for r in results] == [Submission.FAULT] * 2
    assert "the disk is full" in results[0].fault
    assert score_of(course) == 5


def test_late_penalties_and_odd_timestamps_are_nbgraders(course):
    (course.root / "nbgrader_config.py").write_text(
        "from nbgrader.plugins import BasePlugin\n"
        "class Half(BasePlugin):\n"
        "    def late_submission_penalty(self, student_id, score, seconds):\n"
        "        return score / 2\n"
        "c = get_config()\n"
        "c.AssignLatePenalties.plugin_class = Half\n"
    )
    course = Course.open(course.root)
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(tiny.NAME, duedate="2026-01-01 12:00:00 UTC")
    stamp = course.submission("ada", tiny.NAME) / "timestamp.txt"
    stamp.write_text("2026-01-02 12:00:00 UTC")
    grade_one(course, tiny.lab(), "ada", settings())
    assert grades(course, tiny.NAME, "ada").penalty == 2.5
    stamp.write_text("yesterday, I think")
    assert not grade_one(course, tiny.lab(), "ada", settings()).has_fault


def test_a_lab_with_other_cells_is_refused_once_graded(course):
    grade_one(course, tiny.lab(), "ada", settings())
    changed = tiny.lab()
    for notebook in (changed.instructor, changed.released):
        notebook.cells = [c for c in notebook.cells if grade_id(c) != "test_area"]
    with pytest.raises(UserError, match="other cells"):
        register(course, changed)


def test_any_database_url_works(tmp_path):
    elsewhere = tmp_path / "else where" / "grades.db"
    elsewhere.parent.mkdir()
    course = Course.open(tmp_path / "course", f"sqlite:///{elsewhere}")
    hand_in(course, tiny.as_bytes(tiny.answered()))
    list(grade_class(course, tiny.lab(), ["ada"], settings()))
    with Gradebook(f"sqlite:///{elsewhere}") as gradebook:
        assert gradebook.find_submission(tiny.NAME, "ada").score == 5
    assert not (course.root / "gradebook.db").exists()


def test_sqlite_is_patient():
    assert patient("sqlite:///a.db") == "sqlite:///a.db?timeout=60"
    assert patient("sqlite:///a.db?timeout=5") == "sqlite:///a.db?timeout=5"
    assert patient("postgresql://host/db") == "postgresql://host/db"


def test_a_database_that_cannot_be_opened_is_said(tmp_path):
    course = Course.open(tmp_path, f"sqlite:///{tmp_path}/no/such/folder/grades.db")
    with pytest.raises(UserError, match="can't be opened"):
        register(course, tiny.lab())


# Statuses


@pytest.mark.parametrize(
    ("before", "cause", "after"),
    [
        (Status.PASSED, KERNEL_DIED, Status.CRASHED),
        (Status.WRONG, CELL_TIMEOUT, Status.TIMED_OUT),
        (Status.TIMED_OUT, KERNEL_DIED, Status.TIMED_OUT),
        (Status.NOT_ATTEMPTED, NOTEBOOK_TIMEOUT, Status.TIMED_OUT),
        (Status.FAULT, KERNEL_DIED, Status.CRASHED),
    ],
)
def test_what_stops_a_cell_counts_where_it_says_more(before, cause, after):
    found = Judged(before, fault="seen").stopped_by(cause, "why")
    assert found == Judged(after, fault="seen", cause=cause, note="why")


def test_what_the_judge_reports_is_kept_whatever_the_status_is():
    """A complaint of the judge's about an answer that it could not use, on a part that crashed."""
    notebook = reassemble(tiny.lab(), parse(tiny_class.notebooks()["full"])).notebook
    verdict = Verdict("Area", Status.CRASHED, (Observation("it", False, "x" * 9000, figure={"x": "y" * 90_000}),))
    ran = judged(notebook, {"test_area": Judged(Status.CRASHED, (verdict,), fault="no answer of that type")})
    part = score(tiny.lab(), ran)[1].parts[0]
    assert (part.status, part.fault) == (Status.CRASHED, "no answer of that type")
    assert part.verdicts == (verdict,)
    read = Verdict.from_json(verdict.to_json())
    assert read == Verdict.from_json(read.to_json())
    assert len(read.observations[0].seen) == CAPS.text and read.observations[0].figure is None


def test_silence_is_no_success():
    notebook = reassemble(tiny.lab(), parse(tiny_class.notebooks()["full"])).notebook
    tasks = score(tiny.lab(), Run(notebook))
    assert {part.status for task in tasks[:3] for part in task.parts} == {Status.FAULT}


def run_of(**found):
    """A run of the right answers in which these test cells were judged so, and the others passed."""
    return judged(tiny.answered(), found)


def part_of(run, name="test_double"):
    """What scoring makes of a test cell."""
    return next(part for task in score(tiny.lab(), run) for part in task.parts if part.id == name)


@pytest.mark.parametrize("status", [Status.WRONG, Status.CRASHED, Status.TIMED_OUT, Status.PASSED, Status.FAULT])
def test_a_fault_that_the_judge_reports_is_kept_whatever_the_status_is(status):
    part = part_of(run_of(test_double=Judged(status, fault="IndexError: a check of ours")))
    assert (part.status, part.fault) == (status, "IndexError: a check of ours")


def test_outputs_of_a_test_cell_decide_nothing():
    run = run_of(test_double=Judged(Status.WRONG))
    tiny.cell(run.notebook, "test-double").outputs = []
    tiny.cell(run.notebook, "test-area").outputs = [error("CellTimeoutError")]
    assert [part_of(run, name).status for name in ("test_double", "test_area")] == [Status.WRONG, Status.PASSED]


def test_a_verdict_arrives_in_the_outcome_as_the_judge_gave_it(tmp_path):
    figure = {"kind": "graph diff", "nodes": [[0], {"label": "a"}]}
    seen = Observation("it", False, "s" * CAPS.text, "expected", "why", "next", figure=figure)
    verdict = Verdict("a check", Status.WRONG, (Observation("before", True, "fine"),) * 49 + (seen,))
    tasks = score(tiny.lab(), run_of(test_double=Judged(Status.WRONG, (verdict,))))
    result = Outcome(student="a", lesson="b", status="graded", score=0, max_score=8, tasks=tasks)
    outcome.write(result, tmp_path / "a.json")
    assert outcome.read(tmp_path / "a.json").tasks[0].parts[0].verdicts == (verdict,)
    assert Verdict.from_json(verdict.to_json()) == verdict  # what fits is cut by no step on the way


def test_a_verdict_is_cut_once():
    long = Observation("it", False, "s" * 10**5, figure={"nodes": ["x" * 10**5] * 100})
    once = Verdict.from_json(Verdict("t" * 10**5, Status.WRONG, (long,) * 1000).to_json())
    assert len(once.title) == len(once.observations[0].seen) == CAPS.text
    assert len(once.observations) == CAPS.observations and once.observations[0].figure is None
    assert Verdict.from_json(once.to_json()) == once


def test_a_cell_shows_what_was_judged():
    cell = tiny.cell(tiny.answered(), "test-double")
    show(cell, Judged(Status.PASSED, (Verdict("a check", Status.PASSED),)))
    assert [output.output_type for output in cell.outputs] == ["display_data"]
    show(cell, Judged(Status.FAULT, fault="IndexError: x"))
    assert (cell.outputs[0].ename, cell.outputs[0].evalue) == ("GraderFault", "IndexError: x")
    show(cell, stopped(KERNEL_DIED, "kernel died: out of memory"))
    assert cell.outputs[0].traceback == ["KernelDied: kernel died: out of memory"]


@pytest.mark.parametrize(
    ("enames", "status"),
    [
        ([], Status.NOT_ATTEMPTED),
        (["NotImplementedError"], Status.NOT_ATTEMPTED),
        (["KeyboardInterrupt", "CellTimeoutError"], Status.TIMED_OUT),
        (["NotebookTimeout"], Status.TIMED_OUT),
        (["KernelDied"], Status.CRASHED),
        (["ZeroDivisionError"], Status.CRASHED),
    ],
)
def test_an_answer_that_is_missing_since_its_cell_was_stopped(enames, status):
    run = run_of(test_double=Judged(Status.NOT_ATTEMPTED))
    tiny.cell(run.notebook, "double").outputs = [error(ename) for ename in enames]
    assert part_of(run).status is status


def error(ename):
    return nbformat.v4.new_output("error", ename=ename, evalue="", traceback=[ename])


def test_a_fault_is_never_hidden_behind_other_parts():
    assert combine([Status.PASSED, Status.FAULT]) is Status.FAULT
    assert combine([Status.PASSED, Status.WRONG]) is Status.PARTLY
    assert combine([Status.WRONG, Status.CRASHED]) is Status.CRASHED


# Intake


def layout(root, *files):
    for name in files:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"{}")
    return root


@pytest.mark.parametrize(
    ("files", "students"),
    [
        (["ada/00_tiny/00_tiny.ipynb", "bob/00_tiny/x.ipynb", "bob/01_other/y.ipynb"], ["ada", "bob"]),
        (["submitted/ada/00_tiny/00_tiny.ipynb", "gradebook.db"], ["ada"]),
        (["ada/00_tiny.ipynb", "bob/work.ipynb", "eve/notes.txt"], ["ada", "bob", "eve"]),
        (["ada.ipynb", "bob_00_tiny.ipynb", "__MACOSX/ada.ipynb", ".DS_Store"], ["ada", "bob"]),
        (["class 3/ada/x.ipynb", "class 3/bob/y.ipynb"], ["ada", "bob"]),
        (["ada/.ipynb_checkpoints/00_tiny.ipynb", "ada/00_tiny.ipynb"], ["ada"]),
    ],
)
@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
def test_layouts(tmp_path, files, students, packed):
    source = layout(tmp_path / "in", *files)
    if packed:
        source = tiny_class.zipped(source, tmp_path / "in.zip")
    intake = take_in(source, tmp_path / "submitted", tiny.NAME)
    assert list(intake.students) == students
    stored = [p.relative_to(tmp_path / "submitted").parts for p in (tmp_path / "submitted").rglob("*.ipynb")]
    assert all(parts[1] == tiny.NAME and ".ipynb_checkpoints" not in parts for parts in stored)


def test_one_students_folder_and_one_file(tmp_path):
    folder = layout(tmp_path / "ada", "00_tiny.ipynb", "table.csv")
    assert [f.name for f in find(folder, tiny.NAME, "ada")] == ["ada"]
    assert [f.name for f in find(folder / "00_tiny.ipynb", tiny.NAME, "ada")] == ["ada"]


def test_names_become_safe_and_stay_apart():
    assert safe_id("../../etc/passwd") == "_.._etc_passwd"
    assert safe_id("Müller, Jürgen") == "Müller_Jürgen"
    assert safe_id("*[a]?{b}") == "_a_b_"
    assert safe_id("...") == "student"
    assert unique_ids(["a b", "a_b", "A B"]) == ["a_b", "a_b_2", "A_B_3"]


def test_a_zip_writes_nowhere_else(tmp_path):
    archive = tmp_path / "evil.zip"
    link = zipfile.ZipInfo("bob/link.ipynb")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(archive, "w") as z:
        z.writestr("../escaped.ipynb", "{}")
        z.writestr("/absolute.ipynb", "{}")
        z.writestr("a\\..\\..\\windows.ipynb", "{}")
        z.writestr(link, "/etc/passwd")
        z.writestr("ada/00_tiny.ipynb", "{}")
    target = tmp_path / "deep" / "target"
    target.mkdir(parents=True)
    remarks = extract(archive, target)
    assert [p.relative_to(target).as_posix() for p in target.rglob("*") if p.is_file()] == ["ada/00_tiny.ipynb"]
    assert len(remarks) == 4
    assert sorted(p.name for p in tmp_path.iterdir()) == ["deep", "evil.zip"]


def test_a_zip_bomb_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr("grader.grade.submissions.MAX_FILE", 1000)
    archive = tmp_path / "bomb.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("ada/00_tiny.ipynb", "0" * 1_000_000)
        z.writestr("bob/00_tiny.ipynb", "{}")
    remarks = extract(archive, tmp_path / "out")
    assert "too large" in remarks[0]
    assert [p.parent.name for p in (tmp_path / "out").rglob("*.ipynb")] == ["bob"]


def test_links_in_a_folder_are_not_followed(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("x")
    source = layout(tmp_path / "in", "ada/00_tiny.ipynb")
    (source / "ada" / "data.txt").symlink_to(secret)
    (source / "eve").symlink_to(tmp_path)
    intake = take_in(source, tmp_path / "submitted", tiny.NAME)
    assert intake.students == ("ada",)
    assert not (tmp_path / "submitted/ada/00_tiny/data.txt").exists()


@pytest.mark.parametrize("name", ["nothing", "empty", "broken.zip"])
def test_nothing_to_grade_is_said(tmp_path, name):
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04")
    with pytest.raises(UserError) as error:
        take_in(tmp_path / name, tmp_path / "submitted", tiny.NAME)
    assert error.value.cure


def test_a_new_submission_replaces_the_old_one_whole(tmp_path):
    take_in(layout(tmp_path / "a", "ada/00_tiny.ipynb", "ada/old.csv"), tmp_path / "submitted", tiny.NAME)
    take_in(layout(tmp_path / "b", "ada/00_tiny.ipynb"), tmp_path / "submitted", tiny.NAME)
    folder = tmp_path / "submitted" / "ada"
    assert [p.name for p in folder.iterdir()] == [tiny.NAME]
    assert [p.name for p in (folder / tiny.NAME).iterdir()] == ["00_tiny.ipynb"]


def test_which_notebook_is_meant(tmp_path):
    several = open_submission(layout(tmp_path / "a", "x.ipynb", "y.ipynb"), tiny.NAME)
    assert several.content is None and "`x.ipynb`, `y.ipynb`" in several.notes[0]
    copy = open_submission(layout(tmp_path / "b", "00_tiny (1).ipynb", "other.ipynb"), tiny.NAME)
    assert copy.content == b"{}" and "graded as `00_tiny.ipynb`" in copy.notes[0]
    named = open_submission(layout(tmp_path / "c", "00_tiny.ipynb", "other.ipynb"), tiny.NAME)
    assert named.content == b"{}"


# The command


def test_the_command_takes_in_grades_and_shows(fresh, tmp_path, monkeypatch):
    shutil.copytree(fresh, tmp_path / "course")
    source = tmp_path / "in"
    source.mkdir()
    (source / "ada.ipynb").write_bytes(tiny.as_bytes(tiny.answered()))
    (source / "bob.ipynb").write_bytes(b"{")
    with open(tmp_path / "log.txt", "w") as file:
        console = Console(file=file, width=120)
        code = grade_lab(tiny.lab(), source, tmp_path / "course", None, 20, 7, None, console)
    text = Path(tmp_path / "log.txt").read_text()
    assert code == 0
    assert "ada" in text and "unreadable" in text
    written = json.loads((tmp_path / "course" / "outcomes" / tiny.NAME / "ada.json").read_text())
    assert written["score"] == 5
    with pytest.raises(UserError, match="eve"):
        grade_lab(tiny.lab(), None, tmp_path / "course", None, None, 7, ["eve"], console)
    with pytest.raises(UserError, match="no submissions"):
        grade_lab(tiny.lab(), None, tmp_path / "other", None, None, 7, None, console)


def test_the_table_fits_a_terminal(graded, capsys):
    results = list(graded[1].values())
    wide = [r.model_copy(update={"tasks": r.tasks[:-1] * 4 + r.tasks[-1:]}) for r in results]  # as many as a real lab
    Console(width=80).print(table("Tiny lab", wide))
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 80
    assert "dying_early" in text and "✓2" in text and "13\u00a0reflection" in text


def test_a_status_in_a_few_words(graded):
    words = {student: describe(result) for student, result in graded[1].items()}
    assert words["full"] == "passed, 1 to be graded"
    assert words["untouched"] == "not attempted"
    assert words["broken"] == "unreadable"
    assert words["partly"] == "1 partly, 1 not attempted"


def test_the_exit_code_tells_of_a_fault(course, capsys, monkeypatch):
    faulty = settings("test_area", status=Status.FAULT, fault="KeyError: of ours")
    monkeypatch.setattr("grader.grade.batch.Settings", lambda **_: faulty)
    code = grade_lab(tiny.lab(), None, course.root, None, None, 7, None, Console(width=120))
    assert code == 1
    assert "grader fault: ada" in capsys.readouterr().out


# What is made once


def counted(monkeypatch, owner, name):
    """Counts the calls of a function from now on."""
    calls, function = [], getattr(owner, name)

    def counting(*args, **kwargs):
        calls.append(args)
        return function(*args, **kwargs)

    monkeypatch.setattr(owner, name, counting)
    return calls


def test_a_batch_opens_the_gradebook_once_and_builds_the_graded_notebook_once(course, monkeypatch, tmp_path):
    (course.submission("ada", tiny.NAME).parent.parent / "bob").mkdir()
    shutil.copytree(course.submission("ada", tiny.NAME), course.submission("bob", tiny.NAME))
    given = settings()
    monkeypatch.setattr("grader.grade.batch.Settings", lambda **_: given)
    opened = counted(monkeypatch, Gradebook, "__init__")
    built = counted(monkeypatch, labs, "official_notebook")
    work._LABS.clear()
    with open(tmp_path / "log.txt", "w") as file:
        console = Console(file=file, width=120)
        for times in (1, 2):  # the second time everything is kept
            assert grade_lab(tiny.lab(), None, course.root, None, None, 7, None, console, Options(workers=0)) == 0
            assert (len(opened), len(built)) == (times, times)
        assert len(feedback_lab(tiny.lab(), course.root)) == 2
        assert len(opened) == 3


def test_workers_share_the_notebook_that_the_batch_has_built(course, monkeypatch):
    work._LABS.clear()
    lab = tiny.lab()
    assert work.lab_from_text(work.lab_as_text(lab)) is lab


def test_a_lesson_builds_its_instructor_notebook_once(monkeypatch):
    built = counted(monkeypatch, notebooks, "instructor_notebook")
    lab = load_lab(paths.lessons()[0])
    assert len(built) == 1
    assert lab.released == notebooks.student_notebook(read_lesson(paths.lessons()[0]))


# Outcomes of earlier versions


OLD = {
    "student": "ada", "lesson": "00_tiny", "status": "graded", "score": 0, "max_score": 2,
    "tasks": [{
        "id": "double", "title": "Double", "points": 0, "max": 2, "status": "crashed", "seconds": 1, "problem": "",
        "parts": [{
            "id": "test_double", "points": 0, "max": 2, "status": "crashed", "error": "KernelDied", "seconds": 1,
            "fault": "", "verdicts": [{"title": "Double", "status": "wrong", "observations": [{
                "about": "double(2)", "ok": False, "seen": "3", "expected": "4", "why": "", "next": "", "figure": None,
            }]}],
        }],
    }],
}  # fmt: skip


def test_an_outcome_of_an_earlier_version_is_read(tmp_path):
    path = tmp_path / "ada.json"
    path.write_text(json.dumps(OLD))
    (part,) = outcome.read(path).tasks[0].parts
    assert part.cause == KERNEL_DIED
    assert part.verdicts == (Verdict("Double", Status.WRONG, (Observation("double(2)", False, "3", "4"),)),)


def test_an_outcome_that_cannot_be_read_is_made_again_with_a_word(course, monkeypatch, tmp_path):
    outcome.write_text(course.outcome("ada", tiny.NAME), json.dumps({**OLD, "status": "of another version"}))
    given = settings()
    monkeypatch.setattr("grader.grade.batch.Settings", lambda **_: given)
    with pytest.raises(UserError, match="can't be read") as error:
        feedback_lab(tiny.lab(), course.root)
    assert "grader grade" in error.value.cure
    with open(tmp_path / "log.txt", "w") as file:
        console = Console(file=file, width=200)
        assert grade_lab(tiny.lab(), None, course.root, None, None, 7, None, console, Options(workers=0)) == 0
    assert "1 saved outcome can't be read" in Path(tmp_path / "log.txt").read_text()
    assert outcome.read(course.outcome("ada", tiny.NAME)).score == 5


def test_a_possible_fault_is_named_and_changes_neither_score_nor_exit_code(course, monkeypatch, capsys):
    doubtful = settings("test_area", status=Status.CRASHED, fault="IndexError: in a remote call")
    monkeypatch.setattr("grader.grade.batch.Settings", lambda **_: doubtful)
    assert grade_lab(tiny.lab(), None, course.root, None, None, 7, None, Console(width=150)) == 0
    assert "ada, test_area (crashed): IndexError" in capsys.readouterr().out
    assert score_of(course) == 4
