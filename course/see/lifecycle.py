"""The five steps of a Keras model's life as one figure: the call of each step and what it returns."""

from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from course.see.picture import BLUE, INK, LINE, QUIET, Picture, style

# Name, the question that the step answers, the call, what it yields.
STEPS = (
    (
        "define",
        "Which computation,\nfrom which inputs?",
        "keras.Sequential([\n  keras.Input(…),\n  …, Dense(…)])",
        "a model with\nrandom weights",
    ),
    (
        "compile",
        "What is good, and\nhow to get there?",
        "model.compile(\n  optimizer,\n  loss, metrics)",
        "the same model,\nready to learn",
    ),
    (
        "fit",
        "Which weights make\nthe loss small?",
        "model.fit(\n  X_train, y_train,\n  epochs=…)",
        "a History: the loss\nof every epoch",
    ),
    (
        "evaluate",
        "How good is it on\ndata it never saw?",
        "model.evaluate(\n  X_test, y_test)",
        "the loss and\nthe metrics",
    ),
    (
        "predict",
        "What does it predict\nfor a new sample?",
        "model.predict(\n  X_new)",
        "an array: one row\nfor each sample",
    ),
)
WIDTH, HEIGHT, GAP = 1.6, 2.36, 0.18  # of a card and between cards, in inches; together as wide as a notebook's column
EDGE = 0.04
ARROW = "#7b8794"  # visible on white and on black


def diagram() -> Picture:
    """Define → compile → fit → evaluate → predict, each with its call and what it yields."""
    size = (2 * EDGE + 5 * WIDTH + 4 * GAP, 2 * EDGE + HEIGHT)
    with style():
        # Transparent between the cards, to suit dark themes.
        figure = Figure(figsize=size, facecolor="none")
        axes = figure.add_axes((0, 0, 1, 1), xlim=(0, size[0]), ylim=(0, size[1]))
        axes.set_axis_off()
        for place, step in enumerate(STEPS):
            left = EDGE + place * (WIDTH + GAP)
            _card(axes, left, place + 1, *step)
            if place:
                _arrow(axes, left)
    steps = (f"{name}, {' '.join(call.split())}, yields {' '.join(y.split())}" for name, _, call, y in STEPS)
    return Picture(figure, f"The life of a model in five steps: {'; '.join(steps)}.")


def _card(axes, left, number, name, question, call, yields):
    top = EDGE + HEIGHT
    x = left + 0.1
    _box(axes, left, EDGE, WIDTH, HEIGHT, facecolor="#f5f7fa", edgecolor="#9aa5b1")
    _box(axes, left + 0.05, top - 1.6, WIDTH - 0.1, 0.67, facecolor="white", edgecolor=LINE)
    _lines(axes, x, top - 0.31, f"{number}  {name}", size=13, weight="bold", color=BLUE)
    _lines(axes, x, top - 0.59, question, size=9.5)
    _lines(axes, x, top - 1.1, call, size=9, family="DejaVu Sans Mono")
    _lines(axes, x, top - 1.82, "yields", size=9, style="italic", color=QUIET)
    _lines(axes, x, top - 2.02, yields, size=9.5)


def _box(axes, left, bottom, width, height, **colors):
    shape = "round,pad=0,rounding_size=0.08"
    axes.add_patch(FancyBboxPatch((left, bottom), width, height, boxstyle=shape, linewidth=1, **colors))


def _lines(axes, x, y, text, *, color=INK, **font):
    """Draw lines of text at a fixed distance; matplotlib's own line spacing depends on the letters in each line."""
    for number, line in enumerate(text.split("\n")):
        axes.text(x, y - 0.19 * number, line, va="baseline", color=color, **font)


def _arrow(axes, left):
    y = EDGE + HEIGHT - 0.25
    ends = (left - GAP, y), (left, y)
    look = {"arrowstyle": "-|>", "mutation_scale": 13, "linewidth": 1.6, "color": ARROW}
    axes.add_patch(FancyArrowPatch(*ends, shrinkA=2, shrinkB=2, **look))
