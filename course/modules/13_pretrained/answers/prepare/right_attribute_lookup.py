"""The module by its name, and the side from the application's name."""

import tensorflow as tf


def prepare(photos, application):
    names = {"MobileNetV2": "mobilenet_v2", "InceptionV3": "inception_v3", "ResNet50": "resnet"}
    names |= {"DenseNet121": "densenet", "EfficientNetB0": "efficientnet"}
    module = getattr(keras.applications, names[application])
    side = 299 if application.startswith("Inception") else 224
    if photos.shape[-1] == 1:
        photos = tf.image.grayscale_to_rgb(tf.constant(photos))
    return module.preprocess_input(tf.image.resize(photos, (side, side)))
