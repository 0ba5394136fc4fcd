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
    """One line, with what decides whether it is worth asking pathspec about an entry."""

    line: str
    fixed: str  # text that occurs in the name (of `a/**`: in the path) of all that the pattern matches
    contents: bool  # `a/**`: matches what stands in a directory, not the directory
    depth: int  # parts of the paths it matches; 0 when it is matched with the name alone, -1 when it varies


class Patterns(NamedTuple):
    """The patterns of one file, last line first; those that cannot match a Python file are not in `files`."""

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
        parts = body.removesuffix("/").removeprefix("/").split("/")
        segments = [
            part for part, before in zip(parts, ["", *parts], strict=False) if not part == before == "**"
        ]
        if len(segments) > 1 and segments[0] == "**" and segments[1] != "**":
            del segments[0]
            anchored = len(segments) > 1
        else:
            anchored = len(segments) > 1 or body.startswith("/")
        contents = segments[-1] == "**" and len(segments) > 1
        last = segments[-2] if contents else segments[-1]
        depth = 0 if not anchored else -1 if "**" in body else len(segments)
        pattern = Pattern(line, _fixed_text(last), contents, depth)
        directories.append(pattern)
        if not body.endswith("/") and (contents or _may_match_python(last)):
            files.append(pattern)
    return Patterns(tuple(reversed(directories)), tuple(reversed(files)), outer, inner)


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
        for line, fixed, contents, depth in patterns.directories if directory else patterns.files:
            if fixed not in (path if contents else name):
                continue
            subject = patterns.outer + path[len(patterns.inner) :] if depth else name
            if depth > 0 and subject.count("/") + 1 != depth:
                continue
            verdict = _spec(line).check_file(f"{subject}/" if directory and not contents else subject).include
            if verdict is not None:
                return verdict
    return None


def of_modules(patterns: Patterns) -> Patterns:
    """What a file of patterns says of directories and of Python files as such.

    `gen/*` and `*_pb2.py` tell that modules may be made; `*_old.*` tells what nobody keeps, be it Python or not.
    """
    files = [item for item in patterns.files if item.line.rstrip().endswith((".py", "/*", "/**"))]
    return patterns._replace(files=tuple(files))


def would_be_ignored(
    known: Iterable[Patterns], path: str, directories: dict[str, bool] | None = None
) -> bool:
    """Would a file be left out if it were there: itself, or a directory above it? `known`: innermost first.

    `directories`: what has been found out of those; it fills.
    """
    return _is_left_out(tuple(known), path, {} if directories is None else directories, directory=False)


def _is_left_out(
    chain: tuple[Patterns, ...], path: str, directories: dict[str, bool], *, directory: bool
) -> bool:
    above, _, name = path.rpartition("/")
    if above:
        if above not in directories:
            directories[above] = _is_left_out(chain, above, directories, directory=True)
        if directories[above]:
            return True
    around = (patterns for patterns in chain if path.startswith(patterns.inner))
    return is_ignored(around, path, name, directory) is True


@lru_cache(maxsize=4096)
def _spec(line: str) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines([line])


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
