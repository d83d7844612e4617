"""Submissions that want more than they have earned: each gains nothing, touches nothing, and stops nobody else.

GRADER_ATTACKS=all takes those that are slow as well.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path

import nbformat
import pytest
from rich.console import Console

from grader import check
from grader.grade import outcome as outcomes
from grader.grade.command import Options, grade_lab
from grader.grade.gradebook import Course
from grader.grade.lab import Lab, load_lab
from grader.grade.outcome import Outcome
from grader.grade.run import RunLimits
from grader.report.command import feedback_lab
from grader.verdict import Status
from tests import attacking
from tests.attacking import FOLDER, LESSON, MARK, Attack, Canaries
from tests.submissions.graded import grades

ALL = attacking.attacks()
ATTACKS = {attack.name: attack for attack in ALL if not attack.slow or os.environ.get("GRADER_ATTACKS") == "all"}

GROUPS = sorted({attack.group for attack in ATTACKS.values()})
STUDENTS = [pytest.param(name, who, id=f"{name}-{who}") for name, a in ATTACKS.items() for who in a.students]
FIRST, LAST = "aa_honest", "zz_honest"
"""Two who have found every answer: graded before and after all others."""
SEED = 1_357_924_680
SECONDS = {"plain": 3, "keras": 15}
BOUNDS = {"grace_seconds": 2, "output": 200_000, "memory": 2 << 30, "disk": 64 << 20, "processes": 16}
"""Tighter than usual, so that an attack runs into them within seconds."""
WORKERS = 2
LARGEST_NOTEBOOK = 10_000_000
"""Bytes of an executed notebook: however much a submission prints."""

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="what becomes of attacks is looked up in Linux's /proc"
)


@dataclass(frozen=True)
class Battle:
    """A class of attackers that has been graded: what came of each, and what was seen of the world outside."""

    lab: Lab
    course: Course
    code: int
    said: str
    found: dict[str, Outcome]
    canaries: Canaries
    after: dict[str, str]
    visitors: int
    left: list[str]
    environment: set[str]


@cache
def lab_of(lesson: str) -> Lab:
    return replace(load_lab(LESSON[lesson]), timeout=SECONDS[lesson])


def fight(group: list[Attack], stack: ExitStack) -> Battle:
    """Have the attacks of a group graded as one class, between two honest submissions."""
    lesson = group[0].lesson
    lab = lab_of(lesson)
    canaries = stack.enter_context(Canaries(lesson))
    patch = stack.enter_context(pytest.MonkeyPatch.context())
    patch.setenv("GRADER_CANARY", canaries.token)
    patch.setattr(RunLimits.__init__, "__defaults__", tuple(BOUNDS.get(f.name, f.default) for f in fields(RunLimits)))
    source = canaries.root / "handed_in"
    people = [Attack(f"honest/{name}", canaries.token, lesson) for name in (FIRST, LAST)]
    for attack in [*people, *group]:
        attacking.hand_in(attack, source, canaries.targets(FIRST))
    _sign(source / FIRST / lab.name / f"{lab.name}.ipynb", canaries.token)
    environment = dict(os.environ)
    with (canaries.root / "said").open("w+") as file:
        mask = os.umask(0)  # the class's own files, too, are to be kept by the sandbox alone
        try:
            console = Console(file=file, width=150)
            code = grade_lab(lab, source, canaries.course, None, None, SEED, None, console, Options(workers=WORKERS))
        finally:
            os.umask(mask)
        file.seek(0)
        said = file.read()
    course = Course.open(canaries.course, None)
    written = course.outcome("*", lab.name).parent.glob("*.json")
    found = {path.stem: outcomes.read(path) for path in written}
    left = attacking.all_gone()
    changed = {name for name, _ in environment.items() ^ os.environ.items()}
    return Battle(lab, course, code, said, found, canaries, canaries.state(), canaries.visitors(), left, changed)


def _sign(path: Path, token: str) -> None:
    """Leave the neighbour's mark in what they handed in."""
    notebook = json.loads(path.read_text())
    notebook["cells"].append({"cell_type": "markdown", "id": "signature", "metadata": {}, "source": token})
    path.write_text(json.dumps(notebook))


