"""The live monitor: what it knows of a training, where it shows it, and what it leaves behind."""

import io
import re
import sys
import types

import keras
import numpy as np
import pytest
import tensorflow as tf

from course.see import monitor
from course.see.picture import Picture
from grader import check
from tests.observed import failed

X = np.linspace(0, 1, 12, dtype="float32").reshape(6, 2)
Y = X.sum(axis=1, keepdims=True)


class Shell:
    """Stands for IPython in a notebook."""

    def __init__(self, kernel=True):
        self.kernel = kernel
        self.events = types.SimpleNamespace(register=self.register, unregister=self.unregister)
        self.waiting = []

    def register(self, event, function):
        assert event == "post_run_cell"
        self.waiting.append(function)

    def unregister(self, event, function):
        self.waiting.remove(function)

    def end_of_cell(self):
        for function in list(self.waiting):
            function(None)


@pytest.fixture
def notebook(monkeypatch):
    """A notebook's shell, and the list of all that is displayed in it."""
    shell, displayed = Shell(), []
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    monkeypatch.setattr("IPython.display.display", displayed.append)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    shell.displayed = displayed
    return shell


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setattr("IPython.get_ipython", lambda: None)


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes a tenth of a second at each look."""
    now = [0.0]

    def tick():
        now[0] += 0.1
        return now[0]

    monkeypatch.setattr(monitor, "time", types.SimpleNamespace(monotonic=tick))
    return now


def model(outputs=1, metrics=("mae",)):
    inputs = keras.Input((2,))
    heads = [keras.layers.Dense(1, name=f"head_{i}")(inputs) for i in range(outputs)]
    net = keras.Model(inputs, heads if outputs > 1 else heads[0])
    net.compile("sgd", ["mse"] * outputs if outputs > 1 else "mse", metrics=[list(metrics)] * outputs, run_eagerly=True)
    return net


def fit(live, net=None, x=X, y=Y, epochs=3, **how):
    return (net or model()).fit(x, y, epochs=epochs, verbose=0, callbacks=[live], **how)


class Events:
    """Stands for `fit`: leads a monitor through made-up events."""

    def __init__(self, live, epochs=4, steps=2, first=0):
        self.live, self.steps = live, steps
        live.set_params({"epochs": epochs, "steps": steps, "verbose": 0})
        live.set_model(types.SimpleNamespace(optimizer=types.SimpleNamespace(learning_rate=0.1)))
        self.epoch = first

    def begin(self):
        self.live.on_train_begin({})
        return self

    def batches(self, count, **logs):
        self.live.on_epoch_begin(self.epoch, {})
        for batch in range(count):
            self.live.on_train_batch_end(batch, logs or {"loss": 1.0})
        return self

    def end(self, **logs):
        self.live.on_epoch_end(self.epoch, logs or {"loss": 1 / (self.epoch + 1)})
        self.epoch += 1
        return self


# ---- what it knows


def test_the_share_and_the_time_left(terminal, clock):
    live = monitor.Live()
    events = Events(live).begin()
    assert live.share == 0.0 and live.seconds_left is None
    events.batches(1)
    assert live.share == pytest.approx(1 / 8)
    assert live.seconds_left == pytest.approx((clock[0] - 0.1) * 7, rel=0.1)
    events.batches(2).end()
    assert live.share == pytest.approx(1 / 4)


def test_a_first_epoch_of_unknown_length(terminal):
    live = monitor.Live()
    events = Events(live, steps=None).begin().batches(3)
    assert live.share is None and live.seconds_left is None
    assert live.status().startswith("epoch 1 of 4, batch 3 · ")
    events.end().batches(1)
    assert live.steps == 3 and live.share == pytest.approx((1 + 1 / 3) / 4)


def test_a_training_that_goes_on_from_an_epoch(terminal):
    live = monitor.Live()
    Events(live, epochs=10, first=6).begin().batches(2).end()
    assert live.share == pytest.approx(1 / 4) and list(live.curves["loss"]) == [7]


def test_the_status_has_the_newest_numbers(terminal):
    live = monitor.Live()
    events = Events(live).begin()
    assert live.status() == "before the first epoch"
    events.batches(2).end(loss=0.5, val_loss=0.25).batches(1, loss=0.4)
    assert live.status() == "epoch 2 of 4, batch 1 of 2 · loss 0.4000 · val_loss 0.2500"


def test_the_loss_comes_first_and_four_metrics_are_drawn_unless_told(terminal):
    live = monitor.Live()
    Events(live).begin().batches(1).end(accuracy=1, loss=1, a=1, b=1, c=1, val_loss=1, learning_rate=0.1)
    assert live.drawn_metrics() == ["loss", "accuracy", "a", "b"]
    live.metrics = ["b", "nothing of that name"]
    assert live.drawn_metrics() == ["b"]
    live.metrics = ["nothing of that name"]
    assert live.drawn_metrics() == ["loss", "accuracy", "a", "b"]


def test_logs_may_be_none_or_hold_no_numbers(terminal):
    live = monitor.Live()
    events = Events(live).begin()
    live.on_epoch_begin(0)
    live.on_train_batch_end(0)
    live.on_epoch_end(0)
    events.end(loss=float("nan"), note="words")
    assert list(live.curves) == ["loss"] and "nan" in monitor.page(live)


def test_training_is_left_alone(terminal):
    assert not failed(check.leaves_training_alone(monitor.Live()))


# ---- in a notebook


def test_a_notebook_sees_a_widget_and_keeps_a_figure(notebook):
    live = monitor.Live(every=0)
    fit(live, validation_data=(X, Y))
    widget, figure = notebook.displayed
    assert type(widget).__name__ == "HTML" and isinstance(figure, Picture)
    assert figure.words == "loss, mae over 3 epochs."
    assert [len(axes.lines) for axes in figure.figure.axes] == [2, 2]
    assert notebook.waiting == [] and widget.comm is None  # closed


def test_it_draws_a_few_times_a_second_at_most(notebook, monkeypatch):
    drawn, now = [], [0.0]
    monkeypatch.setattr(monitor, "page", lambda live: drawn.append(now[0]) or "")
    monkeypatch.setattr(monitor, "time", types.SimpleNamespace(monotonic=lambda: now[0]))
    live = monitor.Live(every=0.4)
    events = Events(live, epochs=50, steps=20).begin()
    for _ in range(50):
        now[0] += 0.05
        events.batches(20).end()
    assert len(drawn) <= 1 + 2.5 / 0.4 and all(np.diff(drawn[1:]) >= 0.4 - 1e-9)


def test_an_interrupted_training_shows_how_far_it_came(notebook, capsys):
    live = monitor.Live()
    Events(live).begin().batches(2).end().batches(1)
    notebook.end_of_cell()
    assert isinstance(notebook.displayed[-1], Picture) and notebook.waiting == []
    assert capsys.readouterr().out == "interrupted after epoch 1 of 4\n"
    notebook.end_of_cell()
    assert len(notebook.displayed) == 2


def test_interrupted_before_anything_was_learned(notebook, capsys):
    live = monitor.Live()
    Events(live).begin().batches(1)
    notebook.end_of_cell()
    assert len(notebook.displayed) == 1 and "interrupted" in capsys.readouterr().out


def test_an_interrupt_from_the_keyboard(notebook):
    def interrupt(epoch, logs=None):
        if epoch == 1:
            raise KeyboardInterrupt

    live = monitor.Live()
    with pytest.raises(KeyboardInterrupt):
        model().fit(
            X, Y, epochs=5, verbose=0, callbacks=[live, keras.callbacks.LambdaCallback(on_epoch_begin=interrupt)]
        )
    notebook.end_of_cell()
    assert notebook.displayed[-1].words == "loss, mae over 1 epoch."


def test_a_second_fit_has_a_picture_of_its_own(notebook):
    live, net = monitor.Live(), model()
    fit(live, net)
    fit(live, net, epochs=2)
    assert [type(d).__name__ for d in notebook.displayed] == ["HTML", "Picture"] * 2
    assert "3 epochs" in notebook.displayed[1].words and "2 epochs" in notebook.displayed[3].words


def test_a_fit_after_an_interrupted_one(notebook):
    live = monitor.Live()
    Events(live).begin().batches(1).end()
    Events(live).begin().batches(1).end()
    live.on_train_end()
    assert [type(d).__name__ for d in notebook.displayed] == ["HTML", "Picture", "HTML", "Picture"]


def test_stopped_early_says_so(notebook, capsys):
    live = monitor.Live()
    stopper = keras.callbacks.EarlyStopping(monitor="loss", patience=1, min_delta=100)
    model().fit(X, Y, epochs=9, verbose=0, callbacks=[stopper, live])
    assert capsys.readouterr().out == "stopped after epoch 2 of 9\n"


def test_without_ipywidgets_a_notebook_gets_lines_and_the_figure(notebook, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    fit(monitor.Live())
    assert len(capsys.readouterr().out.splitlines()) == 3
    assert [type(d).__name__ for d in notebook.displayed] == ["Picture"]


def test_nbgrader_gets_lines_alone(notebook, monkeypatch, capsys):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    fit(monitor.Live())
    assert notebook.displayed == [] and "epoch 3/3 · loss " in capsys.readouterr().out


# ---- as lines


def test_about_ten_lines_and_always_the_last(terminal, capsys):
    events = Events(monitor.Live(), epochs=95).begin()
    for _ in range(95):
        events.batches(1).end()
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 10 and lines[0].startswith("epoch 10/95") and lines[-1].startswith("epoch 95/95")


def test_lines_are_the_same_twice(terminal, capsys):
    printed = []
    for _ in range(2):
        keras.utils.set_random_seed(1)
        fit(monitor.Live(), validation_data=(X, Y))
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1] and "left" not in printed[0]


def test_a_terminal_is_told_the_time_left():
    stream = io.StringIO()
    stream.isatty = lambda: True
    live = monitor.Live()
    live._view = None
    events = Events(live)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(monitor, "_view", lambda: monitor._Lines(stream))
        events.begin().batches(2).end()
    assert re.search(r"· \d+:\d\d left$", stream.getvalue().strip())


# ---- every kind of fit


def batches():
    yield from ((X[i : i + 2], Y[i : i + 2]) for i in (0, 2, 4))


DATA = {
    "arrays": lambda: {"x": X, "y": Y},
    "validation": lambda: {"x": X, "y": Y, "validation_split": 0.5},
    "a data set": lambda: {"x": tf.data.Dataset.from_tensor_slices((X, Y)).batch(2), "y": None},
    "of unknown length": lambda: {
        "x": tf.data.Dataset.from_generator(
            batches,
            output_signature=(tf.TensorSpec((None, 2), "float32"), tf.TensorSpec((None, 1), "float32")),
        ),
        "y": None,
    },
    "without end": lambda: {
        "x": tf.data.Dataset.from_tensor_slices((X, Y)).batch(2).repeat(), "y": None, "steps_per_epoch": 4
    },
}  # fmt: skip


@pytest.mark.parametrize("data", DATA.values(), ids=DATA)
def test_it_works_with(data, notebook):
    live = monitor.Live(every=0)
    fit(live, **data())
    assert "3 epochs" in notebook.displayed[-1].words and live.share == 1.0


def test_several_outputs_and_metrics(notebook):
    live = monitor.Live(every=0)
    fit(live, model(outputs=2, metrics=("mae", "mse")), y=[Y, 2 * Y], validation_data=(X, [Y, Y]))
    assert len(notebook.displayed[-1].figure.axes) == monitor.MOST_PANELS
    assert live.drawn_metrics()[0] == "loss"


def test_no_epochs_at_all(notebook, capsys):
    fit(monitor.Live(), epochs=0)
    assert not any(isinstance(d, Picture) for d in notebook.displayed) and capsys.readouterr().out == ""


def test_a_learning_rate_that_changes_has_a_panel(notebook):
    live = monitor.Live(every=0)
    planned = keras.callbacks.LearningRateScheduler(lambda epoch: 0.1 / (epoch + 1))
    model().fit(X, Y, epochs=3, verbose=0, callbacks=[planned, live])
    *_, rate = notebook.displayed[-1].figure.axes
    assert rate.get_title(loc="left") == "learning rate"
    assert rate.lines[0].get_ydata() == pytest.approx([0.1, 0.05, 0.1 / 3])
    assert "learning rate over 3" in notebook.displayed[-1].words


# ---- the page


def test_the_page_is_proper_and_shows_each_curve(terminal):
    import xml.etree.ElementTree as ElementTree

    live = monitor.Live()
    events = Events(live, epochs=5).begin()
    for loss in (3.0, float("nan"), float("inf"), 1.0):
        events.batches(2).end(loss=loss, val_loss=2.0, **{"<odd>": 5.0})
    live.rates[-1] = (4, 0.5)
    page = ElementTree.fromstring(monitor.page(live))
    drawings = page.findall(".//{*}svg")
    assert len(drawings) == 3  # loss, the odd one, the learning rate
    lines = [drawing.findall("{*}polyline") for drawing in drawings]
    assert [len(some) for some in lines] == [3, 1, 1]  # the training loss is broken in two
    text = "".join(page.itertext())
    assert "epoch 4 of 5" in text and "validation" in text and "<odd>" in text and "0.5" in text
    assert monitor.page(live).split("left")[0]  # no error when there is nothing left to say


@pytest.mark.parametrize("seconds, words", [(0.4, "0:00"), (61, "1:01"), (3661, "1:01:01")])
def test_durations(seconds, words):
    assert monitor._duration(seconds) == words
