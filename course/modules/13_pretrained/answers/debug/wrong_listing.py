"""The listing as it is."""


def fine_tune(model, top, learning_rate):
    base = model.get_layer("backbone")
    base.trainable = True
    for layer in base.layers[top:]:
        layer.trainable = False
    for layer in base.layers:
        if layer.name == "BatchNormalization":
            layer.trainable = False
    model.optimizer.lr = learning_rate
    return model
