"""Finds out which sandbox holds on this machine, by trying to break out of each and not by version numbers."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from grader.errors import UserError
from grader.sandbox import runtime
from grader.sandbox.attempts import ATTEMPTS, Targets
from grader.sandbox.backends import Backend, Unconfined, candidates, registered
from grader.sandbox.confine import NotConfined
from grader.sandbox.exit_status import DISK, EXIT, MEMORY, PROCESSES, TIME, Ended
from grader.sandbox.guard import discard, start
from grader.sandbox.policy import MB, Policy

RESOURCES, WORK = "limits", "ordinary work"


@dataclass(frozen=True)
class Finding:
    """The result of one attempt: whether the sandbox held, and what was observed."""

    group: str
    title: str
    held: bool
    seen: str = ""


@dataclass(frozen=True)
class Examination:
    """All attempts to break out of one sandbox. `unavailable` says why none was made."""

    backend: Backend
    findings: dict[str, Finding] = field(default_factory=dict)
    unavailable: str = ""

    @property
    def holds(self) -> bool:
        return bool(self.findings) and all(finding.held for finding in self.findings.values())

    @property
    def leaks(self) -> list[Finding]:
        return [finding for finding in self.findings.values() if not finding.held]


@cache
def choose(image: str = "", allow_unsandboxed: bool = False) -> Backend:
    """The first backend that holds on this machine. Each process tries once.

    Raises UserError if none holds, unless `allow_unsandboxed`; the backend it then returns confines nothing.
    """
    seen = []
    for backend in candidates(image):
        examination = examine(backend, thoroughly=False)
        if examination.holds:
            return backend
        seen.append(f"{backend.title}: {summary(examination)}")
    if allow_unsandboxed:
        return Unconfined()
    raise UserError("No sandbox holds on this machine, so no submission is run.\n" + "\n".join(seen), remedies())


def remedies() -> str:
    """What to do on a machine where no sandbox holds."""
    ways = ", or ".join(dict.fromkeys(cls.remedy for cls in registered() if cls.remedy))
    return (
        f"To grade here, {ways}. `grader doctor` shows what was tried. `--allow-unsandboxed` grades without a sandbox: "
        "a submission can then read and change everything that you can, and every grade records it."
    )


def summary(examination: Examination) -> str:
    if examination.unavailable:
        return examination.unavailable
    if examination.holds:
        return f"holds: {len(examination.findings)} attempts stopped"
    return "does not hold: " + ", ".join(finding.title for finding in examination.leaks)


@cache
def examine(backend: Backend, thoroughly: bool = True) -> Examination:
    """Make all attempts on a backend; without `thoroughly`, skip the limits that are enforced the same on all backends.

    Takes four seconds of computing, or one.
    """
    limits = [limit for limit in LIMITS if thoroughly or limit.needs_insight]
    if missing := backend.missing():
        return Examination(backend, unavailable=missing)
    try:
        findings = _try_attempts(backend)
        with ThreadPoolExecutor(len(limits) + 1) as pool:
            left_over = pool.submit(_try_left_over, backend)
            kept = pool.map(lambda limit: _check_limit(backend, limit), limits)
            findings["left_over"] = left_over.result()
            findings |= {limit.name: finding for limit, finding in zip(limits, kept, strict=True)}
    except (NotConfined, OSError, ValueError, TimeoutError) as error:
        return Examination(backend, unavailable=str(error))
    return Examination(backend, findings)


@contextlib.contextmanager
def _scratch_folder() -> Iterator[str]:
    """A folder with a short path, to be a submission's own."""
    folder = tempfile.mkdtemp(prefix="gd-", dir="/tmp" if os.path.isdir("/tmp") else None)
    try:
        yield folder
    finally:
        discard(folder)


def _python(backend: Backend, code: str, *arguments: str) -> list[str]:
    return [backend.python, "-I", "-S", "-c", code, *arguments]


def _try_attempts(backend: Backend) -> dict[str, Finding]:
    with _scratch_folder() as own, targets() as at, open(f"{at.folder}/output", "w+") as output:
        sockets = f"{own}/s"
        os.mkdir(sockets)
        at = Targets(**{**asdict(at), "sockets": sockets})
        before = _state(at)
        program = backend.own_program("attempts.main", json.dumps(asdict(at)))
        policy = Policy(private=own, sockets=sockets)
        with start(program, policy, backend, stdout=output, stderr=subprocess.STDOUT) as run:
            ended = run.wait(60)
        output.seek(0)
        lines = output.read().splitlines() or [""]
        if not ended.ok:
            what = lines[-1] if lines[0].startswith("Traceback") else lines[0]
            raise NotConfined(f"the attempts could not be made: {ended}. {what}")
        result = json.loads(lines[-1])
        changed = {name for name, value in _state(at).items() if before[name] != value}
    return _findings(result["refused"], changed, result["failed"])


