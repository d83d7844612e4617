"""The decision boundary of a classifier of two features during training, recorded in `fit` and shown with a slider."""

import keras
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from course.see import player
from course.see.picture import BLUE, DOTS_PER_INCH, GREEN, INK, ORANGE, PURPLE, QUIET, Picture, axes_at, legend, style
from course.see.player import MOST_FRAMES

GRID = 80  # cells along each side
MOST_POINTS = 300  # at most this many are drawn
COLORS = (BLUE, ORANGE, GREEN, PURPLE, "#E69F00", "#56B4E9", "#000000", "#F0E442")
MARKERS = "osD^vP*X"  # so that color is never the only difference


class Recorder(keras.callbacks.Callback):
    """Records the model's predictions on a grid, at the start and after selected epochs, and the losses of every epoch.

    X: (n, 2), the points as the model receives them, shown in the figures. y: (n,) or (n, 1) integer labels, or
    one-hot rows. `every`: epochs between two frames; by default the frames are spread evenly over the training run.
    `frames`: at most this many, including the start, 2 to 20. `features`, `classes`: names for axes and legend.

    Works with any classifier of two features: softmax, sigmoid, or logits; Sequential, Functional, or subclassed.
    Training is not affected: the model is only called in inference mode. Each `fit` starts a new recording.

    Raises ValueError if the points don't have exactly two features, if there isn't one label for each point, or, when
    `fit` starts, if `every` would need more than `frames`.
    """

    def __init__(self, X, y, every=None, frames=MOST_FRAMES, features=("x₁", "x₂"), classes=None):
        super().__init__()
        self.X, self.y = _points(X, y)
        if not 2 <= frames <= MOST_FRAMES:
            raise ValueError(f"frames={frames}: choose 2 to {MOST_FRAMES}.")
        if every is not None and every < 1:
            raise ValueError(f"every={every}: choose 1 epoch or more between two frames.")
        self.every, self.frames = every, frames
        self.features, self.classes = tuple(features), classes
        self.extent = _extent(self.X)
        self.grid = _grid(self.extent)
        self._forget()

    def on_train_begin(self, logs=None):
        self._forget()
        self._chosen = _chosen_epochs(self.params["epochs"], self.every, self.frames)
        self._record(0)

    def on_epoch_end(self, epoch, logs=None):
        logs = logs or {}
        self._last = epoch + 1  # epochs finished
        for name, curve in (("loss", self.loss), ("val_loss", self.val_loss)):
            if name in logs:
                curve[self._last] = float(logs[name])
        if self._last in self._chosen:
            self._record(self._last)

    def on_train_end(self, logs=None):
        if self._last in self._answers:
            return
        if len(self._answers) == self.frames:  # stopped early: the last epoch replaces the one recorded before it
            self._answers.popitem()
        self._record(self._last)

    @property
    def epochs(self) -> list[int]:
        """The recorded epochs; 0 is the untrained model."""
        return list(self._answers)

    def probabilities(self) -> np.ndarray:
        """float32 (frames, grid points, classes): rows sum to 1. The grid runs row by row from the lower left.

        Predictions are treated as logits if any of them, at any epoch, cannot be a probability.
        Raises ValueError before the first `fit`.
        """
        if not self._answers:
            raise ValueError("Nothing is recorded yet. Train first: model.fit(…, callbacks=[recorder]).")
        return _as_probabilities(np.stack(list(self._answers.values())))

    def _forget(self):
        self._answers, self.loss, self.val_loss = {}, {}, {}
        self._chosen, self._last = frozenset(), 0

    def _record(self, epoch):
        answer = self.model(self.grid, training=False)
        if not hasattr(answer, "shape") or np.prod(answer.shape[1:], initial=1) > len(COLORS):
            raise ValueError(f"The recorder needs a model with one output and at most {len(COLORS)} classes.")
        self._answers[epoch] = keras.ops.convert_to_numpy(answer).reshape(len(self.grid), -1).astype("float32")


def explore(recorder: Recorder) -> None:
    """Show the boundary at four epochs and, in a notebook with ipywidgets, a slider over all recorded epochs.

    All images are drawn before the slider appears, so moving it only swaps one image for another.
    """
    player.show(still(recorder), lambda widgets: _player(widgets, recorder))


