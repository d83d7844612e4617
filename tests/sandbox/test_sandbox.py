"""A submission in a sandbox reads, changes and keeps nothing that isn't its own; honest work doesn't notice."""

import contextlib
import errno
import io
import json
import os
import platform
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from grader.errors import UserError
from grader.sandbox import (
    Ended,
    NotConfined,
    Policy,
    Runtime,
    Usage,
    command,
    discard,
    doctor,
    landlock,
    processes,
    seccomp,
    start,
    syscalls,
)
from grader.sandbox.attempts import ATTEMPTS, FILES
from grader.sandbox.backends import Bubblewrap, Docker, Landlock, Podman, Unconfined, base, from_data, registered
from grader.sandbox.doctor import LIMITS, Examination, Finding, examine
from grader.sandbox.policy import GB, MB
from grader.sandbox.runtime import HIDDEN, runtime, without
from grader.sandbox.supervisor import Supervisor

needs_landlock = pytest.mark.skipif(not landlock.abi(), reason="this kernel has no Landlock")
BACKENDS = (Landlock(), Landlock(abi=1), Bubblewrap())
IDS = ("landlock", "landlock of 2021", "bubblewrap")


@dataclass
class Result:
    ended: Ended
    out: str
    err: str


@pytest.fixture
def own():
    """A submission's own folder, with a path short enough for sockets."""
    folder = tempfile.mkdtemp(prefix="gs-", dir="/tmp")
    yield folder
    discard(folder)
    assert not os.path.lexists(folder)


@pytest.fixture
def inside(own):
    """Run Python code in a sandbox to its end."""

    def run(code, *arguments, backend=None, python=("-I", "-S"), **settings):
        policy = Policy(private=own, **{"wall_seconds": 20, **settings})
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            argv = [sys.executable, *python, "-c", code, *map(str, arguments)]
            with start(argv, policy, backend or Landlock(), stdout=out, stderr=err) as running:
                ended = running.wait(60)
            out.seek(0), err.seek(0)
            return Result(ended, out.read(), err.read())

    return run


