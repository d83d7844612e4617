"""A guard starts a submission, reports how it ended, and ends it."""

import os
import select
import signal
import subprocess
import sys

import pytest

from grader.sandbox import Ended, NotConfined, Policy, Usage, processes, start
from grader.sandbox.backends import Landlock
from grader.sandbox.policy import GB, MB
from tests.sandbox.helpers import eventually, needs_landlock


@needs_landlock
class TestGuard:
    @pytest.fixture
    def sleeping(self, own):
        argv = [sys.executable, "-I", "-S", "-c", "import time; time.sleep(60)"]
        with start(argv, Policy(private=own), Landlock()) as running:
            yield running

    def test_waiting_has_an_end(self, sleeping):
        assert sleeping.poll() is None
        with pytest.raises(TimeoutError):
            sleeping.wait(0.1)

    def test_the_reason_for_ending_it_is_kept(self, sleeping):
        ended = sleeping.end("too many messages")
        assert (ended.why, str(ended)) == ("too many messages", "it was ended: too many messages")
        assert sleeping.poll() is ended and sleeping.wait() is ended
        assert processes.read(sleeping.pid) is None

    def test_usage(self, sleeping):
        assert eventually(lambda: MB < sleeping.usage().memory < GB)
        usage = sleeping.usage()
        assert usage.processes == 1 and usage.peak_memory >= usage.memory and usage.seconds > 0

    def test_a_signal_reaches_its_first_process(self, sleeping):
        sleeping.signal(signal.SIGTERM)
        ended = sleeping.wait(20)
        assert (ended.why, ended.signal, str(ended)) == ("signal", signal.SIGTERM, "it was ended by SIGTERM")

    def test_exit_code(self, inside):
        ended = inside("raise SystemExit(3)").ended
        assert (ended.why, ended.code, ended.ok) == ("exit", 3, False)

    def test_a_program_that_is_not_there(self, own):
        with pytest.raises(NotConfined, match="nowhere"):
            start(["/nowhere"], Policy(private=own), Landlock())

    def test_what_cannot_be_confined_is_not_started(self, own):
        with pytest.raises(NotConfined, match="no Landlock"):
            start(["touch", f"{own}/started"], Policy(private=own), Landlock(abi=0))
        assert not os.path.exists(f"{own}/started")

    def test_it_ends_when_the_guard_is_let_go(self, sleeping):
        sleeping.control.close()
        assert eventually(lambda: processes.read(sleeping.pid) is None)

    @pytest.mark.parametrize("who", ["the grader", "the supervisor"])
    def test_it_ends_when_its_guardians_are_killed(self, own, who):
        mark = f"mark-{os.urandom(6).hex()}"
        code = (
            "import sys; from grader.sandbox import *; from grader.sandbox.backends import Landlock\n"
            "run = start([sys.executable, '-I', '-S', '-c', 'import time; time.sleep(60)', sys.argv[2]],"
            " Policy(private=sys.argv[1]), Landlock())\nprint(run.pid, run.process.pid, flush=True); run.wait()"
        )
        grader = subprocess.Popen([sys.executable, "-c", code, own, mark], stdout=subprocess.PIPE, text=True)
        pid, supervisor = map(int, grader.stdout.readline().split())
        os.kill(grader.pid if who == "the grader" else supervisor, signal.SIGKILL)
        assert eventually(lambda: processes.read(pid) is None)
        grader.kill()
        grader.wait()
        grader.stdout.close()

    def test_its_descriptor_tells_when_there_is_something_to_read(self, sleeping):
        assert select.select([sleeping], [], [], 0)[0] == []
        sleeping.signal(signal.SIGKILL)
        assert select.select([sleeping], [], [], 20)[0] == [sleeping]
        assert sleeping.poll().signal == signal.SIGKILL


def test_what_was_used_is_part_of_how_it_ended():
    assert Ended("exit").usage == Usage()
    assert not Ended("memory").ok and "memory" in str(Ended("memory"))
