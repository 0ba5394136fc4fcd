"""Classes that calls make: what is read of them, compared with the classes themselves, and what is made of that."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from textwrap import dedent
from typing import Any

import pytest

from ssot_lint.check import Settings, check
from ssot_lint.codemod import Outcome
from ssot_lint.concepts.claims import claims
from ssot_lint.concepts.name_matches import name_matches
from ssot_lint.concepts.verdict import verdict
from ssot_lint.facts import extract
from ssot_lint.graphs import graph
from ssot_lint.model import Definition, FileFacts
from ssot_lint.plugins import load_codemods, load_rules
from ssot_lint.queries.signatures import certain_constructor
from ssot_lint.testing import project_of, workspace_of


def made(source: str) -> list[Definition]:
    return [item for item in extract(dedent(source).encode()).definitions if item.made]


def shown(facts: FileFacts, index: int) -> str:
    """`Name(bases): attributes; methods`."""
    item = facts.definitions[index]
    methods = [inner.name for inner in facts.definitions if inner.parent == index]
    return f"{item.name}({', '.join(base or '?' for base in item.bases)}): {' '.join(item.attributes)}; {' '.join(methods)}"


READ = {
    "type": ('type("X", (Base, object), {"a": 1})', "X(Base, object): a; "),
    "type-methods": ('type("X", (), {"run": run, "stop": lambda self: None})', "X(): ; run stop"),
    "type-name": ("type(name, (Base,), {})", "X(Base): ; "),
    "type-dict": ('type("X", (), dict(a=1, run=run))', "X(): a; run"),
    "type-open": ('type("X", (), {"a": 1, **more})', "X(?): a; "),
    "type-key": ('type("X", (Base,), {name: 1})', "X(Base, ?): ; "),
    "type-namespace": ('type("X", (Base,), more)', "X(Base, ?): ; "),
    "type-bases": ('type("X", more, {})', "X(?): ; "),
    "type-base": ('type("X", (Base, choose()), {})', "X(Base, ?): ; "),
    "metaclass": ('ABCMeta("X", (Base,), {})', "X(Base): ; "),
    "namedtuple": ('namedtuple("X", "a, b c")', "X(namedtuple): a b c; "),
    "namedtuple-list": ('collections.namedtuple("X", ["a", "b"])', "X(collections.namedtuple): a b; "),
    "namedtuple-keywords": ('namedtuple(typename="X", field_names=("a",))', "X(namedtuple): a; "),
    "namedtuple-renamed": ('nt("X", "a b", rename=True)', "X(nt, ?): a b; "),
    "namedtuple-open": ('namedtuple("X", more)', "X(namedtuple, ?): ; "),
    "typed": ('t.NamedTuple("X", [("a", int), ("b", "str")])', "X(t.NamedTuple): a b; "),
    "dict": ('TypedDict("X", {"a": int, "b-c": str}, total=False)', "X(TypedDict): a; "),
    "dataclass": (
        'make_dataclass("X", ["a", ("b", int), ("c", int, 3)], bases=(Base,), namespace={"run": run})',
        "X(Base): a b c; run",
    ),
    "dataclass-field": ('make_dataclass("X", [("a", int, field(init=False))])', "X(?): a; "),
    "enum": ('Enum("X", "A B", module=__name__)', "X(Enum): A B; "),
    "enum-type": ('Enum("X", {"A": 1}, type=str)', "X(str, Enum): A; "),
    "enum-pairs": ('Enum("X", [("A", 1), ("B", 2)])', "X(Enum): A B; "),
    "new-class": ('types.new_class("X", (Base,), {}, lambda ns: ns.update({"a": 1}))', "X(Base): a; "),
    "new-class-keywords": ('types.new_class("X", (), {"metaclass": ABCMeta})', "X(): ; "),
    "new-class-body": ('types.new_class("X", (), {}, fill)', "X(?): ; "),
    "model": ('create_model("X", __base__=Base, a=(int, 1))', "X(Base, ?): a; "),
    "assigned": ('alias("X", "a")', "X(alias): a; "),
}  # fmt: skip
HEAD = """
    import collections.abc
    import types
    import typing as t
    from abc import ABCMeta
    from collections import namedtuple, namedtuple as nt
    from dataclasses import field, make_dataclass
    from enum import Enum
    from typing import TypedDict

    from pydantic import create_model

    alias = namedtuple

    class Base: ...

    def run(self, speed): ...
