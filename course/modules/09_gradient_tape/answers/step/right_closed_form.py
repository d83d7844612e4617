"""The gradient worked out by hand, in NumPy."""


def linear_step(w, b, X, y, learning_rate):
    errors = (X @ w + b)[:, 0] - y
    dw = 2 * X.T @ errors[:, None] / len(X)
    db = 2 * errors.mean()
    return w - learning_rate * dw, b - learning_rate * db
