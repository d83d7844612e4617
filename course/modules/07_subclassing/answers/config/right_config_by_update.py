"""The configuration is updated key by key."""


def tag_reader(units, departments, temperature=1.0, **settings):
    class TagReader(keras.Model):
        def __init__(self, units, departments, temperature, **kwargs):
            super().__init__(**kwargs)
            self.units = units
            self.departments = departments
            self.temperature = temperature
            self.hidden = keras.layers.Dense(units, activation="relu")
            self.drop = keras.layers.Dropout(0.5)
            self.head = keras.layers.Dense(departments)

        def call(self, inputs, training=None):
            x = self.hidden(inputs)
            x = self.drop(x, training=training)
            scores = self.head(x)
            return keras.ops.softmax(scores / self.temperature)

        def get_config(self):
            config = super().get_config()
            config["units"] = self.units
            config.update(departments=self.departments, temperature=self.temperature)
            return config

    return TagReader(units, departments, temperature, **settings)
