"""Runs many small jobs, each in a process forked from this one, which has imported Keras but not used it."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from grader.kernel import tuning

PRELOAD = (
    "course.data",
    "grader.check.everything",
    "grader.student",
    "keras",
    "matplotlib.pyplot",
    "sklearn.datasets",
    "sklearn.model_selection",
    "sklearn.preprocessing",
)
AT_A_TIME = (os.cpu_count() or 1) + 1
"""Jobs at a time, by default: one more than there are cores, so that no core waits while the next is forked."""


def warm_up(modules: Sequence[str] = PRELOAD) -> None:
    """Import what the jobs need. One thread for each library: a fork copies only the thread that forks."""
    for name, value in tuning.VARIABLES.items():
        os.environ.setdefault(name, value)
    os.environ.setdefault("MPLBACKEND", "agg")
    for module in modules:
        importlib.import_module(module)
    tuning.reduce_compilation()
    tuning.reduce_garbage_collection()


def run_jobs(
    jobs: Iterable[Any], work: Callable[[Any], Any], workers: int, limit: float | Callable[[Any], float]
) -> Iterator[tuple[Any, Any, str]]:
    """Yield (job, result, "") as jobs end, in any order; (job, None, why) where a process died or took over
    `limit` seconds, which may depend on the job. Never more than `workers` processes at a time; a job is taken
    from `jobs` when a process is free for it."""
    context = multiprocessing.get_context("fork")
    waiting = iter(jobs)
    process: BaseProcess
    running: dict[Any, tuple[Any, BaseProcess, float, float]] = {}  # by the pipe of each
    try:
        while True:
            while len(running) < workers and (job := next(waiting, _NONE)) is not _NONE:
                ours, theirs = context.Pipe(duplex=False)
                process = context.Process(target=_child, args=(work, job, theirs))
                process.start()
                theirs.close()
                seconds = limit(job) if callable(limit) else limit
                running[ours] = (job, process, seconds, time.monotonic() + seconds)
            if not running:
                return
            next_deadline = min(deadline for *_, deadline in running.values())
            ready: list[Any] = wait(list(running), timeout=max(0.0, next_deadline - time.monotonic()))
            late = [pipe for pipe, (*_, deadline) in running.items() if time.monotonic() > deadline]
            for pipe in {*ready, *late}:
                job, process, seconds, _ = running.pop(pipe)
                yield job, *_collect(pipe, process, seconds, pipe in ready)
    finally:
        for _, process, *_ in running.values():
            process.kill()


_NONE = object()


def _collect(pipe: Connection, process: Any, limit: float, ready: bool) -> tuple[Any, str]:
    if not ready:
        process.kill()
        process.join()
        return None, f"took more than {limit:.0f} s"
    try:
        result, why = pipe.recv()
    except EOFError:
        result, why = None, "its process ended early"
    pipe.close()
    process.join(5)
    if process.is_alive():
        process.kill()
        process.join()
    return result, why


def _child(work: Callable[[Any], Any], job: Any, pipe: Connection) -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    try:
        answer = work(job), ""
    except BaseException as error:  # the parent has to report it, whatever it was
        answer = None, "".join(traceback.format_exception(error)).strip()
    pipe.send(answer)
    pipe.close()
    os._exit(0)  # without the teardown of what the parent had imported


@contextmanager
def scratch() -> Iterator[None]:
    """Temporary files written inside the block, also by processes started there, are removed at its end."""
    before = tempfile.tempdir, os.environ.get("TMPDIR")
    with tempfile.TemporaryDirectory(prefix="answers-") as folder:
        os.environ["TMPDIR"] = tempfile.tempdir = folder
        try:
            yield
        finally:
            tempfile.tempdir = before[0]
            os.environ.pop("TMPDIR") if before[1] is None else os.environ.update(TMPDIR=before[1])
