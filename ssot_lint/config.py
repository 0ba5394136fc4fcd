"""`[tool.ssot-lint]` or `ssot-lint.toml` -> `Config`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, cast

from ssot_lint.errors import ConfigError
from ssot_lint.recall import read_file
from ssot_lint.settings import forms
from ssot_lint.settings.pyproject import (
    entry_points,
    has_tool_table,
    minimum_python,
    misspelt_tool,
    project_version,
    tool_table,
)
from ssot_lint.settings.runner import INI_FILES, Collection, collection
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
from ssot_lint.settings.toml import decode, dotted, key_lines, parse_toml

CONFIG_FILE = "ssot-lint.toml"

Lifetime = Literal["per-user", "process"]

DEFAULT_TEST_PATHS = (
    "tests/**", "test/**", "**/tests/**", "**/test/**", "**/test_*.py", "**/*_test.py", "**/conftest.py",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Concept:
    """Something that must have one home."""

    name: str
    canonical: str  # "package.module:Name"
    import_from: str | None = None  # default: the canonical module
    aliases: tuple[str, ...] = ()
    names: tuple[str, ...] = ()  # fnmatch patterns of class and function names
    variants: tuple[str, ...] = ()
    protocol: str | None = None
    members: tuple[str, ...] = ()
    factory: str | None = None
    lifetime: Lifetime | None = None
    context: str | None = None
    test_double: str | None = None
    owner: str | None = None

    @property
    def canonical_module(self) -> str:
        return self.canonical.partition(":")[0]

    @property
    def canonical_name(self) -> str:
        return self.canonical.partition(":")[2]

    @property
    def home(self) -> str:
        """The module users import the concept from."""
        return self.import_from or self.canonical_module


@dataclass(frozen=True, slots=True)
class Capability:
    """Calls that only one home may make."""

    name: str
    calls: tuple[str, ...] = ()
    home: tuple[str, ...] = ()
    use: str | None = None
    extends: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sequence:
    """Events that one emitter sends, in order, to a terminal event."""

    name: str
    events: tuple[str, ...]
    terminal: tuple[str, ...] = ()
    emitter: str | None = None


@dataclass(frozen=True, slots=True)
class Migrate:
    """`[migrate]`: how `ssot-lint migrate` works here, unless the command line says otherwise."""

    gates: tuple[
        str, ...
    ] = ()  # commands that are run after each batch; {tests}: those that reach the change
    gate_timeout: int = 1800  # seconds for one run of a gate
    max_files: int = 25  # files of a batch


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """`[rules.NAME]`: the severity, and the rule's own options, checked when the rule is loaded."""

    severity: Literal["error", "warning", "info", "off"] | None = None
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TestKind:
    """A kind of test: the tests in some files, and those with one of some markers."""

    __test__ = False  # nothing for pytest to collect

    name: str
    paths: tuple[str, ...] = ()  # `.gitignore`-style patterns
    markers: tuple[str, ...] = ()  # `unit` for `@pytest.mark.unit`


DEFAULT_TEST_KINDS = (
    TestKind("unit", ("**/unit/**", "**/unit_tests/**"), ("unit",)),
    TestKind("integration", ("**/integration/**", "**/integration_tests/**"), ("integration",)),
    TestKind("e2e", ("**/e2e/**", "**/end_to_end/**"), ("e2e", "end_to_end")),
    TestKind("mission-critical", ("**/mission_critical/**",), ("mission_critical",)),
)


@dataclass(frozen=True, slots=True)
class Config:
    """All settings. `lines` maps a dotted key (`concepts.websocket-manager`) to its line in `path`."""

    path: str | None = None  # relative to the project root, with "/"
    source_roots: tuple[str, ...] | None = None  # None: detected
    exclude: tuple[str, ...] = ()
    test_paths: tuple[str, ...] = DEFAULT_TEST_PATHS
    target_python: tuple[int, int] | None = None
    concepts: tuple[Concept, ...] = ()
    capabilities: tuple[Capability, ...] = ()
    sequences: tuple[Sequence, ...] = ()
    rules: Mapping[str, RuleSettings] = field(default_factory=dict)
    require_reason: bool = True
    baseline: str | None = None
    test_kinds: tuple[TestKind, ...] = DEFAULT_TEST_KINDS
    version: str | None = None  # the project's own, where pyproject.toml states it
    entry_points: tuple[str, ...] = ()  # `module:object` that installers and plugin hosts look up
    collection: Collection = field(default_factory=Collection)  # what pytest collects
    migrate: Migrate = Migrate()
    today: str = ""  # the date of the run, 2026-03-01; "" where nobody has looked at a clock
    lines: Mapping[str, int] = field(default_factory=dict)
    table: tuple[
        str, ...
    ] = ()  # where the settings stand in `path`: `("tool", "ssot-lint")` in pyproject.toml

    def concept(self, name: str) -> Concept | None:
        return next((concept for concept in self.concepts if concept.name == name), None)


