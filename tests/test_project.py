from __future__ import annotations

import itertools
import sys
from textwrap import indent

import pytest
from _programs import imported, meanings, project, sources
from hypothesis import given, settings
from hypothesis import strategies as st

from ssot_lint.config import Config
from ssot_lint.model import MODULE, Location
from ssot_lint.project import Hop, Project, Target, link
from ssot_lint.testing import project_of

HOME = {"home.py": "class A: ...\nclass B: ...\ndef f(): ...\nlimit = 3\n"}


def names(linked: Project, module: str, *asked: str) -> dict[str, list[str]]:
    return {name: meanings(linked, module, name) for name in asked}


# --- what a name stands for


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("from home import A", "A", ["definition home:A"]),
        ("from home import A as Z", "Z", ["definition home:A"]),
        ("import home", "home", ["module home"]),
        ("import home", "home.A", ["definition home:A"]),
        ("import home as h", "h.A", ["definition home:A"]),
        ("from home import A\nZ = A", "Z", ["definition home:A"]),
        ("import home\nZ = home.A", "Z", ["definition home:A"]),
        ("import home\nh = home", "h.A", ["definition home:A"]),
        ("Z, Y = home.A, home.B\nimport home", "Y", ["definition home:B"]),
        ("from home import A\nZ = A\nfrom home import B as A", "Z", ["definition home:A"]),
        ("import home\nZ = home.A\nhome = 3", "Z", ["definition home:A"]),
        ("A = 3\nZ = A\nfrom home import *", "Z", ["variable use:Z"]),
        ("from home import limit", "limit", ["variable home:limit"]),
        ("from home import A\na = A()", "a", ["variable use:a"]),
        ("from home import *", "B", ["definition home:B"]),
        ("from home import A\ndel A", "A", ["unresolved use:A"]),
        ("from home import A\ndef g():\n    del A", "A", ["definition home:A"]),
        ("from home import missing", "missing", ["unresolved home:missing"]),
        ("from gone import A", "A", ["external gone.A"]),
        ("import gone.deep", "gone.deep.A", ["external gone.deep.A"]),
        ("x = 1", "len", ["external builtins.len"]),
        ("x = 1", "y", ["unresolved use:y"]),
        ("x = 1", "__file__", ["variable use:__file__"]),
        ("x: int", "x", ["variable use:x"]),
        ("def A(): ...\nclass A: ...", "A", ["definition use:A"]),
        ("from home import A\nclass A: ...", "A", ["definition use:A"]),
        ("class A: ...\nfrom home import A", "A", ["definition home:A"]),
        ("from home import A\nA = None", "A", ["variable use:A"]),
        ("from home import A\nA = wrap(A)", "A", ["variable use:A"]),
        ("class A: ...\nfrom home import *", "A", ["definition home:A"]),
        ("from home import *\nclass A: ...", "A", ["definition use:A"]),
        ("globals()['x'] = 1", "anything", ["dynamic use:anything"]),
        ("exec('x = 1')", "anything", ["dynamic use:anything"]),
        ("from gone import *", "anything", ["dynamic gone.anything"]),
        ("from gone import *\nclass A: ...", "A", ["definition use:A"]),
        ("def __getattr__(name): ...", "anything", ["dynamic use:anything"]),
        ("from home import *\ndef __getattr__(name): ...", "A", ["definition home:A"]),
        ("def (", "anything", ["dynamic use:anything"]),
        ("while (A := f()): ...", "A", ["variable use:A"]),
        ("with open('x') as A: ...", "A", ["variable use:A"]),
        ("for A in (): ...", "A", ["variable use:A"]),
        ("def g():\n    global A\n    from home import A", "A", ["variable use:A"]),
        ("A = None\ndef g():\n    global A\n    A = f()", "A", ["variable use:A", "variable use:A"]),
        ("def g():\n    global A\n    class A: ...", "A", ["variable use:A"]),
    ],
)
def test_what_a_name_stands_for(text: str, name: str, expected: list[str]) -> None:
    assert meanings(project(HOME | {"use.py": text}), "use", name) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "try:\n    from home import A\nexcept ImportError:\n    A = None",
            ["definition home:A", "variable use:A"],
        ),
        (
            "try:\n    from home import missing as A\nexcept ImportError:\n    from home import B as A",
            ["definition home:B", "unresolved home:missing"],
        ),
        (
            "try:\n    from home import A\nexcept ImportError:\n    class A: ...",
            ["definition home:A", "definition use:A"],
        ),
        (
            "A = None\ntry:\n    from home import A\nexcept ImportError:\n    pass",
            ["definition home:A", "variable use:A"],
        ),
        ("try:\n    import home\nfinally:\n    from home import A", ["definition home:A"]),
        (
            "if f():\n    from home import A\nelse:\n    from home import B as A",
            ["definition home:A", "definition home:B"],
        ),
        (
            "if f():\n    A = 1\nelif g():\n    from home import A\nelse:\n    from home import B as A",
            ["variable use:A", "definition home:B", "definition home:A"],
        ),
        (
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from home import A",
            ["definition home:A"],
        ),
        (
            "if TYPE_CHECKING:\n    from home import A\nelse:\n    A = object",
            ["definition home:A", "external builtins.object"],
        ),
        ("with suppress(ImportError):\n    from home import A", ["definition home:A"]),
        ("for x in y:\n    from home import A", ["definition home:A"]),
        ("match x:\n    case 1:\n        from home import A", ["definition home:A"]),
        ("class A: ...\nif f():\n    from home import A", ["definition home:A", "definition use:A"]),
        ("if f():\n    from home import A\nclass A: ...", ["definition use:A"]),
        ("from home import A\nif f():\n    del A", ["definition home:A"]),
        ("if f():\n    from home import *\nelse:\n    A = 1", ["definition home:A", "variable use:A"]),
    ],
)
def test_all_candidates_are_kept_the_main_paths_first(text: str, expected: list[str]) -> None:
    assert meanings(project(HOME | {"use.py": text}), "use", "A") == expected


