"""The judge: what crosses the wire and what doesn't, both worlds alike, and a student's process that lies."""

from __future__ import annotations

import json
import math
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras
import ml_dtypes
import numpy as np
import pytest

from grader.check.core import register, remote_calls
from grader.compat.keras import FUNCTIONAL_MODULE
from grader.judge import agent, allow_list, files, keras_data, main, type_checks, wire
from grader.judge.session import JudgeLimits, Session
from grader.judge.wire import CannotTravel, Closed, Extension, Late, Malformed, Stream

L = keras.layers
SETUP = "from grader import check, student\nimport keras\nimport numpy as np\n"
FAST = JudgeLimits(cell=30, call=10)


def crossed(value: Any, extend: Any = None, made: Any = None) -> Any:
    """`value` after one way over the wire, without a socket."""
    data = b"".join(bytes(piece) for piece in wire.pack(value, extend))
    _, text = wire.HEADER.unpack(data[:16])
    return wire.unpack(data[16 : 16 + text], memoryview(data)[16 + text :], made)


# ---- the wire

VALUES = {
    "none": None,
    "true": True,
    "whole": -5,
    "large whole": 2**200,
    "float": 0.1,
    "infinite": -math.inf,
    "text": "é\ud800 \0",
    "bytes": b"\0\xff",
    "ellipsis": ...,
    "nested": [1, (2, [3.0, ()]), {"a": {1: (None,)}, (1, 2): "b", None: []}],
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_plain_data_arrives_as_it_was(value):
    found = crossed(value)
    assert found == value
    assert type(found) is type(value)


def test_nan_arrives():
    assert math.isnan(crossed(math.nan))


ARRAYS = {
    "float32": np.ones((2, 3), "float32"),
    "transposed": np.arange(6).reshape(2, 3).T,
    "big-endian": np.arange(3, dtype=">i4"),
    "no axes": np.array(4.0),
    "empty": np.zeros((0, 3)),
    "booleans": np.array([True, False]),
    "half": np.ones(2, "float16"),
    "bfloat16": np.arange(3).astype(ml_dtypes.bfloat16),
    "strings": np.array(["a", "bcd"]),
    "bytes": np.array([b"a", b"bc"]),
    "every other": np.arange(10)[::2],
}


@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
def test_arrays_arrive_with_shape_and_type(array):
    found = crossed({"x": [array]})["x"][0]
    assert found.shape == array.shape and found.dtype == array.dtype.newbyteorder("=")
    assert np.array_equal(found, array)
    found[...] = found  # its own memory, to be written to


def test_numpy_numbers_stay_numbers():
    found = crossed(np.float32(3))
    assert type(found) is np.float32 and found == 3


TOO_MUCH = {
    "an object": object(),
    "objects in an array": np.array([object()]),
    "complex numbers": np.ones(2, complex),
    "too deep": (lambda make: make(make, 200))(lambda make, n: [make(make, n - 1)] if n else []),
    "a long text": "x" * (2 << 20),
    "a huge number": 10**9000,
    "a set": {1, 2},
}


@pytest.mark.parametrize("value", TOO_MUCH.values(), ids=TOO_MUCH)
def test_what_is_no_data_is_not_sent(value):
    with pytest.raises(CannotTravel):
        wire.pack(value)


def test_a_list_within_itself_is_not_sent():
    value: list = []
    value.append(value)
    with pytest.raises(CannotTravel):
        wire.pack(value)


MALFORMED = {
    "no json": b"{",
    "an object": b'{"a": 1}',
    "unknown letter": b'["q", 1]',
    "an empty list": b"[]",
    "a number first": b"[1]",
    "nan": b"NaN",
    "infinite": b'["l", Infinity]',
    "not a number": b'["f", "1.0"]',
    "a large number": b"99999999999999999999",
    "very many digits": b"9" * 100_000,
    "digits that aren't": b'["i", "1x"]',
    "too many digits": b'["i", "' + b"1" * 5000 + b'"]',
    "deep": b'["l",' * 100_000,
    "deep and closed": b'["l",' * 500 + b"1" + b"]" * 500,
    "many values": b'["l"' + b",1" * 3_000_000 + b"]",
    "a key alone": b'["d", "a"]',
    "a list as key": b'["d", ["l"], 1]',
    "an array as key": b'["d", ["a","int8",[0]], 1]',
    "an array of objects": b'["a", "object", [1]]',
    "an array of no type": b'["a", 3, [1]]',
    "an array without bytes": b'["a", "float32", [4]]',
    "a huge array": b'["a", "float32", [1000000, 1000000]]',
    "a huge empty array": b'["a", "float32", [0, 10000000000000]]',
    "a negative array": b'["a", "float32", [-1]]',
    "half a row": b'["a", "float32", [1.5]]',
    "many axes": b'["a", "float32", [' + b"1," * 40 + b"1]]",
    "wide strings": b'["a", "<U999999", [0]]',
    "bytes that aren't there": b'["b", 10]',
    "negative bytes": b'["b", -1]',
    "an unknown extension": b'["x", "code", 1]',
    "no utf-8": b'"\xff"',
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_message_is_refused(text):
    with pytest.raises(Malformed):
        wire.unpack(text, memoryview(b""))


def test_bytes_left_over_are_refused():
    with pytest.raises(Malformed):
        wire.unpack(b"1", memoryview(b"more"))


@contextmanager
def streams() -> Iterator[tuple[Stream, Stream]]:
    one, other = socket.socketpair()
    with one, other:
        yield Stream(one), Stream(other)


def test_an_announced_length_takes_no_memory():
    with streams() as (ours, theirs):
        theirs.socket.sendall(wire.HEADER.pack(200 << 20, 10))
        theirs.socket.close()
        with pytest.raises(Closed):
            ours.receive()


@pytest.mark.parametrize("header", [(1 << 62, 10), (10, 20), (1 << 40, 1 << 40), (2**64 - 1, 2**64 - 1)])
def test_impossible_lengths_are_refused(header):
    with streams() as (ours, theirs):
        theirs.socket.sendall(struct.pack(">QQ", *header))
        with pytest.raises(Malformed):
            ours.receive()


def test_silence_and_drops_end_at_the_deadline():
    with streams() as (ours, theirs):
        theirs.socket.sendall(b"\0")
        with pytest.raises(Late):
            ours.receive(deadline=time.monotonic() + 0.05)


# ---- Keras objects


def functional() -> Any:
    a, b = keras.Input((3,), name="a"), keras.Input((2,), name="b")
    inner, shared = keras.Sequential([L.Dense(2), L.Dense(3)], name="inner"), L.Dense(3)
    return keras.Model({"a": a, "b": b}, {"p": inner(a) + shared(a), "q": shared(inner(a)) * 2 + L.Dense(3)(b)})


def with_operations() -> Any:
    x = keras.Input((4,))
    y = keras.ops.concatenate([keras.ops.sin(x), x[:, ::-1]], axis=1) / 2
    return keras.Model(x, keras.activations.relu(keras.ops.reshape(y, (-1, 2, 4)) + keras.ops.expand_dims(x, 1)))


def attending() -> Any:
    x = keras.Input((4, 3))
    return keras.Model(x, L.LayerNormalization()(L.MultiHeadAttention(2, 3)(x, x) + x))


def dense(*layers: Any, width: int = 3) -> Any:
    return keras.Sequential([keras.Input((width,)), *layers])


MODELS: dict[str, tuple[Callable[[], Any], Any]] = {
    "sequential": (
        lambda: dense(L.Dense(4, "relu", kernel_regularizer="l2"), L.BatchNormalization(), L.Dropout(0.3), L.Dense(2)),
        (5, 3),
    ),
    "functional, nested, shared": (functional, {"a": (5, 3), "b": (5, 2)}),
    "operations": (with_operations, (5, 4)),
    "attention": (attending, (2, 4, 3)),
    "recurrent": (
        lambda: keras.Sequential([keras.Input((6, 3)), L.Bidirectional(L.LSTM(3, return_sequences=True)), L.GRU(2)]),
        (2, 6, 3),
    ),
    "convolutions": (
        lambda: keras.Sequential(
            [keras.Input((8, 8, 3)), L.Conv2D(4, 3), L.MaxPooling2D(), L.SeparableConv2D(3, 2), L.Flatten(), L.Dense(2)]
        ),
        (2, 8, 8, 3),
    ),
    "mixed precision": (lambda: dense(L.Dense(4, dtype="mixed_float16"), L.Dense(2, dtype="float32")), (5, 3)),
    "embedding": (lambda: keras.Sequential([keras.Input((4,)), L.Embedding(9, 3), L.GlobalMaxPooling1D()]), (5, 4)),
}


def some(shape: Any) -> Any:
    if isinstance(shape, dict):
        return {name: some(part) for name, part in shape.items()}
    return np.random.default_rng(0).uniform(0, 2, shape).astype("float32")


@pytest.mark.parametrize(("make", "shape"), MODELS.values(), ids=MODELS)
def test_a_rebuilt_model_answers_alike(make, shape):
    model, x = make(), some(shape)
    for weight in model.weights:
        weight.assign(np.random.default_rng(1).uniform(0.1, 1, weight.shape))
    made = keras_data.rebuild(crossed(keras_data.describe(model)))
    pairs = zip(keras.tree.flatten(model(x)), keras.tree.flatten(made(x)), strict=True)
    assert all(np.allclose(one, other, atol=1e-6) for one, other in pairs)
    assert [w.trainable for w in made.weights] == [w.trainable for w in model.weights]


def test_training_goes_on_where_it_was():
    model, x = dense(L.Dense(4), L.Dropout(0.5), L.Dense(1)), some((8, 3))
    model.layers[0].trainable = False
    model.compile(keras.optimizers.Adam(0.01), keras.losses.mean_squared_error, metrics=["mae"], run_eagerly=True)
    model.fit(x, x[:, :1], epochs=2, verbose=0)
    made = keras_data.rebuild(crossed(keras_data.describe(model)))
    assert int(made.optimizer.iterations) == 2 and not made.layers[0].trainable
    assert [float(v) for v in made.metrics[0].variables] == [float(v) for v in model.metrics[0].variables]
    for each in (model, made):
        each.train_on_batch(x, x[:, :1])
    assert all(np.allclose(a, b, atol=1e-6) for a, b in zip(model.get_weights(), made.get_weights(), strict=True))


OBJECTS = {
    "a loss": lambda: keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    "a schedule within an optimizer": lambda: keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 10**6)),
    "a metric": lambda: keras.metrics.MeanAbsoluteError(),
    "an initializer": lambda: keras.initializers.HeNormal(seed=2**31),
    "a layer not built": lambda: L.Dense(3),
    "a model not built": lambda: keras.Sequential([L.Dense(3)]),
}


