"""Oracles on compiling, splitting, training, labels and files: what they accept and what they refuse."""

import keras
import numpy as np
import pytest

from grader import check
from grader.check import spying

SGD = keras.optimizers.SGD


def passes(*oracles) -> bool:
    """Whether a task of these oracles would pass."""
    for oracle in oracles:
        for observation in oracle:
            if not observation.ok:
                return False
    return True


def classifier(features=4, classes=3, optimizer="adam", metrics=("accuracy",)):
    model = keras.Sequential([keras.Input((features,)), keras.layers.Dense(classes, activation="softmax")])
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=list(metrics))
    model.optimizer.build(model.trainable_variables)
    return model


# ---- compiling


@pytest.mark.parametrize(
    "optimizer",
    [
        SGD(0.05, momentum=0.9),
        SGD(learning_rate=0.05, momentum=0.9, nesterov=True),
        SGD(keras.optimizers.schedules.ExponentialDecay(0.05, 10, 1.0), momentum=0.9),
        SGD.from_config({"learning_rate": 0.05, "momentum": 0.9}),
        keras.optimizers.get({"class_name": "SGD", "config": {"learning_rate": 0.05, "momentum": 0.9}}),
    ],
)
def test_sgd_with_momentum_is_known_by_its_steps(optimizer):
    assert passes(check.steps_like_sgd(classifier(optimizer=optimizer), 0.05, 0.9))


@pytest.mark.parametrize(
    "optimizer",
    ["sgd", SGD(0.05), SGD(0.9, momentum=0.05), SGD(0.5, momentum=0.9), keras.optimizers.Adam(0.05), "rmsprop"],
)
def test_other_steps_are_refused(optimizer):
    assert not passes(check.steps_like_sgd(classifier(optimizer=optimizer), 0.05, 0.9))


def accuracy_by_hand(y_true, y_pred):
    hit = keras.ops.equal(keras.ops.cast(y_true, "int32"), keras.ops.cast(keras.ops.argmax(y_pred, -1), "int32"))
    return keras.ops.cast(hit, "float32")


@pytest.mark.parametrize(
    "metrics",
    [
        ["accuracy"],
        ["sparse_categorical_accuracy"],
        [keras.metrics.SparseCategoricalAccuracy(name="share")],
        [accuracy_by_hand],
        ["accuracy", keras.metrics.SparseTopKCategoricalAccuracy(2)],
    ],
)
def test_accuracy_is_known_by_its_value(metrics):
    x, y = check.clusters(60, 4, 3)
    assert passes(check.reports(classifier(metrics=metrics), x, y, "multiclass"))


@pytest.mark.parametrize(
    "metrics", [[], ["mae"], ["categorical_accuracy"], [keras.metrics.SparseTopKCategoricalAccuracy(2)], ["mse"]]
)
def test_other_metrics_are_refused(metrics):
    x, y = check.clusters(60, 4, 3)
    assert not passes(check.reports(classifier(metrics=metrics), x, y, "multiclass"))


@pytest.mark.parametrize("optimizer", [SGD(0.05), SGD(0.05, clipnorm=5.0)])
def test_plain_sgd_is_known_too(optimizer):
    assert passes(check.steps_like_sgd(classifier(optimizer=optimizer), 0.05, 0.0))


@pytest.mark.parametrize(
    "optimizer", [keras.optimizers.Adam(0.05), keras.optimizers.RMSprop(0.05), SGD(0.05, momentum=0.5)]
)
def test_equal_steps_on_an_equal_gradient_are_no_sgd(optimizer):
    assert not passes(check.steps_like_sgd(classifier(optimizer=optimizer), 0.05, 0.0))


# ---- splitting

FRACTIONS = (0.6, 0.2, 0.2)


def split(seed=0, cuts=(0.6, 0.8), statistics=lambda train, x: train, ddof=0):
    """(X, y) and a split of it whose parts are scaled by what `statistics` picks from (training part, all rows)."""
    x, y = check.named_rows(150, 4, "tests")
    order = np.random.default_rng(seed).permutation(150)
    parts = np.split(order, [int(cut * 150) for cut in cuts])
    of = statistics(x[parts[0]], x)
    scaled = [((x[rows] - of.mean(axis=0)) / of.std(axis=0, ddof=ddof), y[rows]) for rows in parts]
    return x, y, scaled


@pytest.mark.parametrize("ddof", [0, 1])
@pytest.mark.parametrize("seed", range(3))
def test_an_honest_split_passes(seed, ddof):
    x, y, parts = split(seed, ddof=ddof)
    assert passes(
        check.three_parts(parts), check.disjoint_parts(parts, y, FRACTIONS), check.shuffled(parts, y),
        check.scaled_by_training(parts, x, y),
    )  # fmt: skip


