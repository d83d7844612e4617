"""Shows prepared images with a slider: everything slow is done before the controls appear."""

import io
import os

from matplotlib.image import imsave

MOST_FRAMES = 20
"""More would be hard to tell apart on a slider and would take too long to draw."""


def is_interactive() -> bool:
    """Whether this runs in a notebook used by a person, and not by nbgrader."""
    from IPython import get_ipython

    return getattr(get_ipython(), "kernel", None) is not None and not os.environ.get("NBGRADER_EXECUTION")


def show(still, controls=None) -> None:
    """Show `still` and, in a notebook used by a person, what `controls(ipywidgets)` returns."""
    from IPython.display import display

    display(still)
    if controls and is_interactive():
        try:
            import ipywidgets
        except ImportError:
            return
        display(controls(ipywidgets))


def png(canvas) -> bytes:
    """An Agg canvas as PNG, compressed fast rather than small, as there are many and none is stored."""
    buffer = io.BytesIO()
    imsave(buffer, canvas.buffer_rgba(), format="png", metadata={"Software": None}, pil_kwargs={"compress_level": 1})
    return buffer.getvalue()


def stage(widgets, image: bytes):
    """The widget that shows one image at a time."""
    return widgets.Image(value=image, format="png", layout=widgets.Layout(width="845px", max_width="100%"))


def slider(widgets, images, words, width: int, play=None):
    """A slider of `width` pixels over `images`, with a label from `words` next to it.

    `play`, arguments of widgets.Play, adds a button that runs through the images.
    """
    image, last = stage(widgets, images[0]), len(images) - 1
    handle = widgets.IntSlider(min=0, max=last, readout=False, layout=widgets.Layout(width=f"{width}px"))
    label, row = widgets.Label(words[0]), []
    if play:
        row.append(widgets.Play(min=0, max=last, **play))
        widgets.jslink((row[0], "value"), (handle, "value"))

    def turn_to(change):
        image.value = images[change["new"]]
        label.value = words[change["new"]]

    handle.observe(turn_to, names="value")
    return widgets.VBox([widgets.HBox([*row, handle, label]), image])
