"""`grader new` starts a lesson that builds, whose checks hold, and that marks what the author has to write."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest

from grader import cli, paths
from grader.audit import bank
from grader.audit.bank import Label
from grader.errors import UserError
from grader.lessons import new, publish, read_lesson
from grader.lessons.lesson import Kind

REPOSITORY = Path(__file__).parents[2]
NAME = "14_batch_norm"


@pytest.fixture
def lesson(sums: Path) -> Path:
    """The folder of a new lesson in a small repository, which holds the lesson 01_sums already."""
    return new.create(NAME)[0].parent


def test_the_lesson_keeps_the_rules_and_has_a_cell_of_every_kind(lesson: Path):
    read = read_lesson(lesson)
    assert lesson == paths.MODULES / NAME == paths.find_lesson("14")
    assert read.title.startswith("Batch norm: ")
    assert {cell.kind for cell in read.cells} == set(Kind)
    assert f"{sum(cell.points or 0 for cell in read.cells):.0f} points" in read.cells[0].source
    assert "$" not in read.path.read_text()


def test_the_bank_has_eight_right_and_eight_wrong_answers(lesson: Path):
    read = read_lesson(lesson)
    (exercise,) = bank.exercises(read)
    answers = [answer for answer in bank.answers(read, exercise) if answer.name not in bank.OWN]
    for label in Label:
        assert sum(answer.deserves is label for answer in answers) == 8
    assert len({answer.source for answer in answers}) == len(answers)


def test_the_lab_builds_and_its_solution_runs(lesson: Path):
    assert publish.build(lesson) == publish.Build(publish.Written.NEW, publish.Written.NEW, True)
    solution = nbformat.read(paths.solution_path(lesson), as_version=4)
    assert not [out for cell in solution.cells for out in cell.get("outputs", []) if out.output_type == "error"]


AUDIT = """
import sys
from pathlib import Path
from grader import cli, paths

paths.MODULES = Path(sys.argv.pop(1))
cli.main()
"""


def test_the_audit_finds_nothing_to_complain_about(lesson: Path, tmp_path: Path):
    """In a process of its own: a fork of one that has already computed can't use Keras."""
    report = tmp_path / "report.json"
    arguments = [str(paths.MODULES), "audit", "14", "--seeds", "1", "--workers", "2", "--report", str(report)]
    done = subprocess.run(
        [sys.executable, "-c", AUDIT, *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (found,) = json.loads(report.read_text())
    rates = next(row for row in found["rates"] if row["exercise"] == "classifier")
    assert (rates["right"], rates["wrong"]) == (9, 9)
    assert (rates["false_rejects"], rates["false_accepts"], rates["faults"]) == (0, 0, 0)
    assert rates["mutants"] == rates["killed"] > 10


def test_the_author_is_left_the_lines_that_say_so(lesson: Path):
    lines = (lesson / "lab.py").read_text().splitlines()
    left = [line for line in lines if new.TODO in line]
    assert len(left) >= 10
    assert all(line.startswith("#") for line in left), "only text is left to write"
    assert not [path for path in lesson.rglob("answers/**/*.py") if new.TODO in path.read_text()]


@pytest.mark.parametrize(
    ("name", "what", "cure"),
    [
        ("batch_norm", "is not a name for a lesson", "14_transformers"),
        ("14", "is not a name for a lesson", "two digits, an underscore and a topic"),
        ("14_Batch", "is not a name for a lesson", "in lower case"),
        ("14_../x", "is not a name for a lesson", "two digits"),
        ("01_sums", "already exists", "Choose a different name"),
        ("01_products", "01_sums already uses '01'", "a number and a topic that no lesson has"),
        ("14_sums", "01_sums already uses 'sums'", "a number and a topic that no lesson has"),
    ],
)
def test_a_name_that_cannot_be_used_is_refused_with_a_cure(sums: Path, name: str, what: str, cure: str):
    before = sorted(paths.MODULES.rglob("*"))
    with pytest.raises(UserError, match=what) as refusal:
        new.create(name)
    assert cure in refusal.value.cure
    assert sorted(paths.MODULES.rglob("*")) == before


def test_the_command_says_what_comes_next(sums: Path, capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["grader", "new", NAME])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    shown = capsys.readouterr().out
    assert not stop.value.code
    for piece in (f"{NAME}/lab.py", "16 answers", "grader build 14", "grader audit 14", "course/authoring.md"):
        assert piece in shown


def test_the_files_are_formatted_as_ours_are(lesson: Path):
    config = str(REPOSITORY / "pyproject.toml")
    for command_ in (["check"], ["format", "--check"]):
        line = [sys.executable, "-m", "ruff", *command_, "--config", config, "--no-cache", str(lesson)]
        done = subprocess.run(line, cwd=paths.ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_an_installed_copy_has_the_template():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    (pattern,) = [p for p in project["tool"]["setuptools"]["package-data"]["grader"] if p.startswith("lessons/")]
    package = REPOSITORY / "grader"
    assert set(package.glob(pattern)) == {path for path in new.TEMPLATE.rglob("*") if path.is_file()}
