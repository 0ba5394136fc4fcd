"""What a module's `__getattr__` answers (PEP 562)."""

from __future__ import annotations

from ssot_lint.linking.asked import Names
from ssot_lint.linking.bindings import is_declared_beside
from ssot_lint.linking.module_names import module_named
from ssot_lint.linking.targets import Hop, Resolution, dynamic, unresolved
from ssot_lint.model import MODULE


def lazily(names: Names, file: int, name: str) -> Resolution:
    source = names.files[file]
    facts = source.facts
    target = dict(facts.lazy).get(name)
    if target is not None:
        answer = _loaded(names, file, target)
        if answer.targets[0].kind != "unresolved":
            line = next((item.line for item in facts.definitions if item.name == "__getattr__"), 1)
            hop = Hop(source.path, line, f"__getattr__ imports {name} from {target.partition(':')[0]}")
            return Resolution(answer.targets, (hop, *answer.chain))
    if name in (facts.getattr_names or ()):
        for imp in facts.imports:
            if (
                imp.scope != MODULE
                and imp.bound == name
                and facts.definitions[imp.scope].name == "__getattr__"
            ):
                answer = names.import_(file, imp)
                hop = Hop(source.path, imp.line, f"__getattr__ imports {name} from {imp.module}")
                return Resolution(answer.targets, (hop, *answer.chain))
        answered = _answered(names, file, name)
        if answered is not None:
            return answered
    elif is_declared_beside(facts):
        return unresolved(f"{source.module}:{name}")
    return dynamic(f"{source.module}:{name}", file)


def _answered(names: Names, file: int, name: str) -> Resolution | None:
    """What a module's `__getattr__` returns for a name, where that is a name it can read itnames."""
    source = names.files[file]
    text = dict(source.facts.answers).get(name)
    definitions = source.facts.definitions
    scope = next((n for n, item in enumerate(definitions) if item.qualname == "__getattr__"), MODULE)
    if text is None or scope == MODULE:
        return None
    answer = names.resolve(file, text, scope)
    if answer.targets[0].kind in ("unresolved", "dynamic"):
        return None
    hop = Hop(source.path, definitions[scope].line, f"__getattr__ answers {name} with {text}")
    return Resolution(answer.targets, (hop, *answer.chain))


def _loaded(names: Names, file: int, target: str) -> Resolution:
    """What `import_module` and `getattr` make of a lazy name's target."""
    path, _, name = target.partition(":")
    module = path.lstrip(".")
    level = len(path) - len(module)
    whole, found = names.table.locate(file, module, level)
    if whole is None:
        return unresolved(path)
    if not name:
        return module_named(names.table, whole, found, file)
    if found is None and not names.table.is_package(whole, file) and whole.endswith(f".{name}"):
        whole = whole.rpartition(".")[0]  # the table holds the dotted path of the name
        found = names.table.find(whole, file)
    return names.attribute(module_named(names.table, whole, found, file), name.split("."))