def test_names_are_looked_up_where_they_are_read() -> None:
    linked = project(
        HOME
        | {
            "use.py": """
                from home import A

                class Outer:
                    A = 1
                    from home import B
                    C = B
                    def method(self, home, *rest, key=None):
                        def inner():
                            from home import f as A
                            class A2: ...
                        return A, B, C

                def fallback():
                    try:
                        from home import A
                    except ImportError:
                        from home import B as A
                """
        }
    )
    scopes = {item.qualname: index for index, item in enumerate(linked.files[1].facts.definitions)}

    def at(scope: str, name: str) -> list[str]:
        return [f"{t.kind} {t.symbol}" for t in linked.resolve(1, name, scopes[scope]).targets]

    assert at("Outer", "A") == ["variable use:Outer.A"]
    assert at("Outer", "B") == ["definition home:B"]
    assert at("Outer", "C") == ["definition home:B"]
    assert at("Outer.method", "A") == ["definition home:A"]
    assert at("Outer.method", "B") == ["unresolved use:B"]  # a class body is not seen from its methods
    assert at("Outer.method", "home") == ["variable use:Outer.method.<locals>.home"]
    assert at("Outer.method", "rest") == ["variable use:Outer.method.<locals>.rest"]
    assert at("Outer.method", "key.x") == ["dynamic use:Outer.method.<locals>.key.x"]
    assert at("Outer.method.<locals>.inner", "A") == ["definition home:f"]
    assert at("Outer.method.<locals>.inner", "A2") == [
        "definition use:Outer.method.<locals>.inner.<locals>.A2"
    ]
    assert at("Outer.method.<locals>.inner", "home") == ["variable use:Outer.method.<locals>.home"]
    assert at("fallback", "A") == ["definition home:A", "definition home:B"]


def test_the_chain_tells_how() -> None:
    linked = project(
        HOME
        | {
            "a.py": "from home import A as One",
            "b.py": "from a import *",
            "c.py": "import b\nTwo = b.One",
            "d.py": "from c import Two",
        }
    )
    found = linked.resolve_import(
        linked.by_path["d.py"], linked.files[linked.by_path["d.py"]].facts.imports[0]
    )
    assert found.target == Target("definition", "home:A", linked.by_path["home.py"], 0)
    assert found.chain == (
        Hop("c.py", 2, "assigns Two = b.One"),
        Hop("c.py", 1, "imports b"),
        Hop("b.py", 1, "star import of a"),
        Hop("a.py", 1, "imports A from home"),
        Hop("home.py", 1, "defines A"),
    )


# --- imports


