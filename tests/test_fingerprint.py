"""What the verdicts on an exercise, and the outputs of a solution, rest on."""

import json
import shutil

import pytest
from rich.console import Console

from grader import fingerprint, paths, validate
from grader.audit import bank, current
from grader.errors import UserError
from grader.lessons import read_lesson
from grader.validate import Replay


@pytest.fixture
def lab(tmp_path):
    """A copy of lab 01 that may be changed."""
    return shutil.copytree(paths.find_lesson("01"), tmp_path / "01_lifecycle")


def changed(lab, old: str, new: str, name: str = "lab.py", exercise: str = "labels") -> list[str]:
    """What of an exercise's fingerprint another text changes."""
    lesson = read_lesson(lab)
    before = current.fingerprint_of(lesson, bank.exercises(lesson, exercise)[0])
    text = (lab / name).read_text()
    assert old in text
    (lab / name).write_text(text.replace(old, new))
    lesson = read_lesson(lab)
    now = current.fingerprint_of(lesson, bank.exercises(lesson, exercise)[0])
    return [part for part in now if before[part] != now[part]]


def test_a_part_for_each_thing_that_can_change(lab):
    assert changed(lab, "from course import data, see", "from course import data, see\nN = 3") == ["cells"]
    assert changed(lab, "probabilities", "probability", "answers/labels/wrong_probabilities.py") in ([], ["answers"])
    assert changed(lab, "return", "return 1 *", "answers/labels/wrong_probabilities.py") == ["answers"]


def test_comments_and_text_change_nothing(lab):
    assert changed(lab, "# %% [markdown]\n", "# %% [markdown]\n# A line more.\n#\n") == []
    assert changed(lab, "from course import data, see", "# Ours.\nfrom course import data, see") == []


def test_a_solution_that_others_build_on_is_part_of_theirs():
    lesson = read_lesson(paths.find_lesson("01"))
    split = bank.exercises(lesson, "split")[0]
    sources = [answer.source for answer in bank.answers(lesson, split)]
    assert fingerprint._built_on(lesson, split, ["build_split(1)"]) == []
    (name,) = list(fingerprint._defined(fingerprint.regions.solved(bank.exercises(lesson, "fit")[0].source)))[:1]
    assert len(fingerprint._built_on(lesson, split, [*sources, f"student.{name}(1)"])) >= 1


def test_changes_are_told_in_words():
    now = {"cells": "a", "answers": "b", "code": "c", "libraries": {"keras": "3.2", "numpy": "2.1"}}
    assert fingerprint.changes(now, now) == []
    assert fingerprint.changes(None, now) == ["everything"]
    before = now | {"code": "x", "libraries": {"keras": "3.1"}}
    assert fingerprint.changes(before, now) == [fingerprint.WORDS["code"], "keras (3.1 → 3.2)", "numpy (none → 2.1)"]


def test_a_share_is_drawn_again_by_its_number():
    names = [f"n{i}" for i in range(2000)]
    shares = [[name for name in names if fingerprint.drawn(name, 0.05, draw)] for draw in (1, 1, 2)]
    assert shares[0] == shares[1] != shares[2] and 60 < len(shares[0]) < 150


# ---- solutions


@pytest.fixture
def solution(tmp_path, monkeypatch):
    """A copy of a solution with its record, in a repository of its own."""
    monkeypatch.setattr(paths, "SOLUTIONS", tmp_path)
    folder = tmp_path / "10_callbacks"
    shutil.copytree(paths.ROOT / "solutions" / "10_callbacks", folder)
    path = folder / "10_callbacks.ipynb"
    validate.record(path, fingerprint.of_solution(path))
    return path


def due(sample: float = 0.0, draw: int = 0) -> list[str]:
    found = validate.due([paths.find_lesson("10")], sample, draw, Console(quiet=True))
    return [folder.name for folder in found]


def test_a_solution_that_has_not_changed_is_replayed_by_chance_alone(solution):
    assert due() == []
    assert due(sample=1.0) == ["10_callbacks"]
    assert {bool(due(0.5, draw)) for draw in range(10)} == {True, False}


@pytest.mark.parametrize("part", ["source", "outputs"])
def test_a_solution_that_has_changed_is_due(solution, part):
    notebook = json.loads(solution.read_text())
    cell = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code" and cell["outputs"])
    if part == "source":
        cell["source"].append("\n1")
    else:
        cell["outputs"][0]["metadata"] = {"by": "hand"}
    solution.write_text(json.dumps(notebook))
    assert fingerprint.changes(validate._recorded(solution), fingerprint.of_solution(solution)) == [
        fingerprint.WORDS[part]
    ]
    assert due() == ["10_callbacks"]


def test_a_solution_without_a_record_is_due(solution):
    solution.with_name(validate.RECORD).unlink()
    assert due() == ["10_callbacks"]
    solution.with_name(validate.RECORD).write_text("{")
    assert due() == ["10_callbacks"]
    solution.unlink()
    assert due() == ["10_callbacks"]  # and the replay says that it is missing


def test_only_a_replay_that_holds_is_recorded(solution, monkeypatch):
    record = solution.with_name(validate.RECORD)
    for failed in (1, 0):
        record.unlink(missing_ok=True)
        monkeypatch.setattr(validate, "_run_pytest", lambda *_, failed=failed: Replay(1, 30, failed))
        assert validate.replay([solution]).ok is not failed and not record.exists()
        validate.replay([solution], recording=True)
        assert record.exists() is not bool(failed)
    with pytest.raises(UserError, match="not recorded"):
        validate.replay([solution], tolerance=0.02, recording=True)


def test_nothing_to_replay_is_fine():
    result = validate.replay([])
    assert result.ok and result.summary == "No solution had to be replayed."
    assert not Replay(1, 0, 0).ok
