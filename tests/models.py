"""Models and layers that the tests of several oracles use."""

import keras


class Model(keras.Model):
    """A subclassed model that keeps `parts` (layers, or lists or dicts of them) and computes `function(parts, x)`."""

    def __init__(self, function, parts=(), **kwargs):
        super().__init__(**kwargs)
        self.function, self.parts = function, list(parts) if isinstance(parts, tuple) else parts

    def call(self, inputs):
        return self.function(self.parts, inputs)


class Liar(Model):
    """What one could ask it is a lie; only what it does is true."""

    input_shape = output_shape = property(lambda self: (None, 551))

    def __eq__(self, other):
        return True

    __hash__ = keras.Model.__hash__

    def __len__(self):
        return 0

    def __bool__(self):
        return False

    def count_params(self):
        return 551

    def get_weights(self):
        return []

    def summary(self, *args, **kwargs):
        print("Total params: 551")


class OwnDense(keras.layers.Layer):
    """A Dense layer with ReLU, written by hand."""

    def __init__(self, units):
        super().__init__()
        self.units = units

    def build(self, shape):
        self.kernel, self.bias = self.add_weight((shape[-1], self.units)), self.add_weight((self.units,))

    def call(self, inputs):
        return keras.ops.relu(keras.ops.matmul(inputs, self.kernel) + self.bias)


def run(parts, x):
    """Each part on what the one before returns."""
    for part in parts:
        x = part(x)
    return x
