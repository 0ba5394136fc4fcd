"""Discovery: which files are found, what is left out, and what the modules are called."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssot_lint.config import Config
from ssot_lint.discover import Candidate, Collision, Discovery, candidates, discover
from ssot_lint.errors import ConfigError
from ssot_lint.tree.dependencies import declared_dependencies, import_names
from ssot_lint.tree.ignore import Patterns, is_ignored, parse_globs, parse_patterns, would_be_ignored
from ssot_lint.tree.roots import Alias, Root, detect_roots

PROJECT = "[project]\nname = 'x'\n"
SETUP = "from setuptools import setup\nsetup()\n"


def write(root: Path, *paths: str, **contents: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("")
    for path, content in contents.items():
        (root / path).write_text(content)


def fill(root: Path, files: dict[str, str]) -> None:
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)


def found(root: Path, **settings: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(file.path for file in discover(root, Config(**settings)).files)  # type: ignore[arg-type]


def names(root: Path, config: Config | None = None) -> dict[str, str]:
    return {file.path: file.module for file in discover(root, config or Config()).files}


# --- what is found


def test_a_small_project(tmp_path: Path) -> None:
    write(
        tmp_path, "app/__init__.py", "app/api.py", "app/plain/x.py", "app/data.txt", "app/stub.pyi", "app/api.pyi",
        "app/fast.cpython-311-x86_64-linux-gnu.so", "app/mask.pyx", "app/reader_c.pxd", "tests/test_api.py", "scripts/do-it.py", "requirements/dev.txt",
        "run.py",
    )  # fmt: skip
    assert discover(tmp_path, Config()) == Discovery(
        files=(
            Candidate("app/__init__.py", "app", True, True, False),
            Candidate("app/api.py", "app.api", False, True, False),
            Candidate("app/plain/x.py", "app.plain.x", False, True, False),
            Candidate("run.py", "run", False, True, False),
            Candidate("scripts/do-it.py", "scripts.do-it", False, False, False),
            Candidate("tests/test_api.py", "tests.test_api", False, True, True),
        ),
        roots=(Root(""),),
        directories=("", "app", "app/plain", "requirements", "scripts", "tests"),
        manifests=("requirements/dev.txt",),
        extensions=("app.fast", "app.mask", "app.reader_c", "app.stub"),
        ignores=(Patterns((), ()),),
        stubbed=("app.api",),
    )


def test_default_excludes(tmp_path: Path) -> None:
    write(
        tmp_path, "a.py", ".git/x.py", "node_modules/x.py", "deep/__pycache__/x.py", "x.egg-info/x.py",
        ".ssot-lint/x.py", "lib/site-packages/x.py", "build/lib/x.py", "env/pyvenv.cfg", "env/x.py",
        "py312/conda-meta/history", "py312/x.py", "environment/env/x.py",
        "tools/build/x.py", "service/pyproject.toml", "service/dist/x.py", "src/build/__init__.py",
    )  # fmt: skip
    assert found(tmp_path) == ("a.py", "environment/env/x.py", "src/build/__init__.py", "tools/build/x.py")


def test_exclude_adds_and_takes_back(tmp_path: Path) -> None:
    write(
        tmp_path, "a.py", "archive/x.py", "b/archive/x.py", "b/old_x.py", "build/x.py", "c/x.py", ".gitignore"
    )
    (tmp_path / ".gitignore").write_text("c/\n")
    assert found(tmp_path) == ("a.py", "archive/x.py", "b/archive/x.py", "b/old_x.py")
    assert found(tmp_path, exclude=("archive/**",)) == ("a.py", "b/archive/x.py", "b/old_x.py")
    assert found(tmp_path, exclude=("archive", "old_*.py")) == ("a.py",)
    assert found(tmp_path, exclude=("archive", "!c/", "b")) == ("a.py", "c/x.py")


def test_gitignore_at_every_level(tmp_path: Path) -> None:
    fill(
        tmp_path,
        {
            ".git/info/exclude": "private.py\n",
            ".gitignore": "# comment\n*.gen.py\n/top.py\nlogs/\n!kept.gen.py\n",
            "sub/.gitignore": "\ufeff!*.gen.py\nlocal.py\n",
        },
    )
    write(
        tmp_path, "top.py", "a.gen.py", "kept.gen.py", "private.py", "local.py", "logs/x.py", "logs/kept.gen.py",
        "sub/top.py", "sub/a.gen.py", "sub/local.py", "sub/logs/x.py", "sub/private.py",
    )  # fmt: skip
    discovery = discover(tmp_path, Config())
    assert tuple(file.path for file in discovery.files) == (
        "kept.gen.py",
        "local.py",
        "sub/a.gen.py",
        "sub/top.py",
    )
    assert discovery.gitignores == (".git/info/exclude", ".gitignore", "sub/.gitignore")


def test_what_gitignore_names_may_be_written_by_a_build(tmp_path: Path) -> None:
    lines = "src/app/_version.py\n/top.py\n# a/b.py\n!a/c.py\n*/d.py\nbare.py\nsrc/app/data.json\n"
    fill(
        tmp_path,
        {".git/HEAD": "", ".gitignore": lines, "src/app/.gitignore": "/gen/parser.py", "pyproject.toml": ""},
    )
    write(tmp_path, "src/app/__init__.py")
    assert discover(tmp_path, Config()).extensions == ("app._version", "app.gen.parser", "top")


def test_what_would_be_ignored_though_it_is_not_there(tmp_path: Path) -> None:
    fill(
        tmp_path,
        {
            ".git/info/exclude": "local.py\n",
            ".gitignore": "www/*/_version.py\n*_pb2.py\n*_old.*\ngen/\n!kept_pb2.py\n",
            "www/.gitignore": "!b/_version.py\n",
        },
    )
    write(tmp_path, "a.py")
    paths = (
        "local.py", "www/a/_version.py", "www/b/_version.py", "_version.py", "api/x_pb2.py", "api/kept_pb2.py",
        "api/x_old.py", "api/gen/y.py",
    )  # fmt: skip

    def ignored(*exclude: str) -> tuple[str, ...]:
        known = discover(tmp_path, Config(exclude=exclude)).ignores
        return tuple(path for path in paths if would_be_ignored(known, path))

    made = ("www/a/_version.py", "api/x_pb2.py", "api/gen/y.py")
    assert ignored() == ("local.py", *made)
    assert ignored("www/b", "!api/gen/") == (
        "local.py",
        "www/a/_version.py",
        "www/b/_version.py",
        "api/x_pb2.py",
    )


def test_gitignore_of_the_repository_above(tmp_path: Path) -> None:
    fill(tmp_path, {".git/HEAD": "", ".gitignore": "/a/b/x.py\n*.gen.py", "a/.gitignore": "y.py\n/z.py"})
    write(tmp_path, "a/b/x.py", "a/b/y.py", "a/b/z.py", "a/b/c/x.py", "a/b/m.gen.py")
    discovery = discover(tmp_path / "a/b", Config())
    assert tuple(file.path for file in discovery.files) == ("c/x.py", "z.py")
    assert discovery.gitignores == ("../../.gitignore", "../.gitignore")


def test_worktree_reads_the_exclude_file_of_its_repository(tmp_path: Path) -> None:
    fill(
        tmp_path,
        {
            "main/.git/info/exclude": "hidden.py",
            "main/.git/worktrees/w/commondir": "../..\n",
            "w/.git": f"gitdir: {tmp_path}/main/.git/worktrees/w\n",
        },
    )
    write(tmp_path, "w/hidden.py", "w/seen.py")
    assert found(tmp_path / "w") == ("seen.py",)


PATTERN_PARTS = st.sampled_from(
    ["a", "b", "*", "**", "a*", "?", "[ab]", "*.py", "a.py", "[!a].py", "*.p[y]", "b.txt"]
)
IGNORE_LINES = st.lists(
    st.builds(
        lambda negated, anchored, parts, directory: negated + anchored + "/".join(parts) + directory,
        st.sampled_from(["", "", "!"]),
        st.sampled_from(["", "", "/"]),
        st.lists(PATTERN_PARTS, min_size=1, max_size=3),
        st.sampled_from(["", "", "/"]),
    ),
    max_size=4,
)
TREE = (
    "a.py",
    "b.py",
    "a/a.py",
    "a/b.py",
    "a/b/a.py",
    "b/a/a.py",
    "b/a/b.py",
    "b/b/a/b.py",
    "ab/a.py",
    "a.py.d/b.py",
)


@pytest.mark.skipif(shutil.which("git") is None, reason="git is the oracle")
@settings(max_examples=150, deadline=None)
@given(IGNORE_LINES, IGNORE_LINES)
def test_ignored_as_git_does(outer: list[str], inner: list[str]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        write(root, *TREE)
        (root / ".gitignore").write_text("\n".join(outer))
        (root / "b/.gitignore").write_text("\n".join(inner))
        git = ["git", "-c", "core.excludesFile=", "-c", "init.defaultBranch=main", "-C", directory]
        subprocess.run([*git, "init", "-q"], check=True)
        listed = subprocess.run(
            [*git, "ls-files", "--others", "--exclude-standard", "*.py"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split()
        assert found(root) == tuple(sorted(listed))
        known = parse_patterns(inner, inner="b/"), parse_patterns(outer)
        assert sorted(path for path in TREE if not would_be_ignored(known, path)) == sorted(listed)


@given(
    st.lists(PATTERN_PARTS, min_size=1, max_size=3), st.lists(st.sampled_from(["a", "b", "ab"]), max_size=2)
)
def test_no_pattern_is_skipped_that_could_match(parts: list[str], above: list[str]) -> None:
    """The quick look at a pattern's fixed text agrees with asking pathspec about everything."""
    from pathspec import GitIgnoreSpec

    line = "/".join(parts)
    for name in ("a.py", "b.py", "aa.py"):
        path = "/".join((*above, name))
        parents = ["/".join(above[:size]) + "/" for size in range(1, len(above) + 1)]
        spec = GitIgnoreSpec.from_lines([line])
        if not any(spec.match_file(parent) for parent in parents):
            assert bool(is_ignored([parse_patterns([line])], path, name, False)) == spec.match_file(path)


