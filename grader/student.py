"""`student.NAME`: the object called NAME in the student's notebook, whichever process it lives in.

In a notebook, and under stock `nbgrader autograde`, it is the live object. A judge, which runs the tests in another
process, calls `_connect` with a function that finds the object. Nothing public is defined here, so that no name of the
grader's hides one of the student's.
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
    """Look up names with `find` from now on; it raises KeyError if a name isn't defined."""
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
