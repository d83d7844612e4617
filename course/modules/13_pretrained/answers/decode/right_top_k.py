"""keras.ops.top_k: of equal ones the lower index comes first."""


def top_names(probabilities, names, top):
    values, indices = keras.ops.top_k(probabilities, top)
    values, indices = keras.ops.convert_to_numpy(values), keras.ops.convert_to_numpy(indices)
    return [[(names[i], float(v)) for i, v in zip(*pair, strict=True)] for pair in zip(indices, values, strict=True)]
