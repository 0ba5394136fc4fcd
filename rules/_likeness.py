"""What the rules that compare bodies with one another have in common."""

from __future__ import annotations


def check_likeness(threshold: float, minimum_statements: int) -> None:
    """Raises ValueError for a share that is none, and for a least number of statements that lets everything in."""
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold is {threshold}, expected more than 0 and at most 1")
    if minimum_statements < 1:
        raise ValueError(f"minimum-statements is {minimum_statements}, expected at least 1")
