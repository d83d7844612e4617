"""The number of OpenBLAS threads: one in a warm process, and in its forks what a fresh process would have."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

VARIABLES = ("OPENBLAS_NUM_THREADS", "OPENBLAS_DEFAULT_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS")
"""The variables that OpenBLAS reads; the first with a positive number counts."""


def restore(environment: Mapping[str, str]) -> None:
    """Give OpenBLAS the threads that the environment asks for. Results depend on it, as sums are split by thread."""
    if tool := sys.modules.get("threadpoolctl"):
        libraries = tool.ThreadpoolController().select(internal_api="openblas")
        libraries.limit(limits=wanted(environment))


def wanted(environment: Mapping[str, str]) -> int:
    """The number that OpenBLAS would choose, at most the number of available processors."""
    processors = len(os.sched_getaffinity(0))
    asked = (environment.get(name, "").strip() for name in VARIABLES)
    return next((min(int(n), processors) for n in asked if n.isdecimal() and int(n) > 0), processors)
