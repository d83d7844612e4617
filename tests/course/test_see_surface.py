"""The surface explorer: it shows the layer's own answers, leaves its weights alone, and only turns finished pages."""

import types

import keras
import numpy as np
import pytest

from course.see import surface
from course.see.picture import png

RELU = {"units": 1, "activation": "relu"}


class OwnUnit(keras.layers.Layer):
    """A unit of one's own, its bias made before its kernel."""

    def build(self, shape):
        self.bias = self.add_weight(shape=(1,))
        self.kernel = self.add_weight(shape=(shape[-1], 1))

    def call(self, x):
        return keras.ops.relu(keras.ops.matmul(x, self.kernel) + self.bias)


@pytest.fixture(scope="module")
def sweep():
    return surface.Sweep(keras.layers.Dense(**RELU))


@pytest.mark.parametrize("make", [lambda: keras.layers.Dense(**RELU), OwnUnit])
def test_the_heights_are_what_the_layer_answers(make):
    found = surface.Sweep(make(), first=(-1, 0.5), biases=(0, 1, 2), second=-1)
    side = np.linspace(-2, 2, surface.GRID)
    x, y = np.meshgrid(side, side)
    assert found.pairs == [(-1, 0), (-1, 1), (-1, 2), (0.5, 0), (0.5, 1), (0.5, 2)]
    for (first, bias), heights in zip(found.pairs, found.heights, strict=True):
        assert np.allclose(heights, np.maximum(first * x - y + bias, 0), atol=1e-5)


def test_the_layer_keeps_its_weights():
    layer = keras.layers.Dense(**RELU)
    layer.build((None, 2))
    before = layer.get_weights()
    surface.Sweep(layer)
    assert all(np.array_equal(a, b) for a, b in zip(before, layer.get_weights(), strict=True))


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"layer": keras.layers.Dense(2)}, "one unit with two inputs"),
        ({"layer": keras.layers.Dense(1, use_bias=False)}, r"weights have shapes \(2, 1\)\."),
        ({"layer": keras.layers.ReLU()}, "weights have shapes none"),
        ({"layer": keras.layers.Dense(1), "first": range(9), "biases": range(3)}, "9 × 3 choices"),
        ({"layer": keras.layers.Dense(1), "first": ()}, "1 to 25"),
    ],
)
def test_what_has_no_surface_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        surface.Sweep(**arguments)


def test_one_scale_for_all_frames(sweep):
    assert sweep.limits == (0.0, 8.0)
    flat = surface.Sweep(keras.layers.Dense(**RELU), first=(0,), biases=(-9,))
    assert flat.limits == (-1.0, 1.0)


def test_the_still_figure_shows_four_choices(sweep):
    picture = surface.still(sweep)
    titles = [axes.get_title() for axes in picture.figure.axes]
    assert titles[0] == "w = (−2, 1)\nb = 0" and titles[3] == "w = (2, 1)\nb = 2" and len(titles) == 4
    assert "w = (2, 1), b = 2" in picture.words
    assert png(picture.figure, scale=1) == png(surface.still(sweep).figure, scale=1)


def test_a_single_choice_makes_one_panel():
    single = surface.Sweep(keras.layers.Dense(**RELU), first=(1,), biases=(0,))
    assert len(surface.still(single).figure.axes) == 1 and len(surface.frames(single)) == 1


def test_the_sliders_turn_to_finished_images(sweep, monkeypatch):
    import ipywidgets

    player = surface._player(ipywidgets, sweep)
    (first, bias), image = player.children[0].children, player.children[1]
    monkeypatch.setattr(surface, "Figure", lambda *_, **__: pytest.fail("drawn while a slider moved"))
    monkeypatch.setattr(sweep, "heights", None)
    seen = {}
    for first.value in range(5):
        for bias.value in range(5):
            seen[first.value, bias.value] = image.value
    assert len(set(seen.values())) == 25 <= surface.MOST_FRAMES
    assert (first.label, bias.label) == ("2", "2")


@pytest.mark.parametrize("notebook, shown", [(True, ["Picture", "VBox"]), (False, ["Picture"])])
def test_outside_a_notebook_only_the_still_figure_is_shown(notebook, shown, monkeypatch):
    single = surface.Sweep(keras.layers.Dense(**RELU), first=(1,), biases=(0,))
    displayed = []
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.setattr("IPython.display.display", lambda thing: displayed.append(type(thing).__name__))
    monkeypatch.setattr("IPython.get_ipython", lambda: types.SimpleNamespace(kernel=notebook or None))
    assert surface.explore(single) is None
    assert displayed == shown


def test_the_hook_shows_plane_fold_and_landscape():
    picture = surface.folds()
    assert [axes.get_title() for axes in picture.figure.axes] == [
        "1 unit: kernel and bias",
        "the same with ReLU",
        "the sum of 12 units with ReLU",
    ]
    assert png(picture.figure, scale=1) == png(surface.folds().figure, scale=1)
