"""The judge's side of a connection: turns names into values or handles, and sends a handle's questions.

Arguments are passed by value. After a call, models, layers and optimizers among the arguments are updated with the
changes that the call made (weights, optimizer, compilation), so that the judge's own object is as a local one would be.
If the call also changed their layers, or compiled them with something that cannot be sent, and returned them, the
judge uses another object in their place from then on (`remote_calls.move`). Arrays and lists that the student's code
changed in place are not updated here: a check for that asks for the returned value.
"""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np

from grader.check.core import remote_calls
from grader.check.core.remote_calls import Handle
from grader.check.remote.queries import members
from grader.judge import allow_list, files, keras_data, marshalling, type_checks
from grader.judge.marshalling import ARGUMENT, HANDLE, KERAS, SAME, Incoming
from grader.judge.wire import Closed, Extension, Late, Malformed, Stream
from grader.verdict import NotBegun, Stub, StudentError

TRUSTED = {"call", "spied", "seed_beside", "type_name"}
"""Verbs whose answers no oracle uses before it has looked at what they are."""


class Ended(BaseException):
    """The test can't go on, and it is the submission's doing; no check's `except Exception` is to catch it.

    `status` is how the test ended; `seen` and `next` are for the student.
    """

    def __init__(self, status: str, seen: str, next: str):
        super().__init__(seen)
        self.status, self.seen, self.next = status, seen, next


class _Missing(StudentError):
    """No object of that name."""


class Remote(Handle):
    """An object in the student's process. `linked` are models of the judge's own that share weights with it: their
    numbers over there, and here."""

    def __init__(self, connection: Connection, number: int, linked: list[tuple[int, Any]]):
        self._connection, self._number, self._linked = connection, number, linked

    def ask(self, name: str, /, *args: Any, **kwargs: Any) -> Any:
        return self._connection.ask(self, name, args, kwargs)

    def __repr__(self) -> str:
        return "<an object of the student's, in another process>"


class Connection:
    """Asks the process at the other end of a socket, which may answer with anything, or not at all.

    `folder` is where paths lie that checks hand over; `seconds` limits each call, `deadline` (of `time.monotonic`)
    all of them. `claims` counts answers that an oracle believes without being able to see for itself; `complaints`
    are errors of verbs, which are ours unless the other side made them up.
    """

    def __init__(self, stream: Stream, folder: str, seconds: float, deadline: float, seed: int = 0):
        self.stream, self.folder, self.seed = stream, os.path.realpath(folder), seed
        self.seconds, self.deadline = seconds, deadline
        self.claims, self.calls, self.complaints = 0, 0, []
        self._handles: dict[int, Remote] = {}
        self._sent = 0

    def get(self, name: str) -> Any:
        """The student's object called `name`. Raises KeyError if there is none."""
        try:
            return self._exchange({"op": "get", "name": name}, {})
        except _Missing:
            raise KeyError(name) from None

    def ask(self, handle: Remote, name: str, args: tuple, kwargs: dict[str, Any]) -> Any:
        """What a verb answers over there. Raises StudentError, NotBegun, or Ended."""
        outgoing = _Outgoing(self)
        request = {
            "op": "ask",
            "verb": name,
            "subject": handle._number,
            "args": marshalling.with_paths(args, self.folder),
            "kwargs": marshalling.with_paths(kwargs, self.folder),
            "synchronise": [[number, [np.asarray(w) for w in model.get_weights()]] for number, model in handle._linked],
        }
        found = self._exchange(request, outgoing.arguments, outgoing)
        if name not in TRUSTED:
            self.claims += 1
        if not type_checks.conforms(found, type_checks.promised(name)):
            raise StudentError("your object gives an invalid answer to a question about itself", [], ODD)
        return found

    def _exchange(self, request: dict[str, Any], arguments: dict[int, Any], outgoing: _Outgoing | None = None) -> Any:
        self.calls += 1
        deadline = min(self.deadline, time.monotonic() + self.seconds)
        incoming = _Answers(self, arguments)
        try:
            self.stream.send({**request, "seed": self.seed}, outgoing.extend if outgoing else None, deadline)
            reply = self._reply(incoming, deadline)
        except Late:
            raise Ended("timed out", f"no answer from your code in {self.seconds:g} s", SLOW) from None
        except Closed as error:
            raise Ended("crashed", f"the process that runs your notebook has ended: {error}", GONE) from None
        except Malformed as error:
            raise Ended("crashed", f"what came back from your notebook can't be read: {error}", ODD) from None
        if "error" in reply:
            raise reply["error"]
        return reply["value"]

    def _reply(self, incoming: _Answers, deadline: float) -> dict[str, Any]:
        """A reply, decoded into values and handles. Raises Malformed if anything about it is invalid."""
        try:
            reply = self.stream.receive(incoming.extend, deadline)
            if type(reply) is not dict or not {"value", "error"} & set(reply):
                raise Malformed("no reply")
            if "error" in reply:
                return {"error": self._error(reply)}
            incoming.settle(reply["value"])
            files.place(self.folder, reply.get("files", []))
            return reply
        except (Late, Closed, Malformed):
            raise
        except Exception as error:  # an unforeseen error, which an honest side may have caused
            self.complaints.append(f"{type(error).__name__}: {str(error)[:LONG]}")
            raise Malformed(str(error)[:200]) from None

    def _error(self, reply: dict[str, Any]) -> Exception:
        kind, texts = reply["error"], {name: reply.get(name, "") for name in ("message", "hint", "seen", "next")}
        lines = reply.get("lines", [])
        if any(type(text) is not str for text in texts.values()) or type(lines) is not list:
            raise Malformed("an error without words")
        if kind == "stub":
            return Stub()
        if kind == "not begun":
            return NotBegun(texts["seen"][:LONG], texts["next"][:LONG])
        if kind == "missing":
            return _Missing("there is no such name in your notebook", [])
        if kind == "verb":
            self.complaints.append(texts["message"][:LONG])
        return StudentError(texts["message"][:LONG], [str(line)[:LONG] for line in lines[:5]], texts["hint"][:LONG])

    def handle(self, data: Any, arguments: dict[int, Any]) -> Remote:
        """The handle for a message's data. Raises Malformed."""
        numbers = members(data)
        if numbers is None or len(numbers) != 2 or type(numbers[0]) is not int or type(numbers[1]) is not list:
            raise Malformed("no handle")
        if numbers[0] not in self._handles:
            if len(self._handles) >= MANY or not 0 <= numbers[0] < MANY:
                raise Malformed("too many handles")
            self._handles[numbers[0]] = Remote(self, numbers[0], [])
        found = self._handles[numbers[0]]
        for pair in numbers[1][:LINKS]:
            there, here = members(pair) or (None, None)
            if type(there) is not int or type(here) is not int or here not in arguments:
                raise Malformed("no handle")
            if len(found._linked) < LINKS and all(there != known for known, _ in found._linked):
                found._linked.append((there, arguments[here]))
        return found

    def next_number(self) -> int:
        self._sent += 1
        return self._sent


