"""Each disease gets a yes or no; the first yes wins."""


def diagnose(loss, val_loss):
    t, v = np.asarray(loss, float), np.asarray(val_loss, float)
    signs = {
        "learning rate too high": np.mean(np.diff(t) > 0.2 * t[:-1]) > 0.2,
        "noisy validation": np.mean(np.diff(v) > 0.2 * v[:-1]) > 0.2,
        "leak": (v / t).max() < 0.6,
        "dead": np.abs(t / t[0] - 1).max() < 0.04,
        "overfitting": v[-1] > 1.35 * v.min(),
        "underfitting": True,
    }
    return next(name for name, yes in signs.items() if yes)
