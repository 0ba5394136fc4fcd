"""`ssot-lint tests --generate`: findings -> test modules in a directory, none of them somebody else's."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ssot_lint.errors import UsageError
from ssot_lint.wording import count

if TYPE_CHECKING:
    from ssot_lint.cli._project import Opened
    from ssot_lint.proving.generate import Module

CONFTEST = "conftest.py"


def generate(
    opened: Opened, out: str, topics: tuple[str, ...] = (), select: Sequence[str] = ()
) -> tuple[Module, ...]:
    """Write what is missing. Nothing is written before all that is there has been read."""
    from ssot_lint import plugins
    from ssot_lint.check import Settings, check
    from ssot_lint.cli._baseline import read_baseline
    from ssot_lint.proving.generate import Asked, modules
    from ssot_lint.proving.imported import places
    from ssot_lint.proving.phrasing import conftest
    from ssot_lint.proving.proofs import COVERED, proofs

    root = opened.place.root
    target = Path(os.path.abspath(out)).resolve()  # noqa: PTH100 (it may not exist)
    if not target.is_relative_to(root):
        raise UsageError(f"{out} is not in the project {root}", "name a directory below it")
    rules = plugins.load_rules()
    active = plugins.select(rules, opened.config.rules, select)
    covered = frozenset(rule.id for rule in active if rule.id.startswith(COVERED))
    if not covered:
        raise UsageError(
            "no tests are written for the rules that were selected",
            f"they are written for those whose ids start with {', '.join(COVERED)}",
        )
    baseline = read_baseline(opened.place, opened.config, None)
    report = check(opened.project, rules, Settings(select=tuple(sorted(covered)), baseline=baseline))
    found = proofs(opened.project, report.diagnostics, topics)
    written = modules(found, _there(target), Asked(topics, covered))
    texts = {module.name: module.text for module in written if module.added}
    if texts and not (target / CONFTEST).exists():
        texts[CONFTEST] = conftest(places(opened.project), os.path.relpath(root, target))
    _write(target, texts)
    return written


def told(written: Sequence[Module], out: str) -> str:
    """What became of the tests, for people."""
    lines = []
    for module in written:
        counts = [f"{len(module.added)} added"]
        counts += [f"{len(module.kept)} there already"] if module.kept else []
        counts += [f"{len(module.gone)} whose violation is gone"] if module.gone else []
        lines.append(f"{module.name}: {', '.join(counts)}")
        lines += [f"  gone: {name}" for name in module.gone]
    added = sum(len(module.added) for module in written)
    lines.append(f"{count(added, 'test')} written to {out}" if added else "Nothing to add.")
    if any(module.gone for module in written):
        lines.append("Tests whose violation is gone are left: keep them, or delete them.")
    return "".join(f"{line}\n" for line in lines)


def _there(target: Path) -> dict[str, str]:
    """Name -> text of the modules with names that generated ones have."""
    texts = {}
    for path in sorted(target.glob("test_ssot_*.py")) if target.is_dir() else ():
        try:
            texts[path.name] = path.read_bytes().decode("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"cannot read {path}: {error}") from error
    return texts


def _write(target: Path, texts: dict[str, str]) -> None:
    from ssot_lint.cli._output import emit

    if not texts:
        return
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot make the directory {target}: {error.strerror or error}") from error
    for name, text in sorted(texts.items()):
        emit(text.encode(), str(target / name))
