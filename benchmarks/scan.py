"""`ssot-lint` and its peers on one tree, in turn.

    python benchmarks/scan.py TREE [--config FILE] [--rounds 5] [--clones] [--jscpd PATH]
    python benchmarks/scan.py TREE --copies 10

The tree is copied first, as far as it is Python that `ssot-lint` reads, and all commands run on the copy:
they read the same files, and five of them can be changed. Peers that are not installed are left out.
`--copies` measures instead how time grows: one copy of the tree against so many, under differing package
names.
"""

from __future__ import annotations

import argparse
import compileall
import os
import re
import shutil
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

import tomlkit
from measure import Contender, interleaved, table

from ssot_lint.discover import discover
from ssot_lint.settings.loading import load

FOUND = (0, 1)
"""Exit statuses of `ssot-lint`: nothing found, something found."""

PARSE = """
import ast, gc, os, sys, warnings
warnings.simplefilter("ignore")
if sys.argv[2] == "off":
    gc.disable()
for directory, _, names in os.walk(sys.argv[1]):
    for name in names:
        if name.endswith(".py"):
            with open(os.path.join(directory, name), "rb") as file:
                try:
                    ast.parse(file.read())
                except (SyntaxError, ValueError):
                    pass
"""

TOUCH = """
import pathlib, sys, time
tree, source = map(pathlib.Path, sys.argv[1:3])
files = sorted(tree.rglob("*.py"))
for path in files[:: max(len(files) // 5, 1)][:5]:
    content = (source / path.relative_to(tree)).read_bytes()
    if sys.argv[3] == "nothing":
        pass
    elif sys.argv[3] == "comment":
        content += b"\\n# %d\\n" % time.time_ns()
    elif sys.argv[3] == "class":
        content += b"\\n\\nclass Added%d:\\n    pass\\n" % time.time_ns()
    else:
        lines = content.split(b"\\n")
        starts = (b"import ", b"from ", b"def ", b"class ")
        at = next((number for number, line in enumerate(lines) if line.startswith(starts)), 0)
        added = {
            "star import": b"from os import *",
            "call": b"CHANGED = dict()",
            "lookup": b"CHANGED = getattr(int, 'real')",
        }
        lines.insert(at, added.get(sys.argv[3], b"CHANGED_%d = 1" % time.time_ns()))
        content = b"\\n".join(lines)
    path.write_bytes(content)
"""
"""Changes five files from what they are in the source: adds a comment, which leaves all facts as they were, a statement,
which moves all lines, a class that nobody knows, a star import, a call whose result the module keeps, or one that may give
anything, after which all rules run."""


def main() -> None:
    arguments = parser().parse_args()
    with tempfile.TemporaryDirectory(prefix="ssot-lint-benchmark-") as scratch:
        work = Path(scratch)
        environment = dict(as_installed(), SSOT_LINT_CACHE_DIR=str(work / "cache"), NO_COLOR="1")
        if arguments.copies:
            scaling(arguments, work, environment)
        else:
            compare(arguments, work, environment)


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    made.add_argument("tree", type=Path)
    made.add_argument("--config", type=Path, help="an ssot-lint.toml for the tree")
    made.add_argument("--rounds", type=int, default=5)
    made.add_argument("--clones", action="store_true", help="compare `duplicates` with jscpd as well")
    made.add_argument("--jscpd", default="jscpd", help="where jscpd is, if not on the PATH")
    made.add_argument("--copies", type=int, default=0, help="measure how time grows with so many copies")
    return made


def compare(arguments: argparse.Namespace, work: Path, environment: dict[str, str]) -> None:
    tree = work / "tree"
    print(f"{copy(arguments.tree, arguments.config, tree)} files", file=sys.stderr)
    time.sleep(2.5)  # stats younger than two seconds are never trusted, and nobody measures that
    contenders = peers(tree, work) + ours(tree, arguments.tree)
    if arguments.clones:
        contenders += clones(tree, work, arguments.jscpd)
    interleaved(contenders, arguments.rounds, tree, environment)
    names = ("ast.parse, gc off", "ruff, no cache", "ruff, warm")
    references = [one for name in names for one in contenders if one.name == name]
    print(table(contenders, references))


def copy(source: Path, config: Path | None, target: Path) -> int:
    """Copy what `ssot-lint` would read, with the files that decide what that is; the number of modules."""
    settings = load(source, config)
    found = discover(source, settings)
    for path in (*(file.path for file in found.files), *found.gitignores, *found.manifests):
        if (source / path).is_file() and ".." not in path and not path.startswith(".git/"):
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / path, target / path)
    if config is not None:
        shutil.copy2(config, target / "ssot-lint.toml")
    return len(found.files)


