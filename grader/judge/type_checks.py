"""Whether what came back for a verb is of the type that the verb promises: another process may answer anything."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from grader.check.core.remote_calls import REMOTE_CALLS


@cache
def promised(name: str) -> Any:
    """The annotation of what a verb returns."""
    try:
        return typing.get_type_hints(REMOTE_CALLS[name]).get("return", Any)
    except NameError:  # a name that its module imports for type checkers only
        return Any


def conforms(value: Any, kind: Any) -> bool:
    """Whether plain data has an annotated type."""
    if kind is Any:
        return True
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return any(conforms(value, one) for one in args)
    if kind is None or kind is type(None):
        return value is None
    if kind is float:
        return type(value) in (float, int) or isinstance(value, np.floating | np.integer)
    if kind is int:
        return type(value) is int or isinstance(value, np.integer)
    if kind in (bool, str, bytes, np.ndarray):
        return type(value) is kind
    if (origin or kind) in (list, tuple, Sequence):
        return _sequence(value, origin or kind, args)
    if (origin or kind) in (dict, Mapping):
        inner = args or (Any, Any)
        return type(value) is dict and all(conforms(k, inner[0]) and conforms(v, inner[1]) for k, v in value.items())
    return True  # of a class that only a live object has


def _sequence(value: Any, origin: Any, args: tuple) -> bool:
    if type(value) not in ((list, tuple) if origin is Sequence else (origin,)):
        return False
    if origin is tuple and args and args[-1] is not ...:
        return len(value) == len(args) and all(map(conforms, value, args))
    return not args or all(conforms(item, args[0]) for item in value)
