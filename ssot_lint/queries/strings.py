"""What a string names that is looked up when it runs, followed as `patch` and `import_module` follow it."""

from __future__ import annotations

import builtins
from dataclasses import dataclass
from keyword import iskeyword

from ssot_lint.linking.surroundings import scopes_around
from ssot_lint.model import FileFacts, PathString, SourceFile
from ssot_lint.project import Project, Resolution, Target
from ssot_lint.queries.failing import bound_for_type_checkers

_BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_"))

_OBJECT = frozenset({*dir(object), *dir(type), "__annotations__", "__slots__", "__weakref__"})

_PLAIN_BASES = frozenset(
    {"builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol", "typing_extensions.Protocol"}
)

_PLAIN_DECORATORS = frozenset({"dataclass", "deprecated", "final", "runtime_checkable", "total_ordering"})


@dataclass(frozen=True)
class Attribute:
    """A string's last step: the module it looks in, and the name it looks up there."""

    file: int
    name: str
    resolution: Resolution


@dataclass(frozen=True)
class Missing:
    """What a string's last step does not find; `symbol`: the module or `module:name`, where others may be near."""

    text: str
    symbol: str = ""


def named_by(file: SourceFile, path: PathString) -> str:
    """The dotted name that is looked up; "" when it cannot be told."""
    if path.value is None:
        return ""
    package = file.module if file.is_package else file.module.rpartition(".")[0]
    value = path.value.replace("{__name__}", file.module).replace("{__package__}", package)
    base, dots, rest = value.partition("..")
    if dots:  # a relative import_module: "pkg.a..b" is `..b` seen from pkg.a
        level = 1 + len(rest) - len(rest.lstrip("."))
        parts = base.split(".")[: -level or None]
        value = ".".join([*parts, rest.lstrip(".")])
    if path.form in ("locate", "reference"):
        value = value.replace(":", ".")
    if path.attribute:
        value = f"{value}.{path.attribute}"
    return value if all(part.isidentifier() and not iskeyword(part) for part in value.split(".")) else ""


def walked(project: Project, importer: int, name: str, form: str) -> Missing | Attribute | None:
    """Follows a dotted name as `patch` does: the longest module, then attributes.

    An `Attribute` is a name in a module; None is anything else, or undecided.
    """
    parts = name.split(".")
    cut = next((n for n in range(len(parts), 0, -1) if _is_module(project, importer, ".".join(parts[:n]))), 0)
    module, rest = ".".join(parts[:cut]), parts[cut:]
    if not cut:
        return Missing(f"module {parts[0]} does not exist")
    if not rest:
        return None
    file = project.find_module(module, importer)
    if file is None:  # a package without __init__.py, or a compiled module
        if project.resolve_symbol(module, importer).target.kind != "module":
            return None
        return Missing(f"module {module}.{rest[0]} does not exist", f"{module}.{rest[0]}")
    found = project.name(file, rest[0])
    if bound_for_type_checkers(project, file, rest[0]):
        return Missing(f"{module} has {rest[0]} for type checkers only")
    if _is_absent(found):
        if len(rest) == 1 and form == "patch" and rest[0] in _BUILTINS:
            return None
        if len(rest) > 1 and project.files[file].is_package:
            return Missing(f"module {module}.{rest[0]} does not exist", f"{module}.{rest[0]}")
        kind = "attribute or module" if project.files[file].is_package else "attribute"
        return Missing(f"{module} has no {kind} {rest[0]}", f"{module}:{rest[0]}")
    if len(rest) == 1:
        return Attribute(file, rest[0], found)
    return _attributes(project, found, rest[1:])


def object_named(project: Project, file: int, path: PathString) -> Missing | Attribute | None:
    """The same for `patch.object(target, "attribute")`, where the target is a module or a class."""
    facts = project.files[file].facts
    head = (path.target or "").partition(".")[0]
    if path.attribute is None or path.target is None or _is_local(facts, path.scope, head):
        return None
    owner = project.resolve(file, path.target, path.scope)
    if len(owner.targets) != 1:
        return None
    target = owner.target
    if target.kind == "module" and target.file >= 0:
        found = project.name(target.file, path.attribute)
        if _is_absent(found):
            if path.form == "patch.object" and path.attribute in _BUILTINS:
                return None
            absent = f"{target.symbol}:{path.attribute}"
            return Missing(f"{target.symbol} has no attribute {path.attribute}", absent)
        return Attribute(target.file, path.attribute, found)
    return _attributes(project, owner, [path.attribute])


def _is_local(facts: FileFacts, scope: int, name: str) -> bool:
    """Whether a parameter or a loop, in a function around a place, hides the module's name."""
    around = (facts.definitions[outer] for outer in scopes_around(facts, scope))
    return any(parameter.name == name for outer in around for parameter in outer.parameters)


def _is_module(project: Project, importer: int, name: str) -> bool:
    return project.find_module(name, importer) is not None or project.resolve_symbol(
        name, importer
    ).target.kind in (
        "module",
        "dynamic",
    )


def _is_absent(resolution: Resolution) -> bool:
    """Whether a module does not have a name: not merely a name it takes from an import that fails."""
    return resolution.targets[0].kind == "unresolved" and not resolution.chain


def _attributes(project: Project, owner: Resolution, names: list[str]) -> Missing | None:
    """What is missing of a chain of attributes, followed as long as they are classes; None if nothing is known to be."""
    targets = owner.targets
    for name in names:
        target = targets[0]
        if len(targets) != 1 or target.kind != "definition" or not project.definition(target).is_class:
            return None
        members = project.members(target.file, target.index)
        name = _written(project, target, name)
        if name not in members:
            if name in _OBJECT or not _is_closed(project, target):
                return None
            similar = sorted(member for member in members if member.strip("_") == name.strip("_"))
            return Missing(
                f"{target.symbol} has no attribute {name}"
                + (f"; did you mean {similar[0]}?" if similar else "")
            )
        targets = (members[name],)
    return None


def _written(project: Project, target: Target, name: str) -> str:
    """A private name as its class writes it: `__add` for `_Cart__add`, of `Cart` or of a class that it derives from."""
    for owner in (target, *project.ancestors(target.file, target.index)):
        if owner.kind == "definition":
            prefix = f"_{project.definition(owner).name.lstrip('_')}__"
            if name.startswith(prefix) and not name.endswith("__"):
                return name[len(prefix) - 2 :]
    return name


def _is_closed(project: Project, target: Target) -> bool:
    """Whether all members of a class are known: no unknown bases, metaclasses, decorators, `__getattr__`."""
    if "__getattr__" in project.members(target.file, target.index):
        return False
    for ancestor in (target, *project.ancestors(target.file, target.index)):
        if ancestor.kind != "definition":
            if ancestor.symbol not in _PLAIN_BASES:
                return False
            continue
        definition = project.definition(ancestor)
        if definition.metaclass.rpartition(".")[2] not in ("", "ABCMeta"):
            return False
        if any(name.rpartition(".")[2] not in _PLAIN_DECORATORS for name in definition.decorators):
            return False
        if any(imp.scope == ancestor.index for imp in project.files[ancestor.file].facts.imports):
            return False
    return True
