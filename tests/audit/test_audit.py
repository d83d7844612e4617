"""The audit: what it counts as an error of the checks, what it finds in a lesson where errors are planted, its page."""

import importlib
import json
import os
import shutil
import time

import pytest

from grader import fingerprint, paths
from grader.audit import bank, command, publish, warm
from grader.audit.bank import Answer, Label
from grader.audit.command import Options
from grader.audit.mutants import LISTED
from grader.audit.trial import Part, Run, Trial, halves
from grader.demo import make_class
from grader.errors import UserError
from grader.lessons import read_lesson


def trial(deserves: Label, *statuses_by_seed: list[str], died: str = "") -> Trial:
    answer = Answer("heads", "x", deserves, "", "x.py", "says")
    runs = tuple(
        Run(seed, tuple(Part(f"p{i}", 1, status) for i, status in enumerate(statuses)), 1.0)
        for seed, statuses in enumerate(statuses_by_seed)
    )
    return Trial(answer, runs, died)


def test_a_right_answer_must_get_full_marks_with_every_seed():
    assert not trial(Label.RIGHT, ["passed", "passed"], ["passed", "passed"]).false_reject
    assert trial(Label.RIGHT, ["passed", "passed"], ["passed", "wrong"]).false_reject
    assert trial(Label.RIGHT, died="its process ended early").false_reject


def test_a_wrong_answer_must_lose_points_with_every_seed():
    assert not trial(Label.WRONG, ["passed", "wrong"], ["crashed", "passed"]).false_accept
    assert trial(Label.WRONG, ["passed", "wrong"], ["passed", "passed"]).false_accept


def test_seeds_that_disagree_are_flaky_and_our_faults_are_counted():
    assert trial(Label.WRONG, ["wrong"], ["crashed"]).flaky
    assert not trial(Label.WRONG, ["wrong"], ["wrong"]).flaky
    assert trial(Label.WRONG, ["grader fault"]).fault


def work(job: str):
    if job == "raise":
        raise ValueError("no")
    if job == "die":
        os._exit(3)
    if job == "sleep":
        time.sleep(60)
    return job.upper()


def test_jobs_end_apart_from_one_another():
    jobs = ["a", "raise", "die", "sleep", "b"]
    found = {job: (result, why) for job, result, why in warm.run_jobs(jobs, work, workers=2, limit=2)}
    assert found["a"] == ("A", "") and found["b"] == ("B", "")
    assert "ValueError: no" in found["raise"][1]
    assert found["die"] == (None, "its process ended early")
    assert found["sleep"] == (None, "took more than 2 s")


@pytest.fixture(scope="module")
def lesson():
    return read_lesson(paths.find_lesson("01"))


@pytest.mark.parametrize("lab", paths.lessons(), ids=lambda folder: folder.name)
def test_the_bank_has_enough_of_both_and_each_says_what_it_shows(lab):
    lesson = read_lesson(lab)
    for exercise in bank.exercises(lesson):
        answers = bank.answers(lesson, exercise)
        for kind in Label:
            assert sum(answer.deserves is kind for answer in answers) >= 9, f"{exercise.id}: {kind}"
        assert all(answer.says for answer in answers)
        assert len({answer.source for answer in answers}) == len(answers), f"{exercise.id} holds an answer twice"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("maybe_this", '"""Says."""\n', "neither a right nor a wrong"),
        ("right_broken", "def f(:\n", ":1:"),
        ("right_silent", "x = 1\n", "doesn't say what it shows"),
    ],
)
def test_a_bank_that_cannot_be_used_is_refused(tmp_path, sums, name, text, message):
    lesson = read_lesson(sums)
    exercise = bank.exercises(lesson)[0]
    folder = sums / "answers" / exercise.id
    folder.mkdir(parents=True)
    (folder / f"{name}.py").write_text(text)
    with pytest.raises(UserError, match=message):
        bank.answers(lesson, exercise)


def test_an_unknown_exercise_is_named_with_those_there_are(lesson):
    with pytest.raises(UserError, match="heads"):
        bank.exercises(lesson, "no_such")


def test_a_cell_is_cut_into_halves_that_keep_their_lines():
    cell = "a = 1\n### BEGIN HIDDEN TESTS\nassert a\n### END HIDDEN TESTS\nb = 2"
    assert halves(cell) == ("a = 1\n\n\n\nb = 2", "\n\nassert a\n\n")
    assert halves("a = 1") == ("a = 1", "")
    inside = "for a in 1, 2:\n    a\n    ### BEGIN HIDDEN TESTS\n    assert a\n    ### END HIDDEN TESTS"
    assert halves(inside)[1] == inside  # no Python without what stands above


