"""The datasets: documented shapes and class counts, the same rows for the same seed, light to import."""

import subprocess
import sys

import numpy as np
import pytest
from sklearn import datasets

from course.data import breast_cancer, diabetes, moons, wine

TABLES = {"wine": (wine, 178, 13), "breast_cancer": (breast_cancer, 569, 30), "diabetes": (diabetes, 442, 10)}
ALL = {name: module for name, (module, *_) in TABLES.items()} | {"moons": moons}
COUNTS = {"wine": [59, 71, 48], "breast_cancer": [212, 357], "moons": [200, 200]}


def pairs(X, y):
    """The rows as a sorted list, so that two orders of one table compare equal."""
    return sorted(map(tuple, np.column_stack([X, y]).tolist()))


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_its_documented_size_and_no_gaps(name):
    module, size, features = TABLES[name]
    X, y = module.load()
    assert X.shape == (size, features) and X.dtype == np.float32
    assert y.shape == (size,) and y.dtype == (np.float32 if name == "diabetes" else np.int64)
    assert np.isfinite(X).all() and np.isfinite(y).all()
    assert len(module.FEATURES) == features


@pytest.mark.parametrize("name", COUNTS)
def test_the_class_counts_are_the_documented_ones(name):
    _, y = ALL[name].load(seed=4)
    assert np.bincount(y).tolist() == COUNTS[name]
    assert len(ALL[name].CLASSES) == len(COUNTS[name])


@pytest.mark.parametrize("name", TABLES)
def test_names_and_rows_are_scikit_learns(name):
    module, _, _ = TABLES[name]
    raw = {"scaled": False} if name == "diabetes" else {}
    bunch = getattr(datasets, f"load_{name}")(**raw)
    assert list(module.FEATURES) == list(bunch.feature_names)
    if name != "diabetes":
        assert list(module.CLASSES) == list(bunch.target_names)
    expected = bunch.data.astype("float32"), bunch.target.astype("float32")
    assert pairs(*module.load(seed=1)) == pairs(*expected)


@pytest.mark.parametrize("name", ALL)
def test_the_seed_decides_the_rows(name):
    load = ALL[name].load
    X, y = load(seed=3)
    again_X, again_y = load(seed=3)
    assert np.array_equal(X, again_X) and np.array_equal(y, again_y)
    assert not np.array_equal(X, load(seed=4)[0])


@pytest.mark.parametrize("name", TABLES)
def test_n_takes_the_first_rows_of_the_shuffle(name):
    X, y = TABLES[name][0].load(seed=2)
    few_X, few_y = TABLES[name][0].load(seed=2, n=9)
    assert np.array_equal(few_X, X[:9]) and np.array_equal(few_y, y[:9])


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("n", [0, -1, 10_000])
def test_n_outside_the_table_names_the_cure(name, n):
    module, size, _ = TABLES[name]
    with pytest.raises(ValueError, match=f"n=1 to n={size}"):
        module.load(n=n)


def test_moons_lie_on_two_half_circles():
    X, y = moons.load(n=101, noise=0)
    assert X.shape == (101, 2) and np.bincount(y).tolist() == [51, 50]
    centre = np.where(y[:, None] == 0, [0.0, 0.0], [1.0, 0.5])
    assert np.allclose(np.linalg.norm(X - centre, axis=1), 1, atol=1e-6)
    assert (X[y == 0, 1] >= 0).all() and (X[y == 1, 1] <= 0.5).all()
    noisy, _ = moons.load(n=101, noise=0.3)
    assert np.std(noisy - X) == pytest.approx(0.3, rel=0.2)


@pytest.mark.parametrize("bad", [{"n": 0}, {"noise": -0.1}])
def test_moons_refuse_what_cannot_be_drawn(bad):
    with pytest.raises(ValueError, match="Ask for"):
        moons.load(**bad)


def test_importing_the_data_loads_no_framework():
    heavy = "{'keras', 'tensorflow', 'sklearn', 'matplotlib'}"
    code = f"import sys, course.data; print(*({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
