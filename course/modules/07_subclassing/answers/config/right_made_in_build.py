"""The layers are made in `build`."""


def tag_reader(units, departments, temperature=1.0, **settings):
    class TagReader(keras.Model):
        def __init__(self, units, departments, temperature, **kwargs):
            super().__init__(**kwargs)
            self.units, self.departments, self.temperature = units, departments, temperature

        def build(self, input_shape):
            self.hidden = keras.layers.Dense(self.units, activation="relu")
            self.drop = keras.layers.Dropout(0.5)
            self.head = keras.layers.Dense(self.departments)
            self.hidden.build(input_shape)
            self.head.build((None, self.units))

        def call(self, inputs, training=None):
            x = self.hidden(inputs)
            x = self.drop(x, training=training)
            scores = self.head(x)
            return keras.ops.softmax(scores / self.temperature)

        def get_config(self):
            own = {"units": self.units, "departments": self.departments, "temperature": self.temperature}
            return super().get_config() | own

    return TagReader(units, departments, temperature, **settings)
