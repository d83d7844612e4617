"""Names without their probabilities."""


def top_names(probabilities, names, top):
    return [[names[k] for k in np.argsort(-row, kind="stable")[:top]] for row in probabilities]
