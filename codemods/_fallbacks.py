"""`try` imports a name and `except ImportError` binds another: decided where it is certain which of them runs.

    try:
        from shop.money import Money        # is in this project, and imports nothing of this file
    except ImportError:
        Money = None

The import alone is left; or the handler's, where the name of the `try` arm does not exist.
"""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator, Sequence

from ssot_lint.codemod import CannotApply
from ssot_lint.editing.source import Splice
from ssot_lint.queries.cycles import way_back
from ssot_lint.reading.expressions import dotted

from ._arms import Binding, aliases_of, bindings, collapsed
from ._from_imports import module_key
from ._rewrite_wishes import Move
from ._rewriting import Rewriting, Site

_ERRORS = frozenset({"ImportError", "ModuleNotFoundError"})


def decide_fallbacks(work: Rewriting) -> None:
    """Statements whose first arm is re-pointed to what exists, and those that a request names as they are."""
    for site in work.sites:
        moves = _asked(work, site)
        node = _around(site)
        if not moves or node is None or _is_rewritten(work, node):
            continue
        if not any(_may_take_import_errors(handler) for handler in node.handlers):
            continue
        try:
            if site.statement in node.body:
                _check_first(work, node, site)
            elif any(move.missing for move in moves):
                continue
            else:
                _check_handler(work, node, site)
            work.places.append(collapsed(work, node, site))
            work.changes.pop(site.statement, None)
        except CannotApply as error:
            _withdraw(work, site, node, moves, error.reason)


def _around(site: Site) -> ast.Try | None:
    """The `try` of which an import is one arm's own."""
    if not site.parents:
        return None
    inner = site.parents[-1]
    if isinstance(inner, ast.ExceptHandler) and isinstance(site.parents[-2], ast.Try):
        return site.parents[-2]
    return inner if isinstance(inner, ast.Try) and site.statement in inner.body and inner.handlers else None


def _asked(work: Rewriting, site: Site) -> list[Move]:
    """The moves that ask for a decision: names that did not exist until now, names that are said to stay."""
    statement = site.statement
    found = [work.moved[alias] for alias in work.changes.get(statement, ()) if work.moved[alias].missing]
    key = module_key(work, statement) if isinstance(statement, ast.ImportFrom) else None
    if key is not None:
        found += [move for alias in statement.names if (move := work.moves.kept.get((key, alias.name)))]
    return list(dict.fromkeys(found))


def _is_rewritten(work: Rewriting, node: ast.Try) -> bool:
    """Has the whole statement given way already?"""
    whole = work.source.span(node)
    return any(isinstance(place, Splice) and (place.start, place.end) == whole for place in work.places)


def _withdraw(work: Rewriting, site: Site, node: ast.Try, moves: Sequence[Move], reason: str) -> None:
    """Nothing changes here: an import that begins to succeed while its handler stays would be half a change."""
    changes = work.changes.get(site.statement, {})
    for alias in [alias for alias in changes if work.moved[alias].missing]:
        del changes[alias], work.moved[alias]
    if not changes:
        work.changes.pop(site.statement, None)
    for move in moves:
        work.refuse(site.statement.lineno if move.missing else node.lineno, reason, move)


def _check_first(work: Rewriting, node: ast.Try, site: Site) -> None:
    """Raises CannotApply unless the import always succeeds, and is all that the statement does then."""
    if len(node.body) != 1 or node.orelse or node.finalbody:
        raise CannotApply("there is more in the `try` than the import: take the handler out by hand")
    if not all(_takes_import_errors(handler) for handler in node.handlers):
        raise CannotApply("the handler takes other errors too: take it out by hand")
    made = bindings(work, site.statement)
    if len(made) < len(site.statement.names):
        raise CannotApply("what the star brings decides: take the handler out by hand")
    _check_meaning(work, node, {local for _, _, local in made}, made)
    if getattr(site.statement, "level", 0) == 0 and _may_run_elsewhere(work, made):
        raise CannotApply("the file may be run by its path, and the import fails then: the handler is needed")
    for key, name, local in made:
        if not isinstance(key, int) or not _exists(work, key, name):
            raise CannotApply(f"{local} may be missing: the handler is needed")
        if not site.is_late and any(way_back(work.project, at, work.file) for at in _loaded(work, key, name)):
            raise CannotApply("the import may fail in a cycle of imports: the handler is needed")
    source = work.source
    start, end = source.span(node)[0], source.span(node.handlers[0])[0]
    first, _ = source.span(site.statement)
    last = source.starts[site.statement.end_lineno or 1]
    if "#" in source.text[start:first] + source.text[last:end]:
        raise CannotApply("comments stand in between: take the handler out by hand")


