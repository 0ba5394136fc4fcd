"""`python -m ssot_lint` is `ssot-lint`."""

from ssot_lint.cli import main

main()
