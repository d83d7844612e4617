"""`squeeze` drops the row axis as well when there is a single row: shape () instead of (1,)."""


def predict_labels(model, X, from_logits=False):
    outputs = model.predict(X, verbose=0)
    if outputs.ndim == 2 and outputs.shape[1] > 1:
        return outputs.argmax(axis=1)
    threshold = 0.0 if from_logits else 0.5
    return (outputs > threshold).astype(int).squeeze()
