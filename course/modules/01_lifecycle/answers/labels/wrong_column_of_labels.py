"""The labels of a sigmoid stay a column, (N, 1)."""


def predict_labels(model, X, from_logits=False):
    outputs = model.predict(X, verbose=0)
    if outputs.shape[-1] > 1 and outputs.ndim == 2:
        return outputs.argmax(axis=1)
    threshold = 0.0 if from_logits else 0.5
    return (outputs > threshold).astype(int)
