"""Plans: which batches, in which order, what they need, and what is refused with which reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ssot_lint import fork
from ssot_lint.batches.order import leaves_first
from ssot_lint.batches.planning import Planned, make_plan
from ssot_lint.batches.requests import homecomings
from ssot_lint.codemod import CannotApply, Outcome, Refusal, Remark
from ssot_lint.errors import UsageError
from ssot_lint.plan import Plan, Selection, content_digest, decode, encode
from ssot_lint.plugins import load_codemods, load_rules
from ssot_lint.project import Project
from ssot_lint.protecting.reach import tests_reaching as reaching
from ssot_lint.reporters.plan import render
from ssot_lint.settings.parsing import parse
from ssot_lint.settings.runner import Collection
from ssot_lint.testing import project_of, workspace_of
from ssot_lint.workspace import Workspace

CONFIG = """
[concepts.money]
canonical = "shop.money:Money"
names = ["*Money"]
owner = "@till"

[concepts.cart]
canonical = "shop.cart:Cart"
names = ["*Cart"]
"""

SHOP = {
    "shop/__init__.py": "",
    "shop/money.py": """
        class Money:
            def __init__(self, amount):
                self.amount = amount

            def add(self, other):
                return Money(self.amount + other.amount)
        """,
    "shop/api.py": "from shop.money import Money\n\n__all__ = ['Money']\n",
    "shop/bill.py": "from shop.api import Money\n\ndef bill(x):\n    return Money(x).amount\n",
    "shop/report.py": "from shop.api import Money\nfrom shop.bill import bill\n\ndef report():\n    return bill(Money(1))\n",
    "shop/cart.py": "class Cart:\n    def __init__(self):\n        self.items = []\n\n    def put(self, item):\n        self.items.append(item)\n",
    "tests/test_bill.py": "from shop.bill import bill\n\ndef test_bill():\n    assert bill(1) == 1\n",
}


def planned(files: dict[str, str], selection: Selection | None = None, **more: object) -> Planned:
    return make_plan(
        workspace_of(files, CONFIG), load_rules(), load_codemods(), selection, reach=reaching, **more
    )  # type: ignore[arg-type]


def outline(plan: Plan) -> list[tuple[int, str, str, tuple[str, ...], tuple[int, ...]]]:
    return [(batch.phase, batch.codemod, batch.concept, batch.paths, batch.depends) for batch in plan.batches]


def test_imports_then_the_shim_that_nobody_needs_any_more() -> None:
    found = planned(SHOP)
    assert [(phase, paths) for phase, _, _, paths, _ in outline(found.plan)] == [
        (1, ("shop/bill.py", "shop/report.py", "shop/api.py")),  # nobody is left when the shim begins to warn
        (5, ("shop/api.py",)),
    ]
    assert found.plan.batches[1].depends == (1,)
    assert found.workspace.read("shop/report.py").startswith(b"from shop.money import Money\n")
    assert not found.workspace.exists("shop/api.py")


def test_a_batch_says_what_it_reaches() -> None:
    batch = planned(SHOP).plan.batches[0]
    assert (batch.importers, batch.tests, batch.owner) == (
        1,  # tests/test_bill.py; shop/report.py is in the batch itself
        ("tests/test_bill.py",),
        "@till",
    )
    assert "shop.api:Money" in batch.symbols


def test_small_batches_come_leaves_first() -> None:
    found = planned(SHOP, Selection(max_files=1, phases=(1,)))
    assert outline(found.plan) == [
        (1, "replace-with-shim", "money", ("shop/api.py",), ()),
        (1, "rewrite-imports", "money", ("shop/bill.py",), (1,)),
        (1, "rewrite-imports", "money", ("shop/report.py",), (1,)),
    ]


def test_shims_that_warn_before_their_users_are_re_pointed_are_a_hazard_where_warnings_are_errors() -> None:
    config = replace(parse(CONFIG, "ssot-lint.toml"), collection=Collection(warnings_fail=True))

    def hazards(size: int) -> list[tuple[str, tuple[tuple[str, int, str], ...]]]:
        selection = Selection(max_files=size, phases=(1,))
        found = make_plan(workspace_of(SHOP, config), load_rules(), load_codemods(), selection)
        return [(b.codemod, tuple((h.path, h.line, h.text) for h in b.hazards)) for b in found.plan.batches]

    told = "the tests of this project take warnings for errors, and {} outside of this batch will be warned by the shim, {}"
    assert hazards(1) == [
        ("replace-with-shim", (("shop/bill.py", 1, told.format("2 files", "until batches 2, 3")),)),
        ("rewrite-imports", ()),
        ("rewrite-imports", ()),
    ]
    assert hazards(25) == [("replace-with-shim, rewrite-imports", ())]


def test_contents_are_those_the_plan_names() -> None:
    found = planned(SHOP)
    told = {
        batch.number: {edit.path: (edit.before, edit.after) for edit in batch.edits}
        for batch in found.plan.batches
    }
    held = {
        number: {
            path: (content_digest(before), content_digest(after)) for path, (before, after) in files.items()
        }
        for number, files in found.contents.items()
    }
    assert held == told
    assert {path for files in told.values() for path in files} == {
        "shop/api.py", "shop/bill.py", "shop/report.py",
    }  # fmt: skip


@pytest.mark.parametrize(
    "selection", [Selection(concepts=("cart",)), Selection(phases=(2, 3)), Selection(owners=("@nobody",))]
)
def test_what_was_not_asked_for_is_not_planned(selection: Selection) -> None:
    assert outline(planned(SHOP, selection).plan) == []


def test_a_plan_of_its_own_result_is_empty() -> None:
    after = planned(SHOP).workspace
    assert outline(make_plan(after, load_rules(), load_codemods()).plan) == []


def test_the_same_plan_whatever_the_order_of_the_files() -> None:
    assert encode(planned(dict(reversed(SHOP.items()))).plan) == encode(planned(SHOP).plan)


def test_a_plan_survives_its_file() -> None:
    plan = planned(SHOP).plan
    assert decode(encode(plan), "plan.json") == plan


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (b"{", "plan.json is no plan"),
        (b"[]", "plan.json is no plan"),
        (b'{"version": 1}', "plan.json is no plan"),
    ],
)
def test_what_is_no_plan(source: bytes, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        decode(source, "plan.json")


def test_a_duplicate_that_is_no_drop_in_is_refused_with_its_verdict() -> None:
    old = """
        class OldMoney:
            def __init__(self, amount, currency):
                self.amount = amount
                self.currency = currency

            def add(self, other):
                return OldMoney(self.amount + other.amount, self.currency)
        """
    user = "from shop.old import OldMoney\n\ndef pay():\n    return OldMoney(1, 'EUR').currency\n"
    files = SHOP | {"shop/old.py": old, "shop/pay.py": user}
    refused = [r for r in planned(files).plan.refused if r.path == "shop/old.py"]
    assert [(r.what, r.concept, r.verdict, r.line) for r in refused] == [("SSOT101", "money", "adapter", 1)]
    assert "currency" in refused[0].reason
    agreed = planned(files, Selection(accept=("shop.old:OldMoney",))).plan
    assert ("replace-with-shim", ("shop/old.py",)) in [
        (b.codemod, b.paths[:1]) for b in agreed.batches
    ] or any("shop/old.py" in b.paths for b in agreed.batches)


def test_capabilities_are_listed_for_hands_to_work_through() -> None:
    config = """
