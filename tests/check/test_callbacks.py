"""Callbacks driven with made-up logs: Keras' own, and what a student writes."""

import os

import keras
import numpy as np
import pytest
import tensorflow as tf

from grader import check
from grader.check.remote import callback_runs
from grader.verdict import StudentError
from tests.elsewhere import elsewhere
from tests.observed import failed

Callback, EarlyStopping, ModelCheckpoint = (
    keras.callbacks.Callback,
    keras.callbacks.EarlyStopping,
    keras.callbacks.ModelCheckpoint,
)
WHERE = pytest.mark.parametrize("where", [lambda subject: subject, elsewhere], ids=["live", "elsewhere"])

# Best in epoch 2 (from 0); patience 2 ends it after epoch 4, although the training loss goes on falling.
LOGS = check.logs(loss=[5, 4, 3, 2, 1, 0.5], val_loss=[5, 3, 2, 4, 3, 6], val_accuracy=[0.2, 0.5, 0.9, 0.7, 0.8, 0.6])


class OwnStopping(Callback):
    """As a student writes it, with a place for every slip."""

    def __init__(self, name="val_loss", patience=2, sign=1, restore=True, late=0, reset=True):
        super().__init__()
        self.name, self.patience, self.sign, self.restore, self.late = name, patience, sign, restore, late
        self.reset, self.best, self.weights, self.wait = reset, np.inf, None, 0

    def on_epoch_end(self, epoch, logs=None):
        value = self.sign * (logs or {}).get(self.name, np.inf)
        if value < self.best:
            self.best, self.weights = value, self.model.get_weights()
            self.wait = 0 if self.reset else self.wait
        else:
            self.wait += 1
            if self.wait >= self.patience + self.late:
                self.model.stop_training = True

    def on_train_end(self, logs=None):
        if self.restore and self.weights is not None:
            self.model.set_weights(self.weights)


class Duck:
    """No subclass of Keras' Callback, and all that is needed of one. Lies when it is compared."""

    def __init__(self):
        self.inner = OwnStopping()

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def __eq__(self, other):
        return True

    __hash__ = object.__hash__


def kept_best(**how):
    return EarlyStopping(patience=2, restore_best_weights=True, **how)


STOPPERS = {
    "Keras'": lambda: kept_best(),
    "Keras', on the accuracy": lambda: kept_best(monitor="val_accuracy", mode="max"),
    "Keras', mode auto": lambda: kept_best(monitor="val_accuracy"),
    "its own": OwnStopping,
    "its own, on the accuracy": lambda: OwnStopping("val_accuracy", sign=-1),
    "a function that makes one": lambda: kept_best,
    "a class": lambda: OwnStopping,
    "a list of two": lambda: lambda: [keras.callbacks.TerminateOnNaN(), kept_best()],
}


@pytest.mark.parametrize("make", STOPPERS.values(), ids=STOPPERS)
@WHERE
def test_stops_and_goes_back_to_the_best(make, where):
    assert not failed(check.stops_at(where(make()), LOGS, 4))
    assert not failed(check.restores_best(where(make()), LOGS, 2))


def test_anything_that_answers_to_the_events_is_a_callback():
    class Plain:
        def set_model(self, model):
            self.model = model

        def on_epoch_end(self, epoch, logs):
            self.model.stop_training = epoch == 4

        def __eq__(self, other):
            return True

        __hash__ = object.__hash__

    assert not failed(check.stops_at(Plain(), LOGS, 4))


OTHER_STOPPERS = {
    "the training loss": lambda: EarlyStopping("loss", patience=2),
    "the wrong mode": lambda: EarlyStopping("val_accuracy", mode="min", patience=2),
    "one epoch late": lambda: OwnStopping(late=1),
    "one epoch early": lambda: EarlyStopping(patience=1),
    "patience never reset": lambda: OwnStopping(reset=False, patience=1),
    "a name that isn't in the logs": lambda: OwnStopping("validation_loss"),
    "nothing": Callback,
}


