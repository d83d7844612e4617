"""Axes of its own for the validation curve, too."""


def plot_history(history):
    figure, axes = plt.subplots(1, len(history.history), squeeze=False)
    for panel, (name, values) in zip(axes[0], history.history.items(), strict=False):
        panel.plot(range(1, len(values) + 1), values, label=name)
        panel.set_title(name)
        panel.legend()
    return figure


def best_epoch(history, metric, mode):
    values = np.array(history.history[metric])
    return int(np.nanargmin(values) if mode == "min" else np.nanargmax(values)) + 1
