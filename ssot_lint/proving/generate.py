"""Proofs -> test modules: one per concept and sequence, and merged with what is there already.

A test belongs to a finding by its mark, `@pytest.mark.ssot_violation("SSOT101", "0123456789abcdef")`. Whatever else a
user makes of it, it is left as it is.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ssot_lint.errors import UsageError
from ssot_lint.proving.phrasing import MARK, SIGN, contexts_fixture, head, identifier, name_of, written
from ssot_lint.proving.shown import Proof


@dataclass(frozen=True, slots=True)
class Module:
    """A test module as it should be, and what became of its tests."""

    name: str  # the file's
    topic: str
    text: str
    added: tuple[str, ...] = ()  # names of tests
    kept: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()  # tests of findings that are no more


@dataclass(frozen=True, slots=True)
class Asked:
    """What the proofs were limited to: tests of anything else are not said to be gone."""

    topics: tuple[str, ...] = ()  # empty: all
    rules: frozenset[str] | None = None  # ids; None: all


@dataclass(frozen=True, slots=True)
class Existing:
    """What a module holds: fingerprint -> (rule, name) of its marked tests, and all names of functions and classes."""

    tests: Mapping[str, tuple[str, str]]
    names: frozenset[str]


def modules(
    found: Sequence[Proof], there: Mapping[str, str], asked: Asked | None = None
) -> tuple[Module, ...]:
    """The test modules for all proofs, by name. `there`: name -> text of the modules that exist.

    Raises UsageError for a module that has the name of one and was not written by ssot-lint, or does not parse.
    """
    asked = asked or Asked()
    topics: dict[str, str] = {}
    by_file: dict[str, list[Proof]] = {}
    for proof in found:
        topics.setdefault(file_name(proof.topic), proof.topic)
        by_file.setdefault(file_name(proof.topic), []).append(proof)
    for name, text in there.items():
        if is_ours(text) and (not asked.topics or _topic(text) in asked.topics):
            topics.setdefault(name, _topic(text))
    known = {name: _read(name, text) for name, text in there.items() if name in topics or is_ours(text)}
    return tuple(
        _merged(name, topic, by_file.get(name, []), there.get(name), known, asked)
        for name, topic in sorted(topics.items())
    )


def file_name(topic: str) -> str:
    """`test_ssot_websocket_manager.py`: no other module of that name is likely in a tree of tests."""
    return f"test_ssot_{identifier(topic)}.py"


def is_ours(text: str) -> bool:
    return text.startswith(SIGN)


def _topic(text: str) -> str:
    return text.partition("\n")[0].removeprefix(SIGN).strip()


def _merged(
    name: str,
    topic: str,
    found: Sequence[Proof],
    text: str | None,
    known: Mapping[str, Existing],
    asked: Asked,
) -> Module:
    """One module: what is there, and at its end the tests that are in none."""
    there = known.get(name, Existing({}, frozenset()))
    everywhere = {finding for module in known.values() for finding in module.tests}
    new = [proof for proof in found if proof.finding not in everywhere]
    taken = set(there.names)
    added: list[str] = []
    pieces: list[str] = []
    if "contexts" not in taken:
        pieces += [contexts_fixture(proof.contexts) for proof in new if proof.contexts is not None][:1]
    for proof in new:
        added.append(name_of(proof, taken))
        taken.add(added[-1])
        pieces.append(written(added[-1], proof))
    if text is None:
        text = head(topic)
    if pieces:
        end = "\r\n" if "\r\n" in text else "\n"
        text = text.rstrip() + end + "".join(f"\n\n{piece}" for piece in pieces).replace("\n", end)
    left = {proof.finding for proof in found}
    return Module(
        name,
        topic,
        text,
        tuple(added),
        tuple(test for finding, (_, test) in there.tests.items() if finding in left),
        tuple(
            test
            for finding, (rule, test) in there.tests.items()
            if finding not in left and (asked.rules is None or rule in asked.rules)
        ),
    )


# --- what is there ------------------------------------------------------------------------------------


def _read(name: str, text: str) -> Existing:
    if not is_ours(text):
        raise UsageError(
            f"{name} exists, and `ssot-lint tests --generate` did not write it: its first line does not begin "
            f"with {SIGN!r}",
            "name another directory, or rename the file",
        )
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise UsageError(
            f"{name}:{error.lineno} does not parse: {error.msg}", "mend it, so that tests can be added"
        ) from error
    tests: dict[str, tuple[str, str]] = {}
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
            for mark in node.decorator_list:
                match mark:
                    case ast.Call(
                        func=ast.Attribute(attr=attribute),
                        args=[ast.Constant(value=str(rule)), ast.Constant(value=str(finding))],
                    ) if attribute == MARK:
                        tests[finding] = (rule, node.name)
    return Existing(tests, frozenset(names))
