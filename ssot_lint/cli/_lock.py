"""The project's lock, as a command takes it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ssot_lint.cli._stdout import say

if TYPE_CHECKING:
    from ssot_lint.migrating.locking import Hold

WAIT = 10.0
"""Seconds to wait for another process."""


@contextmanager
def locked(root: Path, wait: float = WAIT) -> Iterator[Hold]:
    """Hold the project's lock; says on standard error whom it waits for. LockedError after `wait` seconds."""
    import shlex
    from datetime import datetime
    from socket import gethostname

    from ssot_lint.migrating.locking import Holder, holder, lock

    if wait > 0 and (other := holder(root)):
        say(f"waiting for {other}")
    me = Holder(
        pid=os.getpid(),
        host=gethostname(),
        command=shlex.join(["ssot-lint", *sys.argv[1:]]),
        since=datetime.now().astimezone().isoformat(timespec="seconds"),
    )
    with lock(root, me, wait=wait) as hold:
        yield hold
