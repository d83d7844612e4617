"""A history drawn by a student's function: every way of drawing it that shows the data, and what doesn't."""

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from grader import check
from grader.verdict import StudentError
from tests.elsewhere import elsewhere
from tests.observed import failed

matplotlib.use("Agg")
import matplotlib.pyplot as plt

WHERE = pytest.mark.parametrize("where", [lambda subject: subject, elsewhere], ids=["live", "elsewhere"])
CURVES = {"loss": [3.0, 2.0, 1.0], "mae": [0.9, 0.8, 0.7], "val_loss": [3.5, 2.5, 2.0], "val_mae": [1.0, 1.1, 1.2]}
ALONE = {"loss": [3.0, 2.0, 1.0]}


def draw(curves, start=1, titles=True, legend=True, labels=("training", "validation"), change=lambda y: y, own=True):
    """A drawing with a place for every slip."""
    names = [name for name in curves if not name.startswith("val_")]
    figure, axes = plt.subplots(1, len(names) if own else 1, squeeze=False)
    for place, name in enumerate(names):
        panel = axes[0][place if own else 0]
        for key, label in ((name, labels[0]), (f"val_{name}", labels[1])):
            if key in curves:
                y = change(curves[key])
                panel.plot(range(start, len(y) + start), y, label=label)
        if titles:
            panel.set_title(name)
        if legend:
            panel.legend()
    return figure


def by_hand(curves):
    figure = Figure()
    for place, name in enumerate(name for name in curves if not name.startswith("val_")):
        axes = figure.add_subplot(2, 1, place + 1)
        for key in (name, f"val_{name}"):
            if key in curves:
                axes.plot(np.arange(3) + 1, curves[key])
        axes.set_ylabel(name.upper())
        axes.legend(["Training", "Validation"])
    return figure


def by_pyplot(curves):
    plt.figure()
    for place, name in enumerate(name for name in curves if not name.startswith("val_")):
        plt.subplot(1, 2, place + 1)
        for key in (f"val_{name}", name):
            if key in curves:
                plt.plot([1, 2, 3], curves[key], label=key)
        plt.axvline(2)
        plt.title(f"the {name} of each epoch")
        plt.legend()
    return plt.gcf()


RIGHT = {
    "pyplot's subplots": draw,
    "by hand, labels in the legend": by_hand,
    "pyplot's current axes, Keras' names": by_pyplot,
    "axes returned": lambda curves: draw(curves).axes,
    "one of the axes": lambda curves: draw(curves).axes[0],
    "something with a figure": lambda curves: type("Picture", (), {"figure": draw(curves)})(),
}


@pytest.mark.parametrize("curves", [CURVES, ALONE], ids=["with validation", "without"])
@pytest.mark.parametrize("function", RIGHT.values(), ids=RIGHT)
@WHERE
def test_a_history_well_drawn(function, curves, where):
    assert not failed(check.draws_history(where(function), curves, curves))
    assert not plt.get_fignums()  # nothing is left for a notebook to show


WRONG = {
    "from 0": (lambda c: draw(c, start=0), ["epochs under `loss`", "epochs under `mae`"]),
    "no title": (lambda c: draw(c, titles=False), ["name of `loss`", "name of `mae`"]),
    "no legend": (lambda c: draw(c, legend=False), ["legend of `loss`", "legend of `mae`"]),
    "swapped": (lambda c: draw(c, labels=("validation", "training")), ["legend of `loss`", "legend of `mae`"]),
    "both alike": (lambda c: draw(c, labels=("mae", "mae")), ["legend of `loss`", "legend of `mae`"]),
    "on one": (lambda c: draw(c, own=False), ["axes of `loss`", "name of `loss`", "axes of `mae`"]),
    "scaled": (lambda c: draw(c, change=lambda y: [v / 2 for v in y]), ["training curve of `loss`"]),
    "rounded": (lambda c: draw(c, change=np.round), ["training curve of `mae`"]),
    "one forgotten": (lambda c: draw({k: v for k, v in c.items() if "mae" not in k}), ["training curve of `mae`"]),
    "no validation": (lambda c: draw({k: c[k] for k in ("loss", "mae")}), ["validation curve of `loss`"]),
    "an empty figure": (lambda c: plt.figure(), ["training curve of `loss`", "training curve of `mae`"]),
    "nothing": (lambda c: None, ["what is returned"]),
    "words": (lambda c: "a figure", ["what is returned"]),
}


@pytest.mark.parametrize("function, about", WRONG.values(), ids=WRONG)
@WHERE
def test_a_history_badly_drawn(function, about, where):
    found = failed(check.draws_history(where(function), CURVES, CURVES))
    assert set(about) <= set(found)


def test_the_words_say_what_is_there():
    found = [o for o in check.draws_history(lambda c: draw(c, own=False), CURVES, CURVES) if not o.ok]
    assert "also show `mae`, `val_mae`" in {o.seen for o in found}
    swapped = [o for o in check.draws_history(WRONG["swapped"][0], CURVES, CURVES) if not o.ok]
    assert "swapped" in swapped[0].seen


def test_a_function_that_needs_validation_is_the_students_error():
    def needs(curves):
        return draw({**curves, "val_loss": curves["val_loss"]})

    with pytest.raises(StudentError, match="val_loss"):
        failed(check.draws_history(needs, ALONE, ALONE))
