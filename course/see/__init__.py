"""Figures and explorers for the lessons. Each module is imported when it is first used.

boundary.py     a decision boundary during training
curves.py       training curves, early stopping, and learning-rate schedules
desk.py         the ticket desk of lab 06
diagram/        a model's graph as a drawing; graph/ is the same as data
events.py       TensorBoard's event files
landscape.py    optimizers on a map of the loss
lifecycle.py    the five steps of a model's life
monitor.py      a live view of `fit`
paths.py        a model's graph in which you can click a layer to follow its connections
race.py         the few-shot race
surface.py      the output of one unit over its two inputs
twins.py        a subclassed model compared with a functional one

picture.py      the style of all figures; player.py shows prepared images with a slider
"""

import importlib

__all__ = [
    "boundary", "curves", "desk", "diagram", "events", "graph", "landscape", "lifecycle", "monitor", "paths",
    "race", "surface", "twins",
]  # fmt: skip


def __getattr__(name: str):
    if name in __all__:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"course.see has no {name!r}; it has {', '.join(__all__)}.")
