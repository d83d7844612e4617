"""Metrics written by hand, with the shapes made equal first."""


def off_by(y_true, y_pred):
    return keras.ops.abs(keras.ops.reshape(y_true, (-1,)) - keras.ops.reshape(y_pred, (-1,)))


def share_right(y_true, y_pred):
    if y_pred.shape[-1] == 1:
        label = keras.ops.cast(keras.ops.reshape(y_pred, (-1,)) > 0.5, "int32")
    else:
        label = keras.ops.cast(keras.ops.argmax(y_pred, axis=-1), "int32")
    truth = keras.ops.cast(keras.ops.reshape(y_true, (-1,)), "int32")
    return keras.ops.cast(keras.ops.equal(label, truth), "float32")


def compile_for(model, kind):
    losses = {"regression": "mse", "binary": "binary_crossentropy", "multiclass": "sparse_categorical_crossentropy"}
    metric = off_by if kind == "regression" else share_right
    model.compile(keras.optimizers.SGD(0.05, 0.9), loss=losses[kind], metrics=[metric])
    return model
