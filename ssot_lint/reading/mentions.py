"""What expressions say: calls and references of the configured concepts, uses of their instances, lookups."""

from __future__ import annotations

import ast

from ssot_lint.model import MODULE, Call, Reference
from ssot_lint.reading.expressions import chain_root, children, dotted
from ssot_lint.reading.keeping import Keepers
from ssot_lint.reading.lookups import SEVERAL, Lookups
from ssot_lint.reading.puts import Puts, said
from ssot_lint.reading.relevance import Relevance
from ssot_lint.reading.text import Text
from ssot_lint.reading.tracking import Instances


class Mentions:
    """Collects what expressions say while the statements are visited; lookups alone, unless they are read deeply."""

    def __init__(self, text: Text, names: Relevance) -> None:
        self.text, self.names = text, names
        self.relevant = names.relevant
        self.lookups = Lookups(text)
        self.instances = Instances()
        self.puts = Puts(text)
        self.keepers: Keepers | None = None  # of classes, and of instances among others; None: nobody asks
        self.deep = False  # inside a top-level statement that is read deeply
        self.claim_depth = 0  # so many of the definitions around carry a name that mentions a concept
        self.calls: list[Call] = []
        self.references: list[Reference] = []
        self.raises: list[tuple[int, str]] = []

    def annotate(self, annotation: ast.expr, scope: int, target: str = "") -> None:
        """Reads an annotation, quoted or not, and keeps what mentions a concept. `target`: the attribute that it is of."""
        if not self.deep:
            return
        pending: list[tuple[ast.AST, ast.expr | None]] = [(annotation, None)]
        while pending:
            node, quoted = pending.pop()
            match node:
                case ast.Constant(value=str(text)):
                    if quoted is None and self.names.said_in(text) and (inner := _parsed(text)) is not None:
                        pending.append((inner, node))
                case ast.Name() | ast.Attribute():
                    name = dotted(node)
                    if self.relevant(name) and not name.startswith("?"):
                        role = "annotation" if quoted is None else "string-annotation"
                        self.refer(name, quoted or node, scope, role, target)
                case ast.Subscript(value=value) if dotted(value).rpartition(".")[2] == "Literal":
                    pass
                case _:
                    pending += [(child, quoted) for child in children(node)]

    def refer(self, name: str, node: ast.expr, scope: int, role: str, target: str = "") -> None:
        """Keeps a reference to a dotted name."""
        column = self.text.column(node.lineno, node.col_offset)
        self.references.append(Reference(name, node.lineno, column, scope, role, target))  # type: ignore[arg-type]

    def given(self, node: ast.Assign | ast.AnnAssign, scope: int) -> None:
        """`self.manager = manager`, where the name holds an instance: then the attribute does."""
        value = node.value
        if type(value) is not ast.Name or not self.deep or not self.instances.holds(value.id, scope):
            return
        for target in node.targets if isinstance(node, ast.Assign) else (node.target,):
            name = dotted(target)
            if name.startswith("self.") and name.count(".") == 1:
                self.instances.track(target, scope)
                if not self.claim_depth:  # there it is kept anyway
                    self.refer(value.id, value, scope, "stored", name)

    def walk(
        self, root: ast.expr, scope: int, branch: int, assigned: str = "", returned: bool = False, role: str = "read",
        target: str = "",
    ) -> None:  # fmt: skip
        """Reads one expression; what is said about the whole of it holds for its outermost call or name."""
        awaited = False
        while type(root) is ast.Await:
            root, awaited = root.value, True
        deep = self.deep
        pending: list[ast.AST] = [root]
        awaiting: set[int] = {id(root)} if awaited else set()
        while pending:
            node = pending.pop()
            kind = type(node)
            if kind is ast.Call:
                callee = dotted(node.func)  # type: ignore[attr-defined]
                self._call(
                    node,  # type: ignore[arg-type]
                    callee, scope, branch, node is root, assigned, returned, id(node) in awaiting,
                )  # fmt: skip
                self._parts(node, callee, scope, branch, pending)  # type: ignore[arg-type]
            elif kind is ast.Name or kind is ast.Attribute:
                name = dotted(node)
                if deep:
                    whole = node is root
                    self._name(node, name, scope, role if whole else "read", target if whole else "", whole)  # type: ignore[arg-type]
                if kind is ast.Attribute and name.startswith("?"):
                    pending.append(chain_root(node.value))  # type: ignore[attr-defined]
            elif kind is ast.Await:
                awaiting.add(id(node.value))  # type: ignore[attr-defined]
                pending.append(node.value)  # type: ignore[attr-defined]
            elif kind is ast.Constant:
                continue
            elif kind is ast.NamedExpr:
                if deep and self.names.makes(node.value):  # type: ignore[attr-defined]
                    self.instances.track(node.target, scope)  # type: ignore[attr-defined]
                pending.append(node.value)  # type: ignore[attr-defined]
            elif kind is ast.comprehension:
                for item in ast.walk(node.target):  # type: ignore[attr-defined]
                    if isinstance(item, ast.Name) and item.id in self.lookups.constants and scope != MODULE:
                        self.lookups.rebound(item.id, SEVERAL)
                pending += children(node)
            elif kind is ast.Tuple and node is root and role in ("except", "isinstance"):
                for item in node.elts:  # type: ignore[attr-defined]
                    self.walk(item, scope, branch, role=role)
            else:
                pending += children(node)

    def _parts(self, node: ast.Call, callee: str, scope: int, branch: int, pending: list[ast.AST]) -> None:
        """What a call is made of is read next: where its function comes from, and its arguments."""
        function = node.func
        if not callee:
            pending.append(function)
        elif type(function) is ast.Attribute:
            if self.deep:
                self.instances.use(callee, function.lineno, scope, called=True)
            inner = chain_root(function.value)
            if type(inner) is not ast.Name:
                pending.append(inner)
        if callee == "isinstance" and self.deep and len(node.args) == 2:
            pending.append(node.args[0])
            self.walk(node.args[1], scope, branch, role="isinstance")
        else:
            pending += node.args
        if node.keywords:
            pending += [keyword.value for keyword in node.keywords]

    def _name(self, node: ast.expr, name: str, scope: int, role: str, target: str, whole: bool) -> None:
        """A name that is read, or a chain of attributes. `whole`: it is all of the expression."""
        if type(node) is ast.Attribute:
            self.instances.use(name, node.lineno, scope)
        kept = whole and (role == "returned" or (role == "stored" and self.claim_depth))
        if kept or self.relevant(name):
            self.refer(name, node, scope, role, target)

    def _call(
        self, node: ast.Call, callee: str, scope: int, branch: int, whole: bool, assigned: str, returned: bool,
        awaited: bool,
    ) -> None:  # fmt: skip
        if self.lookups.reads(callee):
            self.lookups.lookup(node, callee, scope, branch)
        if self.deep and self.keepers is not None and (node.args or node.keywords):
            self.keepers.called(node, callee, scope)
        if not self.deep or not (self.claim_depth or self.relevant(callee) or self._fills(node, callee)):
            return
        column = self.text.column(node.lineno, node.col_offset)
        named = [said(keyword.value) if keyword.arg else "" for keyword in node.keywords]
        given = (*[said(item) for item in node.args], *named)
        self.puts.given.update(given)
        self.calls.append(
            Call(
                callee, node.lineno, column, scope, branch, len(node.args),
                tuple(keyword.arg or "**" for keyword in node.keywords),
                any(isinstance(item, ast.Starred) for item in node.args), awaited,
                assigned if whole else "", returned and whole, given if any(given) else (),
            )
        )  # fmt: skip

    def _fills(self, node: ast.Call, callee: str) -> bool:
        """Is it `field(default_factory=...)` of what mentions a concept, or its like; or `setattr` on that?"""
        if callee == "setattr" or callee.rpartition(".")[2] == "Factory":
            return bool(node.args) and self.relevant(dotted(node.args[0]))
        return any(
            item.arg in ("default_factory", "factory") and self.relevant(dotted(item.value))
            for item in node.keywords
        )


def _parsed(annotation: str) -> ast.expr | None:
    try:
        return ast.parse(annotation.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
