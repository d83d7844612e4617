"""The error stream, redirected to stdout while a check runs."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def errors_as_output() -> Iterator[None]:
    """Send everything written to stderr to stdout: warnings and log messages.

    nbgrader gives no points to a test cell with output on stderr, and Keras also warns about code that is right.
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
    """The stream handlers of all loggers; absl, TensorFlow's logger, wraps its own in another handler."""
    for logger in (logging.root, *logging.root.manager.loggerDict.values()):
        for handler in getattr(logger, "handlers", ()):
            inner = getattr(handler, "python_handler", handler)
            if isinstance(inner, logging.StreamHandler):
                yield inner
