"""Remote call for the data of the lines that a student's function draws."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from grader.check.core import guarded
from grader.check.core.remote_calls import remote_call
from grader.verdict import StudentError


@remote_call
def drawn(function: Any, *args: Any) -> list | None:
    """The axes of the figure that the function returns: `{"lines": [{"x", "y", "label"}], "texts": […]}` each; None if
    it returns no figure. The figure is then closed, so that the notebook doesn't show it again."""
    returned = guarded.attempt(function, *args)
    figure = _figure_of(returned)
    if figure is None:
        return None
    found = [_axes(axes, figure) for axes in figure.axes]
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
    return found


def _figure_of(returned: Any) -> Any:
    """The figure that was returned: itself, through its axes, alone or in an array, or as an attribute `figure`."""
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    parts = [returned, getattr(returned, "figure", None)]
    if isinstance(returned, list | tuple | np.ndarray):
        parts = [part for item in np.asarray(returned, dtype=object).ravel() for part in (item, _of(item))]
    found = [part.figure if isinstance(part, Axes) else part for part in parts]
    return next((figure for figure in found if isinstance(figure, Figure)), None)


def _of(item: Any) -> Any:
    return getattr(item, "figure", None)


def _axes(axes: Any, figure: Any) -> dict[str, Any]:
    legend = axes.get_legend()
    written = [] if legend is None else [text.get_text() for text in legend.get_texts()]
    titles = [axes.get_title(loc=place) for place in ("left", "center", "right")]
    texts = [axes.get_ylabel(), axes.get_xlabel(), *titles]
    if len(figure.axes) == 1:
        texts.append(figure.get_suptitle())
    return {
        "lines": [_line(line, *written[place : place + 1]) for place, line in enumerate(axes.get_lines())],
        "texts": [str(text) for text in texts],
        "legend": legend is not None or bool(figure.legends),
    }


def _line(line: Any, written: str = "") -> dict[str, Any]:
    """The data of a line; `written` is its text in the legend, used if the line has no label of its own."""
    try:
        x, y = (np.asarray(values, "float64").ravel() for values in (line.get_xdata(), line.get_ydata()))
    except (TypeError, ValueError):
        raise StudentError("a line in the figure isn't made of numbers", []) from None
    label = str(line.get_label())
    return {"x": x, "y": y, "label": written if label.startswith("_") and written else label}
