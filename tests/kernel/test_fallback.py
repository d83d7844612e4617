"""When no warm process is available, kernels are started the usual way."""

import os
import subprocess
import sys
import tempfile

import pytest
from jupyter_client.kernelspec import KernelSpecManager

from grader.kernel import provisioner, runtime_dir
from tests.kernel.helpers import FEW, cold, linux, started, starts_the_slow_way

pytestmark = linux


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


def test_the_courses_kernelspec_takes_the_place_of_the_usual_one():
    spec = KernelSpecManager().get_kernel_spec("python3")
    assert spec.metadata["kernel_provisioner"]["provisioner_name"] == "course-provisioner"
    assert spec.display_name == "Python 3 (ipykernel)"
