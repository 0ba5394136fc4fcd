"""Adding imports and taking them out: one table of cases each, the file before and after."""

from __future__ import annotations

import ast
from importlib import import_module
from textwrap import dedent

import pytest

from ssot_lint.codemod import CannotApply
from ssot_lint.editing.source import Source

_imports = import_module("ssot_lint.codemods._imports")  # ssot-lint: ignore[SSOT205] setuptools maps it
Wanted, Unwanted = _imports.Wanted, _imports.Unwanted


def text_of(text: str) -> bytes:
    return (dedent(text[1:]) if text.startswith("\n") else text).encode()


def added(before: str, wanted: list, module: str = "shop.cart", is_package: bool = False, **options):
    return _imports.add_imports(Source("f.py", text_of(before)), module, is_package, wanted, **options)


def removed(before: str, unwanted: list, module: str = "shop.cart", is_package: bool = False, **options):
    return _imports.remove_imports(Source("f.py", text_of(before)), module, is_package, unwanted, **options)


FROM_MONEY = Wanted("shop.money", "Money")

ADDING = [
    pytest.param("from shop.money import Money\n", [FROM_MONEY], None, id="hard-30"),
    pytest.param(
        "from shop.money import Money as M\n", [Wanted("shop.money", "Money", "M")], None, id="hard-30-alias"
    ),
    pytest.param("import shop.money\n", [Wanted("shop.money")], None, id="hard-30-module"),
    pytest.param("import shop.money.cents\n", [Wanted("shop.money")], None, id="hard-30-below"),
    pytest.param(
        "from shop.money import Money as M\n", [FROM_MONEY], "from shop.money import Money as M, Money\n", id="hard-31"
    ),
    pytest.param(
        "from shop.money import Cents\n", [FROM_MONEY], "from shop.money import Cents, Money\n", id="hard-32"
    ),
    pytest.param(
        """
        from shop.money import (
            Cents,
            total,  # of a cart
        )
        """,
        [FROM_MONEY],
        """
        from shop.money import (
            Cents,
            Money,
            total,  # of a cart
        )
        """,
        id="hard-32-lines",
    ),
    pytest.param(
        """
        from shop.money import (
            total,
            Cents  # never sorted
        )
        """,
        [FROM_MONEY],
        """
        from shop.money import (
            total,
            Cents,  # never sorted
            Money
        )
        """,
        id="hard-32-unsorted",
    ),
    pytest.param(
        "from shop.money import Cents, \\\n    total\n",
        [Wanted("shop.money", "zero")],
        "from shop.money import Cents, \\\n    total, zero\n",
        id="hard-32-backslash",
    ),
    pytest.param(
        "from shop.money import Cents as HundredthOfTheUsualUnit, Currency, ExchangeRate, round_up\n",
        [FROM_MONEY],
        """
        from shop.money import (
            Cents as HundredthOfTheUsualUnit,
            Currency,
            ExchangeRate,
            Money,
            round_up,
        )
        """,
        id="hard-32-too-long",
    ),
    pytest.param("from .money import Money\n", [FROM_MONEY], None, id="hard-33"),
    pytest.param("from . import money\n", [Wanted("shop", "money")], None, id="hard-33-module"),
    pytest.param("from .money import Cents\n", [FROM_MONEY], "from .money import Cents, Money\n", id="hard-34"),
    pytest.param(
        "from .tax import rate\n",
        [FROM_MONEY],
        "from .money import Money\nfrom .tax import rate\n",
        id="hard-34-new",
    ),
    pytest.param("", [Wanted("shop", "money", level=1)], "from . import money\n", id="hard-35"),
    pytest.param(
        "", [Wanted("shop.a", "B", "C", level=2)], ("shop.cart.lines", "from ..a import B as C\n"), id="hard-35-up"
    ),
    pytest.param(
        '"""Carts."""\nfrom __future__ import annotations\n\nx = 1\n',
        [FROM_MONEY],
        '"""Carts."""\nfrom __future__ import annotations\n\nfrom shop.money import Money\n\nx = 1\n',
        id="hard-36",
    ),
    pytest.param(
        'x = 1\n"""No docstring."""\n', [FROM_MONEY], 'from shop.money import Money\n\nx = 1\n"""No docstring."""\n', id="hard-37"
    ),
    pytest.param(
        "#!/usr/bin/env python\n# Copyright: us.\n\n# About x.\nx = 1\n",
        [FROM_MONEY],
        "#!/usr/bin/env python\n# Copyright: us.\n\nfrom shop.money import Money\n\n# About x.\nx = 1\n",
        id="hard-38",
    ),
    pytest.param(
        "# Copyright: us.\ndef f(): ...\n",
        [FROM_MONEY],
        "# Copyright: us.\n\nfrom shop.money import Money\n\n\ndef f(): ...\n",
        id="hard-38-touching",
    ),
    pytest.param(
        "__strict__ = True\nimport os\n", [Wanted("abc")], "__strict__ = True\nimport abc\nimport os\n", id="hard-39"
    ),
    pytest.param(
        "__strict__ = True\nx = 1\n", [Wanted("abc")], "__strict__ = True\n\nimport abc\n\nx = 1\n", id="hard-39-code"
    ),
    pytest.param(
        "import a\nx = 1\nimport b\n", [Wanted("c")], "import a\nimport c\nx = 1\nimport b\n", id="hard-40"
    ),
    pytest.param(
        '"""Carts."""\nx = 1\nimport b\n', [Wanted("c")], '"""Carts."""\n\nimport c\n\nx = 1\nimport b\n', id="hard-41"
    ),
    pytest.param(
        "import a\nx = 1\nfrom shop.money import Cents\n",
        [FROM_MONEY],
        "import a\n\nfrom shop.money import Money\nx = 1\nfrom shop.money import Cents\n",
        id="hard-42",
    ),
    pytest.param(
        "from shop.money import Cents\nx = 1\nfrom shop.money import total\n",
        [FROM_MONEY],
        "from shop.money import Cents, Money\nx = 1\nfrom shop.money import total\n",
        id="hard-43",
    ),
    pytest.param(
        "import logging\n\nimport pytest\n\nfrom shop.tax import rate\n\nfrom .lines import Line\n",
        [FROM_MONEY, Wanted("typing", "Any")],
        "import logging\nfrom typing import Any\n\nimport pytest\n\nfrom shop.money import Money\nfrom shop.tax import rate\n\nfrom .lines import Line\n",
        id="sections",
    ),
    pytest.param(
        "import sys\nfrom pathlib import Path\n\nROOT = Path(__file__).parent\nsys.path.insert(0, str(ROOT))\n\nfrom shop.tax import rate\n",
        [FROM_MONEY, Wanted("os")],
        "import os\nimport sys\nfrom pathlib import Path\n\nROOT = Path(__file__).parent\nsys.path.insert(0, str(ROOT))\n\nfrom shop.money import Money\nfrom shop.tax import rate\n",
        id="after-sys-path",
    ),
    pytest.param(
        "import pytest\n\npytest.importorskip('shop')\nfrom tests import doubles\n",
        [FROM_MONEY],
        "import pytest\n\npytest.importorskip('shop')\nfrom tests import doubles\n\nfrom shop.money import Money\n",
        id="after-importorskip",
    ),
    pytest.param("# -*- coding: utf-8 -*-", [FROM_MONEY], "# -*- coding: utf-8 -*-\nfrom shop.money import Money", id="cookie-only"),
    pytest.param(
        '"""Carts.\n\nA second line.\n"""\n', [FROM_MONEY], '"""Carts.\n\nA second line.\n"""\n\nfrom shop.money import Money\n', id="docstring-only"
    ),
    pytest.param(
        "from __future__ import annotations\n\nimport os\n",
        [Wanted("shop.money", "Money", type_checking=True)],
        """
        from __future__ import annotations

        import os
        from typing import TYPE_CHECKING

        if TYPE_CHECKING:
            from shop.money import Money
        """,
        id="type-checking",
    ),
    pytest.param(
        """
        from typing import TYPE_CHECKING

        if TYPE_CHECKING:
            from shop.tax import Rate
        """,
        [Wanted("shop.money", "Money", type_checking=True)],
        """
        from typing import TYPE_CHECKING

        if TYPE_CHECKING:
            from shop.money import Money
            from shop.tax import Rate
        """,
        id="type-checking-there",
    ),
    pytest.param(
        """
        from typing import TYPE_CHECKING

        if TYPE_CHECKING:
            from shop.money import Cents, Money
        """,
        [FROM_MONEY],
        """
        from typing import TYPE_CHECKING

        from shop.money import Money

        if TYPE_CHECKING:
            from shop.money import Cents
        """,
        id="wanted-at-run-time-too",
    ),
    pytest.param(
        'def f(x):\n    """Doc."""\n    return x\n',
        [Wanted("shop.money", "Money", within="f")],
        'def f(x):\n    """Doc."""\n    from shop.money import Money\n    return x\n',
        id="in-function",
    ),
    pytest.param(
        "class C:\n    def f(self):\n        from shop.money import Cents\n        return Cents\n",
        [Wanted("shop.money", "Money", within="C.f")],
        "class C:\n    def f(self):\n        from shop.money import Cents, Money\n        return Cents\n",
        id="in-method",
    ),
    pytest.param(
        "def f(x): return x\n",
        [Wanted("shop.money", "Money", within="f")],
        "def f(x):\n    from shop.money import Money\n    return x\n",
        id="in-one-line-function",
    ),
    pytest.param("from shop.money import Money as M\n", [Wanted("shop.money", "Money", reuse=True)], None, id="reuse"),
    pytest.param(
        "Money = 3\n",
        [Wanted("shop.money", "Money", otherwise=("ShopMoney",))],
        "from shop.money import Money as ShopMoney\n\nMoney = 3\n",
        id="otherwise",
    ),
    pytest.param("import a; x = 1\n", [Wanted("b")], "import a; x = 1\nimport b\n", id="semicolon"),
    pytest.param("import a\r\nx = 1\r\n", [Wanted("b")], "import a\r\nimport b\r\nx = 1\r\n", id="crlf"),
    pytest.param("import a", [Wanted("b")], "import a\nimport b", id="no-final-newline"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "wanted", "after"), ADDING)
