"""What git says has changed."""

from __future__ import annotations

import subprocess
from pathlib import Path

from ssot_lint.errors import GitError


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
    tracked = _git(root, "diff", "--name-only", "--relative", "--no-renames", "-z", base, "--")
    untracked = _git(root, "ls-files", "--others", "--exclude-standard", "-z")
    return frozenset(path for path in (tracked + untracked).split("\0") if path)


def _git(root: Path, command: str, *arguments: str, missing: str = "") -> str:
    """What a git command prints; `missing` when it exits with 1, which means that there is no answer."""
    try:
        ran = subprocess.run(["git", "-C", str(root), command, *arguments], capture_output=True, check=False)
    except FileNotFoundError as error:
        raise GitError("git is not installed", "install git, or leave out --since") from error
    if ran.returncode == 1:
        return missing
    if ran.returncode:
        said = ran.stderr.decode(errors="replace").strip().splitlines() or [f"exit status {ran.returncode}"]
        raise GitError(f"git {command} failed in {root}: {said[0]}", "--since works inside a git repository")
    return ran.stdout.decode("utf-8", "surrogateescape")
