"""What people look at: figures and explorers. Each is imported when it is first used, so that this costs nothing."""

import importlib

__all__ = [
    "boundary", "curves", "desk", "diagram", "events", "graph", "landscape", "lifecycle", "monitor", "paths",
    "race", "surface", "twins",
]  # fmt: skip


def __getattr__(name: str):
    if name in __all__:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"course.see has no {name!r}; it has {', '.join(__all__)}.")