# A lesson in which every mistake of a check is planted. No Keras, so that it is quick.
LESSON = """\
# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# lesson:
#   title: Doubles
#   minutes: 5
# ---

# %% [markdown]
# # Doubles

# %%
from grader import check, student

# %% exercise="double"
def double(x):
    ### BEGIN SOLUTION
    {solution}
    ### END SOLUTION


# %% test="double" points=1
{double}

# %% [markdown] hint="double"
# Twice.

# %% [markdown] hint="double"
# Times two.

# %% exercise="half"
def half(x):
    ### BEGIN SOLUTION
    return x / 2
    ### END SOLUTION


# %% test="half" points=1
with check.task("Half") as task:
    halves = [task.run(student.half, 6), task.run(student.half, 5)]
    task.expect([check.Observation("values", halves == [3, 2.5], "numbers")])

# %% [markdown] hint="half"
# A division.

# %% [markdown] hint="half"
# By two.
"""


def task(*arguments: str, title: str = "Doubles", call: str = "student.double", about: str = "value") -> str:
    """A check that compares the function with 2x for these arguments."""
    lines = [f'with check.task("{title}") as task:']
    for x in arguments:
        lines.append(f"    x = {x}")
        lines.append(f'    task.expect([check.Observation("{about}", task.run({call}, x) == 2 * x, "a number")])')
    return "\n".join(lines)


def hidden(text: str) -> str:
    return f"### BEGIN HIDDEN TESTS\n{text}\n### END HIDDEN TESTS"


HONEST = task("3") + "\n" + hidden(task("5", "int(check.rng().integers(6, 99))", title="Others"))
DRAWN = 'int(check.rng("x").integers(0, 1000))'
ONLY = 'def double(x):\n    return 2 * x if {} else "no"\n'


@pytest.fixture
def audited(sums, tmp_path, monkeypatch, capsys, forked):
    """Audits the lesson with these tests of `double` and these answers: (exit code, what was printed, the data)."""
    monkeypatch.setattr(warm, "warm_up", lambda: importlib.import_module("grader.check"))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    folder = sums.parent / "02_doubles"
    folder.mkdir()

    def run(tests: str = HONEST, seeds: int = 1, publishing: bool = False, listed: str = "", **more):
        solution = more.pop("solution", "return 2 * x")
        known = ("mutants", "share", "offset", "only", "quick", "changed", "sample", "draw")
        options = {key: more.pop(key) for key in known if key in more}
        (folder / "lab.py").write_text(LESSON.format(double=tests, solution=solution))
        (folder / LISTED).write_text(listed)
        for name, source in more.items():
            answer = folder / "answers" / "double" / f"{name}.py"
            answer.parent.mkdir(parents=True, exist_ok=True)
            answer.write_text(f'"""{name} says."""\n{source}')
        report = tmp_path / "report.json"
        code = command.audit([folder], Options(seeds, workers=2, **options), report, publishing)
        (data,) = json.loads(report.read_text())
        return code, capsys.readouterr().out, data

    run.folder = folder
    return run


def rates(data: dict, exercise: str = "double") -> dict:
    return next(row for row in data["rates"] if row["exercise"] == exercise)


def test_honest_tests_have_nothing_to_answer_for(audited):
    code, out, data = audited(
        seeds=2,
        right_sum="def double(x):\n    return x + x\n",
        wrong_square="def double(x):\n    return x * x\n",
        wrong_for_large="def double(x):\n    return min(2 * x, 8)\n",
    )
    assert code == 0, out
    assert max(map(len, out.splitlines())) <= 80
    double = rates(data)
    assert (double["right"], double["wrong"], double["false_rejects"], double["false_accepts"]) == (2, 3, 0, 0)
    assert (rates(data, "all")["right"], rates(data, "all")["wrong"]) == (3, 4)
    assert double["mutants"] == double["killed"] > 3
    assert data["hidden_never_deciding"] == data["caught_by_visible_alone"] == data["vacuous"] == []


