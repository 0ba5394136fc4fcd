"""Names of modules and classes that are bound to values which no rule looks into, unless it comes by the name.

Literals, and what is made by calling something from outside the project: no rule knows what that is.
"""

from __future__ import annotations

import builtins
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from ssot_lint.config import Config
from ssot_lint.events.vocabulary import KEYS
from ssot_lint.incremental.asking import NAME
from ssot_lint.incremental.noted import Noted
from ssot_lint.linking.bindings import Bindings
from ssot_lint.model import MODULE, Assignment, FileFacts, Import
from ssot_lint.settings import presets

Attribute = tuple[str, str]
"""The qualified name of a class, and the name of something that its body sets."""
Makers = Mapping[str, tuple[Import, ...]]
"""What is called to make values that no rule knows -> the imports that have to lead out of the project."""
Values = Counter[tuple[object, ...]]
"""What is bound: (class or "", name), and all that can be told of the value."""

_OPAQUE = frozenset({"constant", "none", "container", "lambda", "other"})
"""Kinds of values that stand for nothing else."""
_TELLING = frozenset({
    "__import__", "compile", "eval", "exec", "getattr", "globals", "locals", "setattr", "super", "type", "vars",
})  # fmt: skip
"""Builtins that may give, or make, what a rule knows."""
_HANDING = frozenset({"partial", "partialmethod"})
"""What gives another name to what it is given."""


@dataclass(frozen=True, slots=True)
class Others:
    """What only one of two readings binds, or binds otherwise."""

    names: frozenset[str] = frozenset()  # of the module
    attributes: frozenset[Attribute] = frozenset()

    def has(self, facts: FileFacts, item: Assignment) -> bool:
        if item.scope == MODULE:
            return item.name in self.names
        return (facts.definitions[item.scope].qualname, item.name) in self.attributes


def values_of(facts: FileFacts, known: Makers) -> Values:
    """What modules and classes of a file bind plainly."""
    return Counter(
        [
            (_owner(facts, item), item.name, item.kind, item.value, item.annotation, item.column)
            for item in facts.assignments
            if _is_plain(item, known)
        ]
    )


def difference(one: Values, other: Values) -> Others:
    """What only one of two readings of a file binds plainly, or binds otherwise."""
    found = [(str(item[0]), str(item[1])) for item in (*(one - other), *(other - one))]
    return Others(
        frozenset([name for owner, name in found if not owner]),
        frozenset([(owner, name) for owner, name in found if owner]),
    )


def is_left_out(facts: FileFacts, item: Assignment, others: Others, known: Makers) -> bool:
    """Is a binding one of those by which a reading differs from the other one?"""
    return others.has(facts, item) and _is_plain(item, known)


def _owner(facts: FileFacts, item: Assignment) -> str:
    return "" if item.scope == MODULE else facts.definitions[item.scope].qualname


def is_opaque(item: Assignment) -> bool:
    """Is a name at module level bound to a value that rules do not look into?"""
    return item.scope == MODULE and _is_bare(item)


def _is_plain(item: Assignment, known: Makers) -> bool:
    """Is a value nothing to rules, makes it no field of a record, and a class no message?"""
    if item.scope == MODULE:
        return _is_bare(item) or made_by(item) in known
    named = item.name.startswith("__") or item.name in KEYS
    return not named and not item.annotation and _is_bare(item)


def _is_bare(item: Assignment) -> bool:
    names_others = item.kind == "container" and item.value
    return _always(item) and item.kind in _OPAQUE and not names_others and item.value != ":"


def _always(item: Assignment) -> bool:
    return item.branch == MODULE and item.writer == MODULE


# --- what makes values ----------------------------------------------------------------------------------------


def made_by(item: Assignment) -> str:
    """What is called to make the value that a module binds to a name, as it is written; "" for anything else."""
    plain = item.kind == "call" and item.scope == MODULE and _always(item) and not item.annotation
    return item.value if plain else ""


def makers(old: FileFacts, new: FileFacts, before: Noted, config: Config) -> tuple[Makers, Makers]:
    """What calls at module level make values that no rule knows, in each of two readings of a file.

    What both call is left out where it is not certain of both.
    """
    one, other = (_makers(facts, before, config) for facts in (old, new))
    doubted = one.keys() ^ other.keys()
    if doubted:
        doubted &= {made_by(item) for item in old.assignments} & {made_by(item) for item in new.assignments}
    return (
        {text: named for text, named in one.items() if text not in doubted},
        {text: named for text, named in other.items() if text not in doubted},
    )


def _makers(facts: FileFacts, before: Noted, config: Config) -> Makers:
    """The same of one reading.

    A builtin that nothing hides, or what an import of the module names; and nobody speaks of it: not the configuration,
    nor is it, by any part of its name, what belongs to a concept or what stands for an event.
    """
    called = {text for item in facts.assignments if (text := made_by(item)) and "?" not in text}
    if not called or facts.getattr_names is not None or facts.dynamic_namespace:
        return {}
    if any(imp.name == "*" for imp in facts.imports):
        return {}
    bound = Bindings(facts).names
    known = before.kin | {symbol.rpartition(":")[2] for symbol in before.asked} | watched(config) | _HANDING
    found: dict[str, tuple[Import, ...]] = {}
    for text in called:
        head, _, rest = text.partition(".")
        bindings = bound.get(head, [])
        if not known.isdisjoint(text.split(".")):
            continue
        if not bindings and not rest and hasattr(builtins, head) and head not in _TELLING:
            found[text] = ()
        elif len(bindings) == 1 and isinstance(bindings[0], Import):
            imp = bindings[0]
            said = NAME.findall(f"{imp.module} {imp.name or ''}")
            if imp.branch == MODULE and not imp.level and known.isdisjoint(said):
                found[text] = (imp,)
    return found


def watched(config: Config) -> frozenset[str]:
    """All parts of the calls that capabilities watch."""
    calls = (presets.calls(config, capability) for capability in config.capabilities)
    return frozenset([part for group in calls for call in group for part in call.split(".")])
