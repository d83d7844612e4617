"""Loops and steps of one's own: the same weights as `fit`, whatever way they were written."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from grader import check
from grader.verdict import StudentError
from tests.elsewhere import elsewhere
from tests.observed import failed

layers = keras.layers
FEATURES = 4
X, Y = check.measurements(16, FEATURES, "stepping")
Y = Y[:, None]
LABELS = (Y[:, 0] > 0).astype("int64")
HERE_AND_THERE = pytest.mark.parametrize("where", [lambda f: f, elsewhere], ids=["live", "elsewhere"])


def network(*more, units=1, penalty=None, activation=None):
    hidden = layers.Dense(5, activation="tanh", kernel_regularizer=penalty)
    return keras.Sequential([keras.Input((FEATURES,)), hidden, *more, layers.Dense(units, activation=activation)])


# ---- a training loop


def tape_loop(model, data, optimizer, loss, epochs, training=True, penalties=1, factor=1.0, clip=None, passes=None):
    """The loop that the exercise asks for, with a place for every slip."""
    curve = []
    for _ in range(passes or epochs):
        mean = keras.metrics.Mean()
        for x, y in data:
            with tf.GradientTape() as tape:
                value = loss(y, model(x, training=training))
                value = value + penalties * sum(model.losses) if model.losses else value
                scaled = value * factor
            gradients = tape.gradient(scaled, model.trainable_variables)
            if clip is not None:
                gradients = clip(gradients)
            optimizer.apply(gradients, model.trainable_variables)
            mean.update_state(value)
        curve.append(float(mean.result()))
    return {"loss": curve}


def older_names(model, data, optimizer, loss, epochs):
    for _ in range(epochs):
        for x, y in data:
            with tf.GradientTape() as tape:
                predicted = model(x, training=True)
                value = loss(y, predicted) + tf.add_n(model.losses or [tf.constant(0.0)])
            pairs = zip(tape.gradient(value, model.trainable_weights), model.trainable_weights, strict=True)
            optimizer.apply_gradients(pairs)


def in_a_graph(model, data, optimizer, loss, epochs):
    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            value = loss(y, model(x, training=True)) + sum(model.losses)
        optimizer.apply(tape.gradient(value, model.trainable_variables), model.trainable_variables)
        return value

    return [np.mean([step(x, y) for x, y in data]) for _ in range(epochs)]


def with_fit(model, data, optimizer, loss, epochs):
    model.compile(optimizer, loss)
    return model.fit(data, epochs=epochs, shuffle=False, verbose=0)


def batch_by_batch(model, data, optimizer, loss, epochs):
    model.compile(optimizer, loss, run_eagerly=True)
    for _ in range(epochs):
        for x, y in data:
            model.train_on_batch(x, y)


class Trainer:
    def __init__(self, model, optimizer, loss):
        self.model, self.optimizer, self.loss = model, optimizer, loss

    def step(self, x, y):
        with tf.GradientTape() as tape:
            value = self.loss(y, self.model(x, training=True)) + sum(self.model.losses)
        found = tape.gradient(value, self.model.trainable_variables)
        self.optimizer.apply(found, self.model.trainable_variables)


def with_a_class(model, data, optimizer, loss, epochs):
    trainer = Trainer(model, optimizer, loss)
    for _ in range(epochs):
        for batch in data:
            trainer.step(*batch)


LOOPS = {
    "a tape": tape_loop,
    "apply_gradients": older_names,
    "a tf.function": in_a_graph,
    "fit itself": with_fit,
    "train_on_batch": batch_by_batch,
    "a class": with_a_class,
}
NORMALISED = {"model": lambda: network(layers.BatchNormalization(), penalty=keras.regularizers.L2(0.05))}


@pytest.mark.parametrize("loop", LOOPS.values(), ids=LOOPS)
def test_a_loop_that_does_what_fit_does(loop):
    assert not failed(check.steps_like_fit(loop, NORMALISED["model"](), X, Y))


def outside_the_tape(model, data, optimizer, loss, epochs):
    for _ in range(epochs):
        for x, y in data:
            predicted = model(x, training=True)
            with tf.GradientTape() as tape:
                value = loss(y, predicted)
            found = tape.gradient(value, model.trainable_variables)
            found = [0.0 * w if g is None else g for g, w in zip(found, model.trainable_variables, strict=True)]
            optimizer.apply(found, model.trainable_variables)


def no_step(model, data, optimizer, loss, epochs):
    return {"loss": [float(loss(y, model(x, training=True))) for x, y in data]}


def rows_against_columns(model, data, optimizer, loss, epochs):
    """(N,) − (N, 1) makes a table of N × N differences."""
    for _ in range(epochs):
        for x, y in data:
            with tf.GradientTape() as tape:
                value = tf.reduce_mean((y[:, 0] - model(x, training=True)) ** 2) + sum(model.losses)
            optimizer.apply(tape.gradient(value, model.trainable_variables), model.trainable_variables)


def shuffled(model, data, optimizer, loss, epochs):
    return tape_loop(model, data.unbatch().shuffle(16, seed=3).batch(8), optimizer, loss, epochs)


SLIPS = {
    "outside the tape": (outside_the_tape, "inside the tape"),
    "no step at all": (no_step, "inside the tape"),
    "inference mode": (lambda *a: tape_loop(*a, training=False), "`training=True`"),
    "no penalties": (lambda *a: tape_loop(*a, penalties=0), "the missing penalties"),
    "penalties twice": (lambda *a: tape_loop(*a, penalties=2), "only once"),
    "one epoch": (lambda *a: tape_loop(*a, passes=1), "only one pass"),
    "rows against columns": (rows_against_columns, "one step on one batch"),
    "shuffled": (shuffled, "one step on one batch"),
}


@pytest.mark.parametrize(("loop", "advice"), SLIPS.values(), ids=SLIPS)
def test_a_loop_that_goes_elsewhere(loop, advice):
    found = list(check.steps_like_fit(loop, NORMALISED["model"](), X, Y, epochs=2))
    assert [o.about for o in found if not o.ok] == ["weights after training"]
    assert advice in found[0].next


@pytest.mark.parametrize(
    ("factor", "advice"),
    [(-1.0, "opposite direction"), (8.0, "8 times as large"), (np.nan, "one step")],
    ids=["up", "sum", "NaN"],
)
def test_steps_of_another_length(factor, advice):
    oracle = check.steps_like_fit(
        lambda *a: tape_loop(*a, factor=factor), network(), X, Y, epochs=1, batch_size=None, optimizer="sgd"
    )
    found = next(o for o in oracle if not o.ok)
    assert found.about == "weights after training" and advice in found.next


@HERE_AND_THERE
def test_the_same_elsewhere(where):
    model = NORMALISED["model"]()
    assert not failed(check.steps_like_fit(where(tape_loop), model, X, Y, curves=["loss"]))
    assert failed(check.steps_like_fit(where(no_step), model, X, Y)) == ["weights after training"]


def test_statistics_have_to_move():
    def two_passes(model, data, optimizer, loss, epochs):
        """The gradient of training mode, and the statistics put back."""
        kept = [w.numpy() for w in model.non_trainable_weights]
        tape_loop(model, data, optimizer, loss, epochs)
        for weight, value in zip(model.non_trainable_weights, kept, strict=True):
            weight.assign(value)

    found = list(check.steps_like_fit(two_passes, NORMALISED["model"](), X, Y))
    assert [o.about for o in found if not o.ok] == ["statistics"] and "unchanged" in found[-1].seen


@pytest.mark.parametrize("optimizer", ["sgd", keras.optimizers.RMSprop(0.01), keras.optimizers.SGD(0.1, nesterov=True)])
def test_any_optimizer(optimizer):
    assert not failed(check.steps_like_fit(tape_loop, network(), X, Y, optimizer=optimizer))


def test_a_function_that_takes_too_much_is_the_students_error():
    with pytest.raises(StudentError, match="missing 1 required positional argument"):
        failed(check.steps_like_fit(lambda model, data, optimizer, loss, epochs, rate: None, network(), X, Y))


def test_a_classifier_with_labels():
    model = network(units=2, activation="softmax")
    loss = "sparse_categorical_crossentropy"
    assert not failed(check.steps_like_fit(tape_loop, model, X, LABELS, loss=loss, curves=["loss"]))


# ---- what it returns


def accuracy_too(model, data, optimizer, loss, metric, epochs, reset=True):
    curves = {"loss": [], "accuracy": []}
    mean = keras.metrics.Mean()
    for _ in range(epochs):
        for x, y in data:
            with tf.GradientTape() as tape:
                predicted = model(x, training=True)
                value = loss(y, predicted)
            optimizer.apply(tape.gradient(value, model.trainable_variables), model.trainable_variables)
            metric.update_state(y, predicted)
            mean.update_state(value)
        curves["loss"].append(mean.result())
        curves["accuracy"].append(metric.result())
        if reset:
            metric.reset_state()
            mean.reset_state()
    return curves


CLASSIFIER = {
    "given": ("model", "dataset", "optimizer", "loss", "metric", "epochs"),
    "loss": "sparse_categorical_crossentropy",
    "metric": "sparse_categorical_accuracy",
    "curves": ("loss", "accuracy"),
    "epochs": 3,
}


def as_history(*args):
    history = keras.callbacks.History()
    history.history = accuracy_too(*args)
    return history


CURVES = {
    "a dict": accuracy_too,
    "a History": as_history,
    "a model and a dict": lambda *args: (args[0], accuracy_too(*args)),
    "arrays": lambda *args: {name: np.array(curve) for name, curve in accuracy_too(*args).items()},
    "tensors": lambda *args: {name: tf.stack(curve) for name, curve in accuracy_too(*args).items()},
}
NO_CURVES = {
    "never reset": (
        lambda *args: accuracy_too(*args, reset=False),
        ["`loss` of each epoch", "`accuracy` of each epoch"],
    ),
    "only the loss": (lambda *args: {"loss": accuracy_too(*args)["loss"]}, ["`accuracy` of each epoch"]),
    "one number": (lambda *args: accuracy_too(*args)["loss"][-1], ["`loss` of each epoch", "`accuracy` of each epoch"]),
    "nothing": (lambda *args: accuracy_too(*args) and None, ["`loss` of each epoch", "`accuracy` of each epoch"]),
    "text": (lambda *args: str(accuracy_too(*args)), ["`loss` of each epoch", "`accuracy` of each epoch"]),
}


@pytest.mark.parametrize("train", CURVES.values(), ids=CURVES)
def test_curves_as_fit_reports_them(train):
    model = network(units=2, activation="softmax")
    assert not failed(check.steps_like_fit(train, model, X, LABELS, **CLASSIFIER))


@pytest.mark.parametrize(("train", "wrong"), NO_CURVES.values(), ids=NO_CURVES)
def test_other_curves(train, wrong):
    model = network(units=2, activation="softmax")
    found = list(check.steps_like_fit(train, model, X, LABELS, **CLASSIFIER))
    assert [o.about for o in found if not o.ok] == wrong


def test_metrics_never_reset_are_known():
    found = list(
        check.steps_like_fit(
            NO_CURVES["never reset"][0], network(units=2, activation="softmax"), X, LABELS, **CLASSIFIER
        )
    )
    assert any("reset_state" in o.next for o in found if not o.ok)


# ---- clipping, accumulation, a step as a tf.function

LIMIT = 0.05


def own_norm(gradients):
    norm = tf.sqrt(sum(tf.reduce_sum(g**2) for g in gradients))
    return [g * tf.minimum(1.0, LIMIT / norm) for g in gradients]


CLIPS = {
    "clip_by_global_norm": lambda gradients: tf.clip_by_global_norm(gradients, LIMIT)[0],
    "by hand": own_norm,
    "global_norm and where": lambda gradients: [
        tf.where(tf.linalg.global_norm(gradients) > LIMIT, g * LIMIT / tf.linalg.global_norm(gradients), g)
        for g in gradients
    ],
    "NumPy's norm": lambda gradients: [
        g * min(1.0, LIMIT / np.sqrt(sum(float(tf.reduce_sum(h * h)) for h in gradients))) for g in gradients
    ],
    "one vector": lambda gradients: [
        g * (LIMIT / tf.maximum(LIMIT, tf.norm(tf.concat([tf.reshape(h, [-1]) for h in gradients], 0))))
        for g in gradients
    ],
}
NO_CLIPS = {
    "not at all": (lambda gradients: gradients, "aren't clipped"),
    "each by itself": (
        lambda gradients: [tf.clip_by_norm(g, LIMIT) for g in gradients],
        "norm of all gradients together",
    ),
    "each number": (
        lambda gradients: [tf.clip_by_value(g, -LIMIT, LIMIT) for g in gradients],
        "changes their direction",
    ),
    "always": (lambda gradients: [g / tf.linalg.global_norm(gradients) for g in gradients], "times as large"),
    "twice the limit": (lambda gradients: tf.clip_by_global_norm(gradients, 2 * LIMIT)[0], "2 times as large"),
}


@pytest.mark.parametrize("clip", CLIPS.values(), ids=CLIPS)
def test_clipping_by_the_global_norm(clip):
    train = check.steps_like_fit(lambda *a: tape_loop(*a, clip=clip), network(), X, Y, epochs=1, clip=("norm", LIMIT))
    assert not failed(train)


@pytest.mark.parametrize(("clip", "advice"), NO_CLIPS.values(), ids=NO_CLIPS)
def test_clipping_otherwise(clip, advice):
    how = {"epochs": 1, "batch_size": None, "optimizer": "sgd", "clip": ("norm", LIMIT)}
    found = next(
        o for o in check.steps_like_fit(lambda *a: tape_loop(*a, clip=clip), network(), X, Y, **how) if not o.ok
    )
    assert found.about == "weights after training" and advice in found.next


def test_clipping_by_value():
    how = {"epochs": 1, "clip": ("value", LIMIT)}
    right, wrong = NO_CLIPS["each number"][0], CLIPS["clip_by_global_norm"]
    assert not failed(check.steps_like_fit(lambda *a: tape_loop(*a, clip=right), network(), X, Y, **how))
    assert failed(check.steps_like_fit(lambda *a: tape_loop(*a, clip=wrong), network(), X, Y, **how))


def test_a_limit_that_clips_nothing_is_our_own_fault():
    with pytest.raises(ValueError, match="clips nothing"):
        failed(check.steps_like_fit(lambda *a: tape_loop(*a, factor=2), network(), X, Y, clip=("norm", 1e6)))


def accumulate(model, batches, optimizer, loss, divide=True, last=False):
    total = [tf.zeros_like(w) for w in model.trainable_variables]
    for x, y in batches:
        with tf.GradientTape() as tape:
            value = loss(y, model(x, training=True))
        found = tape.gradient(value, model.trainable_variables)
        total = found if last else [t + g for t, g in zip(total, found, strict=True)]
    optimizer.apply([t / len(batches) if divide else t for t in total], model.trainable_variables)


def accumulate_the_loss(model, batches, optimizer, loss):
    with tf.GradientTape() as tape:
        value = sum(loss(y, model(x, training=True)) for x, y in batches) / len(batches)
    optimizer.apply(tape.gradient(value, model.trainable_variables), model.trainable_variables)


def all_at_once(model, batches, optimizer, loss):
    x, y = (tf.concat(parts, 0) for parts in zip(*batches, strict=True))
    accumulate(model, [(x, y)], optimizer, loss)


def step_for_each(model, batches, optimizer, loss):
    for batch in batches:
        accumulate(model, [batch], optimizer, loss)


MICRO = {
    "given": ("model", "batches", "optimizer", "loss"),
    "batch_size": 4,
    "parts": 4,
    "epochs": 1,
    "optimizer": "sgd",
}


@pytest.mark.parametrize("step", [accumulate, accumulate_the_loss, all_at_once])
def test_micro_batches_make_one_large_step(step):
    assert not failed(check.steps_like_fit(step, network(), X, Y, **MICRO))


@pytest.mark.parametrize(
    ("step", "advice"),
    [
        (lambda *a: accumulate(*a, divide=False), "number of micro-batches"),
        (lambda *a: accumulate(*a, last=True), ""),
        (lambda *a: accumulate(*a, last=True, divide=False), ""),
        (step_for_each, ""),
        (lambda *a: None, "inside the tape"),
    ],
    ids=["not divided", "the last one only", "the last, not divided", "a step for each", "nothing"],
)
def test_micro_batches_gone_wrong(step, advice):
    found = list(check.steps_like_fit(step, network(), X, Y, **MICRO))
    assert [o.about for o in found if not o.ok] == ["weights after training"] and advice in found[0].next


def graph_step(model, optimizer, loss):
    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            value = loss(y, model(x, training=True))
        optimizer.apply(tape.gradient(value, model.trainable_variables), model.trainable_variables)
        return value

    return step


def eager_step(model, optimizer, loss):
    return graph_step(model, optimizer, loss).python_function


def step_per_call(model, optimizer, loss):
    return lambda x, y: graph_step(model, optimizer, loss)(x, y)


def scalar_step(model, optimizer, loss):
    inner = tf.function(lambda x, y, n: graph_step(model, optimizer, loss).python_function(x, y))
    count = iter(range(100))
    return lambda x, y: inner(x, y, next(count))


STEP = {"given": ("model", "optimizer", "loss"), "then": ("x", "y"), "traces": 2}


@HERE_AND_THERE
def test_a_step_as_a_tf_function(where):
    assert not failed(check.steps_like_fit(where(graph_step), network(), X, Y, **STEP))


@pytest.mark.parametrize("make", [eager_step, scalar_step])
def test_a_step_that_is_none_or_traced_each_time(make):
    assert failed(check.steps_like_fit(make, network(), X, Y, **STEP)) == ["traces"]


def test_the_loss_of_each_step():
    def with_a_list(model, optimizer, loss):
        kept, inner = [], graph_step(model, optimizer, loss)

        def step(x, y):
            kept.append(inner(x, y))
            return tf.reduce_mean(kept)

        return step

    def in_the_graph(model, optimizer, loss):
        kept = []

        @tf.function
        def step(x, y):
            kept.append(graph_step(model, optimizer, loss).python_function(x, y))

        return lambda x, y: (step(x, y), kept[-1])[1]

    how = {"given": STEP["given"], "then": STEP["then"], "losses": True}
    assert not failed(check.steps_like_fit(graph_step, network(), X, Y, **how))
    for wrong, advice in ((with_a_list, "without a Python list"), (in_the_graph, "without a Python list")):
        found = [o for o in check.steps_like_fit(wrong, network(), X, Y, **how) if not o.ok]
        assert [o.about for o in found] == ["return value of each step"] and advice in found[0].next


@pytest.mark.parametrize("returned", [lambda *a: None, lambda *a: 3.0])
@HERE_AND_THERE
def test_a_step_that_cannot_be_called_is_the_students(returned, where):
    with pytest.raises(StudentError, match="can't be called") as raised:
        failed(check.steps_like_fit(where(returned), network(), X, Y, **STEP))
    assert "return step" in raised.value.hint


@HERE_AND_THERE
def test_errors_of_a_graph_are_explained(where):
    def asks_for_numbers(model, optimizer, loss):
        return tf.function(lambda x, y: loss(y, model(x)).numpy())

    with pytest.raises(StudentError) as raised:
        failed(check.steps_like_fit(where(asks_for_numbers), network(), X, Y, **STEP))
    assert "tensors have no values yet" in raised.value.hint
    assert not any("tf__" in line for line in raised.value.lines)  # what autograph made of it nobody wrote


@pytest.mark.parametrize("graph", [False, True])
def test_a_step_that_was_called_instead_of_returned(graph):
    def called(model, optimizer, loss):
        step = graph_step(model, optimizer, loss)
        return (step if graph else step.python_function)()

    with pytest.raises(StudentError) as raised:
        failed(check.steps_like_fit(called, network(), X, Y, **STEP))
    assert "`return step`" in raised.value.hint


def test_a_pair_taken_for_a_list_of_gradients_is_explained():
    def clipped(model, batches, optimizer, loss):
        with tf.GradientTape() as tape:
            value = sum(loss(y, model(x)) for x, y in batches)
        gradients = tf.clip_by_global_norm(tape.gradient(value, model.trainable_variables), 1.0)
        optimizer.apply(gradients, model.trainable_variables)

    with pytest.raises(StudentError) as raised:
        failed(check.steps_like_fit(clipped, network(), X, Y, **MICRO))
    assert "this is the pair" in raised.value.hint


MICRO_CLIPPED = {**MICRO, "clip": ("norm", 0.05)}


def clip_each(model, batches, optimizer, loss):
    found = []
    for x, y in batches:
        with tf.GradientTape() as tape:
            value = loss(y, model(x))
        found.append(tf.clip_by_global_norm(tape.gradient(value, model.trainable_variables), 0.05)[0])
    optimizer.apply([sum(same) / len(found) for same in zip(*found, strict=True)], model.trainable_variables)


@pytest.mark.parametrize(
    ("step", "how", "advice"),
    [
        (clip_each, MICRO_CLIPPED, "Take the mean over the micro-batches first"),
        (step_for_each, MICRO, "one step for the batch"),
        (lambda *a: accumulate(*a, last=True, divide=False), MICRO, "only the last one counts"),
    ],
)
def test_slips_with_micro_batches_are_named(step, how, advice):
    found = next(o for o in check.steps_like_fit(step, network(), X, Y, **how) if not o.ok)
    assert advice in found.next


# ---- means over rows


def averaged(weigh, data, losses):
    sizes = [len(x) for x, _ in data]
    return weigh(np.array(losses), np.array(sizes))


AVERAGES = {
    "the mean over the batches": (lambda losses, sizes: losses.mean(), "plain mean"),
    "their sum": (lambda losses, sizes: losses.sum(), "sum over the batches"),
    "the last": (lambda losses, sizes: losses[-1], "last batch alone"),
    "the first": (lambda losses, sizes: losses[0], "first batch alone"),
}


def reporting(weigh):
    def train(model, data, optimizer, loss, epochs):
        curve = []
        for _ in range(epochs):
            losses = [tape_loop(model, [batch], optimizer, loss, 1)["loss"][0] for batch in data]
            curve.append(averaged(weigh, list(data), losses))
        return curve

    return train


def evaluation(weigh, training=False):
    return lambda model, data, loss: averaged(
        weigh, list(data), [float(loss(y, model(x, training=training))) for x, y in data]
    )


def by_rows(losses, sizes):
    return np.average(losses, weights=sizes)


@pytest.mark.parametrize(("weigh", "advice"), AVERAGES.values(), ids=AVERAGES)
def test_another_average_of_the_batches_is_named(weigh, advice):
    how = {"batch_size": 6, "curves": ["loss"]}
    assert not failed(check.steps_like_fit(reporting(by_rows), network(), X, Y, **how))
    found = [o for o in check.steps_like_fit(reporting(weigh), network(), X, Y, **how) if not o.ok]
    assert [o.about for o in found] == ["`loss` of each epoch"] and advice in found[0].next


@HERE_AND_THERE
def test_a_mean_loss(where):
    model = NORMALISED["model"]()
    how = {"batch_size": 6}
    assert not failed(check.mean_loss_is(where(evaluation(by_rows)), model, 2 * X, Y, **how))
    for wrong, advice in (
        *((evaluation(weigh), advice) for weigh, advice in AVERAGES.values()),
        (evaluation(by_rows, True), "`training=False`"),
        (lambda *a: None, "one number"),
        (lambda *a: [1.0, 2.0], "one number"),
        (lambda *a: 7.0, "by its number of rows"),
    ):
        found = [o for o in check.mean_loss_is(where(wrong), model, 2 * X, Y, **how) if not o.ok]
        assert [o.about for o in found] == ["the mean loss"] and advice in found[0].next


def test_a_mean_loss_leaves_our_model_as_it_was():
    model = NORMALISED["model"]()
    before = model.get_weights()
    failed(check.mean_loss_is(evaluation(by_rows, True), model, X, Y))
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


# ---- a `train_step` of one's own


class Own(keras.Model):
    """A `train_step` with a place for every slip."""

    def __init__(self, penalties=1, training=True, logs=True, move=True, clip=None):
        super().__init__()
        self.hidden = layers.Dense(5, activation="tanh", kernel_regularizer=keras.regularizers.L2(0.05))
        self.norm = layers.BatchNormalization()
        self.head = layers.Dense(1)
        self.how = (penalties, training, logs, move, clip)

    def call(self, inputs, training=None):
        return self.head(self.norm(self.hidden(inputs), training=training))

    def train_step(self, data):
        penalties, training, logs, move, clip = self.how
        x, y = data
        with tf.GradientTape() as tape:
            predicted = self(x, training=training)
            value = self.compute_loss(x=x, y=y, y_pred=predicted) + (penalties - 1) * sum(self.losses)
        found = tape.gradient(value, self.trainable_variables)
        if clip:
            found = clip(found)
        if move:
            self.optimizer.apply(found, self.trainable_variables)
        for metric in self.metrics:
            metric.update_state(value) if metric.name == "loss" else metric.update_state(y, predicted)
        return {metric.name: metric.result() for metric in self.metrics} if logs else {}


def own(**how):
    model = Own(**how)
    model.compile(keras.optimizers.SGD(0.1, momentum=0.5), "mse", metrics=["mae"])
    return model


def plain(model):
    model.compile(keras.optimizers.SGD(0.1), "mse", metrics=["mae"])
    return model


def two_inputs():
    left, right = keras.Input((FEATURES,), name="left"), keras.Input((FEATURES,), name="right")
    return plain(keras.Model({"left": left, "right": right}, layers.Dense(1)(layers.Subtract()([left, right]))))


STEPS = {
    "its own, subclassed": own,
    "Keras' own, sequential": lambda: plain(network()),
    "Keras' own, nested": lambda: plain(keras.Sequential([keras.Input((FEATURES,)), network(), layers.Dense(1)])),
    "Keras' own, with dropout": lambda: plain(network(layers.Dropout(0.3, seed=2))),
    "clipped by the optimizer": lambda: own_compiled(keras.optimizers.SGD(0.1, global_clipnorm=LIMIT)),
}


def own_compiled(optimizer):
    model = Own()
    model.compile(optimizer, "mse", metrics=["mae"])
    return model


@pytest.mark.parametrize("build", STEPS.values(), ids=STEPS)
def test_a_train_step_that_does_what_the_plain_one_does(build):
    assert not failed(check.trains_like_fit(build(), X, Y, curves=["loss", "mae"]))


def test_inputs_by_name():
    assert not failed(check.trains_like_fit(two_inputs(), {"left": X, "right": X[::-1]}, Y, curves=["loss"]))


@HERE_AND_THERE
def test_a_clipped_train_step(where):
    how = {"clip": ("norm", LIMIT), "epochs": 1}
    clipped = own(clip=CLIPS["clip_by_global_norm"])
    assert not failed(check.trains_like_fit(where(clipped), X, Y, **how))
    assert failed(check.trains_like_fit(where(own()), X, Y, **how)) == ["weights after training"]


class TellsTheOptimizer(Own):
    def train_step(self, data):
        self.optimizer.global_clipnorm = LIMIT
        return super().train_step(data)


@HERE_AND_THERE
def test_a_step_that_tells_the_optimizer_to_clip(where):
    model = TellsTheOptimizer()
    model.compile(keras.optimizers.SGD(0.1, momentum=0.5), "mse")
    assert not failed(check.trains_like_fit(where(model), X, Y, clip=("norm", LIMIT), epochs=1))
    assert model.optimizer.global_clipnorm is None
    assert failed(check.trains_like_fit(where(model), X, Y, epochs=1)) == ["weights after training"]


SLIPPED_STEPS = {
    "penalties twice": ({"penalties": 2}, "weights after training", "only once"),
    "penalties lost": ({"penalties": 0}, "weights after training", "missing"),
    "inference mode": ({"training": False}, "weights after training", "training=True"),
    "no step": ({"move": False}, "weights after training", "apply"),
    "no logs": ({"logs": False}, "`loss` of each epoch", "under its name"),
}


@pytest.mark.parametrize(("how", "about", "advice"), SLIPPED_STEPS.values(), ids=SLIPPED_STEPS)
def test_a_train_step_that_slipped(how, about, advice):
    found = [o for o in check.trains_like_fit(own(**how), X, Y) if not o.ok]
    assert [o.about for o in found] == [about] and advice in found[0].next


def test_a_train_step_leaves_no_trace():
    model = own()
    model.fit(X, Y, epochs=1, verbose=0)
    before = [v.numpy() for v in (*model.variables, *model.optimizer.variables)]
    assert not failed(check.trains_like_fit(model, X, Y))
    after = [v.numpy() for v in (*model.variables, *model.optimizer.variables)]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


# ---- penalties in the loss


class Penalised(layers.Layer):
    """Passes its input on and asks for small ones: 0.1 · mean(x²), with a place for every slip."""

    def __init__(self, how):
        super().__init__()
        self.how = how

    def call(self, inputs):
        penalty = 0.1 * keras.ops.mean(inputs**2)
        if self.how == "once":
            self.add_loss(penalty)
        elif self.how == "twice":
            self.add_loss([penalty, penalty])
        elif self.how == "sum":
            self.add_loss(0.1 * keras.ops.sum(inputs**2))
        elif self.how == "factor":
            self.add_loss(10 * penalty)
        elif self.how == "attribute":
            self.penalty = penalty
        return inputs


def penalised(how):
    return plain(keras.Sequential([keras.Input((FEATURES,)), Penalised(how), layers.Dense(1)]))


PENALTY = 0.1 * float(np.mean(X**2))


def activity():
    return plain(
        keras.Sequential([keras.Input((FEATURES,)), layers.ActivityRegularization(l2=0.1 / FEATURES), layers.Dense(1)])
    )


def own_with_a_weight_penalty():
    model = keras.Sequential([keras.Input((FEATURES,)), layers.Dense(1, kernel_regularizer=keras.regularizers.L2(0.1))])
    model.layers[0].set_weights([np.full((FEATURES, 1), np.sqrt(PENALTY / 0.1 / FEATURES)), np.zeros(1)])
    return plain(model)


class AddsItself(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = layers.Dense(1)

    def call(self, inputs):
        return self.head(inputs)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return keras.ops.mean((y - y_pred) ** 2) + 0.1 * keras.ops.mean(x**2)


@pytest.mark.parametrize(
    "model",
    [penalised("once"), activity(), own_with_a_weight_penalty(), plain(AddsItself()), elsewhere(penalised("once"))],
    ids=["add_loss", "activity regulariser", "weight regulariser", "its own compute_loss", "elsewhere"],
)
def test_a_penalty_counted_once(model):
    assert not failed(check.adds_to_loss(model, X, Y, PENALTY))


@pytest.mark.parametrize(
    ("how", "advice"),
    [
        ("twice", "only once"),
        ("attribute", "adds nothing"),
        ("nothing", "adds nothing"),
        ("sum", "mean"),
        ("factor", "mean"),
    ],
)
def test_a_penalty_that_is_not_the_one(how, advice):
    found = [o for o in check.adds_to_loss(penalised(how), X, Y, PENALTY) if not o.ok]
    assert [o.about for o in found] == ["loss in training"] and advice in found[0].next
