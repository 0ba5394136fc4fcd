"""What can be configured: concepts, capabilities, sequences, rules, tests, migrations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ssot_lint.settings.runner import Collection

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
