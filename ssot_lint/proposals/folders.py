"""What the folders of a file say of what it is for: production, tests, a backup, a show."""

from __future__ import annotations

import re

from ssot_lint.linking.views import root_of
from ssot_lint.model import SourceFile

_TEST_GROUND = re.compile(r"tests?([_-].+)?|.+[_-]tests?")

_PUT_ASIDE = re.compile(r"(old|archived?|archives|attic|backups?)([_-].*)?")

_ON_SHOW = re.compile(
    r"(docs?|doctests?|examples?|samples?|demos?|tutorials?|benchmarks?|experiments?)([_-].*)?"
)


def test_ground(source: SourceFile) -> str | None:
    """The folder that makes a file test code although the settings do not say so; None for other files."""
    parts = source.path.split("/")[:-1]
    for depth, part in enumerate(parts, 1):
        if _TEST_GROUND.fullmatch(part) or (depth == 1 and part == "testing"):
            return "/".join(parts[:depth])
    return None


def put_aside(source: SourceFile) -> str | None:
    """The top-level folder that keeps a file as a backup or in an archive; None for other files."""
    top, slash, _ = source.path.partition("/")
    return top if slash and _PUT_ASIDE.fullmatch(top) else None


def on_show(source: SourceFile) -> bool:
    """Does a file stand in documentation, examples or benchmarks, where code is repeated to be read?

    Those of the project, or of one inside it (`libs/cart/examples/`); a package may be called `shop.examples`.
    """
    folders = source.path.split("/")[:-1]
    root = home(source)
    return any(map(_ON_SHOW.fullmatch, folders[: root.count("/") + bool(root) + 1]))


def is_test(source: SourceFile) -> bool:
    """Does a file stand in the test paths, or in a folder that is called like one?"""
    return source.is_test or test_ground(source) is not None


def home(source: SourceFile) -> str:
    """The source root of a file; the project's own where its name is none of its path."""
    return root_of(source) or ""