def _may_run_elsewhere(work: Rewriting, made: Sequence[Binding]) -> bool:
    """Is the file a script, from whose folder the imported packages cannot be seen?"""
    project = work.project
    if not project.files[work.file].facts.main_guard:
        return False
    here = posixpath.dirname(work.path)
    for key, _, _ in made:
        if isinstance(key, int):
            source = project.files[key]
            depth = source.module.count(".") + source.is_package
            folder = source.path
            for _ in range(depth + 1):
                folder = posixpath.dirname(folder)
            if folder != here:
                return True
    return False


def _check_meaning(work: Rewriting, node: ast.Try, names: set[str], made: Sequence[Binding]) -> None:
    """Raises CannotApply where the handler imports another implementation, and it is that one which runs today."""
    bound = set[str]()
    for handler in node.handlers:
        bound |= set(_bound(handler.body))
    if not bound <= names:
        raise CannotApply(f"the handler binds {min(bound - names)} too: take it out by hand")
    if not any(alias in work.moved and work.moved[alias].missing for alias in aliases_of(node.body[0])):
        return
    known = {work.project.name(key, name).target for key, name, _ in made if isinstance(key, int)}
    for handler in node.handlers:
        for inner in handler.body:
            for key, name, local in bindings(work, inner):
                target = work.project.name(key, name).target if isinstance(key, int) else None
                if target is not None and target.kind != "unresolved" and target not in known:
                    raise CannotApply(
                        f"{local} is {target.symbol} today, by the handler: which of the two is meant has to be said"
                    )


def _check_handler(work: Rewriting, node: ast.Try, site: Site) -> None:
    """Raises CannotApply unless the `try` arm always fails at once, and the handler is the import alone."""
    if len(node.handlers) != 1 or len(node.handlers[0].body) != 1 or node.orelse or node.finalbody:
        raise CannotApply("there is more in the arms than an import: take the `try` out by hand")
    if not _takes_import_errors(node.handlers[0]):
        raise CannotApply("the handler takes other errors too: take the `try` out by hand")
    first = node.body[0]
    if not isinstance(first, ast.Import | ast.ImportFrom) or not any(
        work.target(first, alias).kind == "unresolved" for alias in first.names
    ):
        raise CannotApply("the first arm may succeed")
    names = {alias.asname or alias.name.partition(".")[0] for alias in site.statement.names}
    if "*" in names or not set(_bound(node.body)) <= names:
        raise CannotApply("the arms bind different names: take the `try` out by hand")
    source = work.source
    if "#" in source.text[source.span(node)[0] : source.span(site.statement)[0]]:
        raise CannotApply("comments stand in between: take the `try` out by hand")


def _loaded(work: Rewriting, key: int, name: str) -> Iterator[int]:
    """The files that run when a name is imported from a module: itself, the packages around it, a module of that name.

    Packages that hold the file are running already; one that the name is taken from may not have come to it yet.
    """
    project = work.project
    here, module = project.files[work.file].module, project.files[key].module
    parts = [*module.split("."), name] if name else module.split(".")
    for length in range(1, len(parts) + 1):
        dotted_name = ".".join(parts[:length])
        found = project.find_module(dotted_name)
        if found is not None and (found == key or not f"{here}.".startswith(f"{dotted_name}.")):
            yield found


def _exists(work: Rewriting, key: int, name: str) -> bool:
    if not name:
        return True
    project = work.project
    if all(target.kind in ("definition", "module", "variable") for target in project.name(key, name).targets):
        return True
    return project.find_module(f"{project.files[key].module}.{name}") is not None


def _takes_import_errors(handler: ast.ExceptHandler) -> bool:
    """Does a handler take failed imports and nothing else?"""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return all(kind is not None and dotted(kind) in _ERRORS for kind in kinds)


def _may_take_import_errors(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or dotted(kind) in _ERRORS | {"Exception", "BaseException"} for kind in kinds)


def _bound(body: Sequence[ast.stmt]) -> Iterator[str]:
    """The names that statements bind where they stand; those of functions and classes in them left out."""
    for statement in body:
        pending: list[ast.AST] = [statement]
        while pending:
            node = pending.pop()
            match node:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                    yield name
                    continue
                case ast.Import(names=names) | ast.ImportFrom(names=names):
                    yield from (alias.asname or alias.name.partition(".")[0] for alias in names)
                case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                    yield name
                case ast.Lambda():
                    continue
            pending.extend(ast.iter_child_nodes(node))
