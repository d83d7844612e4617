"""The probabilities themselves are returned."""


def predict_labels(model, X, from_logits=False):
    outputs = model.predict(X, verbose=0)
    if from_logits:
        outputs = np.array(keras.ops.softmax(outputs))
    return outputs
