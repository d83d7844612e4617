"""Finished images to turn over: whatever costs time is done before the first control appears."""

import io
import os

from matplotlib.image import imsave

MOST_FRAMES = 20
"""More can't be told apart on a slider, and making them is waited for."""


def someone_is_there() -> bool:
    """A notebook's kernel runs this, and not nbgrader, for which nobody moves a slider."""
    from IPython import get_ipython

    return getattr(get_ipython(), "kernel", None) is not None and not os.environ.get("NBGRADER_EXECUTION")


def show(still, controls=None) -> None:
    """Show `still` and, in a notebook where somebody looks on, what `controls(ipywidgets)` makes."""
    from IPython.display import display

    display(still)
    if controls and someone_is_there():
        try:
            import ipywidgets
        except ImportError:
            return
        display(controls(ipywidgets))


def png(canvas) -> bytes:
    """What is drawn on an Agg canvas, packed fast rather than small: many are made at once and none is stored."""
    buffer = io.BytesIO()
    imsave(buffer, canvas.buffer_rgba(), format="png", metadata={"Software": None}, pil_kwargs={"compress_level": 1})
    return buffer.getvalue()


def stage(widgets, image: bytes):
    """Where the images are shown, one at a time."""
    return widgets.Image(value=image, format="png", layout=widgets.Layout(width="845px", max_width="100%"))


def slider(widgets, images, words, width: int, play=None):
    """A slider of `width` pixels over `images`, the words for each beside it.

    `play`, widgets.Play's own arguments, sets a button before it that runs through them.
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
