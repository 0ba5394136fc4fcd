"""Searching in groups finds what searching one by one finds."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from ssot_lint.reading.deprecations import warning_lines
from ssot_lint.reading.occurrences import any_in, groups, lines_of, literals, present

TEXT = st.text("ab_c.é\n", max_size=40).map(str.encode)
WORDS = st.lists(st.text("ab_c.", min_size=1, max_size=9).map(str.encode), unique=True, max_size=8).map(tuple)


@given(words=WORDS)
def test_each_word_is_in_one_group_and_holds_its_part(words: tuple[bytes, ...]) -> None:
    found = groups(words)
    assert sorted(word for _, group in found for word in group) == sorted(words)
    assert all(part in word for part, group in found for word in group)


def test_words_that_share_a_part_are_looked_for_together() -> None:
    words = (b"get_manager", b"make_manager", b"Manager", b"jwt")
    assert groups(words) == (
        (b"_manager", (b"get_manager", b"make_manager")),
        (b"Manager", (b"Manager",)),
        (b"jwt", (b"jwt",)),
    )


@given(source=TEXT, words=WORDS)
def test_what_is_present_is_what_occurs(source: bytes, words: tuple[bytes, ...]) -> None:
    assert sorted(present(source, words)) == sorted(word for word in words if word in source)


def test_words_of_a_large_group_are_found_on_the_lines_that_hold_its_part() -> None:
    words = tuple(b"%s_manager" % verb for verb in (b"build", b"create", b"get", b"make", b"new"))
    assert groups(words) == ((b"_manager", words),)
    source = b"x = old_manager\ny = get_manager, lost_manager\n\nz = new_\nmanager = make_manager"
    assert present(source, words) == [b"get_manager", b"make_manager"]


@given(source=TEXT, words=WORDS | st.just((b"",)))  # the word of `names = ["*"]` is empty
def test_lines_are_those_that_hold_a_word(source: bytes, words: tuple[bytes, ...]) -> None:
    lines = source.split(b"\n")
    assert lines_of(source, words) == [
        number for number, line in enumerate(lines, 1) if any(word in line for word in words)
    ]


@given(source=TEXT, word=st.sampled_from([b"a", b"ab", b"a.b", b"_c"]))
def test_whole_words_are_no_part_of_a_name(source: bytes, word: bytes) -> None:
    alone = re.compile(rb"(?<![\w\x80-\xff])%s(?![\w\x80-\xff])" % re.escape(word))
    lines = source.split(b"\n")
    expected = [number for number, line in enumerate(lines, 1) if alone.search(line)]
    assert lines_of(source, [word], whole=True) == expected


@given(source=st.text("warnig_ .\n", max_size=60).map(str.encode))
@example(source=b"logger.warning(x)\nwarn(y)\n")
@example(source=b"logger.warning(x)\nmy_warning(y)\n")
@example(source=b"warnings.warn(x)")
def test_no_line_that_may_warn_is_missed(source: bytes) -> None:
    names = [
        number
        for number, line in enumerate(source.split(b"\n"), 1)
        if any(b"warn" in name and name != b"warning" for name in re.findall(rb"\w+", line))
    ]
    found = warning_lines(source)
    assert set(names) <= set(found)
    assert names or not found


def test_literals_of_a_pattern() -> None:
    assert literals(re.compile(rb"a\.b|c")) == (b"a.b", b"c")


@given(
    lines=st.lists(st.integers(1, 20), unique=True).map(sorted),
    first=st.integers(1, 20),
    more=st.integers(0, 9),
)
def test_any_in_a_range(lines: list[int], first: int, more: int) -> None:
    assert any_in(lines, first, first + more) == any(first <= line <= first + more for line in lines)
