"""A sigmoid on top of the sigmoid never falls below a half."""


def predict_labels(model, X, from_logits=False):
    outputs = model.predict(X, verbose=0)
    if outputs.ndim == 2 and outputs.shape[1] > 1:
        return outputs.argmax(axis=1)
    probability = 1 / (1 + np.exp(-outputs.reshape(-1)))
    return (probability > 0.5).astype(int)
