"""Does anybody ask for names by which two readings of a file differ?

A rule that does not look through all definitions comes to a name through a text that is read as code: what an import
names, what a call, an attribute, a base, a decorator, an annotation or an alias says, a path in a string. How somebody
calls his own classes, functions, parameters and attributes asks for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace

import msgspec

from ssot_lint.model import MODULE, Definition, FileFacts

NAME = re.compile(r"\w+")
_ESCAPED = re.compile(rb"\\.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Names by which the readings of one file differ.

    `names` are those of the module: whoever asks for one names the module too, by the last part of its name, except
    where `anywhere` says that it can be met under other names. `called` are functions that are called in another way;
    where nobody names the module, nobody comes to them through others. `classes` are those of the names that rules
    compare with others of the same name, and `namesakes` all of which a rule has done so. `is_spoken`: a body that no
    fact tells of says something that is defined.
    """

    module: str  # the last part
    names: frozenset[str] = frozenset()
    called: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    namesakes: frozenset[str] = frozenset()
    anywhere: bool = False
    is_spoken: bool = False


def may_meet(all_wanted: Iterable[Wanted]) -> Callable[[bytes], bool] | None:
    """Tells of a file's record, at a glance, whether the file may meet one of the modules for which that matters.

    None where it matters for none.
    """
    modules = {item.module for item in all_wanted if item.is_spoken or item.called}
    parts = [name.encode("utf-8", "surrogatepass") for name in sorted(modules)]
    return (lambda record: any(part in record for part in parts)) if parts else None


def as_met(wanted: Wanted, others: Iterable[FileFacts]) -> Wanted | None:
    """What is wanted of a module, as far as one of the others names it; None if a body that no fact tells of may ask."""
    if not wanted.is_spoken and not wanted.called:
        return wanted
    if wanted.anywhere or any(meets(facts, wanted.module) for facts in others):
        return None if wanted.is_spoken else wanted
    return replace(wanted, called=frozenset(), is_spoken=False)


def meets(facts: FileFacts, module: str) -> bool:
    """Does a file name a module, by the last part of its name?"""
    if any(module == imp.name or module in NAME.findall(imp.module) for imp in facts.imports):
        return True
    return module in (facts.exports or ()) or says(facts, {module})


def may_ask(all_wanted: Iterable[Wanted]) -> Callable[[bytes], bool] | None:
    """Tells of a file's record, at a glance, whether the file may ask for one of these names; None where none can."""

    def held(names: Iterable[str]) -> list[bytes]:
        return [name.encode("utf-8", "surrogatepass") for name in sorted(names)]

    anywhere, beside = [], []
    for wanted in all_wanted:
        anywhere += held(
            wanted.called | (wanted.names if wanted.anywhere else wanted.classes | wanted.namesakes)
        )
        if wanted.names and not wanted.anywhere:
            beside.append((wanted.module.encode("utf-8", "surrogatepass"), held(wanted.names)))

    def concerns(record: bytes) -> bool:
        return any(name in record for name in anywhere) or any(
            module in record and any(name in record for name in names) for module, names in beside
        )

    return concerns if anywhere or beside else None


def asks(facts: FileFacts, wanted: Wanted) -> bool:
    """Does a file ask for one of the names of another one, or define at module level what is compared by its name?"""
    sought = wanted.called | wanted.classes
    if sought and says(facts, sought):
        return True
    if (wanted.classes or wanted.namesakes) and any(
        item.parent == MODULE
        and (item.name in wanted.namesakes or (item.is_class and item.name in wanted.classes))
        for item in facts.definitions
    ):
        return True
    if not wanted.names:
        return False
    met = wanted.anywhere
    for imp in facts.imports:
        parts = NAME.findall(imp.module)
        known = wanted.anywhere or imp.level > 0 or wanted.module in parts
        if known and (imp.name in wanted.names or not wanted.names.isdisjoint(parts)):
            return True
        met = met or known or imp.name == wanted.module
    return (met or says(facts, {wanted.module})) and says(facts, wanted.names)


def asks_itself(
    facts: FileFacts,
    names: frozenset[str],
    brought: frozenset[str],
    others: frozenset[str],
    members: frozenset[str],
) -> bool:
    """Does the rest of the file ask for what it binds by name (`names`), or for `others`: what it binds in functions and by
    imports? Or for `members` of its classes, but as attributes of something, which is noted (`Noted.picked`)? Or does it
    bind a name of the module, also by import (`brought`), in another way?"""
    every = names | others
    if every and says(facts, every):
        return True
    if members and says(facts, members, bare=True):
        return True
    bound = {item.name for item in facts.assignments} | {*(facts.exports or ())}
    bound.update(item.name for item in facts.definitions if item.parent == MODULE)
    named = {name for imp in facts.imports for name in (imp.bound, imp.name or "", *NAME.findall(imp.module))}
    return not bound.isdisjoint(names | brought) or not named.isdisjoint(names)


def says(facts: FileFacts, names: Collection[str], *, bare: bool = False) -> bool:
    """Does one of the names stand in a text of a file that is read as code, imports left out? `bare`: other than as an
    attribute of something."""
    outside, before = rb"[\w\x80-\xff]", rb"[\w\x80-\xff.]" if bare else rb"[\w\x80-\xff]"
    any_name = b"|".join(re.escape(name.encode("utf-8", "replace")) for name in sorted(names))
    found = re.compile(b"(?<!%s)(?:%s)(?!%s)" % (before, any_name, outside)).search
    rest = msgspec.structs.replace(
        facts, doc="", imports=(), exports=None, definitions=(), assignments=(), suppressions=(), shims=()
    )
    if bare and rest.deep is not None:
        deep = msgspec.structs.replace(rest.deep, uses=())
        rest = msgspec.structs.replace(rest, deep=deep)
    texts = [*facts.exports_from, *(text for item in facts.definitions for text in surface(item))]
    texts += [text for item in facts.assignments for text in (item.value, item.annotation)]
    plain = _ESCAPED.sub(b" ", msgspec.json.encode(rest))
    return bool(found(plain) or found("\n".join(texts).encode("utf-8", "replace")))


def surface(item: Definition) -> Iterator[str]:
    """What a class or function says outwardly, its own name and those of its parameters left out."""
    yield from (*item.decorators, *item.bases, item.metaclass, item.returns, *item.fixtures)
    for parameter in item.parameters:
        yield from (parameter.annotation, parameter.default or "")
