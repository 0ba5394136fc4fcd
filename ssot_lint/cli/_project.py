"""From a place to a linked project: its configuration and files are read, what names stand for is worked out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ssot_lint.cli._output import Progress
from ssot_lint.cli._output import progress as drawing
from ssot_lint.cli._place import Place, locate

if TYPE_CHECKING:
    from ssot_lint.config import Config
    from ssot_lint.linking.kept import Earlier
    from ssot_lint.project import Project
    from ssot_lint.scan import Scan
    from ssot_lint.scanning.survey import Survey


WORTH_A_PROCESS = 1000
"""Files from which on a second process gains more than it costs."""


@dataclass(frozen=True, slots=True)
class Means:
    """By what means a project is read and checked."""

    jobs: int = 0  # processes; 0: one a core
    use_cache: bool = True
    shows_progress: bool = True


@dataclass(frozen=True, slots=True)
class Opened:
    """A project that was read and linked."""

    place: Place
    config: Config
    scan: Scan
    project: Project
    notes: tuple[str, ...] = ()  # what the user may want to know about the run itself
    earlier: Earlier | None = None  # what was known of an earlier run


def open_project(place: Place, means: Means = Means(), progress: Progress | None = None) -> Opened:
    """Read the configuration, scan the files, link them."""
    from ssot_lint.settings.loading import load

    return read_project(place, load(place.root, place.config), means, progress)


def open_named(root: str | None, config: str | None, means: Means) -> Opened:
    """The project that the command line names, opened behind a progress bar."""
    with drawing(means.shows_progress) as draw:
        return open_project(locate((), root, config), means, draw)


def read_project(
    place: Place,
    config: Config,
    means: Means,
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
    from ssot_lint.tree.distributions import distributions

    def read(done: int, total: int) -> None:
        if progress is not None:
            progress("reading", done, total)

    jobs = means.jobs or None
    if means.use_cache:
        with open_cache(place.root, config) as cache:
            found = scan(place.root, config, jobs=jobs, cache=cache, progress=read, survey=survey)
            notes = (cache.note,) if cache.note else ()
    else:
        found, notes = scan(place.root, config, jobs=jobs, progress=read, survey=survey), ()
    declared = declared_dependencies(place.root, found.discovery.manifests)
    config = replace(config, today=date.today().isoformat())
    discovery = found.discovery
    outside = Outside(
        declared, discovery.extensions, discovery.stubbed, discovery.aliases, discovery.ignores,
        distributions(place.root, discovery.manifests),
    )  # fmt: skip
    earlier = earlier_links(place, found) if means.use_cache else None
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
