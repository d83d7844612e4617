"""A batch goes on: killed at any moment, with dying workers, with a locked gradebook, and with nothing redone."""

import io
import json
import multiprocessing
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import threading
import time
from dataclasses import replace
from functools import partial

import nbformat
import psutil
import pytest
from nbgrader.plugins import BasePlugin
from rich.console import Console
from typer.testing import CliRunner

from grader import cli
from grader.errors import UserError
from grader.grade import batch, capacity, plan, workers
from grader.grade import outcome as o
from grader.grade.capacity import GB, Capacity
from grader.grade.command import Options, grade_lab
from grader.grade.gradebook import Course
from grader.grade.outcome import Submission
from grader.grade.progress import Bar, Lines, Progress, clock, progress_for
from grader.grade.run import Run, RunLimits
from grader.grade.show import page
from grader.grade.work import Graded, Work, lab_as_text, lab_from_text
from grader.grade.workers import Processes
from grader.kernel import runtime_dir
from grader.sandbox.backends import Unconfined
from grader.verdict import Status
from tests.submissions import pretended
from tests.submissions import tiny_lab as tiny
from tests.submissions.graded import grade_class, grade_one, grades, judged, register

SETTINGS = batch.Settings(RunLimits(), seed=7, run=pretended.run)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """A course in which the lab is registered. A new database costs seconds, a copy of this one none."""
    course = Course.open(tmp_path_factory.mktemp("fresh"))
    register(course, tiny.lab())
    return course.root


@pytest.fixture
def course(fresh, tmp_path):
    return Course.open(shutil.copytree(fresh, tmp_path / "course"))


@pytest.fixture
def console(tmp_path):
    """A console that is no terminal; what it was told is in `text.txt`."""
    with (tmp_path / "text.txt").open("w") as file:
        yield Console(file=file, width=150)


@pytest.fixture(autouse=True)
def nothing_to_confine(monkeypatch):
    """What is graded here is pretended: no sandbox has to be found for it."""
    monkeypatch.setattr("grader.sandbox.choose", lambda **_: Unconfined())


def hand_in(course, student="ada", notebook=None):
    folder = course.submission(student, tiny.NAME)
    folder.mkdir(parents=True, exist_ok=True)
    content = tiny.as_bytes(notebook or pretended.answered(student))
    (folder / f"{tiny.NAME}.ipynb").write_bytes(content)
    return folder


def command(course, console, run=pretended.run, seed=7, only=None, register=False, **options):
    """`grader grade` with a runner of the test's. The lab is registered already, which takes a while."""
    with pytest.MonkeyPatch.context() as patch:
        if not register:
            patch.setattr("grader.grade.recorder.register", lambda *_: None)
        patch.setattr("grader.grade.batch.Settings", partial(batch.Settings, run=run))
        options = Options(**{"workers": 0, **options})
        return grade_lab(tiny.lab(), None, course.root, None, None, seed, only, console, options)


def counting(run=pretended.run):
    """A runner that notes whom it was asked to run; for one process."""
    asked = []

    def counted(job):
        asked.append(pretended.student_of(job.notebook))
        return run(job)

    return counted, asked


def outcome_of(course, student="ada"):
    return o.read(course.outcome(student, tiny.NAME))


def database(course):
    return f"sqlite:///{course.root / 'gradebook.db'}"


# Killed


