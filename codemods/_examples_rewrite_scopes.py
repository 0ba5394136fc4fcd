"""Examples of `rewrite-imports`: what a name refers to, and how a file keeps track of its imports."""

from __future__ import annotations

from ssot_lint.codemod import Example

from ._examples_rewrite_forms import CASH, MONEY, SHOP, TREE


def same(before: str, number: str, after: str | None = None) -> Example:
    """One file that imports `shop.old:Money`, which is `shop.bank:Cash` now; None: the import gets an `as`."""
    if after is None:
        after = before.replace("from shop.old import Money\n", "from shop.bank import Cash as Money\n")
    return Example({"use.py": before} | SHOP, [CASH], {"use.py": after}, id=f"hard-{number}")


def swapped(before: str, number: str) -> Example:
    """The same; `$` marks the places that are renamed."""
    head = "from shop.old import Money\n"
    return same(
        head + before.replace("$", "Money"),
        number,
        "from shop.bank import Cash\n" + before.replace("$", "Cash"),
    )


BESIDE = {
    "tests/helper.py": "class Money: ...\n",
    "tests/test_money.py": """
        import helper as h
        from helper import Money


        def pay():
            from helper import Money as Late

            return Late


        def test():
            assert {h.Money, Money, pay()}
        """,
    "tests/test_plain.py": "import helper\n\n\ndef test():\n    assert helper.Money\n",
}

BESIDE_DONE = {
    "tests/test_money.py": """
        import shop.bank as h
        from shop.bank import Money


        def pay():
            from shop.bank import Money as Late

            return Late


        def test():
            assert {h.Money, Money, pay()}
        """,
    "tests/test_plain.py": "import shop.bank\n\n\ndef test():\n    assert shop.bank.Money\n",
}

