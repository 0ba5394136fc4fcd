"""What programs do before and after their duplicates became shims: run, in processes of their own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from ssot_lint.check import Settings, check
from ssot_lint.codemod import Outcome
from ssot_lint.plugins import load_codemods, load_rules
from ssot_lint.testing import workspace_of

HOME = {
    "shop/__init__.py": "",
    "shop/manager.py": """
        class Manager:
            def __init__(self, user):
                self.user = user

            def send(self, message):
                return f"{self.user}: {message}"
        """,
}
DUPLICATE = """
        class Manager:
            def __init__(self, user):
                self.user = user

            def send(self, message):
                return f"{self.user}: {message}"
"""
REPLACE = {"symbol": "shop.old:Manager", "canonical": "shop.manager:Manager", "until": "2099-01-01"}


def write(root: Path, files: Mapping[str, bytes | None]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content)


def migrate(
    root: Path, files: Mapping[str, str], name: str, *requests: Mapping[str, str], config: str = ""
) -> dict[str, bytes | None]:
    """Writes the files as a codemod leaves them; the files themselves are there already."""
    workspace, codemod = workspace_of(files, config), load_codemods()[name]
    outcome = codemod.apply(workspace, [codemod.request(item) for item in requests])
    assert not outcome.refusals
    write(root, outcome.edits)
    return outcome.edits


def project(root: Path, files: Mapping[str, str]) -> None:
    workspace = workspace_of(files)
    write(root, {path: workspace.load(path) for path in files if path.endswith(".py")})


def run(root: Path, script: str, *options: str) -> str:
    """What a program prints; its errors when it fails."""
    done = subprocess.run(
        [sys.executable, "-B", *options, "-c", script], cwd=root, capture_output=True, text=True, timeout=60
    )
    return done.stdout + (done.stderr if done.returncode else "")


RECORD = """
import warnings, sys
warnings.simplefilter({how!r}, DeprecationWarning)
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter({how!r}, DeprecationWarning)
    {what}
for item in said:
    print(item.filename.rpartition("/")[2], item.lineno, item.category.__name__)
