"""A Resizing layer, and three channels by concatenation."""


def prepare(photos, application):
    modules = {
        "ResNet50": keras.applications.resnet50,
        "MobileNetV2": keras.applications.mobilenet_v2,
        "DenseNet121": keras.applications.densenet,
        "EfficientNetB0": keras.applications.efficientnet,
        "InceptionV3": keras.applications.inception_v3,
    }
    side = 299 if application == "InceptionV3" else 224
    pixels = np.asarray(photos).astype("float32")
    if pixels.shape[-1] == 1:
        pixels = np.concatenate([pixels, pixels, pixels], axis=-1)
    resized = keras.layers.Resizing(side, side)(pixels)
    return modules[application].preprocess_input(np.array(resized))