class Started:
    """The batch in a process of its own, which has everything imported."""

    def __init__(self, *arguments):
        self.process = multiprocessing.get_context("fork").Process(target=self._live, args=arguments)
        self.process.start()

    @staticmethod
    def _live(log, *arguments):
        with open(log, "a") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115 (pytest's own catches what is written)
        sys.exit(pretended.main(*arguments))

    def poll(self):
        return self.process.exitcode

    def wait(self, seconds):
        self.process.join(seconds)
        return self.process.exitcode


def start(course, seed, seconds, *more, workers=3):
    return Started(course.root / "log.txt", str(course.root), "", seed, str(workers), str(seconds), *more)


def finished(course):
    """Students whose outcome is written and whole."""
    return {path.stem for path in course.outcome("*", tiny.NAME).parent.glob("*.json") if o.read(path)}


def began(course):
    """How often each student's submission was begun."""
    names = [path.name.split(".")[0] for path in (course.root / "began").glob("*")]
    return {name: names.count(name) for name in names}


def kill(process, course, least, signum=signal.SIGKILL):
    """Kill the batch once so many outcomes are written; its workers must be gone soon after."""
    deadline = time.monotonic() + 60
    while len(finished(course)) < least:
        assert time.monotonic() < deadline and process.poll() is None, (course.root / "log.txt").read_text()
        time.sleep(0.02)
    children = psutil.Process(process.process.pid).children(recursive=True)
    os.kill(process.process.pid, signum)
    process.wait(30)
    _, alive = psutil.wait_procs(children, timeout=10)
    assert not alive
    return children


def survives_kills(fresh, tmp_path, number, seconds):
    disturbed = Course.open(shutil.copytree(fresh, tmp_path / "disturbed"))
    undisturbed = Course.open(shutil.copytree(fresh, tmp_path / "undisturbed"))
    for course in (disturbed, undisturbed):
        pretended.hand_in(course, number)
    draw = random.Random(number)
    seed = "7"
    for part in (0.15, 0.4, 0.7):
        process = start(disturbed, seed, seconds)
        kill(process, disturbed, int(number * (part + draw.uniform(-0.05, 0.05))))
        done, before = finished(disturbed), began(disturbed)
        seed = "-"  # none: the interrupted batch's is taken
    assert start(disturbed, seed, seconds).wait(600) == 0, (disturbed.root / "log.txt").read_text()
    after = began(disturbed)
    assert all(after.get(student) == before.get(student) for student in done)  # what was finished was not run again
    assert set(after) == {s for s in finished(disturbed) if int(s[1:]) % 10 < 8}
    assert max(after.values()) <= 4
    assert start(undisturbed, "7", seconds).wait(600) == 0
    assert pretended.rows(database(disturbed)) == pretended.rows(database(undisturbed))
    assert len(pretended.rows(database(disturbed))["students"]) == number
    return disturbed


def test_a_batch_killed_three_times_ends_like_an_undisturbed_one(fresh, tmp_path):
    course = survives_kills(fresh, tmp_path, number=60, seconds=0.1)
    assert "Resuming the interrupted batch, seed 7" in (course.root / "log.txt").read_text()
    leftover = [path for path in course.root.rglob(".*") if path.name not in (".grading",)]
    assert all(path.stat().st_size == 0 or ".json." in path.name or ".ipynb." in path.name for path in leftover)


@pytest.mark.skipif("GRADER_LONG" not in os.environ, reason="a thousand submissions: set GRADER_LONG=1")
def test_a_thousand_submissions_killed_three_times(fresh, tmp_path):
    survives_kills(fresh, tmp_path, number=1000, seconds=0.02)


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "terminated"])
def test_a_batch_that_is_stopped_ends_cleanly(course, signum):
    pretended.hand_in(course, 12)
    process = start(course, "7", 0.3, workers=2)
    children = kill(process, course, 3, signum)
    assert process.poll() == 130
    assert len(children) == 2
    assert "run the same command again to resume" in (course.root / "log.txt").read_text()
    done = finished(course)
    assert 3 <= len(done) < 12
    recorded = {row[0] for row in pretended.rows(database(course))["notebooks"]}
    assert recorded <= done and len(done - recorded) <= 1  # the one that Ctrl-C came between
    assert start(course, "-", 0).wait(60) == 0
    assert len(pretended.rows(database(course))["notebooks"]) == 12


class Killed(BaseException):
    """Stands for SIGKILL at an exact place: nothing after it is done."""


@pytest.mark.parametrize(
    ("place", "again"),
    [
        ("grader.grade.archive.Archive._keep_notebook", True),
        ("grader.grade.outcome.write", True),
        ("grader.grade.recorder.Recorder.record", False),
        ("grader.grade.recorder._score", False),
        ("grader.grade.recorder._penalty", False),
        ("grader.grade.plan.finish", False),
    ],
)
def test_killed_between_two_steps_it_goes_on(course, console, place, again):
    hand_in(course)
    run, asked = counting()
    with pytest.MonkeyPatch.context() as patch:

        def kill(*_, **__):
            raise Killed

        patch.setattr(place, kill)
        with pytest.raises(Killed):
            command(course, console, run)
    assert command(course, console, run, seed=None) == 0
    assert asked == ["ada"] * (2 if again else 1)
    assert grades(course, tiny.NAME, "ada").score == outcome_of(course).score
    assert outcome_of(course).versions.seed == 7


