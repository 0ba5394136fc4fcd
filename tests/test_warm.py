"""The same bytes again, and only when nothing that they depend on has changed."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ssot_lint import recall, warm
from ssot_lint.config import Config
from ssot_lint.scan import Scan, open_cache, scan
from ssot_lint.scanning.survey import look
from ssot_lint.warm import Output, cached_output, output_for, store_output

KEY = ("check", "text", 80)
OUTPUT = Output(b"a/b.py:1:1 \xff found\n", 1)
LONG_AGO = 1_600_000_000_000_000_000


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that was last touched long before it is read."""
    monkeypatch.setattr(warm, "RACY_NS", 0)
    monkeypatch.setattr(warm, "STARTED", time.time_ns() + 10**12)  # the test's own files are not changes
    root = tmp_path / "project"
    for path, text in {
        "app/__init__.py": "",
        "app/cart.py": "from app.money import Money\n",
        "app/money.py": "class Money: pass\n",
        "docs/readme.txt": "text\n",
        "pyproject.toml": "[project]\nname = 'app'\n",
        ".gitignore": "*.tmp\n",
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def read(root: Path) -> Scan:
    with open_cache(root, Config()) as cache:
        return scan(root, Config(), cache=cache)


def store(root: Path, found: Scan, key: tuple[object, ...] = KEY, watched: tuple[str, ...] = ()) -> bool:
    return store_output(
        root, key, OUTPUT, view=found.view, digest=found.digest, watched=(*found.inputs, *watched)
    )


def remembered(root: Path) -> Path:
    """Read the project twice, so that the directory made for the cache is no news, and remember the output."""
    read(root)
    time.sleep(0.02)
    assert store(root, read(root), watched=(str(root / "ssot-lint.toml"),))
    return root


def test_gives_the_output_and_the_status_again(project: Path) -> None:
    remembered(project)
    assert cached_output(project, KEY) == OUTPUT
    assert cached_output(str(project), KEY) == OUTPUT


def test_nothing_without_a_cache(project: Path) -> None:
    assert cached_output(project, KEY) is None
    assert list(project.glob(".ssot-lint")) == [], "a question leaves nothing behind"


def edit(path: str, text: str) -> Callable[[Path], object]:
    return lambda root: (root / path).write_text(text)


def keep_stat(root: Path) -> None:
    """The same size, and the modification time set back: the change time gives it away."""
    path = root / "app/money.py"
    before = path.stat()
    path.write_text("class Cents: pass\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)


def exclude(root: Path) -> None:
    (root / ".git/info").mkdir(parents=True)
    (root / ".git/info/exclude").write_text("app\n")


CHANGES: dict[str, Callable[[Path], object]] = {
    "file edited": edit("app/money.py", "class Money: x = 1\n"),
    "file edited, same size and time": keep_stat,
    "file added": edit("app/new.py", ""),
    "file added where none was": edit("docs/new.py", ""),
    "file removed": lambda root: (root / "app/money.py").unlink(),
    "file renamed": lambda root: (root / "app/money.py").rename(root / "app/cents.py"),
    "file replaced": lambda root: (
        (root / "app/x.py").write_text("class Money: pass\n"),
        (root / "app/x.py").replace(root / "app/money.py"),
    ),
    "directory added": lambda root: (root / "lib").mkdir(),
    "ignore file edited": edit(".gitignore", "money.py\n"),
    "project file edited": edit("pyproject.toml", "[project]\nname = 'other'\n"),
    "configuration appears": edit("ssot-lint.toml", "exclude = ['app']\n"),
    "excluded by git": exclude,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_seen(project: Path, change: Callable[[Path], object]) -> None:
    remembered(project)
    change(project)
    assert cached_output(project, KEY) is None


def test_the_content_decides_where_the_stat_cannot(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remembered(project)
    monkeypatch.setattr(warm, "RACY_NS", 10**12)
    with open_cache(project, Config()) as cache:
        found = look(project, Config())
        places = len(found.stamps) // recall.STAMP - 3
        untrusted = warm.trusted(found.stamps, found.read_at)
        assert set(untrusted) == {0, 255}, "everything is new, except what is absent"
        saved = cache.tree(found.view)
        assert saved is not None
        skip = places * recall.STAMP
        mixed = found.stamps[:skip] + untrusted[skip:]
        cache.save_tree(found.view, saved[0], saved[1]._replace(stamps=mixed))
    assert cached_output(project, KEY) == OUTPUT
    (project / "app/money.py").write_text("class Cents: pass\n")
    assert cached_output(project, KEY) is None


def test_a_file_read_in_the_moment_it_was_written_is_read_again(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm, "RACY_NS", 2_000_000_000)
    read(project)
    with open_cache(project, Config()) as cache:
        saved = cache.tree(look(project, Config()).view)
    assert saved is not None
    assert set(b"".join(saved[1].file_stamps)) == {0}


@pytest.mark.parametrize(
    "other", [("check", "json", 80), ("check", "text", 100), ("concepts", "text", 80), ()], ids=repr
)
def test_another_question_has_another_answer(project: Path, other: tuple[object, ...]) -> None:
    remembered(project)
    assert cached_output(project, other) is None


def test_the_working_directory_is_part_of_the_question(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remembered(project)
    monkeypatch.chdir(project / "app")
    assert cached_output(project, KEY) is None


def test_the_import_path_is_part_of_the_question(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remembered(project)
    monkeypatch.syspath_prepend(str(project / "docs"))
    assert cached_output(project, KEY) is None


def test_an_installed_package_is_seen(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packages = tmp_path / "packages"
    (packages / "rules_1.dist-info").mkdir(parents=True)
    (packages / "rules_1.dist-info/entry_points.txt").write_text("[ssot_lint.rules]\n")
    monkeypatch.syspath_prepend(str(packages))
    remembered(project)
    assert cached_output(project, KEY) == OUTPUT
    (packages / "rules_1.dist-info/entry_points.txt").write_text("[ssot_lint.rules]\na = b\n")
    assert cached_output(project, KEY) is None


def test_an_edited_rule_is_seen(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = tmp_path / "warm_test_rule.py"
    rule.write_text("x = 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    __import__("warm_test_rule")
    try:
        remembered(project)
        assert cached_output(project, KEY) == OUTPUT
        rule.write_text("x = 2\n")
        assert cached_output(project, KEY) is None
    finally:
        del sys.modules["warm_test_rule"]


def test_nothing_is_kept_when_the_settings_changed_while_they_were_used(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = read(project)
    monkeypatch.setattr(warm, "STARTED", time.time_ns() - 10**9)
    (project / "ssot-lint.toml").write_text("")
    assert not store(project, found, watched=(str(project / "ssot-lint.toml"),))


def test_the_output_of_an_earlier_tree_is_given_for_that_tree_alone(project: Path) -> None:
    remembered(project)
    before = (project / "app/money.py").read_bytes()
    (project / "app/money.py").write_text("class Cents: pass\n")
    assert output_for(project, KEY, read(project).digest) is None
    assert cached_output(project, KEY) is None
    (project / "app/money.py").write_bytes(before)
    assert output_for(project, KEY, read(project).digest) == OUTPUT


def test_a_touched_tree_with_the_same_content_keeps_its_outputs(project: Path) -> None:
    remembered(project)
    os.utime(project / "app/money.py")
    (project / "app/x.tmp").write_text("")
    assert cached_output(project, KEY) is None, "the stat alone does not tell"
    with open_cache(project, Config()) as cache:
        found = look(project, Config(), cache)
    assert found.digest is not None
    assert output_for(project, KEY, found.digest) == OUTPUT
    time.sleep(0.02)
    read(project)
    assert cached_output(project, KEY) == OUTPUT, "and the look was remembered"


def test_only_the_latest_outputs_are_kept(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm, "MAX_REPORTS", 3)
    found = read(project)
    for number in range(5):
        assert store(project, found, ("check", number))
    kept = [number for number in range(5) if output_for(project, ("check", number), found.digest)]
    assert kept == [2, 3, 4]


def test_a_large_output_is_not_kept(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm, "MAX_REPORT_BYTES", 10)
    assert not store(project, read(project))


@pytest.mark.parametrize("keep", [0, 0.3, 0.9])
@pytest.mark.parametrize("kind", ["report", "tree"])
def test_a_damaged_file_answers_nothing(project: Path, kind: str, keep: float) -> None:
    remembered(project)
    (path,) = Path(recall.reports_directory(str(project))).glob(f"*.{kind}")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])
    assert cached_output(project, KEY) is None
    remembered(project)
    assert cached_output(project, KEY) == OUTPUT, "it is written anew"


def test_damage_within_an_output_is_noticed(project: Path) -> None:
    remembered(project)
    (path,) = Path(recall.reports_directory(str(project))).glob("*.report")
    content = path.read_bytes()
    assert OUTPUT.body in content
    path.write_bytes(content.replace(OUTPUT.body, OUTPUT.body.upper()))
    assert cached_output(project, KEY) is None


def test_a_report_of_another_layout_is_not_read(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remembered(project)
    (path,) = Path(recall.reports_directory(str(project))).glob("*.report")
    assert recall.read_record(str(path)) is not None
    monkeypatch.setattr(recall, "LAYOUT", recall.LAYOUT + 1)
    assert recall.read_record(str(path)) is None
