"""A command line that was asked before gets the same bytes and the same status, or is worked out as ever."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_lint import recall, warm
from ssot_lint.cli import run
from ssot_lint.settings.loading import find_root

FILES = {
    "ssot-lint.toml": '[concepts.money]\ncanonical = "shop.money:Money"\nnames = ["*Money"]\n',
    "shop/__init__.py": "",
    "shop/money.py": "class Money:\n    def add(self, other):\n        return self\n",
    "shop/cart.py": "from shop.gone import Money\n\nNAME = 'caf\u00e9 \u20ac'\n",
    "shop/broken.py": "def total(:\n    '\u20ac'\n",
    "other.toml": '[concepts.cart]\ncanonical = "shop.cart:Cart"\n',
}
VARIABLES = ("NO_COLOR", "FORCE_COLOR", "TERM", "SSOT_LINT_CACHE_DIR", recall.COMPLETION)

Asked = Callable[..., tuple[int, bytes]]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that was last touched long before it is read."""
    monkeypatch.setattr(warm, "RACY_NS", 0)
    monkeypatch.setattr(warm, "STARTED", time.time_ns() + 10**12)  # the test's own files are not changes
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    root = tmp_path / "project"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    (root / ".ssot-lint/cache/reports").mkdir(
        parents=True
    )  # so that making it later is no change of the tree
    monkeypatch.chdir(root)
    time.sleep(0.02)
    return root