def test_import_forms() -> None:
    linked = project(
        {
            "p/__init__.py": "from .m import A\nfrom . import m as n\n",
            "p/m.py": "class A: ...\nfrom . import n, gone\nfrom .. import x\n",
            "p/q/r.py": "from ..m import A\nfrom .. import m\nfrom . import r\nfrom ...p import A\n",
            "use.py": """
                import p, p.m, p.gone, p.q, p.q.r
                import p.m as pm
                from p import A, m, n, gone, q
                from p.q import r, gone
                from p.q.gone import x
                from p.m import *
                from p.gone import *
                """,
        }
    )
    assert imported(linked, "p/__init__.py") == ["definition p.m:A", "module p.m"]
    assert imported(linked, "p/m.py") == ["module p.m", "unresolved p:gone", "unresolved .."]
    assert imported(linked, "p/q/r.py") == [
        "definition p.m:A",
        "module p.m",
        "module p.q.r",
        "unresolved ...p",
    ]
    assert imported(linked, "use.py") == [
        "module p", "module p.m", "unresolved p.gone", "module p.q", "module p.q.r",
        "module p.m",
        "definition p.m:A", "module p.m", "module p.m", "unresolved p:gone", "module p.q",
        "module p.q.r", "unresolved p.q:gone",
        "unresolved p.q.gone",
        "module p.m",
        "unresolved p.gone",
    ]  # fmt: skip
    assert names(linked, "use", "p", "p.m", "p.q.r", "pm") == {
        "p": ["module p"], "p.m": ["module p.m"], "p.q.r": ["module p.q.r"], "pm": ["module p.m"],
    }  # fmt: skip


def test_a_binding_of_the_package_wins_over_the_submodule_of_its_name() -> None:
    linked = project(
        {
            "p/__init__.py": "from .job import job",
            "p/job.py": "def job(): ...",
            "use.py": "from p import job\nimport p.job",
        }
    )
    assert imported(linked, "use.py") == ["definition p.job:job", "module p.job"]


@pytest.mark.parametrize(
    ("init", "other", "expected"),
    [
        ("from . import job", "", ["module p.job"]),
        ("from p import job as job", "", ["module p.job"]),
        (
            "try:\n    from . import job\nexcept ImportError:\n    job = None",
            "",
            ["module p.job", "variable p:job"],
        ),
        ("def job(): ...\nfrom . import job", "", ["definition p:job"]),
        ("from q import job", "from p import job", ["module p.job"]),
        ("from . import gone", "", ["module p.job"]),
        ("job = 1\nfrom q import job", "from p import job", ["variable p:job"]),
    ],
)
def test_a_package_that_imports_its_submodule_from_itself(init: str, other: str, expected: list[str]) -> None:
    linked = project({"p/__init__.py": init, "p/job.py": "def job(): ...", "q.py": other})
    assert names(linked, "p", "job", "gone")["job"] == expected
    assert names(linked, "p", "gone") == {"gone": ["unresolved p:gone"]}


def test_later_stars_win() -> None:
    linked = project(
        {"a.py": "class X: ...", "b.py": "class X: ...", "use.py": "from a import *\nfrom b import *"}
    )
    assert meanings(linked, "use", "X") == ["definition b:X"]


def test_stars_bring_what_all_says() -> None:
    linked = project(
        {
            "m.py": "__all__ = ['_shown', 'sub_name']\nfrom n import *\nclass Hidden: ...\ndef _shown(): ...\n",
            "n.py": "from k import __all__ as more\nfrom k import *\n__all__ = ['sub_name', *more]\ndef sub_name(): ...",
            "k.py": "__all__ = ('far',)\ndef far(): ...",
            "use.py": "from m import *",
        }
    )
    assert names(linked, "use", "_shown", "Hidden", "sub_name", "far") == {
        "_shown": ["definition m:_shown"],
        "Hidden": ["unresolved use:Hidden"],
        "sub_name": ["definition n:sub_name"],
        "far": ["unresolved use:far"],
    }
    assert {path: linked.exports(linked.by_path[path]) for path in ("m.py", "n.py", "k.py", "use.py")} == {
        "m.py": ("_shown", "sub_name"),
        "n.py": ("sub_name", "far"),
        "k.py": ("far",),
        "use.py": ("sub_name",),
    }


