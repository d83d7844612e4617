"""Where words on the error stream go while a check runs."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def errors_as_output() -> Iterator[None]:
    """What is written to stderr goes to stdout: warnings, and what loggers say.

    nbgrader gives a test cell that holds a line of stderr no points, and Keras warns about much that is right.
    """
    old = sys.stderr
    handlers = [handler for handler in _handlers() if handler.stream is old]
    for handler in handlers:
        handler.setStream(sys.stdout)
    try:
        with contextlib.redirect_stderr(sys.stdout):
            yield
    finally:
        for handler in handlers:
            handler.setStream(old)


def _handlers() -> Iterator[logging.StreamHandler]:
    """Those of all loggers; absl, with which TensorFlow speaks, keeps its own inside another."""
    for logger in (logging.root, *logging.root.manager.loggerDict.values()):
        for handler in getattr(logger, "handlers", ()):
            inner = getattr(handler, "python_handler", handler)
            if isinstance(inner, logging.StreamHandler):
                yield inner
