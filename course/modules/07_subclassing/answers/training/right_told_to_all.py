"""Every layer is told, whether it needs it or not."""


def guarded(inner, units):
    class Guarded(keras.Model):
        def __init__(self):
            super().__init__()
            self.parts = [keras.layers.Dense(units, activation="relu"), inner, keras.layers.Dense(1)]

        def call(self, inputs, training=None):
            for layer in self.parts:
                inputs = layer(inputs, training=training)
            return inputs

    return Guarded()
