"""Send the events of a sequence in its order.

Who watches a run draws a picture of it from the order of the events: a tool that completes before it executes, or
thinking after the end, breaks the picture, or is dropped as noise.

On every path through a function outside the emitter the events are compared with the order in the configuration.
Reported are an event after the terminal one (unless it starts a new run), and one that the sequence has before an
event that was sent earlier on the path; the latter as a warning, because a second round may be meant. Leaving events
out is fine, the same event again is fine, and each turn of a loop may begin again. `repeatable` names events that may
come at any time between start and end. A function of the project that is called counts with what it sends first and
last, where that is the same on all its paths; one that sends several events, or is called again, may begin another round. What a context
manager sends around the body of a `with` is undecided. Files below
`test-paths` are not looked at.

Example:

    # events = ["agent_started", "tool_executing", "tool_completed", "agent_completed"]
    await emitter.emit("agent_started")
    await emitter.emit("tool_completed")
    await emitter.emit("tool_executing")

Use instead: send each event when that begins or ends of which it tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ssot_lint.events.outcomes import Disorder
from ssot_lint.events.paths import walked
from ssot_lint.model import MODULE, Location, Related, Violation
from ssot_lint.project import Project
from ssot_lint.rule import Invalid, Rule, Valid


@dataclass(frozen=True)
class Options:
    repeatable: tuple[str, ...] = ()
    """Events that may come again at any time before the end, e.g. `["agent_thinking"]`."""


def check(project: Project, options: Options) -> Iterator[Violation]:
    for item in walked(project).disorders:
        if item.ended or item.late.event not in options.repeatable:
            yield _violation(project, item)


def _violation(project: Project, item: Disorder) -> Violation:
    late, before = item.late, item.before
    why = "which ended the run" if item.ended else f"which {late.sequence.name} has later"
    there = project.files[before.file].path
    where = f"line {before.line}" if before.file == late.file else f"{there}:{before.line}"
    related = [Related(there, before.line, f"{before.event} is sent here")]
    if item.within is not None:
        within = project.files[item.within.file].path
        related.append(Related(within, item.within.line, f"{late.event} is sent here"))
    return Violation(
        Location(project.files[late.file].path, late.line, late.text.column),
        f"{late.event} is sent after {before.event} ({where}), {why}",
        symbol=None if late.scope == MODULE else project.symbol(late.file, late.scope),
        canonical=late.sequence.emitter,
        related=tuple(related),
        severity="error" if item.ended else "warning",
    )


_CONFIG = """
[sequences.runs]
events = ["run_started", "run_thinking", "tool_executing", "tool_completed", "run_completed"]
terminal = ["run_completed", "run_failed"]
"""

RULE = Rule(
    id="SSOT503",
    name="out-of-order-event",
    check=check,
    options=Options,
    valid=(
        Valid(
            {
                "app/run.py": """
                    def run(socket, tools):
                        socket.send_json({"type": "run_started"})
                        for tool in tools:
                            socket.send_json({"type": "run_thinking"})
                            socket.send_json({"type": "tool_executing"})
                            socket.send_json({"type": "tool_completed"})
                        socket.send_json({"type": "run_completed"})
                        socket.send_json({"type": "run_started"})
                        socket.send_json({"type": "run_failed"})

                    def either(socket, flag):
                        socket.send_json({"type": "run_started"})
                        if flag:
                            socket.send_json({"type": "tool_completed"})
                        else:
                            socket.send_json({"type": "run_thinking"})
                        socket.send_json({"type": "run_completed"})
                """
            },
            _CONFIG,
        ),
        Valid(
            {
                "app/run.py": """
                    def run(socket):
                        socket.send_json({"type": "tool_completed"})
                        socket.send_json({"type": "run_thinking"})
                        socket.send_json({"type": "run_completed"})
                """
            },
            _CONFIG,
            options={"repeatable": ["run_thinking"]},
            id="repeatable",
        ),
        Valid(
            {
                "app/run.py": """
                    def use_tool(socket):
                        socket.send_json({"type": "tool_executing"})
                        socket.send_json({"type": "tool_completed"})

                    def use_other_tool(socket):
                        socket.send_json({"type": "tool_executing"})
                        socket.send_json({"type": "tool_completed"})

                    def think(socket):
                        socket.send_json({"type": "run_thinking"})

                    def again(socket):
                        try:
                            whole(socket)
                            print("done")
                        except OSError:
                            think(socket)

                    def perhaps(socket, flag):
                        if flag:
                            socket.send_json({"type": "tool_executing"})
                        else:
                            socket.send_json({"type": "run_failed"})

                    def whole(socket):
                        socket.send_json({"type": "run_started"})
                        use_tool(socket)
                        use_tool(socket)
                        use_other_tool(socket)
                        socket.send_json({"type": "run_completed"})

                    def twice(socket, flag):
                        whole(socket)
                        whole(socket)
                        socket.send_json({"type": "run_started"})
                        socket.send_json({"type": "tool_completed"})
                        perhaps(socket, flag)
                        perhaps(socket, False)
                """
            },
            _CONFIG,
            id="rounds-of-functions",
        ),
        Valid(
            {
                "app/run.py": """
                    from contextlib import contextmanager

                    @contextmanager
                    def run(socket):
                        socket.send_json({"type": "run_started"})
                        try:
                            yield socket
                        except OSError:
                            socket.send_json({"type": "run_failed"})
                            raise
                        socket.send_json({"type": "run_completed"})

                    def work(socket):
                        with run(socket) as inner:
                            inner.send_json({"type": "run_thinking"})
                """
            },
            _CONFIG,
            id="around-the-body-of-a-with",
        ),
    ),
    invalid=(
        Invalid(
            {
                "app/run.py": """
                    def run(socket):
                        socket.send_json({"type": "run_thinking"})
                        socket.send_json({"type": "run_started"})  # error: run_started is sent after run_thinking (line 2)
                        socket.send_json({"type": "tool_completed"})
                        socket.send_json({"type": "tool_executing"})  # error: tool_executing is sent after tool_completed
                        socket.send_json({"type": "run_completed"})
                        socket.send_json({"type": "run_thinking"})  # error: after run_completed (line 6), which ended the run
                """
            },
            _CONFIG,
        ),
        Invalid(
            {
                "app/phases.py": """
                    from enum import Enum

                    class Phase(str, Enum):
                        BEGUN = "run_started"
                        THOUGHT = "run_thinking"
                        ENDED = "run_completed"
                """,
                "app/work.py": """
                    from app import phases
                    from app.phases import Phase as P

                    def work(socket):
                        socket.send_json({"type": P.THOUGHT})
                        socket.send_json({"type": P.BEGUN.value})  # error: (line 5)
                        socket.send_json({"type": P.ENDED})
                        socket.send_json({"type": phases.Phase.THOUGHT})  # error: (line 7), which ended the run
                """,
            },
            _CONFIG,
            id="constants-by-any-name",
        ),
        Invalid(
            {
                "app/ends.py": """
                    async def end_it(socket):
                        await socket.send_json({"type": "run_completed"})

                    async def checked(socket, text):
                        if not text:
                            await socket.send_json({"type": "run_completed"})
                            return False
                        return True
                    """,
                "app/work.py": """
                    from app.ends import checked, end_it

                    async def work(socket):
                        await socket.send_json({"type": "run_started"})
                        await end_it(socket)
                        await socket.send_json({"type": "run_thinking"})  # error: after run_completed (app/ends.py:2), which ended the run

                    async def careful(socket, text):
                        await socket.send_json({"type": "run_started"})
                        if not await checked(socket, text):
                            return
                        await socket.send_json({"type": "run_thinking"})
                    """,
            },
            _CONFIG,
            id="ended-by-a-function",
        ),
        Invalid(
            {
                "app/steps.py": """
                    def think(socket):
                        socket.send_json({"type": "run_thinking"})

                    def use_tool(socket):
                        socket.send_json({"type": "tool_executing"})
                        socket.send_json({"type": "tool_completed"})

                    def finish(socket):
                        socket.send_json({"type": "run_completed"})
                    """,
                "app/work.py": """
                    from app.steps import finish, think, use_tool

                    def work(socket):
                        socket.send_json({"type": "run_started"})
                        use_tool(socket)
                        socket.send_json({"type": "run_thinking"})  # error: run_thinking is sent after tool_completed (line 5)
                        finish(socket)

                    def thinks_late(socket):
                        socket.send_json({"type": "run_started"})
                        socket.send_json({"type": "tool_completed"})
                        think(socket)  # error: run_thinking is sent after tool_completed (line 11)
                        finish(socket)

                    def goes_on(socket):
                        socket.send_json({"type": "run_started"})
                        finish(socket)
                        use_tool(socket)  # error: tool_executing is sent after run_completed (app/steps.py:9), which ended the run
                    """,
            },
            _CONFIG,
            id="steps-of-functions",
        ),
    ),
)
