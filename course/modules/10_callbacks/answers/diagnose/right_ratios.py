"""Ratios of neighbours, largest first."""


def diagnose(loss, val_loss):
    def jumps(values):
        return sum(1 for a, b in zip(values, values[1:], strict=False) if b / a > 1.2)

    if jumps(loss) >= 4:
        return "learning rate too high"
    if jumps(val_loss) >= 4:
        return "noisy validation"
    if max(v / t for t, v in zip(loss, val_loss, strict=False)) < 0.5:
        return "leak"
    if val_loss[-1] / min(val_loss) > 1.25:
        return "overfitting"
    if min(loss) / loss[0] > 0.95:
        return "dead"
    return "underfitting"
