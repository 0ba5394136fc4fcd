"""Remove a shim when the day or the version comes that it was promised to last until.

A shim without an end stays for ever, and one that outlives its date teaches everybody that the dates mean
nothing. The mark makes the promise checkable:

    # ssot-lint: shim until 2026-03-01
    # ssot-lint: shim until 2.0

It stands on the line of a class, function or name, or on the line above; anywhere else in a file it is about
the module. A date has passed from that day on, a version when `[project] version` in pyproject.toml has reached
it. Where a shim has no mark, the end that its docstring or its warning states counts ("to be removed on
2026-03-01", "removal in 2.0"). A shim whose end lies ahead is fine.

Versions cannot be judged where pyproject.toml states none, or calls it dynamic; that is said once.

Example:

    # ssot-lint: shim until 2024-06-30
    from app.manager import Manager

Use instead: move the last importers and delete the shim, or give it a new end that somebody stands for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ssot_lint.concepts.shims import Ending, Shim, called, days_past, ending, shims
from ssot_lint.model import Fix, Location, Violation
from ssot_lint.project import Project
from ssot_lint.rule import Invalid, Rule, Valid

_VERSION = re.compile(r"v?(\d+(?:\.\d+)*)(.*)")


@dataclass(frozen=True)
class Options:
    today: str = ""
    """The day to judge by, `"2026-03-01"`; default: the day of the run."""
    version: str = ""
    """The version to judge by; default: `[project] version` in pyproject.toml."""

    def __post_init__(self) -> None:
        if self.today and days_past(self.today, self.today) is None:
            raise ValueError(f"today is {self.today!r}, expected a date such as 2026-03-01")


def check(project: Project, options: Options) -> Iterator[Violation]:
    today = options.today or project.config.today
    version = options.version or project.config.version
    told = False
    for shim in shims(project):
        end = ending(project, shim)
        if end is None:
            continue
        wanted = _VERSION.fullmatch(end.until)
        if days_past(end.until, end.until) is not None:
            past = days_past(end.until, today)
            if past is not None and past >= 0:
                yield _violation(project, shim, end, f"was to go on {end.until}, {_ago(past)}")
        elif wanted is None:
            text = f"until {end.until!r} is no end: expected a date (2026-03-01) or a version (2.0)"
            yield _violation(project, shim, end, text)
        elif version is None or _VERSION.fullmatch(version) is None:
            if shim.mark is not None and not told:
                told = True
                yield _undecided(project, shim, end)
        elif _release(version) >= _release(end.until):
            yield _violation(project, shim, end, f"was to go with {end.until}, and this is {version}")


def _undecided(project: Project, shim: Shim, end: Ending) -> Violation:
    text = f"nobody can tell whether {end.until} is reached: pyproject.toml states no version of the project"
    where = Location(project.files[shim.file].path, end.line)
    return Violation(where, text, concept=shim.concept, symbol=shim.symbol or None, severity="info")


def _violation(project: Project, shim: Shim, end: Ending, text: str) -> Violation:
    concept = project.config.concept(shim.concept or "")
    return Violation(
        Location(project.files[shim.file].path, end.line),
        f"{called(project, shim)} {text}",
        concept=shim.concept,
        symbol=shim.symbol or None,
        canonical=concept.canonical if concept is not None else None,
        fix=Fix("remove-shim", {"symbol": shim.symbol}, safe=False) if shim.symbol else None,
    )


def _ago(days: int) -> str:
    return "which is today" if days == 0 else f"{days} day{'s' if days > 1 else ''} ago"


def _release(text: str) -> tuple[tuple[int, ...], bool]:
    """The numbers of a version without zeros at the end, and whether it is final: 2.0rc1 comes before 2.0."""
    found = _VERSION.fullmatch(text)
    numbers = [int(part) for part in found[1].split(".")] if found else []
    while numbers and numbers[-1] == 0:
        numbers.pop()
    early = bool(found and re.match(r"[-_.]?(?:a|b|c|rc|alpha|beta|pre|preview|dev)", found[2]))
    return tuple(numbers), not early


HOME = {
    "shop/__init__.py": "",
    "shop/manager.py": "class Manager:\n    def send(self, message):\n        return message\n",
}

CONFIG = """
[concepts.manager]
canonical = "shop.manager:Manager"
names = ["*Manager"]
"""

RULE = Rule(
    id="SSOT702",
    name="expired-shim",
    check=check,
    codemods=("remove-shim",),
    options=Options,
    valid=(
        Valid(
            HOME
            | {
                "shop/old.py": "# ssot-lint: shim until 2026-03-01\nfrom shop.manager import Manager\n",
                "shop/older.py": """
                    from shop.manager import Manager

                    class OldManager(Manager):  # ssot-lint: shim until 2.0
                        pass
                    """,
                "shop/told.py": '"""Moved to shop.manager in 1.0; to be removed in 2.0."""\nfrom shop.manager import Manager\n\n__all__ = ["Manager"]\n',
            },
            CONFIG,
            options={"today": "2026-02-28", "version": "2.0rc1"},
            id="the-end-lies-ahead",
        ),
    ),
    invalid=(
        Invalid(
            HOME
            | {
                "shop/old.py": "# ssot-lint: shim until 2026-02-27  # error: shop.old was to go on 2026-02-27, 1 day ago\nfrom shop.manager import Manager\n",
                "shop/older.py": """
                    from shop.manager import Manager

                    # ssot-lint: shim until 2.0  # error: OldManager was to go with 2.0, and this is 2.0.1
                    class OldManager(Manager):
                        pass

                    ManagerOfOld = Manager  # ssot-lint: shim until 2026-02-28  # error: ManagerOfOld was to go on 2026-02-28, which is today

                    class SomeManager(Manager):  # ssot-lint: shim until summer  # error: until 'summer' is no end
                        pass
                    """,
                "shop/told.py": """
                    \"\"\"Moved to shop.manager; removal on 2024-06-30.\"\"\"  # error: shop.told was to go on 2024-06-30

                    from shop.manager import Manager

                    __all__ = ["Manager"]
                    """,
                "shop/warned.py": """
                    import warnings
                    from shop.manager import Manager

                    __all__ = ["Manager"]
                    warnings.warn(  # error: shop.warned was to go with 1.9
                        "shop.warned is deprecated and will be removed in 1.9",
                        DeprecationWarning,
                        stacklevel=2,
                    )
                    """,
            },
            CONFIG,
            options={"today": "2026-02-28", "version": "2.0.1"},
            id="dates-versions-and-promises",
        ),
        Invalid(
            HOME
            | {
                "shop/old.py": "# ssot-lint: shim until 2.0  # error: nobody can tell whether 2.0 is reached\nfrom shop.manager import Manager\n",
                "shop/older.py": "# ssot-lint: shim until 3.0\nfrom shop.manager import Manager\n",
            },
            CONFIG,
            id="no-version-stated",
        ),
    ),
)
