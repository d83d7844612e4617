"""The curves keep Keras' names in the legend."""


def plot_history(history):
    log = history.history
    names = [n for n in log if n[:4] != "val_"]
    figure = plt.figure()
    for i, name in enumerate(names):
        axes = figure.add_subplot(len(names), 1, i + 1)
        for key in (name, f"val_{name}"):
            if key in log:
                axes.plot(np.arange(len(log[key])) + 1, log[key], label=key)
        axes.legend()
        axes.set_title(f"Model {name}")
    return figure


def best_epoch(history, metric, mode):
    values = np.array(history.history[metric])
    return int(np.nanargmin(values) if mode == "min" else np.nanargmax(values)) + 1
