"""`parse(content, path) -> Config`: what a TOML text configures, or the first thing that is wrong with it."""

from __future__ import annotations

from typing import Literal, cast

from ssot_lint.config import (
    DEFAULT_TEST_KINDS,
    DEFAULT_TEST_PATHS,
    Capability,
    Concept,
    Config,
    Lifetime,
    Migrate,
    RuleSettings,
    Sequence,
    TestKind,
)
from ssot_lint.settings import forms
from ssot_lint.settings.pyproject import tool_table
from ssot_lint.settings.tables import (
    Source,
    Table,
    child,
    children,
    choice,
    describe,
    flag,
    number,
    only,
    text,
    texts,
)
from ssot_lint.settings.toml import dotted, key_lines, parse_toml


def parse(content: str, path: str, table: Literal["root", "tool.ssot-lint"] = "root") -> Config:
    """The settings that a TOML text holds, at its top or in `[tool.ssot-lint]`. `path` is for messages.

    Raises `ConfigError` at the first thing that is wrong.
    """
    values = parse_toml(content, path)
    places = key_lines(content, values)
    nested = tool_table(values)
    prefix = ("tool", "ssot-lint") if table == "tool.ssot-lint" else ()
    lines = {
        dotted(*key[len(prefix) :]): line for key, line in places.items() if key[: len(prefix)] == prefix
    }
    if prefix:
        if not isinstance(nested, dict | None):
            raise Source(path, prefix, lines).error((), f"found {describe(nested)}, expected a table")
        values = nested or {}
    elif nested is not None:
        raise Source(path, prefix, lines).error(
            ("tool", "ssot-lint"),
            "found a table of pyproject.toml",
            "In this file write [concepts.NAME] and so on.",
        )
    return _config(Table(Source(path, prefix, lines), (), values))


def _config(table: Table) -> Config:
    settings = (
        "source-roots", "exclude", "test-paths", "target-python", "require-suppression-reason", "baseline",
        "concepts", "capabilities", "sequences", "rules", "tests", "migrate",
    )  # fmt: skip
    only(table, settings)
    roots = texts(table, "source-roots", forms.path)
    if not roots and "source-roots" in table.values:
        raise table.error(
            "source-roots", "found an empty array, expected directories", "Leave it out to detect them."
        )
    tests = texts(table, "test-paths", forms.glob)
    if isinstance(version := table.values.get("target-python"), float | int):
        raise table.error(
            "target-python", f"found {describe(version)}, expected a string", 'Write it in quotes: "3.11".'
        )
    version = text(table, "target-python", forms.python_version)
    concepts = tuple(_concept(entry) for entry in children(table, "concepts"))
    _refuse_shared_homes(table, concepts)
    return Config(
        path=table.source.path,
        source_roots=roots or None,
        exclude=texts(table, "exclude", forms.glob),
        test_paths=tests if "test-paths" in table.values else DEFAULT_TEST_PATHS,
        target_python=(3, int(version[2:])) if version else None,
        concepts=concepts,
        capabilities=tuple(_capability(entry) for entry in children(table, "capabilities")),
        sequences=tuple(_sequence(entry) for entry in children(table, "sequences")),
        rules={entry.key[-1]: _rule(entry) for entry in children(table, "rules")},
        require_reason=flag(table, "require-suppression-reason", True),
        baseline=text(table, "baseline", forms.path),
        test_kinds=_test_kinds(child(table, "tests")),
        migrate=_migrate(child(table, "migrate")),
        lines={key: line for key, line in table.source.lines.items() if key},
        table=table.source.prefix,
    )


