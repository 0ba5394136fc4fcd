from __future__ import annotations

import ast
import re
import sys
import warnings
from textwrap import dedent, indent

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssot_lint.config import Concept, Config
from ssot_lint.facts import extract
from ssot_lint.model import (
    MODULE,
    Assignment,
    Branch,
    Definition,
    FileFacts,
    Import,
    Parameter,
    Problem,
    ShimMark,
    Suppression,
)
from ssot_lint.reading.grammar import diagnose, is_newer
from ssot_lint.settings.words import words


def facts(text: str) -> FileFacts:
    return extract(dedent(text).encode())


def one_import(text: str) -> Import:
    (found,) = facts(text).imports
    return found


# --- bytes


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        (b"", 0),
        (b"x = 1", 1),
        (b"x = 1\n", 1),
        (b"x = 1\ny = 2", 2),
        (b"x = 1\r\ny = 2\r\n", 2),
        (b"x = 1\ry = 2\r", 2),
        (b"x = 1\ry = 2", 2),
        (b"x = 1\n\x0cy = 2\n", 2),
        (b"\xef\xbb\xbfx = 1\n", 1),
        (b"\xef\xbb\xbf", 1),
        (b"\n\n", 2),
    ],
)
def test_lines(source: bytes, lines: int) -> None:
    found = extract(source)
    assert (found.lines, found.problem) == (lines, None)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r", b"\n\x0c\n", b"\x0c\n"], ids=repr)
@pytest.mark.parametrize("last", [True, False])
def test_line_ends_change_nothing_but_line_numbers(end: bytes, last: bool) -> None:
    lines = [b"from a import (b,", b"    c as d)", b"class A(B):", b"    def f(self, x=(1,", b"      2)): pass  # ssot-lint: ignore[x] why",
             b"def t():", b"    patch('a.b')"]  # fmt: skip
    plain = extract(b"\n".join(lines))
    other = extract(end.join(lines) + (end if last else b""))
    assert other.problem is None
    if end != b"\n\x0c\n":
        assert [(i.line, i.column, i.end_column) for i in other.imports] == [(1, 16, 17), (2, 5, 11)]
        assert other.definitions == plain.definitions
        assert other.suppressions[0].line == plain.suppressions[0].line
        assert other.paths == plain.paths
    assert [item.skeleton for item in other.definitions] == [item.skeleton for item in plain.definitions]
    assert len(other.suppressions) == len(other.paths) == 1


@pytest.mark.parametrize(
    "source",
    [
        "é = 'ü'; from a import b, ñ as ö".encode(),
        b"\xef\xbb\xbf" + "é = 'ü'; from a import b, ñ as ö".encode(),
        "# coding: latin-1\né = 'ü'; from a import b, ñ as ö".encode("latin-1"),
        "# -*- coding: cp1252 -*-\r\né = 'ü'; from a import b, ñ as ö\r\n".encode("cp1252"),
        "#!/bin/python\n# vim: set fileencoding=utf-8 :\né = 'ü'; from a import b, ñ as ö".encode(),
    ],
)
def test_columns_are_counted_in_characters(source: bytes) -> None:
    found = extract(source)
    assert [(i.bound, i.column, i.end_column) for i in found.imports] == [("b", 24, 25), ("ö", 27, 33)]
    assert [(a.name, a.column, a.value) for a in found.assignments] == [("é", 1, "ü")]


def test_text_of_other_alphabets_is_as_written() -> None:
    source = "def f(x: 'Größe' = (\n    'é'  # é\n    + \"ü\"), y=\"ñ\") -> Größe: ...\nif  größe==1:\n  import a\n"
    found = extract(source.encode())
    assert found.definitions[0].parameters == (
        Parameter("x", "positional", "'é' + 'ü'", "'Größe'"),
        Parameter("y", "positional", '"ñ"'),
    )
    assert (found.definitions[0].returns, found.branches[0].test) == ("Größe", "größe==1")


def test_comments_are_no_part_of_an_expression() -> None:
    found = facts("def f(x=(1,  # one\n         2)): ...\nif (a and  # first\n        b):\n    import c\n")
    assert found.definitions[0].parameters[0].default == "(1, 2)"
    assert found.branches[0].test == "a and b"


@pytest.mark.parametrize(
    ("source", "kind", "line"),
    [
        (b"x = 1\nx = '\xe9'\n", "encoding", 2),
        (b"# coding: nonsense\nx = 1\n", "encoding", 1),
        (b"# coding: ascii\nx = '\xe9'\n", "encoding", 1),
        (b"# coding: undefined\nx = 1\n", "encoding", 1),
        (b"\xef\xbb\xbf# coding: latin-1\nx = 1\n", "encoding", 1),
        (b"x = 1\ny = 2\0\n", "null-bytes", 2),
        (b"\0", "null-bytes", 1),
        (b"x = 1\ndef f(:\n", "syntax", 2),
        (b"x = 'C:\\Users'\n", "syntax", 1),
        (b"x = b'\xc3\xa9'\n", "syntax", 1),
        (b"(" * 400, "syntax", 1),
        (b"x = " + b"-" * 100_000 + b"1\n", "depth", 1),
        (b"<<<<<<< HEAD\nx = 1\n=======\n", "syntax", 1),
    ],
    ids=range(13),
)
def test_what_cannot_be_read(source: bytes, kind: str, line: int) -> None:
    found = extract(source)
    assert found.problem is not None
    assert (found.problem.kind, found.problem.line) == (kind, line)
    assert found == FileFacts(lines=found.lines, problem=found.problem)


