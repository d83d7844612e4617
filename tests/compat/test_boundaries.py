"""What other libraries keep to themselves is used in `grader.compat` alone, and they are changed nowhere else."""

import ast
from pathlib import Path

import pytest

from tests.compat.boundaries import Boundaries, defined

ROOT = Path(__file__).parents[2]
COMPAT = ROOT / "grader" / "compat"

EXCEPTIONS = {
    "tests/check/test_compiled.py: MyMomentum uses _get_variable_index of keras.optimizers.Optimizer": (
        "stands for a student's optimizer, written as Keras's own are; there is no public way to find a variable's slot"
    ),
}
"""Findings that stay where they are, as "file: what", and why."""


def read(*folders: str) -> dict[Path, ast.Module]:
    files = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return {path: ast.parse(path.read_text()) for path in files if "answers" not in path.parts}


@pytest.fixture(scope="module")
def sources():
    return read("grader", "course", "bench")


@pytest.fixture(scope="module")
def tests():
    """All but the submissions among them, which do whatever they like."""
    return {path: tree for path, tree in read("tests").items() if "attacks" not in path.parts}


@pytest.fixture(scope="module")
def ours(sources, tests):
    return {name for tree in [*sources.values(), *tests.values()] for name in defined(tree)}


def findings(trees, ours, patches):
    return {
        f"{path.relative_to(ROOT)}: {what}": line
        for path, tree in trees.items()
        if not path.is_relative_to(COMPAT)
        for line, what in Boundaries(ours, patches).findings(tree)
    }


def unexplained(found):
    return {what: f"line {line}" for what, line in found.items() if what not in EXCEPTIONS}


def test_no_source_depends_on_a_private_name_or_changes_a_library(sources, ours):
    found = findings(sources, ours, patches=True)
    assert not unexplained(found), "move these behind grader.compat, with a contract test, or find a public way"


def test_no_test_depends_on_a_private_name(tests, ours):
    """A test may patch: that is undone after it, and fails at once where a name is gone."""
    assert not unexplained(findings(tests, ours, patches=False))


def test_every_exception_is_still_needed(sources, tests, ours):
    found = findings(sources, ours, patches=True) | findings(tests, ours, patches=False)
    assert not EXCEPTIONS.keys() - found.keys()


def test_compat_has_something_to_hide(sources, ours):
    inside = [
        what
        for path, tree in sources.items()
        if path.is_relative_to(COMPAT)
        for _, what in Boundaries(ours).findings(tree)
    ]
    assert len(inside) >= 5


@pytest.mark.parametrize(
    "source",
    [
        "import keras; keras.Model._call",
        "import keras as k; k.Model._call",
        "import keras; getattr(keras.Model, '_call')",
        "from keras import Model; Model._call",
        "from nbconvert import _version",
        "import matplotlib._api",
        "from keras.src.layers import Dense",
        "NAME = 'keras.src.layers'",
        "import sys\nif keras := sys.modules.get('keras'): keras.Model.fit = None",
        "import sys; sys.modules['keras'].Model._call",
        "import keras; keras.Model.fit = lambda *_: None",
        "from keras import Model\nModel.fit = None",
        "import keras; setattr(keras.Model, name, None)",
        "import keras; setattr(keras.Model, 'fit', None)",
        "import keras; delattr(keras.Model, name)",
        "import keras; del keras.Model.fit",
        "import keras; keras.Model.weights.fget(layer)",
        "model.train_function",
        "layer._nobody_defines_this",
        "from unittest.mock import patch",
        "from unittest import mock",
        "from jupyter_client import KernelClient\nclass A(KernelClient):\n    def _context_default(self): pass",
        "from nbclient import NotebookClient\nclass A(NotebookClient):\n    def end(self): self._cleanup_kernel()",
        "from nbclient import NotebookClient\nclass A(NotebookClient):\n    def end(self): super()._cleanup_kernel()",
    ],
)
def test_it_is_found(source):
    assert list(Boundaries(ours=set()).findings(ast.parse(source)))


@pytest.mark.parametrize(
    "source",
    [
        "import os; os._exit(0)",
        "import keras; keras.Model.fit(model)",
        "import keras\nclass A(keras.layers.Layer):\n    def __init__(self): self._ours = 1",
        "import keras; model = keras.Model(); model.stop_training = True; model.__class__",
        "from grader.kernel import client; client._unavailable",
        "thing._ours",
        "figure._repr_html_()",
        "import tempfile; tempfile.tempdir = None",
        "import numpy as np; np.asarray(x).shape",
        "import keras; setattr(thing, name, keras.Model)",
    ],
)
def test_it_is_left_alone(source):
    assert not list(Boundaries(ours={"_ours"}).findings(ast.parse(source)))
