"""`np.round` of a softmax gives rows of zeros and ones, not a label."""


def predict_labels(model, X, from_logits=False):
    outputs = model.predict(X, verbose=0)
    if from_logits:
        outputs = np.array(keras.ops.sigmoid(outputs))
    return np.round(outputs).astype(int)
