"""A test run: its phases side by side, what it says when one fails, which tests concern one lab."""

import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console

from grader import testing
from grader.testing import Phase
from tests import plan


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


@pytest.fixture
def run(monkeypatch):
    """Runs these phases: (exit code, what was shown)."""

    def run(*phases: Phase, workers: int = 2):
        monkeypatch.setattr(testing, "phases", lambda *_: list(phases))
        file = io.StringIO()
        code = testing.run([], workers, 0, False, Console(file=file, width=100))
        return code, file.getvalue()

    return run


def test_phases_run_side_by_side_as_far_as_there_are_cores(run, tmp_path):
    meet = "import time, pathlib as p; p.Path('{0}/{1}').touch()\nfor _ in range(200):\n"
    meet += "    if p.Path('{0}/{2}').exists(): break\n    time.sleep(0.05)\nelse: raise SystemExit(3)"
    pair = [Phase(name, python(meet.format(tmp_path, name, other))) for name, other in ("ab", "ba")]
    alone = Phase("alone", python(f"import os; raise SystemExit(set(os.listdir('{tmp_path}')) != {{'a', 'b'}})"), 2)
    code, shown = run(*pair, alone)
    assert code == 0 and shown.count("ok") >= 3 and "Where the time went" in shown
    assert all(phase.seconds > 0 for phase in (*pair, alone))


def test_after_a_failure_nothing_begins_and_the_run_fails(run):
    code, shown = run(Phase("bad", python("raise SystemExit(1)"), 2), Phase("next", python(""), 2))
    assert code == 1 and "failed" in shown and "not run" in shown


def test_what_runs_for_all_labs_and_for_one(tmp_path):
    every = {phase.name: list(phase.command) for phase in testing.phases([], 4, 17, False, tmp_path)}
    for name in ("validate", "audit"):
        assert every[name].count("--changed") == 1 and "17" in every[name]
    one = {phase.name: list(phase.command) for phase in testing.phases(["06_functional"], 4, 17, False, tmp_path)}
    assert all("06_functional" in one[name] for name in ("build --check", "validate", "audit"))
    assert "--changed" not in one["audit"] and "--lab=06_functional" in one["pytest"]
    all_anew = {phase.name: list(phase.command) for phase in testing.phases([], 4, 17, True, tmp_path)}
    assert "--changed" not in all_anew["audit"]


def test_the_slowest_files_are_shown(tmp_path):
    cases = "".join(f'<testcase file="tests/test_{n}.py" time="{n}"/>' for n in (1, 2, 2, 3))
    (tmp_path / "x.xml").write_text(f"<testsuites><testsuite>{cases}</testsuite></testsuites>")
    console = Console(file=io.StringIO(), width=80)
    console.print(testing._slowest(tmp_path / "x.xml"))
    lines = [line.split() for line in console.file.getvalue().splitlines() if "tests/" in line]
    assert lines == [["tests/test_2.py", "2", "4"], ["tests/test_3.py", "1", "3"], ["tests/test_1.py", "1", "1"]]


def item(file: str, **parameters):
    spec = {"callspec": SimpleNamespace(params=parameters)} if parameters else {}
    return SimpleNamespace(path=plan.TESTS / file, **spec)


def test_which_tests_concern_a_lab():
    assert plan.concerns(item("browser/test_functional.py"), "06_functional")
    assert not plan.concerns(item("browser/test_functional.py"), "01_lifecycle")
    assert plan.concerns(item("check/test_numbers.py", lab=Path("modules/06_functional")), "06_functional")
    assert not plan.concerns(item("browser/test_functional.py", name="01_lifecycle"), "06_functional")
    assert not plan.concerns(item("check/test_numbers.py"), "06_functional")


def test_files_that_take_long_begin_first():
    assert plan.rank("test_attacks.py") < plan.rank("grade/test_grade.py") < plan.rank("check/test_numbers.py")
    for start in plan.FIRST:
        assert (plan.TESTS / start).exists()
