"""Remote calls: questions that a check asks about a student's object, computed in the process where the object lives.

Models of built-in layers are rebuilt in the judge's process and called there. Objects that cannot travel as data
(functions, custom layers, subclassed models, callbacks) are reached through a `Handle`, and the call runs in the
object's process. An oracle that uses nothing but remote calls works on both.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import wraps
from typing import Any

from grader.check.core import register
from grader.check.core.guarded import attempt

REMOTE_CALLS: dict[str, Callable[..., Any]] = {}
"""Every remote call by name: the functions that the student's side of a judge has to provide."""


class Handle(ABC):
    """A student's object that lives in another process.

    It has no value of its own: comparing, converting, counting and iterating raise TypeError, so that no method
    written by the student decides a test.
    """

    @abstractmethod
    def ask(self, name: str, /, *args: Any, **kwargs: Any) -> Any:
        """The result of `REMOTE_CALLS[name]` in the object's process. Arguments and result are plain data.

        Raises StudentError if the object raises an exception.
        """

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.ask("call", *args, **kwargs)

    def _no_value(self, *_: Any) -> Any:
        raise TypeError("a student's object in another process has no value here: use a remote call")

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _no_value
    __bool__ = __len__ = __iter__ = __contains__ = __getitem__ = _no_value
    __float__ = __int__ = __index__ = __array__ = _no_value
    __hash__ = object.__hash__


_moved: dict[int, tuple[Any, Any]] = {}


def move(subject: Any, successor: Any) -> None:
    """Send remote calls on `subject` to `successor` from now on: the object as the student's code left it.

    `subject` keeps its identity, so a check gets back the very object that it passed in.
    """
    _moved[id(subject)] = subject, successor


def moved(subject: Any) -> Any:
    """The object that receives remote calls on `subject`: usually `subject` itself."""
    return _moved[id(subject)][1] if id(subject) in _moved else subject


def forget_moves() -> None:
    """Send the remote calls on every object to the object itself again."""
    _moved.clear()


def remote_call(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make `function(subject, …)` a remote call: it runs where `subject` lives, under `guarded.attempt`.

    Its other arguments and its result are plain data: None, booleans, numbers, strings, arrays, and lists, tuples and
    dicts of them.
    """
    REMOTE_CALLS[function.__name__] = function

    @wraps(function)
    def asked(subject: Any, /, *args: Any, **kwargs: Any) -> Any:
        subject = moved(subject)
        if isinstance(subject, Handle):
            return subject.ask(function.__name__, *args, **kwargs)
        return attempt(function, subject, *args, **kwargs)

    return asked


def ask(name: str, subject: Any, /, *args: Any, **kwargs: Any) -> Any:
    """The result of the remote call `name` on a live `subject`: the student's side of a judge calls this.

    Raises KeyError for an unknown name.
    """
    if name not in REMOTE_CALLS:
        register.load()
    return attempt(REMOTE_CALLS[name], subject, *args, **kwargs)


@remote_call
def call(subject: Any, /, *args: Any, **kwargs: Any) -> Any:
    """The value that the object returns when it is called."""
    return attempt(subject, *args, **kwargs)
