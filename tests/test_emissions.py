"""What is sent where: messages, arguments, named methods, constants, and through whom."""

from __future__ import annotations

from textwrap import dedent

import pytest

from ssot_lint.events.emissions import emissions, undecided
from ssot_lint.events.vocabulary import named_event, sends
from ssot_lint.testing import project_of

CONFIG = """
[sequences.runs]
events = ["run_started", "run_thinking", "run_completed"]
terminal = ["run_completed", "run_failed"]
emitter = "app.emitter:RunEmitter"
"""
EMITTER = """
class RunEmitter:
    def emit(self, event):
        self.manager.send_json({"type": event})

    def started(self):
        self.emit("run_started")
"""

Row = tuple[int, str, str, str]


def rows(code: str, **more: str) -> list[Row]:
    files = {"app/__init__.py": "", "app/emitter.py": EMITTER, "app/a.py": dedent(code)}
    files |= {f"app/{name}.py": dedent(text) for name, text in more.items()}
    project = project_of(files, CONFIG)
    found = [
        (item.line, item.event, item.form, item.through)
        for body in emissions(project)
        if project.files[body.file].path == "app/a.py"
        for sent in body.sent.values()
        for item in sent
    ]
    return sorted(found)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ('s.send_json({"type": "run_started"})', [("run_started", "message", "foreign")]),
        ('s.send_text(json.dumps({"event": "run_started"}))', [("run_started", "message", "foreign")]),
        ('s.send_text(json.dumps({"event": "run_started"}).encode())', [("run_started", "message", "foreign")]),
        ("s.send_text('{\"type\": \"run_started\"}')", [("run_started", "message", "foreign")]),
        ('s.publish("topic", {**base, "event_type": "run_started"})', [("run_started", "message", "foreign")]),
        ('s.emit("run_started")', [("run_started", "argument", "foreign")]),
        ('s.emit(event="run_started")', [("run_started", "argument", "foreign")]),
        ('s.put_nowait(RunEvent(type="run_started"))', [("run_started", "message", "foreign")]),
        ('s.put(RunEvent("run_started"))', [("run_started", "message", "foreign")]),
        ('yield {"type": "run_started"}', [("run_started", "message", "foreign")]),
        ("s.notify_run_started(1)", [("run_started", "method", "unknown")]),
        ('s.send(f"{RUN_STARTED}")', [("run_started", "argument", "foreign")]),
        ("s.send_json({'type': Kind.RUN_STARTED})", [("run_started", "message", "foreign")]),
        ("s.send_json({'type': Kind.RUN_STARTED.value})", [("run_started", "message", "foreign")]),
        ('emitter.emit("run_started")', [("run_started", "argument", "unknown")]),
        ('RunEmitter().emit("run_started")', [("run_started", "argument", "emitter")]),
        ('s.send_json({"type": "run_startd"})', [("run_started", "message", "foreign")]),
        ('s.send_json({"type": "run_started" if s else "run_failed"})',
         [("run_failed", "message", "foreign"), ("run_started", "message", "foreign")]),
        ('for m in [{"type": "run_started"}]: s.send(m)', [("run_started", "message", "foreign")]),
        ('ms = [{"type": "run_started"}]; s.send(ms[0])', [("run_started", "message", "foreign")]),
        ('for e in ("run_started",): s.emit(e)', [("run_started", "argument", "foreign")]),
        ('s.send(["run_started"])', []),
        ('log.info("run_started")', []),
        ('s.send(message="run_started")', []),
        ('s.send_json({"status": "run_started"})', []),
        ('s.wait_for("run_started")', []),
        ('seen = {"type": "run_started"}', []),
        ('assert s == {"type": "run_started"}', []),
    ],
)  # fmt: skip
def test_positions(statement: str, expected: list[tuple[str, str, str]]) -> None:
    code = f"""
        import json
        from app.emitter import RunEmitter
        RUN_STARTED = "run_started"
        class Kind:
            RUN_STARTED = "run_started"
        def f(s, log, base, emitter):
            {statement}
    """
    assert [row[1:] for row in rows(code)] == expected


def test_local_names_hold_what_was_last_assigned() -> None:
    code = """
        def f(s, flag):
            data = {"type": "run_started"}
            s.send(data)
            data = {"type": "run_thinking"}
            if flag:
                data = {"type": "run_completed"}
            s.send(data)
            data = {}
            data["type"] = "run_failed"
            s.send(data)
            data = {}
            s.send(data)
    """
    found = rows(code)
    assert [(line, event) for line, event, *_ in found] == [
        (2, "run_started"), (4, "run_thinking"), (6, "run_completed"), (9, "run_failed"),
    ]  # fmt: skip


