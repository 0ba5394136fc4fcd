"""The cache may be killed, shared, damaged or forbidden; it answers with what was saved, or with nothing."""

from __future__ import annotations

import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ssot_lint import recall, warm
from ssot_lint.cache import MAX_VERSIONS, SPARE_RECORDS, Cache, CacheInfo, clean, info, version_key
from ssot_lint.errors import UsageError
from ssot_lint.warm import Tree

VIEW = b"view"


def record(number: int) -> tuple[bytes, bytes]:
    """A content hash and a record that can be told from all others."""
    content = b"%d " % number * 300
    return recall.content_hash(content), content


def records(count: int) -> dict[bytes, bytes]:
    return dict(map(record, range(count)))


def opened(root: Path, version: bytes = b"1") -> Cache:
    return Cache(root, version)


def loaded(root: Path, wanted: dict[bytes, bytes], version: bytes = b"1") -> dict[bytes, bytes]:
    with opened(root, version) as cache:
        return cache.load(wanted, bytes)


def tree(hashes: tuple[bytes, ...]) -> Tree:
    files = tuple(f"{number}.py" for number in range(len(hashes)))
    return Tree(("",), files, bytes(recall.STAMP * (1 + len(files))), hashes)


def database(root: Path) -> Path:
    return root / ".ssot-lint" / "cache" / "facts.sqlite"


def test_gives_back_what_was_saved(tmp_path: Path) -> None:
    saved = records(50)
    with opened(tmp_path) as cache:
        assert cache.is_empty()
        cache.save(saved.items())
        assert not cache.is_empty()
        assert cache.load([*saved, b"unknown"], bytes) == saved
    assert loaded(tmp_path, dict([record(7), record(60)])) == dict([record(7)])


def test_another_version_sees_nothing(tmp_path: Path) -> None:
    saved = records(3)
    with opened(tmp_path, b"1") as cache:
        cache.save(saved.items())
    assert loaded(tmp_path, saved, b"2") == {}
    assert loaded(tmp_path, saved, b"1") == saved


def test_the_version_holds_all_that_decides_what_is_read(tmp_path: Path) -> None:
    source = tmp_path / "facts.py"
    source.write_text("a")
    first = version_key(1, "Manager", [source])
    assert version_key(1, "Manager", [source]) == first
    source.write_text("b")
    keys = [version_key(1, "Manager", [source]), version_key(2, "Manager"), version_key(1, "Engine")]
    assert len({first, *keys}) == 4


def test_versions_unused_for_longest_are_dropped(tmp_path: Path) -> None:
    saved = records(2)
    versions = [b"%d" % number for number in range(MAX_VERSIONS + 2)]
    for version in versions:
        with opened(tmp_path, version) as cache:
            cache.save(saved.items())
    kept = [version for version in versions if loaded(tmp_path, saved, version)]
    assert kept == versions[-MAX_VERSIONS:]


def test_a_record_that_cannot_be_decoded_is_not_there(tmp_path: Path) -> None:
    saved = records(2)
    refused = record(1)[1]

    def decode(value: bytes) -> bytes:
        if value == refused:
            raise ValueError
        return value

    with opened(tmp_path) as cache:
        cache.save(saved.items())
        assert cache.load(saved, decode) == dict([record(0)])


def test_facts_of_contents_that_are_gone_are_dropped(tmp_path: Path) -> None:
    saved = records(SPARE_RECORDS + 10)
    live = tuple(list(saved)[:4])
    with opened(tmp_path) as cache:
        cache.save(saved.items())
        cache.save([(live[0] + b"t", b"the same content, as a test")])
        cache.save_tree(VIEW, b"digest", tree(live))
    assert set(loaded(tmp_path, saved | {live[0] + b"t": b""})) == {*live, live[0] + b"t"}