def find_root(start: Path) -> Path:
    """The project that `start`, a file or directory, belongs to.

    The nearest directory upwards with an ssot-lint.toml, a pyproject.toml that configures ssot-lint, or a
    git repository; without one, the nearest with any pyproject.toml; without that, `start` itself.
    """
    start = start.resolve()
    if not start.is_dir():
        start = start.parent
    with_project_file = None
    for directory in (start, *start.parents):
        pyproject = directory / "pyproject.toml"
        if (directory / ".git").exists() or is_configured(directory):
            return directory
        if with_project_file is None and pyproject.is_file():
            with_project_file = directory
    return with_project_file or start


def is_project(directory: Path) -> bool:
    """Whether a directory that `find_root` gives is a project, and not merely where the search began."""
    return (
        (directory / ".git").exists() or is_configured(directory) or (directory / "pyproject.toml").is_file()
    )


def is_configured(directory: Path) -> bool:
    """Whether the directory itself holds settings of ssot-lint."""
    return _is_there(directory / CONFIG_FILE) or has_tool_table(directory / "pyproject.toml")


def load(root: Path, explicit: Path | None = None) -> Config:
    """The settings of the project at `root`.

    They stand in `explicit`, else in ssot-lint.toml, else in pyproject.toml; without any, the defaults hold.
    The Python version defaults to the lower bound of `requires-python` in pyproject.toml, which also says the
    project's version and its entry points.
    """
    pyproject = root / "pyproject.toml"
    project = parse_toml(_read(pyproject, root), "pyproject.toml") if pyproject.exists() else {}
    config = Config()
    file = explicit or root / CONFIG_FILE
    if file.name != "pyproject.toml" and (explicit or _is_there(file)):
        config = parse(_read(file, root), _relative(file, root), "root")
    elif explicit or project:
        file = explicit or pyproject
        name, content = _relative(file, root), _read(file, root)
        tables = parse_toml(content, name)
        if tool_table(tables) is not None:
            config = parse(content, name, "tool.ssot-lint")
        elif wrong := misspelt_tool(tables):
            raise ConfigError(f"{name}: tool.{wrong}: unknown table", "Did you mean [tool.ssot-lint]?")
        elif explicit:
            raise ConfigError(
                f"{name}: found no table [tool.ssot-lint]", "Add the table, or name another file."
            )
    if config.target_python is None:
        config = replace(config, target_python=minimum_python(project))
    ini = {name: _read_leniently(root / name) for name in INI_FILES if (root / name).is_file()}
    return replace(
        config,
        version=project_version(project),
        entry_points=entry_points(project),
        collection=collection(ini, project),
    )


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


def _read(file: Path, root: Path) -> str:
    try:
        return decode(read_file(file), _relative(file, root))
    except OSError as error:
        name = (
            file.relative_to(root) if file.is_relative_to(root) else file
        )  # not where a link leads that leads nowhere
        raise ConfigError(
            f"{name.as_posix()}: cannot be read: {error.strerror}", "Check that it is a file you may read."
        ) from None


def _read_leniently(file: Path) -> str:
    """A file that is somebody else's to complain about."""
    try:
        return read_file(file).decode("utf-8", "replace")
    except OSError:
        return ""


def _is_there(file: Path) -> bool:
    """Whether somebody put it there, if only a link that leads nowhere: reading it says so."""
    return file.exists() or file.is_symlink()


def _relative(file: Path, root: Path) -> str:
    try:
        # `resolve` raises another kind of error at a loop of links
        return Path(os.path.realpath(file)).relative_to(root.resolve()).as_posix()
    except ValueError:
        return file.as_posix()