def test_a_directory_glob_is_decided_at_the_directory() -> None:
    globs = parse_globs(["archive/**", "**/tests/**", "plain"])
    asked = ("archive", "x/archive", "tests", "x/tests", "x/plain", "x/contests")
    verdicts = [is_ignored([globs], path, path.rpartition("/")[2], True) is True for path in asked]
    assert verdicts == [True, False, True, True, True, False]


# --- what is reported


def problems(root: Path) -> list[tuple[str, str]]:
    return [(problem.path, problem.kind) for problem in discover(root, Config()).problems]


def test_symbolic_links(tmp_path: Path) -> None:
    root = tmp_path / "project"
    write(root, "app/__init__.py", "app/real.py", "app/hidden.txt", "node_modules/x.py")
    write(tmp_path, "outside/x.py", "outside.py")
    links = {
        "up": root,
        "app/up": root / "app",
        "self": root / "self",
        "self.py": root / "self.py",
        "out": tmp_path / "outside",
        "out.py": tmp_path / "outside.py",
        "none.py": tmp_path / "none.py",
        "none": tmp_path / "none",
        "app/.#real.py": Path("user@host.1"),
        "linked": root / "app",
        "app/also.py": root / "app/real.py",
        "app/shown.py": root / "app/hidden.txt",
        "null.py": Path("/dev/null"),
    }
    for path, target in links.items():
        (root / path).symlink_to(target)
    discovery = discover(root, Config())
    assert [file.path for file in discovery.files] == ["app/__init__.py", "app/real.py", "app/shown.py"]
    assert [(problem.path, problem.kind) for problem in discovery.problems] == [
        ("app/up", "symlink-loop"),
        ("none.py", "broken-link"),
        ("null.py", "outside-root"),
        ("out", "outside-root"),
        ("out.py", "outside-root"),
        ("self", "symlink-loop"),
        ("self.py", "symlink-loop"),
        ("up", "symlink-loop"),
    ]
    assert discovery.aliases == (Alias("app.also", "app.real", ""), Alias("linked", "app", ""))


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    base = os.fsencode(tmp_path)
    os.mkdir(base + b"/caf\xe9")  # noqa: PTH102
    for name in (b"/caf\xe9/x.py", b"/\xff.py", b"/\xff.txt", "/größe.py".encode()):
        with open(base + name, "wb"):  # noqa: PTH123
            pass
    discovery = discover(tmp_path, Config())
    assert [file.module for file in discovery.files] == ["größe"]
    assert [(problem.path, problem.kind) for problem in discovery.problems] == [
        ("\\xff.py", "undecodable-name"),
        ("caf\\xe9", "undecodable-name"),
    ]


