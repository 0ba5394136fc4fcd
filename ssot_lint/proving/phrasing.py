"""How a proof reads as a test: plain text, as a formatter leaves it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from textwrap import wrap

from ssot_lint.proving.bodies_shown import body_of
from ssot_lint.proving.code_lines import INDENT, WIDTH, call_of, import_of, indented, listed, quoted
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

_LONGEST_NAME = 80


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
    listed = ", ".join(quoted(place) for place in places)
    line = f"for place in [{listed}]:"
    if len(line) > WIDTH:
        line = "for place in [\n" + "".join(f"    {quoted(place)},\n" for place in places) + "]:"
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
    fixtures, body = body_of(proof)
    mark = f'@pytest.mark.{MARK}("{item.rule}", "{proof.finding}")'
    return "\n".join([mark, *_def(name, fixtures), *_docstring(proof), *indented(body)]) + "\n"


def contexts_fixture(contexts: Contexts) -> str:
    cls = contexts.cls
    if contexts.needs:
        reason = f"{cls.module}:{cls.name} needs {contexts.needs}: build two of them here"
        body = call_of("", "pytest.skip", [quoted(reason)])
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
        body = [import_of(cls), "", f"return [{made} {users}]"]
        if len(body[-1]) > WIDTH - 4:
            body[-1:] = ["return [", f"{INDENT}{made}", f"{INDENT}{users}", "]"]
            if len(made) > WIDTH - 8:
                body[-3:-2] = [f"{INDENT}{cls.name}(", *listed(named, 2), f"{INDENT})"]
    return "\n".join(["@pytest.fixture", "def contexts():", f"{INDENT}{says}", *indented(body)]) + "\n"


def _docstring(proof: Proof) -> Iterator[str]:
    item = proof.diagnostic
    more = f", and {proof.number - 1} more of the kind in this file" if proof.number > 1 else ""
    todo = "" if item.fix is None else f" `ssot-lint migrate` has a codemod for it: {item.fix.codemod}."
    rule = f"{item.rule} {item.name}, {item.path}:{item.line}{more}."
    yield f'{INDENT}"""{_sentence(item.message)}'
    yield ""
    yield from (f"{INDENT}{line}" for line in _wrapped(rule, 4).split("\n"))
    hint = f"`ssot-lint explain {item.name}` says why, and how to repair it.{todo}"
    yield from (f"{INDENT}{line}" for line in _wrapped(hint, 4).split("\n"))
    yield f'{INDENT}"""'


def _sentence(message: str) -> str:
    """A message as the beginning of a docstring: wrapped, and with nothing that ends or escapes it."""
    text = "".join(char if char.isprintable() else " " for char in message)
    text = text.replace("\\", "/").replace('"""', "'''").rstrip(".")
    text = f" {text}" if text.startswith('"') else text
    first, *rest = wrap(f"{text}.", WIDTH - 7, break_long_words=False, break_on_hyphens=False)
    if not rest:
        return first
    lines = wrap(" ".join(rest), WIDTH - 4, break_long_words=False, break_on_hyphens=False)
    return "\n".join([first, *(f"{INDENT}{line}" for line in lines)])


def _wrapped(text: str, indent: int) -> str:
    return "\n".join(wrap(text, WIDTH - indent, break_long_words=False, break_on_hyphens=False))


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


def _def(name: str, fixtures: Sequence[str]) -> list[str]:
    line = f"def {name}({', '.join(fixtures)}):"
    if len(line) <= WIDTH:
        return [line]
    comma = "," if len(fixtures) == 1 else ""
    return [f"def {name}(", f"{INDENT}{', '.join(fixtures)}{comma}", "):"]
