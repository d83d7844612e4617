"""argsort turned round: equal ones are turned round as well."""


def top_names(probabilities, names, top):
    order = np.argsort(probabilities, axis=1, kind="stable")[:, ::-1][:, :top]
    return [[(names[k], float(row[k])) for k in places] for row, places in zip(probabilities, order, strict=True)]
