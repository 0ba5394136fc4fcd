from __future__ import annotations

import inspect

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ssot_lint.concepts.claims import claims
from ssot_lint.concepts.verdict import touched, verdict
from ssot_lint.model import Call, Claim, Parameter
from ssot_lint.project import Project
from ssot_lint.queries.signatures import incompatibilities, refusal
from ssot_lint.testing import project_of

CONFIG = """
    test-paths = ["tests/**"]

    [concepts.manager]
    canonical = "app.manager:Manager"
    names = ["*Manager"]
    """

HOME = {
    "app/__init__.py": "",
    "app/manager.py": """
        class Manager:
            LIMIT = 10

            def __init__(self, user, *, size=5):
                self.user = user
                self.size = size

            def add(self, link, weight=1):
                return link.open(weight)

            async def send(self, message):
                return await self.user.send(message)

            def count(self):
                return len(self.user.links)
        """,
}


def judged(files: dict[str, str], config: str = CONFIG) -> tuple[str, tuple[str, ...]]:
    project, claim = duplicate(files, config)
    return verdict(project, claim)


def duplicate(files: dict[str, str], config: str = CONFIG) -> tuple[Project, Claim]:
    project = project_of(HOME | files, config)
    (claim,) = (claim for claim in claims(project)["manager"] if claim.kind == "duplicate")
    return project, claim


OLD = """
    class OldManager:
        def __init__(self, user):
            self.user = user

        def add(self, link):
            return link.open(1)

        async def send(self, message):
            return await self.user.send(message)

        def reset(self):
            return self.user.reset()
    """


def test_drop_in_when_users_need_only_what_the_canonical_class_has() -> None:
    user = """
        from app.old import OldManager

        async def greet(user, link):
            manager = OldManager(user)
            manager.add(link)
            await manager.send("hello")
        """
    assert judged({"app/old.py": OLD, "app/chat.py": user}) == (
        "drop-in",
        (
            "missing in the canonical class and not seen in use: reset",
            "the canonical class has 3 more public members: LIMIT, count, size",
        ),
    )


def test_adapter_when_a_missing_member_is_used() -> None:
    user = """
        from app.old import OldManager

        class Chat:
            def __init__(self, user):
                self.manager = OldManager(user)

            def again(self, manager: "OldManager | None"):
                self.manager.add(1)
                if manager:
                    manager.reset()
                self.manager.reset()
        """
    files = {"app/old.py": OLD, "app/chat.py": user}
    assert judged(files) == (
        "adapter",
        (
            "reset: missing in the canonical class (used at app/chat.py:10 and 1 other place)",
            "the canonical class has 3 more public members: LIMIT, count, size",
        ),
    )
    project, claim = duplicate(files)
    assert {name: [place.line for place in places] for name, places in touched(project, claim).items()} == {
        "add": [8],
        "reset": [10, 11],
    }


def test_uses_are_traced_through_factories() -> None:
    files = {
        "app/old.py": OLD,
        "app/makers.py": """
            from app.old import OldManager

            def make_manager(user) -> OldManager:
                return OldManager(user)

            async def make_manager_later(user):
                return OldManager(user)
            """,
        "app/chat.py": """
            from app.makers import make_manager, make_manager_later

            def chat(user):
                manager = make_manager(user)
                manager.reset()

            async def later(user):
                manager = await make_manager_later(user)
                manager.add(user)
            """,
    }
    project, claim = duplicate(files, CONFIG + '    factory = "app.makers:make_manager"\n')
    assert {name: [(p.path, p.line) for p in places] for name, places in touched(project, claim).items()} == {
        "add": [("app/chat.py", 9)],
        "reset": [("app/chat.py", 5)],
    }


