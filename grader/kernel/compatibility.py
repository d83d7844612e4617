"""Which kernels a warm process may serve: those that would start in the same state if started the usual way."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from grader.kernel import tuning
from grader.kernel.preload import SETTINGS

PREFIXES = (
    *("ABSL_", "BLIS_", "CUDA_", "DNNL_", "GLIBC_", "GOMP_", "GOTO_", "GRPC_", "JAX_", "JOBLIB_", "KERAS_", "KMP_"),
    *("LC_", "LD_", "MALLOC_", "MKL_", "MPL", "NCCL_", "NPY_", "NUMBA_", "NUMEXPR_", "NVIDIA_", "OMP_", "ONEDNN_"),
    *("OPENBLAS_", "PROTOCOL_", "PYTHON", "SCIPY_", "SKLEARN_", "TF2_", "TF_", "TORCH_", "XLA_"),
)
NAMES = (tuning.GRAPHS, "HOME", "LANG", "LANGUAGE", "TZ", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")
"""Variables that libraries read when they are imported, too early for a fork to change."""


def variables(environment: Mapping[str, str], private: str = "") -> dict[str, str]:
    """The variables of a kernel that matter to its warm process. It gets no others and so holds no secrets.

    `private` is a confined kernel's own folder. Variables that refer to it are left out: it exists for one kernel only.
    """
    kept = {
        name: value for name, value in {**SETTINGS, **environment}.items() if name in NAMES or name.startswith(PREFIXES)
    }
    if private:
        kept = {name: value for name, value in kept.items() if private not in value}
    return dict(sorted(kept.items()))


def key(variables: Mapping[str, str], modules: Sequence[str]) -> str:
    """A name that two kernels share if the same warm process may serve both."""
    python = [os.path.realpath(sys.executable), sys.prefix, sys.version]
    facts = [python, list(modules), dict(variables), inherited(), installed(modules)]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


def inherited() -> list[object]:
    """What a process inherits from the one that started it and a fork cannot change."""
    return [
        os.getuid(),
        os.getgid(),
        sorted(os.sched_getaffinity(0)),
        os.getpriority(os.PRIO_PROCESS, 0),
        {name: hard for name, (_, hard) in limits().items()},
        limits()["RLIMIT_STACK"],  # the stack size of threads is fixed when a process starts
        _read("/proc/self/cgroup"),
        [os.readlink(f"/proc/self/ns/{name}") for name in ("mnt", "net", "pid", "user")],
    ]


def limits() -> dict[str, tuple[int, int]]:
    """Soft and hard limits of this process, by name."""
    names = [name for name in dir(resource) if name.startswith("RLIMIT_")]
    return {name: resource.getrlimit(getattr(resource, name)) for name in names}


def ignored() -> list[int]:
    """The signals that a program started by this process would ignore from the beginning, as under `nohup`.

    Leaves out those that Python ignores itself and restores in child processes, and Ctrl-C, which kernels handle.
    """
    own = (signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ)
    return [n for n in sorted(signal.valid_signals()) if n not in own and signal.getsignal(n) is signal.SIG_IGN]


def installed(modules: Sequence[str]) -> list[list[object]]:
    """Modification times, which change if a package is installed or removed or a module of the course is edited."""
    folders = [path for path in sys.path if path.endswith("-packages") and os.path.isdir(path)]
    own = [path for module in modules if module.split(".")[0] in ("course", "grader") for path in _sources(module)]
    return [[path, _modified(path)] for path in (*folders, *own)]


def _sources(module: str) -> Iterator[str]:
    """The files of a module and its submodules, found without importing it, which would change the environment."""
    package, *names = module.split(".")
    spec = find_spec(package)
    for folder in (spec and spec.submodule_search_locations) or ():
        path = os.path.join(folder, *names)
        yield os.path.join(path, "__init__.py") if not names else f"{path}.py"
        if names:
            yield from (
                os.path.join(at, name) for at, _, files in os.walk(path) for name in files if name[-3:] == ".py"
            )


def _modified(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0


@cache
def _read(path: str) -> str:
    return Path(path).read_text() if os.path.exists(path) else ""