def test_killed_while_recording_a_new_answer_the_old_manual_grade_goes(course, console):
    hand_in(course)
    command(course, console)
    set_grade(course, "reflection", manual_score=2, needs_manual_grade=False)
    hand_in(course, notebook=pretended.answered("ada", reflection="Something else."))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("grader.grade.recorder._score", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            command(course, console)
    command(course, console)
    cell = grades(course, tiny.NAME, "ada").cells["reflection"]
    assert (cell.score, cell.manual, cell.waits) == (0, False, True)


def set_grade(course, cell, student="ada", **values):
    with course.gradebook() as gradebook:
        grade = gradebook.find_grade(cell, tiny.NAME, tiny.NAME, student)
        for name, value in values.items():
            setattr(grade, name, value)
        gradebook.db.commit()


# Kept, graded again


def test_what_has_not_changed_is_kept_and_said(course, console, tmp_path):
    for student in ("ada", "bob", "eve"):
        hand_in(course, student)
    run, asked = counting()
    command(course, console, run)
    first = {student: outcome_of(course, student) for student in ("ada", "bob", "eve")}
    hand_in(course, "bob", pretended.answered("bob", reflection="Better."))
    (course.submission("eve", tiny.NAME) / "table.csv").write_text("1,2\n")
    assert command(course, console, run, seed=8) == 0
    assert asked == ["ada", "bob", "eve", "bob", "eve"]
    assert outcome_of(course, "ada") == first["ada"]
    assert outcome_of(course, "bob").versions.seed == 8
    console.file.flush()
    text = (tmp_path / "text.txt").read_text()
    assert "1 kept: submission and lesson are unchanged" in text
    assert "1 of those were graded with a different seed" in text
    assert [line for line in text.splitlines() if line.startswith("ada")][-1].split("kept: ")[1]


def test_regrade_redoes_all_and_only_redoes_some(course, console):
    for student in ("ada", "bob"):
        hand_in(course, student)
    run, asked = counting()
    command(course, console, run)
    command(course, console, run, regrade=True)
    assert asked == ["ada", "bob"] * 2
    command(course, console, run, regrade=True, only=["bob"])
    assert asked == ["ada", "bob"] * 2 + ["bob"]


def test_an_interrupted_regrade_goes_on_where_it_was(course, console):
    for student in ("ada", "bob", "eve"):
        hand_in(course, student)
    command(course, console)

    def stops(job):
        if pretended.student_of(job.notebook) == "eve":
            raise KeyboardInterrupt
        return pretended.run(job)

    assert command(course, console, stops, seed=9, regrade=True) == 130
    run, asked = counting()
    command(course, console, run, seed=None, regrade=True)
    assert asked == ["eve"]
    assert {outcome_of(course, s).versions.seed for s in ("ada", "bob", "eve")} == {9}
    command(course, console, run, seed=9, regrade=True)
    assert asked == ["eve", "ada", "bob", "eve"]  # a finished one begins anew


def test_a_changed_lesson_is_graded_anew(course, console):
    hand_in(course)
    run, asked = counting()
    command(course, console, run)
    changed = tiny.lab()
    tiny.cell(changed.instructor, "test-seeded").source += "\n# stricter"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiny, "lab", lambda: changed)
        command(course, console, run, register=True)
    assert asked == ["ada", "ada"]


def test_a_fault_is_redone_always(course, console):
    hand_in(course)

    def fails(job):
        raise OSError("the disk is full")

    assert command(course, console, fails) == 1
    assert outcome_of(course).status is Submission.FAULT
    assert grades(course, tiny.NAME, "ada") is None
    assert command(course, console) == 0
    assert outcome_of(course).status is Submission.GRADED


@pytest.mark.parametrize("damage", [b"", b"{", b'{"student": 1}', b"\xff"], ids=["empty", "cut", "odd", "binary"])
def test_a_damaged_outcome_is_made_anew(course, console, damage):
    hand_in(course)
    command(course, console)
    course.outcome("ada", tiny.NAME).write_bytes(damage)
    run, asked = counting()
    assert command(course, console, run) == 0
    assert asked == ["ada"]


