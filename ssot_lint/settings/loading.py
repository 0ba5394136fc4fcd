"""Where the settings of a project stand: `[tool.ssot-lint]`, ssot-lint.toml, or none at all -> `Config`."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from ssot_lint.config import Config
from ssot_lint.errors import ConfigError
from ssot_lint.recall import read_file
from ssot_lint.settings.parsing import parse
from ssot_lint.settings.pyproject import (
    entry_points,
    has_tool_table,
    minimum_python,
    misspelt_tool,
    project_version,
    tool_table,
)
from ssot_lint.settings.runner import INI_FILES, collection
from ssot_lint.settings.toml import decode, parse_toml

CONFIG_FILE = "ssot-lint.toml"


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