@pytest.mark.parametrize(
    "text",
    [
        "import k\n__all__ = k.__all__ + ['own']",
        "import k\n__all__ = ['own']\n__all__ += k.__all__",
        "import k\n__all__ = ['own']\n__all__.extend(k.__all__)",
        "from k import __all__\n__all__ += ['own']",
        "from k import __all__ as names\n__all__ = names + ['own']",
        "import k as other\n__all__ = [*other.__all__, 'own']",
    ],
)
def test_all_of_other_modules(text: str) -> None:
    linked = project(
        {"k.py": "__all__ = ['far']\nfar = near = 1", "use.py": f"{text}\nfrom k import *\nown = 1\n"}
    )
    assert set(linked.exports(linked.by_path["use.py"])) == {"far", "own"}
    assert [linked.exported(linked.by_path["use.py"], name) for name in ("far", "own", "near")] == [
        True,
        True,
        False,
    ]


def test_lazy_names() -> None:
    linked = project(
        {
            "p/__init__.py": """
                from importlib import import_module

                def __getattr__(name):
                    if name == "A":
                        from .m import A
                        return A
                    if name in _LAZY:
                        return getattr(import_module(_LAZY[name], __name__), name)
                    raise AttributeError(name)

                _LAZY = {"B": ".m"}
                """,
            "p/m.py": "class A: ...\nclass B: ...\n",
            "use.py": "from p import A, B, C, m",
        }
    )
    assert imported(linked, "use.py") == ["definition p.m:A", "definition p.m:B", "dynamic p:C", "module p.m"]
    assert linked.files[linked.by_path["p/__init__.py"]].facts.getattr_names == ("A", "B")


def test_names_that_a_module_answers_with_its_own() -> None:
    linked = project(
        {
            "p/old.py": """
                from . import m
                from .m import A

                def __getattr__(name):
                    if name == "OldA":
                        return A
                    if name == "OldB":
                        return m.B
                    if name == "Again":
                        from p.older import Gone
                        return Gone
                    if name == "Made":
                        return A()
                    if name == "Nothing":
                        return missing
                    raise AttributeError(name)
                """,
            "p/older.py": """
                def __getattr__(name):
                    match name:
                        case "Gone":
                            import p.old
                            return p.old.Again
                """,
            "p/m.py": "class A: ...\nclass B: ...\n",
            "use.py": "from p.old import OldA, OldB, Again, Made, Nothing, Other",
        }
    )
    assert imported(linked, "use.py") == [
        "definition p.m:A", "definition p.m:B", "dynamic p.old:Again", "dynamic p.old:Made", "dynamic p.old:Nothing",
        "dynamic p.old:Other",
    ]  # fmt: skip
    chain = linked.resolve_symbol("p.old:OldB").chain
    assert chain[0] == Hop("p/old.py", 5, "__getattr__ answers OldB with m.B")


def test_a_private_name_that_a_star_brings_goes_no_further() -> None:
    linked = project(
        {
            "base.py": "__all__ = ['_p', 'A']\n_p = 1\nclass A: ...\n",
            "use.py": "from base import *\n",
            "last.py": "from use import *\n",
        }
    )
    assert [linked.exports(linked.modules[name]) for name in ("base", "use", "last")] == [
        ("_p", "A"),
        ("A",),
        ("A",),
    ]
    assert linked.resolve_symbol("use:_p").target.symbol == "base:_p"
    assert linked.resolve_symbol("last:_p").target.kind == "unresolved"


def test_a_star_asks_no_getattr() -> None:
    linked = project(
        {
            "late.py": "from base import A\n\ndef __getattr__(name):\n    if name == 'Old':\n        return A\n",
            "base.py": "class A: ...\nclass Old: ...\n",
            "use.py": "from base import *\nfrom late import *\n",
        }
    )
    assert linked.resolve_symbol("use:Old").target.symbol == "base:Old"
    assert linked.resolve_symbol("late:Old").target.symbol == "base:A"


# --- loops


def test_a_reexport_loop_without_a_definition_is_unresolved() -> None:
    linked = project({"a.py": "from b import X", "b.py": "from c import X", "c.py": "from a import X"})
    assert [meanings(linked, module, "X") for module in "abc"] == [
        ["unresolved a:X"], ["unresolved b:X"], ["unresolved c:X"],
    ]  # fmt: skip