def test_special_files(tmp_path: Path) -> None:
    write(tmp_path, "a.py")
    for name in ("pipe.py", "pyproject.toml", ".gitignore", "pipe.txt"):
        os.mkfifo(tmp_path / name)
    assert problems(tmp_path) == [("pipe.py", "special-file")]


def test_a_directory_that_cannot_be_listed(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "b/x.py", "b/c/x.py")

    @contextmanager
    def scan(path: str) -> Iterator[Iterator[os.DirEntry[str]]]:
        if path.endswith("/b"):
            raise PermissionError(13, "Permission denied")
        with os.scandir(path) as entries:
            yield entries

    discovery = discover(tmp_path, Config(), scan)
    assert [file.path for file in discovery.files] == ["a.py"]
    assert discovery.problems == (("b", "unreadable", "the directory cannot be listed: Permission denied"),)


def test_paths_longer_than_the_system_allows(tmp_path: Path) -> None:
    start = Path.cwd()
    try:
        os.chdir(tmp_path)
        for _ in range(30):
            os.mkdir("d" * 200)  # noqa: PTH102
            os.chdir("d" * 200)
    finally:
        os.chdir(start)
    assert [kind for _, kind in problems(tmp_path)] == ["unreadable"]
    subprocess.run(["rm", "-rf", tmp_path / ("d" * 200)], check=True)