"""


@pytest.mark.parametrize(("call", "expected"), READ.values(), ids=READ)
def test_what_a_call_says(call: str, expected: str) -> None:
    facts = extract(f"{dedent(HEAD)}\nX = {call}\n".encode())
    found = [shown(facts, index) for index, item in enumerate(facts.definitions) if item.made]
    assert found == [expected]


LEFT = {
    "one-argument": "X = type(value)",
    "local-type": "from shop import namedtuple\nX = namedtuple('X', 'a')",
    "own": "def namedtuple(*a): ...\nX = namedtuple('X', 'a')",
    "other-module": "import shop as collections\nX = collections.namedtuple('X', 'a')",
    "attribute": "import types\nself.X = types.new_class('X')",
    "in-a-call": "import collections\nX = wrap(collections.namedtuple('X', 'a'))",
    "lookup": "from enum import Enum\nX = Enum('X')",
    "starred": "X = type(*given, (), {})",
    "variable": "def f(base):\n    X = base\n    if base:\n        X = type('X', (base,), {})",
    "parameter": "def f(X):\n    X = type('X', (X,), {})",
    "global": "def f():\n    global X\n    X = type('X', (), {})",
}


@pytest.mark.parametrize("source", LEFT.values(), ids=LEFT)
def test_what_is_left_alone(source: str) -> None:
    facts = extract(source.encode())
    assert [item.name for item in facts.definitions if item.made] == []


def test_they_are_found_wherever_they_stand() -> None:
    source = """
        from typing import *
        if flag:
            First = Second = NamedTuple("First", [("a", int)])
        try:
            import fast
        except ImportError:
            Third: type = type("Third", (), {})
        class Outer:
            Row = type("Row", (), {})
            def run(self):
                from collections import namedtuple
                Local = namedtuple("Local", "a")
                return Local
        def plain(value):
            Quick = type("Quick", (), {})
            for item in value:
                Loop = NamedTuple("Loop", [])
    """
    facts = extract(dedent(source).encode())
    assert [item.qualname for item in facts.definitions if item.made] == [
        "First", "Third", "Outer.Row", "Outer.run.<locals>.Local", "plain.<locals>.Quick", "plain.<locals>.Loop",
    ]  # fmt: skip
    assert [(item.name, item.kind, item.value) for item in facts.assignments if item.scope < 0] == [
        ("Second", "name", "First")
    ]
    outer = next(item for item in facts.definitions if item.name == "Outer")
    assert (outer.attributes, outer.skeleton) == (("Row",), "aF")
    assert [facts.branches[item.branch].kind for item in made(source) if item.branch >= 0] == [
        "if", "except-import", "loop",
    ]  # fmt: skip


def test_a_class_stands_where_it_is_assigned() -> None:
    (item,) = made('\nX = type(\n    "X",\n    (),\n    {},\n)\n')
    place = (item.first_line, item.line, item.column, item.end_line, item.end_column)
    assert (place, item.made, item.is_trivial) == ((2, 2, 1, 6, 2), "builtins.type", True)


def test_a_new_type_is_another_name_and_no_class() -> None:
    facts = extract(
        b'from typing import NewType\nUserId = NewType("UserId", shop.Id)\nOther = NewType("O", list[int])\n'
    )
    assert facts.definitions == ()
    assert [(item.name, item.kind, item.value) for item in facts.assignments] == [
        ("UserId", "new-type", "shop.Id"),
        ("Other", "call", "NewType"),
    ]


RUN = {
    "namedtuple": 'Thing = namedtuple("Thing", "a b c", defaults=(1,))',
    "typed": 'Thing = NamedTuple("Thing", [("a", int), ("b", str)])',
    "dataclass": 'Thing = make_dataclass("Thing", ["a", ("b", int), ("c", int, 3)])',
    "dataclass-heir": 'Thing = make_dataclass("Thing", [("b", int, 2)], bases=(Record,), namespace={"x": 1})',
    "heir": 'Row = namedtuple("Row", "a b")\nclass Thing(Row):\n    c: int = 1\n    def run(self): ...',
    "type": 'Thing = type("Thing", (Base,), {"x": 1})',
    "type-init": 'Thing = type("Thing", (Base,), {"__init__": lambda self, a, *, b=1: None})',
    "new-class": 'Thing = types.new_class("Thing", (Base,))',
    "class-of-a-namedtuple": 'class Thing(namedtuple("Thing", "a b", defaults=[1])):\n    __slots__ = ()\n    def sum(self): ...',
    "class-of-a-typed-tuple": 'class Thing(NamedTuple("Thing", [("a", int), ("b", str)])): ...',
    "class-of-a-type": 'class Thing(type("Middle", (Base,), {"weight": 1})):\n    def sum(self): ...',
    "class-of-a-record": 'class Thing(make_dataclass("Thing", ["a", ("b", int)], bases=(Record,))):\n    def sum(self): ...',
}
RUN_HEAD = """
import types
from collections import namedtuple
from dataclasses import dataclass, make_dataclass
from typing import NamedTuple

