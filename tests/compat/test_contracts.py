"""What `grader.compat` depends on in other libraries: each test fails when a new release changes it.

Read the docstring of the function under test before repairing one: it says what the public way would be.
"""

import inspect
import subprocess
import sys

import keras
import nbformat
import pytest

from grader.compat import keras as compat_keras
from grader.compat import tensorflow as compat_tensorflow

INPUTS = (3,)


@pytest.fixture
def model():
    return keras.Sequential([keras.Input(INPUTS), keras.layers.Dense(2), keras.layers.Dense(1)])


class TestKerasModelMethods:
    @pytest.mark.parametrize("name", compat_keras.MODEL_METHODS)
    def test_calls_reach_the_replacement(self, model, name):
        seen = []

        def method(self, *args, **kwargs):
            seen.append((self, args))
            return "replaced"

        with compat_keras.model_methods_replaced(**{name: method}):
            found = model(1) if name == "__call__" else getattr(model, name)(1)
        assert found == "replaced" and seen == [(model, (1,))]

    def test_the_class_is_as_before_and_inherits_what_it_inherited(self):
        before = dict(vars(keras.Model))
        methods = dict.fromkeys(compat_keras.MODEL_METHODS, lambda *_, **__: None)
        with pytest.raises(RuntimeError), compat_keras.model_methods_replaced(**methods):
            assert vars(keras.Model) != before
            raise RuntimeError
        assert dict(vars(keras.Model)) == before

    def test_one_block_inside_another(self, model):
        with compat_keras.model_methods_replaced(predict=lambda *_: "outer"):
            with compat_keras.model_methods_replaced(predict=lambda *_: "inner"):
                assert model.predict(1) == "inner"
            assert model.predict(1) == "outer"

    def test_no_other_method_may_be_replaced(self):
        with (
            pytest.raises(ValueError, match="compile"),
            compat_keras.model_methods_replaced(compile=lambda *_: None),
        ):
            pass

    @pytest.mark.parametrize(
        ("name", "parameters"),
        [
            ("fit", ["x", "epochs", "callbacks", "validation_split", "validation_data", "initial_epoch"]),
            ("evaluate", ["x"]),
            ("predict", ["x"]),
            ("predict_on_batch", ["x"]),
            ("test_on_batch", ["x"]),
        ],
    )
    def test_what_a_look_reads_of_the_arguments(self, name, parameters):
        assert set(parameters) <= set(inspect.signature(getattr(keras.Model, name)).parameters)


class TestKerasVariableMakers:
    """Every weight of every kind of layer and metric goes through the two methods."""

    def made(self, make):
        shapes = []
        layer, metric = keras.layers.Layer.add_weight, keras.metrics.Metric.add_variable

        def add_weight(self, *args, **kwargs):
            shapes.append(kwargs.get("shape") or (args[0] if args else ()))
            return layer(self, *args, **kwargs)

        def add_variable(self, shape, *args, **kwargs):
            shapes.append(shape)
            return metric(self, shape, *args, **kwargs)

        with compat_keras.variable_makers_replaced(add_weight, add_variable):
            made = make()
        return [tuple(shape) for shape in shapes], [
            tuple(one.shape) for one in getattr(made, "weights", made.variables)
        ]

    @pytest.mark.parametrize(
        ("layer", "shape"),
        [
            (keras.layers.Dense(4), (2, 3)),
            (keras.layers.Conv2D(4, 2), (2, 5, 5, 3)),
            (keras.layers.Embedding(7, 2), (2, 3)),
            (keras.layers.BatchNormalization(), (2, 3)),
            (keras.layers.LayerNormalization(), (2, 3)),
            (keras.layers.Bidirectional(keras.layers.LSTM(3)), (2, 4, 3)),
            (keras.layers.Normalization(), (2, 3)),
        ],
        ids=lambda value: getattr(value, "name", ""),
    )
    def test_layers(self, layer, shape):
        layer = type(layer).from_config(layer.get_config())

        def build():
            layer.build(shape)
            return layer

        asked, there = self.made(build)
        assert set(there) <= set(asked) and there

    @pytest.mark.parametrize("name", ["Mean", "BinaryAccuracy", "Precision", "F1Score", "R2Score"])
    def test_metrics(self, name):
        def build():
            metric = getattr(keras.metrics, name)()
            metric.update_state([[0.0, 1.0], [1.0, 0.0]], [[0.1, 0.9], [0.2, 0.8]])  # some make theirs only then
            return metric

        asked, there = self.made(build)
        assert sorted(asked) == sorted(there) and there

    def test_both_classes_are_as_before(self):
        before = keras.layers.Layer.add_weight, keras.metrics.Metric.add_variable
        with compat_keras.variable_makers_replaced(None, None):
            pass
        assert (keras.layers.Layer.add_weight, keras.metrics.Metric.add_variable) == before


