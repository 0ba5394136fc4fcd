"""What is changed comes back from libcst, and no more of a file is asked for than holds it."""

from __future__ import annotations

import ast
import sys

import libcst
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssot_lint.editing.changed import Changed, _runs, binds_the_same, changed_statements
from ssot_lint.editing.roundtrip import flaw
from ssot_lint.editing.source import Source

LONG = """\
import os
import sys

@decorated
class A:
    '''Text
without indentation.'''
    def f(self):
        # above
        from a import b
        # below
        return b

    async def g(self):
        async with self.x:
            from c import d
            await d
            yield 1
        return

def h(): return 1; import q
x = 1; y = (
  2); z = 3
"""


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        pytest.param("import sys", "import re", "import re\n", id="top"),
        pytest.param("from a import b", "from e import b", "        from e import b\n", id="in-a-method"),
        pytest.param("from c import d", "from e import d", "            from e import d\n", id="async"),
        pytest.param("await d", "await e", "            await e\n", id="await"),
        pytest.param("x = 1;", "x = 4;", "x = 4; y = (\n  2); z = 3\n", id="one-line"),
        pytest.param("            yield 1\n", "", "        async with self.x:\n            from c import d\n            await d\n        return\n", id="a-line-goes"),
        pytest.param("import os\n", "", "import sys\n", id="the-first-line-goes"),
        pytest.param("  2); z = 3\n", "  2); z = 3\nimport w", "import w", id="a-last-line-comes"),
        pytest.param("        # below\n", "        # beneath\n", "        # beneath\n", id="comment"),
    ],
)  # fmt: skip
def test_no_more_than_holds_the_change(old: str, new: str, text: str) -> None:
    after = LONG.replace(old, new)
    found = changed_statements(LONG.encode(), after.encode(), ast.parse(after))
    assert found is not None and [part.after for part in found] == [text]
    assert after.replace(text, found[0].before) == LONG
    assert flaw(LONG.encode(), Source("a.py", after.encode()), (3, 11)) is None


def test_changes_that_are_apart_are_looked_at_apart() -> None:
    after = LONG.replace("import os", "import re").replace("await d", "await e\n            await f")
    found = changed_statements(LONG.encode(), after.encode(), ast.parse(after))
    assert found == (
        Changed("import os\n", "import re\n"),
        Changed("            await d\n", "            await e\n            await f\n"),
    )
    near = LONG.replace("from a", "from z").replace("# below", "# under")
    found = changed_statements(LONG.encode(), near.encode(), ast.parse(near))
    assert found == (
        Changed(
            "        from a import b\n        # below\n",
            "        from z import b\n        # under\n",
        ),
    )


LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "d\n", "e\n"]), max_size=30)


@given(LINES, LINES)
def test_what_is_no_change_is_as_it_was(old: list[str], new: list[str]) -> None:
    before, after = [line.encode() for line in old], [line.encode() for line in new]
    runs = list(_runs(before, after))
    kept = [
        line
        for number, line in enumerate(after)
        if not any(run.came[0] <= number < run.came[1] for run in runs)
    ]
    rest = iter(before)
    assert all(line in rest for line in kept)  # in this order
    assert bool(runs) == (before != after)
    for run in reversed(runs):
        after[slice(*run.came)] = before[slice(*run.gone)]
    assert after == before


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        pytest.param(b"x = 1\n", b"x = (\n", (1, "does not parse: '(' was never closed"), id="syntax"),
        pytest.param(None, b"x = \0\n", (1, "does not parse: source code string cannot contain null bytes"), id="null"),
        pytest.param(b"x = 1\n", b"", None, id="empty"),
        pytest.param(None, b"x = 1\n", None, id="new"),
        pytest.param("# coding: latin-1\nx = 1\ny = 'ä'\n".encode("latin-1"), "# coding: latin-1\nx = 2\ny = 'ä'\n".encode("latin-1"), None, id="latin-1"),
        pytest.param(b"\xef\xbb\xbfimport a\r\nx = 1\r\n", b"\xef\xbb\xbfimport b\r\nx = 1\r\n", None, id="bom"),
        pytest.param(b"import a\n", b"import b", None, id="no-end-of-line"),
    ],
)  # fmt: skip
def test_flaws(before: bytes | None, after: bytes, reason: tuple[int, str] | None) -> None:
    assert flaw(before, Source("a.py", after)) == reason