BEFORE_3_15 = pytest.mark.skipif(
    sys.version_info >= (3, 15), reason="this Python reads it: no older one was asked"
)


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("x = f'{a['b']}'\n", "3.12"),
        ("type X = int\n", "3.12"),
        ("def f[T](x: T) -> T: ...\n", "3.12"),
        ("class A[T]: ...\n", "3.12"),
        ("class A[T: (list[int], str) = str]: ...\n", "3.13"),
        ("def f[*Ts = *tuple[int]](x=1): ...\n", "3.13"),
        ("def f[T](x=1): ...\n", "3.12"),
        ("type X[**P = [int]] = list[P]\n", "3.13"),
        ("x = t'{a}'\n", "3.14"),
        ("x = t'{a} {b!r:>{w}}' rt'x'\n", "3.14"),
        ("try: f()\nexcept A, B: pass\n", "3.14"),
        ("try: f()\nexcept* a.A, B: pass\n", "3.14"),
        pytest.param("lazy import a\n", "3.15", marks=BEFORE_3_15),
        pytest.param("x = [*y for y in z]\n", "3.15", marks=BEFORE_3_15),
        ("\ufeff\ufeffx = 1\n", ""),
        ("x = t'{a' t'b'\n", ""),
        ("def f(:\n", ""),
        ("print 'hello'\n", ""),
    ],
)
def test_a_newer_python_is_told_from_a_broken_file(text: str, needs: str) -> None:
    facts = extract(text.encode())
    if facts.newer is not None:  # this Python reads it
        assert (facts.newer.needs, facts.problem) == (needs, None)
    else:
        assert facts.problem is not None
        assert diagnose(text.encode(), facts.problem).needs == needs


@pytest.mark.parametrize(
    ("head", "handler", "name"),
    [
        ("", "except OSError, e: log(e.errno)", "e"),
        ("", "except (OSError, ValueError), e: pass", "e"),
        ("def other(e):\n    for e in (): pass\n", "except OSError, e: pass", "e"),
        ("", "except OSError, errors: pass", "errors"),
        ("errors = (KeyError,)\n", "except OSError, errors: pass", ""),
        ("def set(): global errors\n", "except OSError, errors: pass", ""),
        ("from shop import errors\n", "except OSError, errors: pass", ""),
        ("from shop import *\n", "except OSError, errors: pass", ""),
        ("from shop import *\n", "except (OSError, ValueError), errors: pass", "errors"),
        ("", "except OSError, known: pass", ""),
        ("", "except OSError, ValueError: pass", ""),
        ("", "except OSError, select.error: pass", ""),
        ("", "except OSError, ValueError, e: pass", ""),
    ],
)
def test_what_python_2_called_an_exception_is_no_newer_syntax(head: str, handler: str, name: str) -> None:
    text = f"{head}def f(known):\n    try: g()\n    except (A, B): pass\n    {handler}\n"
    facts = extract(text.encode())
    found = facts.newer or (facts.problem and diagnose(text.encode(), facts.problem))
    assert found is not None
    assert (found.kind, found.line, found.needs) == (
        "python-2" if name else "syntax",
        head.count("\n") + 4,
        "3.14",
    )
    assert (f"nothing binds {name}," in found.message) == bool(name)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('x = f"{a["b"]}: {", ".join(c)}"\n', 1),
        ("x = 1\ny = f'{\"\\n\".join(a)}'\n", 2),
        ('x = f"""{"\\n".join(a)}"""\n', 1),
        ('x = f"""{\n a # c\n}"""\n', 2),
        ('é = "é"\n\nx = f"{\n  a}"\n', 3),
        ('x = f\'{f"{f"{1}"}"}\'\n', 1),
        ("x = f\"{'''a\nb'''}\"\n", 1),
        ("class A[T]: ...\nx = f'{a['b']}'\n", 1),
        ("x = f'{chr(10).join(a)}' + d['b']\n", 0),
        ('x = f"""{d["a"]} {f"{y}"}" \\" """\n', 0),
        ('x = f"{a!r:>{w}}\\n" f"{a:%d\\n}" f"{{\\n" f"{x=}"\n', 0),
        ('x = f"""{\n  a}""" + rf"\\d{a}" + f""\n', 0),
        ("x = f'{a:{b[\"c\"]}}'  # {'\ntype = 1\n", 0),
        ("# f'{a['b']}'\nx = \"f'{a['b']}\"\n", 0),
    ],
    ids=range(14),
)
def test_what_an_older_python_cannot_read_is_the_same_whichever_python_asks(text: str, line: int) -> None:
    facts = extract(text.encode())
    found = facts.newer or (facts.problem and diagnose(text.encode(), facts.problem))
    assert (found is not None) == (line > 0)
    if found is not None:
        assert found.needs in ("3.12", "newer")
    if facts.newer is not None:  # where an older Python sees it may differ by the lines of the string
        assert facts.newer.line == line


@pytest.mark.skipif(sys.version_info < (3, 13), reason="its parser does not know them")
def test_the_newest_syntax_counts() -> None:
    found = extract(b"type X = int\nclass A[T = int]: ...\n").newer
    assert found is not None and (found.needs, found.line) == ("3.13", 2)
    assert [is_newer(found, (3, minor)) for minor in (11, 12, 13)] == [True, True, False]


