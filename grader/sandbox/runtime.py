"""What any submission needs to read: Python, its packages, system libraries, and the course."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SYSTEM = (
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    *(
        f"/etc/{name}"
        for name in ("alternatives", "fonts", "ld.so.cache", "localtime", "mime.types", "os-release", "timezone")
    ),
    "/etc/ssl/certs",
    "/sys/devices/system",
    "/sys/kernel/mm/transparent_hugepage",
)
PROC = (
    *("cpuinfo", "filesystems", "loadavg", "meminfo", "stat", "uptime", "version"),
    *("sys/kernel/osrelease", "sys/kernel/random", "sys/vm/overcommit_memory", "sys/vm/max_map_count"),
)
"""What may be read in /proc besides the process's own folder."""

_GRADER = Path(__file__).resolve().parents[1]
_COURSE = _GRADER.parent / "course"
HIDDEN = (_COURSE / "modules",)
"""Solutions and hidden tests. They are inside a package that labs import, so not all of it is readable."""


@dataclass(frozen=True)
class Runtime:
    """Files and whole folders that may be read; folders that may only be listed; and the variable PATH."""

    reads: tuple[str, ...]
    lists: tuple[str, ...] = ()
    path: str = "/usr/bin:/bin"

    def __post_init__(self) -> None:
        object.__setattr__(self, "reads", tuple(self.reads))
        object.__setattr__(self, "lists", tuple(self.lists))


@cache
def runtime(*hidden: Path) -> Runtime:
    """The runtime of this process: the system's libraries, its Python environment, and the course.

    The course's solutions are left out, and so is `hidden`, for example a gradebook inside one of these folders.
    """
    out = [Path(os.path.realpath(path)) for path in (*HIDDEN, *hidden)]
    reads: dict[str, None] = {}
    lists: dict[str, None] = {}
    for root in _roots():
        for path, whole in without(root, out):
            (reads if whole else lists)[str(path)] = None
    programs = os.pathsep.join((f"{sys.prefix}/bin", "/usr/local/bin", "/usr/bin", "/bin"))
    return Runtime(tuple(reads), tuple(lists), programs)


def own_program(main: str, *arguments: str) -> list[str]:
    """The command of a Python process that runs a function of this package, such as `supervisor.main`.

    It finds the package without listing its parent folder, which a submission may not do, and imports only the modules
    that it needs.
    """
    module, function = main.split(".")
    packages = {"grader": str(_GRADER), "grader.sandbox": str(_GRADER / "sandbox")}
    code = (
        "import sys, types\n"
        f"for name, path in {packages}.items():\n"
        "    sys.modules[name] = types.ModuleType(name); sys.modules[name].__path__ = [path]\n"
        f"from grader.sandbox.{module} import {function}; {function}()"
    )
    return [sys.executable, "-I", "-S", "-c", code, *arguments]


def without(root: Path, hidden: Iterable[Path]) -> Iterator[tuple[Path, bool]]:
    """The parts of a folder that are not `hidden`: (path, True) may be read entirely, (path, False) only listed."""
    real = Path(os.path.realpath(root))
    if real in hidden:
        return
    if not any(path.is_relative_to(real) for path in hidden):
        yield root, True
        return
    yield root, False
    for child in sorted(root.iterdir()):
        yield from without(child, hidden)


def _roots() -> list[Path]:
    own = (sys.prefix, sys.base_prefix, *(path for path in sys.path if path.endswith("-packages")))
    known: list[str | Path] = [*SYSTEM, *own, _GRADER, _COURSE]
    roots = [Path(path) for path in known if os.path.exists(path)]
    return [path for path in roots if not any(path != other and path.is_relative_to(other) for other in roots)]
