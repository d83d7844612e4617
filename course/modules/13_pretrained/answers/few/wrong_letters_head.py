"""The head for letters: O for 0, I for 1, and no ten classes."""


def learn_digits(base, X, y):
    return data.backbone.load()
