"""Contents by the name of their SHA-256, and writing that waits for the disk."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path


def digest(content: bytes) -> str:
    """The name of a content."""
    return sha256(content).hexdigest()


def write_synced(path: Path, content: bytes) -> None:
    """Write a file and wait until the disk has it."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_directory(path: Path) -> None:
    """Wait until the disk has the names of a directory. Windows cannot be asked to."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
