"""The register of everything that lessons call as `check.NAME`: oracles by group, and other helpers.

An oracle is registered where it is defined; its module is its group in the author's guide. The oracles are imported
only when a name is looked up, so code that needs only the core loads none of them.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator
from functools import cache, wraps
from importlib import import_module
from typing import Any, TypeVar

from grader.verdict import Observation

Observations = Iterator[Observation]
Exported = TypeVar("Exported", bound=Callable[..., Any])

PUBLIC: dict[str, Any] = {}
"""Everything that a lesson can call as `check.NAME`, by name."""

ORACLES: dict[str, str] = {}
"""The group of each oracle, by the oracle's name."""


class StopOracle(Exception):
    """Ends an oracle early, because nothing more can be checked; the observation says why."""

    def __init__(self, observation: Observation):
        super().__init__(observation.about)
        self.observation = observation


def export(thing: Exported, name: str = "") -> Exported:
    """Let lessons call `thing` under its own name, or under `name`. Raises ValueError if the name is taken."""
    _add(name or thing.__name__, thing)
    return thing


def oracle(look: Callable[..., Observations]) -> Callable[..., Observations]:
    """Register an oracle in the group of its module, `grader.check.oracles.GROUP`.

    The oracle ends with the first observation that stops it, or with the observation of a `StopOracle` raised inside
    it. Raises ValueError if the name is taken or the module is not a group.
    """
    package, _, group = look.__module__.rpartition(".")
    if package != "grader.check.oracles":
        raise ValueError(f"{look.__module__}.{look.__name__}: an oracle belongs to a module of grader/check/oracles/")

    @wraps(look)
    def observed(*args: Any, **kwargs: Any) -> Observations:
        try:
            for observation in look(*args, **kwargs):
                yield observation
                if observation.stop and not observation.ok:
                    return
        except StopOracle as stop:
            yield stop.observation

    _add(look.__name__, observed)
    ORACLES[look.__name__] = group
    return observed


def _add(name: str, thing: Any) -> None:
    taken = PUBLIC.get(name)
    if taken is not None and taken.__module__ != thing.__module__:
        raise ValueError(f"check.{name} is defined in {taken.__module__} and in {thing.__module__}")
    PUBLIC[name] = thing


@cache
def load() -> None:
    """Import every module that registers something, the first time."""
    import grader.check as package

    for found in pkgutil.walk_packages(package.__path__, "grader.check."):
        import_module(found.name)


def groups() -> dict[str, list[str]]:
    """The names of all oracles by group, both in alphabetical order."""
    load()
    return {group: sorted(n for n, g in ORACLES.items() if g == group) for group in sorted(set(ORACLES.values()))}


def table() -> str:
    """All oracles by group as a table in Markdown, for the author's guide."""
    rows = ["| group | asks about | oracles |", "|---|---|---|"]
    for group, names in groups().items():
        about = (import_module(f"grader.check.oracles.{group}").__doc__ or "").splitlines()[0].rstrip(".")
        about = about.removeprefix("Oracles on ").removeprefix("Oracle on ")
        rows.append(f"| `{group}` | {about} | {' '.join(f'`{name}`' for name in names)} |")
    return "\n".join(rows)
