"""The last of the sorted positions is the largest column."""


def predict_labels(model, X, from_logits=False):
    outputs = np.atleast_2d(model.predict(X, verbose=0).T).T
    if outputs.shape[1] == 1:
        return np.int64(outputs[:, 0] > (0 if from_logits else 0.5))
    return np.argsort(outputs, axis=1)[:, -1]
