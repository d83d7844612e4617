"""Attacks as data, the class in which they are handed in, and the canaries that tell whether one got anywhere.

A file `tests/attacks/GROUP/NAME.py` is one attack. Its docstring says what it tries and what must come of it; beside
that it holds nothing but data, and functions that change files (`Attack` names them). Importing it runs no attack.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import json
import os
import shutil
import socket
import sqlite3
import stat
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from html.parser import HTMLParser
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

FOLDER = Path(__file__).parent / "attacks"
LESSONS = FOLDER / "lessons"
LESSON = {"plain": LESSONS / "80_attacked", "keras": LESSONS / "81_attacked_keras"}
END = "end"
"""Where an own cell stands that comes after everything else."""
MARK = "hidden_marker"
"""Stands in every hidden test of the lessons, and nowhere else."""
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
NAP = 31_536_123 + 1000 * int(_WORKER)
"""Seconds that a process of an attack sleeps: by this number it is known, also from those of another test process."""
TOKEN = f"CANARY-{uuid.uuid4().hex}"
"""What nobody is to find."""
TITLE = f"attackd-{_WORKER}-"
"""What a process of an attack calls itself."""


# ---- attacks


@dataclass(frozen=True)
class Attack:
    """One submission. An attack file defines these in capitals; all but the docstring can be left out.

    `cells` holds what stands in place of the right answer, by exercise; `own` cells follow the cell of that name
    (`"end"`: after all others). `files` lie beside the notebook. `edit` changes the notebook's JSON, or returns the
    bytes that are handed in instead; `hand_in` changes the folder that is handed in. It is handed in `times` times.

    `earns` are the points by exercise, a number or a pair (from, to); where nothing is said, an exercise named in
    `cells` earns nothing, and every other all its points. `status` holds the task's status, or several possible
    ones; `outcome` is that of the whole submission. Each of `says` is to be read in the outcome, and none of `never` in
    what the notebook has put out. A `slow` one takes many seconds and is like one that doesn't.
    """

    name: str
    story: str
    lesson: str = "plain"
    cells: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes | str] = field(default_factory=dict)
    edit: Callable[[dict[str, Any]], Any] | None = None
    hand_in: Callable[[Path, Targets], None] | None = None
    times: int = 1
    earns: Mapping[str, float | tuple[float, float]] = field(default_factory=dict)
    status: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    outcome: str = "graded"
    says: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    slow: bool = False

    @property
    def group(self) -> str:
        return self.name.split("/")[0]

    @property
    def students(self) -> list[str]:
        short = self.name.split("/")[1]
        return [short] if self.times == 1 else [f"{short}_{n}" for n in range(1, self.times + 1)]

    def bounds(self, task: str, most: float) -> tuple[float, float]:
        """The fewest and the most points that it may earn."""
        earned = self.earns.get(task, 0 if task in self.cells else most)
        return earned if isinstance(earned, tuple) else (earned, earned)


DATA = ("cells", "own", "files", "times", "earns", "status", "outcome", "says", "never", "slow")
FUNCTIONS = ("edit", "hand_in")


def read(path: Path) -> Attack:
    """The attack in a file. Raises ValueError where the file holds anything that would run when it is imported."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body[1:]:
        if not isinstance(node, ast.Import | ast.ImportFrom | ast.Assign | ast.FunctionDef):
            raise ValueError(f"{path.name}:{node.lineno}: an attack file holds data and functions only")
    spec = spec_from_file_location(f"attack_{path.stem}", path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    names = {name.upper() for name in DATA} | set(FUNCTIONS)
    own = {name for node in tree.body for name in _defined(node) if not name.startswith("_")}
    if unknown := own - names:
        raise ValueError(f"{path.name} defines {', '.join(sorted(unknown))}; there are {', '.join(sorted(names))}")
    values = {name.lower(): getattr(module, name) for name in own}
    group = path.parent.name
    return Attack(f"{group}/{path.stem}", module.__doc__ or "", "keras" if group == "keras" else "plain", **values)


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def attacks() -> list[Attack]:
    """All there are, in the order of their names."""
    return [read(path) for path in sorted(FOLDER.glob("*/*.py"))]


# ---- what they aim at


@dataclass(frozen=True)
class Targets:
    """What an attack is told of this machine, in the file `targets.json` beside its notebook.

    `secret` is a file and `folder` a folder that are open to everybody; `pid` is a process of the grader's user.
    `course`, `gradebook` and `outcome` are those of the class it is graded in, `neighbour` is what another student
    handed in, `lesson` the text with the hidden tests. The rest are sockets on which somebody listens.
    """

    secret: str
    folder: str
    course: str
    gradebook: str
    outcomes: str
    neighbour: str
    lesson: str
    pid: int
    grader: int
    tcp: int
    udp: int
    unix: str
    datagram: str
    abstract: str


class Canaries:
    """Files, sockets and a process outside every sandbox, and what has become of them. Used in a `with`."""

    def __init__(self, lesson: str):
        self.lesson = lesson
        self.token = TOKEN
        self.listening: list[socket.socket] = []

    def __enter__(self) -> Canaries:
        self.root = Path(tempfile.mkdtemp(prefix="attacked-", dir="/tmp"))
        self.course = self.root / "classroom"
        self.folder = self.root / "folder"
        self.other = self.root / "other_class"
        for folder in (self.root, self.course, self.folder, self.other):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o777)  # what holds an attack back must be the sandbox, not another user's rights
        for name in ("secret", "profile", "to_delete", "to_rename"):
            self._write(self.folder / name, self.token)
        self._write(self.folder / "program", f"#!/bin/sh\necho {self.token} > {self.folder}/ran\n", 0o777)
        self._write(self.other / "homework.ipynb", json.dumps({"cells": [], "answer": self.token}))
        with contextlib.closing(sqlite3.connect(self.other / "gradebook.db")) as database:
            database.execute("create table grade (student text, score real)")
            database.execute("insert into grade values (?, 1)", (self.token,))
            database.commit()
        (self.other / "gradebook.db").chmod(0o666)
        self._listen()
        self.process = subprocess.Popen(["sleep", "1000"])
        self.before = self.state()
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        for sock in self.listening:
            sock.close()
        shutil.rmtree(self.root, ignore_errors=True)

    def _write(self, path: Path, text: str, mode: int = 0o666) -> None:
        path.write_text(text)
        path.chmod(mode)

    def _listen(self) -> None:
        abstract = f"attacked-{uuid.uuid4().hex}"
        kinds = [
            (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
            (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            (socket.AF_UNIX, socket.SOCK_STREAM, f"{self.root}/stream"),
            (socket.AF_UNIX, socket.SOCK_DGRAM, f"{self.root}/datagram"),
            (socket.AF_UNIX, socket.SOCK_STREAM, f"\0{abstract}"),
        ]
        for family, kind, address in kinds:
            sock = socket.socket(family, kind)
            self.listening.append(sock)
            sock.bind(address)
            sock.setblocking(False)
            if kind == socket.SOCK_STREAM:
                sock.listen()
            if isinstance(address, str) and not address.startswith("\0"):
                os.chmod(address, 0o666)
        self.abstract = abstract

    def targets(self, neighbour: str) -> Targets:
        tcp, udp, *_ = self.listening
        name = LESSON[self.lesson].name
        return Targets(
            secret=f"{self.folder}/secret",
            folder=str(self.folder),
            course=str(self.course),
            gradebook=f"{self.course}/gradebook.db",
            outcomes=f"{self.course}/outcomes/{name}",
            neighbour=f"{self.course}/submitted/{neighbour}/{name}/{name}.ipynb",
            lesson=f"{LESSON[self.lesson]}/lab.py",
            pid=self.process.pid,
            grader=os.getpid(),
            tcp=tcp.getsockname()[1],
            udp=udp.getsockname()[1],
            unix=f"{self.root}/stream",
            datagram=f"{self.root}/datagram",
            abstract=self.abstract,
        )

    def state(self) -> dict[str, str]:
        """What lies outside, and who is there: the same before and after, if nobody got out."""
        found = {}
        for path in sorted([*self.folder.rglob("*"), *self.other.rglob("*")]):
            about = path.lstat()
            content = hashlib.sha256(path.read_bytes()).hexdigest() if stat.S_ISREG(about.st_mode) else ""
            found[str(path)] = f"{oct(about.st_mode)} {about.st_uid} {about.st_mtime_ns} {content}"
        found["process"] = "alive" if self.process.poll() is None else "ended"
        found["process is"] = _status_of(self.process.pid)
        return found

    def visitors(self) -> int:
        """How many connections and datagrams have come in."""
        count = 0
        for sock in self.listening:
            with contextlib.suppress(BlockingIOError):
                if sock.type == socket.SOCK_STREAM:
                    sock.accept()[0].close()
                else:
                    sock.recv(1)
                count += 1
        return count


def _status_of(pid: int) -> str:
    """Priority, limits and state of a process, in so far as another may change them."""
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        state = "runs" if fields[0] in "RSD" else fields[0]
        return f"{state} {fields[16]} {sorted(os.sched_getaffinity(pid))}"
    return "gone"


def left_over() -> list[str]:
    """Processes that an attack has started and that are still there."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            names = {(thread / "comm").read_text().strip() for thread in (folder / "task").iterdir()}
            if str(NAP) in words or any(name.startswith(TITLE) for name in names):
                found.append(f"{folder.name}: {words[:100]} {names}")
    return found


def all_gone(seconds: float = 3) -> list[str]:
    """What is left over, after so long at most: a killed process takes a moment to leave."""
    deadline = time.monotonic() + seconds
    while (found := left_over()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


# ---- what is handed in


def honest(lesson: str) -> dict[str, Any]:
    """The lab as somebody hands it in who has found every answer, as JSON."""
    return json.loads(_honest(lesson))


@cache
def _honest(lesson: str) -> str:
    from grader.lessons import notebooks, read_lesson

    lab = read_lesson(LESSON[lesson])
    notebook = notebooks.student_notebook(lab)
    solved = {cell.id: cell.source for cell in notebooks.solution_notebook(lab).cells}
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("solution") and cell.cell_type == "code":
            cell.source = solved[cell.id]
    return json.dumps(notebook)


def cell_of(notebook: dict[str, Any], name: str) -> dict[str, Any]:
    """The cell of that grade_id."""
    return next(c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == name)


def content(attack: Attack) -> bytes:
    """The file that is handed in."""
    notebook = honest(attack.lesson)
    for name, source in attack.cells.items():
        cell_of(notebook, name)["source"] = _marked(source)
    for name, source in attack.own.items():
        own = {"cell_type": "code", "id": f"mine-{name}", "metadata": {}, "source": _marked(source), "outputs": []}
        after = notebook["cells"][-1] if name == END else _setup(notebook) if name == "setup" else None
        at = notebook["cells"].index(after or cell_of(notebook, name)) + 1
        notebook["cells"].insert(at, own | {"execution_count": None})
    found = attack.edit(notebook) if attack.edit else notebook
    return found if isinstance(found, bytes) else json.dumps(found or notebook).encode()


def _marked(source: str) -> str:
    """A cell whose processes are known as those of this test process, and not of another beside it."""
    return source.strip("\n").replace("31536123", str(NAP)).replace("attackd", TITLE)


def _setup(notebook: dict[str, Any]) -> dict[str, Any]:
    return next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")


def hand_in(attack: Attack, source: Path, targets: Targets) -> None:
    """Put the submission where a class's are collected: `source/STUDENT/LESSON/`."""
    name = LESSON[attack.lesson].name
    for student in attack.students:
        folder = source / student / name
        folder.mkdir(parents=True)
        (folder / f"{name}.ipynb").write_bytes(content(attack))
        (folder / "targets.json").write_text(json.dumps(asdict(targets) | {"student": student}))
        for path, what in attack.files.items():
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(what.encode() if isinstance(what, str) else what)
        if attack.hand_in:
            attack.hand_in(folder, targets)


def outputs(notebook: NotebookNode | None) -> str:
    """All that the cells of an executed notebook have put out, as text."""
    cells = notebook.cells if notebook else ()
    return json.dumps([cell.get("outputs", []) for cell in cells], ensure_ascii=False)


def words(value: Any) -> Iterator[str]:
    """All texts in plain data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from words(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from words(item)


def active(page: str) -> list[str]:
    """What in a page would act, or ask somebody else for something, in whoever's browser opens it."""
    found: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attributes):
            if tag in (
                "script",
                "iframe",
                "object",
                "embed",
                "base",
                "form",
                "link",
                "applet",
                "frame",
                "foreignobject",
            ):
                found.append(tag)
            for name, value in attributes:
                value = "".join((value or "").split()).lower()
                if name.startswith("on") or value.startswith(("javascript:", "vbscript:", "data:text")):
                    found.append(f"{tag} {name}={value[:40]}")
                if name == "src" and not value.startswith("data:image/"):
                    found.append(f"{tag} {name}={value[:40]}")

    Reader().feed(page)
    return found
