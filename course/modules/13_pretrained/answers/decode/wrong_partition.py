"""argpartition finds the best ones, in no order."""


def top_names(probabilities, names, top):
    answers = []
    for row in probabilities:
        best = np.argpartition(-row, top - 1)[:top]
        answers.append([(names[k], float(row[k])) for k in sorted(best)])
    return answers
