"""Old homes: what they hand out, when they are gone, and what is no proof that they are."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ssot_lint.runtime import old_home
from ssot_lint.runtime.homes import module_name

GONE = object()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    package = tmp_path / "src" / "homes_shop"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("class Cart:\n    class Item: ...\n")
    (package / "old.py").write_text(
        "import warnings\n\n\ndef __getattr__(name):\n    from homes_shop import Cart\n\n    if name == 'Cart':\n"
        "        warnings.warn('old', DeprecationWarning)\n        return Cart\n    raise AttributeError(name)\n"
    )
    (package / "escape.py").write_text('from homes_shop import Cart\n\nPATTERN = "\\d"\n')
    (package / "broken.py").write_text("import no_such_module\n")
    monkeypatch.syspath_prepend(str(tmp_path / "src"))
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("homes_shop")]:
        del sys.modules[name]


@pytest.mark.filterwarnings("error")
def test_what_is_there(root: Path) -> None:
    cart = old_home(root, "src/homes_shop/__init__.py", "Cart")
    assert cart.__module__ == "homes_shop"
    assert old_home(root, "src/homes_shop/old.py", "Cart", GONE) is cart
    assert old_home(root, "src/homes_shop/__init__.py", "Cart.Item") is cart.Item
    assert old_home(root, "src/homes_shop/escape.py", "Cart") is cart


def test_what_is_gone(root: Path) -> None:
    assert old_home(root, "src/homes_shop/older.py", "Cart", GONE) is GONE
    assert old_home(root, "src/homes_shop/old.py", "Basket", GONE) is GONE
    assert old_home(root, "src/homes_shop/old.py", "Basket") is None


def test_what_cannot_be_imported_is_not_gone(root: Path) -> None:
    with pytest.raises(ImportError, match="no_such_module"):
        old_home(root, "src/homes_shop/broken.py", "Cart", GONE)
    (root / "lost.py").write_text("")
    with pytest.raises(ImportError, match=r"lost\.py is below no entry of sys\.path"):
        old_home(root, "lost.py", "Cart", GONE)


def test_the_module_is_the_one_that_others_import(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = root / "src/homes_shop/old.py"
    monkeypatch.syspath_prepend(str(root))
    assert module_name(file) == "homes_shop.old"
    monkeypatch.syspath_prepend(
        str(root / "src/homes_shop")
    )  # a directory of a package is no place to import from
    assert module_name(file) == "homes_shop.old"
    old_home(root, "src/homes_shop/old.py", "Cart")
    assert module_name(file) == "homes_shop.old"
    assert module_name(root / "src/homes_shop/__init__.py") == "homes_shop"
