"""A kernel forked from a warm process behaves as an ordinary one, starts sooner, and never fails to start."""

import contextlib
import importlib.util
import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError

from bench import kernels as bench
from grader.kernel import client, compatibility, preload, provisioner, runtime_dir, threads
from grader.sandbox import Policy, discard, landlock
from grader.sandbox.backends import Bubblewrap, Landlock

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks of a warm process are for Linux")
needs_landlock = pytest.mark.skipif(not landlock.abi(), reason="this kernel has no Landlock")
SPECS = Path(provisioner.__file__).parent / "jupyter"
FEW = "ipykernel.ipkernel ipykernel.zmqshell grader.kernel.app"
"""Enough to be warm soon, where it is not what was imported that matters."""


@pytest.fixture(scope="module")
def place():
    """A folder for warm processes. When it goes, so do they."""
    folder = tempfile.mkdtemp(prefix="gk-", dir="/tmp")
    yield f"{folder}/w"
    shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def in_place(place, monkeypatch):
    monkeypatch.setenv("GRADER_KERNEL_DIR", place)
    monkeypatch.setenv("JUPYTER_PATH", str(SPECS))
    monkeypatch.delenv("GRADER_KERNEL_MODULES", raising=False)
    monkeypatch.setattr(client, "_unavailable", {})
    monkeypatch.setattr(provisioner, "_warned", set())


@pytest.fixture
def anew(monkeypatch):
    """No warm process yet, and one that imports little."""
    folder = tempfile.mkdtemp(prefix="gk-", dir="/tmp")
    monkeypatch.setenv("GRADER_KERNEL_DIR", f"{folder}/w")
    monkeypatch.setenv("GRADER_KERNEL_MODULES", FEW)
    yield Path(folder) / "w"
    shutil.rmtree(folder)


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


