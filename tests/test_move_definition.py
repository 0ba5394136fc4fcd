"""Moving definitions: the program prints what it printed before, whatever moves, and a second run changes nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ssot_lint.plugins import load_codemods
from ssot_lint.testing import workspace_of

MOVE = load_codemods()["move-definition"]

IMPORTS = ("import json", "import os.path", "from math import (\n    floor,\n    sqrt as root,\n)", "from . import units",
           "from .units import CENT as cent", "import logging")  # fmt: skip
BODIES = (
    "json.dumps([1, 2])", "os.path.basename('a/b')", "root(9) + floor(2.5)", "units.CENT * 2", "cent + 1",
    "_helper(3)", "_other()", "LIMIT + 1", "Base().name()", "logger.name and 5", "f'{_helper(LIMIT)} {cent}'",
    "[_helper(x) for x in (1, LIMIT)]", "late()",
)  # fmt: skip
HEAD = """
logger = logging.getLogger("fixed")
LIMIT = 4  # of all


# What helps.
def _helper(x):
    return x + _STEP


_STEP = 2


def _other(deep=0):
    return _helper(1) if deep else _other(1)


class Base:
    label = "base"

    def name(self):
        return f"{self.label} {_helper(LIMIT)}"


def late():
    from .units import CENT

    return CENT


"""
EXISTING = '"""Home."""\n\nfrom .units import CENT\n\n__all__ = ["own"]\n\n\ndef own():\n    return CENT\n'


@st.composite
def programs(draw: st.DrawFn) -> tuple[dict[str, str], list[str], str]:
    """A package with one module of functions and classes, the names to move, and where they go."""
    names, text = [], "\n".join(IMPORTS) + "\n" + HEAD
    for number in range(draw(st.integers(2, 5))):
        body = " , ".join(draw(st.lists(st.sampled_from(BODIES), min_size=1, max_size=3)))
        before = [name for name in names if draw(st.booleans())]
        calls = "".join(f", {name}()" for name in before)
        if draw(st.booleans()):
            text += f"# Number {number}.\ndef f{number}():\n    return ({body}{calls},)\n\n\n"
            names.append(f"f{number}")
        else:
            base = draw(st.sampled_from(("", "(Base)")))
            text += f"class C{number}{base}:\n    def __repr__(self):\n        return repr(({body}{calls},))\n\n\n"
            names.append(f"C{number}")
    shown = ", ".join(f"{name}()" for name in names)
    text += f"def everything():\n    return [{shown}]\n"
    files = {
        "pkg/__init__.py": "",
        "pkg/units.py": "CENT = 100\n",
        "pkg/source.py": text,
        "run.py": f"from pkg import source\nfrom pkg.source import {', '.join(names)}, LIMIT\n\n"
        f"print(source.everything(), {shown}, LIMIT)\n",
    }
    to = draw(st.sampled_from(("pkg.home", "pkg.sub.home", "pkg", "home")))
    if to == "pkg.sub.home":
        files["pkg/sub/__init__.py"] = ""
    if to == "pkg.home" and draw(st.booleans()):
        files["pkg/home.py"] = EXISTING
    moving = draw(st.lists(st.sampled_from([*names, "LIMIT", "Base"]), min_size=1, max_size=3, unique=True))
    return files, moving, to


def printed(root: Path, files: dict[str, str]) -> str:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    command = [sys.executable, "-B", "run.py"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(programs(), st.sampled_from(("import", "nothing")))
def test_the_program_prints_the_same(
    tmp_path_factory, made: tuple[dict[str, str], list[str], str], leave: str
) -> None:
    files, moving, to = made
    requests = [MOVE.request({"symbol": f"pkg.source:{name}", "to": to, "leave": leave}) for name in moving]
    workspace = workspace_of(files)
    outcome = MOVE.apply(workspace, requests)
    assert len(outcome.refusals) <= len(moving)
    assert bool(outcome.edits) == (len(outcome.refusals) < len(moving))
    after = files | {path: (content or b"").decode() for path, content in outcome.edits.items()}
    before = printed(tmp_path_factory.mktemp("before"), files)
    assert printed(tmp_path_factory.mktemp("after"), after) == before
    for name in moving:  # the new home alone, imported first
        if all(refusal.symbol != f"pkg.source:{name}" for refusal in outcome.refusals):
            alone = {"run.py": f"import {to}\nprint({to}.{name} is not None)\n"}
            assert printed(tmp_path_factory.mktemp("alone"), after | alone) == "True\n"
    again = MOVE.apply(workspace.edited(outcome.edits), requests)
    assert again.edits == {}
    assert MOVE.apply(workspace, requests[::-1]) == outcome


@pytest.mark.parametrize(
    ("home", "after"),
    [
        (
            b"\xef\xbb\xbfx = 1\r\n",
            b"\xef\xbb\xbfimport os\r\n\r\nx = 1\r\n\r\n\r\ndef f():\r\n    return os.sep\r\n",
        ),
        (
            b"# -*- coding: latin-1 -*-\r\nx = '\xe4'\r\n",
            b"# -*- coding: latin-1 -*-\r\n\r\nimport os\r\n\r\nx = '\xe4'\r\n\r\n\r\n"
            b"def f():\r\n    return os.sep\r\n",
        ),
        (b"x = 1", b"import os\n\nx = 1\n\n\ndef f():\n    return os.sep"),
        (b"x = 1\n\x0cy = 2\n", b"import os\n\nx = 1\n\x0cy = 2\n\n\ndef f():\n    return os.sep\n"),
    ],
)
def test_the_bytes_of_the_new_home_are_kept(home: bytes, after: bytes) -> None:
    """CRLF, a BOM, Latin-1 with a cookie, no final newline."""
    workspace = workspace_of({"a.py": "import os\n\n\ndef f():\n    return os.sep\n", "home.py": home})
    outcome = MOVE.apply(workspace, [MOVE.request({"symbol": "a:f", "to": "home"})])
    assert outcome.edits == {"a.py": b"", "home.py": after}
