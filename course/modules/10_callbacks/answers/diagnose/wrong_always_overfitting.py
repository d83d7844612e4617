"""Everything is overfitting."""


def diagnose(loss, val_loss):
    return "overfitting" if val_loss[-1] > loss[-1] else "underfitting"
