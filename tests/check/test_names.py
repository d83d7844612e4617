"""Functions that give things a name: told for each name how many were recognized, and what else they were called."""

import pytest

from grader import check
from grader.verdict import StudentError
from tests.elsewhere import elsewhere

WHERE = pytest.mark.parametrize("where", [lambda subject: subject, elsewhere], ids=["live", "elsewhere"])
CASES = [((n,), "even" if n % 2 == 0 else "odd") for n in range(5)]


@pytest.mark.parametrize(
    "function", [lambda n: ("even", "odd")[n % 2], lambda n: " Odd " if n % 2 else "EVEN"], ids=["plain", "shouted"]
)
@WHERE
def test_the_right_names(function, where):
    assert [(o.about, o.ok) for o in check.names(where(function), CASES)] == [("“even”", True), ("“odd”", True)]


@pytest.mark.parametrize(
    "function, seen",
    [
        (lambda n: "even", ["3 of 3 recognized", "2 × “even”; 0 of 2 recognized"]),
        (lambda n: n, ["3 × a `int`; 0 of 3 recognized", "2 × a `int`; 0 of 2 recognized"]),
        (lambda n: None, ["3 × `None`; 0 of 3 recognized", "2 × `None`; 0 of 2 recognized"]),
        (
            lambda n: "odd" if n > 2 else "even",
            ["1 × “odd”; 2 of 3 recognized", "1 × “even”; 1 of 2 recognized"],
        ),
    ],
    ids=["always one", "numbers", "nothing", "some"],
)
@WHERE
def test_other_names(function, seen, where):
    assert [o.seen for o in check.names(where(function), CASES)] == seen


def test_the_advice_is_that_of_the_name():
    first, second = check.names(lambda n: "?", CASES, advice={"odd": "Divide by two."}, why="Because.")
    assert second.next == "Divide by two." and first.next and first.why == "Because."


def test_an_error_is_the_students():
    with pytest.raises(StudentError, match="ZeroDivisionError"):
        list(check.names(lambda n: 1 / n, CASES))
