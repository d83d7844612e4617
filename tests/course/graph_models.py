"""Models whose graphs the tests read, compare, and draw."""

import keras
import tensorflow as tf

from course.see import graph
from tests.models import OwnDense

L = keras.layers
Dense = L.Dense


def chain(*layers, shape=(4,)):
    return keras.Sequential([keras.Input(shape), *layers])


def sequential():
    return chain(Dense(8, "relu"), L.Dropout(0.5), Dense(3, "softmax"))


def functional():
    inputs = keras.Input((4,))
    x = L.ReLU()(Dense(8)(inputs))
    return keras.Model(inputs, keras.ops.softmax(Dense(3)(L.Dropout(0.5)(x))))


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden, self.drop, self.head = Dense(8, keras.activations.relu), L.Dropout(0.5), Dense(3, "softmax")

    def call(self, inputs, training=None):
        x = self.hidden(inputs)
        if training:
            x = self.drop(x)
        return self.head(x)


def custom():
    return chain(OwnDense(8), L.Dropout(0.5), Dense(3, "softmax"))


def nested():
    inputs = keras.Input((4,))
    body = keras.Sequential([Dense(8, "relu"), L.Dropout(0.5)], name="body")
    return keras.Model(inputs, keras.Sequential([Dense(3), L.Softmax()])(L.Identity()(body(inputs))))


def mixed():
    half = {"dtype": "mixed_float16"}
    return chain(Dense(8, "relu", **half), L.Dropout(0.5, **half), Dense(3, **half), L.Activation("softmax"))


def moved_dropout():
    """Dropout before relu does what it does behind it."""
    return chain(Dense(8), L.Dropout(0.5), L.Activation("relu"), Dense(3), L.Dropout(0.0), L.Softmax())


class Inherited(keras.Sequential):
    def call(self, inputs, training=None, mask=None):
        return super().call(inputs, training=training, mask=mask)


def inherited():
    return Inherited([keras.Input((4,)), Dense(8, "relu"), L.Dropout(0.5), Dense(3, "softmax")])


def branches(join, shared=False, turned=False):
    def build():
        a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
        first = Dense(6, "relu")
        ends = first(a), (first if shared else Dense(6, "relu"))(b)
        return keras.Model([b, a] if turned else [a, b], Dense(1)(join(*ends)))

    return build


def residual(add=lambda x, y: x + y):
    inputs = keras.Input((4,))
    x = Dense(4, "relu")(inputs)
    return keras.Model(inputs, Dense(2)(add(x, Dense(4)(x))))


def image(*layers):
    return chain(L.Conv2D(4, 3), *layers, shape=(12, 12, 1))


def attention(*arguments, **more):
    inputs = keras.Input((6, 8))
    return keras.Model(inputs, L.MultiHeadAttention(2, 4)(*([inputs] * len(arguments)), **{k: inputs for k in more}))


def twins(first, second):
    inputs = keras.Input((4,))
    return keras.Model(inputs, L.concatenate([first(inputs), second(inputs)]))


def heads(names, keys=None):
    inputs = keras.Input((4,))
    made = {name: Dense(units, name=name)(inputs) for name, units in names.items()}
    return keras.Model(inputs, made if keys else list(made.values()))


class Towers(keras.Model):
    def __init__(self):
        super().__init__()
        self.second, self.first, self.head = Dense(6, "relu"), Dense(6, "relu"), Dense(1)

    def call(self, inputs):
        return self.head(keras.ops.concatenate([self.first(inputs["a"]), self.second(inputs["b"])], axis=1))


def frozen():
    model = chain(Dense(8, "relu"), Dense(3))
    model.layers[0].trainable = False
    return model


def normalised(training):
    inputs = keras.Input((4,))
    return keras.Model(inputs, L.BatchNormalization()(Dense(4)(inputs), **training))


def relu(x):
    """Called as Keras' own, and another function."""
    return keras.ops.tanh(x)


class Secret(L.Layer):
    def call(self, inputs):
        return tf.nn.relu(inputs)


def tickets():
    title, body, tags = keras.Input((None,), name="title"), keras.Input((None,), name="body"), keras.Input((12,))
    words = L.Embedding(100, 8)
    x = L.concatenate([L.LSTM(4)(words(title)), L.LSTM(4)(words(body)), tags])
    return keras.Model([title, body, tags], [Dense(1, name="priority")(x), Dense(4, name="department")(x)])


def unet():
    x = inputs = keras.Input((16, 16, 1))
    skips = []
    for filters in (2, 4):
        x = L.Conv2D(filters, 3, padding="same")(x)
        skips.append(x)
        x = L.MaxPooling2D()(x)
    for filters in (4, 2):
        x = L.Conv2DTranspose(filters, 2, strides=2)(x)
        x = L.Conv2D(filters, 3, padding="same")(L.concatenate([x, skips.pop()]))
    return keras.Model(inputs, x)


def twin_encoders():
    encoder = keras.Sequential([keras.Input((6,)), Dense(4, "relu"), Dense(2)], name="encoder")
    a, b = keras.Input((6,)), keras.Input((6,))
    return keras.Model([a, b], Dense(1)(abs(encoder(a) - encoder(b))))


WAYS = [sequential, functional, Subclassed, custom, nested, mixed, moved_dropout, inherited]


def read(model, shapes=(4,)):
    return graph.of(model, shapes)


GOOD = {
    "nodes": [{"kind": "Input", "shapes": [[None, 4]]}, {"kind": "Dense", "parents": [[0]], "settings": {"units": 3}}],
    "inputs": [["x", 0]],
    "outputs": [["", 1]],
}


def changed(**fields):
    return GOOD | fields
