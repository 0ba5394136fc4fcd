"""Source roots: the directories whose modules are imported by their path below them."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

PROJECT_FILES = frozenset({"pyproject.toml", "setup.py", "setup.cfg"})
"""Files that mark a directory as a project of its own."""

BENCHMARKS = "asv.conf.json"
"""Airspeed velocity imports the benchmarks from where this file stands."""


_MESON = re.compile(r"\bextension_module\(\s*'(\w+)'")
_BUILDER = re.compile(r"(?:.*_)?(?:build|builder|cffi|ffi)(?:_.*)?\.py")
_SUBMODULE = re.compile(r"(?m)^\s*path\s*=\s*(\S+?)/?\s*$")


class Root(NamedTuple):
    """A directory on the import path, relative to the project root with "/"; "" is the project root itself.

    `package` is put before the names of its modules: a `package-dir` table may map `rules/` to `app.rules`.
    """

    path: str
    package: str = ""


class Alias(NamedTuple):
    """A second dotted name under which modules can be imported: `prefix.x` is `target.x`.

    It exists because a directory below the import path is itself on the import path (`src.app` is `app`), or
    because a symbolic link leads to a directory. Empty `target`: `prefix.x` is `x`. `root` is the source root
    that the target's modules belong to.
    """

    prefix: str
    target: str
    root: str


def parent_of(path: str) -> str:
    """The directory that holds a relative path; "" is the project root."""
    return path.rpartition("/")[0]


def detect_roots(
    paths: Iterable[str], declared: Iterable[Root] = (), projects: Iterable[str] | None = None
) -> tuple[Root, ...]:
    """Source roots that a list of relative paths shows, in the order in which they are searched.

    A root is: what a project file declares; `src/` of a project, when it is no package and holds packages;
    a nested project that is no package itself and holds packages; the project root, always and last.
    `projects` are the directories with a project file; default: read off the paths.
    """
    listed = tuple(paths)
    packages = {parent_of(path) for path in listed if path.rpartition("/")[2] == "__init__.py"}
    holding = _directories_above(path for path in listed if path.endswith(".py"))
    if projects is None:
        projects = {parent_of(path) for path in listed if path.rpartition("/")[2] in PROJECT_FILES}
    parents: dict[str, set[str]] = {}
    for directory in holding - {""}:
        parents.setdefault(parent_of(directory), set()).add(directory)
    found = {
        root for root in declared if root.path in holding and (root.package or root.path not in packages)
    }
    for project in {"", *projects} - (packages - {""}):
        source = f"{project}/src" if project else "src"
        if source in parents and source not in packages:
            found.add(Root(source))
        if project and parents.get(project, set()) - {source}:
            found.add(Root(project))
    mapped = {root.path for root in found if root.package}
    plain = {root for root in found if root.path and (root.package or root.path not in mapped)}
    named = sorted(root for root in found if not root.path and root.package)
    return (*sorted(plain), *(named[:1] or (Root(""),)))


def explicit_roots(source_roots: Iterable[str]) -> tuple[Root, ...]:
    """The configured roots in their order, then the project root, so that every file has a name."""
    roots = dict.fromkeys(
        Root("" if path == "." else path.removeprefix("./").rstrip("/")) for path in source_roots
    )
    return tuple(dict.fromkeys((*roots, Root(""))))


def root_aliases(roots: Iterable[Root], paths: Iterable[str] = ()) -> tuple[Alias, ...]:
    """Further names of modules: longer ones in nested roots, when the project root is on the import path as well, and
    shorter ones in a project root that is a package, as scripts in it see what is beside them.
    """
    longer = [
        Alias(prefix, root.package, root.path)
        for root in roots
        if root.path and (prefix := root.path.replace("/", ".")) != root.package
    ]
    package = next((root.package for root in roots if not root.path), "")
    beside = {path.partition("/")[0].removesuffix(".py") for path in paths} if package else set()
    nested = {root.path for root in roots}
    shorter = [
        Alias(name, f"{package}.{name}", "")
        for name in sorted(beside - nested - {package})
        if name != "__init__" and name.isidentifier()
    ]
    return (*longer, *shorter)


def declared_roots(directory: str, pyproject: Mapping[str, object]) -> tuple[Root, ...]:
    """The roots that the tables of one pyproject.toml name: setuptools, pytest, poetry, hatch, pdm, maturin."""
    tool = _table(pyproject.get("tool"))
    setuptools = _table(tool.get("setuptools"))
    found: list[Root] = []
    for package, path in _table(setuptools.get("package-dir")).items():
        found += _root(directory, path, package)
    for path in _list(_table(_table(setuptools.get("packages")).get("find")).get("where")):
        found += _root(directory, path)
    for path in _list(_table(_table(tool.get("pytest")).get("ini_options")).get("pythonpath")):
        found += _root(directory, path)
    for entry in _list(_table(tool.get("poetry")).get("packages")):
        found += _root(directory, _table(entry).get("from"))
    hatch = _table(_table(_table(_table(tool.get("hatch")).get("build")).get("targets")).get("wheel"))
    for path in _list(hatch.get("packages")):
        found += _root(directory, parent_of(path) if isinstance(path, str) else None)
    found += _root(directory, _table(_table(tool.get("pdm")).get("build")).get("package-dir"))
    if "maturin" in tool or _is_maturin(pyproject):
        found += _root(directory, _table(tool.get("maturin")).get("python-source", ""))
    return tuple(found)


def built_modules(directory: str, pyproject: Mapping[str, object]) -> tuple[str, ...]:
    """The path of the compiled module that maturin builds, as one pyproject.toml names it: `app.fast`.

    Where it names none, the module is called like the distribution.
    """
    maturin = _table(_table(pyproject.get("tool")).get("maturin"))
    name = _table(pyproject.get("project")).get("name")
    own = name.replace("-", "_") if isinstance(name, str) and _is_maturin(pyproject) else None
    module = maturin.get("module-name", own)
    roots = _root(directory, maturin.get("python-source", ""))
    if not isinstance(module, str) or not roots:
        return ()
    path = f"{module.replace('.', '/')}.so"
    return (f"{roots[0].path}/{path}".lstrip("/"),)


def _is_maturin(pyproject: Mapping[str, object]) -> bool:
    return _table(pyproject.get("build-system")).get("build-backend") == "maturin"


def is_build_script(name: str) -> bool:
    """May a Python file of this name tell how to build a module: a part of a setup.py, the source of a cffi module?"""
    return name == "setup_package.py" or (
        ("build" in name or "ffi" in name) and _BUILDER.fullmatch(name) is not None
    )


def built_by_script(path: str, source: bytes) -> tuple[str, ...]:
    """The paths of the compiled modules that a setup.py or a script for a part of it builds.

    `Extension("app.fast", ...)`, and cffi's `set_source("app.fast", ...)`. A script inside the package that it names
    (`app/setup_package.py`) means that package.
    """
    if b"xtension(" not in source and b".set_source(" not in source:
        return ()
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return ()
    builders = {"set_source"}
    found: list[object] = []
    for node in ast.walk(
        tree
    ):  # breadth first: `extension = CppExtension` comes before what a deeper block calls
        match node:
            case ast.Assign(
                targets=[ast.Name(id=name)], value=ast.Name(id=builder) | ast.Attribute(attr=builder)
            ) if builder.endswith("Extension"):
                builders.add(name)
            case ast.Call(
                func=ast.Name(id=name) | ast.Attribute(attr=name), args=args, keywords=keywords
            ) if name.endswith("Extension") or name in builders:
                first = [*args[:1], *(item.value for item in keywords if item.arg == "name")]
                found += [item.value for item in first if isinstance(item, ast.Constant)]
    return tuple(_place_of(path, name) for name in found if isinstance(name, str))


def _place_of(script: str, module: str) -> str:
    """The path of a compiled module that a script builds."""
    above, _, name = script.rpartition("/")
    top, inside, _ = module.partition(".")
    if inside and name != "setup.py" and (around := f"/{above}/".rfind(f"/{top}/")) >= 0:
        above = above[: max(around - 1, 0)]
    return f"{above}/{module.replace('.', '/')}.so".lstrip("/")


def built_by_meson(directory: str, text: str) -> tuple[str, ...]:
    """The paths of the compiled modules that a meson.build makes of its directory: `py.extension_module('fast', ...)`."""
    return tuple(f"{directory}/{name}.so".lstrip("/") for name in _MESON.findall(text))


def absent_submodules(text: str, python: Collection[str]) -> tuple[str, ...]:
    """The paths that a .gitmodules gives to other repositories, as modules, where none of their Python files is here."""
    return tuple(
        f"{path}.so"
        for path in _SUBMODULE.findall(text)
        if not any(file.startswith(f"{path}/") for file in python)
    )


def declared_in_cfg(directory: str, text: str) -> tuple[Root, ...] | None:
    """The roots that a setup.cfg names; None when it describes no distribution (it may only set up tools)."""
    from configparser import ConfigParser, Error

    parser = ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except Error:
        return None
    if not (parser.has_section("metadata") or parser.has_section("options")):
        return None
    found: list[Root] = []
    for line in parser.get("options", "package_dir", fallback="").replace(",", "\n").splitlines():
        package, equals, path = line.partition("=")
        if equals:
            found += _root(directory, path.strip(), package.strip())
    for line in parser.get("options.packages.find", "where", fallback="").splitlines():
        found += _root(directory, line.strip() or None)
    return tuple(found)


def declared_in_script(directory: str, source: bytes) -> tuple[Root, ...] | None:
    """The roots that a setup.py names in literals; None when it builds no distribution."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return None
    if not any(_imports_builder(node) for node in ast.walk(tree)):
        return None
    found: list[Root] = []
    for node in ast.walk(tree):
        match node:
            case ast.keyword(arg="package_dir", value=ast.Dict(keys=keys, values=values)):
                for key, value in zip(keys, values, strict=True):
                    if isinstance(key, ast.Constant) and isinstance(value, ast.Constant):
                        found += _root(directory, value.value, str(key.value))
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in _FINDERS:
                where = [*node.args[:1], *(item.value for item in node.keywords if item.arg == "where")]
                for item in where:
                    found += _root(directory, item.value if isinstance(item, ast.Constant) else None)
    return tuple(found)


_FINDERS = frozenset({"find_packages", "find_namespace_packages"})


def _imports_builder(node: ast.AST) -> bool:
    match node:
        case ast.Import(names=aliases):
            names = [alias.name for alias in aliases]
        case ast.ImportFrom(module=str(module)):
            names = [module]
        case _:
            return False
    return any(name.partition(".")[0] in ("setuptools", "distutils", "skbuild") for name in names)


def _root(directory: str, path: object, package: str = "") -> list[Root]:
    """The root, or nothing when the path is no string or leads out of the project."""
    if not isinstance(path, str) or path.startswith("/"):
        return []
    parts = [part for part in f"{directory}/{path}".split("/") if part not in ("", ".")]
    return [] if ".." in parts else [Root("/".join(parts), package)]


def _directories_above(paths: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    for path in paths:
        directory = parent_of(path)
        while directory not in seen:
            seen.add(directory)
            directory = parent_of(directory)
    return seen


def _table(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
