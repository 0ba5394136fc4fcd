"""`ssot-lint explain`: a rule's page, all pages, or the evidence for one finding."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

import click

from ssot_lint.cli._options import complete_pages, output_options, project_options, run_options
from ssot_lint.cli._output import emit, encoded, progress, use_colour
from ssot_lint.cli._place import locate, source_lines
from ssot_lint.cli._project import open_project
from ssot_lint.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssot_lint.cli._project import Means, Opened
    from ssot_lint.model import Diagnostic
    from ssot_lint.rule import Rule

SHORTEST = 6
"""Digits of a fingerprint that are enough, if they are unambiguous."""


@click.command(
    "explain",
    short_help="Show the page of a rule or codemod, or the evidence for one finding.",
    epilog="""\b
Examples:
  ssot-lint explain SSOT201
  ssot-lint explain non-canonical-import
  ssot-lint explain rewrite-imports
  ssot-lint explain 3f0c9a52b1d47e68    a fingerprint from `check --format json`
  ssot-lint explain --all               every page, as docs/rules.md holds them

\b
Exit status: 0 shown, 2 nothing is called so, or could not look.""",
)
@click.argument("what", metavar="RULE|CODEMOD|FINGERPRINT", required=False, shell_complete=complete_pages)
@click.option("--all", "everything", is_flag=True, help="The pages of all rules in one document.")
@output_options
@run_options
@project_options
def command(
    what: str | None,
    everything: bool,
    output: str | None,
    colour: bool | None,
    means: Means,
    root_path: str | None,
    config_path: str | None,
) -> None:
    """Show the page of a rule or codemod; or one finding's evidence, why its home is canonical, and the patch."""
    from ssot_lint.explain import codemod_page, evidence, handbook, page
    from ssot_lint.plugins import find_rule, load_codemods, load_rules, suggestion
    from ssot_lint.settings.tables import nearest

    rules = load_rules()
    if everything == (what is not None):
        raise click.UsageError("Name one rule, codemod or fingerprint, or give --all.")
    if what is None:
        emit(encoded(handbook(rules), output), output)
        return
    rule = find_rule(rules, what)
    codemod = load_codemods().get(what) if rule is None else None
    if rule is not None or codemod is not None:
        styled = output is None and use_colour(colour)
        text = page(rule) if rule is not None else codemod_page(codemod) if codemod is not None else ""
        emit(encoded(_styled(text) if styled else text, output), output)
        return
    if not re.fullmatch(rf"[0-9a-f]{{{SHORTEST},16}}", what.lower()):
        near = nearest(what, load_codemods())
        hint = f"did you mean {near!r}?" if near else suggestion(what, rules)
        raise UsageError(f"no rule is called {what!r}, and no codemod", hint)
    place = locate((), root_path, config_path)
    with progress(means.shows_progress) as draw:
        opened = open_project(place, means, draw)
        found, first = _find(opened, rules, what.lower())
        patch = _patch(opened, found) if first is None else _planned(opened, found, first, means.jobs)
    text = evidence(found, opened.project, partial(source_lines, place.root), patch, first)
    emit(encoded(text, output), output)


def _patch(opened: Opened, found: Diagnostic) -> str:
    """What the finding's fix would change, as a patch; or why it changes nothing."""
    from ssot_lint.cli._planning import workspace_of
    from ssot_lint.codemod import CannotApply
    from ssot_lint.plugins import load_codemods
    from ssot_lint.reporters.patch import patch

    codemod = load_codemods().get(found.fix.codemod) if found.fix is not None else None
    if codemod is None or found.fix is None:
        return ""
    workspace = workspace_of(opened)
    try:
        outcome = codemod.apply(workspace, [codemod.request(found.fix.arguments)])
    except CannotApply as refused:
        return f"Refused: {refused.reason}"
    lines = [
        line
        for path, after in sorted(outcome.edits.items())
        for line in patch(path, workspace.read(path) if workspace.exists(path) else None, after)
    ]
    lines += [f"Refused: {refusal.path}:{refusal.line}: {refusal.reason}\n" for refusal in outcome.refusals]
    return "".join(lines)


def _planned(opened: Opened, found: Diagnostic, first: Diagnostic, jobs: int) -> str:
    """What a plan makes of an import of a duplicate: both changes as one patch, or why it makes none."""
    from ssot_lint.cli._planning import plan_for
    from ssot_lint.plan import Selection
    from ssot_lint.reporters.patch import render

    if first.fix is None:
        return ""

    def admits(diagnostic: Diagnostic) -> bool:
        return (diagnostic.rule, diagnostic.symbol) == (first.rule, first.symbol) or (
            diagnostic.rule, diagnostic.symbol, diagnostic.path) == (found.rule, found.symbol, found.path)  # fmt: skip

    chosen = Selection(concepts=(found.concept or "",), phases=(1,))
    planned = plan_for(opened, chosen, jobs=jobs, progress=None, admits=admits, only=(found.rule, first.rule))
    refused = [
        f"Refused: {item.path}:{item.line}: {item.reason}\n"
        for item in planned.plan.refused
        if (item.path, item.line) in ((found.path, found.line), (first.path, first.line))
    ]
    return render(planned.contents) + "".join(refused)


def _find(opened: Opened, rules: Sequence[Rule], fingerprint: str) -> tuple[Diagnostic, Diagnostic | None]:
    """The finding; and where it is the import of a duplicate, that of the duplicate."""
    from ssot_lint.check import Settings, check, path_problems

    settings = Settings(problems=path_problems(opened.scan.discovery, opened.project))
    report = check(opened.project, rules, settings)
    found = [d for d in report.diagnostics if d.fingerprint.startswith(fingerprint)]
    if not found:
        raise UsageError(
            f"no finding has the fingerprint {fingerprint!r}",
            "`ssot-lint check --format json` lists them; it may have been repaired",
        )
    if len(found) > 1:
        raise UsageError(
            f"{len(found)} findings have fingerprints that start with {fingerprint!r}", "give more digits"
        )
    taken = opened.project.resolve_symbol(found[0].symbol).target if found[0].symbol else None
    first = None
    if found[0].rule == "SSOT201" and found[0].fix is None and taken is not None:
        same = (d for d in report.diagnostics if d.rule == "SSOT101" and d.symbol == taken.symbol)
        first = next(same, None)
    return found[0], first


def _styled(markdown: str) -> str:
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console(force_terminal=True)
    with console.capture() as capture:
        console.print(Markdown(markdown))
    return capture.get()
