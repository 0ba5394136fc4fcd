"""What rules ask of the statements of one body, each a question with a yes or a no.

Rules ask by the name of the question (`Project.tells`), so that after a run it is known of each body not only that
somebody looked at it, but what for: a body whose statements are others now, but whose answers are the same, is the same
to who asked. Letters are those of `Definition.skeleton`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

_MANY = 7
"""So many statements with an effect are more than to forward, convert and warn."""


def _loops(body: str) -> bool:
    return "f(" in body


def _has_many_steps(body: str) -> bool:
    return sum(body.count(letter) for letter in "acwgd") + body.count("i(") + body.count("t(") >= _MANY


def _works(body: str) -> bool:
    return _loops(body) or _has_many_steps(body)


def _builds(body: str) -> bool:
    branches = any(part in body for part in ("i(", "t(", "y(", "k("))
    return _loops(body) or (branches and _has_many_steps(body))


TRAITS: Mapping[str, Callable[[str], bool]] = {
    "loops": _loops,
    "works": _works,  # loops, or does many things in a row
    "builds": _builds,  # the same of a constructor, where setting attributes alone is no work
    "only records": lambda body: set(body) <= set("pcrRg"),
    "only returns": lambda body: set(body) <= set("rmc"),
}
"""Question -> how a body answers it."""
