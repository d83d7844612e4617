"""Goes through the rows in batches of 16 and joins the labels."""


def predict_labels(model, X, from_logits=False):
    labels = []
    for start in range(0, len(X), 16):
        outputs = model.predict_on_batch(X[start : start + 16])
        outputs = outputs.reshape(len(outputs), -1)
        if outputs.shape[1] > 1:
            labels.append(outputs.argmax(axis=1))
        elif from_logits:
            labels.append((outputs[:, 0] > 0).astype(int))
        else:
            labels.append((outputs[:, 0] > 0.5).astype(int))
    return np.concatenate(labels)