def test_scaling_by_all_rows_is_refused():
    for seed in range(5):
        x, y, parts = split(seed, statistics=lambda train, x: x)
        assert not passes(check.scaled_by_training(parts, x, y))


def test_scaling_each_part_by_itself_is_refused_and_told():
    x, y, parts = split()
    parts[2] = ((parts[2][0] - parts[2][0].mean(0)) / parts[2][0].std(0), parts[2][1])
    failed = [o for o in check.scaled_by_training(parts, x, y) if not o.ok]
    assert [o.about for o in failed] == ["test part scaled"] and "its own numbers" in failed[0].seen


def test_other_sizes_shared_lost_and_unshuffled_rows_are_refused():
    _, y, parts = split(cuts=(0.5, 0.75))
    assert not passes(check.disjoint_parts(parts, y, FRACTIONS))
    _, y, parts = split()
    assert not passes(check.disjoint_parts([parts[0], parts[2], parts[2]], y, FRACTIONS))
    assert not passes(check.disjoint_parts([parts[0], parts[1], (parts[2][0][:-4], parts[2][1][:-4])], y, FRACTIONS))
    in_order = [(np.zeros((len(part), 4)), part) for part in np.split(y, [90, 120])]
    assert not passes(check.shuffled(in_order, y))


@pytest.mark.parametrize("value", [None, (1, 2), ((1, 2), (3, 4)), "abc", [([1], [1, 2])] * 3])
def test_what_is_no_three_parts_is_refused(value):
    (observation,) = check.three_parts(value)
    assert not observation.ok and observation.stop


def test_the_seed_is_followed():
    first, again, other = (split(seed)[2] for seed in (1, 1, 2))
    assert passes(check.follows_seed(first, again, other))
    assert not passes(check.follows_seed(first, other, other))
    assert not passes(check.follows_seed(first, again, again))


# ---- training


def honest(x, y, epochs=4, learning_rate=0.03):
    """What a student does right, in eager mode for speed."""
    model = classifier(x.shape[1], 3, keras.optimizers.Adam(learning_rate))
    model.run_eagerly = True
    model.fit(x[:150], y[:150], validation_data=(x[150:], y[150:]), epochs=epochs, verbose=0)
    return model, model.history


@pytest.fixture(scope="module")
def trained():
    x, y = check.clusters(400, 5, 3, "trained")
    with spying.fits() as fits:
        model, history = honest(x[:200], y[:200])
    return model, history, fits, x[200:], y[200:]


def test_an_honest_training_passes(trained):
    model, history, fits, x, y = trained
    assert passes(check.training((model, history), fits, x, y, 4, 0.03, 0.8))


def test_fit_is_as_it_was_after_looking_over_its_shoulder():
    before = keras.Model.fit
    with spying.fits(), pytest.raises(RuntimeError):
        raise RuntimeError
    assert keras.Model.fit is before


def test_what_was_not_done_is_seen(trained):
    model, history, fits, x, y = trained
    assert not passes(check.history_of(history, 5))
    assert not passes(check.history_of({"loss": [1.0, 0.5]}, 2))
    assert not passes(check.history_of({"loss": [1.0, np.nan], "val_loss": [1.0, 1.0]}, 2))
    assert not passes(check.history_of(None, 2))
    assert not passes(check.history_of({"loss": 0.3, "accuracy": 0.9}, 2))
    assert not passes(check.fitted(classifier(5), fits, 4))
    assert not passes(check.fitted(model, [*fits, *fits], 4))
    assert not passes(check.learning_rate_is(model, fits, 0.01))
    assert not passes(check.beats_baseline(classifier(5), x, y, 0.8))


@pytest.mark.parametrize(
    ("rows", "validation"),
    [(slice(0, 200), slice(150, 200)), (slice(0, 200), slice(0, 200)), (slice(0, 151), slice(150, 200))],
)
def test_validation_rows_that_were_trained_on_are_seen(rows, validation):
    x, _ = check.clusters(200, 5, 3, "held back")
    model = classifier(5)
    assert passes(check.held_back(model, [spying.Fit(model, 1, x[:150], x[150:], 0.1)]))
    assert not passes(check.held_back(model, [spying.Fit(model, 1, x[rows], x[validation], 0.1)]))


def test_a_fit_without_validation_is_seen():
    x, _ = check.clusters(200, 5, 3, "none")
    model = classifier(5)
    assert not passes(check.held_back(model, [spying.Fit(model, 1, x, None, 0.1, validated=False)]))


@pytest.mark.parametrize("part", ["rows", "validation"])
def test_test_rows_that_were_used_are_seen(part):
    x, _ = check.clusters(300, 5, 3, "sealed")
    model = classifier(5)
    honest_fit = {"rows": x[:150], "validation": x[150:200]}
    assert passes(check.held_back(model, [spying.Fit(model, 1, **honest_fit, learning_rate=0.1)], x[200:]))
    leak = {**honest_fit, part: x[150:260]}
    assert not passes(check.held_back(model, [spying.Fit(model, 1, **leak, learning_rate=0.1)], x[200:]))


