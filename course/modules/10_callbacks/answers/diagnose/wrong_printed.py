"""Prints the disease and returns nothing."""


def diagnose(loss, val_loss):
    loss, val_loss = np.array(loss), np.array(val_loss)

    def leaps(curve):
        return np.sum(curve[1:] > 1.25 * curve[:-1]) > 2

    if leaps(loss):
        print("learning rate too high")
    if leaps(val_loss):
        print("noisy validation")
    if np.all(val_loss < 0.5 * loss):
        print("leak")
    if val_loss[-1] > 1.3 * val_loss.min():
        print("overfitting")
    if loss[-1] > 0.95 * loss[0]:
        print("dead")
    print("underfitting")