@pytest.mark.parametrize("make", OTHER_STOPPERS.values(), ids=OTHER_STOPPERS)
@WHERE
def test_stops_elsewhere(make, where):
    assert failed(check.stops_at(where(make()), LOGS, 4)) == ["stops"]


@pytest.mark.parametrize(
    "make",
    [
        lambda: EarlyStopping(patience=2),
        lambda: OwnStopping(restore=False),
        lambda: kept_best(monitor="loss"),
        lambda: OwnStopping("val_accuracy"),
        Callback,
    ],
    ids=["Keras' default", "not restored", "best training loss", "worst accuracy", "nothing"],
)
@WHERE
def test_other_weights_in_the_end(make, where):
    assert failed(check.restores_best(where(make()), LOGS, 2)) == ["final weights"]


@pytest.mark.parametrize("make", [kept_best, OwnStopping])
def test_never_stopped_and_restored_all_the_same(make):
    logs = LOGS[:4]
    assert not failed(check.stops_at(make(), logs, None))
    assert not failed(check.restores_best(make(), logs, 2))


def test_weights_from_before_training_are_known():
    found = next(o for o in check.restores_best(Undo(), LOGS, 2) if not o.ok)
    assert "before training" in found.seen


class Undo(Callback):
    def on_train_begin(self, logs=None):
        self.first = self.model.get_weights()

    def on_train_end(self, logs=None):
        self.model.set_weights(self.first)


# ---- NaN, and no logs at all

NAN = [[{"loss": 1.0}, {"loss": 0.5}], [{"loss": 0.7}, {"loss": np.nan}], [{"loss": np.nan}] * 2]
THREE = check.logs(loss=[1, 1, 1])


class Guard(Callback):
    def __init__(self, test=lambda loss: not np.isfinite(loss), event="batch", careful=True):
        super().__init__()
        self.test, self.event, self.careful = test, event, careful

    def look(self, logs):
        loss = (logs or {}).get("loss") if self.careful else logs["loss"]
        if loss is not None and self.test(loss):
            self.model.stop_training = True

    def on_train_batch_end(self, batch, logs=None):
        if self.event == "batch":
            self.look(logs)

    def on_epoch_end(self, epoch, logs=None):
        if self.event == "epoch":
            self.look(logs)


GUARDS = {
    "Keras'": keras.callbacks.TerminateOnNaN,
    "its own": Guard,
    "not equal to itself": lambda: Guard(lambda loss: loss != loss),
    "in a list": lambda: lambda: [Guard()],
    "math": lambda: Guard(lambda loss: keras.ops.isnan(loss)),
}


@pytest.mark.parametrize("make", GUARDS.values(), ids=GUARDS)
@WHERE
def test_a_guard_stops_at_the_first_bad_batch(make, where):
    assert not failed(check.stops_at(where(make()), THREE, (1, 1), batches=NAN))
    assert not failed(check.stops_at(where(make()), THREE, None))
    assert not failed(check.stops_at(where(make()), [None, None], None))


NO_GUARDS = {
    "at the end of the epoch": lambda: Guard(event="epoch"),
    "compared with NaN": lambda: Guard(lambda loss: loss == np.nan),
    "always": lambda: Guard(lambda loss: True),
    "only when it is infinite": lambda: Guard(np.isinf),
    "nothing": Callback,
}


@pytest.mark.parametrize("make", NO_GUARDS.values(), ids=NO_GUARDS)
def test_no_guard(make):
    assert failed(check.stops_at(make(), THREE, (1, 1), batches=NAN)) == ["stops"]


@WHERE
def test_logs_that_are_none_are_the_students_error(where):
    with pytest.raises(StudentError, match="NoneType"):
        failed(check.stops_at(where(Guard(careful=False)), [None], None))


