"""Figures about callbacks: what they show is what Keras does, the same bytes twice, no drawing behind a slider."""

import sys
import types

import keras
import numpy as np
import pytest

from course.data import histories
from course.see import curves, events
from course.see.picture import png
from grader import check
from grader.check.remote import callback_runs

HISTORY = {
    "loss": list(np.linspace(1, 0.1, 24)),
    "val_loss": [*np.linspace(1, 0.4, 9), 0.45, 0.39, *np.linspace(0.41, 0.8, 13)],
}


@pytest.mark.parametrize("mode", ["min", "max"])
@pytest.mark.parametrize("patience", [1, 2, 3, 7])
@pytest.mark.parametrize("seed", range(3))
def test_it_stops_where_keras_stops(seed, patience, mode):
    values = np.random.default_rng(seed).uniform(0.1, 1, 12).round(1)  # with ties
    stopper = keras.callbacks.EarlyStopping("score", mode=mode, patience=patience, restore_best_weights=True)
    seen = check.drive(stopper, check.logs(score=values))
    assert curves.stops(values, patience, mode) == (seen.epochs, seen.weights + 1)


def test_the_still_figure_shows_three_values_of_patience():
    picture = curves.patience(HISTORY)
    titles = [axes.get_title(loc="left") for axes in picture.figure.axes]
    assert titles == ["patience 1", "patience 5", "patience 20"]
    ends = [next(line for line in axes.lines if line.get_label() == "training ends") for axes in picture.figure.axes]
    assert [int(line.get_xdata()[0]) for line in ends] == [10, 16, 24]
    assert png(picture.figure, scale=1) == png(curves.patience(HISTORY).figure, scale=1)


def test_the_player_turns_to_finished_images(monkeypatch):
    import ipywidgets

    images, words = curves.patience_frames(HISTORY)
    assert len(images) == len(words) == len(set(words)) == curves.MOST_FRAMES
    player = curves._player(ipywidgets, images, words)
    (play, slider, label), image = player.children[0].children, player.children[1]
    monkeypatch.setattr(curves, "Figure", lambda *_, **__: pytest.fail("drawn while the slider moved"))
    slider.value = 4
    assert image.value == images[4] and label.value.startswith("patience 5: ends after epoch 16, keeps epoch 11")
    assert play.max == slider.max == 19


@pytest.mark.parametrize("kernel, shown", [(True, ["Picture", "VBox"]), (None, ["Picture"])])
def test_outside_a_notebook_only_the_still_figure_is_shown(kernel, shown, monkeypatch):
    displayed = []
    monkeypatch.setattr("IPython.display.display", lambda thing: displayed.append(type(thing).__name__))
    monkeypatch.setattr("IPython.get_ipython", lambda: types.SimpleNamespace(kernel=kernel))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    curves.explore_patience(HISTORY)
    assert displayed == shown
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    curves.explore_patience(HISTORY)
    assert displayed[-1] == "Picture"


def test_what_the_monitor_leaves_has_a_panel_for_each():
    recorded = {"loss": {6: 3.0, 7: 2.0}, "val_loss": {7: 2.5}, "mae": {6: 1.0, 7: 1.0}}
    picture = curves.training(recorded, ["loss", "mae"], rates=[(6, 0.1), (7, 0.05)])
    assert [axes.get_title(loc="left") for axes in picture.figure.axes] == ["loss", "mae", "learning rate"]
    assert [list(line.get_xdata()) for line in picture.figure.axes[0].lines] == [[6, 7], [7]]
    assert picture.words == "loss, mae, learning rate over 2 epochs."
    with pytest.raises(ValueError, match="no curves yet"):
        curves.training({}, [])


def test_the_gallery_shows_each_pair_under_its_name():
    pairs, kinds = histories.load(seed=1)
    panels = curves.gallery(pairs, list(kinds)).figure.axes
    for axes, both, kind in zip(panels, pairs, kinds, strict=True):
        assert axes.get_title(loc="left") == kind
        assert np.allclose([line.get_ydata() for line in axes.lines], both)


@pytest.mark.parametrize(
    "draw",
    [
        curves.warm_up_and_cosine,
        lambda: curves.rate_search(np.geomspace(1e-4, 1, 9), [1, 1, 0.9, 0.5, 0.3, 0.4, 2, 9, np.nan]),
        lambda: curves.gallery(*histories.load(seed=1)),
        lambda: curves.patience(HISTORY),
    ],
)
def test_pictures_are_the_same_twice_and_described(draw):
    data, metadata = draw()._repr_mimebundle_()
    assert data == draw()._repr_mimebundle_()[0]
    assert data["text/plain"].startswith("[picture: ") and metadata["image/png"]["alt"]


def test_the_plan_reaches_its_peak_and_nearly_nothing():
    (axes,) = curves.warm_up_and_cosine(peak=0.2, warm_up=4, total=12).figure.axes
    rates = axes.lines[0].get_ydata()
    assert rates[:4] == pytest.approx([0.05, 0.1, 0.15, 0.2]) and rates[4] == pytest.approx(0.2)
    assert len(rates) == 12 and 0 < rates[-1] < 0.01


# ---- TensorBoard's files


def test_numbers_are_written_as_tensorboard_reads_them_and_read_back():
    import tensorflow as tf

    folder = check.scratch_path("events")
    writer = tf.summary.create_file_writer(folder)
    with writer.as_default():
        for step, value in ((1, 0.25), (0, 2)):
            events.scalar("loss", value, step=step)
        tf.summary.write("an array", [1.0, 2.0], step=0)
    writer.flush()
    assert events.read(folder) == {"loss": [(0, 2.0), (1, 0.25)]}
    assert callback_runs.event_values(folder) == {"loss": [2.0, 0.25]}
    (name,) = events._files(folder)
    kinds = [
        value.metadata.plugin_data.plugin_name
        for record in tf.data.TFRecordDataset(name)
        for value in tf.compat.v1.Event.FromString(record.numpy()).summary.value
    ]
    assert kinds[:2] == ["scalars"] * 2  # the page on which TensorBoard shows it


def test_no_folder_holds_no_numbers():
    assert events.read(check.scratch_path("not there")) == {}
