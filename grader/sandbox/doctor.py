"""Finds out which sandbox holds on this machine: by attempting to get out of each, never by a version."""

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
from grader.sandbox.backends import KINDS, Backend, Bubblewrap, Docker, Landlock, Podman, Unconfined
from grader.sandbox.confine import NotConfined
from grader.sandbox.exit_status import DISK, EXIT, MEMORY, PROCESSES, TIME, Ended
from grader.sandbox.guard import discard, start
from grader.sandbox.policy import MB, Policy

CURE = (
    "Grade on Linux 5.13 or later with Landlock switched on (it is in Debian 12, Ubuntu 22.04 and Fedora), or install "
    "bubblewrap, or name a container image that holds the course: GRADER_SANDBOX_IMAGE=IMAGE. `grader doctor` shows "
    "what was tried. `--allow-unsandboxed` grades with nothing in between: a submission can then read and change all "
    "that you can, and every grade records it."
)
LIMITS, WORK = "bounds", "honest work"


@dataclass(frozen=True)
class Finding:
    """One attempt: whether the sandbox held, and what was seen."""

    group: str
    title: str
    held: bool
    seen: str = ""


@dataclass(frozen=True)
class Examination:
    """All attempts at getting out of one sandbox; `unavailable` says why none was made."""

    backend: Backend
    findings: dict[str, Finding] = field(default_factory=dict)
    unavailable: str = ""

    @property
    def holds(self) -> bool:
        return bool(self.findings) and all(finding.held for finding in self.findings.values())

    @property
    def leaks(self) -> list[Finding]:
        return [finding for finding in self.findings.values() if not finding.held]


def candidates(image: str = "") -> list[Backend]:
    """All backends that may be chosen, the preferred one first. GRADER_SANDBOX names the only one to be tried."""
    image = image or os.environ.get("GRADER_SANDBOX_IMAGE", "")
    found: list[Backend] = [Landlock(), Bubblewrap(), *([Docker(image=image), Podman(image=image)] if image else [])]
    wanted = os.environ.get("GRADER_SANDBOX", "")
    if wanted and wanted not in KINDS:
        raise UserError(f"GRADER_SANDBOX is {wanted!r}, which is no sandbox.", f"There are: {', '.join(KINDS)}.")
    return [backend for backend in found if wanted in ("", backend.name)]


@cache
def choose(image: str = "", allow_unsandboxed: bool = False) -> Backend:
    """The first backend that holds on this machine. Each process looks once.

    Raises UserError where none holds, unless `allow_unsandboxed`; what is then returned confines nothing.
    """
    seen = []
    for backend in candidates(image):
        examination = examine(backend, thoroughly=False)
        if examination.holds:
            return backend
        seen.append(f"{backend.title}: {summary(examination)}")
    if allow_unsandboxed:
        return Unconfined()
    raise UserError("No sandbox holds on this machine, so no submission is run.\n" + "\n".join(seen), CURE)


def summary(examination: Examination) -> str:
    if examination.unavailable:
        return examination.unavailable
    if examination.holds:
        return f"holds: {len(examination.findings)} attempts refused"
    return "does not hold: " + ", ".join(finding.title for finding in examination.leaks)


@cache
def examine(backend: Backend, thoroughly: bool = True) -> Examination:
    """Attempt all there is against a backend; or leave out the bounds that our own watchdog keeps on any of them.

    Takes four seconds of computing, else one.
    """
    bounds = [bound for bound in BOUNDS if thoroughly or bound.needs_insight]
    if missing := backend.missing():
        return Examination(backend, unavailable=missing)
    try:
        findings = _escapes(backend)
        with ThreadPoolExecutor(len(bounds) + 1) as pool:
            left_over = pool.submit(_left_over, backend)
            kept = pool.map(lambda bound: _reaches(backend, bound), bounds)
            findings["left_over"] = left_over.result()
            findings |= {bound.name: finding for bound, finding in zip(bounds, kept, strict=True)}
    except (NotConfined, OSError, ValueError, TimeoutError) as error:
        return Examination(backend, unavailable=str(error))
    return Examination(backend, findings)


@contextlib.contextmanager
def _scratch() -> Iterator[str]:
    """A folder with a short path, for a submission's own."""
    folder = tempfile.mkdtemp(prefix="gd-", dir="/tmp" if os.path.isdir("/tmp") else None)
    try:
        yield folder
    finally:
        discard(folder)


def _python(backend: Backend, code: str, *arguments: str) -> list[str]:
    return [backend.python, "-I", "-S", "-c", code, *arguments]


def _escapes(backend: Backend) -> dict[str, Finding]:
    with _scratch() as own, canaries() as at, open(f"{at.folder}/output", "w+") as output:
        sockets = f"{own}/s"
        os.mkdir(sockets)
        at = Targets(**{**asdict(at), "sockets": sockets})
        before = _state(at)
        program = backend.own_program("attempts.main", json.dumps(asdict(at)))
        policy = Policy(private=own, sockets=sockets)
        with start(program, policy, backend, stdout=output, stderr=subprocess.STDOUT) as run:
            ended = run.wait(60)
        output.seek(0)
        said = output.read().splitlines() or [""]
        if not ended.ok:
            what = said[-1] if said[0].startswith("Traceback") else said[0]
            raise NotConfined(f"the attempts could not be made: {ended}. {what}")
        result = json.loads(said[-1])
        changed = {name for name, value in _state(at).items() if before[name] != value}
    return _judged(result["refused"], changed, result["failed"])


