"""The output of a unit as a surface over its two inputs, with sliders for its weights."""

import itertools

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from course.see import player
from course.see.picture import DOTS_PER_INCH, INK, ORANGE, QUIET, Picture, style

MOST_FRAMES = 25
GRID = 25  # points along each side
REACH = 2.0  # both inputs run from -REACH to REACH
FIRST = (-2.0, -1.0, 0.0, 1.0, 2.0)
BIASES = (-2.0, -1.0, 0.0, 1.0, 2.0)
COLORS = "YlGnBu"  # darker means higher, also in print
FROM = {"elev": 28, "azim": -125}  # the viewpoint


class Sweep:
    """The outputs of a layer on a grid of two inputs, for several values of one kernel entry and of the bias.

    layer: two inputs, one output, with a kernel of shape (2, 1), a bias of shape (1,), and no further weights:
    `keras.layers.Dense(1, "relu")` or a layer of your own. Its weights are restored afterwards. `first`: the values of
    the kernel's first entry. `biases`: the values of the bias. There may be at most 25 pairs. `second`: the fixed value
    of the kernel's second entry.

    Raises ValueError for a different kind of layer or for more pairs.
    """

    def __init__(self, layer, first=FIRST, biases=BIASES, second=1.0):
        self.first, self.biases, self.second = tuple(map(float, first)), tuple(map(float, biases)), float(second)
        if not 1 <= len(self.first) * len(self.biases) <= MOST_FRAMES:
            pairs = f"{len(self.first)} × {len(self.biases)}"
            raise ValueError(f"{pairs} choices of weights: choose 1 to {MOST_FRAMES} in total.")
        self.heights = _heights(layer, self.pairs, self.second)

    @property
    def pairs(self) -> list[tuple[float, float]]:
        """The pair (first entry of the kernel, bias) of each frame, with the bias varying fastest."""
        return list(itertools.product(self.first, self.biases))

    @property
    def limits(self) -> tuple[float, float]:
        """The lowest and highest output in all frames, so that all can share one scale."""
        low, high = float(self.heights.min()), float(self.heights.max())
        return (low, high) if high > low else (low - 1, high + 1)


def folds() -> Picture:
    """One unit without activation, one with ReLU, and the sum of twelve: a plane, a fold, a landscape."""
    x = np.stack(_axes_of_grid(), axis=-1)
    rng, angles = np.random.default_rng(0), np.arange(12) * np.pi / 6
    kernel = 1.6 * np.stack([np.cos(angles), np.sin(angles)])
    heads, bias = rng.normal(0, 1, 12), rng.uniform(-1.6, 1.0, 12)
    plane = x @ np.array([1.0, 0.5]) - 0.3
    panels = (
        ("1 unit: kernel and bias", plane),
        ("the same with ReLU", np.maximum(plane, 0)),
        ("the sum of 12 units with ReLU", np.maximum(x @ kernel + bias, 0) @ (heads - heads.mean())),
    )
    with style():
        figure = Figure(figsize=(8.8, 2.9))
        for column, (title, heights) in enumerate(panels):
            axes = _space(figure, (0.33 * column, -0.06, 0.335, 1.0))
            _draw_surface(axes, heights, (float(heights.min()), float(heights.max())))
            axes.set_title(title, y=0.96)
            if column == 1:
                _draw_fold(axes, (1.0, 0.5), -0.3)
    return Picture(
        figure,
        "The output of a layer over its two inputs: one unit gives a plane, ReLU folds the plane along a line, and the "
        "sum of twelve folded units gives a landscape.",
    )


def explore(sweep: Sweep) -> None:
    """Show the surface for four choices of weights and, in a notebook with ipywidgets, a slider for each weight.

    All images are drawn before the sliders appear, so moving one only swaps one image for another.
    """
    player.show(still(sweep), lambda widgets: _player(widgets, sweep))