@pytest.mark.parametrize("make", OBJECTS.values(), ids=OBJECTS)
def test_other_objects_keep_their_configuration(make):
    made = make()
    again = keras_data.rebuild(crossed(keras_data.describe(made)))
    assert type(again) is type(made) and again.get_config() == made.get_config()


def relu(x: Any) -> Any:
    """With the name of one of Keras' own."""
    return -x


class Own(L.Dense):
    pass


def compiled_with(**how: Any) -> Any:
    model = dense(L.Dense(1))
    model.compile("sgd", **how)
    return model


def patched() -> Any:
    model = dense(L.Dense(1))
    model.call = lambda x: x
    return model


HELD = {
    "a lambda layer": lambda: dense(L.Lambda(lambda x: x)),
    "a function as activation": lambda: dense(L.Dense(1, activation=relu)),
    "a layer of the student's": lambda: dense(Own(1)),
    "a loss of the student's": lambda: compiled_with(loss=relu),
    "a metric of the student's": lambda: compiled_with(loss="mse", metrics=[lambda y, p: p]),
    "a patched call": patched,
    "a loss whose configuration forgets": lambda: compiled_with(loss=keras.losses.Huber(0.3)),
    "a file of words": lambda: L.StringLookup(vocabulary=["a"]),
    "quantized": lambda: dense(L.Dense(2, dtype="int8_from_float32")),
}


