"""Sorted by two keys: the probability, then the place."""


def top_names(probabilities, names, top):
    answers = []
    for row in probabilities:
        order = np.lexsort((np.arange(len(row)), -row))
        answers.append([(str(names[k]), row[k]) for k in order[:top]])
    return answers
