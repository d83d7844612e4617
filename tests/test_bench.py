"""The bench's comparators: what each style takes and refuses on tiny models, and the bench itself on a few answers."""

import json
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))  # bench/ isn't part of what is installed

from bench import accuracy, comparators, scale
from bench import tails as bench_tails
from bench.comparators import Case, Refused
from grader import paths
from grader.lessons import read_lesson

ROWS = np.random.default_rng(0).normal(size=(20, 4)).astype("float32")
LABELS = np.arange(20) % 3
THREE = Case("three classes", "multiclass", tuple, ROWS, LABELS, 3)
ONE = Case("a measurement", "regression", tuple, ROWS, LABELS.astype("float32"), 1)


def dense(*units, head="softmax", hidden="relu"):
    layers = [keras.layers.Dense(n, activation=hidden) for n in units[:-1]]
    return keras.Sequential([keras.Input((4,)), *layers, keras.layers.Dense(units[-1], activation=head)])


def functional(*units):
    x = inputs = keras.Input((4,))
    for n in units[:-1]:
        x = keras.layers.Dense(n, activation="relu")(x)
    return keras.Model(inputs, keras.layers.Dense(units[-1], activation="softmax")(x))


def softmax_apart(*units):
    return keras.Sequential([*dense(*units, head=None).layers, keras.layers.Softmax()])


SPARSE = "sparse_categorical_crossentropy"


def summary_takes(answer, whole=True, case=THREE):
    reference = (dense(8, 3), SPARSE) if case is THREE else (dense(8, 1, head=None), "mse")
    found, expected = (comparators.summary_of_heads(each, case, whole) for each in (answer, reference))
    try:
        comparators.compare(found, expected)
    except Refused:
        return False
    return True


def test_a_layer_summary_lists_class_shape_parameters_and_activation():
    assert comparators.layer_summary(functional(8, 3), ROWS) == [
        ("Dense", (8,), 40, "relu"), ("Dense", (3,), 27, "softmax")
    ]  # fmt: skip
    assert comparators.layer_summary(functional(8, 3), ROWS, whole=False) == [("Dense", (3,), "softmax")]
    bare = keras.Sequential([keras.layers.Dense(2)])
    assert comparators.layer_summary(bare, ROWS) == [("Dense", (2,), 10, "linear")], "built by its first rows"


@pytest.mark.parametrize("loss", [SPARSE, keras.losses.SparseCategoricalCrossentropy(), keras.losses.get(SPARSE)])
def test_a_layer_summary_takes_the_same_layers_however_the_loss_is_given(loss):
    assert summary_takes((dense(8, 3), loss)) and summary_takes((functional(8, 3), loss))


def test_a_layer_summary_refuses_the_same_computation_in_other_layers_and_takes_a_frozen_one():
    assert not summary_takes((softmax_apart(8, 3), SPARSE)), "an equivalent model"
    frozen = dense(8, 3)
    frozen.trainable = False
    assert summary_takes((frozen, SPARSE)), "a wrong one"
    assert not summary_takes((dense(8, 4), SPARSE)) and not summary_takes((dense(8, 3), "mse"))


def test_of_the_head_alone_other_widths_and_other_errors_are_taken():
    assert not summary_takes((dense(9, 5, 3), SPARSE)) and summary_takes((dense(9, 5, 3), SPARSE), whole=False)
    assert not summary_takes((dense(8, 3, head="sigmoid"), SPARSE), whole=False)
    assert summary_takes((dense(4, 1, head=None), keras.losses.Huber()), whole=False, case=ONE)
    assert not summary_takes((dense(8, 1, head=None), "mae"), whole=True, case=ONE)


def asserted(check, answer, case):
    try:
        check(answer, case)
    except Refused:
        return False
    return True


@pytest.mark.parametrize(
    ("answer", "taken"),
    [
        ((dense(5, 3), SPARSE), True),
        ((functional(5, 3), keras.losses.SparseCategoricalCrossentropy()), True),
        ((dense(5, 3, head=None), keras.losses.SparseCategoricalCrossentropy(from_logits=True)), True),
        ((dense(5, 3, head=None), SPARSE), False),
        ((dense(5, 3), keras.losses.SparseCategoricalCrossentropy(from_logits=True)), False),
        ((dense(5, 4), SPARSE), False),
        ((dense(5, 3), "mse"), False),
    ],
    ids=["softmax", "loss object", "logits told", "logits untold", "told of logits", "a unit too many", "mse"],
)
def test_assertions_on_a_head(answer, taken):
    assert asserted(comparators.assert_heads, answer, THREE) is taken


def compiled(optimizer, loss=SPARSE, metric="accuracy"):
    model = dense(3)
    model.compile(optimizer, loss, metrics=[metric])
    case = Case("compiled", "multiclass", tuple, ROWS, LABELS, 3, {"model": model})
    return asserted(comparators.assert_compile, model, case)


