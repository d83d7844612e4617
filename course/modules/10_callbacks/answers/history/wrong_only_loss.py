"""Draws the loss alone."""


def plot_history(history):
    figure, axes = plt.subplots()
    for key, label in (("loss", "training"), ("val_loss", "validation")):
        if key in history.history:
            values = history.history[key]
            axes.plot(range(1, len(values) + 1), values, label=label)
    axes.set_title("loss")
    axes.legend()
    return figure


def best_epoch(history, metric, mode):
    values = np.array(history.history[metric])
    return int(np.nanargmin(values) if mode == "min" else np.nanargmax(values)) + 1