@pytest.mark.parametrize("make", HELD.values(), ids=HELD)
def test_what_holds_code_stays_where_it_is(make):
    with pytest.raises(CannotTravel):
        keras_data.describe(make())


def layer(name: str = "Dense", module: str | None = "keras.layers", /, **config: Any) -> dict:
    return {"module": module, "class_name": name, "config": config, "registered_name": None}


def described(*layers: dict, **more: Any) -> dict:
    first = layer("InputLayer", batch_shape=[None, 3], dtype="float32", name="i")
    config = {"name": "s", "trainable": True, "layers": [first, *layers]}
    return {"config": layer("Sequential", "keras", **config), "weights": [], **more}


def deep() -> Any:
    config: Any = layer(units=1)
    for _ in range(100):
        config = layer("TimeDistributed", layer=config)
    return described(config)


LIES = {
    "nothing": None,
    "text": "model",
    "no configuration": {"weights": []},
    "code": described(layer("Lambda", function="print")),
    "bytes of code": described(layer("Lambda", function={"class_name": "__lambda__", "config": {"value": "4wAA"}})),
    "a saved model": described(layer("TFSMLayer", filepath="/etc")),
    "a pipeline of it": described(layer("TimeDistributed", layer=layer("Lambda", function="print"))),
    "os.system": {"config": layer("system", "os", command="id")},
    "subprocess": described(layer("Popen", "subprocess", args="id")),
    "a function of os": described(
        layer(units=1, activation={"class_name": "function", "module": "os", "config": "system", "registered_name": ""})
    ),
    "a type of TensorFlow's": described(
        layer(x={"class_name": "__typespec__", "module": "os", "spec_name": "system", "config": []})
    ),
    "registered otherwise": {"config": layer() | {"registered_name": "Custom>Dense"}},
    "private Keras": described(layer("Functional", "keras.src.saving.serialization_lib")),
    "a private operation": described(layer("Map", "keras.src.ops.core")),
    "vocabulary from a file": described(layer("StringLookup", vocabulary="/etc/passwd")),
    "a shared object": {"config": layer() | {"shared_object_id": 1}},
    "10⁹ units": described(layer(units=10**9)),
    "a million units, twice": described(layer(units=10**6), layer(units=10**6)),
    "weights that didn't come along": described(layer(units=1000)),
    "a word list of a million": described(layer("Embedding", input_dim=10**6, output_dim=1000)),
    "10⁹ rows": described(layer("RepeatVector", n=10**9)),
    "10⁶ times the row": described(layer("RepeatVector", n=10**6)),
    "10¹⁰ points": described(layer("Reshape", target_shape=[1, 1, 3]), layer("UpSampling2D", size=[10**5] * 2)),
    "more layers than anybody writes": described(*[layer("Identity")] * 1000),
    "deep": deep(),
    "not a shape": described(layer(units=float("nan"))),
    "nan in the shape": {"config": layer("InputLayer", batch_shape=[None, float("nan")])},
    "negative units": described(layer(units=-3)),
    "units as text": described(layer(units="3")),
    "weights of another shape": described(layer(units=2), weights=[np.zeros((9, 9)), np.zeros(2)]),
    "weights of words": described(layer(units=2), weights=[np.array([["a"] * 2] * 3), np.zeros(2)]),
    "no weights at all": described(layer(units=2), weights="none"),
    "a loop of layers": {"config": layer("Functional", FUNCTIONAL_MODULE, layers=[], input_layers=[["x", 0, 0]])},
    "a metric of 10¹² numbers": {"config": layer("MeanIoU", "keras.metrics", num_classes=10**6)},
    "compiled with code": described(compile={"loss": layer("Lambda"), "optimizer": "sgd"}),
    "compiled with text": described(compile="sgd"),
    "quantized": described(layer(units=2, quantization_config={"mode": "int8"})),
    "quantized by its type": described(layer(units=2, dtype="int8_from_float32")),
    "quantized by its policy": described(
        layer(units=2, dtype=layer("DTypePolicy", "keras", **{"name": "int8_from_float32"}))
    ),
    "a text of 10⁹ letters": described(
        layer(units=2, x={"class_name": "__numpy__", "config": {"value": ["a"], "dtype": "S1000000000"}})
    ),
    "a huge number": described(layer(units=10**400)),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_lying_description_makes_nothing(lie):
    begun, before = time.process_time(), _memory()
    with pytest.raises(Malformed):
        keras_data.rebuild(lie)
    assert time.process_time() - begun < 5 and _memory() - before < 200 << 20


def _memory() -> int:
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_a_function_is_rebuilt_by_its_public_name_alone():
    assert allow_list.public_name(keras.losses.mean_squared_error) == "keras.losses.mean_squared_error"
    assert allow_list.public_name(relu) is None and allow_list.public_name(os.system) is None
    names = allow_list.public_functions()
    assert not any(name.startswith("keras.saving") or "Lambda" in name or "vectorized_map" in name for name in names)


# ---- a test cell, with the student's objects behind a connection


class Notebook:
    """An honest agent, in a thread of its own."""

    def __init__(self, **names: Any):
        self.names = names

    def __call__(self, connection: socket.socket) -> None:
        agent.answer_all(connection, self.names.__getitem__)


def judge(source: str, other_side: Callable[[socket.socket], None], limits: JudgeLimits = FAST, seed: int = 1) -> dict:
    ours, theirs = socket.socketpair()

    def answer() -> None:
        with theirs:
            other_side(theirs)

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    try:
        return Session(SETUP).judge(source, "cell", ours, seed, limits)
    finally:
        thread.join(5)


def task(*lines: str) -> str:
    return "with check.task('a task', watch_fit=True) as task:\n    " + "\n    ".join(lines) + "\n"


def said(outcome: dict) -> str:
    return json.dumps(outcome["verdicts"])


def observation(condition: str) -> str:
    return f"task.expect([check.Observation('it', bool({condition}), 'seen')])"


def model_of(units: int = 2) -> Any:
    return dense(L.Dense(units))


HONEST: dict[str, tuple[Any, tuple[str, ...]]] = {
    "an array": (lambda: np.arange(3), ("a = task.run(student.f)", observation("a.tolist() == [0, 1, 2]"))),
    "a tensor": (lambda: keras.ops.ones(3), ("a = task.run(student.f)", observation("a.sum() == 3"))),
    "a variable": (lambda: keras.Variable([1.0]), ("a = task.run(student.f)", observation("a.shape == (1,)"))),
    "a built-in function": (
        lambda: keras.losses.mean_squared_error,
        ("a = task.run(student.f)", observation("a is keras.losses.mean_squared_error")),
    ),
    "a model": (
        model_of,
        ("m = task.run(student.f)", "task.expect(check.is_model(m))", observation("type(m) is keras.Sequential")),
    ),
    "one model twice": (
        lambda: [model := model_of(), model],
        ("m, n = task.run(student.f)", observation("m is n and type(m) is keras.Sequential")),
    ),
    "two models that share layers": (
        lambda: [model := model_of(), keras.Sequential([model.layers[0]])],
        (
            "m, n = task.run(student.f)",
            "from grader.check.remote import queries",
            "queries.redraw(m, 1)",
            "x = np.ones((2, 3), 'float32')",
            observation("np.allclose(queries.outputs(m, x), queries.outputs(n, x))"),
        ),
    ),
    "a model of the student's own class": (
        lambda: type("Mine", (keras.Sequential,), {})([keras.Input((3,)), L.Dense(2)]),
        ("m = task.run(student.f)", "task.expect(check.is_model(m), check.output_shape(m, np.ones((9, 3)), 2))"),
    ),
    "a history": (
        lambda: compiled_with(loss="mse").fit(np.ones((4, 3)), np.ones(4), epochs=2, verbose=0),
        (
            "h = task.run(student.f)",
            observation("len(h.history['loss']) == 2 and task.fits[0].epochs == 2 and len(task.fits[0].rows) == 4"),
        ),
    ),
    "the model that came in": (
        lambda model: (model.compile("sgd", "mse"), model)[1],
        (
            "bare = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])",
            "m = task.run(student.f, bare)",
            "task.expect(check.same_model(m, bare), check.is_compiled(bare))",
        ),
    ),
    "the model that came in, with a loss of the student's own": (
        lambda model: (model.compile("sgd", relu), model)[1],
        (
            "bare = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])",
            "m = task.run(student.f, bare)",
            "task.expect(check.same_model(m, bare), check.is_compiled(m))",
        ),
    ),
    "new weights in the model that came in": (
        lambda model: model.set_weights([np.full((3, 1), 2.0), np.zeros(1)]),
        (
            "bare = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])",
            "task.run(student.f, bare)",
            observation("np.all(bare.get_weights()[0] == 2)"),
        ),
    ),
    "one more layer in the model that came in": (
        lambda model: model.add(L.Dense(4)),
        (
            "bare = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])",
            "task.run(student.f, bare)",
            "task.expect(check.output_shape(bare, np.ones((9, 3)), 4))",
        ),
    ),
    "a model around the one that came in": (
        lambda model: keras.Sequential([model, L.Dense(1)]),
        (
            "from grader.check.remote import queries",
            "bare = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])",
            "m, x = task.run(student.f, bare), np.ones((2, 3), 'float32')",
            "before = queries.outputs(m, x)",
            "queries.redraw(bare, 3)",
            observation("not np.allclose(before, queries.outputs(m, x))"),
        ),
    ),
    "a callback": (
        lambda: keras.callbacks.EarlyStopping("loss", patience=1),
        ("c = task.run(student.f)", "task.expect(check.stops_at(c, check.logs(loss=[1, 2, 3]), 1))"),
    ),
    "a callback that only looks on": (
        lambda: keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: None),
        ("c = task.run(student.f)", "task.expect(check.leaves_training_alone(c))"),
    ),
    "a saved model": (
        lambda path, model: model.save(path),
        (
            "bare = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])",
            "bare.compile('sgd', 'mse')",
            "path = check.scratch_path('m.keras')",
            "task.run(student.f, path, bare)",
            "from grader.check.oracles.files import saved_whole",
            "task.expect(saved_whole(path, bare, np.ones((2, 3), 'float32')))",
        ),
    ),
    "an optimizer that came in": (
        lambda model, optimizer: optimizer.apply([keras.ops.ones((3, 1))] * 1, [model.layers[0].kernel]),
        (
            "bare = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, use_bias=False)])",
            "sgd, before = keras.optimizers.SGD(0.5, momentum=0.9), bare.get_weights()[0]",
            "task.run(student.f, bare, sgd)",
            "task.run(student.f, bare, sgd)",
            observation("np.allclose(before - bare.get_weights()[0], 0.5 + 0.95) and int(sgd.iterations) == 2"),
        ),
    ),
    "a choice": (lambda: "b", ("check.choice('quiz', student.g, 'abc', 'b')", observation("True"))),
    "looked at": (
        lambda x: model_of().predict(x, verbose=0),
        (
            "x = np.arange(12).reshape(4, 3).astype('float32')",
            "seen = task.run(check.look_on, student.f, x)",
            "task.expect(check.scored_once(seen, x))",
        ),
    ),
}


