from __future__ import annotations

import importlib.machinery
from pathlib import Path

import pytest
from _programs import imported, project, sources
from hypothesis import given, settings
from hypothesis import strategies as st

from ssot_lint.facts import extract
from ssot_lint.linking.modules import ModuleTable
from ssot_lint.linking.outside import Outside
from ssot_lint.model import SourceFile
from ssot_lint.project import Project
from ssot_lint.tree.roots import Alias, detect_roots, root_aliases


def table(*paths: str, declared: tuple[str, ...] = (), extensions: tuple[str, ...] = ()) -> ModuleTable:
    files = sorted(sources(dict.fromkeys(paths, "")), key=lambda file: file.path)
    return ModuleTable(files, Outside(declared, extensions))


def found(names: ModuleTable, name: str, importer: str | None = None) -> str | None:
    index = names.find(name, None if importer is None else names.by_path[importer])
    return None if index is None else names.files[index].path


def test_modules_packages_and_directories() -> None:
    names = table("a/__init__.py", "a/b.py", "c/d/e.py")
    assert [found(names, name) for name in ("a", "a.b", "a.x", "c", "c.d", "c.d.e")] == [
        "a/__init__.py", "a/b.py", None, None, None, "c/d/e.py",
    ]  # fmt: skip
    assert [names.is_package(name) for name in ("a", "a.b", "c", "c.d", "c.d.e", "x")] == [
        True, False, True, True, False, False,
    ]  # fmt: skip


def test_a_package_wins_over_the_module_of_its_name() -> None:
    names = table("a.py", "a/__init__.py", "a/b.py")
    assert (found(names, "a"), found(names, "a.b")) == ("a/__init__.py", "a/b.py")
    assert {name: sorted(names.files[i].path for i in files) for name, files in names.collisions.items()} == {
        "a": ["a.py", "a/__init__.py"]
    }


def test_a_module_wins_over_the_directory_of_its_name() -> None:
    names = table("a.py", "a/b.py", "a/c/d.py", "e.py")
    assert [found(names, name) for name in ("a", "a.b", "a.c.d")] == ["a.py", None, None]
    assert not names.is_package("a")
    assert not names.is_package("a.c")


def test_the_init_file_can_be_named() -> None:
    assert found(table("a/__init__.py"), "a.__init__") == "a/__init__.py"
    assert found(table("a.py"), "a.__init__") is None


def test_a_script_finds_what_stands_beside_it() -> None:
    names = table(
        "app/__init__.py", "tools/run.py", "tools/helper.py", "tools/kit/__init__.py", "tools/kit/saw.py"
    )
    assert [found(names, name, "tools/run.py") for name in ("helper", "kit", "kit.saw", "missing", "app.x")] == [
        "tools/helper.py", "tools/kit/__init__.py", "tools/kit/saw.py", None, None,
    ]  # fmt: skip
    assert found(names, "helper", "app/__init__.py") is None
    assert names.is_first_party("kit.missing", names.by_path["tools/run.py"])
    assert not names.is_first_party("kit.missing")


def test_a_module_that_imports_its_own_name_means_another_one() -> None:
    linked = project(
        {
            "app/__init__.py": "",
            "app/consul.py": "try:\n    import consul\nexcept ImportError:\n    consul = None",
            "app/use.py": "from consul import Client",
            "app/redis.py": "from redis.client import Redis",
            "tools/app/app.py": "import app",
            "tools/run.py": "from kit.tools import saw",
            "tools/kit/tools.py": "import tools.kit\ndef saw(): ...",
        }
    )
    assert imported(linked, "app/consul.py") == ["external consul"]
    assert imported(linked, "app/use.py") == ["external consul.Client"]
    assert imported(linked, "app/redis.py") == ["external redis.client.Redis"]
    assert imported(linked, "tools/run.py") == ["definition tools.kit.tools:saw"]


