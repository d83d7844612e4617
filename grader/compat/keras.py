"""Keras's classes where a look at them takes more than their public methods."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Method = Callable[..., Any]

# ---- methods, replaced for a while

MODEL_METHODS = ("fit", "evaluate", "predict", "predict_on_batch", "test_on_batch", "__call__")


@contextmanager
def model_methods_replaced(**methods: Method) -> Iterator[None]:
    """Within the block these of `MODEL_METHODS` are `keras.Model`'s, for every model.

    Why: a check looks at what the student's code gives to a model that the student's code makes.

    The public way: a callback, which is not told of the data and has to be passed by the student; or a subclass of
    `keras.Model`, which the student would have to use. `unittest.mock.patch` would do the same as this function does.
    """
    import keras

    if unknown := methods.keys() - set(MODEL_METHODS):
        raise ValueError(f"not among the methods that may be replaced: {', '.join(sorted(unknown))}")
    with _replaced(keras.Model, methods):
        yield


@contextmanager
def variable_makers_replaced(add_weight: Method, add_variable: Method) -> Iterator[None]:
    """Within the block all layers make weights with `add_weight`, all metrics their variables with `add_variable`.

    Why: a configuration from another process may ask for a layer of 10⁹ units, and that must be refused before the
    memory is allocated. Keras's own layers and metrics all go through these two methods.

    The public way: none. `keras.initializers` are called when the shape is settled, but a configuration names its own;
    and `keras.StatelessScope` looks on only at variables that exist.
    """
    import keras

    with (
        _replaced(keras.layers.Layer, {"add_weight": add_weight}),
        _replaced(keras.metrics.Metric, {"add_variable": add_variable}),
    ):
        yield


@contextmanager
def _replaced(owner: type, methods: dict[str, Method]) -> Iterator[None]:
    """`owner` with these methods. Afterwards it has its own again, and inherits what it inherited before."""
    own = {name: vars(owner)[name] for name in methods if name in vars(owner)}
    try:
        for name, method in methods.items():
            setattr(owner, name, method)
        yield
    finally:
        for name in methods:
            if name in own:
                setattr(owner, name, own[name])
            elif name in vars(owner):
                delattr(owner, name)


# ---- what a model holds

LAYER_PROPERTIES = ("weights", "non_trainable_weights", "variables", "losses")


def layer_property(layer: Any, name: str) -> list[Any]:
    """What Keras's own property of that name, one of `LAYER_PROPERTIES`, returns for a live layer.

    Why: a subclass of the student's may define a property, or set an attribute, of the same name, by mistake or to
    hide weights.

    The public way: `layer.weights`, which is the subclass's. That these names are properties is documented; that
    their functions work on any layer, by themselves, is not.
    """
    import keras

    if name not in LAYER_PROPERTIES:
        raise ValueError(f"not among the properties that may be read: {name}")
    return list(getattr(keras.layers.Layer, name).fget(layer))


def has_train_function(model: Any) -> bool:
    """Whether `fit` has compiled a training function for the model since it was last compiled.

    Why: such a function goes on moving weights that were frozen afterwards, which is what a check looks for.

    The public way: `make_train_function()` is documented and sets the attribute that is read here; there is no
    documented way to ask whether it was called, and calling it would make the function.
    """
    return model.train_function is not None


# ---- names in saved configurations

FUNCTIONAL_MODULE = "keras.src.models.functional"
ACTIVATIONS_MODULE = "keras.src.activations.activations"
OPERATION_MODULES = tuple(f"keras.src.ops.{name}" for name in ("numpy", "nn", "math", "linalg", "core", "image"))
"""Where a saved configuration says that functional models, activations and operations between layers come from.

Why: a configuration from another process is compared with these before anything is made of it.

The public way: none. Keras writes the private module of whatever has no public name; these have none that it writes.
"""
