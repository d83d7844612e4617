"""Remote calls: what a check asks of a student's object, answered where the object lives.

Models of built-in layers are rebuilt in the judge's process and asked there. What cannot travel as data (functions,
custom layers, subclassed models, callbacks) is reached through a `Handle`, and the call runs beside the object.
An oracle that reaches a student's object by remote calls alone works on both.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import wraps
from typing import Any

from grader.check.core import register
from grader.check.core.guarded import attempt

REMOTE_CALLS: dict[str, Callable[..., Any]] = {}
"""Every remote call by name: what the student's side of a judge has to answer."""


class Handle(ABC):
    """A student's object that lives in another process.

    It has no value of its own: comparing, converting, counting and iterating raise TypeError, so that no method of
    the student's decides a test.
    """

    @abstractmethod
    def ask(self, name: str, /, *args: Any, **kwargs: Any) -> Any:
        """What `REMOTE_CALLS[name]` answers beside the object. Arguments and answer are plain data.

        Raises StudentError where the object raises an exception.
        """

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.ask("call", *args, **kwargs)

    def _no_value(self, *_: Any) -> Any:
        raise TypeError("a student's object elsewhere has no value here: ask it with a remote call")

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _no_value
    __bool__ = __len__ = __iter__ = __contains__ = __getitem__ = _no_value
    __float__ = __int__ = __index__ = __array__ = _no_value
    __hash__ = object.__hash__


_moved: dict[int, tuple[Any, Any]] = {}


def move(subject: Any, successor: Any) -> None:
    """From now on `successor` answers for `subject`: the student's code, elsewhere, has made that of it.

    It stays the object that it is, so that a check sees the very thing come back which it handed over.
    """
    _moved[id(subject)] = subject, successor


def moved(subject: Any) -> Any:
    """Who answers for `subject`: mostly itself."""
    return _moved[id(subject)][1] if id(subject) in _moved else subject


def forget_moves() -> None:
    """Let every object answer for itself again."""
    _moved.clear()


def remote_call(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make `function(subject, …)` a remote call: it runs where `subject` lives, under `guarded.attempt`.

    Its other arguments and what it returns are plain data: None, booleans, numbers, strings, arrays, and lists,
    tuples and dicts of them.
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
    """What the remote call `name` answers for a live `subject`: the student's side of a judge calls this.

    Raises KeyError for an unknown name.
    """
    if name not in REMOTE_CALLS:
        register.load()
    return attempt(REMOTE_CALLS[name], subject, *args, **kwargs)


@remote_call
def call(subject: Any, /, *args: Any, **kwargs: Any) -> Any:
    """What the object returns when it is called."""
    return attempt(subject, *args, **kwargs)