def test_trees_are_kept_by_their_settings(tmp_path: Path) -> None:
    first, second = tree((b"a" * 20, b"b" * 20)), tree(())
    with opened(tmp_path) as cache:
        assert cache.tree(VIEW) is None
        cache.save_tree(VIEW, b"one", first)
        cache.save_tree(b"other", b"two", second)
    with opened(tmp_path) as cache:
        assert cache.tree(VIEW) == (b"one", first)
        assert cache.tree(b"other") == (b"two", second)


def test_git_does_not_see_it(tmp_path: Path) -> None:
    opened(tmp_path).close()
    assert (tmp_path / ".ssot-lint" / ".gitignore").read_text() == "*\n"


def test_the_environment_names_another_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSOT_LINT_CACHE_DIR", str(tmp_path / "elsewhere"))
    root = tmp_path / "project"
    root.mkdir()
    with opened(root) as cache:
        cache.save(records(1).items())
    assert (tmp_path / "elsewhere" / "facts.sqlite").is_file()
    assert list(root.iterdir()) == []


@pytest.mark.parametrize("where", [".ssot-lint", ".ssot-lint/cache"])
def test_a_place_that_cannot_be_written_means_no_cache(tmp_path: Path, where: str) -> None:
    blocked = tmp_path / where
    blocked.parent.mkdir(exist_ok=True)
    blocked.write_text("a file where a directory should be")
    with opened(tmp_path) as cache:
        cache.save(records(2).items())
        cache.save_tree(VIEW, b"digest", tree(()))
        assert cache.load(records(2), bytes) == {}
        assert cache.note.startswith("no cache in ")
    assert blocked.read_text() == "a file where a directory should be"


def test_a_directory_in_place_of_the_file_means_no_cache(tmp_path: Path) -> None:
    (database(tmp_path) / "inside").mkdir(parents=True)
    with opened(tmp_path) as cache:
        cache.save(records(2).items())
        assert cache.load(records(2), bytes) == {}
        assert cache.note.startswith("no cache in ")


def test_a_file_that_stays_locked_means_no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm, "BUSY_SECONDS", 0.05)
    saved = records(2)
    with opened(tmp_path) as cache:
        cache.save(saved.items())
    with closing(sqlite3.connect(database(tmp_path))) as other, opened(tmp_path) as cache:
        other.execute("begin exclusive")
        assert cache.load(saved, bytes) == {}
        assert "locked" in cache.note
        other.execute("rollback")
    assert loaded(tmp_path, saved) == saved


def zero_length(content: bytes) -> bytes:
    return b""


def truncated(content: bytes) -> bytes:
    return content[: len(content) // 2]


def without_header(content: bytes) -> bytes:
    return b"\0" * 100 + content[100:]


def text(content: bytes) -> bytes:
    return b"this is not a database, and longer than the header of one would be" * 100


def other_layout(content: bytes) -> bytes:
    return content[:60] + (999).to_bytes(4, "big") + content[64:]


def without_tables(content: bytes) -> bytes:
    return content[:4096].replace(b"facts", b"fakes") + content[4096:]


@pytest.mark.parametrize(
    "damage",
    [zero_length, truncated, without_header, text, other_layout, without_tables],
    ids=lambda f: f.__name__,
)
def test_a_damaged_file_is_built_again(tmp_path: Path, damage: object) -> None:
    assert callable(damage)
    saved = records(200)
    with opened(tmp_path) as cache:
        cache.save(saved.items())
    path = database(tmp_path)
    path.write_bytes(damage(path.read_bytes()))

    with opened(tmp_path) as cache:
        found = cache.load(saved, bytes)
        assert found.items() <= saved.items()
        cache.save(saved.items())
        cache.save(saved.items())  # the first one may be what meets the damage
        assert cache.load(saved, bytes) == saved
        assert cache.note == ""


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    spots=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=64)), min_size=1
    )
)
def test_damage_anywhere_never_changes_an_answer(tmp_path: Path, spots: list[tuple[float, bytes]]) -> None:
    saved = records(40)
    look = tree(tuple(saved))
    clean(tmp_path)
    with opened(tmp_path) as cache:
        cache.save(saved.items())
        cache.save_tree(VIEW, b"digest", look)
    path = database(tmp_path)
    content = bytearray(path.read_bytes())
    for where, what in spots:
        start = int(where * len(content))
        content[start : start + len(what)] = what[: len(content) - start]
    path.write_bytes(content)

    with opened(tmp_path) as cache:
        assert cache.load(saved, bytes).items() <= saved.items()
        assert cache.tree(VIEW) in (None, (b"digest", look))


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from test_cache import opened, record
print("ready", flush=True)
with opened(Path(sys.argv[1])) as cache:
    for start in range(int(sys.argv[2]), int(sys.argv[2]) + 100_000, 20):
        cache.save(map(record, range(start, start + 20)))
        if start + 20 >= int(sys.argv[4]):
            break
