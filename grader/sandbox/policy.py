"""What a submission may read, write and use up: plain data, which travels to the process that enforces it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from grader.sandbox.runtime import Runtime, runtime

MB, GB = 1 << 20, 1 << 30
SOCKET_PATH = 107
"""Bytes that the path of a Unix socket may have."""


@dataclass(frozen=True)
class Policy:
    """Where a submission may read and write, and how much of the machine it may use. Sizes are in bytes.

    `private` is the one folder that it may write to: its home, where its temporary files go, and where it starts.
    In `sockets` it may make Unix sockets and nothing else; a short path is needed (108 bytes). Beside the runtime
    it may read what `readable` names, a folder with all that lies in it, and use `devices`, a GPU's for example.

    The bounds of memory, disk, CPU and processes are on all its processes together; `file_size` is on each file,
    `open_files` on each process. `threads` counts the threads of all processes.
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
        """All environment variables of the submission: nothing of the grader's own but language and time zone."""
        home = self.private
        return {
            **{name: os.environ[name] for name in _KEPT if name in os.environ},
            "PATH": self.runtime.path,
            "HOME": home,
            "USER": "student",
            "LOGNAME": "student",
            "TMPDIR": f"{home}/.tmp",
            "XDG_CACHE_HOME": f"{home}/.cache",
            "JOBLIB_MULTIPROCESSING": "0",  # its semaphores would lie in /dev/shm
            "IPYTHONDIR": f"{home}/.ipython",
            "JUPYTER_NO_CONFIG": "1",
            "KERAS_HOME": f"{home}/.keras",
            "MPLCONFIGDIR": f"{home}/.matplotlib",
            "PYTHONDONTWRITEBYTECODE": "1",
            **self.variables,
        }

    @property
    def places(self) -> list[str]:
        """Where it reads, and the folders that its own folders lie in."""
        parents = [os.path.dirname(path) for path in (self.private, self.sockets) if path]
        return [*self.runtime.reads, *self.readable, *parents]

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Policy:
        data: dict[str, Any] = json.loads(text)
        return cls(**{**data, "runtime": Runtime(**data["runtime"])})


_KEPT = ("LANG", "LC_ALL", "TZ")
