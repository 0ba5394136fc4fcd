"""The files of a project and their module names.

`discover` reads the disk; `candidates` is the pure half, which the small projects in examples use.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from keyword import iskeyword
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from ssot_lint.config import Config
from ssot_lint.errors import ConfigError
from ssot_lint.ignore import Patterns, is_ignored, parse_globs, parse_patterns
from ssot_lint.roots import (
    PROJECT_FILES,
    Alias,
    Root,
    declared_in_cfg,
    declared_roots,
    detect_roots,
    explicit_roots,
    is_setup_script,
    parent_of,
    root_aliases,
)

EXCLUDED_DIRECTORIES = frozenset({
    ".bzr", ".direnv", ".eggs", ".git", ".git-rewrite", ".hg", ".hypothesis", ".ipynb_checkpoints",
    ".mypy_cache", ".nox", ".pants.d", ".pyenv", ".pytest_cache", ".pytype", ".ruff_cache", ".ssot-lint",
    ".svn", ".tox", ".venv", ".vscode", "__pycache__", "__pypackages__", "buck-out", "node_modules",
    "site-packages",
})  # fmt: skip
"""Never entered. A virtual environment is known by its pyvenv.cfg, whatever it is called."""

BUILD_DIRECTORIES = frozenset({"_build", "build", "dist", "venv"})
"""Not entered beside a project file or at the top, unless they are packages."""

MANIFESTS = PROJECT_FILES | {"Pipfile"}


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """A Python file and the name under which it is imported."""

    path: str  # relative to the project root, with "/"
    module: str  # dotted; made from the path for files that no import statement can name
    is_package: bool  # an __init__.py
    importable: bool  # every part of the module name is an identifier
    is_test: bool
    root: str = ""  # the source root it belongs to


class PathProblem(NamedTuple):
    """Why a path was left out."""

    path: str  # printable: bytes that are no UTF-8 are escaped
    kind: Literal[
        "symlink-loop", "broken-link", "outside-root", "unreadable", "undecodable-name", "special-file",
        "broken-project-file",
    ]  # fmt: skip
    message: str


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
    stubs: int = 0  # .pyi files, which are counted and not read


Scan = Callable[[str], AbstractContextManager[Iterable[os.DirEntry[str]]]]


def discover(root: Path, config: Config, scan: Scan = os.scandir) -> Discovery:
    """Find the Python files below `root`, honouring .gitignore, the default excludes and `config.exclude`.

    A `!pattern` in `exclude` takes back what .gitignore or the defaults leave out. Symbolic links are not
    followed: the file is read where it lives, and a linked directory becomes an alias.
    """
    walk = _Walk(os.path.realpath(root), parse_globs(config.exclude), scan)
    walk.run()
    if config.source_roots is None:
        projects, declared = walk.read_projects()
        roots = detect_roots(walk.python, declared, projects)
    else:
        roots = explicit_roots(config.source_roots)
        _require_roots(roots, walk.directories, config)
    files = candidates(walk.python, config, roots)
    return Discovery(
        files=files,
        roots=roots,
        directories=tuple(sorted(walk.directories)),
        gitignores=tuple(sorted(walk.gitignores)),
        manifests=tuple(sorted(walk.manifests)),
        problems=tuple(sorted(walk.problems)),
        collisions=find_collisions(files, roots),
        aliases=(*root_aliases(roots), *_link_aliases(walk.links, files, roots)),
        stubs=walk.stubs,
    )


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
        is_test = home.is_test or is_ignored(self.tests, path, name, False) is True
        if stem == "__init__" and home.prefix:
            return Candidate(path, home.prefix[:-1], True, home.importable, is_test, home.root)
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
            is_test = home.is_test or is_ignored(self.tests, below, name, True) is True
            if below in self.roots:
                package = self.roots[below].package
                home = _Home(below, f"{package}." if package else "", True, is_test)
            else:
                importable = home.importable and name.isidentifier() and not iskeyword(name)
                home = _Home(home.root, f"{home.prefix}{name}.", importable, is_test)
            self.homes[below] = home
        return home


class _Walk:
    """One walk over the disk and what it has found so far."""

    def __init__(self, root: str, exclude: Patterns, scan: Scan) -> None:
        self.root = root
        self.exclude = (exclude,)
        self.scan = scan
        self.python: list[str] = []
        self.directories: list[str] = []
        self.gitignores: list[str] = []
        self.manifests: list[str] = []
        self.problems: list[PathProblem] = []
        self.links: list[tuple[str, str]] = []
        self.stubs = 0

    def run(self) -> None:
        stack = [("", self._outer_ignores(), False)]
        while stack:
            directory, chain, may_be_build = stack.pop()
            try:
                with self.scan(f"{self.root}/{directory}") as scanned:
                    entries = list(scanned)
            except OSError as error:
                self._problem(directory, "unreadable", f"cannot list the directory: {error.strerror}")
                continue
            names = {entry.name for entry in entries}
            if directory and ("pyvenv.cfg" in names or "conda-meta" in names):
                continue
            if may_be_build and "__init__.py" not in names:
                continue
            self.directories.append(directory)
            prefix = f"{directory}/" if directory else ""
            if ".gitignore" in names:
                chain = (*self._read_ignore(f"{prefix}.gitignore", inner=prefix), *chain)
            builds_here = not directory or not PROJECT_FILES.isdisjoint(names)
            for entry in entries:
                name = entry.name
                path = prefix + name
                try:
                    if name.endswith(".py"):
                        if self._file(entry, path, chain):
                            continue
                    elif name.endswith(".pyi"):
                        self.stubs += not self._left_out(path, name, False, chain)
                        continue
                    elif name in MANIFESTS or (name.endswith(".txt") and "requirements" in path):
                        self.manifests.append(path)
                        continue
                    if entry.is_symlink():
                        self._link(path, name, chain)
                    elif entry.is_dir(follow_symlinks=False) and not self._left_out(path, name, True, chain):
                        if not (name.isascii() or _is_unicode(name)):
                            self._undecodable(path)
                        else:
                            stack.append((path, chain, name in BUILD_DIRECTORIES and builds_here))
                except OSError as error:
                    self._problem(path, "unreadable", f"cannot be examined: {error.strerror}")

    def read_projects(self) -> tuple[list[str], list[Root]]:
        """The directories that are projects of their own, and the source roots their files declare."""
        from ssot_lint.toml import decode, parse_toml

        projects: list[str] = []
        declared: list[Root] = []
        for path in sorted(self.manifests):
            directory, _, name = path.rpartition("/")
            if name not in PROJECT_FILES:
                continue
            try:
                data = Path(self.root, path).read_bytes()
                roots: tuple[Root, ...] | None
                if name == "setup.py":
                    roots = () if is_setup_script(data) else None
                elif name == "setup.cfg":
                    roots = declared_in_cfg(directory, data.decode("utf-8", "replace"))
                else:
                    roots = declared_roots(directory, parse_toml(decode(data, path), path))
            except OSError as error:
                self._problem(path, "unreadable", f"cannot be read: {error.strerror}")
                continue
            except ConfigError as error:
                self._problem(path, "broken-project-file", error.message)
                roots = ()
            if roots is not None:
                projects.append(directory)
                declared += roots
        return projects, declared

    def _file(self, entry: os.DirEntry[str], path: str, chain: tuple[Patterns, ...]) -> bool:
        """Take the entry if it is a regular file; False when it is a directory or a link."""
        if not entry.is_file(follow_symlinks=False):
            if entry.is_symlink() or entry.is_dir(follow_symlinks=False):
                return False
            if not self._left_out(path, entry.name, False, chain):
                self._problem(path, "special-file", "is no regular file")
        elif not self._left_out(path, entry.name, False, chain):
            if entry.name.isascii() or _is_unicode(entry.name):
                self.python.append(path)
            else:
                self._undecodable(path)
        return True

    def _left_out(self, path: str, name: str, directory: bool, chain: tuple[Patterns, ...]) -> bool:
        excluded = is_ignored(self.exclude, path, name, directory)
        if excluded is not None:
            return excluded
        if directory and (name in EXCLUDED_DIRECTORIES or name.endswith(".egg-info")):
            return True
        return is_ignored(chain, path, name, directory) is True

    def _link(self, path: str, name: str, chain: tuple[Patterns, ...]) -> None:
        """Note where a symbolic link to a directory or a Python file leads; say so when it leads nowhere."""
        if name.startswith(".#"):  # an Emacs lock
            return
        full = f"{self.root}/{path}"
        try:
            mode = Path(full).stat().st_mode
        except OSError as error:
            if self._left_out(path, name, False, chain):
                return
            if Path(full).is_symlink() and error.errno == 40:
                self._problem(path, "symlink-loop", "the symbolic link leads back to itself")
            elif name.endswith(".py"):
                self._problem(path, "broken-link", "the symbolic link leads nowhere")
            return
        if not (stat.S_ISDIR(mode) or name.endswith(".py")):
            return
        if self._left_out(path, name, stat.S_ISDIR(mode), chain):
            return
        target = os.path.realpath(full)
        if target == self.root or f"{full}/".startswith(f"{target}/"):
            self._problem(path, "symlink-loop", "the symbolic link leads to a directory that holds it")
        elif not target.startswith(f"{self.root}/"):
            self._problem(path, "outside-root", f"the symbolic link leads out of the project, to {target}")
        elif not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
            self._problem(path, "special-file", "is no regular file")
        else:
            self.links.append((path, target[len(self.root) + 1 :]))

    def _outer_ignores(self) -> tuple[Patterns, ...]:
        """The ignore files of the repository above the project root, and .git/info/exclude."""
        chain: list[Patterns] = []
        directory, outer = self.root, ""
        while True:
            git = Path(directory, ".git")
            if git.exists():
                info = _git_directory(git) / "info" / "exclude"
                break
            above, _, name = directory.rpartition("/")
            if not name:
                return ()
            directory, outer = above or "/", f"{name}/{outer}"
        here = self.root
        depth = outer.count("/")
        parts = outer.split("/")
        for level in range(depth):
            here = str(Path(here).parent)
            relative = "/".join(parts[depth - level - 1 : depth]) + "/"
            if Path(here, ".gitignore").is_file():
                chain += self._read_ignore("../" * (level + 1) + ".gitignore", outer=relative)
        if info.is_file():
            chain += self._read_ignore(os.path.relpath(info, self.root), outer=outer)
        return tuple(chain)

    def _read_ignore(self, path: str, outer: str = "", inner: str = "") -> tuple[Patterns, ...]:
        try:
            text = Path(self.root, path).read_bytes().decode("utf-8-sig", "replace")
        except OSError as error:
            self._problem(path, "unreadable", f"cannot be read: {error.strerror}")
            return ()
        self.gitignores.append(path)
        return (parse_patterns(text.splitlines(), outer, inner),)

    def _undecodable(self, path: str) -> None:
        self._problem(path, "undecodable-name", "the file name is not UTF-8")

    def _problem(self, path: str, kind: str, message: str) -> None:
        self.problems.append(PathProblem(printable(path) or ".", kind, message))  # type: ignore[arg-type]


def printable(path: str) -> str:
    """A path that any report can show: bytes that are no UTF-8 become `\\xff`."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _is_unicode(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _git_directory(git: Path) -> Path:
    """The repository's own directory: `.git` may be a file that names it (worktrees, submodules)."""
    if git.is_dir():
        return git
    try:
        named = git.read_text(encoding="utf-8", errors="replace").strip().removeprefix("gitdir:").strip()
        inner = (git.parent / named).resolve()
        common = inner / "commondir"
        return (inner / common.read_text(encoding="utf-8").strip()).resolve() if common.is_file() else inner
    except OSError:
        return git


def _require_roots(roots: tuple[Root, ...], directories: Iterable[str], config: Config) -> None:
    known = {*directories, ""}
    for root in roots:
        if root.path not in known:
            where = f"{config.path}:{config.lines.get('source-roots', 1)}: " if config.path else ""
            raise ConfigError(
                f'{where}source-roots: "{root.path}" is no directory of the project',
                "Name directories relative to the project root that are not excluded.",
            )


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
