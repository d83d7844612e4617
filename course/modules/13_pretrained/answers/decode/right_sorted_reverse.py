"""Sorted in reverse, which also leaves equal ones as they stand."""


def top_names(probabilities, names, top):
    return [
        [(names[k], row[k]) for k in sorted(range(len(row)), key=lambda k: row[k], reverse=True)[:top]]
        for row in probabilities.tolist()
    ]
