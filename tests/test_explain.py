"""Pages are made of what the rule's file says."""

from __future__ import annotations

from dataclasses import dataclass, field

from ssot_lint.check import check
from ssot_lint.explain import evidence, handbook, page
from ssot_lint.model import Fix, Location, Related, Violation
from ssot_lint.rule import Invalid, Rule, Valid
from ssot_lint.testing import project_of


@dataclass(frozen=True)
class Options:
    allow: tuple[str, ...] = ("shop",)
    """Modules whose re-exports are public,
    e.g. `["shop"]`."""
    min_lines: int = 3
    """How long a copy must be."""
    strict: bool = False
    words: dict[str, str] = field(default_factory=dict)
    name: str | None = None
    """Undocumented defaults are shown as empty."""


RULE = Rule(
    id="TEST101",
    name="shared-thing",
    check=lambda project, options: (),
    options=Options,
    severity="warning",
    enabled=False,
    codemods=("use-it",),
    doc="Say a thing once.\n\nWhy.",
    valid=(Valid({"a.py": ""}),),
    invalid=(
        Invalid(
            {"a.py": "\n    x = 1  # error: x\n"}, config="\n    exclude = []\n", fixed={"a.py": "y = 1"}
        ),
        Invalid({"a.py": b"two = 2  # error: x"}),
        Invalid({"a.py": "three = 3  # error: x"}),
    ),
)

PAGE = """\
# TEST101 shared-thing

Say a thing once.

Why.

Default: off. Fixed by `use-it`.

## Options

```toml
[tool.ssot-lint.rules.shared-thing]
# Modules whose re-exports are public, e.g. `["shop"]`.
allow = ["shop"]
# How long a copy must be.
min-lines = 3
strict = false
words = {}
# Undocumented defaults are shown as empty.
name = ""
```

## Found

```toml
exclude = []
```

```python
# a.py
x = 1  # error: x
```

Fixed:

```python
# a.py
y = 1
```

```python
# a.py
two = 2  # error: x
```

## Not found

```python
# a.py (empty)
```
"""


def test_page() -> None:
    assert page(RULE) == PAGE


def test_handbook_links_to_every_page() -> None:
    text = handbook((RULE,))
    assert "| [TEST101](#test101-shared-thing) | shared-thing | Say a thing once. | off |" in text
    assert PAGE.replace("\n## ", "\n### ").replace("# TEST101", "## TEST101", 1) in text


FILES = {
    "app/manager.py": "class Manager:\n    def send(self): return 1\n",
    "app/__init__.py": "from app.manager import Manager\n",
    "app/old.py": "class OldManager:\n    def send(self): return 2\n",
    "use.py": "from app import Manager\n",
}
CONFIG = '[concepts.manager]\ncanonical = "app.manager:Manager"\nimport-from = "app"\n'


def test_evidence_shows_all_that_a_finding_rests_on() -> None:
    violation = Violation(
        Location("app/old.py", 1, 1),
        "OldManager implements manager a second time",
        concept="manager",
        verdict="adapter",
        reasons=("send returns 2", "it has no close()"),
        related=(Related("app/manager.py", 1, "the canonical one"),),
        fix=Fix("replace-with-shim", {"old": "app.old:OldManager"}, safe=False),
    )
    rule = Rule(id="TEST102", name="second", check=lambda project, options: [violation])
    project = project_of(FILES, CONFIG)
    [diagnostic] = check(project, (rule,)).diagnostics
    assert (
        evidence(diagnostic, project, lambda path: FILES[path].split("\n"))
        == f"""\
TEST102 second (error, new)

OldManager implements manager a second time

  app/old.py:1
    class OldManager:

Verdict: adapter

Reasons:
- send returns 2
- it has no close()

the canonical one:
  app/manager.py:1
    class Manager:

Concept manager: ssot-lint.toml:1 declares app.manager:Manager canonical, imported from app.
- app/manager.py:1 defines Manager; 2 files import it

Fix (unsafe): replace-with-shim old=app.old:OldManager

Fingerprint: {diagnostic.fingerprint}
The rule: ssot-lint explain TEST102
"""
    )


def test_evidence_of_a_canonical_home_that_does_not_exist() -> None:
    violation = Violation(Location("use.py"), "gone", concept="manager")
    rule = Rule(id="TEST103", name="gone", check=lambda project, options: [violation])
    project = project_of({"use.py": "", "app/manager.py": ""}, CONFIG)
    [diagnostic] = check(project, (rule,)).diagnostics
    text = evidence(diagnostic, project, lambda path: ())
    assert "- it does not lead to a definition: unresolved app.manager:Manager\n" in text
