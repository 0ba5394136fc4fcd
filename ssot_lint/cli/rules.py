"""`ssot-lint rules`: the installed rules, with the severity that the project's configuration gives them."""

from __future__ import annotations

import json

import click

from ssot_lint.cli._options import output_options, project_options
from ssot_lint.cli._output import emit, encoded, use_colour
from ssot_lint.cli._place import locate


@click.command(
    "rules",
    short_help="List the rules.",
    epilog="""\b
Examples:
  ssot-lint rules
  ssot-lint rules --format json
  ssot-lint rules --presets

\b
Exit status: 0 listed, 2 could not load the rules.""",
)
@click.option("--format", "form", type=click.Choice(("text", "json")), default="text", help="Default: text.")
@click.option("--presets", is_flag=True, help="List what capabilities may extend, with the calls of each.")
@output_options
@project_options
def command(
    form: str,
    presets: bool,
    output: str | None,
    colour: bool | None,
    config_path: str | None,
    root_path: str | None,
) -> None:
    """List the rules: built-in ones and those of installed packages, with their severity in this project."""
    if presets:
        emit(encoded(_presets(form), output, form), output)
        return
    from ssot_lint.plugins import load_rules, select
    from ssot_lint.reporters.text import painter
    from ssot_lint.settings.loading import load

    place = locate((), root_path, config_path)
    config = load(place.root, place.config)
    rules = load_rules()
    severity = {rule.id: rule.severity for rule in select(rules, config.rules)}
    if form == "json":
        rows = [
            {
                "id": rule.id,
                "name": rule.name,
                "severity": severity.get(rule.id, "off"),
                "default": rule.severity if rule.enabled else "off",
                "codemods": rule.codemods,
                "summary": rule.summary,
            }
            for rule in rules
        ]
        text = json.dumps({"schema_version": 1, "rules": rows}, indent=2, ensure_ascii=False) + "\n"
    else:
        paint = painter(use_colour(colour) if output is None else bool(colour))
        width = max((len(rule.name) for rule in rules), default=0)
        text = "".join(
            f"{paint(rule.id, 'path')}  {rule.name:<{width}}  {severity.get(rule.id, 'off'):<7}  {rule.summary}\n"
            for rule in rules
        )
    emit(encoded(text, output, form), output)


def _presets(form: str) -> str:
    """What `extends` of a capability may name."""
    from ssot_lint.settings.presets import PRESETS

    if form == "json":
        rows = [{"name": item.name, "summary": item.summary, "calls": item.calls} for item in PRESETS]
        return json.dumps({"schema_version": 1, "presets": rows}, indent=2, ensure_ascii=False) + "\n"
    return "\n".join(
        f"{item.name}: {item.summary}\n" + "".join(f"  {call}\n" for call in item.calls) for item in PRESETS
    )
