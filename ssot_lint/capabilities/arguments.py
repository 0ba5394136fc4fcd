"""What the arguments of a watched call stand for."""

from __future__ import annotations

from ssot_lint.capabilities.naming import Names
from ssot_lint.capabilities.uses import Site
from ssot_lint.model import Flow, Node
from ssot_lint.project import Project
from ssot_lint.queries.again import containers
from ssot_lint.queries.receivers import enclosing_class
from ssot_lint.queries.walks import literal, pairs, walk

UNKNOWN = "?"


class Arguments:
    """What arguments stand for, as text that is equal where they are equal."""

    def __init__(self, project: Project, site: Site, flow: Flow) -> None:
        self.project, self.site = project, site
        self.names = Names(project, site.file, flow)

    def value(self, node: Node, depth: int = 4) -> str:
        """A constant as `repr`; where a name comes from; "?" for anything else."""
        if node.kind == "constant":
            return node.text
        if node.kind == "name" and depth:
            head, _, rest = node.text.partition(".")
            if head in self.names.local:
                values = self.names.local[head]
                return self.value(values[0], depth - 1) if len(values) == 1 and not rest else UNKNOWN
            return self._named(node.text)
        if node.kind in ("sequence", "operation") and node.text == "":
            return self.listed(node)
        return UNKNOWN

    def listed(self, node: Node) -> str:
        """A list without regard to order; one value counts as a list of one."""
        node = self.table(node) or node
        items = node.children if node.kind == "sequence" else (node,)
        values = [self.value(item) for item in items]
        if UNKNOWN in values:
            return UNKNOWN
        if len(values) == 1 and values[0].startswith("["):
            return values[0]
        return f"[{', '.join(sorted(values))}]"

    def source(self, node: Node) -> str:
        """Where a key comes from, its text never shown; "" for none at all."""
        if node.kind == "constant":
            return "a constant in the source" if literal(node) not in (None, "", b"") else ""
        if node.kind == "call":
            path = self.names.path(node.children[0])
            return f"{path}()" if path and not path.startswith("builtins.") else UNKNOWN
        if node.kind == "await":
            return self.source(node.children[0])
        if node.kind != "name":
            return UNKNOWN
        head, _, rest = node.text.partition(".")
        values = self.names.local.get(head)
        if values is not None:
            return self.source(values[0]) if len(values) == 1 and not rest and values[0] != node else UNKNOWN
        if head in ("self", "cls"):
            return self._held(node.text)
        target = self.project.resolve(self.site.file, node.text, self.site.scope).target
        if target.kind in ("external", "definition") or (target.kind == "variable" and target.index >= 0):
            return target.symbol.replace(":", ".")
        return UNKNOWN

    def entries(self, node: Node | None) -> dict[str, Node]:
        """The constant keys of a dict, a name looked through."""
        if node is not None and node.kind == "name":
            node = self.table(node)
        if node is None or node.kind != "dict":
            return {}
        return {str(name): value for key, value in pairs(node) if isinstance(name := literal(key), str)}

    def table(self, node: Node) -> Node | None:
        """What a name holds that is set once: here, or in a module, there a list or dict that is written out."""
        if node.kind != "name" or node.text.startswith(("self.", "cls.")):
            return None
        head, _, rest = node.text.partition(".")
        if head in self.names.local:
            values = self.names.local[head]
            return values[0] if len(values) == 1 and not rest else None
        target = self.project.resolve(self.site.file, node.text, self.site.scope).target
        if target.kind != "variable" or target.index < 0:
            return None
        others = self.project.files[target.file].facts.assignments
        item = others[target.index]
        if sum(other.name == item.name and other.scope == item.scope for other in others) != 1:
            return None
        value = containers(self.project, target.file).get((item.line, item.column))
        if value is None or value.kind not in ("sequence", "dict"):
            return None
        plain = all(part.kind in ("sequence", "dict", "constant") for part in walk(value))
        return value if plain or target.file == self.site.file else None

    def unpacked(self, call: Node) -> Node | None:
        """The call with what `**NAME` brings written out; None where there is none, or nobody knows what it holds."""
        rest = [item for item in call.children[1:] if item.kind == "keyword" and item.text == "**"]
        value = rest[0].children[0] if len(rest) == 1 else None
        table = (value if value.kind == "dict" else self.table(value)) if value is not None else None
        if table is None or table.kind != "dict":
            return None
        entries = self.entries(table)
        if len(entries) * 2 != len(table.children):
            return None
        named = tuple(
            Node("keyword", name, item.line, item.column, (item,)) for name, item in entries.items()
        )
        kept = tuple(item for item in call.children if item not in rest)
        return Node("call", "", call.line, call.column, (*kept, *named))

    def _named(self, name: str) -> str:
        if name.startswith(("self.", "cls.")):
            return UNKNOWN
        for target in self.project.resolve(self.site.file, name, self.site.scope).targets[:1]:
            if target.kind == "variable" and target.index >= 0:
                item = self.project.files[target.file].facts.assignments[target.index]
                others = self.project.files[target.file].facts.assignments
                if item.kind == "constant" and sum(other.name == item.name for other in others) == 1:
                    return item.value if item.value in ("True", "False") else repr(item.value)
                return target.symbol.replace(":", ".")
            if target.kind == "external":
                return target.symbol
        return UNKNOWN

    def _held(self, name: str) -> str:
        """An attribute of `self`, named with its class."""
        owner = enclosing_class(self.project, self.site.file, self.site.scope)
        return (
            f"{self.project.symbol(self.site.file, owner)}.{name.partition('.')[2]}"
            if owner is not None
            else UNKNOWN
        )
