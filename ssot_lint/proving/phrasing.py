"""How a proof reads as a test: plain text, as a formatter leaves it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from textwrap import wrap

from ssot_lint.proving.proofs import REST
from ssot_lint.proving.shown import (
    Apart,
    Contexts,
    Name,
    NotKept,
    Offers,
    OwnState,
    Proof,
    Runs,
    Same,
    Static,
)

SIGN = "# ssot-lint tests --generate:"
"""Begins the first line of every file that is written; what does not begin so is somebody else's."""

MARK = "ssot_violation"
WIDTH = 88
_LONGEST_NAME = 80
_INDENT = "    "


# --- text ---------------------------------------------------------------------------------------------


def head(topic: str) -> str:
    about = "no concept" if topic == REST else topic
    first = _wrapped(f"Failing first: what ssot-lint found about {about}, one test for each.", 3)
    return f'''{SIGN} {topic}
"""{first}

A test fails as long as its violation is there, and passes when it is repaired. They are
yours to edit: `ssot-lint tests --generate`, run again, leaves tests that are here as
they are, and adds new ones at the end.
"""

import pytest
'''


def conftest(places: Sequence[str], up: str) -> str:
    """The conftest.py beside the tests. `up` is the way from there to the project's root, as "../.."."""
    listed = ", ".join(_quoted(place) for place in places)
    line = f"for place in [{listed}]:"
    if len(line) > WIDTH:
        line = "for place in [\n" + "".join(f"    {_quoted(place)},\n" for place in places) + "]:"
    return f'''{SIGN} conftest
"""Lets the tests in this directory import the project, wherever pytest is started."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[{up.count("..")}]

{line}
    if str(ROOT / place) not in sys.path:
        sys.path.append(str(ROOT / place))
'''


def written(name: str, proof: Proof) -> str:
    item = proof.diagnostic
    fixtures, body = _body(proof)
    mark = f'@pytest.mark.{MARK}("{item.rule}", "{proof.finding}")'
    return "\n".join([mark, *_def(name, fixtures), *_docstring(proof), *_indented(body)]) + "\n"


_Test = tuple[tuple[str, ...], list[str]]
"""(fixtures that a test takes, its statements)"""


def _body(proof: Proof) -> _Test:
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
        _import(shows.canonical),
        "",
        *_call("old", "old_home", [_quoted(shows.old.path), _quoted(shows.old.name), f"gone={name}"]),
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
        _import(shows.canonical),
        "",
        *_call("kept", "old_home", [_quoted(shows.old.path), _quoted(shows.old.name)]),
        *_call(
            "cls",
            "old_home",
            [_quoted(shows.cls.path), _quoted(shows.cls.name), f"gone={shows.canonical.name}"],
        ),
        "assert not isinstance(kept, cls)",
    ]


def _own_state(shows: OwnState) -> _Test:
    return ("old_home", "isolation"), [
        *_old("cls", shows.old.path, shows.old.name),
        'report = isolation(lambda user: cls.__new__(cls), ["alice", "bob"])',
        "assert not report.failures, str(report)",
        "paths = [shared.path for shared in report.shared]",
        f"assert {_quoted('instance.' + shows.attribute)} not in paths, str(report)",
    ]


def _offers(shows: Offers) -> _Test:
    lines = [f"report = interface(cls, {shows.protocol.name}, {_list(shows.members)})"]
    if len(lines[0]) > WIDTH - 4:
        lines = _call("members", "", list(map(_quoted, shows.members)), "[", "]")
        lines.append(f"report = interface(cls, {shows.protocol.name}, members)")
    return ("old_home", "interface"), [
        _import(shows.protocol),
        "",
        *_old("cls", shows.old.path, shows.old.name),
        *lines,
        "report.assert_compatible()",
    ]


