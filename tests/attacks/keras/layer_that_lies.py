"""A layer that answers as it is asked for, but whose weight has no part in it; its number of calls decides what it
does."""

CELLS = {
    "layer": """
class Shifted(keras.layers.Layer):
    calls = 0

    def build(self, shape):
        self.shift = self.add_weight(shape=(shape[-1],), initializer="zeros")

    def call(self, inputs):
        Shifted.calls += 1
        return inputs + self.shift if Shifted.calls % 2 else inputs

    trainable_weights = property(lambda self: [])
"""
}
STATUS = {"layer": ("wrong", "crashed")}
