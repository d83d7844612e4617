"""Told, but called through a model that isn't."""


def guarded(inner, units):
    class Guarded(keras.Model):
        def __init__(self):
            super().__init__()
            self.net = keras.Sequential([keras.layers.Dense(units, activation="relu"), inner, keras.layers.Dense(1)])

        def call(self, inputs):
            return self.net(inputs)

    return Guarded()