@pytest.mark.parametrize(
    ("body", "use", "expected"),
    [
        pytest.param(
            "def add(self, link, urgent):\n        return link.open(urgent)",
            "manager.add(1, True)",
            ("adapter", "add: parameter urgent does not exist in the canonical one (used at app/chat.py:6)"),
            id="parameter-missing",
        ),
        pytest.param(
            "def send(self, message):\n        return print(message)",
            "manager.send('x')",
            ("manual", "send: sync here, async in the canonical definition (used at app/chat.py:6)"),
            id="sync-against-async",
        ),
        pytest.param(
            "async def count(self):\n        return await self.user.count()",
            "manager.count()",
            ("adapter", "count: async here, sync in the canonical definition (used at app/chat.py:6)"),
            id="async-against-sync",
        ),
        pytest.param(
            "@property\n    def count(self):\n        return len(self.user)",
            "print(manager.count)",
            ("adapter", "count: a property here, a method in the canonical class (used at app/chat.py:6)"),
            id="property-against-method",
        ),
        pytest.param(
            "def add(self, link, weight=2):\n        return link.open(weight)",
            "manager.add(1)",
            ("drop-in", "add: parameter weight defaults to 2 here and to 1 in the canonical one"),
            id="other-default",
        ),
    ],
)
def test_differences_of_a_member_in_use(body: str, use: str, expected: tuple[str, str]) -> None:
    old = f"class OldManager:\n    def __init__(self, user):\n        self.user = user\n\n    {body}\n"
    if "def add" not in body:
        old += "\n    def add(self, link):\n        return link.open()\n"
    chat = f"from app.old import OldManager\n\n\ndef chat(user):\n    manager = OldManager(user)\n    {use}\n"
    found, reasons = judged({"app/old.py": old, "app/chat.py": chat})
    assert (found, [reason for reason in reasons if reason.startswith(("add", "send", "count"))]) == (
        expected[0],
        [expected[1]],
    )


@pytest.mark.parametrize(
    ("initial", "call", "expected", "reason"),
    [
        pytest.param("user, size", "1, 2", "adapter", "2 positional arguments for 1", id="too-many"),
        pytest.param("user, colour", "1, colour=2", "adapter", "no parameter colour", id="unknown-keyword"),
        pytest.param("", "", "manual", "user is missing", id="asks-for-more"),
        pytest.param("user, size", "1, size=2", "drop-in", "", id="accepted"),
        pytest.param("*args", "*things", "drop-in", "", id="hidden-by-a-star"),
    ],
)
def test_constructions(initial: str, call: str, expected: str, reason: str) -> None:
    old = f"class OldManager:\n    def __init__(self, {initial}):\n        pass\n\n    def add(self, link):\n        return link.open()\n"
    chat = f"from app.old import OldManager\n\n\ndef chat(things, link):\n    manager = OldManager({call})\n    manager.add(link)\n"
    found, reasons = judged({"app/old.py": old, "app/chat.py": chat})
    refused = f"the canonical constructor refuses the construction at app/chat.py:5: {reason}"
    assert (found, refused in reasons) == (expected, bool(reason))


@pytest.mark.parametrize(
    ("body", "use", "kind", "said"),
    [
        ("pass", "manager.count()", "drop-in", "LIMIT: 3 here, 10 in the canonical class"),
        (
            "pass",
            "manager.count(), manager.LIMIT",
            "adapter",
            "LIMIT: 3 here, 10 in the canonical class (used at",
        ),
        ("return self.LIMIT", "manager.add(1)", "adapter", "LIMIT: 3 here, 10 in the canonical class"),
        ("return self.LIMIT", "manager.count()", "drop-in", "LIMIT: 3 here, 10 in the canonical class"),
    ],
)
def test_another_value_of_a_class_attribute(body: str, use: str, kind: str, said: str) -> None:
    old = f"""
        class OldManager:
            LIMIT = 3

            def __init__(self, user):
                self.user = user

            def add(self, link):
                {body}

            def count(self):
                return len(self.user.links)
        """
    chat = f"from app.old import OldManager\n\ndef chat(user):\n    manager = OldManager(user)\n    return {use}\n"
    found, reasons = judged({"app/old.py": old, "app/chat.py": chat})
    assert found == kind
    assert any(reason.startswith(said) for reason in reasons)


def test_without_traced_uses_all_public_members_count() -> None:
    many = "\n".join(f"    def extra_{name}(self):\n        return print(1)\n" for name in "abcd")
    old = f"class OldManager:\n    def add(self, link):\n        return link.open()\n\n{many}"
    found, reasons = judged({"app/old.py": old})
    assert found == "manual"
    assert "no use of an instance could be traced: judged on all its public members" in reasons


def test_a_class_that_tells_its_own_kind_is_no_identity_check() -> None:
    equal = """
            def __eq__(self, other):
                return isinstance(other, {name}) and self.user == other.user
        """
    files = {
        "app/manager.py": HOME["app/manager.py"].rstrip() + "\n" + equal.format(name="Manager"),
        "app/old.py": HOME["app/manager.py"].replace("Manager", "OldManager").rstrip()
        + "\n"
        + equal.format(name="OldManager"),
    }
    assert judged(files)[0] == "drop-in"


