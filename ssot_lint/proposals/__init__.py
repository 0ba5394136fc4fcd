"""Concepts from the code alone, for `ssot-lint init`."""
