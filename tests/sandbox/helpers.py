"""Helpers for the tests of the sandbox."""

import contextlib
import os
import sys
import time
from dataclasses import dataclass

import pytest

from grader.sandbox import Ended, Policy, landlock, start
from grader.sandbox.backends import Landlock, Unconfined, registered

needs_landlock = pytest.mark.skipif(not landlock.abi(), reason="this kernel has no Landlock")
_OTHERS = [found for cls in registered() if cls not in (Landlock, Unconfined) and (found := cls.configured())]
BACKENDS = (Landlock(), Landlock(abi=1), *_OTHERS)
"""All that are registered and configured here, and Landlock as the first kernels had it."""
IDS = ("landlock", "landlock of 2021", *(backend.name for backend in _OTHERS))


@dataclass
class Result:
    ended: Ended
    out: str
    err: str


def eventually(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


@contextlib.contextmanager
def kernel(folder, backend):
    """A kernel in a sandbox, and the client that talks with it over Unix sockets."""
    from jupyter_client import BlockingKernelClient
    from jupyter_client.connect import write_connection_file

    work, sockets = f"{folder}/work", f"{folder}/s"
    os.mkdir(work), os.mkdir(sockets)
    ports = {f"{name}_port": i for i, name in enumerate(("shell", "iopub", "stdin", "hb", "control"), 1)}
    file, _ = write_connection_file(f"{sockets}/c.json", transport="ipc", ip=f"{sockets}/k", key=b"key", **ports)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", file]
    with start(argv, Policy(private=work, sockets=sockets), backend) as running:
        client = BlockingKernelClient()
        client.load_connection_file(file)
        client.start_channels()
        try:
            assert eventually(lambda: _answers(client, running), 60), running.poll()
            yield client
        finally:
            client.stop_channels()


def _answers(client, running):
    assert running.poll() is None
    client.kernel_info()
    with contextlib.suppress(Exception):
        return client.get_shell_msg(timeout=1)
