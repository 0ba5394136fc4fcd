"""After any edit, what is printed is what a run without a cache prints."""

from __future__ import annotations

import io
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ssot_lint import warm
from ssot_lint.cli import run
from ssot_lint.config import Config, load
from ssot_lint.scan import lines_since, look, open_cache, scan

GOLDEN = Path(__file__).parent.parent / "fixtures" / "golden_path"


def printed(root: Path, *arguments: str) -> tuple[int, bytes]:
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        patch.setattr(warm, "STARTED", time.time_ns() + 10**12)  # nothing is too young to be kept
        status = run(["check", "--root", str(root), "--jobs", "1", *arguments])
    assert isinstance(out.buffer, io.BytesIO)
    return status, out.buffer.getvalue()


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    root = tmp_path_factory.mktemp("golden") / "platform"
    shutil.copytree(GOLDEN, root, ignore=shutil.ignore_patterns(".ssot-lint", "__pycache__"))
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SSOT_LINT_CACHE_DIR", raising=False)
        printed(root)
        yield root


Edit = Callable[[bytes, int], bytes]


def lines_edit(change: Callable[[list[bytes], int], object]) -> Edit:
    def edit(source: bytes, number: int) -> bytes:
        lines = source.splitlines(keepends=True) or [b"\n"]
        change(lines, number % len(lines))
        return b"".join(lines)

    return edit


EDITS: dict[str, Edit] = {
    "comment at the end": lambda source, number: source + b"\n# %d\n" % number,
    "no final newline": lambda source, number: source.rstrip(b"\n"),
    "comment on a line": lines_edit(lambda lines, at: lines.__setitem__(at, lines[at].rstrip() + b"  # x\n")),
    "line above": lines_edit(lambda lines, at: lines.insert(0, b"# first\n")),
    "blank line": lines_edit(lambda lines, at: lines.insert(at, b"\n")),
    "line twice": lines_edit(lambda lines, at: lines.insert(at, lines[at])),
    "line gone": lines_edit(lambda lines, at: lines.pop(at)),
    "number": lambda source, number: source.replace(b"1", b"%d" % (number % 7), 1 + number % 3),
    "name": lambda source, number: source.replace(b"Manager", b"Holder", 1 + number % 3),
    "keyword": lambda source, number: source.replace(b"await ", b"", 1 + number % 2),
    "suppressed": lines_edit(
        lambda lines, at: lines.__setitem__(at, lines[at].rstrip() + b"  # ssot-lint: ignore why not\n")
    ),
    "emptied": lambda source, number: b"",
}

CHOICES = st.lists(
    st.tuples(st.integers(0, 1000), st.sampled_from(sorted(EDITS)), st.integers(0, 10_000)),
    min_size=1,
    max_size=4,
)


@given(choices=CHOICES, form=st.sampled_from(["json", "text", "concise"]))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_edits_are_reported_as_without_a_cache(
    platform: Path, choices: list[tuple[int, str, int]], form: str
) -> None:
    files = sorted(platform.rglob("*.py"))
    before = {}
    for which, edit, number in choices:
        path = files[which % len(files)]
        source = path.read_bytes()
        before.setdefault(path, source)
        path.write_bytes(EDITS[edit](source, number))
    try:
        cold = printed(platform, "--no-cache", "--format", form)
        assert printed(platform, "--format", form) == cold
        assert printed(platform, "--format", form) == cold
    finally:
        for path, source in before.items():
            path.write_bytes(source)


SAME_FACTS = {
    "comment at the end": (b"\n# more\n# and more\n", 3),
    "newline": (b"\n", 1),
    "nothing": (b"", 0),
    "a statement": (b"\nx = 1\n", None),
    "a function": (b"\ndef f():\n    return 1\n", None),
    "a suppression": (b"\n# ssot-lint: ignore[SSOT101] why\n", None),
    "an error": (b"\n)\n", None),
}


@pytest.mark.parametrize(("text", "lines"), SAME_FACTS.values(), ids=SAME_FACTS)
def test_findings_are_kept_while_the_facts_are_the_same(
    tmp_path: Path, text: bytes, lines: int | None
) -> None:
    path = tmp_path / "shop.py"
    path.write_bytes(b"import os\n\n\nclass Cart:\n    pass\n")
    config = Config()
    with open_cache(tmp_path, config) as cache:
        before = scan(tmp_path, config, cache=cache)
    path.write_bytes(path.read_bytes() + text)
    with open_cache(tmp_path, config) as cache:
        survey = look(tmp_path, config, cache)
        assert lines_since(survey, before.hashes, config, cache, True) == lines
        assert lines_since(survey, before.hashes, config, cache, False) == (None if lines else lines)
    assert (survey.shape == before.shape) is True


def test_a_followed_file_with_more_lines_is_judged_again(platform: Path) -> None:
    config = load(platform)
    with open_cache(platform, config) as cache:
        before = scan(platform, config, cache=cache)
    path = platform / next(file.path for file in before.files if file.facts.flows)
    source = path.read_bytes()
    try:
        path.write_bytes(source + b"\n")
        with open_cache(platform, config) as cache:
            assert lines_since(look(platform, config, cache), before.hashes, config, cache, True) is None
    finally:
        path.write_bytes(source)


def test_another_form_of_the_same_findings(platform: Path) -> None:
    for form in ("sarif", "markdown", "json"):
        assert printed(platform, "--format", form) == printed(platform, "--no-cache", "--format", form)
        assert printed(platform, "--format", form, "--statistics") == printed(
            platform, "--no-cache", "--format", form, "--statistics"
        )
