"""Diabetes: progression of the disease after a year, from a first examination (regression)."""

import numpy as np

from course.data import rows

FEATURES = ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")


def load(seed: int = 0, n: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The first `n` of 442 patients, shuffled with `seed`.

    X: float32 (n, 10), as measured (scikit-learn's default is the scaled table). FEATURES names the columns:
       age 19–79 years, sex coded 1 or 2, body mass index 18–42.2 kg/m², mean blood pressure 62–133 mmHg; then
       blood serum: s1 total cholesterol 97–301, s2 LDL 41.6–242.4, s3 HDL 22–99, s4 total cholesterol / HDL
       2–9.1, s5 the logarithm of triglycerides 3.3–6.1, s6 blood sugar 58–124 (s1, s2, s3, s6 in mg/dL).
    y: float32 (n,), a measure of the disease's progression one year later, 25–346, mean 152, without a unit.

    Raises ValueError if `n` is not between 1 and 442.
    Source: B. Efron, T. Hastie, I. Johnstone, R. Tibshirani, "Least Angle Regression", Annals of Statistics
    32 (2004); bundled with scikit-learn.
    """
    from sklearn.datasets import load_diabetes

    X, y = load_diabetes(return_X_y=True, scaled=False)
    return rows.draw(X.astype("float32"), y.astype("float32"), seed, n)
