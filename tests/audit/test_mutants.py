"""Mutants: what each operator writes, that all can be run and told apart, and how equivalent ones are listed."""

import ast
from types import SimpleNamespace

import pytest

from grader import paths
from grader.audit import bank, command, mutants, overfitted
from grader.audit.command import Options
from grader.audit.edits import Source
from grader.audit.findings import Audit, Rates
from grader.audit.mutants import Mutant, MutantResult
from grader.audit.operators import OPERATORS
from grader.audit.trial import Part, Run, halves
from grader.errors import UserError
from grader.lessons import read_lesson
from grader.lessons.lesson import Cell, Kind
from grader.lessons.regions import solved


def written_by(operator: str, body: str, arguments: str = "x") -> set[str]:
    """What the operator makes of a function with this body, and of nothing else."""
    source = Source(f"def f({arguments}):\n    {body}\n")
    edits = [edit for node in source.inside_functions() for edit in OPERATORS[operator](node, source)]
    return {source.edited(edit).split("\n", 1)[1].strip() for edit in edits}


@pytest.mark.parametrize(
    ("operator", "body", "one_of_them"),
    [
        ("keyword dropped", 'return Dense(4, activation="relu")', "return Dense(4)"),
        ("another word", 'return Dense(4, activation="softmax")', 'return Dense(4, activation="sigmoid")'),
        ("another word", 'm.compile(loss="binary_crossentropy")', 'm.compile(loss="mean_squared_error")'),
        ("another word", 'm.compile(metrics=["mae"])', 'm.compile(metrics=["accuracy"])'),
        ("another name", "return keras.optimizers.Adam(1e-3)", "return keras.optimizers.SGD(1e-3)"),
        ("another name", "return (x > 0).argmax()", "return (x > 0).argmin()"),
        ("another name", "return s.transform(x)", "return s.fit_transform(x)"),
        ("from_logits", 'return "binary_crossentropy"', "return keras.losses.BinaryCrossentropy(from_logits=True)"),
        (
            "from_logits",
            "return keras.losses.BinaryCrossentropy()",
            "return keras.losses.BinaryCrossentropy(from_logits=True)",
        ),
        ("flag flipped", "return Loss(from_logits=True)", "return Loss(from_logits=False)"),
        ("frozen layer", "return keras.layers.Dense(4,)", "return keras.layers.Dense(4, trainable=False,)"),
        ("training flipped", "return self.drop(x, training=training)", "return self.drop(x, training=True)"),
        ("another number", "return x + 1", "return x + 2"),
        ("another number", "return 0.2 * x", "return 2.0 * x"),
        ("another axis", "return x.mean(axis=1)", "return x.mean(axis=0)"),
        ("argument dropped", "return g(x, y)", "return g(y)"),
        ("element dropped", "return [a, b, c]", "return [a, c]"),
        ("element dropped", 'return {"a": 1, "b": 2}', 'return {"b": 2}'),
        ("result dropped", "return a, b", "return a"),
        ("places swapped", "return a, b", "return b, a"),
        ("places swapped", "a, b = g(x)", "b, a = g(x)"),
        ("comparison", "return x > 0", "return x >= 0"),
        ("comparison", "return (x + 1) > (0)", "return (x + 1) < (0)"),
        ("arithmetic", "return (x + 1) * 2", "return (x + 1) / 2"),
        ("term dropped", "return data + penalty", "return data"),
        ("sign dropped", "return -x", "return x"),
        ("and for or", "return a and b", "return a or b"),
        ("condition negated", "return a if b > c else d", "return a if not (b > c) else d"),
        ("condition negated", "return [i for i in x if i]", "return [i for i in x if not (i)]"),
        ("statement dropped", "optimizer.apply(grads)", "pass"),
        ("call taken away", "return int(x.max())", "return x.max()"),
        ("call taken away", "return x.argmax(axis=1)", "return x"),
        ("call taken away", "return (x > 1).astype(int)", "return (x > 1)"),
        ("subscript dropped", 'return history["loss"]', "return history"),
    ],
)
def test_an_operator_writes_what_students_write(operator, body, one_of_them):
    assert one_of_them in written_by(operator, body)


