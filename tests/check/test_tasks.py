"""What a task makes of the student's code: passed, wrong, crashed, not attempted, and our own fault."""

import json
import logging
import sys
import warnings

import pytest

from grader import student
from grader.check.core import display
from grader.check.tasks import Task, listeners
from grader.verdict import EXCEPTIONS, MIME, Crashed, GraderFault, NotAttempted, Observation, Status, Wrong

GOOD = Observation("size", True, "3")
BAD = Observation("range", False, "`-1`", "≥ 0", "because <b>", "try this")


@pytest.fixture
def verdicts():
    found = []
    listeners.append(found.append)
    yield found
    listeners.clear()


def students(source: str) -> dict:
    """A namespace in which `source` ran as a student's cell."""
    namespace = {}
    exec(compile(source, "cell-of-the-student.py", "exec"), namespace)
    return namespace


def test_passed_when_every_observation_is_right(verdicts):
    with Task("t") as task:
        task.expect([GOOD], [GOOD])
    assert verdicts[0].status is Status.PASSED


def test_wrong_reports_every_observation_and_not_only_the_first(verdicts):
    with pytest.raises(Wrong, match="2 of 3 observations"), Task("t") as task:
        task.expect([BAD, GOOD], [BAD])
    assert [o.ok for o in verdicts[0].observations] == [False, True, False]


def test_nothing_is_looked_at_after_an_observation_that_stops(verdicts):
    with pytest.raises(Wrong), Task("t") as task:
        task.expect([Observation("kind", False, "None", stop=True), GOOD])
        task.expect([GOOD])
    assert len(verdicts[0].observations) == 1


def test_a_crash_shows_the_students_lines_and_leaves_other_oracles_to_be_heard(verdicts):
    answer = students("def answer():\n    return 1 / 0\n")["answer"]

    def oracle(task):
        yield GOOD
        yield task.run(answer)

    with pytest.raises(Crashed), Task("t") as task:
        task.expect(oracle(task), [GOOD])
    crash = verdicts[0].observations[1]
    assert "ZeroDivisionError: division by zero" in crash.seen
    assert verdicts[0].observations[2] is GOOD


def test_the_stub_is_neither_an_error_nor_a_failure_in_the_students_notebook(verdicts, monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    stub = students("def answer():\n    raise NotImplementedError\n")["answer"]
    with Task("t") as task:
        task.run(stub)
    assert verdicts[0].status is Status.NOT_ATTEMPTED


@pytest.mark.parametrize("moment", ["autograde", "validate"])
def test_the_stub_earns_nothing_while_grading(verdicts, monkeypatch, moment):
    monkeypatch.setenv("NBGRADER_EXECUTION", moment)
    stub = students("def answer():\n    raise NotImplementedError\n")["answer"]
    with pytest.raises(NotAttempted), Task("t") as task:
        task.run(stub)


def test_a_missing_name_is_not_attempted_and_named(verdicts, monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.setattr(student, "_find", {}.__getitem__)
    with Task("t") as task:
        task.run(student.predict_labels)
    assert verdicts[0].status is Status.NOT_ATTEMPTED
    assert "`predict_labels`" in verdicts[0].observations[0].seen


def test_an_unimplemented_method_of_a_library_is_a_crash_and_no_stub(verdicts):
    import keras

    source = (
        "import keras\nclass Empty(keras.Model):\n    pass\ndef answer():\n    return Empty()(keras.ops.ones((1, 2)))\n"
    )
    with pytest.raises(Crashed), Task("t") as task:
        task.run(students(source)["answer"])
    assert keras  # imported first, so that the student's code finds it ready


def test_an_ellipsis_left_in_the_code_is_named(verdicts):
    answer = students("def answer():\n    return int(...)\n")["answer"]
    with pytest.raises(Crashed), Task("t") as task:
        task.run(answer)
    assert "`...`" in verdicts[0].observations[0].next


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        ("ValueError(\"Argument(s) not recognized: {'lr': 0.1}\")", "`learning_rate`"),
        ("TypeError(\"got an unexpected keyword argument 'nb_epoch'\")", "`epochs`"),
        ("ValueError('Arguments `target` and `output` must have the same rank (ndim).')", "*sparse*"),
        ("ValueError('Received a label value of 4 which is outside the valid range of [0, 3).')", "each class"),
        ("ValueError('Invalid input shape for input [1.0]. Expected shape (None, 6)')", "`input_shape`"),
        ('ValueError("Keras isn\'t able to automatically determine whether that metric should be …")', "`mode`"),
        ("TypeError(\"slices (`:`), ellipsis (`...`) and scalars are valid indices, got 'x'\")", "without a key"),
        ("RuntimeError('something nobody has seen')", "Read the last line"),
    ],
)
def test_errors_that_do_not_explain_themselves_come_with_a_hint(verdicts, error, hint):
    with pytest.raises(Crashed), Task("t") as task:
        task.run(students(f"def answer():\n    raise {error}\n")["answer"])
    assert hint in verdicts[0].observations[0].next


