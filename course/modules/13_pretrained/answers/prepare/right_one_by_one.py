"""Photo by photo, stacked in the end."""


def prepare(photos, application):
    modules = {
        "ResNet50": keras.applications.resnet50,
        "MobileNetV2": keras.applications.mobilenet_v2,
        "DenseNet121": keras.applications.densenet,
        "EfficientNetB0": keras.applications.efficientnet,
        "InceptionV3": keras.applications.inception_v3,
    }
    side = 299 if application == "InceptionV3" else 224
    prepared = []
    for photo in photos:
        pixels = photo.astype("float32")
        if photo.shape[-1] == 1:
            pixels = np.dstack([pixels[..., 0]] * 3)
        pixels = keras.ops.convert_to_numpy(keras.ops.image.resize(pixels, (side, side)))
        prepared.append(modules[application].preprocess_input(pixels.copy()))
    return np.stack(prepared)
