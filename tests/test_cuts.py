"""Batches that are better carried out as one."""

from __future__ import annotations

from ssot_lint.batches.cuts import Cut, joined


def cut(
    codemod: str, *paths: str, concept: str = "c", depends: tuple[int, ...] = (), version: int = 1
) -> Cut:
    old, new = str(version - 1).encode(), str(version).encode()
    contents: dict[str, tuple[bytes | None, bytes | None]] = dict.fromkeys(paths, (old, new))
    return Cut(1, concept, codemod, contents, (), frozenset(depends), (), ())


def shape(cuts: list[Cut]) -> list[tuple[str, tuple[str, ...], tuple[int, ...]]]:
    return [(item.codemod, tuple(item.contents), tuple(sorted(item.depends))) for item in cuts]


def test_shims_go_with_the_imports_of_their_users() -> None:
    cuts = [
        cut("use-factory", "a.py", concept="other"),
        cut("replace-with-shim", "old.py"),
        cut("rewrite-imports", "x.py", concept="other", depends=(1,)),
        cut("rewrite-imports", "user.py", "more.py", depends=(2,)),
        cut("remove-shim", "old.py", depends=(2, 4), version=2),
    ]
    assert shape(joined(cuts, 1, 25)) == [
        ("use-factory", ("a.py",), ()),
        ("replace-with-shim, rewrite-imports", ("user.py", "more.py", "old.py"), ()),
        ("rewrite-imports", ("x.py",), (1,)),
        ("remove-shim", ("old.py",), (2,)),
    ]


def test_what_is_needed_in_between_is_joined_too() -> None:
    cuts = [
        cut("replace-with-shim", "old.py"),
        cut("rewrite-imports", "user.py", concept="", depends=(1,)),
        cut("rewrite-imports", "user.py", depends=(1, 2), version=2),
    ]
    (one,) = joined(cuts, 0, 25)
    assert one.contents == {"user.py": (b"0", b"2"), "old.py": (b"0", b"1")}
    assert (one.codemod, one.concept, one.depends) == ("replace-with-shim, rewrite-imports", "c", frozenset())


def test_an_import_of_nothing_goes_with_the_shim_that_its_handler_takes() -> None:
    cuts = [
        cut("replace-with-shim", "old.py"),
        cut("rewrite-imports", "user.py", depends=(1,)),
        cut("rewrite-imports", "handler.py", concept="", depends=(1,)),
        cut("rewrite-imports", "other.py", concept=""),
    ]
    assert shape(joined(cuts, 0, 3)) == [
        ("replace-with-shim, rewrite-imports", ("user.py", "handler.py", "old.py"), ()),
        ("rewrite-imports", ("other.py",), ()),
    ]
    assert [item.codemod for item in joined(cuts, 0, 2)] == [
        "replace-with-shim, rewrite-imports",
        "rewrite-imports",
        "rewrite-imports",
    ]


def test_what_would_be_too_large_stays_apart() -> None:
    cuts = [cut("replace-with-shim", "old.py"), cut("rewrite-imports", "a.py", "b.py", depends=(1,))]
    assert joined(cuts, 0, 2) == cuts


def test_shims_without_users_and_users_without_shims_stay_as_they_are() -> None:
    cuts = [cut("replace-with-shim", "old.py"), cut("rewrite-imports", "a.py", concept="other")]
    assert joined(cuts, 0, 25) == cuts


def test_files_that_only_hold_together_do_so_in_the_whole() -> None:
    def with_group(made: Cut, *group: str) -> Cut:
        return Cut(1, made.concept, made.codemod, made.contents, (), made.depends, (), (group,))

    cuts = [
        with_group(cut("replace-with-shim", "a.py", "b.py"), "a.py", "b.py"),
        with_group(cut("rewrite-imports", "b.py", "c.py", depends=(1,), version=2), "b.py", "c.py"),
    ]
    assert joined(cuts, 0, 25)[0].together == (("a.py", "b.py", "c.py"),)
