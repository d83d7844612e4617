"""Support tickets: title, text and tags, with priority, department and difficulty (several inputs and outputs).

The tickets are made up: `load` describes how they are put together from phrases.
"""

from itertools import chain

import numpy as np

SIZE = 2400
DEPARTMENTS = ("billing", "delivery", "hardware", "accounts")
DIFFICULTIES = ("quick", "medium", "hard")
TAGS = (
    "invoice", "parcel", "device", "login",
    "vip", "business", "trial", "repeat", "outage", "mobile", "abroad", "survey",
)  # fmt: skip
TITLE_LENGTH, BODY_LENGTH = 8, 48  # tokens
PAD = 0  # fills a title or a text up to its length

_SHARES = (0.3, 0.25, 0.25, 0.2)  # of the departments
_TITLES = (
    ("wrong amount on invoice", "refund missing", "charged twice", "question about my bill", "payment failed",
     "discount not applied"),
    ("parcel never arrived", "wrong item in the box", "change of address", "courier missed me", "delivery is late",
     "box arrived open"),
    ("screen stays black", "battery drains fast", "device makes noise", "printer jams", "charger gets hot",
     "keyboard misses letters"),
    ("cannot log in", "password reset fails", "account locked", "close my account", "email change needed",
     "code never arrives"),
)  # fmt: skip
_ANY_TITLE = ("please help", "it does not work", "problem since yesterday", "need an answer", "still waiting")
_TOPICS = (
    ("the invoice shows a wrong amount", "i was charged twice this month", "my refund is still missing",
     "the card payment was rejected", "the discount was not applied", "i need a copy of the bill",
     "the tax on it looks wrong"),
    ("the parcel never arrived", "tracking has not moved", "the courier left it outside",
     "the box was open and empty", "i got somebody else's item", "please send it to my new address",
     "the delivery date passed"),
    ("the screen stays black", "the battery is empty by noon", "the fan makes a loud noise",
     "the printer jams on every page", "the charger gets very hot", "two keys on the keyboard are dead",
     "the device turns itself off"),
    ("my password is not accepted", "the reset email never comes", "my account is locked",
     "the login code has expired", "i want to change my email", "somebody else used my login",
     "please delete my account"),
)  # fmt: skip
_URGENT = (
    "i need this today", "this is urgent", "we lose money every hour", "nobody here can work",
    "i have called three times", "answer at once please", "my customers are waiting",
)  # fmt: skip
_CALM = (
    "there is no hurry", "whenever you find time", "it is only a small thing", "i can wait",
    "next week is fine", "this is just a question", "thank you for your help",
)  # fmt: skip
_TANGLED = (
    "it only happens sometimes", "i already tried it all twice", "it began after the update",
    "two orders are mixed up", "nobody could tell me why", "it works for my colleague",
)  # fmt: skip
_SMALL_TALK = (
    "good morning", "i am a customer for years", "i hope you are well", "i write from my phone",
    "best regards", "this is about my last order", "i could not find it online",
)  # fmt: skip

_PHRASES = chain(*_TITLES, _ANY_TITLE, *_TOPICS, _URGENT, _CALM, _TANGLED, _SMALL_TALK)
VOCABULARY = ("", ".", *sorted({word for phrase in _PHRASES for word in phrase.split()}))
"""The words by token: `VOCABULARY[token]`. Token 0 is the padding, token 1 the full stop."""

_TOKEN = {word: token for token, word in enumerate(VOCABULARY)}


