"""The graph of any Keras model can be read, and the model is unchanged."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from course.see import diagram, graph
from tests.course.graph_models import (
    WAYS,
    Dense,
    L,
    Secret,
    Subclassed,
    branches,
    chain,
    functional,
    nested,
    read,
)
from tests.models import OwnDense


def test_a_layer_used_twice_is_one_and_says_so():
    found = graph.of(branches(lambda a, b: a - b, shared=True)())
    used = [node.weights for node in found.nodes if node.kind == "Dense" and node.label == "Dense 6 · relu"]
    assert len(used) == 2 and used[0] == used[1]
    assert found.parameters == 4 * 6 + 6 + 6 + 1


def test_nested_models_are_unfolded_and_remembered():
    groups = [(node.kind, node.group) for node in graph.of(nested()).nodes]
    assert ("Dropout", ("body",)) in groups and ("Softmax", ("Sequential",)) in groups


def test_masks_and_words_go_where_they_belong():
    inputs, mask = keras.Input((6, 8)), keras.Input((6,), dtype="bool")
    model = keras.Model([inputs, mask], L.MultiHeadAttention(2, 4)(inputs, inputs, query_mask=mask))
    node = graph.of(model).nodes[-1]
    assert [(edge.node, edge.slot) for edge in node.parents] == [(0, ""), (0, "value"), (1, "query_mask")]


def test_an_input_may_be_an_output_and_constants_are_settings():
    inputs = keras.Input((3,))
    found = graph.of(keras.Model(inputs, [inputs, inputs + np.arange(3.0)]))
    assert found.outputs[0].node == 0
    assert found.nodes[1].kind == "Add" and found.nodes[1].settings["x2"].startswith("array 3 ")


class TensorFlowOnly(keras.Model):
    def call(self, inputs):
        return tf.nn.relu(inputs)


class ByValue(keras.Model):
    def call(self, inputs):
        return inputs if keras.ops.sum(inputs) > 0 else -inputs


class OwnLoss(keras.Model):
    def call(self, inputs):
        self.add_loss(keras.ops.sum(inputs))
        return inputs


class TwoFaced(keras.Model):
    def call(self, inputs, training=None):
        return inputs * 2 if training else inputs


@pytest.mark.parametrize(
    ("model", "shapes", "reason"),
    [
        (TensorFlowOnly, (4,), "TensorFlow functions"),
        (ByValue, (4,), "values of a tensor"),
        (OwnLoss, (4,), "a loss of its own"),
        (TwoFaced, (4,), "in training than in inference"),
        (Subclassed, None, "input shapes"),
        (keras.Sequential, None, "input shapes"),
        (lambda: None, (4,), "raises"),
    ],
)
def test_what_has_no_graph_says_why(model, shapes, reason):
    with pytest.raises(graph.NoGraph, match=reason):
        graph.of(model(), shapes)
    with pytest.raises(ValueError, match="can't be drawn: .*" + reason):
        diagram.diagram(model(), shapes)


def test_after_its_first_call_a_subclassed_model_needs_no_shapes():
    model = Subclassed()
    model(np.zeros((2, 4), "float32"))
    assert graph.of(model) == graph.of(model, (4,))


def test_a_layer_into_which_nobody_can_look_is_one_node_and_the_same_as_no_other():
    found = graph.of(chain(Dense(3), Secret()))
    assert found.nodes[-1].opaque and found.nodes[-1].label == "Secret"
    assert not graph.same(found, found)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_reading_leaves_the_model_as_it_was(way):
    model = way()
    model(np.ones((2, 4), "float32"))
    before = [layer.get_config() if not isinstance(layer, OwnDense) else layer.units for layer in model.layers]
    weights, moving = model.get_weights(), [weight.path for weight in model.trainable_weights]
    outputs = keras.ops.convert_to_numpy(model(np.ones((2, 4), "float32")))
    first, second = read(model), read(model)
    assert first == second
    assert before == [layer.get_config() if not isinstance(layer, OwnDense) else layer.units for layer in model.layers]
    assert moving == [weight.path for weight in model.trainable_weights]
    assert all(np.array_equal(a, b) for a, b in zip(weights, model.get_weights(), strict=True))
    assert np.array_equal(outputs, keras.ops.convert_to_numpy(model(np.ones((2, 4), "float32"))))


def test_a_functional_models_layers_learn_of_no_other_call():
    model = functional()
    ends = [layer.output for layer in model.layers]
    read(model)
    assert all(layer.output is end for layer, end in zip(model.layers, ends, strict=True))
    new = keras.Model(model.inputs, model.layers[1].output)
    assert new.layers[-1] is model.layers[1]


class Counting(L.Layer):
    def build(self, shape):
        self.calls = self.add_weight((), trainable=False, initializer="zeros")

    def call(self, inputs):
        self.calls.assign_add(1.0)
        return inputs + 0.0 * self.calls


def test_variables_that_a_call_assigns_to_keep_their_values():
    model = chain(Counting(), Dense(2))
    model(np.zeros((1, 4)))
    before = float(model.layers[0].calls)
    read(model)
    assert float(model.layers[0].calls) == before
