"""Train a model from seeded initial weights, several times in one call."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from grader.check.core import arrays, guarded
from grader.check.core.arrays import BATCH, Arrays
from grader.check.core.remote_calls import remote_call
from grader.check.remote import compiled_models, queries
from grader.check.remote.queries import forward, own
from grader.verdict import StudentError

Loss = str | dict | list | None
"""A Keras name or the config of a loss; a list or dict of these, one for each output; None for the compiled loss."""

STEPS = 300

RATE = 3e-3

CHUNK = 25
"""Steps in one graph: tracing takes as long as for a single step, and each step saves 3 ms for a call."""


@remote_call
def retrain(
    subject: Any,
    x: Arrays,
    y: Arrays,
    seeds: Sequence[int],
    x_new: Arrays | None = None,
    loss: Loss = None,
    steps: int = STEPS,
    batch_size: int = BATCH,
    rate: float = RATE,
    penalties: bool = True,
    enough: float | None = None,
) -> list[dict[str, Any]]:
    """Train a model, or one built by a function without arguments, from new initial weights for each seed.

    The optimizer is Adam (Kingma & Ba 2015) with this rate; each run takes `steps` batches of `batch_size` rows, in an
    order drawn from the seed. The loss is the given or the compiled one, with or without its `penalties` (regularizers,
    `add_loss`). Trainable weights are drawn again by their layers' own initializers, statistics are reset, and frozen
    weights stay. With `enough`, a run ends once the loss has fallen to this share of its start, and no further seed is
    tried.

    Returns `{"start", "end", "outputs"}` for each seed: the loss on (at most 256 of) the rows before and after, without
    penalties, and the outputs for `x_new`. The model is restored afterwards.
    """
    model = _built(subject, x)
    saved = queries.state(model)
    runs: list[dict[str, Any]] = []
    with _random_state():
        try:
            training = _Retraining(model, x, y, loss, rate, penalties)
            for seed in seeds:
                runs.append(training.run(int(seed), steps, batch_size, enough, x_new, y))
                if enough is not None and loss_fell(runs[-1]) <= enough:
                    break
        finally:
            queries.restore(model, saved)
    return runs


def _built(subject: Any, x: Arrays) -> Any:
    model = subject if queries.is_a_model(subject) else guarded.attempt(subject)
    if not queries.is_a_model(model):
        raise StudentError(f"expected a keras.Model, got a `{type(model).__name__}`", [])
    forward(model, arrays.rows(arrays.tensors(x), slice(0, 2)), False)
    return model


@contextmanager
def _random_state() -> Iterator[None]:
    """Restore Python's and NumPy's random state afterwards: Keras draws the seeds of initializers from it."""
    kept = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(kept[0])
        np.random.set_state(kept[1])


class _Retraining:
    """One model and its data, with a training step that is traced once for all seeds."""

    def __init__(self, model: Any, x: Arrays, y: Arrays, loss: Loss, rate: float, penalties: bool):
        import tensorflow as tf

        self.model, self.loss, self.rate, self.penalties = model, loss, rate, penalties
        self.x, self.y = arrays.tensors(x), arrays.tensors(y)
        self.n = arrays.count(y)
        self.weights = own(model, "trainable_weights")
        self.sizes = [int(np.prod(w.shape)) for w in self.weights]
        self.moments = [tf.Variable(tf.zeros(sum(self.sizes))) for _ in range(2)]
        self.count = tf.Variable(0.0)
        self.statistics = self._statistics()
        self._several = tf.function(self._in_graph, autograph=False)

    def run(
        self, seed: int, steps: int, batch_size: int, enough: float | None, x_new: Arrays | None, y: Arrays
    ) -> dict[str, Any]:
        self._begin(seed)
        start = self.value()
        if self.weights:
            orders = _orders(np.random.default_rng(seed), self.n, min(batch_size, self.n), steps)
            for chunk in range(0, steps, CHUNK):
                lately = self._train(orders[chunk : chunk + CHUNK])
                if enough is not None and lately <= enough * start:
                    break
            end = min(self.value(), lately)
        else:
            end = start
        outputs = None if x_new is None else _aligned(self.model, self._outputs(x_new), y)
        return {"start": start, "end": end, "outputs": outputs}

    def value(self) -> float:
        """The loss at inference on the first rows, without its penalties."""
        rows = slice(0, min(self.n, 256))
        x, y = arrays.rows(self.x, rows), arrays.rows(self.y, rows)
        return float(guarded.array(self._terms(x, y, False)[0]))

    def _terms(self, x: Any, y: Any, training: bool) -> tuple[Any, Any]:
        """The loss on the data, and the penalties."""
        import keras

        predicted = forward(self.model, x, training)
        extra = sum(keras.ops.cast(p, "float32") for p in own(self.model, "losses"))
        if self.loss is None:
            total = guarded.attempt(self.model.compute_loss, x=x, y=y, y_pred=predicted)
            total = keras.ops.mean(keras.ops.cast(total, "float32"))
            return total - extra, extra
        return sum(_losses(self.model, self.loss, y, predicted)), extra

    def _step(self, order: Any) -> Any:
        """Make one step of Adam on the rows in `order`; return the loss before it, without its penalties."""
        import keras
        import tensorflow as tf

        with tf.GradientTape() as tape:
            data, extra = self._terms(arrays.gathered(self.x, order), arrays.gathered(self.y, order), True)
            value = data + extra if self.penalties else data
        found = tape.gradient(value, [w.value for w in self.weights])
        flat = [
            tf.zeros(n) if g is None else tf.reshape(keras.ops.cast(tf.convert_to_tensor(g), "float32"), [-1])
            for g, n in zip(found, self.sizes, strict=True)
        ]
        first, second = self.moments
        gradient = tf.concat(flat, 0)
        k = self.count.assign_add(1.0)
        m = first.assign(0.9 * first + 0.1 * gradient)
        v = second.assign(0.999 * second + 0.001 * gradient**2)
        change = self.rate * (m / (1 - 0.9**k)) / (tf.sqrt(v / (1 - 0.999**k)) + 1e-7)
        for weight, part in zip(self.weights, tf.split(change, self.sizes), strict=True):
            weight.assign(weight - keras.ops.cast(tf.reshape(part, weight.shape), weight.dtype))
        return data

    def _in_graph(self, orders: Any) -> Any:
        import tensorflow as tf

        return tf.map_fn(self._step, orders, fn_output_signature=tf.float32, parallel_iterations=1)

    def _train(self, orders: np.ndarray) -> float:
        """Make a step on each batch; return the mean loss of the last five."""
        import tensorflow as tf

        rows = tf.constant(orders)
        try:
            losses = self._several(rows)
        except Exception:  # some models run only eagerly; errors that they raise there are shown to the student
            self._several = lambda rows: [self._step(order) for order in rows]
            losses = self._several(rows)
        return float(np.mean(guarded.array(losses)[-5:]))

    def _statistics(self) -> list[tuple[Any, np.ndarray]]:
        """Weights that change in training although they aren't trainable, with their initial values."""
        fixed = own(self.model, "non_trainable_weights")
        before = [guarded.array(w) for w in fixed]
        self._terms(arrays.rows(self.x, slice(0, 8)), arrays.rows(self.y, slice(0, 8)), True)
        moved = [(w, b) for w, b in zip(fixed, before, strict=True) if not np.array_equal(b, guarded.array(w))]
        fresh = _fresh(self.model)
        return [(w, fresh.get(id(w), b)) for w, b in moved]

    def _begin(self, seed: int) -> None:
        random.seed(seed)
        np.random.seed(seed)
        rng = np.random.default_rng(seed)
        fresh = _fresh(self.model)
        for weight in self.weights:
            value = fresh.get(id(weight))
            weight.assign(_drawn(guarded.array(weight), rng) if value is None else value)
        for weight, value in self.statistics:
            weight.assign(value)
        weights = {id(w) for w in own(self.model, "weights")}
        for number, variable in enumerate(own(self.model, "variables")):
            if id(variable) not in weights and tuple(variable.shape) == (2,) and "int" in str(variable.dtype):
                variable.assign([(seed + number) % 2**31, 0])  # the state of a dropout layer's random generator
        for variable in (*self.moments, self.count):
            variable.assign(np.zeros(variable.shape, "float32"))

    def _outputs(self, x: Arrays) -> Arrays:
        x = arrays.tensors(x)
        n = arrays.count(x)
        cuts = [slice(i, i + 256) for i in range(0, n, 256)]
        parts = [queries.as_arrays(forward(self.model, arrays.rows(x, cut), False)) for cut in cuts]
        return arrays.joined(parts)


