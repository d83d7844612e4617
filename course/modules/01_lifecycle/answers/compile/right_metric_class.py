"""The metric's class instead of an object: Keras makes the object itself."""


def compile_for(model, kind):
    losses = {"regression": "mse", "binary": "binary_crossentropy", "multiclass": "sparse_categorical_crossentropy"}
    metric = keras.metrics.MeanAbsoluteError if kind == "regression" else "accuracy"
    model.compile(keras.optimizers.SGD(learning_rate=0.05, momentum=0.9), loss=losses[kind], metrics=[metric])
    return model
