"""Take a name from another module: every import, attribute, string and annotation that names the old one.

`old` and `new` are `package.module:Name`, or two modules. Each place that names `old` in the namespace that it
reads is re-pointed to `new`, in place: an alias stays an alias, a relative import relative where the package is the
same, an import in a function or under `TYPE_CHECKING` stays there. Where `Name` changes, the file's references
change with it if scopes prove that safe; else the import gets an `as`.

Refused, with the reason: what would become another program, or cannot be told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ssot_lint.codemod import Codemod, Example, Outcome, Refusal
from ssot_lint.workspace import Workspace

from ._candidates import candidates
from ._moves import read_requests
from ._rewriting import rewrite_names, rewriting


@dataclass(frozen=True)
class Arguments:
    old: str
    """What is imported today: `package.module:Name`, or `package.module` for the module itself."""
    new: str
    """What to import instead."""
    within: str = ""
    """The path of the one file to rewrite; "" for every file."""
    text_references: str = ""
    """"yes": mentions in TOML, YAML, INI, Dockerfiles and Markdown are rewritten too; "": they are listed."""


def apply(workspace: Workspace, requests: Sequence[Arguments]) -> Outcome:
    wishes = read_requests(workspace.project, requests)
    refusals = list(wishes.refusals)
    edits: dict[str, bytes | None] = {}
    for path in candidates(workspace.project, wishes):
        try:
            work = rewriting(workspace, path, wishes.of(path))
        except SyntaxError as error:
            refusals.append(Refusal(path, error.lineno or 1, "the file does not parse"))
            continue
        rewrite_names(work)
        refusals += work.refusals
        content = work.source.spliced(work.splices)
        if content != work.source.content:
            edits[path] = content
    return Outcome(edits, tuple(sorted(set(refusals))))


_OLD = {
    "shop/__init__.py": "",
    "shop/old.py": "from shop.money import Money\n",
    "shop/money.py": "class Money: ...\n",
}

CODEMOD = Codemod(
    name="rewrite-imports",
    apply=apply,
    arguments=Arguments,
    examples=(
        Example(
            {"a.py": "from shop.old import Money\n"} | _OLD,
            [{"old": "shop.old:Money", "new": "shop.money:Money"}],
            {"a.py": "from shop.money import Money\n"},
            id="hard-1",
        ),
    ),
)
