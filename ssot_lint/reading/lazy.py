"""What a module answers when it is asked for a name that it does not bind: its `__getattr__` (PEP 562)."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from ssot_lint.reading.expressions import dotted


def lazy_names(
    node: ast.AST, dicts: Mapping[str, ast.Dict], lists: Mapping[str, ast.expr]
) -> tuple[str, ...]:
    """The names a module's `__getattr__` knows: strings it mentions, and those in the module's tables it reads."""
    found: dict[str, None] = {}
    read = [call.args[1] for call in _getattrs(node)]
    for inner in ast.walk(node):
        match inner:
            case ast.Constant(value=str(text)) if text.isidentifier() and inner not in read:
                found[text] = None
            case ast.Name(id=name) if name in dicts:
                for key in dicts[name].keys:
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        found[key.value] = None
            case ast.Name(id=name) if name in lists:
                for item in ast.walk(lists[name]):
                    if isinstance(item, ast.Constant) and isinstance(item.value, str):
                        found[item.value] = None
    return tuple(found)


def _getattrs(node: ast.AST) -> list[ast.Call]:
    """The calls of `getattr` inside a node."""
    return [
        inner
        for inner in ast.walk(node)
        if isinstance(inner, ast.Call) and dotted(inner.func) == "getattr" and len(inner.args) > 1
    ]


def lazy_targets(node: ast.AST, dicts: Mapping[str, ast.Dict], names: tuple[str, ...]) -> dict[str, str]:
    """Where the names of a module's `__getattr__` lead: `module:name`, or `module:` for the module itself.

    Read from tables that map names to modules, or to (module, name), and from a single constant module, where
    `import_module` is called. Modules may be relative; a table's value may also be the whole dotted path.
    """
    calls = [inner for inner in ast.walk(node) if isinstance(inner, ast.Call)]
    loads = [
        call for call in calls if dotted(call.func).rpartition(".")[2] in ("import_module", "__import__")
    ]
    if not loads:
        return {}
    takes = any(not isinstance(call.args[1], ast.Constant) for call in _getattrs(node))
    found: dict[str, str] = {}
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and inner.id in dicts:
            for key, value in zip(dicts[inner.id].keys, dicts[inner.id].values, strict=True):
                if isinstance(key, ast.Constant) and (target := _lazy_target(str(key.value), value, takes)):
                    found[str(key.value)] = target
    constants = {
        str(argument.value)
        for call in loads
        for argument in call.args[:1]
        if isinstance(argument, ast.Constant)
    }
    if not found and len(constants) == len(loads) == 1 and takes:
        (module,) = constants
        found = {name: f"{module}:{name}" for name in names if name != module}
    return found


def _lazy_target(name: str, value: ast.expr, takes: bool) -> str | None:
    match value:
        case ast.Constant(value=str(text)) if ":" in text:
            return text
        case ast.Constant(value=str(text)) if text:
            return f"{text}:{name}" if takes else f"{text}:"
        case ast.Tuple(elts=[ast.Constant(value=str(module)), ast.Constant(value=str(attribute))]):
            return f"{module}:{attribute}"
        case _:
            return None


def attached(call: ast.Call) -> dict[str, str]:
    """The names of `lazy_loader.attach(__name__, submodules, submod_attrs)` and where they lead."""
    given = dict(zip(("package", "submodules", "submod_attrs"), call.args, strict=False))
    given.update({keyword.arg: keyword.value for keyword in call.keywords if keyword.arg})
    found: dict[str, str] = {}
    match given.get("submodules"):
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            for item in items:
                if isinstance(item, ast.Constant) and isinstance(item.value, str):
                    found[item.value] = f".{item.value}:"
    match given.get("submod_attrs"):
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(value, (ast.List, ast.Tuple)):
                    for item in value.elts:
                        if isinstance(item, ast.Constant) and isinstance(item.value, str):
                            found[item.value] = f".{key.value!s}:{item.value}"
    return found


# --- objects that the module can name


def lazy_answers(node: ast.FunctionDef, dicts: Mapping[str, ast.Dict]) -> dict[str, str]:
    """The names for which a module's `__getattr__` returns one object, and what that is called in the function.

    Read from `if name == "X":` and its like, `match name:`, what follows on `if name != "X": raise`, and tables of
    objects. Left out: names whose object has to be computed, or whose answer may depend on anything but the name.
    """
    parameters = [*node.args.posonlyargs, *node.args.args]
    if len(parameters) != 1:
        return {}
    parameter = parameters[0].arg
    once = _bound_once(node)
    found: dict[str, str] = {}
    for names, block in _cases(node.body, parameter, dicts):
        value = _returned(block)
        for name in names:
            found.setdefault(name, "" if value is None else _object(value, name, parameter, dicts))
    return {name: text for name, text in found.items() if text and once.get(text.partition(".")[0], True)}


def _cases(
    body: Sequence[ast.stmt], parameter: str, dicts: Mapping[str, ast.Dict]
) -> Iterator[tuple[Sequence[str], Sequence[ast.stmt]]]:
    """(names, statements that answer them), first come first served; ends where another answer may come first."""
    for place, statement in enumerate(body):
        match statement:
            case ast.If(test=test, body=block, orelse=other):
                names, is_one = _asked(test, parameter, dicts)
                if names and is_one:
                    yield names, block
                    yield from _cases(other, parameter, dicts)
                elif names and isinstance(block[-1], ast.Raise):
                    yield names, body[place + 1 :]
                    return
                elif any(isinstance(inner, ast.Return) for inner in _own(statement)):
                    return
            case ast.Match(subject=ast.Name(id=name), cases=cases) if name == parameter:
                for case in cases:
                    if case.guard is None:
                        yield _matched(case.pattern), case.body
            case ast.Try(body=block):
                yield from _cases(block, parameter, dicts)
                return
            case ast.Return(value=ast.Subscript(value=ast.Name(id=table))) if table in dicts:
                yield _keys(dicts[table]), [statement]
            case ast.Return() | ast.For() | ast.While() | ast.With() | ast.Match():
                return


def _asked(test: ast.expr, parameter: str, dicts: Mapping[str, ast.Dict]) -> tuple[Sequence[str], bool]:
    """The names with which the parameter is compared, and whether it is to be one of them or none."""
    match test:
        case ast.Compare(left=ast.Name(id=name), ops=[operator], comparators=[other]) if name == parameter:
            is_one = isinstance(operator, ast.Eq | ast.In)
            if isinstance(operator, ast.Eq | ast.NotEq):
                return _texts([other]), is_one
            if isinstance(operator, ast.In | ast.NotIn):
                if isinstance(other, ast.Tuple | ast.List | ast.Set):
                    return _texts(other.elts), is_one
                if isinstance(other, ast.Name) and other.id in dicts:
                    return _keys(dicts[other.id]), is_one
    return (), True


def _matched(pattern: ast.pattern) -> Sequence[str]:
    match pattern:
        case ast.MatchValue(value=value):
            return _texts([value])
        case ast.MatchOr(patterns=patterns):
            return [name for one in patterns for name in _matched(one)]
        case _:
            return ()


def _texts(values: Sequence[ast.expr | None]) -> list[str]:
    return [item.value for item in values if isinstance(item, ast.Constant) and isinstance(item.value, str)]


def _keys(table: ast.Dict) -> list[str]:
    return _texts(table.keys)


def _returned(block: Sequence[ast.stmt]) -> ast.expr | None:
    """What statements return, if there is one place that returns."""
    found = [node for one in block for node in _own(one) if isinstance(node, ast.Return)]
    return found[0].value if len(found) == 1 else None


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """A node and those inside it, but for what functions and classes hold."""
    yield node
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
        for child in ast.iter_child_nodes(node):
            yield from _own(child)


def _object(value: ast.expr, name: str, parameter: str, dicts: Mapping[str, ast.Dict]) -> str:
    """What an answer is called in the module: `X`, `m.X`, `TABLE[name]`, `globals()["X"]`; "" if it is computed."""
    match value:
        case ast.Name() | ast.Attribute():
            text = dotted(value)
            return text if all(part.isidentifier() for part in text.split(".")) else ""
        case ast.Subscript(value=ast.Name(id=table), slice=ast.Name(id=key)) if table in dicts:
            held = _held(dicts[table], name) if key == parameter else None
            return _object(held, name, parameter, {}) if held is not None else ""
        case ast.Subscript(value=ast.Call(func=ast.Name(id="globals"), args=[]), slice=key_of):
            match key_of:
                case ast.Subscript(value=ast.Name(id=table), slice=ast.Name(id=key)) if table in dicts:
                    texts = _texts([_held(dicts[table], name)] if key == parameter else [])
                case _:
                    texts = _texts([key_of])
            return texts[0] if texts and texts[0].isidentifier() else ""
        case _:
            return ""


def _held(table: ast.Dict, name: str) -> ast.expr | None:
    """What a dictionary has under a key: the last one counts."""
    found = None
    for key, value in zip(table.keys, table.values, strict=True):
        if isinstance(key, ast.Constant) and key.value == name:
            found = value
    return found


def _bound_once(node: ast.FunctionDef) -> dict[str, bool]:
    """The local names of a function, and whether one import is all that binds each."""
    found = {argument.arg: False for argument in ast.walk(node.args) if isinstance(argument, ast.arg)}
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and not isinstance(inner.ctx, ast.Load):
            found[inner.id] = False
        elif isinstance(inner, ast.alias):
            name = inner.asname or inner.name.partition(".")[0]
            found[name] = name not in found
        elif isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and inner is not node:
            found[inner.name] = False
    return found
