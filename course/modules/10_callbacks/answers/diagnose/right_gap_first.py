"""Begins with the leak, then the leaps."""


def diagnose(loss, val_loss):
    pairs = list(zip(loss, val_loss, strict=False))
    if all(v < 0.5 * t for t, v in pairs):
        return "leak"
    leaps = {name: 0 for name in ("loss", "val_loss")}
    for before, now in zip(pairs, pairs[1:], strict=False):
        leaps["loss"] += now[0] > 1.25 * before[0]
        leaps["val_loss"] += now[1] > 1.25 * before[1]
    if leaps["loss"]:
        return "learning rate too high"
    if leaps["val_loss"]:
        return "noisy validation"
    fallen = 1 - loss[-1] / loss[0]
    if fallen < 0.05:
        return "dead"
    if fallen < 0.4:
        return "underfitting"
    return "overfitting"