def test_every_operator_is_tested():
    (cases,) = (mark.args[1] for mark in test_an_operator_writes_what_students_write.pytestmark)
    assert {operator for operator, *_ in cases} | {"another variable"} == set(OPERATORS)


def test_another_variable_is_a_twin_that_has_a_value_by_then():
    found = written_by("another variable", "g(X_train, y_train, X_val)", "X_train, y_train, X_val, epochs")
    assert "g(X_val, y_train, X_val)" in found and "g(y_train, y_train, X_val)" in found
    assert not any("epochs" in text for text in found)
    assert written_by("another variable", "X_fit = X_all\n    X_val = 1", "X_all") == set()


@pytest.mark.parametrize(
    "body",
    ['"""A docstring about axis=1."""', "...", 'return f"{x + 1} of {len(x)}"', "def inner(a: int = None): ..."],
    ids=["docstring", "dots", "f-string", "annotation"],
)
def test_what_is_no_code_stays_as_it_is(body):
    assert set().union(*(written_by(operator, body) for operator in OPERATORS)) <= {"pass"}


def test_nothing_outside_functions_is_touched():
    source = Source("rate = 0.1\n\n\nclass A:\n    size = 3\n\n    def f(self, n=4):\n        return 5\n")
    edits = [e for node in source.inside_functions() for op in OPERATORS.values() for e in op(node, source)]
    assert edits and all(source.line(edit.start) == 8 for edit in edits)


def test_places_are_right_after_letters_of_several_bytes():
    assert 'return g("größer", 2)' in written_by("another number", 'return g("größer", 1)')


def exercise(source: str) -> Cell:
    return Cell(False, {"exercise": "f"}, source, 1, 2)


BODY = "def f(x, y):\n    ### BEGIN SOLUTION\n    total = x + 1\n    return total, y + 1\n    ### END SOLUTION\n"


def test_mutants_compile_differ_and_have_names_of_their_own():
    made = mutants.made(exercise(BODY))
    trees = [ast.dump(ast.parse(mutant.source)) for mutant in made]
    assert len(made) > 10
    assert len(set(trees)) == len(made) and ast.dump(ast.parse(made[0].original)) not in trees
    assert len({mutant.what for mutant in made}) == len(made)
    assert made == mutants.made(exercise(BODY))


def test_a_mutant_is_called_by_its_edit_not_by_its_place():
    made = {m.what for m in mutants.made(exercise(BODY))}
    moved = {m.what for m in mutants.made(exercise(BODY.replace("    total", "    print(0)\n    total")))}
    assert "arithmetic: total = x + 1 → total = x - 1" in made
    assert made <= moved


def test_equal_edits_are_counted():
    made = [m.what for m in mutants.made(exercise("def f(x):\n    g(x)\n    h()\n    g(x)\n"))]
    assert {"statement dropped: g(x) → pass", "statement dropped: g(x) → pass #2"} <= set(made)


def test_a_selection_is_spread_and_the_same_every_time():
    made = mutants.made(exercise(BODY))
    some = mutants.selected(made, 6)
    assert len(some) == 6 and some == mutants.selected(made, 6)
    assert len({mutant.operator for mutant in some}) == 6
    assert mutants.selected(made, 1000) == made


def test_the_reference_solutions_have_mutants():
    lesson = read_lesson(paths.find_lesson("01"))
    for cell in bank.exercises(lesson):
        assert len(mutants.made(cell)) > 15, cell.id


SOLUTION = '''\
def train(X, y, epochs, rate=0.1, *, shuffle=True):
    """Doc."""
    return fit(X, y, epochs, rate)

class Layer:
    def __init__(self, units, **options):
        super().__init__(**options)
'''


@pytest.fixture
def nothing_noted(monkeypatch):
    monkeypatch.setattr(overfitted, "_noted", {})