class TestKerasLayerProperties:
    @pytest.mark.parametrize("name", compat_keras.LAYER_PROPERTIES)
    def test_a_subclass_does_not_stand_before_them(self, name):
        hiding = type("Hiding", (keras.layers.BatchNormalization,), {name: property(lambda self: [])})
        layer = hiding(gamma_regularizer="l2")
        layer.build((None, 3))
        assert not getattr(layer, name) and compat_keras.layer_property(layer, name)

    @pytest.mark.parametrize("name", compat_keras.LAYER_PROPERTIES)
    def test_they_are_what_an_ordinary_layer_says(self, name):
        layer = keras.layers.BatchNormalization(gamma_regularizer="l2")
        layer.build((None, 3))
        found, said = compat_keras.layer_property(layer, name), getattr(layer, name)
        assert len(found) == len(said) > 0
        assert name == "losses" or all(one is other for one, other in zip(found, said, strict=True))

    def test_no_other_may_be_read(self):
        with pytest.raises(ValueError, match="name"):
            compat_keras.layer_property(keras.layers.Dense(1), "name")


def test_a_train_function_is_there_from_fit_until_compile(model):
    model.compile("sgd", "mse")
    assert not compat_keras.has_train_function(model)
    model.fit(keras.ops.ones((4, 3)), keras.ops.ones((4, 1)), verbose=0)
    assert compat_keras.has_train_function(model)
    model.compile("sgd", "mse")
    assert not compat_keras.has_train_function(model)


class TestNamesInSavedConfigurations:
    def test_functional_models_and_activations(self):
        inputs = keras.Input(INPUTS)
        functional = keras.Model(inputs, keras.activations.relu(inputs))
        assert type(functional).__module__ == compat_keras.FUNCTIONAL_MODULE
        modules = {layer.get("module") for layer in functional.get_config()["layers"]}
        assert compat_keras.ACTIVATIONS_MODULE in modules

    def test_each_module_of_operations(self):
        x = keras.Input((3, 3))
        images = keras.Input((4, 4, 1))
        outputs = [
            *(x + 1.0, keras.ops.relu(x), keras.ops.logsumexp(x, axis=1), keras.ops.inv(x), keras.ops.cast(x, "int32")),
            keras.ops.image.resize(images, (2, 2)),
        ]
        found = {layer.get("module") for layer in keras.Model([x, images], outputs).get_config()["layers"]}
        assert found - {"keras.layers"} == set(compat_keras.OPERATION_MODULES)


PROGRAM = """
import sys
from grader.compat import tensorflow as compat
before = set(sys.modules)
compat.run_operations_by_themselves()
assert compat.BINDINGS not in sys.modules and set(sys.modules) == before, "imports something"
import tensorflow as tf
asked = []
bindings = sys.modules[compat.BINDINGS]
option = getattr(bindings, compat.OPTION)
setattr(bindings, compat.OPTION, lambda options, on: asked.append(on) or option(options, on))
compat.run_operations_by_themselves()
tf.constant(1)
print(asked)
"""


def test_tensorflow_asks_for_the_option_and_gets_it_switched_off():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == "[False]"
    assert compat_tensorflow.BINDINGS == "tensorflow.python.pywrap_tfe"


def test_nbval_compares_what_is_prepared(tmp_path):
    """A cell that prints another number fails under nbval alone, and passes where the number is replaced first."""
    v4 = nbformat.v4
    cell = v4.new_code_cell("print(2)", outputs=[v4.new_output("stream", text="1\n")], execution_count=1)
    kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
    nbformat.write(v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel}), tmp_path / "one.ipynb")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")

    def outcome(conftest):
        (tmp_path / "conftest.py").write_text(conftest)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--nbval", "one.ipynb"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
        return done.stdout.strip().splitlines()[-1]

    assert outcome("").startswith("1 failed")
    prepared = outcome(
        "from grader.compat.nbval import compare_prepared\n"
        "def pytest_collection_modifyitems(items):\n"
        "    compare_prepared(items, lambda new, committed: committed)\n"
    )
    assert prepared.startswith("1 passed")
