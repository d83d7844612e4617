"""The test rows serve as validation rows too."""


def split_and_scale(X, y, seed):
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=seed)
    scaler = StandardScaler().fit(X_train)
    X_train, X_test = scaler.transform(X_train), scaler.transform(X_test)
    return (X_train, y_train), (X_test, y_test), (X_test, y_test)