def test_a_reexport_loop_with_a_fallback_finds_it_from_everywhere() -> None:
    files = {
        "a.py": "from b import X",
        "b.py": "try:\n    from a import X\nexcept ImportError:\n    class X: ...",
        "c.py": "from a import X",
    }
    for order in itertools.permutations("abc"):
        linked = project(files)
        for module in order:
            assert meanings(linked, module, "X") == ["definition b:X"]


def test_circular_stars() -> None:
    linked = project(
        {
            "a.py": "from b import *\nclass A: ...",
            "b.py": "from c import *\nclass B: ...",
            "c.py": "from a import *\nclass C: ...",
        }
    )
    assert names(linked, "a", "A", "B", "C", "D") == {
        "A": ["definition a:A"], "B": ["definition b:B"], "C": ["definition c:C"], "D": ["unresolved a:D"],
    }  # fmt: skip
    assert set(linked.exports(linked.by_path["b.py"])) == {"A", "B", "C"}


def test_self_imports() -> None:
    linked = project(
        {"a.py": "import a\nimport a as me\nfrom a import X\nfrom a import *\nY = a.Z\nclass Z: ..."}
    )
    assert names(linked, "a", "a", "me", "X", "Y") == {
        "a": ["module a"], "me": ["module a"], "X": ["unresolved a:X"], "Y": ["definition a:Z"],
    }  # fmt: skip


def test_a_class_with_types_for_its_parameters() -> None:
    linked = project(
        {
            "a.py": "class A(Generic[T]): ...\nclass E(Enum): ...\nclass M(metaclass=Meta): ...\nTABLE = {A: A}\ndef f(): ...\n",
            "b.py": "from a import *\nimport a\nB = A[int]\nC = a.A[B | None, ...]\nD: TypeAlias = B\n"
            "e = E[name]\nm = M[int]\nt = TABLE[A]\ng = f[int]\nh = A['x']\nclass H(B): ...\n",
            "c.py": "from b import D as Other\n",
        }
    )
    assert names(linked, "b", *"BCDemtgh") == {
        **{name: ["definition a:A"] for name in "BCD"},
        **{name: [f"variable b:{name}"] for name in "emtgh"},
    }
    assert names(linked, "c", "Other") == {"Other": ["definition a:A"]}
    (heir,) = (n for n, item in enumerate(linked.files[1].facts.definitions) if item.name == "H")
    assert [base.symbol for base in linked.bases(1, heir)] == ["a:A"]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the `type` statement came with Python 3.12")
def test_type_statements() -> None:
    linked = project(
        {
            "a.py": "class A: ...\n",
            "b.py": "from a import A\ntype B = A\ntype C[T] = A[T]\ntype D = A | None\ntype E = B\n",
        }
    )
    assert names(linked, "b", *"BCDE") == {
        "B": ["definition a:A"], "C": ["definition a:A"], "D": ["variable b:D"], "E": ["definition a:A"],
    }  # fmt: skip


def test_aliases_in_a_circle() -> None:
    linked = project({"a.py": "x = y\ny = z\nz = x\n"})
    assert meanings(linked, "a", "x") == ["variable a:x"]


@given(st.data())
@settings(deadline=None, max_examples=150)
def test_answers_do_not_depend_on_the_order_of_files_or_questions(data: st.DataObject) -> None:
    modules = "abcd"
    line = st.one_of(
        st.builds("from {} import {}".format, st.sampled_from(modules), st.sampled_from("XY")),
        st.builds("from {} import *".format, st.sampled_from(modules)),
        st.builds("try:\n    from {} import X\nexcept ImportError:\n    from {} import X".format,
                  st.sampled_from(modules), st.sampled_from(modules)),
        st.builds("import {}\nX = {}.Y".format, st.sampled_from(modules), st.sampled_from(modules)),
        st.builds("import {}\n{}.{} = 1".format, st.sampled_from(modules), st.sampled_from("abcdX"),
                  st.sampled_from("XY")),
        st.sampled_from(["X = Y", "X = Y[X]", "class X: ...", "if f():\n    class Y: ...", "def Y(): ...", "class X(Y): ..."]),
    )  # fmt: skip
    files = {f"{module}.py": "\n".join(data.draw(st.lists(line, max_size=4))) for module in modules}
    questions = [(module, name) for module in modules for name in ("X", "Y", "a.X")]
    facts = sources(files)
    seed = data.draw(st.randoms(use_true_random=False))

    def ask(linked: Project, order: list[tuple[str, str]]) -> dict[tuple[str, str], object]:
        return {(m, n): linked.resolve(linked.modules[m], n) for m, n in order}

    plain = ask(link(facts, Config()), questions)
    shuffled = list(questions)
    seed.shuffle(shuffled)
    assert ask(link(seed.sample(facts, len(facts)), Config()), shuffled) == plain
    alone = {question: ask(link(facts, Config()), [question])[question] for question in questions}
    assert alone == plain


