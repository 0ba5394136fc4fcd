"""Exact source, scopes, and what an edit changes, breaks or closes."""
