"""Made-up histories: documented shapes, the same for the same seed, and each shows its own sign alone."""

import numpy as np
import pytest

from course.data import histories


def leaps(curve):
    return int(np.sum(curve[1:] > 1.25 * curve[:-1]))


def signs(loss, validation):
    """The diseases whose sign these curves show, as `SIGNS` words it."""
    falls, smooth = loss[-1] < loss[0] * 0.5, not leaps(loss)
    steady = smooth and not leaps(validation)
    beside = np.all(np.abs(validation / loss - 1) < 0.1)
    return {
        name
        for name, shown in {
            "dead": np.all(np.abs(loss / loss[0] - 1) < 0.03),
            "underfitting": steady and 0.05 < 1 - loss[-1] / loss[0] < 1 / 3 and beside,
            "learning rate too high": leaps(loss) >= 5,
            "noisy validation": smooth and leaps(validation) >= 5,
            "overfitting": steady and falls and validation[-1] > 1.4 * validation.min(),
            "leak": np.all(validation < 0.5 * loss),
        }.items()
        if shown
    }


@pytest.mark.parametrize("epochs", [20, 30, 60])
@pytest.mark.parametrize("seed", range(20))
def test_each_shows_its_own_sign_alone(seed, epochs):
    curves, kinds = histories.load(seed=seed, n=12, epochs=epochs)
    for both, kind in zip(curves, kinds, strict=True):
        assert signs(*both) == {kind}


def test_documented_shapes_and_seeds():
    curves, kinds = histories.load(seed=3, n=18, epochs=25)
    assert curves.shape == (18, 2, 25) and curves.dtype == np.float64 and (curves > 0).all()
    assert sorted(kinds) == sorted(3 * histories.KINDS) and set(histories.SIGNS) == set(histories.KINDS)
    again = histories.load(seed=3, n=18, epochs=25)
    assert np.array_equal(curves, again[0]) and list(kinds) == list(again[1])
    assert not np.array_equal(curves, histories.load(seed=4, n=18, epochs=25)[0])
    assert histories.load(n=0)[0].shape == (0, 2, 30)


def test_too_few_epochs_are_refused():
    with pytest.raises(ValueError, match="20 or more"):
        histories.load(epochs=19)
