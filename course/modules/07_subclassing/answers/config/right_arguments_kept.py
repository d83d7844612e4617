"""All arguments are kept in one dict."""


def tag_reader(units, departments, temperature=1.0, **settings):
    class TagReader(keras.Model):
        def __init__(self, units, departments, temperature, **kwargs):
            super().__init__(**kwargs)
            self.own = {"units": units, "departments": departments, "temperature": temperature}
            self.parts = [keras.layers.Dense(units, "relu"), keras.layers.Dropout(0.5), keras.layers.Dense(departments)]

        def call(self, inputs, training=None):
            x = inputs
            for part in self.parts:
                x = part(x, training=training)
            return keras.ops.softmax(x / self.own["temperature"])

        def get_config(self):
            return {**super().get_config(), **self.own}

    return TagReader(units, departments, temperature, **settings)