@pytest.mark.parametrize("what", [3, "a callback", None, [1], {}], ids=str)
def test_what_is_no_callback(what):
    with pytest.raises(StudentError, match="expected a callback"):
        failed(check.stops_at(what, LOGS, 4))


# ---- checkpoints


class OwnCheckpoint(Callback):
    def __init__(self, path, better=lambda value, best: value < best, name="val_loss"):
        super().__init__()
        self.path, self.better, self.name, self.best = path, better, name, np.inf

    def on_epoch_end(self, epoch, logs=None):
        if self.better(logs[self.name], self.best):
            self.best = logs[self.name]
            self.model.save(self.path)


CHECKPOINTS = {
    "Keras'": lambda path: ModelCheckpoint(path, save_best_only=True),
    "on the accuracy": lambda path: ModelCheckpoint(path, "val_accuracy", mode="max", save_best_only=True),
    "its own": OwnCheckpoint,
    "with early stopping": lambda path: lambda: [kept_best(), ModelCheckpoint(path, save_best_only=True)],
    "a function of the path": lambda path: lambda: ModelCheckpoint(path, monitor="val_loss", save_best_only=True),
}
OTHER_CHECKPOINTS = {
    "the last epoch": lambda path: ModelCheckpoint(path),
    "the best training loss": lambda path: ModelCheckpoint(path, "loss", save_best_only=True),
    "the wrong mode": lambda path: ModelCheckpoint(path, "val_accuracy", mode="min", save_best_only=True),
    "the wrong sign": lambda path: OwnCheckpoint(path, lambda value, best: value > best or best == np.inf),
    "another name": lambda path: ModelCheckpoint(path.replace("best", "model"), save_best_only=True),
    "weights alone": lambda path: ModelCheckpoint(path + ".weights.h5", save_best_only=True, save_weights_only=True),
    "an empty file": lambda path: EmptyFile(path),
    "nothing": lambda path: Callback(),
}


class EmptyFile(Callback):
    def __init__(self, path):
        super().__init__()
        self.path = path

    def on_train_end(self, logs=None):
        open(self.path, "w").close()


@pytest.mark.parametrize("make", CHECKPOINTS.values(), ids=CHECKPOINTS)
@WHERE
def test_the_file_is_the_best_epochs(make, where):
    path = check.scratch_path("best.keras")
    assert not failed(check.writes_best(where(make(path)), LOGS, path, 2, whole=True))


@pytest.mark.parametrize("make", OTHER_CHECKPOINTS.values(), ids=OTHER_CHECKPOINTS)
def test_another_file(make):
    path = check.scratch_path("best.keras")
    assert failed(check.writes_best(make(path), LOGS, path, 2, whole=True)) == ["the file"]


def test_weights_alone_can_be_asked_for():
    path = check.scratch_path("best.weights.h5")
    checkpoint = ModelCheckpoint(path, save_best_only=True, save_weights_only=True)
    assert not failed(check.writes_best(checkpoint, LOGS, path, 2))
    path = check.scratch_path("best.weights.h5")
    checkpoint = ModelCheckpoint(path, save_best_only=True, save_weights_only=True)
    assert failed(check.writes_best(checkpoint, LOGS, path, 2, whole=True)) == ["the file"]


# ---- learning rates

STEPS, WARM, TOP = 12, 4, 0.1


def formula(step):
    if step < WARM:
        return TOP * (step + 1) / WARM
    return TOP * 0.5 * (1 + np.cos(np.pi * (step - WARM) / (STEPS - WARM)))


class Setter(Callback):
    def __init__(self, rate=formula, event="epoch_begin", attribute="learning_rate"):
        super().__init__()
        setattr(self, f"on_{event}", lambda step, logs=None: setattr(self.model.optimizer, attribute, rate(step)))


class Planned(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, late=0):
        self.late = late

    def __call__(self, step):
        step = keras.ops.maximum(keras.ops.cast(step, "float32") - self.late, 0)
        decay = TOP * 0.5 * (1 + keras.ops.cos(np.pi * (step - WARM) / (STEPS - WARM)))
        return keras.ops.where(step < WARM, TOP * (step + 1) / WARM, decay)


