"""A loss above 1 is dead, whatever it began with."""


def diagnose(loss, val_loss):
    loss, val_loss = np.array(loss), np.array(val_loss)

    def leaps(curve):
        return np.sum(curve[1:] > 1.25 * curve[:-1]) > 2

    if leaps(loss):
        return "learning rate too high"
    if leaps(val_loss):
        return "noisy validation"
    if np.all(val_loss < 0.5 * loss):
        return "leak"
    if val_loss[-1] > 1.3 * val_loss.min():
        return "overfitting"
    if loss[-1] > 1:
        return "dead"
    return "underfitting"
