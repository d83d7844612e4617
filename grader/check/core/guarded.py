"""Guarded calls into a student's code: they distinguish the student's errors from faults of the grader."""

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
"""TensorFlow also raises NotImplementedError, if NumPy is given a symbolic tensor. Keras removes TensorFlow's own lines
from the traceback, so the error looks as if a stub had raised it."""

_MADE_BY_AUTOGRAPH = "__autograph_generated_file"

_GRADER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class NotNumbers(TypeError):
    """A student's value is not made of numbers, although it should be."""


def attempt(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    """Call the student's `function`.

    Raises Stub if the student's own code raises NotImplementedError, and StudentError for every other exception,
    with the lines of the student's code that led to it. An exception raised by the grader's own code is our fault
    and passes through, except for NotNumbers.
    """
    try:
        return function(*args, **kwargs)
    except (NotBegun, StudentError):
        raise  # from a nested call
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
    """The last lines of the student's own code in the traceback, at most three."""
    frames = [f for f in frames if f.line and _MADE_BY_AUTOGRAPH not in f.filename]
    return [f"line {f.lineno} of the cell, in {f.name}:  {f.line.strip()}" for f in frames][-3:]


_HINTS = (
    (
        r"are valid indices, got ['\"]",
        "Use the input itself, without a key: here it is a single array, not a dictionary.",
    ),
    (r"(?i)ellipsis", "Replace the `...` that is still in your code with your own value."),
    (
        r"expected a positive integer\. Received: units=\d+\s*$",
        "Convert the number with `int(…)`: Keras expects a Python integer here, not a NumPy integer.",
    ),
    (
        r"expected axis -1 of input shape|incompatible with the layer",
        "Take the input width from `X.shape[1]`: the model expects a different number of columns than it gets.",
    ),
    (
        r"Invalid input shape for input",
        "Compare the shape of the inputs with the model's `input_shape`: the two differ.",
    ),
    (
        r"`target` and `output` must have the same rank",
        "Use the *sparse* cross-entropy for integer labels; the plain one expects one-hot rows.",
    ),
    (
        r"outside the valid range of \[0, \d+\)",
        "Give the head one unit for each class: some labels are too large for it.",
    ),
    (r"not recognized: \{'lr'", "Rename this argument to `learning_rate`, as Keras now calls it."),
    (r"unexpected keyword argument '(nb_)?epoch'", "Rename this argument to `epochs`, as Keras now calls it."),
    (
        r"No gradients provided for any variable",
        "Compute the loss inside the tape, from the model's own outputs: otherwise it doesn't depend on the weights.",
    ),
    (
        r"Unknown variable|recognize this variable|was not built with|optimizer can only be called for the variables",
        "Compile the model again with a new optimizer: this one was built for different weights.",
    ),
    (
        r"Cannot convert '\d+' to a shape",
        "Write a tuple of one number with a comma: `(n,)`. `(n)` is the number n itself.",
    ),
    (
        r"KerasTensor cannot be used as input to a TensorFlow function",
        "Use the function from `keras.ops`, or a layer that does the same: a symbolic tensor holds no numbers yet.",
    ),
    (
        r"is used \d+ times in the model",
        "Give each input and layer its own name. Check whether you create an `Input` twice: use the first one.",
    ),
    (
        r"requires inputs with matching shapes|Inputs have incompatible shapes",
        "Print the `.shape` of each tensor and find the layer that made one smaller: only equal sizes can be merged.",
    ),
    (
        r"should be passed as a keyword argument: (True|False|None)",
        "Pass this argument by name: `layer(x, training=training)`.",
    ),
    (
        r"Only input tensors may be passed",
        "Pass a tensor instead of a layer: `layer.output` is the tensor that the layer returns.",
    ),
    (
        r"is not connected to `inputs`",
        "List in `inputs` every `Input` that the graph was built from. Check whether one is left out or created twice.",
    ),
    (
        r"symbolic tf\.Tensor",
        "Use the function from `keras.ops`: NumPy needs numbers, and inside `fit` a tensor has none yet.",
    ),
    (r"missing a required argument: 'training'", "Give `training` a default: `def call(self, inputs, training=None)`."),
    (
        r"__init__\(\) got an unexpected keyword argument '(name|trainable|dtype)'",
        "Accept the arguments that every layer has: `__init__(self, …, **kwargs)`, then `super().__init__(**kwargs)`.",
    ),
    (
        r"'keras\.(api\.)?backend' has no attribute",
        "Use `keras.ops` in place of `keras.backend`; most functions there have NumPy's names.",
    ),
    (
        r"no attribute 'lr'|'keras\.backend' has no attribute '[gs]et_value'",
        "Use the attribute `optimizer.learning_rate`: read it with `float(…)` and assign the new rate to it.",
    ),
    (
        r"isn't able to automatically determine whether that metric",
        "Pass on the `mode` that you are given: Keras can't tell whether lower or higher is better for this metric.",
    ),
    (
        r"TensorBoard is not installed",
        "Use `see.events.scalar` or `tf.summary.write`: both write the same number and need no further package.",
    ),
    (
        r"Could not interpret initializer identifier: [-\d.]",
        'Pass a number as `keras.initializers.Constant(…)`; for zero, `"zeros"` works too.',
    ),
    (
        r"add_loss\(\)` can only be called .*on a tensor input",
        "Compute the loss with `keras.ops`: `add_loss` expects a tensor, which NumPy and `float` don't return.",
    ),
    (
        r"must have the same dtype, got tf\.\w+ != tf\.bool|must have the same dtype, got tf\.bool != tf\.\w+",
        "Use `keras.ops.where(condition, a, b)`, or convert the booleans that a comparison returns: "
        '`keras.ops.cast(…, "float32")`.',
    ),
    (
        r"partially known TensorShape",
        "Use `keras.ops.shape(inputs)` in place of `inputs.shape`: the number of rows isn't known here.",
    ),
    (
        r"no attribute 'predict_classes'",
        "Use `predict`, then `argmax` or a threshold: Keras no longer has `predict_classes`.",
    ),
)
"""What to try, by error message: for messages that don't help a beginner on their own."""


def _hint(error: Exception, frames: list[traceback.FrameSummary]) -> str:
    said = str(error) + (" Ellipsis" if any("..." in (f.line or "") for f in frames) else "")
    return next((hint for pattern, hint in _HINTS if re.search(pattern, said)), "")


_NOISE = (
    (r"\x1b\[[0-9;]*m", ""),  # terminal colors
    (r"\{\{function_node .*?\}\}|\[Op:\w+\]( name: ?\w*)?", ""),
    (r"\n*Arguments received by [\s\S]*", ""),
    (r"Detected at node[\s\S]*?(?=Received a label|\Z)", ""),
    (r"Label values: [\d\s]+", ""),
    (r"\[{2,}[-+\d.e,\s\[\]]{60,}\]", "[…]"),  # the numbers of a tensor
    (r"\n\s*\n+", "\n"),
)

LONGEST = 400


def message(error: BaseException) -> str:
    """An error's class and text for a student to read, without the details that libraries add for developers."""
    text = str(error)
    for pattern, replacement in _NOISE:
        text = re.sub(pattern, replacement, text)
    text = text.strip()
    text = text if len(text) <= LONGEST else text[:LONGEST].rstrip() + " …"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def array(value: Any) -> np.ndarray:
    """`value` as a NumPy array of numbers or booleans: from NumPy, Keras, TensorFlow, lists or scalars.

    bfloat16 becomes float32. Raises NotNumbers if the value isn't made of numbers or its rows differ in length.
    """
    import keras

    try:
        if hasattr(value, "assign"):  # a variable, Keras's own or the backend's
            value = value.numpy()
        if "bfloat16" in str(getattr(value, "dtype", "")):  # a type that NumPy doesn't have
            value = keras.ops.cast(value, "float32")
        plain = isinstance(value, list | tuple)
        result = np.asarray(value) if plain else np.asarray(keras.ops.convert_to_numpy(value))
        if result.dtype.name == "bfloat16":  # tensors in a list
            result = result.astype("float32")
    except Exception as error:  # a student's object may raise anything when it is converted
        raise NotNumbers(message(error)) from None
    if result.dtype.kind not in "fiub":
        raise NotNumbers(f"expected numbers, got {result.dtype}")
    return result


def as_plain_data(value: Any) -> Any:
    """The value that a student's function returned, as plain data: tensors as arrays, a History as its curves."""
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