TRACES = {
    "a function": lambda: formula,
    "a function of two": lambda: lambda epoch, rate: formula(epoch),
    "Keras' scheduler": lambda: keras.callbacks.LearningRateScheduler(formula),
    "a callback": Setter,
    "a schedule": Planned,
    "assigned": lambda: Setter(event="epoch_begin", attribute="learning_rate"),
}
OTHER_TRACES = {
    "one late": lambda: lambda step: formula(max(step - 1, 0)),
    "a schedule, one late": lambda: Planned(late=1),
    ".lr": lambda: Setter(attribute="lr"),
    "set when the epoch is over": lambda: Setter(event="epoch_end"),
    "no warm-up": lambda: lambda step: formula(max(step, WARM)),
    "constant": lambda: lambda step: TOP,
    "NaN": lambda: lambda step: np.nan,
    "nothing": Callback,
}


@pytest.mark.parametrize("make", TRACES.values(), ids=TRACES)
@WHERE
def test_a_rate_that_follows_its_formula(make, where):
    assert not failed(check.learning_rate_trace(where(make()), formula, STEPS))


@pytest.mark.parametrize("make", OTHER_TRACES.values(), ids=OTHER_TRACES)
@WHERE
def test_a_rate_that_departs_from_it(make, where):
    assert failed(check.learning_rate_trace(where(make()), formula, STEPS)) == ["learning rate"]


def test_the_first_departure_is_told():
    found = next(iter(check.learning_rate_trace(lambda step: formula(step) + (step >= 7), formula, STEPS)))
    assert not found.ok and "at epoch 7" in found.seen


def test_a_rate_for_each_batch():
    rates = np.geomspace(1e-4, 1.0, 8)
    finder = Setter(lambda step: rates[step], "train_batch_begin")
    assert not failed(check.learning_rate_trace(finder, list(rates), per="batch"))
    assert failed(check.learning_rate_trace(finder, list(rates), per="epoch"))


def test_a_function_that_makes_a_schedule():
    def make(peak, steps):
        return keras.optimizers.schedules.CosineDecay(peak, steps)

    def cosine(step):
        return 0.1 * 0.5 * (1 + np.cos(np.pi * min(step, 5) / 5))

    assert not failed(check.learning_rate_trace(make, cosine, 8, per="step", arguments=(0.1, 5)))


def test_rates_that_are_no_numbers_are_the_students_error():
    with pytest.raises(StudentError, match="expected numbers"):
        failed(check.learning_rate_trace(lambda step: "fast", formula, STEPS))


# ---- TensorBoard, and training left alone


class NormLogger(Callback):
    """The norm of the gradient on a few rows, once an epoch."""

    def __init__(self, folder, every=1, tag="gradient norm", factor=1.0):
        super().__init__()
        self.writer = tf.summary.create_file_writer(folder)
        self.every, self.tag, self.factor = every, tag, factor
        self.x, self.y = np.ones((4, 2), "float32"), np.zeros((4, 1), "float32")

    def on_epoch_end(self, epoch, logs=None):
        if epoch % self.every:
            return
        with tf.GradientTape() as tape:
            value = self.model.compute_loss(x=self.x, y=self.y, y_pred=self.model(self.x, training=False))
        norm = tf.linalg.global_norm(tape.gradient(value, self.model.trainable_variables))
        with self.writer.as_default():
            tf.summary.write(self.tag, self.factor * norm, step=epoch)
        self.writer.flush()


class LossLogger(NormLogger):
    def on_epoch_end(self, epoch, logs=None):
        with self.writer.as_default(step=epoch):
            tf.summary.write(self.tag, tf.constant((logs or {}).get("loss", 0.0)))


