"""The files of a project and their module names.

`discover` reads the disk; `candidates` is the pure half, which the small projects in examples use.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from keyword import iskeyword
from pathlib import Path
from typing import NamedTuple

import msgspec

from ssot_lint.config import Config
from ssot_lint.errors import ConfigError
from ssot_lint.model import NAMELESS
from ssot_lint.tree.ignore import Patterns, is_ignored, of_modules, parse_globs
from ssot_lint.tree.roots import (
    BENCHMARKS,
    PROJECT_FILES,
    Alias,
    Root,
    absent_submodules,
    built_by_meson,
    built_by_script,
    built_modules,
    declared_in_cfg,
    declared_in_script,
    declared_roots,
    detect_roots,
    explicit_roots,
    is_build_script,
    parent_of,
    root_aliases,
)
from ssot_lint.tree.walk import BUILD_DIRECTORIES as BUILD_DIRECTORIES
from ssot_lint.tree.walk import Found, PathProblem, Scan, walk


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """A Python file and the name under which it is imported."""

    path: str  # relative to the project root, with "/"
    module: str  # dotted; made from the path for files that no import statement can name
    is_package: bool  # an __init__.py
    importable: bool  # every part of the module name is an identifier
    is_test: bool
    root: str = ""  # the source root it belongs to


class Collision(NamedTuple):
    """Several files that have one module name; `winner` is the one that an import finds."""

    module: str
    winner: str
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Discovery:
    """What a walk found. Everything is sorted."""

    files: tuple[Candidate, ...]
    roots: tuple[Root, ...]  # in the order in which they are searched
    directories: tuple[str, ...] = ()  # all that were entered
    gitignores: tuple[str, ...] = ()  # the ignore files that were read
    manifests: tuple[str, ...] = ()  # files that may declare dependencies
    problems: tuple[PathProblem, ...] = ()
    collisions: tuple[Collision, ...] = ()
    aliases: tuple[Alias, ...] = ()
    extensions: tuple[str, ...] = ()  # modules without source here: compiled, stubs, built
    ignores: tuple[
        Patterns, ...
    ] = ()  # what may be left out, and yet be there after a build; innermost first
    stubbed: tuple[str, ...] = ()  # modules with a .pyi beside their source, which is not read


def discover(root: Path, config: Config, scan: Scan = os.scandir) -> Discovery:
    """Find the Python files below `root`, honouring .gitignore, the default excludes and `config.exclude`.

    A `!pattern` in `exclude` takes back what .gitignore or the defaults leave out. Symbolic links are not
    followed: a file is read where it lives, and a link to it is an alias.
    """
    exclude = parse_globs(config.exclude)
    found = walk(os.path.realpath(root), exclude, scan)
    python = _sources(found)
    found.written += _built(found, python)
    if config.source_roots is None:
        projects, declared, made = _read_projects(found)
        roots = detect_roots((*python, *made), declared, projects)
    else:
        roots = explicit_roots(config.source_roots)
        _require_roots(roots, found.directories, config)
    files = candidates(python, config, roots)
    return Discovery(
        files=files,
        roots=roots,
        directories=tuple(sorted(found.directories)),
        gitignores=tuple(sorted(found.ignore_files)),
        manifests=tuple(sorted(found.manifests)),
        problems=tuple(sorted(found.problems)),
        collisions=find_collisions(files, roots),
        aliases=(*root_aliases(roots, python), *_link_aliases(found.links, files, roots)),
        extensions=_extension_modules((*found.extensions, *found.written), files, roots),
        ignores=(exclude, *map(of_modules, found.ignores)),
        stubbed=stubbed(files, found.extensions),
    )


def other_files(root: Path, config: Config) -> tuple[tuple[str, int], ...]:
    """The project's files that are no Python, with their sizes in bytes, sorted; links and special files left out."""
    listed: dict[str, list[os.DirEntry[str]]] = {}

    @contextmanager
    def noting(path: str) -> Iterator[Iterable[os.DirEntry[str]]]:
        with os.scandir(path) as entries:
            listed[path] = list(entries)
        yield listed[path]

    top = str(root.resolve())
    found = walk(top, parse_globs(config.exclude), noting)
    files = []
    for directory in found.directories:
        for entry in listed[f"{top}/{directory}"]:
            if not entry.name.endswith(".py") and entry.is_file(follow_symlinks=False):
                path = f"{directory}/{entry.name}" if directory else entry.name
                files.append((path, entry.stat(follow_symlinks=False).st_size))
    return tuple(sorted(files))


