"""Which definition is to move where, and whether such a thing can be wished for at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from keyword import iskeyword
from typing import Protocol

from ssot_lint.codemod import CannotApply, Refusal
from ssot_lint.workspace import Workspace

LEAVE = ("import", "shim", "nothing")


class Request(Protocol):
    """The arguments of one request."""

    @property
    def symbol(self) -> str: ...
    @property
    def to(self) -> str: ...
    @property
    def leave(self) -> str: ...


@dataclass(frozen=True, slots=True, order=True)
class Wish:
    """A definition that is to move, found in its module."""

    module: str  # as the request names it
    to: str
    leave: str
    name: str
    path: str

    @property
    def symbol(self) -> str:
        return f"{self.module}:{self.name}"


def wishes_of(workspace: Workspace, requests: Sequence[Request], refusals: set[Refusal]) -> Iterator[Wish]:
    """The requests that there is something to do for; the impossible ones are refused."""
    targets: dict[str, set[str]] = {}
    for request in requests:
        targets.setdefault(request.symbol, set()).add(request.to)
    for request in dict.fromkeys(requests):
        try:
            if len(targets[request.symbol]) > 1:
                raise CannotApply(f"is to move to {' and to '.join(sorted(targets[request.symbol]))}")
            wish = _wish(workspace, request)
        except CannotApply as error:
            refusals.add(Refusal(error.path, error.line, error.reason, request.symbol))
            continue
        if wish is not None:
            yield wish


def _wish(workspace: Workspace, request: Request) -> Wish | None:
    """The definition to move; None when it has moved already. Raises CannotApply."""
    project = workspace.project
    module, colon, name = request.symbol.partition(":")
    if request.leave not in LEAVE:
        raise CannotApply(f"leave is {request.leave!r} and can be {', '.join(LEAVE)}")
    if not colon or not name:
        raise CannotApply(f"{request.symbol!r} names no definition: write package.module:Name")
    parts = request.to.split(".")
    if not all(part.isidentifier() and not iskeyword(part) for part in parts):
        raise CannotApply(f"{request.to!r} is no module name: write package.module")
    file = project.find_module(module)
    if file is None:
        raise CannotApply(f"there is no module {module}")
    path = project.files[file].path
    if "." in name:
        raise CannotApply(
            f"{name} is no name of the module: methods and nested definitions do not move", path
        )
    if not name.isidentifier() or (name.startswith("__") and name.endswith("__")):
        raise CannotApply(f"{name} belongs to its module", path)
    home = project.find_module(request.to)
    if home == file:
        raise CannotApply(f"{name} is in {request.to} already", path)
    target = project.name(file, name).target
    if home is not None:
        there = project.name(home, name).target
        if there.file == home and there.kind in ("definition", "variable") and target in (there,):
            return None
        if target.kind == "unresolved" and there.file == home:
            return None  # gone from its old module
    if project.files[file].facts.problem is not None:
        raise CannotApply("the module does not parse", path)
    return Wish(module, request.to, request.leave, name, path)


def unencodable(wish: Wish, error: UnicodeEncodeError) -> CannotApply:
    character = error.object[error.start : error.start + 1]
    return CannotApply(f"{wish.to} is written in {error.encoding}, which lacks {character!r}", wish.path)
