"""Every codemod's examples hold, and every codemod has a page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ssot_lint.codemod import Codemod, Example
from ssot_lint.plugins import load_codemods
from ssot_lint.testing import check_codemod_example, workspace_of

CODEMODS = load_codemods()
EXAMPLES = [
    (codemod, example, f"{codemod.name}[{example.id or number}]")
    for codemod in CODEMODS.values()
    for number, example in enumerate(codemod.examples)
]


@pytest.mark.parametrize(("codemod", "example", "name"), EXAMPLES, ids=[name for _, _, name in EXAMPLES])
def test_example(codemod: Codemod, example: Example, name: str) -> None:
    check_codemod_example(codemod, example, name)


@pytest.mark.parametrize("codemod", CODEMODS.values(), ids=list(CODEMODS))
def test_codemod_as_a_whole(codemod: Codemod) -> None:
    ids = [example.id for example in codemod.examples if example.id]
    assert codemod.examples, "has no examples"
    assert len(set(ids)) == len(ids), "two examples have one id"
    assert codemod.doc.split("\n")[0].endswith("."), "the first line of its page is a sentence"


SHOP = {
    "shop/__init__.py": "",
    "shop/old.py": "class Money: ...\n",
    "shop/new.py": "class Money: ...\n",
    "use.py": "from shop.old import Money\nimport shop.old\n\nprint(Money, shop.old.Money)\n",
}


def test_hard_104_a_file_that_changed_since_it_was_read_is_rewritten_as_it_stands() -> None:
    """The facts name the files to look at; places come from the bytes, so that stale facts move no wrong text."""
    rewrite = CODEMODS["rewrite-imports"]
    request = rewrite.request({"old": "shop.old:Money", "new": "shop.new:Money"})
    changed = b"# one more line\nimport os; from shop.old import Coin, Money as M\nprint(M, Coin)\n"
    known = workspace_of(SHOP)
    workspace = replace(known, load=lambda path: changed if path == "use.py" else known.load(path))
    outcome = rewrite.apply(workspace, [request])
    assert outcome.edits == {
        "use.py": b"# one more line\nimport os; from shop.old import Coin; from shop.new import Money as M\nprint(M, Coin)\n"
    }


def test_hard_105_the_way_back_restores_every_byte() -> None:
    rewrite = CODEMODS["rewrite-imports"]
    there = rewrite.request({"old": "shop.old", "new": "shop.new"})
    back = rewrite.request({"old": "shop.new", "new": "shop.old"})
    before = workspace_of(SHOP)
    after = before.edited(rewrite.apply(before, [there]).edits)
    assert after.read("use.py") == (
        b"from shop.new import Money\nimport shop.new\n\nprint(Money, shop.new.Money)\n"
    )
    assert rewrite.apply(after, [back]).edits == {"use.py": SHOP["use.py"].encode()}


def test_what_a_reviewer_is_told() -> None:
    rewrite = CODEMODS["rewrite-imports"]
    files = {
        "shop/__init__.py": "",
        "shop/old.py": "import lib\n\n\nclass Money: ...\n\n\nlib.register(Money)\n",
        "shop/new.py": "class Money: ...\n",
        "use.py": "import logging\nfrom shop.old import Money\n\nlogging.getLogger('shop.old.Money')\nisinstance(1, Money)\n",
        "jobs.yaml": "run: shop.old:Money\n",
    }
    request = rewrite.request({"old": "shop.old:Money", "new": "shop.new:Money"})
    assert [
        (remark.path, remark.line, remark.text)
        for remark in rewrite.apply(workspace_of(files), [request]).remarks
    ] == [
        ("jobs.yaml", 1, "names shop.old:Money, now shop.new:Money"),
        ("use.py", 2, "no longer imports shop.old, which acts when it is imported (shop/old.py:7)"),
        ("use.py", 4, "a string names shop.old:Money, now shop.new:Money"),
        ("use.py", 5, "isinstance asks for shop.new:Money now: objects of shop.old:Money are none"),
    ]
