"""What is watched: the capabilities of the configuration with all their calls."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from ssot_lint.config import Capability
from ssot_lint.project import Project
from ssot_lint.settings import presets


@dataclass(frozen=True, slots=True)
class Watch:
    capability: Capability
    calls: frozenset[str]
    owners: frozenset[str]
    by_hand: bool


def watched(project: Project) -> tuple[Watch, ...]:
    """The capabilities of the configuration with all their calls."""
    found = []
    for capability in project.config.capabilities:
        calls = presets.calls(project.config, capability)
        owners = frozenset(call.rpartition(".")[0] for call in calls)
        found.append(Watch(capability, frozenset(calls), owners, presets.reads_tokens(calls)))
    return tuple(found)


def at_home(module: str, capability: Capability) -> bool:
    """Is the module the home of a capability, or below it?"""
    return any(module == home or module.startswith(f"{home}.") for home in capability.home)


def watched_part(path: str, calls: Set[str]) -> str:
    """The watched call that a path is, or is an attribute of: `os.environ` for `os.environ.get`."""
    while path:
        if path in calls:
            return path
        path = path.rpartition(".")[0]
    return ""