class TwoWriters(Callback):
    """A new writer, and so a new file, for each epoch."""

    def __init__(self, folder):
        super().__init__()
        self.folder = folder

    def on_epoch_end(self, epoch, logs=None):
        with tf.summary.create_file_writer(os.path.join(self.folder, str(epoch))).as_default():
            tf.summary.write("gradient norm", 1.0, step=epoch)


LOGGERS = {
    "the norm": NormLogger,
    "another number": LossLogger,
    "a file for each epoch": TwoWriters,
    "made by a function": lambda folder: lambda: NormLogger(folder),
    "among others": lambda folder: lambda: [kept_best, NormLogger(folder)][1:],
}
NO_LOGGERS = {
    "every other epoch": lambda folder: NormLogger(folder, every=2),
    "another tag": lambda folder: NormLogger(folder, tag="norm"),
    "NaN": lambda folder: NormLogger(folder, factor=np.nan),
    "another folder": lambda folder: NormLogger(check.scratch_path("elsewhere")),
    "nothing": lambda folder: Callback(),
}


@pytest.mark.parametrize("make", LOGGERS.values(), ids=LOGGERS)
@WHERE
def test_numbers_read_back_from_the_event_files(make, where):
    folder = check.scratch_path("events")
    assert not failed(check.writes_events(where(make(folder)), THREE, folder, "gradient norm"))


@pytest.mark.parametrize("make", NO_LOGGERS.values(), ids=NO_LOGGERS)
def test_other_event_files(make):
    folder = check.scratch_path("events")
    oracle = check.writes_events(make(folder), THREE, folder, "gradient norm")
    assert failed(oracle) == ["`gradient norm` for TensorBoard"]


def test_event_values_come_in_the_order_of_their_steps():
    folder = check.scratch_path("events")
    with tf.summary.create_file_writer(folder).as_default():
        for step in (2, 0, 1):
            tf.summary.write("square", float(step * step), step=step)
            tf.summary.write("table", [1.0, 2.0], step=step)
    assert callback_runs.event_values(folder) == {"square": [0.0, 1.0, 4.0]}
    assert callback_runs.event_values(folder + "-that-is-not-there") == {}


class Peeks(Callback):
    """Runs the model in training mode: BatchNormalization and dropout notice."""

    def on_epoch_end(self, epoch, logs=None):
        self.model(np.ones((4, 2), "float32"), training=True)


class Nudges(Callback):
    def on_train_batch_end(self, batch, logs=None):
        self.model.weights[0].assign(self.model.weights[0] * (1 + 1e-6))


ALONE = {
    "the norm": lambda: NormLogger(check.scratch_path("events")),
    "predicts": lambda: keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: None),
    "checkpoint": lambda: ModelCheckpoint(check.scratch_path("best.keras")),
    "a guard": Guard,
    "random numbers of its own": lambda: keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: np.random.rand()
    ),
}
NOT_ALONE = {
    "training mode": Peeks,
    "nudges a weight": Nudges,
    "sets the rate": lambda: Setter(lambda epoch: 0.5),
    "stops": lambda: Guard(lambda loss: True),
    "undoes it all": Undo,
}


@pytest.mark.parametrize("make", ALONE.values(), ids=ALONE)
def test_training_with_it_is_the_same(make):
    assert not failed(check.leaves_training_alone(make()))


@pytest.mark.parametrize("make", NOT_ALONE.values(), ids=NOT_ALONE)
@WHERE
def test_training_with_it_is_another(make, where):
    assert failed(check.leaves_training_alone(where(make()))) == ["training"]


def test_a_drive_tells_all_of_it():
    seen = check.drive(kept_best(), LOGS)
    assert (seen.epochs, seen.stopped, seen.weights) == (5, (4, -1), 2.0)
    assert seen.rates == [[pytest.approx(0.1)] * 2] * 5 and seen.files == {} and seen.events == {}


# ---- what was added for searches, crashes and numbers of a certain value

