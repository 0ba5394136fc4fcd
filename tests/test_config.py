"""Configuration: what is read, what is refused, and on which line."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_lint.config import DEFAULT_TEST_PATHS, Capability, Concept, Config, RuleSettings, Sequence
from ssot_lint.errors import ConfigError
from ssot_lint.settings import forms
from ssot_lint.settings.loading import find_root, load
from ssot_lint.settings.options import coerce_options, unknown_rule
from ssot_lint.settings.parsing import parse
from ssot_lint.settings.pyproject import minimum_python
from ssot_lint.settings.toml import dotted, key_lines, parse_toml

WHOLE = """\
source-roots = ["src", "lib"]
exclude = ["archive/**", "!archive/keep.py"]
test-paths = ["tests/**"]
target-python = "3.11"
require-suppression-reason = false
baseline = "ci/baseline.json"

[concepts.websocket-manager]
canonical = "app.core.manager:Manager"
import-from = "app.core"
aliases = ["WebSocketManager"]
names = ["*WebSocketManager"]
variants = [
  "app.ws.pool:Pooled",  # legal
  "app.ws.pool:Outer.Inner",
]
protocol = "app.core.protocols:ManagerProtocol"
members = ["send"]
factory = "app.core.factory:create"
lifetime = "per-user"
context = "app.context:Context"
test-double = "tests.doubles:Fake"
owner = "@realtime"

[capabilities.jwt]
calls = ["jwt.decode", "os.environ.*"]
home = ["auth.tokens"]
use = "auth.client:validate"
extends = ["jwt"]

[sequences.events]
events = ["started", "completed"]
terminal = ["completed", "error"]
emitter = "app.core.emitter:Emitter"

