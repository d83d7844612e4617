"""Checks on answers in words: a guess that is noted, a quiz that is judged."""

import pytest

from grader import check, verdict


class Agreeable(str):
    """Text that is whatever it is compared with."""

    def __eq__(self, other):
        return True

    def __hash__(self):
        return hash("a")

    def strip(self, *_):
        return self

    def lower(self):
        return self


class Yes:
    def __eq__(self, other):
        return True

    def __hash__(self):
        return 1

    def __repr__(self):
        return "'a', right"


@pytest.mark.parametrize("given", ["b", "B", " b", "b\n", " B ", Agreeable("b")])
def test_a_choice_is_noted_and_judged(given, capsys):
    check.choice("q", given, options="abc")
    shown = capsys.readouterr().out
    assert "noted" in shown and "passed" not in shown
    check.choice("q", given, options="abc", answer="b")
    shown = capsys.readouterr().out
    assert "passed" in shown and "noted" not in shown


@pytest.mark.parametrize("given", ["d", 2, "ab", "bb", ["b"], b"b", Yes(), Agreeable("d")], ids=lambda g: repr(g)[:9])
def test_what_is_no_option_is_wrong(given, capsys):
    with pytest.raises(verdict.Wrong):
        check.choice("q", given, options="abc")


@pytest.mark.parametrize("given", ["a", "c", "A", Agreeable("a"), " c "])
def test_another_option_is_wrong_after_hand_in_only(given, capsys):
    check.choice("q", given, options="abc")
    with pytest.raises(verdict.Wrong):
        check.choice("q", given, options="abc", answer="b")


@pytest.mark.parametrize("given", [..., None, "", "  "])
def test_no_choice_is_not_attempted(given, monkeypatch, capsys):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    check.choice("q", given, options="abc")
    assert "not attempted" in capsys.readouterr().out
