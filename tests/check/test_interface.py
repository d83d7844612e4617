"""Oracles on inputs and outputs: names, shapes, types and batches, for every way of writing a model."""

import keras
import numpy as np
import pytest

from grader import check
from tests.observed import failed

layers = keras.layers
TITLE, TAGS = 6, 4
RNG = np.random.default_rng(0)
X = {
    "title": RNG.normal(size=(9, TITLE)).astype("float32"),
    "tags": RNG.normal(size=(9, TAGS)).astype("float32"),
}
INPUTS = {"title": (TITLE,), "tags": (TAGS,)}
OUTPUTS = {"priority": (1,), "department": (3,)}


def two_heads(title="title", tags="tags", outputs=dict, names=("priority", "department"), sizes=(TITLE, TAGS), **kinds):
    """A functional model of two inputs and two outputs."""
    a = keras.Input((sizes[0],), name=title, dtype=kinds.get("title_dtype"))
    b = keras.Input((sizes[1],), name=tags)
    merged = layers.Concatenate()([layers.Lambda(lambda t: keras.ops.cast(t, "float32"))(a), b])
    heads = [layers.Dense(1, name=names[0])(merged), layers.Dense(3, "softmax", name=names[1])(merged)]
    ends = {"priority": heads[0], "department": heads[1]} if outputs is dict else heads
    return keras.Model([a, b], ends)


class Subclassed(keras.Model):
    """Takes a dict and returns one; declares nothing."""

    def __init__(self, title="title", tags="tags", priority="priority", squeeze=False, extra=None, **kwargs):
        super().__init__(**kwargs)
        self.names, self.squeeze, self.extra = (title, tags, priority), squeeze, extra
        self.one, self.two = layers.Dense(1), layers.Dense(3, "softmax")

    def call(self, inputs):
        title, tags, priority = self.names
        merged = keras.ops.concatenate([inputs[title], inputs[tags]], axis=-1)
        if self.extra:
            merged = merged + inputs[self.extra]
        one = self.one(merged)
        return {priority: one[:, 0] if self.squeeze else one, "department": self.two(merged)}


class Liar(Subclassed):
    """Every attribute that could be asked says what is expected."""

    input_names = ["title", "tags"]
    output_names = ["priority", "department"]

    def __eq__(self, other):
        return True

    __hash__ = keras.Model.__hash__

    @property
    def output_shape(self):
        return {"priority": (None, 1), "department": (None, 3)}

    def count_params(self):
        return 0


def nested():
    a, b = keras.Input((TITLE,), name="title"), keras.Input((TAGS,), name="tags")
    return keras.Model({"title": a, "tags": b}, two_heads("x", "y")([a, b]))


def mixed():
    return Subclassed(dtype="mixed_float16")


@pytest.mark.parametrize(
    "model",
    [
        pytest.param(lambda: two_heads(), id="functional, dict of outputs"),
        pytest.param(lambda: two_heads(outputs=list), id="functional, list of outputs"),
        pytest.param(Subclassed, id="subclassed"),
        pytest.param(nested, id="nested, dict of inputs"),
        pytest.param(mixed, id="mixed precision"),
        pytest.param(lambda: Subclassed(squeeze=True), id="subclassed, (N,) for one unit"),
        pytest.param(lambda: Liar(), id="right, with a lying __eq__"),
    ],
)
def test_inputs_and_outputs_by_name(model, seat):
    model = seat(model())
    assert failed(check.has_inputs(model, INPUTS)) == []
    assert failed(check.has_inputs(model, X)) == []
    assert failed(check.has_outputs(model, X, OUTPUTS)) == []
    assert failed(check.any_batch(model, X)) == []


@pytest.mark.parametrize(
    "model, about",
    [
        pytest.param(lambda: two_heads(title="titel"), "inputs", id="misspelt"),
        pytest.param(lambda: two_heads(sizes=(TITLE + 1, TAGS)), "input `title`", id="another width"),
        pytest.param(lambda: two_heads(title_dtype="int32"), "input `title`", id="integers for floats"),
        pytest.param(lambda: Subclassed(title="titel"), "batches of 1 and 7 rows", id="subclassed, misspelt"),
        pytest.param(lambda: Subclassed(extra="text_body"), "batches of 1 and 7 rows", id="subclassed, one more"),
        pytest.param(lambda: Liar(tags="tag"), "batches of 1 and 7 rows", id="input_names that lie"),
        pytest.param(
            lambda: keras.Sequential([keras.Input((TITLE,), name="title"), layers.Dense(1)]), "inputs", id="one missing"
        ),
    ],
)
def test_other_inputs_are_refused(model, about, seat):
    assert failed(check.has_inputs(seat(model()), INPUTS)) == [about]


def test_a_misspelt_name_is_told():
    (off,) = [o for o in check.has_inputs(two_heads(title="titel"), INPUTS) if not o.ok]
    assert off.next == "Rename `titel` to `title`."
    (off,) = [o for o in check.has_outputs(Subclassed(priority="prioriti"), X, OUTPUTS) if not o.ok]
    assert off.next == "Rename `prioriti` to `priority`."


