"""Answers the judge's questions about the student's objects, in the student's process. The judge does not trust it.

The student's code may have replaced any part of it. It sends data, which the judge checks; it receives names, remote
calls and arguments.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import tempfile
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.check.core import remote_calls
from grader.judge import allow_list, files, keras_data, marshalling
from grader.judge.marshalling import ARGUMENT, HANDLE, KERAS, PATH, SAME, Incoming
from grader.judge.wire import CannotTravel, Closed, Extension, Malformed, Stream, pack
from grader.verdict import NotBegun, Stub, StudentError

PATIENCE = 60
"""Seconds within which the judge has to connect."""
HANDLES = 100_000


def serve(path: str) -> None:
    """Listen at `path`, answer the first connection until it closes, and remove the path."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(path)
        try:
            listening.listen(1)
            listening.settimeout(PATIENCE)
            connection, _ = listening.accept()
        finally:
            os.unlink(path)
    with connection:
        answer_all(connection)


def answer_all(connection: socket.socket, find: Callable[[str], Any] | None = None) -> None:
    """Answer on a connected socket until the other side closes it. An interrupt ends only the current call."""
    folder = tempfile.mkdtemp(prefix="answers-")
    answering = _Answering(find or _live, os.path.realpath(folder))
    stream = Stream(connection)
    try:
        while True:
            incoming = answering.incoming()
            try:
                request = stream.receive(incoming.extend)
            except (Closed, KeyboardInterrupt):
                return
            except Malformed as error:
                stream.send(_error(StudentError(f"the question could not be read here: {error}", [])))
                continue
            try:
                reply = answering.answer(request, incoming)
                stream.send_packed(reply)
            except Closed:
                return
            except BaseException as error:  # an interrupt, SystemExit, or whatever the student's objects raise
                with contextlib.suppress(Closed):
                    stream.send(_error(error))
    except Closed:
        return
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _live(name: str) -> Any:
    from grader import student

    return student._live(name)


class _Answering:
    """Answers on one connection, and keeps the objects that the other side has handles for."""

    def __init__(self, find: Callable[[str], Any], folder: str):
        self.find, self.folder = find, folder
        self._objects: list[Any] = []
        self._numbers: dict[int, int] = {}
        self._files: dict[str, tuple[int, int]] = {}

    def incoming(self) -> Incoming:
        return _Arguments(self.folder, self._objects)

    def answer(self, request: dict[str, Any], incoming: Incoming) -> list:
        """The reply to a request, packed."""
        incoming.finish()
        if "seed" in request:
            os.environ["GRADER_SEED"] = str(request["seed"])
        if request["op"] == "get":
            try:
                found = self.find(request["name"])
            except KeyError:
                return pack({"error": "missing"})
            before: dict[int, Any] = {}
        else:
            before = {n: _described(made) for n, made in incoming.objects.items()}
            self._synchronise(request.get("synchronise", []))
            found = remote_calls.ask(
                request["verb"], self._objects[request["subject"]], *request["args"], **request["kwargs"]
            )
        sending = _Sending(self, incoming.objects, found)
        changes = [sending.change(n, made, before.get(n)) for n, made in incoming.objects.items()]
        changed = [Extension("changed", change) for change in changes if change]
        written = files.written(self.folder, self._files)
        self._files = files.stamps(self.folder)
        reply = {"changed": changed, "files": written, "value": marshalling.with_paths(found, self.folder)}
        return pack(reply, sending.extend)

    def _synchronise(self, states: list[tuple[int, list[np.ndarray]]]) -> None:
        """Update the models here that share weights with the judge's models, which may have changed."""
        for number, arrays in states:
            keras_data.fill(self._objects[number].weights, arrays)

    def number(self, value: Any) -> int:
        if id(value) not in self._numbers:
            if len(self._objects) >= HANDLES:
                raise CannotTravel("too many objects")
            self._numbers[id(value)] = len(self._objects)
            self._objects.append(value)
        return self._numbers[id(value)]


