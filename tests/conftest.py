"""What the tests share: where an object lives, and a small repository with the lessons of tests/sample_lessons."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader import paths
from tests.elsewhere import elsewhere

pytest_plugins = ["tests.plan"]
os.environ.setdefault("GRADER_KERNEL_IDLE", "120")  # warm processes go soon after the tests

LESSONS = Path(__file__).parent / "sample_lessons"


@pytest.fixture(params=["here", "elsewhere"])
def seat(request: pytest.FixtureRequest) -> Callable[[object], object]:
    """Where the student's object is: in this process, or reached by verbs alone."""
    return elsewhere if request.param == "elsewhere" else lambda subject: subject


@pytest.fixture(scope="session")
def lesson_text() -> str:
    """The text of a lesson with one cell of every kind."""
    return (LESSONS / "01_sums" / "lab.py").read_text()


@pytest.fixture(autouse=True)
def seeded() -> None:
    """Models begin with the same weights whichever tests ran before."""
    if keras := sys.modules.get("keras"):
        keras.utils.set_random_seed(0)


@pytest.fixture
def forked(monkeypatch: pytest.MonkeyPatch) -> None:
    """For forks of this process, in which an earlier test may have begun to compute: there a fork can't use Keras."""
    if keras := sys.modules.get("keras"):
        monkeypatch.setattr(keras.utils, "clear_session", lambda **_: None)


def _repository(root: Path, patch: pytest.MonkeyPatch) -> Path:
    modules = root / "course" / "modules"
    shutil.copytree(LESSONS, modules)
    patch.setattr(paths, "ROOT", root)
    patch.setattr(paths, "MODULES", modules)
    patch.setattr(paths, "LABS", root / "labs")
    patch.setattr(paths, "SOLUTIONS", root / "solutions")
    return modules / "01_sums"


@pytest.fixture
def sums(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The lesson's folder in a repository where nothing is built yet."""
    return _repository(tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose lab and solution have been built; for copying, not for changing."""
    from grader.lessons import publish

    root = tmp_path_factory.mktemp("built")
    with pytest.MonkeyPatch.context() as patch:
        publish.build(_repository(root, patch))
    return root


@pytest.fixture
def built(built_once: Path, sums: Path) -> Iterator[Path]:
    """The lesson's folder in a repository where lab and solution are built."""
    for name in ("labs", "solutions"):
        shutil.copytree(built_once / name, paths.ROOT / name)
    yield sums
