"""Python's own `random` and plain lists as targets."""

import random


def split_and_scale(X, y, seed):
    rows = list(range(len(X)))
    random.Random(seed).shuffle(rows)
    n_test = len(rows) // 5
    test, val, train = rows[:n_test], rows[n_test : 2 * n_test], rows[2 * n_test :]
    means = [sum(X[i][j] for i in train) / len(train) for j in range(X.shape[1])]
    widths = [(sum((X[i][j] - means[j]) ** 2 for i in train) / len(train)) ** 0.5 for j in range(X.shape[1])]

    def part(chosen):
        scaled = [[(X[i][j] - means[j]) / widths[j] for j in range(X.shape[1])] for i in chosen]
        return scaled, [float(y[i]) for i in chosen]

    return part(train), part(val), part(test)
