"""What the text of a file says of where modules are found."""

from __future__ import annotations

from collections.abc import Iterable

from ssot_lint.linking.views import is_open
from ssot_lint.model import MODULE, SourceFile


def sets_path(file: SourceFile) -> bool:
    """May a package have modules in further directories?"""
    return any(item.name == "__path__" and item.scope == MODULE for item in file.facts.assignments)


def imports_itself(file: SourceFile) -> bool:
    """Does a module import a module that is called as it is, and so is another one?"""
    own = file.path.removesuffix(".py").removesuffix("/__init__").rpartition("/")[2]
    return any(not imp.level and imp.module.partition(".")[0] == own for imp in file.facts.imports)


def put_in_place(files: Iterable[SourceFile]) -> set[str]:
    """Modules that importing another one makes: `sys.modules["pkg.late"] = module` outside functions and tests.

    `pkg.*` where nobody can say which: the names are computed, or `pkg` is no package and stands in for one.
    """
    found: set[str] = set()
    for file in files:
        for path in () if file.is_test else file.facts.paths:
            if path.form != "sys.modules" or path.scope != MODULE:
                continue
            if path.value and "{" not in path.value:
                found.add(path.value)
                if not file.is_package and path.value.startswith(f"{file.module}."):
                    found.add(f"{file.module}.*")
            else:
                found.add(f"{file.module}.*")
    return found


def is_found_as(file: SourceFile, other: SourceFile) -> bool:
    """Are the same modules there with either of two readings of a file?"""
    return all(
        getattr(file, name) == getattr(other, name)
        for name in ("path", "module", "is_package", "importable", "is_test")
    ) and found_by(file) == found_by(other)


def found_by(file: SourceFile) -> tuple[object, ...]:
    """What a file's text says of where modules are found, and what they hold."""
    return (
        sorted(put_in_place([file])),
        imports_itself(file),
        is_open(file),
        file.is_package and file.facts.dynamic_namespace,
        sets_path(file),
        file.facts.given,
    )
