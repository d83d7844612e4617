"""Guarded calls into a student's code: every call goes through here, so that a crash is told from a fault of ours."""

from __future__ import annotations

import os
import re
import sysconfig
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.verdict import NotBegun, Stub, StudentError

_LIBRARIES = tuple({sysconfig.get_path(name) for name in ("purelib", "platlib", "stdlib")})

_SYMBOLIC = "symbolic tf.Tensor"
"""TensorFlow raises NotImplementedError too, where NumPy is handed a tensor of a graph. Keras takes TensorFlow's own
lines out of the traceback, and a stub is what seems to have raised it."""

_MADE_BY_AUTOGRAPH = "__autograph_generated_file"

_GRADER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class NotNumbers(TypeError):
    """A value of the student's that should be numbers isn't."""


def attempt(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """Call the student's `function`.

    Raises Stub where the student's own code raises NotImplementedError, and StudentError for every other
    exception, with the lines of the student's code that led to it. What a line of ours raises is our own fault and
    passes through, NotNumbers apart.
    """
    try:
        return function(*args, **kwargs)
    except (NotBegun, StudentError):
        raise  # from a call within this one
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        if len(frames) > 1 and frames[-1].filename.startswith(_GRADER) and not isinstance(error, NotNumbers):
            raise
        own = [frame for frame in frames if _is_students(frame.filename)]
        if isinstance(error, NotImplementedError) and own and frames[-1] is own[-1] and _SYMBOLIC not in str(error):
            raise Stub from None
        raise StudentError(message(error), _describe(own), _hint(error, own)) from None


def _is_students(filename: str) -> bool:
    return not filename.startswith((*_LIBRARIES, _GRADER)) and not filename.startswith("<frozen")


def _describe(frames: list[traceback.FrameSummary]) -> list[str]:
    """The last lines of the student's own code on the way to the error."""
    frames = [f for f in frames if f.line and _MADE_BY_AUTOGRAPH not in f.filename]
    return [f"line {f.lineno} of the cell, in {f.name}:  {f.line.strip()}" for f in frames][-3:]


_HINTS = (
    (
        r"are valid indices, got ['\"]",
        "A tensor has no keys: here the input is one array, no dictionary. Which input did you mean?",
    ),
    (r"(?i)ellipsis", "A `...` from the exercise is still in your code: put your own value in its place."),
    (
        r"expected a positive integer\. Received: units=\d+\s*$",
        "Keras wants a Python integer here and got one of NumPy's: `int(…)` around it makes it one.",
    ),
    (
        r"expected axis -1 of input shape|incompatible with the layer",
        "The model expects another number of columns than it gets: take the width from `X.shape[1]`.",
    ),
    (
        r"Invalid input shape for input",
        "It gets inputs of another shape than it was made for: compare them with its `input_shape`.",
    ),
    (
        r"`target` and `output` must have the same rank",
        "Labels that are integers need the *sparse* cross-entropy; the plain one wants one-hot rows.",
    ),
    (r"outside the valid range of \[0, \d+\)", "There is a larger label than the head has units: one for each class."),
    (r"not recognized: \{'lr'", "Today this argument is called `learning_rate`."),
    (r"unexpected keyword argument '(nb_)?epoch'", "Today this argument is called `epochs`."),
    (
        r"No gradients provided for any variable",
        "The loss doesn't depend on the weights: is it computed inside the tape, from the model's own outputs?",
    ),
    (
        r"Unknown variable|recognize this variable|was not built with|optimizer can only be called for the variables",
        "The optimizer belongs to other weights: compile the model again, with a new optimizer.",
    ),
    (r"Cannot convert '\d+' to a shape", "A tuple of one number needs a comma: `(n,)`. `(n)` is the number n itself."),
    (
        r"KerasTensor cannot be used as input to a TensorFlow function",
        "A symbolic tensor holds no numbers yet: take the function from `keras.ops`, or a layer that does the same.",
    ),
    (
        r"is used \d+ times in the model",
        "Two inputs, or two layers, have one name: was an `Input` made a second time? Begin at the one that is there.",
    ),
    (
        r"requires inputs with matching shapes|Inputs have incompatible shapes",
        "Only tensors whose sizes agree can be merged: print the `.shape` of each. Which layer made one smaller?",
    ),
    (
        r"should be passed as a keyword argument: (True|False|None)",
        "Hand it over by its name: `layer(x, training=training)`.",
    ),
    (
        r"Only input tensors may be passed",
        "A layer was handed over where a tensor belongs: `layer.output` is the tensor that it puts out.",
    ),
    (
        r"is not connected to `inputs`",
        "An `Input` that the graph was built from is missing in `inputs`: was one made a second time, or left out?",
    ),
    (
        r"symbolic tf\.Tensor",
        "NumPy computes with numbers, and inside `fit` a tensor has none yet: take the function from `keras.ops`.",
    ),
    (r"missing a required argument: 'training'", "Give it a default: `def call(self, inputs, training=None)`."),
    (
        r"__init__\(\) got an unexpected keyword argument '(name|trainable|dtype)'",
        "`__init__(self, …, **kwargs)` takes what every layer may be told; hand it on: `super().__init__(**kwargs)`.",
    ),
    (
        r"'keras\.(api\.)?backend' has no attribute",
        "Today the functions of `keras.backend` are in `keras.ops`, mostly under NumPy's names.",
    ),
    (
        r"no attribute 'lr'|'keras\.backend' has no attribute '[gs]et_value'",
        "Today the attribute is `optimizer.learning_rate`: read it with `float(…)`, and assign the new rate to it.",
    ),
    (
        r"isn't able to automatically determine whether that metric",
        "Keras doesn't know whether lower or higher is better for this number: hand on the `mode` that you were given.",
    ),
    (
        r"TensorBoard is not installed",
        "`see.events.scalar`, or `tf.summary.write`, writes the same number and needs no package.",
    ),
    (
        r"Could not interpret initializer identifier: [-\d.]",
        'A number goes in as `keras.initializers.Constant(…)`, zero also as `"zeros"`.',
    ),
    (
        r"add_loss\(\)` can only be called .*on a tensor input",
        "`add_loss` wants a tensor: compute it with `keras.ops`. What NumPy or `float` gives back is none.",
    ),
    (
        r"must have the same dtype, got tf\.\w+ != tf\.bool|must have the same dtype, got tf\.bool != tf\.\w+",
        'A comparison gives booleans: `keras.ops.where(condition, a, b)`, or `keras.ops.cast(…, "float32")`.',
    ),
    (
        r"partially known TensorShape",
        "How many rows there are isn't known here: take `keras.ops.shape(inputs)` in place of `inputs.shape`.",
    ),
    (r"no attribute 'predict_classes'", "`predict_classes` is gone: take `predict`, then `argmax` or a threshold."),
)
"""What to try, told from what Keras says; for errors whose own words don't tell a beginner."""


def _hint(error: Exception, frames: list[traceback.FrameSummary]) -> str:
    said = str(error) + (" Ellipsis" if any("..." in (f.line or "") for f in frames) else "")
    return next((hint for pattern, hint in _HINTS if re.search(pattern, said)), "")


_NOISE = (
    (r"\x1b\[[0-9;]*m", ""),  # terminal colours
    (r"\{\{function_node .*?\}\}|\[Op:\w+\]( name: ?\w*)?", ""),
    (r"\n*Arguments received by [\s\S]*", ""),
    (r"Detected at node[\s\S]*?(?=Received a label|\Z)", ""),
    (r"Label values: [\d\s]+", ""),
    (r"\[{2,}[-+\d.e,\s\[\]]{60,}\]", "[…]"),  # the numbers of a tensor
    (r"\n\s*\n+", "\n"),
)

LONGEST = 400


def message(error: BaseException) -> str:
    """What an error says to a person: its class and text, without what libraries add for their own makers."""
    text = str(error)
    for pattern, replacement in _NOISE:
        text = re.sub(pattern, replacement, text)
    text = text.strip()
    text = text if len(text) <= LONGEST else text[:LONGEST].rstrip() + " …"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def array(value: Any) -> np.ndarray:
    """`value` as a NumPy array of numbers or booleans: from NumPy, Keras, TensorFlow, lists or scalars.

    bfloat16 comes back as float32. Raises NotNumbers when it isn't made of numbers, or its rows differ in length.
    """
    import keras

    try:
        if hasattr(value, "assign"):  # a variable, Keras' own or the backend's
            value = value.numpy()
        if "bfloat16" in str(getattr(value, "dtype", "")):  # a type that NumPy itself doesn't know
            value = keras.ops.cast(value, "float32")
        plain = isinstance(value, list | tuple)
        result = np.asarray(value) if plain else np.asarray(keras.ops.convert_to_numpy(value))
        if result.dtype.name == "bfloat16":  # tensors in a list
            result = result.astype("float32")
    except Exception as error:  # a student's object may raise anything when it is looked at
        raise NotNumbers(message(error)) from None
    if result.dtype.kind not in "fiub":
        raise NotNumbers(f"expected numbers, got {result.dtype}")
    return result


def as_plain_data(value: Any) -> Any:
    """What a student's function returned, as plain data: tensors as arrays, a History as its curves."""
    if isinstance(value, dict):
        return {str(key): as_plain_data(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_plain_data(item) for item in value]
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(getattr(value, "history", None), dict):
        return as_plain_data(value.history)
    try:
        found = array(value)
    except (TypeError, ValueError):
        return type(value).__name__
    return found if found.ndim else found.item()
