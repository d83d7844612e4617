"""Starts Jupyter's kernels as forks of a warm process, in a sandbox if asked to, and otherwise the usual way.

    manager.start_kernel()                                  # for a kernelspec with this provisioner
    manager.start_kernel(policy=policy, backend=backend)    # confined, reached over Unix sockets

A confined kernel is never started unconfined: if a fork cannot enter its sandbox, a program is started there.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import LocalProvisioner

from grader.kernel.preload import SETTINGS

if TYPE_CHECKING:
    from grader.sandbox import Ended, Guard, Policy
    from grader.sandbox.backends import Backend

OFF = "GRADER_COLD_KERNELS"
"""An environment variable; if set, every kernel is started the usual way."""
_LAUNCHER = ["-m", "ipykernel_launcher"]
_warned: set[str] = set()


class CourseProvisioner(LocalProvisioner):
    """Forks the kernel from a warm process. Otherwise works as Jupyter's default provisioner."""

    policy: Policy | None = None
    backend: Backend | None = None
    guard: Guard | None = None
    _ended: Ended | None = None

    async def pre_launch(self, policy: Policy | None = None, backend: Backend | None = None, **kwargs: Any):
        """Prepare the start of a kernel. With `policy` and `backend`, it is confined, in the policy's environment."""
        if (policy is None) != (backend is None):
            raise TypeError("a sandbox needs both a policy and a backend")
        self.policy, self.backend = policy, backend
        if policy and self.parent:
            self.parent.transport = "ipc"
            self.parent.ip = f"{policy.sockets}/kernel"
            self.kernel_spec.interrupt_mode = "message"  # it may belong to another user or PID namespace
        kwargs = await super().pre_launch(**kwargs)
        kwargs["env"] = {**SETTINGS, **kwargs["env"]}  # from the start, in warm and ordinary kernels alike
        return kwargs

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        self.guard = self._ended = None
        if self.policy:
            await asyncio.to_thread(self._start_confined, cmd, kwargs)
            return self.connection_info
        if why := _unsuitable(cmd, kwargs):
            self._warn_once(why)
        else:
            try:
                await asyncio.to_thread(self._start, cmd, **kwargs)
                return self.connection_info
            except Exception as error:  # whatever went wrong, Jupyter needs a kernel
                self._warn_once(str(error) or type(error).__name__)
        return await super().launch_kernel(cmd, **kwargs)

    @property
    def ended(self) -> Ended | None:
        """How a confined kernel ended, or None while it runs."""
        return self.guard.poll() if self.guard else self._ended

    async def cleanup(self, restart: bool = False) -> None:
        if self.guard:
            self._ended = self.guard.poll()
            self.guard.close()
            self.guard = None
        await super().cleanup(restart=restart)

    def _start(
        self,
        cmd: list[str],
        env: dict[str, str],
        cwd: str | None = None,
        stdout: Any = None,
        stderr: Any = None,
        independent: bool = False,
        **_: Any,
    ) -> None:
        """Fork a kernel. Raises Unavailable."""
        from grader.kernel import client

        arguments = {"argv": cmd[1 + len(_LAUNCHER) :]}
        watched = []
        if not independent:
            env = {**env, "JPY_PARENT_PID": str(os.getpid())}
            watched = [os.pidfd_open(os.getpid())]
        try:
            process = client.start(
                "grader.kernel.app:main",
                arguments,
                environment=env,
                folder=cwd,
                streams=(stdout, stderr),
                files=watched,
            )
        finally:
            for number in watched:
                os.close(number)
        self.process = process  # type: ignore[assignment]  # which does what a provisioner asks of one
        self.pid = self.pgid = process.pid
        self.cwd = cwd or os.getcwd()

    def _start_confined(self, cmd: list[str], kwargs: dict[str, Any]) -> None:
        """Start a confined kernel. Raises NotConfined if not even a program can be started in the sandbox."""
        from grader.kernel import client, program

        assert self.policy and self.backend
        argv = cmd[cmd.index(_LAUNCHER[1]) + 1 :] if _LAUNCHER[1] in cmd else []
        arguments = {"argv": argv, "connection": _plain(self.connection_info)}
        streams = kwargs.get("stdout"), kwargs.get("stderr")
        try:
            if os.environ.get(OFF):
                raise client.Unavailable(f"{OFF} is set")
            self.guard = client.start_confined(
                "grader.kernel.app:main", arguments, self.policy, self.backend, streams=streams
            )
        except (client.Unavailable, ValueError) as error:
            self._warn_once(str(error))
            self.guard = program.start(arguments, self.policy, self.backend)
        process = Confined(self.guard)
        self.process = process  # type: ignore[assignment]  # which does what a provisioner asks of one
        self.pid, self.pgid, self.cwd = process.pid, None, self.policy.private

    def _warn_once(self, why: str) -> None:
        if why not in _warned:
            _warned.add(why)
            self.log.warning("Kernels start the slow way here: %s", why)


class Confined:
    """Wraps a guard in the interface of a process, which provisioners expect."""

    stdin = stdout = stderr = None

    def __init__(self, guard: Guard):
        self.guard = guard
        self.pid = guard.started()

    def poll(self) -> int | None:
        """The exit code; negative if it was ended by a signal or by its guard."""
        ended = self.guard.poll()
        if ended is None:
            return None
        return ended.code if ended.why == "exit" else -(ended.signal or signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int | None:
        self.guard.wait(timeout)
        return self.poll()

    def send_signal(self, number: int) -> None:
        if number == signal.SIGKILL:
            self.kill()
        else:
            self.guard.signal(number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the kernel and everything it has started."""
        self.guard.end()


def _unsuitable(cmd: list[str], options: dict[str, Any]) -> str:
    """Why this kernel cannot be forked from a warm process, or an empty string."""
    if os.environ.get(OFF):
        return f"{OFF} is set"
    if sys.platform != "linux":
        return "only on Linux can kernels be forked"
    if cmd[1 : 1 + len(_LAUNCHER)] != _LAUNCHER:
        return f"{' '.join(cmd[:3])} … is not a Python kernel as ipykernel installs it"
    if not _is_this_python(cmd[0]):
        return f"{cmd[0]} is another Python than {sys.executable}"
    known = {"env", "cwd", "stdin", "stdout", "stderr", "independent", "extra_arguments", "kernel_id"}
    if others := sorted(options.keys() - known):
        return f"a fork cannot be started with {', '.join(others)}"
    return "a fork has no standard input" if options.get("stdin") not in (None, subprocess.DEVNULL) else ""


def _is_this_python(program: str) -> bool:
    """Whether a program is this environment's Python, by its folder: several environments may link to one file."""
    found = shutil.which(os.path.expanduser(program))
    return (
        found is not None
        and os.path.realpath(os.path.dirname(found)) == os.path.realpath(os.path.dirname(sys.executable))
        and os.path.samefile(found, sys.executable)
    )


def _plain(info: KernelConnectionInfo) -> dict[str, Any]:
    """Connection info as JSON values."""
    return {name: value.decode() if isinstance(value, bytes) else value for name, value in info.items()}
