"""Worker processes on this machine, each grading one submission at a time. A worker's death costs no other its grade.

They are processes and not threads, because nbgrader changes the working folder and the environment of its process. On
Linux, a worker is forked from the batch, so that everything is already imported.
"""

from __future__ import annotations

import contextlib
import contextvars
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from time import monotonic

from grader.grade.progress import Progress
from grader.grade.run import Runner
from grader.grade.work import Graded, Work, faulty, grade_submission
from grader.kernel import runtime_dir
from grader.sandbox import libc

TICK = 0.25
"""Seconds between two checks of the workers, if none has a result."""
GOODBYE = 5.0
"""Seconds that a worker has to end the processes that it started."""
SLACK = 120.0
"""Seconds beyond a notebook's limits after which the worker itself is considered stuck."""
TRIES = 2
LIFETIME = 100
"""Submissions after which a worker is replaced, so that memory leaks of libraries stay small."""


class Here:
    """Grades in this process, one submission after another."""

    def grade_works(self, works: Iterable[Work], run: Runner, progress: Progress) -> Iterator[Graded]:
        for work in works:
            progress.begins("here", work.student)
            yield grade_submission(work, run)
            progress.ends("here")


class Processes:
    """Grades with `number` worker processes. A submission whose worker dies is tried again on a new worker."""

    def __init__(self, number: int):
        self.number = number

    def grade_works(self, works: Iterable[Work], run: Runner, progress: Progress) -> Iterator[Graded]:
        """Results as they come. Closing the iterator ends the workers and the processes that they started."""
        crew, queue = _Crew(self.number, run), _Queue(works)
        found: list[Graded] = []
        try:
            while True:
                _occupy(crew, queue, progress)
                yield from found  # the caller writes them to disk while the workers continue
                if not crew.busy:
                    return
                found = list(_harvest(crew, queue, progress))
                progress.tick()
        finally:
            crew.end()


def _occupy(crew: _Crew, queue: _Queue, progress: Progress) -> None:
    for place in crew.idle():
        task = queue.next()
        if task is None:
            return
        worker = crew.worker(place, fresh=task.tries > 1)
        progress.begins(worker.name, task.work.student)
        worker.give(task)


def _harvest(crew: _Crew, queue: _Queue, progress: Progress) -> Iterator[Graded]:
    for worker in crew.ready():
        progress.ends(worker.name)
        task, graded = worker.take()
        if graded is None and task.tries < TRIES:
            queue.again(task)
        else:
            yield graded or faulty(task.work, worker.obituary())


@dataclass(frozen=True)
class _Try:
    """One try to grade a submission; `tries` counts it and those before it."""

    work: Work
    tries: int = 1


class _Queue:
    """The submissions that are left to grade; those whose worker has died come first."""

    def __init__(self, works: Iterable[Work]):
        self.waiting = iter(works)
        self.returned: list[_Try] = []

    def next(self) -> _Try | None:
        if self.returned:
            return self.returned.pop(0)
        work = next(self.waiting, None)
        return None if work is None else _Try(work)

    def again(self, task: _Try) -> None:
        self.returned.append(_Try(task.work, task.tries + 1))


class _Crew:
    """The workers, started when they are needed."""

    def __init__(self, number: int, run: Runner):
        method = "fork" if sys.platform == "linux" else "spawn"
        self.context = multiprocessing.get_context(method)
        self.forks = method == "fork"
        self.run = run
        self.workers: dict[int, _Worker] = {}
        self.number = number
        self.folder = tempfile.mkdtemp(prefix="grade-")

    @property
    def busy(self) -> list[_Worker]:
        return [worker for worker in self.workers.values() if worker.task is not None]

    def idle(self) -> list[int]:
        return [place for place in range(self.number) if not self._at(place) or self._at(place).task is None]

    def worker(self, place: int, fresh: bool) -> _Worker:
        """The worker at that place; a new one if there is none, if it has finished, or if a fresh one is wanted."""
        worker = self._at(place)
        if worker and (fresh or worker.finished):
            worker.dismiss()
            worker.bury(GOODBYE)
            worker = None
        if worker is None:
            worker = self.workers[place] = _Worker(f"worker {place + 1}", self)
        return worker

    def _at(self, place: int) -> _Worker | None:
        return self.workers.get(place)

    def ready(self) -> list[_Worker]:
        """The busy workers that have a result or will never have one; returns after at most TICK seconds."""
        busy = self.busy
        spoken = wait([worker.connection for worker in busy], timeout=TICK)
        return [w for w in busy if w.connection in spoken or not w.process.is_alive() or w.is_stuck()]

    def end(self) -> None:
        """End all workers and wait for them."""
        for worker in self.workers.values():
            worker.dismiss()
        deadline = monotonic() + GOODBYE
        for worker in self.workers.values():
            worker.bury(max(0.0, deadline - monotonic()))
        shutil.rmtree(self.folder, ignore_errors=True)