@pytest.fixture
def asked(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Run the command line in this process -> exit status and the bytes on standard output."""

    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.FileIO(1, "wb", closefd=False), "utf-8"))

    def ask(*arguments: str) -> tuple[int, bytes]:
        status = run(arguments)
        return status, capfdbinary.readouterr().out

    return ask


def remembers(arguments: Sequence[str]) -> tuple[int, bytes] | None:
    found = recall.recall(arguments)
    return found and (found[0], bytes(found[1]))


ANSWERED = (
    ["check"],
    ["check", "--quiet"],
    ["check", "-q", "--statistics", "--no-progress"],
    ["check", "--format", "json"],
    ["check", "--format=sarif"],
    ["check", "--exit-zero", "--format", "concise"],
    ["check", "--select", "SSOT2,unresolved-import", "--ignore", "SSOT203"],
    ["check", "--color"],
    ["check", "--no-color"],
    ["check", "--jobs", "2"],
    ["check", "-j1"],
    ["check", "--root", "."],
    ["check", "--root=."],
    ["check", "--config", "other.toml"],
    ["check", "--config=other.toml", "--root", "."],
    ["check", "--root", "shop", "--root", "."],
    ["check", "--output", "-"],
)


@pytest.mark.parametrize("arguments", ANSWERED, ids=" ".join)
def test_the_answer_is_what_the_work_gives(project: Path, asked: Asked, arguments: list[str]) -> None:
    worked_out = asked(*arguments, "--no-cache")
    assert remembers(arguments) is None
    assert asked(*arguments) == worked_out
    assert remembers(arguments) == worked_out
    assert asked(*arguments) == worked_out


NOT_ANSWERED = (
    ["check", "--no-cache"],
    ["check", "--verbose"],
    ["check", "shop"],
    ["check", "--", "shop"],
    ["check", "--output", "report.txt"],
    ["check", "--select", "--root", "shop"],
    ["check", "--root", "gone"],
    ["check", "--root="],
    ["check", "--root"],
    ["check", "--format", "gone"],
    ["check", "--help"],
    ["rules"],
    ["--help"],
    [],
)


@pytest.mark.parametrize("arguments", NOT_ANSWERED, ids=" ".join)
def test_what_depends_on_more_is_worked_out_each_time(
    project: Path, asked: Asked, arguments: list[str]
) -> None:
    asked("check")
    first = asked(*arguments)
    assert remembers(arguments) is None
    assert asked(*arguments) == first


def remembered(asked: Asked) -> None:
    asked("check")
    assert remembers(["check"]) is not None


CHANGES: dict[str, Callable[[Path], object]] = {
    "file edited": lambda root: (root / "shop/money.py").write_text("class Money: pass\n"),
    "file added": lambda root: (root / "shop/new.py").write_text(""),
    "file removed": lambda root: (root / "shop/broken.py").unlink(),
    "configuration edited": lambda root: (root / "ssot-lint.toml").write_text(""),
    "configuration removed": lambda root: (root / "ssot-lint.toml").unlink(),
    "tests configured": lambda root: (root / "pyproject.toml").write_text("[tool.pytest.ini_options]\n"),
    "tests configured elsewhere": lambda root: (root / "pytest.ini").write_text("[pytest]\n"),
    "baseline appears": lambda root: (root / "ssot-lint-baseline.json").write_text("{}"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_seen(project: Path, asked: Asked, change: Callable[[Path], object]) -> None:
    remembered(asked)
    change(project)
    assert remembers(["check"]) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("NO_COLOR", "1"), ("FORCE_COLOR", "1"), ("TERM", "dumb"), (recall.COMPLETION, "bash_complete")],
)
def test_the_environment_is_part_of_the_question(
    project: Path, asked: Asked, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    remembered(asked)
    monkeypatch.setenv(name, value)
    assert remembers(["check"]) is None


def test_forced_colour_is_remembered_as_colour(
    project: Path, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = asked("check")
    monkeypatch.setenv("FORCE_COLOR", "1")
    coloured = asked("check")
    assert b"\x1b[" in coloured[1]
    assert remembers(["check"]) == coloured
    monkeypatch.delenv("FORCE_COLOR")
    assert remembers(["check"]) == plain


def test_the_working_directory_is_part_of_the_question(
    project: Path, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    remembered(asked)
    monkeypatch.chdir(project / "shop")
    assert remembers(["check"]) is None
    (project / "shop/ssot-lint.toml").write_text("")
    assert recall.nearest_root(str(Path.cwd())) == str(project / "shop")


def test_a_project_reached_through_a_link_is_the_one_it_leads_to(
    project: Path, asked: Asked, tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to(project)
    arguments = ["check", "--root", str(link)]
    first = asked(*arguments)
    assert remembers(arguments) == first
    (tmp_path / "empty").mkdir()
    link.unlink()
    link.symlink_to(tmp_path / "empty")
    assert remembers(arguments) is None


def test_the_encoding_of_the_terminal_is_part_of_the_question(
    project: Path, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    remembered(asked)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    assert remembers(["check"]) is None
    monkeypatch.setattr(sys, "stdout", None)
    assert remembers(["check"]) is None
    monkeypatch.undo()


@pytest.mark.parametrize("kind", ["command", "report", "tree"])
@given(spot=st.floats(0, 1, exclude_max=True), byte=st.binary(max_size=3))
def test_damage_anywhere_never_changes_an_answer(
    tmp_path_factory: pytest.TempPathFactory, kind: str, spot: float, byte: bytes
) -> None:
    root = str(tmp_path_factory.mktemp("damage"))
    arguments, answer = ["check", "--root", root], warm.Output(b"found\n" * 20, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(warm, "STARTED", time.time_ns() + 10**12)
        patch.delenv("SSOT_LINT_CACHE_DIR", raising=False)
        warm.save_tree(root, b"view", b"digest", warm.Tree((), (), b"", ()))
        assert warm.store_output(root, ("check",), answer, view=b"view", digest=b"digest")
        warm.store_command(root, None, arguments, ("check",))
        assert remembers(arguments) == (1, answer.body)
        (path,) = Path(recall.reports_directory(root)).glob(f"*.{kind}")
        content = path.read_bytes()
        at = int(len(content) * spot)
        path.write_bytes(content[:at] + byte + content[at + (len(byte) or 1) :])
        assert remembers(arguments) in (None, (1, answer.body))


LAYOUTS = st.fixed_dictionaries(
    {
        place: st.sets(st.sampled_from(["ssot-lint.toml", ".git", "plain", "configured"]))
        for place in (".", "a", "a/b")
    }
)


@given(layout=LAYOUTS)
def test_the_root_is_the_one_that_the_configuration_finds(
    tmp_path_factory: pytest.TempPathFactory, layout: dict[str, set[str]]
) -> None:
    base = tmp_path_factory.mktemp("layout").resolve()
    (base / "a/b").mkdir(parents=True)
    for place, names in layout.items():
        for name in names - {"plain", "configured"}:
            (base / place / name).mkdir()
        if names & {"plain", "configured"}:
            text = "[tool.ssot-lint]\n" if "configured" in names else "[project]\n"
            (base / place / "pyproject.toml").write_text(text)
    assert recall.nearest_root(str(base / "a/b")) in (None, str(find_root(base / "a/b")))
    if "ssot-lint.toml" in layout["a/b"]:
        assert recall.nearest_root(str(base / "a/b")) == str(base / "a/b")


# --- as a user starts it ------------------------------------------------------------------------------------

CODE = "import sys\nfrom ssot_lint.cli import run\nstatus = run(sys.argv[1:])\nprint(*sys.modules, file=sys.stderr)\nsys.exit(status)"
"""The command, with the modules that it imported on standard error."""

LIGHT = {"_blake2", "_struct", "gc", "marshal", "struct", "zlib"} | {
    f"ssot_lint{name}" for name in ("", ".cli", ".cli._stdout", ".errors", ".recall")
}


def process(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-c", CODE, *arguments], capture_output=True, check=False)


def modules(ran: subprocess.CompletedProcess[bytes]) -> set[str]:
    return set(ran.stderr.decode().splitlines()[-1].split())


def test_nothing_but_the_look_is_imported(project: Path) -> None:
    plain = subprocess.run(
        [sys.executable, "-c", "import sys; print(*sys.modules, file=sys.stderr)"],
        capture_output=True,
        check=True,
    )
    time.sleep(2.1)  # a file must be two seconds old before its stat is trusted
    first, second = process("check"), process("check")
    assert (second.returncode, second.stdout) == (first.returncode, first.stdout)
    assert {"click", "msgspec"} <= modules(first)
    assert modules(second) - modules(plain) - {"__future__"} <= LIGHT


def test_a_terminal_gets_what_it_gets_without_the_cache(project: Path) -> None:
    time.sleep(2.1)

    def on_terminal(*arguments: str) -> bytes:
        parent, child = pty.openpty()
        command = [sys.executable, "-m", "ssot_lint", *arguments]
        environment = {**os.environ, "TERM": "xterm"}
        with subprocess.Popen(command, stdout=child, stderr=subprocess.PIPE, env=environment) as ran:
            os.close(child)
            out = b""
            while True:
                try:
                    part = os.read(parent, 4096)
                except OSError:
                    break
                if not part:
                    break
                out += part
            ran.communicate()
        os.close(parent)
        return out

    worked_out = on_terminal("check", "--no-cache")
    assert b"\x1b[" in worked_out
    assert [on_terminal("check") for _ in range(3)] == [worked_out] * 3
    assert b"\x1b[" not in process("check").stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no device that is always full")
def test_a_full_disk_is_told_alike(project: Path) -> None:
    time.sleep(2.1)
    command = [sys.executable, "-m", "ssot_lint", "check"]
    subprocess.run(command, capture_output=True, check=False)
    with Path("/dev/full").open("wb") as full:
        runs = [
            subprocess.run([*command, *more], stdout=full, stderr=subprocess.PIPE, check=False)
            for more in ([], ["--no-cache"])
        ]
    assert [ran.returncode for ran in runs] == [2, 2]
    assert runs[0].stderr == runs[1].stderr != b""
