"""Normalised shapes of classes and functions: what is left of the code when names and layout are taken away.

A shape holds three views of one definition, from the strictest to the most tolerant.

- `exact`: every token, in order; only formatting, comments and docstrings are gone (a Type-1 clone).
- `digest`: also without annotations, the values of literals (their type stays) and the names that the
  definition may choose freely: its own name, parameters, local names, aliases of imports, and for a class its
  methods and the attributes that it assigns. Each is replaced by the number of its first occurrence in its
  scope, so that renaming must be consistent (a Type-2 clone; B. S. Baker, "On finding duplication and
  near-duplication in large software systems", WCRE 1995). Attributes of other objects, keywords, global
  names and operators stay: code that calls something else is something else.
- `statements`: a hash of each statement, in order, nested definitions included, with variables and literals
  blanked, attributes and called names kept. Two definitions are near copies when these sequences are alike
  (a Type-3 clone): `similarity`.

Hashes depend on the code alone, not on the process (`PYTHONHASHSEED`), the file or the position in it.
"""

from __future__ import annotations

import ast
import warnings

from ssot_lint.likeness.tape import Shape
from ssot_lint.likeness.unrolling import Reader


def extract_shapes(source: bytes, minimum: int = 1, *, members: bool = True) -> tuple[Shape, ...]:
    """The shapes of all classes and functions of at least `minimum` statements, outer ones first.

    Without `members` the statements of a class have no names of members that it defines: a copy of it with other
    names for these has the same statements.

    Raises what `ast.parse` raises: SyntaxError, ValueError (null bytes), RecursionError, MemoryError.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(source)
    return tuple(sorted(Reader(members).read(tree, minimum), key=lambda shape: (shape.line, -shape.end_line)))


def similarity(a: Shape, b: Shape, cutoff: float = 0.0) -> float:
    """How much of the larger definition the two have in common, from 0 to 1; 0 when it is below `cutoff`.

    The length of the longest common subsequence of statements over the length of the longer sequence, the
    measure of NiCad (C. K. Roy and J. R. Cordy, "NICAD: Accurate Detection of Near-Miss Intentional Clones
    Using Flexible Pretty-Printing and Code Normalization", ICPC 2008). 1.0 for equal digests.
    """
    if a.definition != b.definition:
        return 0.0
    if a.digest == b.digest:
        return 1.0
    from rapidfuzz.distance import LCSseq

    return LCSseq.normalized_similarity(a.sequence(), b.sequence(), score_cutoff=cutoff)