def test_long_chains_are_read_to_their_end() -> None:
    chain = "if x == 0:\n    import a0\n" + "".join(
        f"elif x == {i}:\n    import a{i}\n" for i in range(1, 700)
    )
    assert len(extract(chain.encode()).imports) == 700
    text = "from unittest.mock import patch\ndef f():\n    patch('a' " + " + 'b'" * 900 + ")\n"
    assert extract(text.encode()).paths[0].value == "a" + "b" * 900
    nested = "".join("    " * i + "if x:\n" for i in range(95)) + "    " * 95 + "import deep\n"
    assert [i.module for i in extract(nested.encode()).imports] == ["deep"]


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_any_bytes_give_an_answer(source: bytes) -> None:
    """Of what does not parse nothing is told but that, and how many lines it has."""
    facts = extract(source, re.compile(b"a"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source, "any.py", "exec", ast.PyCF_ONLY_AST)
    except (SyntaxError, ValueError):
        assert facts == FileFacts(lines=facts.lines, problem=facts.problem)
        assert facts.problem is not None
    else:
        assert facts.problem is None


# --- imports


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import a", Import("a", None, None, 0, 1, 8, 1, 9, 1, MODULE, MODULE)),
        ("import a.b as c", Import("a.b", None, "c", 0, 1, 8, 1, 16, 1, MODULE, MODULE)),
        ("from a import b", Import("a", "b", None, 0, 1, 15, 1, 16, 1, MODULE, MODULE)),
        ("from a.b import c as d", Import("a.b", "c", "d", 0, 1, 17, 1, 23, 1, MODULE, MODULE)),
        ("from a import *", Import("a", "*", None, 0, 1, 15, 1, 16, 1, MODULE, MODULE)),
        ("from . import a", Import("", "a", None, 1, 1, 15, 1, 16, 1, MODULE, MODULE)),
        ("from ...a.b import c", Import("a.b", "c", None, 3, 1, 20, 1, 21, 1, MODULE, MODULE)),
        ("from .... import c", Import("", "c", None, 4, 1, 18, 1, 19, 1, MODULE, MODULE)),
        ("from a import (  # why\n    b as c,\n)", Import("a", "b", "c", 0, 2, 5, 2, 11, 1, MODULE, MODULE)),
        ("from a import \\\n    b", Import("a", "b", None, 0, 2, 5, 2, 6, 1, MODULE, MODULE)),
        ("x = 1; import a; y = 2", Import("a", None, None, 0, 1, 15, 1, 16, 1, MODULE, MODULE)),
    ],
)
def test_import_statements(text: str, expected: Import) -> None:
    assert one_import(text) == expected


def test_several_imports_on_one_line() -> None:
    found = facts("import a, b.c as d; from m import X, Y; import e\n").imports
    assert [(i.module, i.name, i.bound, i.column, i.end_column) for i in found] == [
        ("a", None, "a", 8, 9), ("b.c", None, "d", 11, 19), ("m", "X", "X", 35, 36), ("m", "Y", "Y", 38, 39),
        ("e", None, "e", 48, 49),
    ]  # fmt: skip
    assert {i.statement_line for i in found} == {1}


WHERE = """
import i0
class A:
    import i1
    def m(self):
        import i2
        def inner():
            import i3
        class Local:
            import i4
if TYPE_CHECKING:
    import i5
else:
    import i6
try:
    import i7
except ImportError:
    import i8
except (ValueError, OSError):
    import i9
except Exception:
    import i10
else:
    import i11
finally:
    import i12
if a:
    import i13
elif b:
    import i14
for x in y:
    import i15
else:
    import i16
while x:
    import i17
with open(f) as g, h:
    import i18
match x:
    case 1:
        import i19
    case _:
        import i20
async def f():
    async with a:
        import i21
    async for x in y:
        import i22
try:
    import i23
except:
    import i24
try:
    import i25
except* OSError:
    import i26
if not TYPE_CHECKING:
    import i27
else:
    import i28
if typing.TYPE_CHECKING and x:
    import i29
lambda: 0
"""


def test_imports_in_every_scope_and_arm() -> None:
    found = facts(WHERE)
    where: dict[str, str] = {}
    for item in found.imports:
        branch = found.branches[item.branch] if item.branch != MODULE else None
        scope = found.definitions[item.scope].qualname if item.scope != MODULE else ""
        where[item.module] = f"{scope} {branch.kind if branch else ''}".strip()
    assert where == {
        "i0": "", "i1": "A", "i2": "A.m", "i3": "A.m.<locals>.inner", "i4": "A.m.<locals>.Local",
        "i5": "type-checking", "i6": "else", "i7": "try", "i8": "except-import", "i9": "except-other",
        "i10": "except-broad", "i11": "try-else", "i12": "finally", "i13": "if", "i14": "if", "i15": "loop",
        "i16": "else", "i17": "loop", "i18": "with", "i19": "case", "i20": "case", "i21": "f with", "i22": "f loop",
        "i23": "try", "i24": "except-broad", "i25": "try", "i26": "except-other", "i27": "if",
        "i28": "type-checking", "i29": "type-checking",
    }  # fmt: skip