def test_assertions_on_what_was_compiled():
    assert compiled(keras.optimizers.SGD(0.05, momentum=0.9))
    assert compiled(keras.optimizers.SGD(0.05, momentum=0.9), metric=keras.metrics.SparseCategoricalAccuracy())
    assert not compiled(keras.optimizers.Adam(0.05))
    assert not compiled(keras.optimizers.SGD(0.05))
    assert not compiled(keras.optimizers.SGD(0.05, momentum=0.9), loss="mse")
    assert not compiled(
        keras.optimizers.SGD(0.05, momentum=0.9), metric=keras.metrics.SparseTopKCategoricalAccuracy(k=2)
    )


def experiment(**changes):
    model = dense(6, 3)
    model.compile(keras.optimizers.SGD(0.05), SPARSE)
    history = keras.callbacks.History()
    history.history = {"loss": [1.0, 0.5], "val_loss": [1.0, 0.6]}
    given = {"model": model, "history": history, "labels": LABELS} | changes
    return given["model"], given["history"], given["labels"]


def test_assertions_on_an_experiment():
    case = Case("wines", "multiclass", tuple, ROWS, LABELS, 3, {"epochs": 2, "accuracy": 0.75})

    def taken(**changes):
        return asserted(comparators.assert_debug, experiment(**changes), case)

    short = keras.callbacks.History()
    short.history = {"loss": [1.0], "val_loss": [1.0]}
    adam = dense(6, 3)
    adam.compile("adam", SPARSE)
    assert taken()
    assert not taken(labels=LABELS[:, None]) and not taken(labels=LABELS * 1.0) and not taken(labels=0 * LABELS)
    assert not taken(history=short) and not taken(model=adam)
    found = comparators.summary_of_debug(experiment(), case, True)
    assert ("epochs", 2, 2) in found and ("labels", (20,), True) in found and ("labels right", True) in found


ANSWERS = ["right_logits", "right_two_way_softmax", "wrong_softmax_over_the_batch", "wrong_softmax_one_unit"]


@pytest.fixture(scope="module")
def benched(tmp_path_factory):
    """What the bench prints and writes for a few answers; in a process of its own, where Keras was not used yet."""
    report = tmp_path_factory.mktemp("bench") / "bench.json"
    only = [word for name in ANSWERS for word in ("--only", name)]
    command = [sys.executable, "bench/accuracy.py", "--exercise", "heads", "--verbose", "--json", report, *only]
    done = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout, json.loads(report.read_text())


def test_the_bench_runs_every_style_on_the_same_answers(benched):
    _, report = benched
    assert [each["answer"] for each in report["answers"]] == sorted(ANSWERS)
    assert {each["answer"]: each["deserves"] for each in report["answers"]}["right_logits"] == "right"
    assert report["styles"][accuracy.OURS] == {"right_rejected": [0, 2], "wrong_accepted": [0, 2]}
    assert report["styles"]["layer summary"]["right_rejected"] == [2, 2]
    assert report["styles"]["attribute assertions"]["right_rejected"] == [0, 2]


def test_the_bench_prints_the_rates_and_where_the_styles_differ(benched):
    text, _ = benched
    assert all(style in text for style in accuracy.STYLES) and "2 of 2 (100%)" in text
    assert "heads/right_logits: " in text and "✗ layer summary rejects: " in text and "✓ these checks accepts" in text


def test_imitated_trainings_learn_and_their_tails_are_estimated():
    slow, quick = bench_tails.TRAININGS[2], bench_tails.TRAININGS[3]
    values = np.array([bench_tails.accuracy(quick, seed) for seed in range(bench_tails.RUNS)])
    assert values.min() > 0.6 and np.median(values) > 0.95
    assert bench_tails.accuracy(quick, 3) == values[3], "the same seed, the same training"
    assert bench_tails.accuracy(slow, 0) > 0.5
    rng = np.random.default_rng(0)
    many, few = bench_tails.from_many(values, rng), bench_tails.from_few(values, values, rng)
    assert 0.3 < few <= many + 0.05 < values.min() + 0.05


def test_a_light_class_is_graded_and_measured(tmp_path):
    """In a process of its own: what is measured becomes a child of whoever measures."""
    command = [sys.executable, "bench/scale.py", "--sizes", "4", "--workers", "--allow-unsandboxed"]
    done = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    row = next(line for line in done.stdout.splitlines() if "its choice" in line)
    size, _, seconds, rate, cpu, _ = (cell.strip() for cell in row.strip("│").split("│"))
    assert size == "4" and float(seconds) > 0 and float(rate) > 0 and float(cpu) > 0


def test_every_third_of_a_light_class_has_a_mistake(tmp_path):
    scale.make_class(read_lesson(scale.LESSON), 7, tmp_path)
    texts = [path.read_text() for path in sorted(tmp_path.glob("*/*.ipynb"))]
    assert ["values.sum() ** 2" in text for text in texts] == [True, False, False] * 2 + [True]
