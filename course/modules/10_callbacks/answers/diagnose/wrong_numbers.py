"""Returns the number of the disease."""


def diagnose(loss, val_loss):
    loss, val_loss = np.array(loss), np.array(val_loss)
    if np.sum(loss[1:] > 1.25 * loss[:-1]) > 2:
        return 2
    if np.sum(val_loss[1:] > 1.25 * val_loss[:-1]) > 2:
        return 3
    if np.all(val_loss < 0.5 * loss):
        return 5
    if val_loss[-1] > 1.3 * val_loss.min():
        return 4
    return 0 if loss[-1] > 0.95 * loss[0] else 1
