"""Calibration: what is estimated from few runs, what is kept of it, and when it no longer holds."""

import importlib
import json

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

from grader import cli, paths
from grader.audit import bank, trial, warm
from grader.audit.bank import Answer, Label
from grader.calibrate import collect, record, tails
from grader.calibrate.collect import Reading, Spot, read
from grader.errors import UserError
from grader.lessons import read_lesson
from grader.verdict import Measure

# Estimates


def shares(angles):
    """Shares as angles, arcsin √share, see grader.calibrate.tails."""
    return np.sin(np.clip(angles, 0, np.pi / 2)) ** 2


def solutions(values, threshold, at_least=True, lost=0):
    """What a reference solution with these values, and `lost` runs without one, says about a threshold."""
    runs = {"solution": len(values) + lost}
    return record.Evidence(threshold, at_least, runs, {"solution": dict(enumerate(map(float, values)))})


def estimate(*arguments, **options):
    """The pass rate, and the threshold recommended."""
    found = solutions(*arguments, **options)
    return found.pass_rate("solution"), found.recommended


def accuracies(n, seed):
    """Shares of 480 rows: mostly around 0.95, some seeds' data harder than others'."""
    rng = np.random.default_rng(seed)
    return rng.binomial(480, rng.beta(40, 2, n)) / 480


@pytest.mark.parametrize(("n", "often"), [(8, 0.6), (60, 0.9)])
def test_estimates_err_on_the_careful_side(n, often):
    truth = np.quantile(accuracies(200_000, 1), 0.001)
    found = []
    for seed in range(60):
        values = accuracies(n, seed)
        scale = tails.scale_of(values, 0.7, True)
        found.append(scale.back(tails.tail(values, scale).quantile(0.001)))
    assert np.mean(np.array(found) <= truth) >= often
    assert truth - np.median(found) < 0.2, "careful, yet of some use"


def test_more_runs_allow_a_stricter_threshold():
    few, many = (np.median([estimate(accuracies(n, seed), 0.7)[1] for seed in range(30)]) for n in (4, 60))
    assert few < many


def test_a_pass_rate_falls_with_the_threshold():
    rates = [estimate(accuracies(60, 1), threshold)[0] for threshold in (0.3, 0.7, 0.8, 0.9, 0.97)]
    assert rates == sorted(rates, reverse=True) and rates[0] > 0.999 and rates[-1] < 0.7


def test_a_tail_longer_on_the_side_that_matters_is_not_averaged_away():
    rng = np.random.default_rng(0)
    even = rng.normal(1.2, 0.05, 60)
    skewed = -rng.gamma(1, 1, 60)  # the same mean and standard deviation, the tail all below
    skewed = even.mean() + (skewed - skewed.mean()) / skewed.std() * even.std()
    assert estimate(shares(skewed), 0.6)[1] < estimate(shares(even), 0.6)[1]


def test_equal_values_do_not_prove_that_the_next_is_equal():
    rate, recommended = estimate([1.0] * 60, 0.8)
    assert rate >= tails.REQUIRED and 0.8 <= recommended < 1.0
    assert estimate([1.0] * 60, 1.0)[0] < tails.REQUIRED, "one row wrong would fail it"
    assert estimate([1.0] * 5, 0.8)[1] < recommended, "five prove less than sixty"
    assert np.isfinite(estimate([0.0] * 10, 0.1)[0])


def test_with_two_values_nothing_is_estimated():
    assert estimate([0.9, 0.95], 0.5) == (0.0, None)
    assert estimate([], 0.5, lost=3) == (0.0, None)


def test_no_estimate_is_better_than_what_was_seen():
    values = [*accuracies(59, 2), 0.55]
    rate, recommended = estimate(values, 0.7)
    assert rate <= 59 / 60 and recommended < 0.55
    assert estimate(accuracies(57, 2), 0.5, lost=3)[0] <= 57 / 60, "runs that came to no number"


def test_an_error_that_must_be_small_is_the_mirror_of_a_share_that_must_be_large():
    values = accuracies(60, 3)
    rate, recommended = estimate(values, 0.7)
    assert 0.9 < rate < 1 and recommended > 0
    mirrored, at_most = estimate(1 - values, 0.3, at_least=False)
    assert mirrored == pytest.approx(rate) and at_most == pytest.approx(1 - recommended)