def _runs(shows: Runs, finding: str) -> _Test:
    values = {"user": "user", "number": "1", "send": "event_recorder.sink(user)"}
    call = _call(
        "",
        "function",
        [f"{name}={values[value]}" for name, value in shows.arguments],
        indent=8 + 13 * shows.is_async,
    )
    body = [f"asyncio.run({call[0]})"] if shows.is_async else call
    if shows.is_async and (len(call) > 1 or len(body[0]) > WIDTH - 8):
        body = ["asyncio.run(", *(f"{_INDENT}{line}" for line in call), ")"]
    ends = [f"terminal={_list(shows.terminal)}"] if shows.terminal else []
    return ("old_home", "event_recorder", "ssot_findings"), [
        *(["import asyncio", ""] if shows.is_async else []),
        "from ssot_lint.runtime import assert_sequence",
        "",
        *_old("function", shows.old.path, shows.old.name),
        'for user in ["alice", "bob"]:',
        *(f"{_INDENT}{line}" for line in body),
        *_call("events", "", list(map(_quoted, shows.events)), "[", "]"),
        *_call("", "assert_sequence", ["event_recorder", "events", *ends]),
        f'ssot_findings.assert_gone("{finding}")',
    ]


def _old(variable: str, path: str, name: str) -> list[str]:
    return [
        *_call(variable, "old_home", [_quoted(path), _quoted(name)]),
        f"if {variable} is None:",
        f"{_INDENT}return  # it is gone",
    ]


def contexts_fixture(contexts: Contexts) -> str:
    cls = contexts.cls
    if contexts.needs:
        reason = f"{cls.module}:{cls.name} needs {contexts.needs}: build two of them here"
        body = _call("", "pytest.skip", [_quoted(reason)])
        says = '"""Two users. To be written: until then, the tests that need them are skipped."""'
    else:
        says = '"""Two users. Build them as your program does, if these are too simple."""'
        named = [f"{name}={'user' if kind == 'user' else 'number'}" for name, kind in contexts.arguments]
        numbered = any(kind == "number" for _, kind in contexts.arguments)
        users = (
            'for number, user in enumerate(["alice", "bob"], 1)'
            if numbered
            else 'for user in ["alice", "bob"]'
        )
        made = f"{cls.name}({', '.join(named)})"
        body = [_import(cls), "", f"return [{made} {users}]"]
        if len(body[-1]) > WIDTH - 4:
            body[-1:] = ["return [", f"{_INDENT}{made}", f"{_INDENT}{users}", "]"]
            if len(made) > WIDTH - 8:
                body[-3:-2] = [f"{_INDENT}{cls.name}(", *_listed(named, 2), f"{_INDENT})"]
    return "\n".join(["@pytest.fixture", "def contexts():", f"{_INDENT}{says}", *_indented(body)]) + "\n"


def _docstring(proof: Proof) -> Iterator[str]:
    item = proof.diagnostic
    more = f", and {proof.number - 1} more of the kind in this file" if proof.number > 1 else ""
    todo = "" if item.fix is None else f" `ssot-lint migrate` has a codemod for it: {item.fix.codemod}."
    rule = f"{item.rule} {item.name}, {item.path}:{item.line}{more}."
    yield f'{_INDENT}"""{_sentence(item.message)}'
    yield ""
    yield from (f"{_INDENT}{line}" for line in _wrapped(rule, 4).split("\n"))
    hint = f"`ssot-lint explain {item.name}` says why, and how to repair it.{todo}"
    yield from (f"{_INDENT}{line}" for line in _wrapped(hint, 4).split("\n"))
    yield f'{_INDENT}"""'


def _sentence(message: str) -> str:
    """A message as the beginning of a docstring: wrapped, and with nothing that ends or escapes it."""
    text = "".join(char if char.isprintable() else " " for char in message)
    text = text.replace("\\", "/").replace('"""', "'''").rstrip(".")
    text = f" {text}" if text.startswith('"') else text
    first, *rest = wrap(f"{text}.", WIDTH - 7, break_long_words=False, break_on_hyphens=False)
    if not rest:
        return first
    lines = wrap(" ".join(rest), WIDTH - 4, break_long_words=False, break_on_hyphens=False)
    return "\n".join([first, *(f"{_INDENT}{line}" for line in lines)])


