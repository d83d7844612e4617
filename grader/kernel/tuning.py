"""Settings for many small processes: one thread in each library, and no compilation of what runs once."""

from __future__ import annotations

import gc
import os
import sys

from grader.compat.tensorflow import run_operations_by_themselves

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
GRAPHS = "GRADER_GRAPHS"
VARIABLES = {**dict.fromkeys(THREADS, "1"), GRAPHS: "as traced"}
"""Environment variables of such a process, needed before TensorFlow is loaded.

They are the same for a submission and its judge, so that one warm process serves both.
"""


def _asked_for() -> bool:
    return os.environ.get(GRAPHS) == VARIABLES[GRAPHS]


def reduce_compilation() -> None:
    """Make TensorFlow compile less if the environment asks for it, as small models take longer to compile than to run.

    Call this before TensorFlow's runtime starts, which this function does not do. Sums may be in a different order
    than in an optimized graph.
    """
    if _asked_for() and (tensorflow := sys.modules.get("tensorflow")):
        tensorflow.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
        run_operations_by_themselves()


def reduce_garbage_collection() -> None:
    """Exclude everything imported from garbage collection and, if the environment asks for it, collect less often.

    Tracing a model creates many objects, nearly all of which stay.
    """
    gc.collect()
    gc.freeze()  # otherwise a collection in a fork would copy every page with imported objects
    if _asked_for():
        gc.set_threshold(50_000, 20, 20)