def test_numbers_that_are_no_shares_get_a_scale_that_fits():
    rng = np.random.default_rng(4)
    losses = np.exp(rng.normal(3, 0.1, 60))
    assert tails.scale_of(losses, 40, False).kind == "logarithm"
    assert losses.max() < estimate(losses, 40, at_least=False)[1] < 2 * losses.max()
    gains = rng.normal(0, 1, 60)
    assert tails.scale_of(gains, -6, True).kind == "plain"
    assert estimate(gains, -8)[0] > 0.999 > estimate(gains, -2)[0]


@pytest.mark.parametrize("at_least", [True, False])
@pytest.mark.parametrize("kind", ["angle", "logarithm", "plain"])
def test_a_scale_leads_back(kind, at_least):
    scale = tails.Scale(kind, at_least)
    assert [scale.back(float(scale.up(x))) for x in (0.2, 0.7)] == pytest.approx([0.2, 0.7])
    better, worse = (0.7, 0.2) if at_least else (0.2, 0.7)
    assert scale.up(better) > scale.up(worse)


def test_the_bound_that_assumes_nothing():
    assert tails.at_least_share(60, 60) == pytest.approx(0.05 ** (1 / 60))
    assert tails.at_least_share(2995, 2995) >= 0.999 > tails.at_least_share(2994, 2994)
    assert tails.at_least_share(59, 60) == pytest.approx(0.9233, abs=5e-4)  # tables of Clopper and Pearson
    assert tails.at_least_share(0, 5) == tails.at_least_share(0, 0) == 0.0


def beside(own, reference, threshold=0.6):
    values = {"solution": dict(enumerate(reference)), "right_x": dict(enumerate(own))}
    return record.Evidence(threshold, True, {name: len(each) for name, each in values.items()}, values)


def test_an_answer_with_few_runs_is_judged_beside_the_reference():
    reference = accuracies(60, 5)
    twin = beside(reference[:8], reference)
    assert twin.limits["right_x"] == pytest.approx(twin.limits["solution"], abs=0.03)
    assert twin.reaches("right_x") and twin.worst == "right_x"
    worse = beside(reference[:8] - 0.05, reference)
    assert worse.recommended < twin.recommended - 0.03
    wilder = beside(0.9 + 2.0 * (reference[:8] - reference[:8].mean()), reference)
    assert wilder.limits["right_x"] < wilder.limits["solution"] - 0.1


def test_an_answer_with_many_runs_speaks_for_itself():
    reference = accuracies(60, 6)
    steady = beside(np.full(60, 0.9) + 0.01 * np.sin(np.arange(60)), reference)
    assert steady.limits["right_x"] == pytest.approx(
        solutions(list(steady.values["right_x"].values()), 0.6).limits["solution"], abs=0.05
    )
    assert steady.tails["right_x"].spread < steady.tails["solution"].spread


@pytest.mark.parametrize(
    ("value", "down", "expected"),
    [(0.7893, True, 0.78), (0.7893, False, 0.79), (0.29, True, 0.29), (0.0128, True, 0.012), (0, True, 0)]
    + [(35.271, False, 35.28), (-0.123, True, -0.13)],
)
def test_a_threshold_is_rounded_to_the_careful_side(value, down, expected):
    assert tails.rounded(value, down) == pytest.approx(expected)


# What is read off a run, and what is kept

SPOT = Spot("mean", "A check", "has learned")


def answer(name, merit=Label.RIGHT):
    return Answer("mean", name, merit, "", f"{name}.py", "says")


def readings(name, values, threshold=0.7, merit=Label.RIGHT):
    return [Reading(answer(name, merit), seed, {SPOT: Measure(v, threshold)}) for seed, v in enumerate(values)]


@pytest.fixture
def lesson(sums):
    folder = sums / "answers" / "mean"
    folder.mkdir(parents=True)
    for name in ("right_quick", "right_slow"):
        (folder / f"{name}.py").write_text('"""Says."""\n')
    return read_lesson(sums)


def exercise(lesson, name="mean"):
    return bank.exercises(lesson, name)[0]


