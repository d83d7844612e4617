"""Looking on: how often the test rows were scored, and for how long `fit` really trained."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import StandardScaler

from grader import check
from grader.check.remote import data_spy
from grader.check.tasks import Task
from grader.verdict import StudentError
from tests.elsewhere import elsewhere
from tests.observed import failed

layers = keras.layers
ROWS, LABELS = check.clusters(70, 4, 3, "sealed")
X, Y, X_TEST, Y_TEST = ROWS[:48], LABELS[:48], ROWS[48:], LABELS[48:]
WHERE = pytest.mark.parametrize("where", [lambda function: function, elsewhere], ids=["live", "elsewhere"])


def sequential(rate=0.1):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="softmax")])
    model.compile(keras.optimizers.SGD(rate), "sparse_categorical_crossentropy", run_eagerly=True)
    return model


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.inner = sequential()

    def call(self, inputs):
        return self.inner(inputs)


def subclassed():
    model = Subclassed()
    model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
    return model


def share(labels, outputs):
    return float(np.mean(np.argmax(outputs, axis=1) == labels))


# ---- scored once


def evaluated(x, y, x_test, y_test):
    model = sequential()
    model.fit(x, y, epochs=2, verbose=0, validation_split=0.25)
    return model.evaluate(x_test, y_test, verbose=0)


def chosen(x, y, x_test, y_test):
    """Three candidates by their validation loss, the best of them on the test rows."""
    models = [sequential(rate) for rate in (0.01, 0.1, 0.5)]
    best = min(
        models,
        key=lambda model: model.fit(x[:40], y[:40], validation_data=(x[40:], y[40:]), verbose=0).history["val_loss"],
    )
    return share(y_test, best.predict(x_test, verbose=0))


def scaled(x, y, x_test, y_test):
    scaler = StandardScaler().fit(x)
    model = sequential()
    model.fit(scaler.transform(x), y, verbose=0)
    return share(y_test, model.predict(scaler.transform(x_test), verbose=0))


def another_shape(x, y, x_test, y_test):
    """Columns in another order, one of them turned round, and a new one."""
    model = keras.Sequential([keras.Input((5,)), layers.Dense(3)])
    changed = np.concatenate([x_test[:, ::-1] * [[-2, 1, 1, 3]], np.ones((len(x_test), 1))], axis=1)
    return share(y_test, model(changed.astype("float32")))


def in_batches(x, y, x_test, y_test):
    model, hits = subclassed(), 0
    for start in range(0, len(x_test), 8):
        rows = slice(start, start + 8)
        hits += np.sum(np.argmax(model(x_test[rows] - x.mean(axis=0)), axis=1) == y_test[rows])
    return hits / len(x_test)


def dataset(x, y, x_test, y_test):
    return sequential().evaluate(tf.data.Dataset.from_tensor_slices((x_test, y_test)).batch(5), verbose=0)


def shuffled(x, y, x_test, y_test):
    order = np.random.default_rng(3).permutation(len(x_test))
    return sequential().evaluate(x_test[order], y_test[order], verbose=0)


def by_predict_on_batch(x, y, x_test, y_test):
    return share(y_test, sequential().predict_on_batch(x_test))


def build(X, y, rate=0.1):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="softmax")])
    model.compile(keras.optimizers.SGD(rate), "categorical_crossentropy", run_eagerly=True)
    return model


def grid_search(x, y, x_test=None, y_test=None, to_fit=None, **settings):
    wrapper = keras.wrappers.SKLearnClassifier(build, model_kwargs={"rate": 0.1}, **settings)
    grid = GridSearchCV(wrapper, {"model_kwargs": [{"rate": 0.1}, {"rate": 0.01}]}, cv=2)
    grid.fit(x, y, **(to_fit or {"verbose": 0}))
    return None if x_test is None else float(grid.score(x_test, y_test))


ONCE = [evaluated, chosen, scaled, another_shape, in_batches, dataset, shuffled, by_predict_on_batch, grid_search]


@pytest.mark.parametrize("function", ONCE)
def test_scored_once(function, capsys):
    assert not failed(check.scored_once(check.look_on(function, X, Y, X_TEST, Y_TEST), X_TEST))


def chosen_by_the_test(x, y, x_test, y_test):
    return max(share(y_test, sequential(rate).predict(x_test, verbose=0)) for rate in (0.01, 0.1, 0.5))


def validated(x, y, x_test, y_test):
    sequential().fit(x, y, validation_data=(x_test, y_test), verbose=0)


def trained(x, y, x_test, y_test):
    model = sequential()
    model.fit(np.concatenate([x, x_test]), np.concatenate([y, y_test]), verbose=0)
    return model.evaluate(x_test, y_test, verbose=0)


def looked_between(x, y, x_test, y_test):
    model = sequential()
    for _ in range(2):
        model.fit(x, y, verbose=0)
        model.evaluate(x_test / 2 + 1, y_test, verbose=0)


def never(x, y, x_test, y_test):
    return evaluated(x[:24], y[:24], x[24:], y[24:])


def a_part_again(x, y, x_test, y_test):
    model = sequential()
    model.predict(x_test[:10], verbose=0)
    return model.evaluate(x_test, y_test, verbose=0)


def validated_scaled(x, y, x_test, y_test):
    sequential().fit(x / 3, y, validation_data=(x_test / 3, y_test), verbose=0)


def nested_once_more(x, y, x_test, y_test):
    model = subclassed()
    return float(np.sum(model(x_test)) + np.sum(model.inner(x_test)))


NOT_ONCE = {
    "the best on the test": (chosen_by_the_test, "scored 3 times"),
    "as validation data": (validated, "22 of them were validated on"),
    "as scaled validation data": (validated_scaled, "22 of them were validated on"),
    "trained on": (trained, "22 of them were trained on"),
    "after each epoch": (looked_between, "scored twice"),
    "never": (never, "never scored"),
    "a part of them before": (a_part_again, "scored twice"),
    "by two models": (nested_once_more, "scored twice"),
}


@pytest.mark.parametrize(("function", "seen"), NOT_ONCE.values(), ids=NOT_ONCE)
def test_not_scored_once(function, seen):
    found = [o for o in check.scored_once(check.look_on(function, X, Y, X_TEST, Y_TEST), X_TEST) if not o.ok]
    assert [o.about for o in found] == ["test rows"] and seen in found[0].seen


@WHERE
def test_the_same_elsewhere(where):
    assert not failed(check.scored_once(check.look_on(where(evaluated), X, Y, X_TEST, Y_TEST), X_TEST))
    looks = check.look_on(where(chosen_by_the_test), X, Y, X_TEST, Y_TEST)
    assert failed(check.scored_once(looks, X_TEST)) == ["test rows"]


def test_a_task_can_look_on(capsys):
    with Task("Looking on", watch_fit=True) as task:
        seen = task.run(check.look_on, evaluated, X, Y, X_TEST, Y_TEST)
        task.expect(check.scored_once(seen, X_TEST), check.epochs_run(seen, 2))
    assert len(task.fits) == 1


def test_keras_is_left_as_it_was():
    before = {name: vars(keras.Model).get(name) for name in ("fit", *data_spy.SCORING)}
    check.look_on(evaluated, X, Y, X_TEST, Y_TEST)
    with pytest.raises(StudentError):
        check.look_on(lambda: 1 / 0)
    assert {name: vars(keras.Model).get(name) for name in ("fit", *data_spy.SCORING)} == before


def test_other_estimators_are_not_seen():
    def function(x, y, x_test, y_test):
        return LogisticRegression().fit(x, y).score(x_test, y_test)

    assert check.look_on(function, X, Y, X_TEST, Y_TEST).looks == []


# ---- epochs


def trains(*epochs, batch_size=16, how=None):
    def function(x, y):
        for n in epochs:
            sequential().fit(x, y, epochs=n, batch_size=batch_size, verbose=0, **(how() if how else {}))

    return function


def generator(x, y):
    def batches():
        while True:
            for start in range(0, 48, 16):
                yield x[start : start + 16], y[start : start + 16]

    sequential().fit(batches(), epochs=3, steps_per_epoch=3, verbose=0)


def as_dataset(x, y):
    sequential().fit(tf.data.Dataset.from_tensor_slices((x, y)).batch(16), epochs=3, verbose=0)


def goes_on(x, y):
    model = sequential()
    model.fit(x, y, epochs=4, initial_epoch=1, batch_size=16, verbose=0)


EPOCHS = {
    "one fit": trains(3),
    "two fits": trains(3, 3),
    "callbacks of its own": trains(3, how=lambda: {"callbacks": [keras.callbacks.TerminateOnNaN()]}),
    "a single callback": trains(3, how=lambda: {"callbacks": keras.callbacks.TerminateOnNaN()}),
    "a data set": as_dataset,
    "a generator": generator,
    "going on from epoch 1": goes_on,
}


def stopped(x, y):
    stop = keras.callbacks.EarlyStopping("loss", patience=0, min_delta=100.0)
    sequential().fit(x, y, epochs=3, batch_size=16, callbacks=[stop], verbose=0)


OTHER_EPOCHS = {
    "the default": (trains(1), ["epochs"]),
    "one of two": (trains(3, 2), ["epochs"]),
    "stopped early": (stopped, ["epochs"]),
    "no fit": (lambda x, y: None, ["epochs"]),
    "too many": (trains(4), ["epochs"]),
    "larger batches": (trains(3, batch_size=48), ["batches"]),
}


@pytest.mark.parametrize("function", EPOCHS.values(), ids=EPOCHS)
def test_epochs_that_ran(function):
    assert not failed(check.epochs_run(check.look_on(function, X, Y), 3, batches=3))


@pytest.mark.parametrize(("function", "about"), OTHER_EPOCHS.values(), ids=OTHER_EPOCHS)
def test_other_epochs(function, about):
    assert failed(check.epochs_run(check.look_on(function, X, Y), 3, batches=3)) == about


def test_a_search_that_loses_its_epochs(capsys):
    """What a clone forgets: `fit_kwargs` of the wrapper. Five trainings: two candidates, two folds, one refit."""
    kept = check.look_on(grid_search, X, Y, to_fit={"epochs": 2, "verbose": 0})
    assert not failed(check.epochs_run(kept, 2, fits=5))
    lost = check.look_on(grid_search, X, Y, fit_kwargs={"epochs": 2})
    found = [o for o in check.epochs_run(lost, 2, fits=5) if not o.ok]
    assert "was lost" in found[0].next and "5 of 5" in found[0].seen
