"""A live view of `fit`: progress, time left, curves of losses and metrics, and the learning rate.

    model.fit(X, y, epochs=30, verbose=0, callbacks=[see.monitor.Live()])

In a notebook with ipywidgets, the view is redrawn a few times a second and finally replaced by a still figure.
Elsewhere (a terminal, a notebook without ipywidgets, nbgrader), about ten lines are printed per training run.
"""

import math
import os
import sys
import time
from collections.abc import Callable
from html import escape

import keras

from course.see.picture import BLUE, INK, LINE, ORANGE, PURPLE, QUIET

MOST_PANELS = 4
WIDTH, HEIGHT, ACROSS = 300, 150, 3  # of a panel, in pixels, and panels in a row
LEFT, TOP, RIGHT, BOTTOM = 44, 22, 10, 20  # a panel's margins
RATE = "learning rate"
MOST_LINES = 10  # printed for one training run if nothing can be redrawn


class Live(keras.callbacks.Callback):
    """Shows training while it runs, without affecting it.

    metrics: at most four names to draw, without `val_`; by default the loss and the first metrics.
    every: the minimum number of seconds between two redraws.

    It can be used for several calls of `fit`, each of which gets its own view, with data of any length and kind, with
    or without validation. If training is interrupted, the view shows how far it got. Pass `verbose=0` to `fit`, which
    otherwise draws a progress bar as well.
    """

    def __init__(self, metrics=None, every=0.4):
        super().__init__()
        self.metrics = [metrics] if isinstance(metrics, str) else metrics if metrics is None else list(metrics)
        self.every = every
        self._view = None

    def on_train_begin(self, logs=None):
        self._leave("interrupted")  # an earlier training run that did not finish
        self.curves, self.rates = {}, []
        self.epoch, self.first, self.epochs = None, None, self.params.get("epochs") or 1
        self.steps, self.batch, self._now = self.params.get("steps"), 0, None
        self._began = self._drawn = time.monotonic()
        self._view = _view()
        self._view.begin(self)

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch, self.batch = epoch, 0
        self.first = epoch if self.first is None else self.first

    def on_train_batch_end(self, batch, logs=None):
        self.batch = batch + 1
        self._now = logs  # read only when it is drawn, as that may have to wait for the device
        self._redraw()

    def on_epoch_end(self, epoch, logs=None):
        for name, value in (logs or {}).items():
            if (number := _number(value)) is not None:
                self.curves.setdefault(name, {})[epoch + 1] = number
        if (rate := self._rate()) is not None:
            self.rates.append((epoch + 1, rate))
        self.steps = self.steps or self.batch  # unknown until the end of the first epoch
        self.batch, self.epoch, self._now = 0, epoch + 1, None
        self._view.line(self)
        self._redraw()

    def on_train_end(self, logs=None):
        over = self.epoch is None or self.epoch >= self.epochs  # if there is no epoch, none was requested
        self._leave("done" if over else f"stopped after epoch {self.epoch} of {self.epochs}")

    # ---- what to show

    @property
    def share(self) -> float | None:
        """The fraction of training that is done, 0 to 1; None while it is unknown."""
        if self.epoch is None:
            return 0.0
        if self.batch and not self.steps:
            return None if self.epoch == self.first else (self.epoch - self.first) / (self.epochs - self.first)
        inner = min(self.batch / self.steps, 1.0) if self.steps else 0.0
        return min((self.epoch - self.first + inner) / max(self.epochs - self.first, 1), 1.0)

    @property
    def seconds_left(self) -> float | None:
        """The time left at the pace so far; None while it is unknown."""
        share = self.share
        return (time.monotonic() - self._began) * (1 / share - 1) if share else None

    def drawn_metrics(self) -> list[str]:
        """The metrics that get a panel, without `val_`."""
        known = list(dict.fromkeys(name.removeprefix("val_") for name in self.curves))
        known = [name for name in known if name != "learning_rate"]  # a scheduler adds it to the logs
        known.sort(key=lambda name: name != "loss")
        chosen = known if self.metrics is None else [name for name in self.metrics if name in known]
        return (chosen or known)[:MOST_PANELS]

    def status(self) -> str:
        """One line with the epoch, the batch, and the latest values."""
        if self.epoch is None:
            return "before the first epoch"
        within = self.batch and f", batch {self.batch}" + (f" of {self.steps}" if self.steps else "")
        place = f"epoch {min(self.epoch + bool(self.batch), self.epochs)} of {self.epochs}{within or ''}"
        return " · ".join([place, *self.newest()])

    def newest(self) -> list[str]:
        """The latest value of each curve, from the current epoch if there is one."""
        running = self._now if isinstance(self._now, dict) else {}
        last = {name: list(curve.values())[-1] for name, curve in self.curves.items()}
        found = last | {name: n for name, value in running.items() if (n := _number(value)) is not None}
        names = [name for metric in self.drawn_metrics() for name in (metric, f"val_{metric}") if name in found]
        return [f"{name} {_short(found[name])}" for name in names or found]

    def rate_changes(self) -> bool:
        """Whether the learning rate has ever changed."""
        return any(not math.isclose(rate, self.rates[0][1], rel_tol=1e-5) for _, rate in self.rates)

    def picture(self):
        """A still figure of all epochs so far. Raises ValueError if there are none."""
        from course.see import curves

        return curves.training(self.curves, self.drawn_metrics(), self.rates if self.rate_changes() else None)

    def _rate(self):
        try:
            return float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
        except (AttributeError, TypeError, ValueError):
            return None

    # ---- when to show it

    def _redraw(self):
        now = time.monotonic()
        if now - self._drawn >= self.every:
            self._drawn = now
            self._view.draw(self)

    def _leave(self, how):
        if self._view is not None:
            view, self._view = self._view, None
            view.end(self, how)


