"""Small projects in memory, for the tests of facts and linking."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from textwrap import dedent

from ssot_lint.config import Config
from ssot_lint.discover import candidates
from ssot_lint.facts import extract
from ssot_lint.linking.outside import Outside
from ssot_lint.model import SourceFile
from ssot_lint.project import Project, link
from ssot_lint.tree.roots import Alias


def sources(files: Mapping[str, str | bytes]) -> tuple[SourceFile, ...]:
    """The files with their facts; texts are dedented."""
    read = {path: dedent(text).encode() if isinstance(text, str) else text for path, text in files.items()}
    return tuple(
        SourceFile(
            found.path,
            found.module,
            found.is_package,
            found.importable,
            found.is_test,
            extract(read[found.path]),
        )
        for found in candidates(read, Config())
    )


def project(
    files: Mapping[str, str | bytes],
    declared: Collection[str] = (),
    extensions: Collection[str] = (),
    aliases: Collection[Alias] = (),
) -> Project:
    outside = Outside(declared, extensions, aliases=aliases)
    return link(sources(files), Config(), outside)


def meanings(linked: Project, module: str, name: str) -> list[str]:
    """`kind symbol` of every candidate for a dotted name in a module."""
    return [
        f"{target.kind} {target.symbol}" for target in linked.resolve(linked.modules[module], name).targets
    ]


def imported(linked: Project, path: str) -> list[str]:
    """`kind symbol` of the main candidate of each import of a file."""
    file = linked.by_path[path]
    found = [linked.resolve_import(file, imp).target for imp in linked.files[file].facts.imports]
    return [f"{target.kind} {target.symbol}" for target in found]
