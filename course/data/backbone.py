"""The course's own pretrained model: a small convolutional network that has learned to read drawn letters.

It comes as `keras.applications` come: a model with or without its head, and the `preprocess_input` that belongs to it.
`backbone.keras` and `backbone.json`, which holds the seed and what it gets right, are made by
`python -m course.data.pretrain`.
"""

from pathlib import Path

import numpy as np

from course.data import glyphs

FILE = Path(__file__).with_suffix(".keras")
RECORD = Path(__file__).with_suffix(".json")
CLASSES = tuple(glyphs.CHARACTERS["letters"])


def load(include_top: bool = True):
    """The pretrained model. It takes images as `preprocess_input` makes them, float32 (n, 16, 16, 1).

    With its head it gives the probability of each letter of CLASSES, (n, 26). Without it (`include_top=False`), as a
    backbone for something new, it gives the features that the head reads, (n, 256), and is called "backbone".
    """
    import keras

    model = keras.saving.load_model(FILE, compile=False)
    return model if include_top else keras.Model(model.input, model.get_layer("features").output, name="backbone")


def preprocess_input(images: np.ndarray) -> np.ndarray:
    """Images with pixels from 0 to 255 as the model wants them: float32, from -1 (ground) to 1 (full ink)."""
    return np.asarray(images, "float32") / np.float32(127.5) - np.float32(1)


def build():
    """The network before any training, head included."""
    import keras

    layers = keras.layers
    inputs = keras.Input((glyphs.SIZE, glyphs.SIZE, 1), name="image")
    x = inputs
    for place, (filters, shrink) in enumerate(((16, False), (16, True), (32, False), (32, True), (64, True)), start=1):
        x = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"conv_{place}")(x)
        x = layers.BatchNormalization(momentum=0.9, name=f"norm_{place}")(x)
        x = layers.ReLU(name=f"relu_{place}")(x)
        if shrink:
            x = layers.MaxPooling2D(name=f"pool_{place}")(x)
    features = layers.Flatten(name="features")(x)
    kept = layers.Dropout(0.3, name="dropout")(features)
    outputs = layers.Dense(len(CLASSES), activation="softmax", name="letters")(kept)
    return keras.Model(inputs, outputs, name="letters")
