"""Move a class, function or constant to the module that is to be its home.

`symbol` is "package.module:Name" as it stands today, `to` the module it goes to, which may not exist yet, may be a
package's `__init__`, or a module that only re-exports the name today. What the definition needs goes with it: the
comment above it, overloads, the imports it reads (relative ones from where it is then, those for type checkers under
`if TYPE_CHECKING:`), and what only it reads of its module. Loggers and type variables are copied. What stays is
imported back where a function reads it; the old module imports the definition back where it, or anybody else, still
takes it from there. Patch strings of tests follow the code that reads the patched name.

`leave`: "import" leaves that re-export, "shim" does the same for `replace-with-shim` to build on, "nothing" re-points
every user (see `rewrite-imports`) and leaves no name behind.

Refused, with the reason: methods and nested definitions; names that are bound twice, in a branch, or anew through
`global`; code that reads `globals()`, `__package__` or another folder's `__file__`; names that the new module has
already; import circles that cannot be solved by importing later, shown step by step; a patched name that both the
code that stays and the code that moves read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ssot_lint.codemod import Codemod, Outcome
from ssot_lint.workspace import Workspace

from ._examples_move_circles import CIRCLES
from ._examples_move_homes import HOMES
from ._examples_move_needs import NEEDS
from ._examples_move_units import UNITS
from ._examples_move_users import USERS
from ._moving import moved


@dataclass(frozen=True)
class Arguments:
    symbol: str
    """What moves: `package.module:Name`."""
    to: str
    """Where it goes: `package.module`."""
    leave: str = "import"
    """What stays in the old module: "import" (a re-export where it is used), "shim" (always one), "nothing"."""


def apply(workspace: Workspace, requests: Sequence[Arguments]) -> Outcome:
    return moved(workspace, requests)


CODEMOD = Codemod("move-definition", apply, Arguments, (*UNITS, *HOMES, *NEEDS, *CIRCLES, *USERS))
