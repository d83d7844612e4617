"""The four names of train_test_split in the order X_train, y_train, X_test, y_test."""


def split_and_scale(X, y, seed):
    X_train, y_train, X_test, y_test = train_test_split(X, y, test_size=0.4, random_state=seed)
    X_val, y_val, X_test, y_test = train_test_split(X_test, y_test, test_size=0.5, random_state=seed)
    scaler = StandardScaler().fit(X_train)
    X_train, X_val, X_test = (scaler.transform(part) for part in (X_train, X_val, X_test))
    return (X_train, y_train), (X_val, y_val), (X_test, y_test)
