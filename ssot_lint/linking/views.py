"""What the files of one source root see under a top-level name that several roots have.

Such a file is run with its own root on the path, so that root answers first: `app.cart` in `services/two` is
`services/two/app/cart.py`. Where the package there has an `__init__.py`, Python looks in no other root.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import NamedTuple

from ssot_lint.model import MODULE, NAMELESS, SourceFile
from ssot_lint.tree.roots import explicit_roots, parent_of


class View(NamedTuple):
    """The modules below one top-level name in one source root."""

    modules: Mapping[str, int]
    packages: frozenset[str]  # with or without __init__.py
    closed: frozenset[str]  # modules, and packages that are found in one directory alone
    hidden: frozenset[int] = frozenset()  # files below a module, which has no modules inside

    def hides(self, name: str) -> bool:
        """Does the root answer for a name, be it with nothing, so that no other root is searched?"""
        return name in self.closed or _is_below(name, self.closed)


def root_of(file: SourceFile) -> str | None:
    """The directory below which a file has its name; None where a project maps it to another name."""
    if file.module == NAMELESS:
        return parent_of(file.path)
    tail = file.module.replace(".", "/") + ("/__init__.py" if file.is_package else ".py")
    if file.path == tail:
        return ""
    return file.path[: -len(tail) - 1] if file.path.endswith(f"/{tail}") else None


def in_search_order(files: Sequence[SourceFile], configured: Sequence[str]) -> list[tuple[int, str | None]]:
    """(number, root) of each file: configured roots as they are listed, then the others, the project root last."""
    listed = [root.path for root in explicit_roots(configured)] if configured else []
    ranks = {path: rank for rank, path in enumerate(listed)}
    found = [(number, root_of(file)) for number, file in enumerate(files)]
    roots = {root for _, root in found if root is not None}
    if len(roots) < 2:
        return found
    order = {root: (ranks.get(root, len(ranks)), root == "", root) for root in roots}
    return sorted(found, key=lambda item: order[item[1]] if item[1] is not None else (len(ranks), False, ""))


def views(
    files: Sequence[SourceFile], places: Iterable[tuple[int, str | None]]
) -> Mapping[tuple[str, str], View]:
    """(root, top-level name) -> what the root has of it, where several roots have some.

    None of a name below which a project maps directories: its parts are meant to be one.
    """
    parts: dict[str, dict[str | None, list[int]]] = {}
    for number, root in places:
        parts.setdefault(files[number].module.partition(".")[0], {}).setdefault(root, []).append(number)
    found: dict[tuple[str, str], View] = {}
    for top, roots in parts.items():
        if len(roots) > 1 and None not in roots:
            own = {root: _view(files, numbers) for root, numbers in roots.items() if root is not None}
            found.update({(root, top): _among(own, root) for root in own})
    return found


def _among(roots: Mapping[str, View], root: str) -> View:
    """What a root has, as far as packages of others leave it: an `__init__.py` wins against a directory without one."""
    own = roots[root]
    elsewhere = {name for other, view in roots.items() if other != root for name in view.modules}
    lost = elsewhere & (own.packages - own.modules.keys())
    return own._replace(closed=frozenset(name for name in own.closed if not _is_below(name, lost)))


def _view(files: Sequence[SourceFile], numbers: Iterable[int]) -> View:
    modules: dict[str, int] = {}
    packages: set[str] = set()
    for number in numbers:
        file = files[number]
        if file.is_package or file.module not in modules:
            modules[file.module] = number
        parent = file.module if file.is_package else file.module.rpartition(".")[0]
        while parent and parent not in packages:
            packages.add(parent)
            parent = parent.rpartition(".")[0]
    plain = {name for name, number in modules.items() if not files[number].is_package}
    # a module wins over a directory of its name that has no __init__.py
    packages -= plain
    shut = frozenset(name for name, number in modules.items() if name in plain or not is_open(files[number]))
    below = {name for name in modules if _is_below(name, plain)}
    return View(
        {name: number for name, number in modules.items() if name not in below},
        frozenset(name for name in packages if not _is_below(name, plain)),
        shut,
        frozenset(modules[name] for name in below),
    )


def _is_below(name: str, modules: Set[str]) -> bool:
    while name := name.rpartition(".")[0]:
        if name in modules:
            return True
    return False


def is_open(file: SourceFile) -> bool:
    """May a package be spread over several directories by what its `__init__.py` does?

    It sets `__path__`, takes `pkgutil` or `pkg_resources`, or cannot be read.
    """
    facts = file.facts
    if not file.is_package:
        return False
    return (
        facts.problem is not None
        or facts.dynamic_namespace
        or any(item.name == "__path__" and item.scope == MODULE for item in facts.assignments)
        or any(imp.module in SPREADING for imp in facts.imports)
        or any(path.value in SPREADING for path in facts.paths)
    )


SPREADING = frozenset({"pkgutil", "pkg_resources"})
