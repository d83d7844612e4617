"""The figures: what they show is what was recorded, the same bytes twice, sensible words for wrong arguments."""

import subprocess
import sys
import types
import warnings

import keras
import numpy as np
import pytest
from matplotlib.text import Text

from course.data import moons
from course.see import boundary, curves, lifecycle
from course.see.picture import png

X, Y = moons.load(seed=1, n=48)
DENSE = keras.layers.Dense


def sequential(units=1, head="sigmoid"):
    return keras.Sequential([keras.Input((2,)), DENSE(4, "tanh"), DENSE(units, head)])


def functional(units, head):
    inputs = keras.Input((2,))
    return keras.Model(inputs, DENSE(units, head)(DENSE(4, "tanh")(inputs)))


class Subclassed(keras.Model):
    def __init__(self, units, head):
        super().__init__()
        self.hidden, self.head = DENSE(4, "tanh"), DENSE(units, head)

    def call(self, inputs):
        return self.head(self.hidden(inputs))


def trained(recorder, model=None, loss="binary_crossentropy", epochs=3, y=Y, **fit):
    keras.utils.set_random_seed(3)
    model = model or sequential()
    model.compile("adam", loss)
    model.fit(X, y, batch_size=48, epochs=epochs, verbose=0, callbacks=[recorder], **fit)
    return model


@pytest.fixture(scope="module")
def recorder():
    recorder = boundary.Recorder(X, Y, classes=moons.CLASSES)
    trained(recorder, epochs=30, validation_split=0.25)
    return recorder


class Log:
    """Stands for `fit`: drives a recorder through made-up epochs of a model that answers with its epoch."""

    def __init__(self, recorder, epochs, stop_after=None):
        recorder.set_params({"epochs": epochs})
        recorder.set_model(lambda grid, training: np.full((len(grid), 1), self.epoch / 1000, "float32"))
        self.epoch = 0
        recorder.on_train_begin()
        for self.epoch in range(1, (stop_after or epochs) + 1):
            recorder.on_epoch_end(self.epoch - 1, {"loss": 1 / self.epoch})
        recorder.on_train_end()


@pytest.mark.parametrize("build", [sequential, functional, Subclassed])
@pytest.mark.parametrize(
    "units, head, loss",
    [
        (1, "sigmoid", "binary_crossentropy"),
        (1, None, keras.losses.BinaryCrossentropy(from_logits=True)),
        (3, "softmax", "sparse_categorical_crossentropy"),
        (3, None, keras.losses.SparseCategoricalCrossentropy(from_logits=True)),
    ],
)
def test_any_head_of_any_model_becomes_probabilities(build, units, head, loss):
    recorder = boundary.Recorder(X, Y)
    model = trained(recorder, build(units, head), loss, epochs=1)
    last = recorder.probabilities()[-1]
    answer = keras.ops.convert_to_numpy(model(recorder.grid))
    if units == 1:
        meant = answer if head else 1 / (1 + np.exp(-answer))
        expected = np.concatenate([1 - meant, meant], axis=1)
    else:
        expected = answer if head else keras.ops.convert_to_numpy(keras.ops.softmax(answer))
    assert np.allclose(last, expected, atol=1e-5)
    assert np.allclose(recorder.probabilities().sum(axis=-1), 1, atol=1e-5)


def test_recording_leaves_the_training_as_it_was():
    watched = trained(boundary.Recorder(X, Y, every=1))
    alone = trained(keras.callbacks.Callback())
    for ours, theirs in zip(watched.get_weights(), alone.get_weights(), strict=True):
        assert np.array_equal(ours, theirs)


@pytest.mark.parametrize(
    "epochs, options, expected",
    [
        (3, {}, [0, 1, 2, 3]),
        (5, {"every": 2}, [0, 2, 4, 5]),
        (100, {"frames": 5}, [0, 25, 50, 75, 100]),
        (0, {}, [0]),
    ],
)
def test_the_epochs_that_are_kept(epochs, options, expected):
    recorder = boundary.Recorder(X, Y, **options)
    Log(recorder, epochs)
    assert recorder.epochs == expected
    assert np.allclose(recorder.probabilities()[:, 0, 1], np.array(expected) / 1000)


def test_never_more_than_twenty_frames_and_always_the_last_epoch():
    recorder = boundary.Recorder(X, Y)
    for stop_after in (None, 500, 999, 7):
        Log(recorder, 1000, stop_after)
        assert len(recorder.epochs) <= 20 and recorder.epochs[-1] == (stop_after or 1000)
        assert len(recorder.loss) == (stop_after or 1000)


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"X": np.zeros((4, 3))}, "two features"),
        ({"y": Y[:5]}, "one label for each"),
        ({"every": 0}, "1 epoch or more"),
        ({"frames": 21}, "2 to 20"),
    ],
)
def test_what_cannot_be_recorded_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        boundary.Recorder(**({"X": X, "y": Y} | wrong))


def test_too_many_frames_are_refused_with_an_interval_that_fits():
    with pytest.raises(ValueError, match="every=6 or more"):
        Log(boundary.Recorder(X, Y, every=1), 100)
    Log(boundary.Recorder(X, Y, every=6), 100)