"""

SHAPES = {
    "module": {"shop/old.py": DUPLICATE},
    "part": {"shop/old.py": DUPLICATE + "\n        def build():\n            return Manager('built')\n"},
    "package": {"shop/old/__init__.py": DUPLICATE},
    "part-of-a-package": {
        "shop/old/__init__.py": DUPLICATE + "\n        LIMIT = 3\n",
        "shop/old/below.py": "X = 1\n",
    },
    "re-export": {"shop/old.py": "from shop.manager import Manager\n\n__all__ = ['Manager']\n"},
    "own-getattr": {
        "shop/old.py": DUPLICATE
        + "\n        def __getattr__(name):\n            if name == 'other':\n                return 1\n"
        "            raise AttributeError(name)\n"
    },
}
USERS = {
    "from-import": "from shop.old import Manager\n",
    "in-function": "def get():\n    from shop.old import Manager\n    return Manager\nManager = get()\n",
    "attribute": "import shop.old\nManager = shop.old.Manager\n",
    "alias": "import shop.old as old\nManager = old.Manager\n",
    "from-package": "from shop import old\nManager = old.Manager\n",
    "import-module": "from importlib import import_module\nManager = import_module('shop.old').Manager\n",
}


@pytest.mark.parametrize("user", sorted(USERS))
@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_each_importing_place_gets_one_warning_and_the_canonical_object(
    tmp_path: Path, shape: str, user: str
) -> None:
    files = {**HOME, **SHAPES[shape], "shop/user.py": USERS[user]}
    project(tmp_path, files)
    migrate(tmp_path, files, "replace-with-shim", REPLACE)
    place = next(
        n
        for n, line in enumerate(USERS[user].splitlines(), 1)
        if ("old" in line and "Manager" in line) or ".Manager" in line
    )
    what = "import shop.user, shop.manager; print(shop.user.Manager is shop.manager.Manager)"
    assert (
        run(tmp_path, RECORD.format(how="always", what=what)) == f"True\nuser.py {place} DeprecationWarning\n"
    )
    failed = run(tmp_path, "import shop.user", "-W", "error::DeprecationWarning")
    assert f'user.py", line {place}' in failed
    assert failed.splitlines()[-1].startswith("DeprecationWarning: shop.old.Manager is deprecated")


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_pickles_isinstance_and_stars_keep_working(tmp_path: Path, shape: str) -> None:
    files = {**HOME, **SHAPES[shape]}
    if "__all__" not in files.get("shop/old.py", ""):
        key = next(path for path in SHAPES[shape] if "old" in path)
        files[key] += "\n        __all__ = ['Manager']\n"
    project(tmp_path, files)
    dump = "import pickle, shop.old; open('kept', 'wb').write(pickle.dumps(shop.old.Manager('ada')))"
    assert run(tmp_path, dump) == ""
    migrate(tmp_path, files, "replace-with-shim", REPLACE)
    check = (
        "import pickle, shop.old, shop.manager\n"
        "one = pickle.load(open('kept', 'rb'))\n"
        "print(one.send('hi'), isinstance(one, shop.manager.Manager), isinstance(shop.manager.Manager(1), shop.old.Manager))\n"
        "from shop.old import *\n"
        "print(Manager is shop.manager.Manager, 'Manager' in dir(shop.old), hasattr(shop.old, 'Nobody'))\n"
        "print(pickle.loads(pickle.dumps(one)).user)\n"
    )
    assert run(tmp_path, check) == "ada: hi True True\nTrue True False\nada\n"


def test_the_rest_of_a_module_reads_the_canonical_object(tmp_path: Path) -> None:
    rest = """
        TABLE = {"default": Manager}

        def build(user: Manager, kind: "Manager | None" = None) -> "Manager":
            return f"{Manager.__module__} {isinstance(user, Manager)}"

        class Further(Manager):
            made = Manager

        def own():
            Manager = 3
            return Manager
        """
    files = {**HOME, "shop/old.py": DUPLICATE + rest}
    project(tmp_path, files)
    script = (
        "import shop.old as o, typing\n"
        "print(o.own(), o.TABLE['default'].__name__, o.Further('x').send('y'), o.build(o.Further(1)))\n"
        "print(sorted(typing.get_type_hints(o.build)))"
    )
    before = run(tmp_path, script)
    assert "shop.old True" in before
    migrate(tmp_path, files, "replace-with-shim", REPLACE)
    assert run(tmp_path, script, "-W", "error::DeprecationWarning") == before.replace(
        "shop.old True", "shop.manager True"
    )


def test_type_checkers_see_the_canonical_class_and_still_find_misspelt_names(tmp_path: Path) -> None:
    home = {
        "shop/__init__.py": "",
        "shop/manager.py": "class Manager:\n    def send(self) -> int:\n        return 1\n",
    }
    files = {
        **home,
        "shop/old.py": "class Manager:\n    def send(self) -> int:\n        return 1\n\n\ndef other() -> Manager:\n    return Manager()\n",
        "user.py": "from shop.old import Manager, Misspelt, other\n\nreveal_type(Manager().send())\nreveal_type(other())\n",
    }
    project(tmp_path, files)
    migrate(tmp_path, files, "replace-with-shim", REPLACE)
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--no-error-summary",
        "--cache-dir",
        "/dev/null",
        "user.py",
        "shop",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.stdout.splitlines() == [
        'user.py:1: error: Module "shop.old" has no attribute "Misspelt"  [attr-defined]',
        'user.py:3: note: Revealed type is "int"',
        'user.py:4: note: Revealed type is "shop.manager.Manager"',
    ]


CONFIG = """
[concepts.manager]
canonical = "shop.manager:Manager"
names = ["*Manager"]
"""


def findings(files: Mapping[str, str], edits: Mapping[str, bytes | None], config: str = CONFIG) -> list[str]:
    """`rule symbol` of what our rules on duplicates and shims find in a project after edits."""
    workspace = workspace_of(files, config).edited(edits)
    rules = ("SSOT101", "SSOT701", "SSOT702", "SSOT703", "SSOT704")
    report = check(workspace.project, load_rules(), Settings(select=rules))
    return [f"{item.rule} {item.symbol}" for item in report.diagnostics]


def outcome_of(
    files: Mapping[str, str], name: str, *requests: Mapping[str, str], config: str = CONFIG
) -> Outcome:
    codemod = load_codemods()[name]
    return codemod.apply(workspace_of(files, config), [codemod.request(item) for item in requests])


BODY = """
        class Manager:
            def __init__(self, user):
                self.user = user
                self.open = {}

            def add_connection(self, connection):
                self.open[connection.id] = connection

            async def send_to_user(self, message):
                for connection in self.open.values():
                    await connection.send(message)
