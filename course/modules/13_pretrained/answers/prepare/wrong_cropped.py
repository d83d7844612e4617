"""Cuts a square out of the middle."""


def prepare(photos, application):
    modules = {
        "ResNet50": keras.applications.resnet50,
        "MobileNetV2": keras.applications.mobilenet_v2,
        "DenseNet121": keras.applications.densenet,
        "EfficientNetB0": keras.applications.efficientnet,
        "InceptionV3": keras.applications.inception_v3,
    }
    side = 299 if application == "InceptionV3" else 224
    pixels = np.asarray(photos, "float32")
    if pixels.shape[-1] == 1:
        pixels = np.repeat(pixels, 3, axis=-1)
    pixels = keras.ops.image.resize(pixels, (side, side), crop_to_aspect_ratio=True)
    return modules[application].preprocess_input(pixels)
