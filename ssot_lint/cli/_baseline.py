"""Where the baseline of a project is, and what it holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ssot_lint.cli._place import Place
from ssot_lint.errors import UsageError
from ssot_lint.recall import read_file

if TYPE_CHECKING:
    from ssot_lint.baseline import Baseline
    from ssot_lint.config import Config


def baseline_path(place: Place, config: Config, named: str | None) -> Path:
    """Where the baseline is, or would be: as named, else as configured, else beside the configuration."""
    from ssot_lint.baseline import DEFAULT_PATH

    if named:
        return Path(named).absolute()
    return place.root / (config.baseline or DEFAULT_PATH)


def read_baseline(place: Place, config: Config, named: str | None) -> Baseline | None:
    """The baseline that is named or configured, or the one at the default place if it exists."""
    from ssot_lint.baseline import parse

    path = baseline_path(place, config, named)
    try:
        source = read_file(path)
    except FileNotFoundError:
        if named is None and config.baseline is None:
            return None
        raise UsageError(f"baseline {path} does not exist", "`ssot-lint baseline` writes it") from None
    except OSError as error:
        raise UsageError(f"baseline {path} cannot be read: {error.strerror}") from error
    relative = path.relative_to(place.root) if path.is_relative_to(place.root) else path
    return parse(source, relative.as_posix())
