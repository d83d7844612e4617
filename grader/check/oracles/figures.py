"""Oracle on figures: the data of the lines that were drawn, not their looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from grader.check.core.register import Observations, oracle
from grader.check.remote.figures import drawn
from grader.verdict import Observation

LABELS = {"training": ("train", "fit"), "validation": ("val", "held")}
"""How a legend may begin to name the two curves."""


@oracle
def draws_history(function: Any, history: Any, curves: Mapping[str, Sequence[float]], about: str = "") -> Observations:
    """A student's function draws the history: what it returns is a figure that shows each of its `curves`.

    `curves` are the history's lists by name. Each metric has axes of its own that name it; on them are the training
    curve and, where there is one, the validation curve, over the epochs counted from 1, told apart by their labels.
    Anything else may be drawn as well, but no other curve of the history.
    """
    panels = drawn(function, history)
    before = f"{about}: " if about else ""
    yield Observation(
        about=f"{before}what is returned",
        ok=panels is not None,
        seen="a figure" if panels is not None else "no figure",
        expected="a figure",
        why="A returned figure can be shown and saved again; one that is only drawn is lost with the cell.",
        next="Make one with `figure, axes = plt.subplots(…)` and `return figure`.",
        stop=True,
    )
    for name in [name for name in curves if not name.startswith("val_")]:
        yield from _panel(panels, curves, name, before)


def _panel(panels: list[dict], curves: Mapping[str, Sequence[float]], name: str, before: str) -> Observations:
    """The observations about the axes of one metric."""
    at = next((i for i, panel in enumerate(panels) if _find(panel, curves[name])), None)
    yield Observation(
        about=f"{before}training curve of `{name}`",
        ok=at is not None,
        seen="drawn" if at is not None else _what_is_there(panels, curves),
        expected=f"a line through {_few(curves[name])}",
        why="A figure of a training run shows every value as it was.",
        next=f"Draw `history.history[{name!r}]` as it is, on axes of its own.",
    )
    if at is None:
        return
    panel, line = panels[at], _find(panels[at], curves[name])
    partner = curves.get(f"val_{name}")
    other = None if partner is None else _find(panel, partner)
    if partner is not None:
        yield Observation(
            about=f"{before}validation curve of `{name}`",
            ok=other is not None,
            seen="on the same axes" if other else _elsewhere(panels, partner),
            expected=f"on the same axes as the training curve, a line through {_few(partner)}",
            why="The two are read together: the gap between them shows overfitting.",
            next=f"Draw `history.history['val_{name}']` on the axes that show `{name}`.",
        )
    yield _epochs([found for found in (line, other) if found], name, before)
    yield _alone(panel, curves, name, before)
    yield _named(panel, name, before)
    if other:
        yield _told_apart(line, other, panel["legend"], name, before)


def _find(panel: dict, values: Sequence[float]) -> dict | None:
    """The line of these axes that goes through the values."""
    wanted = np.asarray(list(values), "float64")
    for line in panel["lines"]:
        if line["y"].shape == wanted.shape and np.allclose(line["y"], wanted, rtol=1e-5, atol=1e-8, equal_nan=True):
            return line
    return None


def _what_is_there(panels: list[dict], curves: Mapping[str, Sequence[float]]) -> str:
    count = sum(len(panel["lines"]) for panel in panels)
    found = [f"`{name}`" for name in curves if any(_find(panel, curves[name]) for panel in panels)]
    if not count:
        return "no lines at all" if panels else "a figure without axes"
    said = f"those of {', '.join(found)}" if found else "none of this history"
    return f"of {count} line{'s' * (count > 1)}, {said}"


def _elsewhere(panels: list[dict], values: Sequence[float]) -> str:
    return "on different axes" if any(_find(panel, values) for panel in panels) else "not drawn"


def _few(values: Sequence[float]) -> str:
    return ", ".join(f"{v:g}" for v in list(values)[:3]) + (", …" if len(values) > 3 else "")


def _epochs(lines: list[dict], name: str, before: str) -> Observation:
    wrong = next((x for x in (line["x"] for line in lines) if not np.array_equal(x, np.arange(1, len(x) + 1))), None)
    count = len(lines[0]["x"])
    return Observation(
        about=f"{before}epochs under `{name}`",
        ok=wrong is None,
        seen=f"1 to {count}" if wrong is None else f"{_few(wrong)}" if len(wrong) else "nothing",
        expected=f"1 to {count}",
        why="Keras prints `Epoch 1` first; a figure that counts from 0 sends you to the wrong line of the log.",
        next="`range(1, len(values) + 1)` counts them; without an x, `plot` counts from 0.",
    )


def _alone(panel: dict, curves: Mapping[str, Sequence[float]], name: str, before: str) -> Observation:
    strangers = [other for other in curves if other.removeprefix("val_") != name and _find(panel, curves[other])]
    return Observation(
        about=f"{before}axes of `{name}`",
        ok=not strangers,
        seen=f"also show {', '.join(f'`{s}`' for s in strangers)}" if strangers else "show this metric alone",
        expected="this metric alone",
        why="A loss of 3 and an accuracy of 0.9 on one scale flatten each other.",
        next="Give each metric axes of its own: `plt.subplots(1, number_of_metrics)`.",
    )


def _named(panel: dict, name: str, before: str) -> Observation:
    texts = [text for text in panel["texts"] if text]
    there = any(_words(name) in _words(text) for text in texts)
    return Observation(
        about=f"{before}name of `{name}`",
        ok=there,
        seen="in the title or the axis label" if there else ", ".join(f"“{t}”" for t in texts[:3]) or "no words",
        expected=f"`{name}` in the title or the axis label",
        why="A week later, nobody knows which of two falling lines was the loss.",
        next="`axes.set_title(name)` or `axes.set_ylabel(name)`.",
    )


def _words(text: str) -> str:
    return text.lower().replace("_", " ")


def _told_apart(training: dict, validation: dict, legend: bool, name: str, before: str) -> Observation:
    labels = [training["label"], validation["label"]]
    kinds = [_kind(label, name) for label in labels]
    good, swapped = kinds == ["training", "validation"], kinds == ["validation", "training"]
    hidden = good and not legend
    shown = " and ".join(f"“{label}”" if label and not label.startswith("_") else "no label" for label in labels)
    return Observation(
        about=f"{before}legend of `{name}`",
        ok=good and legend,
        seen="labels, but no legend that shows them"
        if hidden
        else "training and validation"
        if good
        else shown + (", swapped" if swapped else ""),
        expected="the training curve called “training”, the other “validation”",
        why="Which curve turns upward first is the whole message.",
        next="`axes.legend()` shows the labels."
        if hidden
        else "The labels are swapped: exchange them."
        if swapped
        else "Give each `plot` its `label=`, then call `axes.legend()`.",
    )


def _kind(label: str, name: str) -> str:
    """Which curve a label means: by the words, or by the name that Keras gave it."""
    words = _words(label)
    kinds = [kind for kind, those in LABELS.items() if any(word in words for word in those)]
    return kinds[0] if len(kinds) == 1 else "training" if not kinds and words == _words(name) else ""
