"""A kernel forked from a warm process behaves as an ordinary one."""

import importlib.util
import os
import re
import subprocess
import sys
import threading

import pytest
from jupyter_client import KernelManager

from bench import kernels as bench
from grader.kernel import preload, threads
from tests.kernel.helpers import environment, eventually, linux, started

pytestmark = linux


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