@pytest.mark.parametrize(("f", "lines"), HONEST.values(), ids=HONEST)
def test_the_judge_sees_what_a_live_check_would(f, lines):
    outcome = judge(task(*lines), Notebook(f=f, g="b"))
    assert outcome["status"] == "passed" and not outcome["fault"], outcome


def raises(error: BaseException) -> Callable[[], None]:
    def function() -> None:
        raise error

    return function


class Equal:
    """Equal to everything, of every class, and made of code when it is copied."""

    __class__ = keras.Model  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return True

    def __reduce__(self) -> Any:
        return os.system, ("touch /tmp/judge-was-here",)

    def get_config(self) -> dict:
        return {"class_name": "system", "module": "os", "config": {}}

    __hash__ = object.__hash__


FAILING = {
    "a stub": (Notebook(f=raises(NotImplementedError())), "not attempted", ""),
    "no such name": (Notebook(), "not attempted", "no `f` in this notebook"),
    "an error": (Notebook(f=raises(ValueError("the words"))), "crashed", "ValueError: the words"),
    "the end of the process": (Notebook(f=raises(SystemExit(3))), "crashed", "SystemExit"),
    "an interrupt": (Notebook(f=raises(KeyboardInterrupt())), "crashed", "KeyboardInterrupt"),
    "not a function": (Notebook(f=3), "crashed", "not callable"),
    "an object equal to everything": (Notebook(f=Equal), "wrong", ""),
    "nothing": (Notebook(f=lambda: None), "wrong", "None"),
    "more than travels": (Notebook(f=lambda: [0] * 10**6), "crashed", "can't be looked at"),
    "a slow function": (Notebook(f=lambda: time.sleep(1.5)), "timed out", "no answer"),
}


