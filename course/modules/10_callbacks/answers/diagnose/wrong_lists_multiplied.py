"""Multiplies lists with a number."""


def diagnose(loss, val_loss):
    if sum(b > a * 1.25 for a, b in zip(loss, loss[1:], strict=False)) > 2:
        return "learning rate too high"
    if sum(b > a * 1.25 for a, b in zip(val_loss, val_loss[1:], strict=False)) > 2:
        return "noisy validation"
    if val_loss < loss * 0.5:
        return "leak"
    return "overfitting"
