"""Many processes that compute little each: one thread for every library, and graphs that are run as they are traced."""

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


def leave_graphs() -> None:
    """Where the environment asks for it, no graph is optimized: with a small model that takes longer than running it.

    Starts no runtime. Sums may come in another order than in an optimized graph.
    """
    if os.environ.get(GRAPHS) == VARIABLES[GRAPHS] and (tensorflow := sys.modules.get("tensorflow")):
        tensorflow.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})


def collect_seldom() -> None:
    """Leave all that was imported out of garbage collection, and collect seldom: tracing a model makes many objects,
    nearly all of which stay."""
    gc.collect()
    gc.freeze()  # else each fork's garbage collector goes through, and copies, all that was imported
    if os.environ.get(GRAPHS) == VARIABLES[GRAPHS]:
        gc.set_threshold(50_000, 20, 20)
