"""`max` is how sure the model is; `argmax` is of what."""


def predict_labels(model, X, from_logits=False):
    outputs = model.predict(X, verbose=0)
    if outputs.ndim == 2 and outputs.shape[1] > 1:
        return outputs.max(axis=1).astype(int)
    threshold = 0.0 if from_logits else 0.5
    return (outputs.reshape(-1) > threshold).astype(int)