@pytest.fixture(scope="module")
def _kernel(place, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADER_KERNEL_DIR", place)
        patch.setenv("JUPYTER_PATH", str(SPECS))
        folder = tmp_path_factory.mktemp("forked") / "work"
        folder.mkdir()
        with started(cwd=str(folder), env=environment()) as talk:
            talk.folder = folder
            yield talk


@pytest.fixture
def kernel(_kernel):
    """One that was forked, with all that the course imports."""
    assert isinstance(_kernel.manager.provisioner.process, client.Process)
    return _kernel


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


# A warm kernel is an ordinary one


SAME = {
    "it has a process of its own": "import os; print(os.getpid() == os.getsid(0) == os.getpgid(0))",
    "it starts in its folder": "import os; print(os.path.basename(os.getcwd()))",
    "it has its variables": "import os; print(os.environ['MY_VARIABLE'], os.environ.get('OPENBLAS_NUM_THREADS'))",
    "it has no other variables": "import os; print(sorted(os.environ.keys() - {'PWD', 'OLDPWD'}))",
    "its path": "import sys; print(sys.path)",
    "its folder is importable": "open('helper.py', 'w').write('x = 3'); import helper; print(helper.x)",
    "rights of new files": "import os; open('f', 'w').close(); print(os.stat('f').st_mode)",
    "its modules": "import sys; print('ipywidgets' in sys.modules, 'keras' in sys.modules, sys.modules['__main__'])",
    "__main__": "import __main__; y = 5; print(__main__.y, __name__, __main__.__spec__, hasattr(__main__, '__file__'))",
    "its arguments": "import sys; print(sys.argv[:2], sys.flags, sys.warnoptions)",
    "its executable": "import sys; print(sys.executable, sys.prefix, sys.dont_write_bytecode, sys.ps1)",
    "its signals": (
        "import signal as s; print([s.getsignal(n) for n in s.valid_signals() if n != 2], s.pthread_sigmask(0, []))"
    ),
    "its limits": "import resource as r; print([r.getrlimit(getattr(r, n)) for n in dir(r) if n[:7] == 'RLIMIT_'])",
    "recursion": "import sys; print(sys.getrecursionlimit())",
    "a shell command": "!echo shell",
    "its output": "x = !echo shell\nprint(x[0])",
    "standard input": "import os; print(os.read(0, 1))",
    "standard error": "import sys; print('err', file=sys.stderr)",
    "await": "import asyncio\nawait asyncio.sleep(0.01)\nprint('awaited')",
    "threads": "import threading\nt = threading.Thread(target=print, args=('thread',)); t.start(); t.join()",
    "the main thread": "import threading; print(threading.current_thread() is threading.main_thread())",
    "a pool of processes": (
        "import multiprocessing as m\n"
        "with m.get_context('fork').Pool(2) as p: print(p.map(abs, [-1, -2]), m.parent_process())"
    ),
    "new processes": (
        "import concurrent.futures as c, multiprocessing as m\n"
        "with c.ProcessPoolExecutor(1, m.get_context('spawn')) as p: print(p.submit(abs, -3).result())"
    ),
    "a subprocess": "import subprocess; print(subprocess.run(['echo', 'sub'], capture_output=True, text=True).stdout)",
    "its end": "import subprocess, sys; print(subprocess.run([sys.executable, '-c', 'exit(4)']).returncode)",
    "warnings": "import warnings; warnings.warn('mind'); warnings.warn('old', DeprecationWarning)",
    "TensorFlow's log": "import tensorflow as tf; tf.get_logger().warning('careful')",
    "absl's log": "import absl.logging; absl.logging.warning('careful')",
    "a log of one's own": "import logging; logging.getLogger('mine').warning('careful')",
    "the root's log": "import logging; print(logging.getLogger().handlers, logging.getLogger().level)",
    "the garbage collector": "import gc; gc.collect(); print(gc.isenabled(), gc.get_threshold())",
    "numbers": "import numpy as np, locale as l; print(np.geterr(), np.get_printoptions(), l.setlocale(l.LC_ALL))",
    "matplotlib": "import matplotlib as m; print(m.get_backend(), sorted(m.rcParams.items()))",
    "its loop": "import asyncio; print(type(asyncio.get_running_loop()), asyncio.get_event_loop_policy())",
    "its threads for algebra": (
        "import threadpoolctl as t, sklearn.cluster, scipy.linalg\n"
        "print(sorted((i['prefix'], i['num_threads']) for i in t.threadpool_info()))"
    ),
    "an error": "1 / 0",
    "Keras's settings": "import keras; print(keras.config.backend(), keras.config.floatx(), keras.config.epsilon())",
    "TensorFlow's threads": "import tensorflow as tf; print(tf.config.threading.get_intra_op_parallelism_threads())",
    "TensorFlow's options": "import tensorflow as tf; print(tf.config.optimizer.get_experimental_options())",
    "its devices": "import tensorflow as tf; print(tf.config.list_physical_devices())",
    "Keras's progress": (
        "import numpy as np, keras; m = keras.Sequential([keras.layers.Dense(1)]); m.compile('sgd', 'mse'); "
        "h = m.fit(np.zeros((4, 2)), np.zeros((4, 1)), verbose=2); print(h.history)"
    ),
    "a summary": "import keras as k; k.Sequential([k.Input((2,)), k.layers.Dense(1, name='d')], name='s').summary()",
}  # fmt: skip


@pytest.fixture(scope="module")
def _ordinary(tmp_path_factory):
    """A kernel that was started the usual way, and has imported what the other was given."""
    folder = tmp_path_factory.mktemp("ordinary") / "work"
    folder.mkdir()
    manager = KernelManager(kernel_name=bench.NORMAL, kernel_spec_manager=bench.Kinds())
    with started(manager, cwd=str(folder), env={**environment(), **preload.SETTINGS}) as talk:
        talk.folder = folder
        talk.run(f"for _name in {[name for name in preload.MODULES if name != 'grader.kernel.app']}:\n"
                 "    try: __import__(_name)\n    except ImportError: pass")  # fmt: skip
        yield talk


@pytest.mark.parametrize("what", SAME)
def test_a_warm_kernel_does_as_an_ordinary_one(kernel, _ordinary, what):
    found = [shown_by(talk, SAME[what]) for talk in (kernel, _ordinary)]
    assert found[0] == found[1]
    assert found[0][1:] != ("", [])


def shown_by(talk, code):
    """The reply's status, its streams and its other outputs, but for what differs between any two processes."""
    status = talk.run(code)
    text = status.replace(str(talk.folder), "…")
    text = re.sub(r"0x[0-9a-f]{6,}|\d+m?s(?:/step)?|\b\d{12,}\b|/ipykernel_\d+/\d+", "…", text)
    data = [message["content"]["data"].get("text/plain") for message in talk.shown if "data" in message["content"]]
    return set(talk.kinds()), text, data


def test_what_is_written_below_python_is_shown(kernel):
    kernel.run("import os; os.write(1, b'below\\n'); os.system('echo even lower >&2')")
    shown = kernel.shown
    kernel.run("import time; time.sleep(0.5)")  # such output may come late
    streams = {m["content"]["name"]: m["content"]["text"] for m in shown + kernel.shown if m["msg_type"] == "stream"}
    assert streams == {"stdout": "below\n", "stderr": "even lower\n"}


def test_input_is_asked_for(kernel):
    kernel.client.allow_stdin = True
    asked = []

    def answer(message):
        asked.append(message["content"]["prompt"])
        kernel.client.input("Ada")

    assert kernel.run("print('Hello', input('Name? '))", allow_stdin=True, stdin_hook=answer) == "Hello Ada"
    assert asked == ["Name? "]


@pytest.mark.parametrize("code", ["", "%matplotlib inline\n"], ids=["as it is", "inline"])
def test_figures_are_shown(kernel, code):
    assert kernel.run(code + "import matplotlib.pyplot as plt; plt.plot([1, 2]);") == ""
    data = [m["content"]["data"] for m in kernel.shown if m["msg_type"] == "display_data"]
    assert [sorted(bundle) for bundle in data] == [["image/png", "text/plain"]]


def test_widgets_are_shown(kernel):
    kernel.run("import ipywidgets; ipywidgets.IntSlider()")
    assert "comm_open" in kernel.kinds()
    if importlib.util.find_spec("tqdm"):
        kernel.run("from tqdm.auto import tqdm\nfor _ in tqdm(range(2)): pass")
        assert "comm_open" in kernel.kinds()


def interrupted(kernel, code, folder):
    """Run a cell that is interrupted once it has begun; what became of it."""
    begun = folder / "begun"

    def interrupt():
        if eventually(begun.exists, seconds=60):
            kernel.manager.interrupt_kernel()

    threading.Thread(target=interrupt, daemon=True).start()
    return kernel.run(f"open({str(begun)!r}, 'w').close()\n{code}")


def test_an_interrupt_ends_a_cell_alone(kernel, tmp_path):
    assert interrupted(kernel, "import time; time.sleep(600)", tmp_path) == "KeyboardInterrupt"
    assert kernel.run("print('still here')") == "still here"


def test_an_interrupt_reaches_a_program_that_a_cell_runs(kernel, tmp_path):
    assert interrupted(kernel, "import subprocess; subprocess.run(['sleep', '600'])", tmp_path) == "KeyboardInterrupt"


def test_keras_computes_the_same_bits(kernel, _ordinary):
    """And OpenBLAS, whose sums depend on how many threads there are."""
    both = [talk.run(bench.FIT) for talk in (kernel, _ordinary)]
    assert both[0] == both[1]
    assert len(both[0]) == 64


def test_nothing_random_is_shared():
    code = """
        import keras, multiprocessing, numpy, random, tempfile, uuid, secrets
        print(random.random(), numpy.random.rand(), uuid.uuid4(), uuid.uuid1(), next(tempfile._get_candidate_names()),
              secrets.token_hex(4), float(keras.random.normal(())), bytes(multiprocessing.current_process().authkey))
    """
    with started() as one, started() as other:
        drawn = [talk.run(code.replace("\n        ", "\n")).split(" ", 7) for talk in (one, other)]
    assert [len(numbers) for numbers in drawn] == [8, 8]
    assert not set(drawn[0]) & set(drawn[1])


def test_each_kernel_has_a_state_of_its_own():
    with started() as one, started() as other:
        assert one.run("import keras; keras.config.set_floatx('float64'); print(keras.config.floatx())") == "float64"
        assert other.run("import keras; print(keras.config.floatx())") == "float32"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, None),
        ({"OPENBLAS_NUM_THREADS": "1"}, 1),
        ({"OMP_NUM_THREADS": "1"}, 1),
        ({"OPENBLAS_NUM_THREADS": "x"}, None),
    ]
    + [({"OMP_NUM_THREADS": "4000"}, None), ({"GOTO_NUM_THREADS": "1", "OMP_NUM_THREADS": "2"}, 1)],
)
def test_linear_algebra_has_the_threads_that_it_would_have(environment, expected):
    processors = len(os.sched_getaffinity(0))
    assert threads.wanted(environment) == (expected or processors)
    code = "import threadpoolctl as t, numpy; print({i['num_threads'] for i in t.threadpool_info()})"
    clean = {name: value for name, value in os.environ.items() if name not in threads.VARIABLES}
    out = subprocess.run([sys.executable, "-c", code], env={**clean, **environment}, capture_output=True, text=True)
    assert out.stdout.strip() == f"{{{threads.wanted(environment)}}}", "what a fresh process has"


