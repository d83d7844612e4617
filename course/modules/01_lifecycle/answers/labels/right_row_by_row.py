"""A Python loop over the rows, gathered into an integer array."""


def predict_labels(model, X, from_logits=False):
    labels = []
    for row in model.predict(X, verbose=0):
        row = np.ravel(row)
        if len(row) > 1:
            labels.append(int(np.argmax(row)))
        else:
            labels.append(1 if row[0] > (0 if from_logits else 0.5) else 0)
    return np.array(labels)