class Base:
    def __init__(self, size, speed=1): ...

@dataclass
class Record:
    a: int
"""


@pytest.mark.parametrize("source", RUN.values(), ids=RUN)
def test_constructors_and_members_are_those_of_the_class(source: str) -> None:
    text = f"{RUN_HEAD}\n{source}\n"
    space: dict[str, Any] = {"__name__": __name__}
    exec(text, space)
    project = project_of({"thing.py": text})
    target = project.resolve_symbol("thing:Thing").target
    known = certain_constructor(project, target.file, target.index)
    assert known is not None
    signature = inspect.signature(space["Thing"]).parameters.values()
    assert [(item.name, item.default is None) for item in known] == [
        (item.name, item.default is item.empty) for item in signature
    ]
    assert [name for name in project.members(target.file, target.index) if not hasattr(space["Thing"], name)] in (
        [], [item.name for item in signature if item.default is item.empty],
    )  # fmt: skip


def test_an_unknown_part_leaves_the_constructor_open() -> None:
    project = project_of({"thing.py": 'Thing = type("Thing", (), {"__init__": start, **more})'})
    target = project.resolve_symbol("thing:Thing").target
    assert certain_constructor(project, target.file, target.index) is None


CONFIG = """
    test-paths = ["tests/**"]

    [concepts.manager]
    canonical = "shop.manager:Manager"
    names = ["*Manager"]
    members = ["send", "close"]