"""
OTHER_BODY = BODY.replace("= connection\n", "= connection\n                connection.accept()\n")
CLAIMED = {"shop/__init__.py": "", "shop/manager.py": BODY}
USER = {"shop/user.py": "from shop.old import Manager\n\nManager('ada').add_connection(print)\n"}


@pytest.mark.parametrize(
    "rest", ["", "\n        LIMIT = 3\n", "\n        def build():\n            return Manager(1)\n"]
)
def test_rules_find_nothing_in_a_shim_and_nothing_where_it_was(rest: str) -> None:
    files = {**CLAIMED, "shop/old.py": OTHER_BODY + rest, **USER}
    assert findings(files, {}) == ["SSOT101 shop.old:Manager"]
    edits = outcome_of(files, "replace-with-shim", REPLACE).edits
    assert findings(files, edits) == []
    moved = {**edits, "shop/user.py": b"from shop.manager import Manager\n\nManager('ada').send('hi')\n"}
    assert findings(files, moved) == ["SSOT703 shop.old"]
    workspace, remove = workspace_of(files, CONFIG).edited(moved), load_codemods()["remove-shim"]
    last = remove.apply(workspace, [remove.request({"symbol": "shop.old:Manager"})])
    assert last.refusals == ()
    assert findings(files, {**moved, **last.edits}) == []
    assert (last.edits["shop/old.py"] is None) == (not rest)


def test_a_silent_shim_is_told_to_warn() -> None:
    files = {**CLAIMED, "shop/old.py": "from shop.manager import Manager\n\n__all__ = ['Manager']\n", **USER}
    assert findings(files, {}) == ["SSOT701 shop.old"]
    assert findings(files, outcome_of(files, "replace-with-shim", REPLACE).edits) == []


def test_the_end_of_a_shim_is_where_our_rule_reads_it() -> None:
    files = {**CLAIMED, "shop/old.py": OTHER_BODY + "\n        LIMIT = 3\n", **USER}
    past = outcome_of(files, "replace-with-shim", {**REPLACE, "until": "2020-01-01"}).edits
    config = CONFIG + '\n[rules.expired-shim]\ntoday = "2024-01-01"\n'
    assert findings(files, past, config) == ["SSOT702 shop.old"]
    assert findings(
        {**files, "shop/old.py": OTHER_BODY},
        outcome_of(
            {**files, "shop/old.py": OTHER_BODY}, "replace-with-shim", {**REPLACE, "until": "2020-01-01"}
        ).edits,
        config,
    ) == ["SSOT702 shop.old"]


def test_what_was_private_to_the_duplicate_goes_and_what_others_take_stays(tmp_path: Path) -> None:
    files = {
        **HOME,
        "shop/old.py": """
            import json
            import os
            from shop.tools import pack

            _MARK = "!"
            _SHARED = "?"

            class Manager:
                def __init__(self, user):
                    self.user = user

                def send(self, message):
                    return _close(json.dumps(pack(message))) + os.sep + _SHARED

            def _close(text):
                return text + _MARK
            """,
        "shop/tools.py": "def pack(message):\n    return message\n",
        "shop/other.py": "from shop.old import _SHARED, os\n\nprint(_SHARED, os.sep)\n",
    }
    edits = outcome_of(files, "replace-with-shim", {**REPLACE, "until": ""}, config="").edits
    text = (edits["shop/old.py"] or b"").decode()
    assert [part for part in ("json", "import os", "pack", "_MARK", "_SHARED", "_close") if part in text] == [
        "import os",
        "_SHARED",
    ]
    project(tmp_path, files)
    write(tmp_path, edits)
    assert run(tmp_path, "import shop.other", "-W", "error::DeprecationWarning") == "? /\n"


NEAR = {
    "shop/__init__.py": "",
    "shop/manager.py": """
        LIMIT = 3

        class Base:
            def hello(self):
                return "base"

        class Manager(Base):
            kind = "plain"
            shared = []

            def __init__(self, user):
                self.user = user

            @property
            def name(self):
                return self.user.title()

            @name.setter
            def name(self, value):
                self.user = value

            def send(self, message):
                return (self.name, message[:LIMIT], self.kind)

            def close(self):
                return "closed"
        """,
    "shop/near.py": """
        from shop.manager import Base

        LIMIT = 3

        class Near(Base):
            kind = "near"
            shared = []

            def __init__(self, user):
                self.user = user

            @property
            def name(self):
                return self.user.title()

            @name.setter
            def name(self, value):
                self.user = value

            def send(self, message):
                return (self.name, message[:LIMIT], self.kind)

            def hello(self):
                return "near"
        """,
}


def test_a_class_that_inherits_does_what_it_did(tmp_path: Path) -> None:
    project(tmp_path, NEAR)
    script = (
        "from shop.near import Near\n"
        "n = Near('ada'); n.name = 'bob'; n.shared.append(1)\n"
        "print(n.send('hello'), n.hello(), Near.shared, [c.__name__ for c in Near.__mro__][-2:])\n"
        "from shop.manager import Manager; print(Manager.shared, Manager('x').hello())\n"
    )
    before = run(tmp_path, script)
    edits = migrate(
        tmp_path,
        NEAR,
        "inherit-from-canonical",
        {"symbol": "shop.near:Near", "canonical": "shop.manager:Manager"},
    )
    text = (edits["shop/near.py"] or b"").decode()
    assert "class Near(Manager):" in text
    assert [
        name for name in ("kind", "shared", "__init__", "name", "send", "hello", "LIMIT") if name in text
    ] == ["kind", "shared", "hello", "LIMIT"]
    assert run(tmp_path, script) == before != ""


def test_a_shim_hides_no_name_that_does_not_exist() -> None:
    files = {**HOME, "shop/old.py": DUPLICATE, "shop/user.py": "from shop.old import Manager, Misspelt\n"}
    workspace = workspace_of(files)
    after = workspace.edited(outcome_of(files, "replace-with-shim", REPLACE, config="").edits).project
    kinds = [answer.target.kind for answer in after.resolutions[after.by_path["shop/user.py"]]]
    assert kinds == ["definition", "unresolved"]


def test_reviewers_are_told_whom_patches_and_fallbacks_still_reach() -> None:
    body = DUPLICATE.replace("return f", "limit(message)\n                return f")
    files = {
        **HOME,
        "shop/old.py": "        from shop.tools import limit\n" + body,
        "shop/tools.py": "def limit(text):\n    return text\n",
        "shop/user.py": "try:\n    from shop.manager import Manager\nexcept ImportError:\n    from shop.old import Manager\n",
        "tests/test_old.py": (
            "from unittest.mock import patch\n\n\n"
            "def test_old():\n    with patch('shop.old.Manager'), patch('shop.old.limit'):\n        pass\n"
        ),
    }
    files["shop/old.py"] = "\n" + files["shop/old.py"].replace("limit\n\n", "limit\n")
    outcome = outcome_of(files, "replace-with-shim", REPLACE, config="")
    assert [(item.path, item.line, item.text) for item in outcome.remarks] == [
        ("shop/user.py", 4, "falls back to Manager, which is that of shop.manager in future"),
        (
            "tests/test_old.py",
            5,
            "looks up 'shop.old.Manager': reaches only those who ask for the old name later",
        ),
        ("tests/test_old.py", 5, "replaces limit of shop.old, which only what was replaced has read"),
    ]


@pytest.mark.parametrize("number", [144, 146])
def test_patches_reach_what_they_reached(tmp_path: Path, number: int) -> None:
    codemod = load_codemods()["replace-with-shim"]
    example = next(item for item in codemod.examples if item.id == f"hard-{number}-shim")
    workspace = workspace_of(example.before)
    write(tmp_path, {path: workspace.load(path) for path in example.before})
    script = {
        144: "import tests.test_old as t; t.test_build(); print('patched')",
        146: "import tests.test_old as t; t.test_send(); print('patched')",
    }[number]
    assert run(tmp_path, script) == "patched\n"
    write(tmp_path, codemod.apply(workspace, [codemod.request(item) for item in example.requests]).edits)
    assert run(tmp_path, script) == "patched\n"
    if number == 144:  # and not without the change of the patch
        write(tmp_path, {"tests/test_old.py": workspace.load("tests/test_old.py")})
        assert "AssertionError" in run(tmp_path, script)


@pytest.mark.parametrize("first", ["shop.old", "shop.manager", "shop.hub"])
def test_a_module_in_a_cycle_with_the_canonical_one_reads_it_late(tmp_path: Path, first: str) -> None:
    """Whichever module is imported first: the functions build the canonical class, and nobody is warned for it."""
    files = {
        **HOME,
        "shop/manager.py": "from shop import hub\n" + HOME["shop/manager.py"].replace("\n        ", "\n"),
        "shop/hub.py": "from shop import old\n\n\ndef hub():\n    return old.build('hub')\n",
        "shop/old.py": DUPLICATE.replace("\n        ", "\n")
        + "\n\ndef build(user):\n    return Manager(user)\n",
    }
    project(tmp_path, files)
    script = (
        f"import {first}, shop.hub\nmade = shop.hub.hub()\nprint(type(made).__module__, made.send('hello'))\n"
    )
    assert run(tmp_path, script, "-W", "error") == "shop.old hub: hello\n"
    edits = migrate(tmp_path, files, "replace-with-shim", REPLACE)
    assert list(edits) == ["shop/old.py"]
    assert run(tmp_path, script, "-W", "error") == "shop.manager hub: hello\n"


def test_a_dataclass_that_inherits_has_the_fields_it_had(tmp_path: Path) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/money.py": """
            from dataclasses import dataclass


            @dataclass(order=True)
            class Money:
                amount: int
                currency: str = "EUR"

                def total(self):
                    return self.amount, self.currency
            """,
        "shop/cash.py": """
            from dataclasses import dataclass, field


            @dataclass(order=True)
            class Cash:
                amount: int
                currency: str = "USD"
                coins: list[int] = field(default_factory=list)

                def total(self):
                    return self.amount, self.currency
            """,
    }
    project(tmp_path, files)
    script = (
        "import dataclasses\nfrom shop.cash import Cash\none, other = Cash(1), Cash(2, coins=[3])\n"
        "print(one, other, one == Cash(1), one < other, one.total(), one.coins is not other.coins)\n"
        "print([(f.name, str(f.type), f.default is dataclasses.MISSING or f.default, f.init) for f in dataclasses.fields(Cash) if f.name != 'coins'])\n"
    )
    before = run(tmp_path, script)
    assert before.startswith("Cash(amount=1, currency='USD', coins=[])")
    migrate(
        tmp_path,
        files,
        "inherit-from-canonical",
        {"symbol": "shop.cash:Cash", "canonical": "shop.money:Money"},
    )
    assert "total" not in (tmp_path / "shop/cash.py").read_text()
    assert run(tmp_path, script) == before


@pytest.mark.parametrize(
    ("store", "told"),
    [
        pytest.param("import json\n", [], id="nothing-is-pickled"),
        pytest.param(
            "from pickle import dump\n",
            [
                (
                    "shop/old.py",
                    1,
                    "pickles that name shop.old.Money can no longer be loaded; shop/store.py pickles",
                )
            ],
            id="pickled",
        ),
    ],
)
def test_what_is_stored_under_an_old_name_is_a_remark(store: str, told: list[tuple[str, int, str]]) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/money.py": "class Money: ...\n\ndef price(): ...\n",
        "shop/old.py": "from shop.money import Money, price\n",
        "shop/store.py": store,
    }
    remove = load_codemods()["remove-shim"]
    outcome = remove.apply(workspace_of(files, CONFIG), [remove.request({"symbol": "shop.old"})])
    assert outcome.edits == {"shop/old.py": None}
    assert [(item.path, item.line, item.text) for item in outcome.remarks] == told