def test_through_whom() -> None:
    code = """
        from app.emitter import RunEmitter
        from app.help import forward, past

        class Child(RunEmitter):
            def thinking(self):
                self.manager.send_json({"type": "run_thinking"})

        class Agent:
            def __init__(self, emitter: RunEmitter):
                self.emitter = emitter

            def run(self):
                self.emitter.emit("run_started")
                forward(self.emitter, "run_thinking")
                past(self, "run_completed")
    """
    help_ = """
        from app.emitter import RunEmitter

        def forward(emitter: RunEmitter, event):
            if event != "run_started":
                emitter.emit(event)

        def past(agent, event):
            if event != "run_started":
                agent.socket.send_json({"type": event})
    """
    assert rows(code, help=help_) == [
        (6, "run_thinking", "message", "emitter"),
        (13, "run_started", "argument", "emitter"),
        (14, "run_thinking", "argument", "emitter"),
        (15, "run_completed", "argument", "foreign"),
    ]


def test_undecided_places_are_counted() -> None:
    project = project_of(
        {"app/emitter.py": EMITTER, "app/a.py": 'def f(emitter):\n    emitter.emit("run_started")\n'}, CONFIG
    )
    assert undecided(project) == 1


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("notify_run_started", "run_started"),
        ("_emit_run_started_event", "run_started"),
        ("send_user_run_failed", "run_failed"),
        ("run_started", None),
        ("on_run_started", None),
        ("emit_run", None),
    ],
)
def test_names_of_methods(name: str, expected: str | None) -> None:
    project = project_of({"app/a.py": ""}, CONFIG)
    assert named_event(project, name) == expected


@pytest.mark.parametrize("name", ["send_json", "_emit", "publishEvent", "put_nowait", "sendMessage"])
def test_names_that_send(name: str) -> None:
    assert sends(name)


@pytest.mark.parametrize("name", ["sender_of", "sent", "resend", "input", "update", "getEvents"])
def test_names_that_do_not(name: str) -> None:
    assert not sends(name)


def test_nothing_without_a_sequence() -> None:
    assert emissions(project_of({"app/a.py": 'def f(s):\n    s.send({"type": "x"})\n'})) == ()


@pytest.mark.parametrize(
    "statement",
    [
        "s.send_json({'type': EVENT})",
        "s.send_text(json.dumps({'event': EVENT}))",
        "s.publish('topic', {**base, 'event_type': EVENT})",
        "s.emit(EVENT)",
        "s.emit(event=EVENT)",
        "s.put_nowait(RunEvent(type=EVENT))",
        "yield {'type': EVENT}",
        "s.send(f'{EVENT}')",
        "s.send_json({'type': EVENT if s else 'other'})",
        "for m in [{'type': EVENT}]: s.send(m)",
        "for e in (EVENT,): s.emit(e)",
        "data = {}; data['type'] = EVENT; s.send(data)",
        "RunEmitter().emit(EVENT)",
        "push(s, EVENT)",
        "s.send(build(EVENT))",
        "s.send(message=EVENT)",
        "s.send_json({'status': EVENT})",
        "s.wait_for(EVENT)",
        "assert s == {'type': EVENT}",
    ],
)
@pytest.mark.parametrize(
    "name", ["FIRST", "F", "kinds.FIRST", "Kind.FIRST", "Kind.FIRST.value", "api.Known.FIRST"]
)
def test_a_constant_says_what_the_event_says(statement: str, name: str) -> None:
    code = """
        import json
        from app import api, kinds
        from app.emitter import RunEmitter
        from app.kinds import FIRST, FIRST as F, Kind
        from app.ways import build, push

        def f(s, log, base):
    """
    more = {
        "kinds": 'FIRST = "run_started"\n\nclass Kind:\n    FIRST = "run_started"\n',
        "api": "from app.kinds import Kind as Known\n",
        "ways": "def push(s, kind):\n    s.send({'type': kind})\n\ndef build(kind):\n    return {'type': kind}\n",
    }
    code = dedent(code).rstrip() + "\n    "
    told = rows(code + statement.replace("EVENT", name), **more)
    assert told == rows(code + statement.replace("EVENT", '"run_started"'), **more)
