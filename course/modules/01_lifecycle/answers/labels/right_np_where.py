"""`np.where` writes 1 and 0 instead of a comparison made integer."""


def predict_labels(model, X, from_logits=False):
    scores = model.predict(X, verbose=0)
    if scores.ndim == 1 or scores.shape[1] == 1:
        scores = scores.ravel()
        cut = 0 if from_logits else 0.5
        return np.where(scores > cut, 1, 0)
    return scores.argmax(1)
