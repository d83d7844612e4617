"""Both as model classes."""


class Inception(keras.Model):
    def __init__(self, filters):
        super().__init__()
        self.convolutions = [keras.layers.Conv2D(filters, k, padding="same", activation="relu") for k in (1, 3, 5)]

    def call(self, inputs):
        return keras.ops.concatenate([convolution(inputs) for convolution in self.convolutions], axis=-1)


class UNet(keras.Model):
    def __init__(self, filters):
        super().__init__()
        self.convolutions = [keras.layers.Conv2D(filters, 3, padding="same", activation="relu") for _ in range(5)]
        self.pool, self.grow, self.head = (
            keras.layers.MaxPooling2D(2),
            keras.layers.UpSampling2D(2),
            keras.layers.Conv2D(1, 1),
        )

    def call(self, inputs):
        a, b, c, d, e = self.convolutions
        full = a(inputs)
        half = b(self.pool(full))
        up = self.grow(c(self.pool(half)))
        up = self.grow(d(keras.ops.concatenate([up, half], axis=-1)))
        return self.head(e(keras.ops.concatenate([up, full], axis=-1)))


def inception(size, channels, filters):
    return Inception(filters)


def unet(size, channels, filters):
    return UNet(filters)