def still(recorder: Recorder) -> Picture:
    """The boundary at four epochs (first, two between, last) above the loss, as an image that GitHub can render."""
    probabilities = recorder.probabilities()
    shown = sorted({round(place) for place in np.linspace(0, len(probabilities) - 1, 4)})
    with style():
        figure = Figure(figsize=(8.8, 4.5))
        for column, frame in enumerate(shown):
            axes = axes_at(figure, 0.62 + 2.05 * column, 2.06, 1.92, 1.94)
            _draw_points(axes, recorder, size=7)
            _draw_answer(axes, recorder, probabilities[frame])
            axes.set_title(_epoch_name(recorder.epochs[frame]))
            axes.set_xlabel(recorder.features[0], labelpad=1)
            if column == 0:
                axes.set_ylabel(recorder.features[1], labelpad=1)
                legend(figure, axes, loc="upper center", borderaxespad=0.3, markerscale=2)
            else:
                axes.set_yticklabels([])
        loss = axes_at(figure, 0.62, 0.45, 8.07, 0.92)
        _draw_loss(loss, recorder)
        legend(loss, loss, loc="lower right", bbox_to_anchor=(1, 0.96), borderaxespad=0)
        for frame in shown:
            _mark_epoch(loss, recorder, recorder.epochs[frame])
    epochs = ", ".join(str(recorder.epochs[frame]) for frame in shown)
    return Picture(figure, f"The decision boundary after {epochs} epochs, and the loss of every epoch.")


def frames(recorder: Recorder) -> list[bytes]:
    """One PNG for each recorded epoch: the boundary and, next to it, the loss with the epoch marked."""
    images = []
    with style():
        figure = Figure(figsize=(8.8, 4.1), dpi=1.5 * DOTS_PER_INCH)
        boundary, loss = axes_at(figure, 0.7, 0.55, 3.7, 2.85), axes_at(figure, 4.95, 0.55, 3.7, 2.85)
        over = [*_draw_points(boundary, recorder, size=18), *boundary.spines.values()]
        boundary.set_xlabel(recorder.features[0])
        boundary.set_ylabel(recorder.features[1])
        _draw_loss(loss, recorder)
        for axes in (boundary, loss):
            legend(axes, axes, loc="lower center", bbox_to_anchor=(0.5, 1))
        # Axes and labels take most of the time, so they are drawn once and each frame is drawn on top.
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        stage = canvas.copy_from_bbox(figure.bbox)
        for epoch, probabilities in zip(recorder.epochs, recorder.probabilities(), strict=True):
            title = figure.text(0.5, 0.98, _epoch_name(epoch), ha="center", va="top", size=12, weight="bold")
            under = _draw_answer(boundary, recorder, probabilities)
            marks = _mark_epoch(loss, recorder, epoch)
            canvas.restore_region(stage)
            for artist in (*under, *over, *marks, title):
                artist.draw(canvas.get_renderer())
            images.append(player.png(canvas))
            for artist in (*under, *marks, title):
                artist.remove()
    return images


def _player(widgets, recorder):
    words = [_epoch_name(epoch) for epoch in recorder.epochs]
    return player.slider(
        widgets, frames(recorder), words, width=480, play={"interval": 500, "tooltip": "Play the epochs"}
    )


def _points(X, y) -> tuple[np.ndarray, np.ndarray]:
    X, y = np.asarray(X, dtype="float32"), np.asarray(y)
    if X.ndim != 2 or X.shape[1] != 2:
        raise ValueError(f"X has the shape {X.shape}, but a boundary needs (n, 2). Choose two features.")
    y = y.argmax(axis=1) if y.ndim == 2 and y.shape[1] > 1 else y.reshape(-1)
    if len(y) != len(X) or len(y) == 0:
        raise ValueError(f"{len(X)} points and {len(y)} labels: pass at least one point, and one label for each point.")
    return X, y.astype(int)


def _extent(X) -> tuple[float, float, float, float]:
    """Left, right, bottom, top: the range of the points plus a tenth of it on each side."""
    low, high = X.min(axis=0), X.max(axis=0)
    margin = np.where(high > low, 0.1 * (high - low), 1)
    (left, bottom), (right, top) = low - margin, high + margin
    return float(left), float(right), float(bottom), float(top)


def _grid(extent) -> np.ndarray:
    left, right, bottom, top = extent
    x, y = np.meshgrid(np.linspace(left, right, GRID), np.linspace(bottom, top, GRID))
    return np.stack([x.ravel(), y.ravel()], axis=1).astype("float32")