def test_branches() -> None:
    found = facts(
        """
        if quiet:
            pass
        try:
            if deep:
                import a
        except (ImportError, ValueError) as e:
            raise
        else:
            x = 1
        with suppress(ImportError), open(p) as f:
            import b
        def f():
            if one:
                import c
            elif two:
                return
            else:
                sys.exit(1)
        """
    )
    assert found.branches == (
        Branch("try", 1, 4, 5, MODULE, MODULE, "import"),
        Branch("if", 2, 5, 6, 0, MODULE, "deep"),
        Branch("except-import", 1, 4, 8, MODULE, MODULE, "(ImportError, ValueError)", True),
        Branch("try-else", 1, 4, 10, MODULE, MODULE),
        Branch("with", 3, 11, 12, MODULE, MODULE, "suppress(ImportError), open(p)"),
        Branch("if", 4, 14, 15, MODULE, 0, "one"),
        Branch("else", 4, 14, 16, MODULE, 0, "", True),
    )
    assert [(i.module, i.branch) for i in found.imports] == [("a", 1), ("b", 4), ("c", 5)]
    assert [(a.name, a.branch) for a in found.assignments] == [("x", 3), ("f", MODULE)]


def test_branches_that_hold_no_fact_are_left_out() -> None:
    noise = "if a:\n    print(1)\nfor x in y:\n    print(2)\n"
    text = "try:\n    import a\nexcept ImportError:\n    a = None\n"
    plain, noisy = facts(text), facts("def noise():\n" + indent(noise, "    ") + text)
    assert [(b.kind, b.parent, b.test) for b in noisy.branches] == [
        (b.kind, b.parent, b.test) for b in plain.branches
    ]
    assert [i.branch for i in noisy.imports] == [i.branch for i in plain.imports] == [0]
    assert [a.branch for a in noisy.assignments] == [1]


@pytest.mark.parametrize(
    ("body", "terminates"),
    [
        ("return", True), ("raise X", True), ("continue", True), ("break", True), ("sys.exit()", True),
        ("pytest.skip('x', allow_module_level=True)", True), ("x = 1", False), ("raise X\n    x = 1", True),
        ("if b:\n        return\n    else:\n        raise X", True), ("if b:\n        return", False),
        ("if b:\n        return\n    elif c:\n        return\n    else:\n        return", True),
        ("try:\n        return f()\n    except E:\n        raise", True),
        ("try:\n        return f()\n    except E:\n        pass", False),
        ("try:\n        f()\n    finally:\n        return", True),
        ("with a:\n        return", False),
    ],
)  # fmt: skip
def test_arms_that_leave(body: str, terminates: bool) -> None:
    found = facts(f"if a:\n    import x\n    {body}\n")
    assert found.branches[0].terminates is terminates


def test_the_main_guard() -> None:
    assert facts('if __name__ == "__main__":\n    main()').main_guard
    assert facts("if '__main__' == __name__:\n    main()").main_guard
    assert not facts('if __name__ != "x":\n    main()').main_guard


# --- names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = y.z", [("x", "name", "y.z")]),
        ("x = y = z", [("x", "name", "z"), ("y", "name", "z")]),
        ("x, y = a, b", [("x", "name", "a"), ("y", "name", "b")]),
        ("x, *y = a", [("x", "other", ""), ("y", "other", "")]),
        ("[x, (y, z)] = a", [("x", "other", ""), ("y", "other", ""), ("z", "other", "")]),
        ("x = y()", [("x", "call", "y")]),
        ("x = await y.z()", [("x", "call", "y.z")]),
        ("x = y().z()", [("x", "call", "?.z")]),
        ("x = None", [("x", "none", "")]),
        ("x = 'text'", [("x", "constant", "text")]),
        ("x = 1.5", [("x", "constant", "1.5")]),
        ("x = {}", [("x", "container", "")]),
        ("x = [y for y in z]", [("x", "container", "")]),
        ("x = lambda: 0", [("x", "lambda", "")]),
        ("x = a or b", [("x", "other", "")]),
        ("x: int = 3", [("x", "constant", "3")]),
        ("x: int", [("x", "other", ":")]),
        ("del x", [("x", "del", "")]),
        ("for x, y in z: ...", [("x", "other", ""), ("y", "other", "")]),
        ("with a as x, b as (y, z): ...", [("x", "other", ""), ("y", "other", ""), ("z", "other", "")]),
        ("print(x := 1)", [("x", "other", "")]),
        ("with (x := f()): ...", [("x", "other", "")]),
        ("while (x := f()): ...", [("x", "other", "")]),
        ("y[(x := 1)] += 2", [("x", "other", "")]),
        ("[(x := i) for i in y]", [("x", "other", "")]),
        ("f(lambda: (x := 1))", []),
        ("def f(a=(x := 1), *, b=(y := 2)): ...", [("x", "other", ""), ("y", "other", "")]),
        ("class A(metaclass=(x := B)): ...", [("x", "other", "")]),
        ("match v:\n    case {'k': x, **y} if (z := 1): ...\n    case [*w]: ...", [
            ("x", "other", ""), ("y", "other", ""), ("z", "other", ""), ("w", "other", "")]),
        ("x.y = 1", []),
        ("x[0] = 1", []),
        ("def f():\n    x = 1", []),
    ],
)  # fmt: skip
def test_bindings(text: str, expected: list[tuple[str, str, str]]) -> None:
    found = facts(text).assignments
    assert sorted((a.name, a.kind, a.value) for a in found) == sorted(expected)


def test_writers_of_globals() -> None:
    found = facts(
        """
        def f():
            global a, b, c, d, e, g
            a = None
            import b
            from m import x as c
            class d: ...
            for e in y: ...
            if (g := 1): ...
            local = 1
            def inner():
                a = 2
        """
    )
    assert [(a.name, a.kind, a.scope, a.branch, a.writer) for a in found.assignments] == [
        ("a", "none", MODULE, MODULE, 0), ("b", "other", MODULE, MODULE, 0), ("c", "other", MODULE, MODULE, 0),
        ("d", "other", MODULE, MODULE, 0), ("e", "other", MODULE, MODULE, 0), ("g", "other", MODULE, MODULE, 0),
    ]  # fmt: skip


