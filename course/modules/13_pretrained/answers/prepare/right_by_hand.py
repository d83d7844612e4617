"""The formulas written out, with no preprocess_input at all."""

import tensorflow as tf


def prepare(photos, application):
    side = {"InceptionV3": 299}.get(application, 224)
    x = np.broadcast_to(photos, (*photos.shape[:3], 3)).astype("float32")
    x = np.array(tf.image.resize(x, (side, side), method="nearest"))
    if application == "ResNet50":
        return x[..., ::-1] - np.array([103.939, 116.779, 123.68], "float32")
    if application in ("MobileNetV2", "InceptionV3"):
        return x / 127.5 - 1
    if application == "DenseNet121":
        return (x / 255 - np.array([0.485, 0.456, 0.406])) / np.array([0.229, 0.224, 0.225])
    return x
