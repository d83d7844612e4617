"""A Sequential inside a class."""


def guarded(inner, units):
    class Guarded(keras.Model):
        def __init__(self):
            super().__init__()
            self.net = keras.Sequential([keras.layers.Dense(units, activation="relu"), inner, keras.layers.Dense(1)])

        def call(self, inputs, training=None):
            return self.net(inputs, training=training)

    return Guarded()
