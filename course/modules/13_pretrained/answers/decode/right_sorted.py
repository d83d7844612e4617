"""Python's sort, which leaves equal ones as they stand."""


def top_names(probabilities, names, top):
    answers = []
    for row in probabilities:
        pairs = sorted(zip(names, row, strict=True), key=lambda pair: -pair[1])
        answers.append(pairs[:top])
    return answers
