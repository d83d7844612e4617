"""The few-shot race: records and shows how well three ways to learn from few images do, in two worlds."""

from collections.abc import Mapping

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from course.see import player
from course.see.picture import BLUE, DOTS_PER_INCH, GREEN, LINE, ORANGE, PURPLE, QUIET, Picture, style
from course.see.player import MOST_FRAMES

COLORS = (BLUE, ORANGE, GREEN, PURPLE)
MARKERS, DASHES = "osD^", ("-", "--", "-.", ":")  # so that color is never the only difference
ACROSS = 14  # images in a strip


def worlds(strips: Mapping[str, np.ndarray]) -> Picture:
    """A strip of images for each title: the first 14 of (n, height, width, 1), white on black."""
    with style():
        figure = Figure(figsize=(8.8, 0.92 * len(strips)))
        for row, (title, images) in enumerate(strips.items()):
            axes = figure.add_axes((0.012, 1 - (row + 0.96) / len(strips), 0.976, 0.62 / len(strips)))
            axes.imshow(_strip(images[:ACROSS]), cmap="gray", aspect="auto", interpolation="nearest")
            axes.set_title(title, loc="left", weight="bold", pad=3)
            axes.set_axis_off()
    return Picture(figure, "Strips of small images: " + "; ".join(strips) + ".")


def _strip(images: np.ndarray, border: int = 2) -> np.ndarray:
    """Images next to each other, separated by a light line."""
    framed = np.pad(_flat(images), ((0, 0), (0, 0), (border, 0)), constant_values=1)
    return np.concatenate([*framed], axis=1)[:, border:]


def _flat(images: np.ndarray) -> np.ndarray:
    """Images as (n, height, width), scaled to the range 0 to 1."""
    images = np.asarray(images, "float32").reshape(images.shape[:3])
    low, high = images.min(), images.max()
    return (images - low) / max(high - low, 1e-6)


class Race:
    """Records the accuracy of each contestant on new images, by world and by the number of examples of each class.

    `chance` is the accuracy of guessing. Raises ValueError for an accuracy outside 0 … 1.
    """

    def __init__(self, chance: float = 0.1):
        self.chance = chance
        self.rounds: dict[tuple[str, int], dict[str, float]] = {}
        self._images: dict[tuple[str, int], np.ndarray] = {}

    def begin(self, world: str, each: int, images: np.ndarray, labels: np.ndarray) -> None:
        """Begin a round with the images that all contestants learn from, `each` of every class."""
        self.rounds[world, each] = {}
        self._images[world, each] = _flat(images[np.argsort(labels, kind="stable")])

    def note(self, world: str, each: int, contestant: str, accuracy: float) -> None:
        """Record the accuracy of a contestant in a round that has begun."""
        if not 0 <= accuracy <= 1:
            raise ValueError(f"An accuracy of {accuracy}: pass the share of new images classified correctly, 0 to 1.")
        if (world, each) not in self.rounds:
            raise ValueError(f"No round of {each} examples in {world!r} has begun. Call `begin` first.")
        self.rounds[world, each][contestant] = float(accuracy)

    def order(self, world: str, each: int) -> list[str]:
        """The contestants of a round, the best first."""
        found = self.rounds[world, each]
        return sorted(found, key=found.get, reverse=True)

    @property
    def worlds(self) -> list[str]:
        return list(dict.fromkeys(world for world, _ in self.rounds))

    @property
    def contestants(self) -> list[str]:
        return list(dict.fromkeys(name for found in self.rounds.values() for name in found))

    def sizes(self, world: str) -> list[int]:
        """The numbers of examples of each class, in ascending order."""
        return sorted(each for name, each in self.rounds if name == world)


def explore(race: Race) -> None:
    """Show the race in both worlds and, in a notebook with ipywidgets, controls to look at each round.

    All images are drawn before the controls appear, so using them only swaps one image for another.
    """
    player.show(still(race), lambda widgets: _player(widgets, race))


def still(race: Race) -> Picture:
    """The accuracy of the contestants against the number of examples, for each world, as a still image.

    Raises ValueError if nothing has been recorded.
    """
    if not race.contestants:
        raise ValueError("Nothing has been recorded yet. Run the race first: `race.begin(…)`, then `race.note(…)`.")
    with style():
        figure = Figure(figsize=(8.8, 3.6), layout="constrained")
        figure.get_layout_engine().set(w_pad=0.12)
        for place, world in enumerate(race.worlds):
            axes = figure.add_subplot(1, len(race.worlds), place + 1)
            _draw_curves(axes, race, world)
            axes.set_title(world, loc="left", weight="bold")
            if place == 0:
                axes.set_ylabel("accuracy on new images")
                legend = axes.get_legend_handles_labels()
                figure.legend(*legend, loc="outside upper center", ncols=len(race.contestants))
    lines, panels = ", ".join(race.contestants), " and ".join(race.worlds)
    return Picture(
        figure, f"Accuracy against the number of examples of each class, for {panels}. The lines are {lines}."
    )