@pytest.mark.parametrize("lost", ["autograded", "gradebook.db"])
def test_what_was_lost_comes_back(course, console, lost):
    hand_in(course)
    command(course, console)
    place = course.root / lost
    shutil.rmtree(place) if place.is_dir() else place.unlink()
    run, asked = counting()
    assert command(course, console, run, register=True) == 0
    assert asked == (["ada"] if lost == "autograded" else [])
    assert grades(course, tiny.NAME, "ada").score == outcome_of(course).score


@pytest.mark.parametrize("content", [None, b'{"cells": ['], ids=["missing", "unreadable"])
def test_a_resubmission_that_holds_nothing_loses_the_old_score(course, console, content):
    folder = hand_in(course)
    command(course, console, run=lambda job: passing(job))
    assert grades(course, tiny.NAME, "ada").score == 5
    (folder / f"{tiny.NAME}.ipynb").unlink()
    if content is not None:
        (folder / f"{tiny.NAME}.ipynb").write_bytes(content)
    command(course, console)
    assert grades(course, tiny.NAME, "ada").score == 0


def passing(job):
    for cell in job.notebook.cells:
        if cell.cell_type == "code":
            cell.execution_count = 1
    return judged(job.notebook)


def test_manual_grades_and_extra_credit_stay_with_their_answer(course, console):
    hand_in(course)
    command(course, console, passing)
    set_grade(course, "reflection", manual_score=3, needs_manual_grade=False)
    set_grade(course, "test_double", extra_credit=1)
    command(course, console, passing, regrade=True)
    found = grades(course, tiny.NAME, "ada")
    assert found.score == 9
    assert not found.cells["reflection"].waits
    hand_in(course, notebook=pretended.answered("ada", double="def double(x):\n    return x + x"))
    command(course, console, passing)
    assert grades(course, tiny.NAME, "ada").score == 8  # the extra credit went with the answer


class Half(BasePlugin):
    def late_submission_penalty(self, student_id, score, seconds):
        return score / 2


def test_a_deadline_that_moves_moves_the_penalty_and_runs_nothing(course, console):
    course.config.AssignLatePenalties.plugin_class = Half
    (course.root / "nbgrader_config.py").write_text(
        "from tests.grade.test_batch import Half\nc = get_config()\nc.AssignLatePenalties.plugin_class = Half\n"
    )
    folder = hand_in(course)
    (folder / "timestamp.txt").write_text("2026-01-02 12:00:00 UTC")
    run, asked = counting(passing)

    def penalty():
        command(course, console, run)
        return grades(course, tiny.NAME, "ada").penalty

    assert penalty() == 0
    with course.gradebook() as gradebook:
        gradebook.update_or_create_assignment(tiny.NAME, duedate="2026-01-01 12:00:00 UTC")
    assert penalty() == 2.5
    with course.gradebook() as gradebook:
        gradebook.grant_extension(tiny.NAME, "ada", days=7)
    assert penalty() == 0
    (folder / "timestamp.txt").write_text("2026-02-02 12:00:00 UTC")
    assert penalty() == 2.5
    assert asked == ["ada"]


def test_data_files_travel_and_lie_beside_the_notebook(course, console):
    folder = hand_in(course)
    (folder / "table.csv").write_text("1,2\n")
    (course.root / "secret").write_text("x")
    (folder / "link.csv").symlink_to(course.root / "secret")
    seen = {}

    def looks(job):
        seen.update(job.files)
        return pretended.run(job)

    command(course, console, looks)
    assert seen == {"table.csv": b"1,2\n"}
    kept = course.autograded("ada", tiny.NAME).parent
    assert sorted(path.name for path in kept.iterdir()) == [f"{tiny.NAME}.ipynb", "table.csv"]
    (folder / "table.csv").unlink()
    command(course, console, looks)
    assert sorted(path.name for path in kept.iterdir()) == [f"{tiny.NAME}.ipynb"]


def test_a_second_notebook_is_said(course, console):
    folder = hand_in(course)
    (folder / "extra.ipynb").write_bytes(b"{}")
    command(course, console)
    assert "Of the 2 notebooks that you handed in, `00_tiny.ipynb` was graded." in outcome_of(course).notes