@pytest.mark.parametrize("form", ["arrays", "split", "dataset"])
def test_the_rows_of_a_fit_are_told_in_every_form(form):
    import tensorflow as tf

    x, y = check.clusters(40, 5, 3, "forms")
    model = classifier(5)
    model.run_eagerly = True
    with spying.fits() as fits:
        if form == "arrays":
            model.fit(x[:30], y[:30], validation_data=(x[30:], y[30:]), verbose=0)
        elif form == "split":
            model.fit(x, y, validation_split=0.25, verbose=0)
        else:
            train, held = (tf.data.Dataset.from_tensor_slices(d).batch(8) for d in ((x[:30], y[:30]), (x[30:], y[30:])))
            model.fit(train, validation_data=held, verbose=0)
    (fit,) = fits
    assert np.array_equal(fit.rows, x[:30]) and np.array_equal(fit.validation, x[30:])


def test_a_class_that_is_never_found_is_named(trained):
    model, _, _, x, y = trained
    blind = keras.Sequential([keras.Input((5,)), keras.layers.Dense(2, activation="softmax")])
    (observation,) = check.beats_baseline(blind, x, y, 0.9)
    assert not observation.ok and "class" in observation.seen and "2" in observation.seen
    assert model


# ---- labels

HEADS = ["sigmoid", "flat sigmoid", "one logit", "softmax", "logits"]


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("seed", range(3))
def test_planted_answers_are_the_models_own(head, seed):
    model, x, labels = check.planted_model(head, 3, seed)
    outputs = np.asarray(model(x))
    if outputs.ndim == 2 and outputs.shape[1] > 1:
        found = outputs.argmax(axis=1)
    else:
        found = (outputs.ravel() > (0 if head == "one logit" else 0.5)).astype(int)
    assert passes(check.labels_are(found, labels, head))
    assert len(np.unique(labels)) == (3 if head in ("softmax", "logits") else 2)


def test_labels_in_another_form_or_wrong_are_refused():
    _, _, labels = check.planted_model("softmax", 3, 0)
    for found in (
        labels[:, None],
        labels.astype(float),
        np.eye(3)[labels],
        labels[:-1],
        1 - labels,
        np.zeros_like(labels),
    ):
        assert not passes(check.labels_are(found, labels, "softmax"))


# ---- files


def test_a_model_saved_whole_passes(tmp_path):
    x, y = check.clusters(30, 4, 3)
    model, path = classifier(), str(tmp_path / "m.keras")
    model.save(path)
    restored = keras.saving.load_model(path)
    scores = restored.evaluate(x, y, verbose=0, return_dict=True)
    assert passes(
        check.saved_whole(path, model, x), check.came_back(restored, model, x), check.scores_equal(scores, model, x, y)
    )


def test_weights_alone_nothing_and_another_model_are_refused(tmp_path):
    x, y = check.clusters(30, 4, 3)
    model, path = classifier(), str(tmp_path / "m.keras")
    assert not passes(check.saved_whole(path, model, x))
    weights = str(tmp_path / "m.weights.h5")
    model.save_weights(weights)
    (tmp_path / "m.weights.h5").rename(path)
    assert not passes(check.saved_whole(path, model, x))
    classifier().save(path)
    assert not passes(check.saved_whole(path, model, x))
    assert not passes(check.came_back(model, model, x))
    assert not passes(check.came_back(classifier(), model, x))
    assert not passes(check.scores_equal([0.5, 0.5], model, x, y))
    assert not passes(check.scores_equal({"loss": 0.0, "accuracy": 1.0}, model, x, y))


# ---- answers in words


def test_a_choice_is_noted_and_judged(capsys):
    check.choice("q", "b", options="abc")
    check.choice("q", " B ", options="abc", answer="b")
    for given, answer in (("d", None), (2, None), ("ab", None), ("a", "b")):
        with pytest.raises(check.Wrong):
            check.choice("q", given, options="abc", answer=answer)


@pytest.mark.parametrize("given", [..., None, ""])
def test_no_choice_is_not_attempted(given, monkeypatch, capsys):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    check.choice("q", given, options="abc")
    assert "not attempted" in capsys.readouterr().out


# ---- fresh data


def test_data_follow_the_seed(monkeypatch):
    first = check.clusters(30, 3, 3)
    monkeypatch.setenv("GRADER_SEED", "7")
    other = check.clusters(30, 3, 3)
    again = check.clusters(30, 3, 3)
    assert not np.array_equal(first[0], other[0]) and np.array_equal(other[0], again[0])
    assert np.array_equal(
        np.sort(check.clusters(31, 3, 3, by_class=True)[1]), check.clusters(31, 3, 3, by_class=True)[1]
    )