"""


def writer(root: Path, first: int, last: int) -> subprocess.Popen[str]:
    here = str(Path(__file__).parent)
    command = [sys.executable, "-c", WRITER, str(root), str(first), here, str(last)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.skipif(sys.platform == "win32", reason="needs kill -9")
@pytest.mark.parametrize("delay", [0.0, 0.003, 0.02, 0.1])
def test_killed_while_it_writes(tmp_path: Path, delay: float) -> None:
    with writer(tmp_path, 0, 100_000) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
    saved = records(400)
    found = loaded(tmp_path, saved)
    assert found.items() <= saved.items()
    assert len(found) % 20 == 0, "a batch is saved whole or not at all"
    with opened(tmp_path) as cache:
        cache.save(saved.items())
        assert cache.load(saved, bytes) == saved
        assert cache.note == ""


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    with writer(tmp_path, 0, 400) as first, writer(tmp_path, 400, 800) as second:
        first.communicate()
        second.communicate()
    assert (first.returncode, second.returncode) == (0, 0)
    assert loaded(tmp_path, records(800)) == records(800)


def test_info_and_clean(tmp_path: Path) -> None:
    path = database(tmp_path)
    assert info(tmp_path) == CacheInfo(path)
    assert clean(tmp_path) == 0
    with opened(tmp_path) as cache:
        cache.save(records(5).items())
        cache.save_tree(VIEW, b"digest", tree(()))
    (look,) = (path.parent / "reports").iterdir()
    size = path.stat().st_size + look.stat().st_size
    assert info(tmp_path) == CacheInfo(path, size, records=5, trees=1, outputs=0)
    assert clean(tmp_path) == size
    assert list(path.parent.iterdir()) == []


def test_a_cache_that_cannot_be_deleted_is_said_to_be_so(tmp_path: Path) -> None:
    path = database(tmp_path)
    path.mkdir(parents=True)  # what nobody may unlink, whoever runs the tests
    with pytest.raises(UsageError, match=f"cannot delete {re.escape(str(path))}: "):
        clean(tmp_path)


def test_a_cache_that_another_process_deletes_is_begun_anew(tmp_path: Path) -> None:
    saved = records(5)
    with opened(tmp_path) as cache:
        cache.save(records(1).items())
        clean(tmp_path)
        cache.save(saved.items())  # into the file that is gone
        assert cache.note == ""
        cache.save(saved.items())
        assert cache.load(saved, bytes) == saved
    assert loaded(tmp_path, saved) == saved


def test_info_on_a_place_that_cannot_be_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSOT_LINT_CACHE_DIR", str(tmp_path / ("x" * 300)))
    for ask in (info, clean):
        with pytest.raises(UsageError, match="File name too long"):
            ask(tmp_path)


def test_info_on_a_damaged_file(tmp_path: Path) -> None:
    path = database(tmp_path)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"nothing" * 100)
    assert info(tmp_path) == CacheInfo(path, 700)