@pytest.mark.parametrize(("notebook", "status", "words"), FAILING.values(), ids=FAILING)
def test_what_goes_wrong_over_there_is_the_students(notebook, status, words):
    limits = JudgeLimits(cell=20, call=0.8 if status == "timed out" else 10)
    source = task("m = task.run(student.f)", "task.expect(check.is_model(m))")
    outcome = judge(source, notebook, limits)
    assert outcome["status"] == status and words in said(outcome), outcome
    assert not outcome["fault"] and not os.path.exists("/tmp/judge-was-here")


@pytest.mark.parametrize(
    ("names", "status"),
    [({}, "not attempted"), ({"q": ...}, "not attempted"), ({"q": "a"}, "wrong"), ({"q": "b"}, "passed")],
)
def test_a_quiz_needs_no_task(names, status):
    assert judge("check.choice('quiz', student.q, 'abc', 'b')", Notebook(**names))["status"] == status


def test_the_students_lines_are_shown(tmp_path):
    path = tmp_path / "cell.py"
    path.write_text("def f():\n    x = 1\n    return x / 0\n")
    names: dict[str, Any] = {}
    exec(compile(path.read_text(), str(path), "exec"), names)
    outcome = judge(task("task.run(student.f)"), Notebook(f=names["f"]))
    assert "line 3 of the cell, in f:  return x / 0" in said(outcome)


