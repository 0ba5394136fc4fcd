"""Attributes that two classes set to different values, and whether a user of the first one meets the difference."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from ssot_lint.queries.again import flow_of
from ssot_lint.queries.members import Member
from ssot_lint.queries.walks import walk

if TYPE_CHECKING:
    from ssot_lint.model import Assignment
    from ssot_lint.project import Project


def other_values(
    project: Project, mine: Mapping[str, Member], theirs: Mapping[str, Member], used: Collection[str]
) -> Iterator[tuple[str, str, bool]]:
    """(attribute, how it differs, whether that is met) of the constants that both classes set in their bodies.

    `used` are the members that users touch. They meet the value of an attribute among these, and that of one which a
    method reads that they call, or one that is not public and so may be behind any.
    """
    for name in sorted(mine.keys() & theirs.keys()):
        one, other = (_constant(project, item[name]) for item in (mine, theirs))
        if name.startswith("__") or one is None or other is None or one.value == other.value:
            continue
        text = f"{name}: {_shown(one)} here, {_shown(other)} in the canonical class"
        yield name, text, name in used or _is_read(project, mine, name, used)


def _constant(project: Project, member: Member) -> Assignment | None:
    """The one constant that a class body sets an attribute to; None where an instance or something else sets it."""
    facts = project.files[member.file].facts
    if member.kind != "attribute" or member.name in facts.definitions[member.owner].instance_attributes:
        return None
    found = [item for item in facts.assignments if item.scope == member.owner and item.name == member.name]
    return found[0] if len(found) == 1 and found[0].kind in ("constant", "none") else None


def _shown(item: Assignment) -> str:
    return "None" if item.kind == "none" else item.value[:40]


def _is_read(project: Project, mine: Mapping[str, Member], name: str, used: Collection[str]) -> bool:
    for item in mine.values():
        if item.definition < 0 or (item.is_public and item.name not in used):
            continue
        flow = flow_of(project, (item.file, item.definition))
        read = (node.text for node in walk(flow.body) if node.kind == "name") if flow is not None else ()
        if any(name in text.split(".")[1:] for text in read):
            return True
    return False