@pytest.mark.parametrize("before", [("d", "X"), ("b", "X"), ("b", "a")])
def test_two_loops_that_turn_out_to_be_one(before: tuple[str, str]) -> None:
    linked = project(
        {
            "a.py": "",
            "b.py": "from c import *\nfrom d import *",
            "c.py": "from d import *",
            "d.py": "import a\nX = a.Y\nfrom b import *",
        }
    )
    for module, name in (before, ("c", "a")):
        linked.resolve(linked.modules[module], name)
    found = linked.resolve(linked.modules["d"], "a")
    assert found.target == Target("module", "a", linked.modules["a"])
    assert found.chain == (Hop("d.py", 1, "imports a"),)


def test_a_long_chain_of_reexports() -> None:
    files = {f"m{i}.py": f"from m{i + 1} import X" for i in range(200)} | {"m200.py": "class X: ..."}
    linked = project(files)
    assert meanings(linked, "m0", "X") == ["definition m200:X"]
    loop = project({f"m{i}.py": f"from m{(i + 1) % 200} import X" for i in range(200)})
    assert meanings(loop, "m7", "X") == ["unresolved m7:X"]


# --- dotted strings and symbols


def test_symbols_and_paths() -> None:
    linked = project(
        {
            "p/__init__.py": "from .m import Outer as Short",
            "p/m.py": "class Outer:\n    x = 1\n    class Inner:\n        def go(self): ...\n",
            "d/n.py": "",
        }
    )
    symbols = ("p", "p.m", "p.m:Outer", "p.m:Outer.Inner", "p.m:Outer.Inner.go", "p:Short.Inner", "p.m:Gone",
               "p.gone:X", "d", "d.n", "os.path:join")  # fmt: skip
    assert [f"{t.kind} {t.symbol}" for t in (linked.resolve_symbol(symbol).target for symbol in symbols)] == [
        "module p", "module p.m", "definition p.m:Outer", "definition p.m:Outer.Inner",
        "definition p.m:Outer.Inner.go", "definition p.m:Outer.Inner", "unresolved p.m:Gone", "unresolved p.gone",
        "module d", "module d.n", "external os.path.join",
    ]  # fmt: skip
    paths = ("p", "p.m", "p.m.Outer", "p.Short.x", "p.m.Outer.gone", "p.gone.X", "p.m.Outer.Inner.go", "d.n",
             "d.gone", "os.path.join", "gone.x")  # fmt: skip
    assert [f"{t.kind} {t.symbol}" for t in (linked.resolve_path(path).target for path in paths)] == [
        "module p", "module p.m", "definition p.m:Outer", "variable p.m:Outer.x", "dynamic p.m:Outer.gone",
        "unresolved p:gone", "definition p.m:Outer.Inner.go", "module d.n", "unresolved d:gone",
        "external os.path.join", "external gone.x",
    ]  # fmt: skip


# --- classes


def lineage(linked: Project, module: str, name: str) -> list[str]:
    target = linked.resolve(linked.modules[module], name).target
    return [found.symbol for found in linked.ancestors(target.file, target.index)]


def test_ancestors_follow_the_method_resolution_order() -> None:
    text = """
        import abc
        class A: ...
        class B(A): ...
        class C(A, abc.ABC): ...
        class D(B, C): ...
        class E(Generic[T], D, make()): ...
        """
    linked = project({"m.py": text})
    assert lineage(linked, "m", "D") == ["m:B", "m:C", "m:A", "abc.ABC"]
    assert lineage(linked, "m", "E") == ["m:Generic", "m:D", "m:B", "m:C", "m:A", "abc.ABC", "?"]
    assert sorted(linked.class_graph.edges) == [
        ("m:B", "m:A"), ("m:C", "abc.ABC"), ("m:C", "m:A"), ("m:D", "m:B"), ("m:D", "m:C"), ("m:E", "m:D"),
        ("m:E", "m:Generic"),
    ]  # fmt: skip


