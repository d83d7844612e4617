"""A map of a loss with two parameters, and the paths of optimizers on it at several learning rates."""

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from course.see import player
from course.see.picture import (
    BLUE,
    DOTS_PER_INCH,
    GREEN,
    INK,
    LINE,
    ORANGE,
    PURPLE,
    QUIET,
    Picture,
    axes_at,
    legend,
    style,
)
from course.see.player import MOST_FRAMES

GRID = 81  # points along each side of the map
LEVELS = 14  # contour lines
LOOKS = ((BLUE, "-", "o"), (ORANGE, "--", "s"), (GREEN, "-.", "^"), (PURPLE, ":", "D"))
LOST = 1e6  # a parameter beyond this has diverged


def three() -> dict:
    """The optimizers that a race compares by default, as functions of the learning rate."""
    import keras

    return {
        "SGD": keras.optimizers.SGD,
        "SGD with momentum 0.9": lambda rate: keras.optimizers.SGD(rate, momentum=0.9),
        "Adam": keras.optimizers.Adam,
    }


class Race:
    """Several Keras optimizers that minimize one loss of two parameters from the same start, at each learning rate.

    loss: takes two tensors of the same shape, the parameters of many candidates, and returns the loss of each.
    start: (across, up), where all paths begin. `across`, `up`: the ranges of the map, (low, high).
    rates: 2 to 20 learning rates in ascending order. `optimizers`: at most four functions of the learning rate that
    return an optimizer, by name. `steps`: the number of updates. `names`: the names of the two parameters.

    `paths` is float64 (rates, optimizers, steps + 1, 2), beginning with the start; `losses` (rates, optimizers,
    steps + 1) holds the loss at each point. Both are NaN from the step at which a path diverges.

    Raises ValueError for too many rates or optimizers, rates that do not ascend, or a start outside the map.
    """

    def __init__(self, loss, start, across, up, rates, optimizers=None, steps=40, names=("w", "b")):
        self.makers = three() if optimizers is None else dict(optimizers)
        self.rates = [float(rate) for rate in rates]
        self.start, self.across, self.up = tuple(start), tuple(across), tuple(up)
        self.names = tuple(names)
        if not 2 <= len(self.rates) <= MOST_FRAMES:
            raise ValueError(f"{len(self.rates)} learning rates: choose 2 to {MOST_FRAMES}.")
        if sorted(set(self.rates)) != self.rates or self.rates[0] <= 0:
            raise ValueError("The learning rates must be positive and ascend, without repetition.")
        if not 1 <= len(self.makers) <= len(LOOKS):
            raise ValueError(f"{len(self.makers)} optimizers: choose 1 to {len(LOOKS)}.")
        if not all(low <= at <= high for at, (low, high) in zip(self.start, (self.across, self.up), strict=True)):
            raise ValueError(f"The start {self.start} is outside the map {self.across} × {self.up}.")
        self.loss = loss
        self.paths = _paths(loss, self.start, self.rates, list(self.makers.values()), steps)
        self.losses = _values(loss, self.paths)
        self.map = _map(loss, self.across, self.up)

    @property
    def optimizers(self) -> list[str]:
        return list(self.makers)

    @property
    def steps(self) -> int:
        return self.paths.shape[2] - 1


def explore(race: Race) -> None:
    """Show the paths at three learning rates and, in a notebook with ipywidgets, a slider over all of them.

    All images are drawn before the slider appears, so moving it only swaps one image for another.
    """
    player.show(still(race), lambda widgets: _player(widgets, race))


