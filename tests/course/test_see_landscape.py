"""The landscape: paths are those of Keras' optimizers, figures the same twice, sensible words for wrong arguments."""

import types

import keras
import numpy as np
import pytest
import tensorflow as tf
from matplotlib.text import Text

from course.see import landscape
from course.see.picture import png

RATES = [0.05, 0.3, 1.2]
MAP = {"start": (-1.0, 1.5), "across": (-2, 2), "up": (-2, 2)}


def bowl(x, y):
    """Steep along y: plain SGD is stable below a rate of ½."""
    return 0.5 * x**2 + 2 * y**2


@pytest.fixture(scope="module")
def race():
    return landscape.Race(bowl, rates=RATES, steps=8, names=("left", "up"), **MAP)


def test_the_paths_are_those_of_the_optimizers(race):
    for number, make in enumerate(landscape.three().values()):
        for at, rate in enumerate(RATES):
            place, optimizer = keras.Variable(np.array(MAP["start"])), make(rate)
            for step in range(9):
                assert np.allclose(race.paths[at, number, step], place.numpy(), rtol=1e-4, atol=1e-5)
                with tf.GradientTape() as tape:
                    value = bowl(place[0], place[1])
                assert np.isclose(race.losses[at, number, step], float(value), rtol=1e-3, atol=1e-6)
                optimizer.apply([tf.convert_to_tensor(tape.gradient(value, place.value))], [place])


def test_the_map_is_the_loss(race):
    x, y, heights = race.map
    assert heights.shape == (len(y), len(x)) and heights[3, 7] == pytest.approx(
        0.5 * x[7] ** 2 + 2 * y[3] ** 2, rel=1e-4
    )


def test_what_flies_off_is_lost_and_drawn_no_further(race):
    far = landscape.Race(bowl, rates=[1.0, 500.0], steps=30, optimizers={"SGD": keras.optimizers.SGD}, **MAP)
    assert np.isnan(far.paths[1, 0, -1]).all() and np.isfinite(far.paths[0, 0, 0]).all()
    assert len(landscape._on_the_map(far.paths[1, 0], far)) == 2
    assert len(landscape._on_the_map(race.paths[0, 0], race)) == 9
    assert landscape.still(far).figure and len(landscape.frames(far)) == 2


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"rates": [0.1]}, "2 to 20"),
        ({"rates": np.linspace(0.1, 1, 21)}, "2 to 20"),
        ({"rates": [0.2, 0.1]}, "ascend"),
        ({"rates": [0.0, 0.1]}, "ascend"),
        ({"optimizers": {}}, "1 to 4"),
        ({"start": (9, 0)}, "outside the map"),
    ],
)
def test_what_cannot_be_raced_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        landscape.Race(bowl, **({"rates": RATES, **MAP} | wrong))


def test_the_still_figure_shows_three_rates_and_the_last_loss(race):
    axes = landscape.still(race).figure.axes
    assert [a.get_title() for a in axes[:3]] == ["learning rate 0.05", "learning rate 0.3", "learning rate 1.2"]
    adam = axes[3].lines[2]
    assert np.allclose(adam.get_xdata(), RATES) and np.allclose(adam.get_ydata(), race.losses[:, 2, -1])


def test_the_player_turns_to_finished_images(race, monkeypatch):
    import ipywidgets

    player = landscape._player(ipywidgets, race)
    (slider, label), image = player.children[0].children, player.children[1]
    monkeypatch.setattr(landscape, "Figure", lambda *_, **__: pytest.fail("drawn while the slider moved"))
    seen = {image.value}
    for frame in (1, 2):
        slider.value = frame
        seen.add(image.value)
    assert len(seen) == 3 and slider.max == 2 and label.value == "learning rate 1.2"


@pytest.mark.parametrize(("notebook", "shown"), [(True, ["Picture", "VBox"]), (False, ["Picture"])])
def test_outside_a_notebook_only_the_still_figure_is_shown(race, notebook, shown, monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    displayed = []
    monkeypatch.setattr("IPython.display.display", lambda thing: displayed.append(type(thing).__name__))
    monkeypatch.setattr("IPython.get_ipython", lambda: types.SimpleNamespace(kernel=notebook or None))
    assert landscape.explore(race) is None
    assert displayed == shown


def spring():
    x = np.linspace(0, 2, 20)
    return landscape.descent(x, 1.5 * x + 1, learning_rate=0.3, steps=12, names=("force", "length"))


def test_descent_marks_the_lines_on_the_map():
    lines, place = spring().figure.axes
    slopes = [np.diff(line.get_ydata())[0] / 2 for line in lines.lines[1:]]
    assert slopes[0] == pytest.approx(-0.5) and len(slopes) == 4
    told = [text.get_text() for text in place.findobj(Text)]
    assert {"start", "after 1 step", "after 12 steps"} <= set(told)
    heights = [line.get_ydata()[0] for line in lines.lines[1:]]
    path = place.lines[1].get_xydata()
    assert np.allclose(path[[0, 1, 3, 12]], np.stack([slopes, heights], axis=1))


def test_pictures_are_the_same_twice_readable_and_described(race):
    for draw in (spring, lambda: landscape.still(race)):
        picture = draw()
        assert png(picture.figure, 1) == png(draw().figure, 1)
        assert len(picture.words) > 20
        sizes = {text.get_fontsize() for text in picture.figure.findobj(Text) if text.get_text()}
        assert min(sizes) >= 9
