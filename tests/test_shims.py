"""Which modules and classes are shims, whether they warn, and how long they may stay."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent

import pytest

from ssot_lint.check import Settings, check
from ssot_lint.concepts.shims import calls_itself, ending, is_warned, says, shims
from ssot_lint.config import RuleSettings
from ssot_lint.errors import ConfigError
from ssot_lint.plugins import load_rules
from ssot_lint.project import Project
from ssot_lint.settings.parsing import parse
from ssot_lint.settings.pyproject import entry_points, project_version
from ssot_lint.testing import project_of

CONFIG = """
[concepts.manager]
canonical = "shop.core.manager:Manager"
import-from = "shop.api"
names = ["*Manager"]
"""

HOME = {
    "shop/__init__.py": "from shop.api import Manager\n\n__all__ = ['Manager']\n",
    "shop/core/__init__.py": "from shop.core.manager import Manager\n\n__all__ = ['Manager']\n",
    "shop/core/manager.py": "class Manager:\n    def send(self, message):\n        self.sent = [message]\n",
    "shop/api.py": "from shop.core.manager import Manager\n\n__all__ = ['Manager']\n",
}


def project(text: str, path: str = "shop/old.py") -> Project:
    return project_of(HOME | {path: dedent(text)}, CONFIG)


def found(linked: Project) -> list[tuple[str, str, int, bool]]:
    return [
        (item.kind, linked.files[item.file].path, item.line, is_warned(linked, item))
        for item in shims(linked)
    ]


SHIMS = {
    "re-export": ("from shop.api import Manager\n__all__ = ['Manager']\n", [("module", 1, False)]),
    "another-name": ("from shop.core.manager import Manager as M\nOldManager = M\n", [("module", 1, False)]),
    "says-so": (
        '"""Moved to shop.api."""\nimport logging\nfrom shop.api import Manager\n__all__ = ["Manager"]\n',
        [("module", 1, False)],
    ),
    "warns-at-import": (
        "import warnings\nfrom shop.api import Manager\n__all__ = ['Manager']\nwarnings.warn('old', DeprecationWarning)\n",
        [("module", 1, True)],
    ),
    "uses-it-itself": (
        "from shop.api import Manager\n__all__ = ['Manager', 'build']\ndef build():\n    return Manager()\n", [],
    ),
    "child-without-body": (
        "from shop.api import Manager\nclass OldManager(Manager):\n    '''Old.'''\n", [("class", 2, False)],
    ),
    "child-that-warns": (
        "import warnings\nfrom shop.api import Manager\nclass OldManager(Manager):\n    '''Old.'''\n"
        "warnings.warn('old', DeprecationWarning)\n",
        [("class", 3, True)],
    ),
    "lazy-beside-others": (
        "def __getattr__(name):\n    if name == 'Manager':\n        from shop.api import Manager\n        return Manager\n"
        "    raise AttributeError(name)\n\ndef other():\n    return 1\n",
        [("names", 1, False)],
    ),
    "marked-class": ("# ssot-lint: shim until 2099-01-01\nclass Old:\n    pass\n", [("class", 2, False)]),
    "marked-name": ("New = 1\nOld = New  # ssot-lint: shim until 2.0\n", [("name", 2, False)]),
    "marked-module": ("# ssot-lint: shim until 2.0\n\nOld = 1\n", [("module", 1, False)]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), SHIMS.values(), ids=SHIMS)
def test_what_is_a_shim(text: str, expected: list[tuple[str, int, bool]]) -> None:
    assert found(project(text)) == [(kind, "shop/old.py", line, warned) for kind, line, warned in expected]


def test_test_code_holds_no_shims() -> None:
    assert found(project("from shop.api import Manager\n__all__ = ['Manager']\n", "tests/old.py")) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Compatibility layer for old imports.", "Compatibility layer"),
        ("WebSockets - Backward Compatibility Module", "Backward Compatibility"),
        ("DEPRECATED: use the other one.", "DEPRECATED"),
        ("Kept so that old imports work.", "Kept so"),
        ("Old names, handed on when somebody asks.", "Old names"),
        ("Sends messages, legacy ones too.", ""),
        ("Checks which calls are compatible.", ""),
        ("", ""),
    ],
)
def test_what_a_docstring_says_of_its_module(text: str, expected: str) -> None:
    assert says(text) == expected


def test_names_say_it_as_whole_words() -> None:
    assert calls_itself("LegacyManager", "") == "legacy"
    assert calls_itself("ManagerCompat", "") == "compat"
    assert calls_itself("CompatriotManager", "") == ""


ENDS = {
    "mark": ("# ssot-lint: shim until 2099-01-01\nfrom shop.api import Manager\n", ("2099-01-01", 1)),
    "docstring": ('"""Moved to shop.api; to be removed on 2024-06-30."""\nfrom shop.api import Manager\n__all__ = ["Manager"]\n', ("2024-06-30", 1)),
    "warning": (
        "import warnings\nfrom shop.api import Manager\n__all__ = ['Manager']\n"
        "warnings.warn(f'{__name__} is deprecated since 1.0 and will be removed in v2.0', DeprecationWarning)\n",
        ("v2.0", 4),
    ),
    "a-version-of-something-else": (
        '"""Moved to shop.api; removes the need for 3.8."""\nfrom shop.api import Manager\n__all__ = ["Manager"]\n', None,
    ),
    "nothing": ('"""Moved to shop.api in 2.0."""\nfrom shop.api import Manager\n__all__ = ["Manager"]\n', None),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), ENDS.values(), ids=ENDS)
def test_until_when(text: str, expected: tuple[str, int] | None) -> None:
    linked = project(text)
    end = ending(linked, shims(linked)[0])
    assert (end and (end.until, end.line)) == expected


def diagnostics(linked: Project, rule: str) -> list[str]:
    report = check(linked, load_rules(), Settings(select=(rule,)))
    return [item.message for item in report.diagnostics if item.rule == rule]


def dated(text: str, **settings: str) -> Project:
    config = replace(parse(CONFIG, "ssot-lint.toml"), **settings)  # type: ignore[arg-type]
    return project_of(HOME | {"shop/old.py": text}, config)


def test_the_day_and_the_version_come_from_the_run() -> None:
    text = "# ssot-lint: shim until 2026-03-01\nfrom shop.api import Manager\n"
    assert diagnostics(dated(text), "SSOT702") == []  # nobody has looked at a clock
    assert diagnostics(dated(text, today="2026-02-28"), "SSOT702") == []
    assert diagnostics(dated(text, today="2026-03-03"), "SSOT702") == [
        "shop.old was to go on 2026-03-01, 2 days ago"
    ]
    text = text.replace("2026-03-01", "2.0")
    assert diagnostics(dated(text, version="2.0.dev1"), "SSOT702") == []
    assert diagnostics(dated(text, version="1.9.9"), "SSOT702") == []
    assert diagnostics(dated(text, version="2"), "SSOT702") == ["shop.old was to go with 2.0, and this is 2"]


def test_an_option_that_is_no_date_is_refused() -> None:
    config = replace(
        parse(CONFIG, "ssot-lint.toml"), rules={"expired-shim": RuleSettings(options={"today": "soon"})}
    )
    with pytest.raises(ConfigError, match="today is 'soon', expected a date such as 2026-03-01"):
        diagnostics(project_of(HOME, config), "SSOT702")


def test_an_entry_point_uses_a_shim() -> None:
    text = "from shop.api import Manager\n\n__all__ = ['Manager']\n"
    assert len(diagnostics(dated(text), "SSOT703")) == 1
    config = replace(parse(CONFIG, "ssot-lint.toml"), entry_points=("shop.old:Manager",))
    assert diagnostics(project_of(HOME | {"shop/old.py": text}, config), "SSOT703") == []


def test_what_pyproject_says() -> None:
    tables = {
        "project": {
            "version": "1.2",
            "scripts": {"shop": "shop.cli:main"},
            "entry-points": {"shop.plugins": {"a": "shop.old:Manager [extra]"}},
        }
    }
    assert project_version(tables) == "1.2"
    assert entry_points(tables) == ("shop.cli:main", "shop.old:Manager")
    assert project_version({"project": {"dynamic": ["version"]}}) is None
    poetry = {
        "tool": {"poetry": {"version": "3.0", "scripts": {"x": "shop:run"}, "plugins": {"p": {"q": "m"}}}}
    }
    assert (project_version(poetry), entry_points(poetry)) == ("3.0", ("m", "shop:run"))
    assert (project_version({}), entry_points({"project": {"scripts": 3}})) == (None, ())


@pytest.mark.parametrize(
    "text",
    [
        "Remove a shim that nobody imports any more.",
        "Where an instance is kept so that others get it too.",
        "Checks the compatibility layer of other packages.",
    ],
)
def test_a_sentence_about_shims_calls_nothing_a_shim(text: str) -> None:
    assert says(text) == ""