def test_deeper_than_the_recursion_limit(tmp_path: Path) -> None:
    start = Path.cwd()
    try:
        os.chdir(tmp_path)
        for _ in range(1200):
            os.mkdir("d")  # noqa: PTH102
            os.chdir("d")
        Path("x.py").touch()
    finally:
        os.chdir(start)
    assert names(tmp_path) == {"d/" * 1200 + "x.py": "d." * 1200 + "x"}
    subprocess.run(["rm", "-rf", tmp_path / "d"], check=True)  # shutil.rmtree recurses


@pytest.mark.parametrize(
    ("settings", "modules"),
    [
        ('module-name = "app.fast"', ("app.fast",)),
        ('module-name = "app.fast"\npython-source = "python"', ("app.fast",)),
        ('module-name = "fast"', ("fast",)),
        ('module-name = "app.plain"', ()),  # its source is there
        ("module-name = 3", ()),
        ('module-name = "app.fast"\npython-source = "../other"', ()),
        ("", ()),
    ],
)
def test_what_maturin_builds_is_a_module(tmp_path: Path, settings: str, modules: tuple[str, ...]) -> None:
    home = "python/" if 'python-source = "python"' in settings else ""
    files = {
        "pyproject.toml": f"[tool.maturin]\n{settings}\n",
        f"{home}app/__init__.py": "",
        f"{home}app/plain.py": "",
    }
    fill(tmp_path, files)
    assert discover(tmp_path, Config()).extensions == modules


def test_a_broken_project_file_is_reported_and_still_marks_a_project(tmp_path: Path) -> None:
    fill(tmp_path, {"a/pyproject.toml": "[project", "a/pkg/__init__.py": ""})
    discovery = discover(tmp_path, Config())
    assert discovery.problems == (
        (
            "a/pyproject.toml",
            "broken-project-file",
            "a/pyproject.toml:1:9: not valid TOML: expected ']' at the end of a table declaration",
        ),
    )
    assert discovery.roots == (Root("a"), Root(""))