@pytest.mark.parametrize("name", ["logging", "redis"])
def test_a_file_beside_the_importer_does_not_hide_the_standard_library_or_a_dependency(name: str) -> None:
    names = table("app/__init__.py", f"app/{name}.py", "app/use.py", declared=("redis",))
    assert found(names, name, "app/use.py") is None
    assert not names.is_first_party(name, names.by_path["app/use.py"])
    assert found(names, f"app.{name}") == f"app/{name}.py"


@pytest.mark.parametrize("name", ["logging", "redis"])
def test_a_directory_without_init_loses_against_an_installed_package(name: str) -> None:
    linked = project(
        {
            f"{name}/client.py": "class C: ...",
            f"{name}/near.py": "from .client import C",
            "use.py": f"import {name}\nimport {name}.client\nfrom {name}.client import C\nfrom {name} import client",
        },
        declared=("redis",),
    )
    assert imported(linked, "use.py") == [
        f"external {name}", f"external {name}.client", f"external {name}.client.C", f"external {name}.client",
    ]  # fmt: skip
    assert imported(linked, f"{name}/near.py") == [f"definition {name}.client:C"]


def test_a_package_at_the_root_wins_over_the_standard_library() -> None:
    linked = project(
        {
            "types/__init__.py": "class Money: ...",
            "use.py": "from types import Money, ModuleType\nimport types.missing\nimport logging.handlers",
        }
    )
    assert imported(linked, "use.py") == [
        "definition types:Money", "external types.ModuleType", "external types.missing", "external logging.handlers",
    ]  # fmt: skip


def test_extension_modules_exist_without_source() -> None:
    linked = project(
        {
            "a/__init__.py": "",
            "use.py": "import a.fast\nfrom a.fast import go\nfrom a import fast\nfrom lone import x\nimport a.fast.inner",
        },
        extensions=("a.fast", "lone"),
    )
    assert imported(linked, "use.py") == [
        "dynamic a.fast",
        "dynamic a.fast:go",
        "dynamic a.fast",
        "dynamic lone:x",
        "dynamic a.fast.inner",
    ]


@pytest.mark.parametrize(
    ("path", "module", "level", "expected"),
    [
        ("a/b/c.py", "x", 0, "x"),
        ("a/b/c.py", "x", 1, "a.b.x"),
        ("a/b/c.py", "", 1, "a.b"),
        ("a/b/c.py", "x", 2, "a.x"),
        ("a/b/c.py", "", 2, "a"),
        ("a/b/c.py", "x", 3, None),
        ("a/b/c.py", "", 4, None),
        ("a/b/__init__.py", "x", 1, "a.b.x"),
        ("a/b/__init__.py", "", 2, "a"),
        ("a/b/__init__.py", "x", 3, None),
        ("a/__init__.py", "", 1, "a"),
        ("a/__init__.py", "x", 2, None),
        ("top.py", "x", 0, "x"),
        ("top.py", "x", 1, None),
        ("top.py", "", 1, None),
    ],
)
def test_relative_names(path: str, module: str, level: int, expected: str | None) -> None:
    names = table(path)
    assert names.absolute(names.by_path[path], module, level) == expected


def test_what_lies_in_a_directory_that_cannot_be_imported_still_knows_its_neighbours() -> None:
    linked = project(
        {
            "my-tool/a.py": "from .b import X\nfrom . import b\nfrom .c import Y\nimport b",
            "my-tool/b.py": "X = 1",
        }
    )
    file = linked.by_path["my-tool/b.py"]
    assert [linked.resolve_import(linked.by_path["my-tool/a.py"], imp).target.file for imp in
            linked.files[linked.by_path["my-tool/a.py"]].facts.imports] == [file, file, -1, file]  # fmt: skip


