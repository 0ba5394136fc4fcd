"""Each format, as its readers need it."""

from __future__ import annotations

import json
import os
import re
import time
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssot_lint import __version__
from ssot_lint.model import ConceptSummary, Diagnostic, Fix, Related, Report, Summary
from ssot_lint.reporters import FORMATS, View, render
from ssot_lint.rule import Invalid, Rule, Valid
from ssot_lint.wording import count

CANONICAL = "app.manager:Manager"

DUPLICATE = Diagnostic(
    rule="SSOT101",
    name="duplicate-implementation",
    severity="error",
    status="new",
    path="app/old, new.py",
    line=2,
    column=7,
    end_line=4,
    end_column=13,
    message="Manager implements manager\na second time: 100%",
    concept="manager",
    symbol="app.old:Manager",
    canonical=CANONICAL,
    verdict="adapter",
    reasons=("send is async here", "no close()"),
    fix=Fix("replace-with-shim", {"old": "app.old:Manager"}, safe=False),
    related=(Related("app/manager.py", 1, "the canonical one"),),
    fingerprint="00112233445566aa",
)
IMPORT = Diagnostic(
    rule="SSOT201",
    name="non-canonical-import",
    severity="warning",
    status="new",
    path="app/use.py",
    line=1,
    column=17,
    end_line=1,
    end_column=24,
    message="Manager comes from app.old | <b>",
    concept="manager",
    fingerprint="00112233445566bb",
)
SUPPRESSED = replace(IMPORT, status="suppressed", line=2, end_line=2, fingerprint="00112233445566cc")
BASELINED = replace(
    IMPORT, status="baselined", severity="info", line=3, end_line=3, fingerprint="00112233445566dd"
)

SUMMARY = Summary(
    files=9008,
    lines=3740000,
    unparsed=1,
    unresolved_imports=2,
    undecided=3,
    violations=2,
    by_rule={"SSOT101": 1, "SSOT201": 1},
    concepts={
        "manager": ConceptSummary(97, 89, {"canonical": 1, "test-double": 96}, 2, {"*Manager*": (97, 89)}),
    },
    suppressed=1,
    baselined=1,
)
REPORT = Report((DUPLICATE, IMPORT, SUPPRESSED, BASELINED), SUMMARY)
CLEAN = Report(
    (), replace(SUMMARY, violations=0, by_rule={}, concepts={}, suppressed=0, baselined=0, unparsed=0)
)

SOURCE = {
    "app/old, new.py": ["import os", "class Manager:", "    async def send(self):", "        pass"],
    "app/use.py": [
        "from app.old import Manager",
        "from app.old import Manager",
        "from app.old import Manager",
    ],
}
RULE = Rule(
    id="SSOT101",
    name="duplicate-implementation",
    check=lambda project, options: (),
    doc="A claim that is an implementation of its own.\n\nWhy.",
    valid=(Valid({}),),
    invalid=(Invalid({"a.py": "x = 1  # error: x"}),),
)
VIEW = View(rules={"SSOT101": RULE}, source=lambda path: SOURCE.get(path, ()))


def test_every_format_is_a_module() -> None:
    home = Path(__file__).parent.parent / "ssot_lint" / "reporters"
    assert set(FORMATS) <= {path.stem for path in home.glob("[a-z]*.py")}


def test_text() -> None:
    assert (
        render(REPORT, "text", VIEW)
        == """\
app/old, new.py
  2:7 error SSOT101 duplicate-implementation: Manager implements manager a second time: 100%
    2 | class Manager:
      |       ^^^^^^^^
      verdict: adapter
      - send is async here
      - no close()
      see app/manager.py:1: the canonical one

app/use.py
  1:17 warning SSOT201 non-canonical-import: Manager comes from app.old | <b>
    1 | from app.old import Manager
      |                 ^^^^^^^

manager: 97 class names match '*Manager*' in 89 files: 1 canonical, 96 test-double; 2 violations

Found 2 violations in 2 files: 1 error, 1 warning.
Checked 9,008 files, 3,740,000 lines: 1 file not parsed, 2 imports not resolved, 3 dynamic sites undecided,\
 1 suppressed, 1 in the baseline.
"""
    )


def test_text_without_findings() -> None:
    assert render(CLEAN, "text", VIEW) == (
        "No violations found.\n"
        "No concepts are configured: `ssot-lint init` proposes some from the code.\nChecked 9,008 files, 3,740,000 lines:"
        " 0 files not parsed, 2 imports not resolved, 3 dynamic sites undecided.\n"
    )
    assert render(CLEAN, "text", replace(VIEW, quiet=True)) == ""


