"""Examples of `rewrite-imports`: the forms of imports. Numbers are those of the list of hard cases."""

from __future__ import annotations

from ssot_lint.codemod import Example

SHOP = {
    "shop/__init__.py": "",
    "shop/old.py": "class Money: ...\nclass Coin: ...\nRATE = 2\n",
    "shop/bank.py": "class Money: ...\nclass Cash: ...\n",
}
MONEY = {"old": "shop.old:Money", "new": "shop.bank:Money"}
CASH = {"old": "shop.old:Money", "new": "shop.bank:Cash"}
TREE = {
    "a/__init__.py": "",
    "a/b/__init__.py": "",
    "a/b/c.py": "X = 1\nY = 2\n",
    "a/z.py": "Z = 1\n",
    "n/__init__.py": "",
    "n/b/__init__.py": "",
    "n/b/c.py": "X = 1\nY = 2\n",
    "n/m.py": "X = 1\nT = 2\n",
    "n/z.py": "Z = 1\n",
}

FORMS = (
    Example(
        {"use.py": "from shop.old import Money\n\nprint(Money)\n"} | SHOP,
        [MONEY],
        {"use.py": "from shop.bank import Money\n\nprint(Money)\n"},
        id="hard-1",
    ),
    Example(
        {"use.py": "from compat import str\nimport sys\n\nprint(str(sys))\n", "compat.py": "str = str\n"},
        [{"old": "compat:str", "new": "builtins:str"}],
        {"use.py": "import sys\n\nprint(str(sys))\n"},
        id="hard-2",
    ),
    Example(
        {
            "use.py": "from compat import str as text\n\n__all__ = ['text']\n",
            "api.py": "from compat import str\n",
            "user.py": "from api import str\n",
            "compat.py": "str = str\n",
        },
        [{"old": "compat:str", "new": "builtins:str"}],
        {
            "use.py": "from builtins import str as text\n\n__all__ = ['text']\n",
            "api.py": "from builtins import str\n",
        },
        id="hard-2-b",
    ),
    Example(
        {"use.py": "from shop.old import Money as M\n\nprint(M)\n"} | SHOP,
        [CASH],
        {"use.py": "from shop.bank import Cash as M\n\nprint(M)\n"},
        id="hard-3",
    ),
    Example(
        {"use.py": "from shop.old import Money as Cash\n\nprint(Cash)\n"} | SHOP,
        [CASH],
        {"use.py": "from shop.bank import Cash\n\nprint(Cash)\n"},
        id="hard-3-b",
    ),
    Example(
        {"use.py": "import a.b.c\n\nprint(a.b.c.X())\n"} | TREE,
        [{"old": "a.b.c:X", "new": "n.m:T"}],
        {"use.py": "import n.m\n\nprint(n.m.T())\n"},
        id="hard-4",
    ),
    Example(
        {"use.py": "import a.b.c as bar\n\nprint(bar.X)\n"} | TREE,
        [{"old": "a.b.c:X", "new": "n.m:T"}],
        {"use.py": "import n.m as bar\n\nprint(bar.T)\n"},
        id="hard-5",
    ),
    Example(
        {"use.py": "import a.b.c as bar\n\nprint(bar.X)\n"} | TREE,
        [{"old": "a.b.c", "new": "n.m"}],
        {"use.py": "import n.m as bar\n\nprint(bar.X)\n"},
        id="hard-6",
    ),
    Example(
        {"use.py": "import a.b.c\n\nprint(a.b.c.X)\n"} | TREE,
        [{"old": "a", "new": "n"}],
        {"use.py": "import n.b.c\n\nprint(n.b.c.X)\n"},
        id="hard-7",
    ),
    Example(
        {"use.py": "import a.b.c\n"} | TREE,
        [{"old": "a.b", "new": "n.b"}],
        {"use.py": "import n.b.c\n"},
        id="hard-8",
    ),
    Example(
        {"use.py": "from a.b.c import X\n"} | TREE,
        [{"old": "a.b", "new": "n.b"}],
        {"use.py": "from n.b.c import X\n"},
        id="hard-9",
    ),
    Example(
        {"use.py": "import a.b\nfrom a.b import c\n", "b.py": "", "q.py": ""} | TREE,
        [{"old": "b", "new": "q"}],
        id="hard-10",
    ),
    Example(
        {"use.py": "from other import Money\nfrom shop import Money as M\n", "other.py": "class Money: ...\n"}
        | SHOP,
        [MONEY],
        id="hard-11",
    ),
    Example(
        {"use.py": "from a.b import c\n\nprint(c.X)\n"} | TREE,
        [{"old": "a.b", "new": "n.b"}],
        {"use.py": "from n.b import c\n\nprint(c.X)\n"},
        id="hard-12",
    ),
    Example(
        {"use.py": "from shop.bank import Aa, Money, Zz  # three\n\nprint(Money)\n"} | SHOP,
        [{"old": "shop.bank:Money", "new": "shop.bank:Cash"}],
        {"use.py": "from shop.bank import Aa, Cash, Zz  # three\n\nprint(Cash)\n"},
        id="hard-13",
    ),
    Example(
        {"use.py": "import a.b.c, a.z\n\nprint(a.b.c.X, a.z.Z)\n"} | TREE,
        [{"old": "a.b.c:X", "new": "n.m:T"}],
        {"use.py": "import n.m, a.z\n\nprint(n.m.T, a.z.Z)\n"},
        id="hard-14",
    ),
    Example(
        {"use.py": "import shop.bank\n\nprint(shop.bank.Money)\n"} | SHOP,
        [{"old": "shop.bank:Money", "new": "shop.bank:Cash"}],
        {"use.py": "import shop.bank\n\nprint(shop.bank.Cash)\n"},
        id="hard-15",
    ),
    Example({"use.py": "class Money: ...\n\n\nprint(Money)\n"} | SHOP, [MONEY], id="hard-16"),
    Example(
        {
            "first.py": "import old, x, y\n",
            "middle.py": "import x, old, y\n",
            "last.py": "import x, y, old\n",
            "new.py": "",
            "old.py": "",
        },
        [{"old": "old", "new": "new"}],
        {
            "first.py": "import new as old, x, y\n",
            "middle.py": "import x, new as old, y\n",
            "last.py": "import x, y, new as old\n",
        },
        id="hard-17",
    ),
    Example(
        {
            "first.py": "from shop.old import Money, Coin, RATE\n",
            "last.py": "from shop.old import Coin, RATE, Money\n",
        }
        | SHOP,
        [MONEY],
        {
            "first.py": "from shop.old import Coin, RATE\nfrom shop.bank import Money\n",
            "last.py": "from shop.old import Coin, RATE\nfrom shop.bank import Money\n",
        },
        id="hard-18",
    ),
    Example(
        {
            "use.py": """
from shop.old import (
    # coins
    Coin,
    Money,  # noqa: F401
)  # from the shop

y = (1,)
"""
        }
        | SHOP,
        [MONEY],
        {
            "use.py": """
from shop.old import (
    # coins
    Coin,
)  # from the shop
from shop.bank import Money  # noqa: F401

y = (1,)
"""
        },
        id="hard-19",
    ),
    Example(
        {"use.py": "import unused\nfrom shop.old import Coin\nfrom shop.old import Money\n"} | SHOP,
        [MONEY],
        {"use.py": "import unused\nfrom shop.old import Coin\nfrom shop.bank import Money\n"},
        id="hard-20",
    ),
    Example(
        {
            "use.py": "from d.e import f\nimport d.e.f\n\nprint(f.X, d.e.f.X)\n",
            "d/e/f.py": "X = 1\n",
            "g.py": "X = 1\n",
        },
        [{"old": "d.e.f:X", "new": "g:X"}],
        {"use.py": "import g\n\nprint(g.X, g.X)\n"},
        id="hard-21",
    ),
    Example(
        {
            "use.py": "import aa.aaaa\n\nprint(aa.aaaa.aa)\n",
            "aa/aaaa.py": "aa = 1\n",
            "b/bbbb.py": "bb = 1\n",
        },
        [{"old": "aa.aaaa:aa", "new": "b.bbbb:bb"}],
        {"use.py": "import b.bbbb\n\nprint(b.bbbb.bb)\n"},
        id="hard-22",
    ),
    Example(
        {"use.py": "from a.b import c\n\nprint(c.X, c.Y, c.X)\n\n\ndef f():\n    return c.X\n"} | TREE,
        [{"old": "a.b.c:X", "new": "n.m:T"}],
        {
            "use.py": "from a.b import c\nfrom n import m\n\nprint(m.T, c.Y, m.T)\n\n\ndef f():\n    return m.T\n"
        },
        id="hard-23",
    ),
    Example(
        {"use.py": "import a.b.c\nimport a.b.c as d\nfrom a.b.c import X\n\nprint(a.b.c.X, d.X, X)\n"} | TREE,
        [{"old": "a.b.c:X", "new": "n.m:X"}],
        {"use.py": "import n.m\nimport n.m as d\nfrom n.m import X\n\nprint(n.m.X, d.X, X)\n"},
        id="hard-24",
    ),
    Example(
        {"use.py": "import a.b.c\nfrom n import m\n\nprint(a.b.c.X, a.b.c.Y, m.T)\n"} | TREE,
        [{"old": "a.b.c:X", "new": "n.m:X"}],
        {"use.py": "import a.b.c\nfrom n import m\n\nprint(m.X, a.b.c.Y, m.T)\n"},
        id="hard-25",
    ),
    Example(
        {"use.py": "import a.z\n\nprint(a.z.Z)\n", "g/h/i/j.py": "Z = 1\n"} | TREE,
        [{"old": "a.z:Z", "new": "g.h.i.j:Z"}],
        {"use.py": "import g.h.i.j\n\nprint(g.h.i.j.Z)\n"},
        id="hard-26",
    ),
    Example(
        {"use.py": "import a\n\nprint(a.z.Z)\n"} | TREE,
        [{"old": "a.z:Z", "new": "n.z:Z"}],
        {"use.py": "import a\nimport n.z\n\nprint(n.z.Z)\n"},
        id="hard-27",
    ),
    Example(
        {"use.py": "import a.b as parent\n\nprint(parent.c.X)\n"} | TREE,
        [{"old": "a.b.c:X", "new": "n.m:X"}],
        {"use.py": "import a.b as parent\nfrom n import m\n\nprint(m.X)\n"},
        id="hard-28",
    ),
    Example(
        {
            "use.py": "import foo\nimport foo as f\n\nprint(foo.X, f.X)\n",
            "below.py": "import foo.sub\n\nprint(foo.sub.Y)\n",
            "foo/__init__.py": "X = 1\n",
            "foo/sub.py": "Y = 1\n",
            "quux/__init__.py": "",
            "quux/foo/__init__.py": "X = 1\n",
            "quux/foo/sub.py": "Y = 1\n",
        },
        [{"old": "foo", "new": "quux.foo"}],
        {
            "use.py": "from quux import foo\nimport quux.foo as f\n\nprint(foo.X, f.X)\n",
            "below.py": "import quux.foo.sub\n\nprint(quux.foo.sub.Y)\n",
        },
        id="hard-29",
    ),
    Example(
        {"use.py": "import shop.old as o\n\nprint(getattr(o, 'Money'), hasattr(o, 'Coin'), o.Money)\n"}
        | SHOP,
        [CASH],
        {
            "use.py": "import shop.old as o\nfrom shop import bank\n\nprint(getattr(o, 'Money'), hasattr(o, 'Coin'), bank.Cash)\n"
        },
        refused=("o is asked for Money by its text",),
        id="hard-4-b",
    ),
    Example(
        {
            "use.py": "from shop import old\n\nprint(old.Money)\nimport shop.old as old\n\nprint(old.Coin, old.Money)\n"
        }
        | SHOP,
        [CASH],
        {
            "use.py": "from shop import old\nfrom shop import bank\n\nprint(bank.Cash)\nimport shop.old as old\n\nprint(old.Coin, bank.Cash)\n"
        },
        id="hard-24-b",
    ),
)
