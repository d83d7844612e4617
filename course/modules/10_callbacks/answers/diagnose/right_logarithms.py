"""Standard deviations of the steps of the logarithms."""


def diagnose(loss, val_loss):
    a, b = np.log(np.array(loss)), np.log(np.array(val_loss))
    if np.diff(a).std() > 0.2:
        return "learning rate too high"
    if np.diff(b).std() > 0.2:
        return "noisy validation"
    gap = (b - a).mean()
    if gap < np.log(0.5):
        return "leak"
    if b[-1] - b.min() > 0.25:
        return "overfitting"
    return "dead" if a[0] - a[-1] < 0.05 else "underfitting"