SCOPES = (
    swapped("\n\ndef f():\n    Money = 3\n    return Money\n\n\nprint($)\n", "84"),
    swapped("\n\ndef f(a):\n    for Money in a:\n        print(Money)\n\n\ndef g():\n    return $\n", "85"),
    swapped("\nthing.Money = $.Money\nthing.more.Money($)\n", "86"),
    swapped("\nprint($ \\\n    .Money, $\\\n    .other)\n", "87"),
    swapped("\nprint(dict(Money=$))\n", "88"),
    swapped("\n$()\ncall(Money=1)\n", "89"),
    swapped(
        "\nprint([Money for Money in $], {$ for x in y}, ($ for $z in $.all))\n".replace("$z", "z"), "90"
    ),
    swapped("\nif (found := $()):\n    print(found)\n", "91"),
    same("from shop.old import Money\n\nif (Money := Money()):\n    print(Money)\n", "91-b"),
    swapped(
        "\nname = 'Money'[1:]\nprint(f'Money {$} {$.rate!r:>{$.width}} {f\"{$} Money\"}')\n".replace(
            "'Money'[1:]", "'xx'"
        ),
        "92",
    ),
    swapped("\n# Money stays here\nprint('Money in a text', $)\n", "93"),
    same(
        "if condition:\n    from shop.old import Money\nelse:\n    from shop.old import Money\n\nprint(Money)\n",
        "94",
        "if condition:\n    from shop.bank import Cash\nelse:\n    from shop.bank import Cash\n\nprint(Cash)\n",
    ),
    same(
        "if condition:\n    from shop.old import Money\nelse:\n    Money = None\n\nprint(Money)\n",
        "94-b",
        "if condition:\n    from shop.bank import Cash as Money\nelse:\n    Money = None\n\nprint(Money)\n",
    ),
    same(
        "from shop.old import Money\n\n\ndef f():\n    global Money\n    Money = 3\n\n\nprint(Money)\n", "95"
    ),
    swapped("\n\ndef f():\n    return $\n\n\ndef f():\n    return $()\n", "96"),
    swapped(
        "\n\nasync def f(x: $) -> $:\n    async for y in $.all():\n        async with $(y) as z:\n            await $.save(z)\n"
        "    return [$ async for y in x]\n",
        "97",
    ),
    Example(
        {
            **SHOP,
            "use.py": b"from shop.old import (\r\n    Coin,\r\n    Money,\r\n)\r\nprint(Money, Coin)\r\n",
        },
        [CASH],
        {
            "use.py": b"from shop.old import (\r\n    Coin,\r\n)\r\nfrom shop.bank import Cash\r\nprint(Cash, Coin)\r\n"
        },
        id="hard-98",
    ),
    Example(
        {**SHOP, "use.py": "s = 'äöü€🜚'; from shop.old import Money; t = '€'; print(Money, 'é', Money)\n"},
        [CASH],
        {"use.py": "s = 'äöü€🜚'; from shop.bank import Cash; t = '€'; print(Cash, 'é', Cash)\n"},
        id="hard-99",
    ),
    Example(
        {
            **SHOP,
            "use.py": "# -*- coding: latin-1 -*-\ns = 'ä'; from shop.old import Money; print(Money)\n".encode(
                "latin-1"
            ),
        },
        [CASH],
        {
            "use.py": "# -*- coding: latin-1 -*-\ns = 'ä'; from shop.bank import Cash; print(Cash)\n".encode(
                "latin-1"
            )
        },
        id="hard-99-b",
    ),
    Example(
        {"use.py": "from shop.old import Money\n"} | SHOP,
        [{"old": "shop.old:Money", "new": "shop.bank:class"}],
        refused=("'class' is no name",),
        id="hard-100",
    ),
    Example(
        {"one.py": "from shop.old import Money\n", "two.py": "from shop.old import Money\n"} | SHOP,
        [MONEY | {"within": "two.py"}],
        {"two.py": "from shop.bank import Money\n"},
        id="hard-103",
    ),
    swapped(
        "\n\nclass C:\n    Money = $\n    kind = Money\n\n    def f(self):\n        return $\n".replace(
            "    Money = $\n", "    Money = 1\n"
        ),
        "106",
    ),
    swapped("\n\ndef f(Money, *, other=$):\n    return Money\n\n\nprint(lambda Money=$: Money)\n", "107"),
    swapped("\na_var = $\n", "108"),
    Example(
        {"use.py": "from shop.old import *\nfrom shop.old import Money\n\nprint(Money, RATE)\n"} | SHOP,
        [MONEY],
        {"use.py": "from shop.old import *\nfrom shop.bank import Money\n\nprint(Money, RATE)\n"},
        id="hard-109",
    ),
    Example(
        {
            "use.py": "from shop.old import *\n\nprint(Money, RATE)\n",
            "other.py": "from shop.old import *\n\nprint(RATE)\n",
            "hub.py": "from shop.old import *  # noqa: F403\n",
            "user.py": "from hub import *\n\nprint(Coin)\n",
        }
        | SHOP,
        [CASH],
        {
            "use.py": "from shop.old import RATE\nfrom shop.bank import Cash as Money\n\nprint(Money, RATE)\n",
            "hub.py": "from shop.old import Coin, RATE  # noqa: F403\nfrom shop.bank import Cash as Money\n",
        },
        id="hard-110",
    ),
    Example(
        {
            "use.py": "from shop.old import Money\n\nnames = ['x']\n__all__ = names * 2 + (['Money'] if names else [])\nprint(Money)\n",
            "plain.py": "from shop.old import Money\n\n__all__ = ('Mon' 'ey',)\nprint(Money)\n",
            "more.py": "import shop.bank\nfrom shop.old import Money\n\n__all__ = ['print']\n__all__ += shop.bank.__all__\nprint(Money)\n",
        }
        | SHOP,
        [CASH],
        {
            "use.py": "from shop.bank import Cash as Money\n\nnames = ['x']\n__all__ = names * 2 + (['Money'] if names else [])\nprint(Money)\n",
            "plain.py": "from shop.bank import Cash as Money\n\n__all__ = ('Mon' 'ey',)\nprint(Money)\n",
            "more.py": "import shop.bank\nfrom shop.bank import Cash as Money\n\n__all__ = ['print']\n__all__ += shop.bank.__all__\nprint(Money)\n",
        },
        id="hard-111",
    ),
    Example(
        {"use.py": "import os\n\nprint(os.path.join('a'), os.path.sep)\n", "paths.py": "def join(*a): ...\n"},
        [{"old": "os.path:join", "new": "paths:join"}],
        {"use.py": "import os\nimport paths\n\nprint(paths.join('a'), os.path.sep)\n"},
        id="hard-112",
    ),
    swapped("\nprint(call(Money=1, x=$))\n", "113"),
    Example(
        {
            "shop/old.py": "import shop.old\nimport shop.old as me\nfrom shop.old import Money as M\nfrom .old import *\n\nclass Money: ...\nclass Coin: ...\n"
            "print(M, me.Money, shop.old.Money)\n",
        }
        | {path: text for path, text in SHOP.items() if path != "shop/old.py"},
        [MONEY],
        {
            "shop/old.py": "import shop.bank\nimport shop.bank as me\nfrom shop.bank import Money as M\nfrom .old import *\n\nclass Money: ...\nclass Coin: ...\n"
            "print(M, me.Money, shop.bank.Money)\n",
        },
        id="hard-114",
    ),
    Example(
        {
            "use.py": "import sys\n\nsys.path.insert(0, 'lib')\nfrom shop.old import Money\n\n\ndef f():\n    setup()\n    from shop.old import Coin, Money\n    return Coin, Money\n",
        }
        | SHOP,
        [MONEY],
        {
            "use.py": "import sys\n\nsys.path.insert(0, 'lib')\nfrom shop.bank import Money\n\n\ndef f():\n    setup()\n    from shop.old import Coin\n    from shop.bank import Money\n    return Coin, Money\n",
        },
        id="hard-115",
    ),
    Example(
        {"use.py": "from shop.gone import Money\nfrom .nowhere import Money as M\n\nprint(Money)\n"} | SHOP,
        [{"old": "shop.gone:Money", "new": "shop.bank:Money"}],
        {"use.py": "from shop.bank import Money\nfrom .nowhere import Money as M\n\nprint(Money)\n"},
        id="hard-116",
    ),
    Example(
        {"use.py": "from shop.old import Money\n"} | SHOP,
        [{"old": "shop.old:Money", "new": "shop.gone:Money"}],
        refused=("shop.gone:Money does not exist",),
        id="hard-116-b",
    ),
    Example(
        {
            "use.py": "from hub import Money\n",
            "hub/__init__.py": "from hub.api import Money\n",
            "hub/api.py": "from shop.bank import Money\n",
        }
        | SHOP,
        [{"old": "hub:Money", "new": "shop.bank:Money"}, {"old": "hub.api:Money", "new": "shop.bank:Money"}],
        {"use.py": "from shop.bank import Money\n", "hub/__init__.py": "from shop.bank import Money\n"},
        id="hard-129",
    ),
    Example(
        {
            "use.py": "from hub.api import Money\n",
            "hub/__init__.py": "from hub.api import Money\n",
            "hub/api.py": "from shop.bank import Money\n",
        }
        | SHOP,
        [{"old": "hub.api:Money", "new": "hub:Money"}],
        {"use.py": "from hub import Money\n"},
        id="hard-129-b",
    ),
    Example(
        {"use.py": "from one import X\n", "one.py": "from two import X\n", "two.py": "from one import X\n"},
        [{"old": "one:X", "new": "two:X"}],
        refused=("two:X does not exist",),
        id="hard-130",
    ),
    Example(
        {
            "use.py": "from hub import *\n\nprint(Money, one)\n",
            "hub/__init__.py": "from .one import *\n",
            "hub/one.py": "from .two import *\none = 1\n",
            "hub/two.py": "from .one import *\nfrom shop.bank import Money\n",
        }
        | SHOP,
        [{"old": "hub:Money", "new": "shop.bank:Money"}],
        {"use.py": "from hub import one\nfrom shop.bank import Money\n\nprint(Money, one)\n"},
        id="hard-131",
    ),
    Example(
        {
            "use.py": "from hub import *\n\nprint(Money)\n",
            "hub.py": "from third_party import *\nfrom shop.bank import Money\n",
        }
        | SHOP,
        [{"old": "hub:Money", "new": "shop.bank:Money"}],
        refused=("what the star brings from hub is not known",),
        id="hard-131-b",
    ),
    Example(
        {
            "shop/tests/bank.py": "class Money: ...\n",
            "scripts/use.py": "from shop.old import Money\n",
            "scripts/bank.py": "class Money: ...\n",
            "bank.py": "class Money: ...\n",
        }
        | SHOP,
        [{"old": "shop.old:Money", "new": "bank:Money"}],
        refused=("run as a script, it would find scripts/bank.py instead of bank",),
        id="hard-132",
    ),
    Example(
        {
            "shop/tests/bank.py": "class Money: ...\n",
            "scripts/use.py": "import bank\nfrom shop.old import Money\n",
            "scripts/__init__.py": "",
            "scripts/bank.py": "class Money: ...\n",
            "bank.py": "class Money: ...\n",
        }
        | SHOP,
        [{"old": "shop.old:Money", "new": "bank:Money"}],
        {"scripts/use.py": "import bank\nfrom bank import Money\n"},
        id="hard-132-b",
    ),
    Example(
        {
            "use.py": """
def function():
    from shop.old import Money
    return Money

if a:
    from shop.old import Money
elif b:
    from shop.old import Money as B
else:
    from shop.old import Money as C
try:
    from shop.old import Money as D
except ValueError:
    from shop.old import Money as E
else:
    from shop.old import Money as F
finally:
    from shop.old import Money as G
with x:
    from shop.old import Money as H
while y:
    from shop.old import Money as I
match z:
    case 1:
        from shop.old import Money as J

class K:
    from shop.old import Money

    def method(self):
        def nested():
            from shop.old import Money
            return Money
        return nested
"""
        }
        | SHOP,
        [MONEY],
        {
            "use.py": """
def function():
    from shop.bank import Money
    return Money

if a:
    from shop.bank import Money
elif b:
    from shop.bank import Money as B
else:
    from shop.bank import Money as C
try:
    from shop.bank import Money as D
except ValueError:
    from shop.bank import Money as E
else:
    from shop.bank import Money as F
finally:
    from shop.bank import Money as G
with x:
    from shop.bank import Money as H
while y:
    from shop.bank import Money as I
match z:
    case 1:
        from shop.bank import Money as J

class K:
    from shop.bank import Money

    def method(self):
        def nested():
            from shop.bank import Money
            return Money
        return nested
"""
        },
        id="hard-133",
    ),
    Example(
        {
            "p/__init__.py": "from .old import X as A\n",
            "p/old.py": "X = 1\n",
            "p/one.py": "from .old import X\nfrom . old import X as Y\n",
            "p/q/__init__.py": "from ..old import X\n",
            "p/q/two.py": "from ..old import X\nfrom p.old import X as Y\n",
            "p/q/r/__init__.py": "",
            "p/q/r/many.py": "from ...old import X\n",
            "p/q/new.py": "X = 1\n",
        },
        [{"old": "p.old:X", "new": "p.q.new:X"}],
        {
            "p/__init__.py": "from .q.new import X as A\n",
            "p/one.py": "from .q.new import X\nfrom .q.new import X as Y\n",
            "p/q/__init__.py": "from .new import X\n",
            "p/q/two.py": "from .new import X\nfrom p.q.new import X as Y\n",
            "p/q/r/many.py": "from ..new import X\n",
        },
        id="hard-134",
    ),
    Example(
        {"shop/use.py": "from .old import Money\n", "lib.py": "class Money: ...\n"} | SHOP,
        [{"old": "shop.old:Money", "new": "lib:Money"}],
        {"shop/use.py": "from lib import Money\n"},
        id="hard-134-b",
    ),
    Example(
        {
            "p/use.py": "from .xml.etree import X\n",
            "p/__init__.py": "",
            "p/xml/__init__.py": "",
            "p/xml/etree.py": "X = 1\n",
            "new.py": "X = 1\n",
        },
        [{"old": "xml.etree:X", "new": "new:X"}],
        id="hard-135",
    ),
    Example(
        {"use.py": "if True: from shop.old import Money, Coin\n"} | SHOP,
        [MONEY],
        {"use.py": "if True: from shop.old import Coin; from shop.bank import Money\n"},
        id="hard-136",
    ),
    Example(
        {"use.py": "import a.b.c\nimport a.b.c as x\n"} | TREE,
        [{"old": "a.b.c:X", "new": "n.m:X"}],
        id="hard-137",
    ),
    Example(
        {"use.py": "from a import z\nfrom a import z as zz\nfrom a import b, z as last\n\nprint(z, zz)\n"}
        | TREE,
        [{"old": "a.z", "new": "n.m"}],
        {
            "use.py": "from n import m as z\nfrom n import m as zz\nfrom a import b\nfrom n import m as last\n\nprint(z, zz)\n"
        },
        id="hard-138",
    ),
    Example(
        {
            "use.py": "from shop.old \\\n    import Money\nfrom shop.old import Coin, \\\n    Money as M, \\\n    RATE\n"
        }
        | SHOP,
        [MONEY],
        {
            "use.py": "from shop.bank \\\n    import Money\nfrom shop.old import Coin, \\\n    RATE\nfrom shop.bank import Money as M\n"
        },
        id="hard-139",
    ),
    Example(
        {"use.py": "from shop.old import Coin, Money", "one.py": "from shop.old import Money"} | SHOP,
        [MONEY],
        {
            "use.py": "from shop.old import Coin\nfrom shop.bank import Money",
            "one.py": "from shop.bank import Money",
        },
        id="hard-140",
    ),
    Example(
        {"use.py": "def f():\n\tfrom shop.old import Coin, Money\n\treturn Coin, Money\n"} | SHOP,
        [MONEY],
        {
            "use.py": "def f():\n\tfrom shop.old import Coin\n\tfrom shop.bank import Money\n\treturn Coin, Money\n"
        },
        id="hard-141",
    ),
    Example(
        {"use.py": "import mock\nfrom mock import patch\nimport mock as m\n\nmock.patch('x')\n"},
        [{"old": "mock", "new": "unittest.mock"}],
        {
            "use.py": "from unittest import mock\nfrom unittest.mock import patch\nimport unittest.mock as m\n\nmock.patch('x')\n"
        },
        id="hard-142",
    ),
    Example(
        {"use.py": "from typing import Callable, List\n\nx: Callable\n"},
        [{"old": "typing:Callable", "new": "collections.abc:Callable"}],
        {"use.py": "from typing import List\nfrom collections.abc import Callable\n\nx: Callable\n"},
        id="hard-143",
    ),
    Example(
        BESIDE | SHOP,
        [{"old": "helper:Money", "new": "shop.bank:Money", "within": path} for path in sorted(BESIDE_DONE)],
        BESIDE_DONE,
        id="module-beside-the-file",
    ),
    Example(
        BESIDE | SHOP,
        [{"old": "tests.helper:Money", "new": "shop.bank:Money"}],
        BESIDE_DONE,
        id="module-beside-by-its-own-name",
    ),
    Example(
        {
            "tests/helper.py": BESIDE["tests/helper.py"],
            "tests/test_text.py": """
                from importlib import import_module
                from unittest.mock import patch


                @patch("helper.Money.pay")
                def test(_):
                    assert import_module("helper").Money
                """,
        }
        | SHOP,
        [{"old": "tests.helper:Money", "new": "shop.bank:Money"}],
        {
            "tests/test_text.py": """
                from importlib import import_module
                from unittest.mock import patch


                @patch("shop.bank.Money.pay")
                def test(_):
                    assert import_module("shop.bank").Money
                """,
        },
        id="module-beside-in-strings",
    ),
    Example(
        BESIDE | SHOP,
        [{"old": "helper:Money", "new": "shop.bank:Money"}],
        refused=("no module is called helper: tests.helper is what files beside it call so",),
        id="module-beside-some-file",
    ),
    Example(
        {
            "use.py": "from shop.old import Money\nfrom shop.old import *\nfrom shop.old import Money\n\nprint(Money, Coin)\n"
        }
        | SHOP,
        [MONEY, {"old": "shop.old:Coin", "new": "shop.bank:Cash"}],
        {
            "use.py": "from shop.bank import Money\nfrom shop.bank import Cash as Coin\nfrom shop.bank import Money\n\nprint(Money, Coin)\n"
        },
        id="star-that-is-overtaken-in-part",
    ),
    Example(
        {
            "use.py": "from shop.bank import Money\nfrom cash import Money\nfrom shop.old import Money\n\nprint(Money)\n",
            "cash.py": "class Money: ...\n",
        }
        | SHOP,
        [MONEY],
        {
            "use.py": "from shop.bank import Money\nfrom cash import Money\nfrom shop.bank import Money\n\nprint(Money)\n"
        },
        id="bound-otherwise-between",
    ),
    Example(
        {
            "use.py": "import shop.old as o\nprint((lambda x: o.Money)(0), o.Coin)\nimport shop.old\nprint(shop.old.Money)\n"
        }
        | SHOP,
        [MONEY],
        {
            "use.py": "import shop.old as o\nfrom shop import bank\nprint((lambda x: bank.Money)(0), o.Coin)\nimport shop.bank\nprint(shop.bank.Money)\n"
        },
        id="called-before-the-import-below",
    ),
)