def eventually(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


# Attempts to get out


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


def test_the_bounds_hold_without_a_sandbox():
    findings = examine(Unconfined()).findings
    assert [findings[limit.name].seen for limit in LIMITS if not findings[limit.name].held] == []


# More that a submission may try


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


SYSCALLS_TRIED = """
import ctypes, json, sys
libc = ctypes.CDLL(None, use_errno=True)
answers = []
for number, *arguments in json.loads(sys.argv[1]):
    ctypes.set_errno(0)
    result = libc.syscall(number, *(ctypes.c_long(a) for a in arguments))
    answers.append([result, ctypes.get_errno()])
print(json.dumps(answers))
"""


@needs_landlock
@pytest.mark.parametrize("backend", BACKENDS[:2], ids=IDS[:2])
def test_refusals_that_libraries_rely_on(inside, backend):
    number = syscalls.number
    clone_vm_sighand_thread = 0x100 | 0x800 | 0x10000
    calls = {
        (number("socket"), 16, 3, 0): (-1, errno.EOPNOTSUPP),  # netlink
        (number("socket"), 2, 1, 0): (-1, errno.EAFNOSUPPORT),
        (number("socket"), 10, 2, 0): (-1, errno.EAFNOSUPPORT),
        (number("clone3"), 0, 0): (-1, errno.ENOSYS),
        (number("clone"), clone_vm_sighand_thread, 0, 0, 0, 0): (-1, errno.EPERM),
        (number("sched_setscheduler"), 12345, 0, 0): (0, 0),
        (number("fchmod"), 0, 0o777): (0, 0),
        (number("shmat"), 0, 0, 0): (-1, errno.EACCES),
        (number("memfd_secret"), 0): (-1, errno.EACCES),
        (number("openat2"), 0, 0, 0, 0): (-1, errno.ENOSYS),
        (syscalls.LAST + 1, 0): (-1, errno.ENOSYS),
    }
    result = inside(SYSCALLS_TRIED, json.dumps(list(calls)), backend=backend)
    assert [tuple(answer) for answer in json.loads(result.out)] == list(calls.values()), result


# The filter, on processors that aren't at hand


def verdict_of(program, architecture, number, *arguments):
    """What a filter says of a call, as the kernel's own interpreter would."""
    lines = [struct.unpack_from("HBBI", program, 8 * i) for i in range(len(program) // 8)]
    data = struct.pack("IIQ6Q", number, architecture, 0, *arguments, *[0] * (6 - len(arguments)))
    at = accumulator = 0
    while True:
        code, if_true, if_false, value = lines[at]
        at += 1
        if code == seccomp.LOAD:
            accumulator = struct.unpack_from("I", data, value)[0]
        elif code == seccomp.AND:
            accumulator &= value
        elif code == seccomp.RETURN:
            return value
        else:
            hit = accumulator == value if code == seccomp.EQUAL else accumulator > value
            at += if_true if hit else if_false


@pytest.mark.parametrize("machine", syscalls.ARCHITECTURES)
def test_filter(machine, monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: machine)
    architecture = syscalls.ARCHITECTURES[machine]
    program = seccomp.assemble(seccomp.refusals(abi=1, pid=77, shares_user=True))

    def says(call, *arguments):
        return verdict_of(program, architecture, syscalls.number(call), *arguments)

    refused = {
        says("socket", 2, 1): errno.EAFNOSUPPORT,
        says("socket", 16, 3): errno.EOPNOTSUPP,
        says("socket", 1, 2): errno.EACCES,
        says("kill", 78, 9): errno.EPERM,
        says("kill", 0xFFFFFFFF, 9): errno.EPERM,
        says("clone", 0x10000000): errno.EPERM,
        says("openat", 0, 0, os.O_TRUNC): errno.EACCES,
        says("mmap", 0, 4096, 3, 0x21): errno.EPERM,
        says("prlimit64", 1): errno.EPERM,
        says("ptrace"): errno.EPERM,
        says("fchmodat"): 0,
    }
    assert all(seen == seccomp.ERRNO | error for seen, error in refused.items())
    for call, *arguments in (
        ("socket", 1, 1 | 0x80000),
        ("kill", 77, 9),
        ("clone", 0x3D0F00),  # a thread, as glibc starts one
        ("clone", 17),
        ("openat", 0, 0, os.O_TRUNC | os.O_WRONLY),
        ("mmap", 0, 4096, 3, 0x22),
        ("mmap", 0, 4096, 3, 0x01),
        ("prlimit64", 0),
        ("fcntl", 0, 3),
        ("ioctl", 0, 0x5401),
    ):
        assert says(call, *arguments) == seccomp.ALLOW, call
    assert verdict_of(program, architecture ^ 1, 0) == seccomp.KILL_PROCESS
    assert verdict_of(program, architecture, seccomp.X32 + 41) == seccomp.KILL_PROCESS
    assert verdict_of(program, architecture, 10_000) == seccomp.ERRNO | errno.ENOSYS


@pytest.mark.parametrize(
    "header, column",
    [("x86_64-linux-gnu/asm/unistd_64.h", 0), ("asm-generic/unistd.h", 1)],
    ids=["x86_64", "aarch64"],
)
def test_numbers_agree_with_the_kernels_headers(header, column):
    path = Path("/usr/include", header)
    if not path.exists():
        pytest.skip(f"there is no {path}")
    found = dict(re.findall(r"#define __NR(?:3264)?_(?:3264_)?(\w+)\s+(\d+)", path.read_text()))
    for name, numbers in syscalls.NUMBERS.items():
        if name in found and numbers[column] is not None:
            assert numbers[column] == int(found[name]), name


# Honest work


@needs_landlock
@pytest.mark.parametrize("backend", BACKENDS, ids=IDS)
class TestHonestWork:
    @pytest.fixture
    def works(self, inside, backend):
        if backend.missing():
            pytest.skip(backend.missing())

        def run(code, *arguments, **settings):
            result = inside(code, *arguments, backend=backend, python=(), **settings)
            assert result.ended.ok, result
            return result.out.split()

        return run

    def test_numpy_and_the_course_are_there(self, works):
        code = "import numpy as np, course, grader.verdict; print((np.ones((50, 50)) @ np.ones(50)).sum())"
        assert works(code) == ["2500.0"]

    def test_python_starts_python(self, works):
        code = "import subprocess as s, sys; print(s.check_output([sys.executable, '-c', 'print(6 * 7)'], text=True))"
        assert works(code) == ["42"]

    def test_a_process_ends_one_that_it_started(self, works, backend):
        if backend == Landlock(abi=1) and os.geteuid() != 0:
            pytest.skip("before Landlock's ABI 6 an ordinary user's submission may signal itself alone")
        assert works("import subprocess; p = subprocess.Popen(['sleep', '60']); p.kill(); print(p.wait())") == ["-9"]

    def test_files_of_its_own(self, works):
        code = (
            "import os, pathlib, shutil, tempfile, zipfile\n"
            "home = pathlib.Path.home()\n"
            "print(home == pathlib.Path.cwd(), tempfile.gettempdir().startswith(str(home)))\n"
            "pathlib.Path('a').write_text('1'); shutil.copy('a', 'b'); shutil.move('b', 'c')\n"
            "zipfile.ZipFile('z', 'w').write('c'); zipfile.ZipFile('z').extractall('out')\n"
            "print(os.access('.', os.W_OK), open('out/c').read()); shutil.rmtree('out')"
        )
        assert works(code) == ["True", "True", "True", "1"]

    def test_matplotlib_has_a_place_for_its_cache(self, works, own):
        config, cache = works("import matplotlib as m; print(m.get_configdir(), m.get_cachedir())")
        assert config == cache == f"{own}/.matplotlib"

    def test_what_may_be_read_can_be_read(self, works, tmp_path):
        (tmp_path / "data.csv").write_text("1,2")
        assert works("import sys; print(open(sys.argv[1]).read())", tmp_path / "data.csv", readable=(tmp_path,)) == [
            "1,2"
        ]

    def test_a_kernel_answers(self, own, backend):
        if backend.missing():
            pytest.skip(backend.missing())
        with kernel(own, backend) as client:
            replies = []
            client.execute_interactive(
                "import os; print(os.getcwd(), 6 * 7)", timeout=60, output_hook=lambda m: replies.append(m["content"])
            )
            said = [content["text"] for content in replies if "text" in content]
            assert said == [f"{own}/work 42\n"]


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


# A process that goes on inside


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


# The guard


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


# Policies, runtimes, backends


def test_a_policy_travels_as_text():
    policy = Policy(
        private=Path("/tmp/x"), readable=[Path("/data")], variables={"A": "1"}, memory=MB, runtime=Runtime(["/usr"])
    )
    assert Policy.from_json(policy.to_json()) == policy


def test_a_folder_for_sockets_has_a_short_path():
    with pytest.raises(ValueError, match="too long"):
        Policy(private="/tmp/x", sockets="/tmp/" + 100 * "x")


def test_solutions_and_hidden_tests_are_not_part_of_the_runtime():
    reads = [Path(path) for path in runtime().reads]
    assert HIDDEN[0].is_dir()
    assert not any(HIDDEN[0].is_relative_to(path) or path.is_relative_to(HIDDEN[0]) for path in reads)
    assert HIDDEN[0].parent / "data" in reads or any((HIDDEN[0].parent / "data").is_relative_to(path) for path in reads)


def test_a_folder_without_what_is_hidden_in_it(tmp_path):
    for path in ("a/secret/file", "a/open", "b/file"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    left = {str(path.relative_to(tmp_path)): whole for path, whole in without(tmp_path, [tmp_path / "a/secret"])}
    assert left == {".": False, "a": False, "a/open": True, "b": True}


def test_a_gradebook_among_the_runtime_can_be_hidden():
    lib = next(path for path in map(Path, runtime().reads) if path.is_dir())
    assert str(lib) not in runtime(next(lib.iterdir())).reads


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


# Choosing


def examinations(monkeypatch, **held):
    """Let each backend by name hold or not, or be unavailable (None)."""
    finding = {name: None if h is None else Finding(FILES, "read a file", h) for name, h in held.items()}

    def examined(backend, thoroughly=True):
        found = finding.get(backend.name)
        return Examination(backend, {"read_file": found} if found else {}, "" if found else "not here")

    monkeypatch.setattr(doctor, "examine", examined)
    monkeypatch.setattr(command, "examine", examined)
    monkeypatch.delenv("GRADER_SANDBOX", raising=False)
    monkeypatch.delenv("GRADER_SANDBOX_IMAGE", raising=False)
    doctor.choose.cache_clear()


@pytest.fixture(autouse=True)
def forget_choice():
    yield
    doctor.choose.cache_clear()


class TestChoice:
    def test_the_first_that_holds(self, monkeypatch):
        examinations(monkeypatch, landlock=True, bubblewrap=True)
        assert doctor.choose() == Landlock()
        examinations(monkeypatch, landlock=False, bubblewrap=True)
        assert doctor.choose() == Bubblewrap()
        examinations(monkeypatch, landlock=None, bubblewrap=None, podman=True)
        assert doctor.choose(image="course") == Podman("course")

    def test_none_holds(self, monkeypatch):
        examinations(monkeypatch, landlock=False, bubblewrap=None)
        with pytest.raises(UserError) as raised:
            doctor.choose()
        assert "Landlock + seccomp: does not hold: read a file" in raised.value.message
        assert "bubblewrap: not here" in raised.value.message
        assert "--allow-unsandboxed" in raised.value.cure

    def test_none_holds_and_none_is_wanted(self, monkeypatch):
        examinations(monkeypatch, landlock=False)
        assert doctor.choose(allow_unsandboxed=True) == Unconfined()

    def test_one_is_named(self, monkeypatch):
        examinations(monkeypatch, landlock=True, bubblewrap=True)
        monkeypatch.setenv("GRADER_SANDBOX", "bubblewrap")
        assert doctor.choose() == Bubblewrap()
        monkeypatch.setenv("GRADER_SANDBOX", "armour")
        doctor.choose.cache_clear()
        with pytest.raises(UserError, match="armour"):
            doctor.choose()

    @pytest.mark.parametrize("holds, code", [(True, 0), (False, 1)])
    def test_doctor_says_it_in_a_table(self, monkeypatch, holds, code):
        examinations(monkeypatch, landlock=holds)
        console = Console(record=True, width=120, file=io.StringIO())
        assert command.doctor("", True, console) == code
        text = console.export_text()
        assert "read a file" in text and "bubblewrap: not here" in text
        assert ("Submissions run in: Landlock + seccomp" in text) == holds
        assert ("--allow-unsandboxed" in text) != holds


class TestANewBackend:
    """All it takes is a class with the decorator."""

    @pytest.fixture(autouse=True)
    def jail(self, monkeypatch):
        monkeypatch.setattr(base, "BACKENDS", dict(base.BACKENDS))
        monkeypatch.setenv("JAIL_CELL", "9")

        @base.backend("jail", preference=1.5)
        @dataclass(frozen=True)
        class Jail(Unconfined):
            title = "a jail"
            remedy = "build a jail"
            cell: int = 0

            @classmethod
            def configured(cls, image=""):
                return cls(cell=int(os.environ["JAIL_CELL"]))

        return Jail

    def test_it_is_in_the_table(self, monkeypatch, jail):
        examinations(monkeypatch, landlock=False, jail=True)
        console = Console(record=True, width=120, file=io.StringIO())
        assert command.doctor("", True, console) == 0
        text = console.export_text()
        assert re.search(r"attempt +│ Landlock \+ seccomp │ a jail +│ bubblewrap", text.replace("┃", "│")), text
        assert "Submissions run in: a jail" in text

    def test_it_is_chosen_in_its_order(self, monkeypatch, jail):
        examinations(monkeypatch, landlock=False, jail=True, bubblewrap=True)
        assert doctor.choose() == jail(cell=9)
        examinations(monkeypatch, landlock=True, jail=True)
        assert doctor.choose() == Landlock()

    def test_it_can_be_named(self, monkeypatch, jail):
        examinations(monkeypatch, landlock=True, jail=True)
        monkeypatch.setenv("GRADER_SANDBOX", "jail")
        assert doctor.choose() == jail(cell=9)
        monkeypatch.setenv("GRADER_SANDBOX", "armour")
        doctor.choose.cache_clear()
        with pytest.raises(UserError) as raised:
            doctor.choose()
        assert "landlock, jail, bubblewrap" in raised.value.cure

    def test_it_is_part_of_the_remedies(self):
        assert "build a jail" in doctor.remedies()

    def test_it_travels_as_data(self, jail):
        assert from_data(json.loads(json.dumps(jail(cell=3).to_data()))) == jail(cell=3)


def test_what_was_used_is_part_of_how_it_ended():
    assert Ended("exit").usage == Usage()
    assert not Ended("memory").ok and "memory" in str(Ended("memory"))
