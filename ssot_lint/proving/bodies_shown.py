"""The statements of a test that shows a violation, by what it shows."""

from __future__ import annotations

from ssot_lint.proving.code_lines import INDENT, WIDTH, call_of, import_of, list_of, quoted
from ssot_lint.proving.shown import Apart, NotKept, Offers, OwnState, Proof, Runs, Same, Static

_Test = tuple[tuple[str, ...], list[str]]
"""(fixtures that a test takes, its statements)"""


def body_of(proof: Proof) -> _Test:
    """The fixtures a test takes, and its statements."""
    match proof.shows:
        case Same() as shows:
            return _same(shows)
        case Apart() as shows:
            return _apart(shows)
        case NotKept() as shows:
            return _not_kept(shows)
        case OwnState() as shows:
            return _own_state(shows)
        case Offers() as shows:
            return _offers(shows)
        case Runs() as shows:
            return _runs(shows, proof.finding)
        case Static():
            return ("ssot_findings",), [f'ssot_findings.assert_gone("{proof.finding}")']


def _same(shows: Same) -> _Test:
    name = shows.canonical.name
    same = f"issubclass(old, {name})" if shows.is_class else f"old is {name}"
    return ("old_home",), [
        import_of(shows.canonical),
        "",
        *call_of("old", "old_home", [quoted(shows.old.path), quoted(shows.old.name), f"gone={name}"]),
        f"assert {same}",
    ]


def _apart(shows: Apart) -> _Test:
    users = "contexts" if shows.takes_context else '["alice", "bob"]'
    factory = "factory" if shows.takes_context else "lambda user: factory()"
    return ("old_home", "isolation", *(["contexts"] if shows.takes_context else [])), [
        *_old("factory", shows.old.path, shows.old.name),
        f"report = isolation({factory}, {users})",
        "assert not report.failures, str(report)",
        "paths = [shared.path for shared in report.shared]",
        'assert "instance" not in paths, str(report)',
    ]


def _not_kept(shows: NotKept) -> _Test:
    return ("old_home",), [
        import_of(shows.canonical),
        "",
        *call_of("kept", "old_home", [quoted(shows.old.path), quoted(shows.old.name)]),
        *call_of(
            "cls",
            "old_home",
            [quoted(shows.cls.path), quoted(shows.cls.name), f"gone={shows.canonical.name}"],
        ),
        "assert not isinstance(kept, cls)",
    ]


def _own_state(shows: OwnState) -> _Test:
    return ("old_home", "isolation"), [
        *_old("cls", shows.old.path, shows.old.name),
        'report = isolation(lambda user: cls.__new__(cls), ["alice", "bob"])',
        "assert not report.failures, str(report)",
        "paths = [shared.path for shared in report.shared]",
        f"assert {quoted('instance.' + shows.attribute)} not in paths, str(report)",
    ]


def _offers(shows: Offers) -> _Test:
    lines = [f"report = interface(cls, {shows.protocol.name}, {list_of(shows.members)})"]
    if len(lines[0]) > WIDTH - 4:
        lines = call_of("members", "", list(map(quoted, shows.members)), "[", "]")
        lines.append(f"report = interface(cls, {shows.protocol.name}, members)")
    return ("old_home", "interface"), [
        import_of(shows.protocol),
        "",
        *_old("cls", shows.old.path, shows.old.name),
        *lines,
        "report.assert_compatible()",
    ]


def _runs(shows: Runs, finding: str) -> _Test:
    values = {"user": "user", "number": "1", "send": "event_recorder.sink(user)"}
    call = call_of(
        "",
        "function",
        [f"{name}={values[value]}" for name, value in shows.arguments],
        indent=8 + 13 * shows.is_async,
    )
    body = [f"asyncio.run({call[0]})"] if shows.is_async else call
    if shows.is_async and (len(call) > 1 or len(body[0]) > WIDTH - 8):
        body = ["asyncio.run(", *(f"{INDENT}{line}" for line in call), ")"]
    ends = [f"terminal={list_of(shows.terminal)}"] if shows.terminal else []
    return ("old_home", "event_recorder", "ssot_findings"), [
        *(["import asyncio", ""] if shows.is_async else []),
        "from ssot_lint.runtime import assert_sequence",
        "",
        *_old("function", shows.old.path, shows.old.name),
        'for user in ["alice", "bob"]:',
        *(f"{INDENT}{line}" for line in body),
        *call_of("events", "", list(map(quoted, shows.events)), "[", "]"),
        *call_of("", "assert_sequence", ["event_recorder", "events", *ends]),
        f'ssot_findings.assert_gone("{finding}")',
    ]


def _old(variable: str, path: str, name: str) -> list[str]:
    return [
        *call_of(variable, "old_home", [quoted(path), quoted(name)]),
        f"if {variable} is None:",
        f"{INDENT}return  # it is gone",
    ]
