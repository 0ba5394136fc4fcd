"""Send an event through the emitter of its sequence, where an instance of it is in scope.

`await socket.send_json({"type": "agent_started", "text": text})` becomes `await emitter.started(text=text)`: the
emitter's method for the event if it has one, else its general one, `emitter.emit("agent_started", text=text)`. What
else the message says goes along under the same names.

Refused, with the reason: no emitter in scope, a message that is built elsewhere, values that the emitter's method does
not take or needs and nobody gives, an async method in a function that is not.

An emitter knows whom it serves. Where the event was sent to somebody by name, look whether that is the same user:
each such place is told.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ssot_lint import config as settings
from ssot_lint.codemod import CannotApply, Codemod, Example, Outcome, Refusal, Remark
from ssot_lint.editing.blocks import Scope
from ssot_lint.editing.source import Source, Splice
from ssot_lint.events.emissions import Emission, emissions
from ssot_lint.events.emitters import emitters, inside_emitter
from ssot_lint.events.vocabulary import sends
from ssot_lint.model import MODULE, Definition, Parameter
from ssot_lint.project import Project
from ssot_lint.queries.members import all_members
from ssot_lint.queries.receivers import class_of, enclosing_class
from ssot_lint.workspace import Workspace

from ._nodes import calls_of

_KEYS = frozenset({"type", "event", "event_type", "message_type", "event_name", "eventType"})


@dataclass(frozen=True)
class Arguments:
    sequence: str
    """The name of the sequence, which has to have an emitter."""
    within: str = ""
    """The path of the one file to repair; "" for every file."""


@dataclass(frozen=True)
class _Method:
    """How the emitter sends an event: the method, and the parameter that takes the event's name, if one does."""

    name: str
    is_async: bool
    parameters: tuple[Parameter, ...]  # without self
    event: str = ""


def apply(workspace: Workspace, requests: Sequence[Arguments]) -> Outcome:
    project = workspace.project
    asked = {(request.sequence, request.within) for request in requests}
    refusals: set[Refusal] = set()
    for name, within in sorted(asked):
        if name not in emitters(project):
            refusals.add(Refusal(within, 1, f"the sequence {name} has no emitter that can be found"))
    found: defaultdict[int, dict[tuple[int, int], Emission]] = defaultdict(dict)
    for body in emissions(project):
        path = project.files[body.file].path
        for sent in body.sent.values():
            for item in sent:
                wanted = (item.sequence.name, path) in asked or (item.sequence.name, "") in asked
                if wanted and item.known and item.through == "foreign" and item.form != "method":
                    found[item.file].setdefault((item.node.line, item.node.column), item)
    edits: dict[str, bytes | None] = {}
    remarks: list[Remark] = []
    for file, items in sorted(found.items()):
        path = project.files[file].path
        source, calls = workspace.source(path), calls_of(workspace, path)
        splices: list[Splice] = []
        for place, item in sorted(items.items()):
            call = calls.by_place.get(place)
            if call is None or inside_emitter(project, item.sequence, file, item.scope):
                continue
            try:
                splice = _replaced(project, source, item, call, calls.parents, calls.around[call])
            except CannotApply as refused:
                refusals.add(Refusal(path, item.line, refused.reason, _symbol(project, item)))
                continue
            splices.append(splice)
            remarks += _addressed(source, path, call)
        if splices:
            edits[path] = source.spliced(splices)
    return Outcome(edits, tuple(sorted(refusals)), tuple(sorted(set(remarks))))


def _symbol(project: Project, item: Emission) -> str:
    return "" if item.scope == MODULE else project.symbol(item.file, item.scope)


def _replaced(
    project: Project,
    source: Source,
    item: Emission,
    call: ast.Call,
    parents: Mapping[ast.AST, ast.AST],
    around: Scope,
) -> Splice:
    emitter = _emitter_in_scope(project, item, around)
    if not emitter:
        raise CannotApply(f"no {_emitter_name(item.sequence)} is in scope in {_function(project, item)}")
    if any(_is_sender(node) for node in (*call.args, *(keyword.value for keyword in call.keywords))):
        raise CannotApply("what sends is handed on, for another to call")
    values = _values(source, call, item.event)
    method, arguments = _fitting(project, item, values)
    parent = parents.get(call)
    holder = parents.get(parent) if isinstance(parent, ast.Await) else parent
    if method.is_async and not around.is_async:
        raise CannotApply(f"{method.name} is async and {_function(project, item)} is not")
    if not isinstance(holder, ast.Expr):
        raise CannotApply("what the sending gives is used")
    start, end = source.span(parent if isinstance(parent, ast.Await) else call)
    text = f"{emitter}.{method.name}({', '.join(arguments)})"
    return Splice(start, end, f"await {text}" if method.is_async else text)


