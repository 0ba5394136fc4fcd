"""What the bindings of a name stand for, where several may hold: the last one of the main path first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

from ssot_lint.linking.asked import Names
from ssot_lint.linking.bindings import Binding, position, rank_of, with_failures
from ssot_lint.linking.loops import LOOP
from ssot_lint.linking.module_names import module_named, submodule_of
from ssot_lint.linking.starred import through_star
from ssot_lint.linking.targets import PARAMETRISED, Hop, Resolution, Target
from ssot_lint.model import MODULE, Assignment, Definition, Import

_KNOWN = ("definition", "module", "external")
"""What a value stands for where it is more than a value."""

_ENUM = re.compile(r"(Enum|Flag)$")

_Ranked: TypeAlias = tuple[int, int, Resolution]
"""How far a binding is from the main path, its place from the end, and what it binds."""


def candidates(names: Names, file: int, name: str, bindings: Sequence[Binding]) -> Resolution | None:
    """The candidates of a name's bindings: the last one of the main path first, then the fallbacks.

    `bindings` stand in source order, with the module's stars among them.
    """
    branches = names.files[file].facts.branches
    ranked, placed = _ranked(names, file, name, bindings)
    if not ranked:
        return None
    ranked = with_failures(branches, ranked, placed)
    targets = dict.fromkeys(target for _, _, answer in ranked for target in answer.targets)
    if len(targets) > 1:
        targets.pop(LOOP.targets[0], None)
    # a candidate that is there comes before one that is not: the import that fails leaves the fallback
    ordered = sorted(targets, key=lambda target: target.kind == "unresolved")
    chain = next((answer.chain for _, _, answer in ranked if ordered[0] in answer.targets), ())
    return Resolution(tuple(ordered), chain)


def _ranked(
    names: Names, file: int, name: str, bindings: Sequence[Binding]
) -> tuple[list[_Ranked], list[int]]:
    """What the bindings may bind, the last one first, and the branch of each."""
    source = names.files[file]
    branches = source.facts.branches
    ranked: list[_Ranked] = []
    placed: list[int] = []
    submodule = submodule_of(names.table, source.module, name, file) if source.is_package else None
    itself: tuple[int, int] | None = None  # where a package imports the name from itself
    for order, binding in enumerate(reversed(bindings)):
        kind = binding.kind if isinstance(binding, Assignment) else ""
        certain = binding.branch == MODULE and (
            not isinstance(binding, Assignment) or binding.writer == MODULE
        )
        if kind == "del":
            if certain:
                break
            continue
        if isinstance(binding, Import) and binding.name == "*":
            through = through_star(names, file, binding, name)
            if through is None:
                continue
            answer, rank = through, rank_of(branches, binding.branch)
            if answer.targets[0].kind == "dynamic":
                certain, rank = False, 4
        else:
            answer, rank = _binding(names, file, name, binding), rank_of(branches, binding.branch)
            if answer.targets == LOOP.targets and submodule is not None:
                itself = itself or (rank, order)
                continue
        if isinstance(binding, Assignment):
            if binding.writer != MODULE:
                rank = 2
            elif kind == "none":
                rank = max(rank, 1)
            elif kind == "other" and binding.value == ":":
                certain, rank = False, 3  # binds nothing: somebody else must
        ranked.append((rank, order, answer))
        placed.append(binding.branch)
        if certain:
            break  # what stood there before is overwritten before anyone imports it
    else:
        if itself is not None and submodule is not None:  # it had no such name, so the submodule is loaded
            ranked.append((*itself, submodule))
    return ranked, placed


def _binding(names: Names, file: int, name: str, binding: Binding) -> Resolution:
    if isinstance(binding, Import):
        return _from_import(names, file, binding)
    source = names.files[file]
    index = names.bindings[file].index(binding)
    if isinstance(binding, Definition):
        target = Target("definition", f"{source.module}:{binding.qualname}", file, index)
        return Resolution((target,), (Hop(source.path, binding.line, f"defines {name}"),))
    owner = binding.scope
    head = binding.value.partition(".")[0]
    # no chains: they might be circles
    among = () if owner == MODULE else names.bindings[file].scopes[owner].get(head, ())
    aliases = head != name and not any(isinstance(other, Assignment) for other in among)
    further: tuple[Target, ...] = ()  # what a conditional binding of the value may stand for besides
    if binding.renames and binding.writer == MODULE and aliases:
        answer = _value(names, file, binding)
        if binding.kind == "type":
            classes = tuple(
                item
                for item in answer.targets
                if item.kind == "definition"
                and is_generic(names.files[item.file].facts.definitions[item.index])
            )
            answer = Resolution(classes, answer.chain)
        further = tuple(target for target in answer.targets if target.kind in _KNOWN)
        if answer.targets and answer.targets[0].kind in _KNOWN:
            value = binding.value + PARAMETRISED * (binding.kind == "type")
            hop = Hop(source.path, binding.line, f"assigns {name} = {value}")
            return Resolution(answer.targets, (hop, *answer.chain))
    qualname = name if owner == MODULE else qualified(names, file, owner, name)
    target = Target("variable", f"{source.module}:{qualname}", file, index)
    return Resolution((target, *further), (Hop(source.path, binding.line, f"assigns {name}"),))


def is_generic(item: Definition) -> bool:
    """Does a class with brackets behind it give the class again, with types for its parameters?

    That of an enum gives a member, and what that of a metaclass gives is its own affair.
    """
    return item.is_class and not item.metaclass and not any(_ENUM.search(base) for base in item.bases)


def _value(names: Names, file: int, binding: Assignment) -> Resolution:
    """What the name that is assigned stands for when it is read, though it may be bound again further down."""
    head, _, rest = binding.value.partition(".")
    here = names.bindings[file]
    every = here.names.get(head, ()) if binding.scope == MODULE else ()
    again = any(item.branch == MODULE and position(item) > position(binding) for item in every)
    if binding.scope == MODULE and not again:
        stars = (star for star in here.stars if position(star) > position(binding))
        again = any(
            star.branch == MODULE and through_star(names, file, star, head) is not None for star in stars
        )
    if not again:
        return names.resolve(file, binding.value, binding.scope)
    names.sought.update([(file, head), (file, "*")])
    earlier = [item for item in (*every, *here.stars) if position(item) < position(binding)]
    found = candidates(names, file, head, sorted(earlier, key=position))
    if found is None:
        return names.resolve(file, binding.value, binding.scope)
    return names.attribute(found, rest.split(".")) if rest else found


def _from_import(names: Names, file: int, imp: Import) -> Resolution:
    """What the name that an import binds stands for: the top-level package for `import a.b`."""
    path = names.files[file].path
    if imp.name is None and imp.asname is None:
        top, _, rest = imp.module.partition(".")
        found = names.table.find(top, file)
        if names.table.is_own_part(top, rest.partition(".")[0], file):
            found = None  # no package that another root has
        answer = module_named(names.table, top, found, file)
        return Resolution(answer.targets, (Hop(path, imp.line, f"imports {imp.module}"),))
    answer = names.import_(file, imp)
    how = f"imports {imp.name or imp.module} from {'.' * imp.level}{imp.module}"
    if imp.name is None:
        how = f"imports {imp.module}"
    return Resolution(answer.targets, (Hop(path, imp.line, how), *answer.chain))


def qualified(names: Names, file: int, scope: int, name: str) -> str:
    owner = names.files[file].facts.definitions[scope]
    return f"{owner.qualname}.{name}" if owner.is_class else f"{owner.qualname}.<locals>.{name}"
