"""TensorFlow's own functions throughout."""

import tensorflow as tf


def prepare(photos, application):
    modules = {
        "ResNet50": keras.applications.resnet50,
        "MobileNetV2": keras.applications.mobilenet_v2,
        "DenseNet121": keras.applications.densenet,
        "EfficientNetB0": keras.applications.efficientnet,
        "InceptionV3": keras.applications.inception_v3,
    }
    side = 299 if application == "InceptionV3" else 224
    pixels = tf.convert_to_tensor(photos)
    if pixels.shape[-1] == 1:
        pixels = tf.image.grayscale_to_rgb(pixels)
    pixels = tf.image.resize(pixels, [side, side], method="bicubic", antialias=True)
    return modules[application].preprocess_input(tf.clip_by_value(pixels, 0.0, 255.0))