def still(sweep: Sweep) -> Picture:
    """Four of the surfaces, as an image that GitHub can render: first only the kernel changes, then only the bias."""
    middle, last = sweep.biases[len(sweep.biases) // 2], sweep.first[-1]
    pairs = (sweep.first[0], middle), (last, middle), (last, sweep.biases[0]), (last, sweep.biases[-1])
    shown = list(dict.fromkeys(sweep.pairs.index(pair) for pair in pairs))
    with style():
        figure = Figure(figsize=(8.8, 2.55))
        for column, frame in enumerate(shown):
            axes = _space(figure, (0.25 * column, -0.04, 0.25, 1.03))
            _draw_surface(axes, sweep.heights[frame], sweep.limits)
            axes.set_title(_weights(sweep, frame, "\n"), y=0.95, linespacing=1.4)
    listed = "; ".join(_weights(sweep, frame, ", ") for frame in shown)
    return Picture(figure, f"The layer's output over its two inputs, for {listed}.")


def frames(sweep: Sweep) -> list[bytes]:
    """One PNG for each choice of weights: the surface and, next to it, the view from above with the fold."""
    images = []
    with style():
        figure = Figure(figsize=(8.8, 3.9), dpi=1.5 * DOTS_PER_INCH)
        canvas = FigureCanvasAgg(figure)
        for frame in range(len(sweep.pairs)):
            figure.clear()
            figure.text(0.5, 0.965, _weights(sweep, frame, "    "), ha="center", va="top", size=12, weight="bold")
            _draw_surface(_space(figure, (0.0, -0.02, 0.5, 0.98)), sweep.heights[frame], sweep.limits)
            _draw_map(figure, sweep, frame)
            canvas.draw()
            images.append(player.png(canvas))
    return images


def _player(widgets, sweep):
    images = frames(sweep)
    image = player.stage(widgets, images[0])
    sliders = [
        widgets.SelectionSlider(
            options=[(_number(value), place) for place, value in enumerate(values)],
            description=name,
            layout=widgets.Layout(width="400px"),
        )
        for name, values in (("kernel w₁", sweep.first), ("bias b", sweep.biases))
    ]

    def turn(change):
        first, bias = (slider.value for slider in sliders)
        image.value = images[first * len(sweep.biases) + bias]

    for slider in sliders:
        slider.observe(turn, names="value")
    return widgets.VBox([widgets.HBox(sliders), image])


def _heights(layer, pairs, second) -> np.ndarray:
    """The layer's outputs (frames, GRID, GRID) for each choice of weights. Restores the layer's weights."""
    points = np.stack(_axes_of_grid(), axis=-1).reshape(-1, 2).astype("float32")
    answer = np.asarray(layer(points))
    kept = layer.get_weights()
    if answer.shape != (len(points), 1) or sorted(w.shape for w in kept) != [(1,), (2, 1)]:
        shapes = ", ".join(str(w.shape) for w in kept) or "none"
        raise ValueError(
            f"The layer returns shape {answer.shape} and its weights have shapes {shapes}. A surface needs a layer of "
            "one unit with two inputs, with a kernel (2, 1) and a bias (1,): for example keras.layers.Dense(1)."
        )
    try:
        found = []
        for first, bias in pairs:
            kernel = np.array([[first], [second]], "float32")
            layer.set_weights([kernel if w.shape == (2, 1) else np.array([bias], "float32") for w in kept])
            found.append(np.asarray(layer(points)).reshape(GRID, GRID))
        return np.stack(found)
    finally:
        layer.set_weights(kept)


def _axes_of_grid() -> list[np.ndarray]:
    side = np.linspace(-REACH, REACH, GRID)
    return np.meshgrid(side, side)


def _space(figure, place):
    """Three-dimensional axes without walls and unneeded numbers."""
    axes = figure.add_axes(place, projection="3d", **FROM)
    axes.set_box_aspect((1, 1, 0.7), zoom=0.92)
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        axis.pane.set_visible(False)
        axis.line.set_color(QUIET)
    axes.grid(False)
    axes.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH), xticks=(-REACH, REACH), yticks=(REACH,))
    for axis in (axes.xaxis, axes.yaxis):  # −2 appears once, in the corner that both axes share
        axis.set_major_formatter("{x:g}")
    axes.tick_params(pad=-2)
    axes.tick_params(axis="x", pad=-5)
    axes.tick_params(axis="y", pad=0)
    axes.set_xlabel("x₁", labelpad=-14)
    axes.set_ylabel("x₂", labelpad=-14)
    return axes


def _draw_surface(axes, heights, limits):
    x, y = _axes_of_grid()
    low, high = limits
    look = {"cmap": COLORS, "vmin": low, "vmax": high, "edgecolor": QUIET, "linewidth": 0.4}
    axes.plot_surface(x, y, heights, rstride=2, cstride=2, antialiased=True, **look)
    axes.set_zlim(low, high)
    axes.set_zticks([round(low, 1), round(high, 1)] if high - low > 0.2 else [])


def _draw_fold(axes, kernel, bias):
    """Draw the line where kernel·x + bias is zero, from x₂ = −REACH to REACH."""
    x2 = np.array([-REACH, REACH])
    x1 = -(bias + kernel[1] * x2) / kernel[0]
    axes.plot(x1, x2, 0 * x2, color=ORANGE, linewidth=2.5, zorder=10)


def _draw_map(figure, sweep, frame):
    """Draw the surface from above, the line where kernel·x + bias is zero, and the kernel as an arrow from it."""
    first, bias = sweep.pairs[frame]
    low, high = sweep.limits
    axes = figure.add_axes((0.565, 0.13, 0.32, 0.74))
    placed = {"extent": (-REACH, REACH, -REACH, REACH), "origin": "lower", "interpolation": "bilinear"}
    image = axes.imshow(sweep.heights[frame], cmap=COLORS, vmin=low, vmax=high, **placed)
    x, y = _axes_of_grid()
    inside = first * x + sweep.second * y + bias
    if inside.min() < 0 < inside.max():
        axes.contour(x, y, inside, levels=[0], colors=ORANGE, linewidths=2.5)
    kernel = np.array([first, sweep.second])
    start = np.clip(-bias * kernel / max(kernel @ kernel, 1e-9), 0.4 - REACH, REACH - 0.4)
    tip = start + 0.8 * kernel / max(np.linalg.norm(kernel), 1e-9)
    arrow = {"arrowstyle": "-|>", "color": INK, "linewidth": 2, "mutation_scale": 15, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", xy=tip, xytext=start, arrowprops=arrow)
    axes.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH), xticks=(-2, -1, 0, 1, 2), yticks=(-2, -1, 0, 1, 2))
    axes.set_xlabel("x₁", labelpad=1)
    axes.set_ylabel("x₂", labelpad=-3)
    bar = figure.colorbar(image, cax=figure.add_axes((0.9, 0.13, 0.018, 0.74)))
    bar.outline.set_visible(False)
    axes.set_title("from above · line: w·x + b = 0 · arrow: w")


def _weights(sweep, frame, between) -> str:
    first, bias = sweep.pairs[frame]
    return f"w = ({_number(first)}, {_number(sweep.second)}){between}b = {_number(bias)}"


def _number(value: float) -> str:
    return f"{value:g}".replace("-", "−")
