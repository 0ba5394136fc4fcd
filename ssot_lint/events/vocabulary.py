"""The words of sequences: events, what is nearly one, names of functions that say what they send."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

from ssot_lint.config import Config, Sequence
from ssot_lint.model import MODULE, Assignment, FileFacts
from ssot_lint.project import Project
from ssot_lint.queries.closure import closure

_SENDING = frozenset({
    "send", "emit", "publish", "broadcast", "notify", "dispatch", "push", "deliver", "enqueue", "put", "fire",
    "sendall", "xadd", "rpush", "lpush",
})  # fmt: skip
_VERBS = re.compile(
    r"^_*(?:try_|safe_)?(?:emit|send|notify|publish|broadcast|dispatch|push)_(?:critical_|websocket_|ws_)?"
)
_SUFFIX = re.compile(r"_(?:event|notification|message|update|async|safe|safely)$")
_ENDING = re.compile(r"(?:ed|ing|es|s|e)$")
FIELDS = frozenset({"Field", "field"})
"""What gives the default of a dataclass's or model's attribute."""
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


KEYS = frozenset({"type", "event", "event_type", "message_type", "event_name", "eventType"})
"""Under one of these a message has the name of its event."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    sequences: Mapping[str, Sequence]  # by event
    methods: Mapping[str, str]  # what a method's name says -> event
    constants: frozenset[str]  # names of constants whose value is an event, or nearly
    quoted: frozenset[str]  # the same as texts: `Kind["STARTED"]`
    messages: frozenset[str]  # names of classes whose instances say their event by themselves
    mentions: re.Pattern[str]  # any event
    near: dict[str, str]  # texts that have been compared -> the event, or ""

    def is_event(self, text: str) -> bool:
        """Is a text an event, or nearly one?"""
        return text in self.sequences or bool(nearly(text, self.sequences, self.near))


def vocabulary(project: Project) -> Vocabulary:
    """The words of the project, worked out once: `project.once(vocabulary)`."""
    bare = _configured(project.config)
    if not bare.sequences:
        return bare
    steps = _steps(project)
    constants = closure({item.name for _, item in standing(project, bare)}, steps) - KEYS
    messages = {
        source.facts.definitions[item.scope].name
        for source in project.files
        if not source.is_test
        for item in source.facts.assignments
        if item.name in KEYS and item.scope != MODULE and _may_tell(item, bare, constants)
    }
    quoted = frozenset(map(repr, constants))
    return replace(bare, constants=constants, quoted=quoted, messages=closure(messages, steps))


def _configured(config: Config) -> Vocabulary:
    """The words of the configuration alone."""
    sequences: dict[str, Sequence] = {}
    for sequence in config.sequences:
        for event in events_of(sequence):
            sequences.setdefault(event, sequence)
    methods = {event.lower().replace("-", "_"): event for event in sequences}
    mentions = re.compile("|".join(map(re.escape, sequences)))
    return Vocabulary(sequences, methods, frozenset(), frozenset(), frozenset(), mentions, {})


def any_event(texts: Iterable[str], config: Config) -> bool:
    """Is one of the texts an event, or nearly one, by the configuration alone?"""
    words = _configured(config)
    return bool(words.sequences) and any(map(words.is_event, texts))


_TEXT = re.compile(rb"""["']([A-Za-z][\w.-]{4,59})["']""")
"""A text that may be the name of an event: as long as what `nearly` compares."""


def misspelt(source: bytes, words: Vocabulary) -> set[str]:
    """The texts in quotes that are nearly an event, and not one."""
    texts = {text.decode() for text in _TEXT.findall(source)}
    return {text for text in texts - words.sequences.keys() if nearly(text, words.sequences, words.near)}


def misspelt_by(source: bytes, config: Config) -> set[str]:
    """The same by the configuration alone, which says what events there are."""
    words = _configured(config)
    return misspelt(source, words) if words.sequences else set()


def standing(project: Project, words: Vocabulary) -> Iterator[tuple[int, Assignment]]:
    """(file, assignment) of the constants and members of enums that are an event, or nearly; those of tests left out."""
    for file, source in enumerate(project.files):
        if source.is_test:
            continue
        for item in source.facts.assignments:
            if item.name in KEYS:
                continue  # it says what a message of this class is
            if item.kind == "constant":
                if words.is_event(item.value):
                    yield file, item
            elif is_automatic(source.facts, item) and words.is_event(item.name.lower()):
                yield file, item


def is_automatic(facts: FileFacts, item: Assignment) -> bool:
    """Is it a member of a `StrEnum` that takes its value from its name?"""
    if item.kind != "call" or item.scope == MODULE or item.value.rpartition(".")[2] != "auto":
        return False
    return any(base.rpartition(".")[2] == "StrEnum" for base in facts.definitions[item.scope].bases)


def _may_tell(item: Assignment, words: Vocabulary, constants: frozenset[str]) -> bool:
    """May the value of a message's key be an event?"""
    match item.kind:
        case "constant":
            return words.is_event(item.value)
        case "name":
            return item.value.removesuffix(".value").rpartition(".")[2] in constants
        case _:
            return item.kind == "call" and item.value.rpartition(".")[2] in FIELDS


def _steps(project: Project) -> Mapping[str, frozenset[str]]:
    """Name -> further names for the same, and for classes derived from it, by the last parts of names."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for source in project.files:
        if source.is_test:
            continue
        for imp in source.facts.imports:
            if imp.name and imp.asname:
                found[imp.name].add(imp.asname)
        for item in source.facts.assignments:
            if item.kind == "name":
                found[item.value.removesuffix(".value").rpartition(".")[2]].add(item.name)
        for definition in source.facts.definitions:
            for base in definition.bases:
                found[base.rpartition(".")[2]].add(definition.name)
    return {name: frozenset(others) for name, others in found.items()}


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
