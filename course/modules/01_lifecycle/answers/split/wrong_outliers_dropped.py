"""Rows far from the mean are dropped on the way."""


def split_and_scale(X, y, seed):
    near = (np.abs(X - X.mean(axis=0)) < 2 * X.std(axis=0)).all(axis=1)
    X, y = X[near], y[near]
    X_rest, X_test, y_rest, y_test = train_test_split(X, y, test_size=0.2, random_state=seed)
    X_train, X_val, y_train, y_val = train_test_split(X_rest, y_rest, test_size=0.25, random_state=seed)
    scaler = StandardScaler().fit(X_train)
    X_train, X_val, X_test = (scaler.transform(part) for part in (X_train, X_val, X_test))
    return (X_train, y_train), (X_val, y_val), (X_test, y_test)
