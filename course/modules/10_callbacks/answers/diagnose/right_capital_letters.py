"""With capital letters, which don't matter."""


def diagnose(loss, val_loss):
    loss, val_loss = np.array(loss), np.array(val_loss)
    if (loss[1:] / loss[:-1]).max() > 1.25:
        return "Learning rate too high"
    if (val_loss[1:] / val_loss[:-1]).max() > 1.25:
        return "Noisy validation"
    if (2 * val_loss < loss).all():
        return "Leak"
    if val_loss[-1] > 1.4 * val_loss.min():
        return "Overfitting"
    return "Dead" if loss[-1] > 0.97 * loss[0] else "Underfitting"