BATCHES = [[{"loss": 4.0 - epoch - 0.25 * batch} for batch in range(4)] for epoch in range(4)]
LADDER = list(np.geomspace(1e-3, 1.0, 6))


class Search(Callback):
    """A learning-rate search with a place for every slip."""

    def __init__(self, copies=True, back=True, alias=False, end=6):
        super().__init__()
        self.copies, self.back, self.alias, self.end = copies, back, alias, end

    def on_train_begin(self, logs=None):
        self.rates, self.losses = [], []
        self.kept = self.model.get_weights() if self.copies else self.model.weights
        self.before = float(self.model.optimizer.learning_rate)

    def on_train_batch_begin(self, batch, logs=None):
        optimizer = self.model.optimizer
        optimizer.learning_rate = LADDER[min(len(self.losses), 5)]
        self.rates.append(optimizer.learning_rate if self.alias else float(optimizer.learning_rate))

    def on_train_batch_end(self, batch, logs=None):
        self.losses.append(logs["loss"])
        self.model.stop_training = len(self.losses) >= self.end

    def on_train_end(self, logs=None):
        self.model.set_weights(self.kept)
        if self.back:
            self.model.optimizer.learning_rate = self.before


def search_fails(make, where=lambda subject: subject):
    told = {"why": "It is drawn.", "next": "Keep it.", "batches": BATCHES}
    logs = check.logs(loss=[4, 3, 2, 1])
    found = failed(check.learning_rate_trace(where(make()), LADDER, per="batch"))
    found += failed(check.stops_at(where(make()), logs, (1, 1), batches=BATCHES))
    found += failed(check.restores_start(where(make()), logs, batches=BATCHES, learning_rate=0.02))
    found += failed(check.holds(where(make()), logs, "rates", LADDER, **told))
    return found + failed(check.holds(where(make()), logs, "losses", [4, 3.75, 3.5, 3.25, 3, 2.75], **told))


@pytest.mark.parametrize("make", [Search, lambda: Search, lambda: lambda: [Search()]], ids=["object", "class", "list"])
@WHERE
def test_a_search_that_leaves_no_trace(make, where):
    assert search_fails(make, where) == []


@pytest.mark.parametrize(
    "make, about",
    [
        (lambda: Search(copies=False), ["final weights"]),
        (lambda: Search(back=False), ["final learning rate"]),
        (lambda: Search(alias=True), ["`rates`"]),
        (lambda: Search(end=7), ["stops", "`rates`", "`losses`"]),
        (lambda: kept_best(monitor="loss"), ["learning rate", "stops", "final weights", "`rates`", "`losses`"]),
    ],
    ids=["no copies", "rate kept", "the variable", "one too many", "no search"],
)
@WHERE
def test_a_search_with_a_slip(make, about, where):
    assert search_fails(make, where) == about


@pytest.mark.parametrize("subject", [Guard(), Guard, lambda: Guard(), lambda: [Guard(), kept_best()], Duck()])
@WHERE
def test_callbacks_are_known(subject, where):
    assert not failed(check.is_callback(where(subject)))


@pytest.mark.parametrize(
    "make, seen, advice",
    [
        (lambda: None, "`None`", "return"),
        (lambda: formula, "a `function`", "LearningRateScheduler"),
        (lambda: Guard, "a `type`", "parentheses"),
        (lambda: Planned(), "a `Planned`", "Callback"),
        (lambda: [], "an empty list", "Callback"),
    ],
    ids=["nothing", "a function", "a class", "a schedule", "an empty list"],
)
@WHERE
def test_what_is_made_and_is_none(make, seen, advice, where):
    (found,) = check.is_callback(where(make))
    assert not found.ok and found.seen == seen and advice in found.next


class AtTheEnd(OwnCheckpoint):
    """Keeps the best weights and writes the file when training ends."""

    def on_epoch_end(self, epoch, logs=None):
        if self.better(logs[self.name], self.best):
            self.best, self.kept = logs[self.name], self.model.get_weights()

    def on_train_end(self, logs=None):
        self.model.set_weights(self.kept)
        self.model.save(self.path)


