"""Takes validation for granted: a KeyError without it."""


def plot_history(history):
    names = [name for name in history.history if not name.startswith("val_")]
    figure, axes = plt.subplots(1, len(names), squeeze=False)
    for panel, name in zip(axes[0], names, strict=False):
        epochs = range(1, len(history.history[name]) + 1)
        panel.plot(epochs, history.history[name], label="training")
        panel.plot(epochs, history.history["val_" + name], label="validation")
        panel.set_title(name)
        panel.legend()
    return figure


def best_epoch(history, metric, mode):
    values = np.array(history.history[metric])
    return int(np.nanargmin(values) if mode == "min" else np.nanargmax(values)) + 1
