"""Takes `from_logits` for the question whether there are several columns."""


def predict_labels(model, X, from_logits=False):
    outputs = model.predict(X, verbose=0)
    if from_logits:
        return outputs.argmax(axis=1)
    return (outputs > 0.5).astype(int).reshape(-1)
