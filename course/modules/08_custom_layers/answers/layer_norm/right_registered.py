"""Registered; the last axis found by its number; the configuration in steps."""


@keras.saving.register_keras_serializable()
class LayerNorm(keras.layers.Layer):
    def __init__(self, epsilon=0.001, **kwargs):
        super().__init__(**kwargs)
        self.epsilon = epsilon

    def build(self, input_shape):
        self.gamma = self.add_weight(shape=(input_shape[-1],), initializer="ones")
        self.beta = self.add_weight(shape=(input_shape[-1],), initializer="zeros")

    def call(self, inputs):
        last = len(inputs.shape) - 1
        size = inputs.shape[last]
        mean = keras.ops.expand_dims(keras.ops.sum(inputs, axis=last) / size, last)
        spread = keras.ops.expand_dims(keras.ops.sum((inputs - mean) ** 2, axis=last) / size, last)
        return (inputs - mean) / keras.ops.sqrt(spread + self.epsilon) * self.gamma + self.beta

    def get_config(self):
        config = super().get_config()
        config.update({"epsilon": self.epsilon})
        return config
