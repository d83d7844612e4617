"""Many processes that compute little each: one thread for every library, and nothing compiled that runs once."""

from __future__ import annotations

import gc
import os
import sys

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
        _run_operations_by_themselves()


BINDINGS, OPTION = "tensorflow.python.pywrap_tfe", "TFE_ContextOptionsSetRunEagerOpAsFunction"


def _run_operations_by_themselves() -> None:
    """An operation outside a graph isn't made into a function of its own first.

    From Python, TensorFlow does that for each operation, anew for each variable and shape; its C library leaves it,
    unless it is asked for. There is no public name for the option, and results don't depend on it: where it is called
    otherwise one day, all runs as before, only longer.
    """
    bindings = sys.modules.get(BINDINGS)
    if option := getattr(bindings, OPTION, None):
        setattr(bindings, OPTION, lambda options, _: option(options, False))


def collect_seldom() -> None:
    """Leave all that was imported out of garbage collection; where the environment asks for it, collect seldom.

    Tracing a model makes many objects, nearly all of which stay.
    """
    gc.collect()
    gc.freeze()  # else each fork's garbage collector goes through, and copies, all that was imported
    if _asked_for():
        gc.set_threshold(50_000, 20, 20)
