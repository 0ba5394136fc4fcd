"""Who refuses a coroutine that is passed or kept, for want of a member that the instance has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from ssot_lint.concepts.calls import Site
from ssot_lint.factories.coroutines import COROUTINE
from ssot_lint.factories.fates import Body, Fate
from ssot_lint.factories.instances import built
from ssot_lint.model import MODULE, Node, Place, Related
from ssot_lint.project import Project
from ssot_lint.queries.digests import calls_of, flow_of
from ssot_lint.queries.members import all_members, method_called
from ssot_lint.queries.receivers import called, class_of, enclosing_class
from ssot_lint.queries.walks import callee, positional, string, walk


def taker(project: Project, site: Site, body: Body, found: Fate) -> tuple[str, tuple[Related, ...]] | None:
    """What refuses the coroutine that is passed or kept: (text, places); None when nobody can tell who takes it."""
    for node in walk(body.flow.body):
        if node.line != found.line:
            continue
        if (
            found.kind == "passed"
            and node.kind == "call"
            and found.text.endswith(f"is passed to {callee(node)}(...)")
        ):
            name = callee(node)
            place = called(project, site.file, site.scope, name) if "?" not in name else None
            return None if place is None else _refusal(project, place)
        if found.kind == "kept" and node.kind == "assign" and node.children[1].kind == "name":
            owner, _, attribute = node.children[1].text.rpartition(".")
            if found.text.endswith(f"is kept in {owner}.{attribute}"):
                return _kept(project, site, owner, attribute)
    return None


def _kept(project: Project, site: Site, owner: str, attribute: str) -> tuple[str, tuple[Related, ...]] | None:
    held = class_of(project, site.file, site.scope, owner)
    for child in project.children(*held) if held is not None else ():
        method = project.definition_at((held[0], child)) if held is not None else None
        if method is not None and method.name == attribute and f"{attribute}.setter" in method.decorators:
            return _refusal(project, (held[0], child)) if held is not None else None
    for flow in project.files[site.file].facts.flows:
        for node in walk(flow.body):
            if node.kind == "await" and node.children[0].text == f"{owner}.{attribute}":
                return None
    return None if owner == "self" and _is_unread(project, site, attribute) else ("", ())


def _is_unread(project: Project, site: Site, attribute: str) -> bool:
    """Is there a method that nobody has read, which may await the attribute, and none that is known to use it?"""
    owner = enclosing_class(project, site.file, site.scope)
    source = project.files[site.file]
    if owner is None or source.facts.deep is None:
        return False
    read = {flow.definition for flow in source.facts.flows}
    used = any(use.receiver == f"self.{attribute}" for use in source.facts.deep.uses)
    methods = [
        index for index in project.parts(site.file, owner) if not source.facts.definitions[index].is_trivial
    ]
    return not used and any(index not in read for index in methods)


def _refusal(project: Project, place: Place) -> tuple[str, tuple[Related, ...]] | None:
    """Does a body ask what it was given for a member that no coroutine has? None when it takes coroutines."""
    definition = project.definition_at(place)
    if any(
        word in item.annotation
        for item in definition.parameters
        for word in ("Awaitable", "Coroutine", "Future")
    ):
        return None
    if definition.is_class:
        initial = method_called(project, *place, "__init__")
        return ("", ()) if initial is None else _refusal(project, initial)
    flow = flow_of(project, place)
    names = {item.name for item in definition.parameters}
    for node in walk(flow.body) if flow is not None else ():
        if node.kind == "await" and node.children[0].kind == "name" and node.children[0].text in names:
            return None
        if node.kind == "call" and callee(node) == "hasattr" and len(positional(node)) == 2:
            subject, member = positional(node)
            if subject.text in names and string(member) not in (None, *COROUTINE):
                where = project.files[place[0]].path
                text = f", which refuses it for want of {string(member)}"
                return text, (
                    Related(where, node.line, f"the guard: hasattr({subject.text}, {member.text})"),
                )
    return "", ()


def refusers(project: Project) -> Mapping[str, tuple[Related, ...]]:
    """Concept -> the places that raise when what they are given lacks one of its methods."""
    methods = {
        name: concept
        for place, concept in sorted(built(project).items(), reverse=True)
        for name, member in all_members(project, *place).items()
        if member.is_public and member.is_called and name not in COROUTINE
    }
    found: dict[str, list[Related]] = defaultdict(list)
    for file, source in enumerate(project.files):
        for scope, node in calls_of(project, file).get("hasattr", ()) if not source.is_test else ():
            member = string(positional(node)[1]) if len(positional(node)) == 2 else None
            if member not in methods or scope == MODULE or positional(node)[0].kind != "name":
                continue
            name = positional(node)[0].text
            if any(item.name == name for item in source.facts.definitions[scope].parameters):
                flow = flow_of(project, (file, scope))
                if flow is not None and _refuses(flow.body, node):
                    text = f"refuses what has no {member}, as a coroutine has none"
                    found[methods[member]].append(Related(source.path, node.line, text))
    return {concept: tuple(places) for concept, places in found.items()}


def _refuses(body: Node, guard: Node) -> bool:
    """Does a body raise where a test with this guard holds?"""
    return any(
        node.kind == "if"
        and any(item is guard for item in walk(node.children[0]))
        and any(item.kind == "raise" for item in node.children[1].children)
        for node in walk(body)
    )
