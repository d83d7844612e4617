"""With pyplot's current axes, and `gcf` in the end."""


def plot_history(history):
    curves = history.history
    names = [name for name in curves if "val_" + name in curves or not name.startswith("val_")]
    plt.figure(figsize=(8, 3))
    for place, name in enumerate(names, start=1):
        plt.subplot(1, len(names), place)
        epochs = np.arange(1, len(curves[name]) + 1)
        plt.plot(epochs, curves[name], "o-", label="Training")
        if "val_" + name in curves:
            plt.plot(epochs, curves["val_" + name], "s--", label="Validation")
            plt.legend()
        plt.ylabel(name)
    return plt.gcf()


def best_epoch(history, metric, mode):
    pairs = [(value, epoch) for epoch, value in enumerate(history.history[metric], start=1) if value == value]
    best = min(v for v, _ in pairs) if mode == "min" else max(v for v, _ in pairs)
    return next(epoch for value, epoch in pairs if value == best)
