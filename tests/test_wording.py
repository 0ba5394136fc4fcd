"""Phrases that messages share."""

from __future__ import annotations

import pytest

from ssot_lint.wording import article, some


@pytest.mark.parametrize(
    ("items", "text"),
    [([], ""), (["a"], "a"), (["a", "b", "c"], "a, b, c"), (list("abcde"), "a, b, c and 2 more")],
)
def test_some(items: list[str], text: str) -> None:
    assert some(items) == text


def test_some_with_another_separator_and_limit() -> None:
    assert some(list("abc"), 2, "; ") == "a; b; and 1 more"


def test_article() -> None:
    assert (article("adapter"), article("duplicate")) == ("an adapter", "a duplicate")
