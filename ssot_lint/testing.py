"""`project_of`, `check_rule`: small projects in memory, and a rule's examples as its tests. For plugin authors too.

    def test_examples():
        check_rule(RULE)

A text that starts with a line break is dedented, so that it can stand indented in a triple-quoted string.
`# error: text` marks a line on which the rule reports, `text` being a part of the message; several on one line
each start with `# error:`. The marks are taken out before the project is read.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from textwrap import dedent

from ssot_lint.batches.planning import make_plan
from ssot_lint.check import UNNEEDED, Settings, check
from ssot_lint.codemod import Codemod, Example
from ssot_lint.config import Config, RuleSettings
from ssot_lint.discover import candidates, stubbed
from ssot_lint.facts import extract
from ssot_lint.linking.outside import Outside
from ssot_lint.model import Diagnostic, FileFacts, Report, SourceFile
from ssot_lint.plugins import load_codemods, load_rules
from ssot_lint.project import Project, link
from ssot_lint.reading.grammar import diagnose
from ssot_lint.rule import Files, Invalid, Rule, Valid
from ssot_lint.settings.parsing import parse
from ssot_lint.settings.words import flow_words, words
from ssot_lint.tree.distributions import MANIFEST, read_distribution
from ssot_lint.tree.ignore import Patterns, of_modules, parse_globs, parse_patterns
from ssot_lint.workspace import Workspace

CONFIG = "ssot-lint.toml"
"""A file of an example with this name is its configuration."""

_MARK = re.compile(rb"[ \t]*#[ \t]*error:[ \t]*([^\r\n]*)")
_NEXT_MARK = re.compile(r"[ \t]*#[ \t]*error:[ \t]*")


def project_of(files: Files, config: str | Config = "") -> Project:
    """The linked project of files that exist in memory only; `config` is the text of an ssot-lint.toml."""
    sources = {path: _bytes(content) for path, content in files.items()}
    ignored = tuple(_ignored(sources))
    built = [
        item
        for path, content in sorted(sources.items())
        if path.rpartition("/")[2] == MANIFEST and (item := read_distribution(path, content)) is not None
    ]
    sources = {path: content for path, content in sources.items() if path.endswith(".py") or path == CONFIG}
    text = sources.pop(CONFIG, b"").decode() or config
    settings = parse(dedent(text), CONFIG) if isinstance(text, str) else text
    deep, kept = words(settings), flow_words(settings)
    found = candidates(sources, settings)
    outside = Outside(
        stubbed=stubbed(found, files), ignores=(parse_globs(settings.exclude), *ignored), distributions=built
    )
    return link(
        (
            SourceFile(
                path=file.path,
                module=file.module,
                is_package=file.is_package,
                importable=file.importable,
                is_test=file.is_test,
                facts=_facts(sources[file.path], deep, None if file.is_test else kept),
            )
            for file in found
        ),
        settings,
        outside,
        texts=sources.get,
    )


def _ignored(sources: Mapping[str, bytes]) -> Iterator[Patterns]:
    """What the `.gitignore` files of an example say; its Python files are read all the same."""
    for path in sorted(sources, key=lambda path: (-path.count("/"), path)):
        folder, _, name = path.rpartition("/")
        if name == ".gitignore":
            lines = sources[path].decode().splitlines()
            yield of_modules(parse_patterns(lines, inner=f"{folder}/" if folder else ""))


def check_rule(rule: Rule) -> None:
    """Assert that a rule has valid and invalid examples, no two alike, and that every one of them holds."""
    for kind, examples in (("valid", rule.valid), ("invalid", rule.invalid)):
        assert examples, f"{rule.name}: has no {kind} example"
    for name, example in examples_of(rule):
        twin = next(
            (other for other, known in examples_of(rule) if other < name and _same(known, example)), None
        )
        assert twin is None, f"{name}: the same example as {twin}"
        check_example(rule, example, name)
    missing = sorted(set(rule.codemods) - set(load_codemods())) if rule.codemods else []
    assert not missing, f"{rule.name}: declares codemods that do not exist: {', '.join(missing)}"


def workspace_of(files: Files, config: str | Config = "") -> Workspace:
    """The workspace of files that exist in memory only; those that are no Python are its other texts."""
    sources = {path: _bytes(content) for path, content in files.items()}
    others = tuple(sorted(path for path in sources if not path.endswith(".py") and path != CONFIG))
    return Workspace(project_of(files, config), sources.__getitem__, others)


def check_codemod(codemod: Codemod) -> None:
    """Assert that a codemod has examples, and that every one of them holds."""
    assert codemod.examples, f"{codemod.name}: has no examples"
    for number, example in enumerate(codemod.examples):
        check_codemod_example(codemod, example, f"{codemod.name}[{example.id or number}]")


def check_codemod_example(codemod: Codemod, example: Example, name: str) -> None:
    """Assert that the example's result is what it says: parses, is complete, and stays as it is in a second run."""
    workspace = workspace_of(example.before, example.config)
    requests = [codemod.request(arguments) for arguments in example.requests]
    outcome = codemod.apply(workspace, requests)
    before = {path: _bytes(content) for path, content in example.before.items() if path != CONFIG}
    expected: dict[str, bytes | None] = {
        **before,
        **{p: None if c is None else _bytes(c) for p, c in (example.after or {}).items()},
    }
    found = {**before, **outcome.edits}
    for path in sorted(expected.keys() | found.keys()):
        wanted, got = _shown(expected.get(path)), _shown(found.get(path))
        assert got == wanted, f"{name}: {path} is\n{got}\nand should be\n{wanted}"
    assert all(before.get(path) != content for path, content in outcome.edits.items()), (
        f"{name}: an edit leaves its file as it was"
    )
    reasons = [f"{r.path}:{r.line}: {r.reason}" for r in sorted(outcome.refusals)]
    assert len(reasons) == len(example.refused) and all(
        part in reason for part, reason in zip(example.refused, reasons, strict=True)
    ), f"{name}: refused\n  {reasons}\nand should refuse\n  {list(example.refused)}"
    for path, content in outcome.edits.items():
        if path.endswith(".py") and content is not None:
            _parses(content, f"{name}: {path}")
    after = workspace.edited(outcome.edits)
    again = codemod.apply(after, requests)
    assert not again.edits, f"{name}: a second run changes {', '.join(sorted(again.edits))} once more"
    backwards = codemod.apply(workspace, requests[::-1])
    assert backwards == outcome, f"{name}: the order of the requests changes the outcome"