@pytest.fixture(scope="module")
def battles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Battle]]:
    """Each group's battle, fought when it is first asked for."""
    fought: dict[str, Battle] = {}
    with ExitStack() as stack:

        class Battles(dict):
            def __missing__(self, name: str) -> Battle:
                group = [attack for attack in ATTACKS.values() if attack.group == name]
                fought[name] = self[name] = fight(group, stack)
                return fought[name]

        yield Battles()


# ---- the files


def test_there_are_enough_attacks_and_each_says_what_it_tries():
    assert len(ALL) >= 60
    for attack in ALL:
        assert len(attack.story.split()) >= 8, attack.name
    names = Counter(name for attack in ALL for name in attack.students)
    assert max(names.values()) == 1


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_names_what_there_is(name):
    attack = ATTACKS[name]
    tasks = {task.id: task for task in lab_of(attack.lesson).tasks}
    assert {*attack.cells, *attack.earns, *attack.status} <= set(tasks), name
    assert {attack.lesson} == {a.lesson for a in ATTACKS.values() if a.group == attack.group}
    for low, high in (attack.bounds(task.id, task.points) for task in tasks.values()):
        assert 0 <= low <= high
    for status in attack.status.values():
        assert {status} if isinstance(status, str) else set(status) <= set(Status)
    if not attack.edit:
        assert json.loads(attacking.content(attack))["cells"]


def test_reading_an_attack_runs_nothing(tmp_path):
    (tmp_path / "group").mkdir()
    bad = tmp_path / "group" / "bad.py"
    for source in ('"""Runs."""\nprint()\n', '"""Runs."""\nfor x in (): pass\n', '"""Is odd."""\nCELL = {}\n'):
        bad.write_text(source)
        with pytest.raises(ValueError):
            attacking.read(bad)
    for path in FOLDER.glob("*/*.py"):
        tree = ast.parse(path.read_text())
        assigned = [node.value for node in tree.body if isinstance(node, ast.Assign)]
        calls = [node for value in assigned for node in ast.walk(value) if isinstance(node, ast.Call)]
        assert all(ast.unparse(call.func) in ("dict.fromkeys", "bytes") or _on_text(call) for call in calls), path.name


def _on_text(call: ast.Call) -> bool:
    """A method of a literal: `"…".encode()`."""
    return isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Constant | ast.BinOp)


# ---- what comes of them


@pytest.mark.parametrize(("name", "student"), STUDENTS)
def test_it_gains_nothing(battles, name, student):
    attack, battle = ATTACKS[name], battles[ATTACKS[name].group]
    result = battle.found[student]
    assert result.status == attack.outcome, (result.status, result.fault)
    assert not result.has_fault, [part.fault for task in result.tasks for part in task.parts if part.fault]
    for task in result.tasks:
        low, high = attack.bounds(task.id, 0 if task.id == "words" else task.max)
        assert low <= task.points <= high, (task.id, task.points, str(task.status), seen(task))
        if expected := attack.status.get(task.id):
            possible = (expected,) if isinstance(expected, str) else expected
            assert str(task.status) in possible, (task.id, str(task.status), seen(task))
    said = "\n".join(attacking.words(result.model_dump(mode="json")))
    for text in attack.says:
        assert text in said
    assert grades(battle.course, battle.lab.name, student).score == result.score


def seen(task) -> list[str]:
    """What a failing test prints of a task."""
    return [task.problem, *(o.seen for v in task.verdicts for o in v.observations if not o.ok)]


@pytest.mark.parametrize(("name", "student"), STUDENTS)
def test_it_learns_nothing(battles, name, student):
    battle = battles[ATTACKS[name].group]
    path = battle.course.autograded(student, battle.lab.name)
    notebook = nbformat.read(path, as_version=4) if path.exists() else None
    result = battle.found[student]
    assert not path.exists() or path.stat().st_size < LARGEST_NOTEBOOK
    printed = attacking.outputs(notebook)
    shown = printed + "\n".join(text for task in result.tasks for text in attacking.words(task_text(task)))
    assert not [word for word in ATTACKS[name].never if word in printed]
    assert battle.canaries.token not in shown
    assert MARK not in shown and "BEGIN HIDDEN TESTS" not in shown
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADER_SEED", str(SEED))
        for number in (SEED, check.seed("clue")):
            assert str(number) not in shown


