"""Grades on a Dask cluster: submissions and results travel as data; the gradebook stays here.

Workers need the same version of this package. Start them with one thread each (`dask worker ADDRESS --nthreads 1
--nworkers 4`), because a process grades one submission at a time. When a worker dies, the scheduler passes its
submission to another worker, as often as the cluster allows (`distributed.scheduler.allowed-failures`). After that,
the submission is tried once more on its own. It may have been run several times, but it is recorded once.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Iterator
from time import monotonic
from typing import TYPE_CHECKING

from grader.errors import UserError
from grader.grade.progress import Progress
from grader.grade.run import Runner
from grader.grade.work import Graded, Work, engine, faulty, grade_submission

if TYPE_CHECKING:
    from distributed import Client, Future

REACH = 20
"""Seconds within which the cluster has to respond."""
PATIENCE = 300.0
"""Seconds to wait for workers if there are none."""
TICK = 0.5
AHEAD = 2
"""Submissions sent ahead for each thread of the cluster, so that no thread waits for the network."""
_ONE_AT_A_TIME = threading.Lock()


class Cluster:
    """Grades on the cluster whose scheduler is at `address`, such as `tcp://10.0.0.1:8786`."""

    def __init__(self, address: str):
        self.address = address

    def grade_works(self, works: Iterable[Work], run: Runner, progress: Progress) -> Iterator[Graded]:
        """Results as they come. Closing the iterator cancels the submissions that have not been graded yet."""
        with _connect(self.address) as client:
            sent = _Sent(client, run)
            waiting = iter(works)
            last_seen = monotonic()
            try:
                while True:
                    threads = sum(client.nthreads().values())
                    last_seen = monotonic() if threads else last_seen
                    if monotonic() - last_seen > PATIENCE:
                        raise UserError(f"{self.address} has had no workers for {PATIENCE:g} s.", _GO_ON)
                    sent.fill(waiting, max(1, AHEAD * threads), progress)
                    if not sent.works:
                        return
                    for future in sent.finished():
                        if (graded := sent.take(future, progress)) is not None:
                            yield graded
                    progress.tick()
            except OSError as error:  # distributed's own errors of communication are of this kind
                raise UserError(f"The cluster at {self.address} was lost: {error}", _GO_ON) from error
            finally:
                sent.take_back()


class _Sent:
    """The submissions that are on the cluster."""

    def __init__(self, client: Client, run: Runner):
        self.client, self.run = client, run
        self.works: dict[Future, Work] = {}
        self.suspects: list[Work] = []
        self.alone: set[str] = set()

    def fill(self, waiting: Iterator[Work], most: int, progress: Progress) -> None:
        """Send as many as the cluster can take. Suspects come last, one at a time, to find the culprit."""
        while len(self.works) < most and (work := next(waiting, None)) is not None:
            self._send(work, progress)
        if not self.works and self.suspects:
            work = self.suspects.pop()
            self.alone.add(work.student)
            self._send(work, progress)

    def _send(self, work: Work, progress: Progress) -> None:
        self.works[self.client.submit(grade_there, work, self.run, pure=False)] = work
        progress.begins(f"cluster {work.student}", work.student)

    def finished(self) -> list[Future]:
        """The futures that have ended, after a short wait."""
        from distributed import wait

        with contextlib.suppress(TimeoutError), self.client.as_current():
            return list(wait(list(self.works), timeout=TICK, return_when="FIRST_COMPLETED").done)
        return []

    def take(self, future: Future, progress: Progress) -> Graded | None:
        """The result, once; None if it was lost with its worker, in which case the submission is graded again."""
        work = self.works[future]
        if future.status == "cancelled":
            raise OSError("it has canceled a submission")
        graded = None
        if future.status == "finished":
            try:
                graded = Graded.from_json(future.result(timeout=REACH))
            except TimeoutError:
                return None
        elif future.status == "error":
            graded = self._failed(work, future.exception(timeout=REACH))
        else:
            return None
        del self.works[future]
        progress.ends(f"cluster {work.student}")
        return graded

    def _failed(self, work: Work, error: BaseException) -> Graded | None:
        """A grader fault; but a submission that was running when workers died is first tried once more on its own."""
        from distributed import KilledWorker

        if isinstance(error, KilledWorker) and work.student not in self.alone:
            self.suspects.append(work)
            return None
        return faulty(work, f"The cluster could not grade this submission: {error!r}")

    def take_back(self) -> None:
        with contextlib.suppress(Exception):
            self.client.cancel(list(self.works), force=True)


def grade_there(work: Work, run: Runner) -> bytes:
    """Runs on a worker of the cluster, where one thread grades at a time."""
    with _ONE_AT_A_TIME:
        return grade_submission(work, run).to_json()


_GO_ON = "Start it again, then run the same command again: the results so far are kept."


@contextlib.contextmanager
def _connect(address: str) -> Iterator[Client]:
    try:
        from distributed import Client
    except ImportError:
        raise UserError("The package `distributed` is not installed.", "pip install 'keras-course[cluster]'") from None
    try:
        client = Client(address, timeout=REACH, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise UserError(
            f"There is no cluster at {address}: {error}",
            "Start one with `dask scheduler` and `dask worker ADDRESS --nthreads 1`, and pass the scheduler's address.",
        ) from error
    with client:
        _check_versions(client)
        yield client


def _check_versions(client: Client) -> None:
    try:
        client.wait_for_workers(1, timeout=REACH)
        there = set(client.run(engine).values())
    except TimeoutError:
        raise UserError("The cluster has no workers.", "Start some: `dask worker ADDRESS --nthreads 1`.") from None
    except Exception as error:
        raise UserError(
            f"The cluster's workers can't grade: {error!r}.", f"Install keras-course {engine()} on each."
        ) from error
    if there != {engine()}:
        raise UserError(
            f"The cluster's workers have keras-course {', '.join(sorted(there))}, this machine has {engine()}.",
            "Install the same version on all of them.",
        )