def still(race: Race) -> Picture:
    """The paths at the lowest, a middle, and the highest rate, above the final loss at every rate."""
    shown = sorted({0, len(race.rates) // 2, len(race.rates) - 1})
    with style():
        figure = Figure(figsize=(8.8, 5.3))
        for column, at in enumerate(shown):
            axes = axes_at(figure, 0.62 + 2.77 * column, 2.3, 2.54, 2.3)
            _draw_map(axes, race)
            _draw_paths(axes, race, at, size=3)
            axes.set_title(_rate_name(race.rates[at]))
            if column:
                axes.set_ylabel("")
                axes.set_yticklabels([])
            else:
                legend(figure, axes, loc="upper center", borderaxespad=0.2, markerscale=2)
        last = axes_at(figure, 0.62, 0.48, 8.08, 0.98)
        _draw_last(last, race)
    shown = ", ".join(f"{race.rates[at]:.2g}" for at in shown)
    words = f"The paths of {', '.join(race.optimizers)} on a map of the loss, at learning rates {shown}"
    return Picture(figure, f"{words}; below, the loss after {race.steps} steps at every rate.")


def frames(race: Race) -> list[bytes]:
    """One PNG for each learning rate: the paths on the map and, next to it, the loss at every step."""
    images = []
    with style():
        figure = Figure(figsize=(8.8, 4.4), dpi=1.5 * DOTS_PER_INCH)
        place, curve = axes_at(figure, 0.7, 0.55, 3.8, 3.05), axes_at(figure, 5.2, 0.55, 3.45, 3.05)
        _draw_map(place, race)
        _prepare_losses(curve, race)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        stage = canvas.copy_from_bbox(figure.bbox)  # drawn once; each frame is drawn on top
        for at, rate in enumerate(race.rates):
            title = figure.text(0.5, 0.985, _rate_name(rate), ha="center", va="top", size=12, weight="bold")
            drawn = [*_draw_paths(place, race, at, size=3.5), *_draw_losses(curve, race, at)]
            legend = figure.legend(
                *place.get_legend_handles_labels(), ncols=4, loc="upper center", bbox_to_anchor=(0.5, 0.94)
            )
            canvas.restore_region(stage)
            for artist in (*drawn, legend, title):
                artist.draw(canvas.get_renderer())
            images.append(player.png(canvas))
            for artist in (*drawn, legend, title):
                artist.remove()
    return images


def descent(x, y, learning_rate=0.3, steps=12, start=(-0.5, 2.0), names=("x", "y")) -> Picture:
    """Lines fitted to points, and the path of gradient descent between them on a map of the mean squared error.

    x, y: (n,), the points. `start`: weight and bias of the first line. `names`: the names of x and y.
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    path = [np.asarray(start, float)]
    for _ in range(steps):
        off = path[-1][0] * x + path[-1][1] - y
        path.append(path[-1] - learning_rate * 2 * np.array([np.mean(off * x), np.mean(off)]))
    path = np.array(path)
    shown = sorted({0, 1, min(3, steps), steps})
    with style():
        figure = Figure(figsize=(8.8, 3.5))
        lines, place = axes_at(figure, 0.62, 0.52, 3.55, 2.65), axes_at(figure, 5.05, 0.52, 3.6, 2.65)
        lines.plot(x, y, "o", color=INK, markersize=4, alpha=0.55, markeredgewidth=0)
        ends = np.array([x.min(), x.max()])
        keys = []
        for (color, dashes, marker), at in zip(LOOKS, shown, strict=False):
            lines.plot(ends, path[at][0] * ends + path[at][1], dashes, color=color, linewidth=2)
            look = {"color": color, "linestyle": dashes, "marker": marker, "markeredgecolor": "white"}
            keys.append(Line2D([], [], linewidth=2, markersize=8, label=_step_name(at), **look))
        lines.legend(handles=keys, loc="upper left", fontsize=9, handlelength=2.8, labelspacing=0.25, borderaxespad=0.1)
        lines.set_xlabel(names[0])
        lines.set_ylabel(names[1])
        lines.set_title("four lines …", loc="left", weight="bold")
        place.set_title("… are four points on the map of the loss", loc="left", weight="bold")
        best = np.polyfit(x, y, 1)
        span = [_around([*path[:, side], best[side]]) for side in (0, 1)]
        _contours(place, *_error_map(x, y, *span))
        place.plot(*path.T, "-", color=QUIET, linewidth=1)
        place.plot(*path.T, ".", color=QUIET, markersize=4)
        for (color, _, marker), at in zip(LOOKS, shown, strict=False):
            place.plot(*path[at], marker, color=color, markersize=8, markeredgecolor="white")
            aside = (9, 4) if at not in (0, steps) else (-9, -4)  # away from the path
            where = {"textcoords": "offset points", "xytext": aside, "size": 9.5, "color": INK}
            place.annotate(_step_name(at), path[at], ha="left" if aside[0] > 0 else "right", va="center", **where)
        place.set_xlabel("w, the slope of the line")
        place.set_ylabel("b, its value at x = 0")
    listed = ", ".join(map(str, shown))
    return Picture(figure, f"Lines after {listed} steps, and the path between them on a map of the loss.")


# ---- numbers


def _paths(loss, start, rates, makers, steps) -> np.ndarray:
    """The paths of all candidates, each with its own variable and optimizer, from one gradient tape per step."""
    import keras
    import tensorflow as tf

    racers = [(keras.Variable(np.array(start, "float32")), make(rate)) for rate in rates for make in makers]
    for variable, optimizer in racers:
        optimizer.build([variable])
    trail = [np.stack([variable.numpy() for variable, _ in racers])]
    for _ in range(steps):
        points = tf.constant(trail[-1])
        with tf.GradientTape() as tape:
            tape.watch(points)
            value = tf.reduce_sum(loss(points[:, 0], points[:, 1]))
        slopes = tape.gradient(value, points)
        for (variable, optimizer), slope in zip(racers, tf.unstack(slopes), strict=True):
            optimizer.apply([slope], [variable])
        trail.append(np.stack([variable.numpy() for variable, _ in racers]))
    path = np.stack(trail, axis=1).astype("float64")
    lost = np.cumsum(~(np.abs(path) < LOST).all(axis=-1), axis=1) > 0
    return np.where(lost[..., None], np.nan, path).reshape(len(rates), len(makers), steps + 1, 2)


def _values(loss, points: np.ndarray) -> np.ndarray:
    """The loss at each of (…, 2) points."""
    import tensorflow as tf

    flat = tf.constant(points.reshape(-1, 2).astype("float32"))
    return np.asarray(loss(flat[:, 0], flat[:, 1]), "float64").reshape(points.shape[:-1])


def _map(loss, across, up) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x, y = np.linspace(*across, GRID), np.linspace(*up, GRID)
    return x, y, _values(loss, np.stack(np.meshgrid(x, y), axis=-1))


def _error_map(x, y, across, up) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    w, b = np.linspace(*across, GRID), np.linspace(*up, GRID)
    off = w[None, :, None] * x + b[:, None, None] - y
    return w, b, np.mean(off**2, axis=-1)


def _around(values) -> tuple[float, float]:
    margin = 0.25 * max(np.ptp(values), 0.5)
    return min(values) - margin, max(values) + margin


# ---- drawing


def _contours(axes, x, y, heights):
    """Draw lines of equal loss; neighboring lines differ by the same factor, so low losses are resolved too."""
    low, high = heights.min(), heights.max()
    floor = max(low, 0) + 0.01 * (high - low) if low >= 0 else low
    levels = np.geomspace(floor, high, LEVELS) if low >= 0 else np.linspace(low, high, LEVELS)
    axes.contourf(x, y, heights, levels=[low - 1, *levels[1:]], cmap="Greys", alpha=0.3, antialiased=True)
    axes.contour(x, y, heights, levels=levels, colors=LINE, linewidths=0.8)
    best = np.unravel_index(heights.argmin(), heights.shape)
    axes.plot(x[best[1]], y[best[0]], "*", color=INK, markersize=11, markeredgecolor="white", zorder=2)


def _draw_map(axes, race):
    _contours(axes, *race.map)
    axes.set_xlim(race.across)
    axes.set_ylim(race.up)
    axes.set_xlabel(race.names[0], labelpad=1)
    axes.set_ylabel(race.names[1], labelpad=1)


def _draw_paths(axes, race, at, size) -> list:
    artists = []
    for number, name in enumerate(race.optimizers):
        color, dashes, marker = LOOKS[number]
        path = _on_the_map(race.paths[at, number], race)
        look = {"color": color, "linewidth": 1.5, "marker": marker, "markersize": size, "markeredgewidth": 0}
        look |= {"alpha": 0.8, "markersize": size * (0.7 if marker == "s" else 1)}  # squares would hide the others
        artists += axes.plot(*path.T, dashes, label=name, zorder=3, **look)
    artists += axes.plot(*race.start, "o", color="white", markeredgecolor=INK, markersize=7, zorder=4)
    return artists


def _on_the_map(path: np.ndarray, race) -> np.ndarray:
    """The path up to where it leaves the map; a diverging path would hide the others."""
    gone = np.zeros(len(path), bool)
    for side, (low, high) in enumerate((race.across, race.up)):
        margin = 0.5 * (high - low)
        gone |= ~((low - margin <= path[:, side]) & (path[:, side] <= high + margin))
    return path[: 1 + int(gone.argmax())] if gone.any() else path


def _finite(values) -> np.ndarray:
    return values[np.isfinite(values)]


def _span(race) -> tuple[float, float]:
    """The range of losses to draw, up to ten times the first one."""
    seen = _finite(race.losses)
    first = race.losses[0, 0, 0]
    low = max(seen.min(), 1e-4 * first)
    return 0.7 * low, 10 * first


def _prepare_losses(axes, race):
    axes.set_yscale("log")
    axes.set_ylim(*_span(race))
    axes.set_xlim(-0.5, race.steps + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("step", labelpad=1)
    axes.set_ylabel("loss", labelpad=1)
    axes.grid(axis="y")


def _draw_losses(axes, race, at) -> list:
    artists = []
    for number in range(len(race.optimizers)):
        color, dashes, _ = LOOKS[number]
        artists += axes.plot(race.losses[at, number], dashes, color=color, linewidth=1.8)
    return artists


def _draw_last(axes, race):
    """Plot the final loss against the learning rate; diverged paths end at the upper edge."""
    axes.set_xscale("log")
    axes.set_yscale("log")
    low, high = _span(race)
    for number in range(len(race.optimizers)):
        color, dashes, marker = LOOKS[number]
        last = np.nan_to_num(race.losses[:, number, -1], nan=2 * high, posinf=2 * high)
        look = {"color": color, "marker": marker, "markersize": 4, "linewidth": 1.5}
        axes.plot(race.rates, np.minimum(last, 2 * high), dashes, **look)
    axes.set_ylim(low, high)
    axes.set_xlabel("learning rate", labelpad=1)
    axes.set_title(f"loss after {race.steps} steps, at each learning rate", loc="left")
    axes.grid(axis="y")


def _rate_name(rate: float) -> str:
    return f"learning rate {rate:.2g}"


def _step_name(step: int) -> str:
    return "start" if step == 0 else f"after {step} step{'s' * (step > 1)}"


def _player(widgets, race):
    return player.slider(widgets, frames(race), [_rate_name(rate) for rate in race.rates], width=560)
