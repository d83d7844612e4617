"""Sorts the names as well, so that they lose their probabilities."""


def top_names(probabilities, names, top):
    names = sorted(names)
    return [[(names[k], float(row[k])) for k in np.argsort(-row, kind="stable")[:top]] for row in probabilities]