@given(st.sets(st.sampled_from([
    "a.py", "a/__init__.py", "a/b.py", "a/b/__init__.py", "a/b/c.py", "a/c.py", "a/c/d.py", "b.py", "b/a.py",
    "b/c/__init__.py", "b/c/a.py",
]), min_size=1))  # fmt: skip
@settings(deadline=None, max_examples=60)
def test_existence_agrees_with_the_import_system(
    tmp_path_factory: pytest.TempPathFactory, paths: set[str]
) -> None:
    root = tmp_path_factory.mktemp("tree")
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
    names = table(*paths)
    parts = "abcd"
    for name in (
        list(parts)
        + [f"{x}.{y}" for x in parts for y in parts]
        + [f"{x}.{y}.{z}" for x in parts for y in parts for z in parts]
    ):
        location = _find_spec(root, name)
        expected = (
            None
            if location is None or location == "namespace"
            else Path(location).relative_to(root).as_posix()
        )
        assert (found(names, name), names.is_package(name)) == (
            expected,
            location == "namespace" or bool(location and location.endswith("__init__.py")),
        ), name


def _find_spec(root: Path, name: str) -> str | None:
    """The file that Python's own finder gives for a module, "namespace" for a directory."""
    search: list[str] | None = [str(root)]
    location: str | None = None
    for part in name.split("."):
        if search is None:
            return None
        spec = importlib.machinery.PathFinder.find_spec(part, search)
        if spec is None:
            return None
        location = spec.origin if spec.origin is not None else "namespace"
        places = spec.submodule_search_locations
        search = None if places is None else list(getattr(places, "_path", places))
    return location


def test_a_directory_on_the_path_gives_its_modules_two_names() -> None:
    files = {
        "src/app/__init__.py": "",
        "src/app/core.py": "class Core: ...",
        "other/app2.py": "",
        "use.py": """
            import src.app.core
            from src.app.core import Core
            from src.app import core, gone
            from src import app, app2
            from src.app.gone import x
            from app.core import Core
            """,
    }
    linked = project(files, aliases=(Alias("src", "", "src"),))
    assert linked.modules["app.core"] == linked.by_path["src/app/core.py"]
    assert imported(linked, "use.py") == [
        "module app.core", "definition app.core:Core", "module app.core", "unresolved app:gone", "module app",
        "unresolved src:app2", "unresolved src.app.gone", "definition app.core:Core",
    ]  # fmt: skip
    edges = set(linked.import_graph.edges())
    assert edges == {("use", "app.core"), ("use", "app")}
    assert linked.is_first_party("src.gone")


def test_a_folder_around_a_root_has_what_is_there_and_nothing_else() -> None:
    """`mcp.types` in `mcp/src` means what is installed; `mcp.src.app.gone` has gone."""
    files = {
        "mcp/setup.py": "",
        "mcp/src/app/__init__.py": "",
        "mcp/src/app/core.py": """
            import mcp.types
            from mcp.types import Tool
            from mcp import types, src
            from mcp.src.app import gone
            from mcp.src.gone import x
            """,
        "use.py": "from mcp.types import Tool",
    }
    linked = project(files, aliases=(Alias("mcp.src", "", "mcp/src"),))
    assert imported(linked, "mcp/src/app/core.py") == [
        "external mcp.types", "external mcp.types.Tool", "external mcp.types", "module mcp.src",
        "unresolved app:gone", "unresolved mcp.src.gone",
    ]  # fmt: skip
    assert imported(linked, "use.py") == ["unresolved mcp.types"]


def test_a_linked_directory_is_the_one_it_leads_to() -> None:
    files = {"new/pkg/m.py": "X = 1", "use.py": "from old.m import X\nimport old.gone\nfrom old import m"}
    linked = project(files, aliases=(Alias("old", "new.pkg", ""),))
    assert imported(linked, "use.py") == ["variable new.pkg.m:X", "unresolved old.gone", "module new.pkg.m"]


TWO = {
    "services/a/setup.py": "",
    "services/a/app/__init__.py": "",
    "services/a/app/x.py": "class A: ...",
    "services/a/app/only.py": "class Only: ...",
    "services/a/run.py": "from app.x import A",
    "services/b/setup.py": "",
    "services/b/app/__init__.py": "",
    "services/b/app/x.py": "class B: ...",
    "services/b/app/main.py": "from .x import B\nfrom . import x\nfrom app import x\nimport app.x\nfrom app.x import A",
    "services/b/tests/test_b.py": "from app.x import B\nfrom app.only import Only",
    "services/b/run.py": "from app.x import B",
    "tools/ship.py": "from app.x import A\nfrom services.b.app.x import B",
}
"""Two services that each call their package `app`."""