[rules.shared-instance]
severity = "warning"
min-lines = 4
"""

CONCEPT = '[concepts.manager]\ncanonical = "app.manager:Manager"\n'


def test_every_key_is_read() -> None:
    config = parse(WHOLE, "ssot-lint.toml")
    assert config == Config(
        path="ssot-lint.toml",
        source_roots=("src", "lib"),
        exclude=("archive/**", "!archive/keep.py"),
        test_paths=("tests/**",),
        target_python=(3, 11),
        concepts=(
            Concept(
                name="websocket-manager",
                canonical="app.core.manager:Manager",
                import_from="app.core",
                aliases=("WebSocketManager",),
                names=("*WebSocketManager",),
                variants=("app.ws.pool:Pooled", "app.ws.pool:Outer.Inner"),
                protocol="app.core.protocols:ManagerProtocol",
                members=("send",),
                factory="app.core.factory:create",
                lifetime="per-user",
                context="app.context:Context",
                test_double="tests.doubles:Fake",
                owner="@realtime",
            ),
        ),
        capabilities=(
            Capability(
                "jwt", ("jwt.decode", "os.environ.*"), ("auth.tokens",), "auth.client:validate", ("jwt",)
            ),
        ),
        sequences=(
            Sequence("events", ("started", "completed"), ("completed", "error"), "app.core.emitter:Emitter"),
        ),
        rules={"shared-instance": RuleSettings("warning", {"min-lines": 4})},
        require_reason=False,
        baseline="ci/baseline.json",
        lines=config.lines,
    )
    names = (
        "exclude[1]", "concepts", "concepts.websocket-manager", "concepts.websocket-manager.variants",
        "concepts.websocket-manager.variants[0]", "concepts.websocket-manager.variants[1]",
        "concepts.websocket-manager.protocol", "rules.shared-instance", "rules.shared-instance.min-lines",
    )  # fmt: skip
    assert [config.lines[name] for name in names] == [2, 8, 8, 13, 14, 15, 17, 36, 38]


def test_nothing_configured() -> None:
    assert parse("", "ssot-lint.toml") == Config(path="ssot-lint.toml", test_paths=DEFAULT_TEST_PATHS)


def test_pyproject_table_has_keys_relative_to_it_and_lines_of_the_file() -> None:
    config = parse(
        '[project]\nname = "x"\n[tool.ssot-lint]\nexclude = ["a"]\n', "pyproject.toml", "tool.ssot-lint"
    )
    assert (config.exclude, config.lines) == (("a",), {"exclude": 4, "exclude[0]": 4})
    with pytest.raises(ConfigError) as caught:
        parse("[tool.ssot-lint]\nexclude = 1\n", "pyproject.toml", "tool.ssot-lint")
    assert caught.value.message == (
        "pyproject.toml:2: tool.ssot-lint.exclude: found the integer 1, expected an array of strings"
    )


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ("Manager",)),
        ('aliases = ["WSManager", "Other"]', ("Manager", "WSManager", "Other")),
        ('aliases = ["WSManager"]\nnames = ["*M"]', ("*M",)),
    ],
)
def test_names_default_to_the_canonical_name_and_its_aliases(text: str, names: tuple[str, ...]) -> None:
    assert parse(CONCEPT + text, "f").concepts[0].names == names


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        pytest.param("exlude = []", "f:1: exlude: unknown key", "Did you mean exclude?", id="nearest-key"),
        pytest.param("zzz = 1", "f:1: zzz: unknown key", "Known keys: baseline, ", id="no-near-key"),
        pytest.param(CONCEPT + "name = 3", "f:3: concepts.manager.name: unknown key", "Did you mean names?", id="nested"),
        pytest.param(
            'exclude = "a"', 'f:1: exclude: found the string "a", expected an array of strings', 'exclude = ["a"]', id="string-for-array"
        ),
        pytest.param("exclude = [\n'a',\n 3]", "f:3: exclude[1]: found the integer 3, expected a string", "", id="element"),
        pytest.param("exclude = ['a', 'a']", 'f:1: exclude[1]: found "a" twice, expected each entry once', "", id="twice"),
        pytest.param("target-python = 3.11", "f:1: target-python: found the number 3.11, expected a string", '"3.11"', id="unquoted-version"),
        pytest.param(
            "target-python = '3.11.4'", 'f:1: target-python: found the string "3.11.4", expected a version of Python 3, e.g. "3.11"', "", id="patch-version"
        ),
        pytest.param(
            "require-suppression-reason = 'no'",
            'f:1: require-suppression-reason: found the string "no", expected true or false',
            "",
            id="not-a-boolean",
        ),
        pytest.param("concepts = 3", "f:1: concepts: found the integer 3, expected a table", "[concepts]", id="no-table"),
        pytest.param("[concepts]\nx = 3", "f:2: concepts.x: found the integer 3, expected a table", "[concepts.x]", id="no-subtable"),
        pytest.param("[concepts.x]", "f:1: concepts.x.canonical: is missing", "Add canonical to [concepts.x].", id="canonical-missing"),
        pytest.param('[concepts.""]\ncanonical = "a:B"', 'f:1: concepts."": the name is empty, expected a name', "", id="no-name"),
        pytest.param(
            "[concepts.x]\ncanonical = 'a.B'",
            'f:2: concepts.x.canonical: found the string "a.B", expected "package.module:Name", '
            'e.g. "app.realtime.manager:ConnectionManager"',
            "",
            id="canonical-without-colon",
        ),
        pytest.param(
            CONCEPT + "lifetime = 'per_user'",
            'f:3: concepts.manager.lifetime: found the string "per_user", expected one of "per-user", "process"',
            'Did you mean "per-user"?',
            id="lifetime",
        ),
        pytest.param(
            CONCEPT + "import-from = 'a:B'",
            'f:3: concepts.manager.import-from: found the string "a:B", expected a module, e.g. "app.realtime"',
            "",
            id="import-from",
        ),
        pytest.param(
            CONCEPT + '[concepts.other]\ncanonical = "app.manager:Manager"',
            'f:4: concepts.other.canonical: found "app.manager:Manager", which is the canonical home of manager already',
            "a home of its own",
            id="one-home-two-concepts",
        ),
        pytest.param(
            CONCEPT + 'variants = ["app.manager:Manager"]',
            'f:3: concepts.manager.variants: found the canonical "app.manager:Manager", expected further implementations',
            "",
            id="canonical-as-variant",
        ),
        pytest.param(
            CONCEPT + "names = ['*Manager[']",
            'f:3: concepts.manager.names[0]: found the string "*Manager[", expected a "]" for every "["',
            "",
            id="pattern",
        ),
        pytest.param(
            "exclude = ['a[z-b]']",
            'f:1: exclude[0]: found the string "a[z-b]", expected a range that ascends, not "z-b"',
            "",
            id="glob-range",
        ),
        pytest.param("exclude = ['']", 'f:1: exclude[0]: found the string "", expected a pattern of paths, e.g. "archive/**"', "", id="empty-glob"),
        pytest.param(
            "exclude = ['../x']", 'f:1: exclude[0]: found the string "../x", expected a path that stays inside the project root', "", id="outside"
        ),
        pytest.param(
            "exclude = ['/x']", 'f:1: exclude[0]: found the string "/x", expected a path relative to the project root', "", id="absolute"
        ),
        pytest.param(
            "source-roots = ['C:/x']",
            'f:1: source-roots[0]: found the string "C:/x", expected a path relative to the project root',
            "",
            id="drive",
        ),
        pytest.param(
            "source-roots = ['a\\b']",
            'f:1: source-roots[0]: found the string "a\\b", expected a path with "/" between its parts',
            "",
            id="backslash",
        ),
        pytest.param("source-roots = []", "f:1: source-roots: found an empty array, expected directories", "Leave it out", id="no-roots"),
        pytest.param(
            "baseline = '../b'", 'f:1: baseline: found the string "../b", expected a path that stays inside the project root', "", id="baseline"
        ),
        pytest.param("[capabilities.x]\nhome = ['a']", "f:1: capabilities.x.calls: is missing, expected an array of dotted names", "", id="calls"),
        pytest.param("[capabilities.x]\ncalls = ['a.b']", "f:1: capabilities.x.home: is missing, expected an array of modules", "", id="home"),
        pytest.param("[sequences.x]", "f:1: sequences.x.events: is missing, expected an array of event names", "", id="events"),
        pytest.param("[rules]\nx = 'off'", 'f:2: rules.x: found the string "off", expected a table', "[rules.x]", id="rule-no-table"),
        pytest.param(
            "[rules.x]\nseverity = 'warn'",
            'f:2: rules.x.severity: found the string "warn", expected one of "error", "warning", "info", "off"',
            'Did you mean "warning"?',
            id="severity",
        ),
        pytest.param("[tool.ssot-lint]\n", "f:1: tool.ssot-lint: found a table of pyproject.toml", "[concepts.NAME]", id="wrong-file"),
        pytest.param("a = 1\nb = = 2", "f:2:5: not valid TOML: invalid value", "", id="syntax"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(text: str, message: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, "f")
    assert caught.value.message == message
    assert hint in caught.value.hint


# --- where settings come from


def test_load_prefers_its_own_file(tmp_path: Path) -> None:
    (tmp_path / "ssot-lint.toml").write_text('exclude = ["own"]')
    (tmp_path / "pyproject.toml").write_text('[tool.ssot-lint]\nexclude = ["shared"]')
    (tmp_path / "other.toml").write_text('exclude = ["other"]')
    found = [
        load(tmp_path),
        load(tmp_path, tmp_path / "pyproject.toml"),
        load(tmp_path, tmp_path / "other.toml"),
    ]
    assert [(config.path, config.exclude, config.table) for config in found] == [
        ("ssot-lint.toml", ("own",), ()),
        ("pyproject.toml", ("shared",), ("tool", "ssot-lint")),
        ("other.toml", ("other",), ()),
    ]


def test_load_without_settings(tmp_path: Path) -> None:
    assert load(tmp_path) == Config()
    (tmp_path / "pyproject.toml").write_text('[project]\nrequires-python = ">=3.9"\n')
    assert load(tmp_path) == Config(target_python=(3, 9))


def test_configured_version_wins_over_requires_python(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nrequires-python = ">=3.9"\n')
    (tmp_path / "ssot-lint.toml").write_text('target-python = "3.11"')
    assert load(tmp_path).target_python == (3, 11)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        pytest.param("ssot-lint.toml", b"x = 1\ny = '\xff'", "ssot-lint.toml:2: found the byte 0xff, expected UTF-8", id="encoding"),
        pytest.param("ssot-lint.toml", None, "ssot-lint.toml: cannot be read: Is a directory", id="directory"),
        pytest.param("ssot-lint.toml", b"exclude = " + b"[" * 2000 + b"]" * 2000, "ssot-lint.toml: cannot be read: too many arrays, tables or parts of a key within one another", id="depth"),
        pytest.param("ssot-lint.toml", b"[migrate]\nmax-files = " + b"9" * 5000, "ssot-lint.toml: cannot be read: a number has more than 4,300 digits", id="digits"),
        pytest.param("pyproject.toml", b"[tool.ssot_lint]\n", "pyproject.toml: tool.ssot_lint: unknown table", id="misspelt"),
        pytest.param("pyproject.toml", b"[project\n", "pyproject.toml:1:9: not valid TOML: expected ']' at the end of a table declaration", id="broken"),
        pytest.param("pyproject.toml", b"tool.ssot-lint = 3\n", "pyproject.toml:1: tool.ssot-lint: found the integer 3, expected a table", id="no-table"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_read(tmp_path: Path, name: str, content: bytes | None, message: str) -> None:
    if content is None:
        (tmp_path / name).mkdir()
    else:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load(tmp_path)
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("target", "why"),
    [("gone.toml", "No such file or directory"), ("ssot-lint.toml", "Too many levels of symbolic links")],
)
def test_a_link_that_leads_nowhere_is_no_missing_file(tmp_path: Path, target: str, why: str) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "ssot-lint.toml").symlink_to(target)
    assert find_root(tmp_path / "below") == tmp_path
    with pytest.raises(ConfigError) as caught:
        load(tmp_path)
    assert caught.value.message.endswith(f".toml: cannot be read: {why}")


def test_explicit_file_must_exist_and_configure(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^none.toml: cannot be read: No such file or directory"):
        load(tmp_path, tmp_path / "none.toml")
    (tmp_path / "pyproject.toml").write_text("")
    with pytest.raises(ConfigError, match=r"^pyproject.toml: found no table \[tool.ssot-lint\]"):
        load(tmp_path, tmp_path / "pyproject.toml")


def test_a_byte_order_mark_and_carriage_returns_are_fine(tmp_path: Path) -> None:
    (tmp_path / "ssot-lint.toml").write_bytes(b"\xef\xbb\xbf# comment\r\nexclude = ['a']\r\n")
    config = load(tmp_path)
    assert (config.exclude, config.lines) == (("a",), {"exclude": 2, "exclude[0]": 2})


def test_tomli_is_imported_only_for_a_file(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from ssot_lint.settings.loading import load; load(Path(sys.argv[1]));"
        "print(sorted({'tomli', 'rapidfuzz'} & sys.modules.keys()))"
    )

    def loaded() -> str:
        command = [sys.executable, "-c", program, str(tmp_path)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    assert loaded() == "[]"
    (tmp_path / "ssot-lint.toml").write_text("")
    assert loaded() == "['tomli']"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(("ssot-lint.toml", "a/pyproject.toml"), ".", id="own-file"),
        pytest.param((".git/HEAD", "a/pyproject.toml"), ".", id="repository"),
        pytest.param((".git/HEAD", "a/ssot-lint.toml"), "a", id="nearest"),
        pytest.param(("pyproject.toml", "a/b/pyproject.toml"), "a/b", id="any-pyproject"),
        pytest.param((), "a/b", id="start"),
    ],
)
def test_find_root(tmp_path: Path, files: tuple[str, ...], expected: str) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/x.py").touch()
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    assert find_root(tmp_path / "a/b") == find_root(tmp_path / "a/b/x.py") == tmp_path / expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [("[tool.ssot-lint]", "a"), ("# ssot-lint\n[tool.black]", "."), ("# ssot-lint\n[tool", "a")],
)
def test_find_root_reads_pyproject(tmp_path: Path, content: str, expected: str) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "ssot-lint.toml").touch()
    (tmp_path / "a/pyproject.toml").write_text(content)
    assert find_root(tmp_path / "a/b") == tmp_path / expected


@pytest.mark.parametrize(
    ("required", "version"),
    [
        (">=3.9", (3, 9)),
        ("~=3.10", (3, 10)),
        ("~=3.10.2", (3, 10)),
        (">=3.9,<3.13", (3, 9)),
        ("<3.13, >= 3.9, !=3.9.1", (3, 9)),
        ("==3.11.*", (3, 11)),
        ("<4", None),
        (">=3", None),
        ("nonsense", None),
        (3, None),
    ],
)
def test_minimum_python(required: object, version: tuple[int, int] | None) -> None:
    assert minimum_python({"project": {"requires-python": required}}) == version


def test_minimum_python_of_a_poetry_project() -> None:
    assert minimum_python({"tool": {"poetry": {"dependencies": {"python": "^3.10"}}}}) == (3, 10)
    assert minimum_python({"tool": {"poetry": {"dependencies": {"python": "^2.7 || ^3.10"}}}}) is None


# --- lines


def test_lines_of_awkward_toml() -> None:
    text = '''\
# [not.a.table]
"quoted key" = 1
'a.b' . c = """
[fake]
key = "\\""""
[ t . 'u v' ]  # comment
x = [ # [z]
  "]", [1, 2],
  {y = 1, z = [2]},
]
inline = { a = 1, b.c = [
] }
[[many]]
name = 1
[many.sub]
name = 2
[other]
date = 1979-05-27 07:32:00
[t]
v = \'\'\'
x = 1\'\'\'
w = 0
'''
    assert {dotted(*key): line for key, line in key_lines(text, parse_toml(text, "f")).items()} == {
        '"quoted key"': 2,
        '"a.b"': 3,
        '"a.b".c': 3,
        "t": 19,
        't."u v"': 6,
        't."u v".x': 7,
        't."u v".x[0]': 8,
        't."u v".x[1]': 8,
        't."u v".x[1][0]': 8,
        't."u v".x[1][1]': 8,
        't."u v".x[2]': 9,
        't."u v".inline': 11,
        't."u v".inline.a': 11,
        't."u v".inline.b': 11,
        't."u v".inline.b.c': 11,
        "many": 13,
        "other": 17,
        "other.date": 18,
        "t.v": 20,
        "t.w": 22,
    }


KEYS = st.text(st.sampled_from("ab.\"'#[]= é"), min_size=0, max_size=4)
VALUES = st.sampled_from(
    ['1', '"x]"', "'y # no'", '"""\nk = 1\n"""', "'''\n[t]\n'''", "[\n1, # c ]\n'a'\n]", "true", "1979-05-27", '"\\""', "{}"]
)  # fmt: skip


@given(
    st.dictionaries(KEYS, st.dictionaries(KEYS, VALUES, max_size=4), max_size=4),
    st.sampled_from(["", "# [a]\n", "\n\n"]),
)
def test_lines_of_any_tables(tables: dict[str, dict[str, str]], between: str) -> None:
    def quoted(key: str) -> str:
        return '"' + key.replace('"', '\\"') + '"'

    text = ""
    expected: dict[tuple[str, ...], int] = {}
    for table, values in tables.items():
        text += between
        expected[(table,)] = text.count("\n") + 1
        text += f"[{quoted(table)}]\n"
        for key, value in values.items():
            text += between
            expected[(table, key)] = text.count("\n") + 1
            text += f"{quoted(key)} = {value} # {value[:1]}\n"
    found = key_lines(text, parse_toml(text, "f"))
    assert {key: line for key, line in found.items() if len(key) < 3} == expected


# --- a rule's options


@dataclass(frozen=True)
class Options:
    allow: tuple[str, ...] = ()
    min_lines: int = 3
    mode: Literal["strict", "loose"] = "strict"
    ratio: float = 0.5
    quiet: bool = False
    home: str | None = None
    limits: tuple[tuple[int, ...], ...] = ()
    words: dict[str, str] | None = None

    def __post_init__(self) -> None:
        if self.min_lines < 0:
            raise ValueError("min-lines must not be negative")


def options(text: str) -> object:
    config = parse(f"[rules.some-rule]\n{text}", "f")
    return coerce_options("some-rule", Options, config.rules["some-rule"].options, config)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Options()),
        ("severity = 'off'", Options()),
        ("allow = ['a']\nmin-lines = 4\nmode = 'loose'", Options(("a",), 4, "loose")),
        ("min_lines = 4\nratio = 1\nquiet = true", Options(min_lines=4, ratio=1.0, quiet=True)),
        ("home = 'x'\nlimits = [[1, 2], []]", Options(home="x", limits=((1, 2), ()))),
        ("words = {a = 'b'}", Options(words={"a": "b"})),
    ],
)
def test_options_are_filled(text: str, expected: Options) -> None:
    found = options(text)
    assert found == expected
    assert isinstance(found, Options)
    assert type(found.ratio) is float


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mim-lines = 3", "f:2: rules.some-rule.mim-lines: unknown key"),
        ("allow = 'a'", 'f:2: rules.some-rule.allow: found the string "a", expected an array of strings'),
        ("allow = ['a',\n3]", "f:3: rules.some-rule.allow[1]: found the integer 3, expected a string"),
        ("min-lines = true", "f:2: rules.some-rule.min-lines: found the boolean true, expected an integer"),
        ("min-lines = 1.5", "f:2: rules.some-rule.min-lines: found the number 1.5, expected an integer"),
        ("quiet = 1", "f:2: rules.some-rule.quiet: found the integer 1, expected true or false"),
        ("mode = 'x'", 'f:2: rules.some-rule.mode: found the string "x", expected one of "strict", "loose"'),
        ("home = 3", "f:2: rules.some-rule.home: found the integer 3, expected a string"),
        ("limits = [['a']]", 'f:2: rules.some-rule.limits[0][0]: found the string "a", expected an integer'),
        ("words = {a = 1}", "f:2: rules.some-rule.words.a: found the integer 1, expected a string"),
        ("min-lines = 1\nmin_lines = 1", "f:3: rules.some-rule.min_lines: found a second time, as min-lines"),
        ("min-lines = -1", "f:1: rules.some-rule: min-lines must not be negative"),
    ],
)
def test_options_that_are_wrong(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        options(text)
    assert caught.value.message == message


def test_severity_is_a_known_key() -> None:
    with pytest.raises(ConfigError) as caught:
        options("sevrity = 'error'")
    assert caught.value.hint.startswith("Did you mean severity? Known keys: allow, ")


def test_unknown_rule_names_the_nearest() -> None:
    config = parse(
        "[tool.ssot-lint]\n[tool.ssot-lint.rules.star-imports]\n", "pyproject.toml", "tool.ssot-lint"
    )
    error = unknown_rule("star-imports", ["star-import", "import-cycle"], config)
    assert (error.message, error.hint) == (
        "pyproject.toml:2: tool.ssot-lint.rules.star-imports: unknown rule",
        "Did you mean star-import? Known rules: import-cycle, star-import.",
    )


@pytest.mark.parametrize(
    "command",
    [
        "pytest -q {tests}",
        "HOME=${HOME} ./run {a,b} {1..3}",
        "git diff @{upstream} HEAD@{u}",
        "docker inspect -f {{json}} x",
        "awk '{print}' {tests}",
        "find . -exec ls {} +",
        r"echo \{test\}",
    ],
)
def test_what_a_shell_makes_of_braces_is_no_placeholder(command: str) -> None:
    assert forms.gate(command) is None


@pytest.mark.parametrize(
    "command", ["pytest -q {test}", 'sh -c "pytest {Tests}"', "make T=x/{files}", "x {tests}{all}"]
)
def test_an_unknown_placeholder_of_a_gate(command: str) -> None:
    expected = forms.gate(command)
    assert expected is not None and expected.startswith("the placeholder {tests}, not {")


def test_an_unknown_placeholder_in_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "ssot-lint.toml").write_text('[migrate]\ngates = ["ruff check .", "pytest {test}"]\n')
    with pytest.raises(ConfigError) as raised:
        load(tmp_path)
    assert raised.value.message.endswith(
        'ssot-lint.toml:2: migrate.gates[1]: found the string "pytest {test}", expected the placeholder {tests}, not {test} '
        "(which stays as it is in single quotes)"
    )