def _concept(table: Table) -> Concept:
    settings = (
        "canonical", "import-from", "aliases", "names", "variants", "protocol", "members", "factory",
        "lifetime", "context", "test-double", "owner",
    )  # fmt: skip
    only(table, settings)
    canonical = _required(table, "canonical", text(table, "canonical", forms.symbol))
    aliases = texts(table, "aliases", forms.identifier)
    variants = texts(table, "variants", forms.nested_symbol)
    if canonical in variants:
        raise table.error("variants", f'found the canonical "{canonical}", expected further implementations')
    return Concept(
        name=table.key[-1],
        canonical=canonical,
        import_from=text(table, "import-from", forms.module),
        aliases=aliases,
        names=texts(table, "names", forms.name_pattern) or (canonical.partition(":")[2], *aliases),
        variants=variants,
        protocol=text(table, "protocol", forms.nested_symbol),
        members=texts(table, "members", forms.identifier),
        factory=text(table, "factory", forms.nested_symbol),
        lifetime=cast(Lifetime | None, choice(table, "lifetime", ("per-user", "process"))),
        context=text(table, "context", forms.nested_symbol),
        test_double=text(table, "test-double", forms.nested_symbol),
        owner=text(table, "owner", forms.filled),
    )


def _refuse_shared_homes(table: Table, concepts: tuple[Concept, ...]) -> None:
    first: dict[str, str] = {}
    for concept in concepts:
        other = first.setdefault(concept.canonical, concept.name)
        if other != concept.name:
            raise table.source.error(
                ("concepts", concept.name, "canonical"),
                f'found "{concept.canonical}", which is the canonical home of {other} already',
                "Give each concept a home of its own, or join the two.",
            )


def _capability(table: Table) -> Capability:
    only(table, ("calls", "home", "use", "extends"))
    calls = texts(table, "calls", forms.callee)
    extends = texts(table, "extends", forms.filled)
    if not calls and not extends:
        raise table.error(
            "calls", "is missing, expected an array of dotted names", 'Write calls = ["jwt.decode"].'
        )
    home = texts(table, "home", forms.module)
    if not home:
        raise table.error("home", "is missing, expected an array of modules", 'Write home = ["app.tokens"].')
    return Capability(table.key[-1], calls, home, text(table, "use", forms.nested_symbol), extends)


def _sequence(table: Table) -> Sequence:
    only(table, ("events", "terminal", "emitter"))
    events = texts(table, "events", forms.filled)
    if not events:
        raise table.error(
            "events", "is missing, expected an array of event names", "Name the events in their order."
        )
    terminal = texts(table, "terminal", forms.filled)
    return Sequence(table.key[-1], events, terminal, text(table, "emitter", forms.nested_symbol))


def _test_kinds(table: Table) -> tuple[TestKind, ...]:
    """The kinds of tests: those that are configured in place of the defaults of their name, the other defaults."""
    only(table, ("kinds",))
    kinds = {kind.name: kind for kind in DEFAULT_TEST_KINDS}
    for entry in children(table, "kinds"):
        only(entry, ("paths", "markers"))
        paths, markers = texts(entry, "paths", forms.glob), texts(entry, "markers", forms.identifier)
        if not paths and not markers:
            raise entry.error(
                None,
                "has neither paths nor markers, expected one of them",
                'Write paths = ["tests/load/**"].',
            )
        kinds[entry.key[-1]] = TestKind(entry.key[-1], paths, markers)
    return tuple(kinds.values())


def _migrate(table: Table) -> Migrate:
    only(table, ("gates", "gate-timeout", "max-files"))
    default = Migrate()
    return Migrate(
        gates=texts(table, "gates", forms.gate),
        gate_timeout=number(table, "gate-timeout", default.gate_timeout),
        max_files=number(table, "max-files", default.max_files),
    )


def _rule(table: Table) -> RuleSettings:
    severity = choice(table, "severity", ("error", "warning", "info", "off"))
    options = {name: value for name, value in table.values.items() if name != "severity"}
    return RuleSettings(cast(Literal["error", "warning", "info", "off"] | None, severity), options)


def _required(table: Table, name: str, value: str | None) -> str:
    if value is None:
        raise table.error(name, "is missing", f"Add {name} to [{dotted(*table.source.prefix, *table.key)}].")
    return value
