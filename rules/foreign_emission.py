"""Send the events of a sequence through its emitter.

Whoever builds `{"type": "agent_started"}` and sends it past the emitter decides again what an event holds, whom it
is addressed to, what happens when sending fails. Users then see events of one run in two shapes, without a run id,
or for somebody else.

Reported is each place outside the `emitter` where the name of an event stands in emitting position: in a message
that is given to a call named like a sending (`send_json`, `publish`, `emit_event`) or yielded to a stream, be it a
dict, a message class, JSON text or what a function of the project builds; or as an argument of such a call. Constants
and enum members stand for their values. A call of a first-party function is judged by that function's body: one that
hands the event on to the emitter is fine, and so is everything within the emitter and its subclasses. A sender kept
under another name (`tell = socket.send_json`, a `partial`, an attribute, a parameter) or given to a function that is to
call it (`loop.call_soon(socket.send_json, message)`) is followed.

Where it cannot be known whether the receiver is the emitter, `self.emitter.emit("agent_started")` without a type
anywhere, the place is undecided and not reported. Events that are only compared, counted, logged or awaited are fine.
Files below `test-paths` are not looked at.

Example:

    async def run(manager, text):
        await manager.send_json({"type": "agent_started", "text": text})

Use instead: `await emitter.started(text)`, with the emitter of this run.
"""

from __future__ import annotations

from collections.abc import Iterator

from ssot_lint.events.emissions import Emission, emissions, undecided
from ssot_lint.model import MODULE, Fix, Location, Violation
from ssot_lint.project import Project
from ssot_lint.queries.walks import callee
from ssot_lint.rule import Invalid, NoOptions, Rule, Valid


def check(project: Project, options: NoOptions) -> Iterator[Violation]:
    seen: set[tuple[int, int, int]] = set()
    for body in emissions(project):
        for sent in body.sent.values():
            for item in sent:
                where = (item.file, item.text.line, item.text.column)
                if item.known and item.through == "foreign" and item.form != "method" and where not in seen:
                    seen.add(where)
                    yield _violation(project, item)


def _violation(project: Project, item: Emission) -> Violation:
    how = "yielded" if item.node.kind == "yield" else f"sent with {callee(item.node)}"
    emitter = item.sequence.emitter
    past = f"past {emitter}" if emitter else "by hand"
    return Violation(
        Location(project.files[item.file].path, item.text.line, item.text.column),
        f"{item.event} is {how}, {past}: {item.sequence.name} has one sender",
        symbol=None if item.scope == MODULE else project.symbol(item.file, item.scope),
        canonical=emitter,
        fix=Fix(
            "use-emitter",
            {"sequence": item.sequence.name, "within": project.files[item.file].path},
            safe=False,
        )
        if emitter
        else None,
    )


_CONFIG = """
[sequences.runs]
events = ["run_started", "run_thinking", "run_completed"]
terminal = ["run_completed", "run_failed"]
emitter = "app.emitter:RunEmitter"
"""
_EMITTER = {
    "app/__init__.py": "",
    "app/events.py": 'RUN_STARTED = "run_started"\n\n\nclass Kind:\n    DONE = "run_completed"\n',
    "app/emitter.py": """
        from app import events

        class RunEmitter:
            def __init__(self, manager):
                self.manager = manager

            def emit(self, event, **details):
                self.manager.send_json({"type": event, **details})

            def started(self):
                self.emit(events.RUN_STARTED)

            def raw(self):
                self.manager.send_json({"type": "run_thinking"})
    """,
}

_KINDS = {
    "app/kinds.py": """
        from enum import StrEnum, auto

        BEGUN = "run_started"

        class Phase(StrEnum):
            BEGUN = "run_started"
            ENDED = "run_completed"

        class Way(StrEnum):
            RUN_FAILED = auto()

        LAST = Phase.ENDED
        TABLE = {"first": Phase.BEGUN, "last": LAST}
    """,
    "app/api.py": "from app.kinds import BEGUN as FIRST, Phase",
}