def candidates(
    paths: Iterable[str], config: Config, roots: Iterable[Root | str] | None = None
) -> tuple[Candidate, ...]:
    """Module names for the Python files among `paths`, without touching the disk.

    `roots`: default, those of the config, or else those that the paths themselves show. A file belongs to
    the innermost root that holds it. `config.exclude` is not applied: that is the walk's business.
    """
    listed = sorted(set(paths))
    if roots is not None:
        chosen: tuple[Root, ...] = tuple(root if isinstance(root, Root) else Root(root) for root in roots)
    elif config.source_roots is not None:
        chosen = explicit_roots(config.source_roots)
    else:
        chosen = detect_roots(listed)
    naming = _Naming(chosen, parse_globs(config.test_paths))
    return tuple([naming.candidate(path) for path in listed if path.endswith(".py")])


def stubbed(files: Iterable[Candidate], paths: Iterable[str]) -> tuple[str, ...]:
    """The modules with a stub beside them, that is among the paths."""
    stubs = {path for path in paths if path.endswith(".pyi")}
    return tuple(sorted({file.module for file in files if f"{file.path}i" in stubs}))


def find_collisions(files: Iterable[Candidate], roots: Iterable[Root]) -> tuple[Collision, ...]:
    """Module names that several files have. The earlier root wins; within a root, the package does."""
    order = {root.path: index for index, root in reversed(list(enumerate(roots)))}
    first: dict[str, Candidate] = {}
    several: dict[str, list[Candidate]] = {}
    for file in files:
        if file.importable:
            other = first.setdefault(file.module, file)
            if other is not file:
                several.setdefault(file.module, [other]).append(file)
    found = []
    for module, members in sorted(several.items()):
        members.sort(key=lambda file: (order.get(file.root, len(order)), not file.is_package, file.path))
        found.append(Collision(module, members[0].path, tuple(file.path for file in members[1:])))
    return tuple(found)


class _Home(NamedTuple):
    """What a directory gives the files in it."""

    root: str
    prefix: str  # of their module names, with a final dot
    importable: bool
    is_test: bool


class _Naming:
    """Names files, remembering what each directory gives."""

    def __init__(self, roots: tuple[Root, ...], tests: Patterns) -> None:
        self.roots = {root.path: root for root in reversed(roots)}
        self.tests = (tests,)
        package = self.roots.get("", Root("")).package
        self.homes = {"": _Home("", f"{package}." if package else "", True, False)}

    def candidate(self, path: str) -> Candidate:
        directory, _, name = path.rpartition("/")
        home = self.homes.get(directory) or self.home(directory)
        stem = name[:-3]
        verdict = is_ignored(self.tests, path, name, False)
        is_test = home.is_test if verdict is None else verdict
        if stem == NAMELESS:
            module = home.prefix[:-1] or NAMELESS
            return Candidate(path, module, True, home.importable, is_test, home.root)
        importable = home.importable and stem.isidentifier() and not iskeyword(stem)
        return Candidate(path, home.prefix + stem, False, importable, is_test, home.root)

    def home(self, directory: str) -> _Home:
        pending = []
        while directory not in self.homes:
            pending.append(directory)
            directory = parent_of(directory)
        home = self.homes[directory]
        for below in reversed(pending):
            name = below.rpartition("/")[2]
            verdict = is_ignored(self.tests, below, name, True)
            is_test = home.is_test if verdict is None else verdict
            if below in self.roots:
                package = self.roots[below].package
                home = _Home(below, f"{package}." if package else "", True, is_test)
            else:
                importable = home.importable and name.isidentifier() and not iskeyword(name)
                home = _Home(home.root, f"{home.prefix}{name}.", importable, is_test)
            self.homes[below] = home
        return home