def test_adding(before: str, wanted: list, after) -> None:
    module, after = after if isinstance(after, tuple) else ("shop.cart", after)
    content = added(before, wanted, module).content
    assert content.decode() == text_of(before if after is None else after).decode()
    ast.parse(content)
    again = _imports.add_imports(Source("f.py", content), module, False, wanted)
    assert again.content == content, "a second run adds something"


STARS = [
    pytest.param({"shop.money": ("Money",)}, "from shop.money import *\n", id="hard-44"),
    pytest.param({}, "from shop.money import *\nfrom shop.money import Money\n", id="hard-44-unknown"),
]


@pytest.mark.parametrize(("stars", "after"), STARS)
def test_stars(stars, after: str) -> None:
    assert added("from shop.money import *\n", [FROM_MONEY], stars=stars).content.decode() == after


TAKEN = [
    pytest.param("Money = 3\n", [FROM_MONEY], "Money is bound already on line 1", id="variable"),
    pytest.param("from a import Money\n", [FROM_MONEY], "Money is bound already on line 1", id="other-import"),
    pytest.param("x = open('f')\n", [Wanted("shop.files", "open")], "open on line 1 means something else", id="builtin"),
    pytest.param(
        "def f(Money):\n    return 1\n", [Wanted("shop.money", "Money", within="f")], "bound already on line 1", id="parameter"
    ),
    pytest.param(
        "from a import Money\ndef f():\n    return Money\n",
        [Wanted("shop.money", "Money", within="f")],
        "Money on line 3 means something else",
        id="captured",
    ),
    pytest.param(
        "try:\n    from shop.money import Money\nexcept ImportError:\n    pass\n", [FROM_MONEY], "not on every path", id="guarded"
    ),
    pytest.param("", [FROM_MONEY, Wanted("a", "Money")], "from shop.money and from a", id="both"),
    pytest.param("x = 1\n", [Wanted("a", "b", within="f")], "there is no function f", id="no-function"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "wanted", "reason"), TAKEN)
