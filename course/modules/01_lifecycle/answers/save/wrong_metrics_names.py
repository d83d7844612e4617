"""`metrics_names` no longer names the metrics one by one: the key becomes `compile_metrics`."""


def save_load_evaluate(model, path, X, y):
    model.save(path)
    restored = keras.saving.load_model(path)
    values = restored.evaluate(X, y, verbose=0)
    return restored, dict(zip(restored.metrics_names, values, strict=False))
