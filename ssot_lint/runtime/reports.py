"""What an isolation report holds, and how it reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ssot_lint.runtime.builds import Mode

SHOWN = 3
"""How many of a kind a report names."""


@dataclass(frozen=True, slots=True)
class Shared:
    """One object that the instances of several contexts reach.

    `path` is a Python expression that leads to it from the `instance` of the first context; `other_paths` are
    those of the others, where they differ. `below` are paths to further objects, shared because this one
    is. `given` says that the contexts shared it before the factory ran.
    """

    path: str
    type: str
    contexts: tuple[str, ...]
    via: str = ""  # "class attribute of app.Manager", "default argument of Manager.send"
    other_paths: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    given: bool = False

    def __str__(self) -> str:
        named = _listed(self.contexts)
        lines = [
            f"{self.path}: {self.type}",
            f"    one object for {len(self.contexts)} contexts: {named}",
        ]
        if self.via:
            lines.append(f"    {self.via}")
        if self.given:
            lines.append("    the contexts that were handed in shared it already")
        if self.other_paths:
            lines.append(f"    also at {_listed(self.other_paths)}")
        if self.below:
            lines.append(
                f"    and with it {counted(len(self.below), 'object')} behind it, such as {self.below[0]}"
            )
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Failure:
    """A context for which the factory gave no instance."""

    context: str
    mode: Mode
    error: str

    def __str__(self) -> str:
        return f"no instance for {self.context} ({self.mode}): {self.error}"


@dataclass(frozen=True, slots=True)
class IsolationReport:
    """What was built, and what is shared. `not_looked` names the places at which the walk had to stop."""

    contexts: tuple[str, ...]
    modes: tuple[Mode, ...]
    instances: int
    references: int
    shared: tuple[Shared, ...] = ()
    failures: tuple[Failure, ...] = ()
    not_looked: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Every context got an instance, everything was looked at, and nothing is shared."""
        return not (self.shared or self.failures or self.not_looked)

    def assert_isolated(self) -> None:
        """Raise AssertionError with the whole report unless it is `ok`."""
        if not self.ok:
            raise AssertionError(f"the instances are not proven to be isolated\n{self}")

    def __str__(self) -> str:
        built = (
            f"{counted(self.instances, 'instance')} for {counted(len(self.contexts), 'context')}"
            f" in {' and '.join(self.modes)}, {counted(self.references, 'reference')} looked at"
        )
        verdict = counted(len(self.shared), "shared object") if self.shared else "nothing is shared"
        lines = [f"{built}: {verdict if self.instances else 'nothing to compare'}"]
        lines += [str(item) for item in self.shared]
        lines += [str(item) for item in self.failures[:SHOWN]]
        if len(self.failures) > SHOWN:
            lines.append(f"and {len(self.failures) - SHOWN:,} more contexts without an instance")
        lines += [f"not looked further at {place}" for place in self.not_looked]
        return "\n".join(lines)


def few(places: Sequence[str]) -> list[str]:
    if len(places) <= SHOWN:
        return list(places)
    return [*places[:SHOWN], f"{len(places) - SHOWN:,} more places"]


def _listed(texts: Sequence[str]) -> str:
    rest = f" and {len(texts) - SHOWN:,} more" if len(texts) > SHOWN else ""
    return f"{', '.join(texts[:SHOWN])}{rest}"


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