@pytest.mark.parametrize("make, fails", [(OwnCheckpoint, []), (AtTheEnd, ["the file"])])
@WHERE
def test_a_training_that_is_interrupted(make, fails, where):
    path = check.scratch_path("best.keras")
    assert not failed(check.writes_best(where(make(path)), LOGS, path, 2))
    path = check.scratch_path("best.keras")
    assert failed(check.writes_best(where(make(path)), LOGS, path, 2, interrupted=True)) == fails


class CountsOn(Callback):
    """Counts epochs by itself, and begins anew only when told to."""

    def __init__(self, anew=True):
        super().__init__()
        self.anew, self.done = anew, 0

    def on_train_begin(self, logs=None):
        self.done = 0 if self.anew else self.done

    def on_epoch_begin(self, epoch, logs=None):
        self.model.optimizer.learning_rate = formula(self.done)
        self.done += 1


@pytest.mark.parametrize("anew, fails", [(True, []), (False, ["learning rate"])])
@WHERE
def test_a_second_fit(anew, fails, where):
    assert failed(check.learning_rate_trace(where(CountsOn(anew)), formula, STEPS)) == []
    assert failed(check.learning_rate_trace(where(CountsOn(anew)), formula, STEPS, fits=2)) == fails


def test_a_rate_that_changes_within_the_epoch_is_told():
    assert failed(check.learning_rate_trace(Setter(formula, "train_batch_begin"), formula, STEPS))
    wobbling = Setter(lambda batch: 0.1 * (1 + batch), "train_batch_begin")
    assert failed(check.learning_rate_trace(wobbling, lambda epoch: 0.1, STEPS)) == ["learning rate"]


def norms(epochs=3):
    """Of the tiny model's gradient on NormLogger's rows of ones, all weights the epoch: errors 3e, five slopes."""
    return [np.linalg.norm([2 * 3 * e] * 3) for e in range(epochs)]


@pytest.mark.parametrize(
    "make, about",
    [
        (NormLogger, []),
        (TwoWriters, ["the numbers under `gradient norm`"]),
        (lambda folder: NormLogger(folder, factor=2.0), ["the numbers under `gradient norm`"]),
        (lambda folder: NormLogger(folder, every=2), ["`gradient norm` for TensorBoard"]),
    ],
    ids=["the norm", "another number", "twice", "every other"],
)
@WHERE
def test_numbers_of_a_certain_value(make, about, where):
    folder = check.scratch_path("events")
    oracle = check.writes_events(where(make(folder)), THREE, folder, "gradient norm", values=norms())
    assert failed(oracle) == about


def test_a_factor_is_named():
    folder = check.scratch_path("events")
    logger = NormLogger(folder, factor=2.0)
    *_, found = check.writes_events(logger, THREE, folder, "gradient norm", values=norms())
    assert not found.ok and "2 times as large" in found.next


def test_a_training_beside_the_callback_starts_from_the_judges_seeds(monkeypatch):
    """In the student's process GRADER_SEED is another."""
    where = elsewhere(Guard())
    asked = where._ask

    def in_another_process(name, args, kwargs):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("GRADER_SEED", "12345")
            return asked(name, args, kwargs)

    where._ask = in_another_process
    assert not failed(check.leaves_training_alone(where))


def test_what_the_batches_brought_is_told_and_the_advice_can_be_given():
    (found,) = check.stops_at(Callback(), THREE, (1, 1), batches=NAN, why="It is lost.", next="Look at the loss.")
    assert "the batch logs were 1 0.5 | 0.7 nan | nan nan" in found.expected
    assert (found.why, found.next) == ("It is lost.", "Look at the loss.")
    (found,) = check.stops_at(Callback(), [None], (0, 1), batches=[[None, {}, {"a": 1, "loss": 2}]])
    assert "`None` `{}` a 1, loss 2" in found.expected
