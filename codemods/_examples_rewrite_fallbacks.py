"""Examples of `rewrite-imports`: fallbacks that are decided, stars that are written out though nothing moves."""

from __future__ import annotations

from collections.abc import Mapping

from ssot_lint.codemod import Example

_SHOP = {
    "shop/__init__.py": "",
    "shop/bank.py": "class Cash: ...\n\n\nclass Coin: ...\n",
    "shop/stub.py": "class Cash: ...\n",
    "shop/api.py": "from shop.bank import Cash, Coin\n",
}
_FOUND = {"old": "shop.gone:Cash", "new": "shop.bank:Cash", "within": "use.py"}
_KEPT = {"old": "shop.bank:Cash", "new": "shop.bank:Cash", "within": "use.py"}
_HANDLED = {"old": "shop.stub:Cash", "new": "shop.stub:Cash", "within": "use.py"}


def _decided(before: str, request: Mapping[str, str], after: str, number: str) -> Example:
    return Example({"use.py": before} | _SHOP, [request], {"use.py": after}, id=number)


def _refused(before: str, request: Mapping[str, str], reason: str, number: str) -> Example:
    return Example({"use.py": before} | _SHOP, [request], refused=(reason,), id=number)


FALLBACKS = (
    _decided(
        "try:\n    from shop.gone import Cash\nexcept ImportError:\n\n    class Cash:  # a stand-in\n        def pay(self): ...\n\n\nprint(Cash)\n",
        _FOUND,
        "from shop.bank import Cash\n\n\nprint(Cash)\n",
        "fallback-first-arm-found",
    ),
    _decided(
        "if True:\n    try:\n        from shop.bank import Cash  # noqa\n    except (ImportError, ModuleNotFoundError) as error:\n        print(error)\n        Cash = None\n",
        _KEPT,
        "if True:\n    from shop.bank import Cash  # noqa\n",
        "fallback-first-arm-always",
    ),
    _decided(
        "try:\n    from shop.bank import Cash, Coin\nexcept ImportError:\n    from shop.stub import Cash\n    Coin = None\n",
        _KEPT,
        "from shop.bank import Cash, Coin\n",
        "fallback-of-several-names",
    ),
    _decided(
        "def pay():\n    try:\n        from shop.gone import Cash\n        print('new')\n    except ImportError:\n        from shop.stub import Cash\n    return Cash\n",
        _HANDLED,
        "def pay():\n    from shop.stub import Cash\n    return Cash\n",
        "fallback-handler-always",
    ),
    _refused(
        "try:\n    from shop.gone import Cash\nexcept ImportError:\n    from shop.stub import Cash\n",
        _FOUND,
        "Cash is shop.stub:Cash today, by the handler: which of the two is meant has to be said",
        "fallback-both-arms-lead-somewhere",
    ),
    _refused(
        "try:\n    from shop.bank import Cash\n    NEW = True\nexcept ImportError:\n    Cash = None\n    NEW = False\n",
        _KEPT,
        "there is more in the `try` than the import",
        "fallback-more-in-the-try",
    ),
    _refused(
        "try:\n    from shop.bank import Cash\nexcept ImportError:\n    Cash = None\nelse:\n    print('new')\n",
        _KEPT,
        "there is more in the `try` than the import",
        "fallback-else",
    ),
    _refused(
        "try:\n    from shop.bank import Cash\nexcept Exception:\n    Cash = None\n",
        _KEPT,
        "the handler takes other errors too",
        "fallback-broad",
    ),
    _refused(
        "try:\n    from shop.bank import Cash\nexcept ImportError:\n    Cash = None\n    OLD = True\n",
        _KEPT,
        "the handler binds OLD too",
        "fallback-binds-more",
    ),
    _refused(
        "try:\n    from shop.bank import Cash, Note\nexcept ImportError:\n    Cash = Note = None\n",
        _KEPT,
        "Note may be missing: the handler is needed",
        "fallback-name-is-missing",
    ),
    _refused(
        "try:\n    # until the bank is everywhere\n    from shop.bank import Cash\nexcept ImportError:\n    Cash = None\n",
        _KEPT,
        "comments stand in between",
        "fallback-comments",
    ),
    _refused(
        "try:\n    from shop.bank import Coin\nexcept ImportError:\n    from shop.stub import Cash\n",
        _HANDLED,
        "the first arm may succeed",
        "fallback-first-arm-may-succeed",
    ),
    Example(
        {
            "tools/use.py": "try:\n    from shop.bank import Cash\nexcept ImportError:\n    Cash = None\n\nif __name__ == '__main__':\n    print(Cash)\n",
            "use.py": "try:\n    from shop.bank import Cash\nexcept ImportError:\n    Cash = None\n\nif __name__ == '__main__':\n    print(Cash)\n",
        }
        | _SHOP,
        [_KEPT, _KEPT | {"within": "tools/use.py"}],
        {"use.py": "from shop.bank import Cash\n\nif __name__ == '__main__':\n    print(Cash)\n"},
        refused=("the file may be run by its path",),
        id="fallback-of-a-script",
    ),
    Example(
        {"use.py": "try:\n    from shop.bank import Cash\nexcept ImportError:\n    Cash = None\n"}
        | _SHOP
        | {"shop/bank.py": "import use\n\n\nclass Cash: ...\n"},
        [_KEPT],
        refused=("the import may fail in a cycle of imports",),
        id="fallback-cycle",
    ),
    Example(
        {
            "bank/__init__.py": "",
            "bank/use.py": "try:\n    from bank.vault.safe import Cash\nexcept ImportError:\n    Cash = None\n",
            "bank/vault/__init__.py": "from bank import use\n",
            "bank/vault/safe.py": "class Cash: ...\n",
        },
        [{"old": "bank.vault.safe:Cash", "new": "bank.vault.safe:Cash", "within": "bank/use.py"}],
        refused=("the import may fail in a cycle of imports",),
        id="fallback-cycle-through-a-package",
    ),
    Example(
        {
            "bank/__init__.py": "from bank.use import Cash as Known\n\n\nclass Cash: ...\n",
            "bank/use.py": "try:\n    from bank import Cash\nexcept ImportError:\n    Cash = None\n",
        },
        [{"old": "bank:Cash", "new": "bank:Cash", "within": "bank/use.py"}],
        refused=("the import may fail in a cycle of imports",),
        id="fallback-cycle-with-its-package",
    ),
    _decided(
        "try:\n    from shop.gone import Cash\n\n    Cash(1)\nexcept ValueError:\n    pass\n",
        _FOUND,
        "try:\n    from shop.bank import Cash\n\n    Cash(1)\nexcept ValueError:\n    pass\n",
        "fallback-of-other-errors",
    ),
    _decided(
        "from shop.api import *\n\nprint(Cash)\n",
        {"old": "shop.api:Coin", "new": "shop.api:Coin", "within": "use.py"},
        "from shop.api import Cash\n\nprint(Cash)\n",
        "star-written-out",
    ),
    Example(
        {"use.py": "from shop.api import *\n\nprint(Cash, Coin)\n"} | _SHOP,
        [
            {"old": "shop.api:Cash", "new": "shop.api:Cash", "within": "use.py"},
            {"old": "shop.api:Cash", "new": "shop.bank:Cash", "within": "use.py"},
        ],
        {"use.py": "from shop.api import Coin\nfrom shop.bank import Cash\n\nprint(Cash, Coin)\n"},
        id="star-written-out-and-moved",
    ),
    _decided(
        "from shop.api import *\n\nCoin = int\n\nprint(Cash, Coin)\n",
        {"old": "shop.api:Cash", "new": "shop.api:Cash", "within": "use.py"},
        "from shop.api import Cash\n\nCoin = int\n\nprint(Cash, Coin)\n",
        "star-overtaken",
    ),
    _refused(
        "from shop.api import *\n",
        {"old": "shop.api:Coin", "new": "shop.api:Coin", "within": "use.py"},
        "nothing here reads what the star brings from shop.api",
        "star-that-nobody-needs",
    ),
)
