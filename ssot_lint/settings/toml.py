"""TOML with line numbers: tomli reads the values, a scanner finds where the keys stand."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping

from ssot_lint.errors import ConfigError

_SKIP = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)+")
_BLANK = re.compile(r"[ \t]*")
_KEY = re.compile(r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[ \t]*\.[ \t]*)+""")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}'
    r"|'''(?:[^']|'(?!''))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_INDEX = re.compile(r"\[(\d+)\]")
_SCALAR = re.compile(r"[^,\]}#\n]+")


def decode(data: bytes, path: str) -> str:
    """The text of a TOML file; a `ConfigError` with the line of the first byte that is not UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            f"{path}:{line}: found the byte 0x{data[error.start]:02x}, expected UTF-8",
            "Save the file as UTF-8.",
        ) from None


def parse_toml(text: str, path: str) -> dict[str, object]:
    """The tables of a TOML text; a `ConfigError` with line and column when it is none."""
    import tomli

    try:
        return tomli.loads(text)
    except RecursionError:
        raise ConfigError(
            f"{path}: cannot be read: too many arrays, tables or parts of a key within one another",
            "No setting needs more than four.",
        ) from None
    except tomli.TOMLDecodeError as error:
        raise ConfigError(
            f"{path}:{error.lineno}:{error.colno}: not valid TOML: {error.msg[:1].lower()}{error.msg[1:]}",
            "Correct the line; strings need quotes, arrays brackets.",
        ) from None
    except (
        ValueError
    ):  # Python reads no longer ones: https://docs.python.org/3/library/stdtypes.html#int-max-str-digits
        raise ConfigError(
            f"{path}: cannot be read: a number has more than {sys.get_int_max_str_digits():,} digits",
            "No setting needs more than nine.",
        ) from None


def dotted(*parts: str) -> str:
    """A path of keys as it is written in TOML: `concepts."a b".names[0]`."""
    written = ""
    for part in parts:
        if _INDEX.fullmatch(part):
            written += part
        else:
            plain = re.fullmatch(r"[A-Za-z0-9_-]+", part)
            written += "." * bool(written) + (
                part if plain else '"' + part.replace("\\", "\\\\").replace('"', '\\"') + '"'
            )
    return written


def key_lines(text: str, values: Mapping[str, object]) -> dict[tuple[str, ...], int]:
    """The line of every table, key and array element of a valid TOML text, by its path of keys.

    Array elements have their index as the last part: `("exclude", "[0]")`. What stands inside arrays of tables
    is left out. A path that `values`, the parsed text, does not have is left out too: better no line than a
    wrong one.
    """
    try:
        found = _Scanner(text).run()
    except (_Lost, RecursionError):
        return {}
    return {path: line for path, line in found.items() if _exists(values, path)}


class _Lost(Exception):
    """The scanner met something it does not know."""


class _Scanner:
    """Walks a TOML text that is known to be valid."""

    def __init__(self, text: str) -> None:
        self.text = text.replace("\r\n", "\n")
        self.position = 0
        self.counted = (0, 1)
        self.lines: dict[tuple[str, ...], int] = {}
        self.named: set[tuple[str, ...]] = set()
        self.arrays: set[tuple[str, ...]] = set()

    def run(self) -> dict[tuple[str, ...], int]:
        table: tuple[str, ...] | None = ()
        while self.skip():
            line = self.line()
            if self.take("[["):
                array = self.key()
                self.note(array, line)
                self.arrays.add(array)
                self.expect("]]")
                table = None
            elif self.take("["):
                table = self.key()
                if any(table[:size] in self.arrays for size in range(1, len(table) + 1)):
                    table = None
                else:
                    self.note(table, line)
                self.expect("]")
            else:
                self.assignment(table)
        return self.lines

    def assignment(self, table: tuple[str, ...] | None) -> None:
        line = self.line()
        key = self.key()
        path = None if table is None else (*table, *key)
        if path is not None:
            self.note(path, line)
        self.blank()
        self.expect("=")
        self.blank()
        self.value(path)

    def value(self, path: tuple[str, ...] | None) -> None:
        if string := _STRING.match(self.text, self.position):
            self.position = string.end()
        elif self.take("["):
            index = 0
            while self.skip() and not self.take("]"):
                element = None if path is None else (*path, f"[{index}]")
                if element is not None:
                    self.note(element, self.line())
                self.value(element if self.text[self.position] != "{" else None)
                self.skip()
                self.take(",")
                index += 1
        elif self.take("{"):
            while self.skip() and not self.take("}"):
                self.assignment(path)
                self.skip()
                self.take(",")
        elif scalar := _SCALAR.match(self.text, self.position):
            self.position = scalar.end()
        else:
            raise _Lost

    def key(self) -> tuple[str, ...]:
        import tomli

        self.blank()
        raw = _KEY.match(self.text, self.position)
        if raw is None:
            raise _Lost
        self.position = raw.end()
        parts = []
        value: object = tomli.loads(f"{raw.group().strip()} = 0")
        while isinstance(value, dict):
            ((part, value),) = value.items()
            parts.append(part)
        return tuple(parts)

    def note(self, path: tuple[str, ...], line: int) -> None:
        """A table that only its children's headers name gets the line of the first of them."""
        for size in range(1, len(path)):
            self.lines.setdefault(path[:size], line)
        if path not in self.named:
            self.named.add(path)
            self.lines[path] = line

    def line(self) -> int:
        position, line = self.counted
        line += self.text.count("\n", position, self.position)
        self.counted = (self.position, line)
        return line

    def skip(self) -> bool:
        if space := _SKIP.match(self.text, self.position):
            self.position = space.end()
        return self.position < len(self.text)

    def blank(self) -> None:
        space = _BLANK.match(self.text, self.position)
        self.position = space.end() if space else self.position

    def take(self, token: str) -> bool:
        if self.text.startswith(token, self.position):
            self.position += len(token)
            return True
        return False

    def expect(self, token: str) -> None:
        self.blank()
        if not self.take(token):
            raise _Lost


def _exists(values: object, path: tuple[str, ...]) -> bool:
    for part in path:
        if isinstance(values, dict) and part in values:
            values = values[part]
        elif isinstance(values, list) and (index := _INDEX.fullmatch(part)) and int(index[1]) < len(values):
            values = values[int(index[1])]
        else:
            return False
    return True
