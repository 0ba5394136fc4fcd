"""From the command line to a linked project: which root, which configuration, which files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ssot_lint.cli._output import Progress
from ssot_lint.errors import UsageError
from ssot_lint.settings.runner import INI_FILES

if TYPE_CHECKING:
    from ssot_lint.config import Config
    from ssot_lint.linking.kept import Earlier
    from ssot_lint.project import Project
    from ssot_lint.scan import Scan
    from ssot_lint.scanning.survey import Survey


WORTH_A_PROCESS = 1000
"""Files from which on a second process gains more than it costs."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command works: the project root, the configuration named on the command line, the paths asked about.

    `paths` are relative to the root, with "/"; empty means everything.
    """

    root: Path
    config: Path | None = None
    paths: tuple[str, ...] = ()

    @property
    def watched(self) -> tuple[str, ...]:
        """Files that decide the settings, whether they exist or not."""
        found = [
            self.root / "ssot-lint.toml",
            self.root / "pyproject.toml",
            *(self.root / name for name in INI_FILES),
            *([self.config] if self.config else []),
        ]
        return tuple(str(path) for path in found)


@dataclass(frozen=True, slots=True)
class Opened:
    """A project that was read and linked."""

    place: Place
    config: Config
    scan: Scan
    project: Project
    notes: tuple[str, ...] = ()  # what the user may want to know about the run itself
    earlier: Earlier | None = None  # what was known of an earlier run


def locate(paths: Sequence[str] = (), root: str | None = None, config: str | None = None) -> Place:
    """The root is the one that was named, else the folder of the named configuration, else the nearest project
    that holds `paths`, or the current directory when there are none."""
    try:
        here = Path.cwd()
    except OSError:
        raise UsageError("the current directory is gone", "go to one that exists") from None
    given = [_existing(path, "path") for path in paths]
    file = _existing(config, "configuration") if config else None
    if root:
        home = _existing(root, "project root")
    elif file:
        home = file.parent
    else:
        from ssot_lint.config import find_root

        home = find_root(Path(os.path.commonpath(given)) if given else here)
        _require_one_project(home, given)
    relative = []
    for path in given:
        if not path.is_relative_to(home):
            raise UsageError(f"{path} is not in the project {home}", "name the project with --root")
        relative.append(path.relative_to(home).as_posix())
    return Place(home, file, tuple(sorted(set(relative))))


def _require_one_project(home: Path, given: Sequence[Path]) -> None:
    """UsageError where paths have settings of their own, and what holds them all has none: nothing would be asked."""
    from ssot_lint.config import find_root, is_configured

    own = sorted({find_root(path) for path in given} - {home})
    if own and not is_configured(home) and any(map(is_configured, own)):
        raise UsageError(
            f"the paths lie in several projects, which {home} does not configure together:"
            f" {', '.join(map(str, own))}",
            "look at one at a time, or name the project with --root",
        )


def open_project(
    place: Place, *, jobs: int = 0, use_cache: bool = True, progress: Progress | None = None
) -> Opened:
    """Read the configuration, scan the files, link them."""
    from ssot_lint.config import load

    return read_project(
        place, load(place.root, place.config), jobs=jobs, use_cache=use_cache, progress=progress
    )


def read_project(
    place: Place,
    config: Config,
    *,
    jobs: int = 0,
    use_cache: bool = True,
    progress: Progress | None = None,
    survey: Survey | None = None,
) -> Opened:
    """Scan the files and link them. `survey`: what a look at the tree has found already."""
    from datetime import date

    from ssot_lint.cli._links import earlier_links
    from ssot_lint.linking.outside import Outside
    from ssot_lint.project import link
    from ssot_lint.scan import open_cache, reread, scan
    from ssot_lint.tree.dependencies import declared_dependencies

    def read(done: int, total: int) -> None:
        if progress is not None:
            progress("reading", done, total)

    if use_cache:
        with open_cache(place.root, config) as cache:
            found = scan(place.root, config, jobs=jobs or None, cache=cache, progress=read, survey=survey)
            notes = (cache.note,) if cache.note else ()
    else:
        found, notes = scan(place.root, config, jobs=jobs or None, progress=read, survey=survey), ()
    declared = declared_dependencies(place.root, found.discovery.manifests)
    config = replace(config, today=date.today().isoformat())
    discovery = found.discovery
    outside = Outside(declared, discovery.extensions, discovery.stubbed, discovery.aliases, discovery.ignores)
    earlier = earlier_links(place, found) if use_cache else None
    project = link(found.files, config, outside, reread(place.root, found), earlier)
    if len(found.files) >= WORTH_A_PROCESS:
        _hold(project)
    return Opened(place, config, found, project, notes, earlier)


def _hold(project: Project) -> None:
    """Keep a project until the process ends, which takes all at once what is freed piece by piece otherwise."""
    held: list[object] = [project]
    held.append(held)


def processes(opened: Opened, jobs: int) -> int:
    """In how many processes to work on a project that was read: as asked, at most one a core, and one for few files."""
    from ssot_lint.scanning.workers import cores

    return min(jobs or cores(), cores()) if len(opened.project.files) >= WORTH_A_PROCESS else 1


def source_lines(root: Path, path: str) -> Sequence[str]:
    """The lines of a file of the project, decoded as Python does; none of a pipe, or of what lies outside the root."""
    import io
    import tokenize

    try:
        found = Path(os.path.realpath(root / path))  # `resolve` raises at a loop of links
        if not found.is_file() or not found.is_relative_to(root.resolve()):
            return ()
        content = found.read_bytes()
    except (OSError, ValueError):
        return ()
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        text = content.decode(encoding, "replace")
    except (SyntaxError, LookupError):
        text = content.decode("utf-8", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _existing(path: str, noun: str) -> Path:
    found = Path(os.path.abspath(path))  # noqa: PTH100 (`resolve` would leave the project through a link)
    try:
        found.stat()
        return found.resolve()
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError(f"{noun} {path} does not exist") from None
    except OSError as error:  # a name that is too long, a directory that nobody may enter, a loop of links
        raise UsageError(f"{noun} {path} cannot be looked at: {error.strerror or error}") from None
