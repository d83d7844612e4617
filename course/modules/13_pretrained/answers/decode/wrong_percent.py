"""Percent instead of probabilities."""


def top_names(probabilities, names, top):
    return [[(names[k], 100 * float(row[k])) for k in np.argsort(-row, kind="stable")[:top]] for row in probabilities]
