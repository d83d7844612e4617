"""The twins' figure: a drawing for each model, the same bytes each time, with words; no choice without a reader."""

import keras
import pytest

from course.see import twins


@pytest.fixture(scope="module")
def drawings():
    return twins.frames()


def test_there_is_a_drawing_for_each_slip_and_few_enough(drawings):
    assert list(drawings) == [*twins.SLIPS, twins.AS_MEANT]
    assert len(drawings) <= twins.MOST_FRAMES
    assert all(drawing.svg.startswith("<svg") for drawing in drawings.values())


def test_the_words_say_what_is_the_matter(drawings):
    assert drawings[twins.AS_MEANT].words == "the same graph"
    assert "tags" in drawings["the tags are left out"].words
    assert len({drawing.words for drawing in drawings.values()}) == len(drawings)


def test_the_same_slip_is_drawn_the_same_each_time(drawings):
    assert twins.picture().svg == drawings[twins.SLIPS[0]].svg


def test_the_desk_fits_the_tickets():
    from course import data

    assert (
        len(data.tickets.VOCABULARY), len(data.tickets.TAGS), len(data.tickets.DEPARTMENTS),
    ) == (twins.WORDS, twins.TAGS, twins.DEPARTMENTS)  # fmt: skip


def test_models_of_ones_own_are_laid_over_a_twin_of_ones_own():
    def net(units):
        x = keras.Input((4,))
        return keras.Model(x, keras.layers.Dense(units)(x))

    class Written(keras.Model):
        def __init__(self, units):
            super().__init__()
            self.layer = keras.layers.Dense(units)

        def call(self, inputs):
            return self.layer(inputs)

    found = twins.frames({"right": Written(3), "wrong": Written(2)}, net(3))
    assert found["right"].words == "the same graph" != found["wrong"].words
    assert list(twins.frames(Written(3), net(3))) == ["your model"]


def test_too_many_models_are_refused():
    with pytest.raises(ValueError, match="21 models"):
        twins.frames({str(n): None for n in range(21)})


def test_without_a_notebook_only_the_still_is_shown(capsys):
    twins.explore()
    assert capsys.readouterr().out.count("[picture:") == 1