def _shown(content: bytes | None) -> str:
    return (
        "(no file)" if content is None else content.decode("utf-8", "backslashreplace").replace("\r", "\\r")
    )


def _parses(content: bytes, name: str) -> None:
    import ast

    import libcst

    try:
        ast.parse(content)
    except SyntaxError as error:
        raise AssertionError(f"{name}: does not parse: {error}\n{content.decode()}") from error
    assert libcst.parse_module(content).bytes == content, f"{name}: does not round-trip through libcst"


def examples_of(rule: Rule) -> Iterator[tuple[str, Valid | Invalid]]:
    """Every example of a rule with a name for it: `rule-name[valid-0]`, or with the example's own id."""
    kinds: tuple[tuple[str, tuple[Valid | Invalid, ...]], ...] = (
        ("valid", rule.valid),
        ("invalid", rule.invalid),
    )
    for kind, examples in kinds:
        for number, example in enumerate(examples):
            yield f"{rule.name}[{kind}-{example.id or number}]", example


def check_example(rule: Rule, example: Valid | Invalid, name: str) -> None:
    """Assert that the rule finds what the example marks and nothing else, whatever the order of the files."""
    sources = {path: _bytes(content) for path, content in example.files.items()}
    expected = {path: marks for path, source in sources.items() if (marks := _marks(source))}
    assert bool(expected) == isinstance(example, Invalid), (
        f"{name}: an invalid example marks at least one line with '# error:', a valid one none"
    )
    report = _report(rule, example, sources)
    found = [d for d in report.diagnostics if d.rule == rule.id and d.status == "new"]
    problems = [*_mismatches(expected, found), *(p for d in found for p in _malformed(rule, d, sources))]
    assert not problems, "\n  ".join([f"{name}:", *problems])
    assert _report(rule, example, sources) == report, f"{name}: a second run reports something else"
    backwards = dict(reversed(sources.items()))
    assert _report(rule, example, backwards) == report, f"{name}: the order of the files changes the report"
    if isinstance(example, Invalid) and example.fixed is not None:
        _check_fixes(rule, example, example.fixed, name)


def _check_fixes(rule: Rule, example: Invalid, fixed: Files, name: str) -> None:
    """Assert that the rule's fixes, really made, lead to `fixed`, and that the rule finds nothing then."""
    assert rule.codemods, f"{name}: has `fixed`, but the rule declares no codemods"
    clean = {path: _MARK.sub(b"", _bytes(source)) for path, source in example.files.items()}
    workspace = workspace_of(clean, _config(rule, example, clean))
    active = (replace(rule, enabled=True),)
    planned = make_plan(workspace, active, load_codemods(), admits=lambda diagnostic: True)
    found = {**{path: source for path, source in clean.items() if path != CONFIG}, **planned.workspace.edits}
    wanted = {path: _bytes(source) for path, source in fixed.items() if path != CONFIG}
    kept = {path: content for path, content in found.items() if content is not None}
    for path in sorted(wanted.keys() | kept.keys()):
        got, should = _shown(kept.get(path)), _shown(wanted.get(path))
        assert got == should, f"{name}: fixed, {path} is\n{got}\nand should be\n{should}"
    after = check(planned.workspace.project, active, Settings(select=(rule.id,)))
    left = [f"{d.path}:{d.line}: {d.message}" for d in after.diagnostics if d.status == "new"]
    assert not left, f"{name}: fixed, the rule still finds\n  " + "\n  ".join(left)