def _read_projects(found: Found) -> tuple[list[str], list[Root], list[str]]:
    """The directories that are projects of their own, the source roots their files declare, and what would stand
    in these if it were not compiled: paths of modules."""
    from ssot_lint.settings.toml import decode, parse_toml

    projects: list[str] = []
    declared: list[Root] = []
    made: list[str] = []
    for path in sorted(found.manifests):
        directory, _, name = path.rpartition("/")
        if name not in PROJECT_FILES:
            if name == BENCHMARKS:
                projects.append(directory)
            continue
        roots: tuple[Root, ...] | None = ()
        try:
            data = Path(found.root, path).read_bytes()
            if name == "setup.py":
                roots = declared_in_script(directory, data)
            elif name == "setup.cfg":
                roots = declared_in_cfg(directory, data.decode("utf-8", "replace"))
            else:
                settings = parse_toml(decode(data, path), path)
                roots = declared_roots(directory, settings)
                compiled = built_modules(directory, settings)
                found.written += compiled
                made += [f"{item.removesuffix('.so')}.py" for item in compiled]
        except OSError as error:
            found.problem(path, "unreadable", f"cannot be read: {error.strerror}")
        except ConfigError as error:
            found.problem(path, "broken-project-file", error.message)
        if roots is not None:
            projects.append(directory)
            declared += roots
    return projects, declared, made


def _built(found: Found, python: Iterable[str]) -> list[str]:
    """The modules that are not here, and that a build or the checkout of another repository brings."""
    paths: list[str] = []
    for path in sorted(found.manifests):
        name = path.rpartition("/")[2]
        if name == "setup.py" or is_build_script(name):
            try:
                paths += built_by_script(path, Path(found.root, path).read_bytes())
            except OSError:  # told where it is read as a project's or as code
                continue
    for path in sorted(found.builds):
        directory, _, name = path.rpartition("/")
        try:
            text = Path(found.root, path).read_bytes().decode("utf-8", "replace")
        except OSError as error:
            found.problem(path, "unreadable", f"cannot be read: {error.strerror}")
            continue
        if name == "meson.build":
            paths += built_by_meson(directory, text)
        elif not directory:
            paths += absent_submodules(text, tuple(python))
    return paths


def _sources(found: Found) -> list[str]:
    """The Python files, and links to Python code in files that are not found by themselves."""
    known = set(found.python)
    hidden = {target: path for path, target in sorted(found.links, reverse=True) if path.endswith(".py")}
    return [*found.python, *(path for target, path in hidden.items() if target not in known)]


def _require_roots(roots: tuple[Root, ...], directories: Iterable[str], config: Config) -> None:
    known = {*directories, ""}
    for root in roots:
        if root.path not in known:
            where = f"{config.path}:{config.lines.get('source-roots', 1)}: " if config.path else ""
            raise ConfigError(
                f'{where}source-roots: "{root.path}" is no directory of the project',
                "Name directories relative to the project root that are not excluded.",
            )


def _extension_modules(
    paths: Iterable[str], files: tuple[Candidate, ...], roots: tuple[Root, ...]
) -> tuple[str, ...]:
    """Names of modules that exist as compiled code, as stubs or after a build: `x.cpython-311-darwin.so` is `x`."""
    naming = _Naming(roots, parse_globs(()))
    found = set()
    for path in paths:
        directory, slash, name = path.rpartition("/")
        module = naming.candidate(f"{directory}{slash}{name.partition('.')[0]}.py")
        if module.importable:
            found.add(module.module)
    return tuple(sorted(found - {file.module for file in files}))


def _link_aliases(
    links: Iterable[tuple[str, str]], files: tuple[Candidate, ...], roots: tuple[Root, ...]
) -> tuple[Alias, ...]:
    """The second names that symbolic links inside the project give to modules."""
    naming = _Naming(roots, parse_globs(()))
    by_path = {file.path: file for file in files}
    found = set()
    for path, target in links:
        if path.endswith(".py"):
            linked, real = naming.candidate(path), by_path.get(target)
            if real is not None:
                found.add(Alias(linked.module, real.module, real.root))
        else:
            home = naming.home(target)
            found.add(Alias(naming.home(path).prefix[:-1], home.prefix[:-1], home.root))
    return tuple(sorted(found))
