"""A list of lists instead of a tuple of tuples."""


def split_and_scale(X, y, seed):
    n_val = n_test = round(0.2 * len(X))
    X_rest, X_test, y_rest, y_test = train_test_split(X, y, test_size=n_test, random_state=seed)
    X_train, X_val, y_train, y_val = train_test_split(X_rest, y_rest, test_size=n_val, random_state=seed + 1)
    scaler = StandardScaler()
    X_train = scaler.fit_transform(X_train)
    return [[X_train, y_train], [scaler.transform(X_val), y_val], [scaler.transform(X_test), y_test]]
