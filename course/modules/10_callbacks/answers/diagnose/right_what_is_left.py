"""Overfitting is what is left."""


def diagnose(loss, val_loss):
    loss, val_loss = np.array(loss), np.array(val_loss)
    rough = [np.max(c[1:] / c[:-1]) for c in (loss, val_loss)]
    match (bool(rough[0] > 1.2), bool(rough[1] > 1.2), bool(np.all(val_loss / loss < 0.5))):
        case (True, _, _):
            return "learning rate too high"
        case (False, True, _):
            return "noisy validation"
        case (_, _, True):
            return "leak"
    drop = loss.min() / loss.max()
    return "dead" if drop > 0.94 else "underfitting" if drop > 0.6 else "overfitting"