def test_nbgraders_own_configuration_is_obeyed(course, console):
    (course.root / "nbgrader_config.py").write_text("c = get_config()\nc.LimitOutput.max_lines = 3\n")
    hand_in(course)

    def floods(job):
        tiny.cell(job.notebook, "setup").outputs = [{"output_type": "stream", "name": "stdout", "text": "line\n" * 50}]
        return pretended.run(job)

    command(course, console, floods)
    text = course.autograded("ada", tiny.NAME).read_text()
    assert text.count("line\\n") == 2 and "truncated" in text


# Workers


@pytest.mark.parametrize("once", [True, False], ids=["once", "always"])
def test_a_worker_that_dies_costs_its_submission_one_try(course, console, tmp_path, once):
    students = [f"s{index}" for index in range(6)]
    for student in students:
        hand_in(course, student)
    run = partial(pretended.deadly, victim="s2", once=tmp_path / "once" if once else None)
    assert command(course, console, run, workers=2) == (0 if once else 1)
    for student in students:
        graded = outcome_of(course, student)
        assert graded.has_fault is (student == "s2" and not once)
        assert graded.student == student
    if not once:
        fault = outcome_of(course, "s2")
        assert "SIGKILL" in fault.fault and "memory" in fault.fault
        assert {task.status for task in fault.tasks} == {Status.FAULT}
        assert grades(course, tiny.NAME, "s2") is None


def test_a_worker_that_hangs_is_killed(course, console, monkeypatch):
    monkeypatch.setattr(workers, "SLACK", 1.0)
    monkeypatch.setattr(workers, "GOODBYE", 0.5)
    for student in ("ada", "bob"):
        hand_in(course, student)

    def hangs(job):
        if pretended.student_of(job.notebook) == "ada":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            time.sleep(300)
        return pretended.run(job)

    settings = replace(SETTINGS, limits=RunLimits(notebook_seconds=0), run=hangs)
    outcomes = {x.student: x for x in grade_class(course, tiny.lab(), ["ada", "bob"], settings, Processes(2))}
    assert outcomes["ada"].status is Submission.FAULT and "did not come back" in outcomes["ada"].fault
    assert outcomes["bob"].status is Submission.GRADED


def test_workers_are_replaced_after_their_time(course, console, monkeypatch):
    monkeypatch.setattr(workers, "LIFETIME", 2)
    students = [f"s{index}" for index in range(5)]
    for student in students:
        hand_in(course, student)

    def tells(job):
        job.notebook.cells[0].source = f"process {os.getpid()}"
        return pretended.run(job)

    assert command(course, console, tells, workers=1) == 0
    texts = [course.autograded(student, tiny.NAME).read_text() for student in students]
    assert len({text.split("process ")[1].split('"')[0] for text in texts}) == 3


def test_workers_share_the_warm_process_that_the_batch_started(course, console):
    hand_in(course, "ada")

    def tells(job):
        job.notebook.cells[0].source = f"{runtime_dir.folder()} {tempfile.gettempdir()}"
        return pretended.run(job)

    command(course, console, tells, workers=1)
    cell = json.loads(course.autograded("ada", tiny.NAME).read_text())["cells"][0]
    warm, scratch = "".join(cell["source"]).split()
    assert warm == runtime_dir.folder()
    assert scratch != tempfile.gettempdir()


def test_each_worker_is_a_process_of_its_own_out_of_the_terminals_group(course, console):
    for student in ("ada", "bob"):
        hand_in(course, student)

    def tells(job):
        time.sleep(0.5)
        job.notebook.cells[0].source = f"{os.getpid()} {os.getpgid(0)} {os.getppid()}"
        return pretended.run(job)

    before = psutil.Process().children()
    command(course, console, tells, workers=2)
    notebooks = [json.loads(course.autograded(s, tiny.NAME).read_text()) for s in ("ada", "bob")]
    pids, groups, parents = zip(*("".join(n["cells"][0]["source"]).split() for n in notebooks), strict=True)
    assert len(set(pids)) == 2 and pids == groups and set(parents) == {str(os.getpid())}
    assert set(psutil.Process().children()) <= set(before)


