"""The probability before the name."""


def top_names(probabilities, names, top):
    return [[(float(row[k]), names[k]) for k in np.argsort(-row, kind="stable")[:top]] for row in probabilities]