def _judged(refused: dict[str, str], changed: set[str], failed: dict[str, str]) -> dict[str, Finding]:
    """An attempt that was not refused may yet have been without effect; one that was may have had some."""
    findings = {
        name: Finding(attempt.group, attempt.title, name in refused and name not in changed, refused.get(name, ""))
        for name, attempt in ATTEMPTS.items()
    }
    findings["works"] = Finding(WORK, "files, threads, programs and sockets of its own", not failed, str(failed or ""))
    return findings


def _state(at: Targets) -> dict[str, object]:
    """What the attempts would have changed, by the attempt's name, as it is seen from outside."""
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
def canaries() -> Iterator[Targets]:
    """What attempts aim at: files, sockets and a process, all as the grader has them; gone at the end."""
    with contextlib.ExitStack() as stack:
        folder = tempfile.mkdtemp(prefix="canaries-")
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        for name in ("secret", "to_change", "to_delete", "to_empty", "to_rename", "to_take", "to_truncate"):
            Path(folder, name).write_text("canary")
        shutil.copy(shutil.which("true") or "/bin/true", f"{folder}/program")
        for path in (folder, *(entry.path for entry in os.scandir(folder))):
            os.chmod(path, 0o777)  # what holds an attempt back must be the sandbox, not another user's rights

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
class Bound:
    """A program that uses more of something than its policy allows, yet not much, and how it should end.

    `needs_insight`: the kernel must let the watchdog see the details of the submission's processes.
    """

    name: str
    title: str
    code: str
    policy: dict[str, float]
    ending: str
    needs_insight: bool = False


BOUNDS = (
    Bound(
        "memory",
        "memory of one process",
        "import time; x = bytearray(300 << 20); time.sleep(60)",
        {"memory": 100 * MB},
        MEMORY,
    ),
    Bound(
        "memory_of_all",
        "memory of many processes",
        "import os, time\nfor _ in range(10):\n    if not os.fork(): x = bytearray(20 << 20); time.sleep(60)\n"
        "time.sleep(60)",
        {"memory": 120 * MB},
        MEMORY,
    ),
    Bound(
        "memory_shared",
        "memory shared through a file",
        "import mmap, time\nfile = open('f', 'wb+'); file.truncate(300 << 20); x = mmap.mmap(file.fileno(), 0)\n"
        "for i in range(0, len(x), 4096): x[i] = 1\ntime.sleep(60)",
        {"memory": 100 * MB, "disk": 2000 * MB},
        MEMORY,
        needs_insight=True,
    ),
    Bound(
        "disk",
        "disk",
        "import time\nfor i in range(300): open(f'f{i}', 'wb').write(bytes(1 << 20))\ntime.sleep(60)",
        {"disk": 20 * MB},
        DISK,
    ),
    Bound(
        "deleted",
        "disk, by files without a name",
        "import tempfile, time\nfiles = []\nfor i in range(200):\n    files.append(tempfile.TemporaryFile()); "
        "files[-1].write(bytes(1 << 20)); files[-1].flush()\ntime.sleep(60)",
        {"disk": 20 * MB},
        DISK,
        needs_insight=True,
    ),
    Bound(
        "files",
        "number of files",
        "import time\nfor i in range(1000): open(f'f{i}', 'wb')\ntime.sleep(60)",
        {"files": 200},
        DISK,
    ),
    Bound("file_size", "size of one file", "open('f', 'wb').truncate(1 << 40)", {"file_size": MB}, EXIT),
    Bound("open_files", "open files", "import os\nfor _ in range(1000): os.dup(0)", {"open_files": 50}, EXIT),
    Bound(
        "processes",
        "processes",
        "import os, time\nfor _ in range(200):\n    try:\n        if not os.fork(): time.sleep(60)\n"
        "    except OSError: pass\ntime.sleep(60)",
        {"processes": 20, "threads": 100},
        PROCESSES,
    ),
    Bound(
        "time",
        "time, in a loop that ignores signals",
        "import signal\nfor n in range(1, 32):\n    if n not in (9, 19): signal.signal(n, signal.SIG_IGN)\n"
        "while True: pass",
        {"wall_seconds": 0.6},
        TIME,
    ),
    Bound(
        "cpu",
        "CPU time of many processes",
        "import os\nfor _ in range(3): os.fork()\nwhile True: pass",
        {"cpu_seconds": 0.6},
        TIME,
    ),
)


def _reaches(backend: Backend, bound: Bound) -> Finding:
    with _scratch() as own:
        limits: dict[str, Any] = {"wall_seconds": 60, **bound.policy}
        policy = Policy(private=own, **limits)
        with start(_python(backend, bound.code), policy, backend, stderr=subprocess.DEVNULL) as run:
            ended = run.wait(90)
    return Finding(LIMITS, bound.title, _as_expected(ended, bound), str(ended))


def _as_expected(ended: Ended, bound: Bound) -> bool:
    return ended.why == bound.ending and (bound.ending != EXIT or ended.code != 0)


def _left_over(backend: Backend) -> Finding:
    """A process that leaves its family, its session and its terminal, and would live on."""
    mark = f"left-over-{os.urandom(8).hex()}"
    daemon = (
        "import os, sys, time\nif os.fork():\n    while not os.path.exists('begun'): time.sleep(0.01)\n    sys.exit()\n"
        "os.setsid()\nif os.fork(): sys.exit()\nopen('begun', 'w').close()\ntime.sleep(60)"
    )
    with _scratch() as own:
        with start(_python(backend, daemon, mark), Policy(private=own), backend) as run:
            run.wait(60)
        begun = os.path.exists(f"{own}/begun")
    left = _running(mark)
    return Finding(LIMITS, "a process that stays behind", begun and not left, "" if begun else "it could not be tried")


def _running(mark: str) -> list[str]:
    """Processes with `mark` in their command line."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if mark.encode() in path.read_bytes():
                found.append(path.parent.name)
    return found
