"""Send a terminal event on every path that starts a sequence.

Whoever saw `agent_started` waits for the end: a spinner turns, a lock is held, a bill is open. A path that returns
early, or swallows an exception, and sends nothing more leaves all of them waiting for ever.

Every function outside the emitter that sends the first event of a sequence is run path by path through its branches,
loops, `try`, `with` and `match`. A path is reported where it leaves, by return, by its end or by `raise`, without one
of the terminal events; the finding stands at the first event and shows the path line by line. An exception counts
where it is raised in so many words, or where a call within a `try` can raise and the handlers around it take it; an
exception that simply passes through does not.

A call of a function of the project counts for what that function sends on its paths, and so on down to the last one.
What is known of its arguments (`finish(emitter, ok=True)`, a flag that was asked for before) and of what it returns
(`if not await begin(emitter): return`) counts.

What a function leaves open is its callers' to end: where calls of it are found, in whatever module, each caller is
judged instead, and a function whose callers all end the run is fine. A function that only starts is undecided if it is
handed on rather than called (`bus.subscribe(begin)`), called on an object whose class nobody tells, or if it is private
or says so in its name (`start_run`, `__aenter__`) and no caller is seen. Undecided are also a path through a loop over
nothing, one that depends on a comparison made twice, and a function that chooses the event by a name that it is given.
Functions named for the event they send, and the emitter itself, are fine.

A sending that fails counts as sent, and so does one that is left out because there is nothing to send through
(`if emitter:`): the rule asks whether the end is forgotten, not whether it arrives. Files below `test-paths` are not
looked at.

Example:

    async def run(emitter, text):
        await emitter.emit("agent_started")
        if not text:
            return
        await emitter.emit("agent_completed")

Use instead: send the end on each way out; `try` and `finally` where there are many.
"""

from __future__ import annotations

from collections.abc import Iterator

from ssot_lint.events.paths import Leak, undecided, walked
from ssot_lint.model import MODULE, Location, Related, Violation
from ssot_lint.project import Project
from ssot_lint.rule import Invalid, NoOptions, Rule, Valid

_SHOWN = 12


def check(project: Project, options: NoOptions) -> Iterator[Violation]:
    for leak in walked(project).leaks:
        yield _violation(project, leak)


def _violation(project: Project, leak: Leak) -> Violation:
    start, last = leak.start, leak.exit
    path = project.files[start.file].path
    where = f"line {last.line}" if last.path == path else f"{last.path}:{last.line}"
    terminal = start.sequence.terminal or start.sequence.events[-1:]
    ends = " or ".join(terminal) if len(terminal) < 3 else f"{', '.join(terminal[:-1])} or {terminal[-1]}"
    steps = leak.steps if len(leak.steps) <= _SHOWN else (*leak.steps[: _SHOWN - 3], *leak.steps[-3:])
    return Violation(
        Location(path, start.line, start.text.column),
        f"{start.event} is sent, and the path that {last.text} at {where} sends no {ends}",
        symbol=None if start.scope == MODULE else project.symbol(start.file, start.scope),
        canonical=start.sequence.emitter,
        related=tuple(Related(step.path, step.line, step.text) for step in steps),
    )


_CONFIG = """
[sequences.runs]
events = ["run_started", "run_thinking", "run_completed"]
terminal = ["run_completed", "run_failed"]
emitter = "app.emitter:RunEmitter"
"""
_EMITTER = {
    "app/__init__.py": "",
    "app/emitter.py": """
        class RunEmitter:
            async def emit(self, event, **details):
                await self.manager.send_json({"type": event, **details})

            async def started(self):
                await self.emit("run_started")

            async def completed(self):
                await self.emit("run_completed")
    """,
}

_PHASES = {
    "app/phases.py": """
        from enum import Enum

        class Phase(str, Enum):
            BEGUN = "run_started"
            ENDED = "run_completed"
            LOST = "run_failed"
    """,
    "app/ways.py": """
        from app.phases import Phase as P

        async def given(socket, kind):
            await socket.send_json({"type": kind})

        async def ended(socket):
            await socket.send_json({"type": P.ENDED})
    """,
}