# How a kernel ends


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


CLIENT = """
import os, sys
from jupyter_client import KernelManager
manager = KernelManager(kernel_name="python3")
manager.start_kernel(independent={independent}, stdout=2)
print(manager.provisioner.pid, type(manager.provisioner.process).__name__, flush=True)
sys.stdin.read()
os._exit(0)
"""


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


# The warm process


def test_a_fork_gets_what_it_is_given(tmp_path):
    with open(tmp_path / "out", "w+") as out:
        found = look(
            arguments={"code": 3, "a": [1, None, "é"]},
            environment={**os.environ, "MINE": "1"},
            folder=tmp_path,
            streams=(out, subprocess.DEVNULL),
        )
    assert found["code"] == 3
    assert found["arguments"] == {"code": 3, "a": [1, None, "é"]}
    assert found["folder"] == str(tmp_path)
    assert found["environment"]["MINE"] == "1"
    assert {"keras", "tensorflow", "sklearn.model_selection", "grader.check", "course"} <= set(found["modules"])
    assert len(found["files"]) <= 5, "the three streams, the one passed, the one that lists them"


def test_it_holds_no_secret():
    secret = "kept-" + os.urandom(8).hex()
    environment = {**os.environ, "DATABASE_PASSWORD": secret, "GRADEBOOK": secret}
    server = look(environment=environment)["parent"]
    assert look(environment={**os.environ, "DATABASE_PASSWORD": "another"})["parent"] == server
    assert secret not in Path(f"/proc/{server}/environ").read_text()
    assert not _holds(server, secret.encode())
    assert _holds(server, b"keras"), "this would find it"