def calibrated(lesson, threshold=0.7, centre=1.35):
    """Every exercise's record, with `mean` measuring something."""
    rng = np.random.default_rng(0)
    found = [
        *readings("solution", shares(rng.normal(centre, 0.05, 60)), threshold),
        *readings("right_quick", shares(rng.normal(centre + 0.05, 0.02, 8)), threshold),
        *readings("right_slow", shares(rng.normal(centre - 0.1, 0.02, 8)), threshold),
    ]
    return {
        "mean": record.exercise_record(lesson, exercise(lesson), found),
        "largest": record.exercise_record(lesson, exercise(lesson, "largest"), [Reading(answer("solution"), 0)]),
    }


def test_every_number_of_a_run_is_read():
    measures = (
        ("A", "has learned", Measure(0.9, 0.7)),
        ("A", "has learned", Measure(0.6, 0.7)),
        ("B", "error", Measure(2, 3, False)),
    )
    run = trial.Run(5, (trial.Part("fit", 3, "wrong", "has learned: 60 %", measures=measures),), 1.0)
    reading = read(answer("solution"), run)
    assert reading.seed == 5 and not reading.trouble
    assert reading.measured == {
        Spot("fit", "A", "has learned"): Measure(0.9, 0.7, True),
        Spot("fit", "A", "has learned (2)"): Measure(0.6, 0.7, True),
        Spot("fit", "B", "error"): Measure(2, 3, False),
    }


def test_points_lost_for_something_else_are_told():
    passed = ("A", "has learned", Measure(0.9, 0.7))
    run = trial.Run(0, (trial.Part("fit", 3, "wrong", "epochs: 2", measures=(passed,)),), 1.0)
    assert "epochs: 2" in read(answer("right_x"), run).trouble
    low = trial.Run(0, (trial.Part("fit", 3, "wrong", "low", measures=(("A", "x", Measure(0.2, 0.7)),)),), 1.0)
    assert not read(answer("right_x"), low).trouble


def test_a_record_tells_what_was_reached_and_what_it_allows(lesson):
    (measure,) = calibrated(lesson)["mean"]["measures"]
    assert measure["threshold"] == 0.7 and measure["scale"] == "angle"
    assert measure["reference"]["n"] == 60 and measure["reference"]["failed"] == 0
    reference = measure["reference"]
    assert reference["min"] <= reference["q05"] <= reference["median"] <= reference["q95"] <= reference["max"]
    assert reference["pass_rate"] >= 0.999
    assert reference["pass_rate_for_sure"] == pytest.approx(0.9513, abs=1e-4)
    assert measure["worst_right_answer"]["name"] == "right_slow"
    assert measure["right_answers"] | {"pass_rate": 0} == {
        "answers": 2, "n": 16, "failed": 0, "pass_rate": 0, "pass_rate_for_sure": pytest.approx(0.829, abs=1e-3)
    }  # fmt: skip
    assert measure["recommended"] < measure["worst_right_answer"]["min"]
    assert measure["best_wrong_answer"] is None


def test_the_best_wrong_answer_is_one_that_the_number_catches(lesson):
    found = [
        *readings("solution", [0.9] * 5),
        *readings("wrong_caught_elsewhere", [0.95] * 3, merit=Label.WRONG),
        *readings("wrong_near", [0.5, 0.65], merit=Label.WRONG),
        *readings("wrong_far", [0.2, 0.1], merit=Label.WRONG),
    ]
    (measure,) = record.exercise_record(lesson, exercise(lesson), found)["measures"]
    assert measure["best_wrong_answer"] == {"name": "wrong_near", "n": 2, "value": 0.65}


def test_runs_without_a_number_count_as_failed(lesson):
    found = [*readings("solution", [*[0.9] * 9, float("nan")]), Reading(answer("solution"), 10, trouble="crashed")]
    (measure,) = record.exercise_record(lesson, exercise(lesson), found)["measures"]
    assert (measure["reference"]["n"], measure["reference"]["failed"]) == (11, 2)
    assert measure["reference"]["pass_rate"] <= 9 / 11


