"""What a pyproject.toml says about the project itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from ssot_lint.errors import ConfigError
from ssot_lint.recall import read_file
from ssot_lint.settings.toml import decode, parse_toml

_CLAUSE = re.compile(r"(>=|~=|===?|>|\^|~)?\s*(\d+)\.(\d+)")


def has_tool_table(pyproject: Path) -> bool:
    """Whether the file configures ssot-lint. One that does and cannot be parsed counts: loading it says why."""
    try:
        data = read_file(pyproject)
    except OSError:
        return False
    if b"ssot-lint" not in data:
        return False
    try:
        return tool_table(parse_toml(decode(data, str(pyproject)), str(pyproject))) is not None
    except ConfigError:
        return True


def tool_table(tables: Mapping[str, object]) -> object:
    """What `[tool.ssot-lint]` holds: a table, unless somebody wrote something else; None when it is absent."""
    tool = tables.get("tool")
    return tool.get("ssot-lint") if isinstance(tool, dict) else None


def misspelt_tool(tables: Mapping[str, object]) -> str | None:
    """The name of a table that was meant to be `[tool.ssot-lint]`: `ssot_lint`, `SSOT-lint`, `ssotlint`."""
    tool = tables.get("tool")
    names = tool if isinstance(tool, dict) else {}
    return next((name for name in names if re.sub(r"[-_. ]", "", name).lower() == "ssotlint"), None)


def minimum_python(tables: Mapping[str, object]) -> tuple[int, int] | None:
    """The oldest Python that the project supports; None when it does not say.

    Read from `requires-python` (PEP 440 clauses), or from poetry's dependency on `python`.
    """
    project = tables.get("project")
    required = project.get("requires-python") if isinstance(project, dict) else None
    if required is None:
        for name in ("tool", "poetry", "dependencies"):
            below = tables.get(name)
            tables = below if isinstance(below, dict) else {}
        required = tables.get("python")
    if not isinstance(required, str) or "||" in required:
        return None
    found = [_CLAUSE.match(clause.strip()) for clause in required.split(",")]
    return max(((int(clause[2]), int(clause[3])) for clause in found if clause), default=None)


def project_version(tables: Mapping[str, object]) -> str | None:
    """The version that the project states of itself; None when it is dynamic or not there. Poetry's counts too."""
    for table in (_below(tables, "project"), _below(tables, "tool", "poetry")):
        version = table.get("version")
        if isinstance(version, str) and version:
            return version
    return None


def entry_points(tables: Mapping[str, object]) -> tuple[str, ...]:
    """What `[project.scripts]`, `gui-scripts` and `entry-points` name, sorted: `module` or `module:object`."""
    groups: list[object] = []
    project, poetry = _below(tables, "project"), _below(tables, "tool", "poetry")
    groups += [project.get("scripts"), project.get("gui-scripts"), poetry.get("scripts")]
    for plugins in (project.get("entry-points"), poetry.get("plugins")):
        groups += list(plugins.values()) if isinstance(plugins, dict) else []
    found: set[str] = set()
    for group in groups:
        for value in group.values() if isinstance(group, dict) else ():
            if isinstance(value, str):
                found.add(value.partition("[")[0].strip())
    return tuple(sorted(found))


def _below(tables: Mapping[str, object], *names: str) -> Mapping[str, object]:
    for name in names:
        inner = tables.get(name)
        tables = inner if isinstance(inner, dict) else {}
    return tables