def test_text_options() -> None:
    verbose = render(REPORT, "text", replace(VIEW, verbose=True))
    assert "  2:17 warning SSOT201 non-canonical-import (suppressed): Manager" in verbose
    assert "  3:17 info SSOT201 non-canonical-import (baselined): Manager" in verbose
    quiet = render(REPORT, "text", replace(VIEW, quiet=True, statistics=True))
    assert quiet.endswith("\n\n1  SSOT101 duplicate-implementation\n1  SSOT201 non-canonical-import\n")
    coloured = render(REPORT, "text", replace(VIEW, colour=True))
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == render(REPORT, "text", VIEW)


@pytest.mark.parametrize(
    ("names", "lines"),
    [
        pytest.param(
            {}, ["manager: 97 claims in 89 files: 1 canonical, 96 test-double; 2 violations"], id="none"
        ),
        pytest.param(
            {"make_*": (0, 0)},
            ["manager: 97 claims in 89 files: 1 canonical, 96 test-double; 2 violations"],
            id="functions",
        ),
        pytest.param(
            {"*Manager": (1, 1), "Pool*": (2, 1)},
            [
                "manager: 1 class name matches '*Manager' in 1 file",
                "  2 class names match 'Pool*' in 1 file",
                "  97 claims in 89 files: 1 canonical, 96 test-double; 2 violations",
            ],
            id="several",
        ),
    ],
)
def test_the_funnel_shows_every_pattern(names: dict[str, tuple[int, int]], lines: list[str]) -> None:
    concept = replace(SUMMARY.concepts["manager"], names=names)
    text = render(replace(CLEAN, summary=replace(CLEAN.summary, concepts={"manager": concept})), "text", VIEW)
    assert text.splitlines()[: len(lines)] == lines


@pytest.mark.parametrize(
    ("line", "column", "end", "quoted"),
    [
        pytest.param("\tx = Manager()", 6, 13, ["x = Manager()", "    ^^^^^^^"], id="tab"),
        pytest.param("名 = Manager()", 5, 12, ["名 = Manager()", "     ^^^^^^^"], id="wide"),
        pytest.param("\x1b[2J = Manager()", 8, 15, ["\ufffd[2J = Manager()", "       ^^^^^^^"], id="escape"),
        pytest.param("x", 9, 12, ["x", " ^"], id="past-the-end"),
        pytest.param("", 1, 2, [], id="empty-line"),
        pytest.param(
            f"{'a' * 300}Manager", 301, 308, [f"{'a' * 27}Manager", f"{' ' * 27}^^^^^^^"], id="long"
        ),
    ],
)
def test_the_caret_stands_below_the_finding(line: str, column: int, end: int, quoted: list[str]) -> None:
    diagnostic = replace(IMPORT, column=column, end_column=end)
    report = Report((diagnostic,), SUMMARY)
    text = render(report, "text", replace(VIEW, source=lambda path: [line], quiet=True))
    assert [shown[8:] for shown in text.splitlines()[2:]] == quoted


def test_thousands_of_findings_render_within_a_second() -> None:
    many = tuple(replace(IMPORT, path=f"app/m{number // 5}.py", line=1) for number in range(5000))
    started = time.perf_counter()
    text = render(
        Report(many, SUMMARY), "text", replace(VIEW, source=lambda path: SOURCE["app/use.py"], colour=True)
    )
    assert time.perf_counter() - started < 1
    assert text.count("SSOT201") == 5000


def test_concise() -> None:
    assert render(REPORT, "concise", VIEW) == (
        "app/old, new.py:2:7: SSOT101 duplicate-implementation Manager implements manager a second time: 100%\n"
        "app/use.py:1:17: SSOT201 non-canonical-import Manager comes from app.old | <b>\n"
    )


def test_json() -> None:
    data = json.loads(render(REPORT, "json", VIEW))
    assert list(data) == ["schema_version", "tool", "summary", "diagnostics"]
    assert data["tool"] == {"name": "ssot-lint", "version": __version__}
    assert data["summary"] == {
        "files": 9008,
        "lines": 3740000,
        "unparsed": 1,
        "unresolved_imports": 2,
        "undecided": 3,
        "violations": 2,
        "by_rule": {"SSOT101": 1, "SSOT201": 1},
        "concepts": {"manager": {"claims": 97, "files": 89, "by_kind": {"canonical": 1, "test-double": 96}}},
    }
    assert [row["status"] for row in data["diagnostics"]] == ["new", "new", "suppressed", "baselined"]
    assert list(data["diagnostics"][0].items()) == [
        ("rule", "SSOT101"),
        ("name", "duplicate-implementation"),
        ("severity", "error"),
        ("status", "new"),
        ("concept", "manager"),
        ("path", "app/old, new.py"),
        ("line", 2),
        ("column", 7),
        ("end_line", 4),
        ("end_column", 13),
        ("symbol", "app.old:Manager"),
        ("canonical", CANONICAL),
        ("message", "Manager implements manager\na second time: 100%"),
        ("verdict", "adapter"),
        ("reasons", ["send is async here", "no close()"]),
        ("fix", {"codemod": "replace-with-shim", "arguments": {"old": "app.old:Manager"}, "safe": False}),
        ("related", [{"path": "app/manager.py", "line": 1, "message": "the canonical one"}]),
        ("fingerprint", "00112233445566aa"),
    ]
    assert [data["diagnostics"][1][key] for key in ("symbol", "canonical", "verdict", "fix")] == [None] * 4
    assert json.loads(render(CLEAN, "json", VIEW))["diagnostics"] == []


