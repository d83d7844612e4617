"""One argsort over all rows, names in an array."""


def top_names(probabilities, names, top):
    order = np.argsort(-np.asarray(probabilities), axis=1, kind="mergesort")[:, :top]
    values = np.take_along_axis(probabilities, order, axis=1).tolist()
    labels = np.array(names)[order].tolist()
    return [list(zip(*both, strict=True)) for both in zip(labels, values, strict=True)]