def test_a_test_that_fails_by_itself_is_our_fault():
    outcome = judge(task("task.run(student.f)", "1 / 0"), Notebook(f=lambda: 1))
    assert outcome["status"] == "grader fault" and "ZeroDivisionError" in outcome["fault"]
    outcome = judge("undefined", Notebook())
    assert outcome["status"] == "grader fault" and "NameError" in outcome["fault"]


def test_our_own_computing_is_limited_too():
    outcome = judge(task("task.run(student.f)", "while True: pass"), Notebook(f=lambda: 1), JudgeLimits(cell=1, call=1))
    assert outcome["status"] == "timed out"


def test_texts_of_the_students_are_cut():
    outcome = judge(task("task.run(student.f)"), Notebook(f=raises(ValueError("\x1b[31m<b>" + "x" * 10**6))))
    assert len(said(outcome)) < 5000 and "\\u001b" not in said(outcome)


def test_a_large_model_is_not_made():
    outcome = judge(
        task("m = task.run(student.f)", "task.expect(check.output_shape(m, np.ones((9, 3)), 2))"),
        Notebook(f=lambda: keras.Sequential([L.Dense(2**20), L.Dense(2**20)])),
    )
    assert outcome["status"] == "crashed" and "more weights" in said(outcome) and not outcome["fault"]


def test_seeds_are_the_requests():
    source = task("a = task.run(student.f)", observation("list(a) == [check.seed('x'), np.random.rand()] or True"))
    seen: list = []
    for seed in (1, 1, 2):
        judge(source, Notebook(f=lambda: seen.append((os.environ["GRADER_SEED"], np.random.rand()))), seed=seed)
    assert seen[0] == seen[1] and seen[0][1] != seen[2][1]


# ---- a student's process that lies


def reply(value: Any) -> bytes:
    return b"".join(bytes(piece) for piece in wire.pack(value))


class Liar:
    """Answers names with a handle, and every question with what it was told to."""

    def __init__(self, *answers: Any, get: Any = None, then: str = "repeat"):
        self.answers = [a if isinstance(a, bytes) else reply(a) for a in answers]
        self.get = get if get is not None else {"changed": [], "value": Extension("handle", [0, []])}
        self.then = then

    def __call__(self, connection: socket.socket) -> None:
        stream, n = Stream(connection), 0
        try:
            while True:
                request = stream.receive(lambda kind, data: data)
                if request["op"] == "get":
                    connection.sendall(reply(self.get))
                elif request["verb"] == "seed_beside":
                    connection.sendall(reply({"value": None}))
                elif not self.answers:
                    if self.then == "silence":
                        time.sleep(2)
                    return
                else:
                    connection.sendall(self.answers[min(n, len(self.answers) - 1)])
                    n += 1
                    if self.then == "close":
                        return
        except (Closed, OSError):
            return


def returned(value: Any, **more: Any) -> dict:
    return {"value": {"returned": value, "fits": []}, **more}