def _holds(pid, word):
    """Whether a process has this anywhere in the memory that Python's objects lie in."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in maps:
            place, rights, *_, name = line.split()
            first, last = (int(number, 16) for number in place.split("-"))
            if rights.startswith("rw") and name in ("[heap]", "0") and last - first <= 256 << 20:
                memory.seek(first)
                if word in memory.read(last - first):
                    return True
    return False


def test_no_body_but_those_on_the_list():
    with pytest.raises(ValueError, match="not a body"):
        client.start("os:system", "true")
    assert all(name.startswith("grader.") for name in client.BODIES)


def test_a_body_on_the_list_of_another_warm_process():
    """The list is fixed when a warm process starts: no request adds to it."""
    assert look()["code"] == 0
    with pytest.raises(ValueError, match="not a body"):
        client.start(LOOK, {}, environment={**os.environ, **ROOT})


def test_what_matters_is_part_of_its_name():
    base = compatibility.variables({"HOME": "/h", "EDITOR": "vi", "PASSWORD": "x", "TF_X": "1"})
    assert base == {"HOME": "/h", "TF_X": "1", **preload.SETTINGS}
    keys = {
        compatibility.key(base, ["a"]),
        compatibility.key(base, ["b"]),
        compatibility.key({**base, "PYTHONHASHSEED": "0"}, ["a"]),
        compatibility.key({**base, "TF_X": "2"}, ["a"]),
    }
    assert len(keys) == 4
    assert compatibility.variables({"A": "1", "KERAS_HOME": "/own/.keras", "LANG": "C"}, "/own") == {
        "LANG": "C",
        **preload.SETTINGS,
    }


def test_another_environment_has_another_warm_process(anew):
    plain, again = look()["parent"], look()["parent"]
    other = look(environment={**os.environ, "PYTHONHASHSEED": "0"})["parent"]
    assert plain == again != other


def test_what_a_fork_can_change_needs_no_other(anew, monkeypatch):
    """JupyterLab raises its limit of open files, and is run by another name of the same Python."""
    found = look()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    name = str(Path(sys.executable).with_name("python3"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft - 1, hard))
    monkeypatch.setattr(sys, "executable", name)
    try:
        other = look()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert other["parent"] == found["parent"]
    assert other["open_files"] == soft - 1
    assert other["executable"] == name


def test_an_edited_course_has_another_warm_process(monkeypatch, tmp_path):
    edited = tmp_path / "tools" / "edited.py"
    edited.parent.mkdir()
    edited.touch()
    spec = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr(compatibility, "find_spec", lambda name: spec)
    before = compatibility.key({}, ["grader.tools"]), compatibility.key({}, ["grader.other"])
    os.utime(edited, (1, 1))
    assert compatibility.key({}, ["grader.tools"]) != before[0]
    assert compatibility.key({}, ["grader.other"]) == before[1]


def test_one_that_isnt_needed_ends(anew, monkeypatch):
    monkeypatch.setenv("GRADER_KERNEL_IDLE", "0.5")
    server = look()["parent"]
    assert eventually(lambda: not runs(server))
    assert not list(anew.glob("*.sock"))
    assert look()["parent"] != server


def test_one_whose_folder_is_gone_ends(anew, monkeypatch):
    monkeypatch.setenv("GRADER_KERNEL_IDLE", "2")
    server = look()["parent"]
    next(anew.glob("*.sock")).unlink()
    assert eventually(lambda: not runs(server))


def test_many_at_once_start_one(anew):
    with ThreadPoolExecutor(6) as pool:
        servers = {found["parent"] for found in pool.map(lambda _: look(), range(6))}
    assert len(servers) == 1


def test_a_socket_and_a_lock_that_were_left_behind(anew):
    path = warm_to_look().path
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as dead:
        dead.bind(path)
    Path(path).with_suffix(".lock").touch()
    assert look()["code"] == 0


def test_a_request_that_was_given_up_starts_nothing(anew):
    server = look()["parent"]
    warm = warm_to_look()
    os.kill(server, signal.SIGSTOP)
    for said in (b"", b"not JSON", json.dumps({"body": "grader.kernel.app:main", "arguments": {}}).encode()):
        connection = warm.connect()
        if said:
            connection.send(said)
        connection.close()
    os.kill(server, signal.SIGCONT)
    assert look()["parent"] == server
    assert eventually(lambda: not Path(f"/proc/{server}/task/{server}/children").read_text())


def test_nonsense_harms_nobody(anew):
    server = look()["parent"]
    connection = warm_to_look().connect()
    connection.send(b"[1, 2]")
    assert json.loads(connection.recv(1 << 16))
    assert look()["parent"] == server


def test_twenty_at_once(anew):
    managers = [KernelManager(kernel_name="python3") for _ in range(20)]
    try:
        for manager in managers:
            manager.start_kernel(stderr=subprocess.DEVNULL)
        talks = [Talk(manager) for manager in managers]
        assert {talk.run("print(6 * 7)") for talk in talks} == {"42"}
        assert len({talk.run("import os; print(os.getpid(), os.getppid())") for talk in talks}) == 20
        assert not any(map(cold, managers))
    finally:
        for manager in managers:
            manager.shutdown_kernel(now=True)


# Where there is no warm process to be had


@pytest.fixture
def warnings(monkeypatch):
    """What a manager is told."""
    said = []

    class Log:
        def warning(self, text, *arguments):
            said.append(text % arguments)

        def __getattr__(self, name):
            return lambda *_, **__: None

    monkeypatch.setattr(provisioner.CourseProvisioner, "log", Log())
    return said


def starts_the_slow_way(**options):
    manager = KernelManager(kernel_name=options.pop("kernel_name", "python3"))
    manager.start_kernel(**{"stderr": subprocess.DEVNULL, **options})
    try:
        return cold(manager) and manager.is_alive()
    finally:
        manager.shutdown_kernel(now=True)


def test_when_it_is_switched_off(monkeypatch, warnings):
    monkeypatch.setenv(provisioner.OFF, "1")
    with started() as talk:
        assert cold(talk.manager)
        assert talk.run("import os; print(os.environ['TF_ENABLE_ONEDNN_OPTS'])") == "0"
    assert starts_the_slow_way()
    assert warnings == [f"Kernels start the slow way here: {provisioner.OFF} is set"]


def test_on_another_system(monkeypatch, warnings):
    monkeypatch.setattr(provisioner.sys, "platform", "darwin")
    assert starts_the_slow_way()
    assert "only on Linux" in warnings[0]


def test_when_a_kernel_wants_a_pipe(warnings):
    assert starts_the_slow_way(stdout=subprocess.PIPE)
    assert "pipes" in warnings[0]


def test_when_it_is_started_with_what_only_a_program_takes(warnings):
    assert starts_the_slow_way(pass_fds=())
    assert "pass_fds" in warnings[0]


@pytest.mark.parametrize("before", [["/usr/bin/env", "python3"], [sys.executable, "-X", "dev"]], ids=["env", "option"])
def test_a_kernel_of_another_kind_is_left_alone(before):
    assert provisioner._unsuitable([*before, "-m", "ipykernel_launcher"], {})
    assert not provisioner._unsuitable([sys.executable, "-m", "ipykernel_launcher", "-f", "x"], {"env": {}})


def test_the_python_of_another_environment_is_another(tmp_path):
    other = tmp_path / "bin" / "python"
    other.parent.mkdir()
    other.symlink_to(os.path.realpath(sys.executable))
    argv = [str(other), "-m", "ipykernel_launcher"]
    assert "another Python" in provisioner._unsuitable(argv, {})


def test_a_module_that_is_missing_is_done_without(anew, monkeypatch):
    monkeypatch.setenv("GRADER_KERNEL_MODULES", f"no_such_module {FEW}")
    with started() as talk:
        assert not cold(talk.manager)
    assert "no_such_module" in next(anew.glob("*.log")).read_text()


@pytest.mark.parametrize(
    ("code", "why"),
    [("import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()", "2 threads")]
    + [("import os; os._exit(5)", "ends early")],
    ids=["starts a thread", "ends"],
)
def test_a_module_that_spoils_it(anew, monkeypatch, warnings, tmp_path, code, why):
    imports = tmp_path / "imports"
    (tmp_path / "spoils.py").write_text(f"print(file=open({str(imports)!r}, 'a'))\n{code}")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("GRADER_KERNEL_MODULES", f"grader.kernel.app spoils {code.count('_exit')}")
    assert starts_the_slow_way()
    tried = imports.read_text()
    assert tried and starts_the_slow_way()
    assert imports.read_text() == tried, "it isn't tried again"
    assert len(warnings) == 1 and why in warnings[0]


@pytest.mark.parametrize("mode", [0o755, 0o770], ids=oct)
def test_a_folder_that_others_can_enter(anew, warnings, mode):
    anew.mkdir()
    anew.chmod(mode)
    with pytest.raises(runtime_dir.Unsafe, match="chmod 700"):
        runtime_dir.folder()
    assert starts_the_slow_way()
    assert "chmod 700" in warnings[0]


def test_a_folder_that_is_a_link(anew, tmp_path):
    tmp_path.chmod(0o700)
    anew.symlink_to(tmp_path)
    with pytest.raises(runtime_dir.Unsafe):
        runtime_dir.folder()


def test_a_path_that_is_too_long_for_a_socket(monkeypatch):
    monkeypatch.setenv("GRADER_KERNEL_DIR", "/tmp/" + 90 * "x")
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/tmp/" + 90 * "y")
    monkeypatch.setattr(tempfile, "tempdir", "/tmp/" + 90 * "z")
    assert len(runtime_dir.socket_of("k" * 16)) <= runtime_dir.SOCKET_PATH
    assert runtime_dir.folder() == f"/tmp/grader-{os.getuid()}"


def test_an_environment_too_large_for_a_packet(anew, warnings):
    """The one who asks is told at once, and nothing is spoilt for the next."""
    large = {**os.environ, **{f"LARGE_{n}": 100_000 * "x" for n in range(8)}}
    assert starts_the_slow_way(env=large)
    with started() as talk:
        assert not cold(talk.manager)


# In a sandbox


@pytest.fixture
def own():
    """A submission's folders, with paths short enough for sockets."""
    folder = tempfile.mkdtemp(prefix="gk-", dir="/tmp")
    for name in ("work", "s"):
        os.mkdir(f"{folder}/{name}")
    yield folder
    discard(folder)


