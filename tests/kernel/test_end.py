"""How a kernel ends, and what ends with it."""

import os
import signal
import subprocess
import sys
import time

import pytest

from grader.kernel import client
from tests.kernel.helpers import CLIENT, cold, eventually, linux, runs, started

pytestmark = linux


def test_it_says_goodbye():
    with started() as talk:
        pid = talk.manager.provisioner.pid
        talk.manager.shutdown_kernel()
        assert not runs(pid)
        assert not talk.manager.has_kernel


def test_exit_ends_it_with_its_code(tmp_path):
    with started(cwd=str(tmp_path)) as talk:
        process = talk.manager.provisioner.process
        talk.client.execute("import atexit; atexit.register(open('said', 'w').write, 'bye')\nexit()")
        assert process.wait(20) == 0
        assert not talk.manager.is_alive()


@pytest.mark.parametrize(
    ("code", "expected"),
    [("import os; os._exit(7)", 7), ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL)]
    + [("import ctypes; ctypes.string_at(0)", -signal.SIGSEGV)],
)
def test_a_death_is_noticed_and_it_can_be_started_again(code, expected):
    with started() as talk:
        process = talk.manager.provisioner.process
        talk.client.execute(code)
        assert process.wait(20) == expected == process.poll() == process.returncode
        assert not talk.manager.is_alive()
        talk.manager.restart_kernel(now=True)
        talk.client.wait_for_ready(timeout=30)
        assert talk.run("print('again')") == "again"
        assert isinstance(talk.manager.provisioner.process, client.Process)


def test_a_restart_forgets():
    with started() as talk:
        talk.run("a = 1")
        first = talk.manager.provisioner.pid
        talk.manager.restart_kernel()
        talk.client.wait_for_ready(timeout=30)
        assert talk.run("a") == "NameError"
        assert talk.manager.provisioner.pid != first
        assert not runs(first)


def test_what_it_has_started_is_killed_with_it():
    with started() as talk:
        pid = talk.run("import subprocess; print(subprocess.Popen(['sleep', '300']).pid)")
        assert runs(pid)
        talk.manager.shutdown_kernel(now=True)
        assert eventually(lambda: not runs(pid))


@pytest.mark.parametrize("independent", [False, True], ids=["dependent", "independent"])
def test_it_ends_with_who_started_it_unless_it_is_independent(independent):
    code = CLIENT.format(independent=independent)
    with subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1, stderr=subprocess.DEVNULL) as other:
        pid, kind = other.stdout.readline().split()
        assert kind == b"Process"
        time.sleep(0.3)
        assert runs(int(pid))
    ended = eventually(lambda: not runs(int(pid)), seconds=1 if independent else 10)
    if not ended:
        os.kill(int(pid), signal.SIGKILL)
    assert ended != independent


def test_kernels_outlive_the_warm_process(anew):
    with started() as talk:
        server = int(talk.run("import os; print(os.getppid())"))
        os.kill(server, signal.SIGKILL)
        assert eventually(lambda: not runs(server))
        assert talk.run("print('alive')") == "alive"
        assert talk.manager.is_alive()
        with started() as next_one:
            assert int(next_one.run("import os; print(os.getppid())")) != server
            assert not cold(next_one.manager)
        process = talk.manager.provisioner.process
        talk.client.execute("import os; os._exit(3)")
        assert process.wait(20) == client.UNKNOWN
