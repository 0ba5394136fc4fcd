"""`ssot-lint tests --generate`: tests that fail now, pass once their violation is repaired, and are never overwritten."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner

from ssot_lint.cli.tests import command
from ssot_lint.errors import UsageError
from ssot_lint.model import Diagnostic
from ssot_lint.proving import generate, phrasing
from ssot_lint.proving.shown import Contexts, Home, Name, Proof, Runs, Same, Static

GOLDEN_PATH = Path(__file__).parent.parent / "fixtures" / "golden_path"


def run(root: Path, *arguments: str) -> str:
    """What a module prints that is run in `root`."""
    command = [sys.executable, "-m", *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout


def outcomes(root: Path) -> dict[str, str]:
    """Name -> outcome of the generated tests."""
    printed = run(
        root, "pytest", "-q", "-p", "no:xdist", "-p", "no:cacheprovider", "--tb=no", "-rA", "tests/ssot"
    )
    return {
        name: outcome for outcome, name in re.findall(r"^(PASSED|FAILED|ERROR) \S+::(\w+)", printed, re.M)
    }


def texts(root: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted((root / "tests/ssot").glob("*.py"))}


def write(root: Path, files: Mapping[str, str]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(content).lstrip("\n"))


# --- the golden path ----------------------------------------------------------------------------------


def test_the_golden_path_fails_and_passes_once_it_is_migrated(tmp_path: Path) -> None:
    root = tmp_path / "platform"
    shutil.copytree(GOLDEN_PATH, root, ignore=shutil.ignore_patterns("__pycache__", ".ssot-lint"))
    before = json.loads(run(root, "ssot_lint", "check", "--format", "json"))["diagnostics"]
    run(root, "ssot_lint", "tests", "--generate", "tests/ssot")
    written = texts(root)

    failing = outcomes(root)
    assert Counter(failing.values()) == {"FAILED": len(failing)}
    found = {
        (item["rule"], item["path"], item["symbol"] or re.sub(r"\d+", "#", item["message"]))
        for item in before
        if item["rule"].startswith(("SSOT1", "SSOT3", "SSOT5", "SSOT6")) and item["status"] == "new"
    }
    assert len(failing) == len(found) > 70
    after = json.loads(run(root, "ssot_lint", "check", "--format", "json"))["diagnostics"]
    assert {item["fingerprint"] for item in after} == {item["fingerprint"] for item in before}

    assert "committed" in run(root, "ssot_lint", "migrate")
    assert texts(root) == written
    told = run(root, "ssot_lint", "tests", "--generate", "tests/ssot")
    assert texts(root) == written
    gone = set(re.findall(r"^  gone: (\w+)$", told, re.M))
    repaired = outcomes(root)
    assert {name for name, outcome in repaired.items() if outcome == "PASSED"} == gone
    assert len(gone) > 8 and Counter(repaired.values())["ERROR"] == 0


# --- every way to show something ----------------------------------------------------------------------

CONFIG = """
    source-roots = ["src", "."]
    test-paths = ["tests/**", "doubles/**"]

    [concepts.manager]
    canonical = "shop.manager:Manager"
    names = ["*Manager"]
    factory = "shop.factory:create_manager"
    protocol = "shop.protocols:ManagerProtocol"
    lifetime = "per-user"
    context = "shop.context:Context"
    test-double = "doubles.fakes:FakeManager"

    [sequences.runs]
    events = ["run_started", "run_thinking", "run_completed"]
    terminal = ["run_completed", "run_failed"]
    """
METHODS = """
            async def send(self, thread, event):
                self.sent.append((thread, event))
                return len(self.sent)

            def close(self):
                self.sent.clear()
