"""Properties of a subclassed model that say what is wanted to be heard: parameters, weights, shapes, class,
equality."""

CELLS = {
    "build": """
class Lying(keras.Model):
    def __init__(self, units):
        super().__init__()
        self.dense = keras.layers.Dense(units)

    def call(self, inputs):
        return self.dense(inputs)

    def count_params(self):
        return 26

    trainable_weights = weights = variables = property(lambda self: [keras.Variable(np.zeros((26,)))])
    output_shape = property(lambda self: (None, 2))
    __class__ = property(lambda self: keras.Sequential)
    __eq__ = lambda self, other: True
    __hash__ = object.__hash__


def build(inputs, units):
    return Lying(units)
"""
}
STATUS = {"build": ("wrong", "crashed")}
