"""Classes: what they derive from, in the order in which Python looks for a member, and their members."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ssot_lint.linking.asked import Names
from ssot_lint.linking.bindings import Binding, position
from ssot_lint.linking.candidates import candidates
from ssot_lint.linking.surroundings import numbers_around
from ssot_lint.linking.targets import Target
from ssot_lint.model import MODULE, Assignment, Definition, FileFacts


def bases(names: Names, file: int, definition: int) -> tuple[Target, ...]:
    """What the bases of a class stand for when its statement runs; "dynamic" for those that are no names."""
    found: dict[Target, None] = {}
    item = names.files[file].facts.definitions[definition]
    for base in item.bases:
        found[_base(names, file, item, base) if base else Target("dynamic", "?")] = None
    return tuple(found)


def _base(names: Names, file: int, item: Definition, base: str) -> Target:
    head, _, rest = base.partition(".")
    if item.parent == MODULE:
        here = names.bindings[file]
        bindings = here.names.get(head, ())
        earlier = [binding for binding in bindings if position(binding) < (item.line, item.column)]
        since = _since(names.files[file].facts, item, earlier)
        earlier = earlier[since:]
        if earlier and len(earlier) < len(bindings):  # bound again later, often by this very class
            names.sought.add((file, head))
            before = [
                star for star in here.stars
                if position(star) < (item.line, item.column) and (not since or position(star) > position(earlier[0]))
            ]  # fmt: skip
            bound = candidates(names, file, head, sorted((*earlier, *before), key=position))
            if bound is not None:
                return names.attribute(bound, rest.split(".")).target if rest else bound.target
    return names.resolve(file, base, item.parent).target


def _since(facts: FileFacts, item: Definition, earlier: Sequence[Binding]) -> int:
    """The number of the last binding in an arm that the class stands in too: what was bound before is gone there.

    In `except ImportError:` the class that has just been defined is meant, not the one that could not be imported.
    """
    arms = {*numbers_around(facts.branches, item.branch)}
    return max((number for number, binding in enumerate(earlier) if _surely(binding, arms)), default=0)


def _surely(binding: Binding, arms: Collection[int]) -> bool:
    """Does it bind its name whenever these arms run?"""
    kept = not isinstance(binding, Assignment) or (binding.writer == MODULE and binding.kind != "del")
    return kept and binding.branch in arms


def ancestors(names: Names, file: int, definition: int) -> tuple[Target, ...]:
    """The bases of a class, theirs, and so on, nearest first; external and unresolved ones included."""
    source = names.files[file]
    item = source.facts.definitions[definition]
    if not item.bases:
        return ()
    itself = Target("definition", f"{source.module}:{item.qualname}", file, definition)
    return _lineage(names, itself, frozenset())[0][1:]


def _lineage(names: Names, target: Target, below: frozenset[Target]) -> tuple[tuple[Target, ...], bool]:
    """A class and its ancestors in the order in which Python looks for a member (C3); is that all of them?"""
    if target.kind != "definition" or not names.files[target.file].facts.definitions[target.index].is_class:
        return (target,), True
    key = (target.file, target.index)
    known = names.lineages.get(key)
    if known is not None:
        return known, True
    if key in names.deriving:
        return (target,), False  # `class A(A.B)`: to know its bases, its members are asked for
    below |= {target}
    names.deriving.add(key)
    try:
        every = bases(names, *key)
    finally:
        names.deriving.remove(key)
    found = [base for base in every if base not in below]  # a loop of classes ends here
    whole = len(found) == len(every)
    lineages: list[list[Target]] = []
    for base in found:
        lineage, complete = _lineage(names, base, below)
        lineages.append(list(lineage))
        whole = whole and complete
    answer = (target, *_merge([*lineages, found]))
    if whole:
        names.lineages[key] = answer
    return answer, whole


def _merge(lineages: list[list[Target]]) -> list[Target]:
    """The C3 merge of https://docs.python.org/3/howto/mro.html; where there is none, the first class left."""
    merged: list[Target] = []
    while lineages := [lineage for lineage in lineages if lineage]:
        heads = [lineage[0] for lineage in lineages]
        chosen = next(
            (head for head in heads if not any(head in lineage[1:] for lineage in lineages)), heads[0]
        )
        merged.append(chosen)
        lineages = [[item for item in lineage if item != chosen] for lineage in lineages]
    return merged


def members(names: Names, file: int, definition: int) -> dict[str, Target]:
    """The methods and attributes of a class by name, inherited first-party ones included.

    Methods are targets of kind "definition", attributes of kind "variable" with index -1.
    """
    found: dict[str, Target] = {}
    for target in (Target("definition", "", file, definition), *ancestors(names, file, definition)):
        if target.kind != "definition":
            continue
        source = names.files[target.file]
        definitions = source.facts.definitions
        item = definitions[target.index]
        own: dict[str, Target] = {}
        for child in names.bindings[target.file].children.get(target.index, ()):
            method = definitions[child]
            if any(part.endswith((".setter", ".deleter")) for part in method.decorators):
                continue  # the getter says what the property is
            symbol = f"{source.module}:{method.qualname}"
            own[method.name] = Target("definition", symbol, target.file, child)
        for name, member in own.items():
            found.setdefault(name, member)
        for name in (*item.attributes, *item.instance_attributes):
            symbol = f"{source.module}:{item.qualname}.{name}"
            found.setdefault(name, Target("variable", symbol, target.file))
    return found