def load(seed: int = 0, n: int | None = None) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """`n` tickets (2400 by default), sampled with `seed`: `(inputs, targets)`, two dicts of arrays by name.

    inputs["title"]: int32 (n, 8), one token for each word, padded with 0; `words` turns them back into words.
    inputs["text_body"]: int32 (n, 48), the same for the text, with a full stop after each phrase.
    inputs["tags"]: float32 (n, 12), *multi-hot*: 1 for each of TAGS that the ticket has, 0 for the others.
    targets["priority"]: float32 (n,), 0 (can wait) to 1 (now).
    targets["department"]: int64 (n,), the index in DEPARTMENTS: about 30, 25, 25 and 20% of the tickets.
    targets["difficulty"]: int64 (n,), the index in DIFFICULTIES: about a third each.

    Each ticket has a department, an urgency and a tangle (both uniform, 0 to 1). Its title is one of the
    department's, or, in one ticket out of four, says nothing about the department. Its text has four to nine phrases
    in random order: one or two about the department's subject, and in one ticket out of seven one about a different
    department's; three that are urgent, each with the probability `urgency`, or else calm; up to two tangled ones,
    each with the probability `tangle`; and in half of the tickets some small talk. The department's own tag is set in
    60% of its tickets and in 6% of the others, the remaining tags in 15 to 30%.

    priority = 0.12 + 0.5 urgency + 0.16 vip + 0.2 outage + 0.1 repeat − 0.12 trial + normal noise of standard
    deviation 0.05, clipped to 0 … 1. difficulty is the third that contains tangle + 0.25 urgency + 0.3 (hardware or
    accounts) − 0.2 repeat + normal noise of standard deviation 0.08. Three tickets in a hundred are labeled with a
    wrong department, as happens in any office.

    Raises ValueError if `n` is below 1.
    """
    n = SIZE if n is None else n
    if n < 1:
        raise ValueError(f"n={n}, but a set has at least one ticket. Ask for n=1 or more (n=None: {SIZE}).")
    rng = np.random.default_rng(seed)
    department = rng.choice(len(DEPARTMENTS), n, p=_SHARES)
    urgency, tangle = rng.uniform(0, 1, (2, n))
    title = np.zeros((n, TITLE_LENGTH), "int32")
    body = np.zeros((n, BODY_LENGTH), "int32")
    for row in range(n):
        _write(title[row], [_title(rng, department[row])], stop=False)
        _write(body[row], _text(rng, department[row], urgency[row], tangle[row]), stop=True)
    tags = _tags(rng, department)
    vip, trial, repeat, outage = (tags[:, TAGS.index(tag)] for tag in ("vip", "trial", "repeat", "outage"))
    priority = 0.12 + 0.5 * urgency + 0.16 * vip + 0.2 * outage + 0.1 * repeat - 0.12 * trial + rng.normal(0, 0.05, n)
    effort = tangle + 0.25 * urgency + 0.3 * (department >= 2) - 0.2 * repeat + rng.normal(0, 0.08, n)
    strays = rng.uniform(size=n) < 0.03
    department = np.where(strays, (department + rng.integers(1, len(DEPARTMENTS), n)) % len(DEPARTMENTS), department)
    targets = {
        "priority": np.clip(priority, 0, 1).astype("float32"),
        "department": department.astype("int64"),
        "difficulty": np.digitize(effort, (0.55, 0.88)).astype("int64"),
    }
    return {"title": title, "text_body": body, "tags": tags}, targets


def pairs(seed: int = 0, n: int | None = None) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """`n` pairs of titles (1200 by default), sampled with `seed`, and whether both are from the same department.

    inputs["first"], inputs["second"]: int32 (n, 8), titles like those of `load`.
    y: float32 (n,), 1 for the same department and 0 for different ones, each in half of the pairs. A title that says
       nothing about its department can't be classified.

    Raises ValueError if `n` is below 1.
    """
    n = SIZE // 2 if n is None else n
    inputs, targets = load(seed, n + 100 if n > 0 else n)
    rng = np.random.default_rng([seed, 1])
    titles, department = inputs["title"], targets["department"]
    y = rng.permutation(np.arange(n) % 2)
    first = rng.integers(0, len(titles), n)
    alike = [department == department[i] for i in first]
    second = [rng.choice(np.flatnonzero(mask == same)) for mask, same in zip(alike, y, strict=True)]
    return {"first": titles[first], "second": titles[second]}, y.astype("float32")


def words(tokens: np.ndarray) -> str:
    """A title or a text in words: those of its tokens, without the padding."""
    return " ".join(VOCABULARY[token] for token in tokens if token != PAD).replace(" .", ".")


def tags_of(row: np.ndarray) -> list[str]:
    """The names of the tags that are set in a row of `inputs["tags"]`."""
    return [tag for tag, on in zip(TAGS, row, strict=True) if on]


def _title(rng: np.random.Generator, department: int) -> str:
    return str(rng.choice(_ANY_TITLE if rng.uniform() < 0.25 else _TITLES[department]))


def _text(rng: np.random.Generator, department: int, urgency: float, tangle: float) -> list[str]:
    """The phrases of a ticket, in random order."""
    phrases = list(rng.choice(_TOPICS[department], rng.integers(1, 3), replace=False))
    if rng.uniform() < 1 / 7:
        phrases.append(rng.choice(_TOPICS[(department + rng.integers(1, len(_TOPICS))) % len(_TOPICS)]))
    urgent = rng.binomial(3, urgency)
    phrases += list(rng.choice(_URGENT, urgent, replace=False)) + list(rng.choice(_CALM, 3 - urgent, replace=False))
    phrases += list(rng.choice(_TANGLED, rng.binomial(2, tangle), replace=False))
    if rng.uniform() < 0.5:
        phrases.append(rng.choice(_SMALL_TALK))
    return [str(phrase) for phrase in rng.permutation(phrases)]


def _write(row: np.ndarray, phrases: list[str], stop: bool) -> None:
    """Write the tokens of the phrases to `row`, as many as fit."""
    tokens = [_TOKEN[word] for phrase in phrases for word in [*phrase.split(), *["."] * stop]]
    row[: len(tokens)] = tokens[: len(row)]


def _tags(rng: np.random.Generator, department: np.ndarray) -> np.ndarray:
    own = np.where(np.arange(len(DEPARTMENTS)) == department[:, None], 0.6, 0.06)
    others = np.broadcast_to([0.2, 0.3, 0.25, 0.3, 0.15, 0.3, 0.15, 0.2], (len(department), 8))
    return (rng.uniform(size=(len(department), len(TAGS))) < np.hstack([own, others])).astype("float32")
