"""The model is called instead of `predict`; the tensor becomes an array first."""


def predict_labels(model, X, from_logits=False):
    outputs = np.array(model(X))
    if outputs.size == len(X):
        return (outputs.reshape(len(X)) >= (0.0 if from_logits else 0.5)).astype(np.int64)
    return outputs.argmax(axis=1)
