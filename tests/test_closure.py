"""What a piece of code reaches: found without running it, the same wherever the code lies, other where it does more."""

import pytest

from grader import fingerprint, paths
from grader.closure import Code, ours
from grader.lessons import read_lesson

CELL = "from ours import check\nimport numpy as np\ncheck.learns(1)"
CHECK = {
    "check/__init__.py": "from ours.check.learning import learns\n",
    "check/learning.py": (
        '"""Learning."""\nimport numpy as np\nfrom ours.check import arrays\nfrom ours.check.names import called\n\n\n'
        'def learns(model):\n    """Whether it does."""\n'
        "    return arrays.total(np.ones(3)) > LEAST, called(model)\n\n\n"
        "LEAST = 2\n\n\ndef unused():\n    return 7\n"
    ),
    "check/arrays.py": "def total(values):\n    return _sum(values)\n\n\ndef _sum(values):\n    return values.sum()\n",
    "check/names.py": "def called(model):\n    return str(model)\n",
    "__init__.py": "",
}


@pytest.fixture
def code(tmp_path):
    """Makes a package `ours` of these files, and an index of it."""
    count = iter(range(100))

    def make(files: dict[str, str], **changed: tuple[str, str]) -> Code:
        folder = tmp_path / str(next(count))
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            old, new = changed.get(path.stem, ("", ""))
            assert old in text
            path.write_text(text.replace(old, new) if old else text)
        return Code({"ours": folder})

    return make


def names(code: Code, cell: str = CELL) -> set[str]:
    return {definition.name for definition in code.reached([cell])}


def test_what_a_cell_names_and_what_that_names(code):
    assert names(code(CHECK)) == {"learns", "LEAST", "total", "_sum", "called"}
    assert names(code(CHECK), "x = 1") == set()


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("arrays", "values.sum()", "values.mean()"),
        ("learning", "LEAST = 2", "LEAST = 3"),
        ("learning", "import numpy as np", "import keras.ops as np"),
        ("names", "str(model)", "repr(model)"),
        ("names", "def called", "@print\ndef called"),
    ],
)
def test_a_change_of_what_is_reached_changes_the_digest(code, file, old, new):
    assert code(CHECK, **{file: (old, new)}).digest([CELL]) != code(CHECK).digest([CELL])


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("learning", "return 7", "return 8"),
        ("learning", "Whether it does", "If so"),
        ("arrays", "    return _sum", "\n    # All of them.\n    return _sum"),
    ],
)
def test_a_change_of_anything_else_does_not(code, file, old, new):
    assert code(CHECK, **{file: (old, new)}).digest([CELL]) == code(CHECK).digest([CELL])


def test_code_that_only_moves_keeps_its_digest(code):
    moved = CHECK | dict.fromkeys(("core/__init__.py", "core/naming/__init__.py", "check/oracles/__init__.py"), "")
    moved["core/sums.py"] = moved.pop("check/arrays.py")
    moved["core/naming/words.py"] = moved.pop("check/names.py")
    text = moved.pop("check/learning.py").replace("from ours.check import arrays", "from ours.core import sums as s")
    text = text.replace("arrays.total", "s.total").replace("ours.check.names", "ours.core.naming.words")
    moved["check/oracles/learning.py"] = text
    moved["check/__init__.py"] = "from ours.check.oracles.learning import learns as learns\n"
    assert code(moved).digest([CELL]) == code(CHECK).digest([CELL])


def test_an_import_inside_a_function_is_followed(code):
    inside = dict(CHECK)
    inside["check/names.py"] = "def called(model):\n    from ours.check.arrays import other\n    return other(model)\n"
    inside["check/arrays.py"] += "\n\ndef other(model):\n    return 3\n"
    assert "other" in names(code(inside))


def test_a_name_that_a_package_makes_available_in_its_own_way_is_looked_for_inside(code):
    registered = CHECK | {"check/__init__.py": "def __getattr__(name):\n    return REGISTER[name]\n\n\nREGISTER = {}\n"}
    assert {"learns", "LEAST", "total"} <= names(code(registered))


def test_a_name_of_a_package_hides_its_submodule(code):
    shadowed = CHECK | {"check/__init__.py": "from ours.check.learns import Learns as learns\n"}
    shadowed["check/learns.py"] = "class Learns:\n    pass\n"
    assert names(code(shadowed)) == {"Learns"}


def test_data_beside_a_module_that_reads_it_counts(code, tmp_path):
    reads = CHECK | {"check/names.py": "def called(model):\n    return open(__file__ + '.txt').read()\n"}
    first, second = code(reads), code(reads)
    (second.modules["ours.check.names"].path.parent / "names.txt").write_text("data")
    assert first.digest([CELL]) != second.digest([CELL])


def test_what_only_shows_a_verdict_is_no_part_of_a_rate():
    lesson = read_lesson(paths.find_lesson("10"))
    sources = [lesson.setup.source, *(cell.source for cell in lesson.cells if not cell.markdown)]
    everything = {definition.module for definition in ours().reached(sources)}
    judging = {
        definition.module
        for definition in ours().reached(["from grader import check\ncheck.task('x')"], without=fingerprint.ON_SCREEN)
    }
    assert "course.see.diagram" in everything and "course.see.diagram" not in judging
    assert "grader.verdict" in judging


@pytest.mark.parametrize("lab", paths.lessons(), ids=lambda folder: folder.name)
def test_every_check_that_a_lab_names_is_reached(lab):
    lesson = read_lesson(lab)
    code = ours()
    for cell in (cell for cell in lesson.cells if not cell.markdown and "check." in cell.source):
        for word in {word.split("(")[0] for word in cell.source.split() if word.startswith("check.")}:
            found = code.reached([lesson.setup.source, word])
            assert any(each.module.startswith(("grader.check", "grader.verdict")) for each in found), word
