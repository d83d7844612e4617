"""A threshold of a half for logits too."""


def predict_labels(model, X, from_logits=False):
    outputs = model.predict(X, verbose=0)
    if outputs.ndim == 2 and outputs.shape[1] > 1:
        return np.argmax(outputs, axis=1)
    return (outputs.flatten() > 0.5).astype(int)
