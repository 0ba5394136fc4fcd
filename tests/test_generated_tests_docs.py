"""docs/generated-tests.md, run: its files are written, its commands print what the page shows."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

from ssot_lint.plugins import load_rules
from ssot_lint.proving.proofs import COVERED

PAGE = (Path(__file__).parent.parent / "docs" / "generated-tests.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def output(root: Path, command: str) -> str:
    program, *arguments = shlex.split(command)
    module = {"ssot-lint": ["ssot_lint"], "pytest": ["pytest", "-p", "no:xdist", "-p", "no:cacheprovider"]}[
        program
    ]
    done = subprocess.run(
        [sys.executable, "-m", *module, *arguments], cwd=root, capture_output=True, encoding="utf-8"
    )
    assert not done.stderr
    return re.sub(r" in [\d.]+s$", "", done.stdout, flags=re.MULTILINE)


def test_the_page(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/__init__.py").touch()
    shown = 0
    for language, text in BLOCKS:
        if language == "console":
            commands = re.findall(r"^\$ (.+)$", text, re.MULTILINE)
            assert "".join(f"$ {command}\n{output(tmp_path, command)}" for command in commands) == text
        elif text.startswith("# "):
            (tmp_path / text.partition("\n")[0].removeprefix("# ")).write_text(text.partition("\n")[2])
        else:
            shown += 1
            assert text in (tmp_path / "tests/ssot/test_ssot_cart.py").read_text()
    assert shown == 1


def test_every_covered_rule_is_in_the_table() -> None:
    table = "".join(line for line in PAGE.splitlines() if line.startswith("| SSOT"))
    covered = [rule.id for rule in load_rules() if rule.id.startswith(COVERED)]
    assert [id for id in covered if not re.search(rf"\b(SSOT)?{id.removeprefix('SSOT')}\b", table)] == []
