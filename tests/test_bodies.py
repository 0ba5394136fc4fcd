from __future__ import annotations

import re
from textwrap import dedent

import pytest

from ssot_lint.facts import extract
from ssot_lint.model import MODULE, Call, Deep, FileFacts, PathString, Put

WORDS = re.compile(b"Manager|make_it")


def facts(text: str, words: re.Pattern[bytes] | None = None) -> FileFacts:
    found = extract(dedent(text).encode(), words)
    assert found.problem is None
    return found


def paths(text: str) -> list[tuple[str, str | None, str | None, str | None]]:
    return [(p.form, p.value, p.attribute, p.target) for p in facts(text).paths]


def deep(text: str) -> Deep:
    found = facts(text, WORDS).deep
    assert found is not None
    return found


# --- dotted strings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("patch('a.b.C')", [("patch", "a.b.C", None, None)]),
        ("mock.patch('a.b')", [("patch", "a.b", None, None)]),
        ("unittest.mock.patch('a.b')", [("patch", "a.b", None, None)]),
        ("mocker.patch('a.b')", [("patch", "a.b", None, None)]),
        ("class_mocker.patch('a.b')", [("patch", "a.b", None, None)]),
        ("self.mocker.patch('a.b')", [("patch", "a.b", None, None)]),
        ("patch(target='a.b')", [("patch", "a.b", None, None)]),
        ("patch('a' '.b')", [("patch", "a.b", None, None)]),
        ("patch('a' + '.b')", [("patch", "a.b", None, None)]),
        ("client.patch('/users/1')", []),
        ("self.client.patch('/users/1')", []),
        ("from unittest.mock import patch as p\np('a.b')", [("patch", "a.b", None, None)]),
        ("def f():\n    from unittest.mock import patch as p\n    p('a.b')", [("patch", "a.b", None, None)]),
        ("from unittest.mock import (\n    patch as p,\n)\n@p('a.b')\ndef f(): ...", [("patch", "a.b", None, None)]),
        ("from unittest.mock import patch as p\np.object(x, 'y')", [("patch.object", None, "y", "x")]),
        ("from unittest import mock as m\nm.patch('a.b')", [("patch", "a.b", None, None)]),
        ("from unittest import mock as um\num.patch('a.b')", [("patch", "a.b", None, None)]),
        ("import unittest.mock as um\num.patch.object(x, 'y')", [("patch.object", None, "y", "x")]),
        ("import unittest.mock as um\num.patch('a.b')", [("patch", "a.b", None, None)]),
        ("@patch('a.b')\n@patch.object(C, 'm')\ndef f(x, y): ...", [
            ("patch", "a.b", None, None), ("patch.object", None, "m", "C")]),
        ("@patch('a.b')\nclass T:\n    @patch('c.d')\n    async def f(self): ...", [
            ("patch", "a.b", None, None), ("patch", "c.d", None, None)]),
        ("def f():\n    with patch('a.b') as x, patch('c.d'):\n        pass", [
            ("patch", "a.b", None, None), ("patch", "c.d", None, None)]),
        ("async def f():\n    async with patch('a.b'):\n        pass", [("patch", "a.b", None, None)]),
        ("def f():\n    patcher = patch('a.b')\n    patcher.start()", [("patch", "a.b", None, None)]),
        ("x = [patch('a.b')]", [("patch", "a.b", None, None)]),
        ("patch.object(a.b, 'c')", [("patch.object", None, "c", "a.b")]),
        ("patch.object(target=a.b, attribute='c')", [("patch.object", None, "c", "a.b")]),
        ("mock.patch.object(f(), 'c')", [("patch.object", None, "c", None)]),
        ("mocker.patch.object(a, name)", [("patch.object", None, None, "a")]),
        ("patch.multiple('a.b', c=1, d=DEFAULT, create=True)", [
            ("patch.multiple", "a.b", "c", None), ("patch.multiple", "a.b", "d", None)]),
        ("patch.multiple(a.b, c=1)", [("patch.multiple", None, "c", "a.b")]),
        ("patch.dict('os.environ', {'a.b': 'c'})", [("patch.dict", "os.environ", None, None)]),
        ("patch.dict(os.environ, {'a.b': 'c'})", []),
        ("patch.dict('sys.modules', {'a.b': x, 'c': y})", [
            ("patch.dict", "sys.modules", None, None), ("sys.modules", "a.b", None, None),
            ("sys.modules", "c", None, None)]),
        ("patch.dict(sys.modules, {'a.b': x})", [("sys.modules", "a.b", None, None)]),
        ("monkeypatch.setattr('a.b.c', 1)", [("monkeypatch.setattr", "a.b.c", None, None)]),
        ("monkeypatch.setattr(a.b, 'c', 1)", [("monkeypatch.setattr", None, "c", "a.b")]),
        ("monkeypatch.delattr('a.b.c')", [("monkeypatch.setattr", "a.b.c", None, None)]),
        ("monkeypatch.delattr(a, 'c')", [("monkeypatch.setattr", None, "c", "a")]),
        ("self.monkeypatch.setattr('a.b.c', 1)", [("monkeypatch.setattr", "a.b.c", None, None)]),
        ("monkeypatch.setitem(sys.modules, 'a.b', x)", [("sys.modules", "a.b", None, None)]),
        ("monkeypatch.setitem(table, 'a.b', x)", []),
        ("sys.modules['a.b'] = x", [("sys.modules", "a.b", None, None)]),
        ("imp.load_source('a.b', path)", [("sys.modules", "a.b", None, None)]),
        ("loader.load_source('a.b', path)", []),
        ("sys.modules.setdefault('a.b', x)", [("sys.modules", "a.b", None, None)]),
        ("setattr(x, 'a', 1)\ndelattr(x, 'a')", []),
        ("import_module('a.b')", [("import_module", "a.b", None, None)]),
        ("importlib.import_module(name='a.b')", [("import_module", "a.b", None, None)]),
        ("import importlib as il\nil.import_module('a.b')", [("import_module", "a.b", None, None)]),
        ("from importlib import import_module as load\nload('a.b')", [("import_module", "a.b", None, None)]),
        ("import_module('.b', 'a')", [("import_module", "a.b", None, None)]),
        ("import_module('..b', 'a.c')", [("import_module", "a.b", None, None)]),
        ("import_module('.b', package='a')", [("import_module", "a.b", None, None)]),
        ("import_module('.b', __package__)", [("import_module", "{__package__}.b", None, None)]),
        ("import_module('.b', package=__name__)", [("import_module", "{__name__}.b", None, None)]),
        ("__import__('a.b')", [("__import__", "a.b", None, None)]),
        ("pytest.importorskip('a.b')", [("importorskip", "a.b", None, None)]),
        ("pydoc.locate('a.b.C')", [("locate", "a.b.C", None, None)]),
        ("page.locate('a.b')", []),
        ("patch(f'{__name__}.x')", [("patch", "{__name__}.x", None, None)]),
        ("M = 'a.b'\npatch(M)", [("patch", "a.b", None, None)]),
        ("M = 'a.b'\npatch(f'{M}.C')", [("patch", "a.b.C", None, None)]),
        ("M: str = 'a.b'\nN = M + '.c'\ndef f():\n    patch(f'{N}.D')", [("patch", "a.b.c.D", None, None)]),
        ("def f():\n    m = 'a.b'\n    patch(m + '.C')", [("patch", "a.b.C", None, None)]),
        ("class T:\n    M = 'a.b'\n    @patch(f'{M}.C')\n    def f(self): ...", [("patch", "a.b.C", None, None)]),
        ("def f():\n    m = 'a.b'\n    patch(m)\n    m = 'c.d'\n    patch(m)", [
            ("patch", "a.b", None, None), ("patch", "c.d", None, None)]),
        ("with patch('a.b', create=True): ...", [("patch", "a.b", None, None)]),
    ],
)  # fmt: skip
def test_what_strings_name(text: str, expected: list[tuple[str, str | None, str | None, str | None]]) -> None:
    assert sorted(paths(text), key=str) == sorted(expected, key=str)
    assert facts(text).undecided == (("name)" in text) + 0 if "mocker.patch.object" in text else 0)


