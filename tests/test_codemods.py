"""Every codemod's examples hold, and every codemod has a page."""

from __future__ import annotations

import pytest

from ssot_lint.codemod import Codemod, Example
from ssot_lint.plugins import load_codemods
from ssot_lint.testing import check_codemod_example

CODEMODS = load_codemods()
EXAMPLES = [
    (codemod, example, f"{codemod.name}[{example.id or number}]")
    for codemod in CODEMODS.values()
    for number, example in enumerate(codemod.examples)
]


@pytest.mark.parametrize(("codemod", "example", "name"), EXAMPLES, ids=[name for _, _, name in EXAMPLES])
def test_example(codemod: Codemod, example: Example, name: str) -> None:
    check_codemod_example(codemod, example, name)
