"""Turns logits into probabilities before deciding, for one column and for many."""


def predict_labels(model, X, from_logits=False):
    p = model.predict(X, verbose=0)
    many = p.ndim == 2 and p.shape[1] > 1
    if from_logits:
        p = keras.ops.softmax(p, axis=-1) if many else keras.ops.sigmoid(p)
        p = np.array(p)
    if many:
        return p.argmax(axis=-1)
    return (p > 0.5).astype("uint8").ravel()
