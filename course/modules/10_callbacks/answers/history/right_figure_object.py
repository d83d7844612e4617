"""A `Figure` made without pyplot, panels one below the other."""

from matplotlib.figure import Figure


def plot_history(history):
    metrics = sorted({name.removeprefix("val_") for name in history.history})
    figure = Figure(figsize=(5, 2.5 * len(metrics)))
    for row, name in enumerate(metrics):
        axes = figure.add_subplot(len(metrics), 1, row + 1)
        for prefix, word in (("", "training"), ("val_", "validation")):
            values = history.history.get(prefix + name)
            if values:
                axes.plot([e + 1 for e in range(len(values))], values, label=f"{word} {name}")
        axes.set_ylabel(name)
        axes.legend()
    return figure


def best_epoch(history, metric, mode):
    values = np.asarray(history.history[metric], dtype=float)
    worst = np.inf if mode == "min" else -np.inf
    values = np.where(np.isnan(values), worst, values)
    return (values.argmin() if mode == "min" else values.argmax()) + 1
