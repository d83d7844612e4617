"""Training and validation curves by epoch, and figures of early stopping and learning-rate schedules."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from course.see import player
from course.see.picture import BLUE, DOTS_PER_INCH, GREEN, INK, LINE, ORANGE, PURPLE, QUIET, Picture, style
from course.see.player import MOST_FRAMES

ACROSS = 3  # panels in a row


def plot_history(history, metrics=None) -> Picture:
    """One panel for each metric, with the training curve and, if there is one, the validation curve.

    history: the History that `fit` returns, or its dict of lists with one value per epoch.
    metrics: the names to draw, without `val_`; all of them by default.

    Raises ValueError for an empty history or a metric that it does not contain.
    """
    curves = _curves(history)
    known = [name for name in curves if not name.startswith("val_")] or list(curves)
    names = known if metrics is None else [metrics] if isinstance(metrics, str) else list(metrics)
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"The history does not contain {', '.join(unknown)}. Choose from {', '.join(known)}.")
    across, down = min(len(names), ACROSS), -(-len(names) // ACROSS)
    with style():
        # At most as wide as a notebook's column; a single panel needs less.
        figure = Figure(figsize=({1: 4.8, 2: 8.6, 3: 8.8}[across], 2.9 * down), layout="constrained")
        figure.get_layout_engine().set(w_pad=0.1, h_pad=0.1)
        for place, name in enumerate(names):
            axes = figure.add_subplot(down, across, place + 1)
            _draw(axes, name, curves[name], curves.get(f"val_{name}"))
    epochs = len(curves[names[0]])
    return Picture(figure, f"{', '.join(names)} over {epochs} epoch{'s' if epochs > 1 else ''}.")


def _curves(history) -> dict[str, list[float]]:
    curves = history if isinstance(history, Mapping) else getattr(history, "history", None)
    if not isinstance(curves, Mapping):
        raise ValueError(
            f"This is a {type(history).__name__}, not a History. Pass what `fit` returns: history = model.fit(…)."
        )
    curves = {name: list(values) for name, values in curves.items() if len(values)}
    if not curves:
        raise ValueError("The history has no epochs yet. Train first: history = model.fit(…).")
    return curves


def _draw(axes, name, training, validation):
    axes.plot(_epochs(training), training, "-", color=BLUE, label="training", **_look(training))
    if validation is not None:
        # Keras measures the training curve during an epoch, the validation curve after it.
        axes.plot(_epochs(validation), validation, "--", color=ORANGE, label="validation", **_look(validation))
        axes.legend(loc="best")
    axes.set_title(name, loc="left", weight="bold")
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="y")


def _epochs(values) -> np.ndarray:
    return np.arange(1, len(values) + 1)


def _look(values) -> dict:
    """A line, with dots if there are few epochs, so that a single epoch is visible."""
    return {"linewidth": 1.8, "marker": "o" if len(values) <= 5 else None, "markersize": 4}


# ---- the final figure of the live monitor


def training(curves: Mapping[str, Mapping[int, float]], names: Sequence[str], rates=None) -> Picture:
    """A panel for each of the `names`, and one for the learning rate if `rates`, (epoch, rate) pairs, are given.

    curves: for each name, with `val_` for validation, the value after each epoch, counted from 1.

    Raises ValueError if there is nothing to draw.
    """
    if not names:
        raise ValueError("No epoch has finished, so there are no curves yet.")
    count = len(names) + bool(rates)
    across, down = min(count, ACROSS), -(-count // ACROSS)
    with style():
        figure = Figure(figsize=({1: 4.8, 2: 8.6, 3: 8.8}[across], 2.6 * down), layout="constrained")
        figure.get_layout_engine().set(w_pad=0.1, h_pad=0.1)
        for place, name in enumerate(names):
            axes = figure.add_subplot(down, across, place + 1)
            both = [("training", BLUE, "-", curves.get(name)), ("validation", ORANGE, "--", curves.get(f"val_{name}"))]
            for label, color, dashes, curve in both:
                if curve:
                    values = list(curve.values())
                    axes.plot(list(curve), values, dashes, color=color, label=label, **_look(values))
            _panel(axes, name)
            if all(curve for *_, curve in both):
                axes.legend(loc="best")
        if rates:
            axes = figure.add_subplot(down, across, count)
            axes.plot(*zip(*rates, strict=True), color=PURPLE, **_look(rates))
            _panel(axes, "learning rate")
    epochs = len(next(iter(curves.values())))
    drawn = [*names, *(["learning rate"] if rates else [])]
    return Picture(figure, f"{', '.join(drawn)} over {epochs} epoch{'s' if epochs > 1 else ''}.")


def _panel(axes, name):
    axes.set_title(name, loc="left", weight="bold")
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="y")


# ---- early stopping, applied to an existing curve


def stops(values: Sequence[float], patience: int, mode: str = "min") -> tuple[int, int]:
    """The epoch after which `EarlyStopping` would end this training run, and the best epoch so far, counted from 1."""
    signed = np.asarray(values, "float64") * (1 if mode == "min" else -1)
    best = 0
    for epoch, value in enumerate(signed):
        if value < signed[best]:
            best = epoch
        if epoch - best >= max(patience, 1):
            return epoch + 1, best + 1
    return len(signed), best + 1


def patience(history, monitor: str = "val_loss", mode: str = "min", shown: Sequence[int] = (1, 5, 20)) -> Picture:
    """Where training would have ended, and which weights it would have kept, for each patience in `shown`."""
    curves = _curves(history)
    with style():
        figure = Figure(figsize=(8.8, 3.2), layout="constrained")
        figure.get_layout_engine().set(w_pad=0.1)
        for place, number in enumerate(shown):
            axes = figure.add_subplot(1, len(shown), place + 1)
            _draw_stop(axes, curves, monitor, mode, number)
            axes.set_title(f"patience {number}", loc="left", weight="bold")
        _legend_above(figure, axes)
    listed = ", ".join(map(str, shown))
    return Picture(figure, f"{monitor}, and where early stopping ends training, for a patience of {listed}.")


def explore_patience(history, monitor: str = "val_loss", mode: str = "min") -> None:
    """Show three values of patience side by side and, in a notebook with ipywidgets, a slider from 1 to 20.

    All images are drawn before the slider appears, so moving it only swaps one image for another.
    """
    player.show(
        patience(history, monitor, mode),
        lambda widgets: _player(widgets, *patience_frames(history, monitor, mode)),
    )


def patience_frames(history, monitor: str = "val_loss", mode: str = "min") -> tuple[list[bytes], list[str]]:
    """A PNG for each patience from 1 to 20, and the words for each."""
    curves = _curves(history)
    images, words = [], []
    with style():
        for number in range(1, MOST_FRAMES + 1):
            figure = Figure(figsize=(8.8, 3.4), dpi=1.5 * DOTS_PER_INCH, layout="constrained")
            axes = figure.add_subplot()
            _draw_stop(axes, curves, monitor, mode, number)
            _legend_above(figure, axes)
            canvas = FigureCanvasAgg(figure)
            canvas.draw()
            images.append(player.png(canvas))
            words.append(f"patience {number}: {_stop_told(curves[monitor], number, mode)}")
    return images, words


def _stop_told(values, number, mode) -> str:
    end, best = stops(values, number, mode)
    ended = f"ends after epoch {end}" if end < len(values) else f"runs all {end} epochs"
    return f"{ended}, keeps epoch {best}"


def _legend_above(figure, axes):
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), handlelength=1.6, columnspacing=1.4)


def _draw_stop(axes, curves, monitor, mode, number):
    values, partner = curves[monitor], curves.get(monitor.removeprefix("val_"))
    end, best = stops(values, number, mode)
    epochs = _epochs(values)
    if partner is not None and monitor.startswith("val_"):
        axes.plot(epochs[end - 1 :], partner[end - 1 :], ":", color=BLUE, linewidth=1.4, alpha=0.55)
        axes.plot(epochs[:end], partner[:end], "-", color=BLUE, linewidth=1.4, alpha=0.55, label="training")
    axes.plot(epochs[end - 1 :], values[end - 1 :], ":", color=ORANGE, linewidth=1.4, label="after early stopping")
    axes.plot(epochs[:end], values[:end], "-", color=ORANGE, linewidth=1.9, label="validation")
    axes.axvline(end, color=QUIET, linewidth=1, linestyle="--", label="training ends")
    ring = {"markersize": 9, "markerfacecolor": "none", "markeredgecolor": GREEN, "markeredgewidth": 2}
    axes.plot(best, values[best - 1], "o", **ring, linestyle="none", label="weights kept")
    _from_one(axes, len(values))
    axes.set_ylabel(monitor.removeprefix("val_"))
    axes.grid(axis="y")
    axes.margins(y=0.08)


def _from_one(axes, count):
    """Put epochs on the x-axis, starting at 1; by default, the first tick would be 0."""
    axes.set_xlabel("epoch")
    axes.set_xlim(1 - 0.03 * count, count + 0.03 * count)
    if count >= 20:
        step = 10 if count <= 60 else 20
        axes.set_xticks([1, *range(step, count + 1, step)])


def _player(widgets, images, words):
    return player.slider(widgets, images, words, width=320, play={"interval": 700, "tooltip": "Play"})


# ---- single figures


def warm_up_and_cosine(peak: float = 0.1, warm_up: int = 5, total: int = 30) -> Picture:
    """The learning rate of each epoch: it rises in equal steps, then falls along half a cosine."""
    epochs = np.arange(total)
    falling = 0.5 * peak * (1 + np.cos(np.pi * (epochs - warm_up) / (total - warm_up)))
    rates = np.where(epochs < warm_up, peak * (epochs + 1) / warm_up, falling)
    with style():
        figure = Figure(figsize=(6.4, 2.9), layout="constrained")
        axes = figure.add_subplot()
        axes.axvspan(-0.5, warm_up - 0.5, color=LINE, alpha=0.45, linewidth=0)
        axes.plot(epochs, rates, "-o", color=PURPLE, markersize=4, linewidth=1.2)
        axes.text(warm_up / 2 - 0.5, 0.02 * peak, "warm-up", ha="center", va="bottom", color=INK, size=9.5)
        axes.text(warm_up + 0.55 * (total - warm_up), 0.62 * peak, "half a cosine", color=INK, size=9.5)
        axes.set_yticks([0, peak / 2, peak], ["0", "peak / 2", f"peak = {peak:g}"])
        axes.set_xticks([0, warm_up, total], ["0", f"warm_up = {warm_up}", f"total = {total}"])
        axes.set_xlabel("epoch, from 0")
        axes.set_title("learning rate", loc="left", weight="bold")
        axes.grid(axis="y")
    return Picture(figure, "A learning rate that rises for a few epochs and then falls along half a cosine.")


def gallery(curves, names: Sequence[str]) -> Picture:
    """The training and validation loss of several histories (n, 2, epochs), each under its name."""
    down = -(-len(curves) // ACROSS)
    with style():
        figure = Figure(figsize=(8.8, 2.25 * down + 0.3), layout="constrained")
        figure.get_layout_engine().set(w_pad=0.08, h_pad=0.08)
        for place, (both, name) in enumerate(zip(curves, names, strict=True)):
            axes = figure.add_subplot(down, ACROSS, place + 1)
            # The solid line is wider, so that both are visible where they overlap.
            axes.plot(_epochs(both[0]), both[0], "-", color=BLUE, linewidth=3, alpha=0.6, label="training loss")
            axes.plot(_epochs(both[1]), both[1], "--", color=ORANGE, linewidth=1.5, label="validation loss")
            axes.set_title(name, loc="left", weight="bold")
            axes.set_ylim(0, 1.12 * float(np.max(both)))
            axes.grid(axis="y")
            _from_one(axes, len(both[0]))
        _legend_above(figure, axes)
    return Picture(figure, f"{len(curves)} pairs of training and validation curves: {', '.join(names)}.")


def rate_search(rates: Sequence[float], losses: Sequence[float]) -> Picture:
    """The loss of each batch against the learning rate of its update, on a logarithmic scale."""
    rates, losses = (np.asarray(values, "float64") for values in (rates, losses))
    lowest = int(np.nanargmin(losses))
    with style():
        figure = Figure(figsize=(6.4, 2.9), layout="constrained")
        axes = figure.add_subplot()
        axes.plot(rates, losses, "-", color=BLUE, linewidth=1.8)
        axes.plot(
            rates[lowest], losses[lowest], "o", color=GREEN, markersize=8, markeredgecolor="white", label="lowest"
        )
        axes.axvspan(rates[lowest] / 30, rates[lowest] / 3, color=GREEN, alpha=0.15, linewidth=0, label="a good choice")
        axes.set_xscale("log")
        axes.set_xlabel("learning rate")
        axes.set_title("loss of the batch", loc="left", weight="bold")
        axes.set_ylim(0, 2.2 * float(np.nanmax(losses[: max(lowest, 1)])))
        axes.set_xlim(rates[0], rates[-1])
        axes.legend(loc="upper left")
        axes.grid(axis="y")
    return Picture(figure, "The loss against the learning rate: flat at first, then falling, then rising steeply.")