def _wrapped(text: str, indent: int) -> str:
    return "\n".join(wrap(text, WIDTH - indent, break_long_words=False, break_on_hyphens=False))


# --- names --------------------------------------------------------------------------------------------


def name_of(proof: Proof, taken: set[str]) -> str:
    """What is true when the test passes; told apart by more of the path, in the end by the fingerprint."""
    item = proof.diagnostic
    module = item.path.removesuffix(".py").removesuffix("/__init__").split("/")
    qualname = (item.symbol or "").partition(":")[2].rpartition("<locals>.")[2]
    for depth in range(1, len(module) + 1):
        place = identifier("_".join([*module[-depth:], qualname]))
        found = f"test_{_phrase(proof, place)}"
        if len(found) > _LONGEST_NAME:
            break
        if found not in taken:
            return found
    return f"{found[: _LONGEST_NAME - 9].rstrip('_')}_{proof.finding[:8]}"


def _phrase(proof: Proof, place: str) -> str:
    match proof.shows:
        case Same(canonical=Name(name=name)):
            return f"{place}_is_{name}"
        case Apart(old=old):
            before = place.removesuffix(identifier((proof.diagnostic.symbol or "").partition(":")[2])).strip(
                "_"
            )
            return f"{before}_{identifier(old.name)}_keeps_users_apart"
        case NotKept(cls=cls):
            return f"{place}_is_no_{cls.name}"
        case OwnState():
            return f"{place}_is_not_shared"
        case Runs():
            return f"{place}_sends_the_whole_sequence"
        case Offers(members=[member]) if proof.diagnostic.rule == "SSOT601":
            return f"{place}_has_{member}"
        case Offers(protocol=protocol):
            whole = proof.diagnostic.rule == "SSOT601"
            return f"{place}_has_all_of_{protocol.name}" if whole else f"{place}_fits_the_protocol"
        case Static():
            return f"no_{identifier(proof.diagnostic.name)}_in_{place}"


def identifier(text: str) -> str:
    return re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_")


# --- statements, as a formatter would leave them ------------------------------------------------------


def _def(name: str, fixtures: Sequence[str]) -> list[str]:
    line = f"def {name}({', '.join(fixtures)}):"
    if len(line) <= WIDTH:
        return [line]
    comma = "," if len(fixtures) == 1 else ""
    return [f"def {name}(", f"{_INDENT}{', '.join(fixtures)}{comma}", "):"]


def _import(name: Name) -> str:
    line = f"from {name.module} import {name.name}"
    if len(line) <= WIDTH - 4:
        return line
    return f"from {name.module} import (\n{_INDENT}{name.name},\n)"


def _call(
    variable: str,
    function: str,
    arguments: Sequence[str],
    opening: str = "(",
    closing: str = ")",
    indent: int = 4,
) -> list[str]:
    """`variable = function(arguments)`, on one line if it fits, else as one indented line, else one for each."""
    before = f"{variable} = {function}{opening}" if variable else f"{function}{opening}"
    line = f"{before}{', '.join(arguments)}{closing}"
    if len(line) <= WIDTH - indent:
        return [line]
    inner = f"{_INDENT}{', '.join(arguments)}"
    if opening == "(" and len(inner) <= WIDTH - indent:
        return [before, inner, closing]
    return [before, *_listed(arguments, 1 if len(arguments) > 1 or opening != "(" else 0), closing]


def _listed(arguments: Sequence[str], depth: int) -> list[str]:
    if depth == 0:
        return [f"{_INDENT}{arguments[0]}"]
    return [f"{_INDENT * depth}{argument}," for argument in arguments]


def _indented(lines: Sequence[str]) -> Iterator[str]:
    for line in "\n".join(lines).split("\n"):
        yield f"{_INDENT}{line}" if line else ""


def _list(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(_quoted, texts))}]"


def _quoted(text: str) -> str:
    """A string literal in double quotes."""
    return json.dumps(text, ensure_ascii=False)
