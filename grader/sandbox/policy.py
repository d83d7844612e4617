"""What a submission may read, write, and use up: plain data that is sent to the process that enforces it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from grader.sandbox.runtime import Runtime, runtime

MB, GB = 1 << 20, 1 << 30
SOCKET_PATH = 107
"""The longest path a Unix socket may have, in bytes."""


@dataclass(frozen=True)
class Policy:
    """Where a submission may read and write, and how much of the machine it may use. Sizes are in bytes.

    `private` is the only folder it may write to: it is the home directory, the place for temporary files, and the
    working directory. In `sockets` it may create Unix sockets and nothing else; the path must be short (108 bytes).
    Besides the runtime it may read the files and whole folders in `readable` and use `devices`, for example a GPU's.

    The limits on memory, disk, CPU time, and processes apply to all its processes together; `file_size` applies to each
    file, `open_files` to each process. `threads` counts the threads of all processes.
    """

    private: str
    sockets: str = ""
    readable: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    runtime: Runtime = field(default_factory=runtime)
    memory: int = 4 * GB
    cpu_seconds: float = 1200
    wall_seconds: float = 900
    processes: int = 64
    threads: int = 1024
    disk: int = 1 * GB
    files: int = 20_000
    file_size: int = 512 * MB
    open_files: int = 1024

    def __post_init__(self) -> None:
        for name in ("private", "sockets"):
            object.__setattr__(self, name, os.fspath(getattr(self, name)))
        for name in ("readable", "devices"):
            object.__setattr__(self, name, tuple(map(os.fspath, getattr(self, name))))
        if len(os.fsencode(self.sockets)) > SOCKET_PATH - 20:
            raise ValueError(f"{self.sockets} is too long a path for a folder of Unix sockets")

    @property
    def environment(self) -> dict[str, str]:
        """All environment variables of the submission. Of the grader's own it gets only language and time zone."""
        home = self.private
        return {
            **{name: os.environ[name] for name in _KEPT if name in os.environ},
            "PATH": self.runtime.path,
            "HOME": home,
            "USER": "student",
            "LOGNAME": "student",
            "TMPDIR": f"{home}/.tmp",
            "XDG_CACHE_HOME": f"{home}/.cache",
            "JOBLIB_MULTIPROCESSING": "0",  # its semaphores would be in /dev/shm
            "IPYTHONDIR": f"{home}/.ipython",
            "JUPYTER_NO_CONFIG": "1",
            "KERAS_HOME": f"{home}/.keras",
            "MPLCONFIGDIR": f"{home}/.matplotlib",
            "PYTHONDONTWRITEBYTECODE": "1",
            **self.variables,
        }

    @property
    def paths(self) -> list[str]:
        """The paths it reads, and the parents of its own folders."""
        parents = [os.path.dirname(path) for path in (self.private, self.sockets) if path]
        return [*self.runtime.reads, *self.readable, *parents]

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Policy:
        data: dict[str, Any] = json.loads(text)
        return cls(**{**data, "runtime": Runtime(**data["runtime"])})


_KEPT = ("LANG", "LC_ALL", "TZ")