def test_a_false_accept_and_a_false_reject_are_told_with_what_the_check_said(audited):
    code, out, data = audited(
        task("2"),
        mutants=False,
        right_elsewhere=ONLY.format("x != 2"),
        wrong_square="def double(x):\n    return x * x\n",
    )
    assert code == 1
    assert rates(data)["false_accepts"] == rates(data)["false_rejects"] == 1
    assert "false accept double/wrong_square: wrong_square says." in out
    assert "seed 0 double: wrong  Doubles · value: a number" in out


def test_a_false_accept_that_loses_points_elsewhere_is_told_where(audited):
    spoils = "def double(x):\n    return 2 * x\n\n\ndef half(x):\n    return x\n"
    kept = "def double(x):\n    return x * 2 if x < 100 else x\n"
    code, out, data = audited(mutants=False, wrong_spoils_half=spoils, wrong_for_hundreds=kept)
    found = {answer["answer"]: answer["loses_only_through"] for answer in data["answers"]}
    assert code == 1
    assert rates(data)["false_accepts"] == 2
    assert found["wrong_spoils_half"] == ["half"] and found["wrong_for_hundreds"] == []
    assert out.count("loses points only through half") == 1


def test_an_answer_whose_verdict_depends_on_the_seed_is_flaky(audited):
    code, _, data = audited(task(DRAWN), seeds=6, mutants=False, wrong_for_odd=ONLY.format("x % 2 == 0"))
    assert code == 1
    assert rates(data)["flaky"] == 1


def test_a_part_that_passes_on_the_stub_is_vacuous(audited):
    nothing = 'with check.task("Nothing") as task:\n    task.expect([check.Observation("weather", True, "fine")])'
    code, out, data = audited(nothing, mutants=False)
    assert code == 1 and data["vacuous"] == ["double"]
    assert "passes on the stub, so it tests nothing: double" in out
    code, _, data = audited(task("3") + "\n" + hidden(nothing), mutants=False)
    assert code == 1 and data["vacuous"] == ["double (hidden)"]


def test_a_hidden_half_that_decides_nothing_is_told_and_is_no_error(audited):
    tests = task("3", "5", "70") + "\n" + hidden(task("3", title="Again"))
    code, out, data = audited(tests, wrong_square="def double(x):\n    return x * x\n")
    assert code == 0
    assert data["hidden_never_deciding"] == ["double"]
    assert "hidden test that never decides: double" in out


def test_a_mutant_can_be_what_a_hidden_half_decides(audited):
    tests = task("0") + "\n" + hidden(task("3", title="Again"))
    assert audited(tests, mutants=False)[2]["hidden_never_deciding"] == ["double"]
    assert audited(tests)[2]["hidden_never_deciding"] == []


def test_an_answer_fitted_to_the_visible_test_must_lose_with_every_seed(audited):
    visible = 'with check.task("Three") as task:\n    found = task.run(student.double, 3)\n'
    visible += '    task.expect([check.Observation("value", found == 6, "a number")])\n'
    always_three = "argument fixed: double(x) → 3"
    for asks, killed in (("7", True), ("3", False), ('3 + check.rng("x").integers(0, 2)', False)):
        code, _, data = audited(visible + hidden(task(asks, title="Another")), seeds=6)
        results = {mutant["mutant"]: mutant["killed"] for mutant in data["mutants"]}
        assert results[always_three] is killed and code == (0 if killed else 1), asks


def test_what_only_a_loop_passes_can_be_fixed_too(audited):
    """An oracle that passes a number of its own is no other."""
    visible = 'with check.task("Three") as task:\n    for x in (3, 3):\n'
    visible += '        task.expect([check.Observation("value", task.run(student.double, x) == 6, "a number")])\n'
    _, _, data = audited(visible + hidden(task("3", title="Again")), seeds=2)
    assert {m["mutant"]: m["killed"] for m in data["mutants"]}["argument fixed: double(x) → 3"] is False
    _, _, data = audited(visible.replace("(3, 3)", "(3, 3.0)") + hidden(task("3", title="Again")), seeds=2)
    assert not any(mutant["mutant"].startswith("argument fixed") for mutant in data["mutants"])


def test_a_value_drawn_for_the_visible_test_is_none_to_fit_to(audited):
    _, _, data = audited(task(DRAWN) + "\n" + hidden(task("5", title="Five")))
    assert not any(mutant["mutant"].startswith("argument fixed") for mutant in data["mutants"])