class Returns(keras.Model):
    """Returns what it was told to."""

    def __init__(self, what):
        super().__init__()
        self.what = what

    def call(self, inputs):
        return self.what(inputs)


@pytest.mark.parametrize(
    "model, about",
    [
        pytest.param(lambda: Subclassed(priority="prio"), "outputs", id="misspelt key"),
        pytest.param(lambda: two_heads(outputs=list, names=("a", "b")), "outputs", id="list, layers named otherwise"),
        pytest.param(lambda: Returns(lambda x: [x["title"][:, :1], x["tags"][:, :3]]), "outputs", id="list, no names"),
        pytest.param(lambda: Returns(lambda x: {"priority": x["title"][:, :1]}), "outputs", id="one missing"),
        pytest.param(
            lambda: Returns(lambda x: {"priority": x["title"][:, :2], "department": x["tags"][:, :3]}),
            "output `priority`",
            id="two units for one",
        ),
        pytest.param(
            lambda: Returns(lambda x: {"priority": keras.ops.mean(x["title"]), "department": x["tags"][:, :3]}),
            "output `priority`",
            id="no batch dimension",
        ),
        pytest.param(lambda: Returns(lambda x: None), "what it returns", id="nothing"),
        pytest.param(lambda: Returns(lambda x: {}), "what it returns", id="an empty dict"),
        pytest.param(lambda: Returns(lambda x: {"priority": "high"}), "what it returns", id="text"),
        pytest.param(lambda: Liar(priority="prio"), "outputs", id="output_names that lie"),
    ],
)
def test_other_outputs_are_refused(model, about, seat):
    assert failed(check.has_outputs(seat(model()), X, OUTPUTS)) == [about]


class LyingList(list):
    def __len__(self):
        return 2

    def __iter__(self):
        return iter([np.zeros((7, 1)), np.zeros((7, 3))])


class LyingDict(dict):
    def items(self):
        return [("priority", np.zeros((7, 1))), ("department", np.zeros((7, 3)))]


def test_lists_and_dicts_that_lie_are_looked_into(seat):
    for lie in (LyingList(), LyingDict()):
        assert failed(check.has_outputs(seat(lambda x, lie=lie: lie), X, OUTPUTS)) == ["what it returns"]


def sequential(*head):
    return keras.Sequential([keras.Input((TITLE,)), *head])


@pytest.mark.parametrize(
    "model",
    [
        pytest.param(lambda: sequential(layers.Dense(3)), id="sequential"),
        pytest.param(lambda: keras.Sequential([layers.Dense(3)]), id="sequential, not built"),
        pytest.param(lambda: Returns(lambda x: x[:, :3]), id="subclassed"),
        pytest.param(lambda: Returns(lambda x: {"only": x[:, :3]}), id="a dict of one"),
        pytest.param(lambda: layers.Dense(3), id="a layer"),
        pytest.param(lambda: lambda x: x[:, :3], id="a function"),
    ],
)
def test_a_single_input_and_output_need_no_names(model, seat):
    model = seat(model())
    assert failed(check.has_inputs(model, (TITLE,))) == []
    assert failed(check.has_outputs(model, X["title"], (3,))) == []
    assert failed(check.any_batch(model, X["title"])) == []


@pytest.mark.parametrize("shape, runs", [((None, 4), (None, 4)), ((None, 4), (5, 4))])
def test_a_free_length_may_be_declared(shape, runs, seat):
    model = keras.Sequential([keras.Input(shape), layers.GlobalAveragePooling1D(), layers.Dense(2)])
    assert failed(check.has_inputs(seat(model), runs)) == []


def test_a_fixed_length_is_not_free(seat):
    model = keras.Sequential([keras.Input((5, 4)), layers.Flatten(), layers.Dense(2)])
    assert failed(check.has_inputs(seat(model), (None, 4))) == ["the input"]


def test_tokens_may_be_declared_as_floats_but_not_as_bytes():
    tokens = np.arange(21).reshape(7, 3) + 300
    for kind, off in (("int32", []), ("float32", []), ("uint8", ["the input"])):
        model = keras.Sequential([keras.Input((3,), dtype=kind), layers.Embedding(400, 2), layers.Flatten()])
        assert failed(check.has_inputs(model, tokens)) == off


@pytest.mark.parametrize(
    "function, about",
    [
        pytest.param(lambda x: keras.ops.softmax(x, axis=0), "independence of rows", id="softmax over the batch"),
        pytest.param(lambda x: x - keras.ops.mean(x), "independence of rows", id="mean over the batch"),
        pytest.param(lambda x: keras.ops.reshape(x, (7, TITLE)), "independence of rows", id="a fixed batch"),
        pytest.param(lambda x: x / keras.ops.std(x, axis=0), "independence of rows", id="variance of one row"),
        pytest.param(lambda x: keras.ops.cumsum(x, axis=0)[::-1], "independence of rows", id="sums along the batch"),
        pytest.param(lambda x: x + keras.random.normal((1,)), "output at inference", id="noise at inference"),
    ],
)
def test_rows_that_mix_are_refused(function, about, seat):
    model = Returns(function)
    assert failed(check.any_batch(seat(model), X["title"])) == [about]
