"""The few-shot race's figures: what they show is what was noted, and turning them only exchanges finished images."""

import types

import numpy as np
import pytest
from matplotlib.text import Text

from course.data import digits, glyphs
from course.see import race
from course.see.picture import png

WORLDS = ("drawn", "written")


@pytest.fixture(scope="module")
def run():
    found = race.Race(chance=0.1)
    for shift, world in enumerate(WORLDS):
        for each in (3, 1):
            found.begin(world, each, *glyphs.load(seed=shift, n=10 * each, kind="digits"))
            for place, name in enumerate(("frozen", "scratch")):
                found.note(world, each, name, 0.2 + 0.1 * each - 0.1 * place + 0.05 * shift * place * 4)
    return found


def test_it_keeps_what_was_noted(run):
    assert run.worlds == ["drawn", "written"] and run.contestants == ["frozen", "scratch"]
    assert run.sizes("drawn") == [1, 3]
    assert run.order("drawn", 3) == ["frozen", "scratch"] and run.order("written", 3) == ["scratch", "frozen"]


def test_what_makes_no_sense_is_refused(run):
    with pytest.raises(ValueError, match="share of new images"):
        run.note("drawn", 1, "frozen", 72)
    with pytest.raises(ValueError, match="has begun"):
        run.note("drawn", 5, "frozen", 0.7)
    with pytest.raises(ValueError, match="race first"):
        race.still(race.Race())


def test_the_still_figure_draws_each_world(run):
    figure = race.still(run).figure
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["drawn", "written"]
    lines = {line.get_label(): line for line in figure.axes[0].lines if not line.get_label().startswith("_")}
    assert np.allclose(lines["frozen"].get_ydata(), [0.3, 0.5]) and np.allclose(
        lines["scratch"].get_ydata(), [0.2, 0.4]
    )
    assert png(figure, scale=1) == png(race.still(run).figure, scale=1)


def test_strips_hold_the_images_they_are_given():
    X, _ = glyphs.load(n=20)
    figure = race.worlds({"some letters": X, "more": X[3:]}).figure
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["some letters", "more"]
    strip = figure.axes[0].images[0].get_array()
    assert strip.shape == (16, 14 * 18 - 2)
    assert np.allclose(strip[:, :16], X[0, ..., 0] / 255, atol=1e-6)


@pytest.mark.parametrize("draw", [race.still, lambda _: race.worlds({"digits": digits.load(n=14)[0]})])
def test_pictures_are_readable_and_described(draw, run):
    picture = draw(run)
    data, metadata = picture._repr_mimebundle_()
    assert data["text/plain"].startswith("[picture: ") and metadata["image/png"]["alt"]
    assert min(text.get_fontsize() for text in picture.figure.findobj(Text) if text.get_text()) >= 9


def test_the_player_turns_to_finished_images(run, monkeypatch):
    import ipywidgets

    player = race._player(ipywidgets, run)
    world, (slider, label), image = player.children[0], player.children[1].children, player.children[2]
    monkeypatch.setattr(race, "Figure", lambda *_, **__: pytest.fail("drawn while the slider moved"))
    seen = {image.value}
    slider.value = 1
    assert label.value == "3 examples of each class"
    seen.add(image.value)
    world.value = "written"
    seen.add(image.value)
    slider.value = 0
    assert label.value == "1 example of each class"
    assert len(seen | {image.value}) == 4


def test_too_many_rounds_are_refused():
    many = race.Race()
    for each in range(1, 22):
        many.begin("drawn", each, np.zeros((10, 16, 16, 1)), np.arange(10))
    with pytest.raises(ValueError, match="at most 20"):
        race.frames(many)


@pytest.mark.parametrize("notebook, shown", [(True, ["Picture", "VBox"]), (False, ["Picture"])])
def test_outside_a_notebook_only_the_still_figure_is_shown(notebook, shown, run, monkeypatch):
    displayed = []
    monkeypatch.setattr("IPython.display.display", lambda thing: displayed.append(type(thing).__name__))
    monkeypatch.setattr("IPython.get_ipython", lambda: types.SimpleNamespace(kernel=notebook or None))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    assert race.explore(run) is None
    assert displayed == shown
