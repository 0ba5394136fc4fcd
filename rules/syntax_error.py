"""A file that does not parse.

Nothing in such a file is checked, and whatever imports it fails. A file that a newer Python reads is told apart
from one that is broken: the message says which version its syntax needs. `except OSError, e` is Python 2's where
nothing binds `e`, though Python 3.14 can read it. What counts is `target-python`, the version that the code is
deployed on, however new the Python is that checks it.

The finding also stands for what could not be read at all: an encoding that the file does not keep to, null
bytes, a file without permission, a loop of symbolic links, two files that have one module name.

It is fine only for files that are never run, such as templates and test data: list those under `exclude`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ssot_lint import Invalid, Location, NoOptions, Project, Rule, Valid, Violation
from ssot_lint.reading.grammar import is_newer


def check(project: Project, options: NoOptions) -> Iterator[Violation]:
    target = project.config.target_python
    for file in project.files:
        newer = file.facts.newer
        problem = newer if newer and target and is_newer(newer, target) else file.facts.problem
        if problem is None:
            continue
        parsed = problem.kind not in ("syntax", "python-2")
        message = problem.message if parsed else f"does not parse: {problem.message}"
        if problem.needs and problem.kind == "syntax":
            which = "a newer Python" if problem.needs == "newer" else f"Python {problem.needs}"
            message = f"needs {which}: {problem.message}"
        yield Violation(Location(file.path, problem.line, problem.column), message)


RULE = Rule(
    id="SSOT901",
    name="syntax-error",
    check=check,
    valid=(
        Valid({"shop/cart.py": "total = 1\n"}, id="parses"),
        Valid({"shop/empty.py": ""}, id="empty"),
        Valid({"shop/cart.py": b"\xef\xbb\xbftotal = 1\r\n"}, id="bom-and-crlf"),
        Valid({"shop/cart.py": b"# -*- coding: latin-1 -*-\nname = '\xe9'\n"}, id="encoding-cookie"),
    ),
    invalid=(
        Invalid({"shop/cart.py": "def total(:  # error: does not parse\n    return 1\n"}, id="broken"),
        Invalid(
            {
                "shop/cart.py": "total = 1\n<<<<<<< HEAD  # error: does not parse\n",
                "shop/money.py": "x = 1\n",
            },
            id="merge-marker",
        ),
        Invalid(
            {"shop/cart.py": 'line = f"{item["name"]}"  # error: needs Python 3.12\n'},
            config='target-python = "3.11"',
            id="newer-than-the-target",
        ),
        Invalid(
            {"shop/cart.py": "try:\n    f()\nexcept OSError, e:  # error: Python 2\n    print(e)\n"},
            config='target-python = "3.11"',
            id="python-2",
        ),
        Invalid({"shop/cart.py": b"name = '\xe9'  # error: xe9\n"}, id="not-utf-8"),
    ),
)
