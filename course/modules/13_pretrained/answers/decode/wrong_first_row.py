"""Only the first row."""


def top_names(probabilities, names, top):
    row = probabilities[0]
    return [(names[k], float(row[k])) for k in np.argsort(-row, kind="stable")[:top]]
