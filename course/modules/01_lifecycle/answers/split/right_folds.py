"""Five shuffled folds: one to test, one to validate, three to train."""

from sklearn.model_selection import KFold


def split_and_scale(X, y, seed):
    folds = [fold for _, fold in KFold(n_splits=5, shuffle=True, random_state=seed).split(X)]
    test, val, train = folds[0], folds[1], np.concatenate(folds[2:])
    scaler = StandardScaler().fit(X[train])
    return tuple((scaler.transform(X[rows]), y[rows]) for rows in (train, val, test))