def test_the_grammar_of_the_target_counts() -> None:
    assert flaw(b"x = 1\n", Source("a.py", b"match x:\n    case 1: pass\n"), (3, 9)) is not None
    assert flaw(b"x = 1\n", Source("a.py", b"match x:\n    case 1: pass\n"), (3, 10)) is None


def test_where_a_part_does_not_come_back_the_file_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    parse = libcst.parse_module

    def stubborn(source: str | bytes) -> libcst.Module:
        asked.append(source)
        if isinstance(source, str):
            raise RuntimeError("a part")
        return parse(source)

    monkeypatch.setattr(libcst, "parse_module", stubborn)
    after = LONG.replace("import sys", "import re").encode()
    assert flaw(LONG.encode(), Source("a.py", after)) is None
    assert asked[-1] == after


STATEMENTS = st.sampled_from(
    ["import a\n", "x = 1; y = 2\n", "if x:\n    import b\n    # c\n    y = 2\nelse:\n    pass\n", "# c\n", "\n",
     "def f():\n\n    # c\n    '''a\nb'''\n    for i in x:\n        import d\n    return 1\n", "try:\n  import e\nexcept E: pass\n"]
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(STATEMENTS, min_size=1, max_size=6), st.data())
def test_any_part_of_any_file_comes_back_by_itself(parts: list[str], data: st.DataObject) -> None:
    before = "".join(parts)
    names = [index for index in range(len(before)) if before[index : index + 7] == "import "]
    if not names:
        return
    at = data.draw(st.sampled_from(names)) + 7
    after = before[:at] + data.draw(st.sampled_from(["z", "z\n", "z; import w"])) + before[at + 1 :]
    try:
        tree = ast.parse(after)
    except SyntaxError:
        assert flaw(before.encode(), Source("a.py", after.encode())) is not None
        return
    parts = changed_statements(before.encode(), after.encode(), tree)
    assert parts and all(part.after in after and part.before in before for part in parts)
    assert flaw(before.encode(), Source("a.py", after.encode())) is None


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        pytest.param("from a import X\n", "from b import X\n", True, id="another-module"),
        pytest.param("from a import (\n    X,\n    Y,\n)\n", "from a import Y\nfrom b import X\n", True, id="split"),
        pytest.param("def f():\n    import a as b\n    return b\n", "def f():\n    from a import c as b\n    return b\n", True, id="in-a-function"),
        pytest.param("import a.b\n", "import a.c\n", True, id="the-same-package"),
        pytest.param("from a import X\n", "from a import X, Y\n", False, id="one-more"),
        pytest.param("from a import X\n", "from a import Z as Y\n", False, id="another-name"),
        pytest.param("from a import X\n", "from b import *\n", False, id="star"),
        pytest.param("from a import *\n", "from b import *\n", False, id="stars"),
        pytest.param("X = 1\n", "from b import X\n", False, id="an-assignment-goes"),
        pytest.param("from b import X\n", "X = 1\n", False, id="an-assignment-comes"),
        pytest.param("from a import X\nprint(X)\n", "from b import X\nprint(Y)\n", False, id="more-than-imports"),
        pytest.param("if a:\n    from a import X\n", "if b:\n    from a import X\n", False, id="the-condition"),
        pytest.param("def f():\n    from a import X\nx = 1\n", "def f():\n    pass\nfrom a import X\nx = 1\n", False, id="moved-out"),
        pytest.param("# from a import X\nx = 1\n", "from a import X\nx = 1\n", False, id="out-of-a-comment"),
        pytest.param("'''\nfrom a import X\n'''\n", "'''\nfrom b import X\n'''\n", False, id="in-a-string"),
    ],
)  # fmt: skip
def test_imports_that_bind_what_others_bound(before: str, after: str, same: bool) -> None:
    parts = changed_statements(before.encode(), after.encode(), ast.parse(after))
    assert parts is not None and binds_the_same(parts) is same


def test_an_fstring_of_a_newer_python_is_not_written_for_an_older_one() -> None:
    before, after = b"x = 1\ny = f'{a}'\n", b"x = 1\ny = f'{make('a')}'\n"
    found = flaw(before, Source("a.py", after), (3, 11))
    assert found is not None and found[0] == 2
    assert flaw(before, Source("a.py", before), (3, 11)) is None
    if sys.version_info >= (3, 12):
        assert found[1].startswith("needs Python 3.12: ")
        assert flaw(before, Source("a.py", after), (3, 12)) is None
