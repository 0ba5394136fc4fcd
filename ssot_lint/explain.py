"""A rule's page from its docstring, options and examples; a finding's evidence from the project."""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import MISSING, fields, is_dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from ssot_lint.codemod import Codemod, Example
from ssot_lint.model import Diagnostic
from ssot_lint.rule import Files, Invalid, Rule, Valid

if TYPE_CHECKING:
    from ssot_lint.project import Project

EXAMPLES = 2
"""How many invalid examples a page shows."""


def page(rule: Rule, level: int = 1) -> str:
    """The rule's page as Markdown. `level` is the depth of its heading."""
    title, below = "#" * level, "#" * (level + 1)
    parts = [f"{title} {rule.id} {rule.name}", rule.doc, _defaults(rule)]
    options = list(_options(rule))
    if options:
        table = f"```toml\n[tool.ssot-lint.rules.{rule.name}]\n{chr(10).join(options)}\n```"
        parts += [f"{below} Options", table]
    if rule.invalid:
        parts.append(f"{below} Found")
        parts += [_example(example) for example in rule.invalid[:EXAMPLES]]
    if rule.valid:
        parts += [f"{below} Not found", _example(rule.valid[0])]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def handbook(rules: Iterable[Rule]) -> str:
    """All pages in one document, with a table of contents: `docs/rules.md`."""
    rules = tuple(rules)
    head = "# Rules\n\nWritten by `ssot-lint explain --all`; change the rule's docstring, not this file.\n"
    rows = [
        f"| [{rule.id}](#{rule.id.lower()}-{rule.name}) | {rule.name} | {rule.summary} | {_default(rule)} |"
        for rule in rules
    ]
    contents = "\n".join(["| id | name | finds | default |", "| --- | --- | --- | --- |", *rows])
    return "\n".join([head, contents, "", *(page(rule, 2) for rule in rules)])


def codemod_page(codemod: Codemod, level: int = 1) -> str:
    """A codemod's page as Markdown: what it does and refuses, its arguments, examples."""
    title, below = "#" * level, "#" * (level + 1)
    documented = _attribute_docstrings(codemod.arguments)
    arguments = [f"- `{item.name}`: {documented.get(item.name, '')}" for item in fields(codemod.arguments)]
    parts = [f"{title} {codemod.name}", codemod.doc, f"{below} Arguments", "\n".join(arguments)]
    done = [example for example in codemod.examples if example.after]
    refused = [example for example in codemod.examples if example.refused and not example.after]
    for example in (*done[:EXAMPLES], *refused[:1]):
        parts += [f"{below} {(example.id or 'example').replace('-', ' ').capitalize()}", _change(example)]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def codemods_document(codemods: Iterable[Codemod]) -> str:
    """All pages of codemods in one document: `docs/codemods.md`."""
    pages = [codemod_page(codemod, 2) for codemod in codemods]
    head = "# Codemods\n\nWritten by `docs/generate.py`; change the codemod's docstring, not this file.\n"
    return "\n".join([head, *pages])


def _change(example: Example) -> str:
    """What an example changes: the files before and after, those left alone left out."""
    requests = "\n".join(
        f"- {', '.join(f'`{key}` {value}' for key, value in request.items())}" for request in example.requests
    )
    if not example.after:
        shown = {path: text for path, text in example.before.items() if path in " ".join(example.refused)}
        reasons = "\n".join(f"- {reason}" for reason in example.refused)
        return "\n\n".join([requests, *_listing(shown), "Refused:", reasons])
    before = {path: example.before[path] for path in example.after if path in example.before}
    after = {path: text for path, text in example.after.items() if text is not None}
    gone = [f"`{path}` is gone." for path, text in sorted(example.after.items()) if text is None]
    return "\n\n".join([requests, *_listing(before), "becomes", *_listing(after), *gone])