def test_nothing_recorded_says_what_to_do():
    with pytest.raises(ValueError, match="callbacks="):
        boundary.explore(boundary.Recorder(X, Y))


def test_one_hot_and_column_labels_mean_the_same():
    for y in (Y[:, None], np.eye(2)[Y], Y.astype(float)):
        assert np.array_equal(boundary.Recorder(X, y).y, Y)


def test_the_still_figure_shows_four_epochs_and_both_losses(recorder):
    picture = boundary.still(recorder)
    titles = [axes.get_title() for axes in picture.figure.axes]
    assert titles[0] == "before training" and titles[3] == "after epoch 30" and len(titles) == 5
    drawn = [line.get_ydata() for line in picture.figure.axes[-1].lines if len(line.get_ydata()) == 30]
    assert np.allclose(drawn, [list(recorder.loss.values()), list(recorder.val_loss.values())])
    assert png(picture.figure, scale=1) == png(boundary.still(recorder).figure, scale=1)


def test_a_still_figure_of_few_epochs_has_as_many_panels():
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nothing to say about empty legends or equal limits
        for epochs, panels in ((0, 1), (1, 2)):
            recorder = boundary.Recorder(X[:1], Y[:1])
            Log(recorder, epochs)
            assert len(boundary.still(recorder).figure.axes) == panels + 1


def test_the_player_turns_to_finished_images(recorder, monkeypatch):
    import ipywidgets

    player = boundary._player(ipywidgets, recorder)
    (play, slider, label), image = player.children[0].children, player.children[1]
    monkeypatch.setattr(boundary, "Figure", lambda *_, **__: pytest.fail("drawn while the slider moved"))
    seen = {image.value}
    for frame in range(1, 20):
        slider.value = frame
        seen.add(image.value)
    assert len(seen) == 20 and slider.max == play.max == 19
    assert label.value == "after epoch 30"


@pytest.mark.parametrize("notebook, shown", [(True, ["Picture", "VBox"]), (False, ["Picture"])])
def test_outside_a_notebook_only_the_still_figure_is_shown(notebook, shown, monkeypatch):
    recorder = boundary.Recorder(X, Y)
    Log(recorder, 2)
    displayed = []
    monkeypatch.setattr("IPython.display.display", lambda thing: displayed.append(type(thing).__name__))
    monkeypatch.setattr("IPython.get_ipython", lambda: types.SimpleNamespace(kernel=notebook or None))
    assert boundary.explore(recorder) is None
    assert displayed == shown


def test_a_missing_ipywidgets_leaves_the_still_figure(monkeypatch):
    recorder = boundary.Recorder(X, Y)
    Log(recorder, 1)
    displayed = []
    monkeypatch.setattr("IPython.display.display", displayed.append)
    monkeypatch.setattr("IPython.get_ipython", lambda: types.SimpleNamespace(kernel=True))
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    boundary.explore(recorder)
    assert len(displayed) == 1


HISTORY = {"loss": [3, 2, 1], "mae": [9, 8, 7], "val_loss": [4, 3, 5], "val_mae": [6, 6, 6]}


def test_curves_draw_training_and_validation():
    figure = curves.plot_history(HISTORY).figure
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["loss", "mae"]
    training, validation = figure.axes[0].lines
    assert list(training.get_xdata()) == [1, 2, 3] and list(training.get_ydata()) == [3, 2, 1]
    assert list(validation.get_ydata()) == [4, 3, 5]


def test_curves_take_a_history_and_no_validation():
    history = keras.callbacks.History()
    history.history = {"loss": [1.0]}
    (axes,) = curves.plot_history(history, metrics="loss").figure.axes
    assert len(axes.lines) == 1 and axes.get_legend() is None


@pytest.mark.parametrize(
    "arguments, message",
    [
        (({},), "Train first"),
        ((HISTORY, ["acc"]), "Choose from loss, mae"),
        (([1, 2],), "Pass what `fit` returns"),
    ],
)
def test_curves_refuse_what_holds_no_curves(arguments, message):
    with pytest.raises(ValueError, match=message):
        curves.plot_history(*arguments)


def test_the_lifecycle_names_the_five_calls():
    text = "\n".join(words.get_text() for words in lifecycle.diagram().figure.findobj(Text))
    steps = [text.index(f"{number}  {name}") for number, (name, *_) in enumerate(lifecycle.STEPS, start=1)]
    assert steps == sorted(steps) and len(steps) == 5
    assert all(f"model.{name}(" in text for name in ("compile", "fit", "evaluate", "predict"))


@pytest.mark.parametrize("draw", [lifecycle.diagram, lambda: curves.plot_history(HISTORY)])
def test_pictures_are_the_same_twice_readable_and_described(draw):
    data, metadata = draw()._repr_mimebundle_()
    assert data == draw()._repr_mimebundle_()[0]
    assert data["text/plain"].startswith("[picture: ") and metadata["image/png"]["alt"]
    sizes = {text.get_fontsize() for text in draw().figure.findobj(Text) if text.get_text()}
    assert min(sizes) >= 9


def test_importing_the_package_loads_no_framework():
    heavy = "{'keras', 'tensorflow', 'matplotlib', 'ipywidgets'}"
    code = f"import sys, course.see; print(*({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
