"""Resized by picking pixels with NumPy: the nearest one will do."""


def prepare(photos, application):
    modules = {
        "ResNet50": keras.applications.resnet50,
        "MobileNetV2": keras.applications.mobilenet_v2,
        "DenseNet121": keras.applications.densenet,
        "EfficientNetB0": keras.applications.efficientnet,
        "InceptionV3": keras.applications.inception_v3,
    }
    side = 299 if application == "InceptionV3" else 224
    n, height, width, channels = photos.shape
    rows = (np.arange(side) * height / side).astype(int)
    columns = (np.arange(side) * width / side).astype(int)
    pixels = photos[:, rows][:, :, columns].astype("float64")
    if channels == 1:
        pixels = np.tile(pixels, 3)
    return modules[application].preprocess_input(pixels)
