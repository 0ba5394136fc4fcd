"""One walk over the disk: which Python files there are, and what was left out for which reason."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from ssot_lint.recall import read_file
from ssot_lint.tree.ignore import Patterns, is_ignored, parse_patterns
from ssot_lint.tree.roots import BENCHMARKS, PROJECT_FILES, is_build_script

EXCLUDED_DIRECTORIES = frozenset({
    ".bzr", ".direnv", ".eggs", ".git", ".git-rewrite", ".hg", ".hypothesis", ".ipynb_checkpoints",
    ".mypy_cache", ".nox", ".pants.d", ".pyenv", ".pytest_cache", ".pytype", ".ruff_cache", ".semgrep",
    ".ssot-lint", ".svn", ".tox", ".venv", ".vscode", "__pycache__", "__pypackages__", "buck-out", "node_modules",
    "site-packages",
})  # fmt: skip
"""Never entered. A virtual environment is known by its pyvenv.cfg, whatever it is called."""

BUILD_DIRECTORIES = frozenset({"_build", "build", "dist", "venv"})
"""Not entered beside a project file or at the top, unless they are packages."""

MANIFESTS = PROJECT_FILES | {"Pipfile", BENCHMARKS}
"""Files that may declare dependencies or roots; requirements*.txt and scripts that build a module are the others."""

EXTENSIONS = (".so", ".pyd", ".pyi", ".pyx", ".pxd", ".pyx.in")
"""Files that make a module importable without Python source."""

BUILDS = frozenset({".gitmodules", "meson.build"})
"""Files that tell of modules which are not here, and are after a build or a checkout."""

Scan = Callable[[str], AbstractContextManager[Iterable["os.DirEntry[str]"]]]

ProblemKind = Literal[
    "symlink-loop", "broken-link", "outside-root", "unreadable", "undecodable-name", "special-file",
    "broken-project-file",
]  # fmt: skip


class PathProblem(NamedTuple):
    """Why a path was left out."""

    path: str  # printable: bytes that are no UTF-8 are escaped
    kind: ProblemKind
    message: str


@dataclass(slots=True)
class Found:
    """What a walk has found so far, in the order in which the disk gave it. Paths are relative, with "/"."""

    root: str
    python: list[str] = field(default_factory=list)
    directories: list[str] = field(default_factory=list)  # that were entered
    ignore_files: list[str] = field(default_factory=list)
    manifests: list[str] = field(default_factory=list)
    extensions: list[str] = field(default_factory=list)
    builds: list[str] = field(default_factory=list)
    ignores: list[Patterns] = field(default_factory=list)  # of all ignore files, innermost first
    written: list[str] = field(default_factory=list)  # Python files that .gitignore names
    links: list[tuple[str, str]] = field(default_factory=list)  # symbolic links that stay inside the project
    problems: list[PathProblem] = field(default_factory=list)

    def problem(self, path: str, kind: ProblemKind, message: str) -> None:
        """Note why a path is left out."""
        self.problems.append(PathProblem(printable(path) or ".", kind, message))


class Place(NamedTuple):
    """A directory that is still to be read."""

    path: str
    ignores: tuple[Patterns, ...]  # innermost first
    may_be_build: bool  # has the name of a build directory, where one would stand


def along(root: str, paths: Collection[str]) -> Scan:
    """A look at directories that sees what lies at or below one of these paths, and the way there; all without any."""
    ends = [f"{path}/" for path in paths]

    @contextmanager
    def scan(path: str) -> Iterator[Iterable[os.DirEntry[str]]]:
        above = path[len(root) :].strip("/")
        with os.scandir(path) as entries:
            yield [entry for entry in entries if is_along(f"{above}/{entry.name}/".lstrip("/"))]

    def is_along(path: str) -> bool:
        return any(path.startswith(end) or end.startswith(path) for end in ends)

    return os.scandir if not paths or "." in paths else scan


def walk(root: str, exclude: Patterns, scan: Scan = os.scandir) -> Found:
    """Read the directory tree at `root`, an absolute path without symbolic links.

    Links are noted and not followed, so that every file is found once, where it lives.
    """
    found = Found(root)
    outer = _outer_ignores(found)
    stack = [Place("", outer, False)]
    while stack:
        place = stack.pop()
        try:
            with scan(f"{root}/{place.path}") as scanned:
                entries = list(scanned)
        except OSError as error:
            found.problem(place.path, "unreadable", f"the directory cannot be listed: {error.strerror}")
            continue
        names = {entry.name for entry in entries}
        if place.path and ("pyvenv.cfg" in names or "conda-meta" in names):
            continue
        if place.may_be_build and "__init__.py" not in names:
            continue
        found.directories.append(place.path)
        prefix = f"{place.path}/" if place.path else ""
        ignores = place.ignores
        if ".gitignore" in names:
            own = _read_ignore(found, f"{prefix}.gitignore", inner=prefix)
            found.ignores += own
            ignores = (*own, *ignores)
        builds_here = not place.path or not PROJECT_FILES.isdisjoint(names)
        rules = _Rules(exclude, ignores)
        for entry in entries:
            try:
                if _take(found, entry, prefix + entry.name, rules):
                    may_be_build = builds_here and entry.name in BUILD_DIRECTORIES
                    stack.append(Place(prefix + entry.name, ignores, may_be_build))
            except OSError as error:
                found.problem(prefix + entry.name, "unreadable", f"cannot be examined: {error.strerror}")
    found.ignores.sort(key=lambda patterns: (-len(patterns.inner), patterns.inner))
    found.ignores += outer
    return found


def printable(path: str) -> str:
    """A path that any report can show: bytes that are no UTF-8 become `\\xff`."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


