"""A project whose files were changed says what one says that never knew the files before."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from _programs import imported, project, sources
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.msgpack import decode, encode

from ssot_lint.config import Config
from ssot_lint.linking.kept import Links, still_known
from ssot_lint.linking.tells import is_found_as
from ssot_lint.project import Project, link
from ssot_lint.queries.cycles import imported_files, named_files

PATHS = (
    "shop/__init__.py", "shop/cart.py", "shop/money.py", "shop/deep/__init__.py", "shop/deep/coin.py", "tool/main.py",
    "tool/cart.py",
)  # fmt: skip
MODULES = ("shop", "shop.cart", "shop.money", "shop.deep", "shop.deep.coin", "cart", "main", "json")
NAMES = ("A", "B", "cart", "deep")

lines = st.one_of(
    st.builds("from {} import {}".format, st.sampled_from(MODULES), st.sampled_from(NAMES)),
    st.builds("from {} import *".format, st.sampled_from(MODULES)),
    st.builds("import {}".format, st.sampled_from(MODULES)),
    st.builds("from . import {}".format, st.sampled_from(NAMES)),
    st.builds("class {}({}):\n    A = B".format, st.sampled_from("AB"), st.sampled_from(["", "A", "shop.cart.B"])),
    st.builds("{} = {}".format, st.sampled_from(NAMES), st.sampled_from(["A", "B.A", "shop.deep.coin.A", "cart.B"])),
    st.builds("__all__ = [{!r}]".format, st.sampled_from(NAMES)),
    st.builds("from {0} import __all__\n__all__ += cart.__all__".format, st.sampled_from(MODULES)),
    st.builds("def __getattr__(name):\n    from {} import {}\n    return {}".format,
              st.sampled_from(MODULES), st.just("A"), st.just("A")),
    st.builds("try:\n    from {} import A\nexcept ImportError:\n    A = None".format, st.sampled_from(MODULES)),
    st.just("import sys\nsys.modules['shop.late'] = A"),
    st.builds("{}.{} = A".format, st.sampled_from(["cart", "shop.cart", "deep.coin", "main"]), st.sampled_from(NAMES)),
    st.builds("setattr({}, {}, A)".format, st.sampled_from(["cart", "shop"]), st.sampled_from(["'B'", "B"])),
    st.just("x ="),
)  # fmt: skip
texts = st.lists(lines, min_size=1, max_size=4).map("\n".join)
programs = st.fixed_dictionaries(dict.fromkeys(PATHS, texts))
edits = st.dictionaries(st.sampled_from(PATHS), texts, min_size=1, max_size=2)


def asked(linked: Project) -> dict[str, object]:
    """All that was worked out, and all that can be asked of names."""
    return {
        source.path: (
            [linked.members(file, index) for index in range(len(source.facts.definitions))],
            linked.resolutions[file],
            [linked.resolve(file, name) for name in (*NAMES, "shop.cart.A", "cart.B.A")],
            [
                linked.resolve(file, name, scope)
                for scope in range(len(source.facts.definitions))
                for name in (*NAMES, "name")
            ],
            [linked.name(file, name) for name in NAMES],
            named_files(linked, file),
            imported_files(linked, file),
        )
        for file, source in enumerate(linked.files)
    }


def changed(linked: Project, edit: Mapping[str, str | None]) -> Project:
    there = {path: text for path, text in edit.items() if text is not None}
    gone = dict.fromkeys(path for path, text in edit.items() if text is None and path in linked.by_path)
    return linked.changed({**{file.path: file for file in sources(there)}, **gone})


@settings(max_examples=400, deadline=None)
@given(programs, edits, edits)
def test_what_is_kept_is_what_linking_anew_says(
    files: dict[str, str], first: dict[str, str | None], second: dict[str, str | None]
) -> None:
    linked = project(files)
    asked(linked)
    once = changed(linked, first)
    twice = changed(once, second)  # with answers kept that nobody has asked for in between
    left = {**files, **first, **second}
    assert asked(twice) == asked(project({path: text for path, text in left.items() if text is not None}))


@settings(max_examples=400, deadline=None)
@given(programs, edits)
def test_what_an_earlier_run_kept_says_what_linking_anew_says(
    files: dict[str, str], edit: dict[str, str]
) -> None:
    before = project(files)
    assert before.links is None  # nobody has asked
    resolutions = before.resolutions
    assert before.links is not None
    kept = decode(encode(before.links), type=Links)
    anew = project({**files, **edit})
    earlier = still_known(kept, anew.files, frozenset(anew.by_path[path] for path in edit))
    pairs = [(before.files[before.by_path[path]], anew.files[anew.by_path[path]]) for path in edit]
    assert (earlier is not None) is all(is_found_as(old, new) for old, new in pairs)
    same = still_known(kept, before.files, frozenset())
    assert same is not None and link(before.files, Config(), earlier=same).resolutions == resolutions
    if earlier is not None:
        assert earlier.changed == len(edit)
        again = link(anew.files, Config(), earlier=earlier)
        assert asked(again) == asked(anew)
        assert anew.sought <= again.sought and anew.listed <= again.listed


def test_links_of_other_files_are_not_taken() -> None:
    before = project({"a.py": "from b import A", "b.py": "class A: ..."})
    assert before.resolutions and before.links is not None
    fewer, other = project({"a.py": "from b import A"}), project({"a.py": "import b, c", "b.py": ""})
    assert still_known(before.links, fewer.files, frozenset()) is None
    assert still_known(before.links, other.files, frozenset()) is None


@pytest.mark.parametrize(
    ("path", "text", "now"),
    [
        pytest.param(
            "shop/cart.py", "class Money: ...", ["definition shop.cart:Money"], id="the file itself"
        ),
        pytest.param("shop/money.py", "Money = 1", ["variable shop.money:Money"], id="behind a re-export"),
        pytest.param("other.py", "class Money: ...", ["definition shop.money:Money"], id="another file"),
    ],
)
def test_an_import_follows_what_is_behind_it(path: str, text: str, now: list[str]) -> None:
    linked = project(
        {
            "shop/money.py": "class Money: ...",
            "shop/cart.py": "from shop.money import Money",
            "use.py": "from shop.cart import Money",
            "other.py": "",
        }
    )
    before = linked.resolutions
    after = linked.changed({file.path: file for file in sources({path: text})})
    assert imported(after, "use.py") == now
    kept = after.resolutions[after.by_path["use.py"]] is before[linked.by_path["use.py"]]
    assert kept is (path == "other.py")


@pytest.mark.parametrize(
    ("files", "path", "text"),
    [
        pytest.param(
            {
                "shop/base.py": "class Base:\n    class Inner: ...",
                "shop/cart.py": "from shop.base import Base\nclass Cart(Base): ...",
                "shop/names.py": "from shop.cart import Cart\nInner = Cart.Inner",
                "use.py": "from shop.names import Inner",
            },
            "shop/base.py",
            "class Base: ...",
            id="an inherited member",
        ),
        pytest.param(
            {"tool/cart.py": "import cart", "tool/main.py": "import cart"},
            "tool/cart.py",
            "",
            id="a module beside",
        ),
        pytest.param(
            {
                "shop/cart.py": "A = B = 1",
                "shop/all.py": "from shop.cart import *",
                "use.py": "from shop.all import B",
            },
            "shop/cart.py",
            "A = B = 1\n__all__ = ['A']",
            id="what a star leaves out",
        ),
        pytest.param(
            {
                "shop/cart.py": "A = 1",
                "shop/all.py": "from shop.cart import *",
                "use.py": "from shop.all import B",
            },
            "shop/cart.py",
            "A = B = 1",
            id="what a star did not bring",
        ),
        pytest.param(
            {"shop/cart.py": "", "use.py": "import shop.late"},
            "shop/cart.py",
            "import sys\nsys.modules['shop.late'] = sys",
            id="a module put in place",
        ),
        pytest.param(
            {
                "shop/one.py": "from shop.two import *\nfrom shop.three import A",
                "shop/two.py": "from shop.one import *",
                "shop/three.py": "A = 1",
                "use.py": "from shop.two import A",
            },
            "shop/three.py",
            "class A: ...",
            id="behind a loop of stars",
        ),
        pytest.param(
            {"shop/cart.py": "def pay(A):\n    B = A"},
            "shop/cart.py",
            "def pay(B):\n    A = B",
            id="what a function takes and binds",
        ),
        pytest.param(
            {"shop/cart.py": "def pay():\n    def A(): ..."},
            "shop/cart.py",
            "def first(): ...\ndef pay():\n    def A(): ...",
            id="where a function stands",
        ),
    ],
)
def test_a_change_is_seen_from_afar(files: dict[str, str], path: str, text: str) -> None:
    linked = project(files)
    before = asked(linked)
    after = asked(changed(linked, {path: text}))
    assert after == asked(project({**files, path: text}))
    assert after != before