def test_subclasses_identity_checks_and_exceptions_are_reasons() -> None:
    files = {
        "app/old.py": """
            class OldManager:
                def __init__(self, user): ...

                def add(self, link):
                    raise LookupError(link)
            """,
        "app/chat.py": """
            from app.old import OldManager

            class LoudManagers(OldManager):
                pass

            def is_old(thing):
                return isinstance(thing, OldManager)
            """,
    }
    assert judged(files) == (
        "adapter",
        (
            "1 class derived from it, first at app/chat.py:3",
            "its identity is checked (isinstance or except) at app/chat.py:7",
            "no use of an instance could be traced: judged on all its public members",
            "raises what the canonical class does not: LookupError",
            "the canonical class has 5 more public members: LIMIT, count, send, size, user",
        ),
    )


def test_a_canonical_class_that_cannot_be_found_is_for_a_human() -> None:
    project = project_of(
        {"app.py": "class Manager:\n    def x(self): return open('x')\n"},
        '[concepts.manager]\ncanonical = "gone:Manager"\nnames = ["*Manager"]\n',
    )
    (claim,) = claims(project)["manager"]
    assert verdict(project, claim) == ("manual", ("gone:Manager cannot be found",))


def parameters(signature: inspect.Signature) -> tuple[Parameter, ...]:
    kinds = {
        inspect.Parameter.POSITIONAL_ONLY: "positional-only",
        inspect.Parameter.POSITIONAL_OR_KEYWORD: "positional",
        inspect.Parameter.VAR_POSITIONAL: "var-positional",
        inspect.Parameter.KEYWORD_ONLY: "keyword-only",
        inspect.Parameter.VAR_KEYWORD: "var-keyword",
    }
    return tuple(
        Parameter(
            item.name,
            kinds[item.kind],  # type: ignore[arg-type]
            None if item.default is item.empty else "0",
        )
        for item in signature.parameters.values()
    )


@st.composite
def signatures(draw: st.DrawFn) -> inspect.Signature:
    names = draw(st.permutations("abcd"))
    count = draw(st.integers(0, 4))
    found: list[inspect.Parameter] = []
    kinds = sorted(
        draw(st.lists(st.sampled_from((0, 1, 3)), min_size=count, max_size=count))
    )  # positional-only, both, keyword-only
    optional = False
    for name, kind in zip(names, kinds, strict=False):
        optional = draw(st.booleans()) or (optional and kind != 3)
        default = 0 if optional else inspect.Parameter.empty
        found.append(inspect.Parameter(name, inspect._ParameterKind(kind), default=default))
    if draw(st.booleans()):
        found.append(inspect.Parameter("args", inspect.Parameter.VAR_POSITIONAL))
    if draw(st.booleans()):
        found.append(inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD))
    return inspect.Signature(sorted(found, key=lambda item: item.kind))


def call(positional: int, keywords: list[str]) -> Call:
    return Call("f", 1, 1, -1, -1, positional, tuple(keywords), False, False, "", False)


CALLS = st.tuples(st.integers(0, 5), st.lists(st.sampled_from("abcdx"), unique=True, max_size=4))


def accepts(signature: inspect.Signature, positional: int, keywords: list[str]) -> bool:
    function = eval(
        f"lambda {str(signature)[1:-1]}: None"
    )  # `Signature.bind` is wrong about f(a, /, **kw) and f(a=1)
    try:
        function(*range(positional), **dict.fromkeys(keywords, 0))
    except TypeError:
        return False
    return True


@settings(max_examples=400, deadline=None)
@given(signatures(), CALLS)
def test_a_call_is_refused_exactly_when_python_refuses_it(
    signature: inspect.Signature, made: tuple[int, list[str]]
) -> None:
    assert (refusal(call(*made), parameters(signature)) == "") == accepts(signature, *made)


@settings(max_examples=400, deadline=None)
@given(signatures(), signatures(), CALLS)
@example(inspect.signature(lambda a, b, /: 0), inspect.signature(lambda a, /, *, b: 0), (2, []))
def test_compatible_signatures_accept_the_same_calls(
    mine: inspect.Signature, theirs: inspect.Signature, made: tuple[int, list[str]]
) -> None:
    if list(incompatibilities(parameters(mine), parameters(theirs))) or not accepts(mine, *made):
        return
    assert accepts(theirs, *made)


