"""Reads `shape[1]` of outputs that may be flat, (N,)."""


def predict_labels(model, X, from_logits=False):
    outputs = model.predict(X, verbose=0)
    if outputs.shape[1] > 1:
        return outputs.argmax(axis=1)
    threshold = 0.0 if from_logits else 0.5
    return (outputs[:, 0] > threshold).astype(int)
