"""Which tests protect each concept, which protect a copy of it only, and what none protects."""

from __future__ import annotations

from ssot_lint.reach import tests_reaching

__all__ = ["tests_reaching"]