def _fresh(layer: Any) -> dict[int, np.ndarray]:
    """New initial values by the variable's id, for every layer that can be rebuilt from its config."""
    import keras

    if issubclass(type(layer), keras.Model):
        found: dict[int, np.ndarray] = {}
        for part in _sublayers(layer):
            found |= _fresh(part)
        return found
    if not own(layer, "trainable_weights"):
        return {}
    try:  # a student's layer may raise anything here
        twin = type(layer).from_config(layer.get_config())
        if not twin.built:
            twin.build_from_config(layer.get_build_config())
        pairs = list(zip(own(layer, "weights"), own(twin, "weights"), strict=True))
    except Exception:  # without a config that rebuilds the layer, its weights are drawn by their shape
        return {}
    if any(tuple(w.shape) != tuple(new.shape) for w, new in pairs):
        return {}
    return {id(w): guarded.array(new) for w, new in pairs}


def _sublayers(model: Any) -> list[Any]:
    import keras

    try:
        return [part for part in model.layers if isinstance(part, keras.layers.Layer)]
    except Exception:  # the student's class redefines `layers`
        return []


def _drawn(value: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A new value for a weight whose initializer is unknown: kernels from N(0, 2/fan_in) (He et al. 2015), vectors of
    ones or zeros, whichever they are closer to, single numbers unchanged."""
    if value.ndim > 1:
        return rng.normal(0.0, np.sqrt(2.0 / max(np.prod(value.shape[:-1]), 1)), value.shape).astype("float32")
    if value.ndim == 0:
        return value
    return np.full(value.shape, float(np.abs(value - 1).mean() < np.abs(value).mean()), "float32")


def _orders(rng: np.random.Generator, n: int, batch_size: int, steps: int) -> np.ndarray:
    """The rows of each batch, (steps, batch_size): a new order in each epoch, incomplete batches left out."""
    epoch = n // batch_size
    orders = [rng.permutation(n)[: epoch * batch_size].reshape(epoch, batch_size) for _ in range(-(-steps // epoch))]
    return np.concatenate(orders)[:steps].astype("int32")


def _losses(model: Any, loss: Loss, y: Any, predicted: Any) -> list[Any]:
    """The mean loss of each output. Raises StudentError if the model's outputs don't match the targets."""
    import keras

    predicted = _aligned(model, predicted, y)
    seen, wanted = output_places(predicted), output_places(y)
    if seen != wanted:
        raise StudentError(f"the model returns {_named(seen)}, but the targets are for {_named(wanted)}", [])
    parts = [(output_part(loss, place), output_part(y, place), output_part(predicted, place)) for place in wanted]
    return [keras.ops.mean(keras.losses.get(one)(t, keras.ops.cast(p, "float32"))) for one, t, p in parts]


def output_places(data: Any) -> list[Any]:
    """The keys of several outputs: sorted names or positions; a single None for one output."""
    if isinstance(data, dict):
        return sorted(data)
    return list(range(len(data))) if isinstance(data, list) else [None]


def _named(places: list[Any]) -> str:
    return "a single output" if places == [None] else f"{len(places)} outputs ({', '.join(map(repr, places))})"


def output_part(of: Any, place: Any) -> Any:
    several = isinstance(of, list) or (isinstance(of, dict) and "class_name" not in of)
    return of[place] if several and place is not None else of


def _aligned(model: Any, outputs: Any, y: Any) -> Any:
    """The outputs in the structure of the targets, if possible: a list becomes a dict by the model's output names, and
    a list or dict with one member becomes that member."""
    if isinstance(outputs, tuple):
        outputs = list(outputs)
    if not isinstance(y, dict | list):
        one = arrays.flat(outputs)
        return one[0] if len(one) == 1 else outputs
    if isinstance(y, list) or isinstance(outputs, dict):
        return outputs
    listed = outputs if isinstance(outputs, list) else [outputs]
    names = getattr(model, "output_names", None)
    known = isinstance(names, list) and len(names) == len(listed)
    return {str(name): output for name, output in zip(names, listed, strict=True)} if known else outputs


def loss_fell(run: dict[str, Any]) -> float:
    """The final loss as a share of the initial loss."""
    share = run["end"] / max(run["start"], 1e-12)
    return float(share) if np.isfinite(share) else np.inf


@remote_call
def training_needs(subject: Any, x: Arrays) -> dict[str, Any]:
    """`{"compiled", "trainable"}` of a model, or of one that a function builds: whether it is compiled, and its number
    of trainable parameters."""
    model = _built(subject, x)
    return {
        "compiled": compiled_models.compiled(model),
        "trainable": sum(int(np.prod(w.shape)) for w in own(model, "trainable_weights")),
    }
