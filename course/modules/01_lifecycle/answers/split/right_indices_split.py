"""train_test_split over row numbers instead of rows."""


def split_and_scale(X, y, seed):
    numbers = np.arange(len(X))
    train, others = train_test_split(numbers, train_size=0.6, random_state=seed)
    val, test = train_test_split(others, train_size=0.5, random_state=seed)
    scaler = StandardScaler().fit(X[train])

    def part(rows):
        return scaler.transform(X[rows]), y[rows]

    return part(train), part(val), part(test)
