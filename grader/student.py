"""`student.NAME`: the object that the student's notebook calls NAME, whichever process it lives in.

In a notebook, and under stock `nbgrader autograde`, the object is the live one. Whoever runs the tests
elsewhere calls `_connect` with a function that knows how to find it. Nothing public is defined here, so that
no name of ours hides one of the student's.
"""

from __future__ import annotations

from collections.abc import Callable as _Callable
from typing import Any as _Any


def _live(name: str) -> _Any:
    """The object in the user namespace of the running IPython shell, or in `__main__` outside one."""
    from IPython import get_ipython

    shell = get_ipython()
    if shell is not None:
        namespace = shell.user_ns
    else:
        import __main__

        namespace = vars(__main__)
    return namespace[name]


_find: _Callable[[str], _Any] = _live


def _connect(find: _Callable[[str], _Any]) -> None:
    """Look names up with `find` from now on; it raises KeyError for a name that isn't there."""
    global _find
    _find = find


def __getattr__(name: str) -> _Any:
    if name.startswith("__"):
        raise AttributeError(name)
    try:
        return _find(name)
    except KeyError:
        from grader.verdict import Missing

        raise Missing(name) from None
