"""A kernel in a sandbox."""

import json
import os
import subprocess
import sys
import tempfile
import threading

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError

from grader.kernel import client, provisioner
from grader.sandbox import Policy, discard
from grader.sandbox.backends import Bubblewrap, Landlock
from tests.kernel.helpers import (
    BODIES,
    CLIENT,
    LOOK,
    ROOT,
    eventually,
    linux,
    needs_landlock,
    runs,
    started,
)

pytestmark = linux


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
