"""How long `ssot-lint` takes to say who it is, against the time that importing click takes.

python benchmarks/startup.py [--rounds 20]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from measure import Contender, interleaved, table
from scan import as_installed, tool


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    contenders = [
        Contender("python -c 'import click'", [sys.executable, "-c", "import click"]),
        Contender("ssot-lint --version", [tool(), "--version"]),
        Contender("ssot-lint --help", [tool(), "--help"]),
        Contender("ssot-lint check --help", [tool(), "check", "--help"]),
    ]
    interleaved(contenders, rounds, Path.cwd(), as_installed())
    print(table(contenders, contenders[:1]))


if __name__ == "__main__":
    main()