def test_the_same_runs_give_the_same_file_to_the_byte(lesson):
    first = record.save(lesson, calibrated(lesson)).read_bytes()
    assert record.save(lesson, dict(reversed(calibrated(lesson).items()))).read_bytes() == first
    assert list(record.load(lesson)) == ["mean", "largest"]
    text = first.decode()
    assert max(len(number) for number in text.replace(",", " ").split() if number[:1].isdigit()) <= 8


def test_a_calibration_that_covers_has_no_problems(lesson):
    record.save(lesson, calibrated(lesson))
    assert record.problems(lesson) == []


def test_an_exercise_without_calibration_is_named_with_the_cure(lesson):
    assert len(record.problems(lesson)) == 2
    record.save(lesson, {"mean": calibrated(lesson)["mean"]})
    (problem,) = record.problems(lesson)
    assert "largest" in problem and "`grader calibrate 01 --only largest`" in problem
    assert record.problems(lesson, "mean") == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("assert student.mean([1, 2, 3]) == 2", "assert student.mean([1, 2, 6]) == 3"),
        ("(n - 1) / 2", "0.5 * (n - 1)"),
        ("total = sum(values)", "total = sum(list(values))"),
        ("numbers = [1, 2, 3, 6]", "numbers = [1, 2, 3, 7]"),
    ],
    ids=["visible test", "hidden test", "solution", "set-up"],
)
def test_a_change_to_what_was_measured_makes_the_calibration_stale(lesson, old, new):
    record.save(lesson, calibrated(lesson))
    text = lesson.path.read_text()
    assert old in text
    lesson.path.write_text(text.replace(old, new))
    assert "changed after its calibration" in record.problems(read_lesson(lesson.path.parent))[0]


def test_a_change_elsewhere_leaves_it_current(lesson):
    record.save(lesson, calibrated(lesson))
    lesson.path.write_text(lesson.path.read_text().replace("# Add first, *then* divide.", "# Add, then divide."))
    assert record.problems(read_lesson(lesson.path.parent)) == []


def test_a_right_answer_that_is_new_has_to_be_calibrated(lesson):
    record.save(lesson, calibrated(lesson))
    (lesson.path.parent / "answers" / "mean" / "right_new.py").write_text('"""Says."""\n')
    (lesson.path.parent / "answers" / "mean" / "wrong_new.py").write_text('"""Says."""\n')
    (problem,) = record.problems(lesson)
    assert "right_new" in problem and "wrong_new" not in problem


def test_a_threshold_that_is_not_covered_is_told(lesson):
    record.save(lesson, calibrated(lesson, centre=1.05))
    found = "\n".join(record.problems(lesson))
    assert "the reference is estimated to pass" in found and "stricter than" in found


def test_a_threshold_that_the_reference_holds_and_a_right_answer_does_not(lesson):
    records = calibrated(lesson, threshold=0.8)
    assert records["mean"]["measures"][0]["reference"]["pass_rate"] >= 0.999
    record.save(lesson, records)
    (problem,) = record.problems(lesson)
    assert "0.8 is stricter than 0." in problem


@pytest.mark.parametrize("text", ["{", "[]", '{"lesson": "01_sums"}'])
def test_a_file_that_cannot_be_read_is_told(lesson, text):
    record.path_of(lesson).write_text(text)
    with pytest.raises(UserError, match="can't be read"):
        record.problems(lesson)


# The command, over a lesson whose checks measure something and need no Keras

MEASURING = """
with check.task("Near enough") as task:
    found = task.run(student.mean, [1, 2, 3])
    reached = 0.9 + 0.02 * check.rng("luck").normal()
    measure = check.Measure(reached if found == 2 else 0.1, 0.7)
    task.expect([check.Observation("has learned", measure.ok, str(measure.value), measured=measure)])
"""


