"""Where names stand in a text that was searched for them: as facts say, or elsewhere."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from ssot_lint import warm
from ssot_lint.cli import run
from ssot_lint.cli._kept import what_holds
from ssot_lint.cli._place import locate
from ssot_lint.cli._request import Request
from ssot_lint.facts import extract
from ssot_lint.incremental.passages import are_the_same, moved_lines, passages
from ssot_lint.plugins import load_rules
from ssot_lint.queries.mentions import other_lines
from ssot_lint.scan import open_cache
from ssot_lint.scanning.survey import look
from ssot_lint.settings.loading import load

HEAD = "from app.runs import (\n    Run,\n    start_run,\n)\n"


@pytest.mark.parametrize(
    ("text", "says_it"),
    [
        pytest.param(HEAD, True, id="imported"),
        pytest.param("", True, id="nowhere"),
        pytest.param("restart_run = start_runs = 1\n", True, id="other names"),
        pytest.param(HEAD + "__all__ = [\n    'Run',\n    'start_run',\n]\n", True, id="exported"),
        pytest.param(HEAD + "__all__ = ['start_run']\n", False, id="exported on the line of the statement"),
        pytest.param(HEAD + "TABLE = [\n    'start_run',\n]\n", False, id="in another list"),
        pytest.param(HEAD + "__all__ = []\nstart_run()\n", False, id="called behind what is exported"),
        pytest.param(HEAD + "LATER = start_run\n", False, id="kept"),
        pytest.param("# start_run\nclass Runs:\n    # start_run\n    n = 1\n", True, id="in comments"),
        pytest.param("def f():\n    # start_run\n    return 1\n", False, id="in a comment of a function"),
        pytest.param("n = 1  # start_run\n", False, id="in a comment beside code"),
        pytest.param(
            '#!x\n\n"""Runs.\n\nfrom app.runs import start_run\n"""\nn = 1\n', True, id="in the docstring"
        ),
        pytest.param('"""Runs.\nstart_run""".strip()\n', False, id="in a string that is used"),
        pytest.param('x = """Runs.\nstart_run"""\n', False, id="in a value"),
        pytest.param('"""Runs."""\nx = """\nstart_run\n"""\n', False, id="in a value below"),
        pytest.param(
            HEAD + "__all__ = [\n    'start_run',  # begins\n]\n", True, id="exported with a comment"
        ),
        pytest.param("def start_run():\n    return 1\n", True, id="defined"),
        pytest.param("class Runs:\n    def start_run(self):\n        return 1\n", True, id="a method"),
        pytest.param("def f():\n    def start_run():\n        return 1\n", False, id="defined in a function"),
        pytest.param("def f():\n    from app.runs import start_run\n", False, id="imported in a function"),
        pytest.param("def f(runs):\n    runs.start_run()\n", False, id="called"),
        pytest.param(HEAD.replace("\n", "\r\n") + "X = 1\r\n", True, id="lines end as on Windows"),
        pytest.param(HEAD.replace("\n", "\r") + "X = start_run\r", False, id="lines end as they once did"),
    ],
)
def test_names_stand_where_facts_say_it(text: str, says_it: bool) -> None:
    source = text.encode()
    assert (not other_lines(extract(source), source, {"start_run", "stop_run"})) is says_it


READ = """\
from app.runs import start_run

TABLE = [
    start_run,
]


class Desk:
    limit = 3

    @property
    def serve(self):
        def later():
            return start_run
        return later


def close():
    return 1