def test_what_only_a_visible_test_catches_is_told_and_is_no_error(audited):
    code, out, data = audited(wrong_for_three=ONLY.format("x != 3"), wrong_for_all=ONLY.format("False"))
    assert code == 0
    assert data["caught_by_visible_alone"] == [["double", "wrong_for_three"]]
    assert "caught by a visible test and by no hidden one: double/wrong_for_three" in out


def test_the_hidden_half_runs_after_a_failure_with_the_first_seed_alone(audited):
    _, _, data = audited(seeds=2, mutants=False, wrong_square="def double(x):\n    return x * x\n")
    first, second = next(a for a in data["answers"] if a["answer"] == "wrong_square")["runs"]
    assert (first["parts"][0]["visible"], first["parts"][0]["hidden"]) == ("wrong", "wrong")
    assert (second["parts"][0]["visible"], second["parts"][0]["hidden"]) == ("wrong", "")


def test_a_quick_audit_runs_a_wrong_answer_until_it_has_lost(audited):
    _, _, data = audited(quick=True, mutants=False, wrong_square="def double(x):\n    return x * x\n")
    answers = [answer for answer in data["answers"] if answer["exercise"] == "double"]
    runs = {answer["answer"]: answer["runs"][0]["parts"] for answer in answers}
    assert (runs["wrong_square"][0]["visible"], runs["wrong_square"][0]["hidden"]) == ("wrong", "")
    assert runs["stub"][0]["hidden"] not in ("", "passed") and runs["solution"][0]["hidden"] == "passed"


def test_a_hidden_half_that_needs_what_the_visible_one_no_longer_made_is_no_fault(audited):
    tests = (
        'with check.task("One") as task:\n    value = task.run(student.double, 3)\n    shown = value + 1\n'
        '    task.expect([check.Observation("value", value == 6, "a number")])\n'
        + hidden('with check.task("Two") as task:\n    task.expect([check.Observation("v", shown == 7, "a number")])')
    )
    _, _, data = audited(tests, mutants=False, wrong_crash="def double(x):\n    return 1 / 0\n")
    found = next(a for a in data["answers"] if a["answer"] == "wrong_crash")["runs"][0]["parts"][0]
    assert (found["status"], found["hidden"]) == ("crashed", "")
    assert rates(data)["faults"] == 0


def test_survivors_are_shown_with_the_line_that_lists_them(audited):
    code, out, data = audited(task("1"))
    survivors = [mutant["mutant"] for mutant in data["mutants"] if not mutant["killed"]]
    assert code == 1 and "term dropped: return 2 * x → return 2" in survivors
    assert "'term dropped: return 2 * x → return 2' = \"…\"" in out
    assert "+    return 2" in out and "-    return 2 * x" in out
    assert "% of the mutants are killed, 95 % are asked for" in " ".join(out.split())
    lines = "\n".join(f"'{name}' = \"for 1 it is\"" for name in survivors)
    code, out, data = audited(task("1"), listed=f"[double]\n{lines}\n")
    assert code == 0, out
    assert rates(data)["equivalent"] == len(survivors) and rates(data)["mutants"] > len(survivors)


def test_a_mutant_that_loops_for_ever_is_killed(audited, monkeypatch):
    monkeypatch.setattr(command, "CPU_SECONDS_A_MUTANT", 1)
    _, _, data = audited(task("3"), solution="y = 0\n    while y != 2 * x:\n        y += 1\n    return y")
    found = {mutant["mutant"]: mutant for mutant in data["mutants"]}
    endless = found["statement dropped: y += 1 → pass"]
    assert endless["killed"] and endless["died"] in ("its process ended early", "took more than 4 s")


def test_a_listed_mutant_that_is_killed_or_gone_is_an_error_with_its_cure(audited):
    gone = "[double]\n'term dropped: return 3 * x → return 3' = \"gone\"\n"
    code, out, _ = audited(listed=gone)
    assert code == 1 and "no such mutant is made any more, delete or correct it" in " ".join(out.split())
    killed = "[double]\n'term dropped: return 2 * x → return 2' = \"is it?\"\n"
    code, out, _ = audited(listed=killed)
    assert code == 1 and "and yet killed, delete the line" in " ".join(out.split())


def test_a_fault_of_the_check_kills_no_mutant(audited):
    tests = task("3") + '\nassert student.double(4) == 8, "a bare assertion is no verdict"'
    code, out, data = audited(tests, wrong_after_three=ONLY.format("x == 3"))
    assert code == 1 and rates(data)["faults"] >= 1
    assert "grader fault double/wrong_after_three" in out


