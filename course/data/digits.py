"""Handwritten digits: scikit-learn's, in the size of the drawn digits in `glyphs` (multiclass classification)."""

import numpy as np

from course.data import rows

SIZE = 16  # pixels along each side of an image
CLASSES = tuple("0123456789")


def load(seed: int = 0, n: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The first `n` of 1797 digits written by 43 people, shuffled with `seed`.

    X: uint8 (n, 16, 16, 1), white on black: 0 is the background, 255 full ink. Measured as 8 × 8 pixels, and
       enlarged to 16 × 16 by linear interpolation.
    y: int64 (n,), the digit.

    Raises ValueError if `n` is not between 1 and 1797.
    Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits (1998), UCI Machine Learning
    Repository; its test set, bundled with scikit-learn.
    """
    from sklearn.datasets import load_digits

    bunch = load_digits()
    X, y = rows.draw(bunch.images, bunch.target.astype("int64"), seed, n)
    return _enlarged(X * (255 / 16))[..., None], y


def _enlarged(images: np.ndarray) -> np.ndarray:
    """uint8 (n, 16, 16) from (n, 8, 8): each new center is a quarter of an old pixel away from an old center."""
    small = images.shape[1]
    place = np.clip((np.arange(SIZE) + 0.5) * small / SIZE - 0.5, 0, small - 1)
    low = np.minimum(place.astype(int), small - 2)
    share = place - low
    weights = np.zeros((SIZE, small))
    weights[np.arange(SIZE), low] = 1 - share
    weights[np.arange(SIZE), low + 1] = share
    return np.round(weights @ images @ weights.T).astype("uint8")
