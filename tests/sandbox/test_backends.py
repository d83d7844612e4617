"""Backends: their register, their commands, and how they are sent to the supervisor."""

import json
import os
import re
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from grader.sandbox import Policy
from grader.sandbox.backends import Bubblewrap, Docker, Landlock, Podman, Unconfined, from_data, registered
from grader.sandbox.policy import GB
from grader.sandbox.runtime import HIDDEN
from grader.sandbox.supervisor import Supervisor

WITH_OPTIONS = [Landlock(3), Bubblewrap("b"), Docker("image"), Podman("image")]


@pytest.mark.parametrize("backend", [*WITH_OPTIONS, *(cls() for cls in registered())], ids=repr)
def test_a_backend_travels_as_data(backend):
    assert from_data(json.loads(json.dumps(backend.to_data()))) == backend


def test_order_of_preference():
    assert [cls.name for cls in registered()] == ["landlock", "bubblewrap", "docker", "podman", "none"]


def test_command_line_of_a_container():
    policy = Policy(
        private="/tmp/own", sockets="/tmp/s", readable=("/data",), devices=("/dev/gpu",), memory=3 * GB, threads=99,
        disk=1, file_size=7, open_files=8, cpu_seconds=8.6, variables={"GRADER_SEED": "1"},
    )  # fmt: skip
    backend = Docker("course:1")
    argv = backend.command(["python3", "x.py"], policy, "grader-1", user=4711)
    text = " ".join(argv)
    assert os.path.basename(argv[0]) == "docker" and argv[1:3] == ["run", "--rm"]
    for words in (
        *("--network none", "--cap-drop ALL", "--security-opt no-new-privileges", "--read-only", "--user 4711:4711"),
        *(f"--memory {3 * GB} --memory-swap {3 * GB}", "--pids-limit 99", "--ulimit fsize=7", "--ulimit nofile=8"),
        *("--ulimit cpu=9", "--volume /tmp/own:/tmp/own", "--volume /tmp/s:/tmp/s", "--volume /data:/data:ro"),
        *("--device /dev/gpu", "--env GRADER_SEED=1", "--name grader-1", "--workdir /tmp/own course:1 python3 -I -c"),
    ):
        assert f" {words} " in f" {text} ", words
    assert argv[-2:] == ["python3", "x.py"]
    assert not re.search(r"--(privileged|pid |pid=|volume /:)|docker\.sock", text)
    processes = int(re.search(r"--ulimit nproc=(\d+) ", text)[1])
    most = int(Path("/proc/sys/kernel/pid_max").read_text())
    assert 0 < processes <= most  # an engine may not have the right to give more
    assert backend.end_command("grader-1")[1:] == ["rm", "--force", "grader-1"]
    assert (backend.signal_in(137), backend.signal_in(1)) == (9, 0)


@dataclass(frozen=True)
class Engine(Unconfined):
    """Has somebody else start its processes, as the engines of containers do."""

    says: str = ""

    def first_process_command(self, run: str) -> list[str]:
        return ["echo", self.says]


@pytest.mark.parametrize("here", [True, False], ids=["on this machine", "on another"])
def test_a_supervisor_sees_what_an_engine_of_containers_has_started(tmp_path, here):
    code = "import os, time\nos.fork()\nprint(flush=True)\ntime.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as first, socket.socket() as control:
        first.stdout.readline()
        first.stdout.readline()
        group = Path(f"/proc/{first.pid}/cgroup").read_text().split()[0]
        backend = Engine(says=f"{first.pid} {group if here else 'b3a1f7c0ffee'}")
        supervisor = Supervisor(Policy(private=str(tmp_path)), backend, control)
        try:
            assert not supervisor._container_processes(search=False)
            found = supervisor._container_processes(search=True)
            assert [process.pid for process in found][:1] == ([first.pid] if here else [])
            assert len(found) == (2 if here else 0)
        finally:
            for process in psutil.Process(first.pid).children():
                process.kill()
            first.kill()


def test_bubblewrap_mounts_folders_before_what_lies_in_them(tmp_path):
    policy = Policy(private=f"{tmp_path}/own", readable=(str(tmp_path), f"{tmp_path}/a"))
    words = Bubblewrap().command(["x"], policy, "run", None)
    targets = [words[i + 2] for i, word in enumerate(words) if word in ("--ro-bind-try", "--bind")]
    assert targets.index(str(tmp_path)) < targets.index(f"{tmp_path}/a") < targets.index(f"{tmp_path}/own")
    assert not any(str(HIDDEN[0]).startswith(target + "/") for target in targets)
