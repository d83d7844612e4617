"""Dicts, in which equal names or none can be looked up by rank."""


def top_names(probabilities, names, top):
    return [{names[k]: float(row[k]) for k in np.argsort(-row, kind="stable")[:top]} for row in probabilities]