class _Arguments(Incoming):
    """Arguments from the judge, among them handles for objects of this process."""

    def __init__(self, folder: str, objects: list[Any]):
        super().__init__(folder)
        self._here = objects

    def extend(self, kind: str, data: Any) -> Any:
        if kind == HANDLE:
            return self._here[data]
        found = super().extend(kind, data)
        if kind == PATH:
            os.makedirs(os.path.dirname(found), exist_ok=True)  # it is there on the other side
        return found


def _described(made: Any) -> dict[str, Any] | None:
    try:
        return keras_data.describe(made)
    except CannotTravel:
        return None


class _Sending:
    """Encodes the values of one reply."""

    def __init__(self, answering: _Answering, arguments: dict[int, Any], value: Any):
        self._answering, self._given = answering, arguments
        self._arguments = {id(made): n for n, made in arguments.items()}
        self._sent: dict[int, int] = {}
        self._returned = {id(part): part for part in marshalling.parts(value)}
        self._owners = self._who_has_which(arguments)

    def _who_has_which(self, arguments: dict[int, Any]) -> dict[int, set[int]]:
        """For each variable, the ids of the objects that have it."""
        owners: dict[int, set[int]] = {}
        for made in [*arguments.values(), *self._returned.values()]:
            for variable in marshalling.variables(made):
                owners.setdefault(variable, set()).add(id(made))
        return owners

    def _sharing(self, value: Any) -> set[int]:
        """The ids of other objects in this call that share a weight with `value`."""
        found = set().union(*(self._owners.get(variable, set()) for variable in marshalling.variables(value)))
        return found - {id(value)}

    def extend(self, value: Any) -> Any:
        """The form in which `value` is sent: as data, as one of the arguments, or as a handle."""
        if id(value) in self._arguments:
            return Extension(ARGUMENT, self._arguments[id(value)])
        if id(value) in self._sent:
            return Extension(SAME, self._sent[id(value)])
        if allow_list.may_travel(value) and not self._sharing(value):
            described = _described(value)
            if described is not None:
                self._sent[id(value)] = len(self._sent)
                return Extension(KERAS, {"ref": self._sent[id(value)], **described})
        else:
            with contextlib.suppress(CannotTravel):
                return marshalling.plainer(value)
        return self._handle(value)

    def _handle(self, value: Any) -> Extension:
        """A handle, with the arguments that share a weight with it: [number here, number of the argument]."""
        shared = [(self._answering.number(made), self._arguments[id(made)]) for made in self._copies(value)]
        return Extension(HANDLE, [self._answering.number(value), shared])

    def _copies(self, value: Any) -> list[Any]:
        others = self._sharing(value)
        return [made for made in self._given.values() if id(made) in others]

    def change(self, n: int, made: Any, before: dict[str, Any] | None) -> dict[str, Any] | None:
        """How the call has changed argument `n`; None if it has not."""
        now = _described(made)
        if now is None:
            weights = [np.asarray(w.numpy()) for w in getattr(made, "weights", ())]
            handle = {"handle": self._answering.number(made)} if id(made) in self._returned else {}
            return {"n": n, "weights": weights, **handle}
        return None if before is not None and _equal(before, now) else {"n": n, "now": now}


def _equal(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_equal(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    return one == other


def _error(error: BaseException) -> dict[str, Any]:
    """An exception as data."""
    if isinstance(error, Stub):
        return {"error": "stub"}
    if isinstance(error, NotBegun):
        return {"error": "not begun", "seen": error.seen[:500], "next": error.next[:500]}
    if isinstance(error, StudentError):
        lines = [str(line)[:300] for line in error.lines][-5:]
        return {"error": "student", "message": str(error)[:1000], "lines": lines, "hint": error.hint[:500]}
    if isinstance(error, CannotTravel):
        return {
            "error": "student",
            "message": f"the value it returned can't be looked at: {error}",
            "lines": [],
            "hint": "",
        }
    message = f"{type(error).__name__}: {str(error)[:500]}"
    if isinstance(error, Exception):
        return {"error": "verb", "message": message}
    return {"error": "student", "message": message, "lines": [], "hint": "Does your code call `exit`, or run forever?"}