def homes(linked: Project, path: str) -> list[str]:
    """The file that each import of a file takes something from; the kind of answer where it is none."""
    file = linked.by_path[path]
    found = [linked.resolve_import(file, imp).target for imp in linked.files[file].facts.imports]
    return [linked.files[item.file].path if item.file >= 0 else item.kind for item in found]


def test_a_source_root_answers_first_for_its_own_files() -> None:
    linked = project(TWO, aliases=root_aliases(detect_roots(TWO)))
    assert {path: homes(linked, path) for path in TWO if TWO[path].count("import")} == {
        "services/a/run.py": ["services/a/app/x.py"],
        "services/b/app/main.py": ["services/b/app/x.py"] * 4 + ["unresolved"],
        "services/b/tests/test_b.py": ["services/b/app/x.py", "unresolved"],
        "services/b/run.py": ["services/b/app/x.py"],
        "tools/ship.py": ["services/a/app/x.py", "services/b/app/x.py"],
    }
    main = linked.by_path["services/b/app/main.py"]
    assert linked.resolve(main, "app.x.B").target.file == linked.by_path["services/b/app/x.py"]


@pytest.mark.parametrize(
    "init",
    [
        "__path__ = __import__('pkgutil').extend_path(__path__, __name__)",
        "__import__('pkg_resources').declare_namespace(__name__)",
        "from pkgutil import extend_path",
        "def broken(:",
    ],
)
def test_a_package_that_may_be_spread_over_roots_goes_on_in_the_others(init: str) -> None:
    linked = project(TWO | {"services/b/app/__init__.py": init})
    assert homes(linked, "services/b/tests/test_b.py") == ["services/b/app/x.py", "services/a/app/only.py"]


def test_a_package_without_init_goes_on_in_the_other_roots() -> None:
    files = {path: text for path, text in TWO.items() if not path.endswith("__init__.py")}
    linked = project(files)
    assert homes(linked, "services/b/tests/test_b.py") == ["services/b/app/x.py", "services/a/app/only.py"]
    main = linked.by_path["services/b/app/main.py"]
    assert linked.resolve(main, "app.x.B").target.kind == "dynamic"  # a directory does not tell whose it is


def test_the_project_root_comes_last_but_for_its_own_package() -> None:
    files = {
        "src/app/__init__.py": "",
        "src/app/x.py": "",
        "app/__init__.py": "",
        "app/x.py": "",
        "app/main.py": "import app.x as x",
        "tests/test_x.py": "import app.x as x",
    }
    linked = project(files)
    assert linked.files[linked.modules["app.x"]].path == "src/app/x.py"
    assert homes(linked, "app/main.py") == ["app/x.py"]
    assert homes(linked, "tests/test_x.py") == ["src/app/x.py"]
    assert found(ModuleTable(linked.files, roots=(".", "src")), "app.x") == "app/x.py"


def test_a_mapped_directory_is_a_part_of_its_package() -> None:
    files = [
        SourceFile("kit/__init__.py", "kit", True, True, False, extract(b"")),
        SourceFile("kit/use.py", "kit.use", False, True, False, extract(b"")),
        SourceFile("rules/__init__.py", "kit.rules", True, True, False, extract(b"")),
        SourceFile("rules/one.py", "kit.rules.one", False, True, False, extract(b"")),
    ]
    assert found(ModuleTable(files), "kit.rules.one", "kit/use.py") == "rules/one.py"


def test_what_a_package_is_spread_over_is_a_question_of_modules() -> None:
    linked = project(TWO)
    path = "services/b/app/__init__.py"
    (spread,) = (file for file in sources({path: "import pkgutil\n"}))
    again = linked.changed({path: SourceFile(path, "app", True, True, False, spread.facts)})
    assert homes(again, "services/b/tests/test_b.py") == ["services/b/app/x.py", "services/a/app/only.py"]


