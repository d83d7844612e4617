"""How many threads linear algebra has: one in a warm process, in its forks what a fresh process would have given it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

VARIABLES = ("OPENBLAS_NUM_THREADS", "OPENBLAS_DEFAULT_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS")
"""Those that OpenBLAS asks, the first that says a positive number."""


def restore(environment: Mapping[str, str]) -> None:
    """Give OpenBLAS the threads that this environment asks for. Sums are split among them, so results depend on it."""
    if tool := sys.modules.get("threadpoolctl"):
        libraries = tool.ThreadpoolController().select(internal_api="openblas")
        libraries.limit(limits=wanted(environment))


def wanted(environment: Mapping[str, str]) -> int:
    """As OpenBLAS itself decides, never more than this process may use processors."""
    processors = len(os.sched_getaffinity(0))
    asked = (environment.get(name, "").strip() for name in VARIABLES)
    return next((min(int(n), processors) for n in asked if n.isdecimal() and int(n) > 0), processors)