def test_a_share_of_the_bank_moves_with_the_offset(audited):
    answers = {f"wrong_{i}": f"def double(x):\n    return {i}\n" for i in range(20, 40)}
    names = []
    for offset in range(4):
        _, out, data = audited(share=0.25, offset=offset, **answers)
        names += [a["answer"] for a in data["answers"] if a["answer"] not in ("solution", "stub")]
        assert data["answers"][0]["runs"][0]["seed"] == offset
        assert "25% of the bank" in " ".join(out.split())
    assert sorted(names) == sorted(answers)


def test_a_share_holds_the_same_answers_wherever_the_checkout_lies(audited, tmp_path):
    audited(**{f"wrong_{i}": f"def double(x):\n    return {i}\n" for i in range(20, 40)})
    copied = shutil.copytree(audited.folder, tmp_path / "elsewhere" / audited.folder.name)
    options = Options(share=0.4, mutants=False)
    here, there = (command._jobs(read_lesson(f), (0,), options, {}) for f in (audited.folder, copied))
    names = [[job.answer.name for job in jobs] for jobs in (here, there)]
    assert names[0] == names[1] and 4 < len(names[0]) < 24


def test_one_exercise_alone(audited):
    _, _, data = audited(only="half")
    assert {answer["exercise"] for answer in data["answers"]} == {"half"}


@pytest.mark.parametrize(
    "part", [{"only": "half"}, {"share": 0.5}, {"mutants": False}, {"quick": True}, {"sample": 0.5}]
)
def test_a_part_of_an_audit_is_not_published(audited, part):
    with pytest.raises(UserError, match="not published"):
        audited(publishing=True, **part)


def test_the_page_is_the_same_for_the_same_findings_and_others_stay(audited, sums):
    (paths.ROOT / "course").mkdir(exist_ok=True)
    publish.data_path().write_text(json.dumps({"01_sums": ENTRY, "09_gone": ENTRY}))
    answers = {"wrong_square": "def double(x):\n    return x * x\n"}
    code, _, _ = audited(publishing=True, seeds=2, **answers)
    first = publish.page_path().read_text(), publish.data_path().read_text()
    assert audited(publishing=True, seeds=2, **answers)[0] == code == 0
    assert (publish.page_path().read_text(), publish.data_path().read_text()) == first
    page, data = first
    assert list(json.loads(data)) == ["01_sums", "02_doubles"]
    assert "| double | 1 | 2 | 0 | 0 | 0 | 0 |" in page and "Each answer with 2 seeds." in page
    assert "## All labs" in page and page == publish.markdown(json.loads(data))


SQUARE = {"wrong_square": "def double(x):\n    return x * x\n"}


@pytest.fixture
def published(audited):
    """Audits as `audited` does, after a first one was published."""
    (paths.ROOT / "course").mkdir(exist_ok=True)
    assert audited(publishing=True, seeds=2, **SQUARE)[0] == 0
    return audited


def test_a_page_that_speaks_of_another_bank_is_found(published):
    lesson = read_lesson(published.folder)
    assert list(publish.out_of_date(lesson)) == []
    cure = "`grader audit 02 --changed --seeds 5 --publish`"
    changed = "02_doubles, double: changed since it was published: its answers, mutants, or the solutions that it"
    (published.folder / "answers" / "double" / "wrong_new.py").write_text('"""New."""\n')
    assert list(publish.out_of_date(lesson)) == [f"{changed} builds on: {cure}"]
    (published.folder / "answers" / "double" / "wrong_new.py").unlink()
    (published.folder / LISTED).write_text("[double]\n'a' = \"b\"\n")
    assert list(publish.out_of_date(lesson)) == [f"{changed} builds on: {cure}"]
    assert list(publish.out_of_date(read_lesson(paths.find_lesson("01")))) == [
        "01_sums is not on the page: `grader audit 01 --changed --seeds 5 --publish`"
    ]


def test_an_answer_that_is_edited_makes_the_page_out_of_date_and_a_comment_does_not(published):
    lesson = read_lesson(published.folder)
    path = published.folder / "answers" / "double" / "wrong_square.py"
    path.write_text(path.read_text().replace('says."""', 'speaks."""').replace("x * x", "x * x  # not 2 * x"))
    assert list(publish.out_of_date(lesson)) == []
    path.write_text(path.read_text().replace("x * x", "x**2"))
    assert "double: changed" in next(publish.out_of_date(lesson))


