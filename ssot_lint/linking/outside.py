"""What is known of a project besides its Python files."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from typing import NamedTuple

from ssot_lint.tree.distributions import Distribution
from ssot_lint.tree.ignore import Patterns, would_be_ignored
from ssot_lint.tree.roots import Alias

STANDARD_LIBRARY = sys.stdlib_module_names

OF_SOME_PLATFORMS = frozenset({
    "_winapi", "crypt", "curses", "fcntl", "grp", "msvcrt", "nt", "ossaudiodev", "posix", "pty", "pwd", "readline",
    "resource", "spwd", "syslog", "termios", "tkinter", "tty", "winreg", "winsound",
})  # fmt: skip
"""What the standard library has on some systems only."""


class Outside(NamedTuple):
    """What is known of a project besides its Python files."""

    declared: Collection[str] = ()
    """Import names of third-party dependencies, which win over directories without `__init__.py`.

    Dotted: what a distribution may add to a namespace (`shop.core` of `shop-core`).
    """

    extensions: Collection[str] = ()
    """Modules with no Python source here: .so, .pyd, .pyi, .pyx, .pxd; `a.b.*`: any below."""

    stubbed: Collection[str] = ()
    """Modules with a .pyi beside their source: type checkers see that one."""

    aliases: Collection[Alias] = ()
    """Further names of modules, for nested source roots and linked directories."""

    ignores: Sequence[Patterns] = ()
    """What a file is left out by, innermost first; a module that they would leave out may be there."""

    distributions: Sequence[Distribution] = ()
    """What the project builds."""


NOTHING_ELSE = Outside()


class LeftOut:
    """Modules that are not there, and would be left out if they were. Many imports ask for the same few."""

    def __init__(self, ignores: Sequence[Patterns]) -> None:
        self.ignores = tuple(ignores)
        self._known: dict[str, bool] = {}  # by path without ending
        self._directories: dict[str, bool] = {}

    def covers(self, place: str) -> bool:
        """Would a module at a path without ending be ignored?"""
        known = self._known.get(place)
        if known is None:
            known = self._known[place] = any(
                would_be_ignored(self.ignores, place + end, self._directories)
                for end in (".py", "/__init__.py")
            )
        return known