def test_a_thing_of_which_nothing_can_be_said_is_a_fault_and_stops_no_other(course, console):
    """A submission's folder that can't be read, a notebook that can't be written."""
    for student in ("ada", "bob"):
        hand_in(course, student)

    def breaks(job):
        ran = pretended.run(job)
        return Run(None) if pretended.student_of(job.notebook) == "ada" else ran

    assert command(course, console, breaks, workers=2) == 1
    assert outcome_of(course, "ada").has_fault and not outcome_of(course, "bob").has_fault


def test_how_many_workers_a_machine_bears():
    assert Capacity(4, 100 * GB).workers == 4
    assert Capacity(16, 6 * GB).workers == 4
    assert Capacity(2.5, 100 * GB).workers == 2
    assert Capacity(8, 0).workers == 1
    assert "8 CPUs, 3.0 GB free" in str(Capacity(8, 3 * GB))
    assert capacity.here().workers >= 1


def test_a_containers_bounds_count(tmp_path, monkeypatch):
    (tmp_path / "cpu.max").write_text("150000 100000\n")
    (tmp_path / "memory.max").write_text(f"{4 * GB}\n")
    (tmp_path / "memory.current").write_text(f"{GB}\n")
    monkeypatch.setattr(capacity, "_groups", lambda: iter([tmp_path, tmp_path / "none"]))
    here = capacity.here()
    assert here.cpus <= 1.5 and here.memory <= 3 * GB
    (tmp_path / "cpu.max").write_text("max 100000\n")
    (tmp_path / "memory.max").write_text("max\n")
    assert capacity.here().memory > 0


# The gradebook


def test_two_batches_at_a_time_are_refused(course):
    pretended.hand_in(course, 3)
    process = start(course, "7", 1.5)
    deadline = time.monotonic() + 30
    while not (course.root / "began").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.2)
    with pytest.raises(UserError, match="Another `grader grade`"), plan.alone(course):
        pass
    assert process.wait(60) == 0
    with plan.alone(course):
        pass


def locked(course, seconds):
    """Another program writes to the gradebook for so long; returns when it has begun."""
    begun = threading.Event()

    def hold():
        connection = sqlite3.connect(course.root / "gradebook.db", isolation_level=None)
        connection.execute("begin immediate")
        begun.set()
        time.sleep(seconds)
        connection.execute("rollback")
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    begun.wait()
    return thread


def test_a_locked_gradebook_is_waited_for(course):
    hand_in(course)
    thread = locked(course, 2)
    outcome = grade_one(course, tiny.lab(), "ada", SETTINGS)
    thread.join()
    assert grades(course, tiny.NAME, "ada").score == outcome.score


def test_a_gradebook_locked_for_too_long_loses_nothing(course, console):
    for student in ("ada", "bob"):
        hand_in(course, student)
    impatient = replace(course, db_url=f"{database(course)}?timeout=0.2")
    thread = None

    def locks(job):
        nonlocal thread
        thread = thread or locked(course, 3)
        return pretended.run(job)

    settings = replace(SETTINGS, run=locks)
    with pytest.raises(UserError, match="locked") as error:
        list(grade_class(impatient, tiny.lab(), ["ada", "bob"], settings))
    assert "are kept" in error.value.cure
    thread.join()
    assert finished(course) == {"ada", "bob"}
    run, asked = counting()
    assert command(course, console, run) == 0
    assert asked == []
    for student in ("ada", "bob"):
        assert grades(course, tiny.NAME, student).score == outcome_of(course, student).score


# What is kept and shown


def test_a_lab_and_an_outcome_travel_as_text(course):
    lab = tiny.lab()
    assert lab_from_text(lab_as_text(lab)) == lab
    hand_in(course)
    work = batch.read_work(course, lab, lab_as_text(lab), "ada", SETTINGS)
    graded = Graded.from_json(Graded(grade_one(course, lab, "ada", SETTINGS), "{}").to_json())
    assert graded.outcome == outcome_of(course)
    assert work.submission == graded.outcome.submission
    assert replace(work, files={"a": b"b"}).submission != replace(work, files={"ab": b""}).submission
    assert Work("ada", "", None).submission != Work("ada", "", b"", {"": b""}).submission