@pytest.mark.parametrize(
    "text",
    [
        "patch(name)",
        "patch(f'{x}.y')",
        "patch('%s.x' % y)",
        "import_module('a' + suffix)",
        "M = 'a.b'\ndef f(M):\n    patch(M)",
        "M = 'a.b'\ndef f():\n    for M in names:\n        patch(M)",
        "M = 'a.b'\ndef f():\n    with g() as M:\n        patch(M)",
        "M = 'a.b'\ndef f():\n    M += '.c'\n    patch(M)",
        "M = 'a.b'\ndef f():\n    M, x = g()\n    patch(M)",
        "M = 'a.b'\nif x:\n    M = 'c.d'\npatch(M)",
        "def f():\n    if x:\n        m = 'a.b'\n    else:\n        m = 'c.d'\n    patch(m)",
        "M = 'a.b'\ndef g():\n    global M\n    M = 'x.y'\ndef f():\n    patch(M)",
        "def f():\n    patch(M)\nfor M in names: ...",
        "monkeypatch.setattr(name, value)",
    ],
)
def test_what_cannot_be_decided_is_counted(text: str) -> None:
    found = facts(text)
    assert [(p.value, p.target) for p in found.paths if p.form != "reference"] == [(None, None)]
    assert found.undecided == 1


