"""The distributions that one repository builds, and which of them are made to do without which.

A command line tool may have an extra that brings the server: then its own classes have to do without the server's, though
some of its modules import it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from ssot_lint.errors import ConfigError
from ssot_lint.settings.toml import decode, parse_toml
from ssot_lint.tree.dependencies import normal_name, required
from ssot_lint.tree.roots import parent_of

MANIFEST = "pyproject.toml"


class Distribution(NamedTuple):
    """What a pyproject.toml says of the code below its folder. All names are normal (PEP 503)."""

    folder: str
    name: str
    needs: frozenset[str]
    extras: frozenset[str]  # what it may have besides


def distributions(root: Path, manifests: Iterable[str]) -> tuple[Distribution, ...]:
    """Those of the manifests, paths below `root`, that can be read."""
    found = []
    for path in sorted(manifests):
        if path.rpartition("/")[2] == MANIFEST:
            try:
                data = Path(root, path).read_bytes()
            except OSError:
                continue
            if (distribution := read_distribution(path, data)) is not None:
                found.append(distribution)
    return tuple(found)


def read_distribution(path: str, data: bytes) -> Distribution | None:
    """What one pyproject.toml says (PEP 621); None where it names no distribution, or leaves to others what that needs."""
    try:
        project = parse_toml(decode(data, path), path).get("project")
    except ConfigError:
        return None
    if not isinstance(project, dict) or not isinstance(project.get("name"), str):
        return None
    left = project.get("dynamic", ())
    if isinstance(left, list) and "dependencies" in left:
        return None
    extras = project.get("optional-dependencies", {})
    lists = extras.values() if isinstance(extras, Mapping) else ()
    return Distribution(
        parent_of(path),
        normal_name(project["name"]),
        _required(project.get("dependencies", ())),
        frozenset().union(*map(_required, lists)),
    )


def _required(lines: object) -> frozenset[str]:
    listed = lines if isinstance(lines, list) else ()
    return frozenset().union(*(required(line) for line in listed if isinstance(line, str)))


def made_apart(known: Collection[Distribution]) -> frozenset[tuple[str, str]]:
    """The pairs of folders of which one may have what the other builds, as an extra, and neither needs the other.

    >>> shop = Distribution("", "shop", frozenset(), frozenset())
    >>> tool = Distribution("tool", "shop-tool", frozenset({"click"}), frozenset({"shop"}))
    >>> sorted(made_apart([shop, tool]))
    [('', 'tool'), ('tool', '')]
    """
    by_name = {item.name: item for item in known}
    found: set[tuple[str, str]] = set()
    for one in known:
        needed = _reach(by_name, one.name)
        for extra in one.extras:
            for other in _reach(by_name, extra) - needed:
                if one.name not in _reach(by_name, other):
                    found |= {(one.folder, by_name[other].folder), (by_name[other].folder, one.folder)}
    return frozenset(found)


def folder_of(known: Iterable[Distribution], path: str) -> str:
    """The folder of the distribution that a file belongs to: the innermost that holds it."""
    folders = (item.folder for item in known if item.folder and path.startswith(f"{item.folder}/"))
    return max(folders, key=len, default="")


def may_lack(known: Collection[Distribution], one: str, other: str) -> bool:
    """Does a file belong to a distribution that says what it needs, and nothing of the one another file belongs to?"""
    by_folder = {item.folder: item for item in known}
    first, second = (by_folder.get(folder_of(known, path)) for path in (one, other))
    if first is None or second is None or first is second:
        return False
    return second.name not in _reach({item.name: item for item in known}, first.name)


def _reach(by_name: Mapping[str, Distribution], name: str) -> set[str]:
    """A distribution, and those of the repository that it cannot do without."""
    found: set[str] = set()
    pending = [name]
    while pending:
        name = pending.pop()
        if name in by_name and name not in found:
            found.add(name)
            pending += by_name[name].needs
    return found
