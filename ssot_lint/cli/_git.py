"""What git says has changed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from ssot_lint.errors import GitError

_TOLD = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR")
"""Variables with which git tells a hook where it is."""


def changed_since(root: Path, ref: str) -> frozenset[str]:
    """Files below `root` that differ from where this branch left `ref`, and those git does not know yet.

    Paths are relative to `root`, with "/".
    """
    commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}").strip()
    if not commit:
        raise GitError(
            f"git knows no commit {ref!r}", "name a branch, a tag or a commit; fetch it first in CI"
        )
    base = _git(root, "merge-base", commit, "HEAD", missing=commit).strip()
    return frozenset(_changed(root, base))


def _changed(root: Path, base: str) -> Iterator[str]:
    """Files that differ from a commit, and those git does not know yet."""
    tracked = _git(
        root,
        "diff",
        "--name-only",
        "--relative",
        "--no-renames",
        "--ignore-submodules=none",
        "-z",
        base,
        "--",
    )
    untracked = _git(root, "ls-files", "--others", "--exclude-standard", "-z")
    for path in filter(None, tracked.split("\0")):
        yield from _changed_below(root, path, base) if (root / path).is_dir() else (path,)
    for path in filter(None, untracked.split("\0")):
        yield from _files_below(root, path) if path.endswith("/") else (path,)


def _changed_below(root: Path, path: str, base: str) -> Iterator[str]:
    """What has changed in a submodule, of which git names the directory only: all of it, if it cannot say."""
    inner = root / path
    try:
        before = _git(root, "rev-parse", "--verify", "--quiet", f"{base}:./{path}").strip()
        known = before and _git(inner, "rev-parse", "--verify", "--quiet", f"{before}^{{commit}}").strip()
    except GitError:
        known = ""
    for name in _changed(inner, known) if known else _files_below(inner, ""):
        yield f"{path.rstrip('/')}/{name}"


def _files_below(root: Path, path: str) -> Iterator[str]:
    """The files of a repository in the repository that git does not know."""
    for directory, _, names in os.walk(root / path):
        for name in names:
            yield Path(directory, name).relative_to(root).as_posix()


def edited_files(root: Path) -> tuple[str, ...] | None:
    """Tracked files that differ from the last commit, staged or not; None where there is no git repository."""
    try:
        if _git(root, "rev-parse", "--is-inside-work-tree").strip() != "true":
            return None
        found = _git(
            root, "status", "--porcelain=v1", "--untracked-files=no", "--no-renames", "-z", "--", "."
        )
    except GitError:
        return None
    return tuple(sorted(entry[3:] for entry in found.split("\0") if entry))


def commit_files(root: Path, paths: Sequence[str], message: str) -> str:
    """Make one commit of these files and nothing else -> what git said when it could not, else "".

    When it could not, by a hook for example, the files are not left staged.
    """
    listed = "\0".join(paths).encode("utf-8", "surrogateescape")
    options = ["--pathspec-from-file=-", "--pathspec-file-nul"]
    for command in (["add", "--all", *options], ["commit", "--quiet", "-m", message, "--only", *options]):
        ran = subprocess.run(
            ["git", "-C", str(root), *command], input=listed, capture_output=True, check=False
        )
        if ran.returncode:
            said = (ran.stderr + ran.stdout).decode(errors="replace").strip()
            back = ["git", "-C", str(root), "reset", "--quiet", *options]
            subprocess.run(back, input=listed, capture_output=True, check=False)
            return said or f"git {command[0]} ended with exit status {ran.returncode}"
    return ""


def _environment(root: Path) -> dict[str, str] | None:
    """The environment in which git finds the repository that holds `root`, as it would from a shell.

    A hook is told which repository it is for, and with that git takes whatever directory it is called in for the
    top of the tree: https://git-scm.com/docs/githooks#_description
    """
    if not any((directory / ".git").exists() for directory in (root, *root.parents)):
        return None
    return {name: value for name, value in os.environ.items() if name not in _TOLD}


def _git(root: Path, command: str, *arguments: str, missing: str = "") -> str:
    """What a git command prints; `missing` when it exits with 1, which means that there is no answer."""
    try:
        ran = subprocess.run(
            ["git", "-C", str(root), command, *arguments],
            capture_output=True,
            check=False,
            env=_environment(root),
        )
    except FileNotFoundError as error:
        raise GitError("git is not installed", "install git, or leave out --since") from error
    if ran.returncode == 1:
        return missing
    if ran.returncode:
        said = ran.stderr.decode(errors="replace").strip().splitlines() or [f"exit status {ran.returncode}"]
        hint = "--since works inside a git repository"
        if (
            "dubious ownership" in said[0]
        ):  # as in a container: https://git-scm.com/docs/git-config#Documentation/git-config.txt-safedirectory
            hint = next((line.strip() for line in said if "safe.directory" in line), hint)
        raise GitError(f"git {command} failed in {root}: {said[0]}", hint)
    return ran.stdout.decode("utf-8", "surrogateescape")
