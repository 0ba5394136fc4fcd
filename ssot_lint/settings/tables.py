"""Typed reading of TOML tables. Whatever is wrong becomes a `ConfigError` that names file, line and key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from ssot_lint.errors import ConfigError
from ssot_lint.settings.toml import dotted

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Where settings come from: a file, the table in it, and the line of every dotted key below that table."""

    path: str
    prefix: Key = ()
    lines: Mapping[str, int] = field(default_factory=dict)

    def error(self, key: Key, message: str, hint: str = "") -> ConfigError:
        """A `ConfigError` about one key; the line is that of the nearest enclosing key whose line is known."""
        enclosing = (dotted(*key[:size]) for size in range(len(key), -1, -1))
        line = next((self.lines[name] for name in enclosing if name in self.lines), None)
        where = f"{self.path}:{line}" if line else self.path
        name = dotted(*self.prefix, *key)
        return ConfigError(f"{where}: {name}: {message}" if name else f"{where}: {message}", hint)


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a file, by its path of keys."""

    source: Source
    key: Key
    values: Mapping[str, object]

    def error(self, name: str | None, message: str, hint: str = "") -> ConfigError:
        """A `ConfigError` about one key of this table; None: about the table."""
        return self.source.error(self.key if name is None else (*self.key, name), message, hint)


def describe(value: object) -> str:
    """A value of a TOML file in words: `the string "x"`."""
    match value:
        case bool():
            return f"the boolean {str(value).lower()}"
        case str():
            return f'the string "{_short(value)}"'
        case int():
            return f"the integer {value}"
        case float():
            return f"the number {value}"
        case list() | tuple():
            return f"an array of {len(value)}" if value else "an empty array"
        case Mapping():
            return "a table"
        case _:
            return f"the date or time {value}"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant."""
    from rapidfuzz import fuzz, process

    found = process.extractOne(name, sorted(known), scorer=fuzz.ratio, score_cutoff=65)
    return found[0] if found else None


def unknown(name: str, known: Iterable[str], noun: str = "keys") -> str:
    """What to say to somebody who wrote a name that is not known."""
    names = sorted(known)
    meant = nearest(name, names)
    listed = f"Known {noun}: {', '.join(names)}." if names else f"There are no {noun} here."
    return f"Did you mean {meant}? {listed}" if meant else listed


def only(table: Table, known: Iterable[str]) -> None:
    """Refuse keys that are not known."""
    names = tuple(known)
    for name in table.values:
        if name not in names:
            raise table.error(name, "unknown key", unknown(name, names))


def child(table: Table, name: str) -> Table:
    """The table under a key; an empty one when there is none."""
    value = table.values.get(name, {})
    key = (*table.key, name)
    if not isinstance(value, Mapping):
        raise table.error(
            name,
            f"found {describe(value)}, expected a table",
            f"Write [{dotted(*table.source.prefix, *key)}].",
        )
    return Table(table.source, key, value)


def children(table: Table, name: str) -> tuple[Table, ...]:
    """The tables of a table of tables, in the order of the file."""
    parent = child(table, name)
    for entry in parent.values:
        if not entry.strip():
            raise parent.error(entry, "the name is empty, expected a name", "Name what the table describes.")
        if not entry.isprintable():  # it would steer the terminal, or break a line of a report
            raise parent.error(
                ascii(entry), "the name has a character that cannot be printed", "Leave it out."
            )
    return tuple(child(parent, entry) for entry in parent.values)


def flag(table: Table, name: str, default: bool) -> bool:
    """A boolean."""
    value = table.values.get(name, default)
    if not isinstance(value, bool):
        raise table.error(name, f"found {describe(value)}, expected true or false")
    return value


def number(table: Table, name: str, default: int) -> int:
    """A whole number above 0."""
    value = table.values.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise table.error(name, f"found {describe(value)}, expected a whole number above 0")
    return value


Check = Callable[[str], str | None]
"""Says what was expected when a text is not acceptable, else None."""


def text(table: Table, name: str, check: Check) -> str | None:
    """A string that passes a check; None when the key is absent."""
    if name not in table.values:
        return None
    value = table.values[name]
    if not isinstance(value, str):
        raise table.error(name, f"found {describe(value)}, expected a string")
    if expected := check(value):
        raise table.error(name, f"found {describe(value)}, expected {expected}")
    return value


def texts(table: Table, name: str, check: Check) -> tuple[str, ...]:
    """An array of different strings that all pass a check; empty when the key is absent."""
    value = table.values.get(name, [])
    if not isinstance(value, (list, tuple)):
        hint = f'Write {name} = ["{value}"].' if isinstance(value, str) else ""
        raise table.error(name, f"found {describe(value)}, expected an array of strings", hint)
    seen: set[str] = set()
    for index, entry in enumerate(value):
        place = (*table.key, name, f"[{index}]")
        if not isinstance(entry, str):
            raise table.source.error(place, f"found {describe(entry)}, expected a string")
        if expected := check(entry):
            raise table.source.error(place, f"found {describe(entry)}, expected {expected}")
        if entry in seen:
            raise table.source.error(place, f'found "{entry}" twice, expected each entry once')
        seen.add(entry)
    return tuple(value)


def choice(table: Table, name: str, choices: tuple[str, ...]) -> str | None:
    """One of several words; None when the key is absent."""
    if name not in table.values:
        return None
    value = table.values[name]
    if value not in choices:
        listed = ", ".join(f'"{word}"' for word in choices)
        meant = nearest(value, choices) if isinstance(value, str) else None
        raise table.error(
            name,
            f"found {describe(value)}, expected one of {listed}",
            f'Did you mean "{meant}"?' if meant else "",
        )
    return str(value)


def _short(value: str) -> str:
    return value if len(value) <= 60 else f"{value[:57]}..."