# --- source roots and names


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {"src/app/__init__.py": "", "src/app/x.py": "", "tests/test_x.py": ""},
            {"src/app/__init__.py": "app", "src/app/x.py": "app.x", "tests/test_x.py": "tests.test_x"},
            id="src",
        ),
        pytest.param({"src/__init__.py": "", "src/app/x.py": ""}, {"src/__init__.py": "src", "src/app/x.py": "src.app.x"}, id="src-is-a-package"),
        pytest.param({"src/main.py": ""}, {"src/main.py": "src.main"}, id="src-with-scripts-only"),
        pytest.param({"src/ns/x.py": ""}, {"src/ns/x.py": "ns.x"}, id="src-with-a-namespace"),
        pytest.param({"a/src/app/x.py": ""}, {"a/src/app/x.py": "a.src.app.x"}, id="src-of-no-project"),
        pytest.param(
            {"libs/a/pyproject.toml": PROJECT, "libs/a/a/x.py": "", "libs/b/setup.py": SETUP, "libs/b/src/b/x.py": "", "libs/b/tests/t.py": ""},
            {"libs/a/a/x.py": "a.x", "libs/b/setup.py": "setup", "libs/b/src/b/x.py": "b.x", "libs/b/tests/t.py": "tests.t"},
            id="several-projects",
        ),
        pytest.param(
            {"service/pyproject.toml": PROJECT, "service/__init__.py": "", "service/core/x.py": ""},
            {"service/__init__.py": "service", "service/core/x.py": "service.core.x"},
            id="nested-project-that-is-a-package",
        ),
        pytest.param(
            {"tools/pyproject.toml": PROJECT, "tools/x.py": ""}, {"tools/x.py": "tools.x"}, id="nested-project-without-packages"
        ),
        pytest.param(
            {"scripts/setup.py": "import sys", "scripts/lib/x.py": ""},
            {"scripts/lib/x.py": "scripts.lib.x", "scripts/setup.py": "scripts.setup"},
            id="setup-that-sets-nothing-up",
        ),
        pytest.param({"a/setup.cfg": "[flake8]", "a/b/x.py": ""}, {"a/b/x.py": "a.b.x"}, id="cfg-of-tools"),
        pytest.param({"a/setup.cfg": "[metadata]\nname = a", "a/b/x.py": ""}, {"a/b/x.py": "b.x"}, id="cfg-of-a-project"),
        pytest.param(
            {"pyproject.toml": '[tool.setuptools.packages.find]\nwhere = ["lib"]', "lib/app/x.py": ""},
            {"lib/app/x.py": "app.x"},
            id="setuptools-where",
        ),
        pytest.param(
            {"pyproject.toml": '[tool.setuptools.package-dir]\n"" = "lib"\n"app.rules" = "rules"', "lib/app/x.py": "", "rules/__init__.py": "", "rules/r.py": ""},
            {"lib/app/x.py": "app.x", "rules/__init__.py": "app.rules", "rules/r.py": "app.rules.r"},
            id="setuptools-package-dir",
        ),
        pytest.param(
            {"setup.cfg": "[options]\npackage_dir =\n    = lib\n[options.packages.find]\nwhere = lib", "lib/app/x.py": ""},
            {"lib/app/x.py": "app.x"},
            id="setup-cfg-where",
        ),
        pytest.param(
            {"pyproject.toml": '[tool.pytest.ini_options]\npythonpath = [".", "lib", "../x", "pkg", 3]', "lib/x.py": "", "pkg/__init__.py": ""},
            {"lib/x.py": "x", "pkg/__init__.py": "pkg"},
            id="pytest-pythonpath",
        ),
        pytest.param(
            {"pyproject.toml": '[tool.poetry]\npackages = [{include = "app", from = "lib"}]', "lib/app/x.py": ""},
            {"lib/app/x.py": "app.x"},
            id="poetry-from",
        ),
        pytest.param(
            {"pyproject.toml": '[tool.hatch.build.targets.wheel]\npackages = ["lib/app"]', "lib/app/x.py": ""},
            {"lib/app/x.py": "app.x"},
            id="hatch-packages",
        ),
        pytest.param({"__init__.py": "", "x.py": ""}, {"__init__.py": "__init__", "x.py": "x"}, id="root-is-a-package"),
        pytest.param(
            {"setup.py": SETUP + "setup(package_dir={'shop': '.'})", "__init__.py": "", "x.py": "", "tests/t.py": ""},
            {"setup.py": "shop.setup", "__init__.py": "shop", "x.py": "shop.x", "tests/t.py": "shop.tests.t"},
            id="root-is-a-package-with-a-name",
        ),
        pytest.param(
            {"setup.py": SETUP + "setup(package_dir={'': 'lib', 'a.b': NOWHERE, **more})", "lib/app/x.py": ""},
            {"setup.py": "setup", "lib/app/x.py": "app.x"},
            id="setup-script-package-dir",
        ),
        pytest.param(
            {"a/setup.py": SETUP + "setup(packages=find_packages('lib'))", "a/lib/app/x.py": ""},
            {"a/setup.py": "setup", "a/lib/app/x.py": "app.x"},
            id="setup-script-where",
        ),
    ],
)  # fmt: skip
def test_names_follow_the_import_path(
    tmp_path: Path, files: dict[str, str], expected: dict[str, str]
) -> None:
    fill(tmp_path, files)
    assert names(tmp_path) == expected