LONG, MANY, LINKS = 2000, 10_000, 20
SLOW = "Check for an endless loop, or for far more training than the task asks for."
GONE = "Check whether the code ends the process (`exit`, `os._exit`) or uses up the memory."
ODD = "Check whether your notebook replaces parts of Python, Keras or the checks. Run it again without that."


class _Outgoing:
    """Encodes the arguments of one question."""

    def __init__(self, connection: Connection):
        self._connection = connection
        self.arguments: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}

    def extend(self, value: Any) -> Any:
        value = remote_calls.moved(value)
        if isinstance(value, Remote):
            return Extension(HANDLE, value._number)
        if id(value) in self._numbers:
            return Extension(SAME, self._numbers[id(value)])
        if not allow_list.may_travel(value):
            return marshalling.plainer(value)
        number = self._connection.next_number()
        described = keras_data.describe(value)
        self._numbers[id(value)], self.arguments[number] = number, value
        return Extension(KERAS, {"ref": number, **described})


class _Answers(Incoming):
    """Decodes the values of one reply."""

    def __init__(self, connection: Connection, arguments: dict[int, Any]):
        super().__init__(connection.folder)
        self._connection, self._arguments = connection, arguments
        self._elsewhere: list[tuple[Any, Any]] = []

    def settle(self, value: Any) -> None:
        """Let those arguments that were returned, and can't travel any more, be asked about over there. No others: a
        check may hold what came back against what it handed over."""
        self.finish()
        answer = value["returned"] if type(value) is dict and "returned" in value else value
        returned = {id(part) for part in marshalling.parts(answer)}
        for subject, number in self._elsewhere:
            if id(subject) in returned:
                remote_calls.move(subject, self._connection.handle([number, []], {}))

    def extend(self, kind: str, data: Any) -> Any:
        if kind == HANDLE:
            return self._connection.handle(data, self._arguments)
        if kind == ARGUMENT:
            return marshalling.known(self._arguments, data)
        if kind == "changed":
            return self._change(data)
        return super().extend(kind, data)

    def _change(self, data: Any) -> None:
        """Apply the changes that the call has made to an argument."""
        import keras

        if type(data) is not dict:
            raise Malformed("no change")
        subject = marshalling.known(self._arguments, data.get("n"))
        if "weights" in data:
            keras_data.set_numbers(subject, {"weights": keras_data.arrays_of(data["weights"])})
            if "handle" in data:
                self._elsewhere.append((subject, data["handle"]))
        else:
            models = [given for given in self._arguments.values() if isinstance(given, keras.layers.Layer)]
            now = keras_data.restore(subject, data.get("now"), models)
            if now is not subject:
                remote_calls.move(subject, now)