RULE = Rule(
    id="SSOT501",
    name="foreign-emission",
    check=check,
    codemods=("use-emitter",),
    undecided=undecided,
    valid=(
        Valid(
            _EMITTER
            | {
                "app/agent.py": """
                    from app.emitter import RunEmitter

                    class QuietEmitter(RunEmitter):
                        def thinking(self):
                            self.manager.send_json({"type": "run_thinking"})

                    class Agent:
                        def __init__(self, emitter: RunEmitter):
                            self.emitter = emitter

                        def tell(self, event):
                            self.emitter.emit(event)

                        def run(self, run_id):
                            self.emitter.emit("run_started", run_id=run_id)
                            self.tell("run_completed")

                    def run(emitter: RunEmitter):
                        emitter.emit("run_started")
                        emitter.emit(event="run_completed")

                    def short(emitter: RunEmitter):
                        emit = emitter.emit
                        emit("run_started")
                        emit("run_completed")
                """
            },
            _CONFIG,
        ),
        Valid(
            _EMITTER
            | {
                "app/watch.py": """
                    import logging

                    log = logging.getLogger(__name__)

                    def judge(messages, metrics):
                        seen = {"type": "run_started"}
                        if messages[0]["type"] == "run_started":
                            log.info("run_started")
                            metrics.count("run_completed")
                        return seen in messages

                    def guess(emitter):
                        emitter.emit("run_started")
                """
            },
            _CONFIG,
            id="not-sent-or-undecided",
        ),
        Valid(
            _EMITTER
            | {
                "app/scope.py": """
                    from app.emitter import RunEmitter

                    class Scope:
                        def __init__(self, emitter: RunEmitter):
                            self.emitter = emitter

                        async def __aenter__(self):
                            return self.emitter

                        async def __aexit__(self, *error):
                            return None

                    class Unknown:
                        def __init__(self, parts):
                            self.parts = parts

                        async def __aenter__(self):
                            return self.parts["sender"]

                        async def __aexit__(self, *error):
                            return None
                """,
                "app/run.py": """
                    from app.emitter import RunEmitter
                    from app.scope import Scope, Unknown

                    async def run(emitter: RunEmitter):
                        async with Scope(emitter) as held:
                            await held.emit("run_thinking")

                    async def other(parts):
                        async with Unknown(parts) as held:
                            await held.emit("run_thinking")
                """,
            },
            _CONFIG,
            id="entered",
        ),
        Valid(
            _EMITTER
            | _KINDS
            | {
                "app/work.py": """
                    from app.emitter import RunEmitter
                    from app.kinds import Phase
                    from app.ways import by_emitter

                    async def tell(emitter: RunEmitter, log):
                        emitter.emit(Phase.BEGUN)
                        log.info(Phase.ENDED)
                        by_emitter(emitter, Phase.ENDED)

                    async def other(socket, Phase):
                        await socket.send_json({"type": Phase.BEGUN})
                """,
                "app/ways.py": """
                    from app.emitter import RunEmitter

                    def by_emitter(emitter: RunEmitter, kind):
                        emitter.emit(kind)
                """,
                "app/other.py": """
                    class Phase:
                        BEGUN = "begun"

                    async def tell(socket):
                        await socket.send_json({"type": Phase.BEGUN})
                """,
            },
            _CONFIG,
            id="constants-to-the-emitter",
        ),
        Valid(
            _EMITTER
            | {"tests/test_run.py": 'def test_run(socket):\n    socket.send_json({"type": "run_started"})\n'},
            _CONFIG,
            id="tests",
        ),
        Valid(
            _EMITTER
            | {
                "app/run.py": """
                    from functools import partial

                    from app.emitter import RunEmitter
                    from app.ways import each

                    async def run(emitter: RunEmitter, store, bus, loop):
                        tell, keep = emitter.emit, store.save
                        tell("run_started")
                        report = partial(emitter.emit, "run_completed")
                        report()
                        keep = store.save
                        keep({"type": "run_started"})
                        await each(store.save, {"type": "run_completed"})
                        await each(emitter.emit, "run_completed")
                        bus.on("run_completed", store.send_json)
                        loop.call_soon(store.save, {"type": "run_completed"})
                    """,
                "app/ways.py": """
                    async def each(callback, message):
                        await callback(message)
                    """,
            },
            _CONFIG,
            id="under-another-name",
        ),
    ),
    invalid=(
        Invalid(
            _EMITTER
            | {
                "app/legacy.py": """
                    import json

                    from app import events
                    from app.events import Kind
                    from app.messages import Message, done

                    async def run(socket, queue, flag):
                        await socket.send_json({"type": "run_started"})  # error: run_started is sent with socket.send_json
                        message = {"type": events.RUN_STARTED}  # error: run_started
                        message["text"] = "hello"
                        await socket.send_text(json.dumps(message))
                        await queue.put(Message(type=Kind.DONE))  # error: run_completed
                        await socket.send_json(done())  # error: run_completed
                        await socket.emit("run_thinking")  # error: run_thinking
                        name = "run_completed" if flag else "run_failed"  # error: run_completed # error: run_failed
                        await socket.broadcast({"event": name})

                    def stream():
                        yield f"data: {json.dumps({'event': 'run_started'})}"  # error: run_started is yielded
                        yield 'data: {"type": "run_completed"}'  # error: run_completed is yielded
                """,
                "app/messages.py": """
                    def done():
                        return {"type": "run_completed"}

                    class Message:
                        def __init__(self, type):
                            self.type = type
                """,
            },
            _CONFIG,
        ),
        Invalid(
            _EMITTER
            | {
                "app/notes.py": """
                    RUNS = "run_started"

                    class Notes:
                        def __init__(self, manager):
                            self.manager = manager

                        def tell(self, event):
                            if event != "run_started":
                                self.manager.send_json({"type": event})

                        def run(self):
                            self.tell("run_started")  # error: run_started is sent with self.tell
                            self.notify("run_completed")  # error: run_completed

                        def notify(self, event):
                            if event != "run_started":
                                self.manager.send_json({"type": event})
                """
            },
            _CONFIG,
            id="wrapper-that-sends-itself",
        ),
        Invalid(
            _EMITTER
            | _KINDS
            | {
                "app/work.py": """
                    from app import api, kinds
                    from app.api import FIRST, Phase
                    from app.kinds import LAST, TABLE, Phase as P, Way
                    from app.ways import given, made, Wire

                    async def tell(socket, queue):
                        await socket.send_json({"type": FIRST})  # error: is sent with socket.send_json
                        await socket.send_json({"type": P.ENDED})  # error: has one sender
                        await socket.send_json({"type": P.ENDED.value})  # error: has one sender
                        await socket.send_json({"type": kinds.BEGUN})  # error: has one sender
                        await socket.send_json({"type": kinds.Phase.BEGUN})  # error: has one sender
                        await socket.send_json({"type": api.FIRST})  # error: has one sender
                        await queue.put({"event": Phase.BEGUN})  # error: has one sender
                        await queue.put({"event": LAST})  # error: has one sender
                        await queue.put({"event": TABLE["first"]})  # error: has one sender
                        await queue.put({"event": P["ENDED"]})  # error: has one sender
                        await queue.put(made())  # error: has one sender
                        await given(socket, P.BEGUN)  # error: is sent with given

                    async def lost(queue):
                        await queue.put({"event": Way.RUN_FAILED})  # error: has one sender

                    class Work:
                        def __init__(self, socket):
                            self.socket = socket
                            self.wire = Wire(socket)

                        async def tell(self):
                            await self.socket.send_json({"type": P.BEGUN})  # error: is sent with self.socket.send_json
                            await self.wire.send(P.ENDED)  # error: is sent with self.wire.send
                """,
                "app/ways.py": """
                    from app.kinds import Phase

                    async def given(socket, kind):
                        await socket.send_json({"type": kind})

                    def made():
                        return {"type": Phase.ENDED}

                    class Wire:
                        def __init__(self, socket):
                            self.socket = socket

                        async def send(self, kind):
                            await self.socket.send_json({"type": kind})
                """,
            },
            _CONFIG,
            id="constants-by-any-name",
        ),
        Invalid(
            _EMITTER
            | {
                "app/run.py": """
                    from app.emitter import RunEmitter

                    def run(socket, emitter: RunEmitter):
                        socket.send_json({"type": "run_started"})  # error: run_started is sent with socket.send_json
                        socket.send_json({"type": "run_completed", "text": "done"})  # error: run_completed
                    """
            },
            _CONFIG,
            fixed=_EMITTER
            | {
                "app/run.py": """
                    from app.emitter import RunEmitter

                    def run(socket, emitter: RunEmitter):
                        emitter.started()
                        emitter.emit("run_completed", text="done")
                    """
            },
            id="emitter-in-scope",
        ),
        Invalid(
            _EMITTER
            | {
                "app/run.py": """
                    from functools import partial

                    from app.ways import each

                    class Run:
                        def __init__(self, socket):
                            self.socket = socket
                            self.out = socket.send_json

                        async def begin(self, loop):
                            tell = self.socket.send_json
                            await tell({"type": "run_started"})  # error: run_started is sent with tell
                            await self.out({"type": "run_thinking"})  # error: run_thinking is sent with self.out
                            done = partial(tell, {"type": "run_completed"})  # error: run_completed is sent with done
                            await done()
                            loop.call_soon(self.socket.send_json, {"type": "run_completed"})  # error: run_completed
                            await each(self.socket.send_json, {"type": "run_completed"})  # error: sent with each
                    """,
                "app/ways.py": """
                    async def each(callback, message):
                        await callback(message)
                    """,
            },
            _CONFIG,
            id="under-another-name",
        ),
    ),
)