def test_a_fallback_in_a_function() -> None:
    found = facts(
        "def f():\n    try:\n        from m import X\n    except ImportError:\n        X = None\n    y = 1\n"
    )
    assert found.assignments == (Assignment("X", "none", "", 5, 9, 0, 1),)


@pytest.mark.parametrize(
    ("text", "names", "dynamic"),
    [
        ("x = 1", None, False),
        ("__all__ = ['a', 'b']", ("a", "b"), False),
        ("__all__ = ('a', 'b')", ("a", "b"), False),
        ("__all__ = {'a', 'b'}", ("a", "b"), False),
        ("__all__: list[str] = ['a']", ("a",), False),
        ("__all__: list[str]", None, False),
        ("__all__ = []", (), False),
        ("__all__ = ['a' 'b', 'c']", ("ab", "c"), False),
        ("__all__ = ['a', 1, None]", ("a",), False),
        ("__all__ = names = ['a']", ("a",), False),
        ("__all__, x = ['a'], 1", ("a",), False),
        ("__all__ = ['a'] + ['b']", ("a", "b"), False),
        ("__all__ = ['a'] * 2", ("a",), False),
        ("__all__ = ['a'] if x else ['b']", ("a", "b"), False),
        ("__all__ = ['a']\n__all__ += ['b']", ("a", "b"), False),
        ("__all__ = ['a']\n__all__ = __all__ + ['b']", ("a", "b"), False),
        ("__all__ = ['a']\n__all__.append('b')", ("a", "b"), False),
        ("__all__ = ['a']\n__all__.extend(['b', 'c'])", ("a", "b", "c"), False),
        ("__all__ = ['a']\n__all__.insert(0, 'b')", ("a", "b"), False),
        ("__all__ = ['a', 'b']\n__all__.remove('a')", ("b",), False),
        ("N = ['a']\n__all__ = N + ['b']", ("a", "b"), False),
        ("N = ['a']\nN += ['b']\n__all__ = N", ("a", "b"), False),
        ("N = ['a']\nN.append('b')\n__all__ = N", (), True),
        ("__all__ = [*N, 'b']\nN = ['a']", ("b",), True),
        ("N = M\nM = N\n__all__ = N", (), True),
        ("N = ['a', *M]\nM = ['b', *N]\n__all__ = N", ("a", "b"), True),
        ("__all__ = list(('a', 'b'))", ("a", "b"), False),
        ("__all__ = sorted(['b', 'a'])", ("b", "a"), False),
        ("__all__ = ['a']\n__all__ = ['b']", ("b",), False),
        ("if x:\n    __all__ = ['a']\nelse:\n    __all__ = ['b']", ("a", "b"), False),
        ("try:\n    __all__ = ['a']\nexcept ImportError:\n    __all__ = []", ("a",), False),
        ("__all__ = [n for n in dir() if n]", (), True),
        ("__all__ = unknown", (), True),
        ("__getattr__, __dir__, __all__ = lazy.attach(__name__, ['a'])", ("a",), False),
        ("for n in x:\n    __all__.append(n)", (), True),
        ("__all__ = ['a']\n__all__[0] = 'b'", ("a",), True),
        ("__all__ = ['a']\ndel __all__[0]", ("a",), True),
        ("__all__ = ['a']\ndel __all__", ("a",), True),
        ("__all__ = ['a']\ndef public(f):\n    __all__.append(f.__name__)", ("a",), True),
        ("__all__ = ['a']\ndef f():\n    global __all__\n    __all__ = []", ("a",), True),
        ("__all__ = ['a']\ndef f():\n    return __all__[0]", ("a",), False),
        ("class A:\n    __all__ = ['a']", None, False),
        ("def f():\n    __all__ = ['a']", None, False),
    ],
)
def test_all(text: str, names: tuple[str, ...] | None, dynamic: bool) -> None:
    found = facts(text)
    assert (found.exports, found.exports_dynamic) == (names, dynamic)


