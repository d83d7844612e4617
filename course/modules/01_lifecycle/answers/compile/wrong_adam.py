"""Adam, because it is a good first choice."""


def compile_for(model, kind):
    losses = {"regression": "mse", "binary": "binary_crossentropy", "multiclass": "sparse_categorical_crossentropy"}
    metric = "mae" if kind == "regression" else "accuracy"
    model.compile(keras.optimizers.Adam(learning_rate=0.05, beta_1=0.9), loss=losses[kind], metrics=[metric])
    return model
