"""All curves on the same axes."""


def plot_history(history):
    figure, axes = plt.subplots()
    for name, values in history.history.items():
        axes.plot(range(1, len(values) + 1), values, label=name)
    axes.set_xlabel("epoch")
    axes.legend()
    return figure


def best_epoch(history, metric, mode):
    values = np.array(history.history[metric])
    return int(np.nanargmin(values) if mode == "min" else np.nanargmax(values)) + 1
