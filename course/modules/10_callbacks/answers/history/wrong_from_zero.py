"""The figure counts epochs from 0."""


def plot_history(history):
    names = [name for name in history.history if not name.startswith("val_")]
    figure, axes = plt.subplots(1, len(names), squeeze=False)
    for panel, name in zip(axes[0], names, strict=False):
        for key, label in ((name, "training"), ("val_" + name, "validation")):
            if key in history.history:
                values = history.history[key]
                panel.plot(range(len(values)), values, label=label)
        panel.set_title(name)
        panel.legend()
    return figure


def best_epoch(history, metric, mode):
    values = np.array(history.history[metric])
    return int(np.nanargmin(values) if mode == "min" else np.nanargmax(values)) + 1
