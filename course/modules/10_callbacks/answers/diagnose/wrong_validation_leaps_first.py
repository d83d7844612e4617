"""Asks for the leaps of the validation loss first: with too high a rate they leap, too."""


def diagnose(loss, val_loss):
    loss, val_loss = np.array(loss), np.array(val_loss)
    if np.sum(val_loss[1:] > 1.25 * val_loss[:-1]) > 2:
        return "noisy validation"
    if np.sum(loss[1:] > 1.25 * loss[:-1]) > 2:
        return "learning rate too high"
    if np.all(val_loss < 0.5 * loss):
        return "leak"
    if val_loss[-1] > 1.3 * val_loss.min():
        return "overfitting"
    return "dead" if loss[-1] > 0.95 * loss[0] else "underfitting"
