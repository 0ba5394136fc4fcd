"""Let a shim say that it is one, with a deprecation warning.

A shim keeps old imports alive while their users move. If it says nothing, nobody moves: new code is written
against the old name, and the shim becomes one more home.

A shim is a module that defines nothing and hands a concept on, a name that a module's `__getattr__` answers, a
subclass of the canonical class without a body, a delegating class that calls itself compatible, and anything
marked `# ssot-lint: shim until ...`. It warns by `warnings.warn` at import, in `__getattr__`, in the
constructor, in `__init_subclass__` or in every public method, by `@deprecated`, or through a function of the
project that comes down to one of these. A log line is no warning: tests cannot turn it into an error.

The way in is fine as it is: the module that `import-from` names, and the packages around the canonical module
that export it. An adapter that adapts, and does not call itself old, is no shim.

Example:

    # app/old_manager.py
    from app.manager import Manager

Use instead:

    import warnings

    from app.manager import Manager

    warnings.warn("import Manager from app.manager", DeprecationWarning, stacklevel=2)
"""

from __future__ import annotations

from collections.abc import Iterator

from ssot_lint.concepts.claims import canonical_place
from ssot_lint.concepts.shims import Shim, called, is_warned, place, shims
from ssot_lint.config import Concept
from ssot_lint.model import Fix, Violation
from ssot_lint.project import Project
from ssot_lint.rule import Invalid, NoOptions, Rule, Valid

from ._fixes import make_shim


def check(project: Project, options: NoOptions) -> Iterator[Violation]:
    for shim in shims(project):
        if shim.kind != "name" and not is_warned(project, shim):
            yield _violation(project, shim)


def _violation(project: Project, shim: Shim) -> Violation:
    concept = project.config.concept(shim.concept or "")
    names = f" {', '.join(shim.names)}" if shim.kind in ("module", "names") else ""
    use = f"; {concept.canonical_name} is imported from {concept.home}" if concept is not None else ""
    return Violation(
        place(project, shim),
        f"{called(project, shim)} hands on{names} without a deprecation warning{use}",
        concept=shim.concept,
        symbol=shim.symbol or None,
        canonical=concept.canonical if concept is not None else None,
        related=canonical_place(project, concept) if concept is not None else (),
        fix=_fix(project, shim, concept),
    )


def _fix(project: Project, shim: Shim, concept: Concept | None) -> Fix | None:
    """The names go on being handed on, each with a warning."""
    if shim.kind in ("module", "names"):
        return Fix("replace-with-shim", {"symbol": project.files[shim.file].module}, safe=False)
    return make_shim(project, concept, shim.symbol) if concept is not None and ":" in shim.symbol else None


CONFIG = """
[concepts.manager]
canonical = "shop.core.manager:Manager"
import-from = "shop.api"
names = ["*Manager"]
"""

HOME = {
    "shop/__init__.py": "",
    "shop/core/__init__.py": "from shop.core.manager import Manager\n\n__all__ = ['Manager']\n",
    "shop/api.py": "from shop.core.manager import Manager\n\n__all__ = ['Manager']\n",
    "shop/core/manager.py": """
        class Manager:
            def __init__(self, user):
                self.user = user

            async def send(self, message):
                await self.user.send(message)
        """,
    "shop/warn.py": """
        import warnings

        def moved(name):
            warnings.warn(f"{name} has moved", DeprecationWarning, stacklevel=3)
        """,
}

RULE = Rule(
    id="SSOT701",
    name="silent-shim",
    check=check,
    codemods=("replace-with-shim",),
    severity="warning",
    valid=(
        Valid(
            HOME
            | {
                "shop/old.py": """
                    import warnings
                    from shop.api import Manager
                    __all__ = ["Manager"]
                    warnings.warn("use shop.api", DeprecationWarning, stacklevel=2)
                    """,
                "shop/older.py": """
                    from shop import warn
                    from shop.api import Manager
                    __all__ = ["Manager"]
                    warn.moved("Manager")
                    """,
                "shop/lazy.py": """
                    import importlib
                    import warnings
                    _MOVED = {"Manager": "shop.api"}

                    def __getattr__(name):
                        if name not in _MOVED:
                            raise AttributeError(name)
                        warnings.warn(name, DeprecationWarning, stacklevel=2)
                        return getattr(importlib.import_module(_MOVED[name]), name)
                    """,
                "shop/classes.py": """
                    import warnings
                    from typing_extensions import deprecated
                    from shop.api import Manager

                    @deprecated("use Manager")
                    class OldManager(Manager):
                        pass

                    class LegacyManager:
                        def __init__(self, user):
                            warnings.warn("use Manager", DeprecationWarning, stacklevel=2)
                            self._manager = Manager(user)

                        async def send(self, message):
                            await self._manager.send(message)
                    """,
                "shop/adapters.py": """
                    from shop.api import Manager

                    class QueueManagerAdapter:
                        def __init__(self, manager: Manager):
                            self._manager = manager

                        async def send(self, message):
                            await self._manager.send(message)
                    """,
            },
            CONFIG,
            id="warned-or-no-shim",
        ),
    ),
    invalid=(
        Invalid(
            HOME
            | {
                "shop/old.py": """
                    from shop.api import Manager  # error: shop.old hands on Manager without a deprecation warning; Manager is imported from shop.api

                    __all__ = ["Manager"]
                    """,
                "shop/lazy.py": """
                    import importlib

                    def __getattr__(name):  # error: shop.lazy hands on Manager
                        if name == "Manager":
                            return importlib.import_module("shop.api").Manager
                        raise AttributeError(name)

                    def other():
                        return 1
                    """,
                "shop/classes.py": """
                    import logging
                    from shop.api import Manager

                    log = logging.getLogger(__name__)

                    class OldManager(Manager):  # error: OldManager hands on without
                        pass

                    class LegacyManager:  # error: LegacyManager hands on without
                        def __init__(self, user):
                            log.warning("deprecated")
                            self._manager = Manager(user)

                        async def send(self, message):
                            await self._manager.send(message)
                    """,
                "shop/marked.py": """
                    # ssot-lint: shim until 2099-01-01  # error: shop.marked hands on
                    from shop.money import Money
                    """,
            },
            CONFIG,
            id="modules-names-and-classes",
        ),
    ),
)
