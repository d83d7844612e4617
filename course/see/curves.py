"""Training and validation curves, epoch by epoch, from what `fit` returns."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from course.see.picture import BLUE, ORANGE, Picture, style

ACROSS = 3  # panels in a row


def plot_history(history, metrics=None) -> Picture:
    """One panel for each metric: the training curve, and the validation curve where there is one.

    history: the History that `fit` returns, or its dict of lists, one value an epoch.
    metrics: the names to draw, without `val_`; all of them unless told.

    Raises ValueError for an empty history or a metric that it doesn't hold.
    """
    curves = _curves(history)
    known = [name for name in curves if not name.startswith("val_")] or list(curves)
    names = known if metrics is None else [metrics] if isinstance(metrics, str) else list(metrics)
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"The history holds no {', '.join(unknown)}. It holds {', '.join(known)}.")
    across, down = min(len(names), ACROSS), -(-len(names) // ACROSS)
    with style():
        # As wide as a notebook's column at most; a single panel needs less.
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
            f"This is a {type(history).__name__}, not a History. Give what `fit` returns: history = model.fit(…)."
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
    """A line; dots as well while there are few epochs, so that a single one is seen."""
    return {"linewidth": 1.8, "marker": "o" if len(values) <= 5 else None, "markersize": 4}
