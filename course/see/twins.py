"""Compares a subclassed ticket desk with its functional twin, and shows what common mistakes change in the graph.

`picture` shows one mistake; `explore` shows any number of models to choose from, all drawn in advance.
"""

from __future__ import annotations

from functools import cache, partial
from html import escape
from typing import Any

from course.see import diagram, player
from course.see.diagram import Drawing
from course.see.player import MOST_FRAMES

WORDS, TAGS, DEPARTMENTS = 191, 12, 4  # as `course.data.tickets` has them
SHAPES = {"title": ((8,), "int32"), "text_body": ((48,), "int32"), "tags": (TAGS,)}

AS_MEANT = "as intended"


def desk() -> Any:
    """The functional twin: three inputs, two embeddings, a trunk of 32 units, two heads."""
    import keras

    layers = keras.layers
    title, text = keras.Input((8,), name="title"), keras.Input((48,), name="text_body")
    tags = keras.Input((TAGS,), name="tags")
    read = [layers.GlobalAveragePooling1D()(layers.Embedding(WORDS, 16)(x)) for x in (title, text)]
    trunk = layers.Dense(32, "relu")(layers.Concatenate()([*read, tags]))
    ends = {
        "priority": layers.Dense(1, "sigmoid")(trunk),
        "department": layers.Dense(DEPARTMENTS, "softmax")(trunk),
    }
    return keras.Model({"title": title, "text_body": text, "tags": tags}, ends)


@cache
def _desk_class() -> type:
    """The desk as a class that makes a chosen mistake. Defined on first use, as importing Keras takes seconds."""
    import keras

    layers = keras.layers

    class Desk(keras.Model):
        def __init__(self, slip: str):
            super().__init__()
            self.slip = slip
            self.of_title, self.of_text = layers.Embedding(WORDS, 16), layers.Embedding(WORDS, 16)
            self.mean = layers.GlobalAveragePooling1D()
            self.beside = layers.Concatenate()
            width, activation = 16 if slip == "a trunk too narrow" else 32, "relu"
            self.trunk = layers.Dense(width, None if slip == "the trunk has no relu" else activation)
            self.priority = layers.Dense(1, "sigmoid")
            self.department = layers.Dense(DEPARTMENTS, "softmax")

        def call(self, inputs):
            slip = self.slip
            text_table = self.of_title if slip == "one table for title and text" else self.of_text
            parts = [self.mean(self.of_title(inputs["title"])), self.mean(text_table(inputs["text_body"]))]
            if slip != "the tags are left out":
                parts.append(inputs["tags"])
            beside = self.beside(parts)
            trunk = self.trunk(beside)
            source = beside if slip == "a head that skips the trunk" else trunk
            return {"priority": self.priority(source), "department": self.department(trunk)}

    return Desk


SLIPS = (
    "the tags are left out",
    "the trunk has no relu",
    "one table for title and text",
    "a head that skips the trunk",
    "a trunk too narrow",
)


def slips() -> dict[str, Any]:
    """The subclassed desk with each of the mistakes and as intended, by description."""
    return {slip: _desk_class()(slip) for slip in (*SLIPS, AS_MEANT)}


def picture() -> Drawing:
    """A desk whose `call` leaves out the tags, laid over its functional twin."""
    return diagram.diff(_desk_class()(SLIPS[0]), desk(), SHAPES)


def explore(models: Any = None, twin: Any = None, shapes: Any = None) -> None:
    """Lay models over their functional twin: the first as a still image and, in a notebook, all of them to choose from.

    `models`: one model, or a dict of at most 20 by name; by default those of `slips`. `twin`: a functional model, by
    default `desk`. `shapes`: the inputs of a subclassed model, see `graph.of`; by default those of the twin.

    Raises ValueError for more than 20 models, or for one whose graph cannot be read, with the reason.
    """
    drawings = frames(models, twin, shapes)
    chooser = partial(_chooser, drawings=drawings) if len(drawings) > 1 else None
    player.show(next(iter(drawings.values())), chooser)


def frames(models: Any = None, twin: Any = None, shapes: Any = None) -> dict[str, Drawing]:
    """A drawing of each model laid over the twin, by name."""
    models = slips() if models is None else models if isinstance(models, dict) else {"your model": models}
    if not 0 < len(models) <= MOST_FRAMES:
        raise ValueError(f"{len(models)} models: choose 1 to {MOST_FRAMES}.")
    twin = desk() if twin is None else twin
    shapes = shapes_of(twin) if shapes is None else shapes
    wanted = diagram.read(twin)
    return {name: diagram.diff(model, wanted, shapes) for name, model in models.items()}


def shapes_of(twin: Any) -> Any:
    """The shape and dtype of each input of a functional model, as `graph.of` takes them."""
    import keras

    return keras.tree.map_structure(lambda tensor: (tuple(tensor.shape[1:]), str(tensor.dtype)), twin.input)


def _chooser(widgets: Any, drawings: dict[str, Drawing]) -> Any:
    """A button for each model and, below, the drawing of the chosen one with its description."""
    names = list(drawings)
    stage = widgets.HTML(value=_frame(drawings[names[0]]))
    choose = widgets.ToggleButtons(options=names, value=names[0], description="", style={"button_width": "auto"})
    choose.add_class("kc-twins")

    def turn(change: Any) -> None:
        stage.value = _frame(drawings[change["new"]])

    choose.observe(turn, names="value")
    return widgets.VBox([choose, stage])


def _frame(drawing: Drawing) -> str:
    return f'<div style="line-height:1.4"><div>{drawing.svg}</div><div>{escape(drawing.words)}</div></div>'
