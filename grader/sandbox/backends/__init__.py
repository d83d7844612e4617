"""The ways to confine a submission. Each is a module of this package; nothing else has to know its name.

    base.py         the interface, the register and its decorator
    landlock.py     Landlock and seccomp: entered by the process itself
    bubblewrap.py   namespaces made by bubblewrap
    containers.py   Docker and Podman
    none.py         no sandbox; used only with `--allow-unsandboxed`

To add a backend, add a module here with a class decorated `@backend(NAME, preference=NUMBER)`. `grader doctor`, the
choice of a sandbox, GRADER_SANDBOX and the tests go through the register and so include it.
"""

import importlib
import pkgutil

from grader.sandbox.backends.base import Backend, backend, candidates, from_data, registered
from grader.sandbox.backends.bubblewrap import Bubblewrap
from grader.sandbox.backends.containers import Docker, Podman
from grader.sandbox.backends.landlock import Landlock
from grader.sandbox.backends.none import Unconfined

for _module in pkgutil.iter_modules(__path__):  # a module that nothing above names registers its backends too
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = [
    "Backend",
    "Bubblewrap",
    "Docker",
    "Landlock",
    "Podman",
    "Unconfined",
    "backend",
    "candidates",
    "from_data",
    "registered",
]
