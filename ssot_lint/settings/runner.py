"""What pytest collects in a project: the patterns for files, classes and functions, from wherever pytest reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

INI_FILES = {"pytest.ini": "pytest", ".pytest.ini": "pytest", "tox.ini": "pytest", "setup.cfg": "tool:pytest"}
"""Where pytest looks besides pyproject.toml, and the section that holds its settings."""


@dataclass(frozen=True, slots=True)
class Collection:
    """Patterns as pytest reads them: a name matches one that it starts with, or that it matches as a glob."""

    files: tuple[str, ...] = ("test_*.py", "*_test.py")
    classes: tuple[str, ...] = ("Test",)
    functions: tuple[str, ...] = ("test",)
    warnings_fail: bool = False  # does a DeprecationWarning fail the test that meets it?

    def is_file(self, path: str) -> bool:
        """May a file, relative to the project root, hold tests? Patterns with a "/" are matched with the path."""
        name = path.rpartition("/")[2]
        return any(fnmatchcase(f"/{path}" if "/" in item else name,
                               f"*/{item.lstrip('/')}" if "/" in item else item) for item in self.files)  # fmt: skip

    def is_class(self, name: str) -> bool:
        return _matches(name, self.classes)

    def is_function(self, name: str) -> bool:
        return _matches(name, self.functions)


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    prefixes, globs = _parted(patterns)
    return name.startswith(prefixes) or any(fnmatchcase(name, item) for item in globs)


@cache
def _parted(patterns: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What names may start with, and the patterns that say more than that."""
    globs = tuple(item for item in patterns if set("*?[") & set(item.removesuffix("*")))
    return tuple(item.removesuffix("*") for item in patterns if item not in globs), globs


def collection(ini: Mapping[str, str], pyproject: Mapping[str, Any]) -> Collection:
    """The patterns of a project. `ini`: name -> text of those of `INI_FILES` that exist; `pyproject`: its tables.

    The first file that configures pytest counts, in pytest's order
    (https://docs.pytest.org/en/stable/reference/customize.html). What is not written, or cannot be read, is as
    pytest has it by default.
    """
    settings = _settings(ini, pyproject)
    given = {name: _words(settings.get(f"python_{name}")) for name in ("files", "classes", "functions")}
    patterns = {name: words for name, words in given.items() if words}
    return Collection(**patterns, warnings_fail=_warnings_fail(settings))


def _warnings_fail(settings: Mapping[str, object]) -> bool:
    """Do `filterwarnings` and `addopts` make errors of deprecation warnings? The last filter that fits decides."""
    written = settings.get("filterwarnings")
    filters = [*written] if isinstance(written, list) else str(written or "").splitlines()
    options = _words(settings.get("addopts"))
    for option, following in zip(options, (*options[1:], ""), strict=False):
        if option.startswith("-W"):
            filters.append(option[2:] or following)
    fail = False
    for item in filters:
        action, message, category, module, *_ = [
            *(part.strip() for part in str(item).split(":")),
            "",
            "",
            "",
            "",
        ]
        if action and not message and not module and category in ("", "Warning", "DeprecationWarning"):
            fail = action.strip("'\"") == "error"
    return fail


def _settings(ini: Mapping[str, str], pyproject: Mapping[str, Any]) -> Mapping[str, object]:
    for name in ("pytest.ini", ".pytest.ini"):
        if name in ini:
            return _section(ini[name], INI_FILES[name]) or {}
    table: object = pyproject
    for name in ("tool", "pytest", "ini_options"):
        table = table.get(name) if isinstance(table, Mapping) else None
    if isinstance(table, Mapping):
        return table
    for name in ("tox.ini", "setup.cfg"):
        found = _section(ini.get(name, ""), INI_FILES[name])
        if found is not None:
            return found
    return {}


def _section(text: str, name: str) -> Mapping[str, object] | None:
    from configparser import ConfigParser, Error

    parser = ConfigParser(interpolation=None, strict=False, allow_no_value=True)
    try:
        parser.read_string(text)
    except Error:
        return None  # pytest itself will say so
    return dict(parser[name]) if parser.has_section(name) else None


def _words(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(value.split())
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()
