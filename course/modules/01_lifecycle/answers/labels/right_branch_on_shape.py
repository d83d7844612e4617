"""`argmax` where there are columns, a threshold where there is one number."""


def predict_labels(model, X, from_logits=False):
    outputs = model.predict(X, verbose=0)
    if len(outputs.shape) > 1 and outputs.shape[-1] > 1:
        return np.argmax(outputs, axis=-1)
    if from_logits:
        return (outputs > 0).astype("int32").flatten()
    return (outputs > 0.5).astype("int32").flatten()