@pytest.mark.parametrize(
    ("text", "modules"),
    [
        ("__all__ = a.b.__all__ + c.__all__", ("a.b", "c")),
        ("__all__ = [*a.__all__]", ("a",)),
        ("__all__ = []\n__all__ += a.__all__\n__all__.extend(b.__all__)", ("a", "b")),
        ("from a import __all__", ("__all__",)),
        ("from a import __all__ as names\n__all__ = names", ("names",)),
    ],
)
def test_all_of_others(text: str, modules: tuple[str, ...]) -> None:
    found = facts(text)
    assert (found.exports_from, found.exports_dynamic) == (modules, False)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("x = 1", None),
        (
            "def __getattr__(name):\n    if name == 'a': return 1\n    if name in ('b', 'c'): return 2",
            ("a", "b", "c"),
        ),
        ("T = {'a': 1}\ndef __getattr__(name):\n    return T[name]", ("a",)),
        ("def __getattr__(name):\n    return T[name]\nT: dict = {'a': 1}", ("a",)),
        ("N = ['a', 'b']\ndef __getattr__(name):\n    if name in N: ...", ("a", "b")),
        ("if x:\n    def __getattr__(name): ...", ()),
        ("__getattr__, __dir__, __all__ = lazy.attach(__name__, ['a'], {'m': ['b']})", ("a", "b")),
        ("__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)", ()),
        ("__getattr__ = make()", ()),
        ("from lazy import __getattr__", ()),
        ("class A:\n    def __getattr__(self, name): return 'a'", None),
    ],
)
def test_lazy_names(text: str, names: tuple[str, ...] | None) -> None:
    found = facts(text).getattr_names
    assert (found is None) == (names is None)
    assert set(found or ()) == set(names or ())


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        pytest.param("if name == 'Old': warn(); return New", {"Old": "New"}, id="equal"),
        pytest.param("if name == 'a': return m.A\nelif name in ('b', 'c'): return B", {"a": "m.A", "b": "B", "c": "B"}, id="elif-in"),
        pytest.param("if name != 'a': raise AttributeError(name)\nfrom m import A\nreturn A", {"a": "A"}, id="unless"),
        pytest.param("match name:\n    case 'a' | 'b': return A\n    case _: raise AttributeError", {"a": "A", "b": "A"}, id="match"),
        pytest.param("return OLD[name]", {"a": "A", "b": "m.B"}, id="table"),
        pytest.param("try:\n    return OLD[name]\nexcept KeyError: raise AttributeError", {"a": "A", "b": "m.B"}, id="table-try"),
        pytest.param("if name in OLD:\n    warn(OLD[name])\n    return OLD[name]", {"a": "A", "b": "m.B"}, id="table-in"),
        pytest.param("if name in TEXTS: return globals()[TEXTS[name]]", {"a": "A"}, id="globals"),
        pytest.param("if name == 'a': return make()", {}, id="computed"),
        pytest.param("if name == 'a':\n    if x: return A\n    return B", {}, id="either"),
        pytest.param("if name == 'a':\n    A = make()\n    return A", {}, id="local"),
        pytest.param("if name == 'a': return name", {}, id="itself"),
        pytest.param("if x: return B\nif name == 'a': return A", {}, id="another-first"),
        pytest.param("if name == 'a': from m import A; return A\nif name == 'b': from n import A; return A", {}, id="bound-twice"),
        pytest.param("if name == 'a' and x: return A", {}, id="and"),
    ],
)  # fmt: skip
def test_objects_that_a_module_answers_with(text: str, answers: dict[str, str]) -> None:
    tables = "OLD = {'a': A, 'b': m.B, 'c': make(), 1: C}\nTEXTS = {'a': 'A'}\n"
    body = "".join(f"    {line}\n" for line in text.split("\n"))
    assert dict(facts(f"{tables}def __getattr__(name):\n{body}").answers) == answers


# --- definitions


def test_a_class_and_its_methods() -> None:
    found = facts(
        '''
        @register("x")
        @plain
        @make().it
        class Manager(Base, pkg.Other[T], make(), Generic[T], metaclass=abc.ABCMeta):
            """Keeps
            things."""
            limit = 3
            name: str
            pair, (other, *rest) = values
            for key in keys: pass
            del limit

            @property
            async def value(self, a, /, b: int, c=1, *args: str, d, e: "X" = None, **kwargs) -> list[int]:
                self.one = a
                self.two: int = b
                self.three, this.x = c
                for self.four in d: pass
                with e as self.five: pass
                self.six += 1
                def later():
                    self.seven = 1
                other.eight = 1
                class Inner:
                    def f(me): me.nine = 1

            @staticmethod
            def fixed(thing):
                thing.ten = 1
        '''
    ).definitions
    manager, value, later, inner, f, fixed = found
    assert manager == Definition(
        kind="class", name="Manager", qualname="Manager", line=5, column=1, end_line=30, end_column=22, first_line=2,
        parent=MODULE, branch=MODULE, decorators=("register", "plain", "?.it"),
        bases=("Base", "pkg.Other", "", "Generic"), metaclass="abc.ABCMeta",
        attributes=("limit", "name", "pair", "other", "rest", "key"),
        instance_attributes=("one", "two", "three", "four", "five", "seven"), doc="Keeps\n    things.",
        skeleton=manager.skeleton,
    )  # fmt: skip
    assert (value.kind, value.qualname, value.parent, value.decorators, value.returns, value.is_async) == (
        "async-function", "Manager.value", 0, ("property",), "list[int]", True,
    )  # fmt: skip
    assert value.parameters == (
        Parameter("self", "positional-only"),
        Parameter("a", "positional-only"),
        Parameter("b", "positional", None, "int"),
        Parameter("c", "positional", "1"),
        Parameter("args", "var-positional", None, "str"),
        Parameter("d", "keyword-only"),
        Parameter("e", "keyword-only", "None", '"X"'),
        Parameter("kwargs", "var-keyword"),
    )
    assert [(d.qualname, d.parent) for d in (later, inner, f, fixed)] == [
        ("Manager.value.<locals>.later", 1), ("Manager.value.<locals>.Inner", 1),
        ("Manager.value.<locals>.Inner.f", 3), ("Manager.fixed", 0),
    ]  # fmt: skip
    assert (inner.instance_attributes, fixed.decorators) == (("nine",), ("staticmethod",))


