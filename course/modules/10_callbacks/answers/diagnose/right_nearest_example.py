"""Compares a few numbers with those of made-up examples, and takes the nearest."""


def features(loss, val_loss):
    t, v = np.array(loss), np.array(val_loss)
    up = [np.mean(c[1:] > 1.25 * c[:-1]) for c in (t, v)]
    return np.array(
        [4 * up[0], 4 * up[1], 2 * min(1, t[-1] / t[0]), min(2, v[-1] / v.min()), 2 * min(1, np.mean(v / t))]
    )


def diagnose(loss, val_loss):
    curves, kinds = data.histories.load(seed=7, n=48, epochs=len(loss))
    found = features(loss, val_loss)
    apart = [np.linalg.norm(features(*both) - found) for both in curves]
    return str(kinds[int(np.argmin(apart))])
