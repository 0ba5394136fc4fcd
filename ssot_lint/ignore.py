"""`.gitignore`-style patterns, decided for every entry of a large tree in milliseconds.

pathspec decides what a pattern matches. It takes microseconds for each pattern and path, so that a tree of
9,000 files under 150 patterns would take a second; here it is asked only about patterns whose fixed text
occurs in the name at all, and that is rare.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


class Pattern(NamedTuple):
    """One line, with what any name it matches must contain."""

    line: str
    fixed: str  # occurs in the name (or, for `a/**`, in the path) of all that the pattern matches
    in_path: bool


class Patterns(NamedTuple):
    """The patterns of one file, in order; those that cannot match a Python file are left out of `files`."""

    directories: tuple[Pattern, ...]
    files: tuple[Pattern, ...]
    outer: str = ""  # from the directory that holds the patterns down to the project root, with a final "/"
    inner: str = ""  # from the project root down to the directory that holds the patterns, with a final "/"


def parse_patterns(lines: Iterable[str], outer: str = "", inner: str = "") -> Patterns:
    """The patterns of a .gitignore that stands in `inner` below, or `outer` above, the project root."""
    directories: list[Pattern] = []
    files: list[Pattern] = []
    for line in lines:
        body = line.rstrip().removeprefix("!")
        if not body or line.startswith("#"):
            continue
        segments = body.rstrip("/").split("/")
        in_path = segments[-1] == "**" and len(segments) > 1
        last = segments[-2] if in_path else segments[-1]
        pattern = Pattern(line, _fixed_text(last), in_path)
        directories.append(pattern)
        if not body.endswith("/") and (in_path or _may_match_python(last)):
            files.append(pattern)
    return Patterns(tuple(directories), tuple(files), outer, inner)


def parse_globs(globs: Iterable[str]) -> Patterns:
    """The patterns of a setting, relative to the project root.

    `a/**` is read as the directory `a`, so that a walk need not enter it, unless a later `!` pattern could
    take a part of it back.
    """
    lines = tuple(globs)
    if not any(line.startswith("!") for line in lines):
        lines = tuple(_as_directory(line) for line in lines)
    return parse_patterns(lines)


def is_ignored(chain: Iterable[Patterns], path: str, name: str, directory: bool) -> bool | None:
    """What the first patterns of the chain with an opinion say about one entry; None when none has one.

    `path` is relative to the project root and `name` its last part. Directories above the entry are taken
    not to be ignored: who walks a tree from the top has asked about them before.
    """
    for patterns in chain:
        hits: tuple[str, ...] = ()
        for line, fixed, in_path in patterns.directories if directory else patterns.files:
            if fixed in (path if in_path else name):
                hits = (*hits, line)
        if hits:
            subject = patterns.outer + path[len(patterns.inner) :] + ("/" if directory else "")
            verdict = _spec(hits).check_file(subject).include
            if verdict is not None:
                return verdict
    return None


@lru_cache(maxsize=4096)
def _spec(lines: tuple[str, ...]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(lines)


def _as_directory(line: str) -> str:
    if not line.endswith("/**"):
        return line
    body = line[: -len("/**")]
    return f"{body}/" if "/" in body else f"/{body}/"


def _fixed_text(segment: str) -> str:
    """The longest text without wildcards; only what stands before the first bracket or escape counts."""
    plain = segment.partition("[")[0].partition("\\")[0]
    return max(plain.replace("?", "*").split("*"), key=len)


def _may_match_python(segment: str) -> bool:
    """Whether some name ending in `.py` could match; when in doubt it could."""
    if "\\" in segment or segment.count("[") > 1 or segment.count("]") > 1:
        return True
    for wanted in "yp.":
        if segment.endswith("*"):
            return True
        if segment.endswith("]"):
            segment, _, accepted = segment[:-1].rpartition("[")
            if not accepted or any(mark in accepted for mark in "!^-"):
                return True
            if wanted not in accepted:
                return False
        elif segment.endswith(("?", wanted)):
            segment = segment[:-1]
        else:
            return False
    return True