def test_what_libraries_add_to_an_error_is_left_out(verdicts):
    noisy = (
        "'\\x1b[1mtoo few\\x1b[0m columns\\n\\nArguments received by Sequential.call():\\n  • mask=None' + 2000 * ' '"
    )
    with pytest.raises(Crashed), Task("t") as task:
        task.run(students(f"def answer():\n    raise ValueError({noisy})\n")["answer"])
    assert verdicts[0].observations[0].seen.splitlines()[-1] == "ValueError: too few columns"


def test_the_numbers_of_a_tensor_are_left_out_of_an_error(verdicts):
    raised = "raise ValueError(f'input {np.ones((2, 9, 9)) / 7}. Expected [1, 2]')"
    with pytest.raises(Crashed), Task("t") as task:
        task.run(students(f"import numpy as np\n\n\ndef answer():\n    {raised}\n")["answer"])
    assert verdicts[0].observations[0].seen.splitlines()[-1] == "ValueError: input […]. Expected [1, 2]"


@pytest.mark.parametrize("broken", [lambda: [][0], lambda: None])
def test_an_error_of_ours_and_a_check_that_looks_at_nothing_are_our_fault(verdicts, broken):
    with pytest.raises(GraderFault), Task("t"):
        broken()
    assert verdicts[0].status is Status.FAULT


def test_an_interrupt_is_left_alone():
    with pytest.raises(KeyboardInterrupt), Task("t"):
        raise KeyboardInterrupt


def test_a_verdict_is_text_html_and_data(verdicts):
    with pytest.raises(Wrong), Task("A title") as task:
        task.expect([GOOD, BAD])
    bundle = display.bundle(verdicts[0])
    assert bundle["text/plain"].splitlines()[:3] == ["✗ A title: not yet", "  ✓ size: 3", "  ✗ range"]
    assert all(label in bundle["text/plain"] for label in ("seen: `-1`", "expected: ≥ 0", "why: ", "try: try this"))
    assert "because &lt;b&gt;" in bundle["text/html"] and "<code>-1</code>" in bundle["text/html"]
    data = json.loads(json.dumps(bundle[MIME]))
    assert data["status"] == "wrong" and data["observations"][1]["next"] == "try this"


def test_what_is_only_noted_is_nowhere_shown_as_right(verdicts):
    for passed_as in ("noted", ""):
        with Task("A guess", passed_as) as task:
            task.expect([GOOD])
    noted, passed = map(display.html, verdicts)
    green = display.MARKS[Status.PASSED][1]
    assert green in passed and "passed" in passed
    assert green not in noted and "· noted" in noted


def test_marks_tell_the_statuses_apart_without_colour():
    marks = [mark for mark, _, _ in display.MARKS.values()]
    assert len(set(marks)) == len(marks) == len(EXCEPTIONS) + 1


def test_the_exception_shows_one_line_and_no_code(verdicts):
    with pytest.raises(Wrong) as caught, Task("t") as task:
        task.expect([BAD])
    assert caught.value._render_traceback_() == ["Wrong · t · 1 of 1 observation not right yet, see above"]


@pytest.fixture
def logger():
    """One that speaks to stderr, as TensorFlow's does."""
    logger = logging.getLogger("tests.task")
    logger.propagate, before = False, logger.handlers[:]
    yield logger
    logger.handlers[:] = before


def warn(logger) -> None:
    warnings.warn("a structure", stacklevel=1)
    logger.warning("a retracing")
    print("a print", file=sys.stderr)


def test_while_grading_a_warning_is_no_line_of_stderr_as_nbgrader_takes_that_for_a_failure(
    monkeypatch, capsys, verdicts, logger
):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    # As in a notebook: pytest gathers warnings itself.
    warnings.simplefilter("always")
    monkeypatch.setattr(warnings, "showwarning", lambda message, *_: print(message, file=sys.stderr))
    logger.addHandler(logging.StreamHandler(sys.stderr))
    with Task("t") as task:
        task.run(warn, logger)
        task.expect([GOOD])
    with pytest.raises(Wrong), Task("t") as task:
        task.run(warn, logger)
        task.expect([BAD])
    out, err = capsys.readouterr()
    assert err == ""
    assert [out.count(words) for words in ("a structure", "a retracing", "a print")] == [2, 2, 2]
    warn(logger)
    assert capsys.readouterr().err.count("\n") == 3


def test_in_the_students_own_notebook_stderr_stays_what_it_is(monkeypatch, capsys, verdicts, logger):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    logger.addHandler(logging.StreamHandler(sys.stderr))
    with Task("t") as task:
        task.run(warn, logger)
        task.expect([GOOD])
    assert "a print" in capsys.readouterr().err


def test_fit_is_watched_where_a_task_asks_for_it_only():
    with pytest.raises(GraderFault), Task("Not watched") as task:
        task.run(lambda: None)
        task.expect([Observation("fit", not task.fits, "")])
