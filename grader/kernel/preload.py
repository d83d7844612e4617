"""What a warm process imports, such that its forks compute what a fresh process would."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

from grader.kernel import tuning

MODULES = (
    "course",  # first, as it sets how TensorFlow is loaded
    *("numpy", "keras", "tensorflow", "matplotlib.pyplot", "threadpoolctl"),
    *("sklearn.datasets", "sklearn.linear_model", "sklearn.metrics", "sklearn.model_selection", "sklearn.pipeline"),
    "sklearn.preprocessing",
    *("IPython.core.completer", "IPython.core.completerlib", "IPython.core.debugger", "IPython.core.history"),
    *("IPython.core.logger", "IPython.core.magics", "IPython.core.oinspect", "IPython.core.pylabtools"),
    *("IPython.extensions.storemagic", "ipykernel.debugger", "ipykernel.ipkernel", "ipykernel.kernelapp"),
    *("ipykernel.zmqshell", "ipykernel_launcher", "sqlite3", "tornado.platform.asyncio"),
    "matplotlib.backends.backend_agg",
    *("course.data", "course.see", "grader.check.everything", "grader.judge", "grader.judge.main", "grader.kernel"),
    *("grader.kernel.app", "grader.sandbox", "grader.student"),
)
"""Neither ipywidgets nor matplotlib's inline backend: when imported, they look for the IPython shell they belong to.

TensorFlow's options keep their defaults unless the environment asks for others; see tuning.py.
"""
SETTINGS = {"TF_CPP_MIN_LOG_LEVEL": "2", "TF_ENABLE_ONEDNN_OPTS": "0"}
"""Defaults that `import course` sets before TensorFlow is loaded. In a fork it is loaded already."""
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
"""OpenBLAS, unlike other libraries, starts its threads when it is loaded. `threads.restore` undoes this in a fork."""

ADDED_VARIABLES: dict[str, str] = {}
"""Environment variables that the imported modules have set."""


def preload(modules: Sequence[str] = MODULES) -> None:
    """Import the modules. One that is missing or fails is skipped; the error appears when it is imported in a fork."""
    before = dict(os.environ)
    sys.ps1 = "In : "  # TensorFlow's logger takes this to mean interactive; IPython sets it too
    for module in modules:
        try:
            importlib.import_module(module)
        except Exception as error:
            print(f"{module}: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
    del sys.ps1
    tuning.reduce_compilation()
    ADDED_VARIABLES.update({name: value for name, value in os.environ.items() if before.get(name) != value})
    tuning.reduce_garbage_collection()


def unfit() -> str:
    """Why this process cannot be forked, or an empty string. Only the thread that forks exists in the fork."""
    threads = len(os.listdir("/proc/self/task"))
    return "" if threads == 1 else f"the warm process has {threads} threads; a library has started the others"
