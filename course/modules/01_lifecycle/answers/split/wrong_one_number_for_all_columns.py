"""`mean()` and `std()` without an axis: one number for the whole table."""


def split_and_scale(X, y, seed):
    X_rest, X_test, y_rest, y_test = train_test_split(X, y, test_size=0.2, random_state=seed)
    X_train, X_val, y_train, y_val = train_test_split(X_rest, y_rest, test_size=0.25, random_state=seed)
    m, s = X_train.mean(), X_train.std()
    return ((X_train - m) / s, y_train), ((X_val - m) / s, y_val), ((X_test - m) / s, y_test)
