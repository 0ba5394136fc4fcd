"""What pytest collects and runs: the configuration file, below it the concepts, below each its rules."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ssot_lint.errors import SsotLintError
from ssot_lint.wording import count

if TYPE_CHECKING:
    from ssot_lint.project import Project
    from ssot_lint.rule import Rule

REST = "whole-project"
"""The node of what is not about one concept."""

ABOUT_NO_CONCEPT = ("SSOT4", "SSOT5", "SSOT901")
"""Rules on capabilities, events and unreadable files: one item each."""

Findings = Mapping[tuple[str, str], list[dict[str, Any]]]
"""(concept, rule id) -> the violations, as `check --format json` writes them."""

FINDINGS = pytest.StashKey[Findings]()


@dataclass(frozen=True, slots=True)
class Checks:
    """What is to be checked: known before anything is scanned, and alike in every xdist worker."""

    root: Path
    file: Path  # where the configuration stands
    named: str | None  # the value of --ssot-config
    select: tuple[str, ...]  # the values of --ssot-select
    rules: tuple[Rule, ...]  # those that run
    concepts: Mapping[str, int]  # name -> its line in the configuration

    def rules_of(self, concept: str) -> tuple[Rule, ...]:
        """The rules that may find something about a concept; for `REST` all."""
        if concept == REST:
            return self.rules
        return tuple(rule for rule in self.rules if not rule.id.startswith(ABOUT_NO_CONCEPT))

    def __str__(self) -> str:
        return f"ssot-lint: {self.file}, {count(len(self.concepts), 'concept')}, {count(len(self.rules), 'rule')}"


def prepare(config: pytest.Config, everything: bool = False) -> Checks:
    """Read the settings. Whatever is wrong with them is an error of usage, told before a test is run.

    `everything`: whatever --ssot-select says.
    """
    from ssot_lint.cli._options import split
    from ssot_lint.plugins import load_rules, select
    from ssot_lint.settings.loading import load

    try:
        root, named = _place(config)
        settings = load(root, named)
        chosen = () if everything else split(config.getoption("--ssot-select"))
        rules = select(load_rules(), settings.rules, chosen)
    except SsotLintError as error:
        raise pytest.UsageError(f"ssot-lint: {error}") from None
    if settings.path is None:
        raise pytest.UsageError(
            f"ssot-lint: no configuration in {root}\n"
            "  `ssot-lint init` proposes one; --ssot-config names a file elsewhere"
        )
    lines = {concept.name: settings.lines.get(f"concepts.{concept.name}", 1) for concept in settings.concepts}
    return Checks(root, (root / settings.path).resolve(), str(named) if named else None, chosen, rules, lines)


def read(config: pytest.Config) -> Project:
    """The linked project, in this process."""
    from ssot_lint.cli._place import locate
    from ssot_lint.cli._project import open_project

    try:
        root, named = _place(config)
        return open_project(locate((), str(root), str(named) if named else None)).project
    except SsotLintError as error:
        raise pytest.UsageError(f"ssot-lint: {error}") from None


def root_of(config: pytest.Config) -> Path:
    """The root of the project that is tested."""
    try:
        return _place(config)[0]
    except SsotLintError as error:
        raise pytest.UsageError(f"ssot-lint: {error}") from None


def _place(config: pytest.Config) -> tuple[Path, Path | None]:
    from ssot_lint.cli._place import locate
    from ssot_lint.settings.loading import find_root

    name = config.getoption("--ssot-config")
    if name is None:
        return find_root(config.rootpath), None
    place = locate((), None, str(config.invocation_params.dir / name))
    return place.root, place.config


# --- items --------------------------------------------------------------------------------------------


class ConfigFile(pytest.File):
    """The configuration of ssot-lint; its nodes can be named: `ssot-lint.toml::concept::rule`."""

    def __init__(self, *, checks: Checks, **given: Any) -> None:
        super().__init__(**given)
        self.checks = checks

    def collect(self) -> Iterator[ConceptNode]:
        for name in dict.fromkeys((*self.checks.concepts, REST)):
            yield ConceptNode.from_parent(self, name=name, checks=self.checks)


class ConceptNode(pytest.Collector):
    """One concept."""

    def __init__(self, *, checks: Checks, **given: Any) -> None:
        super().__init__(**given)
        self.checks = checks

    def collect(self) -> Iterator[RuleItem]:
        for rule in self.checks.rules_of(self.name):
            yield RuleItem.from_parent(self, name=rule.name, checks=self.checks, rule=rule)


class Violations(Exception):
    """Why an item fails; its text is the report."""


class RuleItem(pytest.Item):
    """One rule on one concept: passes when there is nothing to report."""

    def __init__(self, *, checks: Checks, rule: Rule, **given: Any) -> None:
        super().__init__(**given)
        self.checks = checks
        self.rule = rule
        self.concept = self.parent.name if self.parent is not None else REST
        self.add_marker("ssot")
        self.extra_keyword_matches.add(rule.id)

    def runtest(self) -> None:
        found = findings(self.config, self.checks).get((self.concept, self.rule.id), [])
        if found:
            raise Violations(_told(self.checks, self.concept, self.rule, found))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, Violations):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        line = self.checks.concepts.get(self.concept, 1)
        return self.checks.file, line - 1, f"{self.concept}: {self.rule.name}"


def _told(checks: Checks, concept: str, rule: Rule, found: list[dict[str, Any]]) -> str:
    from msgspec import convert

    from ssot_lint.cli._place import source_lines
    from ssot_lint.model import Diagnostic, Report, Summary
    from ssot_lint.reporters import View
    from ssot_lint.reporters.text import render

    diagnostics = tuple(convert(item, Diagnostic) for item in found)
    view = View(source=partial(source_lines, checks.root), quiet=True)
    return "\n".join(
        [
            f"{concept}: {rule.name} ({rule.id}): {count(len(found), 'violation')}",
            rule.summary,
            "",
            render(Report(diagnostics, Summary(0, 0, 0, 0, 0, 0, {}, {})), view).rstrip(),
            "",
            f"`ssot-lint explain {rule.name}` says why, and how to repair it.",
        ]
    )


# --- the check ----------------------------------------------------------------------------------------


def findings(config: pytest.Config, checks: Checks) -> Findings:
    """What the check finds, run at the first question: once a session, whatever the number of xdist workers."""
    if FINDINGS not in config.stash:
        worker: Mapping[str, str] = getattr(config, "workerinput", {})
        share = worker.get("ssot_share")
        # a worker on another machine has no part in the directory
        report = _shared_report(checks, Path(share)) if share and Path(share).is_dir() else _report(checks)
        config.stash[FINDINGS] = _grouped(report, checks)
    return config.stash[FINDINGS]


def _grouped(report: str, checks: Checks) -> Findings:
    """Every violation belongs to an item: what no item of a concept asks for is asked for by `REST`."""
    pairs = {(concept, rule.id) for concept in checks.concepts for rule in checks.rules_of(concept)}
    grouped: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for item in json.loads(report)["diagnostics"]:
        if item["status"] == "new":
            key = (item["concept"], item["rule"])
            grouped.setdefault(key if key in pairs else (REST, item["rule"]), []).append(item)
    return grouped


def _shared_report(checks: Checks, share: Path) -> str:
    """The report of the worker that came first. One that dies while it works leaves the lock to the next."""
    file = share / "report.json"
    from filelock import FileLock

    with FileLock(share / "lock"):
        if not file.exists():
            report = _report(checks)
            unfinished = share / "unfinished"
            unfinished.write_text(report, "utf-8")
            unfinished.replace(file)
        return file.read_text("utf-8")


def _report(checks: Checks) -> str:
    """What `ssot-lint check --format json` prints for the selected rules; it keeps and uses its own cache."""
    command = [sys.executable, "-P", "-m", "ssot_lint", "check", "--format", "json", "--exit-zero", "--quiet"]
    command += ["--root", str(checks.root), *(["--config", checks.named] if checks.named else [])]
    command += ["--select", ",".join(checks.select)] if checks.select else []
    done = subprocess.run(command, cwd=checks.root, capture_output=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise Violations(f"the check could not be run\n{done.stderr.decode('utf-8', 'replace').strip()}")
    return done.stdout.decode("utf-8")


# --- generated tests ----------------------------------------------------------------------------------


class Remaining:
    """The violations that are left, neither suppressed nor in the baseline; looked for at the first question."""

    def __init__(self, checks: Checks, share: Path | None = None) -> None:
        self.checks = checks
        self.share = share  # a directory that others who ask the same have, too
        self._found: dict[str, list[dict[str, Any]]] | None = None

    def of(self, finding: str) -> list[dict[str, Any]]:
        """Those of the kind that `finding`, a fingerprint of `ssot-lint check`, is the first of."""
        if self._found is None:
            from msgspec import convert

            from ssot_lint.baseline import kind
            from ssot_lint.model import Diagnostic

            self._found = {}
            report = _shared_report(self.checks, self.share) if self.share else _report(self.checks)
            for item in json.loads(report)["diagnostics"]:
                if item["status"] == "new":
                    self._found.setdefault(kind(convert(item, Diagnostic)), []).append(item)
        return self._found.get(finding, [])

    def assert_gone(self, finding: str) -> None:
        """Fail, with what is left of it."""
        __tracebackhide__ = True
        left = self.of(finding)
        if left:
            rule = next(rule for rule in self.checks.rules if rule.id == left[0]["rule"])
            pytest.fail(_told(self.checks, left[0]["concept"] or REST, rule, left), pytrace=False)


def remaining(config: pytest.Config, shared: Path | None = None) -> Remaining:
    """What `ssot_findings` hands out: all rules are asked, whatever --ssot-select says.

    `shared`: a directory of this session alone, which the workers of pytest-xdist have together.
    """
    share = shared / "ssot-lint" if shared is not None else None
    if share is not None:
        share.mkdir(exist_ok=True)
    return Remaining(prepare(config, everything=True), share)