@pytest.mark.parametrize(
    ("copy", "home", "expected"),
    [
        pytest.param(
            "def __enter__(self): return self\n    def __exit__(self, *error): return None",
            "",
            ("manual", ("__enter__: missing in the canonical class", "__exit__: missing in the canonical class")),
            id="with",
        ),
        pytest.param(
            "def __eq__(self, other): return True\n    def __hash__(self): return 1\n    def __repr__(self): return ''",
            "",
            ("adapter", ("__eq__: missing in the canonical class",)),
            id="equality",
        ),
        pytest.param(
            "",
            "def __eq__(self, other): return True",
            ("adapter", ("__hash__: the canonical class has __eq__ and cannot be hashed",)),
            id="hash",
        ),
        pytest.param(
            "",
            "def __len__(self): return 0",
            ("adapter", ("__len__: the canonical class has it, and may be false",)),
            id="truth",
        ),
        pytest.param(
            "def __len__(self): return 1",
            "def __len__(self): return 0",
            ("drop-in", ("all 3 members in use",)),
            id="both",
        ),
    ],
)  # fmt: skip
def test_special_methods_are_used_without_being_named(
    copy: str, home: str, expected: tuple[str, tuple[str, ...]]
) -> None:
    body = "    def a(self): return print(1)\n    def b(self): return print(2)\n    def c(self): return print(3)\n    "
    files = {
        "app/manager.py": f"class Manager:\n{body}{home}\n",
        "app/old.py": f"class OldManager:\n{body}{copy}\n",
        "app/use.py": "from app.old import OldManager\n\n\ndef f():\n    manager = OldManager()\n    return manager.a(), manager.b(), manager.c()\n",
    }
    found, reasons = judged(files)
    assert found == expected[0]
    assert [item for item in reasons if item.startswith("__")] == [
        item for item in expected[1] if item.startswith("__")
    ]
    if found == "drop-in":
        assert reasons == (f"the canonical definition has {expected[1][0]}, with compatible signatures",)


def test_a_dataclass_has_the_special_methods_that_it_does_not_write_down() -> None:
    fields = "    a: int\n    b: int\n"
    files = {
        "app/manager.py": f"from dataclasses import dataclass\n\n\n@dataclass\nclass Manager:\n{fields}",
        "app/old.py": f"class OldManager:\n{fields}    def __init__(self, a, b): self.a, self.b = a, b\n"
        "    def __eq__(self, other): return vars(self) == vars(other)\n",
    }
    assert judged(files)[0] == "drop-in"


def test_other_defaults_are_told_of_a_constructor_too() -> None:
    files = {
        "app/old.py": "class OldManager:\n    def __init__(self, user, *, size=7): self.user = user\n    def add(self, link, weight=1): return link.open(weight)\n"
    }
    assert "constructor: parameter size defaults to 7 here and to 5 in the canonical one" in judged(files)[1]


SEEN = """
    import json
    from app.old import OldManager

    def greet(manager: OldManager, link):
        manager.add(link)

    def make(user):
        return OldManager(user)

    class Service:
        def given(self) -> OldManager:
            return make(1)

    kept = OldManager(2)
    """


@pytest.mark.parametrize(
    "line",
    [
        "make(3).reset()",
        "one = make(3); one.reset()",
        "many = {1: OldManager(3)}; many[1].reset()",
        "one = OldManager(3); other = one; other.reset()",
        "_, one = 3, OldManager(3); one.reset()",
        "(one := OldManager(3)).reset()",
        "one: OldManager = any_of(); one.reset()",
        "which = OldManager; which(3).reset()",
        "Service().given().reset()",
        "kept.reset()",
        "getattr(make(3), 'reset')()",
        "lambda: make(3).reset()",
    ],
)
@pytest.mark.parametrize("away", [False, True], ids=["here", "in another module"])
def test_what_may_be_used_is_no_drop_in(line: str, away: bool) -> None:
    body = f"\n    def work(any_of):\n        {line}\n"
    taken = "\n    from app.old import OldManager\n    from app.use import Service, kept, make\n"
    files = {"app/use.py": SEEN, "app/far.py": taken + body} if away else {"app/use.py": SEEN + body}
    found, reasons = judged({"app/old.py": OLD, **files})
    assert found == "adapter"
    assert reasons[0].startswith("reset: missing in the canonical class")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "def work(user): user.reset_all()",
        "def work(user): pass  # make(user).other()\n    # make(3).reset()",
        "class Other:\n        def reset(self): self.reset()\n    def work(other: Other): other.reset()",
        "def work(): json.reset()",
        "def reset(): return 'reset'",
    ],
)
def test_what_is_used_of_something_else_is_a_drop_in(body: str) -> None:
    found, reasons = judged({"app/old.py": OLD, "app/use.py": SEEN + f"\n    {body}\n"})
    assert found == "drop-in"
    assert reasons[0] == "missing in the canonical class and not seen in use: reset"