def _findings(refused: dict[str, str], changed: set[str], failed: dict[str, str]) -> dict[str, Finding]:
    """The findings on all attempts. One that was refused fails the sandbox if it had an effect all the same."""
    findings = {
        name: Finding(attempt.group, attempt.title, name in refused and name not in changed, refused.get(name, ""))
        for name, attempt in ATTEMPTS.items()
    }
    findings["works"] = Finding(WORK, "its own files, threads, programs, and sockets", not failed, str(failed or ""))
    return findings


def _state(at: Targets) -> dict[str, object]:
    """What the attempts try to change, as seen from outside, by the name of the attempt."""
    folder = Path(at.folder)
    changeable = (folder / "to_change").stat()
    return {
        "write_file": Path(at.secret).read_text(),
        "make_file": (folder / "made").exists(),
        "make_folder": (folder / "made_folder").exists(),
        "delete": (folder / "to_delete").exists(),
        "rename": (folder / "to_rename").exists(),
        "take": (folder / "to_take").exists(),
        "put": (folder / "put").exists(),
        "put_symlink": os.path.lexists(folder / "put_symlink"),
        "truncate": (folder / "to_truncate").stat().st_size,
        "truncate_reading": (folder / "to_empty").stat().st_size,
        "change_mode": changeable.st_mode,
        "change_times": changeable.st_mtime,
        "move": os.sched_getaffinity(at.pid),
    }


@contextlib.contextmanager
def targets() -> Iterator[Targets]:
    """Targets of the attempts: files, sockets, and a process like the grader's own, removed at the end."""
    with contextlib.ExitStack() as stack:
        folder = tempfile.mkdtemp(prefix="canaries-")
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        for name in ("secret", "to_change", "to_delete", "to_empty", "to_rename", "to_take", "to_truncate"):
            Path(folder, name).write_text("canary")
        shutil.copy(shutil.which("true") or "/bin/true", f"{folder}/program")
        for path in (folder, *(entry.path for entry in os.scandir(folder))):
            os.chmod(path, 0o777)  # only the sandbox may refuse an attempt, not file permissions

        def listening(family: int, kind: int, address: object) -> socket.socket:
            sock = stack.enter_context(socket.socket(family, kind))
            sock.bind(address)  # type: ignore[arg-type]
            if kind == socket.SOCK_STREAM:
                sock.listen()
            if family == socket.AF_UNIX and not str(address).startswith("\0"):
                os.chmod(str(address), 0o777)
            return sock

        tcp = listening(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0))
        udp = listening(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0))
        abstract = f"canary-{os.urandom(8).hex()}"
        listening(socket.AF_UNIX, socket.SOCK_STREAM, f"{folder}/unix")
        listening(socket.AF_UNIX, socket.SOCK_DGRAM, f"{folder}/datagram")
        listening(socket.AF_UNIX, socket.SOCK_STREAM, "\0" + abstract)
        process = stack.enter_context(subprocess.Popen(["sleep", "60"], stdin=subprocess.DEVNULL))
        stack.callback(process.kill)
        yield Targets(
            secret=f"{folder}/secret",
            folder=folder,
            hidden=next((str(path) for path in runtime.HIDDEN[0].glob("*/lab.py")), f"{folder}/secret"),
            home=os.path.expanduser("~"),
            pid=process.pid,
            tcp=tcp.getsockname()[1],
            udp=udp.getsockname()[1],
            unix=f"{folder}/unix",
            datagram=f"{folder}/datagram",
            abstract=abstract,
            sockets="",
        )


@dataclass(frozen=True)
class Limit:
    """A program that slightly exceeds one limit of its policy, and the reason for which it should be ended.

    `needs_insight`: the kernel must let the supervisor read the details of the submission's processes.
    """

    name: str
    title: str
    code: str
    policy: dict[str, float]
    expected: str
    needs_insight: bool = False


