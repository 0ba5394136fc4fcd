"""What a test has to show so that a violation is seen failing first: from findings to `Proof` values.

A proof runs the program where running it tells the same as the rule does. Everything else asks `ssot-lint check`
whether the finding is still there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ssot_lint.baseline import kind
from ssot_lint.concepts.contracts import contracts, lacking
from ssot_lint.model import MODULE, Diagnostic
from ssot_lint.proving.imported import can_be_imported, canonical_of, home_of, importable
from ssot_lint.proving.shown import (
    Apart,
    Contexts,
    Home,
    Name,
    NotKept,
    Offers,
    OwnState,
    Proof,
    Runs,
    Same,
    Shows,
    Static,
)
from ssot_lint.queries.digests import flow_of
from ssot_lint.queries.signatures import constructor
from ssot_lint.queries.walks import callee, walk

if TYPE_CHECKING:
    from ssot_lint.config import Concept
    from ssot_lint.model import Parameter
    from ssot_lint.project import Project, Target

COVERED = ("SSOT1", "SSOT3", "SSOT5", "SSOT6")
"""The families that tests are written for: duplicates, factories and isolation, events, interfaces."""

REST = "whole-project"
"""Where findings go that are about no concept and no sequence."""

_OPEN_BASES = frozenset({"ABC", "Protocol", "Enum", "type"})

_PLAIN = {"str": "user", "int": "number", "object": "user", "Any": "user", "Hashable": "user"}


def proofs(
    project: Project, diagnostics: Iterable[Diagnostic], topics: Sequence[str] = ()
) -> tuple[Proof, ...]:
    """One proof for each kind of new finding of the covered families, by topic, rule and place."""
    found: dict[str, Proof] = {}
    for item in diagnostics:
        if item.status != "new" or not item.rule.startswith(COVERED):
            continue
        topic = _topic(project, item)
        key = kind(item)
        if topics and topic not in topics:
            continue
        if key in found:
            found[key] = replace(found[key], number=found[key].number + 1)
            continue
        shows = _shows(project, item)
        wants = isinstance(shows, Apart) and shows.takes_context
        found[key] = Proof(topic, key, item, 1, shows, _contexts(project, item) if wants else None)
    return tuple(sorted(found.values(), key=_order))


def _order(proof: Proof) -> tuple[str, str, str, int, str]:
    item = proof.diagnostic
    return proof.topic, item.rule, item.path, item.line, proof.finding


def _topic(project: Project, item: Diagnostic) -> str:
    if item.concept is not None:
        return item.concept
    if item.rule.startswith("SSOT5"):
        for sequence in project.config.sequences:
            if item.canonical is not None and sequence.emitter == item.canonical:
                return sequence.name
        for sequence in project.config.sequences:
            if any(event in item.message for event in (*sequence.events, *sequence.terminal)):
                return sequence.name
    return REST


def _shows(project: Project, item: Diagnostic) -> Shows:
    concept = project.config.concept(item.concept) if item.concept is not None else None
    found: Shows | None = None
    match item.rule:
        case "SSOT101" | "SSOT102":
            found = _same(project, item, canonical_of(project, concept))
        case "SSOT103":
            found = _same(project, item, importable(project, item.canonical))
        case "SSOT104" if concept is not None:
            found = _same(project, item, importable(project, concept.test_double))
        case "SSOT302":
            found = _apart(project, item, concept) or _not_kept(project, item, concept)
        case "SSOT303":
            found = _own_state(project, item)
        case "SSOT502":
            found = _runs(project, item)
        case "SSOT601" | "SSOT602":
            found = _offers(project, item)
    return found or Static()


def _same(project: Project, item: Diagnostic, canonical: Name | None) -> Same | None:
    old = home_of(project, item.symbol)
    if old is None or canonical is None:
        return None
    one = project.resolve_symbol(item.symbol or "").target
    other = project.resolve_symbol(f"{canonical.module}:{canonical.name}").target
    if other.kind != "definition" or project.definition(one).is_class != project.definition(other).is_class:
        return None
    return Same(old, canonical, project.definition(one).is_class)


def _apart(project: Project, item: Diagnostic, concept: Concept | None) -> Apart | None:
    """The function that hands out what is kept: the cached one itself, or the one that fills a global."""
    module, _, name = (item.symbol or "").partition(":")
    file = project.find_module(module)
    if file is None:
        return None
    facts = project.files[file].facts
    writers = {x.writer for x in facts.assignments if (x.name, x.scope) == (name, MODULE)} - {MODULE}
    if len(writers) == 1:
        name = facts.definitions[writers.pop()].qualname
    old = home_of(project, f"{module}:{name}")
    target = project.resolve_symbol(f"{module}:{name}").target
    if old is None or project.definition(target).is_class:
        return None
    parameters = project.definition(target).parameters
    required = [x for x in parameters if x.default is None and not x.kind.startswith("var-")]
    if not parameters:
        return Apart(old, takes_context=False)
    first = parameters[0]
    if concept is None or concept.context is None or not _means(first, concept.context):
        return None
    others = [x for x in required if x is not first]
    return None if others or first.kind not in ("positional", "positional-only") else Apart(old, True)


def _not_kept(project: Project, item: Diagnostic, concept: Concept | None) -> NotKept | None:
    """Where one statement, run at import, puts an instance into a module or a class."""
    module, _, qualname = (item.symbol or "").partition(":")
    file = project.find_module(module)
    canonical = canonical_of(project, concept)
    if file is None or canonical is None or not can_be_imported(project, file):
        return None
    facts = project.files[file].facts
    owner, _, name = qualname.rpartition(".")
    scopes = [
        index
        for index, x in enumerate(facts.definitions)
        if x.qualname == owner and x.is_class and (x.parent, x.branch) == (MODULE, MODULE)
    ] if owner else [MODULE]  # fmt: skip
    bound = [x for x in facts.assignments if x.name == name and x.scope in scopes]
    if len(bound) != 1 or (bound[0].branch, bound[0].writer) != (MODULE, MODULE):
        return None
    cls = _class_at(project, item)
    if bound[0].line != item.line or bound[0].kind != "call" or cls is None:
        return None
    return NotKept(Home(project.files[file].path, qualname), cls, canonical)


def _class_at(project: Project, item: Diagnostic) -> Home | None:
    """The class of what is kept, which the finding names last."""
    kept = item.related[-1] if item.related else None
    file = project.by_path.get(kept.path) if kept is not None else None
    if kept is None or file is None:
        return None
    for index, definition in enumerate(project.files[file].facts.definitions):
        if definition.line == kept.line and definition.is_class:
            return home_of(project, project.symbol(file, index))
    return None


def _means(parameter: Parameter, context: str) -> bool:
    """Is this where the context goes: by its annotation, or by its name where there is none?"""
    name = context.rpartition(":")[2]
    if parameter.annotation:
        return name in parameter.annotation
    return parameter.name in ("context", "ctx", "user_context")


def _own_state(project: Project, item: Diagnostic) -> OwnState | None:
    owner, _, attribute = (item.symbol or "").rpartition(".")
    old = home_of(project, owner)
    target = project.resolve_symbol(owner).target if old is not None else None
    if old is None or target is None or target.kind != "definition":
        return None
    definition = project.definition(target)
    if not definition.is_class or definition.metaclass or _is_abstract(project, target):
        return None
    return OwnState(old, attribute)


def _is_abstract(project: Project, target: Target) -> bool:
    """May `cls.__new__(cls)` refuse?"""
    names = {base.rpartition(".")[2] for base in project.definition(target).bases}
    if names & _OPEN_BASES or "" in names:
        return True
    definitions = project.files[target.file].facts.definitions
    return any(definitions[child].name == "__new__" for child in project.children(target.file, target.index))


def _offers(project: Project, item: Diagnostic) -> Offers | None:
    contract = contracts(project).get(item.concept or "")
    if contract is None or (item.rule == "SSOT602" and contract.place is None):
        return None
    protocol = (
        importable(project, project.symbol(*contract.place))
        if contract.place is not None
        else canonical_of(project, contract.concept)
    )
    symbol = item.symbol or ""
    members: tuple[str, ...] = ()
    if item.rule == "SSOT602":
        symbol, _, member = symbol.rpartition(".")
        members = (member,)
    old = home_of(project, symbol)
    if old is None or protocol is None:
        return None
    target = project.resolve_symbol(symbol).target
    if item.rule == "SSOT601":
        members = lacking(project, contract, (target.file, target.index)) or ()
    return Offers(old, protocol, members) if members else None


def _runs(project: Project, item: Diagnostic) -> Runs | None:
    """Where the event is sent by calling a parameter, and all the others take plain values."""
    sequence = next((x for x in project.config.sequences if x.name == _topic(project, item)), None)
    old = home_of(project, item.symbol)
    if old is None or sequence is None:
        return None
    target = project.resolve_symbol(item.symbol or "").target
    definition = project.definition(target)
    flow = flow_of(project, (target.file, target.index))
    if definition.is_class or definition.decorators or flow is None:
        return None
    called = {callee(x) for x in walk(flow.body) if x.kind == "call" and x.line == item.line}
    arguments = []
    for parameter in definition.parameters:
        value = "send" if parameter.name in called else _plain(parameter)
        if parameter.kind not in ("positional", "keyword-only") or (value is None and not parameter.default):
            return None
        if value == "send" or not parameter.default:
            arguments.append((parameter.name, value or ""))
    if [value for _, value in arguments].count("send") != 1:
        return None
    return Runs(old, tuple(arguments), definition.is_async, sequence.events, sequence.terminal)


def _contexts(project: Project, item: Diagnostic) -> Contexts | None:
    concept = project.config.concept(item.concept or "")
    if concept is None or concept.context is None:
        return None
    module, _, name = concept.context.partition(":")
    target = project.resolve_symbol(concept.context).target
    cls = Name(module, name)
    if target.kind != "definition":
        return Contexts(cls, needs="arguments that nobody knows")
    parameters = constructor(project, target.file, target.index)
    if parameters is None:
        return Contexts(cls, needs="arguments that cannot be read off the class")
    required = [x for x in parameters if x.default is None and not x.kind.startswith("var-")]
    values = [(x, _plain(x)) for x in required]
    wrong = [x for x, value in values if value is None or x.kind == "positional-only"]
    if wrong or not required:
        needed = ", ".join(f"{x.name}: {x.annotation}" if x.annotation else x.name for x in wrong)
        return Contexts(cls, needs=needed or "something that tells two users apart")
    return Contexts(cls, tuple((x.name, value) for x, value in values if value is not None))


def _plain(parameter: Parameter) -> str | None:
    """What a parameter of a context may be given: the user's name or number."""
    options = [part.strip() for part in parameter.annotation.strip("\"'").split("|")]
    for option in options:
        if option in _PLAIN:
            return _PLAIN[option]
    named = parameter.name.lower().endswith(("id", "name", "user", "key"))
    return "user" if not parameter.annotation and named else None