def test_where_a_string_stands() -> None:
    found = facts("ü = 1\ndef f():\n    if x:\n        'é'; patch(\n            'a.b', create=True)\n")
    assert found.paths == (PathString("patch", "a.b", None, None, 5, 13, 5, 18, 0, 0, True),)


def test_absence_that_is_meant() -> None:
    text = "patch('a.b', create=True)\nmonkeypatch.setattr('a.b', 1, raising=False)\npatch('a.b', create=False)\n"
    assert [path.create for path in facts(text).paths] == [True, True, False]


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("globals()['x'] = 1", True),
        ("globals().update(x)", True),
        ("def f():\n    globals()['x'] = 1", True),
        ("locals()['x'] = 1", True),
        ("def f():\n    locals()['x'] = 1", False),
        ("sys.modules[__name__] = x", True),
        ("setattr(sys.modules[__name__], 'x', 1)", True),
        ("exec('x = 1')", True),
        ("def f():\n    exec('x = 1')", False),
        ("x.update(y)", False),
        ("setattr(x, 'y', 1)", False),
        ("vars().update(x)", True),
        ("export(globals())", True),
        ("def f():\n    export(vars())", False),
        ("class A:\n    export(locals())", False),
        ("globals().pop('x')", True),
        ("globals().setdefault('x', 1)", True),
        ("this = sys.modules[__name__]", True),
        ("sys.modules[__name__].x = 1", True),
        ("vars(sys.modules[__name__])['x'] = 1", True),
        ("del globals()['x']", True),
        ("x = globals()['y']", False),
        ("x = globals().get('y')", False),
        ("x = [name for name in globals()]", False),
        ("if 'x' in globals(): ...", False),
        ("print('%(x)s' % vars(), {**globals()}, f'{locals()}')", False),
        ("x = dict(globals(), y=1)", False),
        ("x = getattr(sys.modules[__name__], 'y')", False),
        ("doctest.testmod(sys.modules[__name__])", False),
        ("pass_through(__name__, 'api')", True),
        ("if x:\n    with y:\n        pass_through(__name__)", True),
        ("def f():\n    pass_through(__name__)", False),
        ("print(__name__)", False),
        ("log.info(__name__)", False),
        ("log = get_logger(__name__)", False),
        ("get_logger(__name__).setLevel(3)", False),
        ("api.fill(codes, find_current_module())", True),
        ("fill(module=current_module())", True),
        ("here = find_current_module()", False),
    ],
)
def test_namespaces_changed_by_code(text: str, changed: bool) -> None:
    assert facts(text).dynamic_namespace is changed


REFERENCES = """
BACKEND = "pkg.mod.Backend"
ROUTES = {"home": "pkg.views:home", "x": ["pkg.a.B", "no words here", "3.14", "single"]}
class Settings:
    MIDDLEWARE = ("pkg.middleware.Auth",)
    url: str = "https://example.com/a.b"
def f():
    local = "pkg.mod.Local"
__all__ = ["a.b"]
version = "1.2.3"
file = "data.json/x"
"""


