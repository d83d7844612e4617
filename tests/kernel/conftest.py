"""What the tests of warm kernels share: folders for warm processes, and a kernel forked from one."""

import shutil
import tempfile
from pathlib import Path

import pytest

from grader.kernel import client, provisioner
from tests.kernel.helpers import FEW, SPECS, environment, started


@pytest.fixture(scope="session")
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
