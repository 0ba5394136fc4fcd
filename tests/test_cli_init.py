"""`ssot-lint init` and `ssot-lint graph` as a user runs them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from ssot_lint.cli import run
from ssot_lint.settings.loading import load

FIXTURE = Path(__file__).parent.parent / "fixtures" / "golden_path"
HOMES = {
    "backend.realtime.manager:UserWebSocketManager",
    "backend.realtime.connection:WebSocketConnection",
    "backend.realtime.notifier:WebSocketNotifier",
}


@pytest.fixture
def platform(tmp_path: Path) -> Path:
    """The fixture without its configuration."""
    root = tmp_path / "platform"
    shutil.copytree(
        FIXTURE, root, ignore=shutil.ignore_patterns("ssot-lint.toml", "__pycache__", ".ssot-lint")
    )
    return root


def init(root: Path, *args: str) -> int:
    return run(["init", "--root", str(root), "--no-cache", *args])


def contents(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_writes_a_configuration_that_loads(platform: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert init(platform) == 0
    concepts = load(platform).concepts
    assert {concept.canonical for concept in concepts} >= HOMES
    out, err = capsys.readouterr()
    assert out.startswith(
        "1. user-websocket-manager\n   canonical   backend.realtime.manager:UserWebSocketManager\n"
    )
    assert err == f"wrote {len(concepts)} concepts to ssot-lint.toml\n"
    assert "# [capabilities.jwt]\n" in (platform / "ssot-lint.toml").read_text()


def test_the_configuration_is_checked_without_complaints(platform: Path) -> None:
    assert init(platform) == 0
    assert (
        run(["check", "--root", str(platform), "--no-cache", "--quiet", "--output", str(platform / "out")])
        == 1
    )


def test_into_pyproject(platform: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = b"\xef\xbb\xbf# ours\r\n[project]\r\nname = 'x'   # odd\r\n\r\n[tool.ruff]\r\n"
    (platform / "pyproject.toml").write_bytes(before)
    (platform / "pyproject.toml").chmod(0o640)
    assert init(platform) == 0
    after = (platform / "pyproject.toml").read_bytes()
    assert after.startswith(before)
    assert (platform / "pyproject.toml").stat().st_mode & 0o777 == 0o640
    assert not (platform / "ssot-lint.toml").exists()
    assert {concept.canonical for concept in load(platform).concepts} >= HOMES


def test_dry_run_prints_the_same_and_writes_nothing(
    platform: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(platform)
    assert init(platform, "--dry-run") == 0
    printed = capsys.readouterr().out
    assert contents(platform) == before
    assert init(platform) == 0
    assert (platform / "ssot-lint.toml").read_text() == printed


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("ssot-lint.toml", "# empty\n", "ssot-lint.toml exists"),
        ("pyproject.toml", "[tool.ssot-lint]\nexclude = ['a/**']\n", "has a table [tool.ssot-lint]"),
        ("pyproject.toml", "[tool.ssot-lint.rules.star-import]\n", "has a table [tool.ssot-lint]"),
    ],
)
def test_never_overwrites(
    platform: Path, name: str, content: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (platform / name).write_text(content)
    before = contents(platform)
    assert init(platform) == 2
    assert says in capsys.readouterr().err
    assert contents(platform) == before
    assert init(platform, "--dry-run", "--format", "text") == 0


def test_nothing_to_propose(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.py").write_text("class Cart:\n    pass\n")
    assert init(tmp_path) == 0
    assert capsys.readouterr().out.startswith("Nothing to propose")
    assert not (tmp_path / "ssot-lint.toml").exists()


def test_graph_writes_a_file(tmp_path: Path) -> None:
    file = tmp_path / "graph.json"
    args = [
        "graph",
        "websocket-manager",
        "--root",
        str(FIXTURE),
        "--no-cache",
        "--format",
        "json",
        "-o",
        str(file),
    ]
    assert run(args) == 0
    found = json.loads(file.read_text())
    kinds = {node["id"]: node["kind"] for node in found["nodes"]}
    assert kinds["backend.realtime.manager:UserWebSocketManager"] == "canonical"
    assert kinds["backend.websocket.websocket_manager:WebSocketManager"] == "duplicate"


def test_graph_names_the_nearest_concept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["graph", "websocket-manger", "--root", str(FIXTURE), "--no-cache"]) == 2
    assert "Did you mean websocket-manager?" in capsys.readouterr().err
    (tmp_path / "a.py").write_text("")
    assert run(["graph", "--root", str(tmp_path), "--no-cache"]) == 2
    assert "no concepts are configured" in capsys.readouterr().err


def test_what_is_left_out_is_written_without_any_concept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(10):
        case = tmp_path / "tests" / "data" / f"case_{number}.py"
        case.parent.mkdir(parents=True, exist_ok=True)
        case.write_text(
            "from .gone import Cart\ndef f(): ...\ndef f(): ...\nclass MockCart:\n    def total(self): ..."
        )
    (tmp_path / "tests" / "test_all.py").write_text("def test_cart(): ...\n")
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "cart.py").write_text("class Cart:\n    def total(self): ...\n")
    for number in range(4):
        (shop / f"user_{number}.py").write_text("from shop.cart import Cart\n")
    assert run(["init", "--root", str(tmp_path), "--no-cache"]) == 0
    assert load(tmp_path).exclude == ("tests/data/**",)
    assert "wrote settings to ssot-lint.toml" in capsys.readouterr().err
    assert run(["check", "--root", str(tmp_path), "--no-cache"]) == 0


def test_a_capability_alone_is_written_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The text refers to the comment in the configuration."""
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.py").write_text("import jwt\n\n\ndef read(x):\n    return jwt.decode(x)\n")
    assert init(tmp_path) == 0
    out, err = capsys.readouterr()
    assert out.endswith("Calls without one home: jwt.decode; see the comment in the configuration.\n")
    assert err == "wrote settings to ssot-lint.toml\n"
    assert "# [capabilities.jwt]\n" in (tmp_path / "ssot-lint.toml").read_text()