def closed(required: str, optional: str = "", **properties: object) -> dict[str, object]:
    """A schema of an object with these properties and no others."""
    names = [*required.split(), *optional.split()]
    known = {name: properties.get(name.replace("$", ""), {}) for name in names}
    return {
        "type": "object",
        "required": required.split(),
        "properties": known,
        "additionalProperties": False,
    }


def array(items: object) -> dict[str, object]:
    return {"type": "array", "items": items, "uniqueItems": True}


POSITIVE = {"type": "integer", "minimum": 1}
TEXT = closed("text", "markdown", text={"type": "string"}, markdown={"type": "string"})
PLACE = closed(
    "artifactLocation region",
    artifactLocation=closed("uri uriBaseId", uri={"type": "string", "pattern": r"^[A-Za-z0-9_.~/%-]+$"}),
    region=closed(
        "startLine", "startColumn endLine endColumn",
        startLine=POSITIVE, startColumn=POSITIVE, endLine=POSITIVE, endColumn=POSITIVE,
    ),
)  # fmt: skip
LEVEL = {"enum": ["error", "warning", "note"]}
SARIF = closed(
    "$schema version runs",
    version={"const": "2.1.0"},
    runs=array(
        closed(
            "tool columnKind originalUriBaseIds invocations results",
            tool=closed(
                "driver",
                driver=closed(
                    "name version semanticVersion rules",
                    rules=array(
                        closed(
                            "id name", "shortDescription fullDescription help defaultConfiguration",
                            shortDescription=TEXT, fullDescription=TEXT, help=TEXT,
                            defaultConfiguration=closed("level enabled", level=LEVEL, enabled={"type": "boolean"}),
                        )
                    ),
                ),
            ),
            columnKind={"enum": ["unicodeCodePoints"]},
            invocations=array(closed("executionSuccessful")),
            results=array(
                closed(
                    "ruleId ruleIndex level message locations partialFingerprints",
                    "relatedLocations suppressions properties",
                    level=LEVEL,
                    message=TEXT,
                    locations=array(
                        closed("physicalLocation", "logicalLocations", physicalLocation=PLACE,
                               logicalLocations=array(closed("fullyQualifiedName")))
                    ),
                    relatedLocations=array(
                        closed("id physicalLocation message", physicalLocation=PLACE, message=TEXT)
                    ),
                    suppressions=array(
                        closed("kind status", kind={"enum": ["inSource", "external"]}, status={"enum": ["accepted"]})
                    ),
                )
            ),
        )
    ),
)  # fmt: skip
"""The part of SARIF 2.1.0 that is written here; the published schema closes the same objects."""


def check_sarif(text: str) -> dict:
    data = json.loads(text)
    jsonschema.validate(data, SARIF)
    published = os.environ.get("SARIF_SCHEMA")  # the file from docs.oasis-open.org, where there is one
    if published:
        schema = json.loads(Path(published).read_text())
        jsonschema.validators.validator_for(schema)(schema).validate(data)
    return data["runs"][0]


