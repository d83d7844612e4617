"""A stand-in for an object in another process: reached by verbs alone, and only plain data crosses."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from grader.check.core import remote_calls

ATOMS = (type(None), bool, int, float, str, bytes)


class Elsewhere(remote_calls.Handle):
    """Answers verbs on an object that nothing else can touch; what crosses is copied and must be plain data."""

    def __init__(self, subject: Any):
        # A closure: no attribute of the handle leads to the object.
        self._ask = lambda name, args, kwargs: remote_calls.ask(name, subject, *args, **kwargs)

    def ask(self, name: str, /, *args: Any, **kwargs: Any) -> Any:
        return plain(self._ask(name, plain(args), plain(kwargs)))

    def __repr__(self) -> str:
        return "<an object elsewhere>"


def elsewhere(subject: Any) -> Elsewhere:
    """`subject` as a check meets it when it lives in another process."""
    return Elsewhere(subject)


def plain(value: Any) -> Any:
    """A copy of `value`. Raises AssertionError where something in it could not travel as data."""
    if isinstance(value, np.ndarray):
        assert type(value) is np.ndarray and value.dtype.kind in "biufUS", f"not plain: {type(value)} of {value.dtype}"
        return value.copy()
    if isinstance(value, np.generic):
        return value.item()
    if type(value) in (list, tuple):
        return type(value)(plain(item) for item in value)
    if type(value) is dict:
        return {plain(key): plain(item) for key, item in value.items()}
    assert type(value) in ATOMS, f"{type(value).__name__} cannot travel as plain data"
    return copy.copy(value)