LIMITS = (
    Limit(
        "memory",
        "memory of one process",
        "import time; x = bytearray(300 << 20); time.sleep(60)",
        {"memory": 100 * MB},
        MEMORY,
    ),
    Limit(
        "memory_of_all",
        "memory of many processes together",
        "import os, time\nfor _ in range(10):\n    if not os.fork(): x = bytearray(20 << 20); time.sleep(60)\n"
        "time.sleep(60)",
        {"memory": 120 * MB},
        MEMORY,
    ),
    Limit(
        "memory_shared",
        "memory shared through a file",
        "import mmap, time\nfile = open('f', 'wb+'); file.truncate(300 << 20); x = mmap.mmap(file.fileno(), 0)\n"
        "for i in range(0, len(x), 4096): x[i] = 1\ntime.sleep(60)",
        {"memory": 100 * MB, "disk": 2000 * MB},
        MEMORY,
        needs_insight=True,
    ),
    Limit(
        "disk",
        "disk space",
        "import time\nfor i in range(300): open(f'f{i}', 'wb').write(bytes(1 << 20))\ntime.sleep(60)",
        {"disk": 20 * MB},
        DISK,
    ),
    Limit(
        "deleted",
        "disk space of deleted files",
        "import tempfile, time\nfiles = []\nfor i in range(200):\n    files.append(tempfile.TemporaryFile()); "
        "files[-1].write(bytes(1 << 20)); files[-1].flush()\ntime.sleep(60)",
        {"disk": 20 * MB},
        DISK,
        needs_insight=True,
    ),
    Limit(
        "files",
        "number of files",
        "import time\nfor i in range(1000): open(f'f{i}', 'wb')\ntime.sleep(60)",
        {"files": 200},
        DISK,
    ),
    Limit("file_size", "size of one file", "open('f', 'wb').truncate(1 << 40)", {"file_size": MB}, EXIT),
    Limit("open_files", "number of open files", "import os\nfor _ in range(1000): os.dup(0)", {"open_files": 50}, EXIT),
    Limit(
        "processes",
        "number of processes",
        "import os, time\nfor _ in range(200):\n    try:\n        if not os.fork(): time.sleep(60)\n"
        "    except OSError: pass\ntime.sleep(60)",
        {"processes": 20, "threads": 100},
        PROCESSES,
    ),
    Limit(
        "time",
        "time, in a loop that ignores signals",
        "import signal\nfor n in range(1, 32):\n    if n not in (9, 19): signal.signal(n, signal.SIG_IGN)\n"
        "while True: pass",
        {"wall_seconds": 0.6},
        TIME,
    ),
    Limit(
        "cpu",
        "CPU time of many processes together",
        "import os\nfor _ in range(3): os.fork()\nwhile True: pass",
        {"cpu_seconds": 0.6},
        TIME,
    ),
)


def _check_limit(backend: Backend, limit: Limit) -> Finding:
    with _scratch_folder() as own:
        limits: dict[str, Any] = {"wall_seconds": 60, **limit.policy}
        policy = Policy(private=own, **limits)
        with start(_python(backend, limit.code), policy, backend, stderr=subprocess.DEVNULL) as run:
            ended = run.wait(90)
    return Finding(RESOURCES, limit.title, _ended_as_expected(ended, limit), str(ended))


def _ended_as_expected(ended: Ended, limit: Limit) -> bool:
    return ended.why == limit.expected and (limit.expected != EXIT or ended.code != 0)


def _try_left_over(backend: Backend) -> Finding:
    """Whether a process that leaves its parent and session, as a daemon does, ends with the submission."""
    mark = f"left-over-{os.urandom(8).hex()}"
    daemon = (
        "import os, sys, time\nif os.fork():\n    while not os.path.exists('begun'): time.sleep(0.01)\n    sys.exit()\n"
        "os.setsid()\nif os.fork(): sys.exit()\nopen('begun', 'w').close()\ntime.sleep(60)"
    )
    with _scratch_folder() as own:
        with start(_python(backend, daemon, mark), Policy(private=own), backend) as run:
            run.wait(60)
        begun = os.path.exists(f"{own}/begun")
    left = _processes_marked(mark)
    return Finding(RESOURCES, "a process left running", begun and not left, "" if begun else "it could not be tried")


def _processes_marked(mark: str) -> list[str]:
    """The IDs of processes with `mark` in their command line."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if mark.encode() in path.read_bytes():
                found.append(path.parent.name)
    return found
