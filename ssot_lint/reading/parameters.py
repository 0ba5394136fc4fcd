"""The parameters of a function, with their defaults and annotations as written."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ssot_lint.model import Parameter
from ssot_lint.reading.text import Text

_SHOWN = 80
"""So much of a default is kept."""


def every_parameter(args: ast.arguments) -> Iterator[ast.arg]:
    """The parameters of a function, in the order of its signature."""
    yield from (*args.posonlyargs, *args.args)
    if args.vararg:
        yield args.vararg
    yield from args.kwonlyargs
    if args.kwarg:
        yield args.kwarg


def parameters(arguments: ast.arguments, text: Text) -> tuple[Parameter, ...]:
    """In the order of the source: positional ones, `*args`, keyword-only ones, `**kwargs`."""
    plain, defaults = arguments.args, arguments.defaults
    positional = [*arguments.posonlyargs, *plain] if arguments.posonlyargs else plain
    required = len(positional) - len(defaults)
    first_plain = len(positional) - len(plain)
    found = [
        _parameter(
            text,
            argument,
            "positional" if number >= first_plain else "positional-only",
            defaults[number - required] if number >= required else None,
        )
        for number, argument in enumerate(positional)
    ]
    if arguments.vararg:
        found.append(_parameter(text, arguments.vararg, "var-positional", None))
    if arguments.kwonlyargs:
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            found.append(_parameter(text, argument, "keyword-only", default))
    if arguments.kwarg:
        found.append(_parameter(text, arguments.kwarg, "var-keyword", None))
    return tuple(found)


def _parameter(text: Text, argument: ast.arg, kind: str, default: ast.expr | None) -> Parameter:
    given = None if default is None else text.of(default)[:_SHOWN]
    annotation = argument.annotation
    return Parameter(argument.arg, kind, given, "" if annotation is None else text.of(annotation))  # type: ignore[arg-type]