def test_services_imported_from_the_repository_root(tmp_path: Path) -> None:
    """Packages side by side, with directories without __init__.py inside and around them."""
    write(
        tmp_path, "backend/__init__.py", "backend/app/core/x.py", "auth_service/__init__.py",
        "auth_service/auth_core/x.py", "shared/x.py", "tests/unit/test_x.py", "pyproject.toml",
    )  # fmt: skip
    assert set(names(tmp_path).values()) == {
        "backend", "backend.app.core.x", "auth_service", "auth_service.auth_core.x", "shared.x", "tests.unit.test_x",
    }  # fmt: skip


def test_explicit_roots(tmp_path: Path) -> None:
    write(tmp_path, "src/app/x.py", "lib/y.py", "z.py")
    discovery = discover(tmp_path, Config(source_roots=("./lib/", ".")))
    assert discovery.roots == (Root("lib"), Root(""))
    assert [file.module for file in discovery.files] == ["y", "src.app.x", "z"]
    assert [file.root for file in discovery.files] == ["lib", "", ""]
    with pytest.raises(ConfigError) as caught:
        discover(tmp_path, Config(path="f", source_roots=("nowhere",), lines={"source-roots": 7}))
    assert caught.value.message == 'f:7: source-roots: "nowhere" is no directory of the project'


def test_files_that_no_import_can_name() -> None:
    paths = ("a-b/x.py", "class/x.py", "ok/1x.py", "ok/match.py", "ok/größe.py", "x.y/z.py")
    assert {file.path: file.importable for file in candidates(paths, Config())} == {
        "a-b/x.py": False,
        "class/x.py": False,
        "ok/1x.py": False,
        "ok/match.py": True,
        "ok/größe.py": True,
        "x.y/z.py": False,
    }


def test_collisions(tmp_path: Path) -> None:
    write(
        tmp_path, "pyproject.toml", "app/x.py", "app/x/__init__.py", "src/app/y.py", "src/app/x.py", "app/y.py",
        "tests/conftest.py", "service/pyproject.toml", "service/tests/conftest.py", "a-b.py", "app/z.py",
    )  # fmt: skip
    discovery = discover(tmp_path, Config())
    assert discovery.roots == (Root("service"), Root("src"), Root(""))
    assert discovery.collisions == (
        Collision("app.x", "src/app/x.py", ("app/x/__init__.py", "app/x.py")),
        Collision("app.y", "src/app/y.py", ("app/y.py",)),
        Collision("tests.conftest", "service/tests/conftest.py", ("tests/conftest.py",)),
    )
    assert discovery.aliases == (Alias("service", "", "service"), Alias("src", "", "src"))


def test_what_stands_in_a_named_project_root_has_its_short_name_too(tmp_path: Path) -> None:
    files = {
        "setup.py": SETUP + "setup(package_dir={'shop': ''})",
        "__init__.py": "",
        "tests/a-b.py": "",
        "x.py": "",
    }
    fill(tmp_path, files)
    assert discover(tmp_path, Config()).aliases == (
        Alias("setup", "shop.setup", ""),
        Alias("tests", "shop.tests", ""),
        Alias("x", "shop.x", ""),
    )


def test_test_files() -> None:
    paths = (
        "tests/helpers.py",
        "app/tests/x.py",
        "app/test_x.py",
        "app/contest.py",
        "app/x_test.py",
        "app/conftest.py",
    )
    assert [file.path for file in candidates(paths, Config()) if not file.is_test] == ["app/contest.py"]
    config = Config(test_paths=("checks/**", "!checks/lib/**"))
    files = candidates(("checks/x.py", "checks/lib/y.py", "tests/z.py"), config)
    assert {file.path: file.is_test for file in files} == {
        "checks/lib/y.py": False,
        "checks/x.py": True,
        "tests/z.py": False,
    }