@pytest.mark.parametrize(
    ("body", "trivial"),
    [
        ("pass", True), ("...", True), ("'''Doc.'''", True), ("'''Doc.'''\n    raise NotImplementedError", True),
        ("raise NotImplementedError('x')", True), ("return None", False), ("x = 1", False), ("raise ValueError", False),
    ],
)  # fmt: skip
def test_trivial_bodies(body: str, trivial: bool) -> None:
    assert facts(f"def f():\n    {body}\n").definitions[0].is_trivial is trivial


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("class A: ...\nclass A: ...", ((0, 1),)),
        ("def f(): ...\nclass B: ...\ndef f(): ...", ((0, 2),)),
        ("def f(): ...\nf()\ndef f(): ...", ()),
        ("def f(): ...\nx = [f]\ndef f(): ...", ()),
        ("def f(): ...\ndef g(): f()\ndef f(): ...", ((0, 2),)),
        ("def f(): ...\ndef g(x=f): ...\ndef f(): ...", ()),
        ("class A: ...\nclass A(A): ...", ()),
        ("def f(): ...\ndel f\ndef f(): ...", ()),
        ("class A:\n    def f(self): ...\n    def f(self): ...", ((1, 2),)),
        ("class A:\n    @property\n    def f(self): ...\n    @f.setter\n    def f(self, x): ...", ()),
        ("if x:\n    def f(): ...\nelse:\n    def f(): ...", ()),
        ("def f(): ...\nif x:\n    def f(): ...", ()),
        ("def f(): ...\ndef f(): ...\ndef f(): ...", ((0, 1), (1, 2))),
        ("def f():\n    def g(): ...\n    def g(): ...", ((1, 2),)),
    ],
)
def test_redefinitions(text: str, pairs: tuple[tuple[int, int], ...]) -> None:
    assert facts(text).redefined == pairs


PROGRAM = '''
import os
from a import b as c

class Manager(Base):
    """What it does."""

    limit = 3  # the limit

    async def send(self, message, *, retries=3):
        """Send it."""
        for attempt in range(retries):
            try:
                with self.lock as held:
                    result = await self.socket.send(message)
            except (OSError, ValueError) as error:
                if attempt == retries - 1 and error:
                    raise
                continue
            else:
                return result
        while True:
            yield [x for x in message if x], {k: v for k, v in message}
        match message:
            case {"kind": kind, **rest}:
                del rest
            case _:
                assert kind, "none"
        total = 0
        total += 1
        def inner(value):
            nonlocal total
            return value or os.path.join(total, c)
        return None

def build():
    global cached
    cached = cached or Manager()
    return cached
'''


class _Rename(ast.NodeTransformer):
    """Renames everything that has a name, drops docstrings and annotations or adds them."""

    def __init__(self, salt: str, document: bool, annotate: bool) -> None:
        self.salt, self.document, self.annotate = salt, document, annotate

    def visit(self, node: ast.AST) -> ast.AST:
        self.generic_visit(node)
        for field in ("id", "name", "attr", "arg", "asname", "module", "rest"):
            if isinstance(getattr(node, field, None), str):
                setattr(node, field, self.salt + getattr(node, field).replace(".", "_"))
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            node.names = [self.salt + name for name in node.names]
        if isinstance(node, ast.alias):
            node.name = self.salt + node.name
        if isinstance(node, ast.arg) and self.annotate:
            node.annotation = ast.Name("int")
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            if isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant):
                del node.body[0]
            if self.document or not node.body:
                node.body.insert(0, ast.Expr(ast.Constant("Other words.")))
            if not isinstance(node, ast.ClassDef) and self.annotate:
                node.returns = ast.Constant("Whatever")
        return node


@given(st.sampled_from(["a_", "Zz", "_"]), st.booleans(), st.booleans(), st.integers(0, 3))
@settings(deadline=None, max_examples=30)
def test_skeletons_do_not_change_with_names_layout_comments_docstrings_or_annotations(
    salt: str, document: bool, annotate: bool, layout: int
) -> None:
    text = ast.unparse(ast.fix_missing_locations(_Rename(salt, document, annotate).visit(ast.parse(PROGRAM))))
    if layout & 1:
        text = re.sub(r"(?m)$", "  # a comment", text)
    if layout & 2:
        text = re.sub(r"(?m)^( +)", r"\1\1", text).replace("\n", "\n\n")
    expected = [(item.kind, item.skeleton) for item in facts(PROGRAM).definitions]
    assert [(item.kind, item.skeleton) for item in facts(text).definitions] == expected
    assert len({skeleton for _, skeleton in expected}) == len(expected)


def test_skeletons_change_with_what_is_done() -> None:
    bodies = ["return x", "return", "x()", "x = 1", "x += 1", "raise X", "pass", "await x()", "x", "del x",
              "if x: y()", "if x: y()\n    else: z()", "for x in y: z()", "with x: y()", "try: x()\n    finally: y()",
              "assert x", "import x", "def g(): ...", "class C: ...", "x()\n    y()"]  # fmt: skip
    skeletons = [facts(f"async def f():\n    {body}\n").definitions[0].skeleton for body in bodies]
    assert len(set(skeletons)) == len(bodies)


# --- comments


def test_suppressions_and_shim_marks() -> None:
    found = extract(
        b'x = "# ssot-lint: ignore[a] no"\n'
        b'y = f"{x}# ssot-lint: ignore[a] no" # ssot-lint: ignore[non-canonical-import, SSOT101] both ends\n'
        b"  # ssot-lint: ignore[a]: why\n"
        b"'''\n# ssot-lint: ignore\n# ssot-lint: shim until 1.0\n'''\n"
        b"z = 1  # ssot-lint:ignore\n"
        b"# noqa  # ssot-lint: ignore[b] - because\n"
        b"# ssot-lint: shim until 2026-03-01\n"
        b"# ssot-lint: ignored\n"
        b"# about ssot-lint ignore[a]\n"
        b"q = '\xc3\xa9'  # ssot-lint: ignore[c] ok\n"
    )
    assert found.suppressions == (
        Suppression(("non-canonical-import", "SSOT101"), "both ends", 2, 37, 97, False, 2),
        Suppression(("a",), "why", 3, 3, 30, True, 3),
        Suppression((), "", 8, 8, 26, False, 8),
        Suppression(("b",), "because", 9, 9, 41, True, 9),
        Suppression(("c",), "ok", 13, 10, 35, False, 13),
    )
    assert found.shims == (ShimMark("2026-03-01", 10),)


