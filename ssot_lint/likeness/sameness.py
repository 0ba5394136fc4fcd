"""How much of two definitions is the same, read from their texts: what their outlines do not tell.

Outlines know the kinds of statements. Two bodies of one outline may call other things all along: rows of calls, and
functions made after one template. So what an outline found is read again here, which is little: a statement counts
as the same if it is built alike and names the same attributes, keywords and functions. Variables and literals do not
count, nor the members that a class defines itself (`shapes.extract_shapes`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from ssot_lint.likeness.shapes import extract_shapes
from ssot_lint.likeness.tape import Shape
from ssot_lint.model import Place
from ssot_lint.project import Project


def sameness(project: Project, one: Place, other: Place) -> float:
    """The share of the larger one's statements that the other one has too, in whatever order; 0 without the texts.

    The overlap of H. Sajnani et al., "SourcererCC: Scaling Code Clone Detection to Big-Code" (ICSE 2016), of
    statements instead of tokens.
    """
    mine, theirs = _shape(project, one), _shape(project, other)
    if mine is None or theirs is None:
        return 0.0
    if mine.digest == theirs.digest:
        return 1.0  # functions that are called by a local name, too
    both = Counter(mine.sequence()) & Counter(theirs.sequence())
    return both.total() / max(mine.size, theirs.size, 1)


def _shape(project: Project, place: Place) -> Shape | None:
    item = project.definition_at(place)
    return project.once_for(place[0], _shapes).get((item.line, item.qualname))


def _shapes(project: Project, file: int) -> Mapping[tuple[int, str], Shape]:
    text = project.text(file)
    try:
        found = extract_shapes(text, members=False) if text is not None else ()
    except (RecursionError, MemoryError):  # it was read with more room on the stack
        found = ()
    return {(shape.line, shape.qualname): shape for shape in found}
