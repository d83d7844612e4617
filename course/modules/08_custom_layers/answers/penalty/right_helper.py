"""The penalty in a method of its own; the outputs are the inputs plus nothing."""


@keras.saving.register_keras_serializable()
class ActivityPenalty(keras.layers.Layer):
    def __init__(self, rate, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate

    def penalty(self, inputs):
        return keras.ops.multiply(self.rate, keras.ops.mean(keras.ops.square(keras.ops.abs(inputs))))

    def call(self, inputs):
        self.add_loss(self.penalty(inputs))
        return inputs + 0.0

    def get_config(self):
        return super().get_config() | {"rate": self.rate}
