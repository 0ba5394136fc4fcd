"""What expressions stand for, as dotted paths from the root of a package: `Names(project, file, flow).path(node)`.

A name is followed through imports, re-exports, module-level aliases, local names and attributes of `self` that
are bound once, `getattr(module, "name")`, `import_module("module")` and `__import__("module")`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from ssot_lint.model import MODULE, NOTHING, Flow, Node
from ssot_lint.project import Project
from ssot_lint.queries.receivers import enclosing_class
from ssot_lint.queries.walks import callee, positional, string, walk

INDIRECT = frozenset({"getattr", "import_module", "__import__"})
"""Functions that give what a string names."""
_LOADERS = frozenset({"importlib.import_module", "builtins.__import__"})
_DEPTH = 8


class Names:
    """What the expressions of one flow stand for."""

    def __init__(self, project: Project, file: int, flow: Flow, depth: int = _DEPTH) -> None:
        self.project, self.file, self.scope, self.depth = project, file, flow.definition, depth
        self.local = {} if flow.definition == MODULE else assigned(flow.body)

    def path(self, node: Node) -> str:
        """The path of an expression such as `jwt.decode` or `getattr(jwt, "decode")`; "" when it is not known."""
        match node.kind:
            case "name":
                return self.dotted(node.text)
            case "attribute":
                owner = self.path(node.children[0])
                return f"{owner}.{node.text}" if owner else ""
            case "call" if callee(node).rpartition(".")[2] in INDIRECT:
                called = self.path(node.children[0])
                given = positional(node)
                if called == "builtins.getattr" and len(given) > 1:
                    owner, name = self.path(given[0]), string(given[1])
                    return f"{owner}.{name}" if owner and name else ""
                if called in _LOADERS and given:
                    return string(given[0]) or ""
            case "walrus":
                return self.path(node.children[0])
        return ""

    def dotted(self, name: str, depth: int = 4) -> str:
        head, _, rest = name.partition(".")
        if head in self.local:
            values = self.local[head]
            if len(values) != 1 or not depth or values[0].kind == "none":
                return ""
            if values[0].kind == "name" and values[0].text.partition(".")[0] == head:
                return ""
            owner = self.path(values[0])
            return owner + (f".{rest}" if rest else "") if owner else ""
        if head in ("self", "cls") and rest:
            return self._attribute(rest)
        for target in self.project.resolve(self.file, name, self.scope).targets:
            if target.kind == "external":
                return target.symbol
            if target.kind in ("definition", "module"):
                return target.symbol.replace(":", ".")
            if target.kind == "variable" and target.file >= 0 and self.depth:
                return self._variable(target.file, target.symbol) or target.symbol.replace(":", ".")
        return ""

    def _variable(self, file: int, symbol: str) -> str:
        """A module-level name that `getattr` or `import_module` gave."""
        name = symbol.partition(":")[2]
        values = self.project.once(_module_names).get(file, {}).get(name, [])
        if len(values) != 1 or values[0].kind not in ("call", "attribute"):
            return ""
        return Names(self.project, file, Flow(MODULE, NOTHING), self.depth - 1).path(values[0])

    def _attribute(self, name: str) -> str:
        owner = enclosing_class(self.project, self.file, self.scope)
        first, _, rest = name.partition(".")
        known = self.project.once(_instance_names).get((self.file, owner), {}) if owner is not None else {}
        if len(known.get(first, ())) != 1 or not self.depth:
            return ""
        [(flow, value)] = known[first]
        inner = Names(self.project, self.file, flow, self.depth - 1).path(value)
        return inner + (f".{rest}" if rest else "") if inner else ""


def assigned(body: Node) -> dict[str, list[Node]]:
    """What the statements of a body bind local names to; a node of kind "none" where that is no expression."""
    found: defaultdict[str, list[Node]] = defaultdict(list)
    shared: set[str] = set()
    for node in walk(body):
        match node.kind:
            case "assign":
                for target in node.children[1:]:
                    if target.kind == "name":
                        found[target.text].append(node.children[0])
                    else:
                        for item in walk(target):
                            if item.kind == "name" and target.kind in ("sequence", "star"):
                                found[item.text].append(NOTHING)
            case "walrus":
                found[node.text].append(node.children[0])
            case "augmented" | "loop" | "item" if len(node.children) > 1:
                for item in walk(node.children[1]):
                    if item.kind == "name":
                        found[item.text].append(NOTHING)
            case "handler" if node.text:
                found[node.text].append(NOTHING)
            case "global":
                shared.update(node.text.split())
    return {name: values for name, values in found.items() if "." not in name and name not in shared}


def _module_names(project: Project) -> Mapping[int, Mapping[str, list[Node]]]:
    return {
        file: assigned(flow.body)
        for file, source in enumerate(project.files)
        for flow in source.facts.flows
        if flow.definition == MODULE
    }


_Bound = dict[str, list[tuple[Flow, Node]]]


def _instance_names(project: Project) -> Mapping[tuple[int, int], _Bound]:
    """By class: what its methods set attributes of `self` to."""
    found: dict[tuple[int, int], _Bound] = {}
    for file, source in enumerate(project.files):
        for flow in source.facts.flows:
            owner = enclosing_class(project, file, flow.definition)
            if owner is None:
                continue
            for node in walk(flow.body):
                if node.kind != "assign":
                    continue
                for target in node.children[1:]:
                    first, _, name = target.text.partition(".")
                    if target.kind == "name" and first == "self" and name and "." not in name:
                        held = found.setdefault((file, owner), {})
                        held.setdefault(name, []).append((flow, node.children[0]))
    return found
