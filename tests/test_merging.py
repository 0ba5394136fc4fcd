"""Three versions into one, by lines."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ssot_lint.migrating.merging import Merge, Region, merge


def text(lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "expected"),
    [
        pytest.param("abc", "abc", "abC", "abC", id="only-theirs"),
        pytest.param("abc", "Abc", "abc", "Abc", id="only-ours"),
        pytest.param("abc", "Abc", "abC", "AbC", id="both-apart"),
        pytest.param("abc", "aBc", "aBc", "aBc", id="both-alike"),
        pytest.param("abcde", "aBcde", "aBcdE", "aBcdE", id="alike-and-apart"),
        pytest.param("abc", "xabc", "abcy", "xabcy", id="both-ends"),
        pytest.param("abcde", "acde", "abcd", "acd", id="deleted-apart"),
        pytest.param("abcde", "abcde", "e", "e", id="deleted-much"),
        pytest.param("", "a", "", "a", id="from-nothing"),
        pytest.param("aaaa", "aaab", "baaa", "baab", id="equal-lines"),
        pytest.param("xaaay", "xaay", "Xaaay", "Xaay", id="one-of-equal-lines-deleted"),
    ],
)
def test_clean(base: str, ours: str, theirs: str, expected: str) -> None:
    assert merge(text(base), text(ours), text(theirs)) == Merge(text(expected))


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "regions"),
    [
        pytest.param("abc", "aXc", "aYc", [((2, 2), (2, 2))], id="same-line"),
        pytest.param("abc", "aXc", "ac", [((2, 2), (2, 1))], id="changed-and-deleted"),
        pytest.param("ab", "aXb", "aYZb", [((2, 2), (2, 3))], id="inserted-at-one-place"),
        pytest.param("abcd", "aXcd", "abYd", [((2, 3), (2, 3))], id="neighbours"),
        pytest.param("", "a", "b", [((1, 1), (1, 1))], id="from-nothing"),
        pytest.param("abcde", "XbcdY", "ZbcdW", [((1, 1), (1, 1)), ((5, 5), (5, 5))], id="twice"),
    ],
)
def test_conflicts(
    base: str, ours: str, theirs: str, regions: list[tuple[tuple[int, int], tuple[int, int]]]
) -> None:
    found = merge(text(base), text(ours), text(theirs))
    assert found == Merge(None, tuple(Region(*region) for region in regions))


def test_line_ends_belong_to_their_lines() -> None:
    assert merge(b"a\r\nb\r\nc", b"A\r\nb\r\nc", b"a\r\nb\r\nC").content == b"A\r\nb\r\nC"
    assert merge(b"a\nb\n", b"a\r\nb\r\n", b"a\nB\n").content is None  # every line was changed
    assert merge(b"a\nb\nc", b"a\nb\nc\n", b"A\nb\nc").content == b"A\nb\nc\n"
    assert merge(b"\xff\nb\n\xe9", b"\xff\nb\n\xe8", b"\xfe\nb\n\xe9").content == b"\xfe\nb\n\xe8"


LINES = st.lists(st.sampled_from([b"\n", b"a\n", b"b\n", b"c\r\n", b"d"]), max_size=12).map(b"".join)


@given(LINES, LINES, LINES)
def test_neither_side_comes_first(base: bytes, ours: bytes, theirs: bytes) -> None:
    one, other = merge(base, ours, theirs), merge(base, theirs, ours)
    assert one.content == other.content
    assert one.regions == tuple(Region(region.theirs, region.ours) for region in other.regions)


@given(LINES, LINES)
def test_what_only_one_side_changed_is_taken(base: bytes, side: bytes) -> None:
    assert merge(base, side, base).content == side
    assert merge(base, base, side).content == side
    assert merge(base, side, side).content == side


EDITS = st.dictionaries(st.integers(0, 11), st.sampled_from(["delete", "change", "insert"]), max_size=4)


def edited(edits: dict[int, str], who: str) -> bytes:
    lines = []
    for number in range(12):
        edit = edits.get(number)
        lines += [f"line {number}"] if edit in (None, "insert") else []
        lines += [f"{edit} by {who} at {number}"] if edit in ("change", "insert") else []
    return "".join(f"{line}\n" for line in lines).encode()


@pytest.mark.skipif(not shutil.which("git"), reason="git is the one to agree with")
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mine=EDITS, other=EDITS)
def test_git_agrees(mine: dict[int, str], other: dict[int, str], tmp_path: Path) -> None:
    """Where both find no conflict the result is the same; where git finds one, so do we."""
    base, ours, theirs = edited({}, ""), edited(mine, "me"), edited(other, "them")
    for name, content in (("base", base), ("ours", ours), ("theirs", theirs)):
        (tmp_path / name).write_bytes(content)
    program = ["git", "merge-file", "-p", "ours", "base", "theirs"]
    found = subprocess.run(program, cwd=tmp_path, capture_output=True)
    merged = merge(base, ours, theirs)
    if found.returncode:
        assert merged.content is None
    elif merged.content is not None:
        assert merged.content == found.stdout


def test_a_large_file_is_merged_soon() -> None:
    """Thousands of equal lines: what the versions have in common at both ends is set aside first."""
    base = b"\n".join(b"" if number % 3 else b"x = %d" % (number % 50) for number in range(9000))
    ours = base.replace(b"x = 0", b"first = 1", 1)
    theirs = base + b"\nlast = 1\n"
    assert merge(base, ours, theirs).content == base.replace(b"x = 0", b"first = 1", 1) + b"\nlast = 1\n"