def evidence(
    diagnostic: Diagnostic,
    project: Project,
    source: Callable[[str], Sequence[str]],
    patch: str = "",
    first: Diagnostic | None = None,
) -> str:
    """All that one finding rests on: its place, reasons, related lines, and why this home is canonical.

    `patch`: what the fix would change, or why it is refused. `first`: the finding of the duplicate that an import
    takes, without a fix of its own until that one is repaired; the patch is that of both then.
    """
    lines = [f"{diagnostic.rule} {diagnostic.name} ({diagnostic.severity}, {diagnostic.status})", ""]
    lines += [diagnostic.message, ""]
    lines += _excerpt(diagnostic.path, diagnostic.line, source)
    if diagnostic.verdict:
        lines += ["", f"Verdict: {diagnostic.verdict}"]
    if diagnostic.reasons:
        lines += ["", "Reasons:", *(f"- {reason}" for reason in diagnostic.reasons)]
    for related in diagnostic.related:
        lines += ["", f"{related.message}:", *_excerpt(related.path, related.line, source)]
    lines += _canonical(diagnostic, project)
    if diagnostic.fix:
        safety = "safe" if diagnostic.fix.safe else "unsafe"
        arguments = ", ".join(f"{key}={value}" for key, value in diagnostic.fix.arguments.items())
        lines += ["", f"Fix ({safety}): {diagnostic.fix.codemod} {arguments}".rstrip()]
    elif first is not None and first.fix:
        lines += [
            "",
            f"Fix, as a plan makes it: {first.symbol} becomes a shim, then this import is re-pointed",
        ]
    elif first is not None:
        lines += [
            "",
            f"No fix while {first.symbol} stays: {first.verdict}; ssot-lint explain {first.fingerprint}",
        ]
    lines += ["", patch.rstrip("\n")] if patch else []
    lines += ["", f"Fingerprint: {diagnostic.fingerprint}", f"The rule: ssot-lint explain {diagnostic.rule}"]
    return "\n".join(lines) + "\n"


def _canonical(diagnostic: Diagnostic, project: Project) -> Iterator[str]:
    concept = project.config.concept(diagnostic.concept) if diagnostic.concept else None
    if concept is None:
        return
    line = project.config.lines.get(f"concepts.{concept.name}")
    place = f"{project.config.path}:{line}" if line else project.config.path or "the configuration"
    yield ""
    yield f"Concept {concept.name}: {place} declares {concept.canonical} canonical, imported from {concept.home}."
    resolution = project.resolve_symbol(concept.canonical)
    target = resolution.target
    if target.kind != "definition":
        yield f"- it does not lead to a definition: {target.kind} {target.symbol}"
        return
    for hop in resolution.chain[:-1]:
        yield f"- {hop.path}:{hop.line} {hop.how}"
    where = project.location(target.file, target.index)
    users = {project.files[file].path for file, _ in project.users(target.symbol)}
    name = project.definition(target).qualname
    yield f"- {where.path}:{where.line} defines {name}; {len(users):,} files import it"


def _excerpt(path: str, line: int, source: Callable[[str], Sequence[str]]) -> list[str]:
    text = source(path)
    shown = [f"    {text[line - 1].strip()}"] if 0 < line <= len(text) else []
    return [f"  {path}:{line}", *shown]


def _defaults(rule: Rule) -> str:
    fix = f" Fixed by {', '.join(f'`{name}`' for name in rule.codemods)}." if rule.codemods else ""
    return f"Default: {_default(rule)}.{fix}"


def _default(rule: Rule) -> str:
    return rule.severity if rule.enabled else "off"


def _options(rule: Rule) -> Iterator[str]:
    """A line of TOML for each option with its default, under the comment that documents it."""
    if not is_dataclass(rule.options):
        return
    documented = _attribute_docstrings(rule.options)
    for option in fields(rule.options):
        default = option.default if option.default is not MISSING else None
        if option.default_factory is not MISSING:
            default = option.default_factory()
        for line in textwrap.wrap(documented.get(option.name, ""), 96):
            yield f"# {line}"
        yield f"{option.name.replace('_', '-')} = {_toml(default)}"


def _attribute_docstrings(options: type) -> dict[str, str]:
    """The string under each field of a dataclass, as PEP 257 describes attribute docstrings."""
    try:
        body = ast.parse(textwrap.dedent(inspect.getsource(options))).body[0]
    except (OSError, TypeError, SyntaxError):
        return {}
    found: dict[str, str] = {}
    statements = body.body if isinstance(body, ast.ClassDef) else []
    for statement, following in pairwise(statements):
        match statement, following:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                found[name] = " ".join(text.split())
    return found


def _toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case tuple() | list() | frozenset():
            return f"[{', '.join(_toml(item) for item in value)}]"
        case None:
            return '""'
        case dict():
            return f"{{{', '.join(f'{key} = {_toml(item)}' for key, item in value.items())}}}"
        case _:
            return json.dumps(value, ensure_ascii=False, default=str)


def _example(example: Valid | Invalid) -> str:
    blocks = []
    if example.config:
        blocks.append(f"```toml\n{textwrap.dedent(example.config).strip()}\n```")
    blocks += _listing(example.files)
    if isinstance(example, Invalid) and example.fixed is not None:
        blocks += ["Fixed:", *_listing(example.fixed)]
    return "\n\n".join(blocks)


def _listing(files: Files) -> Iterator[str]:
    for path, content in files.items():
        text = content if isinstance(content, str) else content.decode("utf-8", "backslashreplace")
        language = "toml" if path.endswith(".toml") else "python"
        body = textwrap.dedent(text).strip("\n")
        yield f"```{language}\n# {path}\n{body}\n```" if body else f"```{language}\n# {path} (empty)\n```"
