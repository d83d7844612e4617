"""The audit: what it counts as an error of the checks, what the bank must look like, jobs that die or never end."""

import json
import os
import time

import pytest

from grader import paths
from grader.audit import bank, warm
from grader.audit.bank import Answer, Merit
from grader.audit.trial import Part, Run, Trial
from grader.build import read_lesson
from grader.demo import make_class
from grader.errors import UserError


def trial(deserves: Merit, *statuses_by_seed: list[str], died: str = "") -> Trial:
    answer = Answer("heads", "x", deserves, "", "x.py", "says")
    runs = tuple(
        Run(seed, tuple(Part(f"p{i}", 1, status) for i, status in enumerate(statuses)), 1.0)
        for seed, statuses in enumerate(statuses_by_seed)
    )
    return Trial(answer, runs, died)


def test_a_right_answer_must_get_full_marks_with_every_seed():
    assert not trial(Merit.RIGHT, ["passed", "passed"], ["passed", "passed"]).false_reject
    assert trial(Merit.RIGHT, ["passed", "passed"], ["passed", "wrong"]).false_reject
    assert trial(Merit.RIGHT, died="its process ended early").false_reject


def test_a_wrong_answer_must_lose_points_with_every_seed():
    assert not trial(Merit.WRONG, ["passed", "wrong"], ["crashed", "passed"]).false_accept
    assert trial(Merit.WRONG, ["passed", "wrong"], ["passed", "passed"]).false_accept


def test_seeds_that_disagree_are_flaky_and_our_faults_are_counted():
    assert trial(Merit.WRONG, ["wrong"], ["crashed"]).flaky
    assert not trial(Merit.WRONG, ["wrong"], ["wrong"]).flaky
    assert trial(Merit.WRONG, ["grader fault"]).fault


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


def test_the_bank_has_enough_of_both_and_each_says_what_it_shows(lesson):
    for exercise in bank.exercises(lesson):
        answers = bank.answers(lesson, exercise)
        for kind in Merit:
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
