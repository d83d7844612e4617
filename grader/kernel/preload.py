"""What a warm process imports, in such a way that a fork of it computes what a fresh process would."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

from grader.kernel import tuning

MODULES = (
    "course",  # first: it says how TensorFlow is to be loaded
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
"""Not ipywidgets, nor matplotlib's inline backend: at their import they look for the shell that they serve.

Options of TensorFlow's are left as they are unless the environment says otherwise, see `tuning`.
"""
SETTINGS = {"TF_CPP_MIN_LOG_LEVEL": "2", "TF_ENABLE_ONEDNN_OPTS": "0"}
"""What `import course` sets, unless it is set, before TensorFlow is loaded; in a warm process it is loaded already."""
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
"""OpenBLAS starts its threads when it is loaded, the others when they are first used. `threads.restore` undoes it."""

SET: dict[str, str] = {}
"""What the imported modules have added to the environment, for what they start."""


def preload(modules: Sequence[str] = MODULES) -> None:
    """Import them. One that is missing, or fails, is left to whoever imports it later."""
    before = dict(os.environ)
    sys.ps1 = "In : "  # TensorFlow's logger asks it whether this is interactive; IPython sets it too
    for module in modules:
        try:
            importlib.import_module(module)
        except Exception as error:
            print(f"{module}: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
    del sys.ps1
    tuning.lighten_tensorflow()
    SET.update({name: value for name, value in os.environ.items() if before.get(name) != value})
    tuning.collect_seldom()


def unfit() -> str:
    """Why this process can't be forked; empty when it can. A fork has no other thread than the one that forks."""
    threads = len(os.listdir("/proc/self/task"))
    return "" if threads == 1 else f"the warm process has {threads} threads; a library has started them"
