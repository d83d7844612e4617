"""The same class on a Dask cluster: a worker dies mid-way, and nothing is lost or recorded twice."""

import os
import shutil
import signal
import threading
import time
from dataclasses import replace

import pytest

from grader.errors import UserError
from grader.grade import batch
from grader.grade import outcome as o
from grader.grade.cluster import Cluster, _Sent
from grader.grade.gradebook import Course
from grader.grade.outcome import Submission
from grader.grade.progress import Progress
from grader.grade.run import RunLimits
from grader.grade.work import Work, faulty, lab_as_text
from grader.verdict import Status
from tests.submissions import pretended
from tests.submissions import tiny_lab as tiny
from tests.submissions.graded import grade_class, judged, register

distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")


@pytest.fixture(scope="module")
def cluster():
    dask = pytest.importorskip("dask")
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", silence_logs=60
        ) as cluster,
    ):
        yield cluster


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """A course in which the lab is registered. A new database costs seconds, a copy of this one none."""
    course = Course.open(tmp_path_factory.mktemp("fresh"))
    register(course, tiny.lab())
    return course.root


@pytest.fixture
def course(fresh, tmp_path):
    return Course.open(shutil.copytree(fresh, tmp_path / "course"))


def runner(folder, seconds=0.0, deadly=()):
    """A runner that travels by value. It notes its worker's process, and dies with it for the deadly students."""

    def run(job):
        import os
        import signal
        import time
        from pathlib import Path

        student = next(c.source for c in job.notebook.cells if c.source.startswith("# student ")).split()[2]
        began = Path(folder, student)
        began.write_text(f"{began.read_text() if began.exists() else ''}{os.getpid()}\n")
        time.sleep(seconds)
        if student in deadly:
            os.kill(os.getpid(), signal.SIGKILL)
        for cell in job.notebook.cells:
            if cell.cell_type == "code":
                cell.execution_count = 1
        return judged(job.notebook, {"test_double": Status.WRONG} if student[-1] in "13579" else {})

    return run


def hand_in(course, number):
    students = [f"s{index}" for index in range(number)]
    for student in students:
        folder = course.submission(student, tiny.NAME)
        folder.mkdir(parents=True)
        (folder / f"{tiny.NAME}.ipynb").write_bytes(tiny.as_bytes(pretended.answered(student)))
        (folder / "table.csv").write_text(student)
    return students


def grade(course, students, run, address, progress=None):
    settings = batch.Settings(RunLimits(), seed=7, run=run)
    return list(grade_class(course, tiny.lab(), students, settings, Cluster(address), progress))


def deserved(student):
    return 3 if student[-1] in "13579" else 5


def test_a_worker_is_killed_mid_way(cluster, course, tmp_path):
    students = hand_in(course, 16)
    began = tmp_path / "began"
    began.mkdir()
    killed = []

    def kill():
        deadline = time.monotonic() + 60
        while len(list(began.iterdir())) < 5 and time.monotonic() < deadline:
            time.sleep(0.02)
        newest = max(began.iterdir(), key=lambda path: path.stat().st_mtime)
        killed.append(int(newest.read_text().split()[-1]))
        os.kill(killed[0], signal.SIGKILL)

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    outcomes = grade(course, students, runner(began, 0.3), cluster.scheduler_address)
    killer.join()
    assert killed and killed[0] != os.getpid()
    assert sorted(outcome.student for outcome in outcomes) == sorted(students)  # each once
    assert not [outcome.fault for outcome in outcomes if outcome.has_fault]
    assert {outcome.student: outcome.score for outcome in outcomes} == {s: deserved(s) for s in students}
    for student in students:
        assert o.read(course.outcome(student, tiny.NAME)).score == deserved(student)
    rows = pretended.rows(course.db_url.split("?")[0])
    assert [row[0] for row in rows["notebooks"]] == sorted(students)
    workers = {pid for path in began.iterdir() for pid in path.read_text().split()}
    assert str(os.getpid()) not in workers and len(workers) >= 2


def test_a_submission_that_kills_every_worker_is_a_fault_and_stops_no_other(cluster, course, tmp_path):
    students = hand_in(course, 4)
    began = tmp_path / "began"
    began.mkdir()
    progress = Progress(len(students))
    outcomes = {
        x.student: x for x in grade(course, students, runner(began, 0, ("s2",)), cluster.scheduler_address, progress)
    }
    assert outcomes["s2"].status is Submission.FAULT and "KilledWorker" in outcomes["s2"].fault
    assert {s: outcomes[s].score for s in ("s0", "s1", "s3")} == {"s0": 5, "s1": 3, "s3": 3}
    assert progress.done == 4 and not progress.at


def test_what_a_runner_raises_is_a_fault(cluster, course):
    students = hand_in(course, 1)

    def fails(job):
        raise OSError(f"{job.files} no disk")

    (outcome,) = grade(course, students, fails, cluster.scheduler_address)
    assert "{'table.csv': b's0'} no disk" in outcome.fault


class Lost:
    """A future whose result dies with its worker: before it is fetched, and while it is fetched."""

    def __init__(self, *results):
        self.status, self.results = "lost", list(results)

    def result(self, timeout):
        found = self.results.pop(0)
        if isinstance(found, bytes):
            return found
        raise found


def test_a_result_that_dies_with_its_worker_is_waited_for():
    work = Work("ada", lab_as_text(tiny.lab()), None)
    graded = faulty(work, "something")
    sent, future = _Sent(None, None), Lost(TimeoutError, graded.to_json())
    sent.works[future] = work
    found = []
    for status in ("lost", "finished", "pending", "finished"):
        future.status = status
        found.append(sent.take(future, Progress(1)))
    assert found == [None, None, None, graded]
    assert not sent.works


def test_closing_it_takes_back_what_is_not_graded(cluster, course, tmp_path):
    students = hand_in(course, 12)
    began = tmp_path / "began"
    began.mkdir()
    settings = batch.Settings(RunLimits(), seed=7, run=runner(began, 0.2))
    some = grade_class(course, tiny.lab(), students, settings, Cluster(cluster.scheduler_address))
    next(some)
    some.close()
    time.sleep(0.5)
    begun = len(list(began.iterdir()))
    time.sleep(0.6)
    assert len(list(began.iterdir())) == begun < 12


def test_an_address_where_nothing_is(course, monkeypatch):
    monkeypatch.setattr("grader.grade.cluster.REACH", 0.5)
    students = hand_in(course, 1)
    for address in ("tcp://127.0.0.1:9", "nonsense://x"):
        with pytest.raises(UserError, match="no cluster") as error:
            grade(course, students, lambda job: judged(job.notebook), address)
        assert "dask scheduler" in error.value.cure


def test_another_version_there_is_refused(cluster, course, monkeypatch):
    students = hand_in(course, 1)
    there = replace(batch.Settings(RunLimits()), run=None)
    monkeypatch.setattr("grader.grade.cluster.engine", elsewhere)
    with pytest.raises(UserError, match="workers have keras-course"):
        grade(course, students, there.run, cluster.scheduler_address)


def elsewhere():
    """A version that differs by process."""
    return f"of process {os.getpid()}"


def test_a_cluster_without_workers_is_said(course, monkeypatch):
    monkeypatch.setattr("grader.grade.cluster.REACH", 0.5)
    students = hand_in(course, 1)
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=":0", silence_logs=60) as empty,
        pytest.raises(UserError, match="no workers"),
    ):
        grade(course, students, lambda job: judged(job.notebook), empty.scheduler_address)
