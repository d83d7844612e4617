"""Asks the model for its output shape instead of looking at the outputs."""


def predict_labels(model, X, from_logits=False):
    columns = model.output_shape[1:]
    outputs = model.predict(X, verbose=0)
    if columns in [(), (1,)]:
        threshold = 0.5
        if from_logits:
            threshold = 0.0
        return np.asarray(outputs.reshape(-1) > threshold, dtype=int)
    return np.argmax(outputs, axis=1)
