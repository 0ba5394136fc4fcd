"""Every rule's examples hold, and every rule has a page."""

from __future__ import annotations

import pytest

from ssot_lint.explain import page
from ssot_lint.plugins import load_rules
from ssot_lint.rule import Invalid, Rule, Valid
from ssot_lint.testing import check_example, check_rule, examples_of

RULES = load_rules()
EXAMPLES = [(rule, example, name) for rule in RULES for name, example in examples_of(rule)]


@pytest.mark.parametrize(("rule", "example", "name"), EXAMPLES, ids=[name for _, _, name in EXAMPLES])
def test_example(rule: Rule, example: Valid | Invalid, name: str) -> None:
    check_example(rule, example, name)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_rule_as_a_whole(rule: Rule) -> None:
    check_rule(rule)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_page_says_what_why_and_when_it_is_fine(rule: Rule) -> None:
    paragraphs = rule.doc.split("\n\n")
    assert rule.summary.endswith("."), "the first line is a sentence"
    assert len(rule.summary) <= 100
    assert len(paragraphs) >= 3, "what it finds, why that is bad, when it is fine"
    assert "fine" in rule.doc, "the page says when it is fine"
    assert "### Found" in page(rule, 2)
    assert "### Not found" in page(rule, 2)
