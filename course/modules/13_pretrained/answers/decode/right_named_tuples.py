"""Named tuples, and stable reversed twice."""


def top_names(probabilities, names, top):
    import collections

    Guess = collections.namedtuple("Guess", "name probability")
    answers = []
    for row in probabilities:
        backwards = row[::-1]
        order = [len(row) - 1 - k for k in np.argsort(backwards, kind="stable")[::-1]]
        answers.append([Guess(names[k], float(row[k])) for k in order[:top]])
    return answers
