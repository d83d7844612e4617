"""Rounding one probability is a threshold at a half; it is made an integer afterwards."""


def predict_labels(model, X, from_logits=False):
    outputs = model.predict(X, verbose=0)
    if outputs.ndim > 1 and outputs.shape[1] > 1:
        return outputs.argmax(axis=1)
    if from_logits:
        outputs = keras.ops.convert_to_numpy(keras.ops.sigmoid(outputs))
    return np.round(outputs).astype(int).reshape(-1)
