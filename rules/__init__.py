"""The built-in rules, one a file; found through the entry-point group `ssot_lint.rules`."""
