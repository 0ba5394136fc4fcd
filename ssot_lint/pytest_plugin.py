"""The pytest plugin: each concept and rule as a test item, and fixtures for tests of isolation and events.

Off unless `--ssot` is given or `ssot = true` stands in pytest's configuration; then nothing of the engine is
imported. The check itself is `ssot-lint check` in a process of its own, so that the analysed code, which pytest
has imported, and the engine never meet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ssot_lint.project import Project
    from ssot_lint.pytest_items import Checks, Remaining
    from ssot_lint.runtime import EventRecorder, InterfaceReport, Isolation

CHECKS: pytest.StashKey[Checks] = pytest.StashKey()
SHARE: pytest.StashKey[Path] = pytest.StashKey()

WORKER_KEY = "ssot_share"
"""Where xdist's controller tells its workers the directory in which they share one report."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("ssot", "single source of truth (ssot-lint)")
    group.addoption(
        "--ssot", action="store_true", help="One test item for each concept and rule of ssot-lint."
    )
    group.addoption(
        "--ssot-select",
        action="append",
        default=[],
        metavar="RULES",
        help="Only these rules: ids, names or prefixes, as `ssot-lint check --select` takes them.",
    )
    group.addoption(
        "--ssot-config", metavar="FILE", help="The configuration of ssot-lint. Default: as `check` finds it."
    )
    parser.addini(
        "ssot", "Behave as if --ssot were given whenever no paths are named.", type="bool", default=False
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "ssot: a check of ssot-lint, one for each concept and rule.")
    config.addinivalue_line(
        "markers",
        "ssot_violation(rule, finding): written by `ssot-lint tests --generate`; fails until it is repaired.",
    )
    asked = config.getoption("--ssot")
    if not asked and not config.getini("ssot"):
        if config.getoption("--ssot-select") or config.getoption("--ssot-config"):
            raise pytest.UsageError(
                "--ssot-select and --ssot-config need --ssot, or `ssot = true` in pytest's configuration"
            )
        return
    from ssot_lint.pytest_items import prepare

    checks = prepare(config)
    config.stash[CHECKS] = checks
    if (asked or config.args_source is not config.ArgsSource.ARGS) and not _holds(config, checks.file):
        config.args.append(str(checks.file))


def _holds(config: pytest.Config, file: Path) -> bool:
    """Is the file, or a directory that it is below of, among what pytest collects?"""
    named = (config.invocation_params.dir / arg.partition("::")[0] for arg in config.args)
    return any(path.resolve() in (file, *file.parents) for path in named)


def pytest_report_header(config: pytest.Config) -> str | None:
    checks = config.stash.get(CHECKS, None)
    return str(checks) if checks else None


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    checks = parent.config.stash.get(CHECKS, None)
    if checks is None or file_path.resolve() != checks.file:
        return None
    from ssot_lint.pytest_items import ConfigFile

    return ConfigFile.from_parent(parent, path=file_path, checks=checks)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """xdist's controller, for each worker: all of them wait for one report."""
    config = node.config
    if CHECKS not in config.stash:
        return
    if SHARE not in config.stash:
        from tempfile import mkdtemp

        config.stash[SHARE] = Path(mkdtemp(prefix="ssot-lint-"))
    node.workerinput[WORKER_KEY] = str(config.stash[SHARE])


def pytest_unconfigure(config: pytest.Config) -> None:
    if SHARE in config.stash:
        from shutil import rmtree

        rmtree(config.stash[SHARE], ignore_errors=True)


@pytest.fixture(scope="session")
def ssot_project(pytestconfig: pytest.Config) -> Project:
    """The linked project, read from source; to ask the graph in a test. Needs no `--ssot`."""
    from ssot_lint.pytest_items import read

    return read(pytestconfig)


@pytest.fixture
def isolation() -> Isolation:
    """`isolation(factory, contexts)` gives an IsolationReport; `await isolation.report_async(...)` in async tests."""
    from ssot_lint.runtime import Isolation

    return Isolation()


@pytest.fixture
def event_recorder() -> Iterator[EventRecorder]:
    """An EventRecorder with nothing in it."""
    from ssot_lint.runtime import EventRecorder

    yield EventRecorder()


@pytest.fixture(scope="session")
def ssot_findings(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Remaining:
    """What `ssot-lint check` finds; `ssot_findings.assert_gone(finding)` for what `tests --generate` names. Needs no
    `--ssot`."""
    from ssot_lint.pytest_items import remaining

    # the directory above those of xdist's workers is theirs together
    is_worker = hasattr(pytestconfig, "workerinput")
    return remaining(pytestconfig, tmp_path_factory.getbasetemp().parent if is_worker else None)


@pytest.fixture(scope="session")
def old_home(pytestconfig: pytest.Config) -> Callable[..., Any]:
    """`old_home(path, name, gone=None)`: what a file, named from the project's root, hands out under a name now."""
    from functools import partial

    from ssot_lint.pytest_items import root_of
    from ssot_lint.runtime import old_home

    return partial(old_home, root_of(pytestconfig))


@pytest.fixture(scope="session")
def interface() -> Callable[..., InterfaceReport]:
    """`interface(implementation, protocol, members=None)` gives an InterfaceReport."""
    from ssot_lint.runtime import interface_report

    return interface_report