"""
SHOP = {
    "ssot-lint.toml": CONFIG,
    "pytest.ini": "[pytest]\ntestpaths = tests\n",
    "src/shop/__init__.py": "",
    "src/shop/context.py": """
        from dataclasses import dataclass

        @dataclass(frozen=True)
        class Context:
            user_id: str
            number: int
            channel: str = "web"
        """,
    "src/shop/protocols.py": """
        from typing import Protocol

        class ManagerProtocol(Protocol):
            async def send(self, thread: str, event: str) -> int: ...
            def close(self) -> None: ...
        """,
    "src/shop/manager.py": f"""
        class Manager:
            def __init__(self, context):
                self.context = context
                self.sent = []
{METHODS}
        """,
    "src/shop/factory.py": """
        from shop.context import Context
        from shop.manager import Manager

        def create_manager(context: Context) -> Manager:
            return Manager(context)
        """,
}
BROKEN = SHOP | {
    "src/shop/pool.py": """
        class PoolManager:
            queues = {}

            def __init__(self, context):
                self.context = context

            def send(self, event, thread):
                self.queues.setdefault(thread, []).append(event)
                return len(self.queues)
        """,
    "src/shop/old_factory.py": """
        from functools import lru_cache

        from shop.context import Context
        from shop.manager import Manager

        _manager = None

        def get_manager(context: Context) -> Manager:
            global _manager
            if _manager is None:
                _manager = Manager(context)
            return _manager

        @lru_cache
        def shared_manager() -> Manager:
            return Manager(None)

        everybody = Manager(None)

        class Desk:
            manager = Manager(None)
        """,
    "src/shop/runs.py": """
        async def run_agent(user_id: str, send, retries: int = 0):
            await send({"type": "run_started", "user_id": user_id})
            await send({"type": "run_thinking", "user_id": user_id})
            if user_id:
                return
            await send({"type": "run_completed", "user_id": user_id})
        """,
    "doubles/__init__.py": "",
    "doubles/fakes.py": """
        class FakeManager:
            def __init__(self):
                self.sent = []

            async def send(self, thread, event):
                self.sent.append(event)
        """,
    "doubles/mocks.py": """
        class MockManager:
            async def send(self, thread, event):
                return 1

            def close(self):
                return None
        """,
}
REPAIRED = BROKEN | {
    "src/shop/pool.py": "from shop.manager import Manager as PoolManager\n",
    "src/shop/old_factory.py": "from shop.factory import create_manager as get_manager\n\neverybody = None\n",
    "src/shop/runs.py": BROKEN["src/shop/runs.py"].replace("    return\n", "    retries += 1\n"),
    "doubles/fakes.py": BROKEN["doubles/fakes.py"] + "\n            def close(self):\n                pass\n",
    "doubles/mocks.py": "from doubles.fakes import FakeManager\n\nclass MockManager(FakeManager):\n    pass\n",
}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    write(tmp_path, BROKEN)
    return tmp_path


def test_every_kind_of_test_fails_and_passes_after_the_repair(shop: Path) -> None:
    run(shop, "ssot_lint", "tests", "--generate", "tests/ssot")
    expected = {
        "test_pool_PoolManager_is_Manager",
        "test_mocks_MockManager_is_FakeManager",
        "test_old_factory_get_manager_keeps_users_apart",
        "test_old_factory_shared_manager_keeps_users_apart",
        "test_old_factory_everybody_is_no_Manager",
        "test_old_factory_Desk_manager_is_no_Manager",
        "test_pool_PoolManager_queues_is_not_shared",
        "test_pool_PoolManager_has_close",
        "test_pool_PoolManager_send_fits_the_protocol",
        "test_fakes_FakeManager_has_close",
        "test_runs_run_agent_sends_the_whole_sequence",
    }
    failing = outcomes(shop)
    assert expected <= set(failing)
    assert Counter(failing.values()) == {"FAILED": len(failing)}

    write(shop, REPAIRED)
    assert {name for name, outcome in outcomes(shop).items() if outcome != "PASSED"} == set()
    for name in ("pool.py", "old_factory.py"):
        (shop / "src/shop" / name).unlink()
    shutil.rmtree(shop / "doubles")
    write(shop, {"doubles/fakes.py": REPAIRED["doubles/fakes.py"]})
    assert {name for name, outcome in outcomes(shop).items() if outcome != "PASSED"} == set()


def test_tests_fail_for_the_reason_they_name(shop: Path) -> None:
    run(shop, "ssot_lint", "tests", "--generate", "tests/ssot")
    printed = run(shop, "pytest", "-q", "-p", "no:xdist", "-p", "no:cacheprovider", "tests/ssot")
    for reason in (
        "one object for 2 contexts: Context(user_id='alice'), Context(user_id='bob')",
        "instance.queues: dict",
        "send: takes (thread, event) otherwise: thread arrives as event",
        "send: not async, where the protocol's is awaited",
        "close: missing",
        "ended without 'run_completed' or 'run_failed'",
        "SSOT105 duplicate-factory",
    ):
        assert reason in printed


def test_workers_ask_once(shop: Path) -> None:
    pytest.importorskip("xdist")
    run(shop, "ssot_lint", "tests", "--generate", "tests/ssot")
    options = ["-q", "-p", "no:cacheprovider", "--tb=no", "-n2", f"--basetemp={shop / 'temporary'}"]
    assert "14 failed" in run(shop, "pytest", *options, "tests/ssot")
    assert len(list((shop / "temporary").glob("**/report.json"))) == 1


def test_what_is_written_is_clean_and_formatted(shop: Path) -> None:
    pytest.importorskip("ruff")
    run(shop, "ssot_lint", "tests", "--generate", "tests/ssot")
    for arguments in (["format", "--check"], ["check", "--select", "E,F,W,I,UP,B,SIM,RUF,PTH"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *arguments, "--isolated", "tests/ssot"],
            cwd=shop,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout


# --- a second run -------------------------------------------------------------------------------------


def proof(symbol: str, finding: str, shows: object = None, **given: object) -> Proof:
    name = symbol.rpartition(":")[2]
    path = f"{symbol.partition(':')[0].replace('.', '/')}.py"
    item = Diagnostic(
        "SSOT101",
        "duplicate-implementation",
        "error",
        "new",
        path,
        3,
        1,
        3,
        1,
        f"{name} is another one",
        "cart",
        symbol,
    )
    shows = shows or Same(Home(path, name), Name("shop.cart", "Cart"), True)
    return Proof("cart", finding, item, 1, shows, **given)  # type: ignore[arg-type]


ONE, OTHER = proof("old.cart:Cart", "1" * 16), proof("older.cart:Cart", "2" * 16)


def test_one_module() -> None:
    [module] = generate.modules([ONE], {})
    assert (module.name, module.added) == ("test_ssot_cart.py", ("test_cart_Cart_is_Cart",))
    assert module.text == dedent('''\
        # ssot-lint tests --generate: cart
        """Failing first: what ssot-lint found about cart, one test for each.

        A test fails as long as its violation is there, and passes when it is repaired. They are
        yours to edit: `ssot-lint tests --generate`, run again, leaves tests that are here as
        they are, and adds new ones at the end.
        """

        import pytest


        @pytest.mark.ssot_violation("SSOT101", "1111111111111111")
        def test_cart_Cart_is_Cart(old_home):
            """Cart is another one.

            SSOT101 duplicate-implementation, old/cart.py:3.
            `ssot-lint explain duplicate-implementation` says why, and how to repair it.
            """
            from shop.cart import Cart

            old = old_home("old/cart.py", "Cart", gone=Cart)
            assert issubclass(old, Cart)
        ''')


def test_a_second_run_adds_what_is_new_and_nothing_else() -> None:
    [first] = generate.modules([ONE], {})
    [again] = generate.modules([ONE], {first.name: first.text})
    assert (again.text, again.added, again.kept) == (first.text, (), ("test_cart_Cart_is_Cart",))
    [more] = generate.modules([ONE, OTHER], {first.name: first.text})
    assert more.added == ("test_older_cart_Cart_is_Cart",)
    assert more.text.startswith(first.text + "\n\n@pytest.mark.ssot_violation")
    [both] = generate.modules([ONE, OTHER], {})
    assert both.text == more.text


def test_edits_of_the_user_stay() -> None:
    [first] = generate.modules([ONE], {})
    edited = first.text.replace("def test_cart_Cart_is_Cart(", "def test_carts_are_one(") + "\n\nHERE = 1\n"
    [again] = generate.modules([ONE], {first.name: edited})
    assert (again.text, again.kept) == (edited, ("test_carts_are_one",))
    [more] = generate.modules([ONE, OTHER], {first.name: edited})
    assert more.text.startswith(edited) and more.added == ("test_cart_Cart_is_Cart",)


def test_a_test_that_was_moved_to_another_module_is_not_written_again() -> None:
    [first] = generate.modules([ONE], {})
    there = {
        "test_ssot_carts.py": first.text.replace(": cart\n", ": carts\n"),
        "test_ssot_cart.py": phrasing.head("cart"),
    }
    assert [module.added for module in generate.modules([ONE], there)] == [(), ()]


def test_tests_whose_violation_is_gone_are_left_and_named() -> None:
    [first] = generate.modules([ONE, OTHER], {})
    [again] = generate.modules([OTHER], {first.name: first.text})
    assert (again.text, again.gone) == (first.text, ("test_cart_Cart_is_Cart",))
    [nothing] = generate.modules([], {first.name: first.text})
    assert len(nothing.gone) == 2
    limited = generate.Asked(rules=frozenset({"SSOT302"}))
    assert [module.gone for module in generate.modules([], {first.name: first.text}, limited)] == [()]
    assert generate.modules([], {first.name: first.text}, generate.Asked(topics=("manager",))) == ()


def test_line_ends_stay() -> None:
    [first] = generate.modules([ONE], {})
    [more] = generate.modules([ONE, OTHER], {first.name: first.text.replace("\n", "\r\n")})
    assert more.text.replace("\r\n", "").count("\n") == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [("import pytest\n", "did not write it"), (f"{phrasing.SIGN} cart\ndef (", "does not parse")],
)
def test_what_ssot_lint_did_not_write_is_not_touched(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        generate.modules([ONE], {"test_ssot_cart.py": text})


def test_names_are_told_apart() -> None:
    found = [proof(f"{'a' * n}.cart:Cart", str(n) * 16, Static()) for n in (1, 2)]
    long = proof("x.y:" + "Cart" * 30, "7" * 16)
    [module] = generate.modules([*found, long], {})
    assert module.added == (
        "test_no_duplicate_implementation_in_cart_Cart",
        "test_no_duplicate_implementation_in_aa_cart_Cart",
        "test_y_CartCartCartCartCartCartCartCartCartCartCartCartCartCartCartCart_77777777",
    )


def test_contexts_that_cannot_be_made_are_asked_for() -> None:
    needy = Contexts(Name("shop.context", "Context"), needs="session: Session")
    text = phrasing.contexts_fixture(needy)
    assert "pytest.skip(" in text and "shop.context:Context needs session: Session" in text
    plain = Contexts(Name("shop.context", "Context"), (("user", "user"), ("n", "number")))
    assert (
        '    return [Context(user=user, n=number) for number, user in enumerate(["alice", "bob"], 1)]'
        in phrasing.contexts_fixture(plain)
        .replace("\n        ", " ")
        .replace("[ ", "[")
        .replace("\n    ]", "]")
    )


def test_texts_of_findings_do_not_break_the_test() -> None:
    nasty = proof("old.cart:Cart", "3" * 16, Static())
    from dataclasses import replace

    message = '"""a \\N{x}""" ends in "quotes"'
    nasty = replace(nasty, diagnostic=replace(nasty.diagnostic, message=message))
    [module] = generate.modules([nasty], {})
    compile(module.text, "module", "exec")


def test_long_calls_are_wrapped() -> None:
    runs = Runs(
        Home("shop/agents.py", "run"), (("user_identifier_of_the_run", "user"), ("send_to_the_user", "send"), ("many", "number")),
        True, tuple(f"a_rather_long_event_{n}" for n in range(9)), ("done",),
    )  # fmt: skip
    [module] = generate.modules([proof("shop.agents:run", "4" * 16, runs)], {})
    assert max(map(len, module.text.splitlines())) <= 100
    compile(module.text, "module", "exec")


# --- the command --------------------------------------------------------------------------------------


def invoke(root: Path, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(command, ["--root", str(root), "--no-cache", *arguments])
    return done.exit_code, done.output + (str(done.exception) if done.exception else "")


def test_the_command(shop: Path) -> None:
    out = str(shop / "tests/ssot")
    status, printed = invoke(shop, "--generate", out, "--select", "SSOT6", "manager")
    assert status == 0 and "test_ssot_manager.py: 3 added" in printed
    assert "3 tests written" in printed
    conftest = (shop / "tests/ssot/conftest.py").read_text()
    assert 'for place in [".", "src"]:' in conftest and "parents[2]" in conftest
    (shop / "tests/ssot/conftest.py").write_text("# mine\n")
    status, printed = invoke(shop, "--generate", out)
    assert status == 0 and "3 there already" in printed and "whose violation is gone" not in printed
    assert (shop / "tests/ssot/conftest.py").read_text() == "# mine\n"
    assert "Nothing to add." in invoke(shop, "--generate", out)[1]


def test_nothing_is_written_where_something_is_in_the_way(shop: Path) -> None:
    write(shop, {"tests/ssot/test_ssot_runs.py": "def test_mine(): pass\n"})
    status, printed = invoke(shop, "--generate", str(shop / "tests/ssot"))
    assert status == 1 and "test_ssot_runs.py exists" in printed
    assert sorted(texts(shop)) == ["test_ssot_runs.py"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--generate", "OUT", "--format", "json"], "leave out --kind"),
        (["--select", "SSOT1"], "add --generate"),
        (["--generate", "OUT", "--select", "SSOT4"], "no tests are written for the rules"),
        (["--generate", "/"], "is not in the project"),
        (["--generate", "OUT", "nobody"], "no concept is called 'nobody'"),
    ],
)
def test_wrong_usage(shop: Path, arguments: list[str], message: str) -> None:
    given = [item.replace("OUT", str(shop / "out")) for item in arguments]
    assert message in invoke(shop, *given)[1]
    assert not (shop / "out").exists()