def test_taken_names(before: str, wanted: list, reason: str) -> None:
    with pytest.raises(CannotApply, match=reason):
        added(before, wanted)


def test_names() -> None:
    wanted = [FROM_MONEY, Wanted("shop.tax"), Wanted("shop.cents", "Cents", reuse=True)]
    found = added("from shop.cents import Cents as C\nMoney = 1\n", wanted[1:])
    assert found.names == {wanted[1]: "shop.tax", wanted[2]: "C"}


MONEY = Unwanted("shop.money", "Money")

REMOVING = [
    pytest.param(
        """
        from shop.money import (
            # about cents
            Cents,
            # about money
            Money,
        )
        Cents
        """,
        [MONEY],
        """
        from shop.money import (
            # about cents
            Cents,
        )
        Cents
        """,
        id="hard-45",
    ),
    pytest.param(
        """
        from shop.money import (
            # about both
            Cents,
            Money,
        )
        Money
        """,
        [Unwanted("shop.money", "Cents")],
        """
        from shop.money import (
            # about both
            Money,
        )
        Money
        """,
        id="hard-45-kept",
    ),
    pytest.param(
        """
        from shop.money import (  # the bracket
            Cents,  # cents
            Money  # the last
        )  # the end
        Cents
        """,
        [MONEY],
        """
        from shop.money import (  # the bracket
            Cents  # cents
        )  # the end
        Cents
        """,
        id="hard-46",
    ),
    pytest.param(
        "from shop.money import (Cents,  # cents\n                        Money)\nCents\n",
        [MONEY],
        "from shop.money import (Cents  # cents\n                        )\nCents\n",
        id="hard-46-bracket",
    ),
    pytest.param("from shop.money import Money as M\n", [MONEY], "there is no such import", id="hard-47"),
    pytest.param("from shop.money import Money as M\n", [Unwanted("shop.money", "Money", "M")], "", id="hard-47-same"),
    pytest.param("from .money import Money\nx = 1\n", [MONEY], "x = 1\n", id="hard-48"),
    pytest.param("from ..money import Money\nx = 1\n", [MONEY], "there is no such import", id="hard-48-wrong"),
    pytest.param("import x.y.z\nx.u\n", [Unwanted("x.y.z")], "line 2 reads x", id="hard-49"),
    pytest.param("import x.u\nimport x.y.z\nx.u.v\n", [Unwanted("x.y.z")], "import x.u\nx.u.v\n", id="hard-49-other"),
    pytest.param(
        "import x.u\nimport x.y.z\nx.y.v\n", [Unwanted("x.y.z")], "line 3 reads x", id="hard-49-between"
    ),
    pytest.param(
        "from shop.money import Money\nfrom shop.cents import Money\nMoney\n", [MONEY], "Money is bound twice", id="hard-50"
    ),
    pytest.param(
        """
        try:
            from shop.money import Money
        except ImportError:
            from shop.cents import Money
        """,
        [MONEY],
        "another arm of the try on line 1 imports Money too",
        id="hard-51",
    ),
    pytest.param(
        """
        try:
            from shop.money import Money
        except ImportError:
            from shop.cents import Money
        """,
        [MONEY, Unwanted("shop.cents", "Money")],
        """
        try:
            pass
        except ImportError:
            pass
        """,
        id="hard-51-both",
    ),
    pytest.param(
        """
        try:
            from shop.money import Money
        except ImportError:
            THERE = False
        """,
        [MONEY],
        "tells whether it can be imported",
        id="hard-51-flag",
    ),
    pytest.param("from a import (\n    b,\n    c,\n)\nb\n", [Unwanted("a", "c")], "from a import (\n    b,\n)\nb\n", id="hard-53"),
    pytest.param("from a import b, c\nb\n", [Unwanted("a", "c")], "from a import b\nb\n", id="hard-53-none"),
    pytest.param("from a import b, c, d\nb, d\n", [Unwanted("a", "c")], "from a import b, d\nb, d\n", id="hard-53-middle"),
    pytest.param("import a, b, c\nb\n", [Unwanted("a"), Unwanted("c")], "import b\nb\n", id="hard-53-plain"),
    pytest.param("from shop.money import *\n", [Unwanted("shop.money", "*")], "star import", id="hard-54"),
    pytest.param("from shop.money import Money\na = Money\n", [MONEY], "line 2 reads Money", id="hard-55"),
    pytest.param("from shop.money import Money\n__all__ = ['Money']\n", [MONEY], "__all__ names Money", id="hard-56"),
    pytest.param("from shop.money import Money\n__all__ = ('Money',)\n", [MONEY], "__all__ names Money", id="hard-56-tuple"),
    pytest.param("from shop.money import Money\n__all__ = {'Money'}\n", [MONEY], "__all__ names Money", id="hard-56-set"),
    pytest.param("from shop.money import Money\n__all__: list[str] = ['Money']\n", [MONEY], "__all__ names Money", id="hard-56-annotated"),
    pytest.param("from shop.money import Money\n__all__ = []\n__all__ += ['Money']\n", [MONEY], "__all__ names Money", id="hard-56-plus"),
    pytest.param("from shop.money import Money\n__all__ = ['Mo' 'ney', 3]\n", [MONEY], "__all__ names Money", id="hard-57"),
    pytest.param("from shop.money import Money\n__all__ = ['Mo' + 'ney']\n", [MONEY], "__all__ names Money", id="hard-57-plus"),
    pytest.param("from shop.money import Money\n__all__, x = ['Money'], 3\n", [MONEY], "__all__ names Money", id="hard-57-unpacked"),
    pytest.param("from shop.money import Money\nx = __all__ = ['Money']\n", [MONEY], "__all__ names Money", id="hard-57-chained"),
    pytest.param("from shop.money import Money\n__all__ = [3, None]\n", [MONEY], "__all__ = [3, None]\n", id="hard-57-no-strings"),
    pytest.param("from shop.money import Money\ndef f(x: 'list[Money]'): ...\n", [MONEY], "line 2 reads Money", id="hard-58"),
    pytest.param("from shop.money import Money\nx: 'Mo' 'ney'\n", [MONEY], "line 2 reads Money", id="hard-58-joined"),
    pytest.param("import shop.money\nx: 'shop.money.Money'\n", [Unwanted("shop.money")], "line 2 reads shop", id="hard-58-dotted"),
    pytest.param("from shop.money import Money\nx = 'Money'\n", [MONEY], "x = 'Money'\n", id="hard-58-plain-string"),
    pytest.param(
        "from typing import TypeVar\nfrom shop.money import Money\nT = TypeVar('T', bound='Money')\n", [MONEY], "line 3 reads Money", id="hard-59"
    ),
    pytest.param(
        "from typing import TypeVar as V\nfrom shop.money import Money\nT = V('T', bound='Money')\n", [MONEY], "a string on line 3 reads Money", id="hard-59-aliased"
    ),
    pytest.param("import a.b.c, d\na.b\n", [Unwanted("a.b.c"), Unwanted("d")], "import a.b.c\na.b\n", id="hard-60"),
    pytest.param(
        "from __future__ import annotations\n", [Unwanted("__future__", "annotations")], "changes how the file is compiled", id="hard-61"
    ),
    pytest.param("from shop.money import Money  # noqa: F401\n", [MONEY], "a comment says", id="hard-62"),
    pytest.param("from shop.money import Money  # noqa\n", [MONEY], "a comment says", id="hard-62-bare"),
    pytest.param("from shop.money import Money  # noqa: E402\n", [MONEY], "", id="hard-62-other"),
    pytest.param("from shop.money import Money  # pylint: disable=unused-import\n", [MONEY], "a comment says", id="hard-62-pylint"),
    pytest.param("from shop.money import Money\nglobals()['Money']\n", [MONEY], "looked up in the namespace", id="globals"),
    pytest.param("from shop.money import Money\nMoney = 1\n", [MONEY], "bound anew", id="bound-anew"),
    pytest.param("def f():\n    from shop.money import Money\n\n    return 1\n", [Unwanted("shop.money", "Money", within="f")], "def f():\n    return 1\n", id="in-function"),
    pytest.param("def f():\n    from shop.money import Money\n", [Unwanted("shop.money", "Money", within="f")], "def f():\n    pass\n", id="in-function-alone"),
    pytest.param("if x: from shop.money import Money\n", [MONEY], "if x: pass\n", id="one-line-if"),
    pytest.param("import a; from shop.money import Money; import b\na, b\n", [MONEY], "import a; import b\na, b\n", id="semicolons"),
    pytest.param(
        "import os\n\nfrom shop.money import Money\n\n\ndef f(): return os\n", [MONEY], "import os\n\n\ndef f(): return os\n", id="blank-lines"
    ),
    pytest.param(
        "# about money\nfrom shop.money import Money\nx = 1\n", [MONEY], "# about money\n\nx = 1\n", id="comment-not-glued"
    ),
    pytest.param(
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from shop.money import Money\n\nx = 1\n",
        [MONEY],
        "from typing import TYPE_CHECKING\n\nx = 1\n",
        id="type-checking-alone",
    ),
    pytest.param("x = 1\nfrom shop.money import Money", [MONEY], "x = 1", id="no-final-newline"),
    pytest.param("import a\r\nfrom shop.money import (\r\n    Money,\r\n    Cents,\r\n)\r\nCents\r\n", [MONEY], "import a\r\nfrom shop.money import (\r\n    Cents,\r\n)\r\nCents\r\n", id="crlf"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "unwanted", "after"), REMOVING)
