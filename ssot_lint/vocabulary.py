"""The words of sequences: events, what is nearly one, names of functions that say what they send."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from ssot_lint.config import Sequence
from ssot_lint.project import Project

_SENDING = frozenset({
    "send", "emit", "publish", "broadcast", "notify", "dispatch", "push", "deliver", "enqueue", "put", "fire",
    "sendall", "xadd", "rpush", "lpush",
})  # fmt: skip
_VERBS = re.compile(
    r"^_*(?:try_|safe_)?(?:emit|send|notify|publish|broadcast|dispatch|push)_(?:critical_|websocket_|ws_)?"
)
_SUFFIX = re.compile(r"_(?:event|notification|message|update|async|safe|safely)$")
_ENDING = re.compile(r"(?:ed|ing|es|s|e)$")
_NAME = re.compile(r"[A-Za-z][\w.-]*$")
WORD = re.compile(r"[a-z]+|[A-Z][a-z]*|[A-Z]+(?![a-z])")


def events_of(sequence: Sequence) -> tuple[str, ...]:
    """All events of a sequence: those in order, then the terminal ones that do not stand among them."""
    return tuple(dict.fromkeys((*sequence.events, *sequence.terminal)))


def named_event(project: Project, name: str) -> str | None:
    """The event that a function's name says it sends: `agent_started` for `_emit_agent_started`."""
    said, methods = stem(name), project.once(vocabulary).methods
    return methods.get(said) or next(
        (methods[event] for event in methods if said.endswith(f"_{event}")), None
    )


@dataclass(frozen=True, slots=True)
class Vocabulary:
    sequences: Mapping[str, Sequence]  # by event
    methods: Mapping[str, str]  # what a method's name says -> event
    constants: frozenset[str]  # names of constants whose value is an event, or nearly
    mentions: re.Pattern[str]  # any event
    near: dict[str, str]  # texts that have been compared -> the event, or ""


def vocabulary(project: Project) -> Vocabulary:
    sequences: dict[str, Sequence] = {}
    for sequence in project.config.sequences:
        for event in events_of(sequence):
            sequences.setdefault(event, sequence)
    methods = {event.lower().replace("-", "_"): event for event in sequences}
    near: dict[str, str] = {}
    constants = {
        item.name
        for source in project.files
        if not source.is_test
        for item in source.facts.assignments
        if item.kind == "constant" and (item.value in sequences or nearly(item.value, sequences, near))
    }
    mentions = re.compile("|".join(map(re.escape, sequences)))
    return Vocabulary(sequences, methods, frozenset(constants), mentions, near)


def nearly(text: str, events: Mapping[str, object], near: dict[str, str]) -> str:
    """The event that a text nearly is, or ""."""
    if text not in near:
        near[text] = _closest(text, events) if 4 < len(text) < 60 and _NAME.match(text) else ""
    return near[text]


def _closest(text: str, events: Iterable[str]) -> str:
    """At most two edits apart (one in short names), another case or separator, or another ending of the word."""
    from rapidfuzz.distance import OSA

    flat, best = _flat(text), (9, "")
    for event in events:
        other = _flat(event)
        if abs(len(flat) - len(other)) > 3 or (flat[-3:] == "ion" and other[-3:] != "ion"):
            continue  # a noun names something else: `tool_execution` is not `tool_executing`
        distance = OSA.distance(flat, other, score_cutoff=2)
        if (distance <= (2 if len(other) > 9 else 1) or _root(flat) == _root(other)) and distance < best[0]:
            best = distance, event
    return best[1]


@cache
def _flat(text: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text).lower().replace("-", "_").replace(".", "_")


@cache
def _root(text: str) -> str:
    return _ENDING.sub("", text)


@cache
def stem(name: str) -> str:
    """What is left of a sending method's name without its verb; "" without a verb."""
    verb = _VERBS.match(name)
    return _SUFFIX.sub("", name[verb.end() :]) if verb else ""


def sends(name: str) -> bool:
    """Does a function's name say that it sends something?"""
    return not _SENDING.isdisjoint(part.lower() for part in WORD.findall(name))


def could_be(receiver: str, sequence: Sequence) -> bool:
    """Is a name like that of the emitter's class, so that it may well hold one?"""
    if not sequence.emitter:
        return True
    words = {word.lower() for word in WORD.findall(sequence.emitter.rpartition(":")[2].rpartition(".")[2])}
    last = receiver.rpartition(".")[2]
    kind = WORD.findall(sequence.emitter.rpartition(":")[2])
    return bool(kind) and kind[-1].lower() in {word.lower() for word in WORD.findall(last)} and bool(words)