def test_an_exercise_that_was_published_with_errors_is_not_left_alone(published):
    page = publish.read()
    page["02_doubles"]["rates"][0]["false_accepts"] = 1
    publish.save(page)
    assert "published with errors" in next(publish.out_of_date(read_lesson(published.folder)))


def test_only_what_changed_is_audited(published):
    code, out, data = published(changed=True)
    assert (code, data["answers"], data["mutants"]) == (0, [], []) and "No exercises changed" in out
    code, out, data = published(changed=True, wrong_zero="def double(x):\n    return 0\n")
    assert code == 0 and "02_doubles, double: changed since it was published" in " ".join(out.split())
    assert {answer["exercise"] for answer in data["answers"]} == {"double"} and data["mutants"]


def test_a_random_share_of_the_rest_is_audited_and_can_be_drawn_again(published):
    def drawn(**options) -> set[str]:
        _, out, data = published(changed=True, **options)
        assert not options or f"--draw {options['draw']}" in out
        return {f"{answer['exercise']}/{answer['answer']}" for answer in data["answers"]}

    assert drawn(sample=1.0, draw=3) == {
        "double/solution",
        "double/stub",
        "double/wrong_square",
        "half/solution",
        "half/stub",
    }
    some = [drawn(sample=0.5, draw=draw) for draw in range(6)]
    assert some == [drawn(sample=0.5, draw=draw) for draw in range(6)]
    assert len(set(map(frozenset, some))) > 1


def test_a_share_finds_what_the_fingerprints_do_not_see(published, monkeypatch):
    monkeypatch.setattr(fingerprint, "changes", lambda *_: [])
    code, _, data = published(task("0"), changed=True, mutants=False, sample=1.0, draw=1)
    assert code == 1 and rates(data)["false_accepts"] == 1


def test_what_changed_is_published_beside_the_rest(published):
    before = publish.read()["02_doubles"]
    published(changed=True, publishing=True, seeds=2, wrong_zero="def double(x):\n    return 0\n")
    now = publish.read()["02_doubles"]
    double, half = now["rates"]
    assert (double["wrong"], half) == (3, before["rates"][1])
    assert now["fingerprints"]["half"] == before["fingerprints"]["half"]
    assert list(publish.out_of_date(read_lesson(published.folder))) == []
    with pytest.raises(UserError, match="2 seeds, not of 3"):
        published(changed=True, publishing=True, seeds=3)


ENTRY = {
    "seeds": 5,
    "rates": [
        {"exercise": "mean", "right": 1, "wrong": 1, "false_rejects": 0, "false_accepts": 0, "flaky": 0, "faults": 0}
        | {"mutants": 10, "equivalent": 1, "killed": 9}
    ],
    "fitted": {"mean": 1},
    "equivalent": {"mean": {"arithmetic: a | b → a & b": "no difference"}},
}


def test_the_page_lists_equivalent_mutants_with_their_reasons():
    page = publish.markdown({"01_sums": ENTRY})
    assert "| mean | arithmetic: `a \\| b` → `a & b` | no difference |" in page
    assert "| mean | 1 | 1 | 0 | 0 | 0 | 0 | 10 | 1 | 9 | 100 % |" in page


@pytest.mark.skipif(not publish.page_path().exists(), reason="no rates are published yet: `grader audit --publish`")
@pytest.mark.parametrize("lab", paths.lessons(), ids=lambda folder: folder.name)
def test_the_published_rates_are_those_of_the_bank_as_it_is(lab):
    found = list(publish.out_of_date(read_lesson(lab)))
    assert not found, "\n".join(found)


def test_the_published_page_holds_the_published_numbers():
    assert publish.page_path().read_text() == publish.markdown(publish.read())


def test_the_demo_class_has_one_of_every_kind(lesson):
    submissions = {submission.student: submission for submission in make_class(lesson)}
    assert len(submissions) >= 8
    with pytest.raises(json.JSONDecodeError):
        json.loads(submissions["broken_file"].text)
    for name in set(submissions) - {"broken_file"}:
        cells = json.loads(submissions[name].text)["cells"]
        text = "".join("".join(cell["source"]) for cell in cells)
        assert "BEGIN HIDDEN" not in text and "BEGIN SOLUTION" not in text
    assert set(submissions["full_marks"].deserved.values()) == {"full"}
    assert submissions["full_marks"].text != submissions["full_marks_another_way"].text
