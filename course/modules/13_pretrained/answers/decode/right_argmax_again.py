"""Takes the largest, strikes it out, and looks again."""


def top_names(probabilities, names, top):
    answers = []
    for row in np.array(probabilities):
        pairs = []
        for _ in range(top):
            best = int(row.argmax())
            pairs.append([names[best], float(row[best])])
            row[best] = -1
        answers.append(pairs)
    return answers
