"""Writes docs/hard-cases.md: what is known to break tools that rewrite imports, and which example shows what is done.

A case has a number. An example of a codemod, a parameter of a test or a test function whose id is `hard-N`, or begins
with `hard-N-`, shows it. What the page says of an example is what the codemod does with it, not what anybody wrote.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ssot_lint.codemod import Codemod, Example
from ssot_lint.plugins import load_codemods
from ssot_lint.testing import workspace_of

HERE = Path(__file__).resolve().parent.parent
ID = re.compile(r"hard[-_](\d+)(?:[-_].*)?")

GROUPS: Mapping[str, tuple[int, Sequence[str]]] = {
    "The form of the import": (1, (
        "The only name of a `from` import: its module changes in place",
        "The new home is `builtins`: the import goes, nothing comes",
        "`from m import x as y`",
        "`import a.b`, used as `a.b.c()`",
        "`import foo as bar`, used as `bar.qux()`",
        "What is renamed is itself a module under an alias, `import foo.qux as bar`",
        "A package at the front or in the middle is renamed",
        "A prefix of `import a.b.c.d` is renamed, and the file uses nothing of it",
        "A prefix of `from a.b.c.d import foo` is renamed",
        "Only the last part is alike: `b` moves, `import a.b` does not",
        "The same bare name imported from somewhere else",
        "The package around a `from` import's module is renamed",
        "Same module, other name: the place in the list stays",
        "One statement imports two modules, and only one of them is concerned",
        "The new name is in a module that is imported already",
        "A definition of the file itself, not imported at all",
        "`import a, b, c`: the first, a middle or the last one changes",
        "`from a import b, c, d`: the first or the last goes, commas are mended",
        "A bracketed list with a trailing comma, and a tuple `(y,)` elsewhere",
        "An import that nobody uses and that has nothing to do with it stays",
        "A long chain `d.e.f` becomes one imported name",
        "Parts of a name repeat: `aa.aaaa`",
        "Many uses, one import",
        "One file imports a package in three ways",
        "The module is wanted, and the name read off it: `from a import b`, `b.qux`",
        "A plain `import g.h.i.j` is wanted",
        "A submodule reached through `import a` alone",
        "The parent module has an alias",
        "A top-level module goes into a package, with and without an alias",
    )),
    "Adding an import": (30, (
        "It is there already, with or without an alias",
        "The name is there under another alias",
        "The module's statement is extended",
        "A relative import of the same module is there already",
        "A relative import is extended and stays relative",
        "A new relative import, one or two levels up, with an alias",
        "Behind `from __future__`, which stands behind the docstring",
        "A bare string further down is no docstring",
        "The comment at the top of the file, a licence, stays at the top",
        "A flag in the first line, `__strict__ = True`, stays first",
        "Two blocks of imports with code between them: the first is used",
        "Docstring, code, imports: before the code",
        "The module is imported only below code: that statement is left alone",
        "It is imported above and below code: the upper one is extended",
        "`from m import *` brings the name already",
    )),
    "Removing an import": (45, (
        "A comment line above the name that goes, or above one that stays",
        "A comment behind the name that goes, at the bracket, behind the last name",
        "The alias has to be the same",
        "A relative import asked for by its absolute name; another module",
        "`import x.y.z` is needed where `x.u` is read",
        "Two imports bind one name: both stay",
        "The same import in `try` and `except`: both or none, an empty block becomes `pass`",
        "Taken out of the statement into which another name was just put",
        "The trailing comma goes with the last name only",
        "A star import is never taken out",
        "The name has another use, `a = bar`",
        "`__all__` as a list, tuple or set, annotated, or extended with `+=`",
        "`__all__` of joined strings, unpacked, assigned in a chain; what is no string",
        "Names in string annotations, in joined and dotted ones",
        "A `TypeVar` whose bound is a string, and `TypeVar` under an alias",
        "`import a.b.c, d`, and `a.b` is read",
        "`__future__` looks unused",
        "Comments that silence linters",
    )),
    "Moving a definition": (63, (
        "A variable that is assigned again further down",
        "A value over several lines in brackets",
        "The destination is a module or a package, by its dotted name",
        "Comments above the definition go with it",
        "A user has `import origin` for this one name",
        "How users import it: module, name, or both",
        "The destination is at the top and has no package",
        "A user has `from origin import X`",
        "The module it leaves still uses it",
        "The destination imported it from there: that import goes",
        "The moved code says `destination.a_var`, which is local now",
        "Imports that the moved code needs come along",
        "What it needs and what stays behind is imported back",
        "The moved code had a relative import",
        "The destination holds a docstring with blank lines, and nothing else",
        "The destination is one line with an encoding, without an end of line",
        "A use below a string over several lines with a backslash",
        "Its decorator is defined where it came from",
        "Its decorator is imported where it came from",
        "What cannot move: nested, an attribute, to the same module, to a folder, to nowhere",
        "A method to another class",
    )),
    "Names around a rewrite": (84, (
        "A local of another scope has the name",
        "A function has a local of the name itself",
        "An attribute of another object is spelled alike",
        "... and stands behind a backslash on the next line",
        "`dict(a=a)`: the value changes, the keyword stays",
        "A keyword of a call that has nothing to do with it",
        "Comprehensions and generators have scopes of their own",
        "The walrus binds outside the comprehension",
        "f-strings, nested ones, attributes in them",
        "Strings and comments stay as they are",
        "Bound in both arms of an `if`",
        "`global`",
        "A function defined twice",
        "`async def`, `await`, `async for`, `async with`",
        "A file with CRLF",
        "Characters of several bytes before the place",
        "The new name is a keyword",
        "A method with overrides above and below, `super(Child, self).m`",
        "Classes that only quack alike",
        "Only some files are to change",
        "A file changes on the disk between planning and writing",
        "Taking a rename of a module back brings file and users back",
    )),
    "What an import is": (106, (
        "A class attribute hides the import in the class, and nowhere else",
        "A parameter hides the import",
        "An alias that hands the name on, `a_var = myvar`",
        "A star import, and the name imported by itself too",
        "A star import is expanded",
        "`__all__` put together with `+`, `*`, `if`, a variable, another module's, a cycle",
        "`os.path` is no file",
        "An argument is called like the name",
        "A module imports itself: plain, `as`, from, star",
        "Imports that have to stay where they stand",
        "The module that is imported does not exist",
    )),
    "Re-exports and dependencies": (117, (
        "What a definition needs goes along, or stays and is imported",
        "What it needs is also needed by what stays",
        "A decorator that nobody knows goes along",
        "The destination imports the name already",
        "The source has an import that nobody uses",
        "`from app import file2`, then `file2.bar()`",
        "A comment right above the import is neither lost nor glued on",
        "The destination would come to import from itself",
        "Two names move out of one import statement at once",
        "A base class, then what derives from it; `file1.py` beside `file1/`",
        "Text beyond ASCII before the place: bytes and characters count differently",
        "A variable whose value needs several imports",
        "A name handed on over several modules",
        "Re-exports in a circle without a definition",
        "Stars in a chain, in a circle, in `__init__`",
        "Two source roots give one module name",
        "Imports in functions, branches, handlers, `with`, `while`, `match`, methods",
        "Relative imports one, two and more levels up",
    )),
    "Small forms of statements": (135, (
        "A relative import whose end looks alike, `from .xml.etree...`",
        "`if True: from m import a, b` has no room for two statements",
        "`import a.b` without an alias binds `a`; with one it binds the module",
        "`from pkg import module`, where the local name would change",
        "Continued with a backslash",
        "No end of line at the end of the file",
        "A second statement at the same depth",
        "The bound name stays: `import mock` to `from unittest import mock`",
        "A home that exists from some Python version on",
    )),
    "Beyond imports": (144, (
        "`patch('old.X')` where the function that reads it stayed: the target stays",
        "`patch('user.X')` where the user's import is re-pointed: the target is right",
        "`patch('old.helper')` where the body that reads it moved: the target follows",
        "Both the old module and the moved code read the name: two patches are needed",
        "f-strings, constants, `patch.object`, `patch.multiple`, `patch.dict`, `monkeypatch.setattr`",
        "`import_module`, `__import__`, `pydoc.locate`, `'pkg.old:factory'`",
        "Names of loggers",
        "Names of tasks, pickles, `__module__` in stored data",
        "A string annotation with the old name, where the new one is another",
        "`if TYPE_CHECKING: ... else: X = object`",
        "`try`/`except ImportError` with an arm that is the shim",
        "An import of several names in a function stays there",
        "The same import in two functions",
        "A package's `__init__` that hands on with `# noqa: F401` and without `__all__`",
        "Lazy exports through a module's `__getattr__`",
        "The file has something else of the new name",
        "A parameter or local of the new name would capture the reference",
        "`global X`, and `X` is bound anew",
        "`import a; from m import X, Y; import b` on one line",
        "The canonical name is imported under an alias already",
        "A docstring in parts, shebang, encoding, `sys.path` edits, `pytest.importorskip`",
        "A `.pyi` beside the module, notebooks, doctests, Sphinx roles",
        "Identity while old and new class both exist: `isinstance`, `except`, registries",
        "An import that is there for its side effect",
        "Two requests for one module under two aliases",
    )),
}  # fmt: skip
"""Heading -> the number of its first case, and the cases."""

TITLES: Mapping[int, str] = {
    first + offset: title for first, titles in GROUPS.values() for offset, title in enumerate(titles)
}

DONE, KEPT, REFUSED = "done", "stays as it is", "refused: "


@dataclass(frozen=True, order=True)
class Shown:
    """One example or test of a case, and what comes of it."""

    number: int
    variation: bool  # one of several, its id longer than `hard-N`
    where: str
    id: str
    outcomes: tuple[str, ...]


def shown() -> tuple[Shown, ...]:
    """All examples and tests that show a case, sorted."""
    return tuple(sorted({*_examples(load_codemods()), *_tests(HERE / "tests")}))


def missing(found: Sequence[Shown]) -> tuple[int, ...]:
    """The cases that nothing shows yet."""
    return tuple(sorted(TITLES.keys() - {one.number for one in found}))


def page() -> str:
    """The page."""
    found = shown()
    by_number: dict[int, list[Shown]] = {number: [] for number in TITLES}
    for one in found:
        by_number[one.number].append(one)
    results = {number: _result(examples) for number, examples in by_number.items()}
    refused = sum(1 for result in results.values() if result.startswith(REFUSED))
    partly = sum(1 for result in results.values() if REFUSED in result[1:])
    open_ones = missing(found)
    handled = len(TITLES) - refused - len(open_ones)
    lines = [
        "# Hard cases\n",
        "Written by `python docs/generate.py` from the codemods' examples and the tests; change those, not this file.\n",
        "What breaks tools that rewrite imports, case by case, and what is done here: the right program, or a refusal "
        f"with its reason, never a wrong program. Of {len(TITLES)} cases {handled} are handled and {refused} "
        f"refused; in {partly} there are variations or places that are refused"
        + (f", and {len(open_ones)} are open: {', '.join(map(str, open_ones))}." if open_ones else ".")
        + "\n",
        "`done`: rewritten, with the result that the example states. `stays as it is`: nothing to change, or nothing that "
        "may be changed. Ids are those of the examples: `pytest -k hard-17` runs them.\n",
    ]
    for heading, (first, titles) in GROUPS.items():
        lines += [f"## {heading}\n", "| | case | result | shown by |", "| --- | --- | --- | --- |"]
        for number in range(first, first + len(titles)):
            cells = (str(number), TITLES[number], results[number], _sources(by_number[number]))
            lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines)


def _result(examples: Sequence[Shown]) -> str:
    """What comes of a case, and what comes of its variations where that is something else."""
    main = dict.fromkeys(outcome for one in examples if not one.variation for outcome in one.outcomes)
    others = dict.fromkeys(outcome for one in examples for outcome in one.outcomes if outcome not in main)
    if not main:
        main, others = others, {}
    told = _told(main) + (f". Variations: {_told(others)}" if others else "")
    return told.replace("|", "\\|") or "open"


def _told(outcomes: Iterable[str]) -> str:
    found = list(outcomes)
    words = [outcome for outcome in found if not outcome.startswith(REFUSED)]
    reasons = [outcome.removeprefix(REFUSED) for outcome in found if outcome.startswith(REFUSED)]
    return "; ".join(words + [REFUSED + "; ".join(reasons)] * bool(reasons))


def _sources(examples: Sequence[Shown]) -> str:
    found: dict[str, list[str]] = {}
    for one in examples:
        found.setdefault(one.where, []).append(f"`{one.id}`")
    return "<br>".join(f"{where} {', '.join(ids)}" for where, ids in sorted(found.items()))


def _examples(codemods: Mapping[str, Codemod]) -> Iterator[Shown]:
    for codemod in codemods.values():
        for example in codemod.examples:
            match = ID.fullmatch(example.id)
            if match:
                number = int(match[1])
                outcomes = tuple(_outcomes(codemod, example))
                yield Shown(number, example.id != f"hard-{number}", codemod.name, example.id, outcomes)


def _outcomes(codemod: Codemod, example: Example) -> Iterator[str]:
    """What the codemod does with an example: the reasons in full, not the parts of them that the example names."""
    requests = [codemod.request(arguments) for arguments in example.requests]
    outcome = codemod.apply(workspace_of(example.before, example.config), requests)
    if outcome.edits:
        yield DONE
    elif not outcome.refusals:
        yield KEPT
    yield from dict.fromkeys(f"{REFUSED}{refusal.reason}" for refusal in outcome.refusals)


def _tests(folder: Path) -> Iterator[Shown]:
    """Parameters `pytest.param(..., id="hard-N")` and functions `test_hard_N`."""
    for path in sorted(folder.glob("test_*.py")):
        if b"hard" not in (source := path.read_bytes()):
            continue
        for node in ast.walk(ast.parse(source)):
            match node:
                case ast.FunctionDef(name=name) if name.startswith("test_hard_"):
                    found = ID.fullmatch(name.removeprefix("test_"))
                    if found:
                        yield Shown(int(found[1]), False, path.name, name, (DONE,))
                case ast.Call(func=ast.Attribute(attr="param"), keywords=keywords):
                    for keyword in keywords:
                        if keyword.arg == "id" and isinstance(keyword.value, ast.Constant):
                            found = ID.fullmatch(str(keyword.value.value))
                            if found:
                                yield _parameter(path.name, int(found[1]), node, found[0])


def _parameter(file: str, number: int, call: ast.Call, name: str) -> Shown:
    """The last value of the tables of edits is the file after, or None, or the reason why nothing changes."""
    outcome = DONE
    match call.args[-1] if call.args else None:
        case ast.Constant(value=None):
            outcome = KEPT
        case ast.Constant(value=str(reason)) if reason and "\n" not in reason:
            outcome = f"{KEPT}: {reason}"
    return Shown(number, name != f"hard-{number}", file, name, (outcome,))
