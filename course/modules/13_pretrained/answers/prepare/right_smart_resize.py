"""Resized after the channels, rounded back to whole pixels on the way."""


def prepare(photos, application):
    modules = {
        "ResNet50": keras.applications.resnet50,
        "MobileNetV2": keras.applications.mobilenet_v2,
        "DenseNet121": keras.applications.densenet,
        "EfficientNetB0": keras.applications.efficientnet,
        "InceptionV3": keras.applications.inception_v3,
    }
    side = 299 if application == "InceptionV3" else 224
    x = np.repeat(photos, 3, axis=3) if photos.shape[3] == 1 else photos
    x = np.rint(keras.ops.image.resize(x.astype("float32"), (side, side), interpolation="bilinear"))
    return modules[application].preprocess_input(x.astype("float32"))