@pytest.fixture
def fixed(nothing_noted):
    """What can be fixed where these are the visible tests: (function, argument, value)."""

    def run(*visible: str) -> set[tuple[str, str, str]]:
        defined = {"fit": lambda *given: given}
        exec(overfitted.noting(SOLUTION, visible), defined)
        student = SimpleNamespace(train=defined["train"], Layer=defined["Layer"])
        for test in visible:
            exec(test, {"student": student, "rows": [1], "labels": [2], "options": {"epochs": 4, "rate": 0.1}})
        return {(f.called, f.name, f.value) for f in overfitted.arguments(Source(SOLUTION), overfitted.noted())}

    return run


@pytest.mark.parametrize(
    ("visible", "expected"),
    [
        ("student.train(rows, labels, 4)", {("epochs", "4"), ("rate", "0.1"), ("shuffle", "True")}),
        ("student.train(rows, 'mean', [4], None)", {("y", "'mean'"), ("shuffle", "True")}),
        ("for n in 4, 5: student.train(rows, labels, n)", {("rate", "0.1"), ("shuffle", "True")}),
        (
            "for n in 4, 4: student.train(rows, labels, n, n / 8)",
            {("epochs", "4"), ("rate", "0.5"), ("shuffle", "True")},
        ),
        (
            "(lambda own: own(rows, labels, **options))(student.train)",
            {("epochs", "4"), ("rate", "0.1"), ("shuffle", "True")},
        ),
        ("student.Layer(3)", {("units", "3")}),
        ("check = student.train", set()),
    ],
)
def test_an_argument_is_fixed_at_what_the_visible_tests_pass(fixed, visible, expected):
    assert {(name, value) for _, name, value in fixed(visible)} == expected


def test_what_differs_between_visible_tests_is_not_fixed(fixed):
    found = fixed("student.train(rows, labels, 4)", "student.train(rows, labels, 4, 0.5, shuffle=False)")
    assert found == {("train", "epochs", "4")}


def test_a_function_that_no_visible_test_names_is_left(fixed):
    assert fixed("student.Layer(3)") == {("Layer", "units", "3")}
    assert overfitted.noting(SOLUTION, ["other.train(rows, labels, 4)"]) == SOLUTION


def test_a_fixed_argument_holds_whatever_is_passed():
    source = Source(SOLUTION)
    seen = {("train", "epochs"): {"4"}, ("Layer", "units"): {"3"}}
    texts = [source.edited(f.edit) for f in overfitted.arguments(source, seen)]
    assert 'Doc."""\n    epochs = 4\n    return fit' in texts[0]
    assert "options):\n        units = 3\n        super()" in texts[1]
    namespace = {"fit": lambda *given: given}
    exec(texts[0], namespace)
    assert namespace["train"](1, 2, 30) == (1, 2, 4, 0.1)


@pytest.mark.parametrize("folder", paths.lessons(), ids=lambda folder: folder.name)
def test_every_solution_can_note_what_it_is_given(folder):
    lesson, noting = read_lesson(folder), 0
    for cell in bank.exercises(lesson):
        visible = [halves(test.source)[0] for test in lesson.of(Kind.TEST) if test.id == cell.id]
        source = overfitted.noting(solved(cell.source), visible)
        compile(source, cell.id, "exec")
        noting += "note(" in source
    assert noting >= len(bank.exercises(lesson)) / 2


def test_all_that_is_fitted_is_run_with_every_seed():
    lesson = read_lesson(paths.find_lesson("01"))
    (cell,) = bank.exercises(lesson, "fit")
    seen = {("train", "epochs"): {"4"}, ("train", "learning_rate"): {"0.1", "0.2"}}
    own = [mutant for mutant in mutants.chosen(cell, seen) if mutant.is_fitted]
    assert [mutant.what for mutant in own] == ["argument fixed: train(epochs) → 4"]
    found = command._jobs(lesson, (0, 1, 2), Options(only="fit"), {(lesson.name, "fit"): seen})
    jobs = {job.answer.name: job for job in found if job.mutant}
    assert all(jobs[mutant.what].seeds == (0, 1, 2) for mutant in own)
    assert all(job.seeds == (0,) for job in jobs.values() if not job.mutant.is_fitted)


