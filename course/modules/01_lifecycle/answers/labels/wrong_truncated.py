"""`astype(int)` cuts off the decimals: every probability below 1 becomes 0."""


def predict_labels(model, X, from_logits=False):
    outputs = model.predict(X, verbose=0)
    if outputs.ndim == 2 and outputs.shape[1] > 1:
        return outputs.argmax(axis=1)
    if from_logits:
        outputs = 1 / (1 + np.exp(-outputs))
    return outputs.flatten().astype(int)
