"""What stands around a statement: the arms of compound statements, and classes, whose bodies run where they stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ssot_lint.model import MODULE, Branch, FileFacts


def numbers_around(branches: Sequence[Branch], branch: int) -> Iterator[int]:
    """The number of a branch and of those it stands in, innermost first; none for what always runs."""
    while branch != MODULE:
        yield branch
        branch = branches[branch].parent


def around(facts: FileFacts, branch: int) -> Iterator[Branch]:
    """The branch itself and those it stands in, innermost first; none for what always runs."""
    branches = facts.branches
    while branch != MODULE:
        yield branches[branch]
        branch = branches[branch].parent


def outward(facts: FileFacts, scope: int, branch: int) -> Iterator[Branch]:
    """The same, and on from a class body to what the class stands in; not from a function, which runs when called."""
    yield from around(facts, branch)
    while scope != MODULE and facts.definitions[scope].is_class:
        definition = facts.definitions[scope]
        yield from around(facts, definition.branch)
        scope = definition.parent


def scopes_around(facts: FileFacts, scope: int) -> Iterator[int]:
    """A definition and those it stands in, innermost first; none for the module's own code."""
    definitions = facts.definitions
    while scope != MODULE:
        yield scope
        scope = definitions[scope].parent


def at_module_level(facts: FileFacts, scope: int) -> bool:
    """Does code in this scope run when the module is imported: the module itself, or class bodies in it?"""
    while scope != MODULE:
        definition = facts.definitions[scope]
        if not definition.is_class:
            return False
        scope = definition.parent
    return True
