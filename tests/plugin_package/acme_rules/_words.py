"""Not a rule: modules that start with an underscore are helpers."""

FORBIDDEN = ("utils", "helpers")
