"""Places instead of names."""


def top_names(probabilities, names, top):
    return [[(int(k), float(row[k])) for k in np.argsort(-row, kind="stable")[:top]] for row in probabilities]