class _Worker:
    """One worker process, as the batch sees it."""

    def __init__(self, name: str, crew: _Crew):
        self.name = name
        self.connection, theirs = crew.context.Pipe()
        # A forked worker inherits the other connections: it closes them, so that each worker notices the batch's end.
        inherited = [self.connection, *(w.connection for w in crew.workers.values())] if crew.forks else []
        self.process = crew.context.Process(
            target=_serve, args=(theirs, inherited, crew.run, crew.folder), name=name, daemon=False
        )
        with warnings.catch_warnings():
            # The batch itself runs no threads; those of BLAS can be forked.
            warnings.simplefilter("ignore", DeprecationWarning)
            self.process.start()
        theirs.close()
        self.task: _Try | None = None
        self.done = 0
        self.deadline = 0.0

    @property
    def finished(self) -> bool:
        return self.done >= LIFETIME or not self.process.is_alive()

    def give(self, task: _Try) -> None:
        self.task = task
        self.deadline = monotonic() + 2 * task.work.limits.notebook_seconds + SLACK
        with contextlib.suppress(OSError):  # it has died, which shows when its result is taken
            self.connection.send(task.work)

    def is_stuck(self) -> bool:
        return monotonic() > self.deadline

    def take(self) -> tuple[_Try, Graded | None]:
        """The try that it was given and the result, None if the worker has died or must be ended."""
        task, self.task = self.task, None
        with contextlib.suppress(EOFError, OSError):
            if self.connection.poll():
                self.done += 1
                return task, Graded.from_json(self.connection.recv_bytes())
        self.dismiss()
        self.bury(GOODBYE)
        return task, None

    def obituary(self) -> str:
        if self.is_stuck():
            return f"The process that graded this submission did not come back, {TRIES} times."
        code = self.process.exitcode or 0
        ended = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        memory = " This often means that memory ran out: use fewer --workers." if code == -signal.SIGKILL else ""
        return f"The process that graded this submission died, {TRIES} times ({ended}).{memory}"

    def dismiss(self) -> None:
        """End the worker; a busy one first ends the processes that it started."""
        self.connection.close()
        if self.process.is_alive():
            self.process.terminate()

    def bury(self, seconds: float) -> None:
        self.process.join(seconds)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


def _serve(connection: Connection, inherited: list[Connection], run: Runner, folder: str) -> None:
    """The main function of a worker: grades submissions until the batch ends."""
    for other in inherited:
        other.close()
    _detach()
    runtime_dir.pin()  # the workers share the batch's warm process
    tempfile.tempdir = folder  # files that a killed worker leaves are removed with this folder
    with contextlib.suppress(EOFError, OSError):
        # In a new context: in the batch's, Jupyter may have left an event loop, which two processes can't share.
        contextvars.Context().run(_grade_all, connection, run)


def _grade_all(connection: Connection, run: Runner) -> None:
    while True:
        connection.send_bytes(grade_submission(connection.recv(), run).to_json())


def _detach() -> None:
    """Leave the terminal's process group, so that Ctrl-C reaches the batch only, and end when the batch ends."""
    batch = os.getppid()
    with contextlib.suppress(OSError):
        os.setpgid(0, 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _exit)
    if sys.platform == "linux":
        libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != batch:
            sys.exit(1)


def _exit(number: int, frame: object) -> None:
    """Exit by an exception, so that everything that the worker started is ended on the way."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(1)