_STEPS = {
    "app/steps.py": """
        async def open_up(hub, text):
            if not text:
                return False
            await hub.send_json({"type": "run_started"})
            return True

        async def finish(hub, ok):
            if ok:
                await hub.send_json({"type": "run_completed"})
    """
}

RULE = Rule(
    id="SSOT502",
    name="incomplete-sequence",
    check=check,
    undecided=undecided,
    valid=(
        Valid(
            _EMITTER
            | {
                "app/run.py": """
                    from app.emitter import RunEmitter

                    async def straight(emitter: RunEmitter, text):
                        if not text:
                            return
                        await emitter.emit("run_started")
                        try:
                            answer = await think(text)
                        except ValueError as error:
                            await emitter.emit("run_failed", reason=str(error))
                            raise
                        await emitter.emit("run_completed", answer=answer)

                    async def finally_(emitter: RunEmitter, text):
                        await emitter.emit("run_started")
                        try:
                            if not text:
                                return
                            await think(text)
                        finally:
                            await emitter.emit("run_completed")

                    async def each(emitter: RunEmitter, texts):
                        for text in texts:
                            await emitter.emit("run_started")
                            if text:
                                await emitter.emit("run_completed")
                                continue
                            await emitter.emit("run_failed")

                    async def guarded(emitter: RunEmitter, quiet):
                        if not quiet:
                            await emitter.emit("run_started")
                        await think("x")
                        if not quiet:
                            await emitter.emit("run_completed")

                    async def passes_through(emitter: RunEmitter, text):
                        await emitter.emit("run_started")
                        answer = await think(text)
                        match answer:
                            case "":
                                await emitter.emit("run_failed")
                            case _:
                                await emitter.emit("run_completed")
                """
            },
            _CONFIG,
        ),
        Valid(
            _EMITTER
            | {
                "app/run.py": """
                    from app.emitter import RunEmitter

                    async def begin_run(emitter: RunEmitter):
                        await emitter.emit("run_started")

                    async def finish(emitter: RunEmitter, failed):
                        if failed:
                            await emitter.emit("run_failed")
                        else:
                            await emitter.emit("run_completed")

                    async def run(emitter: RunEmitter, text):
                        await begin_run(emitter)
                        failed = False
                        try:
                            await think(text)
                        except Exception:
                            failed = True
                        await finish(emitter, failed)

                    async def by_methods(emitter: RunEmitter):
                        await emitter.started()
                        await emitter.completed()

                    async def optional(emitter: RunEmitter | None):
                        if emitter:
                            await emitter.emit("run_started")
                        await think("x")
                        if emitter is not None:
                            await emitter.emit("run_completed")

                    async def tell(emitter: RunEmitter, kind):
                        if kind == "run_started":
                            await emitter.emit("run_started")
                        elif kind == "run_completed":
                            await emitter.emit("run_completed")

                    async def start_only(emitter: RunEmitter):
                        await emitter.emit("run_started")

                    async def notify_run_started(socket):
                        await socket.send_json({"type": "run_started"})
                """
            },
            _CONFIG,
            id="callers-and-callees",
        ),
        Valid(
            _EMITTER
            | _PHASES
            | {
                "app/work.py": """
                    from app import phases
                    from app.phases import Phase as P
                    from app.ways import ended, given

                    async def guarded(socket, text):
                        await socket.send_json({"type": P.BEGUN})
                        try:
                            await think(text)
                        except Exception:
                            await given(socket, P.LOST)
                            raise
                        await ended(socket)

                    async def always(socket, text):
                        await given(socket, phases.Phase.BEGUN)
                        try:
                            return await think(text)
                        finally:
                            await socket.send_json({"type": phases.Phase.ENDED.value})
                """
            },
            _CONFIG,
            id="constants-by-any-name",
        ),
        Valid(
            _EMITTER
            | _STEPS
            | {
                "app/ends.py": """
                    from app.steps import finish

                    async def wrap_up(hub):
                        await finish(hub, ok=True)
                """,
                "app/work.py": """
                    from app.ends import wrap_up
                    from app.steps import finish, open_up as first

                    async def handle(hub, text):
                        if not await first(hub, text):
                            return None
                        try:
                            return await think(text)
                        finally:
                            await finish(hub, True)

                    async def by_another(hub, text):
                        if await first(hub, text):
                            await think(text)
                            await wrap_up(hub)
                """,
            },
            _CONFIG,
            id="callers-elsewhere",
        ),
    ),
    invalid=(
        Invalid(
            _EMITTER
            | {
                "app/run.py": """
                    from app.emitter import RunEmitter

                    async def early(emitter: RunEmitter, text):
                        await emitter.emit("run_started")  # error: the path that returns at line 6 sends no run_completed or run_failed
                        if not text:
                            return
                        await emitter.emit("run_completed")

                    async def never(emitter: RunEmitter, text):
                        await emitter.emit("run_started")  # error: the path that ends at line 11
                        await emitter.emit("run_thinking")

                    async def swallowed(emitter: RunEmitter, text):
                        try:
                            await emitter.emit("run_started")  # error: ends at line 19
                            await think(text)
                            await emitter.emit("run_completed")
                        except Exception as error:
                            print(error)

                    async def raised(emitter: RunEmitter, text):
                        await emitter.emit("run_started")  # error: the path that raises at line 24
                        if not text:
                            raise ValueError("no text")
                        await emitter.emit("run_completed")

                    async def unmatched(emitter: RunEmitter, text):
                        await emitter.emit("run_started")  # error: ends at line 31
                        match text:
                            case "a":
                                await emitter.emit("run_completed")

                    async def by_methods(emitter: RunEmitter, text):
                        await emitter.started()  # error: returns at line 36
                        if not text:
                            return
                        await emitter.completed()
                """
            },
            _CONFIG,
        ),
        Invalid(
            _EMITTER
            | {
                "app/run.py": """
                    from app.emitter import RunEmitter

                    async def begin(emitter: RunEmitter):
                        await emitter.emit("run_started")  # error: the path that returns at line 14

                    async def finish(emitter: RunEmitter, ok):
                        if ok:
                            await emitter.emit("run_completed")

                    async def run(emitter: RunEmitter, text):
                        await begin(emitter)
                        if text:
                            await finish(emitter, await think(text))
                            return
                        await emitter.emit("run_failed")
                """
            },
            _CONFIG,
            id="through-callees",
        ),
        Invalid(
            _EMITTER
            | _PHASES
            | {
                "app/work.py": """
                    from app.phases import Phase as P
                    from app.ways import ended, given

                    async def early(socket, text):
                        await socket.send_json({"type": P.BEGUN})  # error: the path that returns at line 7
                        if not text:
                            return
                        await ended(socket)

                    async def swallowed(socket, text):
                        try:
                            await given(socket, P.BEGUN)  # error: ends at line 16
                            await think(text)
                            await given(socket, P.ENDED)
                        except Exception as error:
                            print(error)
                """
            },
            _CONFIG,
            id="constants-by-any-name",
        ),
        Invalid(
            _EMITTER
            | {
                "app/steps.py": """
                    async def open_up(hub, text):
                        if not text:
                            return False
                        await hub.send_json({"type": "run_started"})  # error: the path that ends at app/work.py:5
                        return True

                    async def finish(hub, ok):
                        if ok:
                            await hub.send_json({"type": "run_completed"})
                """,
                "app/work.py": """
                    from app.steps import finish, open_up

                    async def handle(hub, text):
                        if await open_up(hub, text):
                            await finish(hub, await think(text))
                """,
            },
            _CONFIG,
            id="callers-elsewhere",
        ),
    ),
)