def _is_sender(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and sends(node.attr)


# --- the message --------------------------------------------------------------------------------------------------


def _values(source: Source, call: ast.Call, event: str) -> Mapping[str, str]:
    """What the message says besides its event: name -> expression."""
    arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
    messages = [node for node in arguments if isinstance(node, ast.Dict)]
    if len(messages) != 1:
        named = [node for node in arguments if isinstance(node, ast.Constant) and node.value == event]
        if messages or len(named) != 1:
            raise CannotApply("the message is built elsewhere")
        return {}
    found: dict[str, str] = {}
    for key, value in zip(messages[0].keys, messages[0].values, strict=True):
        if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
            raise CannotApply("the message has keys that are not written out")
        if key.value in _KEYS:
            continue
        if isinstance(value, ast.Dict) and key.value in ("data", "payload"):
            for inner, what in zip(value.keys, value.values, strict=True):
                if not isinstance(inner, ast.Constant) or not isinstance(inner.value, str):
                    raise CannotApply("the message has keys that are not written out")
                found[inner.value] = source.segment(what)
            continue
        found[key.value] = source.segment(value)
    for name in found:
        if not name.isidentifier():
            raise CannotApply(f"{name!r} is no name that a call could give")
    return found


def _fitting(project: Project, item: Emission, values: Mapping[str, str]) -> tuple[_Method, list[str]]:
    """The emitter's method that takes these values, and the arguments to give it."""
    reasons = []
    for method in _methods(project, item):
        names = {
            p.name
            for p in method.parameters
            if p.kind not in ("var-positional", "var-keyword", "positional-only")
        }
        open_ended = any(p.kind == "var-keyword" for p in method.parameters)
        given = dict(values)
        surplus = sorted(given.keys() - names)
        required = {p.name for p in method.parameters if p.default is None and p.name in names} - {
            method.event
        }
        missing = sorted(required - given.keys())
        if surplus and not open_ended:
            reasons.append(f"{method.name} does not take {surplus[0]}")
        elif missing:
            reasons.append(f"{method.name} needs {missing[0]}, which the message does not say")
        else:
            event = [repr(item.event).replace("'", '"')] if method.event else []
            return method, event + [f"{name}={value}" for name, value in given.items()]
    raise CannotApply(
        reasons[0] if reasons else f"{_emitter_name(item.sequence)} has no method that sends {item.event}"
    )


def _methods(project: Project, item: Emission) -> Iterator[_Method]:
    """The methods that may send an event: those named after it first, then those that take an event's name."""
    general: list[_Method] = []
    stem = item.event.partition("_")[2] or item.event
    for place in sorted(emitters(project)[item.sequence.name])[:1]:
        members = all_members(project, *place)
        for name, member in sorted(members.items()):
            if member.definition < 0 or name.startswith("_"):
                continue
            definition = project.definition_at((member.file, member.definition))
            if definition.is_class or {"property", "staticmethod", "classmethod"} & set(
                definition.decorators
            ):
                continue
            parameters = definition.parameters[1:]
            if name in (item.event, stem) or name.endswith(f"_{item.event}"):
                yield _Method(name, definition.is_async, parameters)
            elif parameters and parameters[0].name in ("event", "event_type", "event_name", "name", "kind"):
                general.append(_Method(name, definition.is_async, parameters, parameters[0].name))
    yield from general


def _addressed(source: Source, path: str, call: ast.Call) -> Iterator[Remark]:
    others = [node for node in call.args if not isinstance(node, ast.Dict | ast.Constant)]
    if others:
        text = ", ".join(source.segment(node) for node in others)
        yield Remark(
            path, call.lineno, f"the event was sent to {text}; the emitter sends it to the user it serves"
        )


# --- the emitter --------------------------------------------------------------------------------------------------


def _emitter_in_scope(project: Project, item: Emission, around: Scope) -> str:
    """The expression that holds an emitter of the sequence; "" for none."""
    wanted = emitters(project)[item.sequence.name]
    definitions = project.files[item.file].facts.definitions
    for name in _candidates(item, definitions, around):
        if class_of(project, item.file, item.scope, name) in wanted:
            return name
    return ""


def _candidates(item: Emission, definitions: tuple[Definition, ...], around: Scope) -> Iterator[str]:
    """Parameters of the functions around, locals bound before, what `self` keeps; each as it may be written here."""
    for scope in around.chain():
        if scope.kind not in ("function", "lambda"):
            continue
        for name, nodes in scope.bindings.items():
            early = all(
                getattr(node, "lineno", 0) < item.line for node in nodes if not isinstance(node, ast.arg)
            )
            if around.owner(name) is scope and early and len(nodes) == 1:
                yield name
    at = item.scope
    while (
        at != MODULE and definitions[at].parent != MODULE and not definitions[definitions[at].parent].is_class
    ):
        at = definitions[at].parent
    if at == MODULE or definitions[at].parent == MODULE:
        return
    owner = definitions[definitions[at].parent]
    if (
        definitions[at].parameters[:1]
        and definitions[at].parameters[0].name == "self"
        and definitions[at].name != "__init__"
    ):
        yield from (f"self.{name}" for name in owner.instance_attributes)


def _emitter_name(sequence: settings.Sequence) -> str:
    return (sequence.emitter or "").rpartition(":")[2]


def _function(project: Project, item: Emission) -> str:
    if item.scope == MODULE:
        return "the module's own code"
    owner = enclosing_class(project, item.file, item.scope)
    name = project.definition_at((item.file, item.scope)).qualname
    return name if owner is not None else name.rpartition("<locals>.")[2]


_CONFIG = """
[sequences.runs]
events = ["run_started", "run_thinking", "run_completed"]
terminal = ["run_completed", "run_failed"]
emitter = "app.emitter:RunEmitter"
"""
_APP = {
    "app/__init__.py": "",
    "app/emitter.py": """
        class RunEmitter:
            def __init__(self, socket):
                self.socket = socket

            async def emit(self, event, **details):
                await self.socket.send_json({"type": event, **details})

            async def started(self, text):
                await self.emit("run_started", text=text)

            async def completed(self):
                await self.emit("run_completed")
        """,
}

CODEMOD = Codemod(
    name="use-emitter",
    apply=apply,
    arguments=Arguments,
    examples=(
        Example(
            {
                "app/run.py": """
                    from app.emitter import RunEmitter


                    async def run(socket, emitter: RunEmitter, text):
                        await socket.send_json({"type": "run_started", "text": text})
                        await socket.send_json({"type": "run_thinking", "thought": "hm"})  # aloud
                        await socket.send_json({"type": "run_completed"})


                    class Runner:
                        def __init__(self, emitter: RunEmitter):
                            self.emitter = emitter

                        async def run(self, socket):
                            local = RunEmitter(socket)
                            await socket.send_json({"type": "run_completed"})
                    """
            }
            | _APP,
            [{"sequence": "runs", "within": "app/run.py"}],
            {
                "app/run.py": """
                    from app.emitter import RunEmitter


                    async def run(socket, emitter: RunEmitter, text):
                        await emitter.started(text=text)
                        await emitter.emit("run_thinking", thought="hm")  # aloud
                        await emitter.completed()


                    class Runner:
                        def __init__(self, emitter: RunEmitter):
                            self.emitter = emitter

                        async def run(self, socket):
                            local = RunEmitter(socket)
                            await local.completed()
                    """
            },
            config=_CONFIG,
            id="in-scope",
        ),
        Example(
            {
                "app/run.py": """
                    from app.emitter import RunEmitter


                    async def nobody(socket):
                        await socket.send_json({"type": "run_started", "text": "hello"})


                    async def computed(socket, emitter: RunEmitter, extra):
                        await socket.send_json({"type": "run_started", **extra})


                    def wait(socket, emitter: RunEmitter):
                        socket.send_json({"type": "run_completed"})


                    async def asked(socket, emitter: RunEmitter):
                        return await socket.send_json({"type": "run_completed"})


                    async def handed(socket, emitter: RunEmitter, loop):
                        loop.call_soon(socket.send_json, {"type": "run_completed"})
                    """
            }
            | _APP,
            [{"sequence": "runs"}],
            config=_CONFIG,
            refused=(
                "app/run.py:5: no RunEmitter is in scope in nobody",
                "app/run.py:9: the message has keys that are not written out",
                "app/run.py:13: completed is async and wait is not",
                "app/run.py:17: what the sending gives is used",
                "app/run.py:21: what sends is handed on, for another to call",
            ),
            id="refused",
        ),
    ),
)
