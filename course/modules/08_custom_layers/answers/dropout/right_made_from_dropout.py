"""A subclass of Keras' layer that changes nothing but the name."""


class InvertedDropout(keras.layers.Dropout):
    """What Keras calls Dropout is inverted dropout."""
