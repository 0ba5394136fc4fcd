"""Which bodies can use a capability at all: a quick look at their names, before any of them is resolved."""

from __future__ import annotations

from collections.abc import Sequence, Set

from ssot_lint.capabilities.naming import INDIRECT
from ssot_lint.model import MODULE, Flow, Node
from ssot_lint.project import Project, Target
from ssot_lint.queries.walks import walk

_DECODE = ("b64decode", "base64url_decode")


def is_of_interest(names: frozenset[str], heads: frozenset[str], held: frozenset[str]) -> bool:
    """Can a body that holds these names use a capability, or take a token apart?"""
    for name in names:
        head, _, rest = name.partition(".")
        if head in heads and head != "getattr":
            return True
        if head == "self" and rest.partition(".")[0] in held:
            return True
        if name.endswith(_DECODE):
            return True
    return False


def heads(project: Project, file: int, calls: Set[str]) -> frozenset[str]:
    """The first parts of names that can lead to one of these calls in a file, local names left out."""
    roots = {call.partition(".")[0] for call in calls}
    source = project.files[file]
    facts = source.facts
    found = set(INDIRECT) | {"importlib"}
    for imp in facts.imports:
        root = imp.module.partition(".")[0]
        if imp.name == "*":
            found |= {call.rpartition(".")[2] for call in calls} | roots
        elif imp.level or root not in roots:
            own = imp.level or project.is_first_party(imp.module, file)
            targets = project.resolve_import(file, imp).targets if own else ()
            if any(_leads(project, target, roots) for target in targets):
                found.add(imp.bound)
        else:
            found.add(imp.bound)
    if source.module.partition(".")[0] in roots:
        found |= {item.name for item in facts.definitions if item.parent == MODULE}
    grows = True
    while grows:
        more = {
            item.name
            for item in facts.assignments
            if item.kind in ("name", "call") and item.value.partition(".")[0] in found
        }
        grows = not more <= found
        found |= more
    return frozenset(found)


def held(flows: Sequence[Flow], texts: Sequence[frozenset[str]], heads: frozenset[str]) -> frozenset[str]:
    """Attributes of `self` that the methods among `flows`, which hold the names in `texts`, set from something that can lead to a watched call."""
    found: set[str] = set()
    for flow, names in zip(flows, texts, strict=True):
        if not any(name.partition(".")[0] in heads for name in names) or "self" not in _firsts(names):
            continue
        for node in walk(flow.body):
            if node.kind == "assign" and node.children[0].kind in ("name", "call", "attribute"):
                value = _texts(node.children[0])
                if any(name.partition(".")[0] in heads for name in value):
                    found |= {target.text.partition(".")[2] for target in node.children[1:]}
    return frozenset(found - {""})


def _leads(project: Project, target: Target, roots: set[str]) -> bool:
    match target.kind:
        case "module":
            return True
        case "external" | "definition":
            return target.symbol.replace(":", ".").partition(".")[0] in roots
        case "variable" if target.index >= 0:
            value = project.files[target.file].facts.assignments[target.index].value
            return value.rpartition(".")[2] in INDIRECT or value.partition(".")[0] in roots
        case _:
            return False


def _texts(body: Node) -> set[str]:
    """The names that a body reads or binds."""
    found: set[str] = set()
    pending = [body]
    while pending:
        node = pending.pop()
        if node.kind == "name":
            found.add(node.text)
        elif node.children:
            pending += node.children
    return found


def _firsts(names: frozenset[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}
