"""Helpers for the tests of warm kernels."""

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from jupyter_client import KernelManager

from grader.kernel import client, provisioner
from grader.sandbox import landlock

linux = pytest.mark.skipif(sys.platform != "linux", reason="forks of a warm process are for Linux")
needs_landlock = pytest.mark.skipif(not landlock.abi(), reason="this kernel has no Landlock")
SPECS = Path(provisioner.__file__).parent / "jupyter"
FEW = "ipykernel.ipkernel ipykernel.zmqshell grader.kernel.app"
"""Enough to be warm soon, where it is not what was imported that matters."""


class Talk:
    """What is said to a kernel, and what it shows."""

    def __init__(self, manager):
        self.manager = manager
        self.client = manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def run(self, code, timeout=120, **options):
        """Returns the reply's status, and what it printed, of both streams, or the error's name."""
        self.shown = []
        reply = self.client.execute_interactive(code, timeout=timeout, output_hook=self.shown.append, **options)
        content = reply["content"]
        if content["status"] == "error":
            return content["ename"]
        return "".join(m["content"]["text"] for m in self.shown if m["msg_type"] == "stream").strip()

    def kinds(self):
        return [message["msg_type"] for message in self.shown]


@contextlib.contextmanager
def started(manager=None, **options):
    manager = manager or KernelManager(kernel_name="python3")
    manager.start_kernel(stderr=subprocess.DEVNULL, **options)
    talk = Talk(manager)
    try:
        yield talk
    finally:
        talk.client.stop_channels()
        manager.shutdown_kernel(now=True)


def environment():
    """A kernel that finds itself in a test leaves what is written below Python to pytest."""
    return {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"} | {
        "MY_VARIABLE": "mine"
    }


def eventually(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def runs(pid):
    """Whether it runs: one that has ended and waits for its parent does not."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


LOOK = "tests.kernel.look:main"
BODIES = (*client.BODIES, LOOK)
"""What forks of the tests' own warm processes may run."""
ROOT = {"PYTHONPATH": str(Path(__file__).parents[2])}


def look(environment=None, arguments=None, **options):
    """What a fork sees of itself."""
    reading, writing = os.pipe()
    environment = {**(environment or os.environ), **ROOT}
    process = client.start(LOOK, arguments or {}, environment=environment, files=[writing], bodies=BODIES, **options)
    os.close(writing)
    with open(reading) as pipe:
        found = json.load(pipe)
    return {**found, "code": process.wait(10)}


def warm_to_look():
    """The warm process whose forks `look` starts."""
    return client.warm({**os.environ, **ROOT}, bodies=BODIES)


def cold(manager):
    return isinstance(manager.provisioner.process, subprocess.Popen)


def starts_the_slow_way(**options):
    manager = KernelManager(kernel_name=options.pop("kernel_name", "python3"))
    manager.start_kernel(**{"stderr": subprocess.DEVNULL, **options})
    try:
        return cold(manager) and manager.is_alive()
    finally:
        manager.shutdown_kernel(now=True)


CLIENT = """
import os, sys
from jupyter_client import KernelManager
manager = KernelManager(kernel_name="python3")
manager.start_kernel(independent={independent}, stdout=2)
print(manager.provisioner.pid, type(manager.provisioner.process).__name__, flush=True)
sys.stdin.read()
os._exit(0)
"""
