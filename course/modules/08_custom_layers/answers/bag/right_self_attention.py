"""The items look at one another before they are pooled."""


class BagReader(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.look = keras.layers.MultiHeadAttention(num_heads=1, key_dim=4, use_bias=False)
        self.read = keras.layers.Dense(8)
        self.head = keras.layers.Dense(units)

    def call(self, bags):
        seen = self.look(bags, bags)
        return self.head(keras.ops.mean(keras.ops.relu(self.read(seen)), axis=1))

    def get_config(self):
        return super().get_config() | {"units": self.units}
