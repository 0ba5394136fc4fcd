"""What the expressions of a module say, where a word makes them matter.

Two readings share one walk. *Lookups*: strings that name a dotted path, wherever a call such as `patch` or
`import_module` occurs. *Deep*: calls, uses and references of the configured concepts, in every top-level
definition that mentions one of their words or a local name bound to one; and everything inside a class or
function that itself carries such a name.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence

from ssot_lint.model import MODULE, Call, Deep, PathString, Reference, Use
from ssot_lint.reading.expressions import children, dotted
from ssot_lint.reading.keeping import Keepers
from ssot_lint.reading.lookups import SEVERAL, Lookups
from ssot_lint.reading.occurrences import any_in, lines_of
from ssot_lint.reading.puts import UNKNOWN, Puts, said
from ssot_lint.reading.syntax import first_line, statements
from ssot_lint.reading.text import Text


class Bodies:
    """Collects the facts of expressions while the statements are visited."""

    def __init__(
        self,
        text: Text,
        words: re.Pattern[bytes] | None,
        literals: Sequence[bytes],
        again: Callable[[int], None],
    ) -> None:
        """`again`: reads a function in full that was passed over."""
        self.text, self.again = text, again
        self.literals = literals
        self.words = re.compile(words.pattern.decode()) if words is not None else None
        self.word_lines: list[int] = []
        self.deep = False  # inside a top-level statement that is read deeply
        self.claim_depth = 0
        self.lookups = Lookups(text)
        self.active = bool(self.lookups.dynamic_lines) or self.words is not None
        self.calls: list[Call] = []
        self.uses: list[Use] = []
        self.references: list[Reference] = []
        self.raises: list[tuple[int, str]] = []
        self.parents: dict[int, int] = {}
        self.relevant_names: dict[str, bool] = {}
        self.aliases: set[str] = set()
        self.tracked: set[tuple[int, str]] = set()
        self.attributes: set[str] = set()  # of `self`, that hold an instance of a concept
        self.keepers: Keepers | None = None  # of classes, and of instances among others; None: nobody asks
        self.found_uses: list[Use] = []
        self.puts = Puts(text)
        self.saved: list[tuple[dict[str, str], dict[str, int], bool]] = []
        self.marks: list[tuple[bool, bool]] = []
        self.quiet = False  # the function just entered holds no word and no lookup
        self.later: list[Later] = []

    # -- which parts of the file matter

    def prepare(self, tree: ast.Module, flows: bool = False) -> None:
        """Reads module-level constants and the local names that stand for concepts. `flows`: bodies will be kept."""
        if not self.active:
            return
        if self.lookups.dynamic_lines:
            self.lookups.module_constants(tree)
        if self.words is None:
            return
        if flows:
            self.keepers = Keepers(tree, self.relevant, self._gives)
        # a superset of the local names that `import ... as` binds to a concept, wherever it stands
        lines = lines_of(self.text.source, self.literals)
        found: set[bytes] = set()
        every = self.text.lines
        for line in lines:
            if b"as" in every[line - 1]:
                found.update(_AS.findall(every[line - 1]))
            if line < len(every) and _LEADING_AS.match(every[line]):
                found.update(_AS.findall(every[line]))
        self.aliases.update(name.decode("utf-8", "ignore") for name in found)
        self.aliases -= {"", *(name for name in self.aliases if self.words.search(name))}
        instances: set[str] = set()
        for statement in tree.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name() | ast.Attribute() as value):
                    if self.relevant(dotted(value)) and not self.words.search(name):
                        self.aliases.add(name)
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if self._makes(value):
                    instances.add(name)
                case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation) if self._mentions(
                    annotation
                ):
                    instances.add(name)
        self.tracked.update((MODULE, name) for name in instances)
        if self.aliases or instances:
            names = sorted(name.encode() for name in self.aliases | instances)
            lines = sorted({*lines, *lines_of(self.text.source, names)})
        self.word_lines = lines

    def relevant(self, name: str) -> bool:
        """Does a dotted name mention a configured concept, or a local name bound to one?"""
        known = self.relevant_names.get(name)
        if known is None:
            assert self.words is not None
            known = bool(name) and (bool(self.words.search(name)) or name.partition(".")[0] in self.aliases)
            self.relevant_names[name] = known
        return known

    def enter(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, index: int, scope: int
    ) -> bool:
        """Called before a definition is read. True: `leave` must follow."""
        if self.words is None and not self.lookups.dynamic_lines:
            return False
        self.parents[index] = scope
        if self.keepers is not None:
            self.keepers.enter(node, index)
        first = first_line(node)
        last = node.end_lineno or node.lineno
        started = False
        mentioned = self.words is not None and any_in(self.word_lines, first, last)
        if mentioned and not self.deep:
            self.deep = started = True
        looks_up = any_in(self.lookups.dynamic_lines, first, last)
        self.saved.append((self.lookups.constants, self.lookups.assigned, self.active))
        self.active = self.deep or looks_up
        if looks_up:
            self.lookups.constants, self.lookups.assigned = dict(self.lookups.constants), {}
            if not isinstance(node, ast.ClassDef):
                for argument in _arguments(node.args):
                    self.lookups.constants.pop(argument.arg, None)
        claims = self.words is not None and (self.claim_depth > 0 or bool(self.words.search(node.name)))
        self.claim_depth += claims
        self.quiet = not (mentioned or looks_up or claims or isinstance(node, ast.ClassDef))
        self.marks.append((started, claims))
        return True

    def leave(self, index: int) -> None:
        started, claims = self.marks.pop()
        self.lookups.constants, self.lookups.assigned, self.active = self.saved.pop()
        self.claim_depth -= claims
        if started:
            self.deep = False
            self._settle()

    def pass_over(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef, index: int, scope: int, branch: int,
        kept: Sequence[ast.Assign | ast.AnnAssign | ast.Return],
    ) -> None:  # fmt: skip
        """Called instead of reading a quiet function: what matters for now is what it assigns and returns."""
        for item in kept:
            if isinstance(item, ast.Return):
                self._return(item, index, UNKNOWN)
            else:
                self.puts.assigned(item, index, UNKNOWN)
        self.later.append((node, index, scope, branch))

    def _return(self, node: ast.Return, scope: int, branch: int) -> None:
        """A return statement without a word."""
        value = node.value
        while type(value) is ast.Await:
            value = value.value
        if type(value) is ast.Name or type(value) is ast.Attribute:
            self._refer(dotted(value), value, scope, "returned")
        elif node.value is not None:
            self.puts.returned(node.value, scope, branch)

    def head(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, index: int, scope: int, branch: int
    ) -> None:
        for item in node.decorator_list:
            self.walk(item, scope, branch, role="decorator")
        if isinstance(node, ast.ClassDef):
            for base in node.bases:
                self.walk(base, scope, branch, role="base")
            for keyword in node.keywords:
                self.walk(keyword.value, scope, branch)
            return
        arguments = node.args
        for default in (*arguments.defaults, *arguments.kw_defaults):
            if default is not None:
                self.walk(default, scope, branch)
        for argument in _arguments(arguments):
            if argument.annotation is not None:
                self._annotate(argument.annotation, scope, branch)
                if self.deep and self._mentions(argument.annotation):
                    self.tracked.add((index, argument.arg))
        if node.returns is not None:
            self._annotate(node.returns, scope, branch)
            if self.deep and self._mentions(node.returns):
                self.puts.makers.add(index)

    # -- statements

    def statement(self, node: ast.stmt, scope: int, branch: int) -> None:
        """Reads the expressions of one statement; suites inside it come as statements of their own."""
        if not self.deep and scope == MODULE:
            first, last = node.lineno, node.end_lineno or node.lineno
            deep = self.words is not None and any_in(self.word_lines, first, last)
            if not deep and not any_in(self.lookups.dynamic_lines, first, last):
                return
            if deep:
                self.deep = True
                self._statement(node, scope, branch)
                self.deep = False
                return
        elif not self.claim_depth:
            first, last = node.lineno, _last_line(node)
            silent = not (self.deep and any_in(self.word_lines, first, last))
            if silent and not any_in(self.lookups.dynamic_lines, first, last):
                self._pass_over(node, scope, branch)
                return
        self._statement(node, scope, branch)

    def _pass_over(self, node: ast.stmt, scope: int, branch: int) -> None:
        """A statement without a word and a lookup: what may be known of it later on."""
        kind = type(node)
        if kind is ast.Assign and type(node.targets[0]) is ast.Name:  # type: ignore[attr-defined]
            self.lookups.constant(node.targets[0].id, node.value, scope, branch)  # type: ignore[attr-defined]
        if self.deep:
            if kind is ast.Return:
                self._return(node, scope, branch)  # type: ignore[arg-type]
            elif kind is ast.Assign or kind is ast.AnnAssign:
                self.puts.assigned(node, scope, branch)  # type: ignore[arg-type]
                if self.keepers is not None:
                    self.keepers.passed_over(node, scope)  # type: ignore[arg-type]
            self.later.append((node, scope, scope, branch))

    def _statement(self, node: ast.stmt, scope: int, branch: int) -> None:
        if type(node) is ast.Expr:
            self.walk(node.value, scope, branch)
            return
        match node:
            case ast.Assign(targets=targets, value=value):
                name = dotted(targets[0])
                if isinstance(targets[0], ast.Name):
                    self.lookups.constant(name, value, scope, branch)
                self.walk(value, scope, branch, assigned=name, role="stored", target=name)
                for target in targets:
                    self._target(target, value, scope, branch)
                if self.deep:
                    if self.keepers is not None:
                        self.keepers.assigned(targets, value, scope)
                    self.puts.assigned(node, scope, branch)
            case ast.AnnAssign(target=target, annotation=annotation, value=value):
                self._annotate(annotation, scope, branch)
                if self.deep and self._mentions(annotation):
                    self._track(target, scope)
                if value is not None:
                    self.walk(
                        value, scope, branch, assigned=dotted(target), role="stored", target=dotted(target)
                    )
                self._target(target, value, scope, branch)
                if self.deep:
                    if self.keepers is not None:
                        self.keepers.assigned([target], value, scope)
                    self.puts.assigned(node, scope, branch)
            case ast.AugAssign(target=ast.Attribute() as target, value=value):
                if self.deep:
                    self._use(dotted(target), target.lineno, scope, written=True)
                self._item(target, scope, "+=")
                self.walk(value, scope, branch)
            case ast.AugAssign(target=ast.Subscript(value=inner)):
                self._item(inner, scope)
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self.walk(child, scope, branch)
            case ast.Return(value=value):
                if value is not None:
                    self.walk(value, scope, branch, returned=True, role="returned")
                    if self.deep and self.keepers is not None:
                        self.keepers.returned(value, scope)
                    self.puts.returned(value, scope, branch)
            case ast.Raise(exc=raised, cause=cause):
                if raised is not None:
                    self.walk(raised, scope, branch)
                    if self.claim_depth:
                        self.raises.append(
                            (scope, dotted(raised.func if isinstance(raised, ast.Call) else raised))
                        )
                if cause is not None:
                    self.walk(cause, scope, branch)
            case ast.With(items=items) | ast.AsyncWith(items=items):
                for item in items:
                    name = dotted(item.optional_vars)
                    self.walk(item.context_expr, scope, branch, assigned=name)
                    if item.optional_vars is not None and self.deep and self._makes(item.context_expr):
                        self._track(item.optional_vars, scope)
            case ast.Try(handlers=handlers) | ast.TryStar(handlers=handlers):
                for handler in handlers:
                    if handler.type is not None:
                        self.walk(handler.type, scope, branch, role="except")
            case ast.Match(subject=subject, cases=cases):
                self.walk(subject, scope, branch)
                for case in cases:
                    for pattern in ast.walk(case.pattern):
                        if isinstance(pattern, ast.MatchClass):
                            self.walk(pattern.cls, scope, branch, role="isinstance")
                        elif isinstance(pattern, ast.MatchValue):
                            self.walk(pattern.value, scope, branch)
                    if case.guard is not None:
                        self.walk(case.guard, scope, branch)
            case ast.Delete(targets=targets):
                for target in targets:
                    if isinstance(target, ast.Subscript):
                        self._item(target.value, scope)
                    self.walk(target, scope, branch)
            case ast.Import() | ast.ImportFrom() | ast.Global() | ast.Nonlocal():
                pass
            case _:
                for child in children(node):
                    if isinstance(child, ast.expr):
                        self.walk(child, scope, branch)

    def _target(self, target: ast.expr, value: ast.expr | None, scope: int, branch: int) -> None:
        """What is written: attributes of tracked instances, and namespaces changed from the outside."""
        match target:
            case ast.Attribute():
                if self.deep:
                    self._use(dotted(target), target.lineno, scope, written=True)
            case ast.Subscript(value=ast.Attribute(attr="modules", value=ast.Name(id="sys")), slice=key):
                self.lookups.module_table(key, scope, branch)
            case ast.Subscript(value=inner):
                self._item(inner, scope)
                self.walk(inner, scope, branch)
            case ast.Tuple(elts=items) | ast.List(elts=items):
                for item in items:
                    self._target(item, None, scope, branch)
        if self.deep and value is not None and self._makes(value):
            self._track(target, scope)

    def _item(self, owner: ast.expr, scope: int, how: str = "[]") -> None:
        """An item is written: kept as stored in `owner[]` or `owner+=`, inside what carries a concept's name."""
        name = dotted(owner)
        if self.claim_depth and "." in name and not name.startswith("?"):
            self._refer(name, owner, scope, "stored", name + how)

    # -- instances of concepts

    def _makes(self, value: ast.expr) -> bool:
        """Does the expression give an instance of a concept: a call of a class or factory that mentions it?"""
        while isinstance(value, ast.Await):
            value = value.value
        match value:
            case ast.Call(func=function):
                return self.relevant(dotted(function))
            case ast.BoolOp(values=values):
                return any(self._makes(item) for item in values)
            case ast.IfExp(body=then, orelse=otherwise):
                return self._makes(then) or self._makes(otherwise)
            case _:
                return False

    def _gives(self, value: ast.expr, scope: int) -> bool:
        """Is the value an instance of a concept, as far as it is known here?"""
        if type(value) is not ast.Name:
            return self._makes(value)
        return (value.id == "self" and self.claim_depth > 0) or self._holds(value.id, scope)

    def _mentions(self, annotation: ast.expr) -> bool:
        for node in ast.walk(annotation):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if self.words is not None and self.words.search(node.value):
                    return True
            elif isinstance(node, (ast.Name, ast.Attribute)) and self.relevant(dotted(node)):
                return True
        return False

    def _track(self, target: ast.expr, scope: int) -> None:
        name = dotted(target)
        if isinstance(target, ast.Name):
            self.tracked.add((scope, name))
        elif name.count(".") == 1:
            self.tracked.add((MODULE, name))  # `self.manager`: known in every method of the unit
            self.attributes.add(name.partition(".")[2])

    def _use(self, name: str, line: int, scope: int, called: bool = False, written: bool = False) -> None:
        """`name`: the dotted text of an attribute."""
        if name.startswith("?"):
            return
        receiver, _, attribute = name.rpartition(".")
        dots = receiver.count(".")
        if dots < 2:
            self.found_uses.append(Use(receiver, attribute, line, scope, called, written))
        while dots:  # `a.b.c` reads `b` of `a` too
            receiver, _, attribute = receiver.rpartition(".")
            dots -= 1
            if dots < 2:
                self.found_uses.append(Use(receiver, attribute, line, scope, False, False))

    def _settle(self) -> None:
        """Keeps the uses whose receiver turned out to hold an instance of a concept, and what was put where."""
        tracked = self.tracked
        if self.later:
            self._read_later()
        for use in self.found_uses:
            scope = use.scope
            if (MODULE, use.receiver) in tracked:
                self.uses.append(use)
                continue
            while scope != MODULE:
                if (scope, use.receiver) in tracked:
                    self.uses.append(use)
                    break
                scope = self.parents.get(scope, MODULE)
        if self.puts.given or self.tracked:
            self.puts.settle(self._holds, self.relevant, self._branches)
        self.puts.forget()
        self.found_uses = []
        self.tracked = {item for item in tracked if item[0] == MODULE and "." not in item[1]}

    def _branches(self, scope: int) -> dict[int, int]:
        """The branches of the assignments in a function that was passed over, by the identity of their targets."""
        lookups = self.lookups
        outer = self.puts.found, self.references, lookups.constants, lookups.assigned
        self.puts.found, self.references, lookups.constants, lookups.assigned = [], [], {}, {}
        self.deep = self.active = True
        self.again(scope)
        self.deep, self.later = False, []
        found = {id(target): branch for target, _, _, branch in self.puts.found}
        self.puts.found, self.references, lookups.constants, lookups.assigned = outer
        return found

    def _holds(self, name: str, scope: int) -> bool:
        """Does a name hold an instance of a concept?"""
        while scope != MODULE and (scope, name) not in self.tracked:
            scope = self.parents.get(scope, MODULE)
        return (scope, name) in self.tracked

    def _read_later(self) -> None:
        """Reads what was passed over, where a name stands that turned out to hold an instance.

        Only uses can come of it: all else takes a word in the same statement, or is known by now.
        """
        later, self.later = self.later, []
        names = {name.rpartition(".")[2] for _, name in self.tracked}
        if not names:
            return
        lines: Sequence[int] = range(1 << 30)  # any: another encoding may spell a name in other bytes
        if all(map(str.isascii, names)):
            lines = lines_of(self.text.source, sorted(name.encode() for name in names))
        lookups = self.lookups
        outer = self.references, self.puts.found, lookups.constants, lookups.assigned
        self.references, self.puts.found, lookups.constants, lookups.assigned = [], [], {}, {}
        self.deep = True
        for node, index, scope, branch in later:
            if not any_in(lines, first_line(node), node.end_lineno or node.lineno):
                continue
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self.head(node, index, scope, branch)
                for statement in statements(node.body):
                    if any_in(lines, statement.lineno, _last_line(statement)):
                        self._statement(statement, index, branch)
            else:
                self._statement(node, index, branch)
        self.deep = False
        self.references, self.puts.found, lookups.constants, lookups.assigned = outer

    # -- expressions

    def _annotate(self, annotation: ast.expr, scope: int, branch: int) -> None:
        if not self.deep or self.words is None:
            return
        pending: list[tuple[ast.AST, ast.expr | None]] = [(annotation, None)]
        while pending:
            node, quoted = pending.pop()
            match node:
                case ast.Constant(value=str(text)):
                    if quoted is None and self.words.search(text) and (inner := _parsed(text)) is not None:
                        pending.append((inner, node))
                case ast.Name() | ast.Attribute():
                    name = dotted(node)
                    if self.relevant(name) and not name.startswith("?"):
                        role = "annotation" if quoted is None else "string-annotation"
                        self._refer(name, quoted or node, scope, role)
                case ast.Subscript(value=value) if dotted(value).rpartition(".")[2] == "Literal":
                    pass
                case _:
                    pending += [(child, quoted) for child in children(node)]

    def _refer(self, name: str, node: ast.expr, scope: int, role: str, target: str = "") -> None:
        column = self.text.column(node.lineno, node.col_offset)
        self.references.append(Reference(name, node.lineno, column, scope, role, target))  # type: ignore[arg-type]

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
                function = node.func  # type: ignore[attr-defined]
                if not callee:
                    pending.append(function)
                elif type(function) is ast.Attribute:
                    if deep:
                        self._use(callee, function.lineno, scope, called=True)
                    inner = function.value
                    while type(inner) is ast.Attribute:
                        inner = inner.value
                    if type(inner) is not ast.Name:
                        pending.append(inner)
                if callee == "isinstance" and deep and len(node.args) == 2:  # type: ignore[attr-defined]
                    pending.append(node.args[0])  # type: ignore[attr-defined]
                    self.walk(node.args[1], scope, branch, role="isinstance")  # type: ignore[attr-defined]
                else:
                    pending += node.args  # type: ignore[attr-defined]
                if node.keywords:  # type: ignore[attr-defined]
                    pending += [keyword.value for keyword in node.keywords]  # type: ignore[attr-defined]
            elif kind is ast.Name or kind is ast.Attribute:
                name = dotted(node)
                if deep:
                    if kind is ast.Attribute:
                        self._use(name, node.lineno, scope)  # type: ignore[attr-defined]
                    whole = node is root
                    if self.relevant(name) or (
                        whole and (role == "returned" or (role == "stored" and self.claim_depth))
                    ):
                        self._refer(name, node, scope, role if whole else "read", target if whole else "")  # type: ignore[arg-type]
                if kind is ast.Attribute and name.startswith("?"):
                    inner = node.value  # type: ignore[attr-defined]
                    while type(inner) is ast.Attribute:
                        inner = inner.value
                    pending.append(inner)
            elif kind is ast.Await:
                awaiting.add(id(node.value))  # type: ignore[attr-defined]
                pending.append(node.value)  # type: ignore[attr-defined]
            elif kind is ast.Constant:
                continue
            elif kind is ast.NamedExpr:
                if deep and self._makes(node.value):  # type: ignore[attr-defined]
                    self._track(node.target, scope)  # type: ignore[attr-defined]
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

    def result(self) -> tuple[Deep | None, tuple[PathString, ...], int, bool]:
        """(deep facts, dotted strings, sites that could not be decided, is the namespace changed by code)"""
        self._settle()
        deep = None
        if self.words is not None:
            deep = Deep(
                tuple(sorted(self.calls, key=lambda call: (call.line, call.column, call.callee))),
                tuple(
                    sorted(
                        self.uses,
                        key=lambda use: (use.line, use.receiver, use.attribute, use.called, use.written),
                    )
                ),
                tuple(
                    sorted(self.references, key=lambda item: (item.line, item.column, item.name, item.role))
                ),
                tuple(sorted(set(self.raises))),
                tuple(self.puts.result()),
            )
        return deep, self.lookups.result(), self.lookups.undecided, self.lookups.dynamic_namespace


Later = tuple[ast.stmt, int, int, int]
"""A quiet function with its index, scope and branch; or a statement with its scope, twice, and its branch."""

_WITH_HEADS = frozenset({ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith})


def _last_line(node: ast.stmt) -> int:
    """The last line of a statement itself, or one after it: suites are read as statements of their own."""
    if type(node) in _WITH_HEADS:
        return node.body[0].lineno  # type: ignore[attr-defined, no-any-return]
    return node.end_lineno or node.lineno


_AS = re.compile(rb"\bas\s+([\w\x80-\xff]+)")
_LEADING_AS = re.compile(rb"\s*as\b")


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    rest = [item for item in (arguments.vararg, arguments.kwarg) if item is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *rest]


def _parsed(annotation: str) -> ast.expr | None:
    try:
        return ast.parse(annotation.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
