"""Spell the name of an event as its sequence does.

A sender may send any text. `tool_excuting` raises nothing and reaches the browser, where nobody waits for it: the
progress bar stands still, and the log says that all was sent.

Reported is a text in emitting position, in a message or an argument of what sends, that is nearly an event of a
sequence and not one: up to two edits away (one in short names), in another case or with other separators
(`agentStarted`), or with another ending of the same word (`agent_start`). It does not matter through whom it is sent,
the emitter included. Constants and enum members are followed to their value. Every file is read for another case
(`runStarted`), for another ending, and for a misspelling behind the event's first word where a text is the value in a message, the first
argument of a call or given by keyword (`publish("tool_excuting")`, `dict(type=...)`); files that send an event of a sequence, or see a function of the project that does, for any misspelling.

Names that are far from every event are events of their own, and fine; what two sequences name alike is an event of
either. `allow` names texts that only look alike. Files below `test-paths` are not looked at.

Example:

    # events = ["tool_executing", "tool_completed"]
    emitter.emit("tool_excuting")

Use instead: `emitter.emit("tool_executing")`, or a constant.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ssot_lint.events.emissions import Emission, emissions
from ssot_lint.model import MODULE, Location, Violation
from ssot_lint.project import Project
from ssot_lint.queries.walks import string
from ssot_lint.rule import Invalid, Rule, Valid


@dataclass(frozen=True)
class Options:
    allow: tuple[str, ...] = ()
    """Names of events that are meant as they are, e.g. `["agent_start"]`."""


def check(project: Project, options: Options) -> Iterator[Violation]:
    seen: set[tuple[int, int, int]] = set()
    for body in emissions(project):
        for sent in body.sent.values():
            for item in sent:
                where = (item.file, item.text.line, item.text.column)
                written = string(item.text) or item.text.text or "what this call makes"
                if not item.known and written not in options.allow and where not in seen:
                    seen.add(where)
                    yield _violation(project, item, written)


def _violation(project: Project, item: Emission, written: str) -> Violation:
    return Violation(
        Location(project.files[item.file].path, item.text.line, item.text.column),
        f"{written} is no event of {item.sequence.name}: {item.event} is nearest",
        symbol=None if item.scope == MODULE else project.symbol(item.file, item.scope),
        canonical=item.sequence.emitter,
    )


_CONFIG = """
[sequences.runs]
events = ["run_started", "tool_executing", "run_completed"]
terminal = ["run_completed", "run_failed"]
"""

RULE = Rule(
    id="SSOT504",
    name="unknown-event",
    check=check,
    options=Options,
    valid=(
        Valid(
            {
                "app/run.py": """
                    def run(socket):
                        socket.send_json({"type": "run_started"})
                        socket.send_json({"type": "pong"})
                        state = "run_startd"
                        if state == "run_complete":
                            print("run_complete")
                        socket.send_json({"type": "run_completed", "status": "run_complete"})
                """
            },
            _CONFIG,
        ),
        Valid(
            {"app/run.py": 'def run(socket):\n    socket.send_json({"type": "run_start"})\n'},
            _CONFIG,
            options={"allow": ["run_start"]},
            id="allowed",
        ),
    ),
    invalid=(
        Invalid(
            {
                "app/names.py": 'TOOL = "tool_exceuting"\n',
                "app/run.py": """
                    from app import names

                    def run(socket):
                        socket.send_json({"type": "run_strated"})  # error: run_started is nearest
                        socket.emit("tool_excuting")  # error: tool_executing is nearest
                        socket.emit("runCompleted")  # error: run_completed is nearest
                        socket.send_json({"event": "run_start"})  # error: run_started is nearest
                        socket.emit(names.TOOL)  # error: names.TOOL is no event of runs: tool_executing
                """,
            },
            _CONFIG,
        ),
        Invalid(
            {
                "app/run.py": """
                    def run(socket):
                        socket.send_json({"type": "run_started"})
                        socket.send_json({"type": "run_completed"})

                    def far(socket):
                        socket.send_json({"type": "rnu_failed"})  # error: run_failed is nearest

                    class Far:
                        def dotted(self, bus):
                            bus.publish("run.completed")  # error: run_completed is nearest

                    def asked(kind):
                        return kind == "rnu_failed"
                """,
                "app/alone.py": """
                    def tell(bus):
                        bus.emit("toolExecutng", {"tool": 1})  # error: tool_executing is nearest
                """,
            },
            _CONFIG,
            id="in-bodies-without-an-event",
        ),
        Invalid(
            {
                "app/tell.py": """
                    def tell(bus, kind, data=None):
                        bus.publish({"type": kind, "data": data})

                    class Teller:
                        def __init__(self, bus):
                            self.bus = bus

                        def say(self, event):
                            self.bus.send_json({"event": event})
                """,
                "app/run.py": """
                    from app.tell import Teller, tell

                    def run(bus, teller: Teller):
                        tell(bus, kind="run_started")
                        teller.say("run_completed")
                """,
                "app/bus.py": """
                    def alone(bus):
                        bus.publish("tool_excuting", {})  # error: tool_excuting is no event of runs

                    def by_keyword(bus):
                        bus.emit(event="run_strated")  # error: run_started is nearest
                        bus.find(name="run_strated")

                    def made(bus):
                        message = dict(type='run_compelted', data=1)  # error: run_completed is nearest
                        bus.send(message)
                        print("run_strated")
                        return {"name": "tool_excuting"}
                """,
                "app/use.py": """
                    from app.tell import Teller, tell

                    def use(bus):
                        tell(bus, "rnu_failed")  # error: run_failed is nearest
                        tell(bus, kind="run_complted")  # error: run_completed is nearest
                        other(bus, "rnu_failed")

                    def say(teller: Teller):
                        teller.say("rnu_failed")  # error: run_failed is nearest
                """,
            },
            _CONFIG,
            id="in-files-without-an-event",
        ),
    ),
)