def test_a_grade_says_what_it_was_made_with(course, console):
    hand_in(course)
    command(course, console)
    made = outcome_of(course).versions
    assert made.engine and made.machine and len(made.lesson) == 64
    assert made.sandbox == "none"
    assert made.limits["notebook_seconds"] == 10 * made.timeout == 20
    assert outcome_of(course).finished.startswith("20")
    other = grade_one(course, tiny.lab(), "ada", replace(SETTINGS, seed=8))
    assert other.submission == outcome_of(course).submission
    assert other.made_from != plan._read(course.outcome("ada", tiny.NAME)).submission


def test_the_board_counts_and_estimates(course, console, tmp_path):
    progress = Progress(4)
    assert progress.left() is None
    progress.started -= 10
    progress.graded(None)
    assert 29 < progress.left() < 31
    assert isinstance(progress_for(console, 2, "tiny"), Lines)
    assert [clock(x) for x in (7, 750, 3750)] == ["0:07", "12:30", "1:02:30"]
    for student in ("ada", "bob"):
        hand_in(course, student)
    command(course, console, workers=2)
    console.file.flush()
    text = (tmp_path / "text.txt").read_text()
    assert "2 workers (" in text
    assert sum(line.startswith(("1/2 ", "2/2 ")) for line in text.splitlines()) == 2


def test_the_bar_shows_what_each_worker_is_at(tmp_path):
    with (tmp_path / "screen.txt").open("w") as file:
        terminal = Console(file=file, force_terminal=True, width=80)
        with progress_for(terminal, 3, "tiny") as progress:
            assert isinstance(progress, Bar)
            progress.begins("worker 1", "ada [bold]")
            progress.begins("worker 2", "bob")
            progress.tick()
            progress.ends("worker 2")
            for index in range(40):
                progress.at[f"cluster {index}"] = (f"s{index}", 0.0)
            progress.tick()
    text = (tmp_path / "screen.txt").read_text()
    assert "more" in text
    assert "0/3" in text and "worker 1" in text and "ada [bold]" in text and "bob" in text


def shown(course, student="ada"):
    console = Console(width=150, record=True, file=io.StringIO())
    console.print(page(course, outcome_of(course, student)))
    return console.export_text()


def test_show_says_all_there_is(course, console):
    def errs(job):
        ran = pretended.run(job)
        error = nbformat.v4.new_output("error", ename="ZeroDivisionError", evalue="", traceback=["ZeroDivisionError"])
        tiny.cell(ran.notebook, "area").outputs = [error]
        return ran

    hand_in(course, notebook=tiny.without(pretended.answered("ada"), "test-double"))
    command(course, console, errs)
    set_grade(course, "reflection", manual_score=2, needs_manual_grade=False)
    text = shown(course)
    for words in (
        "ada · 00_tiny",
        "points in the gradebook, 1 graded by hand",
        "test_area_zero",
        "ZeroDivisionError",
        "had been deleted",
        "seed",
        "sandbox     none",
        "cell_seconds 2",
        str(course.autograded("ada", tiny.NAME)),
        "not written yet: grader feedback 00_tiny",
    ):
        assert words in text, words


def test_show_of_a_fault_and_of_markup(course, console):
    def fails(job):
        raise OSError("[red]the disk[/] is full")

    hand_in(course)
    command(course, console, fails)
    text = shown(course)
    assert "[red]the disk[/] is full" in text and "not in the gradebook yet" in text


@pytest.mark.parametrize(
    ("student", "lab", "said"),
    [
        ("nobody", "01", "There are outcomes of: ada"),
        ("eve", "01", "has not been graded"),
        ("ada", "99", "no lab called"),
        ("broken", "01", "is damaged"),
    ],
)
def test_show_says_what_it_cannot_find(tmp_path, capsys, monkeypatch, student, lab, said):
    course = Course.open(tmp_path / "course")
    name = "01_lifecycle"
    course.submission("eve", name).mkdir(parents=True)
    for known, text in (("ada", "{}"), ("broken", "{")):
        o.write_text(course.outcome(known, name), text)
    monkeypatch.setattr(sys, "argv", ["grader", "show", student, lab, "--course-dir", str(course.root)])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert stop.value.code == 2
    assert said in " ".join(capsys.readouterr().err.split())


def test_the_command_line_offers_it():
    text = CliRunner().invoke(cli.app, ["grade", "--help"], env={"COLUMNS": "200"}).output
    for option in ("--workers", "--regrade", "--only", "--timeout", "--seed", "--cluster"):
        assert option in text