def test_candidates_need_no_disk() -> None:
    paths = ["src/app/x.py", "README.md", "src/app/__init__.py"]
    assert candidates(paths, Config()) == (
        Candidate("src/app/__init__.py", "app", True, True, False, "src"),
        Candidate("src/app/x.py", "app.x", False, True, False, "src"),
    )
    assert [file.module for file in candidates(paths, Config(), ("",))] == ["src.app", "src.app.x"]
    assert [file.module for file in candidates(paths, Config(source_roots=("src/app",)))] == ["__init__", "x"]


# --- invariants

PATHS = st.lists(
    st.lists(st.sampled_from(["a", "b", "src", "tests", "x-y"]), max_size=3).flatmap(
        lambda above: st.sampled_from(["__init__.py", "x.py", "pyproject.toml", "a.py", "z.txt"]).map(
            lambda name: "/".join((*above, name))
        )
    ),
    max_size=12,
    unique=True,
)


@settings(max_examples=60, deadline=None)
@given(PATHS, st.randoms(use_true_random=False))
def test_the_order_of_directory_entries_does_not_matter(paths: list[str], chance: random.Random) -> None:
    @contextmanager
    def shuffled(path: str) -> Iterator[list[os.DirEntry[str]]]:
        with os.scandir(path) as scanned:
            entries = sorted(scanned, key=lambda entry: entry.name)
        chance.shuffle(entries)
        yield entries

    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        write(root, *paths)
        (root / "z.py").symlink_to("z.txt")
        (root / "loop").symlink_to(".")
        (root / ".gitignore").write_text("b/\n!b/a.py\n")
        assert discover(root, Config(), shuffled) == discover(root, Config())


@given(PATHS)
def test_names_depend_on_the_set_of_paths_alone(paths: list[str]) -> None:
    files = candidates(paths, Config())
    assert files == candidates(reversed(paths), Config())
    assert [file.path for file in files] == sorted(path for path in paths if path.endswith(".py"))
    roots = detect_roots(paths)
    assert roots[-1] == Root("")
    for file in files:
        below = file.path.removeprefix(file.root).removeprefix("/")
        stem = below.removesuffix(".py").removesuffix("/__init__" if "/" in below else "\0")
        assert file.module == stem.replace("/", ".")
        assert file.root in {root.path for root in roots}


# --- declared dependencies


def test_dependencies_of_every_kind(tmp_path: Path) -> None:
    fill(
        tmp_path,
        {
            "pyproject.toml": """
                [build-system]
                requires = ["packaging~=24.0", "own-name"]
                [project]
                name = "Own-Name"
                dependencies = ["PyJWT[crypto]>=2.8", "redis (>=4,<5) ; python_version < '4'", "own.name", "shared-lib"]
                optional-dependencies.x = ["PyYAML"]
                [dependency-groups]
                dev = ["pytest", {include-group = "x"}]
                [tool.uv.sources]
                shared-lib = {workspace = true}
                [tool.poetry.dependencies]
                python = "^3.11"
                httpx = "*"
                local = {path = "../local"}
            """,
            "requirements.txt": "Flask==3 --hash=sha256:abc # why\n-r more/base.txt\n--index-url https://x\n"
            "git+https://host/x.git#egg=eggy\n-e .\n\nopencv-python\n",
            "more/base.txt": "scikit-learn~=1.0 \\\n  ; sys_platform == 'linux'\nurl-one @ https://x/y.zip\n",
            "requirements-notes.txt": "These are our notes.\n\nredux\n",
            "setup.cfg": "[options]\ninstall_requires =\n  Pillow>9\n[options.extras_require]\nx = google-cloud-storage\n",
            "setup.py": "from setuptools import setup\nsetup(install_requires=['python-jose', X], extras_require={'a': ['attrs']})",
        },
    )
    assert declared_dependencies(tmp_path) == {
        "packaging", "jwt", "redis", "yaml", "pytest", "httpx", "flask", "eggy", "cv2", "sklearn", "url_one", "PIL", "google",
        "jose", "attr", "attrs",
        "google.cloud.storage", "google.cloud_storage", "opencv.python", "python.jose", "scikit.learn", "url.one",
    }  # fmt: skip
    assert declared_dependencies(tmp_path, ["setup.cfg"]) == {
        "PIL", "google", "google.cloud.storage", "google.cloud_storage",
    }  # fmt: skip