def test_sarif() -> None:
    run = check_sarif(render(REPORT, "sarif", VIEW))
    first, second, third, fourth = run["results"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["SSOT101", "SSOT201"]
    assert rules[0]["help"]["markdown"].startswith("# SSOT101 duplicate-implementation\n")
    assert rules[first["ruleIndex"]]["id"] == first["ruleId"]
    assert first["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "app/old%2C%20new.py", "uriBaseId": "SRCROOT"},
        "region": {"startLine": 2, "startColumn": 7, "endLine": 4, "endColumn": 13},
    }
    assert first["locations"][0]["logicalLocations"] == [{"fullyQualifiedName": "app.old:Manager"}]
    assert first["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "app/manager.py"
    assert first["partialFingerprints"] == {"ssotLint/v1": "00112233445566aa"}
    assert "suppressions" not in second
    assert (third["suppressions"][0]["kind"], fourth["suppressions"][0]["kind"]) == ("inSource", "external")
    assert [result["level"] for result in run["results"]] == ["error", "warning", "warning", "note"]
    assert check_sarif(render(CLEAN, "sarif", VIEW))["results"] == []


def test_github() -> None:
    assert render(REPORT, "github", VIEW).splitlines() == [
        "::error file=app/old%2C new.py,line=2,endLine=4,title=SSOT101 duplicate-implementation"
        "::app/old, new.py:2:7: SSOT101 Manager implements manager%0Aa second time: 100%25"
        "%0Asend is async here%0Ano close()",
        "::warning file=app/use.py,line=1,endLine=1,col=17,endColumn=24,title=SSOT201 non-canonical-import"
        "::app/use.py:1:17: SSOT201 Manager comes from app.old | <b>",
    ]


def test_gitlab() -> None:
    data = json.loads(render(REPORT, "gitlab", VIEW))
    assert data[1] == {
        "description": "SSOT201 Manager comes from app.old | <b>",
        "check_name": "non-canonical-import",
        "fingerprint": "00112233445566bb",
        "severity": "minor",
        "location": {"path": "app/use.py", "lines": {"begin": 1, "end": 1}},
    }
    assert [row["severity"] for row in data] == ["major", "minor"]
    assert json.loads(render(CLEAN, "gitlab", VIEW)) == []


def test_junit() -> None:
    root = ElementTree.fromstring(render(REPORT, "junit", VIEW))
    assert root.attrib == {"name": "ssot-lint", "tests": "2", "failures": "2", "errors": "0"}
    suites = list(root)
    assert [suite.get("name") for suite in suites] == ["app/old, new.py", "app/use.py"]
    failure = suites[1].find("testcase/failure")
    assert failure is not None
    assert failure.attrib == {"type": "warning", "message": "Manager comes from app.old | <b>"}
    clean = ElementTree.fromstring(render(CLEAN, "junit", VIEW))
    assert clean.attrib["failures"] == "0"
    assert [case.get("name") for case in clean.iter("testcase")] == ["no violations"]


def test_markdown() -> None:
    text = render(REPORT, "markdown", VIEW)
    assert text.startswith("# ssot-lint\n\n**2 violations.** Checked 9,008 files, 3,740,000 lines")
    assert "| SSOT101 `duplicate-implementation` | 1 |" in text
    assert "| `manager` | 97 | 89 | 1 canonical, 96 test-double | 2 |" in text
    assert "| 1 | SSOT201 `non-canonical-import` | Manager comes from app.old \\| \\<b\\> |" in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert all(line.endswith("|") for line in rows)


def test_markdown_shows_names_as_they_are() -> None:
    """As GitHub renders them: no entity, no struck out text, no formula."""
    diagnostic = replace(IMPORT, path="a&amp;~~b~~.py", message="$x$ in a&lt;.py", reasons=())
    lines = render(Report((diagnostic,), SUMMARY), "markdown", VIEW).splitlines()
    assert "## a\\&amp;\\~\\~b\\~\\~.py" in lines
    assert lines[-1].endswith(" | \\$x\\$ in a\\&lt;.py |")


@settings(deadline=None)
@given(st.text(max_size=60), st.text(max_size=20), st.sampled_from(FORMATS))
def test_no_text_breaks_a_format(message: str, path: str, form: str) -> None:
    diagnostic = replace(IMPORT, message=message, path=path or "a", reasons=(message,))
    text = render(Report((diagnostic,), SUMMARY), form, VIEW)
    text.encode("utf-8", "surrogatepass")
    match form:
        case "json":
            assert json.loads(text)["diagnostics"][0]["message"] == message
        case "gitlab":
            assert json.loads(text)[0]["location"]["path"] == diagnostic.path
        case "sarif":
            place = check_sarif(text)["results"][0]["locations"][0]["physicalLocation"]
            assert unquote(place["artifactLocation"]["uri"], errors="surrogateescape") == diagnostic.path
        case "junit":
            assert len(list(ElementTree.fromstring(text).iter("failure"))) == 1
        case "markdown":
            assert len([line for line in text.split("\n") if line.startswith("| ")]) == 10
            assert not re.search("[\r\u2028]", text)
        case "github" | "concise":
            assert len(re.split("[\r\n]", text.removesuffix("\n"))) == 1


@pytest.mark.parametrize(("number", "text"), [(0, "0 files"), (1, "1 file"), (9008, "9,008 files")])
def test_count(number: int, text: str) -> None:
    assert count(number, "file") == text
