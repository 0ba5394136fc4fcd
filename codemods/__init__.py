"""The built-in codemods, one a file; found through the entry-point group `ssot_lint.codemods`."""
