"""Examples of `rewrite-imports`: strings that are looked up, fallbacks, lazy exports, collisions."""

from __future__ import annotations

from ssot_lint.codemod import Example

from ._examples_rewrite_forms import CASH, MONEY, SHOP

HELPER = {
    "lib.py": "def helper(): ...\n",
    "old.py": "from lib import helper\n\n\ndef driver():\n    return helper()\n",
    "new.py": "from lib import helper\n",
}
MOVED = {"old": "old:helper", "new": "new:helper"}
PATCH = "from unittest.mock import patch\n\n\n@patch('old.helper')\ndef test(helper): ...\n"

STRINGS = (
    Example(
        {
            "shop/__init__.py": "",
            "shop/money.py": "class Money: ...\n",
            "shop/old.py": "from shop.money import Money\n",
            "shop/late.py": "from shop import old\n\n\ndef f():\n    return old.Money()\n",
            "shop/early.py": "from shop.old import Money\n",
            "test_it.py": "from unittest.mock import patch\n\nfrom shop.late import f\n\n\n"
            "@patch('shop.old.Money')\ndef test(money):\n    assert f()\n",
            "test_object.py": "import shop.old as old\n\n\ndef test(monkeypatch):\n"
            "    monkeypatch.setattr(old, 'Money', 1)\n",
            "test_user.py": "from unittest.mock import patch\n\n\n@patch('shop.early.Money')\ndef test(money): ...\n",
        },
        [
            {"old": "shop.old:Money", "new": "shop.money:Money", "within": f"shop/{name}.py"}
            for name in ("late", "early")
        ],
        {
            "shop/late.py": "from shop import money\n\n\ndef f():\n    return money.Money()\n",
            "shop/early.py": "from shop.money import Money\n",
            "test_it.py": "from unittest.mock import patch\n\nfrom shop.late import f\n\n\n"
            "@patch('shop.money.Money')\ndef test(money):\n    assert f()\n",
            "test_object.py": "import shop.old as old\nfrom shop import money\n\n\ndef test(monkeypatch):\n"
            "    monkeypatch.setattr(money, 'Money', 1)\n",
        },
        id="patch-in-a-file-that-nobody-asked-to-change",
    ),
    Example({"test_it.py": PATCH} | HELPER, [MOVED], id="hard-144"),
    Example(
        {
            "user.py": "from shop.old import Money\n\n\ndef pay():\n    return Money()\n",
            "test_it.py": "from unittest.mock import patch\n\n\n@patch('user.Money')\ndef test(money): ...\n",
        }
        | SHOP,
        [CASH],
        {"user.py": "from shop.bank import Cash as Money\n\n\ndef pay():\n    return Money()\n"},
        id="hard-145",
    ),
    Example(
        {"test_it.py": PATCH}
        | HELPER
        | {
            "old.py": "from lib import helper\n",
            "new.py": "from lib import helper\n\n\ndef moved():\n    return helper()\n",
        },
        [MOVED],
        {"test_it.py": PATCH.replace("old.helper", "new.helper")},
        id="hard-146",
    ),
    Example(
        {"test_it.py": PATCH}
        | HELPER
        | {"new.py": "from lib import helper\n\n\ndef moved():\n    return helper()\n"},
        [MOVED],
        refused=("two patches are needed",),
        id="hard-147",
    ),
    Example(
        {"test_it.py": PATCH, "late.py": "def f():\n    from old import helper\n    return helper()\n"}
        | HELPER
        | {"old.py": "from lib import helper\n"},
        [MOVED],
        {
            "test_it.py": PATCH.replace("old.helper", "new.helper"),
            "late.py": "def f():\n    from new import helper\n    return helper()\n",
        },
        id="hard-147-b",
    ),
    Example(
        {
            "late.py": "def f():\n    from shop.old import Money\n    return Money()\n",
            "test_it.py": """
from unittest import mock
from unittest.mock import patch

import shop.old as old
from shop import old as again

MODULE = 'shop.old'
TARGET = 'shop.old.Money'


@patch(f'{MODULE}.Money')
@patch(TARGET)
@patch.object(old, 'Money')
@patch.object(again, attribute='Money')
@patch('shop.old.Money.add')
def test(monkeypatch):
    monkeypatch.setattr('shop.old' '.Money', 1)
    monkeypatch.setattr(old, 'Money', 1)
""",
        }
        | SHOP,
        [CASH],
        {
            "late.py": "def f():\n    from shop.bank import Cash\n    return Cash()\n",
            "test_it.py": """
from unittest import mock
from unittest.mock import patch

import shop.old as old
from shop import bank
from shop import old as again

MODULE = 'shop.old'
TARGET = 'shop.old.Money'


@patch('shop.bank.Cash')
@patch("shop.bank.Cash")
@patch.object(bank, 'Cash')
@patch.object(bank, attribute='Cash')
@patch('shop.bank.Cash.add')
def test(monkeypatch):
    monkeypatch.setattr('shop.bank.Cash', 1)
    monkeypatch.setattr(bank, 'Cash', 1)
""",
        },
        id="hard-148",
    ),
    *(
        Example(
            {
                "late.py": "import shop.old\n\n\ndef f():\n    return shop.old.Money()\n",
                "early.py": "from shop.old import Money\n",
                "test_it.py": "from unittest.mock import patch\n\nfrom late import f\n\n\n"
                f"@patch{call}\n@patch('shop.old.Money')\ndef test(money):\n    f()\n",
            }
            | SHOP,
            [MONEY],
            {"early.py": "from shop.bank import Money\n"},
            refused=(f"test_it.py:6 replaces it and cannot follow: {reason}",),
            id=f"hard-148-{name}",
        )
        for name, call, reason in (
            (
                "several",
                ".multiple('shop.old', Coin=1, Money=2)",
                "patch.multiple replaces other names besides",
            ),
            ("module", ".dict('sys.modules', {'shop.old': None})", "puts something in the place of shop.old"),
        )
    ),
    Example(
        {
            "shop/__init__.py": "",
            "shop/old.py": "from shop.money import Money\nimport shop.plugins\n",
            "shop/plugins.py": "import shop.registry\n\nshop.registry.KNOWN['x'] = 1\n",
            "shop/registry.py": "KNOWN = {}\n",
            "shop/money.py": "class Money: ...\n",
            "use.py": "import shop.old\n\nprint(shop.old.Money)\n",
        },
        [{"old": "shop.old:Money", "new": "shop.money:Money"}],
        {"use.py": "import shop.old\nimport shop.money\n\nprint(shop.money.Money)\n"},
        id="hard-167-through-another",
    ),
    Example(
        {
            "start.py": "import shop.old\n\n\nclass Rich: ...\n\n\nshop.old.Money = Rich\n",
            "late.py": "import start\nfrom shop.old import Money\n\nprint(Money)\n",
            "use.py": "import shop.old as old\n\nprint(old.Money)\n",
        }
        | SHOP,
        [MONEY],
        refused=(
            "late.py:0: start.py:7 replaces it and cannot follow: shop.old.Money is assigned: whoever reads it there would not see that",
            "start.py:7: shop.old.Money is assigned",
            "use.py:0: start.py:7 replaces it and cannot follow",
        ),
        id="assigned-for-good",
    ),
    Example(
        {"test_it.py": PATCH, "late.py": "def f():\n    from old import helper\n    return helper()\n"}
        | HELPER,
        [MOVED],
        refused=(
            "test_it.py:4 replaces it and cannot follow: helper is read in old and in new now: two patches are needed",
        ),
        id="hard-147-c",
    ),
    Example(
        {
            "use.py": """
import importlib
from importlib import import_module
from pydoc import locate

money = import_module('shop.old').Money
same = getattr(importlib.import_module('shop.old'), "Money")
here = import_module('.old', 'shop').Money
it = locate('shop.old.Money')
APP = 'shop.old:Money'
""",
            "shop/late.py": "from importlib import import_module\n\nmoney = import_module('.old', __package__).Money\n",
        }
        | SHOP,
        [CASH],
        {
            "use.py": """
import importlib
from importlib import import_module
from pydoc import locate

money = import_module('shop.bank').Cash
same = getattr(importlib.import_module('shop.bank'), "Cash")
here = import_module('.bank', 'shop').Cash
it = locate('shop.bank.Cash')
APP = 'shop.bank:Cash'
""",
            "shop/late.py": "from importlib import import_module\n\nmoney = import_module('.bank', __package__).Cash\n",
        },
        id="hard-149",
    ),
    Example(
        {
            "use.py": "from importlib import import_module\n\nold = import_module('shop.old')\nmod = __import__('shop.old')\nAPP = 'shop.old:Money'\n",
            "shop/use.py": "from importlib import import_module\n\nold = import_module('.old', __package__)\n",
            "setup.cfg": "[options.entry_points]\nshop =\n    pay = shop.old:Money\n",
        }
        | SHOP,
        [{"old": "shop.old", "new": "shop.bank", "text_references": "yes"}],
        {
            "use.py": "from importlib import import_module\n\nold = import_module('shop.bank')\nmod = __import__('shop.bank')\nAPP = 'shop.bank:Money'\n",
            "shop/use.py": "from importlib import import_module\n\nold = import_module('.bank', __package__)\n",
            "setup.cfg": "[options.entry_points]\nshop =\n    pay = shop.bank:Money\n",
        },
        id="hard-149-b",
    ),
    Example(
        {
            "test_it.py": "import logging\n\nlog = logging.getLogger('shop.old')\n\n\ndef test(caplog):\n    caplog.set_level(10, logger='shop.old')\n"
        }
        | SHOP,
        [{"old": "shop.old", "new": "shop.bank"}],
        id="hard-150",
    ),
    Example(
        {
            "use.py": "@app.task(name='shop.old.Money')\ndef money(): ...\n\n\nROUTES = {'shop.old.Money': 'queue'}\nSTORED = b'cshop.old\\nMoney\\n.'\n",
            "jobs.yaml": "task: shop.old.Money\n",
        }
        | SHOP,
        [CASH],
        id="hard-151",
    ),
    Example(
        {
            "use.py": "from __future__ import annotations\nfrom typing import TYPE_CHECKING, cast\n\nif TYPE_CHECKING:\n    from shop.old import Money\n\n\n"
            "def f(x: 'Money', y: 'list[ Money | None]') -> \"Money\":\n    return cast('Money', x)\n"
        }
        | SHOP,
        [CASH],
        {
            "use.py": "from __future__ import annotations\nfrom typing import TYPE_CHECKING, cast\n\nif TYPE_CHECKING:\n    from shop.bank import Cash\n\n\n"
            "def f(x: 'Cash', y: 'list[ Cash | None]') -> \"Cash\":\n    return cast('Cash', x)\n"
        },
        id="hard-152",
    ),
    Example(
        {"use.py": "import shop.old\n\n\ndef f(x: 'shop.old.Money', y: \"dict[str, shop.old.Coin]\"): ...\n"}
        | SHOP,
        [CASH],
        {
            "use.py": "import shop.old\nimport shop.bank\n\n\ndef f(x: 'shop.bank.Cash', y: \"dict[str, shop.old.Coin]\"): ...\n"
        },
        id="hard-152-b",
    ),
    Example(
        {
            "use.py": "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from shop.old import Money\nelse:\n    Money = object\n\n\ndef f(x: Money): ...\n"
        }
        | SHOP,
        [CASH],
        {
            "use.py": "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from shop.bank import Cash as Money\nelse:\n    Money = object\n\n\ndef f(x: Money): ...\n"
        },
        id="hard-153",
    ),
    Example(
        {
            "use.py": "try:\n    from shop.bank import Cash\nexcept ImportError:\n    from shop.old import Money as Cash\n\nprint(Cash)\n",
            "turned.py": "def f():\n    try:\n        from shop.old import Money as Cash  # noqa: F401\n    except ImportError:\n        from shop.bank import Cash\n    return Cash\n",
            "none.py": "try:\n    from shop.old import Money\nexcept ImportError:\n    Money = None\n",
            "more.py": "try:\n    from shop.bank import Cash\n    NEW = True\nexcept ImportError:\n    from shop.old import Money as Cash\n    NEW = False\n",
        }
        | SHOP,
        [CASH],
        {
            "use.py": "from shop.bank import Cash\n\nprint(Cash)\n",
            "turned.py": "def f():\n    from shop.bank import Cash  # noqa: F401\n    return Cash\n",
            "none.py": "try:\n    from shop.bank import Cash as Money\nexcept ImportError:\n    Money = None\n",
        },
        refused=("take the handler out by hand",),
        id="hard-154",
    ),
    Example(
        {
            "use.py": "try:\n    from shop.bank import Cash\nexcept ImportError:\n    from shop.old import Money as Cash\n\nprint(Cash)\n"
        }
        | SHOP
        | {"shop/bank.py": "import use\n\n\nclass Cash: ...\n"},
        [CASH],
        refused=("cycle of imports",),
        id="hard-154-b",
    ),
    Example(
        {
            "use.py": "def f():\n    from shop.old import (\n        Coin,\n        Money,\n    )\n\n    return Coin, Money\n"
        }
        | SHOP,
        [CASH],
        {
            "use.py": "def f():\n    from shop.old import (\n        Coin,\n    )\n    from shop.bank import Cash\n\n    return Coin, Cash\n"
        },
        id="hard-155",
    ),
    Example(
        {
            "use.py": "def f():\n    from shop.old import Money\n    return Money\n\n\ndef g(Cash):\n    from shop.old import Money\n    return Money\n"
        }
        | SHOP,
        [CASH],
        {
            "use.py": "def f():\n    from shop.bank import Cash\n    return Cash\n\n\ndef g(Cash):\n    from shop.bank import Cash as Money\n    return Money\n"
        },
        id="hard-156",
    ),
    Example(
        {
            "hub/__init__.py": "from shop.old import Money  # noqa: F401\nfrom shop.old import (  # noqa: F401\n    Coin,\n    Money as M,\n)\n",
            "use.py": "import hub\n\nprint(hub.Money, hub.M)\n",
        }
        | SHOP,
        [CASH],
        {
            "hub/__init__.py": "from shop.bank import Cash as Money  # noqa: F401\nfrom shop.old import (  # noqa: F401\n    Coin,\n)\nfrom shop.bank import Cash as M  # noqa: F401\n",
        },
        id="hard-157",
    ),
    Example(
        {
            "hub/__init__.py": """
from importlib import import_module

_LAZY = {"Money": "shop.old", "Coin": "shop.old"}


def __getattr__(name):
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(name)
""",
            "hub/pairs.py": """
from importlib import import_module

_LAZY = {"M": ("shop.old", "Money")}


def __getattr__(name):
    if name in _LAZY:
        module, attribute = _LAZY[name]
        return getattr(import_module(module), attribute)
    raise AttributeError(name)
""",
            "hub/inside.py": "def __getattr__(name):\n    if name == 'Money':\n        from shop.old import Money\n        return Money\n    raise AttributeError(name)\n",
            "hub/attached.py": "import lazy_loader as lazy\n\n__getattr__, __dir__, __all__ = lazy.attach('shop', submod_attrs={'old': ['Money']})\n",
        }
        | SHOP,
        [MONEY],
        {
            "hub/__init__.py": """
from importlib import import_module

_LAZY = {"Money": "shop.bank", "Coin": "shop.old"}


def __getattr__(name):
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(name)
""",
            "hub/pairs.py": """
from importlib import import_module

_LAZY = {"M": ("shop.bank", "Money")}


def __getattr__(name):
    if name in _LAZY:
        module, attribute = _LAZY[name]
        return getattr(import_module(module), attribute)
    raise AttributeError(name)
""",
            "hub/inside.py": "def __getattr__(name):\n    if name == 'Money':\n        from shop.bank import Money\n        return Money\n    raise AttributeError(name)\n",
        },
        id="hard-158",
    ),
    Example(
        {
            "shop/__init__.py": "import lazy_loader as lazy\n\n__getattr__, __dir__, __all__ = lazy.attach(__name__, submod_attrs={'old': ['Money']})\n"
        }
        | {path: text for path, text in SHOP.items() if path != "shop/__init__.py"},
        [MONEY],
        refused=("__getattr__ loads Money in a way that is not read",),
        id="hard-158-b",
    ),
    Example(
        {
            "use.py": "from shop.old import Money\n\n\nclass Cash: ...\n\n\nprint(Money, Cash)\n",
            "taken.py": "from lib import Cash\nfrom shop.old import Money\n\nprint(Money, Cash)\n",
        }
        | SHOP,
        [CASH],
        {
            "use.py": "from shop.bank import Cash as Money\n\n\nclass Cash: ...\n\n\nprint(Money, Cash)\n",
            "taken.py": "from lib import Cash\nfrom shop.bank import Cash as Money\n\nprint(Money, Cash)\n",
        },
        id="hard-159",
    ),
    Example(
        {
            "parameter.py": "from shop.old import Money\n\n\ndef f(Cash):\n    return Money(Cash)\n",
            "generator.py": "from shop.old import Money\n\nprint([Money(Cash) for Cash in x])\n",
            "local.py": "from shop.old import Money\n\n\ndef f():\n    Cash = 3\n    return lambda: Money(Cash)\n",
        }
        | SHOP,
        [CASH],
        {
            "parameter.py": "from shop.bank import Cash as Money\n\n\ndef f(Cash):\n    return Money(Cash)\n",
            "generator.py": "from shop.bank import Cash as Money\n\nprint([Money(Cash) for Cash in x])\n",
            "local.py": "from shop.bank import Cash as Money\n\n\ndef f():\n    Cash = 3\n    return lambda: Money(Cash)\n",
        },
        id="hard-160",
    ),
    Example(
        {
            "use.py": "from shop.old import Money\n\n\ndef f():\n    global Money\n    from shop.old import Money\n    return Money\n",
            "read.py": "from shop.old import Money\n\n\ndef f():\n    global Cash\n    Cash = Money\n",
        }
        | SHOP,
        [CASH],
        {
            "use.py": "from shop.bank import Cash as Money\n\n\ndef f():\n    global Money\n    from shop.bank import Cash as Money\n    return Money\n",
            "read.py": "from shop.bank import Cash as Money\n\n\ndef f():\n    global Cash\n    Cash = Money\n",
        },
        id="hard-161",
    ),
    Example(
        {
            "use.py": "import a; from shop.old import Money, Coin; import b  # all\nimport a; from shop.old import Money as M; import b\n"
        }
        | SHOP,
        [MONEY],
        {
            "use.py": "import a; from shop.old import Coin; from shop.bank import Money; import b  # all\nimport a; from shop.bank import Money as M; import b\n"
        },
        id="hard-162",
    ),
    Example(
        {
            "alias.py": "from shop.bank import Cash as C\nfrom shop.old import Money\n\nprint(C, Money)\n",
            "same.py": "from shop.bank import Cash\nimport os\nfrom shop.old import Money\n\nprint(Cash, Money)\n",
            "listed.py": "from shop.bank import Cash as Money\nfrom shop.old import Coin, Money\n\nprint(Coin, Money)\n",
        }
        | SHOP,
        [CASH],
        {
            "alias.py": "from shop.bank import Cash as C\nfrom shop.bank import Cash\n\nprint(C, Cash)\n",
            "same.py": "from shop.bank import Cash\nimport os\n\nprint(Cash, Cash)\n",
            "listed.py": "from shop.bank import Cash as Money\nfrom shop.old import Coin\n\nprint(Coin, Money)\n",
        },
        id="hard-163",
    ),
    Example(
        {
            "use.py": "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n'one' 'two'\nimport sys\n\nsys.path.insert(0, '.')\nimport pytest\n\nlib = pytest.importorskip('lib')\n"
            "from shop.old import Money  # noqa: E402\nimport shop.old as o  # noqa: E402\n\nprint(Money, o.Money, o.RATE)\n"
        }
        | SHOP,
        [CASH],
        {
            "use.py": "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n'one' 'two'\nimport sys\n\nsys.path.insert(0, '.')\nimport pytest\n\nlib = pytest.importorskip('lib')\n"
            "from shop.bank import Cash  # noqa: E402\nimport shop.old as o  # noqa: E402\nfrom shop import bank\n\nprint(Cash, bank.Cash, o.RATE)\n"
        },
        id="hard-164",
    ),
    Example(
        {
            "use.py": '"""Pays.\n\n>>> Money(1)\n"""\nfrom shop.old import Money\n\nprint(Money)\n',
            "use.pyi": "from shop.old import Money\n",
            "docs.md": "See :class:`shop.old.Money` and\n\n    from shop.old import Money\n",
            "nb.ipynb": '{"source": ["from shop.old import Money\\n"]}\n',
        }
        | SHOP,
        [CASH],
        {"use.py": '"""Pays.\n\n>>> Money(1)\n"""\nfrom shop.bank import Cash as Money\n\nprint(Money)\n'},
        id="hard-165",
    ),
    Example(
        {
            "docs.md": "See :class:`shop.old.Money` and\n\n    from shop.old import Money\n\nnot shop.old.Moneys, myshop.old.Money, shop.older\n",
            "app.toml": 'money = "shop.old:Money"\n',
        }
        | SHOP,
        [{**CASH, "text_references": "yes"}],
        {
            "docs.md": "See :class:`shop.bank.Cash` and\n\n    from shop.bank import Cash as Money\n\nnot shop.old.Moneys, myshop.old.Money, shop.older\n",
            "app.toml": 'money = "shop.bank:Cash"\n',
        },
        id="hard-165-b",
    ),
    Example(
        {
            "use.py": "from shop.old import Money\n\n\ndef f(x):\n    try:\n        return isinstance(x, (int, Money))\n    except Money:\n        return None\n"
        }
        | SHOP,
        [MONEY],
        {
            "use.py": "from shop.bank import Money\n\n\ndef f(x):\n    try:\n        return isinstance(x, (int, Money))\n    except Money:\n        return None\n"
        },
        id="hard-166",
    ),
    Example(
        {
            "use.py": "import shop.old  # registers\nfrom shop import old\n",
            "read.py": "import shop.old\n\nprint(shop.old.Money)\n",
        }
        | SHOP
        | {"shop/old.py": "import lib\n\n\nclass Money: ...\n\n\nlib.register(Money)\n", "lib.py": ""},
        [CASH],
        {"read.py": "import shop.old\nimport shop.bank\n\nprint(shop.bank.Cash)\n"},
        id="hard-167",
    ),
    Example(
        {
            "use.py": "from shop.old import Money as A\nfrom shop.old import Money as B\nfrom shop.old import Coin as C\n\nprint(A, B, C)\n"
        }
        | SHOP,
        [CASH, {"old": "shop.old:Coin", "new": "shop.bank:Cash"}],
        {
            "use.py": "from shop.bank import Cash as A\nfrom shop.bank import Cash as B\nfrom shop.bank import Cash as C\n\nprint(A, B, C)\n"
        },
        id="hard-168",
    ),
)