FIT = {
    **{"model": None, "epochs": 4, "rows": None, "validation": None, "learning_rate": 0.1},
    **{"validated": True, "losses": None},
}
RIGHT_SHAPE = returned(Extension("handle", [1, []]))
IN_CELL = task("m = task.run(student.f, 1)", "task.expect(check.is_model(m))")
ORACLES = task(
    "m = task.run(student.f, 1)",
    "x, y = check.clusters(64, 3, 2)",
    "task.expect(check.is_model(m), check.output_shape(m, x, 2), check.loss_fits_head(m, x, 'multiclass'))",
    "task.expect(check.steps_like_sgd(m, 0.1, 0.0), check.reports(m, x, y, 'multiclass'))",
    "task.expect(check.gradients_reach(m, x), check.depends(m, x), check.parameters(m, 8))",
)
GARBAGE = {
    "garbage": (Liar(b"\xff" * 64), IN_CELL),
    "an http answer": (Liar(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 100), IN_CELL),
    "a huge length": (Liar(struct.pack(">QQ", 1 << 60, 10)), IN_CELL),
    "a long message that ends": (Liar(struct.pack(">QQ", 100 << 20, 10) + b"[", then="close"), IN_CELL),
    "half a header": (Liar(b"\0\0\0", then="close"), IN_CELL),
    "deep nesting": (Liar(struct.pack(">QQ", 500_000, 500_000) + b'["l",' * 100_000), IN_CELL),
    "nothing": (Liar(then="close"), IN_CELL),
    "no dict": (Liar([1]), IN_CELL),
    "no value": (Liar({"values": 1}), IN_CELL),
    "no error": (Liar({"error": "student", "message": 3}), IN_CELL),
    "an error without an end": (Liar({"error": "student", "message": "x" * 10**6, "lines": ["y" * 10**6]}), IN_CELL),
    "no such name, in place of an answer": (Liar({"error": "missing"}), IN_CELL),
    "an error of no kind": (Liar({"error": [1]}), IN_CELL),
    "an error of ours": (Liar({"error": "verb", "message": "IndexError"}), IN_CELL),
    "what wasn't returned": (Liar({"value": [1]}), IN_CELL),
    "a fit that is none": (Liar({"value": {"returned": 1, "fits": [1]}}), IN_CELL),
    "a fit of words": (Liar({"value": {"returned": 1, "fits": [FIT | {"epochs": "many"}]}}), IN_CELL),
    "a fit of objects": (Liar({"value": {"returned": 1, "fits": [FIT | {"rows": [1]}]}}), IN_CELL),
    "a handle of text": (Liar(returned(Extension("handle", "x"))), IN_CELL),
    "a handle far away": (Liar(returned(Extension("handle", [10**12, []]))), IN_CELL),
    "a handle linked to nothing": (Liar(returned(Extension("handle", [1, [[2, 3]]]))), IN_CELL),
    "an argument that never was": (Liar(returned(Extension("argument", 7))), IN_CELL),
    "the same as nothing": (Liar(returned(Extension("same", 7))), IN_CELL),
    "the same as a list": (Liar(returned(Extension("same", [7]))), IN_CELL),
    "a function of os": (Liar(returned(Extension("public", "os.system"))), IN_CELL),
    "a path elsewhere": (Liar(returned(Extension("path", "../../etc/passwd"))), IN_CELL),
    "a file elsewhere": (
        Liar(returned(1, files=[{"name": "../../../tmp/judge-was-here", "bytes": b"x", "model": None}])), IN_CELL,
    ),
    "a file at the root": (
        Liar(returned(1, files=[{"name": "/tmp/judge-was-here", "bytes": b"x", "model": None}])), IN_CELL,
    ),
    "a change of nothing": (Liar(returned(1, changed=[Extension("changed", {"n": 1, "now": {}})])), IN_CELL),
    "a History of code": (Liar(returned(Extension("history", {"model": 1}))), IN_CELL),
    "an unknown kind": (Liar(returned(Extension("pickle", b"cos\nsystem\n(S'id'\ntR."))), IN_CELL),
    "a lambda layer": (Liar(returned(Extension("keras", {"ref": 1, **LIES["bytes of code"]}))), IN_CELL),
    "10⁹ units": (Liar(returned(Extension("keras", {"ref": 1, **LIES["10⁹ units"]}))), IN_CELL),
    "weights of NaN shapes": (Liar(returned(Extension("keras", {"ref": 1, **LIES["nan in the shape"]}))), IN_CELL),
    "Keras without a number": (Liar(returned(Extension("keras", LIES["10⁹ units"]))), IN_CELL),
    "a name that is no handle": (Liar(get={"value": 1}), IN_CELL),
    "yes to everything": (Liar(RIGHT_SHAPE, {"value": True}), ORACLES),
    "no to everything": (Liar(RIGHT_SHAPE, {"value": True}, {"value": None}), ORACLES),
    "an array for everything": (Liar(RIGHT_SHAPE, {"value": True}, {"value": np.full((3, 2), np.nan)}), ORACLES),
    "an empty list for everything": (Liar(RIGHT_SHAPE, {"value": True}, {"value": []}), ORACLES),
    "an empty dict for everything": (Liar(RIGHT_SHAPE, {"value": True}, {"value": {}}), ORACLES),
    "words for everything": (Liar(RIGHT_SHAPE, {"value": True}, {"value": "yes"}), ORACLES),
    "a handle for everything": (Liar(RIGHT_SHAPE, {"value": True}, {"value": Extension("handle", [1, []])}), ORACLES),
    "arrays in a list": (Liar(RIGHT_SHAPE, {"value": True}, {"value": [np.zeros(0)] * 40}), ORACLES),
    "rows of words": (Liar(RIGHT_SHAPE, {"value": True}, {"value": np.array(["a"] * 7)}), ORACLES),
}  # fmt: skip