def test_dependencies_of_nothing_readable(tmp_path: Path) -> None:
    fill(tmp_path, {"pyproject.toml": "[project", "setup.py": "def (", "setup.cfg": "x"})
    (tmp_path / "requirements.txt").write_bytes("\ufeffredis==5\n".encode("utf-16-le"))
    assert declared_dependencies(tmp_path) == {"redis"}


@pytest.mark.parametrize(
    ("distribution", "expected"),
    [
        ("python-dateutil", ("dateutil",)),
        ("python_dotenv", ("dotenv",)),
        ("beautifulsoup4", ("bs4",)),
        ("google-auth", ("google",)),
        ("Flask-SQLAlchemy", ("flask_sqlalchemy",)),
        ("ruamel.yaml", ("ruamel",)),
    ],
)
def test_import_names(distribution: str, expected: tuple[str, ...]) -> None:
    assert import_names(distribution) == expected


@pytest.mark.parametrize(
    ("script", "modules"),
    [
        pytest.param("core/setup_package.py", ("app.core.fast",), id="of-a-package"),
        pytest.param("core/cffi/build.py", ("app.core.fast",), id="in-a-package-of-it"),
        pytest.param("core/fast_build.py", ("app.core.fast",), id="called-after-it"),
        pytest.param("core/shapes.py", (), id="no-script"),
        pytest.param("core/rebuild.py", (), id="no-script-either"),
    ],
)
@pytest.mark.parametrize(
    "text", ['Extension(name="app.core.fast", sources=[])', 'ffi.set_source("app.core.fast", "")']
)
@pytest.mark.parametrize("home", ["app", "src/app", "libs/app/app"])
def test_what_scripts_inside_a_package_build_is_a_module(
    tmp_path: Path, home: str, text: str, script: str, modules: tuple[str, ...]
) -> None:
    files = {f"{home}/__init__.py": "", f"{home}/core/__init__.py": "", f"{home}/{script}": text}
    if home.startswith("libs"):
        files["libs/app/pyproject.toml"] = ""
    fill(tmp_path, files)
    assert discover(tmp_path, Config()).extensions == modules


def test_a_crate_without_python_source_is_a_module(tmp_path: Path) -> None:
    fill(tmp_path, {
        "fast/pyproject.toml": "[build-system]\nbuild-backend = 'maturin'\n[project]\nname = 'fast-sums'\n",
        "fast/fast_sums.pyi": "def total() -> int: ...\n",
        "app/__init__.py": "",
    })  # fmt: skip
    found = discover(tmp_path, Config())
    assert (found.extensions, [root.path for root in found.roots]) == (("fast_sums",), ["fast", ""])


def test_benchmarks_are_imported_from_where_their_settings_are(tmp_path: Path) -> None:
    fill(tmp_path, {
        "benchmarks/asv.conf.json": "{}",
        "benchmarks/benchmarks/__init__.py": "",
        "benchmarks/benchmarks/sums.py": "",
        "app/__init__.py": "",
    })  # fmt: skip
    found = discover(tmp_path, Config())
    assert [file.module for file in found.files] == ["app", "benchmarks", "benchmarks.sums"]


def test_what_a_build_or_a_checkout_brings_is_a_module(tmp_path: Path) -> None:
    fill(tmp_path, {
        "setup.py": """
from setuptools import Extension, setup
from torch.utils import cpp_extension

fast = Extension("app.fast", ["fast.c"])
extension = cpp_extension.CppExtension
setup(ext_modules=[fast, extension(name="app.more", sources=[]), Extension(f"app.{1}"), other("app.other")])
""",
        "app/__init__.py": "",
        "app/lines/meson.build": "py3.extension_module('sums',\n  [made],\n)\nshared_library('other', x)\n",
        "app/lines/digits.pyx.in": "",
        ".gitmodules": """
[submodule "words"]
\tpath = app/words
\turl = https://example.org/words
[submodule "here"]
\tpath = app/here/
""",
        "app/here/tools.py": "",
        "app/lines/.gitmodules": "\tpath = app/elsewhere\n",
    })  # fmt: skip
    made = ("app.fast", "app.lines.digits", "app.lines.sums", "app.more", "app.words")
    assert discover(tmp_path, Config()).extensions == made
