"""A running process forks into a sandbox with everything it has imported."""

import subprocess
import sys

import pytest

from grader.sandbox.runtime import HIDDEN
from tests.sandbox.helpers import needs_landlock

WARM = """
import os, sys
sys.path.insert(0, sys.argv[1])
from grader.sandbox import Policy, fork, start, NotConfined
from grader.sandbox.backends import Landlock, Unconfined, Bubblewrap
imported = {"value": 41}
folder = sys.argv[2]
"""


@pytest.fixture
def warm(own):
    """Run code in a process of its own, which forks sandboxes. Returns what it prints."""

    def run(code):
        argv = [sys.executable, "-c", WARM + code, str(HIDDEN[0].parents[1]), own]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    return run


@needs_landlock
class TestFork:
    def test_it_goes_on_with_all_that_was_imported(self, warm):
        code = """
def body():
    print(imported["value"] + 1, os.getcwd() == folder, os.environ["HOME"] == folder, flush=True)
    try: open("/etc/passwd")
    except OSError as error: print(error.errno, flush=True)
    raise SystemExit(3)
guard = fork(Policy(private=folder), Landlock(), body)
assert guard.started() > 0
ended = guard.wait(20)
print(ended.why, ended.code)
"""
        assert warm(code) == ["42", "True", "True", "13", "exit", "3"]

    def test_an_exception_ends_it_with_code_1(self, warm):
        code = "guard = fork(Policy(private=folder), Landlock(), lambda: 1 / 0); print(guard.wait(20).code)"
        assert warm(code) == ["1"]

    def test_what_cannot_be_entered_is_refused(self, warm):
        code = """
try: fork(Policy(private=folder), Bubblewrap(), print)
except NotConfined: print("refused")
"""
        assert warm(code) == ["refused"]

    def test_a_process_with_threads_is_not_confined(self, warm):
        code = """
import threading, time
from grader.sandbox import enter
threading.Thread(target=time.sleep, args=(5,), daemon=True).start()
try: enter(Policy(private=folder))
except NotConfined as error: print("threads" in str(error))
"""
        assert warm(code) == ["True"]

    def test_a_supervisor_that_fails_says_why_and_leaves_nothing(self, warm):
        code = """
import os, time
from grader.sandbox.supervisor import Supervisor
def fails(self, check_disk):
    if os.path.exists("pid"): raise ValueError("no such number")
def body():
    if not os.fork():
        os.setsid()
        if not os.fork():
            with open("half", "w") as file: file.write(str(os.getpid()))
            os.rename("half", "pid")
    time.sleep(60)
Supervisor._exceeded_limit = fails
os.chdir(folder)
guard = fork(Policy(private=folder), Landlock(), body)
guard.started()
print(guard.wait(20))
pid = int(open("pid").read())
time.sleep(0.2)
print(os.path.exists(f"/proc/{pid}"))
"""
        *said, left = warm(code)
        assert "supervisor process died (ValueError: no such number, " in " ".join(said)
        assert left == "False"

    def test_the_guard_can_be_handed_to_another_process(self, warm):
        code = """
import socket, time
from grader.sandbox import Guard
ours, theirs = socket.socketpair()
worker = os.fork()
if worker == 0:
    ours.close()
    _, fds, _, _ = socket.recv_fds(theirs, 10, 1)
    guard = Guard(socket.socket(fileno=fds[0]))
    guard.started()
    print(guard.usage().processes, guard.end("enough").why, flush=True)
    os._exit(0)
guard = fork(Policy(private=folder), Landlock(), lambda: time.sleep(60))
control = guard.detach()
socket.send_fds(ours, [b"!"], [control.fileno()])
control.close()
os.waitpid(worker, 0)
"""
        assert warm(code) == ["1", "enough"]

    def test_keras_trains_inside_to_the_same_weights(self, warm):
        code = """
os.environ |= {"OPENBLAS_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
import time
import keras, numpy as np
def body():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(1)])
    model.compile("adam", "mse", run_eagerly=True)
    model.fit(np.ones((8, 4)), np.ones(8), verbose=0)
    model.save("model.keras")
    print(np.concatenate([w.ravel() for w in keras.models.load_model("model.keras").get_weights()]).tobytes().hex())
for backend in (Unconfined(), Landlock()):
    guard = fork(Policy(private=folder), backend, body)
    assert guard.wait(100).ok
"""
        confined, free = warm(code)
        assert confined == free