@pytest.mark.parametrize(("liar", "source"), GARBAGE.values(), ids=GARBAGE)
def test_a_lie_gains_nothing_and_is_no_fault_of_ours(liar, source):
    before = _memory()
    outcome = judge(source, liar, JudgeLimits(cell=20, call=5))
    assert outcome["status"] in ("wrong", "crashed", "timed out"), outcome
    assert outcome["verdicts"] and len(said(outcome)) < 100_000
    assert _memory() - before < 300 << 20 and not os.path.exists("/tmp/judge-was-here")


def test_silence_is_a_timeout():
    outcome = judge(IN_CELL, Liar(then="silence"), JudgeLimits(cell=20, call=0.5))
    assert outcome["status"] == "timed out"


def test_a_model_of_ours_that_was_not_returned_stays_ours():
    """A liar can't have questions about the judge's own model sent to itself by saying that it was changed."""
    lie = {
        "value": {"returned": None, "fits": []},
        "changed": [Extension("changed", {"n": 1, "handle": 5, "weights": [np.ones((3, 1)), np.ones(1)]})],
    }
    source = task(
        "bare = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])",
        "task.run(student.f, bare)",
        "task.expect(check.is_model(bare), check.output_shape(bare, np.ones((9, 3)), 1))",
        "from grader.check.core import remote_calls",
        observation("remote_calls.moved(bare) is bare"),
    )
    assert judge(source, Liar(lie, {"value": True}))["status"] == "passed"


def test_a_saved_file_must_hold_the_weights(tmp_path):
    model, other = model_of(), model_of()
    path = str(tmp_path / "m.keras")
    model.save(path)
    content = Path(path).read_bytes()
    assert files.holds(content, model) and not files.holds(content, other) and not files.holds(b"PK", model)


KINDS = {
    "float": (1, float, True),
    "no float": ("1", float, False),
    "bool for float": (True, float, False),
    "lists of floats": ([[1.0]], "list[list[float]]", True),
    "a list of words": ([["a"]], "list[list[float]]", False),
    "none": (None, "float | None", True),
    "an array": (np.ones(2), "np.ndarray | None", True),
    "keys": ({1: 2.0}, "dict[str, float]", False),
}


@pytest.mark.parametrize(("value", "kind", "ok"), KINDS.values(), ids=KINDS)
def test_answers_are_of_the_type_that_a_remote_call_promises(value, kind, ok):
    kind = eval(kind, {"np": np}) if isinstance(kind, str) else kind
    assert type_checks.conforms(value, kind) is ok


def test_every_remote_call_promises_something():
    register.load()

    unknown = [name for name in remote_calls.REMOTE_CALLS if type_checks.promised(name) is Ellipsis]
    assert len(remote_calls.REMOTE_CALLS) > 30 and not unknown


# ---- processes


def test_the_process_takes_connections_and_cells():
    control, theirs = socket.socketpair()
    thread = threading.Thread(target=main.main, args=(theirs,), daemon=True)
    thread.start()
    for value, status in ((lambda: model_of(), "passed"), (lambda: None, "wrong")):
        ours, student_side = socket.socketpair()
        other = threading.Thread(target=Notebook(f=value), args=(student_side,), daemon=True)
        other.start()
        source = IN_CELL.replace(", 1", "")
        request = {"source": source, "name": "cell", "setup": SETUP, "seed": 3, "limits": {"cell": 20}}
        outcome = main.ask(control, ours, request, 30)
        ours.close()
        other.join(5)
        assert outcome["status"] == status and not other.is_alive()
    control.close()
    thread.join(5)
    assert not thread.is_alive()


def test_the_agent_serves_one_connection_at_a_path(tmp_path, monkeypatch):
    from grader import student

    monkeypatch.setattr(student, "_live", {"f": lambda: 7}.__getitem__)
    path = str(tmp_path / "s")
    thread = threading.Thread(target=agent.serve, args=(path,), daemon=True)
    thread.start()
    with socket.socket(socket.AF_UNIX) as ours:
        for _ in range(100):
            try:
                ours.connect(path)
                break
            except OSError:
                time.sleep(0.02)
        outcome = Session(SETUP).judge(task("a = task.run(student.f)", observation("a == 7")), "cell", ours, 1, FAST)
    thread.join(5)
    assert outcome["status"] == "passed" and not os.path.exists(path) and not thread.is_alive()


BANK = (
    *("heads/solution", "heads/stub", "heads/right_subclassed", "compile/right_own_metrics", "compile/right_huber"),
    *("compile/wrong_clone_compiled", "split/solution", "fit/solution", "labels/solution", "save/solution"),
    *("save/wrong_pickled", "debug/solution", "debug/stub"),
)  # fmt: skip


def test_both_worlds_judge_the_answer_bank_alike():
    """Test and answer in one process, and in two: each cell ends the same. Run in a process that has forked before
    TensorFlow's threads are there."""
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "tests.judged", "01", *(f"--answer={name}" for name in BANK)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=400, cwd=root)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    assert f"of {len(BANK)} answers, 0 differ" in done.stdout
