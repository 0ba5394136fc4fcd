"""What a star import brings: `__all__` with all that it adds of other modules, or the public names."""

from __future__ import annotations

from ssot_lint.linking.asked import Names
from ssot_lint.linking.targets import Hop, Resolution, dynamic
from ssot_lint.model import MODULE, Import


def through_star(names: Names, file: int, star: Import, name: str) -> Resolution | None:
    module, found = names.table.locate(file, star.module, star.level)
    if module is None or found is None:
        outside = module is not None and not names.table.is_first_party(module, file)
        return dynamic(f"{module}.{name}") if outside else None
    if found == file or not exported(names, found, name):
        return None
    answer = names.name(found, name)
    if answer.targets[0].kind == "unresolved":
        return None
    hop = Hop(names.files[file].path, star.line, f"star import of {module}")
    return Resolution(answer.targets, (hop, *answer.chain))


def exported(names: Names, file: int, name: str) -> bool:
    """Would `from module import *` bring the name?"""
    names.answers.look_into((file,))
    facts = names.files[file].facts
    if facts.exports is None and not facts.exports_dynamic:
        if name in (facts.getattr_names or ()):  # a star asks no `__getattr__`
            return name in exports(names, file)
        return not name.startswith("_")
    return name in exports(names, file) or facts.exports_dynamic


def exports(names: Names, file: int, visiting: frozenset[int] = frozenset()) -> tuple[str, ...]:
    """The names `from module import *` brings: `__all__` with what it adds of other modules, or all public ones.

    `visiting`: the modules whose own answer this is a part of.
    """
    names.answers.look_into((file,))
    facts = names.files[file].facts
    names.listed.add(file)
    found: dict[str, None] = {}
    if facts.exports is not None or facts.exports_from:
        found.update(dict.fromkeys(facts.exports or ()))
        for dotted in facts.exports_from:
            source = _exporter(names, file, dotted)
            if source is not None and source not in visiting:
                found.update(dict.fromkeys(exports(names, source, visiting | {file})))
        return tuple(found)
    here = names.bindings[file]
    found.update(dict.fromkeys(name for name in here.names if not name.startswith("_")))
    for star in here.stars:
        _, source = names.table.locate(file, star.module, star.level)
        if source is not None and source not in visiting and source != file:
            brought = exports(names, source, visiting | {file})
            found.update(dict.fromkeys(name for name in brought if not name.startswith("_")))
    return tuple(found)


def _exporter(names: Names, file: int, dotted: str) -> int | None:
    """The module whose `__all__` a name stands for: `x` for `x.__all__`, or `from x import __all__ as name`."""
    for binding in reversed(names.bindings[file].names.get(dotted, ())):
        if isinstance(binding, Import) and binding.name == "__all__":
            return names.table.locate(file, binding.module, binding.level)[1]
    target = names.resolve(file, dotted, MODULE).target
    return target.file if target.kind == "module" and target.file >= 0 else None
