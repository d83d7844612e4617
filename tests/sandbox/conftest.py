"""What the tests of the sandbox share: a folder for a submission, and running code in a sandbox."""

import os
import tempfile

import pytest

from grader.sandbox import Policy, discard, doctor, start
from grader.sandbox.backends import Landlock
from tests.sandbox.helpers import Result


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
            argv = [(backend or Landlock()).python, *python, "-c", code, *map(str, arguments)]
            with start(argv, policy, backend or Landlock(), stdout=out, stderr=err) as running:
                ended = running.wait(60)
            out.seek(0), err.seek(0)
            return Result(ended, out.read(), err.read())

    return run


@pytest.fixture(autouse=True)
def forget_choice():
    yield
    doctor.choose.cache_clear()
