"""The mean is taken off, the width left as it was."""


def split_and_scale(X, y, seed):
    X_rest, X_test, y_rest, y_test = train_test_split(X, y, test_size=0.2, random_state=seed)
    X_train, X_val, y_train, y_val = train_test_split(X_rest, y_rest, test_size=0.25, random_state=seed)
    mean = X_train.mean(axis=0)
    return (X_train - mean, y_train), (X_val - mean, y_val), (X_test - mean, y_test)
