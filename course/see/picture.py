"""Figures as notebooks show them: a sharp PNG, reproducible to the byte, with a description for screen readers.

Figures have a white background, which can be read in light and dark themes. They are built without pyplot, so that
nothing is shown twice and no window opens.
"""

import base64
import io

from matplotlib import rc_context
from matplotlib.figure import Figure

# Okabe and Ito's colors, which people with any common kind of color blindness can tell apart.
BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
INK, QUIET, LINE = "#1f2933", "#52606d", "#cbd2d9"

DOTS_PER_INCH = 96  # of the screen, so that text has the size given in points
STYLE = {
    "font.family": "DejaVu Sans",  # ships with matplotlib
    "font.size": 10,
    "axes.titlesize": 10.5,
    "axes.labelsize": 10,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.fontsize": 9.5,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": QUIET,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
}


def style():
    """The style of the course's figures, for a `with` block in which a figure is drawn."""
    return rc_context(STYLE)


def png(figure: Figure, scale: float = 2) -> bytes:
    """The figure as PNG bytes, with `scale` pixels for each pixel of an ordinary screen."""
    buffer = io.BytesIO()
    how = {"metadata": {"Software": None}, "pil_kwargs": {"compress_level": 6}}
    with style():  # ticks are created while drawing
        figure.savefig(buffer, format="png", dpi=DOTS_PER_INCH * scale, **how)
    return buffer.getvalue()


def axes_at(figure: Figure, left: float, bottom: float, width: float, height: float):
    """Axes at a position in inches, which stays the same in all frames, unlike with an automatic layout."""
    across, up = figure.get_size_inches()
    return figure.add_axes((left / across, bottom / up, width / across, height / up))


def legend(place, axes, **where) -> None:
    """Put the legend of `axes` in one row on a figure or axes, if anything has a label."""
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        place.legend(handles, labels, ncols=len(handles), columnspacing=1.4, handletextpad=0.4, **where)


class Picture:
    """A matplotlib `figure` and its description, the sentence `words`."""

    def __init__(self, figure: Figure, words: str):
        self.figure = figure
        self.words = words

    def __repr__(self) -> str:
        return f"[picture: {self.words}]"

    def _repr_mimebundle_(self, include=None, exclude=None):
        width, height = (round(inches * DOTS_PER_INCH) for inches in self.figure.get_size_inches())
        data = {
            "image/png": base64.b64encode(png(self.figure)).decode("ascii"),
            "text/plain": repr(self),
        }
        return data, {"image/png": {"width": width, "height": height, "alt": self.words}}
