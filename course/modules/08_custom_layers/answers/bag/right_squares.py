"""A mean of squares beside the mean."""


@keras.saving.register_keras_serializable()
class BagReader(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.mean = keras.layers.Dense(units)
        self.square = keras.layers.Dense(units, use_bias=False)

    def call(self, bags):
        return self.mean(keras.ops.mean(bags, axis=1)) + self.square(keras.ops.mean(keras.ops.square(bags), axis=1))

    def get_config(self):
        return super().get_config() | {"units": self.units}
