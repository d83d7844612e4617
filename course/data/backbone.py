"""The course's own pretrained model: a small convolutional network that classifies drawn letters.

The interface is that of `keras.applications`: a model with or without its head, and its own `preprocess_input`.
`python -m course.data.pretrain` writes `backbone.keras` and `backbone.json`, which holds the seed and the accuracy.
"""

from pathlib import Path

import numpy as np

from course.data import glyphs

FILE = Path(__file__).with_suffix(".keras")
RECORD = Path(__file__).with_suffix(".json")
CLASSES = tuple(glyphs.CHARACTERS["letters"])


def load(include_top: bool = True):
    """The pretrained model. Its inputs are images returned by `preprocess_input`, float32 (n, 16, 16, 1).

    With its head, the model returns the probability of each letter in CLASSES, (n, 26). Without its head
    (`include_top=False`), it is a backbone for a new task, named "backbone", and returns the features that are the
    head's inputs, (n, 256).
    """
    import keras

    model = keras.saving.load_model(FILE, compile=False)
    return model if include_top else keras.Model(model.input, model.get_layer("features").output, name="backbone")


def preprocess_input(images: np.ndarray) -> np.ndarray:
    """Scales images with pixels from 0 to 255 for the model: float32, from -1 (background) to 1 (full ink)."""
    return np.asarray(images, "float32") / np.float32(127.5) - np.float32(1)


def build():
    """The untrained network, with its head."""
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
