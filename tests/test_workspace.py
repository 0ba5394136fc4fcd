"""Workspace: edits in memory, linked anew."""

from __future__ import annotations

import pytest

from ssot_lint.testing import project_of, workspace_of

FILES = {
    "shop/__init__.py": "",
    "shop/money.py": "class Money: ...\n",
    "shop/cart.py": "from shop.money import Money\n",
}


def test_an_edit_is_linked() -> None:
    after = workspace_of(FILES).edited(
        {"shop/money.py": b"class Coin: ...\n", "shop/cart.py": b"from shop.money import Coin\n"}
    )
    assert [user[0] for user in after.project.users("shop.money:Coin")] == [after.file("shop/cart.py")]
    assert after.read("shop/cart.py") == b"from shop.money import Coin\n"


def test_the_workspace_before_stays_as_it_was() -> None:
    before = workspace_of(FILES)
    before.edited({"shop/money.py": b""})
    assert before.read("shop/money.py") == b"class Money: ...\n"


def test_edits_add_up() -> None:
    after = (
        workspace_of(FILES).edited({"shop/a.py": b"x = 1\n"}).edited({"shop/b.py": b"from shop.a import x\n"})
    )
    assert after.project.modules["shop.a"] == after.file("shop/a.py")
    assert sorted(after.edits) == ["shop/a.py", "shop/b.py"]


def test_a_file_goes() -> None:
    after = workspace_of(FILES).edited({"shop/money.py": None})
    assert not after.exists("shop/money.py") and "shop.money" not in after.project.modules
    with pytest.raises(KeyError):
        after.read("shop/money.py")


@pytest.mark.parametrize(
    ("files", "path", "module"),
    [
        ({"src/pkg/__init__.py": ""}, "src/pkg/new.py", "pkg.new"),
        ({"src/pkg/__init__.py": ""}, "src/pkg/sub/new.py", "pkg.sub.new"),
        ({"src/pkg/__init__.py": ""}, "src/pkg/sub/__init__.py", "pkg.sub"),
        ({"pkg/a/b/c.py": "", "pkg/__init__.py": ""}, "pkg/a/new.py", "pkg.a.new"),
        ({"pkg/__init__.py": ""}, "other/new.py", "other.new"),
        ({"script.py": ""}, "new.py", "new"),
    ],
)
def test_a_new_file_has_the_name_of_its_place(files: dict[str, str], path: str, module: str) -> None:
    after = workspace_of(files).edited({path: b""})
    assert after.project.files[after.file(path)].module == module
    assert project_of({**files, path: ""}).files == after.project.files


def test_a_text_is_no_module() -> None:
    after = workspace_of(FILES | {"app.toml": "x = 1\n"}).edited({"app.toml": b"x = 2\n", "b.yaml": b""})
    assert after.others == ("app.toml", "b.yaml") and after.read("app.toml") == b"x = 2\n"