@pytest.mark.parametrize(
    ("text", "generated"),
    [
        ("# @generated\n", True),
        ("# File generated from our OpenAPI spec by a tool.\n", True),
        ("# what is generated from here is not kept\n", False),
        ("# Generated by the protocol compiler.  DO NOT EDIT!\n", True),
        ("# DO NOT EDIT: this file is generated\n", True),
        ("# This report is generated nightly.\n", False),
    ],
)
def test_generated_files(text: str, generated: bool) -> None:
    assert facts(text).generated is generated


def test_docstrings_are_kept_short() -> None:
    found = facts(f'"""{"x" * 1000}"""\nclass A:\n    """{"y" * 1000}"""\n')
    assert (found.doc, found.definitions[0].doc) == ("x" * 200, "y" * 200)


# --- which files matter


def test_words() -> None:
    config = Config(
        concepts=(
            Concept(
                "a",
                canonical="p.q:Manager",
                aliases=("WSManager",),
                names=("*Connection*", "Man?ager", "[AB]Pool"),
            ),
            Concept("b", canonical="p.q:Notifier", factory="p.f:make_it", variants=("p.v:Other",)),
        )
    )
    found = words(config)
    assert found is not None
    assert found.pattern == b"Connection|Manager|Notifier|Other|Pool|ager|make_it" or found.pattern == (
        b"Connection|Notifier|Other|Pool|ager|make_it"
    )
    assert words(Config()) is None
    everything = words(Config(concepts=(Concept("a", canonical="p:X", names=("*",)),)))
    assert everything is not None
    assert everything.search(b"")


def test_problem_defaults() -> None:
    assert diagnose(b"\0", Problem("null-bytes", "x")) == Problem("null-bytes", "x")


@pytest.mark.parametrize(
    "source",
    [
        b"x = " + b"(" * 5000 + b"1" + b")" * 5000 + b"\n",
        b"x = " + b"-" * 20_000 + b"1\n",
        b"x = " + b"+".join([b"1"] * 20_000) + b"\n",
        b"x = a" + b".b" * 20_000 + b"\n",
        b"x = (\ny = " + b"[" * 5000 + b"\n",
    ],
    ids=["brackets", "signs", "sums", "attributes", "broken"],
)
def test_no_second_opinion_on_what_is_too_deep(source: bytes) -> None:
    problem = extract(source).problem
    if problem is None:  # CPython's limits differ
        return
    assert problem.kind in ("depth", "syntax")
    assert diagnose(source, problem) == problem  # libcst would take minutes, or end the process


def test_no_second_opinion_on_what_libcst_reads_for_minutes() -> None:
    problem = Problem("syntax", "invalid syntax")
    newer = b"type Chain = a" + b".b" * 300 + b"\n"
    assert diagnose(newer, problem).needs == "3.12"
    assert diagnose(newer * 3, problem).needs == "3.12"  # each statement for itself
    table = b"type Rows = 1\nROWS = [\n" + b"    (1, row(2.5 - x)),\n" * 500 + b"]\n"
    assert diagnose(table, problem).needs == "3.12"
    assert diagnose(b"type Chain = (\n    a" + b"\n    .b()" * 300 + b"\n)\n", problem) == problem


def test_lone_surrogates_are_kept_as_escapes() -> None:
    source = rb'''
"""\ud800"""
import warnings
PLAIN = "\ud800"
NAMES = ["a.\udfff"]
__all__ = ["\udc00x"]
def f():
    """\ud800"""
    warnings.warn("\ud800", DeprecationWarning)
class C:
    """\udfff"""
    VALUE = "\ud800"
'''
    found = extract(source)
    assert msgspec.msgpack.Decoder(FileFacts).decode(msgspec.msgpack.encode(found)) == found
    assert [item.value for item in found.assignments if item.name == "PLAIN"] == ["\\ud800"]


def test_a_lazy_name_that_is_read_under_another_name() -> None:
    source = b"""
def __getattr__(name):
    if name in ("Other",):
        return getattr(importlib.import_module("shop.money"), "Money")
    raise AttributeError(name)
"""
    found = extract(source)
    assert (found.getattr_names, found.lazy) == (("Other",), ())


def test_what_is_set_on_other_modules() -> None:
    text = """
    import shop.cart
    import shop.money as money
    from . import base
    from ..deep import coin as penny
    from shop.all import *

    shop.cart.A = money.B = 1
    base.inner.C, x = 1, 2
    base.inner.D = 2
    setattr(penny, "E", 3)
    if x:
        for name in x:
            setattr(penny, name, 4)
    x.y = get().z = base[0].y = 5

    def late():
        base.F = 6
    """
    assert facts(text).given == (
        ("shop.cart", "A"),
        ("shop.money", "B"),
        (".base.inner", "D"),
        ("..deep.coin", "E"),
        ("..deep.coin", ""),
    )
