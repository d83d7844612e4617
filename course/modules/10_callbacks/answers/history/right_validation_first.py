"""The validation curve is drawn first, with steps and a logarithmic scale."""


def plot_history(history):
    def metrics():
        return [name for name in history.history if not name.startswith("val_")]

    figure, table = plt.subplots(1, len(metrics()), figsize=(9, 3), squeeze=False)
    for axes, name in zip(table.flat, metrics(), strict=False):
        for word, key in (("validation", "val_" + name), ("training", name)):
            if key in list(history.history):
                y = np.array(history.history[key])
                axes.semilogy(np.linspace(1, len(y), len(y)), y, drawstyle="steps-mid", label=word)
        axes.set_xlabel("epoch")
        axes.set_ylabel(name)
        axes.legend()
    return figure


def best_epoch(history, metric, mode):
    best = None
    for epoch, value in enumerate(history.history[metric], 1):
        if np.isnan(value):
            continue
        if best is None or (value < best[0] if mode == "min" else value > best[0]):
            best = value, epoch
    return best[1]
