"""Entry points -> rules and codemods. The built-in ones come through the same door as third-party packages."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, is_dataclass, replace
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType

from ssot_lint.codemod import Codemod
from ssot_lint.config import RuleSettings
from ssot_lint.errors import ConfigError, PluginError, UsageError
from ssot_lint.rule import Rule
from ssot_lint.settings.tables import nearest

RULES = "ssot_lint.rules"
CODEMODS = "ssot_lint.codemods"

_ID = re.compile(r"[A-Z]{2,10}[0-9]{3}")
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Plugin:
    """A module that an entry point leads to, and the distribution that declared it."""

    module: ModuleType
    distribution: str

    def __str__(self) -> str:
        return f"{self.module.__name__} (from {self.distribution})"


def load_rules() -> tuple[Rule, ...]:
    """Every installed rule, sorted by id, each with its module's docstring as its page."""
    rules: list[Rule] = []
    origin: dict[str, Plugin] = {}
    for plugin in find_plugins(RULES):
        rule = _checked_rule(plugin)
        for key in (rule.id, rule.name):
            if key in origin:
                raise PluginError(
                    f"two rules are called {key!r}: {origin[key]} and {plugin}",
                    "uninstall one of the distributions, or give the rule an id and a name of its own",
                )
            origin[key] = plugin
        rules.append(replace(rule, doc=inspect.cleandoc(plugin.module.__doc__ or "")))
    return tuple(sorted(rules, key=lambda rule: rule.id))


def load_codemods() -> dict[str, Codemod]:
    """Every installed codemod by its name, the names sorted, each with its module's docstring as its page."""
    codemods: dict[str, tuple[Codemod, Plugin]] = {}
    for plugin in find_plugins(CODEMODS):
        codemod = getattr(plugin.module, "CODEMOD", None)
        if not isinstance(codemod, Codemod):
            raise PluginError(f"{plugin} has no CODEMOD", "a module whose name starts with _ is not loaded")
        if codemod.name in codemods:
            raise PluginError(
                f"two codemods are called {codemod.name!r}: {codemods[codemod.name][1]} and {plugin}"
            )
        doc = inspect.cleandoc(plugin.module.__doc__ or "")
        codemods[codemod.name] = replace(codemod, doc=doc), plugin
    return {name: codemod for name, (codemod, _) in sorted(codemods.items())}


def find_plugins(group: str) -> Iterator[Plugin]:
    """Import the modules that the group's entry points name, in the order of distribution and module name."""
    points = sorted(entry_points(group=group), key=lambda point: (_distribution(point), point.value))
    for point in points:
        where = _distribution(point)
        if point.attr:
            raise PluginError(
                f"entry point {point.name!r} of {where} names {point.value!r}",
                f"in group {group!r} it must name a module or a package, without ':{point.attr}'",
            )
        module = _import(point.module, where)
        path = getattr(module, "__path__", None)
        if path is None:
            yield Plugin(module, where)
            continue
        for name in sorted(info.name for info in pkgutil.iter_modules(path)):
            if not name.startswith("_"):
                yield Plugin(_import(f"{point.module}.{name}", where), where)


def select(
    rules: Sequence[Rule],
    configured: Mapping[str, RuleSettings],
    chosen: Sequence[str] = (),
    ignored: Sequence[str] = (),
) -> tuple[Rule, ...]:
    """The rules that run, each with the severity it reports with.

    `chosen` and `ignored` hold ids, names or prefixes of ids (`SSOT2`). A rule that is off, by default or by
    configuration, runs when `chosen` names it in full. Raises UsageError for what names no rule.
    """
    for pattern in (*chosen, *ignored):
        if not any(_matches(rule, pattern) for rule in rules):
            raise UsageError(f"no rule is called {pattern!r}", suggestion(pattern, rules))
    selected = []
    for rule in rules:
        asked = any(_names(rule, pattern) for pattern in chosen)
        if chosen and not asked and not any(_matches(rule, pattern) for pattern in chosen):
            continue
        if any(_matches(rule, pattern) for pattern in ignored):
            continue
        severity = settings_of(rule, configured)[1].severity
        if severity == "off" or (severity is None and not rule.enabled):
            if not asked:
                continue
            severity = None
        selected.append(replace(rule, severity=severity or rule.severity, enabled=True))
    return tuple(selected)


def settings_of(rule: Rule, configured: Mapping[str, RuleSettings]) -> tuple[str, RuleSettings]:
    """What the configuration says of a rule, and whether it calls it by its name or its id, letter case aside.

    A ConfigError where it speaks of the rule under both.
    """
    written = [key for key in configured if _names(rule, key)]
    if len(written) > 1:
        raise ConfigError(
            f"[rules.{written[0]}] and [rules.{written[1]}] are about one rule, {rule.id} {rule.name}",
            "Join the two tables.",
        )
    return (written[0], configured[written[0]]) if written else (rule.name, RuleSettings())


def find_rule(rules: Iterable[Rule], key: str) -> Rule | None:
    """The rule with this id or name, letter case aside."""
    return next((rule for rule in rules if _names(rule, key)), None)


def suggestion(key: str, rules: Sequence[Rule]) -> str:
    """What to do about a rule name that does not exist: the nearest one, and where all of them are listed."""
    near = nearest(key.lower(), [rule.name for rule in rules]) or nearest(
        key.upper(), [rule.id for rule in rules]
    )
    meant = f"did you mean {near!r}? " if near else ""
    return f"{meant}`ssot-lint rules` lists them all"


def _names(rule: Rule, key: str) -> bool:
    return key.upper() == rule.id or key.lower() == rule.name


def _matches(rule: Rule, pattern: str) -> bool:
    return _names(rule, pattern) or (bool(pattern) and rule.id.startswith(pattern.upper()))


def _distribution(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else "an unknown distribution"


def _import(name: str, distribution: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except Exception as error:  # a plugin may raise anything while it is imported
        raise PluginError(
            f"{name} (from {distribution}) cannot be imported: {type(error).__name__}: {error}",
            f"repair or uninstall {distribution}",
        ) from error


def _checked_rule(plugin: Plugin) -> Rule:
    rule = getattr(plugin.module, "RULE", None)
    if not isinstance(rule, Rule):
        found = "has no RULE" if rule is None else f"has a RULE that is a {type(rule).__name__}"
        raise PluginError(
            f"{plugin} {found}",
            "define RULE = ssot_lint.Rule(...), or start the module's name with _",
        )
    problem = _contract_problem(rule, plugin.module)
    if problem:
        raise PluginError(f"{plugin} breaks the rules' contract", problem)
    return rule


def _contract_problem(rule: Rule, module: ModuleType) -> str:
    if not _ID.fullmatch(rule.id):
        return f"id {rule.id!r} is not capitals and three digits, as in ACME101"
    if not _NAME.fullmatch(rule.name):
        return f"name {rule.name!r} is not lower-case words joined by hyphens"
    if not is_dataclass(rule.options):
        return f"options {rule.options!r} is not a dataclass"
    if not (module.__doc__ or "").strip():
        if sys.flags.optimize > 1:
            return "Python runs with -OO or PYTHONOPTIMIZE=2, which drops docstrings: a rule's page is one"
        return "the module has no docstring, which is the rule's page"
    return ""