"""


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        pytest.param("", "", True, id="nothing"),
        pytest.param("return 1", "return 2", True, id="a function that was not read"),
        pytest.param("return 1", "return start_run", False, id="that holds a name now"),
        pytest.param("return later", "return 1", False, id="a function that was read"),
        pytest.param("@property", "@cached", False, id="its decorator"),
        pytest.param("    def serve", "    def served", False, id="its name"),
        pytest.param("limit = 3", "limit = 4", False, id="what stands in no function"),
        pytest.param("def close", "def closed", True, id="the name of another function"),
        pytest.param("\n\ndef close():\n    return 1\n", "", False, id="a function less"),
        pytest.param("class", "def more(): ...\n\n\nclass", False, id="a function more"),
        pytest.param("def close", "def close(): ...\n\n\ndef close", False, id="a function twice"),
        pytest.param("\n", "\r\n", True, id="ends of lines"),
    ],
)
def test_passages_that_were_read_again(old: str, new: str, same: bool) -> None:
    before = passages(extract(READ.encode()), READ.encode(), (2,), {"start_run"})
    assert before is not None and before.keys() == {"", "Desk.serve", "Desk.serve.<locals>.later"}
    text = (READ.replace(old, new) if old else READ).encode()
    assert are_the_same(extract(text), text, before, {"start_run"}) is same


def test_a_function_whose_name_says_not_which_it_is_is_no_passage() -> None:
    twice = b"def f():\n    return 1\n\n\ndef f():\n    return 2\n"
    assert passages(extract(twice), twice, (0,)) is None


def test_the_lines_of_passages_move_together() -> None:
    old = extract(b"def f():\n    print()\n    return 1\n\n\ndef g(): ...\n")
    new = extract(b"X = 1\n\n\ndef f():\n    print()\n    return 1\n\n\ndef g(): ...\n")
    assert moved_lines(old, new, {"f": b"", "": b""}) == {1: 4, 2: 5, 3: 6}


def kept_after(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    files: Mapping[str, str],
    edit: str,
) -> bool:
    """Are findings kept when `desk.py` is edited? What is printed then is as it is without a cache."""
    monkeypatch.delenv("SSOT_LINT_CACHE_DIR", raising=False)
    monkeypatch.setattr(warm, "STARTED", time.time_ns() + 10**12)

    def printed(*arguments: str) -> str:
        run(["check", "--root", str(tmp_path), "--jobs", "1", "--format", "json", *arguments])
        return capsys.readouterr().out

    for name, text in files.items():
        (tmp_path / name).write_text(text)
    printed()
    request = Request("json", (), (), None, None, False, False, False, False, False, None)
    config = load(tmp_path)
    (tmp_path / "desk.py").write_text(edit)
    with open_cache(tmp_path, config) as cache:
        survey = look(tmp_path, config, cache)
        known = what_holds(locate((), str(tmp_path), None), request, config, load_rules(), survey, cache)
    assert printed() == printed("--no-cache")
    return known is not None


RUNS = {
    "ssot-lint.toml": '[sequences.runs]\nevents = ["run_started", "run_done"]\nemitter = "bus:Bus"\n',
    "bus.py": "class Bus:\n    def send(self, event):\n        self.last = event\n",
    "starts.py": "def begin(ws):\n    ws.send_json({'type': 'run_started'})\n",
    "desk.py": "from starts import begin\n\n\ndef serve(user):\n    return user\n",
}


@pytest.mark.parametrize(
    ("edit", "is_kept"),
    [
        pytest.param(
            "from starts import begin\n\n\ndef serve(user):\n    return user, user\n", True, id="no name"
        ),
        pytest.param(
            "from starts import begin\n\n\ndef serve(user):\n    begin(user)\n", False, id="called now"
        ),
        pytest.param(
            "from starts import begin\n\n\ndef serve(user):\n    return user  # begin\n", False, id="told"
        ),
        pytest.param(
            "from starts import begin\n\nX = 1\n\n\ndef serve(user):\n    return user\n", True, id="a value"
        ),
    ],
)
def test_a_file_that_was_searched_is_searched_again(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    edit: str,
    is_kept: bool,
) -> None:
    assert kept_after(tmp_path, monkeypatch, capsys, RUNS, edit) is is_kept


CALLING = "from starts import begin\n\n\ndef serve(user):\n    begin(user)\n    return user\n\n\ndef rest():\n    return 1\n"


@pytest.mark.parametrize(
    ("edit", "is_kept"),
    [
        pytest.param(f"# words\n{CALLING}", True, id="its function moves"),
        pytest.param(CALLING.replace("return 1", "return 2"), True, id="another function"),
        pytest.param(CALLING.replace("return 1", "return begin"), False, id="another function names it"),
        pytest.param(CALLING.replace("return user", "return 1"), False, id="its function"),
        pytest.param(CALLING.replace("    begin(user)\n", ""), False, id="its call"),
    ],
)
def test_what_was_read_again_may_move(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    edit: str,
    is_kept: bool,
) -> None:
    files = {**RUNS, "desk.py": CALLING}
    assert kept_after(tmp_path, monkeypatch, capsys, files, edit) is is_kept