def peers(tree: Path, work: Path) -> list[Contender]:
    found = [
        Contender("ast.parse, gc off", [sys.executable, "-c", PARSE, str(tree), "off"]),
        Contender("ast.parse, gc on", [sys.executable, "-c", PARSE, str(tree), "on"]),
    ]
    ruff = shutil.which("ruff")
    if ruff:
        check = [ruff, "check", "--isolated", "--select", "TID251", "--exit-zero", "--quiet"]
        warm = [*check, "--cache-dir", str(work / "ruff")]
        found += [
            Contender("ruff, no cache", [*check, "--no-cache"]),
            Contender("ruff, warm", warm, before=[warm]),
            Contender("ruff analyze graph", [ruff, "analyze", "graph", "--isolated", "--quiet"]),
        ]
    return found


def ours(tree: Path, source: Path) -> list[Contender]:
    check = [tool(), "check", "--no-progress", "--format", "json", "--root", str(tree)]
    touch = [sys.executable, "-c", TOUCH, str(tree), str(source)]
    return [
        Contender("check, no cache", [*check, "--no-cache"], statuses=FOUND),
        Contender("check, warm", check, before=[check, check], statuses=FOUND),
        *(
            Contender(
                f"check, five {what}s added", check, [[*touch, "nothing"], check, [*touch, what]], FOUND
            )
            for what in ("comment", "statement", "class", "star import", "call", "lookup")
        ),
    ]


def clones(tree: Path, work: Path, jscpd: str) -> list[Contender]:
    command = [tool(), "duplicates", "--no-progress", "--format", "json", "--root", str(tree)]
    found = [Contender("duplicates, no cache", command, statuses=FOUND)]
    peer = shutil.which(jscpd)
    if peer:
        report = ["--reporters", "json", "--output", str(work / "jscpd"), "--silent"]
        found.append(Contender("jscpd", [peer, "--format", "python", *report, str(tree)]))
    return found


def scaling(arguments: argparse.Namespace, work: Path, environment: dict[str, str]) -> None:
    """The same tree once and several times, each time under other package names."""
    plain, many = work / "plain", work / "many"
    copy(arguments.tree, arguments.config, plain)
    tops = {
        path.name.removesuffix(".py") for path in plain.iterdir() if path.is_dir() or path.suffix == ".py"
    }
    pattern = re.compile(
        rb"\b(%s)(?=\.\w|\s+import\b)" % b"|".join(re.escape(top.encode()) for top in sorted(tops))
    )
    for number in range(arguments.copies):
        for path in plain.rglob("*"):
            if path.is_file():
                renamed(path, plain, many, number, pattern)
    tests_as_in_one(many / "ssot-lint.toml", tops, arguments.copies)
    contenders = [
        Contender(
            name,
            [tool(), "check", "--no-progress", "--no-cache", "--format", "json", "--root", str(root)],
            statuses=FOUND,
        )
        for name, root in (("one copy", plain), (f"{arguments.copies} copies", many))
    ]
    interleaved(contenders, arguments.rounds, work, environment)
    print(table(contenders, contenders[:1]))


def renamed(path: Path, plain: Path, many: Path, number: int, pattern: re.Pattern[bytes]) -> None:
    relative = path.relative_to(plain)
    top, *rest = relative.parts
    if number and rest:
        top = f"{top}_{number}"
    elif number and path.suffix == ".py":
        top = f"{path.stem}_{number}.py"
    elif number:
        return  # configuration stands at the top once
    target = many.joinpath(top, *rest)
    target.parent.mkdir(parents=True, exist_ok=True)
    content = path.read_bytes()
    if number and path.suffix == ".py":
        content = pattern.sub(rb"\1_%d" % number, content)
    target.write_bytes(content)


def tests_as_in_one(settings: Path, tops: set[str], copies: int) -> None:
    """What is a test in one copy is a test in all: `tests/**` stands for `tests_1/**` and so on, too."""
    if not settings.is_file():
        return
    document = tomlkit.parse(settings.read_text(encoding="utf-8"))
    patterns = [str(pattern) for pattern in document.get("test-paths", ())]
    for number in range(1, copies):
        for top, slash, rest in (pattern.partition("/") for pattern in patterns):
            if top in tops:
                document["test-paths"].append(f"{top}_{number}{slash}{rest}")
    settings.write_text(tomlkit.dumps(document), encoding="utf-8")


def as_installed() -> dict[str, str]:
    """The environment, without what keeps Python from compiling each module once, as an installation does."""
    for package in ("ssot_lint", "ssot_lint.rules", "ssot_lint.codemods"):
        for directory in import_module(package).__path__:
            compileall.compile_dir(directory, quiet=1)
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def tool() -> str:
    """The `ssot-lint` of the running interpreter's environment."""
    beside = Path(sys.executable).parent / "ssot-lint"
    found = str(beside) if beside.exists() else shutil.which("ssot-lint")
    if not found:
        raise SystemExit("ssot-lint is not installed beside this Python: pip install -e .")
    return found


if __name__ == "__main__":
    main()