@pytest.fixture
def measuring(lesson, monkeypatch, forked):
    """The lesson `01_sums` with a test that measures, one worker away from Keras."""
    monkeypatch.setattr(warm, "warm_up", lambda *_: importlib.import_module("grader.check"))
    monkeypatch.setattr(collect, "SEEDS_A_JOB", 30)
    monkeypatch.setattr(cli, "console", Console(width=160))
    text = lesson.path.read_text()
    stand_in = text[text.index("class check:") : text.index('student = sys.modules["__main__"]')]
    text = text.replace(stand_in, "").replace('student = sys.modules["__main__"]', "from grader import check, student")
    text = text.replace("assert student.mean([1, 2, 3]) == 2\n", MEASURING)
    lesson.path.write_text(text)
    right = text[text.index("def mean") : text.index("class Scale")].replace("total / len(values)", "total / 3.0")
    right = "\n".join(line for line in right.split("\n") if "###" not in line and not line.startswith("    # "))
    right = right.replace("    raise NotImplementedError()", "")
    scale = "class Scale:\n    def __init__(self, k):\n        self.k = k\n"
    scale += "    def __call__(self, values):\n        return [self.k * v for v in values]\n"
    for path in (lesson.path.parent / "answers" / "mean").glob("*.py"):
        path.write_text(f'"""Says."""\n{right.replace("total / 3.0", "sum(values) / len(values)")}\n{scale}')
    (lesson.path.parent / "answers" / "mean" / "wrong_half.py").write_text(
        f'"""Says."""\n\n\ndef mean(values):\n    return 1\n\n\n{scale}'
    )
    return read_lesson(lesson.path.parent)


def invoke(*arguments):
    result = CliRunner().invoke(cli.app, ["calibrate", "01", *arguments])
    return result.exit_code, " ".join(result.output.split())


SMALL = ("--seeds", "30", "--answers-seeds", "3", "--workers", "2")


def test_the_command_measures_writes_and_tells(measuring):
    code, output = invoke(*SMALL, "--wrong", "2")
    assert code == 0, output
    found = record.load(measuring)
    assert found["largest"]["measures"] == []
    (measure,) = found["mean"]["measures"]
    assert (measure["title"], measure["about"], measure["threshold"]) == ("Near enough", "has learned", 0.7)
    assert measure["reference"]["n"] == 30 and measure["worst_right_answer"]["n"] == 30, "the weakest, too"
    assert measure["best_wrong_answer"] == {"name": "wrong_half", "n": 2, "value": 0.1}
    assert "Near enough" in output and "measures nothing that varies" in output
    assert invoke("--check")[0] == 0
    first = record.path_of(measuring).read_bytes()
    assert invoke(*SMALL, "--wrong", "2")[0] == 0 and record.path_of(measuring).read_bytes() == first


def test_one_exercise_alone_leaves_the_others_as_they_are(measuring):
    invoke(*SMALL)
    before = record.load(measuring)
    assert invoke("--seeds", "5", "--answers-seeds", "3", "--only", "largest")[0] == 0
    assert record.load(measuring) == before
    invoke("--seeds", "5", "--answers-seeds", "3", "--only", "mean")
    assert record.load(measuring)["mean"]["measures"][0]["reference"]["n"] == 5


def test_check_runs_nothing_and_fails_on_what_is_stale(measuring, monkeypatch):
    monkeypatch.setattr(warm, "run_jobs", None)
    code, output = invoke("--check")
    assert code == 1 and "01_sums/mean was never calibrated: `grader calibrate 01 --only mean`" in output


def test_a_right_answer_that_fails_otherwise_is_told(measuring):
    folder = measuring.path.parent / "answers" / "mean"
    broken = (folder / "right_slow.py").read_text().replace("self.k * v", "v")
    (folder / "right_slow.py").write_text(broken)
    code, output = invoke(*SMALL)
    assert code == 1 and "right_slow, seed 0, loses points for something else: mean/scale" in output


def test_a_process_that_dies_is_a_run_without_a_number(measuring):
    dies = answer("right_dies")
    object.__setattr__(dies, "source", "import os\nos._exit(3)")
    (found,) = collect.collect(measuring, [(dies, range(1))], 1, lambda n: None)
    assert found.measured == {} and "ended early" in found.trouble


# The course itself


@pytest.mark.parametrize("name", [folder.name for folder in paths.lessons()])
def test_every_threshold_of_the_course_is_covered_by_its_calibration(name):
    lesson = read_lesson(paths.find_lesson(name))
    assert record.path_of(lesson).exists(), f"{name} has no calibration yet: `grader calibrate {name}`"
    assert record.problems(lesson) == []
    assert json.loads(record.path_of(lesson).read_text())["lesson"] == name