def test_removing(before: str, unwanted: list, after: str) -> None:
    """`after` is the file, or a part of the reason for which the import stays."""
    found = removed(before, unwanted)
    if len(found.kept) == len(unwanted):
        assert after and after in found.kept[unwanted[0]]
        assert found.content == text_of(before)
    else:
        assert found.content.decode() == text_of(after).decode()
        ast.parse(found.content)


@pytest.mark.parametrize(
    ("before", "after"),
    [pytest.param("from shop.money import Cents\n", "from shop.money import Money\n", id="hard-52")],
)
def test_add_then_remove(before: str, after: str) -> None:
    there = added(before, [FROM_MONEY]).content
    found = _imports.remove_imports(
        Source("f.py", there), "shop.cart", False, [Unwanted("shop.money", "Cents")]
    )
    assert (found.content.decode(), found.kept) == (after, {})


@pytest.mark.parametrize(
    ("read_elsewhere", "reason"),
    [(None, "a name of the package"), (("Money",), "other modules read Money here"), ((), None)],
)
def test_removing_from_a_package(read_elsewhere, reason: str | None) -> None:
    found = removed("from .money import Money\n", [MONEY], "shop", True, read_elsewhere=read_elsewhere)
    assert [reason in text for text in found.kept.values()] == ([True] if reason else [])
    assert found.content.decode() == ("from .money import Money\n" if reason else "")
