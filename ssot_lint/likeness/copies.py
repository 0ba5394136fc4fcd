"""`find_copies(root, config, search) -> Copies`: the copies of classes and functions in a tree of files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from os.path import realpath
from pathlib import Path

from ssot_lint.concepts.name_matches import below
from ssot_lint.config import Config
from ssot_lint.discover import Candidate, discover
from ssot_lint.likeness.boilerplate import is_migration
from ssot_lint.likeness.clones import CLONE_KINDS, Cluster, Found, find_clusters
from ssot_lint.likeness.harvest import FileShapes, Order, harvest
from ssot_lint.tree.walk import along

Progress = Callable[[str, int, int], None]
"""Called with the stage, the number done and the number to do."""


@dataclass(frozen=True, slots=True)
class Search:
    """What counts as a copy, and which copies to report."""

    similarity: float = 0.8
    minimum: int = 6  # statements
    kinds: Collection[str] = CLONE_KINDS
    tests: bool = True
    boilerplate: bool = False
    below: tuple[str, ...] = ()  # report clusters with a member at or below one of these paths
    alone: bool = False  # search nothing else


@dataclass(frozen=True, slots=True)
class Copies:
    """The clusters, and how much code was searched."""

    clusters: tuple[Cluster, ...]
    files: int
    lines: int
    definitions: int  # that were compared
    unparsed: dict[str, str]  # path -> why
    left_out: dict[str, str] = field(default_factory=dict)  # path -> why it was not looked into
    empty: tuple[str, ...] = ()  # of the paths to report on those at or below which nothing was searched


def find_copies(
    root: Path,
    config: Config,
    search: Search,
    *,
    jobs: int | None = None,
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> Copies:
    """Read the tree at `root` and find the clusters. The answer does not depend on `jobs`."""
    discovery = discover(root, config, along(realpath(root), search.below if search.alone else ()))
    files = [file for file in discovery.files if search.tests or not file.is_test]
    order = Order(root, tuple(file.path for file in files), search.minimum)
    update = progress
    read = harvest(
        order,
        jobs=jobs,
        progress=update and (lambda done, total: update("reading", done, total)),
        executor=executor,
    )
    found = tuple(_comparable(files, read, search))
    wanted = below(search.below)
    return Copies(
        clusters=tuple(
            cluster
            for cluster in find_clusters(found, search.similarity)
            if cluster.kind in search.kinds and any(wanted(member.path) for member in cluster.members)
        ),
        files=len(files),
        lines=sum(item.lines for item in read),
        definitions=len(found),
        unparsed={file.path: item.problem for file, item in zip(files, read, strict=True) if item.problem},
        left_out={problem.path: problem.message for problem in discovery.problems},
        empty=tuple(path for path in search.below if not any(below([path])(file.path) for file in files)),
    )


def _comparable(files: Sequence[Candidate], read: Iterable[FileShapes], search: Search) -> Iterator[Found]:
    for file, item in zip(files, read, strict=True):
        if not search.boilerplate and (item.generated or is_migration(file.path)):
            continue
        for shape in item.shapes:
            if search.boilerplate or not shape.boilerplate:
                yield Found(file.path, file.module, file.is_test, shape)