def confined(own, backend=None, **settings):
    return {"policy": Policy(private=f"{own}/work", sockets=f"{own}/s", **settings), "backend": backend or Landlock()}


@needs_landlock
class TestConfined:
    def test_as_nbclient_does_it(self, own):
        cells = [
            "import keras, os\nprint(os.getcwd(), keras.config.backend())",
            "open('mine.txt', 'w').write('1')",
            "open('/etc/passwd')",
            "%matplotlib inline\nimport matplotlib.pyplot as plt; plt.plot([1, 2]);",
            "import numpy as np; m = keras.Sequential([keras.layers.Dense(1)]); print(m(np.ones((2, 3))).shape)",
            "import os; os._exit(7)",
            "print('not reached')",
        ]
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        runner = NotebookClient(notebook, kernel_name="python3", allow_errors=True, timeout=60)
        runner.create_kernel_manager()
        with pytest.raises(DeadKernelError):
            runner.execute(reset_kc=False, stderr=subprocess.DEVNULL, **confined(own))
        outputs = [cell.outputs for cell in notebook.cells]
        assert outputs[0][0].text == f"{own}/work tensorflow\n"
        assert os.path.exists(f"{own}/work/mine.txt")
        assert outputs[2][0].ename == "PermissionError"
        assert [output.output_type for output in outputs[3]] == ["display_data"]
        assert outputs[4][0].text == "(2, 1)\n"
        assert not outputs[6]

    def test_its_end_is_known(self, own):
        with started(**confined(own)) as talk:
            assert isinstance(talk.manager.provisioner.process, provisioner.Confined)
            assert talk.manager.provisioner.pgid is None
            assert talk.manager.provisioner.ended is None
            talk.client.execute("import os; os._exit(7)")
            assert eventually(lambda: talk.manager.provisioner.ended).code == 7
            assert not talk.manager.is_alive()
            talk.manager.restart_kernel(now=True)
            talk.client.wait_for_ready(timeout=30)
            assert talk.run("print('again')") == "again"

    def test_it_can_be_interrupted(self, own):
        with started(**confined(own)) as talk:
            assert talk.manager.kernel_spec.interrupt_mode == "message"
            threading.Timer(1, talk.manager.interrupt_kernel).start()
            assert talk.run("import time; time.sleep(60)") == "KeyboardInterrupt"

    def test_it_is_killed_with_all_it_has_started(self, own):
        with started(**confined(own)) as talk:
            pid = talk.run("import subprocess; print(subprocess.Popen(['sleep', '300'], start_new_session=True).pid)")
            assert runs(pid)
            talk.manager.shutdown_kernel(now=True)
            assert not runs(pid)
            assert talk.manager.provisioner.ended.why == "ended"

    def test_it_ends_when_it_uses_too_much(self, own):
        with started(**confined(own, processes=4)) as talk:
            talk.client.execute("import subprocess\nfor _ in range(9): subprocess.Popen(['sleep', '300'])")
            assert eventually(lambda: talk.manager.provisioner.ended).why == "processes"

    def test_it_ends_with_who_started_it(self, own):
        code = f"""
from grader.sandbox import Policy
from grader.sandbox.backends import Landlock
confined = dict(policy=Policy(private="{own}/work", sockets="{own}/s"), backend=Landlock())
""" + CLIENT.replace("independent={independent}, stdout=2", "**confined")
        with subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1, stderr=subprocess.DEVNULL) as other:
            pid, kind = other.stdout.readline().split()
            assert kind == b"Confined" and runs(int(pid))
        assert eventually(lambda: not runs(int(pid)))

    def test_it_says_nothing_on_the_graders_terminal(self, own, capfd):
        with started(**confined(own)) as talk:
            talk.run("import sys; print('to the terminal', file=sys.__stderr__, flush=True)")
        assert "terminal" not in capfd.readouterr().err

    def test_a_fork_of_another_kind(self, own):
        reading, writing = os.pipe()
        sandbox = confined(own, variables=ROOT)
        with client.start_confined(LOOK, {"code": 4}, files=[writing], bodies=BODIES, **sandbox) as guard:
            os.close(writing)
            assert guard.started() > 0
            with open(reading) as pipe:
                found = json.load(pipe)
            assert guard.wait(20).code == 4
        assert found["folder"] == f"{own}/work" and found["environment"]["HOME"] == f"{own}/work"
        assert "keras" in found["modules"]
        assert len(found["files"]) <= 5

    def test_submissions_share_a_warm_process(self, own):
        policy = confined(own)["policy"]
        other = Policy(private=f"{own}/s")
        paths = [client.warm(p.environment, p.private).path for p in (policy, other)]
        assert paths[0] == paths[1] != client.warm(dict(os.environ)).path

    def test_a_program_takes_its_place_and_is_confined_too(self, own, monkeypatch, warnings):
        monkeypatch.setenv(provisioner.OFF, "1")
        with started(**confined(own)) as talk:
            assert talk.run("import os; print(os.getcwd())") == f"{own}/work"
            assert talk.run("open('/etc/passwd')") == "PermissionError"
            assert talk.run("import os; print(os.read(0, 1))") == "b''"
        assert warnings == [f"Kernels start the slow way here: {provisioner.OFF} is set"]

    def test_a_backend_that_cannot_be_entered_says_so(self, own):
        with pytest.raises(client.Unavailable, match="cannot enter bubblewrap"):
            client.start_confined("grader.kernel.app:main", {}, **confined(own, Bubblewrap()))


# Jupyter finds it


def test_the_courses_kernelspec_takes_the_place_of_the_usual_one():
    spec = KernelSpecManager().get_kernel_spec("python3")
    assert spec.metadata["kernel_provisioner"]["provisioner_name"] == "course-provisioner"
    assert spec.display_name == "Python 3 (ipykernel)"


def test_kernels_find_what_was_warmed_up(anew):
    subprocess.run([sys.executable, "-m", "grader.kernel"], check=True, timeout=30)
    assert len(list(anew.glob("*.sock"))) == 1
    with started() as talk:
        assert not cold(talk.manager)
    assert len(list(anew.glob("*.sock"))) == 1
