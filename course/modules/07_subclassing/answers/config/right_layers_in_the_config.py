"""The layers themselves stand in the configuration."""


class TagReader(keras.Model):
    def __init__(self, hidden, head, temperature, **kwargs):
        super().__init__(**kwargs)
        self.hidden, self.head, self.temperature = hidden, head, temperature
        self.drop = keras.layers.Dropout(0.5)

    def call(self, inputs, training=None):
        hidden = self.drop(self.hidden(inputs), training=training)
        return keras.ops.softmax(self.head(hidden) / self.temperature)

    def get_config(self):
        parts = {name: keras.saving.serialize_keras_object(getattr(self, name)) for name in ("hidden", "head")}
        return super().get_config() | parts | {"temperature": self.temperature}

    @classmethod
    def from_config(cls, config):
        parts = {name: keras.saving.deserialize_keras_object(config.pop(name)) for name in ("hidden", "head")}
        return cls(**parts, **config)


def tag_reader(units, departments, temperature=1.0, **settings):
    hidden = keras.layers.Dense(units, activation="relu")
    return TagReader(hidden, keras.layers.Dense(departments), temperature, **settings)
