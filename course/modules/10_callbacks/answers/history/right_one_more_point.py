"""Marks the lowest point with a line of its own, and titles in words."""


def plot_history(history):
    names = [name for name in history.history if not name.startswith("val_")]
    figure, axes = plt.subplots(len(names), 1, squeeze=False, sharex=True)
    for panel, name in zip(axes.ravel(), names, strict=False):
        values = history.history[name]
        x = range(1, len(values) + 1)
        panel.plot(x, values, color="tab:blue", label="train")
        partner = history.history.get("val_" + name)
        if partner is not None:
            panel.plot(x, partner, color="tab:orange", label="val")
        panel.axvline(int(np.argmin(values)) + 1, linestyle=":", color="grey")
        panel.set_title(name.replace("_", " ").capitalize())
        panel.legend(loc="upper right")
    return figure


def best_epoch(history, metric, mode):
    values = np.array(history.history[metric])
    return int(np.nanargmin(values) if mode == "min" else np.nanargmax(values)) + 1