def _config(rule: Rule, example: Valid | Invalid, sources: Mapping[str, bytes]) -> Config:
    """An example's settings, its options among them."""
    text = sources.get(CONFIG, b"").decode() or example.config
    config = parse(dedent(text), CONFIG)
    if not example.options:
        return config
    return replace(config, rules={**config.rules, rule.name: RuleSettings(options=example.options)})


def _report(rule: Rule, example: Valid | Invalid, sources: Mapping[str, bytes]) -> Report:
    clean = {path: _MARK.sub(b"", source) for path, source in sources.items()}
    files = {path: source for path, source in clean.items() if path != CONFIG}
    project = project_of(files, _config(rule, example, clean))
    if rule.id == UNNEEDED:  # what is needed depends on all the others
        others = tuple(other for other in load_rules() if other.id != rule.id)
        return check(project, (*others, rule))
    return check(project, (rule,), Settings(select=(rule.id,)))


def _mismatches(expected: Mapping[str, dict[int, list[str]]], found: Sequence[Diagnostic]) -> Iterator[str]:
    messages: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    for diagnostic in found:
        messages[diagnostic.path, diagnostic.line].append(diagnostic.message)
    marked = {(path, line): texts for path, lines in expected.items() for line, texts in lines.items()}
    for path, line in sorted(messages.keys() | marked.keys()):
        texts, given = marked.get((path, line), []), messages.get((path, line), [])
        pairing = _pair(texts, given)
        if len(pairing) == len(texts) == len(given):
            continue
        unmatched = [text for number, text in enumerate(texts) if number not in pairing]
        surplus = [message for number, message in enumerate(given) if number not in pairing.values()]
        for text in unmatched:
            yield f"{path}:{line}: no finding whose message holds {text!r}"
        for message in surplus:
            yield f"{path}:{line}: found, and not marked: {message}"


def _pair(texts: Sequence[str], messages: Sequence[str]) -> dict[int, int]:
    """The largest matching of texts with messages that hold them (Kuhn's augmenting paths)."""
    holder: dict[int, int] = {}

    def place(text: int, tried: set[int]) -> bool:
        for message in range(len(messages)):
            if texts[text] in messages[message] and message not in tried:
                tried.add(message)
                if message not in holder or place(holder[message], tried):
                    holder[message] = text
                    return True
        return False

    for text in range(len(texts)):
        place(text, set())
    return {text: message for message, text in holder.items()}


def _malformed(rule: Rule, diagnostic: Diagnostic, sources: Mapping[str, bytes]) -> Iterator[str]:
    where = f"{diagnostic.path}:{diagnostic.line}"
    if not diagnostic.message.strip() or "\n" in diagnostic.message:
        yield f"{where}: the message is empty or has several lines: {diagnostic.message!r}"
    if (diagnostic.end_line, diagnostic.end_column) < (diagnostic.line, diagnostic.column):
        yield f"{where}: the finding ends before it starts"
    if min(diagnostic.line, diagnostic.column) < 1:
        yield f"{where}: lines and columns count from 1"
    for path in {diagnostic.path, *(related.path for related in diagnostic.related)} - {*sources, CONFIG}:
        yield f"{where}: names {path}, which the project does not have"
    if diagnostic.fix and diagnostic.fix.codemod not in rule.codemods:
        yield f"{where}: proposes {diagnostic.fix.codemod!r}, which the rule does not declare in `codemods`"


def _marks(source: bytes) -> dict[int, list[str]]:
    """The marked lines of a file, each with the texts that its findings' messages hold."""
    marks = {}
    for number, line in enumerate(re.split(rb"\r\n|\r|\n", source), 1):
        if mark := _MARK.search(line):
            marks[number] = [text.strip() for text in _NEXT_MARK.split(mark[1].decode())]
    return marks


def _facts(source: bytes, words: re.Pattern[bytes] | None, flow_words: re.Pattern[bytes] | None) -> FileFacts:
    facts = extract(source, words, flow_words)
    if facts.problem is None:
        return facts
    return FileFacts(lines=facts.lines, problem=diagnose(source, facts.problem))


def _bytes(content: str | bytes) -> bytes:
    if isinstance(content, bytes):
        return content
    return (dedent(content[1:]) if content.startswith("\n") else content).encode()


def _same(one: Valid | Invalid, other: Valid | Invalid) -> bool:
    return (dict(one.files), one.config, dict(one.options)) == (
        dict(other.files),
        other.config,
        dict(other.options),
    )