def _draw_curves(axes, race: Race, world: str, marked: int | None = None) -> None:
    sizes = race.sizes(world)
    axes.axhline(race.chance, color=QUIET, linewidth=1, linestyle=":")
    axes.text(0.02, race.chance - 0.015, "guessing", color=QUIET, size=9, va="top", transform=_across(axes))
    if marked is not None:
        axes.axvline(sizes.index(marked), color=LINE, linewidth=8, zorder=0)
    for place, name in enumerate(race.contestants):
        found = [(at, race.rounds[world, each].get(name)) for at, each in enumerate(sizes)]
        found = [(at, value) for at, value in found if value is not None]
        aside = 0.07 * (place - (len(race.contestants) - 1) / 2)  # so that markers do not hide each other
        found = [(at + aside, value) for at, value in found]
        look = {"color": COLORS[place], "marker": MARKERS[place], "linestyle": DASHES[place]}
        axes.plot(*zip(*found, strict=True), label=name, linewidth=1.8, markersize=6, markeredgecolor="white", **look)
    axes.set_xticks(range(len(sizes)), [str(each) for each in sizes])
    axes.set_xlim(-0.3, len(sizes) - 0.7)
    axes.set_ylim(0, 1)
    axes.set_xlabel("examples of each class")
    axes.grid(axis="y")


def _across(axes):
    """A transform with x as a fraction of the axes' width and y in data units."""
    return axes.get_yaxis_transform()


def frames(race: Race) -> dict[tuple[str, int], bytes]:
    """A PNG for each round: the images to learn from and the accuracy of each contestant."""
    if len(race.rounds) > MOST_FRAMES:
        raise ValueError(f"{len(race.rounds)} rounds, but at most {MOST_FRAMES} can be drawn.")
    return {(world, each): _frame(race, world, each) for world, each in race.rounds}


def _frame(race: Race, world: str, each: int) -> bytes:
    with style():
        figure = Figure(figsize=(8.8, 3.7), dpi=1.5 * DOTS_PER_INCH)
        examples = figure.add_axes((0.015, 0.13, 0.42, 0.72))
        examples.imshow(_sheet(race._images[world, each]), cmap="gray", interpolation="nearest", vmin=0, vmax=1)
        examples.set_title(_round_name(each), loc="left", weight="bold")
        examples.set_axis_off()
        examples.set_anchor("NW")
        bars = figure.add_axes((0.475, 0.13, 0.2, 0.72))
        found = race.rounds[world, each]
        for place, name in enumerate(race.contestants):
            value = found.get(name, 0.0)
            bars.bar(place, value, color=COLORS[place], width=0.7)
            bars.text(place, value + 0.02, f"{value:.2f}", ha="center", size=10)
        names = [name.replace("-", "-\n").replace(" ", "\n") for name in race.contestants]
        bars.set_xticks(range(len(names)), names)
        bars.axhline(race.chance, color=QUIET, linewidth=1, linestyle=":")
        bars.set_ylim(0, 1.08)
        bars.set_title("accuracy", loc="left", weight="bold")
        curves = figure.add_axes((0.745, 0.13, 0.24, 0.72))
        _draw_curves(curves, race, world, each)
        curves.set_title("all rounds", loc="left", weight="bold")
        figure.text(0.5, 0.985, world, ha="center", va="top", size=12, weight="bold")
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
    return player.png(canvas)


def _sheet(images: np.ndarray) -> np.ndarray:
    """Images in one column per class, at most ten each, separated by light lines."""
    classes = 10 if len(images) % 10 == 0 else len(images)
    rows = images.reshape(classes, -1, *images.shape[1:])[:, :10]
    framed = np.pad(rows, ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=0.8)
    return np.concatenate([np.concatenate([*column], axis=0) for column in framed], axis=1)


def _round_name(each: int) -> str:
    return f"{each} example{'s' * (each > 1)} of each class"


def _player(widgets, race: Race):
    images, first = frames(race), race.worlds[0]
    image = player.stage(widgets, images[first, race.sizes(first)[0]])
    world = widgets.ToggleButtons(options=race.worlds, value=first, style={"button_width": "auto"})
    slider = widgets.IntSlider(
        min=0, max=len(race.sizes(first)) - 1, readout=False, layout=widgets.Layout(width="320px")
    )
    label = widgets.Label(_round_name(race.sizes(first)[0]))

    def turn(change):
        sizes = race.sizes(world.value)
        slider.max = len(sizes) - 1
        each = sizes[min(slider.value, len(sizes) - 1)]
        image.value = images[world.value, each]
        label.value = _round_name(each)

    world.observe(turn, names="value")
    slider.observe(turn, names="value")
    return widgets.VBox([world, widgets.HBox([slider, label]), image])
