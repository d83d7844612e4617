"""Drawn and handwritten images, the model that comes trained, and what has to be downloaded."""

import json
import subprocess
import sys

import keras
import numpy as np
import pytest

from course.data import backbone, digits, full, glyphs, pretrain

COUNTS = {"letters": (6500, 26), "digits": (2500, 10)}


@pytest.mark.parametrize("kind", COUNTS)
def test_drawn_characters_are_the_documented_ones(kind):
    size, classes = COUNTS[kind]
    X, y = glyphs.load(seed=2, kind=kind)
    assert X.shape == (size, 16, 16, 1) and X.dtype == np.uint8
    assert y.shape == (size,) and y.dtype == np.int64
    assert np.bincount(y).tolist() == [250] * classes
    assert X.max() == 255 and 20 < X.mean() < 80  # white on black
    ink = X.reshape(size, -1).astype(float).sum(axis=1)
    assert ink.min() > 2000, "an image without a character"


def test_the_seed_decides_what_is_drawn():
    X, y = glyphs.load(seed=3, n=40)
    again_X, again_y = glyphs.load(seed=3, n=40)
    assert np.array_equal(X, again_X) and np.array_equal(y, again_y)
    assert not np.array_equal(X, glyphs.load(seed=4, n=40)[0])


def test_every_font_draws_every_character():
    for kind, (_, classes) in COUNTS.items():
        sheets = glyphs._sheets(kind)
        assert sheets.shape[:2] == (len(glyphs.FONTS), classes)
        assert (sheets.reshape(*sheets.shape[:2], -1).sum(axis=-1) > 5000).all()
        flat = sheets.reshape(len(glyphs.FONTS), classes, -1)
        assert all(len(np.unique(font, axis=0)) == classes for font in flat), "two characters look the same"


@pytest.mark.parametrize("bad, words", [({"kind": "emoji"}, "'letters' and 'digits'"), ({"n": 0}, "n=1 or more")])
def test_what_cannot_be_drawn_is_refused(bad, words):
    with pytest.raises(ValueError, match=words):
        glyphs.load(**bad)


def test_thirty_digits_are_three_of_each():
    _, y = glyphs.load(seed=1, n=30, kind="digits")
    assert np.bincount(y).tolist() == [3] * 10


def test_handwritten_digits_are_scikit_learns():
    from sklearn.datasets import load_digits

    X, y = digits.load()
    assert X.shape == (1797, 16, 16, 1) and X.dtype == np.uint8 and X.max() == 255
    assert np.bincount(y).tolist() == np.bincount(load_digits().target).tolist()
    ink = lambda images: sorted(images.reshape(1797, -1).mean(axis=1).round(0))  # noqa: E731
    assert np.allclose(ink(X), ink(load_digits().images * 255 / 16), atol=3)
    with pytest.raises(ValueError, match="n=1 to n=1797"):
        digits.load(n=1798)


# ---- the model that comes trained


@pytest.fixture(scope="module")
def reader():
    return backbone.load()


def test_the_file_is_small_and_is_what_the_command_builds(reader):
    assert backbone.FILE.stat().st_size < 2e6
    assert reader.to_json() == backbone.build().to_json()  # a file has lists where Python has tuples


def test_it_reads_as_well_as_its_record_says(reader):
    record = json.loads(backbone.RECORD.read_text())
    assert record["seed"] == pretrain.SEED and record["letters"] == pretrain.LETTERS
    assert record["parameters"] == reader.count_params()
    assert pretrain.accuracy(reader) == pytest.approx(record["accuracy"], abs=0.002)
    assert pretrain.accuracy(reader, seed=99, n=800) == pytest.approx(record["accuracy"], abs=0.02)


@pytest.mark.filterwarnings("error")
def test_without_its_head_it_gives_what_the_head_reads(reader):
    base = backbone.load(include_top=False)
    X = backbone.preprocess_input(glyphs.load(seed=1, n=5)[0])
    assert X.dtype == np.float32 and -1 <= X.min() < -0.9 < 0.9 < X.max() <= 1
    assert base.name == "backbone" and base.output_shape == (None, 256)
    head = reader.get_layer("letters")
    assert np.allclose(head(base(X)), reader(X), atol=1e-6)


def test_a_short_training_learns():
    model = pretrain.train(letters=520, epochs=1)
    assert int(model.optimizer.iterations) == 9
    assert model.get_config() == backbone.build().get_config()


# ---- what has to be downloaded


def no_network(*args, **kwargs):
    raise Exception("URL fetch failure on https://somewhere.example/weights.h5: None -- unknown name")


def test_offline_it_says_what_is_missing_and_what_to_do(monkeypatch):
    monkeypatch.setattr(keras.applications, "MobileNet", lambda weights, **arguments: no_network())
    with pytest.raises(full.Unavailable) as told:
        full.application("MobileNet")
    words = str(told.value)
    for part in (
        "weights of MobileNet",
        "https://somewhere.example/weights.h5",
        "~/.keras/models/",
        "FULL_DATA = False",
    ):
        assert part in words


def test_offline_names_are_missing_too(monkeypatch):
    monkeypatch.setattr(keras.utils, "get_file", no_network)
    with pytest.raises(full.Unavailable, match="class names"):
        full.class_names()


def test_online_it_asks_for_the_weights(monkeypatch, tmp_path):
    asked = {}
    monkeypatch.setattr(keras.applications, "MobileNet", lambda **arguments: asked.update(arguments) or "a model")
    assert full.application("MobileNet", include_top=False) == "a model"
    assert asked == {"weights": "imagenet", "include_top": False}
    index = tmp_path / "index.json"
    index.write_text(json.dumps({str(place): [f"n{place}", f"name {place}"] for place in range(3)}))
    monkeypatch.setattr(keras.utils, "get_file", lambda *args, **kwargs: str(index))
    assert full.class_names() == ["name 0", "name 1", "name 2"]


def test_an_unknown_application_and_a_wrong_argument_are_no_download():
    with pytest.raises(ValueError, match="no 'ResNet51'"):
        full.application("ResNet51")
    with pytest.raises(TypeError):
        full.application("MobileNet", no_such_argument=1)


def test_importing_the_data_still_loads_no_framework():
    heavy = "{'keras', 'tensorflow', 'sklearn', 'matplotlib'}"
    code = f"import sys, course.data; print(*({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
