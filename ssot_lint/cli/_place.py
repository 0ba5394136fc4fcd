"""Where a command works: which root, which configuration, which paths."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ssot_lint.errors import UsageError
from ssot_lint.settings.runner import INI_FILES


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command works: the project root, the configuration named on the command line, the paths asked about.

    `paths` are relative to the root, with "/"; empty means everything.
    """

    root: Path
    config: Path | None = None
    paths: tuple[str, ...] = ()

    @property
    def watched(self) -> tuple[str, ...]:
        """Files that decide the settings, whether they exist or not."""
        found = [
            self.root / "ssot-lint.toml",
            self.root / "pyproject.toml",
            *(self.root / name for name in INI_FILES),
            *([self.config] if self.config else []),
        ]
        return tuple(str(path) for path in found)


def locate(paths: Sequence[str] = (), root: str | None = None, config: str | None = None) -> Place:
    """The root is the one that was named, else the folder of the named configuration, else the nearest project
    that holds `paths`, or the current directory when there are none."""
    try:
        here = Path.cwd()
    except OSError:
        raise UsageError("the current directory is gone", "go to one that exists") from None
    given = [_existing(path, "path") for path in paths]
    file = _existing(config, "configuration") if config else None
    if root:
        home = _existing(root, "project root")
    elif file:
        home = file.parent
    else:
        from ssot_lint.settings.loading import find_root

        home = find_root(Path(os.path.commonpath(given)) if given else here)
        _require_one_project(home, given)
    relative = []
    for path in given:
        if not path.is_relative_to(home):
            raise UsageError(f"{path} is not in the project {home}", "name the project with --root")
        relative.append(path.relative_to(home).as_posix())
    return Place(home, file, tuple(sorted(set(relative))))


def _require_one_project(home: Path, given: Sequence[Path]) -> None:
    """UsageError where paths have settings of their own, and what holds them all has none: nothing would be asked."""
    from ssot_lint.settings.loading import find_root, is_configured

    own = sorted({find_root(path) for path in given} - {home})
    if own and not is_configured(home) and any(map(is_configured, own)):
        raise UsageError(
            f"the paths lie in several projects, which {home} does not configure together:"
            f" {', '.join(map(str, own))}",
            "look at one at a time, or name the project with --root",
        )


def _existing(path: str, noun: str) -> Path:
    found = Path(os.path.abspath(path))  # noqa: PTH100 (`resolve` would leave the project through a link)
    try:
        found.stat()
        return found.resolve()
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError(f"{noun} {path} does not exist") from None
    except OSError as error:  # a name that is too long, a directory that nobody may enter, a loop of links
        raise UsageError(f"{noun} {path} cannot be looked at: {error.strerror or error}") from None


def source_lines(root: Path, path: str) -> Sequence[str]:
    """The lines of a file of the project, decoded as Python does; none of a pipe, or of what lies outside the root."""
    import io
    import tokenize

    try:
        found = Path(os.path.realpath(root / path))  # `resolve` raises at a loop of links
        if not found.is_file() or not found.is_relative_to(root.resolve()):
            return ()
        content = found.read_bytes()
    except (OSError, ValueError):
        return ()
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        text = content.decode(encoding, "replace")
    except (SyntaxError, LookupError):
        text = content.decode("utf-8", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