def _number(value):
    try:
        value = float(value)
    except (TypeError, ValueError):
        return None
    return value


def _short(value: float) -> str:
    return f"{value:.4f}" if 1e-3 <= abs(value) < 1e4 or not value else f"{value:.2e}"


def _duration(seconds: float) -> str:
    whole = round(seconds)
    return (
        f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}" if whole >= 3600 else f"{whole // 60}:{whole % 60:02}"
    )


# ---- where to show it


def _view():
    """A widget in a notebook that a person uses, otherwise printed lines."""
    shell = _notebook()
    if shell is not None and not os.environ.get("NBGRADER_EXECUTION"):
        try:
            import ipywidgets
        except ImportError:
            return _Lines(sys.stdout, figure=True)
        return _Widget(ipywidgets, shell)
    return _Lines(sys.stdout)


def _display(thing):
    from IPython.display import display

    display(thing)


def _notebook():
    from IPython import get_ipython

    shell = get_ipython()
    return shell if getattr(shell, "kernel", None) is not None else None


class _Lines:
    """Prints about ten lines per training run and, in a terminal, the time left.

    Output that may be stored and compared contains nothing that varies from run to run.
    """

    def __init__(self, stream, figure=False):
        self.stream, self.figure = stream, figure
        self.timed = bool(getattr(stream, "isatty", lambda: False)())

    def begin(self, live):
        pass

    def draw(self, live):
        pass

    def line(self, live):
        done, epochs = live.epoch, live.epochs
        step = max(1, -(-(epochs - live.first) // MOST_LINES))
        if (done - live.first) % step and done != epochs:
            return
        left = live.seconds_left if self.timed and done < epochs else None
        parts = [f"epoch {done:>{len(str(epochs))}}/{epochs}", *live.newest()]
        print(" · ".join(parts + ([f"{_duration(left)} left"] if left is not None else [])), file=self.stream)

    def end(self, live, how):
        if how.startswith("stopped"):
            print(how, file=self.stream)
        if self.figure and live.curves:
            _display(live.picture())


class _Widget:
    """Updates the HTML of one widget, which a still figure finally replaces."""

    def __init__(self, widgets, shell):
        self.widget, self.shell, self.live = widgets.HTML(), shell, None

    def begin(self, live):
        self.live = live
        self.draw(live)
        _display(self.widget)
        self.shell.events.register("post_run_cell", self._cell_over)

    def draw(self, live):
        self.widget.value = page(live)

    def line(self, live):
        pass

    def end(self, live, how):
        self.shell.events.unregister("post_run_cell", self._cell_over)
        self.widget.close()
        if live.curves:
            _display(live.picture())
        if how != "done":
            print(how if live.epoch else f"{how} before the end of the first epoch")

    def _cell_over(self, result=None):
        """Handle a cell that ended before its training did, by an interrupt or an error."""
        done = self.live.epoch or 0
        self.live._leave(f"interrupted after epoch {done} of {self.live.epochs}" if done else "interrupted")


# ---- the live view


def page(live: Live) -> str:
    """The progress bar, the latest values, and a panel for each metric, as HTML."""
    share, left = live.share, live.seconds_left
    known = share is not None
    time_left = "" if left is None or (known and share >= 1) else f"{_duration(left)} left"
    bar = (
        f'<div style="height:8px;background:{LINE};border-radius:4px;overflow:hidden;margin:4px 0">'
        f'<div style="height:8px;width:{100 * (share or 0):.1f}%;background:{BLUE}"></div></div>'
    )
    rate = f"{RATE} {live.rates[-1][1]:.3g}" if live.rates else ""
    words = " · ".join(filter(None, [escape(live.status()), rate]))
    head = (
        f'<div style="display:flex;justify-content:space-between;color:{INK};font:13px sans-serif;gap:1em">'
        f"<span>{words}</span><span>{time_left}</span></div>"
    )
    panels = [_panel(name, _curves_of(live, name), live) for name in live.drawn_metrics()]
    if live.rate_changes():
        panels.append(_panel(RATE, [(PURPLE, "", dict(live.rates))], live))
    row = f'<div style="display:flex;flex-wrap:wrap;gap:6px;max-width:{ACROSS * (WIDTH + 6)}px">{"".join(panels)}</div>'
    width = f"max-width:{ACROSS * (WIDTH + 6)}px"
    return f'<div style="{width};background:#fff;padding:6px 8px;line-height:1.4">{head}{bar}{row}</div>'


def _curves_of(live, name):
    found = (BLUE, "", live.curves.get(name)), (ORANGE, "5 3", live.curves.get(f"val_{name}"))
    return [curve for curve in found if curve[2]]


def _panel(name: str, curves: list, live: Live) -> str:
    """One metric as an SVG. The y-axis grows with the curve; the x-axis shows all epochs from the start."""
    values = [v for _, _, curve in curves for v in curve.values() if math.isfinite(v)]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    if high - low <= 1e-9 * max(abs(high), abs(low)):
        low, high = low - 0.5 * (abs(low) or 1), high + 0.5 * (abs(high) or 1)
    first, last = live.first + 1, max(live.epochs, live.first + 2)

    def across(epoch):
        return LEFT + (epoch - first) / (last - first) * (WIDTH - LEFT - RIGHT)

    def up(value):
        return HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM)

    parts = [_text(2, 13, name, INK, "font-weight:600"), *_axes(across, up, first, last, low, high)]
    for color, dashes, curve in curves:
        parts += _line(curve, across, up, color, dashes)
    if len(curves) > 1:
        parts.append(_text(WIDTH - RIGHT, 13, "― training", BLUE, "", "end", -76))
        parts.append(_text(WIDTH - RIGHT, 13, "┄ validation", ORANGE, "", "end"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">{"".join(parts)}</svg>'
    )


def _axes(across: Callable, up: Callable, first: int, last: int, low: float, high: float) -> list[str]:
    parts = []
    for value in (low, high):
        y = up(value)
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="{LINE}"/>')
        parts.append(_text(LEFT - 4, y + 4, f"{value:.3g}", QUIET, "", "end"))
    for epoch, anchor in ((first, "start"), (last, "end")):
        parts.append(_text(across(epoch), HEIGHT - 5, str(epoch), QUIET, "", anchor))
    return [*parts, _text((LEFT + WIDTH) / 2, HEIGHT - 5, "epoch", QUIET, "", "middle")]


def _line(curve: dict, across: Callable, up: Callable, color: str, dashes: str) -> list[str]:
    """A line through the values, broken where one is not finite, with a dot at its end."""
    runs: list[list[str]] = [[]]
    for epoch, value in curve.items():
        if math.isfinite(value):
            runs[-1].append(f"{across(epoch):.1f},{up(value):.1f}")
        elif runs[-1]:
            runs.append([])
    runs = [run for run in runs if run]
    look = f'fill="none" stroke="{color}" stroke-width="1.8"' + (f' stroke-dasharray="{dashes}"' if dashes else "")
    lines = [f'<polyline points="{" ".join(run)}" {look}/>' for run in runs]
    if runs:
        x, y = runs[-1][-1].split(",")
        lines.append(f'<circle cx="{x}" cy="{y}" r="2.6" fill="{color}"/>')
    return lines


def _text(x: float, y: float, words: str, color: str, look: str = "", anchor: str = "start", shift: float = 0) -> str:
    place = f'x="{x + shift:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} font-size="11" fill="{color}" style="{look}">{escape(words)}</text>'
