"""Remove a shim that nobody imports any more.

It has done its work. What is left is a second name for the concept that the next search will find, and a file
that somebody will have to read to learn that it does nothing.

Looked for are imports of the module or of the name, in any file and scope, tests included; strings that are
looked up (`mock.patch`, `import_module`, settings that name a path); uses of a class or function in its own
file; and the entry points of pyproject.toml. A module that runs by itself (`if __name__ == "__main__"`) is
used. A module that nobody imports and that only imports the concept is a shim where it says so: in `__all__`, by a
mark (`# ssot-lint: shim until 2027-01-01`), or by the deprecation warning that it gives as it loads ("moved to app.manager"). Users outside the repository cannot
be seen: where there are any, a shim is fine until its date, and a suppression with that reason says so.

Example:

    # app/old_manager.py, imported by nobody
    from app.manager import Manager

    __all__ = ["Manager"]

Use instead: delete the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ssot_lint.concepts.shims import Shim, called, place, shims
from ssot_lint.model import MODULE, Fix, Violation
from ssot_lint.project import Project
from ssot_lint.queries.receivers import inside
from ssot_lint.rule import Invalid, NoOptions, Rule, Valid


def check(project: Project, options: NoOptions) -> Iterator[Violation]:
    found = shims(project)
    names = {name for shim in found if shim.kind != "module" for name in shim.names}
    used = _names_used(project, names) if names else frozenset()
    for shim in found:
        if not _is_used(project, shim, used):
            concept = project.config.concept(shim.concept or "")
            text = "is a shim that nothing in the project imports"
            if shim.kind == "names":
                text = f"hands on {', '.join(shim.names)}, which nothing in the project takes from it"
            yield Violation(
                place(project, shim),
                f"{called(project, shim)} {text}",
                concept=shim.concept,
                symbol=shim.symbol or None,
                canonical=concept.canonical if concept is not None else None,
                fix=Fix("remove-shim", {"symbol": shim.symbol}, safe=False) if shim.symbol else None,
            )


def _is_used(project: Project, shim: Shim, used: frozenset[tuple[int, str]]) -> bool:
    source = project.files[shim.file]
    if source.facts.main_guard or _is_looked_up(project, shim):
        return True
    taken = project.once(_taken).get(shim.file, {})
    if shim.kind == "module":
        return bool(taken)
    if set(shim.names) & taken.keys():
        return True
    return any((shim.file, name) in used for name in shim.names)


def _is_looked_up(project: Project, shim: Shim) -> bool:
    """Does a string, or an entry point, name the module or what it hands on?"""
    module = project.files[shim.file].module
    whole = shim.kind == "module"
    for text in project.once(_strings):
        start, _, rest = text.replace(":", ".").partition(module)
        if not start and (not rest or rest.startswith(".")):
            first = rest[1:].partition(".")[0]
            # a shim that nobody imports from has no names that are known, and a package hands on no submodules
            below = bool(first) and project.find_module(f"{module}.{first}") is not None
            if first in shim.names or (whole and not below):
                return True
    return False


def _strings(project: Project) -> frozenset[str]:
    """Every string that names a dotted path somewhere."""
    found = {
        path.value + ("." + path.attribute if path.attribute else "")
        for source in project.files
        for path in source.facts.paths
        if path.value and "." in path.value
    }
    return frozenset({*found, *project.config.entry_points})


def _taken(project: Project) -> Mapping[int, Mapping[str, int]]:
    """File -> the names that other files import from it ("" for the module itself) -> how often."""
    found: dict[int, dict[str, int]] = {}
    for number, answers in enumerate(project.resolutions):
        for imp, answer in zip(project.files[number].facts.imports, answers, strict=True):
            target = answer.targets[0]
            if target.kind == "external" and not answer.chain:
                continue
            if target.kind == "module" and target.file >= 0:
                home, name = target.file, ""
            elif answer.chain and imp.name is not None:
                home, name = project.by_path.get(answer.chain[0].path, MODULE), imp.name
            elif target.kind in ("unresolved", "dynamic") and imp.name is not None:
                home, name = project.modules.get(imp.module, MODULE), imp.name
            else:
                continue
            if home not in (MODULE, number):
                names = found.setdefault(home, {})
                names[name] = names.get(name, 0) + 1
    return found


def _names_used(project: Project, names: set[str]) -> frozenset[tuple[int, str]]:
    """(file, name) for the definitions and names of these that any code with concepts reads or calls."""
    found: set[tuple[int, str]] = set()
    for number, source in enumerate(project.files):
        deep = source.facts.deep
        if deep is None:
            continue
        said = {(item.callee, item.scope) for item in deep.calls if _last(item.callee) in names}
        said |= {(item.name, item.scope) for item in deep.references if _last(item.name) in names}
        for text, scope in said:
            head, _, last = text.rpartition(".")
            target = project.resolve(number, text, scope).target
            if target.kind == "definition" and not inside(
                project, number, scope, {(target.file, target.index)}
            ):
                found.add((target.file, last))
            if head:  # `module.OldName`, where the name is handed on
                owner = project.resolve(number, head, scope).target
                if owner.kind == "module" and owner.file >= 0:
                    found.add((owner.file, last))
    return frozenset(found)


def _last(dotted: str) -> str:
    return dotted.rpartition(".")[2]


CONFIG = """
[concepts.manager]
canonical = "shop.manager:Manager"
names = ["*Manager"]
"""

HOME = {
    "shop/__init__.py": "",
    "shop/manager.py": "class Manager:\n    def send(self, message):\n        return message\n",
}

RULE = Rule(
    id="SSOT703",
    name="unused-shim",
    check=check,
    codemods=("remove-shim",),
    severity="warning",
    valid=(
        Valid(
            HOME
            | {
                "shop/old.py": "from shop.manager import Manager\n\n__all__ = ['Manager']\n",
                "shop/older.py": "from shop.manager import Manager\n\n__all__ = ['Manager']\n",
                "shop/oldest.py": "from shop.manager import Manager\n\n__all__ = ['Manager']\n",
                "shop/marked.py": "# ssot-lint: shim until 2099-01-01\nfrom shop.manager import Manager\n",
                "shop/classes.py": """
                    from shop.manager import Manager

                    class OldManager(Manager):
                        pass

                    class OlderManager(Manager):
                        pass

                    def build():
                        return OldManager()
                    """,
                "shop/lazy.py": """
                    LIMIT = 3

                    def __getattr__(name):
                        if name == "Manager":
                            from shop.manager import Manager

                            return Manager
                        raise AttributeError(name)
                    """,
                "shop/chat.py": """
                    from shop import lazy, old
                    from shop.classes import OlderManager

                    def chat():
                        return lazy.Manager()
                    """,
                "tests/test_chat.py": """
                    from unittest.mock import patch

                    def test_chat():
                        from shop.older import Manager
                        with patch("shop.oldest.Manager"), patch("shop.marked.Manager"):
                            assert Manager()
                    """,
            },
            CONFIG,
            id="imported-patched-or-used",
        ),
    ),
    invalid=(
        Invalid(
            HOME
            | {
                "shop/old.py": """
                    \"\"\"The manager.\"\"\"  # error: shop.old is a shim that nothing in the project imports

                    import warnings

                    from shop.manager import Manager

                    warnings.warn("shop.old has moved to shop.manager", DeprecationWarning, stacklevel=2)
                    """,
                "shop/used.py": """
                    import warnings

                    from shop.manager import Manager

                    warnings.warn("shop.used has moved to shop.manager", DeprecationWarning, stacklevel=2)
                    """,
                "shop/tool.py": """
                    import warnings

                    from shop.manager import Manager

                    warnings.warn("this tool is deprecated", DeprecationWarning)
                    print(Manager().send("hello"))
                    """,
                "shop/other.py": """
                    import json
                    import warnings

                    from shop.manager import Manager

                    warnings.warn("Python 3.8 is deprecated", DeprecationWarning)
                    """,
                "shop/chat.py": "from shop.used import Manager\n",
            },
            CONFIG,
            fixed=HOME
            | {
                "shop/used.py": """
                    import warnings

                    from shop.manager import Manager

                    warnings.warn("shop.used has moved to shop.manager", DeprecationWarning, stacklevel=2)
                    """,
                "shop/tool.py": """
                    import warnings

                    from shop.manager import Manager

                    warnings.warn("this tool is deprecated", DeprecationWarning)
                    print(Manager().send("hello"))
                    """,
                "shop/other.py": """
                    import json
                    import warnings

                    from shop.manager import Manager

                    warnings.warn("Python 3.8 is deprecated", DeprecationWarning)
                    """,
                "shop/chat.py": "from shop.used import Manager\n",
            },
            id="only-its-warning-says-so",
        ),
        Invalid(
            HOME
            | {
                "shop/old.py": "from shop.manager import Manager  # error: shop.old is a shim that nothing in the project imports\n\n__all__ = ['Manager']\n",
                "shop/classes.py": """
                    from shop.manager import Manager

                    class OldManager(Manager):  # error: OldManager is a shim that nothing
                        pass

                    Elder = Manager  # ssot-lint: shim until 2099-01-01  # error: Elder is a shim that nothing

                    def build():
                        return Manager()
                    """,
                "shop/lazy.py": """
                    LIMIT = 3

                    def __getattr__(name):  # error: shop.lazy hands on Manager, which nothing in the project takes
                        if name == "Manager":
                            from shop.manager import Manager

                            return Manager
                        raise AttributeError(name)
                    """,
                "shop/chat.py": "from shop.classes import build\nfrom shop.lazy import LIMIT\n",
            },
            CONFIG,
            fixed=HOME
            | {
                "shop/lazy.py": "LIMIT = 3\n",
                "shop/classes.py": """
                    from shop.manager import Manager

                    def build():
                        return Manager()
                    """,
                "shop/chat.py": "from shop.classes import build\nfrom shop.lazy import LIMIT\n",
            },
            id="nobody-is-left",
        ),
    ),
)
