"""A list of rules, each a name and a function."""


def leaps(values):
    return np.sum(np.array(values[1:]) > 1.25 * np.array(values[:-1])) > 1


RULES = [
    ("learning rate too high", lambda t, v: leaps(t)),
    ("noisy validation", lambda t, v: leaps(v)),
    ("leak", lambda t, v: np.mean(np.array(v) / np.array(t)) < 0.5),
    ("overfitting", lambda t, v: v[-1] > 1.3 * min(v)),
    ("dead", lambda t, v: abs(t[-1] / t[0] - 1) < 0.05),
    ("underfitting", lambda t, v: True),
]


def diagnose(loss, val_loss):
    for name, holds in RULES:
        if holds(loss, val_loss):
            return name