[capabilities.tokens]
calls = ["jwt.decode"]
home = ["shop.tokens"]
use = "shop.tokens:read"
"""
    call = "import jwt\n\n\ndef {}(token):\n    return jwt.decode(token, 'k', algorithms=['HS256'])\n"
    files = {
        "shop/tokens.py": call.format("read"),
        **{f"shop/{name}.py": call.format(name) for name in ("a", "b", "c", "d")},
    }
    plan = make_plan(workspace_of(files, config), load_rules(), load_codemods(), Selection(phases=(3,))).plan
    assert (
        render(plan, "text")
        == """\
Phase 3: Capabilities: 4 places to change by hand, no codemod does
      4  jwt.decode is called outside shop.tokens: tokens has one home; use shop.tokens:read
         shop/a.py:5   SSOT401
         shop/b.py:5   SSOT401
         shop/c.py:5   SSOT401
         and 1 more (--verbose)

0 batches, 0 files of 5; violations 4 -> 4; 0 refusals; 4 places to change by hand
"""
    )
    assert render(plan, "markdown").splitlines()[4:] == [
        "## Phase 3: Capabilities: 4 places to change by hand, no codemod does",
        "",
        "- 4: jwt.decode is called outside shop.tokens: tokens has one home; use shop.tokens:read",
        *(f"  - [ ] `shop/{name}.py:5`" for name in ("a", "b", "c", "d")),
    ]


# --- with codemods of our own ---------------------------------------------------------------------------------


def with_codemod(outcome: Outcome | CannotApply, files: dict[str, str] | None = None) -> Planned:
    """The plan when rewrite-imports does this."""

    def apply(workspace: Workspace, requests: object) -> Outcome:
        if isinstance(outcome, CannotApply):
            raise outcome
        return outcome  # again and again, also where it changes nothing any more

    rewrite = replace(load_codemods()["rewrite-imports"], apply=apply)
    files = files or SHOP
    return make_plan(
        workspace_of(files, CONFIG),
        load_rules(),
        {"rewrite-imports": rewrite},
        Selection(phases=(1,)),
        reach=reaching,
    )


def reasons(found: Planned) -> list[str]:
    return sorted({r.reason for r in found.plan.refused if r.path == "shop/bill.py"})


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"def (:\n", "not sound: does not parse: invalid syntax", id="syntax"),
        pytest.param(b"from shop.gone import Money\n\ndef bill(x): ...\n", "not sound: from shop.gone import Money would not resolve: shop.gone is missing", id="unresolved"),
        pytest.param(b"def bill(x):\n    return Money(x).amount\n", "not sound: nothing would bind Money, which is read here", id="unbound"),
        pytest.param(b"from shop.report import report\n\ndef bill(x): return report()\n", "not sound: would close the import cycle shop.bill -> shop.report -> shop.bill", id="cycle"),
    ],
)  # fmt: skip
def test_what_is_not_sound_is_left_out(content: bytes, reason: str) -> None:
    good = b"from shop.money import Money\nfrom shop.bill import bill\n\ndef report():\n    return bill(Money(1))\n"
    found = with_codemod(Outcome({"shop/bill.py": content, "shop/report.py": good}))
    if reason.startswith("not sound: does not parse"):
        assert any(r.startswith("not sound: does not parse") for r in reasons(found))
    else:
        assert reason in reasons(found)
    assert [batch.paths for batch in found.plan.batches] == [("shop/report.py",)]
    assert (
        found.workspace.read("shop/bill.py")
        == b"from shop.api import Money\n\ndef bill(x):\n    return Money(x).amount\n"
    )


def test_an_edit_that_breaks_another_file_is_left_out_alone() -> None:
    good = b"from shop.money import Money\n\ndef bill(x):\n    return Money(x).amount\n"
    far = {"far.py": "import shop\n\nprint(shop.report.report)\n"}
    found = with_codemod(Outcome({"shop/bill.py": good, "shop/report.py": b""}), SHOP | far)
    assert [batch.paths for batch in found.plan.batches] == [("shop/bill.py",)]
    assert [(r.path, r.reason) for r in found.plan.refused if r.path == "far.py"] == [
        ("far.py", "not sound: shop.report.report would not resolve: shop.report:report is missing")
    ]


def test_what_belongs_together_falls_together() -> None:
    edits: dict[str, bytes | None] = {"shop/bill.py": b"def (:\n", "shop/report.py": b"x = 1\n"}
    found = with_codemod(Outcome(edits, together=(frozenset(edits),)))
    assert found.plan.batches == ()


def test_what_belongs_together_is_in_one_batch() -> None:
    edits: dict[str, bytes | None] = {f"shop/n{number}.py": b"x = 1\n" for number in range(6)}
    done = with_codemod(Outcome(edits, together=(frozenset({"shop/n0.py", "shop/n5.py"}),)))
    assert [batch.together for batch in done.plan.batches] == [(("shop/n0.py", "shop/n5.py"),)]


def test_refusals_and_remarks_are_in_the_plan() -> None:
    outcome = Outcome(
        {"shop/bill.py": b"from shop.money import Money\n\ndef bill(x):\n    return Money(x).amount\n"},
        (Refusal("shop/report.py", 1, "because", "shop.api:Money"),),
        (Remark("shop/bill.py", 1, "look here"),),
    )
    found = with_codemod(outcome).plan
    assert [(h.path, h.text) for batch in found.batches for h in batch.hazards] == [
        ("shop/bill.py", "look here")
    ]
    assert [r.reason for r in found.refused if r.path == "shop/report.py"] == ["because"]


def test_a_shim_module_that_stays_says_which_of_its_names_is_needed() -> None:
    """The finding is about the module, the refusal about a name in it: one row, not two."""
    copy = SHOP["shop/money.py"]
    files = SHOP | {"shop/api.py": copy, "deploy.yaml": "handler: shop.api:Money\n"}
    found = planned(files).plan
    assert [(r.what, r.reason) for r in found.refused] == [
        ("SSOT703", "is still needed: deploy.yaml:1 names shop.api:Money")
    ]


def test_a_codemod_that_cannot_apply_at_all() -> None:
    found = with_codemod(CannotApply("nothing to be done", "shop/bill.py", 1))
    assert reasons(found) == ["nothing to be done"]


def test_codemods_that_undo_one_another_end() -> None:
    """Each puts what the other one takes away."""

    def flip(workspace: Workspace, requests: object) -> Outcome:
        one, other = b"from shop.api import Money\n", b"from shop.api import Money  # once\n"
        now = workspace.read("shop/flip.py")
        return Outcome({"shop/flip.py": other if now == one else one})

    rewrite = replace(load_codemods()["rewrite-imports"], apply=flip)
    files = SHOP | {"shop/flip.py": "from shop.api import Money\n"}
    found = make_plan(workspace_of(files, CONFIG), load_rules(), {"rewrite-imports": rewrite})
    assert [batch.paths for batch in found.plan.batches] == [("shop/flip.py",)]
    assert "another codemod would undo this again" in {r.reason for r in found.plan.refused}


# --- order --------------------------------------------------------------------------------------------------------


def test_leaves_first() -> None:
    project = project_of(
        {
            "a.py": "import b\nimport c\n",
            "b.py": "import c\n",
            "c.py": "",
            "d.py": "import e\n",
            "e.py": "import d\n",
            "f.py": "import e\n",
        }
    )
    assert leaves_first(project, ["f.py", "e.py", "d.py", "c.py", "b.py", "a.py"]) == [
        "c.py",
        "b.py",
        "a.py",
        "d.py",
        "e.py",
        "f.py",
    ]


def test_a_canonical_home_that_only_hands_on_gets_its_definition() -> None:
    project: Project = project_of(
        {
            "shop/__init__.py": "",
            "shop/money.py": "from shop.impl import Money\n",
            "shop/impl.py": "class Money: ...\n",
        },
        CONFIG,
    )
    assert list(homecomings(project)) == [("money", {"symbol": "shop.impl:Money", "to": "shop.money"})]


def test_a_codemod_is_asked_once_for_the_same_requests_in_the_same_state() -> None:
    asked: list[tuple[int, str]] = []
    held: list[Workspace] = []  # so that no two states have one id
    real = load_codemods()

    def listening(name: str):  # type: ignore[no-untyped-def]
        def apply(workspace: Workspace, requests: list[object]) -> Outcome:
            held.append(workspace)
            asked.append((id(workspace), f"{name} {requests}"))
            return real[name].apply(workspace, requests)

        return replace(real[name], apply=apply)

    heard = {name: listening(name) for name in real}
    found = make_plan(workspace_of(SHOP, CONFIG), load_rules(), heard)
    assert asked and len(asked) == len(set(asked))
    assert found.plan == make_plan(workspace_of(SHOP, CONFIG), load_rules(), real).plan


def test_a_plan_is_the_same_in_several_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fork, "FEW", 2)
    alone = workspace_of(SHOP, CONFIG)
    several = replace(alone, spread=fork.spread_over(3))
    rules, codemods = load_rules(), load_codemods()
    plans = [make_plan(at, rules, codemods, reach=reaching, both=both) for at, both in (
        (alone, fork.in_turn), (several, fork.at_once)
    )]  # fmt: skip
    assert plans[0].plan == plans[1].plan and plans[0].plan.batches
    assert plans[0].contents == plans[1].contents
