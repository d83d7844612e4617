"""An IPython kernel in a process that imported its libraries before it became a kernel."""

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
    """Makes up for what libraries do when they are imported inside a kernel."""

    connection: Any = Dict(allow_none=True, default_value=None)
    """The connection info of a confined kernel, which cannot read the connection file."""

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
        """Redirect loggers created during an import to the notebook, as they would be in a fresh kernel."""
        handlers = [handler for handler in _handlers() if handler not in self._own_handlers()]
        before = {id(sys.stdout): "stdout", id(sys.stderr): "stderr"}
        super().init_io()
        for handler in handlers:
            if name := before.get(id(handler.stream)):
                handler.setStream(getattr(sys, name))

    def _own_handlers(self) -> list[logging.Handler]:
        """Handlers of the kernel's own log, which stays on the terminal."""
        return [*self.log.handlers, *logging.getLogger("tornado").handlers]

    def init_shell(self) -> None:
        super().init_shell()
        if "matplotlib" in sys.modules:
            sys.modules["matplotlib"].rcParams["backend"] = os.environ.get("MPLBACKEND") or INLINE


def _handlers() -> list[logging.StreamHandler]:
    """All handlers of loggers that write to a stream."""
    loggers = [logging.getLogger(), *logging.root.manager.loggerDict.values()]
    found = [handler for logger in loggers for handler in getattr(logger, "handlers", ())]
    if absl := sys.modules.get("absl.logging"):  # it registers a wrapper of this one at its first use
        found.append(absl.get_absl_handler().python_handler)
    return [handler for handler in found if isinstance(handler, logging.StreamHandler)]


def main(arguments: dict[str, Any], files: list[int]) -> None:
    """Run a kernel until it ends. `arguments` holds `argv` and, for a confined kernel, `connection`.

    `files` may hold the pidfd of a process with which the kernel ends.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # as ipykernel does later; an early interrupt has no cell to end
    sys.argv = [_launcher(), *arguments["argv"]]
    if files:
        _end_with(files[0])
    # Given a parent's ID, ipykernel would expect that process to have forked it; it does not watch `init`.
    IPKernelApp.launch_instance(
        argv=arguments["argv"], connection=arguments.get("connection"), parent_handle=PID_OF_INIT
    )


def _launcher() -> str:
    import ipykernel_launcher

    return ipykernel_launcher.__file__


def _end_with(process: int) -> None:
    """Exit when a process has ended, as ipykernel's ParentPollerUnix does. `process` is a pidfd."""

    def wait() -> None:
        select.select([process], [], [])
        logging.getLogger("traitlets").warning("Parent appears to have exited, shutting down.")
        os._exit(1)

    threading.Thread(target=wait, name="watches-parent", daemon=True).start()
