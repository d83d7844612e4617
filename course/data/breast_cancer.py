"""Breast cancer Wisconsin: malignant or benign, from the cells in an image (binary classification)."""

import numpy as np

from course.data import rows

MEASUREMENTS = (
    "radius",
    "texture",
    "perimeter",
    "area",
    "smoothness",
    "compactness",
    "concavity",
    "concave points",
    "symmetry",
    "fractal dimension",
)
FEATURES = (
    *(f"mean {name}" for name in MEASUREMENTS),
    *(f"{name} error" for name in MEASUREMENTS),
    *(f"worst {name}" for name in MEASUREMENTS),
)
CLASSES = ("malignant", "benign")


def load(seed: int = 0, n: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The first `n` of 569 tumors, shuffled with `seed`.

    X: float32 (n, 30): ten measurements of the cell nuclei in an image, each as its mean, its standard error
       and its worst value (mean of the three largest). FEATURES names the columns. Lengths and areas are in
       the image's own scale, the others have no unit: mean area 143–2501, mean smoothness 0.05–0.16.
    y: int64 (n,): 0 malignant (212 tumors), 1 benign (357).

    Raises ValueError if `n` is not between 1 and 569.
    Source: W. Wolberg, N. Street, O. Mangasarian (1995), UCI Machine Learning Repository; bundled with
    scikit-learn.
    """
    from sklearn.datasets import load_breast_cancer

    X, y = load_breast_cancer(return_X_y=True)
    return rows.draw(X.astype("float32"), y.astype("int64"), seed, n)
