"""Records that are only ever appended, each with its length and checksum, so that a torn one is seen."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zlib import crc32

from ssot_lint.errors import RunError

HEAD = re.compile(rb"([0-9a-f]{8}) ([0-9a-f]{8}) ")
"""What stands before a record's body, a JSON object: its length and its CRC-32."""


def encode(event: Mapping[str, Any]) -> bytes:
    return _framed(json.dumps(event, separators=(",", ":")).encode())  # ASCII: odd file names are escaped


def _framed(body: bytes) -> bytes:
    return b"%08x %08x %s\n" % (len(body), crc32(body), body)


def split(path: Path, data: bytes) -> tuple[list[bytes], int]:
    """The sound records of a journal, and where they end; what follows is one torn record, or damage."""
    bodies: list[bytes] = []
    place = 0
    while (body := _body(data, place)) is not None:
        bodies.append(body)
        place += len(_framed(body))
    later = place
    while (later := data.find(b"\n", later) + 1) > 0:
        if _body(data, later) is not None:
            raise RunError(
                f"{path} is damaged at byte {place:,}: what follows is sound",
                "the bytes before of every file are beside it, in `objects`; move the run away to go on without it",
            )
    return bodies, place


def _body(data: bytes, place: int) -> bytes | None:
    """The body of the record that begins here, if a sound one does."""
    head = HEAD.match(data, place)
    if head is None:
        return None
    body = data[head.end() : head.end() + int(head[1], 16)]
    return body if data.startswith(_framed(body), place) else None


def is_begun(journal: Path) -> bool:
    """Was this run begun in full? A process killed while it created one leaves nothing that matters."""
    try:
        with journal.open("rb") as file:
            return _body(file.readline(), 0) is not None
    except OSError:
        return False