def test_a_class_that_takes_the_name_of_its_base() -> None:
    linked = project(
        {
            "base.py": "class X:\n    def far(self): ...",
            "use.py": "from base import X\nclass X(X):\n    def near(self): ...\n",
            "twice.py": "class X: ...\nclass Y(X): ...\nclass X(Y): ...\n",
            "own.py": "class X(X): ...\n",
        }
    )
    assert lineage(linked, "use", "X") == ["base:X"]
    use = linked.by_path["use.py"]
    assert {name: target.symbol for name, target in linked.members(use, 0).items()} == {
        "near": "use:X.near", "far": "base:X.far",
    }  # fmt: skip
    twice = linked.by_path["twice.py"]
    assert [linked.ancestors(twice, index) for index in (1, 2)] == [
        (Target("definition", "twice:X", twice, 0),),
        (Target("definition", "twice:Y", twice, 1), Target("definition", "twice:X", twice, 0)),
    ]
    assert lineage(linked, "own", "X") == []


def test_a_class_that_derives_from_an_attribute_of_its_own_name() -> None:
    linked = project(
        {
            "base.py": "class X:\n    class Inner: ...\n",
            "use.py": "from base import X\nclass X(X.Inner): ...\n",
            "own.py": "class X(X.Inner):\n    class Inner: ...\n",
            "both.py": "class X(Y.Inner): ...\nclass Y(X.Inner): ...\n",
            "inner.py": "class Outer:\n    class X(X.Inner): ...\n",
        }
    )
    assert lineage(linked, "use", "X") == ["base:X.Inner"]
    assert lineage(linked, "own", "X") == ["own:X.Inner"]
    assert lineage(linked, "both", "X") == ["both:Y.Inner"]
    assert lineage(linked, "both", "Y") == ["both:X.Inner"]
    assert lineage(linked, "inner", "Outer.X") == ["inner:Outer.X.Inner"]


def test_a_base_is_what_was_bound_last_in_the_arm_that_the_class_stands_in() -> None:
    linked = project(
        {
            "home.py": "class X:\n    def far(self): ...",
            "shim.py": """
                try:
                    from home import X
                    class Near(X): ...
                except ImportError:
                    class X: ...
                    class Stub(X): ...
                    if DEBUG:
                        class Loud(X): ...
                else:
                    class Real(X): ...
                class After(X): ...
                """,
            "either.py": """
                if FAST:
                    class X: ...
                    class Fast(X): ...
                else:
                    from home import X
                    class Slow(X): ...
                """,
        }
    )
    assert {
        name: lineage(linked, module, name)
        for module, names in {"shim": ("Near", "Stub", "Loud", "Real", "After"), "either": ("Fast", "Slow")}.items()
        for name in names
    } == {
        "Near": ["home:X"], "Stub": ["shim:X"], "Loud": ["shim:X"], "Real": ["home:X"], "After": ["home:X"],
        "Fast": ["either:X"], "Slow": ["home:X"],
    }  # fmt: skip


def test_classes_that_inherit_from_each_other_end() -> None:
    files = {"a.py": "import b\nclass A(b.B): ...", "b.py": "import a\nclass B(a.A): ..."}
    for order in ("ab", "ba"):
        linked = project(files)
        found = {module: lineage(linked, module, module.upper()) for module in order}
        assert found == {"a": ["b:B"], "b": ["a:A"]}


def test_members() -> None:
    text = """
        class Base:
            shared = 1
            def __init__(self): self.held = 1
            def run(self): ...
            def kept(self): ...
        class Left(Base):
            def run(self): ...
        class Right(Base):
            def kept(self): ...
        class Both(Left, Right):
            @property
            def value(self): ...
            @value.setter
            def value(self, new): ...
            def again(self): ...
            def again(self): ...
        """
    linked = project({"m.py": text})
    both = next(i for i, item in enumerate(linked.files[0].facts.definitions) if item.name == "Both")
    found = linked.members(0, both)
    assert {name: target.symbol for name, target in found.items()} == {
        "value": "m:Both.value", "again": "m:Both.again", "run": "m:Left.run", "kept": "m:Right.kept",
        "__init__": "m:Base.__init__", "shared": "m:Base.shared", "held": "m:Base.held",
    }  # fmt: skip
    lines = {name: linked.definition(found[name]).line for name in ("value", "again")}
    assert lines == {"value": 13, "again": 17}
    assert found["shared"] == Target("variable", "m:Base.shared", 0)


