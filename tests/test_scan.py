"""Every file is read once, whoever reads it, and whatever happens to it meanwhile."""

from __future__ import annotations

import gc
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_lint import recall, warm
from ssot_lint import scan as scanning
from ssot_lint.config import Concept, Config
from ssot_lint.errors import SsotLintError
from ssot_lint.facts import extract
from ssot_lint.model import FileFacts, Problem, SourceFile
from ssot_lint.scan import EXTRACTORS, Scan, open_cache, scan
from ssot_lint.scanning import records as recording
from ssot_lint.scanning.records import Reading, read_files
from ssot_lint.scanning.survey import UNREADABLE, look
from ssot_lint.scanning.workers import CHUNK_BYTES, chunks_of
from ssot_lint.settings.words import words

CONFIG = Config(concepts=(Concept("cart", "shop.cart:Cart", names=("*Cart",)),))


class InProcess(Executor):
    """Does the work when it is submitted, and remembers how often."""

    def __init__(self) -> None:
        self.calls = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.calls += 1
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    for path, content in {
        "shop/__init__.py": b"",
        "shop/cart.py": b"class Cart:\n    def add(self, item): ...\n",
        "shop/old_cart.py": b"from shop.cart import Cart\nclass OldCart:\n    x = Cart()\n",
        "shop/copy.py": b"class Cart:\n    def add(self, item): ...\n",
        "shop/latin.py": b"# coding: latin-1\nname = '\xe9'\n",
        "shop/wrong.py": b"name = '\xe9'\n",
        "shop/broken.py": b"def f(:\n",
        "shop/binary.py": b"\x00\x01\x02",
        "tests/test_cart.py": b"from shop.cart import Cart\n",
        "loose-script.py": b"import shop\n",
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    return root


def cached(root: Path, **options: Any) -> Scan:
    with open_cache(root, CONFIG) as cache:
        found = scan(root, CONFIG, cache=cache, **options)
        assert cache.note == ""
        return found


def facts(found: Scan) -> dict[str, FileFacts]:
    return {file.path: file.facts for file in found.files}


def problems(found: Scan) -> dict[str, tuple[str, str]]:
    return {
        path: (f.problem.kind, f.problem.message) for path, f in facts(found).items() if f.problem is not None
    }


def test_reads_every_file(project: Path) -> None:
    found = scan(project, CONFIG)
    assert [(file.path, file.module, file.is_test) for file in found.files] == [
        (file.path, file.module, file.is_test) for file in found.discovery.files
    ]
    assert len(found.files) == 10
    cart = next(file for file in found.files if file.path == "shop/cart.py")
    source = (project / "shop/cart.py").read_bytes()
    assert cart == SourceFile("shop/cart.py", "shop.cart", False, True, False, extract(source, words(CONFIG)))
    assert set(problems(found)) == {"shop/wrong.py", "shop/broken.py", "shop/binary.py"}


def many_files(root: Path) -> None:
    """Enough text that processes are started: about three chunks."""
    body = "".join(
        f"def function_{number}(cart):\n    return Cart.find({number})\n" for number in range(2000)
    )
    for number in range(12):
        path = root / f"lib/module_{number}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"class Cart{number}: ...\n{body}"[number * 7 :], encoding="utf-8")


def test_the_number_of_workers_changes_nothing(project: Path) -> None:
    many_files(project)
    executor = InProcess()
    one = scan(project, CONFIG, jobs=1)
    assert scan(project, CONFIG, jobs=2) == one
    assert scan(project, CONFIG, jobs=3) == one
    assert scan(project, CONFIG, executor=executor) == one
    assert executor.calls > 1
    assert cached(project, jobs=2) == one


def test_works_where_threads_forbid_to_fork(project: Path) -> None:
    import threading

    many_files(project)
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        found = scan(project, CONFIG, jobs=2)
    finally:
        stop.set()
        thread.join()
    assert found == scan(project, CONFIG, jobs=1)


def test_the_cache_changes_nothing_but_where_facts_come_from(project: Path) -> None:
    plain, first, second = scan(project, CONFIG), cached(project), cached(project)
    assert facts(first) == facts(second) == facts(plain)
    assert first.digest == second.digest == plain.digest
    assert (plain.from_cache, first.from_cache, second.from_cache) == (0, 0, 10)


def test_only_what_changed_is_read_again(project: Path) -> None:
    cached(project)
    (project / "shop/cart.py").write_text("class Cart: pass\n")
    (project / "shop/new.py").write_text("class Cart:\n    def add(self, item): ...\n")  # known as copy.py
    (project / "shop/latin.py").unlink()
    found = cached(project)
    assert found.from_cache == 9
    assert facts(found) == facts(scan(project, CONFIG))
    assert found.digest == scan(project, CONFIG).digest


def test_an_edit_that_keeps_size_and_time_is_seen(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm, "RACY_NS", 0)
    path = project / "shop/cart.py"
    cached(project)
    before = path.stat()
    path.write_bytes(path.read_bytes().replace(b"Cart", b"Bags"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert facts(cached(project))["shop/cart.py"].definitions[0].name == "Bags"


def test_an_edit_in_the_instant_of_reading_is_seen(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system with coarse stamps: the stat is the same in every field, the content is not."""
    cached(project)
    stamps = recall.stamps
    frozen = {path: stamps([str(project / path)]) for path in ("shop/cart.py",)}

    def coarse(paths: Any) -> bytes:
        return b"".join(
            next((stamp for name, stamp in frozen.items() if path.endswith(name)), None) or stamps([path])
            for path in paths
        )

    monkeypatch.setattr(recall, "stamps", coarse)
    cached(project)
    (project / "shop/cart.py").write_text("class Bags:\n    def add(self, item): ...\n")
    assert facts(cached(project))["shop/cart.py"].definitions[0].name == "Bags"


def test_other_words_are_another_cache(project: Path) -> None:
    other = Config(concepts=(Concept("bag", "shop.bag:Bag"),))
    cached(project)
    with open_cache(project, other) as cache:
        found = scan(project, other, cache=cache)
    assert found.from_cache == 0
    assert facts(found) == facts(scan(project, other))
    assert cached(project).from_cache == 10


def test_the_survey_knows_the_content_without_reading_it(project: Path) -> None:
    with open_cache(project, CONFIG) as cache:
        assert look(project, CONFIG, cache).digest is None
        found = scan(project, CONFIG, cache=cache)
        survey = look(project, CONFIG, cache)
        assert survey.digest == found.digest
        assert scan(project, CONFIG, cache=cache, survey=survey) == cached(project)


def test_a_file_that_vanishes_before_it_is_read(project: Path) -> None:
    survey = look(project, CONFIG)
    (project / "shop/cart.py").unlink()
    found = scan(project, CONFIG, survey=survey)
    assert facts(found)["shop/cart.py"] == FileFacts(
        lines=0, problem=Problem("unreadable", f"cannot be read: {os.strerror(2)}")
    )
    assert len(found.files) == 10


def test_a_file_that_becomes_a_directory_before_it_is_read(project: Path) -> None:
    survey = look(project, CONFIG)
    (project / "shop/cart.py").unlink()
    (project / "shop/cart.py").mkdir()
    assert problems(scan(project, CONFIG, survey=survey))["shop/cart.py"][0] == "unreadable"


def test_what_could_not_be_read_is_tried_again(project: Path) -> None:
    source = (project / "shop/cart.py").read_bytes()
    with open_cache(project, CONFIG) as cache:
        survey = look(project, CONFIG, cache)
        (project / "shop/cart.py").unlink()
        assert "shop/cart.py" in problems(scan(project, CONFIG, cache=cache, survey=survey))
    (project / "shop/cart.py").write_bytes(source)
    assert facts(cached(project)) == facts(scan(project, CONFIG))


def test_a_file_too_large_to_be_code(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MAX_BYTES", 1 << 20)
    (project / "data.py").write_bytes(b"x = 1\n" * 200_000)
    found = scan(project, CONFIG, jobs=1)
    assert problems(found)["data.py"] == ("unreadable", "larger than 1 MiB")


def test_newer_syntax_is_told_from_broken_syntax(project: Path) -> None:
    (project / "new.py").write_text("t = t'{x}'\n")
    found = facts(cached(project, jobs=1))
    problem = found["new.py"].problem
    if sys.version_info < (3, 14):
        assert problem is not None
        assert problem.kind == "syntax"
    broken = found["shop/broken.py"].problem
    assert broken is not None
    assert broken.needs == ""
    assert facts(cached(project)) == found


def test_tells_how_far_it_is(project: Path) -> None:
    seen: list[tuple[int, int]] = []
    cached(project, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(number, 10) for number in range(1, 11)]
    seen.clear()
    cached(project, progress=lambda done, total: seen.append((done, total)))
    assert seen == []


class Killed(Executor):
    """A pool whose workers are ended by the kernel."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_exception(BrokenProcessPool("A process in the process pool was terminated abruptly"))
        return future


def test_a_killed_worker_is_said_so(project: Path) -> None:
    with pytest.raises(SsotLintError, match="ended from outside") as error:
        scan(project, CONFIG, executor=Killed())
    assert "--jobs 1" in error.value.hint


def test_a_bug_names_the_file(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> FileFacts:
        raise AssertionError("a bug")

    monkeypatch.setattr("ssot_lint.facts.extract", fail)
    with pytest.raises(AssertionError, match="a bug") as error:
        scan(project, CONFIG, jobs=1)
    assert error.value.__notes__[0].startswith("while reading ")


def test_what_was_read_before_an_interrupt_is_kept(project: Path) -> None:
    def interrupt(done: int, total: int) -> None:
        if done == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cached(project, progress=interrupt)
    assert cached(project).from_cache >= 6


INTERRUPTED = """
import sys
from pathlib import Path
from ssot_lint.config import Config
from ssot_lint.scan import open_cache, scan

def progress(done, total):
    print("reading", flush=True)

root = Path(sys.argv[1])
with open_cache(root, Config()) as cache:
    scan(root, Config(), jobs=2, cache=cache, progress=progress)
"""


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def alive(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=lambda number: number.name)
def test_workers_end_with_the_process_that_started_them(project: Path, number: signal.Signals) -> None:
    many_files(project)
    for copy in range(2):  # so that there is still work when the signal comes
        (project / f"copy_{copy}").mkdir()
        many_files(project / f"copy_{copy}")
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(project)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "reading\n"
        workers = children(process.pid)
        assert len(workers) == 2
        process.send_signal(number)
        process.wait(timeout=30)
    assert process.returncode != 0
    deadline = time.monotonic() + 10
    while any(map(alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [worker for worker in workers if alive(worker)] == []
    assert facts(cached(project)) == facts(scan(project, CONFIG))


@given(st.lists(st.integers(0, 3 << 20), max_size=60))
def test_chunks_hold_every_file_once_and_are_bounded(sizes: list[int]) -> None:
    chunks = chunks_of(sizes)
    assert sorted(position for chunk in chunks for position in chunk) == list(range(len(sizes)))
    for chunk in chunks:
        assert sum(sizes[position] for position in chunk[:-1]) < CHUNK_BYTES
    firsts = [sizes[chunk[0]] for chunk in chunks]
    assert firsts == sorted(firsts, reverse=True)


def test_reading_leaves_nothing_for_the_collector_to_find(project: Path) -> None:
    """Workers read without a garbage collector: what a file's trees hold in cycles would add up to gigabytes."""
    many_files(project)
    paths = tuple(f"lib/module_{number}.py" for number in range(12))
    reading = Reading(project, paths, (False,) * 12, words(CONFIG), None)
    gc.enable()  # the command line turns it off for good
    read_files(reading)
    assert gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        read_files(reading)
        assert gc.collect() < 1000
    finally:
        gc.enable()


def test_read_files_gives_the_hash_of_what_it_read(project: Path) -> None:
    reading = Reading(project, ("shop/cart.py", "shop/missing.py"), (False, False), None, None)
    (key, _), (missing, _) = read_files(reading)
    assert key == recall.content_hash((project / "shop/cart.py").read_bytes())
    assert missing == UNREADABLE


def test_every_module_that_reads_files_is_part_of_the_cache_key() -> None:
    package = Path(scanning.__file__).parent
    pending, seen = ["facts"], {"config"}  # config is imported for a type only
    while pending:
        name = pending.pop()
        if name not in seen:
            seen.add(name)
            text = (package / f"{name.replace('.', '/')}.py").read_text()
            pending += re.findall(r"^\s*from ssot_lint\.([\w.]+) import", text, re.MULTILINE)
    held = {path for pattern in EXTRACTORS for path in package.glob(pattern) if path.name != "__init__.py"}
    assert {package / f"{name.replace('.', '/')}.py" for name in seen - {"config"}} == held
