"""A submission in a sandbox reads, changes, and keeps nothing that is not its own."""

import os
import platform
import shutil
import socket
import subprocess
import sys

import pytest

from grader.sandbox import Policy, start
from grader.sandbox.attempts import ATTEMPTS
from grader.sandbox.backends import Landlock, Unconfined
from grader.sandbox.doctor import LIMITS, examine
from grader.sandbox.policy import MB
from tests.sandbox.helpers import BACKENDS, IDS, needs_landlock


def held(backend, name):
    examination = examine(backend)
    if examination.unavailable:
        pytest.skip(examination.unavailable)
    return examination.findings[name]


@pytest.mark.parametrize("backend", BACKENDS, ids=IDS)
@pytest.mark.parametrize("name", [*ATTEMPTS, "works", "left_over", *(limit.name for limit in LIMITS)])
def test_a_sandbox_holds(backend, name):
    finding = held(backend, name)
    assert finding.held, finding.seen


NEED_A_RIGHT = {
    *("read_by_handle", "make_device", "change_attributes", "tcp6", "other_families", "trace", "read_memory"),
    *("read_memory_by_call", "take_open_file", "move", "become_root", "new_namespaces", "clone_namespaces", "mount"),
    *("change_root", "bpf", "keys", "io_uring", "userfaultfd", "performance", "kernel_messages", "other_architecture"),
}
"""Attempts that an ordinary user may fail at without any sandbox, or that not every kernel knows."""


def test_the_attempts_are_real():
    """Without a sandbox each succeeds, so that its failure in one means something."""
    findings = examine(Unconfined()).findings
    refused = {name: finding.seen for name, finding in findings.items() if name in ATTEMPTS and finding.held}
    assert set(refused) <= NEED_A_RIGHT, refused
    assert not examine(Unconfined()).holds
    assert findings["works"].held and findings["left_over"].held


def test_the_limits_hold_without_a_sandbox():
    findings = examine(Unconfined()).findings
    assert [findings[limit.name].seen for limit in LIMITS if not findings[limit.name].held] == []


@needs_landlock
class TestTricks:
    def test_open_files_are_not_inherited(self, inside, tmp_path):
        secret = tmp_path / "gradebook"
        secret.write_text("5/5")
        with open(secret, "r+") as file:
            os.set_inheritable(file.fileno(), True)
            result = inside("import os; print([n for n in os.listdir('/proc/self/fd') if n not in '012'])")
        assert result.out.strip() in ("['3']", "[]")  # the one it lists them with

    def test_only_files_that_are_meant_for_it_are_inherited(self, own):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            code = f"import socket; socket.socket(fileno={theirs.fileno()}).sendall(b'hello')"
            argv = [sys.executable, "-I", "-S", "-c", code]
            with start(argv, Policy(private=own), Landlock(), files=[theirs.fileno()]) as running:
                theirs.close()
                assert ours.recv(10) == b"hello"
                assert running.wait(20).ok
                assert ours.recv(10) == b""  # nobody else holds the other end

    def test_environment_of_the_grader_does_not_pass(self, inside, monkeypatch):
        monkeypatch.setenv("GRADEBOOK_PASSWORD", "secret")
        code = "import os; print(dict(os.environ), open('/proc/self/environ').read())"
        result = inside(code, variables={"GRADER_SEED": "7"})
        assert "secret" not in result.out and "'GRADER_SEED': '7'" in result.out

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a program of root's")
    def test_a_setuid_program_gives_nothing(self, inside, tmp_path):
        os.chmod(tmp_path, 0o755)
        program = tmp_path / "python"
        shutil.copy(os.path.realpath(sys.executable), program)
        program.chmod(0o4755)
        code = "import subprocess, sys; print(subprocess.run([sys.argv[1], '-I', '-S', '-c', sys.argv[2]]).returncode)"
        told = "import os; raise SystemExit(os.geteuid() == 0 and os.access('/etc/shadow', os.R_OK))"
        result = inside(code, program, told, readable=(str(program),), backend=Landlock())
        assert result.out.strip() == "0", result

    def test_a_process_whose_first_thread_has_ended_is_seen(self, inside):
        code = (
            "import ctypes, threading, time\n"
            "def work():\n    global x\n    time.sleep(0.3); x = bytearray(200 << 20); time.sleep(60)\n"
            "threading.Thread(target=work).start()\n"
            f"ctypes.CDLL(None).syscall({60 if platform.machine() == 'x86_64' else 93}, 0)"
        )
        assert inside(code, memory=100 * MB).ended.why == "memory"

    def test_a_folder_that_hides_what_it_holds_counts_as_full(self, inside):
        code = "import os, time; os.mkdir('x', 0o300); open('x/x', 'wb').write(bytes(30 << 20)); time.sleep(60)"
        assert inside(code, disk=20 * MB).ended.why == "disk"

    def test_a_tree_too_deep_to_look_into_counts_as_full(self, inside):
        code = "import os, time\nfor _ in range(3000): os.mkdir('folder'); os.chdir('folder')\ntime.sleep(60)"
        assert inside(code).ended.why == "disk"

    def test_links_left_in_its_folder_lead_nowhere_for_the_next_run(self, inside, tmp_path):
        secret = tmp_path / "secret"
        secret.write_text("1")
        inside("import os, sys; os.symlink(sys.argv[1], 'link'); os.symlink(sys.argv[2], 'folder')", secret, tmp_path)
        before = secret.stat()
        inside("print()")
        after = secret.stat()
        assert (before.st_uid, before.st_mode) == (after.st_uid, after.st_mode)

    def test_many_threads(self, inside):
        code = (
            "import threading, time\nfor _ in range(200):\n"
            "    try: threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
            "    except RuntimeError: pass\ntime.sleep(60)"
        )
        assert inside(code, threads=100, backend=Unconfined()).ended.why == "processes"
        assert inside(code, threads=50, wall_seconds=3).ended.why in ("processes", "time")

    def test_a_fork_bomb(self, inside):
        code = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
        assert inside(code, processes=20, threads=200).ended.why == "processes"

    def test_buffers_of_the_kernel_are_bounded_by_the_number_of_open_files(self, inside):
        code = (
            "import os, socket, time\nfor _ in range(8):\n    if not os.fork(): break\n"
            "pairs = [socket.socketpair() for _ in range(40)]\ntime.sleep(60)"
        )
        assert inside(code, open_files=100).ended.why == "memory"

    def test_shared_mappings_of_devices(self, inside):
        code = "import mmap; mmap.mmap(open('/dev/zero', 'rb').fileno(), 4096, access=mmap.ACCESS_READ)"
        assert "PermissionError" in inside(code).err

    def test_pages_shared_with_the_grader_are_not_counted_in_full(self, inside):
        code = (
            "import os, time\nx = bytearray(60 << 20)\nfor _ in range(6):\n"
            "    if not os.fork(): time.sleep(1.5); os._exit(0)\n"
            "for _ in range(6): os.wait()"
        )
        ended = inside(code, memory=150 * MB).ended
        assert ended.ok, ended

    def test_an_open_pipe_does_not_outlive_it(self, own):
        code = "import os, time\nif not os.fork():\n    os.setsid()\n    if not os.fork(): time.sleep(60)"
        argv = [sys.executable, "-I", "-S", "-c", code]
        with start(argv, Policy(private=own), Landlock(), stdout=subprocess.PIPE) as run:
            assert run.stdout.read() == b""
            assert run.wait(20).ok