def _chosen_epochs(epochs: int, every: int | None, most: int) -> frozenset[int]:
    """The epochs to record, in addition to the start."""
    if every is None:
        count = min(most, epochs + 1)
        return frozenset(int(epoch) for epoch in np.linspace(0, epochs, count).round())
    chosen = frozenset([*range(every, epochs + 1, every), epochs])
    if len(chosen) + 1 > most:
        least = -(-epochs // (most - 1))
        raise ValueError(
            f"every={every} needs {len(chosen) + 1} frames for {epochs} epochs, but at most {most} are possible. "
            f"Choose every={least} or more, or omit `every`."
        )
    return chosen


def _as_probabilities(answers: np.ndarray) -> np.ndarray:
    """Predictions (frames, points, 1 or more) as probabilities (frames, points, classes)."""
    single = answers.shape[-1] == 1
    possible = (answers > -1e-4).all() and (answers < 1 + 1e-4).all()
    if single:
        positive = answers if possible else 1 / (1 + np.exp(-np.clip(answers, -60, 60)))
        return np.concatenate([1 - positive, positive], axis=-1)
    if possible and np.allclose(answers.sum(axis=-1), 1, atol=1e-3):
        return answers
    from scipy.special import softmax  # a model gave the answers, so Keras has loaded it

    return softmax(answers, axis=-1)


def _draw_points(axes, recorder, size) -> list:
    artists = []
    X, y = recorder.X[:MOST_POINTS], recorder.y[:MOST_POINTS]
    for label in np.unique(y):
        name = recorder.classes[label] if recorder.classes is not None else f"class {label}"
        look = {"color": COLORS[label], "marker": MARKERS[label], "edgecolor": "white", "linewidth": 0.5}
        artists.append(axes.scatter(*X[y == label].T, s=size, label=name, zorder=3, **look))
    axes.set_xlim(recorder.extent[:2])
    axes.set_ylim(recorder.extent[2:])
    return artists


def _draw_answer(axes, recorder, probabilities) -> list:
    """The color of the predicted class, paler where the model is less certain, and a line where two classes tie."""
    square = (GRID, GRID)
    image = _colors(probabilities).reshape(*square, 3)
    placed = {"extent": recorder.extent, "origin": "lower", "aspect": "auto"}
    artists = [axes.imshow(image, interpolation="bilinear", **placed)]
    x, y = (recorder.grid[:, side].reshape(square) for side in (0, 1))
    count = probabilities.shape[-1]
    for label in range(count if count > 2 else 1):
        lead = probabilities[:, label] - np.delete(probabilities, label, axis=1).max(axis=1)
        if lead.min() < 0 < lead.max():
            artists.append(axes.contour(x, y, lead.reshape(square), levels=[0], colors=INK, linewidths=1.4))
    return artists


def _colors(probabilities) -> np.ndarray:
    palette = np.array([to_rgb(color) for color in COLORS[: probabilities.shape[-1]]])
    chance = 1 / probabilities.shape[-1]
    sure = (probabilities.max(axis=-1, keepdims=True) - chance) / (1 - chance)
    strength = 0.08 + 0.37 * sure  # pale enough that the points stay visible
    return np.clip(1 + strength * (palette[probabilities.argmax(axis=-1)] - 1), 0, 1)


def _draw_loss(axes, recorder):
    axes.grid(axis="y")
    axes.set_xlabel("epoch", labelpad=1)
    axes.set_ylabel("loss")
    for name, curve, color, dashes in _loss_curves(recorder):
        axes.plot(list(curve), list(curve.values()), dashes, color=color, label=name, linewidth=1.8)
    axes.set_xlim(-0.02 * max(recorder._last, 1), 1.02 * max(recorder._last, 1))
    axes.set_ylim(bottom=0)


def _mark_epoch(axes, recorder, epoch) -> list:
    marks = [axes.axvline(epoch, color=QUIET, linewidth=1, linestyle=":")]
    for _, curve, color, _ in _loss_curves(recorder):
        if epoch in curve:
            marks += axes.plot(epoch, curve[epoch], "o", color=color, markersize=7, markeredgecolor="white")
    return marks


def _loss_curves(recorder):
    curves = ("training", recorder.loss, BLUE, "-"), ("validation", recorder.val_loss, ORANGE, "--")
    return [curve for curve in curves if curve[1]]


def _epoch_name(epoch: int) -> str:
    if epoch == 0:
        return "before training"
    return f"after epoch {epoch}"