class _Rules(NamedTuple):
    """What leaves the entries of one directory out."""

    exclude: Patterns
    ignores: tuple[Patterns, ...]

    def leave_out(self, path: str, name: str, directory: bool) -> bool:
        excluded = is_ignored((self.exclude,), path, name, directory)
        if excluded is not None:
            return excluded
        if directory and (name in EXCLUDED_DIRECTORIES or name.endswith(".egg-info")):
            return True
        return is_ignored(self.ignores, path, name, directory) is True


def _take(found: Found, entry: os.DirEntry[str], path: str, rules: _Rules) -> bool:
    """Note one entry; True when it is a directory to be read."""
    name = entry.name
    if entry.is_dir(follow_symlinks=False):
        return not rules.leave_out(path, name, True) and _is_unicode(found, path)
    if entry.is_symlink():
        _note_link(found, path, name, rules)
    elif name.endswith(".py"):
        if rules.leave_out(path, name, False):
            pass
        elif not entry.is_file(follow_symlinks=False):
            found.problem(path, "special-file", "is no regular file")
        elif _is_unicode(found, path):
            found.python.append(path)
            if name in MANIFESTS or is_build_script(name):
                found.manifests.append(path)
    elif name.endswith(EXTENSIONS):
        found.extensions.append(path)
    elif name in BUILDS and entry.is_file(follow_symlinks=False):
        if _is_unicode(found, path):
            found.builds.append(path)
    elif _may_declare(path, name) and entry.is_file(follow_symlinks=False) and _is_unicode(found, path):
        found.manifests.append(path)
    return False


def _note_link(found: Found, path: str, name: str, rules: _Rules) -> None:
    """Note where a symbolic link to a directory or a Python file leads; say so when it leads nowhere."""
    if name.startswith(".#"):  # an Emacs lock
        return
    full = f"{found.root}/{path}"
    try:
        mode = os.stat(full).st_mode  # noqa: PTH116
    except OSError as error:
        if rules.leave_out(path, name, False):
            pass
        elif error.errno == errno.ELOOP:
            found.problem(path, "symlink-loop", "the symbolic link leads back to itself")
        elif name.endswith(".py"):
            found.problem(path, "broken-link", "the symbolic link leads nowhere")
        return
    directory = stat.S_ISDIR(mode)
    if not (directory or name.endswith(".py")) or rules.leave_out(path, name, directory):
        return
    target = os.path.realpath(full)
    if f"{full}/".startswith(f"{target}/"):
        found.problem(path, "symlink-loop", "the symbolic link leads to a directory that holds it")
    elif not target.startswith(f"{found.root}/"):
        found.problem(
            path, "outside-root", f"the symbolic link leads out of the project, to {printable(target)}"
        )
    elif not (directory or stat.S_ISREG(mode)):
        found.problem(path, "special-file", "is no regular file")
    elif _is_unicode(found, path):
        found.links.append((path, target[len(found.root) + 1 :]))


def _outer_ignores(found: Found) -> tuple[Patterns, ...]:
    """The ignore files of the repository above the project root, and .git/info/exclude; innermost first."""
    chain: list[Patterns] = []
    outer = ""
    for level, directory in enumerate((Path(found.root), *Path(found.root).parents)):
        if level and (directory / ".gitignore").is_file():
            chain += _read_ignore(found, "../" * level + ".gitignore", outer=outer)
        git = directory / ".git"
        if git.exists():
            info = _git_directory(git) / "info" / "exclude"
            if info.is_file():
                chain += _read_ignore(found, Path(os.path.relpath(info, found.root)).as_posix(), outer=outer)
            return tuple(chain)
        outer = f"{directory.name}/{outer}"
    found.ignore_files.clear()
    return ()


def _read_ignore(found: Found, path: str, outer: str = "", inner: str = "") -> tuple[Patterns, ...]:
    file = Path(found.root, path)
    try:
        if not file.is_file():
            return ()
        text = file.read_bytes().decode("utf-8-sig", "replace")
    except OSError as error:
        found.problem(path, "unreadable", f"cannot be read: {error.strerror}")
        return ()
    found.ignore_files.append(path)
    if not outer:
        for line in text.splitlines():
            name = line.strip().removeprefix("/")
            if "/" in line and name.endswith(".py") and not set("!#*?[\\") & set(name):
                found.written.append(inner + name)
    return (parse_patterns(text.splitlines(), outer, inner),)


def _git_directory(git: Path) -> Path:
    """The repository's own directory: `.git` may be a file that names it (worktrees, submodules)."""
    if git.is_dir():
        return git
    try:
        named = read_file(git).decode("utf-8", "replace").strip().removeprefix("gitdir:").strip()
        inner = (git.parent / named).resolve()
        common = inner / "commondir"
        return (inner / common.read_text(encoding="utf-8").strip()).resolve() if common.is_file() else inner
    except OSError:
        return git


def _may_declare(path: str, name: str) -> bool:
    """Whether a file may declare dependencies: `requirements-dev.txt`, `requirements/dev.txt` and the like."""
    if not name.endswith(".txt"):
        return name in MANIFESTS
    return "requirements" in name or path.rpartition("/")[0].rpartition("/")[2] == "requirements"


def _is_unicode(found: Found, path: str) -> bool:
    """Whether the path can be written as text; it is reported when it cannot."""
    if path.isascii():
        return True
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        found.problem(path, "undecodable-name", "the name is not UTF-8")
        return False
    return True