def test_settings_that_name_what_they_use() -> None:
    found = [(p.form, p.value, p.line, p.scope) for p in facts(REFERENCES).paths]
    assert found == [
        ("reference", "pkg.mod.Backend", 2, MODULE), ("reference", "pkg.views:home", 3, MODULE),
        ("reference", "pkg.a.B", 3, MODULE), ("reference", "pkg.middleware.Auth", 5, 0),
    ]  # fmt: skip


# --- deep facts


def test_without_a_word_nothing_is_read_deeply() -> None:
    assert facts("class A:\n    def f(self): return g()\n", WORDS).deep is None
    assert facts("class Manager: ...", None).deep is None


def test_only_definitions_that_mention_a_word_are_read() -> None:
    found = deep("def f():\n    other = Other()\n    other.go()\ndef g():\n    m = Manager()\n    m.go()\n")
    assert [(call.callee, call.scope) for call in found.calls] == [("Manager", 1)]
    assert [(use.receiver, use.attribute) for use in found.uses] == [("m", "go")]


def test_calls() -> None:
    found = deep(
        """
        async def f(x):
            m = await pkg.Manager.create(1, *x, key=2, **x)
            return make_it()
        print(Manager(a=1))
        Manager(fake, q.Other(), *more, 3, key=self.fake, **rest)
        """
    )
    assert found.calls == (
        Call("pkg.Manager.create", 3, 15, 0, MODULE, 2, ("key", "**"), True, True, "m", False),
        Call("make_it", 4, 12, 0, MODULE, 0, (), False, False, "", True),
        Call("Manager", 5, 7, MODULE, MODULE, 0, ("a",), False, False, "", False),
        Call(
            "Manager", 6, 1, MODULE, MODULE, 4, ("key", "**"), True, False, "", False,
            ("fake", "q.Other()", "", "", "self.fake", ""),
        ),
    )  # fmt: skip


def test_what_is_put_where_a_concept_can_get_it() -> None:
    found = deep(
        """
        async def f(x) -> "Manager":
            if x:
                with raises(ValueError):
                    fake = q.Fake()
            unused, fake = Fake(), None
            fake = None
            known = Manager(fake)
            known.other = fake
            known.size = 3
            x.other = fake
            self.other = Fake()
            lower = made()
            mock = Mock()
            await Manager(known, lower, mock)
            known = Other()
            return await Other(), other if x else Other()
        async def g() -> Manager:
            return Other()
        """
    )
    assert found.puts == (
        Put("fake", "q.Fake()", 5, 13, 0, 1),
        Put("known", "Manager()", 8, 5, 0, MODULE),
        Put("known.other", "fake", 9, 5, 0, MODULE),
        Put("known", "Other()", 16, 5, 0, MODULE),
        Put("return", "Other()", 19, 12, 1, MODULE),
    )


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n    x = Manager()\n    x.go()",
        "async def f():\n    x = await make_it()\n    x.go()",
        "def f():\n    x: Manager = g()\n    x.go()",
        "def f():\n    x: 'Manager | None' = g()\n    x.go()",
        "def f(x: Manager):\n    x.go()",
        "def f(x: Optional['Manager']):\n    x.go()",
        "def f(*, x: pkg.Manager):\n    x.go()",
        "def f():\n    with Manager() as x:\n        x.go()",
        "async def f():\n    async with make_it() as x:\n        x.go()",
        "def f(y):\n    x = y or Manager()\n    x.go()",
        "def f(y):\n    x = y if y else Manager()\n    x.go()",
        "def f():\n    x = Manager.instance()\n    x.go()",
        "from m import Manager as M\ndef f():\n    x = M()\n    x.go()",
        "from m import (Manager\n    as M)\ndef f():\n    x = M()\n    x.go()",
        "from m import Manager as Größe\ndef f():\n    x = Größe()\n    x.go()",
        "def f():\n    from m import Manager as M\n    x = M()\n    x.go()",
        "M = Manager\ndef f():\n    x = M()\n    x.go()",
        "def f():\n    x = Manager()\n    def g():\n        x.go()",
        "def f():\n    if (x := Manager()):\n        x.go()",
        "x = Manager()\ndef f():\n    x.go()",
        "def f():\n    x.go()\nx = Manager()",
        "x: Manager = None\ndef f():\n    x.go()",
        "x = None\ndef f():\n    global x\n    x = Manager()\n    x.go()",
    ],
)
def test_uses_of_instances(text: str) -> None:
    found = [(use.receiver, use.attribute, use.called, use.written) for use in deep(text).uses]
    assert found == [("x", "go", True, False)]