def test_locations_children_and_symbols() -> None:
    linked = project({"m.py": "class A:\n    def f(self):\n        pass\n    class B: ...\n"})
    assert linked.children(0, MODULE) == (0,)
    assert linked.children(0, 0) == (1, 2)
    assert linked.symbol(0, 1) == "m:A.f"
    assert linked.location(0, 1) == Location("m.py", 2, 5, 3, 13)


# --- use


def test_users_are_found_through_reexports() -> None:
    linked = project(
        HOME
        | {
            "again.py": "from home import A",
            "star.py": "from home import *",
            "use.py": "from again import A\ndef f():\n    from star import A as Z\nfrom home import B\n",
        }
    )
    users = [(linked.files[file].path, imp.line) for file, imp in linked.users("home:A")]
    assert users == [("again.py", 1), ("use.py", 1), ("use.py", 3)]
    assert linked.users("home:Gone") == ()


def test_import_graph() -> None:
    linked = project(
        {
            "p/__init__.py": "",
            "p/a.py": "from . import b\nfrom p.b import X\ndef f():\n    import c\nif TYPE_CHECKING:\n    import c\n",
            "p/b.py": "class K:\n    import c\nimport json\nimport p.gone\n",
            "c.py": "import p.a as x\nif __name__ == '__main__':\n    import p.b\n",
        }
    )
    edges = [(a, b, d["line"], d["name"], d["runtime"]) for a, b, d in linked.import_graph.edges(data=True)]
    assert sorted(edges) == [
        ("c", "p.a", 1, "", True),
        ("c", "p.b", 3, "", False),
        ("p.a", "c", 4, "", False),
        ("p.a", "c", 6, "", False),
        ("p.a", "p.b", 1, "b", True),
        ("p.a", "p.b", 2, "X", True),
        ("p.b", "c", 2, "", True),
    ]
    assert set(linked.import_graph.nodes) == {"p", "p.a", "p.b", "c"}


def test_kept_answers() -> None:
    linked = project(HOME)
    asked: list[Project] = []

    def count(given: Project) -> int:
        asked.append(given)
        return len(given.files)

    assert (linked.once(count), linked.once(count), asked) == (1, 1, [linked])


def test_a_module_that_another_one_puts_in_place_is_not_missing() -> None:
    files = {
        "py/__init__.py": "import sys\nfrom py import _path\nsys.modules['py.path'] = _path\n",
        "py/_path.py": "class Local: ...\n",
        "use.py": "from py.path import Local\nfrom py.gone import Local as Other\n",
    }
    linked = project_of(files)
    use = linked.by_path["use.py"]
    kinds = [linked.resolve_import(use, imp).target.kind for imp in linked.files[use].facts.imports]
    assert kinds == ["dynamic", "unresolved"]
    in_tests = project_of({**files, "tests/test_x.py": "import sys\nsys.modules['py.gone'] = None\n"})
    use = in_tests.by_path["use.py"]
    assert in_tests.resolve_import(use, in_tests.files[use].facts.imports[1]).target.kind == "unresolved"


def test_modules_that_nobody_can_name_are_not_missing() -> None:
    computed = "import sys\nfor name in list(sys.modules):\n    sys.modules[f'lib.packages.{name}'] = sys.modules[name]\n"
    files = {
        "lib/__init__.py": "",
        "lib/packages.py": computed,
        "py.py": "import sys\nimport lib\nsys.modules['py.path'] = lib\n",
        "use.py": "import lib.packages.urllib3.pool\nfrom lib.packages.idna import encode\nfrom lib.other import x\n"
        "from py._path.local import y\nimport py.path\n",
    }
    linked = project_of(files)
    use = linked.by_path["use.py"]
    kinds = [linked.resolve_import(use, imp).target.kind for imp in linked.files[use].facts.imports]
    assert kinds == ["dynamic", "dynamic", "unresolved", "dynamic", "dynamic"]
    later = project_of({**files, "lib/packages.py": f"def fill():\n{indent(computed, '    ')}"})
    use = later.by_path["use.py"]
    kinds = [later.resolve_import(use, imp).target.kind for imp in later.files[use].facts.imports]
    assert kinds == ["unresolved", "unresolved", "unresolved", "dynamic", "dynamic"]