def task_text(task) -> dict:
    """What a student gets to read of a task."""
    text = task.model_dump(mode="json")
    for part in text["parts"]:
        part["fault"] = ""
    return text


@pytest.mark.parametrize("group", GROUPS)
def test_the_honest_ones_beside_it_get_all_their_points(battles, group):
    battle = battles[group]
    for student in (FIRST, LAST):
        result = battle.found[student]
        wrong = {task.id: (str(task.status), seen(task)) for task in result.tasks if task.status != Status.PASSED}
        wrong.pop("words", None)
        assert not wrong, student
        assert grades(battle.course, battle.lab.name, student).score == result.score


@pytest.mark.parametrize("group", GROUPS)
def test_nobody_is_left_out_and_nothing_stops(battles, group):
    battle = battles[group]
    students = {student for attack in ATTACKS.values() if attack.group == group for student in attack.students}
    assert set(battle.found) == students | {FIRST, LAST}
    assert battle.code == 0, battle.said
    with battle.course.gradebook() as gradebook:
        known = {s.student_id for s in gradebook.assignment_submissions(battle.lab.name)}
    assert known == set(battle.found)


@pytest.mark.parametrize("group", GROUPS)
def test_nothing_outside_was_touched(battles, group):
    battle = battles[group]
    assert battle.after == battle.canaries.before
    assert battle.visitors == 0
    assert not [name for name in battle.environment if name != "PATH" and not name.startswith("GRADER_")]
    for student, result in battle.found.items():
        assert outcomes.read(battle.course.outcome(student, battle.lab.name)) == result
    signed = battle.course.submission(FIRST, battle.lab.name) / f"{battle.lab.name}.ipynb"
    assert battle.canaries.token in signed.read_text()


@pytest.mark.parametrize("group", GROUPS)
def test_no_process_of_theirs_is_left(battles, group):
    assert not battles[group].left


@pytest.mark.parametrize("group", GROUPS)
def test_feedback_is_written_for_all_and_harms_nobody(battles, group):
    battle = battles[group]
    pages = feedback_lab(battle.lab, battle.course.root)
    assert len(pages) == len(battle.found)
    for path in pages:
        page = path.read_text(encoding="utf-8")
        assert MARK not in page
        assert battle.canaries.token not in page or FIRST in str(path)
        assert not attacking.active(page), path
        assert path.stat().st_size < 20_000_000
    shutil.rmtree(battle.course.root / "feedback", ignore_errors=True)


# ---- names


def test_names_that_mean_something_elsewhere(tmp_path):
    """Names that are SQL, a shell's, a pattern, markup, a path, or too long: each is graded under a safe one."""
    name = LESSON["plain"].name
    odd = [
        "Robert'); DROP TABLE grade;--",
        "$(touch owned)",
        "*",
        "{student_id}",
        "<b>Ada",
        "-rf",
        "%s%n",
        "名前",
        "é" * 80,
    ]
    source = tmp_path / "in"
    for student in odd:
        (source / student).mkdir(parents=True)
        (source / student / f"{name}.ipynb").write_text(json.dumps(attacking.honest("plain")))
    with (tmp_path / "said").open("w") as file:
        console = Console(file=file, width=150)
        code = grade_lab(
            lab_of("plain"), source, tmp_path / "course", None, None, SEED, None, console, Options(workers=WORKERS)
        )
    assert code == 0
    course = Course.open(tmp_path / "course", None)
    written = sorted(course.outcome("*", name).parent.glob("*.json"))
    assert len(written) == len(odd)
    for path in written:
        result = outcomes.read(path)
        assert (result.score, grades(course, name, result.student).score) == (6, 6), result.student
    assert len(feedback_lab(lab_of("plain"), course.root)) == len(odd)
    assert not Path("owned").exists()
