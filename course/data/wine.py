"""Wine: which of three growers made it, from a chemical analysis (multiclass classification)."""

import numpy as np

from course.data import rows

FEATURES = (
    "alcohol",
    "malic_acid",
    "ash",
    "alcalinity_of_ash",
    "magnesium",
    "total_phenols",
    "flavanoids",
    "nonflavanoid_phenols",
    "proanthocyanins",
    "color_intensity",
    "hue",
    "od280/od315_of_diluted_wines",
    "proline",
)
CLASSES = ("class_0", "class_1", "class_2")


def load(seed: int = 0, n: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The first `n` of 178 wines from one region of Italy, by three growers, shuffled with `seed`.

    X: float32 (n, 13), as measured. FEATURES names the columns. Their scales differ by a factor of a
       thousand: alcohol 11–14.8 % by volume, nonflavanoid phenols 0.13–0.66, proline 278–1680.
    y: int64 (n,), the grower: 0 (59 wines), 1 (71), 2 (48).

    Raises ValueError if `n` is not between 1 and 178.
    Source: M. Forina et al., PARVUS (1988), UCI Machine Learning Repository; bundled with scikit-learn.
    """
    from sklearn.datasets import load_wine

    X, y = load_wine(return_X_y=True)
    return rows.draw(X.astype("float32"), y.astype("int64"), seed, n)
