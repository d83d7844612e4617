"""The labels are given to the legend, not to the lines."""


def plot_history(history):
    names = [name for name in history.history if not name.startswith("val_")]
    figure, axes = plt.subplots(1, len(names), squeeze=False)
    for panel, name in zip(axes[0], names, strict=False):
        epochs = list(range(1, 1 + len(history.history[name])))
        panel.plot(epochs, history.history[name])
        words = ["training"]
        if f"val_{name}" in history.history:
            panel.plot(epochs, history.history[f"val_{name}"])
            words.append("validation")
        panel.set(title=name, xlabel="epoch")
        panel.legend(words)
    return figure


def best_epoch(history, metric, mode):
    values = np.array(history.history[metric])
    return int(np.nanargmin(values) if mode == "min" else np.nanargmax(values)) + 1