def test_uses_through_self() -> None:
    found = deep(
        """
        class User:
            def __init__(self, manager: Manager):
                self.manager = Manager()
                self.other = Other()
            def go(self):
                self.manager.send(1)
                self.manager.limit = 3
                self.manager.count += 1
                print(self.manager.pool.size, self.other.x)
        """
    ).uses
    assert [(use.receiver, use.attribute, use.line, use.called, use.written) for use in found] == [
        ("self.manager", "send", 7, True, False), ("self.manager", "limit", 8, False, True),
        ("self.manager", "count", 9, False, True), ("self.manager", "pool", 10, False, False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f(): return [Manager]", [("Manager", "read", "")]),
        ("def f(): return Manager", [("Manager", "returned", "")]),
        ("def f():\n    m = Manager()\n    return m", [("m", "returned", "")]),
        ("x = Manager", [("Manager", "stored", "x")]),
        ("def f(x: pkg.Manager) -> Manager: ...", [("pkg.Manager", "annotation", ""), ("Manager", "annotation", "")]),
        ("def f(*a: Manager, **k: Manager): ...", [("Manager", "annotation", ""), ("Manager", "annotation", "")]),
        ("def f(x: 'Optional[pkg.Manager]'): ...", [("pkg.Manager", "string-annotation", "")]),
        ("def f(x: List['Manager']): ...", [("Manager", "string-annotation", "")]),
        ("def f(x: Literal['Manager']): ...", []),
        ("x: Manager.Inner", [("Manager.Inner", "annotation", "")]),
        ("class A(pkg.Manager): ...", [("pkg.Manager", "base", "")]),
        ("@Manager\ndef f(): ...", [("Manager", "decorator", "")]),
        ("def f():\n    try: x()\n    except (ManagerError, pkg.ManagerGone): ...", [
            ("ManagerError", "except", ""), ("pkg.ManagerGone", "except", "")]),
        ("def f():\n    try: x()\n    except* ManagerError: ...", [("ManagerError", "except", "")]),
        ("def f(): return isinstance(x, (Manager, B))", [("Manager", "isinstance", "")]),
        ("def f(): return isinstance(x, Manager)", [("Manager", "isinstance", "")]),
        ("def f(x):\n    match x:\n        case Manager(a=1): ...\n        case pkg.Manager.ONE: ...", [
            ("Manager", "isinstance", ""), ("pkg.Manager.ONE", "read", "")]),
        ("class ManagerShim:\n    def __init__(self, inner: B):\n        self.inner = inner", [
            ("inner", "stored", "self.inner")]),
        ("def f(): g(Manager.limit, lambda: Manager)", [("Manager.limit", "read", ""), ("Manager", "read", "")]),
    ],
)  # fmt: skip
def test_references(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert [(r.name, r.role, r.target) for r in deep(text).references] == expected


def test_exceptions_raised_by_claims() -> None:
    found = facts(
        """
        class Manager:
            def send(self):
                raise ValueError("x")
            def close(self):
                raise pkg.Gone from error
            def again(self):
                raise
        def f(x: Manager):
            raise KeyError
        """,
        WORDS,
    )
    assert found.deep is not None
    assert found.deep.raises == ((1, "ValueError"), (2, "pkg.Gone"))


def test_branches_of_calls_are_kept() -> None:
    found = facts("def f():\n    if x:\n        pass\n    if y:\n        Manager()\n", WORDS)
    assert found.deep is not None
    assert [found.branches[call.branch].test for call in found.deep.calls] == ["y"]
    assert len(found.branches) == 1
