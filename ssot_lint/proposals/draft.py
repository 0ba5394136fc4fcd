"""A draft of proposals as commented TOML, and as text for a terminal.

Above each concept stand the reasons for it; what is unsure is written as a comment, so that a reader decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

from ssot_lint.config import DEFAULT_TEST_PATHS
from ssot_lint.errors import ConfigError
from ssot_lint.settings.parsing import parse
from ssot_lint.settings.pyproject import tool_table
from ssot_lint.settings.toml import parse_toml
from ssot_lint.wording import count

if TYPE_CHECKING:
    from tomlkit.items import Table

    from ssot_lint.proposals.hints import Guess
    from ssot_lint.proposals.propose import Draft, Proposal
    from ssot_lint.proposals.tokens import Capability

Form = Literal["root", "tool.ssot-lint"]

_INTRODUCTION = (
    "Proposed by `ssot-lint init` from the code. Read the reasons, correct what is wrong, delete what is no",
    "concept of yours. Lines that are commented out are guesses.",
)
_UNSURE = "  a guess: none is a copy of another, and nothing shows that they are meant to be one"
_PREFIX: dict[Form, tuple[str, ...]] = {"root": (), "tool.ssot-lint": ("tool", "ssot-lint")}
_MOST_RIVALS = 6


def toml(draft: Draft, form: Form = "root") -> str:
    """The configuration text, with its tables at the top or in `[tool.ssot-lint]`.

    It parses to a configuration with exactly the concepts of the draft that are sure.
    """
    prefix = _PREFIX[form]
    parts = [_settings(draft, prefix), *(_concept(item, prefix) for item in draft.proposals)]
    if draft.public:
        parts.append(_public(draft.public, prefix))
    if draft.capability is not None:
        parts.append(_capability(draft.capability, prefix))
    text = "\n".join(part for part in parts if part)
    parse(text, "the proposed configuration", form)
    return text


def addition(content: str, draft: Draft) -> str:
    """What to write after the text of a pyproject.toml, so that all that was there stays as it is.

    Raises `ConfigError` when it has a `[tool.ssot-lint]` already, or cannot be added to.
    """
    before = parse_toml(content, "pyproject.toml")
    if tool_table(before) is not None:
        raise ConfigError(
            "pyproject.toml: found [tool.ssot-lint], which init does not touch",
            "See what it would propose with --dry-run, and copy what you want.",
        )
    end = "\r\n" if "\r\n" in content else "\n"
    gap = "" if not content else end if content.endswith("\n") else end * 2
    more = gap + toml(draft, "tool.ssot-lint").replace("\n", end)
    try:
        parse(content + more, "pyproject.toml", "tool.ssot-lint")
    except ConfigError as error:
        raise ConfigError(
            f"pyproject.toml: no table can be added at its end: {error.message}",
            "Write the output of --dry-run to ssot-lint.toml instead.",
        ) from error
    return more


def text(draft: Draft) -> str:
    """What is proposed, best first, for people."""
    lines = []
    if not draft.proposals:
        lines.append("Nothing to propose: no class of this project was found in more than one home.")
    for number, item in enumerate(draft.proposals, 1):
        lines += [
            f"{number}. {item.name}" + ("" if item.sure else "  [guess]"),
            f"   canonical   {item.canonical}",
            f"   because     {'; '.join(item.reasons)}",
        ]
        lines += [f"   found       {'; '.join(item.evidence)}"]
        lines += [f"   rival       {rival}" for rival in item.rivals[:_MOST_RIVALS]]
        lines += [f"   variant     {symbol}" for symbol in item.variants[:_MOST_RIVALS]]
        lines += [
            f"   {key:<11} {guess.value} ({guess.reason})" + ("" if guess.sure else "  [guess]")
            for key, guess in _guesses(item)
        ]
    if draft.capability is not None:
        lines.append(
            f"Calls without one home: {', '.join(draft.capability.calls)}; see the comment in the configuration."
        )
    if draft.exclude:
        lines.append(
            f"Left out as backups, archives, templates or data of tests: {', '.join(draft.exclude)}."
        )
    if draft.left_out:
        lines.append(f"{draft.left_out} more with less evidence were left out; --limit shows them.")
    return "".join(f"{_plain(line)}\n" for line in lines)


def _settings(draft: Draft, prefix: Sequence[str]) -> str:
    import tomlkit

    table = tomlkit.table()
    if draft.exclude:
        table.add("exclude", _array(draft.exclude))
    if draft.test_paths:
        table.add("test-paths", _array((*DEFAULT_TEST_PATHS, *draft.test_paths)))
    return _fragment(_INTRODUCTION, prefix, table)


def _concept(item: Proposal, prefix: Sequence[str]) -> str:
    import tomlkit

    table = tomlkit.table()
    table.add("canonical", item.canonical)
    table.add("names", _array(item.names))
    if item.aliases:
        table.add("aliases", _array(item.aliases))
    if item.variants:
        table.add("variants", _array(item.variants))
    for key, guess in _guesses(item):
        value = tomlkit.item(guess.value)
        if guess.sure:
            value.comment(_plain(guess.reason))
            value.trivia.comment_ws = "  "
            table.add(key, value)
        else:
            table.add(tomlkit.comment(f"{key} = {value.as_string()}  # {_plain(guess.reason)}"))
    comments = [f"{item.name}: {'; '.join(item.evidence)}."]
    if not item.sure:
        comments.append(f"  a guess: {item.rival_of} has the name" if item.rival_of else _UNSURE)
    comments += [f"  why this home: {reason}" for reason in item.reasons]
    comments += [f"  rival: {rival}" for rival in item.rivals[:_MOST_RIVALS]]
    if len(item.rivals) > _MOST_RIVALS:
        comments.append(f"  and {len(item.rivals) - _MOST_RIVALS} more rivals")
    path = (*prefix, "concepts", item.name)
    if item.sure:
        return _fragment(comments, path, table)
    comments += _fragment((), path, table).rstrip("\n").split("\n")
    return _fragment(comments, (), tomlkit.table())


def _public(packages: Sequence[str], prefix: Sequence[str]) -> str:
    import tomlkit

    table = tomlkit.table()
    table.add("allow", _array(packages))
    says = "Public interfaces: what they offer may be imported from them. Delete for one import path."
    return _fragment([says], (*prefix, "rules", "non-canonical-import"), table)


def _capability(item: Capability, prefix: Sequence[str]) -> str:
    """Commented out as a whole: which module is the right home is not in the code."""
    import tomlkit

    table = tomlkit.table()
    table.add("extends", _array((item.name,)))
    table.add("home", _array((item.home,)))
    body = _fragment((), (*prefix, "capabilities", item.name), table)
    says = [f"{', '.join(item.calls)} are called in {len(item.modules)} modules:"]
    says += [f"  {module}, {count(calls, 'call')}" for module, calls in item.modules[:_MOST_RIVALS]]
    says += ["Name the one that may, and take the comment marks away:", *body.rstrip("\n").split("\n")]
    return _fragment(says, (), tomlkit.table())


def _guesses(item: Proposal) -> Iterator[tuple[str, Guess]]:
    for key, guess in (
        ("import-from", item.import_from), ("protocol", item.protocol), ("factory", item.factory),
        ("lifetime", item.lifetime), ("context", item.context), ("test-double", item.test_double),
    ):  # fmt: skip
        if guess is not None:
            yield key, guess


def _fragment(comments: Sequence[str], path: Sequence[str], table: Table) -> str:
    """Comments and one table, as text."""
    import tomlkit

    says = "".join(f"{tomlkit.comment(_plain(line)).as_string().rstrip()}\n" for line in comments)
    if not path:
        return says + (f"\n{table.as_string()}" if table else "")
    inner = table
    for key in reversed(path[1:]):
        outer = tomlkit.table(is_super_table=True)
        outer.add(key, inner)
        inner = outer
    return says + tomlkit.dumps({path[0]: inner})


def _array(values: Sequence[str]) -> Any:
    import tomlkit

    found = tomlkit.array()
    found.extend(values)
    return found.multiline(sum(map(len, values)) > 80)


def _plain(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)
