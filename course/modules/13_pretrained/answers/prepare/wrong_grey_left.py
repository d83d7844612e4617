"""Forgets that grey scans have one channel."""


def prepare(photos, application):
    modules = {
        "ResNet50": keras.applications.resnet50,
        "MobileNetV2": keras.applications.mobilenet_v2,
        "DenseNet121": keras.applications.densenet,
        "EfficientNetB0": keras.applications.efficientnet,
        "InceptionV3": keras.applications.inception_v3,
    }
    side = 299 if application == "InceptionV3" else 224
    pixels = keras.ops.image.resize(np.asarray(photos, "float32"), (side, side))
    return modules[application].preprocess_input(pixels)
