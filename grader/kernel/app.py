"""An IPython kernel in a process where everything was imported before there was a kernel."""

from __future__ import annotations

import logging
import os
import select
import signal
import sys
import threading
from typing import Any

from ipykernel import kernelapp
from traitlets import Dict

INLINE = "module://matplotlib_inline.backend_inline"
PID_OF_INIT = 1


class IPKernelApp(kernelapp.IPKernelApp):
    """Does late what libraries do at their import when they find themselves in a kernel."""

    connection: Any = Dict(allow_none=True, default_value=None)
    """How to be reached. A confined kernel is told, as the file that says so lies on the other side."""

    def init_connection_file(self) -> None:
        if self.connection:
            self.load_connection_info(self.connection)
        else:
            super().init_connection_file()

    def write_connection_file(self, **kwargs: Any) -> None:
        if not self.connection:
            super().write_connection_file(**kwargs)

    def cleanup_connection_file(self) -> None:
        if not self.connection:
            super().cleanup_connection_file()

    def init_io(self) -> None:
        """Loggers that were made at an import write to the notebook from now on, as they would in a fresh kernel."""
        handlers = [handler for handler in _handlers() if handler not in self._own_handlers()]
        before = {id(sys.stdout): "stdout", id(sys.stderr): "stderr"}
        super().init_io()
        for handler in handlers:
            if name := before.get(id(handler.stream)):
                handler.setStream(getattr(sys, name))

    def _own_handlers(self) -> list[logging.Handler]:
        """The kernel's own log is for the terminal."""
        return [*self.log.handlers, *logging.getLogger("tornado").handlers]

    def init_shell(self) -> None:
        super().init_shell()
        if "matplotlib" in sys.modules:
            sys.modules["matplotlib"].rcParams["backend"] = os.environ.get("MPLBACKEND") or INLINE


def _handlers() -> list[logging.StreamHandler]:
    """All handlers of loggers that write to a stream."""
    loggers = [logging.getLogger(), *logging.root.manager.loggerDict.values()]
    found = [handler for logger in loggers for handler in getattr(logger, "handlers", ())]
    if absl := sys.modules.get("absl.logging"):  # it registers one, which writes through another, at its first use
        found.append(absl.get_absl_handler().python_handler)
    return [handler for handler in found if isinstance(handler, logging.StreamHandler)]


def main(arguments: dict[str, Any], files: list[int]) -> None:
    """Run a kernel to its end. `arguments`: `argv` and, for a confined one, `connection`; it ends with the process
    of which the first of `files`, if there is one, is a pidfd."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # as ipykernel does later: an early interrupt has no cell to end
    sys.argv = [_launcher(), *arguments["argv"]]
    if files:
        _end_with(files[0])
    # Told its parent, ipykernel would expect it to be the one that forked it: `init` is what it doesn't watch.
    IPKernelApp.launch_instance(
        argv=arguments["argv"], connection=arguments.get("connection"), parent_handle=PID_OF_INIT
    )


def _launcher() -> str:
    import ipykernel_launcher

    return ipykernel_launcher.__file__


def _end_with(process: int) -> None:
    """Leave when that process has ended, as ipykernel's own ParentPollerUnix does."""

    def wait() -> None:
        select.select([process], [], [])
        logging.getLogger("traitlets").warning("Parent appears to have exited, shutting down.")
        os._exit(1)

    threading.Thread(target=wait, name="watches-parent", daemon=True).start()