# --- what is installed beside the project's own ----------------------------------------------------------------

CORE = {
    "use.py": "from shop.core.money import Money\nimport shop.core\nfrom shop import core\nimport shop.rack\n"
}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {"shop/cart.py": ""},
            [
                "external shop.core.money.Money",
                "external shop.core",
                "external shop.core",
                "unresolved shop.rack",
            ],
            id="a namespace that another distribution adds to",
        ),
        pytest.param(
            {"shop/cart.py": "", "shop/core/tax.py": ""},
            ["unresolved shop.core.money", "module shop.core", "module shop.core", "unresolved shop.rack"],
            id="a part that stands here",
        ),
        pytest.param(
            {"shop/__init__.py": ""},
            [
                "unresolved shop.core.money",
                "unresolved shop.core",
                "unresolved shop:core",
                "unresolved shop.rack",
            ],
            id="a package that nobody adds to",
        ),
    ],
)
def test_a_declared_distribution_may_add_to_a_namespace(files: dict[str, str], expected: list[str]) -> None:
    assert imported(project({**CORE, **files}, declared=("shop_core", "shop.core")), "use.py") == expected


@pytest.mark.parametrize(
    ("files", "declared", "expected"),
    [
        pytest.param({"shop/cart.py": ""}, ("shop.core", "shop.tax"), "external shop.rack", id="a family"),
        pytest.param(
            {"shop/cart.py": ""}, ("shop.core", "shop.cart"), "unresolved shop.rack", id="one and its own"
        ),
        pytest.param(
            {"shop/__init__.py": ""}, ("shop.core", "shop.tax"), "unresolved shop.rack", id="no namespace"
        ),
    ],
)
def test_a_family_of_distributions_may_add_what_is_not_declared(
    files: dict[str, str], declared: tuple[str, ...], expected: str
) -> None:
    assert imported(project({**CORE, **files}, declared=declared), "use.py")[-1] == expected


@pytest.mark.parametrize(
    ("files", "declared", "expected"),
    [
        ({"shop/__init__.py": ""}, ("redis.om",), "external redis.Redis"),
        ({"shop/__init__.py": ""}, ("kit.om",), "unresolved shop.redis:Redis"),
        ({}, ("redis.om",), "unresolved shop.redis:Redis"),  # a folder of scripts
    ],
)
def test_inside_a_package_a_declared_name_is_no_module_beside(
    files: dict[str, str], declared: tuple[str, ...], expected: str
) -> None:
    files = {**files, "shop/redis.py": "", "shop/store.py": "from redis import Redis\n"}
    assert imported(project(files, declared=declared), "shop/store.py") == [expected]


def test_an_empty_package_may_be_another_one() -> None:
    own = "import sys\nsys.modules[__name__] = Redirect('shop.core')\n"
    files = {"shop/__init__.py": "", "shop/old/__init__.py": own, "use.py": "import shop.old.money\n"}
    assert imported(project(files), "use.py") == ["dynamic shop.old.money"]
    assert imported(project({**files, "shop/old/cart.py": ""}), "use.py") == ["unresolved shop.old.money"]
    assert imported(project({**files, "shop/old/__init__.py": ""}), "use.py") == ["unresolved shop.old.money"]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"demo/kit/__init__.py": "class Saw: ..."}, "definition demo.kit:Saw"),
        ({"demo/kit.py": "class Saw: ..."}, "definition demo.kit:Saw"),
        ({"demo/kit/saw.py": ""}, "unresolved kit:Saw"),
        ({"demo/kit.py": "class Saw: ...", "kit/__init__.py": ""}, "unresolved kit:Saw"),
    ],
)
def test_what_stands_beside_a_script_wins_over_a_directory(files: dict[str, str], expected: str) -> None:
    files = {"kit/drill.py": "", "demo/run.py": "from kit import Saw\n", **files}
    assert imported(project(files), "demo/run.py") == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from kit import Saw\n", "unresolved shop.kit:Saw"),
        ("from kit import Saw\nfrom .cart import Cart\n", "external kit.Saw"),
        ("from kit import Saw\ndef f():\n    from .cart import Cart\n", "unresolved shop.kit:Saw"),
    ],
)
def test_what_has_a_relative_import_is_no_script(text: str, expected: str) -> None:
    files = {"shop/__init__.py": "", "shop/kit.py": "", "shop/cart.py": "", "shop/run.py": text}
    assert imported(project(files), "shop/run.py")[0] == expected


