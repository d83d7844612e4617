"""Many processes that compute little each: one thread for every library, and nothing compiled that runs once."""

from __future__ import annotations

import gc
import os
import sys

from grader.compat.tensorflow import run_operations_by_themselves

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
GRAPHS = "GRADER_GRAPHS"
VARIABLES = {**dict.fromkeys(THREADS, "1"), GRAPHS: "as traced"}
"""What such a process has in its environment, before TensorFlow is loaded.

A submission's and its judge's are alike in this, so that one warm process serves both.
"""


def _asked_for() -> bool:
    return os.environ.get(GRAPHS) == VARIABLES[GRAPHS]


def lighten_tensorflow() -> None:
    """Where the environment asks for it, TensorFlow compiles less: with small models that takes longer than running.

    To be called before its runtime starts, which this does not do. Sums may come in another order than in an optimized
    graph.
    """
    if _asked_for() and (tensorflow := sys.modules.get("tensorflow")):
        tensorflow.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
        run_operations_by_themselves()


def collect_seldom() -> None:
    """Leave all that was imported out of garbage collection; where the environment asks for it, collect seldom.

    Tracing a model makes many objects, nearly all of which stay.
    """
    gc.collect()
    gc.freeze()  # else each fork's garbage collector goes through, and copies, all that was imported
    if _asked_for():
        gc.set_threshold(50_000, 20, 20)
