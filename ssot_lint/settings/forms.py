"""The forms that texts in the configuration must have. Each check says what it expected, or None."""

from __future__ import annotations

import re
from keyword import iskeyword


def symbol(text: str) -> str | None:
    """`package.module:Name`."""
    module, colon, name = text.partition(":")
    if colon and _is_dotted(module) and _is_identifier(name):
        return None
    return '"package.module:Name", e.g. "app.realtime.manager:ConnectionManager"'


def nested_symbol(text: str) -> str | None:
    """`package.module:Name` or `package.module:Outer.Name`."""
    module, colon, name = text.partition(":")
    if colon and _is_dotted(module) and _is_dotted(name):
        return None
    return symbol("")


def module(text: str) -> str | None:
    """`package.module`."""
    return None if _is_dotted(text) else 'a module, e.g. "app.realtime"'


def callee(text: str) -> str | None:
    """A dotted name; a part may be `*`."""
    parts = text.split(".")
    if all(_is_identifier(part) or part == "*" for part in parts) and parts[0] != "*":
        return None
    return 'a dotted name, e.g. "jwt.decode"'


def identifier(text: str) -> str | None:
    """A Python name."""
    return None if _is_identifier(text) else "a Python name"


def filled(text: str) -> str | None:
    """Any text but an empty one."""
    return None if text.strip() else "a text that is not empty"


_QUOTED = re.compile(r"'[^']*'")
_PLACEHOLDER = re.compile(r"(?<![$@{\\])\{([A-Za-z_]\w*)\}(?!\})")  # no ${HOME}, @{upstream}, {{json}}, {a,b}


def gate(text: str) -> str | None:
    """A shell command in which `{tests}` is the only placeholder. The braces of a shell are none."""
    for word in _PLACEHOLDER.findall(_QUOTED.sub("''", text)):
        if word != "tests":
            return f"the placeholder {{tests}}, not {{{word}}} (which stays as it is in single quotes)"
    return filled(text)


def name_pattern(text: str) -> str | None:
    """A pattern of class names, as `fnmatch` reads it."""
    if not re.fullmatch(r"[\w*?\[\]!-]+", text):
        return 'a pattern of class names, e.g. "*ConnectionManager"'
    return _brackets(text)


def glob(text: str) -> str | None:
    """A `.gitignore`-style pattern of paths inside the project."""
    body = text.removeprefix("!")
    if not body.strip() or body != body.strip() or text.startswith("#"):
        return 'a pattern of paths, e.g. "archive/**"'
    return _inside(body) or _brackets(body)


def path(text: str) -> str | None:
    """A path inside the project."""
    return _inside(text) if text.strip() else "a path relative to the project root"


def python_version(text: str) -> str | None:
    """`3.11`."""
    return None if re.fullmatch(r"3\.[1-9]?\d", text) else 'a version of Python 3, e.g. "3.11"'


def _inside(text: str) -> str | None:
    if text.startswith(("/", "~")) or re.match(r"[A-Za-z]:", text):
        return "a path relative to the project root"
    if "\\" in text:
        return 'a path with "/" between its parts'
    if ".." in text.split("/"):
        return "a path that stays inside the project root"
    return None


def _brackets(text: str) -> str | None:
    position = text.find("[")
    while position >= 0:
        end = text.find("]", position + (3 if text[position + 1 : position + 2] in ("!", "^") else 2))
        if end < 0:
            return 'a "]" for every "["'
        accepted = text[position + 1 : end].lstrip("!^")
        for first, last in re.findall(r"(.)-(.)", accepted):
            if first > last:
                return f'a range that ascends, not "{first}-{last}"'
        position = text.find("[", end + 1)
    return None


def _is_dotted(text: str) -> bool:
    return all(map(_is_identifier, text.split(".")))


def _is_identifier(text: str) -> bool:
    return text.isidentifier() and not iskeyword(text)
