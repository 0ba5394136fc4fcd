"""`[rules.NAME]` -> the rule's options, with the same errors as the rest of the configuration."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import fields

from ssot_lint.config import Config
from ssot_lint.errors import ConfigError
from ssot_lint.settings.tables import Source, Table, describe, only, unknown


def coerce_options(rule_name: str, options_type: type, given: Mapping[str, object], config: Config) -> object:
    """The options dataclass of a rule, filled from a table.

    A field `min_lines` is the key `min-lines`; the underscore is accepted as well. Types are checked: text,
    numbers, booleans, `Literal`, `tuple[X, ...]`, `X | None` and `dict[str, X]`. A `ValueError` that the
    dataclass raises about its values is reported as it stands.
    """
    if not given:
        return options_type()
    table = Table(_source(config), ("rules", rule_name), given)
    declared = {field.name: field.name.replace("_", "-") for field in fields(options_type)}
    hints = typing.get_type_hints(options_type)
    only(table, ("severity", *declared.values(), *(name for name in declared if name in given)))
    values: dict[str, object] = {}
    for name, key in declared.items():
        if key != name and key in given and name in given:
            raise table.error(name, f"found a second time, as {key}")
        for written in {key, name} & given.keys():
            values[name] = _coerce(table.source, (*table.key, written), hints[name], given[written])
    try:
        return options_type(**values)
    except ValueError as error:
        raise table.error(None, str(error)) from None


def unknown_rule(rule_name: str, known: Iterable[str], config: Config) -> ConfigError:
    """The error about a table `[rules.NAME]` for which there is no rule."""
    source = _source(config)
    return source.error(("rules", rule_name), "unknown rule", unknown(rule_name, known, "rules"))


def _source(config: Config) -> Source:
    return Source(config.path or "configuration", config.table, config.lines)


def _coerce(source: Source, key: tuple[str, ...], expected: object, value: object) -> object:
    """The value as the type that a field declares."""
    origin, arguments = typing.get_origin(expected), typing.get_args(expected)
    if origin is typing.Literal:
        if any(value == each and type(value) is type(each) for each in arguments):
            return value
    elif origin is typing.Union or origin is types.UnionType:
        for each in arguments:
            if _fits(each, value):
                return _coerce(source, key, each, value)
    elif not _fits(expected, value):
        pass
    elif origin is tuple and isinstance(value, (list, tuple)):
        return tuple(
            _coerce(source, (*key, f"[{index}]"), arguments[0], each) for index, each in enumerate(value)
        )
    elif origin is dict and isinstance(value, Mapping):
        return {name: _coerce(source, (*key, name), arguments[1], each) for name, each in value.items()}
    else:
        return float(value) if expected is float and isinstance(value, int) else value
    hint = f'Write {key[-1]} = ["{value}"].' if origin is tuple and isinstance(value, str) else ""
    raise source.error(key, f"found {describe(value)}, expected {_expected(expected)}", hint)


def _fits(expected: object, value: object) -> bool:
    """Whether the outermost type is right; what it contains is checked afterwards."""
    origin = typing.get_origin(expected)
    if origin is tuple:
        return isinstance(value, (list, tuple))
    if origin is dict:
        return isinstance(value, Mapping)
    if origin is typing.Literal:
        return value in typing.get_args(expected)
    if expected in (int, float):
        return isinstance(value, (int, float) if expected is float else int) and not isinstance(value, bool)
    return isinstance(expected, type) and isinstance(value, expected)


def _expected(expected: object) -> str:
    """A type in words."""
    origin, arguments = typing.get_origin(expected), typing.get_args(expected)
    if origin is typing.Literal:
        return "one of " + ", ".join(
            f'"{each}"' if isinstance(each, str) else str(each) for each in arguments
        )
    if origin is typing.Union or origin is types.UnionType:
        return " or ".join(_expected(each) for each in arguments if each is not type(None))
    if origin is tuple:
        names = {str: "strings", int: "integers", float: "numbers", bool: "booleans"}
        return f"an array of {names.get(arguments[0], 'values: ' + _expected(arguments[0]))}"
    if origin is dict:
        return "a table"
    words = {str: "a string", int: "an integer", float: "a number", bool: "true or false"}
    return words.get(expected, str(expected)) if isinstance(expected, type) else str(expected)