@pytest.mark.parametrize(
    "solution",
    [
        "def made(x, y=1):\n    return x\n",
        'def made(x, y=1):\n    """Names — and dots …"""\n    return x\n',
        "def made(x, y=1): return x\n",
        "def made(\n    x, y=1\n): return x\n",
        "def made(x, y=1):\n    @abs\n    def inner():\n        return x\n\n    return x\n",
        "class made:\n    def __init__(self, x, *, y=1):\n        self.x = x\n",
    ],
)
def test_an_argument_is_fixed_at_the_start_of_any_function(solution, monkeypatch, nothing_noted):
    monkeypatch.setattr("builtins.abs", lambda function: function)
    namespace = {}
    exec(overfitted.noting(solution, ["student.made, student.other", "task.run(student.made)"]), namespace)
    namespace["made"](3), namespace["made"](3, y=2)
    assert overfitted.noted() == {("made", "x"): {"3"}, ("made", "y"): {"1", "2"}}
    (fixed,) = overfitted.arguments(Source(solution), overfitted.noted())
    exec(Source(solution).edited(fixed.edit), namespace)
    made = namespace["made"](7)
    assert (fixed.called, fixed.name, getattr(made, "x", made)) == ("made", "x", 3)


@pytest.mark.parametrize("value", [None, float("nan"), float("inf"), [1], (1, 2), object()])
def test_what_is_no_plain_value_is_not_fixed(value, nothing_noted):
    overfitted.note("made", x=value)
    assert list(overfitted.arguments(Source("def made(x):\n    return x\n"), overfitted.noted())) == []


def result(*statuses: str, died: str = "", what: str = "m") -> MutantResult:
    run = Run(0, tuple(Part(f"p{i}", 1, s) for i, s in enumerate(statuses)), 0.1) if statuses else None
    return MutantResult(Mutant("f", "flag flipped", what, 1, "new", "old"), run, died)


def test_what_kills_a_mutant():
    assert result("passed", "wrong").killed and result("crashed").killed and result("not attempted").killed
    assert result(died="took more than 60 s").killed and result(died="its process ended early").killed
    assert not result("passed", "passed").killed


def test_a_fault_of_the_check_kills_nothing():
    for found in (result("grader fault"), result(died="Traceback (most recent call last): …")):
        assert found.fault and not found.killed
        assert Audit("l", 1, [], [found]).failed


def test_the_score_leaves_out_what_is_equivalent():
    results = [result("wrong", what="a"), result("passed", what="b"), result("passed", what="c")]
    found = Audit("l", 1, [], results, listed={"f": {"b": "the same number"}})
    rates = found.rates("f")
    assert (rates.mutants, rates.equivalent, rates.killed, rates.score) == (3, 1, 1, 0.5)
    assert [f.mutant.what for f in found.survivors] == ["c"] and found.failed
    assert not Audit("l", 1, [], results[:2], listed={"f": {"b": "the same number"}}).failed
    assert Rates("f", 1, 1, 0, 0, 0, 0).score is None


def test_a_listed_mutant_that_is_killed_is_an_error():
    found = Audit("l", 1, [], [result("wrong", what="a")], listed={"f": {"a": "never"}})
    assert found.killed_although_listed and found.failed


def test_the_list_of_equivalents_is_read_and_held_against_what_is_made(sums):
    lesson = read_lesson(sums)
    assert mutants.equivalents(lesson) == {}
    known = mutants.made(bank.exercises(lesson)[0])[0]
    (sums / mutants.LISTED).write_text(
        f"[{known.exercise}]\n{mutants.toml_line(known).replace('…', 'no matter', 1)}\n'no such: a → b' = \"old\"\n"
    )
    listed = mutants.equivalents(lesson)
    assert listed[known.exercise][known.what] == "no matter"
    assert list(mutants.stale(listed, lesson)) == [(known.exercise, "no such: a → b")]


@pytest.mark.parametrize("text", ["mean = 3\n", "[mean]\n'a' = 3\n", "[mean]\n'a' = ''\n", "[mean\n"])
def test_a_list_that_gives_no_reasons_is_refused(sums, text):
    (sums / mutants.LISTED).write_text(text)
    with pytest.raises(UserError, match="reason"):
        mutants.equivalents(read_lesson(sums))
