"""Generated examples are the same in every CI run; at the desk they differ, and find more.

A shell starts what it runs in the background with Ctrl-C ignored, and so are its children: tests that interrupt a
process need it to be told again.
"""

from __future__ import annotations

import os
import signal

from hypothesis import settings

settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


def pytest_configure() -> None:
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
