"""NumPy's global generator, seeded with the argument; rows and targets shuffled together."""


def split_and_scale(X, y, seed):
    np.random.seed(seed)
    table = np.column_stack([X, y])
    np.random.shuffle(table)
    n = len(table)
    train, val, test = table[: n * 6 // 10], table[n * 6 // 10 : n * 8 // 10], table[n * 8 // 10 :]
    scaler = StandardScaler()
    scaler.fit(train[:, :-1])
    return tuple((scaler.transform(part[:, :-1]), part[:, -1]) for part in (train, val, test))