def test_what_is_below_a_package_that_sets_its_path_may_be_there() -> None:
    files = {
        "shop/__init__.py": "from pkgutil import extend_path\n__path__ = extend_path(__path__, __name__)\n",
        "shop/cart/__init__.py": "",
        "use.py": "from shop.core.money import Money\nimport shop.rack\nimport shop.cart.late\n",
    }
    assert imported(project(files), "use.py") == [
        "dynamic shop.core.money:Money", "dynamic shop.rack", "unresolved shop.cart.late",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["build", "queue"])
def test_a_project_among_the_tests_hides_nothing_that_is_installed(name: str) -> None:
    files = {
        "tests/data/plugin/setup.py": "",
        f"tests/data/plugin/{name}.py": "",
        "tests/data/plugin/plugin/__init__.py": "",
        "app/__init__.py": "",
        "app/use.py": f"from {name} import Builder\nimport plugin\n",
    }
    linked = project(files, declared=("build",))
    assert imported(linked, "app/use.py") == [f"external {name}.Builder", "module plugin"]


# --- what tests find above them --------------------------------------------------------------------------------

WEB = ("common/__init__.py", "common/late.py", "app.py", "tests/web/common.py", "tests/web/users/list.py")


@pytest.mark.parametrize("seen", ["tests/web/conftest.py", "tests/web/test_web.py", "tests/web/web_test.py"])
def test_tests_find_what_stands_beside_a_conftest_above_them(seen: str) -> None:
    names = table(*WEB, seen)
    assert [found(names, "common", path) for path in ("tests/web/users/list.py", seen, "app.py", None)] == [
        "tests/web/common.py", "tests/web/common.py", "common/__init__.py", "common/__init__.py",
    ]  # fmt: skip
    assert found(names, "common.late", "tests/web/users/list.py") == "common/late.py"


@pytest.mark.parametrize(
    "others",
    [
        pytest.param(("tests/web/helper.py",), id="no module that pytest imports"),
        pytest.param(("tests/web/conftest.py", "tests/web/__init__.py"), id="part of a package"),
        pytest.param(("tests/conftest.py",), id="further up"),
        pytest.param(("tests/web/users/conftest.py",), id="further down"),
    ],
)
def test_other_directories_do_not_come_first(others: tuple[str, ...]) -> None:
    assert found(table(*WEB, *others), "common", "tests/web/users/list.py") == "common/__init__.py"


def test_what_is_installed_may_come_before_what_stands_beside_a_conftest() -> None:
    names = table(*WEB, "tests/web/conftest.py", declared=("common",))
    assert found(names, "common", "tests/web/users/list.py") == "common/__init__.py"


@pytest.mark.parametrize(
    ("hook", "expected"),
    [
        ("def __getattr__(name):\n    import far\n    return getattr(far, name)\n", "dynamic shop.far.near:Near"),
        ("def __getattr__(name):\n    if name == 'Old':\n        return int\n    raise AttributeError\n", "unresolved shop.far.near"),
        ("", "unresolved shop.far.near"),
    ],
)  # fmt: skip
def test_a_module_that_answers_any_name_may_have_modules_below(hook: str, expected: str) -> None:
    files = {"shop/__init__.py": "", "shop/far.py": hook, "use.py": "from shop.far.near import Near\n"}
    assert imported(project(files), "use.py") == [expected]