"""
SHOP = {
    "shop/__init__.py": "",
    "shop/manager.py": """
        class Manager:
            def __init__(self, size):
                self.size = size
            def send(self, text): return text
            def close(self): return None
        """,
    "shop/old.py": """
        from collections import namedtuple
        from enum import Enum
        from typing import NewType
        from shop.manager import Manager
        def send(self, text): return text.upper()
        def close(self): return None
        Copy = 1
        CopyManager = type("CopyManager", (), {"send": send, "close": close})
        HalfManager = type("HalfManager", (), {"send": send})
        OpenManager = type("OpenManager", (), {"send": send, **globals()})
        Manager2 = type("Manager2", (Manager,), {})
        OldManager = type("OldManager", (Manager,), {"send": send})
        TupleManager = namedtuple("TupleManager", "size")
        KindManager = Enum("KindManager", "A B")
        IdManager = NewType("IdManager", Manager)
        """,
    "shop/api.py": "from shop.old import *\n",
    "tests/__init__.py": "",
    "tests/test_manager.py": """
        from unittest.mock import patch
        from shop.api import CopyManager, TupleManager
        def test_it():
            FakeManager = type("FakeManager", (), {"send": lambda self, text: None, "close": lambda self: None})
            with patch("shop.old.HalfManager"), patch("shop.old.HalfManager.send"), patch("shop.old.GoneManager"):
                CopyManager
                TupleManager(1, 2)
                return FakeManager(3)
        """,
}


def test_made_classes_are_claims_with_a_kind() -> None:
    project = project_of(SHOP, CONFIG)
    assert {
        claim.symbol.partition(":")[2]: (claim.kind, claim.importers) for claim in claims(project)["manager"]
    } == {
        "Manager": ("canonical", 1),
        "CopyManager": ("duplicate", 1),
        "HalfManager": ("duplicate", 0),
        "OpenManager": ("duplicate", 0),
        "OldManager": ("subclass", 0),
        "TupleManager": ("companion", 1),
        "KindManager": ("companion", 0),
        "IdManager": ("alias", 0),
        "test_it.<locals>.FakeManager": ("test-double", 0),
    }
    assert name_matches(project)["manager"] == {"*Manager": (1, 1)}  # class statements


def test_they_are_what_names_and_strings_stand_for_and_have_bases() -> None:
    project = project_of(SHOP, CONFIG)
    assert project.resolve_symbol("shop.api:CopyManager").target.symbol == "shop.old:CopyManager"
    assert sorted(project.class_graph.successors("shop.old:OldManager")) == ["shop.manager:Manager"]
    assert sorted(project.class_graph.successors("shop.old:TupleManager")) == ["collections.namedtuple"]
    edges = [
        (edge.source, edge.target)
        for edge in graph(project, ["manager"], "classes").edges
        if edge.kind == "inherits"
    ]
    assert ("shop.old:OldManager", "shop.manager:Manager") in edges


def findings(files: Mapping[str, str], *rules: str) -> list[str]:
    report = check(project_of(files, CONFIG), load_rules(), Settings(select=rules))
    return [f"{item.path}:{item.line} {item.rule} {item.message}" for item in report.diagnostics]


def test_rules_see_them_and_claim_nothing_of_what_is_open() -> None:
    assert findings(SHOP, "SSOT101", "SSOT205", "SSOT601", "SSOT603") == [
        "shop/old.py:8 SSOT101 CopyManager implements manager beside shop.manager:Manager, imported by 1 file; "
        "replacing it: manual",
        "shop/old.py:9 SSOT101 HalfManager implements manager beside shop.manager:Manager; replacing it: manual",
        "shop/old.py:9 SSOT601 HalfManager lacks close, one of the members of concepts.manager",
        "shop/old.py:10 SSOT101 OpenManager implements manager beside shop.manager:Manager; replacing it: manual",
        "tests/test_manager.py:5 SSOT205 patches HalfManager in shop.old, which defines a duplicate of "
        "shop.manager:Manager, and nobody reads it there",
        "tests/test_manager.py:5 SSOT205 patch names shop.old.GoneManager, but shop.old has no attribute GoneManager; "
        "did you mean Manager?",
        "tests/test_manager.py:7 SSOT603 TupleManager(...): 2 positional arguments for 1; TupleManager takes (size)",
        "tests/test_manager.py:8 SSOT603 FakeManager(...): 1 positional argument for 0; FakeManager takes ()",
    ]


@pytest.mark.parametrize("name", ["CopyManager", "OldManager", "TupleManager", "KindManager"])
def test_codemods_say_why_they_leave_them(name: str) -> None:
    files = {**SHOP, "tests/test_manager.py": "", "shop/api.py": ""}
    symbol = f"shop.old:{name}"
    maker = {"TupleManager": "collections.namedtuple", "KindManager": "enum.Enum"}.get(name, "builtins.type")
    why = f"{name} is made by a call of {maker}, it has no class statement to work on"
    to = {"symbol": symbol, "canonical": "shop.manager:Manager"}
    assert {
        codemod: [item.reason for item in refused(files, codemod, request).refusals]
        for codemod, request in (
            ("replace-with-shim", {**to, "accept": "manual"}),
            ("inherit-from-canonical", to),
            ("remove-shim", {"symbol": symbol}),
            ("remove-shim", {"symbol": symbol, "copy_of": "shop.manager:Manager"}),
        )
    } == {"replace-with-shim": [why], "inherit-from-canonical": [why], "remove-shim": [why]}
    assert [item.reason for item in refused(files, "remove-shim", {"symbol": symbol}).refusals] == [
        f"{name} is no shim: it is implemented here"
    ]


def refused(files: Mapping[str, str], codemod: str, request: Mapping[str, str]) -> Outcome:
    known = load_codemods()[codemod]
    outcome = known.apply(workspace_of(files, CONFIG), [known.request(request)])
    assert outcome.edits == {}
    return outcome


def test_a_class_may_make_way_for_a_made_one_and_not_inherit_from_it() -> None:
    files = {**SHOP, "shop/new.py": "class NewManager:\n    def send(self, text):\n        return text\n"}
    request = {"symbol": "shop.new:NewManager", "canonical": "shop.old:CopyManager"}
    assert [item.reason for item in refused(files, "inherit-from-canonical", request).refusals] == [
        "CopyManager is made by a call of builtins.type, it has no class statement to work on"
    ]
    codemod = load_codemods()["replace-with-shim"]
    outcome = codemod.apply(workspace_of(files, CONFIG), [codemod.request(request)])
    assert (sorted(outcome.edits), outcome.refusals) == (["shop/new.py"], ())


def test_a_made_shim_that_nobody_needs_can_go() -> None:
    files = {**SHOP, "tests/test_manager.py": "", "shop/api.py": ""}
    codemod = load_codemods()["remove-shim"]
    outcome = codemod.apply(workspace_of(files, CONFIG), [codemod.request({"symbol": "shop.old:Manager2"})])
    assert outcome.refusals == ()
    assert b"Manager2" not in (outcome.edits["shop/old.py"] or b"")


def test_a_class_may_have_a_made_base_and_one_that_is_computed_is_not_known() -> None:
    files = {
        "shop/__init__.py": "",
        "shop/manager.py": "class Manager:\n    def send(self, text): ...\n    def close(self): ...\n",
        "shop/old.py": """
            from collections import namedtuple
            import six
            from shop.manager import Manager
            class PairManager(namedtuple("PairManager", "size speed")):
                __slots__ = ()
            class MetaManager(six.with_metaclass(type, Manager)):
                def find(self, name): ...
            class OddManager(base()):
                def send(self, text): ...
                def close(self): ...
            PairManager(1)
            """,
    }
    project = project_of(files, CONFIG)
    found = [item for item in claims(project)["manager"] if item.path == "shop/old.py"]
    assert [(item.symbol, item.kind, item.verdict) for item in found] == [
        ("shop.old:PairManager", "companion", None),
        ("shop.old:MetaManager", "subclass", None),
        ("shop.old:OddManager", "duplicate", None),
    ]
    assert verdict(project, found[2]) == (
        "manual",
        (
            "a base of it is computed: what that brings is not known",
            "no use of an instance could be traced: judged on all its public members",
        ),
    )
    assert findings(files, "SSOT603") == [
        "shop/old.py:11 SSOT603 PairManager(...): speed is missing; PairManager takes (size, speed)"
    ]
