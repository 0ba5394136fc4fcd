"""What may not be written is told before it is, with the reason; what is right is let through."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from ssot_lint.testing import workspace_of
from ssot_lint.verify import problems

SHOP = {
    "shop/__init__.py": "",
    "shop/money.py": "class Money: ...\n\nclass Rate: ...\n",
    "shop/api.py": "from shop.money import Money, Rate\n",
    "shop/copy.py": "class Money: ...\n",
}
CONFIG = """
[concepts.money]
canonical = "shop.money:Money"
"""


def found(
    before: Mapping[str, str], after: Mapping[str, str | bytes | None], config: str = CONFIG
) -> list[tuple[str, int, str]]:
    workspace = workspace_of({**SHOP, **before}, config)
    edits = {path: text.encode() if isinstance(text, str) else text for path, text in after.items()}
    return [
        (problem.path, problem.line, problem.text) for problem in problems(workspace, workspace.edited(edits))
    ]


WRONG = {
    "does-not-parse": (
        {"a.py": "x = 1\n"},
        {"a.py": "x = (1\n"},
        [("a.py", 1, "does not parse: '(' was never closed")],
    ),
    "module-is-missing": (
        {"a.py": "from shop.api import Money\n"},
        {"a.py": "from shop.gone import Money\n"},
        [("a.py", 1, "from shop.gone import Money would not resolve: shop.gone is missing")],
    ),
    "name-is-missing": (
        {"a.py": "from shop.api import Money\n"},
        {"a.py": "\nfrom shop.money import Cash\n"},
        [("a.py", 2, "from shop.money import Cash would not resolve: shop.money:Cash is missing")],
    ),
    "somebody-else-needs-the-module": (
        {"a.py": "from shop.copy import Money\n"},
        {"shop/copy.py": None},
        [("a.py", 1, "from shop.copy import Money would not resolve: shop.copy is missing")],
    ),
    "becomes-another-copy": (
        {"a.py": "from shop.api import Money\n"},
        {"a.py": "from shop.copy import Money\n"},
        [("a.py", 1, "from shop.copy import Money would become shop.copy:Money; it was shop.money:Money")],
    ),
    "becomes-something-else-for-others": (
        {"a.py": "from shop.api import Rate\n"},
        {"shop/api.py": "from shop.money import Money\nfrom shop.copy import Money as Rate\n"},
        [
            ("a.py", 1, "from shop.api import Rate would become shop.copy:Money; it was shop.money:Rate"),
            ("shop/api.py", 2, "from shop.copy import Money would become shop.copy:Money; it was shop.money:Rate"),
        ],
    ),
    "attribute-is-missing": (
        {"a.py": "import shop.api as api\n\nprint(api.Rate)\n"},
        {"a.py": "import shop.copy as api\n\nprint(api.Rate)\n"},
        [("a.py", 3, "api.Rate would not resolve: shop.copy:Rate is missing")],
    ),
    "attribute-becomes-another-copy": (
        {"a.py": "import shop.api as api\n\nprint(api.Money)\n"},
        {"a.py": "import shop.copy as api\n\nprint(api.Money)\n"},
        [("a.py", 3, "api.Money would become shop.copy:Money; it was shop.money:Money")],
    ),
    "attribute-is-missing-for-others": (
        {"a.py": "from shop import api\n\nprint(api.Rate)\n"},
        {"shop/api.py": "from shop.money import Money\n"},
        [("a.py", 3, "api.Rate would not resolve: shop.api:Rate is missing")],
    ),
    "attribute-is-missing-through-the-package": (
        {"a.py": "import shop\n\nprint(shop.api.Rate)\n", "main.py": "import shop.api\n"},
        {"shop/api.py": "from shop.money import Money\n"},
        [("a.py", 3, "shop.api.Rate would not resolve: shop.api:Rate is missing")],
    ),
    "definition-goes-that-is-read-through-the-package": (
        {"a.py": "import shop\n\nprint(shop.money.Rate)\n"},
        {"shop/money.py": "class Money: ...\n"},
        [
            ("a.py", 3, "shop.money.Rate would not resolve: shop.money:Rate is missing"),
            ("shop/api.py", 1, "from shop.money import Rate would not resolve: shop.money:Rate is missing"),
        ],
    ),
    "attribute-becomes-another-copy-through-the-package": (
        {"a.py": "import shop.money\n\nprint(shop.api.Rate)\n"},
        {"shop/api.py": "from shop.money import Money\nfrom shop.copy import Money as Rate\n"},
        [
            ("a.py", 3, "shop.api.Rate would become shop.copy:Money; it was shop.money:Rate"),
            ("shop/api.py", 2, "from shop.copy import Money would become shop.copy:Money; it was shop.money:Rate"),
        ],
    ),
    "module-goes-that-is-read-through-the-package": (
        {"a.py": "import shop\n\ndef pay():\n    return shop.copy.Money()\n"},
        {"shop/copy.py": None},
        [("a.py", 4, "shop.copy would not resolve: shop:copy is missing")],
    ),
    "module-goes-that-is-read-through-a-package-without-init": (
        {"a.py": "import far\n\nprint(far.off.old.X)\n", "far/off/old.py": "X = 1\n", "far/off/new.py": ""},
        {"far/off/old.py": None},
        [("a.py", 3, "far.off.old would not resolve: far.off:old is missing")],
    ),
    "attribute-is-missing-through-a-module-that-holds-the-module": (
        {"a.py": "import held\n\nprint(held.it.Rate)\n", "held.py": "from shop import api as it\n"},
        {"shop/api.py": "from shop.money import Money\n"},
        [("a.py", 3, "held.it.Rate would not resolve: shop.api:Rate is missing")],
    ),
    "attribute-is-missing-behind-a-star": (
        {"a.py": "import all_of\n\nprint(all_of.Rate)\n", "all_of.py": "from shop.api import *\n"},
        {"shop/api.py": "from shop.money import Money\n"},
        [("a.py", 3, "all_of.Rate would not resolve: all_of:Rate is missing")],
    ),
    "star-brings-it-no-more": (
        {"a.py": "from all_of import *\n\nprint(Rate, surprise)\n", "all_of.py": "from shop.api import *\n"},
        {"shop/api.py": "from shop.money import Money\n"},
        [("a.py", 3, "nothing would bind Rate, which is read here")],
    ),
    "star-of-a-changed-file": (
        {"a.py": "from shop.api import *\nfrom os import *\n\nprint(Rate)\n", "b.py": "from shop.api import *\n\nprint(Rate)\n"},
        {"a.py": "from shop.copy import *\nfrom os import *\n\nprint(Rate)\n", "b.py": "from shop.copy import *\n\nprint(Rate)\n"},
        [("b.py", 3, "nothing would bind Rate, which is read here")],
    ),
    "stubs-import-it": (
        {
            "shop/till.pyi": "from . import copy\nfrom .api import Rate as R, Gone\nfrom shop.copy import Money\n",
            "bad.pyi": "from shop import (\n",
            "far.pyi": "from ... import copy\n",
        },
        {"shop/copy.py": None, "shop/api.py": "from shop.money import Money\n"},
        [
            ("shop/till.pyi", 1, "from . import copy would not resolve: shop:copy is missing"),
            ("shop/till.pyi", 2, "from .api import Rate would not resolve: shop.api:Rate is missing"),
            ("shop/till.pyi", 3, "from shop.copy import Money would not resolve: shop:copy is missing"),
        ],
    ),
    "module-itself-is-read": (
        {"a.py": "import shop.api as api\n\nprint(vars(api), api.Money)\n"},
        {"a.py": "import shop.money as api\n\nprint(vars(api), api.Money)\n"},
        [("a.py", 3, "api would become shop.money; it was shop.api")],
    ),
    "nobody-imports-the-module": (
        {"a.py": "import shop.api\nimport shop.money\n\nprint(shop.api.Money, shop.money.Rate)\n"},
        {"a.py": "import shop.api\n\nprint(shop.api.Money, shop.money.Rate)\n"},
        [("a.py", 3, "nothing here would import what shop.money.Rate is read from")],
    ),
    "name-is-unbound": (
        {"a.py": "from shop.api import Money\n\nprint(Money)\n"},
        {"a.py": "from shop.api import Money as Cash\n\nprint(Money)\n"},
        [("a.py", 3, "nothing would bind Money, which is read here")],
    ),
    "name-is-captured": (
        {"a.py": "from shop.api import Rate\n\ndef Money(): ...\n"},
        {"a.py": "from shop.money import Rate, Money\n\ndef Money(): ...\n"},
        [("a.py", 1, "Money would be imported where it is bound otherwise too")],
    ),
    "parameter-is-captured": (
        {"a.py": "def pay(Money): return Money\n"},
        {"a.py": "def pay(Money):\n    from shop.money import Money\n    return Money\n"},
        [("a.py", 2, "Money would be imported where it is bound otherwise too")],
    ),
    "import-cycle": (
        {"shop/cart.py": "from shop.api import Rate\n\nTAX = 1\n"},
        {"shop/money.py": "class Money: ...\n\nclass Rate: ...\n\nfrom shop.cart import TAX\n"},
        [("shop/money.py", 5, "would close the import cycle shop.money -> shop.cart -> shop.api -> shop.money")],
    ),
    "import-cycle-through-a-package": (
        {"shop/pay/__init__.py": "from shop.cart import TAX\n", "shop/pay/rate.py": "RATE = 1\n", "shop/cart.py": "TAX = 1\n"},
        {"shop/cart.py": "from shop.pay.rate import RATE\n\nTAX = RATE\n"},
        [("shop/cart.py", 1, "would close the import cycle shop.cart -> shop.pay -> shop.cart")],
    ),
    "import-cycle-when-the-shim-is-asked": (
        {
            "shop/money.py": "from shop.rates import RATE\n\nclass Money: ...\n\nclass Rate: ...\n",
            "shop/rates.py": "import os\nfrom shop.copy import Money\n\nRATE = Money()\n",
            "later.py": "from shop.copy import Money\n",
        },
        {"shop/copy.py": "def __getattr__(name):\n    if name == 'Money':\n        from shop.money import Money\n        return Money\n    raise AttributeError(name)\n"},
        [("shop/rates.py", 2, "would close the import cycle shop.rates -> shop.copy -> shop.money -> shop.rates")],
    ),
    "shim-of-what-the-canonical-module-takes": (
        {"shop/money.py": "from shop.copy import Money as Old\n\nclass Money(Old): ...\n\nclass Rate: ...\n"},
        {"shop/copy.py": "def __getattr__(name):\n    if name == 'Money':\n        from shop.money import Money\n        return Money\n    raise AttributeError(name)\n"},
        [("shop/money.py", 1, "would close the import cycle shop.money -> shop.copy -> shop.money")],
    ),
    "grammar-of-the-deployment": (
        {"a.py": "x = 1\n"},
        {"a.py": "try:\n    x = 1\nexcept* ValueError:\n    pass\n"},
        [("a.py", 4, "does not parse: Exception groups are only supported in Python 3.11 and greater")],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("before", "after", "expected"), WRONG.values(), ids=WRONG)
def test_wrong(
    before: dict[str, str], after: dict[str, str | bytes | None], expected: list[tuple[str, int, str]]
) -> None:
    config = 'target-python = "3.10"\n' + CONFIG
    assert found(before, after, config) == expected


def test_undecodable() -> None:
    ((path, line, text),) = found({"a.py": "x = 1\n"}, {"a.py": b"x = '\xe4'\n"})
    assert (path, line) == ("a.py", 1) and text.startswith("does not parse: ")


RIGHT = {
    "a-name-that-two-imports-bind": (
        {"a.py": "from shop.api import Money\nfrom shop.copy import Money as Copy\nfrom shop.api import Rate as Copy\n"},
        {"a.py": "from shop.money import Money\nfrom shop.copy import Money as Copy\nfrom shop.money import Rate as Copy\n"},
    ),
    "nothing-changes": ({}, {}),
    "import-of-the-same-object": (
        {"a.py": "from shop.api import Money\n"},
        {"a.py": "from shop.money import Money\n"},
    ),
    "copy-becomes-the-one-home": (
        {"a.py": "from shop.copy import Money\n\nprint(Money)\n"},
        {"a.py": "from shop.money import Money\n\nprint(Money)\n"},
    ),
    "module-from-which-the-same-is-read": (
        {"a.py": "import shop.api as api\n\nprint(api.Money)\n"},
        {"a.py": "import shop.money as api\n\nprint(api.Money)\n"},
    ),
    "package-from-which-the-same-is-read": (
        {"a.py": "import shop.money as money\n\nprint(money.Money)\n", "shop/__init__.py": "from shop.money import Money\n"},
        {"a.py": "import shop as money\n\nprint(money.Money)\n"},
    ),
    "plain-import-of-another-module": (
        {"a.py": "import shop.api\n\nprint(shop.api.Money)\n"},
        {"a.py": "import shop.money\n\nprint(shop.money.Money)\n"},
    ),
    "import-that-nothing-else-needs-goes": (
        {"a.py": "import shop.api\nimport shop.money\n\nprint(shop.api.Money)\n"},
        {"a.py": "import shop.api\n\nprint(shop.api.Money)\n"},
    ),
    "attribute-that-was-missing-before": (
        {"a.py": "from shop import api\n\nprint(api.Gone, api.Money)\n"},
        {"a.py": "from shop import api\n\nprint(api.Money, api.Gone)\n"},
    ),
    "attribute-of-what-is-no-module": (
        {"a.py": "import shop.api as api\n\nprint(api.Money.zero.value)\n"},
        {"a.py": "import shop.money as api\n\nprint(api.Money.zero.value)\n"},
    ),
    "local-that-may-be-something-else": (
        {"a.py": "import shop.api as api\n\nif api.Money:\n    api = None\n\nprint(api.Gone)\n"},
        {"a.py": "import shop.money as api\n\nif api.Money:\n    api = None\n\nprint(api.Gone)\n"},
    ),
    "missing-before-as-well": (
        {"a.py": "from shop.gone import Cash\nfrom shop.api import Money\n"},
        {"a.py": "from shop.gone import Cash\nfrom shop.money import Money\n"},
    ),
    "never-resolved-and-does-now": (
        {"a.py": "from shop.gone import Money\n"},
        {"a.py": "from shop.money import Money\n"},
    ),
    "unbound-before-as-well": (
        {"a.py": "from shop.api import Money\n\nprint(Money, surprise)\n"},
        {"a.py": "from shop.money import Money\n\nprint(Money, surprise)\n"},
    ),
    "bound-twice-before-as-well": (
        {"a.py": "from shop.api import Money\n\nMoney = Money or None\n"},
        {"a.py": "from shop.money import Money\n\nMoney = Money or None\n"},
    ),
    "arms-keep-their-own": (
        {"a.py": "try:\n    from shop.api import Money\nexcept ImportError:\n    from shop.copy import Money\n"},
        {"a.py": "try:\n    from shop.money import Money\nexcept ImportError:\n    from shop.copy import Money\n"},
    ),
    "answered-as-it-is-asked-for": (
        {"a.py": "from shop.copy import Money\n", "b.py": "import shop.copy\n\nprint(shop.copy.Money)\n"},
        {"shop/copy.py": "def __getattr__(name):\n    if name == 'Money':\n        from shop.money import Money\n        return Money\n    raise AttributeError(name)\n"},
    ),
    "answered-as-a-function-asks": (
        {
            "shop/money.py": "from shop.rates import RATE\n\nclass Money: ...\n\nclass Rate: ...\n",
            "shop/rates.py": "RATE = 1\n\ndef rate():\n    from shop.copy import Money\n    return Money\n",
        },
        {"shop/copy.py": "def __getattr__(name):\n    if name == 'Money':\n        from shop.money import Money\n        return Money\n    raise AttributeError(name)\n"},
    ),
    "cycle-that-was-there": (
        {"shop/cart.py": "from shop.order import Order\n\nclass Cart: ...\n", "shop/order.py": "import shop.cart\n\nclass Order: ...\n"},
        {"shop/order.py": "from shop import cart\n\nclass Order: ...\n"},
    ),
    "import-in-a-function-closes-no-cycle": (
        {"shop/cart.py": "from shop.api import Rate\n\nTAX = 1\n"},
        {"shop/money.py": "class Money: ...\n\nclass Rate:\n    def tax(self):\n        from shop.cart import TAX\n\n        return TAX\n"},
    ),
    "file-that-nobody-needs-goes": ({}, {"shop/copy.py": None}),
    "module-goes-whose-name-the-package-binds": (
        {"a.py": "import shop\n\nprint(shop.copy)\n", "shop/__init__.py": "from shop.money import Money as copy\n"},
        {"shop/copy.py": None},
    ),
    "module-becomes-a-package": (
        {"a.py": "import shop\n\nprint(shop.copy.Money)\n"},
        {"shop/copy.py": None, "shop/copy/__init__.py": "class Money: ...\n"},
    ),
    "other-attribute-of-the-package": (
        {"a.py": "import shop\n\nprint(shop.api.Money, Rate := 1)\n"},
        {"shop/api.py": "from shop.money import Money\n"},
    ),
    "star-brings-it-from-elsewhere": (
        {"a.py": "from shop.api import *\nfrom shop.money import *\n\nprint(Rate)\n"},
        {"shop/api.py": "from shop.money import Money\n"},
    ),
    "other-files-are-no-python": ({}, {"notes.md": "shop.gone"}),
}  # fmt: skip


@pytest.mark.parametrize(("before", "after"), RIGHT.values(), ids=RIGHT)
def test_right(before: dict[str, str], after: dict[str, str | bytes | None]) -> None:
    assert found(before, after) == []


def test_the_changed_file_is_to_blame() -> None:
    """A file that is not changed itself: what broke it is named, so that the other edits can be kept."""
    files = {
        **SHOP,
        "attribute.py": "import shop\n\nprint(shop.api.Rate)\n",
        "gone.py": "import shop\n\nprint(shop.copy.Money)\n",
        "imports.py": "from shop.api import Rate\n",
        "star.py": "from shop.api import *\n\nprint(Rate)\n",
        "shop/till.pyi": "from .copy import Money\n",
    }
    workspace = workspace_of(files, CONFIG)
    edits: dict[str, bytes | None] = {"shop/api.py": b"from shop.money import Money\n", "shop/copy.py": None}
    causes = {problem.path: problem.cause for problem in problems(workspace, workspace.edited(edits))}
    assert causes == {
        "attribute.py": "shop/api.py",
        "gone.py": "shop/copy.py",
        "imports.py": "shop/api.py",
        "star.py": "shop/api.py",
        "shop/till.pyi": "shop/copy.py",
    }
